from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.collect import binance, source
from reporter.collect import live as sources
from reporter.errors import ParseError
from reporter.model import Flaw, Observation, Payload, Request
from tests import live
from tests.live import FETCHED, WEEK, ms
from tests.providers import binance as provider
from tests.providers import market
from tests.providers.server import Question

CANDLE = [ms("2026-11-09"), "90000.0", "91000.5", "89000.0", "90500.0", "12.5", ms("2026-11-10") - 1, "1131250.75",
          9, "6", "543000", "0"]  # fmt: skip
OPEN_INTEREST = {"symbol": "BTCUSDT", "sumOpenInterest": "80000.5", "sumOpenInterestValue": "7200045000.25",
                 "timestamp": ms("2026-11-09")}  # fmt: skip
RATIO = {"symbol": "BTCUSDT", "longShortRatio": "1.5", "longAccount": "0.6", "shortAccount": "0.4",
         "timestamp": ms("2026-11-09")}  # fmt: skip
TAKERS = {"buySellRatio": "0.98", "buyVol": "98.0", "sellVol": "100.0", "timestamp": ms("2026-11-09")}
BASIS = {"indexPrice": "90000.0", "futuresPrice": "90540.0", "basis": "540.0", "basisRate": "0.0060",
         "annualizedBasisRate": "0.9999", "contractType": "CURRENT_QUARTER", "pair": "BTCUSDT",
         "timestamp": ms("2026-11-09")}  # fmt: skip


def settlement(stamp: int, rate: str = "0.00010000") -> dict[str, object]:
    return {"symbol": "BTCUSDT", "fundingRate": rate, "fundingTime": stamp, "markPrice": "90000.0"}


def said(request: Request) -> Payload:
    """What the provider on this machine answers to a question, as it would be kept."""
    path = request.url.removeprefix("https://fapi.binance.com")
    answer = provider.answer(Question("binance", request.method, path, request.params, request.headers))
    digest = hashlib.sha256(answer.body).hexdigest()
    return Payload(digest, request, FETCHED, answer.status, answer.media_type, answer.body)


# ---- candles ---------------------------------------------------------------------------------------------------------


def test_a_candle_becomes_the_turnover_in_dollars_and_the_close() -> None:
    at = "2026-11-09 00:00"
    assert live.values("binance", "candles/BTC", [CANDLE]) == {
        ("perp_volume/BTC/binance", at): 1_131_250.75,  # the eighth field, not the sixth, which is in coins
        ("perp_close/BTC/binance", at): 90_500.0,
    }


def test_a_day_in_progress_and_days_that_were_not_asked_for_are_left_out() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    rows = [[ms(day), *CANDLE[1:]] for day in ("2026-11-14", "2026-11-15", "2026-11-16", "2026-09-01")]
    found = live.parse("binance", "candles/BTC", rows, fetched=noon)
    assert {f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)} == {"11-14"}


def test_an_hour_becomes_the_price_of_the_perpetual_at_its_end() -> None:
    hour = [ms("2026-11-09 05:00"), *CANDLE[1:]]
    assert live.values("binance", "hours/BTC", [hour]) == {
        ("perp_close_hourly/BTC/binance", "2026-11-09 05:00"): 90_500.0
    }


def test_eight_days_of_hours_are_asked_for_and_one_in_progress_is_left_out() -> None:
    asked = live.asked("binance", "hours/BTC")
    assert (asked.params["interval"], asked.params["limit"]) == ("1h", "1500")
    assert (asked.params["startTime"], asked.params["endTime"]) == (str(ms("2026-11-08")), str(ms("2026-11-16") - 1))
    rows = [[ms(at), *CANDLE[1:]] for at in ("2026-11-15 10:00", "2026-11-15 11:00", "2026-11-16 00:00")]
    found = live.parse("binance", "hours/BTC", rows, fetched=datetime(2026, 11, 15, 11, 30, tzinfo=UTC))
    assert [f"{one.at:%d %H}" for one in found if isinstance(one, Observation)] == ["15 10"]


