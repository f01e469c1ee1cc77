"""How far two sources of one series are apart: the source that speaks in the week's facts against each other one that
gives the same measure at the same venue. A difference past its tolerance is told beside what the figures rest on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reporter import clock, units
from reporter.facts.catalogue import fact
from reporter.facts.reader import Missing, Reader, newest_end
from reporter.facts.view import View
from reporter.history import Window
from reporter.model import Frame, Kind, Series, Unit
from reporter.series import NOTHING_TO_COMPARE, topic

Place = tuple[str, str, str, str]
MOST = 0.95  # of the settlements expected, as for the facts on funding


@dataclass(frozen=True)
class Apart:
    """What the source that speaks says and what another one says, when, and how far that is apart."""

    spoken: Window
    other: Window
    mine: float
    theirs: float
    when: str
    gap: float


@dataclass(frozen=True)
class Check:
    """Where two sources may differ: how far they may, in the fact's unit, and how their values and the difference are
    printed."""

    tolerance: float
    text: Callable[[float], str]
    apart: Callable[[float], str]
    find: Callable[[Reader], Iterator[Apart]]


# ---- finding ---------------------------------------------------------------------------------------------------------


def _prices(read: Reader) -> Iterator[Apart]:
    read.last("price_close")
    yield from _moment_by_moment(read, "price_close", _relative)


def _positions(read: Reader) -> Iterator[Apart]:
    read.at("open_interest", read.end)
    yield from _moment_by_moment(read, "open_interest", _relative)


def _flows(read: Reader) -> Iterator[Apart]:
    read.sessions("etf_flow")
    yield from _moment_by_moment(read, "etf_flow", _absolute)


def _rates(read: Reader) -> Iterator[Apart]:
    """The week's mean settled rates as annual rates, of sources that have nearly all of the settlements."""
    read.window("funding", at_least=MOST)
    spoken, others = read.beside("funding")
    for other in filter(_is_whole, others):
        mine, theirs = _apr(spoken), _apr(other)
        yield Apart(spoken, other, mine, theirs, "on average over the week", _absolute(mine, theirs))


def _forced(read: Reader) -> Iterator[Apart]:
    """The week's totals of both sides, of sources that have all of both."""
    read.sums("liquidations_long", "liquidations_short")
    (long, longs), (short, shorts) = read.beside("liquidations_long"), read.beside("liquidations_short")
    mine = _total(long, short)
    for other in longs:
        for pair in (one for one in shorts if one.series.source == other.series.source):
            if _is_whole(other, 1.0) and _is_whole(pair, 1.0):
                theirs = _total(other, pair)
                yield Apart(long, other, mine, theirs, "over the week", _relative(mine, theirs))


def _moment_by_moment(read: Reader, measure: str, gap: Callable[[float, float], float]) -> Iterator[Apart]:
    """Each value that two sources give for the same moment; an interval's is that of its end."""
    spoken, others = read.beside(measure)
    mine = _by_end(spoken)
    for other in others:
        for end, theirs in _by_end(other).items():
            if end in mine:
                yield Apart(spoken, other, mine[end], theirs, _when(spoken, end), gap(mine[end], theirs))


def _by_end(window: Window) -> dict[int, float]:
    length = newest_end(window) - int(window.at[-1])
    return {int(at) + length: float(value) for at, value in zip(window.at, window.value, strict=True)}


def _when(window: Window, end: int) -> str:
    """`on March 9`: the day of an interval that ends then, or of an instant."""
    last = end - 1 if window.series.kind == Kind.INTERVAL else end
    return f"on {units.day(clock.moment(last).date())}"


def _is_whole(window: Window, at_least: float = MOST) -> bool:
    return len(window) >= at_least * 7 * 86_400 / window.series.cadence.total_seconds()


def _total(*windows: Window) -> float:
    return math.fsum(value for window in windows for value in window.value)


def _apr(window: Window) -> float:
    return units.apr_from_rate(float(window.value.mean()), window.series.cadence.total_seconds() / 3600)


