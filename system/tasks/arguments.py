"""Which names a payload must and may have to fit a function: looking at them is ten times quicker than binding."""

from __future__ import annotations

import inspect
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Self

Kind = inspect.Parameter
BY_NAME = {Kind.POSITIONAL_OR_KEYWORD, Kind.KEYWORD_ONLY}


@dataclass(frozen=True, slots=True)
class Names:
    """Worked out once a function, because every submit and every attempt asks."""

    required: frozenset[str]
    known: frozenset[str]
    others: bool
    """Whether there is a `**rest` for any other name."""

    @classmethod
    def of(cls, signature: inspect.Signature) -> Self:
        """Read them off a signature; one with arguments without a name fits nothing, and is left to a full check."""
        parameters = signature.parameters.values()
        if any(parameter.kind is Kind.POSITIONAL_ONLY for parameter in parameters):
            return cls(frozenset({""}), frozenset(), others=False)
        named = [parameter for parameter in parameters if parameter.kind in BY_NAME]
        return cls(
            required=frozenset(parameter.name for parameter in named if parameter.default is parameter.empty),
            known=frozenset(parameter.name for parameter in named),
            others=any(parameter.kind is Kind.VAR_KEYWORD for parameter in parameters),
        )

    def fit(self, names: AbstractSet[str]) -> bool:
        """Whether a call with these names is surely a good one."""
        return self.required <= names and (self.others or names <= self.known)