def test_a_contract_of_a_thousand_coins_is_turned_into_coins() -> None:
    changes: dict[str, Any] = {"assets": ("PEPE",), "symbols": {"PEPE": "1000PEPEUSDT"}}
    candle = [*CANDLE[:4], "0.0125", *CANDLE[5:]]
    found = live.values("binance", "candles/PEPE", [candle], **changes)
    found |= live.values("binance", "hours/PEPE", [candle], **changes)
    found |= live.values("binance", "open_interest/PEPE", [OPEN_INTEREST], **changes)
    assert {name.partition("/")[0]: value for (name, _), value in found.items()} == {
        "perp_volume": 1_131_250.75,
        "perp_close": pytest.approx(0.0000125),
        "perp_close_hourly": pytest.approx(0.0000125),
        "open_interest": 7_200_045_000.25,
        "open_interest_coins": pytest.approx(80_000_500.0),
    }


@pytest.mark.parametrize(("symbol", "asset"), [("1INCHUSDT", "1INCH"), ("BTCUSDC", "BTC"), ("LUNA2USDT", "LUNC")])
def test_a_contract_of_one_coin_is_taken_as_it_is(symbol: str, asset: str) -> None:
    found = live.values("binance", f"candles/{asset}", [CANDLE], assets=(asset,), symbols={asset: symbol})
    assert found[(f"perp_close/{asset}/binance", "2026-11-09 00:00")] == 90_500.0


# ---- funding ---------------------------------------------------------------------------------------------------------


def test_funding_is_a_fraction_and_stands_at_its_settlement_to_the_second() -> None:
    rows = [settlement(ms("2026-11-09 00:00") + 7), settlement(ms("2026-11-09 08:00") + 1, "-0.00003500")]
    assert live.values("binance", "funding/BTC", rows) == {
        ("funding/BTC/binance", "2026-11-09 00:00"): 0.0001,
        ("funding/BTC/binance", "2026-11-09 08:00"): -0.000035,
    }
    first, *_ = live.parse("binance", "funding/BTC", rows)
    assert isinstance(first, Observation)
    assert first.at == datetime(2026, 11, 9, tzinfo=UTC)  # not seven milliseconds after it


def test_a_settlement_just_after_the_start_of_the_period_is_in_it_and_one_at_its_end_is_not() -> None:
    rows = [settlement(ms("2026-10-12") + 3), settlement(ms("2026-11-16") + 2)]
    assert list(live.values("binance", "funding/BTC", rows)) == [("funding/BTC/binance", "2026-10-12 00:00")]


def test_a_blank_rate_is_left_out_and_is_no_zero() -> None:
    assert live.values("binance", "funding/BTC", [settlement(ms("2026-11-09"), "")]) == {}


@pytest.mark.parametrize(("hours", "settlements"), [(8, 12), (4, 12), (1, 12), (8, 1)])
def test_the_interval_of_funding_is_that_of_its_rows_and_eight_hours_where_they_do_not_tell(
    hours: int, settlements: int
) -> None:
    rows = [settlement(ms("2026-11-09") + count * hours * 3_600_000 + 5) for count in range(settlements)]
    found = [one for one in live.parse("binance", "funding/BTC", rows) if isinstance(one, Observation)]
    settings = live.settings("binance")
    (described,) = sources.series(settings, binance.LABEL, binance.TERMS, binance.GIVES, found)
    assert described.cadence == timedelta(hours=hours)


# ---- statistics ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "row", "expected"),
    [
        ("open_interest/BTC", OPEN_INTEREST, {"open_interest": 7_200_045_000.25, "open_interest_coins": 80_000.5}),
        ("accounts/BTC", RATIO, {"long_short_ratio": 1.5}),
        ("top_accounts/BTC", RATIO, {"top_account_ratio": 1.5}),
        ("top_positions/BTC", RATIO, {"top_position_ratio": 1.5}),
        ("takers/BTC", TAKERS, {"perp_taker_ratio": 0.98}),
    ],
)
def test_a_statistic_is_read_with_its_stamp_as_number_or_as_text(
    key: str, row: dict[str, Any], expected: dict[str, float]
) -> None:
    wanted = {(f"{measure}/BTC/binance", "2026-11-09 00:00"): value for measure, value in expected.items()}
    assert live.values("binance", key, [row]) == wanted
    assert live.values("binance", key, [{**row, "timestamp": str(row["timestamp"])}]) == wanted


