"""How Coinglass's answers are read: a row of one in, cells in base units or items out; every unit is named here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reporter import sessions, units
from reporter.collect import reading
from reporter.collect.coinglass.settings import ALL, Settings, venue
from reporter.collect.live import DAY
from reporter.model import MARKET, Level, OptionExpiry, Payload
from reporter.series import impossible

FLOWS_FINAL = timedelta(hours=13)  # from the end of the trading day
EXPIRY_HOUR = 8  # UTC, at Deribit
PREMIUM_BOUND = 0.03  # beyond it a perpetual's premium is a fault of the data: jumps to 8 per cent were recorded
LONGEST_INTERVAL = 24.0  # hours from one funding to the next
MILLISECONDS_FROM = 1e11  # as seconds it would be the year 5138
EXPIRY_FIELDS = (
    ("price_close", "max_pain_price"),
    ("open_interest_coins", "call_open_interest"),
    ("open_interest_coins", "put_open_interest"),
)
MARGINS = ("stablecoin_margin_list", "token_margin_list", "coin_margin_list")


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and what it is about: `asset` is empty where one answer speaks of all."""

    payload: Payload
    settings: Settings
    asset: str
    venue: str

    @property
    def now(self) -> datetime:
        """The moment of a snapshot."""
        return self.payload.fetched_at.replace(microsecond=0)


Read = Callable[[Asked, Any], Iterable[Any]]  # the cells or items of one row


def listed_rows(asked: Asked) -> Iterable[Any]:
    return reading.listed(asked.payload, "data")


def _same(value: float) -> float:
    return value


def bars(fields: Mapping[str, str], convert: Callable[[float], float] = _same) -> Read:
    """Cells of a bar stamped at its start, by measure the field; a blank one yields nothing."""

    def read(asked: Asked, row: Any) -> Iterator[reading.Cell]:
        at = reading.milliseconds(row["time"])
        for measure, name in fields.items():
            if (value := reading.optional(row[name])) is not None:
                yield (measure, asked.asset, asked.venue), at, convert(value)

    return read


def turnover(market: str) -> Read:
    """What takers bought, what they sold, and the sum of both: each trade has one taker."""
    fields = {f"{market}_taker_{side}": f"aggregated_{side}_volume_usd" for side in ("buy", "sell")}
    sides = bars(fields)

    def read(asked: Asked, row: Any) -> Iterator[reading.Cell]:
        cells = list(sides(asked, row))
        yield from cells
        if len(cells) == len(fields):
            yield (f"{market}_volume", asked.asset, asked.venue), cells[0][1], cells[0][2] + cells[1][2]

    return read


def premium(asked: Asked, row: Any) -> Iterator[reading.Cell]:
    """The last premium of a bar. `close_change` is in dollars, whatever the documentation calls it: unused."""
    for place, at, value in bars({"perp_premium": "close_basis"}, units.fraction_from_percent)(asked, row):
        if abs(value) > PREMIUM_BOUND:
            raise ValueError(f"{value:g} is beyond the premium of any perpetual ({PREMIUM_BOUND:g})")
        yield place, at, value


def snapshot(fields: Mapping[str, tuple[str, ...]], exchange: str = "exchange") -> Read:
    """Cells of an exchange at the moment of asking, by measure the spellings of the field."""

    def read(asked: Asked, row: Any) -> Iterator[reading.Cell]:
        where = venue(row[exchange])
        for measure, names in fields.items():
            if (value := reading.optional(row[next((n for n in names if n in row), names[0])])) is not None:
                yield (measure, asked.asset, where), asked.now, value

    return read


_open_interest_list = snapshot(
    {"open_interest": ("open_interest_usd",), "open_interest_coins": ("open_interest_quantity",)}
)


def open_interest_now(asked: Asked, row: Any) -> Iterator[reading.Cell]:
    """Dollars and coins of an exchange; of them all only coins, as their dollars are a daily series already."""
    return (cell for cell in _open_interest_list(asked, row) if cell[0][::2] != ("open_interest", ALL))


def margins(asked: Asked) -> Iterator[Any]:
    """The newsletter's coins with each exchange's entry in the list of stablecoin contracts; the others are not used.

    One answer has some thousand symbols. What is not the documented shape comes as it is, for `read` to refuse.
    """
    for row in listed_rows(asked):
        if not isinstance(row, dict):
            yield row
        elif row.get("symbol") in asked.settings.assets:
            found = row.get(MARGINS[0])
            if not isinstance(found, list):
                found = [] if found is None and any(name in row for name in MARGINS) else [found]
            yield from ((row["symbol"], entry) for entry in found)


def funding_now(asked: Asked, row: Any) -> Iterator[reading.Cell]:
    """The rate in force as an annual one; without an interval it cannot be told."""
    asset, entry = row
    rate, hours = reading.optional(entry["funding_rate"]), reading.optional(entry["funding_rate_interval"])
    if rate is None or hours is None:
        return
    if not 0 < hours <= LONGEST_INTERVAL:
        raise ValueError(f"{hours:g} hours is no interval of funding")
    apr = units.apr_from_rate(units.fraction_from_percent(rate), hours)
    yield ("funding_now_apr", asset, venue(entry["exchange"])), asked.now, apr


