"""What comes along with the lab: nothing that hangs a kernel, nothing heavy in the workers."""

from __future__ import annotations

from tests.architecture.test_imports import modules_after


def test_no_kernel_imports_locust() -> None:
    """Gevent patches threads and sockets, and a kernel with patched ones hangs."""
    everything = "from lab import Lab, check, plot; import lab.lab, lab.sweep, lab.locusting"
    assert modules_after(everything) & {"locust", "gevent"} == set()


def test_workers_import_no_pandas() -> None:
    """Workers of a lesson import lab.task_types; with pandas, plots and SQL each would start four seconds later."""
    assert modules_after("import lab.task_types") & {"pandas", "matplotlib", "scipy", "sqlalchemy", "IPython"} == set()