def test_open_interest_at_the_very_end_of_the_week_is_read_and_a_taker_ratio_is_not() -> None:
    end = {"timestamp": ms("2026-11-16")}
    assert len(live.values("binance", "open_interest/BTC", [{**OPEN_INTEREST, **end}])) == 2
    assert live.values("binance", "takers/BTC", [{**TAKERS, **end}]) == {}


def test_statistics_are_asked_within_their_reach_until_the_last_hour_in_which_the_week_is_the_last() -> None:
    kept = [request for request in binance.requests(WEEK, live.settings("binance")) if "/futures/data/" in request.url]
    assert len(kept) == 3 * 5 + 2
    next_cut = WEEK.cut + timedelta(days=7)
    for request in kept:
        assert request.reach == timedelta(days=30)
        assert request.period
        assert next_cut - request.period.start < request.reach


def test_open_interest_comes_by_the_hour_alone_and_in_one_answer() -> None:
    kept = {request.key: request.params for request in binance.requests(WEEK, live.settings("binance"))
            if "/futures/data/" in request.url}  # fmt: skip
    by_hour = {key for key, params in kept.items() if params["period"] == "1h"}
    assert by_hour == {key for key in kept if key.startswith("open_interest/")}
    params = kept["open_interest/BTC"]
    assert (int(params["endTime"]) - int(params["startTime"])) // 3_600_000 + 1 <= int(params["limit"]) == 500
    found = live.parse("binance", "open_interest/BTC", [OPEN_INTEREST])
    settings = live.settings("binance")
    series = sources.series(settings, binance.LABEL, binance.TERMS, binance.GIVES, found)  # type: ignore[arg-type]
    assert {one.cadence for one in series} == {timedelta(hours=1)}


def test_keys_are_unique_and_the_same_in_every_week() -> None:
    settings = live.settings("binance")
    keys = [request.key for request in binance.requests(WEEK, settings)]
    assert len(set(keys)) == len(keys) == 3 * 8 + 2
    assert keys == [request.key for request in binance.requests(WEEK.shifted(-20), settings)]


# ---- basis -----------------------------------------------------------------------------------------------------------


def test_the_basis_is_annualised_to_the_quarterly_expiry_and_not_as_binance_does() -> None:
    # 25 December 08:00 is 46 1/3 days after 9 November: 0.006 * 365 / 46.333 = 0.047266
    found = live.values("binance", "basis/BTC", [BASIS])
    assert found == {("basis_quarter_apr/BTC/binance", "2026-11-09 00:00"): pytest.approx(0.0472662, abs=1e-7)}


def basis(future: str, rate: str, index: str = "90000.0") -> dict[str, object]:
    return {**BASIS, "futuresPrice": future, "indexPrice": index, "basisRate": rate}


def test_the_basis_is_that_of_the_prices_to_their_last_digit() -> None:
    # 90543.7 / 90000 - 1 = 0.00604111..., which the rate gives as 0.0060; x 365 / 46.3333 = 0.04759005
    ((_, value),) = live.values("binance", "basis/BTC", [basis("90543.7", "0.0060")]).items()
    assert value == pytest.approx(0.04759005, abs=1e-8)


