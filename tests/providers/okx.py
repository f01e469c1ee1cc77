"""OKX as documented: lists newest first, bounds that exclude what they name, at most 100 rows, errors under HTTP 200,
the candle in progress with `confirm` 0, days of Hong Kong unless UTC is asked for, statistics of thirty days."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.providers import market
from tests.providers.server import Answer, Question, said

Query = Mapping[str, str]
# How long a candle is, and when it begins against midnight UTC.
BARS = {"1D": (market.DAY, -8 * market.HOUR), "1Dutc": (market.DAY, 0), "1H": (market.HOUR, 0)}
KEPT = 30 * market.DAY
STATISTICS_ROWS = 300  # how many come at once is not documented


def answer(question: Question) -> Answer:
    found = PATHS.get(question.path)
    if found is None:
        return said({"msg": "API endpoint request does not exist", "code": "50404"}, 404)
    try:
        return said({"code": "0", "msg": "", "data": found(question.query)})
    except KeyError as problem:
        return refusal("50014", f"Parameter {problem.args[0]} can not be empty.")
    except ValueError as problem:
        return refusal("51000", f"Parameter {problem} error")


def refusal(code: str, message: str) -> Answer:
    return said({"code": code, "msg": message, "data": []})


def candles(query: Query) -> list[object]:
    asset, perpetual = asset_of(query["instId"])
    if query["bar"] not in BARS:
        raise ValueError("bar")
    length, shift = BARS[query["bar"]]
    times = stamps(query, "before", "after", length, shift)[: limit(query)]
    return [candle(asset, at, length, perpetual) for at in times]


def candle(asset: str, at: int, length: int, perpetual: bool) -> list[str]:
    """Contracts of a hundredth coin, coins, dollars; a candle that is not over is not confirmed."""
    prices = market.candle(asset, at, length)
    turnover = market.volume(asset, "okx", at, length, perpetual=perpetual)
    coins = turnover / prices[3]
    sizes = (coins * 100 if perpetual else coins, coins, turnover)
    confirm = "1" if at + length <= market.now() else "0"
    return [str(at * 1000), *(f"{value:.1f}" for value in prices), *(f"{size:.4f}" for size in sizes), confirm]


def funding(query: Query) -> list[object]:
    """What was predicted is what the interval before it realized."""
    asset, perpetual = asset_of(query["instId"])
    if not perpetual:
        raise ValueError("instId")
    times = stamps(query, "before", "after", 8 * market.HOUR)[: limit(query)]
    rates = [market.funding(asset, "okx", at) for at in times]
    before = [market.funding(asset, "okx", at - 8 * market.HOUR) for at in times]
    return [
        {
            "formulaType": "withRate",
            "fundingRate": f"{predicted:.16f}",
            "fundingTime": str(at * 1000),
            "instId": query["instId"],
            "instType": "SWAP",
            "method": "current_period",
            "realizedRate": f"{rate:.16f}",
        }
        for at, rate, predicted in zip(times, rates, before, strict=True)
    ]


def open_interest(query: Query) -> list[object]:
    return [
        [
            str(at * 1000),
            f"{dollars(query['ccy'], at):.4f}",
            f"{market.volume(query['ccy'], 'okx', at, market.HOUR):.4f}",
        ]
        for at in hours(query)
    ]


def dollars(asset: str, at: float) -> float:
    return market.open_interest_coins(asset, "okx", at) * market.price(asset, at)


def accounts(query: Query) -> list[object]:
    return [[str(at * 1000), f"{market.ratio(query['ccy'], 'okx', at):.4f}"] for at in hours(query)]


def hours(query: Query) -> list[int]:
    if query["period"] != "1H":
        raise ValueError("period")
    if query["ccy"] not in market.BASE:
        raise ValueError("ccy")
    kept = (at for at in stamps(query, "begin", "end", market.HOUR) if at >= market.now() - KEPT)
    return list(kept)[:STATISTICS_ROWS]


def stamps(query: Query, lower: str, upper: str, step: int, shift: int = 0) -> list[int]:
    """Newest first, between two bounds that are not included, and not later than now."""
    first, end = int(query[lower]) / 1000, int(query[upper]) / 1000
    found = [at + shift for at in market.stamps(first - shift, min(end, market.now()) - shift + step, step)]
    return [at for at in found if first < at < end and at <= market.now()][::-1]


def limit(query: Query) -> int:
    asked = int(query.get("limit", 100))
    if not 1 <= asked <= 100:
        raise ValueError("limit")
    return asked


def asset_of(name: str) -> tuple[str, bool]:
    asset = name.removesuffix("-SWAP").removesuffix("-USDT")
    if asset not in market.BASE:
        raise ValueError("instId")
    return asset, name.endswith("-SWAP")


PATHS: Mapping[str, Callable[[Query], list[object]]] = {
    "/api/v5/market/history-candles": candles,
    "/api/v5/public/funding-rate-history": funding,
    "/api/v5/rubik/stat/contracts/open-interest-volume": open_interest,
    "/api/v5/rubik/stat/contracts/long-short-account-ratio": accounts,
}
