from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from reporter.collect import coingecko
from reporter.errors import ParseError
from reporter.model import Flaw, Observation, Request
from tests import live
from tests.live import ms
from tests.providers import coingecko as provider
from tests.providers import market
from tests.providers.server import Answer, Question

USE = "coingecko"
TRADED = int(live.FETCHED.timestamp()) - 30
ROW = {
    "market": "Binance (Futures)", "symbol": "BTCUSDT", "index_id": "BTC", "price": "90000.1", "index": 90_010.5,
    "contract_type": "perpetual", "funding_rate": 0.0081, "open_interest": 9_000_000_000.5, "volume_24h": 2.5e10,
    "last_traded_at": TRADED, "expired_at": None,
}  # fmt: skip


def chart(prices: list[Any], capitalisations: list[Any] | None = None) -> dict[str, Any]:
    return {"prices": prices, "market_caps": capitalisations or [], "total_volumes": [[ms("2026-11-11"), 5e10]]}


def interest(*rows: object, **changes: Any) -> dict[str, float]:
    """Open interest by venue."""
    found = live.values(USE, "derivatives", list(rows), **changes)
    return {series.removeprefix("open_interest/"): value for (series, _), value in found.items()}


# ---- charts ----------------------------------------------------------------------------------------------------------


def test_a_point_at_midnight_closes_the_day_before_and_is_the_capitalisation_at_it() -> None:
    midnight = ms("2026-11-11")
    assert live.values(USE, "chart/BTC", chart([[midnight, 90_500.25]], [[midnight, 1.8e12]])) == {
        ("price_close/BTC/coingecko", "2026-11-10 00:00"): 90_500.25,
        ("market_cap/BTC/coingecko", "2026-11-11 00:00"): 1.8e12,
    }


def test_points_that_are_not_at_midnight_are_passed_over() -> None:
    """As in the hourly charts of fewer days, which stand some seconds after the hour."""
    points = [
        [ms("2026-11-11") + 41_331, 1.0],
        [ms("2026-11-12 00:05"), 2.0],
        [ms("2026-11-13 00:06"), 3.0],
        [ms("2026-11-13 23:59"), 4.0],
        [ms("2026-11-14 01:00"), 5.0],
    ]
    found = live.values(USE, "chart/BTC", chart(points, points))
    assert found == {
        ("price_close/BTC/coingecko", "2026-11-10 00:00"): 1.0,
        ("market_cap/BTC/coingecko", "2026-11-11 00:00"): 1.0,
        ("price_close/BTC/coingecko", "2026-11-11 00:00"): 2.0,
        ("market_cap/BTC/coingecko", "2026-11-12 00:00"): 2.0,
    }


def test_the_last_day_of_the_week_is_there_and_what_lies_outside_the_period_is_not() -> None:
    points = [[ms(day), 90_000.0] for day in ("2026-10-11", "2026-10-12", "2026-11-16", "2026-11-17")]
    late = live.FETCHED + timedelta(days=3)
    found = [one for one in live.parse(USE, "chart/BTC", chart(points, points), late) if isinstance(one, Observation)]
    assert [(one.series.partition("/")[0], f"{one.at:%m-%d}") for one in found] == [
        ("price_close", "11-15"),
        ("market_cap", "10-12"),
        ("market_cap", "11-16"),
    ]


def test_a_midnight_that_is_not_final_yet_is_left_out() -> None:
    points = [[ms("2026-11-15"), 90_000.0], [ms("2026-11-16 00:03"), 91_000.0]]
    soon = datetime(2026, 11, 16, 0, 34, tzinfo=UTC)
    found = live.parse(USE, "chart/BTC", chart(points), soon)
    assert [one.value for one in found if isinstance(one, Observation)] == [90_000.0]
    assert len(live.parse(USE, "chart/BTC", chart(points), soon + timedelta(minutes=1))) == 2


def test_the_rolling_volumes_are_not_used() -> None:
    assert live.parse(USE, "chart/BTC", chart([])) == []


