"""Binance USD-M futures as documented: candles, settled funding and statistics, ascending, both ends included.

Settlements are some milliseconds late, the day in progress is among the candles and among the taker ratios, statistics
go back 30 days, numbers are text with the digits that Binance gives them, stamps are whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from tests.providers import market
from tests.providers.server import Answer, Question, said

HOURS = 8
REACH = 30 * market.DAY
STEPS = {"1h": market.HOUR, "1d": market.DAY}
TICKS = {"BTC": 1, "ETH": 2}  # digits of a quarterly future's price
QUARTERLY = tuple(TICKS)
Row = Mapping[str, object]


class Refusal(Exception):
    """An error of Binance's: its code and its words."""


def answer(question: Question) -> Answer:
    route = ROUTES.get(question.path)
    if route is None:
        return Answer(b"<html><body>404 Not Found</body></html>", 404, "text/html")
    try:
        return said(route(question.query))
    except Refusal as problem:
        code, message = problem.args
        return said({"code": code, "msg": message}, 400)


# ---- questions -------------------------------------------------------------------------------------------------------


def given(query: Mapping[str, str], name: str) -> str:
    if not query.get(name):
        raise Refusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    return query[name]


def asset_of(query: Mapping[str, str], name: str = "symbol") -> str:
    asset = given(query, name).removesuffix("USDT")
    if asset not in market.BASE:
        raise Refusal(-1121, "Invalid symbol.")
    return asset


def page(query: Mapping[str, str], step: float, most: int, usual: int) -> list[int]:
    """The moments, in seconds, that an answer is about: at most `limit` of them, from the first on."""
    limit = int(query.get("limit", usual))
    if not 1 <= limit <= most:
        raise Refusal(-1130, "Data sent for parameter 'limit' is not valid.")
    first, last = (int(query[name]) / 1000 for name in ("startTime", "endTime"))
    if first > last:
        raise Refusal(-1023, "Start time is greater than end time.")
    return list(market.stamps(first, min(last, market.now()) + 0.001, step))[:limit]


# ---- answers ---------------------------------------------------------------------------------------------------------


def klines(query: Mapping[str, str]) -> list[list[object]]:
    asset = asset_of(query)
    step = STEPS.get(given(query, "interval"))
    if step is None:
        raise Refusal(-1120, "Invalid interval.")
    return [candle(asset, at, step) for at in page(query, step, 1500, 500)]


def candle(asset: str, at: int, length: int) -> list[object]:
    prices = market.candle(asset, at, length)
    turnover = market.volume(asset, "binance", at, length, perpetual=True)
    coins, last = turnover / prices[-1], (at + length) * 1000 - 1
    return [at * 1000, *(f"{price:.2f}" for price in prices), f"{coins:.3f}", last, f"{turnover:.5f}", 4321,
            f"{coins / 2:.3f}", f"{turnover / 2:.5f}", "0"]  # fmt: skip


def settlements(query: Mapping[str, str]) -> list[Row]:
    asset = asset_of(query)
    return [
        {
            "symbol": f"{asset}USDT",
            "fundingTime": at * 1000 + at // (HOURS * market.HOUR) % 9,
            "fundingRate": f"{market.funding(asset, 'binance', at, HOURS):.8f}",
            "markPrice": f"{market.price(asset, at):.8f}",
        }
        for at in page(query, HOURS * market.HOUR, 1000, 100)
    ]


def statistics(query: Mapping[str, str], name: str = "symbol") -> tuple[str, list[int]]:
    asset = asset_of(query, name)
    step = STEPS.get(given(query, "period"))
    if step is None:
        raise Refusal(-1130, "Data sent for parameter 'period' is not valid.")
    if int(query["startTime"]) / 1000 < market.now() - REACH:
        raise Refusal(-1130, "parameter 'startTime' is invalid.")
    return asset, page(query, step, 500, 30)


