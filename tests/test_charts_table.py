"""The table behind the charts: every point of every series in its row and column."""

from __future__ import annotations

from datetime import UTC, datetime

from reporter.charts import table
from reporter.model import Point, Track, Unit


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 2, day, hour, tzinfo=UTC)


def track(*points: tuple[datetime, float]) -> Track:
    return Track("label", Unit.USD, tuple(Point(moment, value) for moment, value in points), None)


PRICES = track((at(9), 70046.31), (at(10), 71000.0))
FUNDING = track((at(9, 8), 0.0001), (at(10), -2.5e-05))


def test_each_moment_has_a_row_and_what_is_not_known_stays_empty() -> None:
    found = table({("ETH", "funding"): FUNDING, ("BTC", "price_close"): PRICES}, "").decode()
    assert found.splitlines() == [
        "time_utc,BTC price_close,ETH funding",
        "2026-02-09T00:00Z,70046.31,",
        "2026-02-09T08:00Z,,0.0001",
        "2026-02-10T00:00Z,71000.0,-2.5e-05",
    ]


def test_a_simulated_table_says_so_in_every_row() -> None:
    first, *rows = table({("BTC", "price_close"): PRICES}, "Illustrative.").decode().splitlines()
    assert first == "time_utc,BTC price_close,notice"
    assert all(row.endswith(",Illustrative.") for row in rows)


def test_without_series_there_is_no_table() -> None:
    assert table({}, "") == b""