@pytest.mark.parametrize(
    ("future", "rate"),
    [
        ("90548.9", "0.0061"),  # 0.0060989 rounded
        ("90548.9", "0.0060"),  # or cut off
        ("90549.0", "0.0060"),  # a digit apart to the very last
        ("89455.0", "-0.0061"),  # -0.0060556
        ("89455.0", "-0.0060"),
        ("90000.0", "0.0000"),
    ],
)
def test_a_rate_within_its_last_digit_agrees(future: str, rate: str) -> None:
    assert len(live.values("binance", "basis/BTC", [basis(future, rate)])) == 1


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (basis("90551.0", "0.0060"), "prices make a basis of 0.006122 where 0.006 is given"),
        (basis("90540.0", "0.0062"), "prices make a basis of 0.006000 where 0.0062 is given"),
        (basis("90540.0", "-0.0060"), "prices make a basis of 0.006000 where -0.006 is given"),
        (basis("90540.0", "0.6"), "prices make a basis of 0.006000 where 0.6 is given"),  # in per cent
        (basis("90540.0", "0.0060", "0.0"), "a future at 90540 over an index at 0"),
        (basis("-90540.0", "0.0060"), "a future at -90540 over an index at 90000"),
        ({key: value for key, value in BASIS.items() if key != "indexPrice"}, "no 'indexPrice'"),
    ],
)
def test_a_rate_that_its_prices_do_not_make_is_left_out(row: dict[str, object], what: str) -> None:
    assert live.flaws("binance", "basis/BTC", [row]) == [f"binance: basis/BTC: row 1: {what}; it is left out"]
    assert len(live.parse("binance", "basis/BTC", [row, {**BASIS, "timestamp": ms("2026-11-10")}])) == 2


@given(st.floats(0.01, 1e6), st.floats(-0.3, 0.3))
def test_whatever_the_prices_a_rate_that_they_make_agrees(index: float, rate: float) -> None:
    future = index * (1 + rate)
    ((_, value),) = live.values(
        "binance", "basis/BTC", [basis(repr(future), f"{future / index - 1:.4f}", repr(index))]
    ).items()
    assert value == pytest.approx((future / index - 1) * 365 / (46 + 1 / 3), rel=1e-9, abs=1e-12)


def test_a_future_below_its_index_has_a_negative_basis() -> None:
    ((_, value),) = live.values("binance", "basis/BTC", [basis("89460.0", "-0.0060")]).items()
    assert value == pytest.approx(-0.0472662, abs=1e-7)


@pytest.mark.parametrize("blank", ["basisRate", "futuresPrice", "indexPrice"])
def test_a_basis_with_a_blank_is_none(blank: str) -> None:
    assert live.values("binance", "basis/BTC", [{**BASIS, blank: ""}]) == {}