@pytest.mark.parametrize("value", [None, 0, 0.0])
def test_a_capitalisation_of_nothing_is_not_known(value: object) -> None:
    assert live.values(USE, "chart/BTC", chart([], [[ms("2026-11-11"), value]])) == {}


@pytest.mark.parametrize("row", [[], [ms("2026-11-11")], ["soon", 1.0], [ms("2026-11-11"), "many"], None, {"a": 1}])
def test_a_point_that_cannot_be_used_is_named_and_the_others_stay(row: object) -> None:
    found = live.parse(USE, "chart/BTC", chart([row, [ms("2026-11-12"), 90_000.0]]))
    assert [str(one).startswith("coingecko: chart/BTC: row 1: ") for one in found if isinstance(one, Flaw)] == [True]
    assert live.names(found) == {"price_close/BTC/coingecko"}


def test_a_price_of_zero_is_no_price() -> None:
    assert "never zero" in live.flaws(USE, "chart/BTC", chart([[ms("2026-11-11"), 0]]))[0]


# ---- derivatives -----------------------------------------------------------------------------------------------------


def test_open_interest_is_summed_over_the_perpetuals_of_a_venue() -> None:
    found = live.values(USE, "derivatives", [ROW, {**ROW, "symbol": "BTCUSD_PERP", "open_interest": "1000.25"}])
    at = f"{live.FETCHED:%Y-%m-%d %H:%M}"
    assert found == {("open_interest/BTC/binance", at): 9_000_001_000.75}


def test_dated_futures_and_other_coins_are_passed_over() -> None:
    assert interest(ROW, {**ROW, "contract_type": "futures"}, {**ROW, "index_id": "PEPE"}) == {
        "BTC/binance": 9_000_000_000.5
    }


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"last_traded_at": TRADED - 86_400}, "nobody has traded for a day"),
        ({"last_traded_at": None}, "nobody has ever traded"),
        ({"open_interest": None}, "not reported"),
        ({"open_interest": 0}, "a venue that reports nothing but zero"),
    ],
)
def test_a_market_that_says_nothing_is_no_zero(change: dict[str, object], why: str) -> None:
    assert interest({**ROW, **change}) == {}, why
    assert interest(ROW, {**ROW, "symbol": "BTCUSDC", **change}) == {"BTC/binance": 9_000_000_000.5}, why


@pytest.mark.parametrize(
    "change", [{"open_interest": "much"}, {"open_interest": -5}, {"last_traded_at": TRADED * 1000}]
)
def test_a_venue_with_a_market_that_cannot_be_read_has_no_total(change: dict[str, object]) -> None:
    found = live.parse(USE, "derivatives", [ROW, {**ROW, **change}, {**ROW, "market": "Deribit"}])
    assert [str(one).startswith("coingecko: derivatives: row 2: ") for one in found if isinstance(one, Flaw)] == [True]
    assert live.names(found) == {"open_interest/BTC/deribit"}


@pytest.mark.parametrize("row", [None, 7, [], {}, {**ROW, "market": None}, {**ROW, "market": "(Futures)"}])
def test_a_row_that_cannot_be_read_is_named_and_the_others_stay(row: object) -> None:
    found = live.parse(USE, "derivatives", [row, ROW])
    assert [str(one).startswith("coingecko: derivatives: row 1: ") for one in found if isinstance(one, Flaw)] == [True]
    assert live.names(found) == {"open_interest/BTC/binance"}


@pytest.mark.parametrize(
    ("market_name", "venue"),
    [
        ("Binance (Futures)", "binance"),
        ("Bybit (Futures)", "bybit"),
        ("OKX (Futures)", "okx"),
        ("Hyperliquid (Futures)", "hyperliquid"),
        ("Deribit", "deribit"),
        ("Gate.io (Futures)", "gate"),
        ("Bitget Futures", "bitget"),
        ("Deepcoin (Derivatives)", "deepcoin"),
        ("dYdX Chain (Perpetual)", "dydx-chain"),
        ("Crypto.com Exchange (Derivatives)", "crypto.com-exchange"),
        ("  Ünder/Score_1  ", "nder-score-1"),
    ],
)
def test_a_venue_is_called_as_other_sources_call_it(market_name: str, venue: str) -> None:
    assert list(interest({**ROW, "market": market_name})) == [f"BTC/{venue}"]


