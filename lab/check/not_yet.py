"""How a check speaks: it says well done, or raises NotYet with a hint and without a wall of red."""

from __future__ import annotations


class NotYet(Exception):
    """An answer is missing or wrong; the message is a hint, never the solution."""

    def _render_traceback_(self) -> list[str]:
        """Let IPython show the hint alone."""
        return [f"✗ Not yet. {self}"]


def need(condition: object, hint: str) -> None:
    """Go on where the condition holds."""
    if not condition:
        raise NotYet(hint)


def well_done(words: str) -> None:
    """Say what is right."""
    print(f"✓ {words}")  # noqa: T201 (into the notebook)
