from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporter.collect import deribit
from reporter.collect import live as series_of_live
from reporter.errors import ParseError
from reporter.model import Flaw, FutureQuote, Kind, Observation, OptionQuote, Payload, Request
from tests import live
from tests.live import ms
from tests.providers import deribit as provider
from tests.providers import market
from tests.providers.server import Answer, Question

USE = "deribit"
ASKED_AT = ms("2026-11-16 14:16")
OPTION = {
    "instrument_name": "BTC-2DEC26-91000-P", "creation_timestamp": ASKED_AT, "mark_iv": 48.25, "mark_price": 0.031,
    "underlying_price": 90_411.5, "open_interest": 120.5, "volume": 7.25, "volume_usd": 20_300.0, "bid_price": None,
}  # fmt: skip
FUTURE = {
    "instrument_name": "BTC-25DEC26", "creation_timestamp": ASKED_AT, "mark_price": 90_900.0,
    "estimated_delivery_price": 90_000.0, "open_interest": 41_000_010, "volume": 12.5, "volume_usd": 1_136_250.0,
}  # fmt: skip
PERPETUAL = {**FUTURE, "instrument_name": "BTC-PERPETUAL", "mark_price": 90_010.0, "open_interest": 700_000_000}


def result(value: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "result": value, "usIn": 1, "usOut": 2, "usDiff": 1, "testnet": False}


def quotes(*rows: object, key: str = "options/BTC") -> list[Any]:
    return live.parse(USE, key, result(list(rows)))


# ---- the volatility index --------------------------------------------------------------------------------------------


def test_a_day_of_the_index_is_its_last_value_in_points() -> None:
    candle = [ms("2026-11-09"), 44.5, 47.25, 43.0, 46.75]
    found = live.values(USE, "dvol/BTC", result({"data": [candle], "continuation": None}))
    assert found == {("dvol/BTC/deribit", "2026-11-09 00:00"): 46.75}


def test_the_day_in_progress_and_days_that_were_not_asked_for_are_left_out() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    rows = [[ms(day), 45, 46, 44, 45.5] for day in ("2026-09-01", "2026-11-14", "2026-11-15", "2026-11-16")]
    found = live.parse(USE, "dvol/BTC", result({"data": rows, "continuation": None}), fetched=noon)
    assert [f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)] == ["11-14"]


def test_an_index_as_a_fraction_is_not_taken_for_points() -> None:
    body = result({"data": [[ms("2026-11-09"), 0.21, 0.22, 0.2, 0.21]], "continuation": None})
    assert live.flaws(USE, "dvol/BTC", body) == [
        "deribit: dvol/BTC: row 1: 0.21 is no volatility in points; it is left out"
    ]


def test_a_candle_too_short_is_named_and_the_others_stay() -> None:
    rows = [[ms("2026-11-09"), 44.5], [ms("2026-11-10"), 45, 46, 44, 45.5]]
    found = live.parse(USE, "dvol/BTC", result({"data": rows, "continuation": None}))
    assert [str(one) for one in found if isinstance(one, Flaw)] == [
        "deribit: dvol/BTC: row 1: too short; it is left out"
    ]
    assert live.names(found) == {"dvol/BTC/deribit"}


def test_a_page_that_names_another_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)
    monkeypatch.setattr(provider, "CANDLES", 10)
    pages = list(walk("dvol/ETH"))
    days = moments(pages)
    assert len(pages) == 4
    assert days == [live.WEEK.end - timedelta(days=back) for back in range(35, 0, -1)]


@pytest.mark.parametrize(
    "continuation", [None, "later", True, [], 1e300, ms("2026-11-15 20:00"), ms("2026-09-01"), ms("2026-11-20")]
)
def test_a_page_that_does_not_go_back_is_not_followed(continuation: object) -> None:
    page = live.payload(USE, "dvol/BTC", result({"data": [], "continuation": continuation}))
    assert deribit.more(page, live.settings(USE)) is None


@pytest.mark.parametrize(
    "broken", [b"", b"<html>", b"[]", b'{"result": null}', b'{"result": {"continuation": "1', b"7"]
)
def test_a_broken_page_names_no_other(broken: bytes) -> None:
    assert deribit.more(live.payload(USE, "dvol/BTC", broken), live.settings(USE)) is None


# ---- funding ---------------------------------------------------------------------------------------------------------


