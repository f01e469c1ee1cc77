"""The hedging ladder: its YAML table read, and the words that a swing, a percentile or a confidence comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

from reporter.errors import nearest
from reporter.model import Printed
from reporter.rules.sheet import Sheet, Steps
from reporter.series import FORMS, LISTS

HEDGE = "hedge"
OTHER = "other"
TAKEN = re.compile(r"\|\s*(?:moved|standing)\b|\bhedge\.")  # what a template takes from the ladder
FIGURE = "#"
CHANGED = re.compile(r"[\s,]*(?:(?:by|to)\b|(?:(?:about|around|from|nearly|roughly)\s+)?#)")
MEASURED = (*FORMS, *LISTS.values())


T = TypeVar("T")


class Step(StrEnum):
    """How sure the facts of a rule make us."""

    WEAK = "weak"
    PLAIN = "plain"
    FIRM = "firm"


STEPS = tuple(Step)
STEP_NAMES = tuple(step.value for step in STEPS)


@dataclass(frozen=True, slots=True)
class Move:
    """The verbs of a change whose swing is under `upto`."""

    upto: float
    up: str
    down: str


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands before the adjective of a value whose percentile, or its mirror, is under `upto`; in an ordinary band
    there is nothing to say."""

    upto: float
    adverb: str
    ordinary: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a fact makes a hedge weak or firm. `hours` are by measure of a series, with one for all `other`."""

    unknown: bool = True
    venues_under: float = 0.0
    swing_under: float = 0.0
    hours: Mapping[str, float] = field(default_factory=dict)
    beyond: float = 1.0
    totals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rung:
    """What the ladder has for one figure: verbs for up, down and flat, and the side of the middle on which it stands,
    with its adverb; None where there is no ladder, or no percentile."""

    verbs: tuple[str, str, str] | None = None
    standing: tuple[int, str] | None = None


NO_RUNG = Rung()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The table: bands in ascending order, the verbs of a change without a swing, the hedges by name and step."""

    moves: tuple[Move, ...] = ()
    unknown: tuple[str, str] = ("", "")
    flat: str = ""
    standing: tuple[Stand, ...] = ()
    hedges: Mapping[str, Mapping[Step, str]] = field(default_factory=dict)
    limits: Limits = Limits()
    where: str = ""

    def rung(self, swing: float | None, percentile: float | None) -> Rung:
        """The words of a figure by the swing of its change and the percentile of its value, each from 0 to 1 or None
        where it is not known."""
        if not self.moves:
            return NO_RUNG
        up, down = self.unknown if swing is None else self._verbs(swing)
        return Rung((up, down, self.flat), None if percentile is None else self._standing(percentile))

    def hedged(self, step: Step) -> dict[str, str]:
        """Every hedge as it reads at one step."""
        return {name: forms[step] for name, forms in self.hedges.items()}

    def _verbs(self, swing: float) -> tuple[str, str]:
        band = next((move for move in self.moves if swing < move.upto), self.moves[-1])
        return band.up, band.down

    def _standing(self, percentile: float) -> tuple[int, str]:
        side = 1 if percentile > 0.5 else -1
        far = max(percentile, 1 - percentile)
        band = next((stand for stand in self.standing if far < stand.upto), self.standing[-1])
        return (0, "") if band.ordinary else (side, band.adverb)

    @property
    def words(self) -> tuple[str, ...]:
        """Every text of the table."""
        verbs = (word for move in self.moves for word in (move.up, move.down))
        hedges = (word for forms in self.hedges.values() for word in forms.values())
        return (*verbs, *self.unknown, self.flat, *(stand.adverb for stand in self.standing), *hedges)

    def bands(self) -> Iterator[Ladder]:
        """Ladders of one band and one step each, so that every word of this one is said on one of them."""
        spoken = tuple(stand for stand in self.standing if not stand.ordinary)
        for number in range(max(len(self.moves), len(spoken), len(STEPS))):
            yield self._only(_at(self.moves, number), _at(spoken, number), STEPS[min(number, len(STEPS) - 1)])
        for stand in self.standing:
            if stand.ordinary:
                yield self._only(self.moves[:1], (stand,), Step.PLAIN)

    def _only(self, moves: tuple[Move, ...], standing: tuple[Stand, ...], step: Step) -> Ladder:
        hedges = {name: dict.fromkeys(STEPS, forms[step]) for name, forms in self.hedges.items()}
        return replace(self, moves=moves, standing=standing, hedges=hedges)


def _at(bands: tuple[T, ...], number: int) -> tuple[T, ...]:
    """The band of a number by itself, the last one beyond the end; nothing of nothing."""
    return bands[min(number, len(bands) - 1) :][:1]


EMPTY = Ladder()


def stuck(parts: Sequence[str | Printed], flat: str) -> str:
    """The first fact whose verb is `flat` and is followed by what only a change has, a size, `by` or `to`; or an empty
    text."""
    for number, part in enumerate(parts):
        if isinstance(part, Printed) and part.word and part.text == flat:
            after = (FIGURE if isinstance(each, Printed) else each for each in parts[number + 1 :])
            if CHANGED.match("".join(after)):
                return part.fact
    return ""


# ---- reading the file ------------------------------------------------------------------------------------------------


