"""Coinalyze: daily liquidations and open interest of perpetuals in; dollars out.

API: api.coinalyze.net/v1/doc, with a free key in COINALYZE_API_KEY. Terms: free; who publishes the data names Coinalyze
as their source, with a link where possible. Days are UTC, stamped in seconds at their start, and final when they are
over; daily values are kept for good. Limits: 40 calls a minute and key, where each symbol of a question counts as one,
so that a question has to wait for all of its symbols; 20 symbols a question.

- Times are seconds on both sides, and both ends of the asked stretch are included.
- Without convert_to_usd some markets answer in coins and others in dollars.
- Liquidations are one series of all markets together, named after their venues, and only of the days on which each of
  them has a row: a sum with a venue missing would look like a calm day.
- Of a day's open interest the first value is used, which is that of the day's start.
- Bybit's open interest is not asked for: Bybit publishes it counted on both sides, and whether Coinalyze halves it is
  not documented.
- Funding is not asked for: neither its unit nor the settlements behind a daily bar are documented.
- Venues limit their liquidation feeds (Binance tells one order a second since April 2021): a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from reporter.collect import live, reading
from reporter.collect.live import DAY, Address, Given, Live
from reporter.config import Ticker
from reporter.model import Fault, Flaw, Observation, Payload, Request, Week

LABEL, TERMS = "Coinalyze", "Coinalyze API: free, with its name as the source"
LIQUIDATIONS = ("liquidations_long", "liquidations_short")
GIVES = {measure: Given(DAY) for measure in (*LIQUIDATIONS, "open_interest")}
PATHS = {"liquidations": "/liquidation-history", "open_interest": "/open-interest-history"}
MOST_SYMBOLS = 20
SECONDS_A_SYMBOL = 60 / 40
BOTH_SIDES = frozenset({"bybit"})
MARKETS = {"binance": "{asset}USDT_PERP.A", "okx": "{asset}USDT_PERP.3", "bybit": "{asset}USDT.6"}


def _venue(value: str) -> str:
    if not (value.isascii() and value.replace("-", "").isalnum() and value == value.lower()):
        raise ValueError("expected the name of a venue such as binance")
    return value


def _symbol(value: str) -> str:
    if not value.isascii() or not value.isprintable() or "," in value or " " in value or "." not in value:
        raise ValueError("expected a symbol of Coinalyze such as {asset}USDT_PERP.A")
    return value


Markets = Mapping[Annotated[str, AfterValidator(_venue)], Annotated[str, AfterValidator(_symbol)]]


class Settings(Live):
    """`markets` has the symbol of each venue, {asset} standing for the ticker; `symbols` has an asset's own, where they
    are others. Without a pace of its own the source waits as long as its symbols demand."""

    base_url: Address = "https://api.coinalyze.net/v1"
    pace_seconds: float = Field(default=SECONDS_A_SYMBOL * len(MARKETS), ge=0, le=60)
    markets: Markets = Field(default=MARKETS, min_length=1, max_length=MOST_SYMBOLS)
    symbols: Mapping[Ticker, Markets] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _paced(cls, values: Any) -> Any:
        if not isinstance(values, dict) or "pace_seconds" in values:
            return values
        own = values.get("symbols")
        named = [values.get("markets", MARKETS), *(own.values() if isinstance(own, dict) else ())]
        most = max((len(one) for one in named if isinstance(one, dict)), default=1)
        return {**values, "pace_seconds": min(60.0, SECONDS_A_SYMBOL * most)}

    @field_validator("symbols")
    @classmethod
    def _are_some(cls, value: Mapping[str, Markets]) -> Mapping[str, Markets]:
        for asset, markets in value.items():
            if not 0 < len(markets) <= MOST_SYMBOLS:
                raise ValueError(f"expected 1 to {MOST_SYMBOLS} venues below {asset}")
        return value


def markets(settings: Settings, asset: str) -> Mapping[str, str]:
    """The venues of an asset in their order, each with its symbol."""
    named = settings.symbols.get(asset, settings.markets)
    return {venue: named[venue].replace("{asset}", asset) for venue in named}


def _asked(settings: Settings, asset: str, what: str) -> Mapping[str, str]:
    """The markets of a question: open interest is asked of those that count it once."""
    found = markets(settings, asset)
    return found if what == "liquidations" else {v: s for v, s in found.items() if v not in BOTH_SIDES}


def requests(week: Week, settings: Settings) -> list[Request]:
    """Two questions an asset: its liquidations, then its open interest, each of all venues at once."""
    return [
        _question(what, asset, symbols, week, settings)
        for asset in settings.assets
        for what in PATHS
        if (symbols := ",".join(_asked(settings, asset, what).values()))
    ]


def _question(what: str, asset: str, symbols: str, week: Week, settings: Settings) -> Request:
    period = live.span(week)
    last = live.seconds(period.end) - (1 if what == "liquidations" else 0)  # an instant may stand at the very end
    params = {
        "symbols": symbols,
        "interval": "daily",
        "from": live.seconds(period.start),
        "to": last,
        "convert_to_usd": "true",
    }
    one = live.ask(settings, f"{what}/{asset}", PATHS[what], params, period)
    return replace(one, secrets={"api_key": "COINALYZE_API_KEY"})


def fault(status: int, body: bytes) -> Fault | None:
    """Coinalyze answers errors with their HTTP status."""
    return reading.http_fault(status, body)


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """Liquidations of all venues together, or the open interest of each, at the start of each day."""
    what, _, asset = payload.request.key.partition("/")
    asked = _asked(settings, asset, what)
    rows = reading.listed(payload)
    yield from _missing(payload, asked, rows)
    if what == "liquidations":
        yield from _liquidations(payload, asset, asked, rows)
    else:
        yield from _open_interest(payload, asset, asked, rows)


def _missing(payload: Payload, asked: Mapping[str, str], rows: list[Any]) -> Iterator[Flaw]:
    """A Flaw for each market that an answer, which has others, leaves out."""
    there = {row.get("symbol") for row in rows if isinstance(row, dict) and isinstance(row.get("symbol"), str)}
    for venue, symbol in asked.items() if rows else ():
        if symbol not in there:
            where = f"{payload.request.source}: {payload.request.key}"
            yield Flaw(where, f"no history of {symbol}, the market of {venue}")


def _open_interest(
    payload: Payload, asset: str, asked: Mapping[str, str], rows: list[Any]
) -> Iterator[Observation | Flaw]:
    venues = {symbol: venue for venue, symbol in asked.items()}

    def read(row: Any) -> Iterable[reading.Cell]:
        if (venue := venues.get(row["symbol"])) is None:
            return
        for bar in _bars(row):
            first = reading.optional(bar["o"])
            if first is not None:
                yield ("open_interest", asset, venue), reading.seconds(bar["t"]), first

    return reading.observations(payload, _split(rows), read, GIVES)


def _liquidations(
    payload: Payload, asset: str, asked: Mapping[str, str], rows: list[Any]
) -> Iterator[Observation | Flaw]:
    """The sum of a day over all markets, where each of them has exactly one value of the day."""
    found: dict[datetime, dict[str, tuple[float, float]]] = {}
    for index, row in enumerate(_split(rows), 1):
        try:
            for at, symbol, sides in _sides(row):
                if symbol in asked.values() and found.setdefault(at, {}).setdefault(symbol, sides) != sides:
                    found[at][""] = sides  # two values for one day: it has no sum
                    raise ValueError(f"a second value for {symbol} at {at:%Y-%m-%d}")
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            yield reading.flaw(payload, index, problem)
    venue = "+".join(asked)

    def read(at: datetime) -> Iterable[reading.Cell]:
        for place, measure in enumerate(LIQUIDATIONS):
            yield (measure, asset, venue), at, sum(sides[place] for sides in found[at].values())

    complete = [at for at in sorted(found) if set(found[at]) == set(asked.values())]
    yield from reading.observations(payload, complete, read, GIVES)


def _split(rows: list[Any]) -> Iterator[Any]:
    """Each bar as a row of its own, so that a bad one takes no other with it."""
    for row in rows:
        bars = row.get("history") if isinstance(row, dict) else None
        if isinstance(row, dict) and isinstance(bars, list):
            yield from ({"symbol": row.get("symbol"), "history": [bar]} for bar in bars)
        else:
            yield row


def _bars(row: Any) -> list[Any]:
    bars = row["history"]
    if not isinstance(bars, list):
        raise ValueError("'history' is no list")
    return bars


def _sides(row: Any) -> Iterator[tuple[datetime, str, tuple[float, float]]]:
    """Dollars of longs and of shorts closed by force; nothing where one of them is not reported."""
    for bar in _bars(row):
        long, short = reading.optional(bar["l"]), reading.optional(bar["s"])
        if long is None or short is None:
            continue
        if min(long, short) < 0:
            raise ValueError("liquidations below zero")
        yield reading.seconds(bar["t"]), str(row["symbol"]), (long, short)


def provides(settings: Settings) -> Iterator[str]:
    """Liquidations of all venues together, and the open interest of each that counts it once."""
    for asset in settings.assets:
        venue = "+".join(_asked(settings, asset, "liquidations"))
        yield from (f"{measure}/{asset}/{venue}/{settings.name}" for measure in LIQUIDATIONS)
        for each in _asked(settings, asset, "open_interest"):
            yield f"open_interest/{asset}/{each}/{settings.name}"
