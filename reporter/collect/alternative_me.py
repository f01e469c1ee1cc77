"""The crypto fear and greed index of alternative.me in; one value a day, 0 to 100, out.

API: alternative.me/crypto/fear-and-greed-index, GET /fng/, without a key, about 60 questions a minute. Terms: free to
use where alternative.me is named as the source beside the number. A row is stamped with the UTC midnight at which its
day begins (seconds, as text) and does not change after it is published; the row of the day in progress is left out like
any other day that is not over. Rows come newest first. `date_format` is never asked for: with it the stamps would be
dates as text. An error comes under HTTP 200, in `metadata`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, Address, Given, Live
from reporter.model import MARKET, Fault, Flaw, Observation, Payload, Request, Week

LABEL = "Crypto Fear & Greed Index, alternative.me"
TERMS = "alternative.me: free to use, its source named beside the number"
VENUE = "alternative.me"
MEASURE = "fear_greed"
GIVES = {MEASURE: Given(DAY)}
LIMIT = 60  # days: five weeks, and the days since then


class Settings(Live):
    """Nothing but what every source has."""

    base_url: Address = "https://api.alternative.me"
    pace_seconds: float = Field(default=1.0, ge=0, le=60)


def requests(week: Week, settings: Settings) -> list[Request]:
    """The newest rows in one question: the index can be asked for a number of days, not for a time."""
    one = live.ask(settings, MEASURE, "/fng/", {"limit": LIMIT, "format": "json"}, live.span(week))
    return [replace(one, reach=timedelta(days=LIMIT))]


def fault(status: int, body: bytes) -> Fault | None:
    """What the HTTP status says, else the error in `metadata`."""
    said = _error(body)
    return reading.http_fault(status, body) or (Fault("refused", f"refused the question: {said}") if said else None)


def _error(body: bytes) -> str:
    """What `metadata.error` says; nothing where it is null, or where the body is no answer of this API."""
    try:
        error = json.loads(body)["metadata"]["error"]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        return ""
    return reading.plain(str(error)) if error else ""


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """One value a day that is over, at the midnight it begins with."""

    def read(row: Any) -> Iterable[reading.Cell]:
        at = reading.seconds(row["timestamp"]).replace(hour=0, minute=0, second=0)
        yield (MEASURE, MARKET, VENUE), at, reading.number(row["value"])

    if said := _error(payload.body):
        raise reading.misread(payload, f"an error in place of data ({said})")
    return reading.observations(payload, reading.listed(payload, "data"), read, GIVES)


def provides(settings: Settings) -> Iterator[str]:
    """The one series that this source is there for."""
    yield f"{MEASURE}/{MARKET}/{VENUE}/{settings.name}"