def parse(sheet: Sheet) -> Ladder:
    """The ladder in a document; mistakes are noted in the sheet."""
    sheet.mapping((), ("moves", "standing", "hedges", "confidence"))
    sheet.mapping(("moves",), ("bands", "unknown", "flat"))
    sheet.mapping(("moves", "unknown"), ("up", "down"))
    moves = tuple(_move(sheet, ("moves", "bands", number)) for number in sheet.items(("moves", "bands"), least=1))
    standing = tuple(_stand(sheet, ("standing", number)) for number in sheet.items(("standing",), least=1))
    _ascending(sheet, ("moves", "bands"), [move.upto for move in moves])
    _ascending(sheet, ("standing",), [stand.upto for stand in standing])
    return Ladder(
        moves=moves,
        unknown=(_word(sheet, ("moves", "unknown", "up")), _word(sheet, ("moves", "unknown", "down"))),
        flat=_word(sheet, ("moves", "flat")),
        standing=standing,
        hedges=_hedges(sheet),
        limits=_limits(sheet),
        where=sheet.where(),
    )


def _move(sheet: Sheet, at: Steps) -> Move:
    sheet.mapping(at, ("upto", "up", "down"))
    return Move(_share(sheet, (*at, "upto")), _word(sheet, (*at, "up")), _word(sheet, (*at, "down")))


def _stand(sheet: Sheet, at: Steps) -> Stand:
    sheet.mapping(at, ("upto", "adverb", "ordinary"))
    ordinary = sheet.flag((*at, "ordinary"))
    says = sheet.at((*at, "adverb")) is not None
    if ordinary and says:
        sheet.wrong((*at, "adverb"), "'adverb' stands in an ordinary band, which says nothing; remove one of the two")
    return Stand(_share(sheet, (*at, "upto")), _word(sheet, (*at, "adverb")) if says else "", ordinary)


def _ascending(sheet: Sheet, at: Steps, found: Sequence[float]) -> None:
    for number, (before, upto) in enumerate(pairwise(found), start=1):
        if upto <= before:
            sheet.wrong(
                (*at, number, "upto"), f"'upto' {upto:g} is not above the {before:g} of the band before; raise it"
            )
    if found and found[-1] != 1:
        sheet.wrong((*at, len(found) - 1, "upto"), f"the last band ends at {found[-1]:g}; let it end at 1")


def _hedges(sheet: Sheet) -> dict[str, dict[Step, str]]:
    found = sheet.at(("hedges",))
    if not isinstance(found, dict) or not found:
        sheet.wrong(("hedges",), f"'hedges' is missing; expected a mapping of names to {', '.join(STEP_NAMES)}")
        return {}
    return {name: _hedge(sheet, ("hedges", name)) for name in found}


def _hedge(sheet: Sheet, at: Steps) -> dict[Step, str]:
    name = str(at[-1])
    if not (name.isidentifier() and name.islower()):
        sheet.wrong(at, f"the hedge {name!r} is not small letters and underscores; rename it")
    if not sheet.mapping(at, STEP_NAMES):
        return dict.fromkeys(STEPS, "")
    return {step: _word(sheet, (*at, step.value)) for step in STEPS}


def _limits(sheet: Sheet) -> Limits:
    top = ("confidence",)
    weak, firm, totals = (*top, "weak"), (*top, "firm"), (*top, "totals")
    sheet.mapping(top, ("weak", "firm", "totals"))
    sheet.mapping(weak, ("unknown", "venues_under", "swing_under", "hours_over"))
    sheet.mapping(firm, ("beyond",))
    counted = sheet.texts(totals)
    for number, name in enumerate(counted):
        _measured(sheet, (*totals, number), name)
    return Limits(
        unknown=sheet.flag((*weak, "unknown")),
        venues_under=float(sheet.whole((*weak, "venues_under"), 0)),
        swing_under=_share(sheet, (*weak, "swing_under")),
        hours=_hours(sheet, (*weak, "hours_over")),
        beyond=_share(sheet, (*firm, "beyond")),
        totals=frozenset(counted),
    )


def _hours(sheet: Sheet, at: Steps) -> dict[str, float]:
    found = sheet.at(at)
    if not isinstance(found, dict) or OTHER not in found:
        sheet.wrong(at, f"'hours_over' is no mapping with {OTHER!r}; write it as in {{{OTHER}: 36, etf_flow: 100}}")
        return {}
    for name in found:
        if name != OTHER:
            _measured(sheet, (*at, name), name)
    return {name: float(sheet.whole((*at, name), 0)) for name in found}


def _measured(sheet: Sheet, at: Steps, name: str) -> None:
    if name not in MEASURED:
        hint = nearest(name, MEASURED) or "; docs/csv.md lists the names"
        sheet.wrong(at, f"no series measures {name!r}{hint}")


def _share(sheet: Sheet, at: Steps) -> float:
    found: Any = sheet.at(at)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found <= 1:
        shown = "missing" if found is None else repr(found)
        sheet.wrong(at, f"{at[-1]!r} is {shown}; expected a share from 0 to 1, such as 0.8")
        return 1.0
    return float(found)


def _word(sheet: Sheet, at: Steps) -> str:
    """Words that stand in a sentence as they are: a stop or a figure in them would tear it."""
    text = sheet.text(at)
    if text and not all(part.isalpha() for part in text.replace("-", " ").replace("'", " ").split(" ")):
        sheet.wrong(at, f"{text!r} is no plain text; use letters, single spaces, hyphens and apostrophes")
    return text
