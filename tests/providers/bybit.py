"""Bybit as documented: lists newest first, errors under HTTP 200, the bar in progress among the candles, open interest
of both sides beside that of one, and a cursor on every page of statistics, the last one too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from tests.providers import market
from tests.providers.server import Answer, Question, said

Query = Mapping[str, str]
EIGHT_HOURS = 8 * market.HOUR


def answer(question: Question) -> Answer:
    found = PATHS.get(question.path)
    if found is None:
        return said({"retCode": 10017, "retMsg": "Route not found.", "result": {}}, 404)
    try:
        return found(question.query)
    except (KeyError, ValueError) as problem:
        return refusal(f"params error: {problem}")


def refusal(message: str, code: int = 10001) -> Answer:
    return said({"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}, "time": int(market.now() * 1000)})


def listed(rows: list[object], **rest: object) -> Answer:
    result = {**rest, "list": rows}
    return said({"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": int(market.now() * 1000)})


def klines(query: Query) -> Answer:
    asset, category = asset_of(query), query["category"]
    if query["interval"] != "D" or category not in ("spot", "linear"):
        raise ValueError("interval")
    times = stamps(query, "start", "end", market.DAY)[: limit(query, 1000, 200)]
    rows: list[object] = [candle(asset, at, perpetual=category == "linear") for at in times]
    return listed(rows, category=category, symbol=query["symbol"])


def candle(asset: str, at: int, perpetual: bool) -> list[str]:
    prices = market.candle(asset, at)
    turnover = market.volume(asset, "bybit", at, perpetual=perpetual)
    return [str(at * 1000), *(f"{value:.2f}" for value in prices), f"{turnover / prices[3]:.3f}", f"{turnover:.4f}"]


def funding(query: Query) -> Answer:
    """Refuses a start without an end."""
    asset = perpetual(query)
    if "startTime" in query and "endTime" not in query:
        raise ValueError("startTime without endTime")
    rows: list[object] = [
        {
            "symbol": query["symbol"],
            "fundingRate": f"{market.funding(asset, 'bybit', at):.8f}",
            "fundingRateTimestamp": str(at * 1000),
        }
        for at in stamps(query, "startTime", "endTime", EIGHT_HOURS)
    ]
    return listed(rows[: limit(query, 200, 200)], category="linear")


def open_interest(query: Query) -> Answer:
    asset = perpetual(query)
    if query["intervalTime"] != "1d":
        raise ValueError("intervalTime")
    times, cursor = page(query, limit(query, 200, 50))
    rows: list[object] = []
    for at in times:
        coins = market.open_interest_coins(asset, "bybit", at)
        both = {"openInterest": f"{2 * coins:.8f}", "singleOpenInterest": f"{coins:.4f}"}
        rows.append({**both, "timestamp": str(at * 1000)})
    return listed(rows, symbol=query["symbol"], category="linear", nextPageCursor=cursor)


def accounts(query: Query) -> Answer:
    asset = perpetual(query)
    if query["period"] != "1d":
        raise ValueError("period")
    times, cursor = page(query, limit(query, 500, 50))
    rows: list[object] = []
    for at in times:
        longs = round(1 - 1 / (1 + market.ratio(asset, "bybit", at)), 4)
        shares = {"buyRatio": f"{longs:.4f}", "sellRatio": f"{1 - longs:.4f}"}
        rows.append({"symbol": query["symbol"], **shares, "timestamp": str(at * 1000)})
    return listed(rows, nextPageCursor=cursor)


def page(query: Query, rows: int) -> tuple[list[int], str]:
    """The days of a page of statistics, and the cursor of the next: encoded, and there on the last page too."""
    times = stamps(query, "startTime", "endTime", market.DAY)
    if query.get("cursor"):
        place = dict(parse_qsl(query["cursor"], strict_parsing=True))
        times = [at for at in times if at < int(place["lasttime"])]
    found = times[:rows]
    place = {"lastid": "0", "lasttime": str(found[-1] if found else 0)}
    return found, urlencode(place).replace("=", "%3D").replace("&", "%26")


def stamps(query: Query, first: str, last: str, step: float) -> list[int]:
    """Newest first; both ends are included, and nothing is later than now."""
    start, end = int(query[first]) / 1000, min(int(query[last]) / 1000, market.now())
    return list(market.stamps(start, end + 0.001, step))[::-1]


def limit(query: Query, most: int, usual: int) -> int:
    asked = int(query.get("limit", usual))
    if not 1 <= asked <= most:
        raise ValueError("limit")
    return asked


def perpetual(query: Query) -> str:
    if query["category"] != "linear":
        raise ValueError("category")
    return asset_of(query)


def asset_of(query: Query) -> str:
    asset = query["symbol"].removesuffix("USDT")
    if asset not in market.BASE:
        raise ValueError("symbol invalid")
    return asset


PATHS: Mapping[str, Callable[[Query], Answer]] = {
    "/v5/market/kline": klines,
    "/v5/market/funding/history": funding,
    "/v5/market/open-interest": open_interest,
    "/v5/market/account-ratio": accounts,
}
