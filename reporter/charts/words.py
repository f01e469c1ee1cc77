"""What a chart's alternative text is put together from: assets, spans of days, and the range of a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reporter import units
from reporter.model import Point, Unit


def assets(names: Sequence[str]) -> str:
    """The assets by name, or how many they are where a title could not hold the names."""
    return units.listing(names) if len(names) <= 3 else f"{units.count(len(names))} assets"


def span(first: date, last: date) -> str:
    """`January 19 to February 15, 2026`, with both years where they differ."""
    start = units.day(first) if first.year == last.year else units.long_date(first)
    return f"{start} to {units.long_date(last)}"


def spread(points: Sequence[Point], unit: Unit) -> str:
    """`between $63,020 (February 6) and $78,700 (January 20), last at $69,812 (February 15)`, each value once."""
    last = points[-1]
    low, high = (pick(reversed(points), key=lambda point: point.value) for pick in (min, max))
    if _text(low, unit) == _text(high, unit):
        return f"at {_text(low, unit)} throughout"
    ends = (f"{dated(point, unit)[:-1]}{', the last value' if point is last else ''})" for point in (low, high))
    return f"between {' and '.join(ends)}" + ("" if last in (low, high) else f", last at {dated(last, unit)}")


def dated(point: Point, unit: Unit) -> str:
    """`$69,812 (February 15)`."""
    return f"{_text(point, unit)} ({units.day(point.at.date())})"


def _text(point: Point, unit: Unit) -> str:
    return units.text(point.value, unit)
