"""The report: what became of everything clients were told, and the verdict on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.checker.render import plain

NOTHING = "nothing was acknowledged, so nothing is proved"
NOT_DRAINED = "the system did not come to rest"


class Verdict(StrEnum):
    """Whether the promises held."""

    VALID = "valid"
    UNKNOWN = "unknown"
    INVALID = "invalid"

    @property
    def exit_code(self) -> int:
        """What a program that checks ends with."""
        return {Verdict.VALID: 0, Verdict.UNKNOWN: 2, Verdict.INVALID: 1}[self]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A run that repeated an earlier one; `cause` is the fault (or lease end) that accounts for it, None is a bug."""

    task_id: str
    at: int
    cause: str | None


@dataclass(frozen=True, slots=True)
class Takeover:
    """How long a task waited for its next run after its worker was killed or its lease ended.

    `free_seconds` of these passed until it could be handed out again; the rest it waited its turn. `excused`: something
    else was broken meanwhile.
    """

    task_id: str
    worker: str | None
    """Who had it before."""
    seconds: float
    free_seconds: float
    late: bool
    excused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The checker's findings; tuples of strings are task ids in order."""

    attempted: int
    """Tasks that clients tried to submit."""
    acknowledged: int
    """Those of which some client was told that they are accepted."""
    ok: int
    """Those, acknowledged or of unknown fate, that came to an end."""
    lost: tuple[str, ...]
    """Acknowledged and never came to an end."""
    unexpected: tuple[str, ...]
    """Ran though never attempted, or though refused."""
    recovered: tuple[str, ...]
    """Came to an end though the client was left without an answer."""
    duplicates: tuple[Duplicate, ...]
    takeovers: tuple[Takeover, ...]
    several_terminal_states: tuple[str, ...]
    result_under_old_token: tuple[str, ...]
    left_in_redis: tuple[str, ...]
    refused_late: int
    """Late finishes that were refused, as they must be."""
    kills: int
    drained: bool
    lease_seconds: float | None

    @property
    def duplicated_explained(self) -> tuple[Duplicate, ...]:
        """Repeated runs that an injected fault or the end of a lease accounts for."""
        return tuple(duplicate for duplicate in self.duplicates if duplicate.cause is not None)

    @property
    def duplicated_unexplained(self) -> tuple[Duplicate, ...]:
        """Repeated runs that nothing accounts for: two workers held the task at once."""
        return tuple(duplicate for duplicate in self.duplicates if duplicate.cause is None)

    @property
    def causes(self) -> Counter[str]:
        """How many repeated runs each cause accounts for."""
        return Counter(duplicate.cause for duplicate in self.duplicates if duplicate.cause is not None)

    @property
    def takeover_seconds(self) -> tuple[float, ...]:
        """Every takeover's duration, the shortest first."""
        return tuple(sorted(takeover.seconds for takeover in self.takeovers))

    @property
    def late_takeovers(self) -> tuple[str, ...]:
        """Tasks taken over later than lease + 1 s, with nothing but a kill to excuse it."""
        return tuple(takeover.task_id for takeover in self.takeovers if takeover.late)

    @property
    def bound(self) -> float | None:
        """Probability of a loss per kill, below which it is with 95 % confidence: 3/N after N kills without one.

        The rule of three: (1 - p)^N = 5 % gives p = 3/N. None where something was lost, or it is not known whether.
        """
        if not self.kills or self.lost or not self.is_known:
            return None
        return min(1.0, 3 / self.kills)

    @property
    def is_known(self) -> bool:
        """Whether there was something to lose and the time to see that it was not lost."""
        return self.drained and self.acknowledged > 0

    @property
    def broken(self) -> tuple[str, ...]:
        """The promises that did not hold, one line each."""
        judged: list[tuple[str, int]] = [
            ("unexpected", len(self.unexpected)),
            ("several terminal states", len(self.several_terminal_states)),
            ("result under an old token", len(self.result_under_old_token)),
        ]
        if self.drained:
            judged += [("lost", len(self.lost)), ("left in Redis", len(self.left_in_redis))]
        if self.lease_seconds is not None:
            judged += [
                ("duplicated without a cause", len(self.duplicated_unexplained)),
                ("taken over late", len(self.late_takeovers)),
            ]
        return tuple(f"{what}: {count}" for what, count in judged if count)

    @property
    def verdict(self) -> Verdict:
        """Invalid where a promise was broken; valid only after a full drain of something acknowledged."""
        if self.broken:
            return Verdict.INVALID
        return Verdict.VALID if self.is_known else Verdict.UNKNOWN

    @property
    def because(self) -> tuple[str, ...]:
        """Why the verdict is not `valid`, one line each."""
        doubts = [] if self.drained else [NOT_DRAINED]
        doubts += [] if self.acknowledged else [NOTHING]
        return self.broken + tuple(doubts)

    @property
    def exit_code(self) -> int:
        """0 valid, 1 invalid, 2 unknown."""
        return self.verdict.exit_code

    def text(self) -> str:
        """Render the report as a table of plain text."""
        return plain(self)
