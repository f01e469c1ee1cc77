"""Candidates become a note: one sentence a group, one stance a topic, no text twice, no reading without its fact.

All candidates of the note stand in one line, by rank, then by place in the outline, then by rule id. Each in turn is
seated unless something that is seated already speaks against it; so a sentence that loses over a stance makes room for
the next candidate of its group. A reading whose facts nobody states in the end is sent away, and all is done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reporter.model import MARKET, Sentence, Unsaid
from reporter.rules.outline import Seat


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A sentence that could stand: the facts its rule needs, its seat, and its subject's place among the assets."""

    sentence: Sentence
    needs: tuple[str, ...]
    seat: Seat
    place: int

    @property
    def turn(self) -> tuple[float, int, str, int]:
        """Where it stands in line: the highest rank first."""
        return (-self.sentence.rank, self.seat.number, self.sentence.rule_id, self.place)


@dataclass
class Seating:
    """Who sits already, and why the others do not."""

    seated: list[Candidate] = field(default_factory=list)
    stances: dict[tuple[str, str], Sentence] = field(default_factory=dict)
    texts: dict[str, Sentence] = field(default_factory=dict)
    lost: dict[Candidate, str] = field(default_factory=dict)


def chosen(candidates: Sequence[Candidate]) -> tuple[tuple[Sentence, ...], tuple[Unsaid, ...]]:
    """The sentences that stand, in the order of the outline, and why each of the others does not."""
    line = sorted(candidates, key=lambda each: each.turn)
    away: dict[Candidate, str] = {}
    while True:
        seating = _seated(each for each in line if each not in away)
        weak = next((each for each in seating.seated if not _supported(each, seating.seated)), None)
        if weak is None:
            break
        away[weak] = "no chosen sentence states a fact that it reads"
    order = sorted(seating.seated, key=lambda each: (each.seat.number, each.place, each.turn))
    lost = {**seating.lost, **away}
    return tuple(each.sentence for each in order), tuple(_unsaid(each, lost[each]) for each in line if each in lost)


def _seated(line: Iterable[Candidate]) -> Seating:
    seating = Seating()
    for each in line:
        if why := _against(each, seating):
            seating.lost[each] = why
        else:
            _seat(each, seating)
    return seating


def _seat(each: Candidate, seating: Seating) -> None:
    said = each.sentence
    seating.seated.append(each)
    seating.texts[_spoken(said)] = said
    if said.stance:
        seating.stances.setdefault((said.subject, said.topic), said)


def _against(each: Candidate, seating: Seating) -> str:
    """What speaks against a candidate, or an empty text."""
    said = each.sentence
    return (
        _group_full(each, seating) or _contradicted(said, seating) or _repeated(said, seating) or _full(each, seating)
    )


def _group_full(each: Candidate, seating: Seating) -> str:
    beside = [other for other in seating.seated if other.seat.number == each.seat.number]
    rivals = [other for other in beside if other.sentence.subject == each.sentence.subject]
    rivals = rivals or (beside if len(beside) >= each.seat.group.most else [])
    if not rivals:
        return ""
    winner, said = rivals[0].sentence, each.sentence
    return f"lost to {winner.rule_id!r} in group {said.group!r} (rank {said.rank:.2f} against {winner.rank:.2f})"


def _contradicted(said: Sentence, seating: Seating) -> str:
    other = seating.stances.get((said.subject, said.topic)) if said.stance else None
    if other is None or other.stance == said.stance:
        return ""
    return (
        f"contradicted by {other.rule_id!r}: {other.stance!r} against {said.stance!r} on {said.topic} of {said.subject}"
    )


def _repeated(said: Sentence, seating: Seating) -> str:
    other = seating.texts.get(_spoken(said))
    return f"says the same as {other.rule_id!r} in section {other.section!r}" if other else ""


def _full(each: Candidate, seating: Seating) -> str:
    part, paragraph = each.seat.part, each.seat.paragraph
    mine = [other for other in seating.seated if other.seat.part.id == part.id]
    if len(mine) >= part.most:
        return f"section {part.id!r} is full with {len(mine)} sentences of higher rank"
    beside = [other for other in mine if other.seat.paragraph.id == paragraph.id]
    if len(beside) >= paragraph.most:
        return f"paragraph {paragraph.id!r} of section {part.id!r} is full with {len(beside)} sentences of higher rank"
    return ""


def _supported(each: Candidate, seated: Sequence[Candidate]) -> bool:
    """Whether a reading rests on a seated fact of its section, or of the note where its section states none."""
    if each.sentence.kind != "reading":
        return True
    stated = [other.sentence for other in seated if other.sentence.kind == "fact"]
    near = [said for said in stated if said.section == each.sentence.section]
    return any(_carries(said, each) for said in near or stated)


def _carries(said: Sentence, reading: Candidate) -> bool:
    about = reading.sentence
    same_subject = said.subject == about.subject or MARKET in {said.subject, about.subject}
    return bool(set(said.cites) & set(reading.needs)) or (said.topic == about.topic and same_subject)


def _spoken(said: Sentence) -> str:
    """The text as a reader hears it: without case and closing stop."""
    return said.text.casefold().rstrip(".!?")


def _unsaid(each: Candidate, why: str) -> Unsaid:
    return Unsaid(each.sentence.rule_id, each.sentence.subject, why, each.sentence.where)
