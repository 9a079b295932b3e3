"""The pictures of the lessons: large type, Okabe and Ito's colours with a marker or hatch, and words beside each.

Each function takes runs and returns a Picture, which a notebook shows with its caption.
"""

from lab.plot.accepted import accepted
from lab.plot.ecdf import ecdf
from lab.plot.gantt import gantt
from lab.plot.lanes import lanes
from lab.plot.losses import losses
from lab.plot.picture import Picture
from lab.plot.recovery import recovery
from lab.plot.scaling import scaling
from lab.plot.steps import steps

__all__ = ["Picture", "accepted", "ecdf", "gantt", "lanes", "losses", "recovery", "scaling", "steps"]