def open_interest(query: Mapping[str, str]) -> list[Row]:
    asset, times = statistics(query)
    rows: list[Row] = []
    for at in times:
        coins = market.open_interest_coins(asset, "binance", at)
        value = f"{coins * market.price(asset, at):.8f}"
        rows.append({"symbol": f"{asset}USDT", "sumOpenInterest": f"{coins:.8f}", "sumOpenInterestValue": value,
                     "CMCCirculatingSupply": "1000000.00000000", "timestamp": at * 1000})  # fmt: skip
    return rows


def ratios(venue: str) -> Callable[[Mapping[str, str]], list[Row]]:
    """Three ratios that differ: each moves as if it were a venue of its own."""

    def rows(query: Mapping[str, str]) -> list[Row]:
        asset, times = statistics(query)
        return [ratio(asset, venue, at) for at in times]

    return rows


def ratio(asset: str, venue: str, at: int) -> Row:
    value = market.ratio(asset, venue, at)
    parts = {"longAccount": f"{value / (1 + value):.4f}", "shortAccount": f"{1 / (1 + value):.4f}"}
    return {"symbol": f"{asset}USDT", "longShortRatio": f"{value:.4f}", **parts, "timestamp": at * 1000}


def takers(query: Mapping[str, str]) -> list[Row]:
    asset, times = statistics(query)
    rows: list[Row] = []
    for at in times:
        sold, share = market.COINS[asset], 1 + 0.1 * market.wave(at, 4.2, asset)
        rows.append({"buySellRatio": f"{share:.4f}", "sellVol": f"{sold:.4f}", "buyVol": f"{sold * share:.4f}",
                     "timestamp": at * 1000})  # fmt: skip
    return rows


def basis(query: Mapping[str, str]) -> list[Row]:
    if given(query, "contractType") != "CURRENT_QUARTER":
        raise Refusal(-1130, "Data sent for parameter 'contractType' is not valid.")
    asset, times = statistics(query, "pair")
    return [quarter(asset, at) for at in times] if asset in QUARTERLY else []


def annual_basis(asset: str, at: float) -> float:
    """What the made-up futures trade at over the index, as a simple annual rate."""
    return 0.055 + 0.02 * market.wave(at, 19, asset)


def expiry(at: float) -> float:
    """08:00 of the next Friday that is the last one of a quarter's last month."""
    day = datetime.fromtimestamp(at, UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    while day.timestamp() <= at or day.weekday() != 4 or day.month % 3 or (day + timedelta(days=7)).month == day.month:
        day += timedelta(days=1)
    return day.timestamp()


def quarter(asset: str, at: int) -> Row:
    """Prices with the digits of the contract, a basis and a rate of four decimals that follow from them."""
    index = round(market.price(asset, at), 8)
    rate = annual_basis(asset, at) * (expiry(at) - at) / (365 * market.DAY)
    future = round(index * (1 + rate), TICKS[asset])
    return {
        "indexPrice": f"{index:.8f}",
        "contractType": "CURRENT_QUARTER",
        "basisRate": f"{future / index - 1:.4f}",
        "futuresPrice": f"{future:.{TICKS[asset]}f}",
        "annualizedBasisRate": "",
        "basis": f"{future - index:.8f}",
        "pair": f"{asset}USDT",
        "timestamp": at * 1000,
    }


ROUTES: Mapping[str, Callable[[Mapping[str, str]], object]] = {
    "/fapi/v1/klines": klines,
    "/fapi/v1/fundingRate": settlements,
    "/futures/data/openInterestHist": open_interest,
    "/futures/data/globalLongShortAccountRatio": ratios("binance"),
    "/futures/data/topLongShortAccountRatio": ratios("binance top accounts"),
    "/futures/data/topLongShortPositionRatio": ratios("binance largest positions"),
    "/futures/data/takerlongshortRatio": takers,
    "/futures/data/basis": basis,
}
