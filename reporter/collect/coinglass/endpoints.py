"""The table of Coinglass's endpoints: what each is asked, how its answer is read, and which series it is there for.

Totals are asked by coin, an exchange's own series by pair: the wrong form gives no rows, and no error either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reporter import units
from reporter.collect.coinglass import readers
from reporter.collect.coinglass.readers import Asked, Read
from reporter.collect.coinglass.settings import ALL, FUNDS, Plan

OPTIONS = frozenset({"BTC", "ETH"})  # where a contract is one coin
FUTURES = "/api/futures"
DAILY = {"interval": "1d"}
COIN = {"symbol": "{coin}"}
PAIR = {"exchange": "{exchange}", "symbol": "{pair}", **DAILY}
SUM = {"exchange_list": "{exchanges}", **COIN, **DAILY}
USD = {"unit": "usd"}  # always said: left out, some endpoints answer in coins

LIQUIDATED = {
    "liquidations_long": "aggregated_long_liquidation_usd",
    "liquidations_short": "aggregated_short_liquidation_usd",
}
LIQUIDATED_NOW = {  # documented, and as it was recorded
    "liquidations_long_24h": ("long_liquidation_usd", "longLiquidation_usd"),
    "liquidations_short_24h": ("short_liquidation_usd", "shortLiquidation_usd"),
}
OPTIONS_NOW = {
    "option_open_interest": ("open_interest_usd",),
    "option_open_interest_coins": ("open_interest",),
    "option_volume_24h": ("volume_usd_24h",),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A line of the table. `form` is daily bars by time, all history at once, or what holds now; `coins` are those it
    is asked for (empty: every asset; None: one question about all); `gives` is empty where it gives items."""

    name: str
    path: str
    params: Mapping[str, str]
    read: Read
    venue: str
    gives: tuple[str, ...] = ()
    form: Literal["bars", "whole", "now"] = "bars"
    coins: frozenset[str] | None = frozenset()
    plan: Plan = "hobbyist"
    rows: Callable[[Asked], Iterable[Any]] = field(default=readers.listed_rows)


def _bars(name: str, path: str, params: Mapping[str, str], read: Read, gives: tuple[str, ...]) -> Endpoint:
    """Daily bars of the configured exchanges together, of the one whose pairs are asked, or of all."""
    venue = "{venues}" if "exchange_list" in params else "{venue}" if "exchange" in params else ALL
    return Endpoint(name, path, params, read, venue, gives)


def _ratio(name: str, path: str, measure: str, column: str) -> Endpoint:
    return _bars(name, f"{FUTURES}/{path}/history", PAIR, readers.bars({measure: column}), (measure,))


def _takers(market: str, path: str) -> Endpoint:
    gives = (f"{market}_taker_buy", f"{market}_taker_sell", f"{market}_volume")
    return _bars(f"{market}-takers", f"{path}/history", {**SUM, **USD}, readers.turnover(market), gives)


BARS = (
    _bars(
        "liquidations",
        f"{FUTURES}/liquidation/aggregated-history",
        SUM,
        readers.bars(LIQUIDATED),
        tuple(LIQUIDATED),
    ),
    # A bar's open is the value at the moment of its start: final even where the bar itself is in progress.
    _bars(
        "open-interest",
        f"{FUTURES}/open-interest/aggregated-history",
        {**COIN, **DAILY, **USD},
        readers.bars({"open_interest": "open"}),
        ("open_interest",),
    ),
    _bars(
        "funding-weighted",
        f"{FUTURES}/funding-rate/oi-weight-history",
        {**COIN, **DAILY},
        readers.bars({"funding_oi_weighted": "close"}, units.fraction_from_percent),
        ("funding_oi_weighted",),
    ),
    _ratio("accounts", "global-long-short-account-ratio", "long_short_ratio", "global_account_long_short_ratio"),
    _ratio("top-accounts", "top-long-short-account-ratio", "top_account_ratio", "top_account_long_short_ratio"),
    _ratio("top-positions", "top-long-short-position-ratio", "top_position_ratio", "top_position_long_short_ratio"),
    _takers("perp", f"{FUTURES}/aggregated-taker-buy-sell-volume"),
    _takers("spot", "/api/spot/aggregated-taker-buy-sell-volume"),
    _bars("premium", f"{FUTURES}/basis/history", PAIR, readers.premium, ("perp_premium",)),
)
WHOLE = (
    Endpoint(
        "flows",
        "/api/etf/{fund}/flow-history",
        {},
        readers.etf_flow,
        "us_spot",
        ("etf_flow",),
        form="whole",
        coins=frozenset(FUNDS),
    ),
    Endpoint(
        "fear-greed",
        "/api/index/fear-greed-history",
        {},
        readers.mood,
        "coinglass",
        ("fear_greed",),
        form="whole",
        coins=None,
        rows=readers.moods,
    ),
)
NOW = (
    Endpoint(
        "liquidations-now",
        f"{FUTURES}/liquidation/exchange-list",
        {**COIN, "range": "24h"},
        readers.snapshot(LIQUIDATED_NOW),
        ALL,
        tuple(LIQUIDATED_NOW),
        form="now",
    ),
    Endpoint(
        "open-interest-now",
        f"{FUTURES}/open-interest/exchange-list",
        COIN,
        readers.open_interest_now,
        ALL,
        ("open_interest_coins",),
        form="now",
    ),
    Endpoint(
        "funding-now",
        f"{FUTURES}/funding-rate/exchange-list",
        {},
        readers.funding_now,
        "{venue}",
        ("funding_now_apr",),
        form="now",
        coins=None,
        rows=readers.margins,
    ),
    Endpoint(
        "funding-accumulated",
        f"{FUTURES}/funding-rate/accumulated-exchange-list",
        {"range": "7d"},
        readers.funding_accumulated,
        "{venue}",
        ("funding_accumulated_7d",),
        form="now",
        coins=None,
        rows=readers.margins,
    ),
    Endpoint(
        "options-now",
        "/api/option/info",
        COIN,
        readers.snapshot(OPTIONS_NOW, "exchange_name"),
        ALL,
        tuple(OPTIONS_NOW),
        form="now",
        coins=OPTIONS,
    ),
    Endpoint(
        "max-pain",
        "/api/option/max-pain",
        {**COIN, "exchange": "Deribit"},
        readers.option_expiry,
        "deribit",
        form="now",
        coins=OPTIONS,
    ),
    Endpoint(
        "heatmap",
        f"{FUTURES}/liquidation/aggregated-heatmap/model2",
        {**COIN, "range": "7d"},
        readers.heat_level,
        ALL,
        form="now",
        plan="professional",
        rows=readers.heat_cells,
    ),
    Endpoint(
        "map",
        f"{FUTURES}/liquidation/aggregated-map",
        {**COIN, "range": "7d"},
        readers.map_level,
        ALL,
        form="now",
        plan="professional",
        rows=readers.map_cells,
    ),
)
ENDPOINTS: Mapping[str, Endpoint] = {one.name: one for one in (*BARS, *WHOLE, *NOW)}
