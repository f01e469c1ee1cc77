"""Net flows into US spot funds and their assets, whoever reports them: a day's total in, the cell of a series out.

Flows of a session are complete on the next morning in New York: a day counts as final 13 hours after its end in UTC.
Before that a total of zero, or of some funds only, may stand for it, so that nothing of the day is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from reporter import sessions
from reporter.collect.live import DAY, Given
from reporter.collect.reading import Cell, within
from reporter.model import Payload, Week

VENUE = "us_spot"
DELAY = timedelta(hours=13)
GIVES = {"etf_flow": Given(DAY, DELAY)}
HAVE_FUNDS = tuple(sessions.LAUNCHES)


def is_due(payload: Payload, day: date) -> bool:
    """Whether a day was asked for, and is final by the time the payload was fetched."""
    at = _start(day)
    return within(payload.request.period, at) and at + DAY + DELAY <= payload.fetched_at


def cells(payload: Payload, asset: str, day: date, flow: float | None) -> Iterator[Cell]:
    """The flow of a day in dollars, where it is one: nothing for a day that is not due, that has not been reported, or
    for a zero on a day without a session. Raises ValueError for any other value on such a day."""
    if flow is None or not is_due(payload, day):
        return
    if sessions.flow_sessions(asset, day, day + DAY):
        yield ("etf_flow", asset, VENUE), _start(day), flow
    elif flow:
        raise ValueError(f"{flow:g} on {day}, when no fund traded")


def assets(payload: Payload, asset: str, day: date, amount: float | None) -> Iterator[Cell]:
    """The assets of the funds at the end of a session, in dollars: nothing for a day that is not due or had no session,
    nor for a zero, which stands where they are not known yet."""
    if amount and is_due(payload, day) and sessions.flow_sessions(asset, day, day + DAY):
        yield ("etf_assets", asset, VENUE), _start(day), amount


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def expected(asset: str, week: Week, back: timedelta) -> bool:
    """Whether any flow can be there in the stretch that ends with the week."""
    return asset in HAVE_FUNDS and bool(sessions.flow_sessions(asset, (week.end - back).date(), week.end.date()))
