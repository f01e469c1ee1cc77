"""How sure the facts of a rule make us: weak, plain or firm, by sample, noise, coverage and age, with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from reporter.model import Fact, Frame, Input
from reporter.rules.ladder import OTHER, Limits, Step
from reporter.rules.names import Catalogue, split
from reporter.series import ALL_VENUES, venue_name

CHANGES = ("change", "growth")
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Confidence:
    """A step of the ladder: `weak` says why it is not plain, `partial` why it can never be firm, `firm` what stands
    out."""

    step: Step
    weak: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    firm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A measured fact, and what places it in its past year: the swing of its change, else its percentile. `place` is
    empty where the catalogue offers none, `share` None where it is not known."""

    fact: Fact
    place: str
    share: float | None


def confidence(limits: Limits, known: Catalogue, frame: Frame, keys: Iterable[tuple[str, str]]) -> Confidence:
    """How sure the facts of these `(subject, name)` make us; those that rest on no data are not asked.

    Weak for one reason against any of them; firm where there is none, every total counts all venues, and one of them
    stands out in its past year; plain otherwise, and without any fact that rests on data.
    """
    asked = tuple(dict.fromkeys(one for key in keys for one in _judged(known, frame, *key)))
    weak = tuple(dict.fromkeys(why for one in asked for why in _doubts(limits, one, frame)))
    partial = tuple(dict.fromkeys(why for one in asked for why in _partial(limits, one.fact)))
    firm = tuple(dict.fromkeys(why for one in asked for why in _standing_out(limits, one)))
    step = Step.WEAK if weak else Step.FIRM if firm and not partial else Step.PLAIN
    return Confidence(step, weak, partial, firm)


def _judged(known: Catalogue, frame: Frame, subject: str, name: str) -> Iterator[Judged]:
    """The measure of a name, with its place in the past year; a comparison is judged by what it compares."""
    base, family = split(name)
    fact = frame.facts.get((subject, base))
    if fact is None or not fact.inputs:
        return
    swing = f"{base}_swing" if family in CHANGES else ""
    place = next((one for one in (swing, f"{base}_percentile") if one in known), "")
    found = frame.facts.get((subject, place))
    yield Judged(fact, place, None if found is None or isinstance(found.value, date) else found.value)


def _doubts(limits: Limits, one: Judged, frame: Frame) -> Iterator[str]:
    key = one.fact.key
    if limits.unknown and one.place and one.share is None:
        yield f"{one.fact.subject}.{one.place} is unknown"
    if one.share is not None and one.place.endswith("_swing") and one.share < limits.swing_under:
        yield f"{key} changed by no more than its noise"
    newest = max(one.fact.inputs, key=lambda rows: rows.last)
    hours = (frame.week.end - newest.last).total_seconds() / HOUR
    if hours > _patience(limits, one.fact):
        yield f"the newest row of {key} is {hours:.0f} hours older than the end of the week"
    venues = _venues(limits, one.fact)
    if venues and len(venues) < limits.venues_under:
        yield f"{key} counts {' and '.join(venues)} only"


def _patience(limits: Limits, fact: Fact) -> float:
    """How many hours old its newest row may be: of the most patient of its series."""
    other = limits.hours.get(OTHER, float("inf"))
    return max(limits.hours.get(_measure(rows), other) for rows in fact.inputs)


def _partial(limits: Limits, fact: Fact) -> Iterator[str]:
    if venues := _venues(limits, fact):
        yield f"{fact.key} counts {', '.join(venues)} and no others"


def _venues(limits: Limits, fact: Fact) -> tuple[str, ...]:
    """The venues that a total is added up over, none where it counts them all: the fewest of its series."""
    series = [rows.series.split("/")[2].split("+") for rows in fact.inputs if _measure(rows) in limits.totals]
    some = sorted((len(names), names) for names in series if ALL_VENUES not in names)
    return tuple(map(venue_name, some[0][1])) if some else ()


def _standing_out(limits: Limits, one: Judged) -> Iterator[str]:
    if one.share is None:
        return
    far = one.share if one.place.endswith("_swing") else max(one.share, 1 - one.share)
    if far >= limits.beyond:
        yield f"{one.fact.subject}.{one.place} is {one.share:.2f}"


def _measure(rows: Input) -> str:
    return rows.series.split("/")[0]
