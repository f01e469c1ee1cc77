from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reporter import series
from reporter.collect import coinglass
from reporter.collect import live as sources
from reporter.collect.coinglass.endpoints import ENDPOINTS
from reporter.errors import ParseError
from reporter.model import Flaw, Kind, Level, Observation, OptionExpiry, Payload, Request
from tests import live
from tests.live import FETCHED, WEEK, ms
from tests.providers import coinglass as provider
from tests.providers import market
from tests.providers.server import Question

USE = "coinglass"
DAY = "2026-11-09"
AT = "2026-11-09 00:00"
NOW = "2026-11-16 14:17"
SCOPE = "binance+okx+bybit"
PLAN: dict[str, Any] = {"plan": "professional"}
KEYS = sorted(request.key for request in coinglass.requests(WEEK, live.settings(USE, **PLAN)))


def envelope(data: object) -> dict[str, object]:
    return {"code": "0", "msg": "success", "data": data}


def values(key: str, data: object, **changes: Any) -> dict[tuple[str, str], float]:
    return live.values(USE, key, envelope(data), **{**PLAN, **changes})


def flaws(key: str, data: object, **changes: Any) -> list[str]:
    return live.flaws(USE, key, envelope(data), **{**PLAN, **changes})


def parsed(key: str, data: object, **changes: Any) -> list[Any]:
    return live.parse(USE, key, envelope(data), **{**PLAN, **changes})


def bar(day: str = DAY, **fields: object) -> dict[str, object]:
    return {"time": ms(day), **fields}


# ---- questions -------------------------------------------------------------------------------------------------------


def test_each_question_has_its_own_key_and_the_key_of_the_plan_is_only_named() -> None:
    asked = coinglass.requests(WEEK, live.settings(USE, **PLAN))
    assert len({one.key for one in asked}) == len(asked)
    assert all(one.secrets == {"CG-API-KEY": "COINGLASS_API_KEY"} and not one.headers for one in asked)


def test_totals_are_asked_by_coin_and_an_exchanges_own_series_by_pair() -> None:
    by_coin, by_pair = live.asked(USE, "liquidations/BTC"), live.asked(USE, "accounts/BTC")
    assert {"symbol": "BTC", "exchange_list": "Binance,OKX,Bybit", "interval": "1d"}.items() <= by_coin.params.items()
    assert {"symbol": "BTCUSDT", "exchange": "Binance", "interval": "1d"}.items() <= by_pair.params.items()


def test_a_pair_with_a_name_of_its_own_is_asked_by_it() -> None:
    changes = {"pair_venue": "OKX", "symbols": {"BTC": "BTC-USDT-SWAP"}}
    params = live.asked(USE, "premium/BTC", **changes).params
    assert (params["exchange"], params["symbol"]) == ("OKX", "BTC-USDT-SWAP")


def test_open_interest_is_asked_in_dollars_and_days_by_time_and_limit() -> None:
    request = live.asked(USE, "open-interest/BTC")
    assert request.url == "https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history"
    assert dict(request.params) == {
        "symbol": "BTC", "interval": "1d", "unit": "usd", "limit": "60",
        "start_time": str(ms("2026-10-12")), "end_time": str(ms("2026-11-16")),
    }  # fmt: skip
    assert request.period == sources.span(WEEK)


def test_no_question_is_in_the_unit_that_was_recorded_in_coins() -> None:
    asked = coinglass.requests(WEEK, live.settings(USE, **PLAN))
    assert [one.url for one in asked if "stablecoin-history" in one.url] == []
    assert all(one.params["unit"] == "usd" for one in asked if one.key.split("/")[0].endswith("takers"))


def test_what_holds_only_now_reaches_back_no_week() -> None:
    for request in coinglass.requests(WEEK, live.settings(USE, **PLAN)):
        now = ENDPOINTS[request.key.partition("/")[0]].form == "now"
        assert (request.period is None, request.reach) == (now, timedelta(days=9) if now else None)


def test_heatmap_and_map_are_asked_only_where_the_plan_has_them() -> None:
    maps = {"heatmap/BTC", "map/BTC"}
    for plan in provider.PLANS:
        keys = {one.key for one in coinglass.requests(WEEK, live.settings(USE, plan=plan))}
        assert maps & keys == (maps if plan == "professional" else set())


def test_flows_and_options_are_asked_only_for_the_coins_that_have_them() -> None:
    keys = {one.key for one in coinglass.requests(WEEK, live.settings(USE, assets=("BTC", "SOL", "DOGE")))}
    assert {key for key in keys if key.startswith(("flows", "options", "max"))} == {
        "flows/BTC", "flows/SOL", "options-now/BTC", "max-pain/BTC",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "pace"), [("hobbyist", 2.0), ("startup", 0.75), ("standard", 0.2), ("professional", 0.05)]
)
def test_the_plan_sets_the_pace(plan: str, pace: float) -> None:
    assert live.settings(USE, plan=plan).pace_seconds == pytest.approx(pace)


def test_a_pace_of_ones_own_wins_and_without_a_plan_it_is_the_smallest_ones() -> None:
    assert live.settings(USE, plan="startup", pace_seconds=5).pace_seconds == 5
    assert live.settings(USE).pace_seconds == 2.0


