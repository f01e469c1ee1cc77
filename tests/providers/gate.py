"""Gate as documented: hourly statistics of a contract from a moment on, ascending, at most 1000 rows, in seconds, the
hour in progress among them."""

from __future__ import annotations

from tests.providers import market
from tests.providers.server import Answer, Question, said

PATH = "/api/v4/futures/usdt/contract_stats"
INTERVALS = {"5m": 300, "1h": market.HOUR, "1d": market.DAY}
MOST = 1000


def answer(question: Question) -> Answer:
    query = question.query
    if question.path != PATH:
        return said({"label": "NOT_FOUND", "message": "Not Found"}, 404)
    asset = query.get("contract", "").removesuffix("_USDT")
    if asset not in market.BASE:
        return said({"label": "CONTRACT_NOT_FOUND"}, 400)
    step, limit = INTERVALS.get(query.get("interval", "5m")), int(query.get("limit", 30))
    if step is None or not 1 <= limit <= MOST:
        return said({"label": "INVALID_PARAM_VALUE", "detail": "invalid argument"}, 400)
    end = market.now()
    first = int(query["from"]) if "from" in query else end - limit * step
    return said([row(asset, at, step) for at in list(market.stamps(first, end, step))[:limit]])


def row(asset: str, at: int, step: int) -> dict[str, object]:
    price = market.price(asset, at)
    longs, shorts = (round(value, 2) for value in market.liquidations(asset, "gate", at, step))
    coins = market.open_interest_coins(asset, "gate", at)
    return {
        "time": at,
        "lsr_taker": round(1 + 0.2 * market.wave(at, 3.1, asset), 4),
        "lsr_account": round(market.ratio(asset, "gate", at), 4),
        "long_liq_size": round(longs / price * 10_000),
        "long_liq_amount": round(longs / price, 6),
        "long_liq_usd": longs,
        "short_liq_size": round(shorts / price * 10_000),
        "short_liq_amount": round(shorts / price, 6),
        "short_liq_usd": shorts,
        "open_interest": round(coins * 10_000),
        "open_interest_usd": round(coins * price, 2),
        "top_lsr_account": 1.05,
        "top_lsr_size": 0.98,
        "mark_price": f"{price:.2f}",
    }
