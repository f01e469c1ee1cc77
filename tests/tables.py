"""CSV files of a test, read with a mapping of the columns Date and Close."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from reporter.collect import csv
from reporter.model import Flaw, Observation, Payload, Request

FETCHED = datetime(2025, 3, 10, 15, tzinfo=UTC)
CLOSE = {"measure": "price_close", "column": "Close", "unit": "usd"}


def mapping(**changes: Any) -> csv.Settings:
    """A mapping of the columns Date and Close; `changes` replace its keys."""
    usual = {"name": "mine", "files": "x.csv", "time": {"column": "Date"}, "asset": "BTC", "values": [CLOSE]}
    return csv.Settings.model_validate({**usual, **changes})


def valued(measure: str, unit: str) -> dict[str, Any]:
    return {"values": [{"measure": measure, "column": "Close", "unit": unit}]}


def payload(body: bytes) -> Payload:
    return Payload(hashlib.sha256(body).hexdigest(), Request("mine", "x.csv", "file:x.csv"), FETCHED, 200, "", body)


def parse(text: str | bytes, **changes: Any) -> list[Observation | Flaw]:
    body = text.encode() if isinstance(text, str) else text
    return list(csv.parse(payload(body), mapping(**changes)))


def observations(text: str | bytes, **changes: Any) -> list[Observation]:
    """What is read from a file in which nothing is wrong."""
    found = parse(text, **changes)
    assert [str(one) for one in found if isinstance(one, Flaw)] == []
    return [one for one in found if isinstance(one, Observation)]


def values(text: str | bytes, **changes: Any) -> list[float]:
    return [one.value for one in observations(text, **changes)]


def flaw(text: str | bytes, **changes: Any) -> str:
    """The only thing that is found in a file: a flaw."""
    (found,) = parse(text, **changes)
    assert isinstance(found, Flaw)
    return str(found)


def cell(written: str, **changes: Any) -> float:
    """The value of one cell of a price."""
    (found,) = values(f'Date;Close\n2025-03-03;"{written}"\n', separator=";", **changes)
    return found


def day(number: int) -> datetime:
    return datetime(2025, 3, number, tzinfo=UTC)


def fits(measure: str, unit: str) -> bool:
    """Whether a mapping may give a measure in this unit."""
    try:
        mapping(**valued(measure, unit))
    except ValueError:
        return False
    return True