@pytest.mark.parametrize(
    "wrong", [{"plan": "gold"}, {"plan": ["startup"]}, {"exchanges": []}, {"exchanges": ["all"]},
              {"exchanges": ["OKX", "okx"]}, {"exchanges": ["a/b"]}, {"pair_venue": "All"}]
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        live.settings(USE, **wrong)


def test_series_are_named_by_the_exchanges_asked() -> None:
    ids = set(coinglass.provides(live.settings(USE, assets=("BTC",), exchanges=("Binance", "Gate"))))
    assert {"liquidations_long/BTC/binance+gate/coinglass", "open_interest/BTC/all/coinglass",
            "fear_greed/market/coinglass/coinglass", "etf_flow/BTC/us_spot/coinglass",
            "funding_now_apr/BTC/binance/coinglass"} <= ids  # fmt: skip
    assert {one.split("/")[0] for one in ids} == {measure.split("/")[0] for measure in coinglass.GIVES}


# ---- bars ------------------------------------------------------------------------------------------------------------


def test_liquidations_are_dollars_of_the_configured_exchanges() -> None:
    row = bar(aggregated_long_liquidation_usd=1_250_000.5, aggregated_short_liquidation_usd="750000.25")
    assert values("liquidations/BTC", [row]) == {
        (f"liquidations_long/BTC/{SCOPE}", AT): 1_250_000.5,
        (f"liquidations_short/BTC/{SCOPE}", AT): 750_000.25,
    }


def test_a_quiet_day_is_zero_and_a_blank_one_is_nothing() -> None:
    quiet = bar(aggregated_long_liquidation_usd=0.0, aggregated_short_liquidation_usd="0")
    blank = bar("2026-11-10", aggregated_long_liquidation_usd=None, aggregated_short_liquidation_usd="")
    found = values("liquidations/BTC", [quiet, blank])
    assert found == {(f"liquidations_long/BTC/{SCOPE}", AT): 0.0, (f"liquidations_short/BTC/{SCOPE}", AT): 0.0}


def test_open_interest_is_the_value_at_the_start_of_a_bar_even_of_the_one_in_progress() -> None:
    rows = [bar(open="61000000000", high=62e9, low="6.0e10", close=61.5e9), bar("2026-11-16", open=61.5e9, close=1.0)]
    assert values("open-interest/BTC", rows) == {
        ("open_interest/BTC/all", AT): 61e9,
        ("open_interest/BTC/all", "2026-11-16 00:00"): 61.5e9,
    }


def test_weighted_funding_is_a_fraction_of_the_close_of_a_finished_day() -> None:
    rows = [bar("2026-11-15", open="0.0100", high="0.0121", low=0.0043, close="0.0043"), bar("2026-11-16", close="1")]
    found = values("funding-weighted/BTC", rows)
    assert found == {("funding_oi_weighted/BTC/all", "2026-11-15 00:00"): pytest.approx(0.000043)}


@pytest.mark.parametrize(
    ("key", "prefix", "measure"),
    [("accounts", "global_account", "long_short_ratio"), ("top-accounts", "top_account", "top_account_ratio"),
     ("top-positions", "top_position", "top_position_ratio")],
)  # fmt: skip
def test_a_ratio_is_that_of_the_finished_day_at_one_exchange(key: str, prefix: str, measure: str) -> None:
    row: dict[str, Any] = {
        f"{prefix}_long_percent": 60.0,
        f"{prefix}_short_percent": 40.0,
        f"{prefix}_long_short_ratio": "1.5",
    }
    found = values(f"{key}/ETH", [bar(**row), bar("2026-11-16", **row)], fetched=FETCHED - timedelta(hours=14))
    assert found == {(f"{measure}/ETH/binance", AT): 1.5}


@pytest.mark.parametrize(
    ("measure", "kind", "delay"),
    [("top_account_ratio", Kind.INTERVAL, 0), ("open_interest_coins", Kind.SNAPSHOT, 0),
     ("open_interest", Kind.INSTANT, 0), ("etf_flow", Kind.INTERVAL, 13), ("funding_now_apr", Kind.SNAPSHOT, 0)],
)  # fmt: skip
def test_a_series_says_when_its_rows_are_known(measure: str, kind: Kind, delay: int) -> None:
    """A ratio is that of a whole day, what is listed is of the moment, and funds report a morning later."""
    found = [Observation(f"{measure}/BTC/all/coinglass", WEEK.start, 1.0, "")]
    (one,) = sources.series(live.settings(USE), "", "", coinglass.GIVES, found)
    assert (one.kind, one.cadence, one.delay) == (kind, timedelta(days=1), timedelta(hours=delay))


@pytest.mark.parametrize("side", ["perp", "spot"])
def test_turnover_is_what_takers_bought_and_sold(side: str) -> None:
    row = bar(aggregated_buy_volume_usd=5e9, aggregated_sell_volume_usd="4500000000.5")
    assert values(f"{side}-takers/BTC", [row]) == {
        (f"{side}_taker_buy/BTC/{SCOPE}", AT): 5e9,
        (f"{side}_taker_sell/BTC/{SCOPE}", AT): 4_500_000_000.5,
        (f"{side}_volume/BTC/{SCOPE}", AT): 9_500_000_000.5,
    }


def test_turnover_of_which_one_side_is_missing_is_not_added_up() -> None:
    row = bar(aggregated_buy_volume_usd=5e9, aggregated_sell_volume_usd=None)
    assert values("perp-takers/BTC", [row]) == {(f"perp_taker_buy/BTC/{SCOPE}", AT): 5e9}


def test_a_premium_is_a_fraction_of_price_and_its_dollars_are_not_used() -> None:
    row = bar(open_basis=-0.02, close_basis="-0.0471", open_change=-18.0, close_change=-42.4)
    assert values("premium/BTC", [row]) == {("perp_premium/BTC/binance", AT): pytest.approx(-0.000471)}


def test_a_premium_that_no_perpetual_has_is_named_and_left_out() -> None:
    rows = [bar(close_basis=-7.56), bar("2026-11-10", close_basis=3.01), bar("2026-11-11", close_basis=3.0)]
    assert flaws("premium/BTC", rows) == [
        "coinglass: premium/BTC: row 1: -0.0756 is beyond the premium of any perpetual (0.03); it is left out",
        "coinglass: premium/BTC: row 2: 0.0301 is beyond the premium of any perpetual (0.03); it is left out",
    ]


def test_the_day_in_progress_and_days_that_were_not_asked_for_are_left_out() -> None:
    fields = {"aggregated_long_liquidation_usd": 1.0, "aggregated_short_liquidation_usd": 1.0}
    rows = [bar(day, **fields) for day in ("2026-10-11", "2026-10-12", "2026-11-14", "2026-11-15", "2026-11-16")]
    found = values("liquidations/BTC", rows, fetched=datetime(2026, 11, 15, 12, tzinfo=UTC))
    assert {at for _, at in found} == {"2026-10-12 00:00", "2026-11-14 00:00"}


def test_an_answer_that_has_only_other_days_is_named() -> None:
    rows = [bar(day, open=6e10) for day in ("2027-01-01", "2027-01-02")]
    assert flaws("open-interest/BTC", rows) == [
        "coinglass: open-interest/BTC: none of the 2 days in the answer was asked for; they end on 2027-01-02; "
        "it is left out"
    ]


def test_a_row_that_cannot_be_used_is_named_and_the_others_stay() -> None:
    rows = [bar(open=6e10), bar("2026-11-10"), "row", bar("2026-11-12", open="n/a"), bar("2026-11-13", open=-1)]
    assert flaws("open-interest/BTC", rows) == [
        "coinglass: open-interest/BTC: row 2: no 'open'; it is left out",
        "coinglass: open-interest/BTC: row 3: string indices must be integers, not 'str'; it is left out",
        "coinglass: open-interest/BTC: row 4: 'n/a' is no number; it is left out",
        "coinglass: open-interest/BTC: row 5: -1 cannot be: open interest, single-sided, in dollars is nev...; "
        "it is left out",
    ]
    assert live.names(parsed("open-interest/BTC", rows)) == {"open_interest/BTC/all"}


# ---- what holds now --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["{}_liquidation_usd", "{}Liquidation_usd"])
def test_liquidations_of_a_day_by_exchange_in_either_spelling(spelling: str) -> None:
    def row(name: str, long: object, short: object) -> dict[str, object]:
        return {"exchange": name, spelling.format("long"): long, spelling.format("short"): short}

    found = values("liquidations-now/BTC", [row("All", 5e7, "2e7"), row("OKX", 1e7, 0.0)])
    assert found == {
        ("liquidations_long_24h/BTC/all", NOW): 5e7,
        ("liquidations_short_24h/BTC/all", NOW): 2e7,
        ("liquidations_long_24h/BTC/okx", NOW): 1e7,
        ("liquidations_short_24h/BTC/okx", NOW): 0.0,
    }


def test_open_interest_by_exchange_and_in_all_only_the_coins() -> None:
    rows = [{"exchange": name, "open_interest_usd": 9e9, "open_interest_quantity": 1e5} for name in ("All", "CME")]
    assert values("open-interest-now/BTC", rows) == {
        ("open_interest_coins/BTC/all", NOW): 1e5,  # the dollars of all are the daily series of the same name
        ("open_interest/BTC/cme", NOW): 9e9,
        ("open_interest_coins/BTC/cme", NOW): 1e5,
    }


def funding_row(symbol: str, entries: object, name: str = "stablecoin_margin_list") -> dict[str, object]:
    return {"symbol": symbol, name: entries}


def test_funding_in_force_is_annualised_by_its_interval() -> None:
    entries = [
        {"exchange": "Binance", "funding_rate": "0.0100", "funding_rate_interval": 8},
        {"exchange": "Hyperliquid", "funding_rate": 0.00125, "funding_rate_interval": 1},
        {"exchange": "KuCoin", "funding_rate": 0.01, "funding_rate_interval": None},
        {"exchange": "Bitfinex", "funding_rate": None, "funding_rate_interval": 8},
    ]
    # 0.01 % every 8 hours = 0.0001 x 3 x 365; 0.00125 % every hour is the same
    assert values("funding-now", [funding_row("BTC", entries)]) == {
        ("funding_now_apr/BTC/binance", NOW): pytest.approx(0.1095),
        ("funding_now_apr/BTC/hyperliquid", NOW): pytest.approx(0.1095),
    }


def test_only_the_newsletters_coins_and_their_stablecoin_contracts_are_read() -> None:
    entry = {"exchange": "Binance", "funding_rate": 0.01, "funding_rate_interval": 8}
    rows = [
        funding_row("PEPE", "nothing that could be read"),
        {**funding_row("ETH", [entry]), "token_margin_list": [{**entry, "funding_rate": 9}]},
        funding_row("BTC", [{**entry, "funding_rate": 9}], "coin_margin_list"),
        {**funding_row("SOL", None), "token_margin_list": []},
    ]
    assert set(values("funding-now", rows)) == {("funding_now_apr/ETH/binance", NOW)}


def test_an_interval_that_cannot_be_is_named() -> None:
    entries = [{"exchange": "Binance", "funding_rate": 1, "funding_rate_interval": hours} for hours in (0, -8, 2000)]
    assert flaws("funding-now", [funding_row("BTC", entries)]) == [
        f"coinglass: funding-now: row {n}: {hours} hours is no interval of funding; it is left out"
        for n, hours in ((1, 0), (2, -8), (3, 2000))
    ]


def test_a_coin_without_any_list_is_named() -> None:
    assert len(flaws("funding-now", [{"symbol": "BTC", "usdt_list": []}, 5])) == 2


def test_funding_of_seven_days_is_a_fraction_whatever_the_case_of_the_exchange() -> None:
    entries = [{"exchange": "CRYPTO.COM", "funding_rate": "0.106"}, {"exchange": "DYDX", "funding_rate": None}]
    found = values("funding-accumulated", [funding_row("BTC", entries)])
    assert found == {("funding_accumulated_7d/BTC/crypto.com", NOW): pytest.approx(0.00106)}


def test_options_are_coins_and_dollars_by_exchange() -> None:
    row = {"exchange_name": "All", "open_interest": 500_000.5, "open_interest_usd": 4.5e10, "volume_usd_24h": "9e9"}
    assert values("options-now/BTC", [row, {**row, "exchange_name": "CME", "volume_usd_24h": None}]) == {
        ("option_open_interest/BTC/all", NOW): 4.5e10,
        ("option_open_interest_coins/BTC/all", NOW): 500_000.5,
        ("option_volume_24h/BTC/all", NOW): 9e9,
        ("option_open_interest/BTC/cme", NOW): 4.5e10,
        ("option_open_interest_coins/BTC/cme", NOW): 500_000.5,
    }


def test_an_exchange_without_a_usable_name_is_named() -> None:
    rows = [{"exchange": name, "open_interest_usd": 1.0, "open_interest_quantity": 1.0} for name in ("a/b", "", None)]
    assert len(flaws("open-interest-now/BTC", rows)) == 3
    assert live.names(parsed("open-interest-now/BTC", rows)) == set()


def test_max_pain_is_of_an_expiry_at_eight_in_the_morning() -> None:
    row = {"date": "261127", "max_pain_price": "91000", "call_open_interest": 1200.5, "put_open_interest": "900"}
    (one,) = parsed("max-pain/BTC", [row])
    expiry = datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert one == OptionExpiry(FETCHED, "BTC", "deribit", expiry, 91_000.0, 1200.5, 900.0, one.payload_id)


@pytest.mark.parametrize(
    "wrong", [{"date": "2611"}, {"date": "261340"}, {"date": None}, {"max_pain_price": "-1"},
              {"put_open_interest": -3}, {"call_open_interest": "many"}]
)  # fmt: skip
def test_an_expiry_that_cannot_be_is_named(wrong: dict[str, object]) -> None:
    row = {"date": "261127", "max_pain_price": "91000", "call_open_interest": 1, "put_open_interest": 2}
    assert [type(one) for one in parsed("max-pain/BTC", [{**row, **wrong}])] == [Flaw]


# ---- fund flows ------------------------------------------------------------------------------------------------------


def flow(day: str, dollars: object, *funds: object) -> dict[str, object]:
    listed = [{"etf_ticker": f"F{n}", "flow_usd": value} for n, value in enumerate(funds)]
    return {
        "timestamp": ms(day),
        "flow_usd": dollars,
        "price_usd": 90_000.0,
        "etf_flows": [*listed, {"etf_ticker": "G"}],
    }


def test_a_flow_is_dollars_of_a_trading_day() -> None:
    found = values("flows/BTC", [flow(DAY, "-120500000.5", -120e6, None)])
    assert found == {("etf_flow/BTC/us_spot", AT): -120_500_000.5}


def test_a_zero_that_no_fund_reported_is_nothing_and_one_that_they_did_is_a_zero() -> None:
    rows = [flow(DAY, 0.0, 0.0), flow("2026-11-10", 0.0, None, None), {**flow("2026-11-12", 0), "etf_flows": None}]
    assert values("flows/BTC", rows) == {("etf_flow/BTC/us_spot", AT): 0.0}


def test_a_zero_on_a_day_without_a_session_is_nothing() -> None:
    rows = [flow(day, 0.0, 0.0, 0.0) for day in ("2026-11-25", "2026-11-26", "2026-11-28")]  # then Thanksgiving
    one = live.at_any_time(live.payload(USE, "flows/BTC", envelope(rows)))
    found = list(coinglass.parse(one, live.settings(USE)))
    assert [f"{item.at:%m-%d}" for item in found if isinstance(item, Observation)] == ["11-25"]
    assert len(found) == 1


@pytest.mark.parametrize(("hour", "known"), [(12, set()), (13, {"2026-11-13 00:00"})])
def test_a_flow_is_taken_once_all_funds_have_reported(hour: int, known: set[str]) -> None:
    fetched = datetime(2026, 11, 14, hour, tzinfo=UTC)
    assert {at for _, at in values("flows/BTC", [flow("2026-11-13", 5e6, 5e6)], fetched=fetched)} == known


# ---- mood ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("unit", [1, 1000])
def test_the_mood_is_of_the_day_it_came_out_on(wrapped: bool, unit: int) -> None:
    first = ms("2026-11-09 00:20") // 1000
    lists = {"data_list": [23.0, "31"], "price_list": [1, 2], "time_list": [first * unit, (first + 86_403) * unit]}
    assert values("fear-greed", [lists] if wrapped else lists) == {
        ("fear_greed/market/coinglass", AT): 23.0,
        ("fear_greed/market/coinglass", "2026-11-10 00:00"): 31.0,
    }


@pytest.mark.parametrize("data", [{"data_list": [1], "time_list": []}, {"data_list": 1, "time_list": 1}, {}, [1], None])
def test_moods_without_a_time_for_each_are_misread(data: object) -> None:
    with pytest.raises(ParseError, match=r"coinglass: fear-greed: .*; it is left out"):
        parsed("fear-greed", data)


# ---- levels ----------------------------------------------------------------------------------------------------------

HEAT = {
    "y_axis": [88_000.0, "90000"],
    "liquidation_leverage_data": [[0, 0, 5e6], [1, 1, "7e6"], [0, 1, 0]],
    "price_candlesticks": [[ms("2026-11-09 12:00") // 1000, "1", "1", "1", "1", "1"], [ms(DAY) // 1000 + 86_400, "1"]],
}


def test_a_cell_of_the_heatmap_is_a_level_at_its_candles_time_in_seconds() -> None:
    found = parsed("heatmap/BTC", HEAT)
    assert [(f"{one.at:%d %H}", one.venue, one.price, one.size) for one in found] == [
        ("09 12", "all", 88_000.0, 5e6),
        ("10 00", "all", 90_000.0, 7e6),
    ]


@pytest.mark.parametrize("cell", [[-1, 0, 1.0], [0, -1, 1.0], [2, 0, 1], [0, 2, 1], [0.5, 0, 1], [True, 0, 1], [0, 0],
                                  [0, 0, -5], [0, 0, None], 7])  # fmt: skip
def test_a_cell_that_is_not_on_the_axes_is_named(cell: object) -> None:
    assert [type(one) for one in parsed("heatmap/BTC", {**HEAT, "liquidation_leverage_data": [cell]})] == [Flaw]


def test_a_heatmap_in_milliseconds_or_of_the_future_gives_no_level() -> None:
    for stamp in (ms(DAY), ms("2026-11-17") // 1000):
        found = parsed("heatmap/BTC", {**HEAT, "price_candlesticks": [[stamp, "1"], [stamp, "1"]]})
        assert {type(one) for one in found} == {Flaw}


def test_a_heatmap_without_its_axes_is_misread() -> None:
    for name in HEAT:
        for lost in ({k: v for k, v in HEAT.items() if k != name}, {**HEAT, name: "list"}):
            with pytest.raises(ParseError):
                parsed("heatmap/BTC", lost)


def test_the_map_lies_in_a_second_data_by_price() -> None:
    found = parsed(
        "map/ETH", {"data": {"3100": [[3100, 1_579_370.77, None, None]], "3150": [[3150.5, "2", None, None]]}}
    )
    assert [(one.at, one.asset, one.price, one.size) for one in found] == [
        (FETCHED, "ETH", 3100.0, 1_579_370.77),
        (FETCHED, "ETH", 3150.5, 2.0),
    ]
    assert [type(one) for one in parsed("map/ETH", {"data": {"0": [[0, 5.0, None, None]], "-1": 7}})] == [Flaw, Flaw]
    with pytest.raises(ParseError, match=r"no 'data\.data' in the answer"):
        parsed("map/ETH", {"3100": []})


# ---- answers without data --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_an_empty_answer_yields_nothing(key: str) -> None:
    empty: object = []
    if key.startswith("heatmap"):
        empty = {name: [] for name in HEAT}
    if key.startswith("map"):
        empty = {"data": {}}
    assert parsed(key, empty) == []


@pytest.mark.parametrize("key", KEYS)
def test_an_error_a_page_and_half_an_answer_are_misread(key: str) -> None:
    refused = json.dumps({"code": "401", "msg": "Upgrade plan", "data": []}).encode()
    for body in (
        refused,
        b"<html>",
        b'{"code":"0","data":[{"ti',
        b"",
        b"[]",
        b'{"code":"0"}',
        b'{"code":"0","data":5}',
    ):
        with pytest.raises(ParseError, match=f"coinglass: {key}: .*; it is left out"):
            live.parse(USE, key, body, **PLAN)


@pytest.mark.parametrize(
    ("status", "envelope", "kind", "what"),
    [
        (200, {"code": "30001", "msg": "API key missing"}, "key", "the key is missing or was refused"),
        (200, {"code": "401", "msg": "Invalid API key abc"}, "key", "the key is missing or was refused"),
        (200, {"code": "30002", "msg": "Invalid API key abc"}, "key", "the key is missing or was refused"),
        (401, {"code": "401", "msg": "Invalid API key abc"}, "key", "the key is missing or was refused"),
        (401, {}, "key", "refused the key (HTTP 401)"),
        (200, {"code": "401", "msg": "Upgrade plan"}, "plan", "the plan is too low for this endpoint"),
        (401, {"code": "401", "msg": "Upgrade plan"}, "plan", "the plan is too low for this endpoint"),
        (403, {"code": 403, "details": {"upgrade_required": True}}, "plan", "the plan is too low for this endpoint"),
        (200, {"code": "403", "details": {"upgrade_required": True}}, "plan", "the plan is too low for this endpoint"),
        (403, {}, "blocked", "blocked from this address (HTTP 403)"),
        (451, {"code": "401", "msg": "Upgrade plan"}, "blocked", "blocked from this address (HTTP 451)"),
        (200, {"code": "400", "msg": "no 'symbol'"}, "refused", "refused the question (code 400: no 'symbol')"),
        (200, {"code": "422"}, "refused", "refused the question (code 422)"),
        (404, {"error": "Not Found"}, "refused", "refused the question (HTTP 404: Not Found)"),
    ],
)  # fmt: skip
def test_a_refusal_is_final_and_says_why(status: int, envelope: Mapping[str, Any], kind: str, what: str) -> None:
    found = coinglass.fault(status, json.dumps(envelope).encode())
    assert found is not None
    assert (found.kind, found.what, found.retry) == (kind, what, False)


@pytest.mark.parametrize(
    ("status", "envelope", "kind"),
    [
        (429, {}, "limited"),
        (200, {"code": "429", "msg": "slow"}, "limited"),
        (200, {"code": "50001", "msg": "Too Many Requests"}, "limited"),
        (200, {"code": "500", "msg": "Server Error"}, "down"),
        (503, {}, "down"),
    ],
)
def test_a_limit_or_a_fault_of_the_server_may_pass(status: int, envelope: Mapping[str, Any], kind: str) -> None:
    found = coinglass.fault(status, json.dumps(envelope).encode())
    assert found is not None
    assert (found.kind, found.retry) == (kind, True)


@pytest.mark.parametrize("body", [{"code": "0", "data": []}, {"code": 0, "data": []}, {"code": "0", "msg": None}])
def test_a_success_needs_no_message(body: object) -> None:
    assert coinglass.fault(200, json.dumps(body).encode()) is None


def test_a_question_that_is_no_longer_asked_is_misread() -> None:
    old = replace(live.payload(USE, "flows/BTC", envelope([])), request=Request(USE, "coin-list/BTC", ""))
    with pytest.raises(ParseError, match="a question that is no longer asked"):
        list(coinglass.parse(old, live.settings(USE)))


CELLS: Mapping[str, st.SearchStrategy[Any]] = {
    "scalar": st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    "stamp": st.integers(ms("2026-10-01"), ms("2026-11-20")),
}
NAMES = ["time", "open", "close", "timestamp", "flow_usd", "etf_flows", "exchange", "symbol", "stablecoin_margin_list",
         "funding_rate", "funding_rate_interval", "close_basis", "date", "max_pain_price", "data", "y_axis",
         "liquidation_leverage_data", "price_candlesticks", "time_list", "data_list"]  # fmt: skip
MANGLED = st.recursive(
    CELLS["scalar"] | CELLS["stamp"] | st.sampled_from(["BTC", "Binance", "0.01", "1e400"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


@given(key=st.sampled_from(KEYS), data=MANGLED)
def test_no_answer_breaks_the_reading_or_brings_what_was_not_asked_for(key: str, data: object) -> None:
    one = live.payload(USE, key, envelope(data), **PLAN)
    try:
        found = list(coinglass.parse(one, live.settings(USE, **PLAN)))
    except ParseError:
        return
    for item in found:
        if isinstance(item, Observation) and one.request.period:
            assert one.request.period.start <= item.at <= one.request.period.end
        if isinstance(item, Observation):
            assert not series.impossible(item.series.partition("/")[0], item.value)
        if isinstance(item, Level):
            assert 0 < item.price < 1e18
            assert 0 < item.size < 1e18


# ---- against the provider on this machine ----------------------------------------------------------------------------


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", FETCHED.timestamp)


def told(request: Request, plan: str = "professional") -> Payload:
    """What the provider answers to a question with the key of a plan."""
    path = request.url.removeprefix("https://open-api-v4.coinglass.com")
    key = {"cg-api-key": provider.KEYS[plan]} if plan else {}
    said = provider.answer(Question(USE, request.method, path, request.params, key))
    return Payload(sha256(said.body).hexdigest(), request, FETCHED, said.status, said.media_type, said.body)


@pytest.mark.usefixtures("monday")
def test_every_series_that_is_promised_comes_and_nothing_is_wrong_with_any() -> None:
    settings = live.settings(USE, **PLAN)
    answers = [told(request) for request in coinglass.requests(WEEK, settings)]
    assert [coinglass.fault(one.status, one.body) for one in answers] == [None] * len(answers)
    found = [item for one in answers for item in coinglass.parse(one, settings)]
    assert [str(item) for item in found if isinstance(item, Flaw)] == []
    assert set(coinglass.provides(settings)) - {i.series for i in found if isinstance(i, Observation)} == set()
    assert {i.asset for i in found if isinstance(i, OptionExpiry)} == {"BTC", "ETH"}
    assert {i.asset for i in found if isinstance(i, Level)} == {"BTC", "ETH", "SOL"}


@pytest.mark.usefixtures("monday")
def test_five_weeks_of_days_come_and_the_one_in_progress_does_not() -> None:
    found = list(coinglass.parse(told(live.asked(USE, "liquidations/BTC")), live.settings(USE)))
    times = [one.at for one in found if isinstance(one, Observation) and one.series.startswith("liquidations_long")]
    assert (len(times), min(times), max(times)) == (35, WEEK.end - timedelta(days=35), WEEK.end - timedelta(days=1))
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(times))


@pytest.mark.usefixtures("monday")
def test_open_interest_comes_with_both_ends_of_the_week() -> None:
    found = list(coinglass.parse(told(live.asked(USE, "open-interest/BTC")), live.settings(USE)))
    assert {WEEK.start, WEEK.end} <= {one.at for one in found if isinstance(one, Observation)}


@pytest.mark.usefixtures("monday")
def test_the_wrong_form_of_symbol_gives_nothing_and_no_error() -> None:
    for key, symbol in (("liquidations/BTC", "BTCUSDT"), ("accounts/BTC", "BTC")):
        right = live.asked(USE, key)
        wrong = told(replace(right, params={**right.params, "symbol": symbol}))
        assert list(coinglass.parse(wrong, live.settings(USE))) == []
        assert list(coinglass.parse(told(right), live.settings(USE)))


@pytest.mark.usefixtures("monday")
def test_where_times_are_not_heeded_the_newest_days_come_and_an_older_week_is_said_to_be_empty() -> None:
    old = coinglass.requests(WEEK.shifted(-20), live.settings(USE))[0]
    unheeded = told(replace(old, params={k: v for k, v in old.params.items() if not k.endswith("_time")}))
    (flaw,) = coinglass.parse(unheeded, live.settings(USE))
    assert "none of the 60 days in the answer was asked for; they end on 2026-11-16" in str(flaw)


@pytest.mark.usefixtures("monday")
def test_the_newest_session_is_no_flow_yet() -> None:
    answer = told(live.asked(USE, "flows/BTC"))
    newest = json.loads(answer.body)["data"][-1]
    found = [one for one in coinglass.parse(answer, live.settings(USE)) if isinstance(one, Observation)]
    assert (newest["timestamp"], newest["flow_usd"]) == (ms("2026-11-16"), 0.0)
    assert f"{max(one.at for one in found):%Y-%m-%d}" == "2026-11-13"


@pytest.mark.usefixtures("monday")
@pytest.mark.parametrize(("plan", "kind"), [("", "key"), ("standard", "plan")])
def test_the_provider_refuses_without_a_key_and_above_the_plan(plan: str, kind: str) -> None:
    answer = told(live.asked(USE, "heatmap/BTC", **PLAN), plan)
    found = coinglass.fault(answer.status, answer.body)
    assert found is not None
    assert (answer.status, found.kind, found.retry) == (200, kind, False)


# ---- recorded answers ------------------------------------------------------------------------------------------------

RECORDED = {  # recorded, and the question it answers
    "futures_liquidation_aggregated_coin_history_BTC": ("liquidations/BTC", 180),
    "futures_liquidation_aggregated_coin_history_ETH": ("liquidations/ETH", 180),
    "futures_liquidation_exchange_list_BTC": ("liquidations-now/BTC", 20),
    "futures_openInterest_ohlc_aggregated_history_BTC": ("open-interest/BTC", 90),
    "futures_openInterest_ohlc_aggregated_history_ETH": ("open-interest/ETH", 90),
    "futures_openInterest_exchange_list_BTC": ("open-interest-now/BTC", 43),
    "futures_fundingRate_oi_weight_ohlc_history_BTC": ("funding-weighted/BTC", 90),
    "futures_fundingRate_exchange_list": ("funding-now", 42),
    "futures_fundingRate_accumulated_exchange_list_7d": ("funding-accumulated", 53),
    "futures_global_long_short_account_ratio_history": ("accounts/BTC", 90),
    "futures_top_long_short_account_ratio_history": ("top-accounts/BTC", 90),
    "futures_top_long_short_position_ratio_history": ("top-positions/BTC", 90),
    "futures_aggregated_taker_buy_sell_volume_history": ("perp-takers/BTC", 270),
    "spot_aggregated_taker_buy_sell_volume_history_BTC": ("spot-takers/BTC", 270),
    "etf_bitcoin_flow_history": ("flows/BTC", 14),
    "etf_ethereum_flow_history": ("flows/ETH", 14),
    "option_info_BTC": ("options-now/BTC", 18),
    "option_info_ETH": ("options-now/ETH", 18),
    "option_max_pain_BTC": ("max-pain/BTC", 12),
    "option_max_pain_ETH": ("max-pain/ETH", 12),
}


def recorded(real_data: Path, name: str, key: str) -> list[Any]:
    body = live.recorded(real_data, f"coinglass_v4_recorded/api_{name}")
    one = live.at_any_time(live.payload(USE, key, body))
    return list(coinglass.parse(one, live.settings(USE)))


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_is_read_to_its_last_row(real_data: Path, name: str) -> None:
    key, count = RECORDED[name]
    found = recorded(real_data, name, key)
    assert [str(one) for one in found if isinstance(one, Flaw)] == []
    assert len(found) == count


def test_every_recorded_answer_to_a_question_of_ours_is_read(real_data: Path) -> None:
    folder = real_data / "payloads" / "coinglass_v4_recorded"
    ours = {one.path.format(fund=fund) for one in ENDPOINTS.values() for fund in ("bitcoin", "ethereum")}
    names = {path.stem.removeprefix("api_"): json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    here = {name for name, body in names.items() if body["_request_path"] in ours}
    assert here == {*RECORDED, "futures_basis_history", "index_fear_greed_history"}


def test_recorded_premiums_that_cannot_be_are_left_out(real_data: Path) -> None:
    found = recorded(real_data, "futures_basis_history", "premium/BTC")
    kept = [one for one in found if isinstance(one, Observation)]
    assert len(found) == 60
    assert [one for one in found if isinstance(one, Flaw)]
    assert all(abs(one.value) <= 0.03 for one in kept)


def test_a_recorded_row_says_the_same_in_text(real_data: Path) -> None:
    """The recorder made numbers of the texts that the provider sends."""
    name, key = "futures_fundingRate_oi_weight_ohlc_history_BTC", "funding-weighted/BTC"
    body = live.recorded(real_data, f"coinglass_v4_recorded/api_{name}")
    rows = [{k: v if k == "time" else f"{v:.6f}" for k, v in row.items()} for row in body["data"]]
    one = live.at_any_time(live.payload(USE, key, envelope(rows)))
    as_text = [item.value for item in coinglass.parse(one, live.settings(USE)) if isinstance(item, Observation)]
    assert as_text == [pytest.approx(item.value) for item in recorded(real_data, name, key)]


@pytest.mark.parametrize("wrapped", [True, False])
def test_recorded_moods_are_read_in_the_shape_they_had(real_data: Path, wrapped: bool) -> None:
    """The recorder made rows of the three lists."""
    rows = live.recorded(real_data, "coinglass_v4_recorded/api_index_fear_greed_history")["data"]
    lists = {name: [row[name] for row in rows] for name in ("data_list", "price_list", "time_list")}
    one = live.at_any_time(live.payload(USE, "fear-greed", envelope([lists] if wrapped else lists)))
    found = [item for item in coinglass.parse(one, live.settings(USE)) if isinstance(item, Observation)]
    assert [item.value for item in found] == [row["data_list"] for row in rows]
    assert all(later.at - earlier.at == timedelta(days=1) for earlier, later in pairwise(found))


def test_the_recorded_session_that_nobody_had_reported_on_is_left_out(real_data: Path) -> None:
    rows = live.recorded(real_data, "coinglass_v4_recorded/api_etf_bitcoin_flow_history")["data"]
    found = recorded(real_data, "etf_bitcoin_flow_history", "flows/BTC")
    assert [one.value for one in found] == [row["flow_usd"] for row in rows[:-1]]
    assert rows[-1]["flow_usd"] == 0.0


def test_the_recorded_total_of_open_interest_is_the_close_of_its_last_bar(real_data: Path) -> None:
    """Why the dollars of all exchanges are not read twice: the list and the bars have the same number."""
    folder = "coinglass_v4_recorded/api_futures_openInterest"
    bars = live.recorded(real_data, f"{folder}_ohlc_aggregated_history_BTC")["data"]
    listed = live.recorded(real_data, f"{folder}_exchange_list_BTC")["data"]
    assert listed[0]["exchange"] == "All"
    assert bars[-1]["close"] == listed[0]["open_interest_usd"]