def test_an_empty_list_yields_nothing() -> None:
    assert live.parse(USE, "derivatives", []) == []


# ---- asking ----------------------------------------------------------------------------------------------------------


def test_more_than_90_days_are_asked_for_so_that_there_is_one_point_a_day() -> None:
    request = live.asked(USE, "chart/ETH")
    assert request.url.endswith("/coins/ethereum/market_chart")
    assert dict(request.params) == {"vs_currency": "usd", "days": "92"}
    assert request.reach == timedelta(days=92)


def test_open_interest_is_not_asked_of_older_weeks() -> None:
    request = live.asked(USE, "derivatives")
    assert (request.period, request.reach, dict(request.params)) == (None, timedelta(days=9), {})


def test_a_coin_that_is_not_known_is_asked_for_by_the_id_that_the_newsletter_gives() -> None:
    unknown = live.settings(USE, assets=("BTC", "NEWCOIN"))
    assert [one.key for one in coingecko.requests(live.WEEK, unknown)] == ["chart/BTC", "derivatives"]
    assert {name.split("/")[1] for name in coingecko.provides(unknown)} == {"BTC"}
    named = live.settings(USE, assets=("BTC", "NEWCOIN"), ids={"NEWCOIN": "new-coin-2"})
    urls = [one.url for one in coingecko.requests(live.WEEK, named)]
    assert [url.removeprefix(named.base_url) for url in urls] == [
        "/coins/bitcoin/market_chart",
        "/coins/new-coin-2/market_chart",
        "/derivatives",
    ]


@pytest.mark.parametrize("coin", ["", "../simple", "Bitcoin", "a b", "bitcoin\n"])
def test_an_id_that_is_none_is_a_mistake(coin: str) -> None:
    with pytest.raises(ValidationError, match="what CoinGecko calls the coin"):
        live.settings(USE, ids={"BTC": coin})


def test_a_key_goes_by_its_name_and_only_where_it_is_asked_for() -> None:
    def secrets(**changes: Any) -> set[tuple[tuple[str, str], ...]]:
        found = coingecko.requests(live.WEEK, live.settings(USE, **changes))
        return {tuple(one.secrets.items()) for one in found}

    assert secrets() == {()}
    assert secrets(key="demo") == {(("x-cg-demo-api-key", "COINGECKO_API_KEY"),)}
    assert secrets(key="pro") == {(("x-cg-pro-api-key", "COINGECKO_API_KEY"),)}
    with pytest.raises(ValidationError):
        live.settings(USE, key="CG-0123456789")


# ---- errors ----------------------------------------------------------------------------------------------------------


