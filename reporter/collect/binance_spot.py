"""Binance spot: daily candles in; prices in dollars (of USDT) and turnover out.

API: developers.binance.com, GET /api/v3/klines, without a key; https://data-api.binance.vision answers the same and is
reached from more places. Terms: Binance's own. A candle is final at midnight UTC. Some addresses, those of US machines
among them, get HTTP 451: that is final. Limits: 6,000 weight a minute and address, two a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, Address, Given, Live
from reporter.config import Ticker
from reporter.model import Fault, Flaw, Observation, Payload, Request, Week

LABEL, TERMS = "Binance spot", "Binance API terms of use"
VENUE = "binance"
CANDLE = ("price_open", "price_high", "price_low", "price_close", "spot_volume")
GIVES = {measure: Given(DAY) for measure in CANDLE}
LIMIT = 1000


class Settings(Live):
    """`symbols` names pairs that are not the ticker with USDT behind it."""

    base_url: Address = "https://api.binance.com"
    pace_seconds: float = Field(default=0.1, ge=0, le=60)
    symbols: Mapping[Ticker, str] = Field(default_factory=dict)


def requests(week: Week, settings: Settings) -> list[Request]:
    """Five weeks of daily candles for each asset."""
    period = live.span(week)
    times = {"startTime": live.milliseconds(period.start), "endTime": live.milliseconds(period.end) - 1}
    return [
        live.ask(
            settings,
            f"candles/{asset}",
            "/api/v3/klines",
            {"symbol": settings.symbols.get(asset, f"{asset}USDT"), "interval": "1d", "limit": LIMIT, **times},
            period,
        )
        for asset in settings.assets
    ]


def fault(status: int, body: bytes) -> Fault | None:
    """Binance answers errors with their HTTP status."""
    return reading.http_fault(status, body)


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """Open, high, low, close and turnover (the quote's) of each finished day."""
    asset = payload.request.key.partition("/")[2]

    def read(row: Any) -> Iterable[reading.Cell]:
        at = reading.milliseconds(row[0])
        for measure, place in zip(CANDLE, (1, 2, 3, 4, 7), strict=True):
            yield (measure, asset, VENUE), at, reading.number(row[place])

    return reading.observations(payload, reading.listed(payload), read, GIVES)


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for."""
    return live.provided(settings, VENUE, GIVES)
