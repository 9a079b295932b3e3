"""What a student says to the system: lab = Lab(), lab.up(workers=4), lab.submit(…), lab.kill(), lab.verdict().

lab.py         the words themselves               run.py     what a run left, as pandas frames
systems.py     Phase 1 and Phase 2, started       plot/      the pictures
caller.py      the client that writes down        check/     the exercises' checks
home.py        the folder of one kernel           student.py makes the student's notebooks, publish.py the HTML
"""

from lab.lab import Lab
from lab.run import Run, Runs

__all__ = ["Lab", "Run", "Runs"]
