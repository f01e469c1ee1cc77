"""A history of rows that a test writes down, and the facts of a week measured on it.

Rows are `{"price_close/BTC": {"2025-03-03": 90_000.0}}`; a name may go on with venue and source, which are `all` and
`test` else. A time is a day or `2025-03-03 08:00`, always UTC.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from reporter import clock
from reporter.facts import Setting, measure_frame
from reporter.history import History, open_history
from reporter.model import Fact, Frame, Observation, Payload, Request, Series, Week
from reporter.series import FORMS

WEEK = clock.parse_week("2025-03-03")  # Monday, March 3 to Monday, March 10; five sessions, no holiday
FETCHED = datetime(2025, 3, 10, 15, tzinfo=UTC)  # an hour after the week's cut
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)

Rows = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Said:
    """How a statement of rows was made: hours between rows where a measure has others than usual, hours of delay."""

    hours: Mapping[str, float]
    delay: float = 0.0
    fetched: datetime = FETCHED
    key: str = "rows"
    manner: Literal["whole", "rolling", "live"] = "whole"


USUAL = Said({})


@dataclass(frozen=True)
class Found:
    """A frame whose facts are asked for as `BTC.price_usd`."""

    frame: Frame

    def fact(self, key: str) -> Fact:
        subject, _, name = key.partition(".")
        gap = self.frame.gaps.get((subject, name))
        assert (subject, name) in self.frame.facts, f"{key} is not there: {gap.reason if gap else 'no such fact'}"
        return self.frame.facts[subject, name]

    def __getitem__(self, key: str) -> float | date:
        return self.fact(key).value

    def __contains__(self, key: str) -> bool:
        subject, _, name = key.partition(".")
        return (subject, name) in self.frame.facts

    def gap(self, key: str) -> str:
        """Why a fact is not there."""
        subject, _, name = key.partition(".")
        assert (subject, name) not in self.frame.facts, f"{key} is {self.frame.facts[subject, name].value}"
        return self.frame.gaps[subject, name].reason


def days(first: str, *values: float | None) -> dict[str, float]:
    """One row a day from `first` on; None leaves a day out."""
    return every(24, first, *values)


def every(hours: float, first: str, *values: float | None) -> dict[str, float]:
    """One row each so many hours from `first` on; None leaves one out."""
    start = moment(first)
    times = (start + timedelta(hours=hours * n) for n in range(len(values)))
    return {f"{at:%Y-%m-%d %H:%M}": value for at, value in zip(times, values, strict=True) if value is not None}


def weeks(last: Week, *values: float, day: int = 0) -> dict[str, float]:
    """One row a week, the last in week `last`, each `day` days after its Monday."""
    first = last.shifted(1 - len(values)).start + timedelta(days=day)
    return every(24 * 7, f"{first:%Y-%m-%d}", *values)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def store(folder: Path, rows: Rows, said: Said = USUAL) -> History:
    """A history of its own with these rows in it."""
    history = open_history(Path(tempfile.mkdtemp(dir=folder)) / "reporter.sqlite")
    say(history, rows, said)
    return history


def say(history: History, rows: Rows, said: Said = USUAL) -> None:
    """Adds what each source says; under the same key it replaces what that source said before."""
    full = {identity(name): values for name, values in rows.items()}
    for source in sorted({one.rpartition("/")[2] for one in full}):
        mine = {one: values for one, values in full.items() if one.endswith(f"/{source}")}
        body = repr((sorted(mine.items()), said)).encode()
        request = Request(source, said.key, "test:rows")
        payload = Payload(hashlib.sha256(body).hexdigest(), request, said.fetched, 200, "text/plain", body)
        series = [described(one, said) for one in mine]
        found = [
            Observation(one, moment(at), v, payload.id) for one, values in mine.items() for at, v in values.items()
        ]
        history.add(payload, "test", series, found, said.manner)


def identity(name: str) -> str:
    parts = name.split("/")
    return "/".join([*parts, *("all", "test")[len(parts) - 2 :]])


def described(name: str, said: Said) -> Series:
    measure = name.partition("/")[0]
    form, hours = FORMS[measure], said.hours.get(measure)
    cadence = timedelta(hours=hours) if hours else form.cadence
    return Series(name, form.unit, form.kind, cadence, timedelta(hours=said.delay))


def setting(
    assets: Sequence[str] = ("BTC",),
    venues: Mapping[str, tuple[str, ...]] | None = None,
    sources: Sequence[str] = ("test",),
) -> Setting:
    return Setting(tuple(assets), assets[0], venues or {}, tuple(sources))


def measured(folder: Path, rows: Rows, how: Setting | None = None, week: Week = WEEK, said: Said = USUAL) -> Found:
    """The facts of the week from these rows alone."""
    return Found(measure_frame(store(folder, rows, said), how or setting(), week, ALWAYS))
