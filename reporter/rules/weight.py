"""What a sentence weighs: its rule's rank, moved by how unusual its facts are and by how new they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from reporter.model import Fact
from reporter.rules.context import View, fact
from reporter.rules.names import split
from reporter.rules.vary import Memory

MIDDLE = 0.5  # what is not known neither adds nor takes


@dataclass(frozen=True, slots=True)
class Weights:
    """How far materiality and novelty can move a rank, up or down by half of each."""

    materiality: float = 0.2
    novelty: float = 0.2


def weight(rank: float, material: float, new: float, weights: Weights) -> float:
    """The rank with what materiality and novelty add to it."""
    return rank + weights.materiality * (material - MIDDLE) + weights.novelty * (new - MIDDLE)


def materiality(view: View, names: Iterable[str]) -> float:
    """How far the most unusual of some facts lies from the middle of its past year, from 0 to 1."""
    standing = (abs(2 * value - 1) for value in _companions(view, names, "percentile"))
    return max((*standing, *_companions(view, names, "swing")), default=MIDDLE)


def novelty(view: View, names: Iterable[str], rule_id: str, memory: Memory) -> float:
    """How new a sentence is, from 0 to 1: half of it how much its facts moved since the week before, half how little
    the rule was heard lately."""
    moved = max(_companions(view, names, "swing"), default=MIDDLE)
    return (moved + 1 - memory.lately(rule_id, view.subject)) / 2


def _companions(view: View, names: Iterable[str], family: str) -> Iterator[float]:
    """The values of one family of the measures that some names are of."""
    for base in dict.fromkeys(split(name)[0] for name in names):
        value = _value(fact(view, f"{base}_{family}"))
        if value is not None:
            yield value


def _value(found: Fact | None) -> float | None:
    return None if found is None or isinstance(found.value, date) else found.value
