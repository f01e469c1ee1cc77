"""Binance spot as documented: daily candles between two times, ascending, the day in progress among them."""

from __future__ import annotations

from tests.providers import market
from tests.providers.server import Answer, Question, said


def answer(question: Question) -> Answer:
    query = question.query
    asset = query["symbol"].removesuffix("USDT")
    if question.path != "/api/v3/klines" or asset not in market.BASE:
        return said({"code": -1121, "msg": "Invalid symbol."}, 400)
    first, end = (int(query[name]) / 1000 for name in ("startTime", "endTime"))
    times = list(market.stamps(first, min(end, market.now()), market.DAY))[: int(query.get("limit", 500))]
    return said([row(asset, at) for at in times])


def row(asset: str, at: int) -> list[object]:
    opened, high, low, close = market.candle(asset, at)
    turnover = market.volume(asset, "binance", at)
    coins, last = turnover / close, (at + market.DAY) * 1000 - 1
    prices = [f"{value:.2f}" for value in (opened, high, low, close)]
    return [at * 1000, *prices, f"{coins:.5f}", last, f"{turnover:.8f}", 1234, f"{coins / 2:.5f}", "0", "0"]
