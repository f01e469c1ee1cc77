"""Coinglass v4 as documented: keys and plans, errors under HTTP 200, text among numbers, the day in progress last.

`KEYS` has a key for each plan; a test puts one into the environment variable that the source names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.providers import market
from tests.providers.server import Answer, Question, said

PLANS = ("hobbyist", "startup", "standard", "professional")
KEYS = {plan: f"made-up-{plan}" for plan in PLANS}
VENUES = {"Binance": "binance", "OKX": "okx", "Bybit": "bybit", "Gate": "gate", "Hyperliquid": "hyperliquid"}
WITH_CME = {"CME": "cme", **VENUES, "Deribit": "deribit"}
OPTIONS = {"Deribit": 0.8, "CME": 0.1, "OKX": 0.06, "Bybit": 0.04}
FUNDS = {"bitcoin": ("BTC", ("IBIT", "FBTC")), "ethereum": ("ETH", ("ETHA", "FETH")), "solana": ("SOL", ("BSOL",))}
MOST = 1000
HISTORY_DAYS = 900

Query = Mapping[str, str]
Data = Callable[[Query], object]


@dataclass(frozen=True)
class Route:
    """An endpoint: the parameters that must be there, the lowest plan, and its `data`."""

    required: tuple[str, ...]
    data: Data
    plan: str = "hobbyist"


def answer(question: Question) -> Answer:
    plan = next((name for name, key in KEYS.items() if key == question.headers.get("cg-api-key")), "")
    route = ROUTES.get(question.path)
    if route is None:
        return said({"status": 404, "error": "Not Found", "path": question.path}, 404)
    return said(refusal(question, route, plan) or {"code": "0", "msg": "success", "data": route.data(question.query)})


def refusal(question: Question, route: Route, plan: str) -> dict[str, object] | None:
    if "cg-api-key" not in question.headers:
        return {"code": "30001", "msg": "API key missing"}
    if not plan:
        return {"code": "401", "msg": "Invalid API key"}
    for name in route.required:
        if name not in question.query:
            return {"code": "400", "msg": f"Required String parameter '{name}' is not present"}
    if PLANS.index(plan) < PLANS.index(route.plan):
        return {"code": "401", "msg": "Upgrade plan"}
    if question.query.get("interval", "1d") not in ("4h", "6h", "8h", "12h", "1d", "1w") and plan == "hobbyist":
        return {"code": "403", "msg": "The interval is not available", "details": {"upgrade_required": True}}
    return None


# ---- bars ------------------------------------------------------------------------------------------------------------


def days(query: Query) -> list[int]:
    """The newest days of the time asked for, the one in progress among them. Only snake_case times are heeded."""
    now = market.now()
    first = int(query.get("start_time", (now - HISTORY_DAYS * market.DAY) * 1000)) / 1000
    end = min(int(query.get("end_time", now * 1000)) / 1000, now)
    return list(market.stamps(first, end + 1, market.DAY))[-min(int(query.get("limit", MOST)), MOST) :]


def by_coin(row: Callable[[Query, str, int], dict[str, object]]) -> Data:
    """Rows by coin; a pair gives none, and neither does a list of no exchange that there is."""

    def data(query: Query) -> object:
        asset = query["symbol"]
        known = asset in market.BASE and ("exchange_list" not in query or venues(query))
        return [{"time": at * 1000, **row(query, asset, at)} for at in days(query) if known]

    return data


def by_pair(row: Callable[[Query, str, int], dict[str, object]]) -> Data:
    """Rows by pair of an exchange; a coin gives none."""

    def data(query: Query) -> object:
        asset = query["symbol"].removesuffix("USDT")
        known = asset in market.BASE and asset != query["symbol"] and query["exchange"] in VENUES
        return [{"time": at * 1000, **row(query, asset, at)} for at in days(query) if known]

    return data


def venues(query: Query) -> list[str]:
    """The exchanges of a list; `all` is none of them."""
    return [VENUES[name] for name in query["exchange_list"].split(",") if name in VENUES]


def liquidated(query: Query, asset: str, at: int) -> dict[str, object]:
    sums = [sum(side) for side in zip(*(market.liquidations(asset, one, at) for one in venues(query)), strict=True)]
    return {"aggregated_long_liquidation_usd": sums[0], "aggregated_short_liquidation_usd": sums[1]}


def open_interest(asset: str, venue: str, at: float) -> float:
    return market.open_interest_coins(asset, venue, at) * market.price(asset, at)


def opened(query: Query, asset: str, at: int) -> dict[str, object]:
    ends = [sum(open_interest(asset, one, when) for one in WITH_CME.values()) for when in (at, at + market.DAY)]
    if query.get("unit") == "coin":
        ends = [value / market.price(asset, at) for value in ends]
    return {"open": f"{ends[0]:.0f}", "high": max(ends) * 1.01, "low": min(ends) * 0.99, "close": ends[1]}


def weighted(_: Query, asset: str, at: int) -> dict[str, object]:
    opening, close = (market.funding(asset, "all", when) * 100 for when in (at, at + market.DAY))
    return {"open": f"{opening:.6f}", "high": f"{max(opening, close):.6f}", "low": min(opening, close),
            "close": f"{close:.6f}"}  # fmt: skip


def ratios(prefix: str, shift: str) -> Data:
    def row(query: Query, asset: str, at: int) -> dict[str, object]:
        ratio = round(market.ratio(asset, VENUES[query["exchange"]] + shift, at), 2)
        long = round(100 * ratio / (1 + ratio), 2)
        return {f"{prefix}_long_percent": long, f"{prefix}_short_percent": round(100 - long, 2),
                f"{prefix}_long_short_ratio": ratio}  # fmt: skip

    return by_pair(row)


def takers(perpetual: bool) -> Data:
    def row(query: Query, asset: str, at: int) -> dict[str, object]:
        total = sum(market.volume(asset, one, at, perpetual=perpetual) for one in venues(query))
        bought = total * (0.5 + 0.02 * market.wave(at, 7, asset))
        unit = 1.0 if query.get("unit", "usd") == "usd" else market.price(asset, at)
        return {"aggregated_buy_volume_usd": bought / unit, "aggregated_sell_volume_usd": (total - bought) / unit}

    return by_coin(row)


def basis(_: Query, asset: str, at: int) -> dict[str, object]:
    opening, close = (0.04 * market.wave(when, 9, asset) for when in (at, at + market.DAY))
    dollars = market.price(asset, at) / 100
    return {"open_basis": round(opening, 4), "close_basis": round(close, 4),
            "open_change": round(opening * dollars, 2), "close_change": round(close * dollars, 2)}  # fmt: skip


# ---- what holds now --------------------------------------------------------------------------------------------------


def liquidated_now(query: Query) -> object:
    def row(name: str, sides: tuple[float, float]) -> dict[str, object]:
        both = zip(("longLiquidation_usd", "shortLiquidation_usd"), sides, strict=True)
        return {"exchange": name, "liquidation_usd": sum(sides), **dict(both)}

    if query["symbol"] not in market.BASE:
        return []
    at = market.now() - market.DAY
    found = {name: market.liquidations(query["symbol"], venue, at) for name, venue in VENUES.items()}
    longs, shorts = zip(*found.values(), strict=True)
    return [row("All", (sum(longs), sum(shorts))), *(row(name, sides) for name, sides in found.items())]


def open_now(query: Query) -> object:
    if (asset := query["symbol"]) not in market.BASE:
        return []
    at = market.now()
    coins = {name: market.open_interest_coins(asset, venue, at) for name, venue in WITH_CME.items()}
    return [{"exchange": name, "symbol": asset, "open_interest_usd": size * market.price(asset, at),
             "open_interest_quantity": round(size, 4), "open_interest_change_percent_24h": 0.66}
            for name, size in {"All": sum(coins.values()), **coins}.items()]  # fmt: skip


def funding_lists(entry: Callable[[str, str, str], dict[str, object]]) -> Data:
    """All symbols in one answer, many of which nobody asked for."""

    def data(_: Query) -> object:
        return [{"symbol": asset, "stablecoin_margin_list": [entry(asset, *one) for one in VENUES.items()],
                 "token_margin_list": [entry(asset, "Bitmex", "bitmex")]}
                for asset in (*market.BASE, "DOGE", "1000PEPE")]  # fmt: skip

    return data


def funding_now(asset: str, name: str, venue: str) -> dict[str, object]:
    hours = {"Hyperliquid": 1, "Gate": None}.get(name, 8)
    rate = market.funding(asset, venue, market.now(), hours or 8) * 100
    return {"exchange": name, "funding_rate": rate, "funding_rate_interval": hours, "next_funding_time": None}


def funding_week(asset: str, name: str, venue: str) -> dict[str, object]:
    total = sum(market.funding(asset, venue, market.now() - n * 8 * market.HOUR) for n in range(21))
    return {"exchange": name.upper(), "funding_rate": total * 100}


def options_now(query: Query) -> object:
    asset = query["symbol"]
    coins = {name: market.COINS[asset] * part for name, part in OPTIONS.items() if asset in ("BTC", "ETH")}
    dollars = market.price(asset, market.now()) if coins else 0.0
    return [{"exchange_name": name, "open_interest": size, "oi_market_share": 100 * size / sum(coins.values()),
             "open_interest_usd": size * dollars, "volume_usd_24h": size * dollars / 9,
             "volume_change_percent_24h": None}
            for name, size in ({"All": sum(coins.values()), **coins} if coins else {}).items()]  # fmt: skip


def max_pain(query: Query) -> object:
    if query["symbol"] not in ("BTC", "ETH"):
        return []
    today = datetime.fromtimestamp(market.now(), UTC)
    pain = round(market.price(query["symbol"], market.now()), -2)
    return [{"date": f"{today + timedelta(days=ahead):%y%m%d}", "max_pain_price": f"{pain:.0f}",
             "call_open_interest": 1200.5, "put_open_interest": 900.0, "call_open_interest_notional": 1200.5 * pain}
            for ahead in (1, 5, 26)]  # fmt: skip


def heatmap(query: Query) -> object:
    asset, now = query["symbol"], market.now()
    if asset not in market.BASE:
        return {"y_axis": [], "liquidation_leverage_data": [], "price_candlesticks": []}
    times = list(market.stamps(now - 7 * market.DAY, now, 12 * market.HOUR))
    candles = [[at, *(f"{value:.1f}" for value in market.candle(asset, at, 12 * market.HOUR)), "1"] for at in times]
    prices = [round(market.price(asset, now) * (0.9 + 0.02 * step), 2) for step in range(11)]
    cells = [[x, y, 1e6 * (1 + x + y)] for x in range(len(times)) for y in range(len(prices)) if (x + y) % 3 == 0]
    return {"y_axis": prices, "liquidation_leverage_data": cells, "price_candlesticks": candles}


def levels(query: Query) -> object:
    if query["symbol"] not in market.BASE:
        return {"data": {}}
    around = market.price(query["symbol"], market.now())
    prices = [round(around * (0.92 + 0.02 * step)) for step in range(9)]
    return {"data": {str(price): [[price, 1e6 + price, None, None]] for price in prices}}


# ---- whole histories -------------------------------------------------------------------------------------------------


def flows(fund: str) -> Data:
    """A row a session, ascending; nobody has reported yet on the newest, which is there as a zero."""
    asset, names = FUNDS[fund]

    def data(_: Query) -> object:
        now = datetime.fromtimestamp(market.now(), UTC)
        found = list(market.sessions(now - timedelta(days=400), now))
        return [flow_row(asset, names, day, day != found[-1]) for day in found]

    return data


def flow_row(asset: str, names: tuple[str, ...], day: datetime, reported: bool) -> dict[str, object]:
    total = market.flow(asset, day) if reported else 0.0
    share: dict[str, object] = {"flow_usd": round(total / len(names), 2)} if reported else {}
    at = int(day.timestamp())
    return {"timestamp": at * 1000, "flow_usd": total, "price_usd": round(market.price(asset, at), 2),
            "etf_flows": [{"etf_ticker": name, **share} for name in names]}  # fmt: skip


def moods(_: Query) -> object:
    """One value a day, shortly after midnight; the documentation wraps the three lists in another."""
    times = list(market.stamps(market.now() - HISTORY_DAYS * market.DAY, market.now() - 1201, market.DAY))
    return [{"data_list": [float(market.fear(at)) for at in times], "price_list": [1.0 for _ in times],
             "time_list": [(at + 1201) * 1000 for at in times]}]  # fmt: skip


FUTURES = "/api/futures"
PAIR = ("exchange", "symbol", "interval")
SUM = ("exchange_list", "symbol", "interval")
ROUTES = {
    f"{FUTURES}/liquidation/aggregated-history": Route(SUM, by_coin(liquidated)),
    f"{FUTURES}/liquidation/exchange-list": Route(("range", "symbol"), liquidated_now),
    f"{FUTURES}/liquidation/aggregated-heatmap/model2": Route(("symbol", "range"), heatmap, "professional"),
    f"{FUTURES}/liquidation/aggregated-map": Route(("symbol", "range"), levels, "professional"),
    f"{FUTURES}/open-interest/aggregated-history": Route(("symbol", "interval"), by_coin(opened)),
    f"{FUTURES}/open-interest/exchange-list": Route(("symbol",), open_now),
    f"{FUTURES}/funding-rate/oi-weight-history": Route(("symbol", "interval"), by_coin(weighted)),
    f"{FUTURES}/funding-rate/exchange-list": Route((), funding_lists(funding_now)),
    f"{FUTURES}/funding-rate/accumulated-exchange-list": Route(("range",), funding_lists(funding_week)),
    f"{FUTURES}/global-long-short-account-ratio/history": Route(PAIR, ratios("global_account", "")),
    f"{FUTURES}/top-long-short-account-ratio/history": Route(PAIR, ratios("top_account", "a")),
    f"{FUTURES}/top-long-short-position-ratio/history": Route(PAIR, ratios("top_position", "p")),
    f"{FUTURES}/aggregated-taker-buy-sell-volume/history": Route(SUM, takers(perpetual=True)),
    "/api/spot/aggregated-taker-buy-sell-volume/history": Route(SUM, takers(perpetual=False)),
    f"{FUTURES}/basis/history": Route(PAIR, by_pair(basis)),
    **{f"/api/etf/{fund}/flow-history": Route((), flows(fund)) for fund in FUNDS},
    "/api/option/info": Route(("symbol",), options_now),
    "/api/option/max-pain": Route(("symbol", "exchange"), max_pain),
    "/api/index/fear-greed-history": Route((), moods),
}
