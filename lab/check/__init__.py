"""The exercises' checks: each takes an answer, says well done, or raises NotYet with a hint.

Where data are shipped, an answer must be exact; on a live run it must have a property that holds on any machine.
"""

from lab.check.healed import healed
from lab.check.lease import lease
from lab.check.limit import limit
from lab.check.lost import lost
from lab.check.not_yet import NotYet
from lab.check.per_task import per_task
from lab.check.prediction import prediction
from lab.check.toy_queue import toy_queue

__all__ = ["NotYet", "healed", "lease", "limit", "lost", "per_task", "prediction", "toy_queue"]