@pytest.mark.parametrize(
    ("at", "expiry"),
    [
        ("2025-10-01 00:00", "2025-12-26 08:00"),
        ("2026-01-01 00:00", "2026-03-27 08:00"),
        ("2026-03-27 07:59", "2026-03-27 08:00"),
        ("2026-03-27 08:00", "2026-06-26 08:00"),  # from then on the next contract is the current one
        ("2026-11-09 00:00", "2026-12-25 08:00"),
        ("2026-12-26 00:00", "2027-03-26 08:00"),
        ("2027-12-30 00:00", "2027-12-31 08:00"),  # the last day of the year is a Friday
        ("2028-02-29 00:00", "2028-03-31 08:00"),
    ],
)
def test_the_current_quarter_ends_on_the_last_friday_of_its_last_month(at: str, expiry: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert binance.quarterly_expiry(moment) == datetime.fromisoformat(expiry).replace(tzinfo=UTC)


def test_a_basis_within_seven_days_of_the_expiry_is_left_out() -> None:
    rows = [{**BASIS, "timestamp": ms(f"2026-12-{day}")} for day in (17, 18, 19, 24, 25, 26)]
    payload = live.at_any_time(live.payload("binance", "basis/BTC", rows))
    found = binance.parse(payload, live.settings("binance"))
    # 18 December 00:00 is 7 1/3 days before the expiry; 26 December is three months before the next one
    assert [one.at.day for one in found if isinstance(one, Observation)] == [17, 18, 26]


def test_the_basis_is_asked_and_promised_only_where_there_are_quarterlies() -> None:
    settings = live.settings("binance", quarterlies=("BTC",))
    assert [r.key for r in binance.requests(WEEK, settings) if r.key.startswith("basis")] == ["basis/BTC"]
    promised = set(binance.provides(settings))
    assert {name for name in promised if "basis" in name} == {"basis_quarter_apr/BTC/binance/binance"}
    assert len(promised) == 3 * 10 + 1


# ---- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["candles", "hours", "funding", "open_interest", "accounts", "takers", "basis"])
def test_an_empty_list_yields_nothing(key: str) -> None:
    assert live.parse("binance", f"{key}/BTC", []) == []


def test_a_row_that_cannot_be_used_is_named_and_the_others_stay() -> None:
    rows = [RATIO, {"timestamp": ms("2026-11-10")}, {**RATIO, "timestamp": 1}, {**RATIO, "longShortRatio": "NaN"}, None]
    assert live.flaws("binance", "accounts/BTC", rows) == [
        "binance: accounts/BTC: row 2: no 'longShortRatio'; it is left out",
        "binance: accounts/BTC: row 3: 1 is no time of this market: 1970-01-01; it is left out",
        "binance: accounts/BTC: row 4: 'NaN' is no number; it is left out",
        "binance: accounts/BTC: row 5: 'NoneType' object is not subscriptable; it is left out",
    ]
    assert len([one for one in live.parse("binance", "accounts/BTC", rows) if isinstance(one, Observation)]) == 1


def test_an_answer_that_was_cut_off_is_a_parse_error() -> None:
    with pytest.raises(ParseError, match=r"binance: funding/BTC: the answer is no JSON from byte \d+ on; was it cut"):
        live.parse("binance", "funding/BTC", json.dumps([settlement(ms("2026-11-09"))]).encode()[:-9])


def test_an_unknown_symbol_is_a_fault_of_its_question_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", FETCHED.timestamp)
    settings = live.settings("binance", assets=("BTC", "NOPE"))
    answers = {request.key: said(request) for request in binance.requests(WEEK, settings)}
    faults = {key: binance.fault(one.status, one.body) for key, one in answers.items()}
    refused = faults["candles/NOPE"]
    assert refused and (refused.kind, refused.what, refused.retry) == (
        "refused", "refused the question (HTTP 400: Invalid symbol.)", False
    )  # fmt: skip
    assert {key for key, fault in faults.items() if fault} == {key for key in answers if key.endswith("NOPE")}


def test_an_error_under_http_200_is_a_fault_and_rows_are_none() -> None:
    unknown = binance.fault(200, b'{"code": -1121, "msg": "Invalid symbol."}')
    often = binance.fault(200, b'{"code": -1003, "msg": "Too many requests."}')
    assert unknown and (unknown.what, unknown.retry) == ("refused the question: Invalid symbol.", False)
    assert often and (often.kind, often.retry) == ("limited", True)
    assert [binance.fault(200, body) for body in (b"[]", b'[{"code": 1}]', b"{", b"{}", b'{"code": 1}')] == [None] * 5


def test_a_block_by_address_is_final_and_a_ban_for_asking_too_often_is_not() -> None:
    blocked = b'{"code": 0, "msg": "Service unavailable from a restricted location."}'
    found = [binance.fault(status, blocked) for status in (451, 403, 418, 429, 503)]
    assert [(one.kind, one.retry) for one in found if one] == [
        ("blocked", False), ("blocked", False), ("limited", True), ("limited", True), ("down", True)
    ]  # fmt: skip


# ---- a whole week ----------------------------------------------------------------------------------------------------


def test_every_question_of_a_week_is_answered_and_gives_what_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", FETCHED.timestamp)
    settings = live.settings("binance")
    answers = [said(request) for request in binance.requests(WEEK, settings)]
    assert [binance.fault(one.status, one.body) for one in answers] == [None] * len(answers)
    found = [one for answer in answers for one in binance.parse(answer, settings)]
    assert [str(one) for one in found if isinstance(one, Flaw)] == []
    observations = [one for one in found if isinstance(one, Observation)]
    assert {one.series for one in observations} == set(binance.provides(settings))
    rows = {
        measure: [one for one in observations if one.series == f"{measure}/BTC/binance/binance"]
        for measure in binance.GIVES
    }
    assert {measure: len(found) for measure, found in rows.items()} == {
        "perp_volume": 35, "perp_close": 35, "perp_close_hourly": 8 * 24, "funding": 105,
        "open_interest": 20 * 24 + 1, "open_interest_coins": 20 * 24 + 1,
        "long_short_ratio": 22, "top_account_ratio": 22, "top_position_ratio": 22, "perp_taker_ratio": 21,
        "basis_quarter_apr": 22,
    }  # fmt: skip
    last, at = {measure: found[-1].value for measure, found in rows.items()}, WEEK.end.timestamp()
    assert last["open_interest"] == pytest.approx(last["open_interest_coins"] * market.price("BTC", at))
    assert last["funding"] == pytest.approx(market.funding("BTC", "binance", at - 8 * 3600), abs=1e-8)
    ratios = {"long_short_ratio": "binance", "top_account_ratio": "binance top accounts",
              "top_position_ratio": "binance largest positions"}  # fmt: skip
    assert len({last[measure] for measure in ratios}) == 3  # three endpoints, none mistaken for another
    assert {measure: last[measure] for measure in ratios} == pytest.approx(
        {measure: market.ratio("BTC", venue, at) for measure, venue in ratios.items()}, abs=0.0001
    )
    # a price of one decimal 39 days before the expiry: 0.05 / price * 365 / 39
    tick = 0.05 / market.price("BTC", at) * 365 / 39
    assert last["basis_quarter_apr"] == pytest.approx(provider.annual_basis("BTC", at), abs=tick)


def test_statistics_older_than_thirty_days_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", (FETCHED + timedelta(days=10)).timestamp)
    answer = said(live.asked("binance", "open_interest/BTC"))
    refused = binance.fault(answer.status, answer.body)
    assert refused and refused.what == "refused the question (HTTP 400: parameter 'startTime' is invalid.)"


# ---- recorded answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "name", "measures"),
    [
        ("candles", "klines", {"perp_volume", "perp_close"}),
        ("funding", "funding_rate", {"funding"}),
        ("open_interest", "open_interest_historical", {"open_interest", "open_interest_coins"}),
        ("accounts", "global_long_short_account_ratio", {"long_short_ratio"}),
        ("top_accounts", "top_long_short_account_ratio", {"top_account_ratio"}),
        ("top_positions", "top_long_short_position_ratio", {"top_position_ratio"}),
        ("takers", "taker_long_short_ratio", {"perp_taker_ratio"}),
    ],
)
def test_a_recorded_answer_is_read(real_data: Path, key: str, name: str, measures: set[str]) -> None:
    rows = live.recorded(real_data, f"exchange_samples/binance__http_futures_market_{name}")
    one = live.at_any_time(live.payload("binance", f"{key}/BTC", rows))
    found = list(source("binance").parse(one, live.settings("binance")))
    assert [str(each) for each in found if isinstance(each, Flaw)] == []
    assert live.names(found) == {f"{measure}/BTC/binance" for measure in measures}
    assert len(found) == len(rows) * len(measures)


def test_the_samples_of_the_newer_form_are_read(real_data: Path) -> None:
    samples = live.recorded(real_data, "exchange_samples/binance__data_endpoints_samples")
    for key, name, measure in (
        ("open_interest/BTC", "openInterestHist", "open_interest"),
        ("accounts/BTC", "globalLongShortAccountRatio", "long_short_ratio"),
    ):
        one = live.at_any_time(live.payload("binance", key, samples[name]))
        assert f"{measure}/BTC/binance" in live.names(list(binance.parse(one, live.settings("binance"))))
    blocked = binance.fault(451, json.dumps(samples["geo_block_HTTP_451"]).encode())
    assert blocked and blocked.what == "blocked from this address (HTTP 451)"