def test_funding_is_the_rate_of_one_hour_and_never_the_rolling_eight() -> None:
    row = {"timestamp": ms("2026-11-09 03:00"), "interest_1h": -2.5e-06, "interest_8h": 8.1e-05,
           "index_price": 90_000.0, "prev_index_price": 90_100.0}  # fmt: skip
    assert live.values(USE, "funding/BTC", result([row])) == {("funding/BTC/deribit", "2026-11-09 03:00"): -2.5e-06}
    assert live.flaws(USE, "funding/BTC", result([{**row, "interest_1h": None}])) != []


def test_funding_without_its_hourly_rate_is_no_rate() -> None:
    row = {"timestamp": ms("2026-11-09 03:00"), "interest_8h": 8.1e-05}
    assert live.flaws(USE, "funding/BTC", result([row])) == [
        "deribit: funding/BTC: row 1: no 'interest_1h'; it is left out"
    ]


def test_funding_is_asked_in_stretches_until_no_hour_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of 744 rows would leave out the first four days of five weeks."""
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)
    pages = list(walk("funding/BTC"))
    hours = moments(pages)
    assert hours == [live.WEEK.end - timedelta(hours=back) for back in range(35 * 24, 0, -1)]
    found = [one for page in pages for one in deribit.parse(page, live.settings(USE)) if isinstance(one, Observation)]
    (described,) = series_of_live.series(live.settings(USE), deribit.LABEL, deribit.TERMS, deribit.GIVES, found)
    assert (described.cadence, len(pages)) == (timedelta(hours=1), 2)


def test_a_hole_in_the_funding_does_not_end_the_walk() -> None:
    first = live.payload(USE, "funding/BTC", result([]))
    second = deribit.more(first, live.settings(USE))
    assert second is not None
    assert second.key == first.request.key
    assert deribit.more(replace(first, request=second), live.settings(USE)) is None


# ---- volumes ---------------------------------------------------------------------------------------------------------


def test_calls_and_puts_of_seven_days_are_counted_in_coins() -> None:
    row = {"currency": "BTC", "currency_pair": "btc_usd", "calls_volume": 1.0, "calls_volume_7d": 61_000.5,
           "calls_volume_30d": 2.0, "puts_volume": 3.0, "puts_volume_7d": 47_250.0, "puts_volume_30d": 4.0}  # fmt: skip
    other = {"currency": "USDC", "calls_volume": 5.0}
    at = f"{live.FETCHED:%Y-%m-%d %H:%M}"
    assert live.values(USE, "volumes", result([row, other])) == {
        ("option_call_volume_7d/BTC/deribit", at): 61_000.5,
        ("option_put_volume_7d/BTC/deribit", at): 47_250.0,
    }


def test_a_blank_volume_is_not_zero() -> None:
    row = {"currency": "BTC", "calls_volume_7d": None, "puts_volume_7d": 0.0}
    found = live.values(USE, "volumes", result([row]))
    assert [(series, value) for (series, _), value in found.items()] == [("option_put_volume_7d/BTC/deribit", 0.0)]


# ---- options ---------------------------------------------------------------------------------------------------------


def test_an_option_becomes_a_quote_and_counts_into_the_sum_in_coins() -> None:
    other = {**OPTION, "instrument_name": "BTC-25DEC26-95000-C", "open_interest": 80.0}
    first, second, total = quotes(OPTION, other)
    at = datetime(2026, 11, 16, 14, 16, tzinfo=UTC)
    assert first == OptionQuote(
        at=at, asset="BTC", venue="deribit", instrument="BTC-2DEC26-91000-P",
        expiry=datetime(2026, 12, 2, 8, tzinfo=UTC), strike=91_000.0, right="put", mark_iv=48.25, forward=90_411.5,
        open_interest=120.5, volume=7.25, payload_id=first.payload_id,
    )  # fmt: skip
    assert (second.right, second.expiry) == ("call", datetime(2026, 12, 25, 8, tzinfo=UTC))
    assert (total.series, total.at, total.value) == ("option_open_interest_coins/BTC/deribit/deribit", at, 200.5)


@pytest.mark.parametrize("points", [0, 0.0, None, "", "0"])
def test_a_volatility_that_is_zero_or_missing_is_not_known(points: object) -> None:
    assert quotes({**OPTION, "mark_iv": points})[0].mark_iv is None


def test_what_is_not_reported_of_an_option_is_none() -> None:
    bare = {name: OPTION[name] for name in ("instrument_name", "creation_timestamp", "open_interest")}
    quote = quotes(bare)[0]
    assert (quote.mark_iv, quote.forward, quote.volume, quote.open_interest) == (None, None, None, 120.5)


def test_a_decimal_strike_is_read_and_another_coin_is_passed_over() -> None:
    decimal, total = quotes(
        {**OPTION, "instrument_name": "BTC_USDC-2DEC26-91000d5-C"},
        {**OPTION, "instrument_name": "XRP_USDC-2DEC26-1d25-C"},
    )
    assert (decimal.asset, decimal.strike, total.value) == ("BTC", 91_000.5, 120.5)


def test_an_option_that_has_expired_is_passed_over() -> None:
    assert quotes({**OPTION, "instrument_name": "BTC-16NOV26-91000-P"}) == []  # at 08:00 of the day of asking
    assert quotes({**OPTION, "instrument_name": "BTC-17NOV26-91000-P"}) != []


@pytest.mark.parametrize(
    "row",
    [
        {**OPTION, "instrument_name": "BTC-2XYZ26-91000-P"},
        {**OPTION, "instrument_name": "BTC-32DEC26-91000-P"},
        {**OPTION, "instrument_name": "BTC-2DEC26-91000-X"},
        {**OPTION, "instrument_name": "BTC-2DEC26-0-P"},
        {**OPTION, "instrument_name": "BTC-2DEC26"},
        {**OPTION, "instrument_name": "BTC-PERPETUAL"},
        {**OPTION, "instrument_name": None},
        {**OPTION, "mark_iv": -3},
        {**OPTION, "mark_iv": "high"},
        {**OPTION, "open_interest": -1},
        {**OPTION, "underlying_price": 1e300},
        {},
        None,
        "BTC-2DEC26-91000-P",
    ],
)
def test_an_option_that_cannot_be_read_is_named_and_there_is_no_sum_without_it(row: object) -> None:
    found = quotes({**OPTION, "instrument_name": "BTC-25DEC26-95000-C"}, row)
    assert [type(one).__name__ for one in found] == ["OptionQuote", "Flaw", "Flaw"]
    assert str(found[1]).startswith("deribit: options/BTC: row 2: ")
    assert str(found[2]) == "deribit: options/BTC: no sum: an option's size is missing; it is left out"


def test_there_is_no_sum_where_one_open_interest_is_blank() -> None:
    found = quotes({**OPTION, "instrument_name": "BTC-25DEC26-95000-C"}, {**OPTION, "open_interest": None})
    assert live.names(found) == set()
    assert [one.open_interest for one in found if isinstance(one, OptionQuote)] == [120.5, None]


def test_an_option_that_stands_twice_is_counted_once_and_there_is_no_sum() -> None:
    found = quotes(OPTION, OPTION)
    assert [type(one).__name__ for one in found] == ["OptionQuote", "Flaw", "Flaw"]
    assert "stands twice" in str(found[1])


@pytest.mark.parametrize("key", ["options/BTC", "futures/ETH", "volumes", "funding/BTC"])
def test_an_empty_list_yields_nothing_and_no_sum_of_zero(key: str) -> None:
    assert live.parse(USE, key, result([])) == []


def test_a_book_speaks_of_its_own_moment_but_never_of_one_after_it_was_fetched() -> None:
    ahead = {**OPTION, "creation_timestamp": int(live.FETCHED.timestamp() * 1000) + 90_000}
    assert {one.at for one in quotes(ahead)} == {live.FETCHED}
    unstamped = {**OPTION, "creation_timestamp": None}
    assert {one.at for one in quotes(unstamped)} == {live.FETCHED}
    assert len(quotes(ahead)) == 2  # the sum is there too


# ---- futures ---------------------------------------------------------------------------------------------------------


def test_a_future_becomes_a_quote_in_dollars() -> None:
    (quote,) = quotes(FUTURE, key="futures/BTC")
    assert quote == FutureQuote(
        at=datetime(2026, 11, 16, 14, 16, tzinfo=UTC), asset="BTC", venue="deribit", instrument="BTC-25DEC26",
        expiry=datetime(2026, 12, 25, 8, tzinfo=UTC), mark=90_900.0, index=90_000.0, open_interest=41_000_010.0,
        volume=1_136_250.0, payload_id=quote.payload_id,
    )  # fmt: skip


def test_a_perpetual_has_no_expiry_and_its_open_interest_is_a_series() -> None:
    found = quotes(FUTURE, PERPETUAL, key="futures/BTC")
    assert (found[1].instrument, found[1].expiry) == ("BTC-PERPETUAL", None)
    assert [(one.series, one.value) for one in found if isinstance(one, Observation)] == [
        ("open_interest/BTC/deribit/deribit", 700_000_000.0)  # dollars as they stand, and the perpetual's alone
    ]


def test_coins_of_a_future_with_usdc_margin_become_dollars() -> None:
    linear = {**PERPETUAL, "instrument_name": "BTC_USDC-PERPETUAL", "open_interest": 250.5, "mark_price": 90_000.0}
    found = quotes(linear, key="futures/BTC")
    assert [one.open_interest for one in found] == [22_545_000.0]  # and the inverse perpetual's series is not there


@pytest.mark.parametrize(
    "change",
    [{"mark_price": None}, {"estimated_delivery_price": 0}, {"mark_price": -1}, {"instrument_name": "BTC-2DEC26-9-C"}],
)
def test_a_future_without_its_prices_is_left_out(change: dict[str, object]) -> None:
    found = quotes({**FUTURE, **change}, PERPETUAL, key="futures/BTC")
    assert [type(one).__name__ for one in found] == ["Flaw", "FutureQuote", "Observation"]


def test_an_unreported_open_interest_of_the_perpetual_is_not_zero() -> None:
    (quote,) = quotes({**PERPETUAL, "open_interest": None}, key="futures/BTC")
    assert quote.open_interest is None


# ---- asking ----------------------------------------------------------------------------------------------------------


def test_only_assets_with_books_of_their_own_are_asked_for() -> None:
    keys = [one.key for one in deribit.requests(live.WEEK, live.settings(USE))]
    assert keys == [
        f"{kind}/{asset}" for asset in ("BTC", "ETH") for kind in ("dvol", "funding", "options", "futures")
    ] + ["volumes"]
    assert deribit.requests(live.WEEK, live.settings(USE, assets=("SOL",))) == []
    assert list(deribit.provides(live.settings(USE, assets=("SOL",)))) == []


def test_what_stands_there_only_now_is_not_asked_of_older_weeks() -> None:
    requests = deribit.requests(live.WEEK, live.settings(USE))
    now = [one.key for one in requests if one.reach == timedelta(days=9) and one.period is None]
    assert now == ["options/BTC", "futures/BTC", "options/ETH", "futures/ETH", "volumes"]
    kinds = {measure: given.kind for measure, given in deribit.GIVES.items()}
    assert kinds["open_interest"] == Kind.SNAPSHOT


def test_each_question_is_answered_with_all_that_the_source_is_there_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)
    settings = live.settings(USE)
    found = [
        one
        for request in deribit.requests(live.WEEK, settings)
        for page in walk(request.key)
        for one in deribit.parse(page, settings)
    ]
    assert [str(one) for one in found if isinstance(one, Flaw)] == []
    assert {one.series for one in found if isinstance(one, Observation)} == set(deribit.provides(settings))
    assert {one.mark_iv is None for one in found if isinstance(one, OptionQuote)} == {True, False}
    assert {one.expiry is None for one in found if isinstance(one, FutureQuote)} == {True, False}


# ---- errors ----------------------------------------------------------------------------------------------------------


def error(code: object, message: str = "") -> bytes:
    return json.dumps({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "testnet": False}).encode()


@pytest.mark.parametrize("status", [200, 400, 429])
def test_too_many_questions_may_be_asked_again_whatever_the_status(status: int) -> None:
    fault = deribit.fault(status, error(10028, "too_many_requests"))
    assert fault is not None
    assert (fault.kind, fault.what, fault.retry) == ("limited", "asked too often (10028)", True)


@pytest.mark.parametrize(
    ("status", "body", "kind", "what", "retry"),
    [
        (400, error(-32602, "Invalid params"), "refused", "refused the question (-32602: Invalid params)", False),
        (200, error(-32602, "Invalid params"), "refused", "refused the question (-32602: Invalid params)", False),
        (200, error(11051, "system_maintenance"), "down", "closed for maintenance (11051)", False),
        (503, error(1, "x"), "down", "out of order (HTTP 503)", True),
        (403, b"", "blocked", "blocked from this address (HTTP 403)", False),
        (429, b"<html>", "limited", "asked too often (HTTP 429)", True),
        (200, b"<html><title>Deribit</title>", "page", "HTML where JSON was due", False),
        (400, error("x"), "refused", "refused the question (HTTP 400)", False),
    ],
)
def test_a_refusal_says_why(status: int, body: bytes, kind: str, what: str, retry: bool) -> None:
    fault = deribit.fault(status, body)
    assert fault is not None
    assert (fault.kind, fault.what, fault.retry) == (kind, what, retry)


@pytest.mark.parametrize("body", [result([]), {**result([]), "error": None}, [], "error", b'{"error": '])
def test_an_answer_without_an_error_is_none(body: object) -> None:
    assert deribit.fault(200, live.payload(USE, "volumes", body).body) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"<html>", [], {"jsonrpc": "2.0"}, result(None), result({}), result("no"), {**result([]), "error": {}}],
)
@pytest.mark.parametrize("key", ["options/BTC", "dvol/ETH", "funding/BTC", "volumes"])
def test_a_broken_answer_is_an_error_of_its_own(key: str, body: object) -> None:
    with pytest.raises(ParseError, match=rf"deribit: {key}: .*; it is left out"):
        live.parse(USE, key, body)


def test_the_made_up_provider_refuses_what_deribit_refuses() -> None:
    for path, query in (("/public/get_book_summary_by_currency", {"currency": "SOL", "kind": "option"}), ("/x", {})):
        refused = provider.answer(Question(USE, "GET", path, query, {}))
        assert (refused.status, deribit.fault(refused.status, refused.body) is not None) == (400, True)


# ---- recorded --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "name", "count"),
    [
        ("futures/BTC", "book_summary_future", 14),  # 13 quotes, and the perpetual's open interest
        ("funding/BTC", "funding_rate_history", 24),
        ("volumes", "trade_volumes", 4),
        ("dvol/BTC", "volatility_index", 15),
    ],
)
def test_a_recorded_answer_is_read(real_data: Path, key: str, name: str, count: int) -> None:
    one = live.at_any_time(live.payload(USE, key, live.recorded(real_data, f"deribit_recorded/{name}")))
    one = replace(one, fetched_at=datetime(2026, 9, 22, tzinfo=UTC))  # not after the expiries in it
    found = list(deribit.parse(one, live.settings(USE)))
    assert [str(each) for each in found if isinstance(each, Flaw)] == []
    assert len(found) == count


def test_recorded_options_are_read(real_data: Path) -> None:
    """The recording is of tickers, which have the names and fields of a book's summaries."""
    tickers = live.recorded(real_data, "deribit_recorded/option_tickers")["result"]
    one = live.payload(USE, "options/BTC", result(list(tickers.values())))
    found = list(deribit.parse(replace(one, fetched_at=datetime(2026, 9, 20, 22, tzinfo=UTC)), live.settings(USE)))
    bitcoin = {name: ticker for name, ticker in tickers.items() if name.startswith("BTC-")}
    read = {each.instrument: each for each in found if isinstance(each, OptionQuote)}
    assert {name: (each.mark_iv, each.forward) for name, each in read.items()} == {
        name: (ticker["mark_iv"], ticker["underlying_price"]) for name, ticker in bitcoin.items()
    }
    total = next(each for each in found if isinstance(each, Observation))
    assert total.value == pytest.approx(sum(ticker["open_interest"] for ticker in bitcoin.values()))
    assert len(found) == len(bitcoin) + 1


# ---- the made-up provider --------------------------------------------------------------------------------------------


def walk(key: str) -> Iterator[Payload]:
    """The pages that the made-up provider gives to a question."""
    settings = live.settings(USE)
    request: Request | None = live.asked(USE, key)
    while request is not None:
        path = request.url.removeprefix(settings.base_url)
        answer: Answer = provider.answer(Question(USE, request.method, path, dict(request.params), {}))
        assert answer.status == 200, answer.body
        page = replace(live.payload(USE, key, answer.body), request=request)
        yield page
        request = deribit.more(page, settings)


def moments(pages: list[Payload]) -> list[datetime]:
    """The moments of the observations on some pages; one that stands on two of them stands here twice."""
    parsed = (one for page in pages for one in deribit.parse(page, live.settings(USE)))
    return sorted(one.at for one in parsed if isinstance(one, Observation))
