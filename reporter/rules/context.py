"""What a template sees of a frame: plain values for conditions, figures for prose, and the names of coins and week."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from reporter.errors import RuleError
from reporter.model import LEAD, MARKET, Fact, Frame, Printed, Unit
from reporter.rules.figure import Figure, mark, on_rung, said
from reporter.rules.ladder import EMPTY, Ladder
from reporter.rules.names import ASSET, WEEK, Catalogue, coin, split
from reporter.rules.sandbox import Absent, Scope
from reporter.series import ALL_VENUES, venue_name


@dataclass(frozen=True, slots=True)
class View:
    """A frame as one rule sees it: `kind` is the rule's subject, `subject` is whom it speaks of now, `said` are the
    keys of facts that the running text has printed."""

    frame: Frame
    kind: str
    subject: str
    said: frozenset[str] = frozenset()

    def holder(self, owner: str) -> str:
        """`BTC` for `lead`, the asset in turn for `asset`."""
        return self.subject if owner == ASSET else self.frame.subject(owner)

    def key(self, name: str) -> str:
        """`lead.price_usd` as `BTC.price_usd`."""
        owner, _, short = name.partition(".")
        return f"{self.holder(owner)}.{short}"


def views(kind: str, frame: Frame) -> list[View]:
    """The market, the lead asset, or each asset in turn."""
    subjects = frame.assets if kind == ASSET else (frame.subject(kind),)
    return [View(frame, kind, subject) for subject in subjects]


def fact(view: View, name: str) -> Fact | None:
    """The fact that a rule names. Raises RuleError for a value that is not finite: it would choose a branch."""
    owner, _, short = name.partition(".")
    found = view.frame.facts.get((view.holder(owner), short))
    if found and not isinstance(found.value, date) and not math.isfinite(found.value):
        raise RuleError(f"{found.key} is {found.value}; a fact is a finite number or a gap, mend it where it is made")
    return found


def missing(view: View, names: Iterable[str]) -> str:
    """Why the first of these facts that is not there is missing, or an empty text."""
    name = next((name for name in names if fact(view, name) is None), "")
    return f"needs {view.key(name)}: {reason(view, name)}" if name else ""


def reason(view: View, name: str) -> str:
    """The reason of a fact's gap, or of the gap of the measure that it compares."""
    owner, _, short = name.partition(".")
    base, family = split(short)
    gaps, holder = view.frame.gaps, view.holder(owner)
    if gap := gaps.get((holder, short)) or gaps.get((holder, base)):
        return gap.reason
    return f"there is no {family.replace('_', ' ')} for it this week" if family else "it is not among the week's facts"


def values(view: View, names: Iterable[str]) -> dict[str, object]:
    """The names of a condition: numbers, dates and tickers."""
    found = ((name, fact(view, name)) for name in names)
    worth = {name: each.value if each else Absent(view.key(name)) for name, each in found}
    week = view.frame.week
    return _scopes(view, worth, {"first_day": week.start.date(), "last_day": week.last_day, "label": week.label})


def figures(
    view: View,
    names: Iterable[str],
    known: Catalogue,
    words: Mapping[str, Mapping[str, str]],
    ladder: Ladder = EMPTY,
) -> dict[str, object]:
    """The names of prose: figures that print only through a filter, on their rungs of the ladder, texts, and the words
    of tables."""
    found = ((name, fact(view, name)) for name in names)
    worth = {name: _figure(view, each, known, ladder) if each else Absent(view.key(name)) for name, each in found}
    week = view.frame.week
    days = {
        "first_day": Figure(f"{WEEK}.first_day", week.start.date(), Unit.DATE),
        "last_day": Figure(f"{WEEK}.last_day", week.last_day, Unit.DATE),
        "label": mark(Printed(f"{WEEK}.label", week.label, week.label)),
    }
    return {**_scopes(view, worth, days), **{table: Scope(inside) for table, inside in words.items()}}


def _figure(view: View, found: Fact, known: Catalogue, ladder: Ladder) -> Figure:
    offer = known[found.name]
    swing, percentile = (_share(view, found.subject, f"{offer.base}_{family}") for family in ("swing", "percentile"))
    figure = Figure(found.key, found.value, found.unit, offer.is_difference, _venues(found))
    figure = on_rung(figure, ladder.rung(swing, percentile))
    return said(figure) if found.key in view.said else figure


def _share(view: View, subject: str, name: str) -> float | None:
    found = view.frame.facts.get((subject, name))
    return found.value if found and not isinstance(found.value, date) else None


def _venues(found: Fact) -> tuple[str, ...]:
    """The names of the venues of its rows, in the order in which their series name them; none for `all`."""
    names = [name for one in found.inputs for name in _venues_of(one.series)]
    return () if ALL_VENUES in names else tuple(dict.fromkeys(names))


@lru_cache(maxsize=4096)
def _venues_of(series: str) -> tuple[str, ...]:
    """A series' venues as readers know them; `all` as it stands."""
    return tuple(name if name == ALL_VENUES else venue_name(name) for name in series.split("/")[2].split("+"))


def _scopes(view: View, worth: Mapping[str, object], week: Mapping[str, object]) -> dict[str, object]:
    """Bare names for the rule's own subject, and a scope for each subject that can be named."""
    named: dict[str, dict[str, object]] = {MARKET: {}, LEAD: _called(view.frame.lead)}
    if view.kind == ASSET:
        named[ASSET] = _called(view.subject)
    bare: dict[str, object] = {}
    for name, value in worth.items():
        owner, _, short = name.partition(".")
        named[owner][short] = value
        if owner == view.kind:
            bare[short] = value
    return {**bare, **{owner: Scope(inside) for owner, inside in named.items()}, WEEK: Scope(week)}


def _called(ticker: str) -> dict[str, object]:
    return {"ticker": ticker, "name": coin(ticker)}
