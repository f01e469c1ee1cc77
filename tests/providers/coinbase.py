"""Coinbase Exchange as documented: daily candles as numbers, newest first, both ends included, at most 300 of them, one
before the asked start and the day in progress among them."""

from __future__ import annotations

import re
from datetime import datetime

from tests.providers import market
from tests.providers.server import Answer, Question, said

MOST = 300
GRANULARITIES = (60, 300, 900, 3600, 21_600, market.DAY)


def answer(question: Question) -> Answer:
    found = re.fullmatch(r"/products/([A-Z0-9]+)-USD/candles", question.path)
    if not found or found[1] not in market.BASE:
        return said({"message": "NotFound"}, 404)
    length = int(question.query.get("granularity", 60))
    if length not in GRANULARITIES:
        return said({"message": "Unsupported granularity"}, 400)
    first, last = (datetime.fromisoformat(question.query[name]).timestamp() for name in ("start", "end"))
    if (last - first) / length > MOST:
        return said({"message": "granularity too small for the requested time range. Count of aggregations requested "
                                f"exceeds {MOST}"}, 400)  # fmt: skip
    times = list(market.stamps(first - length, min(last, market.now()) + 1, length))
    return said([row(found[1], at, length) for at in reversed(times)][:MOST])


def row(asset: str, at: int, length: int) -> list[float]:
    opened, high, low, close = (round(price, 2) for price in market.candle(asset, at, length))
    coins = market.volume(asset, "coinbase", at, length) / close
    return [at, low, high, opened, close, round(coins, 8)]
