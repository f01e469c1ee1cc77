"""What live sources have in common: settings with an address and a pace, and the series that a source gives.

A live source is a module of pure functions. `requests` says what to ask for a week and `parse` reads one answer;
`fault` says why an answer holds no data, `more` names the next page, `provides` the series that it is there for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from reporter.config import ADDRESS, NAME, Line, Strict, Ticker
from reporter.model import Kind, Observation, Period, Request, Series, Week
from reporter.series import DAY, FORMS

HOUR = timedelta(hours=1)
LOOK_BACK = timedelta(days=35)  # asked for again each week, so that a late revision is seen
FUNDING_HOURS = (1, 2, 4, 8)


def _address(value: str) -> str:
    if not re.fullmatch(ADDRESS, value):
        raise ValueError("expected an address such as https://api.example.com, without user or password")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class Live(Strict):
    """Settings of every live source; each gives `base_url` and `pace_seconds` its own default."""

    name: str = Field(pattern=NAME)
    use: str
    base_url: Address
    pace_seconds: float = Field(ge=0, le=60)  # between two questions to the host, from the provider's limits
    assets: tuple[Ticker, ...] = Field(min_length=1)  # the newsletter's, unless the source names its own
    label: Line | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """How a source's series of one measure come: their cadence, their delay, and their kind where it is not usual."""

    cadence: timedelta
    delay: timedelta = timedelta(0)
    kind: Kind | None = None


def span(week: Week, back: timedelta = LOOK_BACK) -> Period:
    """What is asked for in a week: the stretch that ends with it."""
    return Period(week.end - back, week.end)


def ask(settings: Live, key: str, path: str, params: Mapping[str, object], period: Period | None = None) -> Request:
    """A GET of a path below the source's address; parameters that are None are left out. `replace` adds the rest."""
    filled = {name: str(value) for name, value in params.items() if value is not None}
    return Request(settings.name, key, f"{settings.base_url}{path}", params=filled, period=period)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1000


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def series(
    settings: Live, label: str, terms: str, gives: Mapping[str, Given], found: Iterable[Observation]
) -> Iterator[Series]:
    """The series of these observations. Funding has the interval at which its rows stand: venues differ, by coin.

    `gives` is by measure; where a venue's series come otherwise than the others, by `measure/venue`.
    """
    moments: dict[str, list[datetime]] = {}
    for one in found:
        moments.setdefault(one.series, []).append(one.at)
    for name, times in sorted(moments.items()):
        measure = name.partition("/")[0]
        form, given = FORMS[measure], given_for(name, gives)
        cadence = funding_interval(times, given.cadence) if measure == "funding" else given.cadence
        yield Series(name, form.unit, kind(name, gives), cadence, given.delay, settings.label or label, terms)


def given_for(name: str, gives: Mapping[str, Given]) -> Given:
    """How a series comes, by its venue where that differs, else by its measure."""
    measure, _, venue, _ = name.split("/")
    return gives.get(f"{measure}/{venue}") or gives[measure]


def kind(name: str, gives: Mapping[str, Given]) -> Kind:
    """The kind of a series of a source."""
    return given_for(name, gives).kind or FORMS[name.partition("/")[0]].kind


def funding_interval(times: Iterable[datetime], usual: timedelta) -> timedelta:
    """The time between most settlements, of those that venues have: the shorter of two that are as frequent, as a row
    that is not there makes a gap longer. The usual one where rows do not tell."""
    ordered = sorted(times)
    gaps = Counter(round((later - earlier) / HOUR) for earlier, later in pairwise(ordered))
    hours = max(FUNDING_HOURS, key=lambda each: (gaps[each], -each))
    return timedelta(hours=hours) if gaps[hours] else usual


def provided(settings: Live, venue: str, measures: Iterable[str]) -> Iterator[str]:
    """The names of the series of a venue, for each of the source's assets."""
    for measure in measures:
        for asset in settings.assets:
            yield f"{measure}/{asset}/{venue}/{settings.name}"


__all__ = ["DAY", "HOUR", "Address", "Given", "Live", "ask", "milliseconds", "provided", "seconds", "series", "span"]