def _relative(mine: float, theirs: float) -> float:
    """The difference as a part of the value that speaks; of nothing, all of it."""
    if mine == theirs:
        return 0.0
    return abs(theirs - mine) / abs(mine) if mine else 1.0


def _absolute(mine: float, theirs: float) -> float:
    return abs(theirs - mine)


def _points(gap: float) -> str:
    return f"{units.percentage_points(gap)} points"


# ---- tolerances ------------------------------------------------------------------------------------------------------

# threshold: our own choice, 2026-11; each is what honest sources of one thing may differ by, rounded up:
CHECKS: Mapping[str, Check] = {
    # one venue has one last trade; a close taken a minute later is rarely half a per cent away
    "price_source_gap": Check(0.005, units.price, units.percent, _prices),
    # contracts are turned into dollars at a last or a mark price, minutes apart
    "open_interest_source_gap": Check(0.03, units.usd, units.percent, _positions),
    # feeds are sampled by connection: no two recorders of one feed catch the same orders
    "liquidations_source_gap": Check(0.1, units.usd, units.percent, _forced),
    # four printed digits of a rate for eight hours are a tenth of a point a year
    "funding_source_gap_apr": Check(0.01, units.apr, _points, _rates),
    # a dozen funds rounded to a tenth of a million each; what is more was corrected on one side only
    "etf_flow_source_gap_usd": Check(5e6, units.usd, units.usd, _flows),
}


def widest(read: Reader, find: Callable[[Reader], Iterator[Apart]]) -> Apart:
    """The largest difference there is. Raises Missing where there is nothing to compare."""
    try:
        found = max(find(read), key=lambda one: one.gap, default=None)
    except Missing as missing:
        raise Missing(f"{NOTHING_TO_COMPARE}: {missing}") from None
    if found is None:
        raise Missing(f"{NOTHING_TO_COMPARE}: no other source has enough of the week")
    return found


def warnings(view: View, frame: Frame, labels: Mapping[str, str]) -> dict[Place, str]:
    """A warning for each line of the coverage whose source is further from another one than the two should be."""
    found = {}
    for (asset, name), known in frame.facts.items():
        check = CHECKS.get(name)
        if check and isinstance(known.value, float) and known.value > check.tolerance:
            one = widest(Reader(view, frame.week, asset), check.find)
            mine, theirs = (labels.get(w.series.source, w.series.source) for w in (one.spoken, one.other))
            text = f"sources differ by {check.apart(one.gap)}: {mine} gives {check.text(one.mine)} {one.when}, "
            found[place(one.spoken.series)] = f"{text}{theirs} {check.text(one.theirs)}"
    return found


def place(series: Series) -> Place:
    """What a line of the coverage is of: topic, asset, venue and source."""
    return topic(series.measure), series.asset, series.venue, series.source


# ---- facts -----------------------------------------------------------------------------------------------------------


@fact(unit=Unit.FRACTION, kind="plain")
def price_source_gap(read: Reader) -> float:
    """Largest difference between the daily closes of the week's price source and those that another source gives for
    the same venue, as a part of the former."""
    return widest(read, _prices).gap


@fact(unit=Unit.FRACTION, kind="plain")
def open_interest_source_gap(read: Reader) -> float:
    """Largest difference between the open interest in dollars of the week's source and what another source gives for
    the same venue and moment, as a part of the former."""
    return widest(read, _positions).gap


@fact(unit=Unit.FRACTION, kind="plain")
def liquidations_source_gap(read: Reader) -> float:
    """Largest difference between the week's liquidations of the source that is used and those that another source gives
    for the same venues, as a part of the former."""
    return widest(read, _forced).gap


@fact(unit=Unit.APR, kind="plain")
def funding_source_gap_apr(read: Reader) -> float:
    """Largest difference between the week's mean funding rates, as simple annual rates, of the source that is used and
    of another source for the same venue."""
    return widest(read, _rates).gap


@fact(unit=Unit.USD, kind="plain")
def etf_flow_source_gap_usd(read: Reader) -> float:
    """Largest difference in a session of the week between the net flow into US spot funds of the source that is used
    and that of another source, in dollars."""
    return widest(read, _flows).gap
