"""Coinbase Exchange: daily candles in; prices in dollars out.

API: docs.cdp.coinbase.com (Exchange API), GET /products/BTC-USD/candles, without a key; it is reached from US machines
too. Terms: Coinbase's own. A candle is final at midnight UTC and stamped in seconds at its start. Limits: 10 questions
a second and address.

- A candle is time, low, high, open, close, volume: low and high stand before open and close. One whose low and high do
  not hold the others is left out: its fields would be in another order.
- At most 300 candles come, newest first, and some may lie before the asked start: those are left out.
- No candle comes for a day without trades.
- Turnover is given in coins only, so that there is no `spot_volume`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, Address, Given, Live
from reporter.config import Ticker, shown
from reporter.model import Fault, Flaw, Observation, Payload, Request, Week

LABEL, TERMS = "Coinbase Exchange", "Coinbase market data terms of use"
VENUE = "coinbase"
CANDLE = ("price_low", "price_high", "price_open", "price_close")  # in the order in which they come, after the time
GIVES = {measure: Given(DAY) for measure in CANDLE}


def _product(value: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{1,20}-[A-Z0-9]{1,10}", value):
        raise ValueError(f"{shown(value)} is no product; write it as in BTC-USD")
    return value


class Settings(Live):
    """`products` names products that are not the ticker with -USD behind it."""

    base_url: Address = "https://api.exchange.coinbase.com"
    pace_seconds: float = Field(default=0.15, ge=0, le=60)
    products: Mapping[Ticker, Annotated[str, AfterValidator(_product)]] = Field(default_factory=dict)


def requests(week: Week, settings: Settings) -> list[Request]:
    """Five weeks of daily candles for each asset."""
    period = live.span(week)
    days = {"granularity": int(DAY.total_seconds()), "start": _written(period.start), "end": _written(period.end)}
    return [
        live.ask(
            settings,
            f"candles/{asset}",
            f"/products/{settings.products.get(asset, f'{asset}-USD')}/candles",
            days,
            period,
        )
        for asset in settings.assets
    ]


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def fault(status: int, body: bytes) -> Fault | None:
    """Coinbase answers errors with their HTTP status."""
    return reading.http_fault(status, body)


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """Low, high, open and close of each finished day."""
    asset = payload.request.key.partition("/")[2]

    def read(row: Any) -> Iterable[reading.Cell]:
        at, prices = reading.seconds(row[0]), [reading.number(row[place]) for place in (1, 2, 3, 4)]
        low, high, opened, close = prices
        if not low <= min(opened, close) <= max(opened, close) <= high:
            raise ValueError(f"open {opened:g} and close {close:g} are not between low {low:g} and high {high:g}")
        for measure, price in zip(CANDLE, prices, strict=True):
            yield (measure, asset, VENUE), at, price

    return reading.observations(payload, reading.listed(payload), read, GIVES)


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for."""
    return live.provided(settings, VENUE, GIVES)
