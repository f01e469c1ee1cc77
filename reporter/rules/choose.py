"""Candidates become a note: one sentence a group, one stance a topic, no text twice, no figure twice without need, no
reading without its fact.

All candidates of the note stand in one line, by weight, then by place in the outline, then by rule id; the sections
that others follow come first. Each in turn is seated unless something that is seated already speaks against it; so a
sentence that loses over a stance makes room for the next candidate of its group. A reading whose facts nobody states in
the end is sent away, and all is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reporter.model import MARKET, Printed, Sentence, Unsaid
from reporter.rules.against import Pairs, conflict
from reporter.rules.outline import Seat

FOLLOWS = 1.0  # what a candidate gains that speaks of the topic of the section which its group follows
PROSE = "prose"

Figure = tuple[str, str]  # a fact and its text in print


class Wordings:
    """A rule's wordings in the order in which a week tries them, each written when it is first asked for."""

    def __init__(self, tasks: Iterable[Callable[[], Sentence | Unsaid]]) -> None:
        self._tasks = iter(tasks)
        self._written: list[Sentence] = []
        self.unsaid: Unsaid | None = None

    def __iter__(self) -> Iterator[Sentence]:
        place = 0
        while place < len(self._written) or self._more():
            yield self._written[place]
            place += 1

    def _more(self) -> bool:
        """Whether one more could be written; of one that could not, why is kept."""
        for task in self._tasks:
            said = task()
            if isinstance(said, Sentence):
                self._written.append(said)
                return True
            self.unsaid = self.unsaid or said
        return False


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A rule that could speak of a subject: the wording that stands for it until one is chosen, all of them, those that
    go on from a sentence of the groups it may stand `after`, the facts it needs, its seat, its subject's place among
    the assets, whether it may print figures again, and how a wording reads where some facts have been said."""

    sentence: Sentence
    wordings: Iterable[Sentence]
    joins: Iterable[Sentence]
    after: tuple[str, ...]
    needs: tuple[str, ...]
    seat: Seat
    place: int
    again: bool = False
    anew: Callable[[Sentence, Collection[str]], Sentence] = lambda one, _: one

    @property
    def turn(self) -> tuple[float, int, str, int]:
        """Where it stands in line: the highest weight first."""
        return (-self.sentence.weight, self.seat.number, self.sentence.rule_id, self.place)


@dataclass
class Seating:
    """Who sits already, and why the others do not."""

    pairs: Pairs
    seated: list[Candidate] = field(default_factory=list)
    texts: dict[str, Sentence] = field(default_factory=dict)
    figures: dict[Figure, Sentence] = field(default_factory=dict)
    lost: dict[Candidate, str] = field(default_factory=dict)


def chosen(
    candidates: Sequence[Candidate], barred: Mapping[Candidate, str], pairs: Pairs
) -> tuple[tuple[Candidate, ...], dict[Candidate, str]]:
    """Those that stand, in the order of the outline, and why each of the others does not; the barred ones never do."""
    away = dict(barred)
    while True:
        seating = _seated([each for each in candidates if each not in away], pairs)
        weak = next((each for each in seating.seated if not _supported(each, seating.seated)), None)
        if weak is None:
            break
        away[weak] = "no chosen sentence states a fact that it reads"
    order = sorted(seating.seated, key=lambda each: (each.seat.number, each.place, each.turn))
    return tuple(order), {**seating.lost, **away}


def _seated(candidates: Sequence[Candidate], pairs: Pairs) -> Seating:
    seating = Seating(pairs)
    followed = {each.seat.group.follows for each in candidates} - {""}
    first = [each for each in candidates if each.seat.part.id in followed]
    _seat_all(sorted(first, key=lambda each: each.turn), seating)
    topics = {each.seat.part.id: each.sentence.topic for each in reversed(seating.seated)}
    rest = (each for each in candidates if each.seat.part.id not in followed)
    _seat_all(sorted(rest, key=lambda each: _following(each, topics)), seating)
    return seating


def _following(each: Candidate, topics: Mapping[str, str]) -> tuple[float, int, str, int]:
    """Its turn, earlier where it speaks of the topic that its group follows."""
    gain = FOLLOWS if topics.get(each.seat.group.follows) == each.sentence.topic else 0.0
    weight, *others = each.turn
    return (weight - gain, *others)  # type: ignore[return-value]


def _seat_all(line: Iterable[Candidate], seating: Seating) -> None:
    for each in line:
        if why := _against(each, seating):
            seating.lost[each] = why
        else:
            _seat(each, seating)


def _seat(each: Candidate, seating: Seating) -> None:
    said = each.sentence
    seating.seated.append(each)
    seating.texts[_spoken(said)] = said
    if each.seat.part.layout == PROSE:
        for figure in figures(each.anew(said, frozenset(fact for fact, _ in figures(said)))):
            seating.figures.setdefault(figure, said)


def _against(each: Candidate, seating: Seating) -> str:
    """What speaks against a candidate, or an empty text."""
    said = each.sentence
    return (
        _group_full(each, seating)
        or _contradicted(said, seating)
        or _repeated(said, seating)
        or _nothing_new(each, seating)
        or _full(each, seating)
    )


def _group_full(each: Candidate, seating: Seating) -> str:
    beside = [other for other in seating.seated if other.seat.number == each.seat.number]
    rivals = [other for other in beside if other.sentence.subject == each.sentence.subject]
    rivals = rivals or (beside if len(beside) >= each.seat.group.most else [])
    if not rivals:
        return ""
    winner, said = rivals[0].sentence, each.sentence
    return f"lost to {winner.rule_id!r} in group {said.group!r} (weight {said.weight:.2f} against {winner.weight:.2f})"


def _contradicted(said: Sentence, seating: Seating) -> str:
    if not said.stance:
        return ""
    for other in seating.seated:
        if other.sentence.stance and (why := conflict(seating.pairs, said, other.sentence)):
            return f"contradicted by {other.sentence.rule_id!r}: {why}"
    return ""


def _repeated(said: Sentence, seating: Seating) -> str:
    other = seating.texts.get(_spoken(said))
    return f"says the same as {other.rule_id!r} in section {other.section!r}" if other else ""


def _nothing_new(each: Candidate, seating: Seating) -> str:
    """Whether every figure of every wording stands in the running text already, in sentences that cannot do without."""
    if each.again or each.seat.part.layout != PROSE:
        return ""
    for wording in each.wordings:
        printed = figures(wording)
        if not printed or any(figure not in seating.figures for figure in printed):
            return ""
    other = seating.figures[figures(each.sentence)[0]]
    return f"prints only figures that stand in the text already, as in {other.rule_id!r}"


def figures(said: Sentence) -> tuple[Figure, ...]:
    """The facts that a sentence prints as numbers, with their text."""
    parts = (part for part in said.parts if isinstance(part, Printed) and not part.word)
    return tuple(dict.fromkeys((part.fact, part.text) for part in parts))


def _full(each: Candidate, seating: Seating) -> str:
    part, paragraph = each.seat.part, each.seat.paragraph
    mine = [other for other in seating.seated if other.seat.part.id == part.id]
    if len(mine) >= part.most:
        return f"section {part.id!r} is full with {len(mine)} sentences of more weight"
    beside = [other for other in mine if other.seat.paragraph.id == paragraph.id]
    if len(beside) >= paragraph.most:
        return f"paragraph {paragraph.id!r} of section {part.id!r} is full with {len(beside)} sentences of more weight"
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
