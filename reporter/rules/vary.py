"""Which wordings of a rule are open this week: by edition, rule and week, and by what past notes have said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reporter.model import Said, Week

LONGEST_MEMORY = 8  # appearances of a rule within which no wording comes back
WEEKS_LATELY = 4


@dataclass(frozen=True, slots=True)
class Memory:
    """What the notes before a week said, by rule, the oldest first."""

    week: Week
    by_rule: Mapping[str, tuple[Said, ...]]

    def variants(self, rule_id: str, joined: bool = False) -> tuple[int, ...]:
        """The wordings in which a rule spoke, the oldest first; those that go on from another sentence apart."""
        return tuple(said.variant for said in self.by_rule.get(rule_id, ()) if said.joined == joined)

    def last(self, rule_id: str) -> frozenset[str]:
        """What a rule said when it last spoke, of one subject or several."""
        said = self.by_rule.get(rule_id, ())
        return frozenset(one.text for one in said if one.week == said[-1].week)

    def went_on(self, rule_id: str) -> bool:
        """Whether a rule went on from another sentence when it last spoke."""
        said = self.by_rule.get(rule_id, ())
        return bool(said) and said[-1].joined

    def lately(self, rule_id: str, subject: str) -> float:
        """How much was heard of a rule on a subject in the four weeks before, from 0 to 1; half of it is last week."""
        ago = {
            (self.week.start.date() - said.week).days // 7
            for said in self.by_rule.get(rule_id, ())
            if said.subject == subject
        }
        every = range(1, WEEKS_LATELY + 1)
        return sum(0.5**n for n in every if n in ago) / sum(0.5**n for n in every)


def remembered(said: Iterable[Said], week: Week) -> Memory:
    """The memory for a week: of the given sentences those of earlier weeks."""
    by_rule: dict[str, list[Said]] = {}
    for one in sorted(said, key=lambda one: one.week):
        if one.week < week.start.date():
            by_rule.setdefault(one.rule_id, []).append(one)
    return Memory(week, {rule: tuple(found) for rule, found in by_rule.items()})


def order(edition: str, rule_id: str, week: Week, wordings: int) -> tuple[int, ...]:
    """The numbers of a rule's wordings in the order in which a week tries them, so that a note can be written again."""
    if wordings < 2:
        return tuple(range(wordings))
    label = week.label
    return tuple(sorted(range(wordings), key=lambda number: _hash(f"{edition}/{rule_id}/{label}/{number}")))


def fresh(tried: Sequence[int], used: Sequence[int]) -> tuple[int, ...]:
    """Of a rule's n wordings, in the order tried, those that did not stand in its last min(n - 1, 8) appearances."""
    recent = set(used[-reach(len(tried)) :]) if reach(len(tried)) else set[int]()
    return tuple(number for number in tried if number not in recent)


def reach(wordings: int) -> int:
    """Within how many appearances a rule with so many wordings repeats none."""
    return min(wordings - 1, LONGEST_MEMORY)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