def funding_accumulated(asked: Asked, row: Any) -> Iterator[reading.Cell]:
    asset, entry = row
    if (rate := reading.optional(entry["funding_rate"])) is not None:
        place = ("funding_accumulated_7d", asset, venue(entry["exchange"]))
        yield place, asked.now, units.fraction_from_percent(rate)


def etf_flow(asked: Asked, row: Any) -> Iterator[reading.Cell]:
    """The net flow of a trading day, in dollars, once all funds can have reported.

    A zero without any fund's value says that none has reported yet, one on a holiday that there was nothing to report.
    """
    at = _midnight(reading.milliseconds(row["timestamp"]))
    flow = reading.optional(row["flow_usd"])
    reported = any(fund.get("flow_usd") is not None for fund in row.get("etf_flows") or ())
    final = asked.payload.fetched_at >= at + DAY + FLOWS_FINAL
    if flow is not None and final and (flow or (reported and sessions.is_session(at.date()))):
        yield ("etf_flow", asked.asset, asked.venue), at, flow


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def moods(asked: Asked) -> Iterator[tuple[Any, Any]]:
    """The times and values of the index: two lists of one length, in a mapping or in a list that holds one."""
    payload = asked.payload
    found = reading.inside(payload, reading.document(payload), "data")
    if isinstance(found, list):
        found = found[0] if found else {"time_list": [], "data_list": []}
    times, values = (reading.inside(payload, found, name) for name in ("time_list", "data_list"))
    if not isinstance(times, list) or not isinstance(values, list) or len(times) != len(values):
        raise reading.misread(payload, "'time_list' and 'data_list' are no lists of one length")
    return zip(times, values, strict=True)


def mood(asked: Asked, row: Any) -> Iterator[reading.Cell]:
    """The index of a day; it comes out shortly after midnight. Times were seen in seconds and in milliseconds."""
    stamp, value = row
    at = (reading.milliseconds if reading.number(stamp) >= MILLISECONDS_FROM else reading.seconds)(stamp)
    if (index := reading.optional(value)) is not None:
        yield ("fear_greed", MARKET, asked.venue), _midnight(at), index


def option_expiry(asked: Asked, row: Any) -> Iterator[OptionExpiry]:
    """An expiry `YYMMDD` with the options of both kinds in coins; market values and notionals are not used."""
    day = f"20{row['date']}"
    if not re.fullmatch(r"[0-9]{8}", day):
        raise ValueError("'date' is no YYMMDD")
    expiry = datetime.strptime(day, "%Y%m%d").replace(hour=EXPIRY_HOUR, tzinfo=UTC)
    pain, calls, puts = (_possible(measure, reading.optional(row[name])) for measure, name in EXPIRY_FIELDS)
    yield OptionExpiry(asked.now, asked.asset, asked.venue, expiry, pain, calls, puts, asked.payload.id)


def _possible(measure: str, value: float | None) -> float | None:
    if value is not None and (what := impossible(measure, value)):
        raise ValueError(what)
    return value


def heat_cells(asked: Asked) -> Iterator[tuple[list[Any], list[Any], Any]]:
    """Each cell of the heatmap, with the axes that its places are on: candles and prices."""
    payload = asked.payload
    found = reading.inside(payload, reading.document(payload), "data")
    names = ("price_candlesticks", "y_axis", "liquidation_leverage_data")
    candles, prices, cells = (reading.inside(payload, found, name) for name in names)
    if not all(isinstance(part, list) for part in (candles, prices, cells)):
        raise reading.misread(payload, f"{', '.join(names)} are no lists")
    return ((candles, prices, cell) for cell in cells)


def heat_level(asked: Asked, row: Any) -> Iterator[Level]:
    """A cell at its candle's time (in seconds) and its price."""
    candles, prices, (x, y, size) = row
    at = reading.seconds(_on(candles, x)[0])
    if at > asked.now:
        raise ValueError("a candle that is still to come")
    yield from _level(asked, at, _on(prices, y), size)


def _on(axis: list[Any], place: object) -> Any:
    """What stands at a place of an axis; a place before its start would silently be counted from its end."""
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(axis):
        raise ValueError("a cell that is not on the axes")
    return axis[place]


def map_cells(asked: Asked) -> Iterator[Any]:
    """Each level of the map: under `data` lies another `data`, with lists of levels by price as text."""
    found = reading.inside(asked.payload, reading.document(asked.payload), "data", "data")
    if not isinstance(found, dict):
        raise reading.misread(asked.payload, "data.data is no mapping")
    for levels in found.values():
        yield from levels if isinstance(levels, list) else [levels]


def map_level(asked: Asked, row: Any) -> Iterator[Level]:
    yield from _level(asked, asked.now, row[0], row[1])


def _level(asked: Asked, at: datetime, price: object, size: object) -> Iterator[Level]:
    dollars, weight = reading.number(price), reading.number(size)
    _possible("price_close", dollars)
    _possible("open_interest_coins", weight)
    if weight:
        yield Level(at, asked.asset, asked.venue, dollars, weight, asked.payload.id)
