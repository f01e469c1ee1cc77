"""What came after earlier weeks like this one: how often open interest fell further, funds took in money, price rose.

A week is like this one where it meets the same condition, judged on what was known at its own cut and within the
venues and assets it was measured on. Weeks in a row count once, in the first of them, and only where the week before
is known not to have met it; cases of other episodes may overlap within the horizon. No rate rests on fewer than twelve
cases, nor on weeks that are more than ten years back.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reporter.facts.catalogue import CATALOGUE, Definition
from reporter.facts.compare import YEAR_OF_WEEKS, percentile, streak
from reporter.facts.past import Cell, Key, Past
from reporter.facts.reader import Missing
from reporter.model import LEAD, MARKET, Measure, Unit
from reporter.series import FEW_LIKE_WEEKS, NO_SUCH_WEEK, UNKNOWN_WEEK

FEWEST = 12  # cases: with fewer, one more or less moves the share by more than eight points
HORIZONS: Mapping[int, str] = {1: "one week later", 4: "four weeks later"}

LIQUIDATIONS, LONG_SHARE = (MARKET, "liquidations_usd"), (MARKET, "liquidations_long_share")
FLOWS, COINS, PRICE = (MARKET, "etf_net_flow_usd"), (LEAD, "open_interest_coins"), (LEAD, "price_usd")
FUNDING, DVOL = (LEAD, "funding_apr"), (LEAD, "dvol")
KEYS: tuple[Key, ...] = (LIQUIDATIONS, LONG_SHARE, FLOWS, COINS, PRICE, FUNDING, DVOL)
WEEKS: Mapping[str, int] = {"value": 0, "change": 1, "growth": 1, "streak": 3, "percentile": YEAR_OF_WEEKS}


@dataclass(frozen=True)
class Bound:
    """One part of a condition: a fact of a week, compared with its past as `family` says, on one side of a bound."""

    key: Key
    family: str
    holds: Callable[[float, float], bool]
    bound: float


@dataclass(frozen=True)
class Condition:
    """What makes a week like another: every one of its bounds is met; `text` goes on after `like this one:`."""

    name: str
    text: str
    bounds: tuple[Bound, ...]


@dataclass(frozen=True)
class Outcome:
    """What may have come after a week. Outcomes with the same `count` are judged on the same cases: those of which all
    of them are known. `came` is None where it is not known."""

    name: str
    text: str
    count: str
    key: Key
    came: Callable[[Past, int, int], bool | None]


@dataclass(frozen=True)
class Rate:
    """The share of cases with an outcome, the number of cases, and the weeks it all rests on."""

    share: float
    count: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Seen:
    """The value of a fact that looks back, and the weeks it rests on."""

    value: float
    cells: tuple[Cell, ...]


HEAVY = Bound(LIQUIDATIONS, "percentile", operator.ge, 0.9)
# threshold: the top tenth of a year, 5 % of open interest, ten volatility points: our own choice, 2026-11
CONDITIONS = (
    Condition("flush", "liquidations in the top tenth of a year while the lead asset's open interest in coins fell",
              (Bound(COINS, "change", operator.lt, 0.0), HEAVY)),
    Condition("squeeze", "liquidations in the top tenth of a year, at most 40% of them of long positions",
              (Bound(LONG_SHARE, "value", operator.le, 0.4), HEAVY)),
    Condition("open_interest_surge", "the lead asset's open interest in coins up by 5% or more",
              (Bound(COINS, "growth", operator.ge, 0.05),)),
    Condition("funding_negative", "negative funding of the lead asset over the week",
              (Bound(FUNDING, "value", operator.lt, 0.0),)),
    Condition("etf_outflow_streak", "a third or later week in a row of net outflows from US spot funds",
              (Bound(FLOWS, "streak", operator.le, -3.0),)),
    Condition("volatility_shock", "the lead asset's implied volatility up by ten points or more",
              (Bound(DVOL, "change", operator.ge, 10.0),)),
)  # fmt: skip


# ---- what came after -------------------------------------------------------------------------------------------------


def _later(key: Key, holds: Callable[[float, float], bool]) -> Callable[[Past, int, int], bool | None]:
    """Whether a fact stood higher or lower at the horizon than in the week itself, measured the same way."""

    def came(past: Past, place: int, horizon: int) -> bool | None:
        values, bases = past.values[key], past.bases[key]
        first, last = float(values[place]), float(values[place + horizon])
        if math.isnan(first) or math.isnan(last) or bases[place] != bases[place + horizon]:
            return None
        return holds(last, first)

    return came


def _taken_in(past: Past, place: int, horizon: int) -> bool | None:
    """Whether funds took in money over the weeks of the horizon, all of them measured the same way."""
    part = slice(place + 1, place + 1 + horizon)
    total = float(past.values[FLOWS][part].sum())
    return None if math.isnan(total) or len(set(past.bases[FLOWS][part])) > 1 else total > 0


OUTCOMES = (
    Outcome(
        "open_interest_fell",
        "the lead asset's open interest in coins was lower",
        "cases",
        COINS,
        _later(COINS, operator.lt),
    ),
    Outcome("price_rose", "the lead asset's price was higher", "cases", PRICE, _later(PRICE, operator.gt)),
    Outcome("etf_inflow", "US spot funds had taken in more than they paid out", "etf_cases", FLOWS, _taken_in),
)


# ---- rates -----------------------------------------------------------------------------------------------------------


def after_like_weeks(past: Past, condition: Condition, outcome: Outcome, horizon: int) -> Rate:
    """The share of earlier like weeks after which an outcome came within so many weeks, and their number.

    `past` ends with the week that is asked for, after ten years at most. Raises Missing where that week is none such,
    and below twelve cases.
    """
    return _rate(past, condition, outcome, _cases(past, _like_weeks(past, condition), outcome, horizon), horizon)


def _like_weeks(past: Past, condition: Condition) -> tuple[int, ...]:
    """The places of the first weeks of each earlier episode. Raises Missing where the last week meets no condition."""
    last = len(past.starts) - 1
    now = _meets(past, condition, last)
    if not now:
        raise Missing(NO_SUCH_WEEK if now is False else UNKNOWN_WEEK)
    met = [_meets(past, condition, place) for place in range(last)]
    return tuple(place for place in range(1, last) if met[place] and met[place - 1] is False)


def _cases(past: Past, like: tuple[int, ...], outcome: Outcome, horizon: int) -> tuple[int, ...]:
    """Those like weeks of which this outcome and those counted with it are known by now."""
    over = (place for place in like if place + horizon < len(past.starts))
    known = (p for p in over if all(one.came(past, p, horizon) is not None for one in _counted_with(outcome)))
    if len(cases := tuple(known)) < FEWEST:
        raise Missing(f"{FEW_LIKE_WEEKS}: {len(cases)} earlier ones with what came after, of at least {FEWEST}")
    return cases


def _counted_with(outcome: Outcome) -> tuple[Outcome, ...]:
    return tuple(one for one in OUTCOMES if one.count == outcome.count)


def _rate(past: Past, condition: Condition, outcome: Outcome, cases: tuple[int, ...], horizon: int) -> Rate:
    came = sum(bool(outcome.came(past, place, horizon)) for place in cases)
    cells = dict.fromkeys(cell for place in cases for cell in _judged(past, condition, place))
    after = [one.key for one in _counted_with(outcome)]
    cells |= dict.fromkeys((key, place + n) for place in cases for key in after for n in range(horizon + 1))
    cells |= dict.fromkeys(_judged(past, condition, len(past.starts) - 1))
    return Rate(came / len(cases), len(cases), tuple(cells))


def _judged(past: Past, condition: Condition, place: int) -> Iterator[Cell]:
    """The weeks on which it rests that an episode begins in one: itself, the one before, and what they look back to."""
    for bound in condition.bounds:
        basis = past.bases[bound.key][place]
        for index in range(max(0, place - WEEKS[bound.family] - 1), place + 1):
            if past.bases[bound.key][index] == basis:
                yield bound.key, index


def _meets(past: Past, condition: Condition, place: int) -> bool | None:
    """Whether a week meets a condition; None where that is not known."""
    unknown = False
    for bound in condition.bounds:
        value = _compared(past, bound.key, bound.family, place)
        if value is None:
            unknown = True
        elif not bound.holds(value, bound.bound):
            return False
    return None if unknown else True


def _compared(past: Past, key: Key, family: str, place: int) -> float | None:
    """A fact of a week against the weeks before it; None where it or they are not known."""
    value = float(past.values[key][place])
    if math.isnan(value):
        return None
    before = past.behind(key, place, past.bases[key][place], YEAR_OF_WEEKS)
    if family == "percentile":
        return percentile(value, before)
    if family == "streak":
        return float(streak(value, before, of_change=False))
    if family == "value":
        return value
    last = float(before[0]) if len(before) else math.nan
    if math.isnan(last) or (family == "growth" and last <= 0):
        return None
    return value - last if family == "change" else value / last - 1.0


# ---- facts -----------------------------------------------------------------------------------------------------------


def keys(lead: str) -> dict[Key, Key]:
    """What the conditions and outcomes ask for, by their names, with the lead asset itself."""
    return {(subject, name): (lead if subject == LEAD else subject, name) for subject, name in KEYS}


def rates(past: Past) -> Iterator[tuple[str, Seen | Missing]]:
    """A value or the reason why there is none for each fact of this module; `past` ends with the week asked for."""
    for condition in CONDITIONS:
        try:
            like: tuple[int, ...] | Missing = _like_weeks(past, condition)
        except Missing as missing:
            like = missing
        for horizon in HORIZONS:
            for outcome in OUTCOMES:
                yield from _rates(past, condition, outcome, like, horizon)


def _rates(
    past: Past, condition: Condition, outcome: Outcome, like: tuple[int, ...] | Missing, horizon: int
) -> Iterator[tuple[str, Seen | Missing]]:
    names = share_name(condition, outcome, horizon), count_name(condition, outcome, horizon)
    try:
        if isinstance(like, Missing):
            raise like
        rate = _rate(past, condition, outcome, _cases(past, like, outcome, horizon), horizon)
        yield from zip(names, (Seen(rate.share, rate.cells), Seen(float(rate.count), rate.cells)), strict=True)
    except Missing as missing:
        yield from ((name, missing) for name in names)


def share_name(condition: Condition, outcome: Outcome, horizon: int) -> str:
    """`after_flush_price_rose_4w`"""
    return f"after_{condition.name}_{outcome.name}_{horizon}w"


def count_name(condition: Condition, outcome: Outcome, horizon: int) -> str:
    """`after_flush_cases_4w`: how many cases the shares of all outcomes with this count rest on."""
    return f"after_{condition.name}_{outcome.count}_{horizon}w"


def _enter() -> None:
    """Enters a share for each outcome, and the number of cases that it rests on, into the catalogue."""
    for condition in CONDITIONS:
        like = f"weeks of the last ten years like this one ({condition.text}; of weeks in a row the first)"
        for horizon, later in HORIZONS.items():
            for outcome in OUTCOMES:
                share = f"Share of earlier {like} after which {outcome.text} {later}, judged as it was known then."
                known = "fund flows" if outcome.count == "etf_cases" else "the lead asset's open interest and price"
                count = f"Number of earlier {like} of which it is known how {known} stood {later}."
                rests_on = _rests_on(condition, outcome)
                _entered(share_name(condition, outcome, horizon), Unit.SHARE, share, rests_on)
                _entered(count_name(condition, outcome, horizon), Unit.COUNT, count, rests_on)


def _rests_on(condition: Condition, outcome: Outcome) -> tuple[str, ...]:
    """The facts that a rate is computed from: of the condition, and of all outcomes that a case has to be known for."""
    asked = (*(bound.key for bound in condition.bounds), *(one.key for one in _counted_with(outcome)))
    return tuple(sorted({name for _, name in asked}))


def _entered(name: str, unit: Unit, definition: str, rests_on: tuple[str, ...]) -> None:
    measure = Measure(name, unit, (MARKET,), (), definition)
    CATALOGUE[name] = Definition(measure, after_like_weeks, looks_back=True, rests_on=rests_on)


_enter()
