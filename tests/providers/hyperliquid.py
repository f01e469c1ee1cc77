"""Hyperliquid as documented: one address for all questions, which are JSON; funding each hour, oldest first, 500 rows
at most; coins and their values in two lists, one coin among them that is listed no more."""

from __future__ import annotations

from typing import Any

from tests.providers import market
from tests.providers.server import Answer, Question, said

ROWS = 500
UNIVERSE = ("SOL", "MATIC", "BTC", "ETH")  # in no order that a reader could guess
DELISTED = "MATIC"


def answer(question: Question) -> Answer:
    if (question.method, question.path) != ("POST", "/info"):
        return Answer(b"", 405)
    try:
        asked = question.json()
        if asked["type"] == "metaAndAssetCtxs":
            return said(markets())
        if asked["type"] == "fundingHistory" and asked["coin"] in UNIVERSE:
            return said(funding(asked["coin"], int(asked["startTime"]), int(asked["endTime"])))
    except (ValueError, KeyError, TypeError):
        return Answer(b"Failed to deserialize the JSON body into the target type", 422, "text/plain")
    return said(None, 500)


def funding(coin: str, first: int, last: int) -> list[dict[str, object]]:
    """Both ends are included. Each stamp is some milliseconds late, and rows of midnight have no premium."""
    late = [at * 1000 + at // market.HOUR % 7 * 60 for at in hours(first, last)]
    return [row(coin, at) for at in late if first <= at <= last][:ROWS]


def hours(first: int, last: int) -> list[int]:
    end = min(last / 1000, market.now())
    return list(market.stamps(first / 1000 - market.HOUR, end + 0.001, market.HOUR))


def row(coin: str, at: int) -> dict[str, object]:
    hour = at // 1000 // market.HOUR * market.HOUR
    rate = 0.0 if coin == DELISTED else market.funding(coin, "hyperliquid", hour, 1)
    premium: dict[str, object] = {} if hour % market.DAY == 0 else {"premium": f"{rate - 0.0003:.8f}"}
    return {"coin": coin, "fundingRate": f"{rate:.10f}", **premium, "time": at}


def markets() -> list[Any]:
    coins = [{"name": name, "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56} for name in UNIVERSE]
    universe = [{**coin, "isDelisted": True} if coin["name"] == DELISTED else coin for coin in coins]
    return [{"universe": universe, "marginTables": []}, [values(name) for name in UNIVERSE]]


def values(name: str) -> dict[str, object]:
    if name == DELISTED:
        return {"funding": "0.0", "openInterest": "0.0", "markPx": "0.21", "oraclePx": "0.21", "midPx": None,
                "premium": None, "impactPxs": None, "prevDayPx": "0.21", "dayNtlVlm": "0.0"}  # fmt: skip
    now = market.now()
    price, coins = market.price(name, now), market.open_interest_coins(name, "hyperliquid", now)
    turnover = market.volume(name, "hyperliquid", now - market.DAY, perpetual=True)
    return {
        "funding": f"{market.funding(name, 'hyperliquid', now, 1):.10f}",
        "openInterest": f"{coins:.5f}",
        "markPx": f"{price:.2f}",
        "oraclePx": f"{price * 1.0002:.2f}",
        "midPx": f"{price:.2f}",
        "premium": "-0.0002",
        "impactPxs": [f"{price:.2f}", f"{price * 1.0001:.2f}"],
        "prevDayPx": f"{market.price(name, now - market.DAY):.2f}",
        "dayNtlVlm": f"{turnover:.4f}",
        "dayBaseVlm": f"{turnover / price:.5f}",
    }