def error(code: object, message: str = "") -> bytes:
    return json.dumps({"status": {"error_code": code, "error_message": message}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry", "said"),
    [
        (200, error(429, "You've exceeded the Rate Limit."), "limited", True, "(429)"),
        (429, error(429), "limited", True, "(429)"),
        (429, b"Throttled", "limited", True, "(HTTP 429)"),
        (400, error(10010), "key", False, "pro-api.coingecko.com (10010)"),
        (401, error(10011), "key", False, "api.coingecko.com (10011)"),
        (401, error(10002), "key", False, "asked for a key"),
        (401, b'{"error": {"status": {"error_code": 10012}}}', "plan", False, "so far back"),
        (404, b'{"error": "coin not found"}', "refused", False, "(HTTP 404: coin not found)"),
        (200, error(777), "refused", False, "(777)"),
        (403, b"<html>1020", "blocked", False, "(HTTP 403)"),
        (200, b"<!DOCTYPE html>", "page", False, "HTML"),
        (502, error("x"), "down", True, "(HTTP 502)"),
    ],
)
def test_a_refusal_says_why(status: int, body: bytes, kind: str, retry: bool, said: str) -> None:
    fault = coingecko.fault(status, body)
    assert fault is not None
    assert (fault.kind, fault.retry) == (kind, retry)
    assert said in fault.what


@pytest.mark.parametrize(
    "body", [b"[]", b'{"prices": []}', b'["error"]', b'{"error": ', b'{"status": {"error_code": 0}}']
)
def test_an_answer_without_an_error_is_none(body: bytes) -> None:
    assert coingecko.fault(200, body) is None


@pytest.mark.parametrize("key", ["chart/BTC", "derivatives"])
@pytest.mark.parametrize(
    "body",
    [b"", b'{"prices": [[1', b"<html>", {}, {"prices": None}, {"prices": []}, 7, "no", b'{"prices": [[1, NaN]]}'],
)
def test_a_broken_answer_is_an_error_of_its_own(key: str, body: object) -> None:
    with pytest.raises(ParseError, match=rf"coingecko: {key}: .*; it is left out"):
        live.parse(USE, key, body)


# ---- the made-up provider --------------------------------------------------------------------------------------------


def asked(request: Request) -> Answer:
    path = request.url.removeprefix(live.settings(USE).base_url)
    return provider.answer(Question(USE, request.method, path, dict(request.params), {}))


def test_a_chart_of_the_provider_gives_each_day_as_its_market_had_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)
    found = live.parse(USE, "chart/SOL", asked(live.asked(USE, "chart/SOL")).body)
    closes = [one for one in found if isinstance(one, Observation) and one.series.startswith("price_close/SOL/")]
    assert [one.at for one in closes] == [live.WEEK.end - timedelta(days=back) for back in range(35, 0, -1)]
    assert closes[-1].value == pytest.approx(market.candle("SOL", closes[-1].at.timestamp())[3])
    assert len(found) == 35 + 36  # capitalisations at both ends of the period


def test_the_list_of_the_provider_gives_the_venues_that_the_market_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)
    found = live.parse(USE, "derivatives", asked(live.asked(USE, "derivatives")).body)
    assert live.names(found) == {
        f"open_interest/{asset}/{venue}" for asset in market.BASE for venue in provider.MARKETS
    }
    assert len(found) == len(live.names(found))


def test_what_it_is_there_for_is_what_charts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)
    settings = live.settings(USE, name="gecko")
    names = {
        one.series
        for request in coingecko.requests(live.WEEK, settings)
        for one in live.parse(USE, request.key, asked(request).body, name="gecko")
        if isinstance(one, Observation) and not one.series.startswith("open_interest/")
    }
    assert names == set(coingecko.provides(settings))


def test_the_made_up_provider_refuses_what_coingecko_refuses() -> None:
    known = {"vs_currency": "usd", "days": "92"}
    for path, query, headers in (
        ("/coins/nothing/market_chart", known, {}),
        ("/coins/bitcoin/market_chart", {**known, "days": "366"}, {}),
        ("/coins/bitcoin/market_chart", {"days": "92"}, {}),
        ("/coins", {}, {}),
        ("/derivatives", {}, {"x-cg-pro-api-key": "k"}),
    ):
        refused = provider.answer(Question(USE, "GET", path, query, headers))
        assert coingecko.fault(refused.status, refused.body) is not None


# ---- recorded --------------------------------------------------------------------------------------------------------


def test_a_recorded_chart_is_read(real_data: Path) -> None:
    recorded = live.recorded(real_data, "exchange_samples/coingecko__market_chart")
    one = live.at_any_time(live.payload(USE, "chart/BTC", recorded))
    found = [each for each in coingecko.parse(one, live.settings(USE)) if isinstance(each, Observation)]
    first = recorded["prices"][0]  # half a minute after a midnight; the second point is an hour later
    assert [(each.value, int(each.at.timestamp())) for each in found] == [
        (first[1], first[0] // 1000 // 86_400 * 86_400 - 86_400),
        (recorded["market_caps"][0][1], first[0] // 1000 // 86_400 * 86_400),
    ]


def test_a_recorded_list_is_read(real_data: Path) -> None:
    (row,) = live.recorded(real_data, "exchange_samples/coingecko__derivatives")
    current = {**row, "last_traded_at": TRADED}
    assert interest(current) == {"ETH/deepcoin": row["open_interest"]}
    assert interest(row) == {}  # as it was recorded, long ago
