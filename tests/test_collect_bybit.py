from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from reporter.collect import bybit, described, source
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Kind, Observation, Payload, Request
from tests import live
from tests.live import ms
from tests.providers import bybit as fake
from tests.providers import market
from tests.providers.server import Question

DAY = [str(ms("2026-11-09")), "90000", "91000.5", "89000", "90500", "12.5", "1131250.75"]
OPEN = {"openInterest": "84000.5", "singleOpenInterest": "42000.25", "timestamp": str(ms("2026-11-09"))}
RATIO = {"symbol": "BTCUSDT", "buyRatio": "0.6", "sellRatio": "0.4", "timestamp": str(ms("2026-11-09"))}
RATE = {"symbol": "BTCUSDT", "fundingRate": "-0.000125", "fundingRateTimestamp": str(ms("2026-11-09 08:00"))}
SETTINGS = live.settings("bybit")


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's clock stands at the Monday after the week."""
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)


def enveloped(rows: Sequence[object], **rest: object) -> dict[str, object]:
    return {"retCode": 0, "retMsg": "OK", "result": {**rest, "list": rows}, "retExtInfo": {}, "time": 1}


def values(key: str, *rows: object, **changes: Any) -> dict[tuple[str, str], float]:
    return live.values("bybit", key, enveloped(rows), **changes)


def fault(status: int, body: object) -> Fault:
    found = bybit.fault(status, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert found is not None
    return found


def fetched(request: Request) -> Payload:
    """What the provider on this machine answers, its parameters having gone through an address."""
    query = dict(parse_qsl(urlencode(request.params)))
    question = Question("bybit", request.method, request.url.removeprefix(SETTINGS.base_url), query, {})
    got = fake.answer(question)
    assert bybit.fault(got.status, got.body) is None, got.body
    return Payload(hashlib.sha256(got.body).hexdigest(), request, live.FETCHED, got.status, got.media_type, got.body)


def pages(request: Request) -> list[Payload]:
    found = [fetched(request)]
    while (following := bybit.more(found[-1], SETTINGS)) is not None:
        assert len(found) < 20
        assert (following.key, following.period) == (request.key, request.period)
        found.append(fetched(following))
    return found


def moments(found: Sequence[Payload]) -> list[datetime]:
    rows = [one for payload in found for one in bybit.parse(payload, SETTINGS)]
    assert not any(isinstance(one, Flaw) for one in rows)
    return [one.at for one in rows if isinstance(one, Observation)]


# ---- ordinary rows ---------------------------------------------------------------------------------------------------


def test_a_spot_candle_becomes_prices_and_the_turnover_in_dollars() -> None:
    at = "2026-11-09 00:00"
    assert values("spot/BTC", DAY) == {
        ("price_open/BTC/bybit", at): 90_000.0,
        ("price_high/BTC/bybit", at): 91_000.5,
        ("price_low/BTC/bybit", at): 89_000.0,
        ("price_close/BTC/bybit", at): 90_500.0,
        ("spot_volume/BTC/bybit", at): 1_131_250.75,  # the seventh field, not the sixth, which is in coins
    }


def test_a_perpetuals_candle_becomes_its_close_and_its_turnover() -> None:
    at = "2026-11-09 00:00"
    assert values("perpetual/BTC", DAY) == {
        ("perp_close/BTC/bybit", at): 90_500.0,
        ("perp_volume/BTC/bybit", at): 1_131_250.75,
    }


def test_a_settlement_is_a_fraction_stamped_when_it_was_settled() -> None:
    assert values("funding/BTC", RATE) == {("funding/BTC/bybit", "2026-11-09 08:00"): -0.000125}


def test_the_ratio_of_accounts_is_those_long_over_those_short() -> None:
    assert values("accounts/BTC", RATIO) == {("long_short_ratio/BTC/bybit", "2026-11-09 00:00"): 0.6 / 0.4}


def test_spot_and_perpetual_are_asked_for_by_their_category() -> None:
    asked = {key: live.asked("bybit", f"{key}/ETH").params["category"] for key in ("spot", "perpetual", "funding")}
    assert asked == {"spot": "spot", "perpetual": "linear", "funding": "linear"}


# ---- traps -----------------------------------------------------------------------------------------------------------


def test_open_interest_is_that_of_one_side() -> None:
    assert values("open_interest/BTC", OPEN) == {("open_interest_coins/BTC/bybit", "2026-11-09 00:00"): 42_000.25}


@pytest.mark.parametrize("missing", [{}, {"singleOpenInterest": ""}, {"singleOpenInterest": None}])
def test_open_interest_of_both_sides_alone_says_nothing(missing: dict[str, object]) -> None:
    both = {name: OPEN[name] for name in ("openInterest", "timestamp")}
    assert values("open_interest/BTC", {**both, **missing}) == {}


def test_funding_is_never_asked_for_with_a_start_and_no_end() -> None:
    first = live.asked("bybit", "funding/BTC")
    rows = enveloped([RATE])
    second = bybit.more(live.payload("bybit", "funding/BTC", rows), SETTINGS)
    assert second is not None
    for params in (first.params, second.params):
        assert int(params["startTime"]) == ms("2026-10-12") < int(params["endTime"]) < ms("2026-11-16")


def test_a_contract_of_many_coins_is_turned_into_coins() -> None:
    small = {"assets": ("PEPE", "SHIB"), "symbols": {"PEPE": "1000PEPEUSDT", "SHIB": "SHIB1000USDT"}}
    row = [DAY[0], "0.02", "0.02", "0.02", "0.02", "9", "400"]
    assert values("perpetual/PEPE", row, **small) == {
        ("perp_close/PEPE/bybit", "2026-11-09 00:00"): pytest.approx(0.000_02),
        ("perp_volume/PEPE/bybit", "2026-11-09 00:00"): 400.0,
    }
    assert values("open_interest/SHIB", OPEN, **small) == {
        ("open_interest_coins/SHIB/bybit", "2026-11-09 00:00"): 42_000_250.0
    }


def test_a_day_in_progress_is_left_out() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    rows = [[str(ms(day)), *DAY[1:]] for day in ("2026-11-15", "2026-11-14")]
    found = live.parse("bybit", "spot/BTC", enveloped(rows), fetched=noon)
    assert {f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)} == {"11-14"}


def test_open_interest_at_the_very_end_of_the_period_is_kept_and_funding_there_is_not() -> None:
    end = str(ms("2026-11-16"))
    assert len(values("open_interest/BTC", {**OPEN, "timestamp": end})) == 1
    assert values("funding/BTC", {**RATE, "fundingRateTimestamp": end}) == {}


@pytest.mark.parametrize("shares", [("1", "0"), ("0.5", "-0.5"), ("-0.5", "0.5"), ("", "0.4"), ("0.6", None)])
def test_a_ratio_that_cannot_be_is_named_and_left_out(shares: tuple[object, object]) -> None:
    row = {**RATIO, "buyRatio": shares[0], "sellRatio": shares[1]}
    found = live.parse("bybit", "accounts/BTC", enveloped([row]))
    assert [str(one).partition(": row 1")[0] for one in found] == ["bybit: accounts/BTC"]


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_everything_is_asked_and_read_from_the_provider_on_this_machine(clocked: None) -> None:
    found = [page for request in bybit.requests(live.WEEK, SETTINGS) for page in pages(request)]
    rows = [one for page in found for one in bybit.parse(page, SETTINGS)]
    assert {one.series for one in rows if isinstance(one, Observation)} == set(bybit.provides(SETTINGS))
    assert len(found) == 15  # five questions an asset, of one page each


def test_older_settlements_follow_until_the_period_is_covered(clocked: None) -> None:
    small = live.asked("bybit", "funding/BTC")
    found = pages(replace(small, params={**small.params, "limit": "40"}))
    times = moments(found)
    assert len(found) == 3  # 105 settlements, 40 at once
    assert len(times) == len(set(times)) == 105
    assert (min(times), max(times)) == (datetime(2026, 10, 12, tzinfo=UTC), datetime(2026, 11, 15, 16, tzinfo=UTC))


@pytest.mark.parametrize("key", ["open_interest/BTC", "accounts/ETH"])
def test_cursors_are_followed_until_the_period_is_covered(key: str, clocked: None) -> None:
    small = live.asked("bybit", key)
    found = pages(replace(small, params={**small.params, "limit": "10"}))
    times = moments(found)
    assert len(found) == 4  # 36 midnights, ten at once
    assert len(times) == len(set(times)) == 36
    assert (min(times), max(times)) == (datetime(2026, 10, 12, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))


def test_a_cursor_is_sent_as_it_came_and_not_encoded_twice() -> None:
    body = enveloped([OPEN], nextPageCursor="lastid%3D7%26lasttime%3D1794182400")
    following = bybit.more(live.payload("bybit", "open_interest/BTC", body), SETTINGS)
    assert following is not None
    assert "cursor=lastid%3D7%26lasttime%3D1794182400" in urlencode(following.params)


@pytest.mark.parametrize(
    "body",
    [
        enveloped([], nextPageCursor="lastid%3D0%26lasttime%3D0"),
        enveloped([OPEN], nextPageCursor=""),
        enveloped([OPEN]),
        enveloped([OPEN], nextPageCursor=7),
        enveloped([{**OPEN, "timestamp": str(ms("2026-10-12"))}], nextPageCursor="lastid%3D7"),
        {"retCode": 10006, "retMsg": "Too many visits!", "result": {}},
        b"<html>",
    ],
    ids=["empty", "blank cursor", "no cursor", "a number", "covered", "an error", "a page"],
)
def test_there_is_no_next_page(body: object) -> None:
    assert bybit.more(live.payload("bybit", "open_interest/BTC", body), SETTINGS) is None


def test_candles_fit_into_one_answer() -> None:
    body = enveloped([OPEN], nextPageCursor="lastid%3D7")
    assert bybit.more(live.payload("bybit", "spot/BTC", body), SETTINGS) is None


def test_a_provider_that_repeats_itself_is_not_followed_for_ever() -> None:
    cursor = live.payload("bybit", "open_interest/BTC", enveloped([OPEN], nextPageCursor="again"))
    following = bybit.more(cursor, SETTINGS)
    assert following is not None
    assert bybit.more(replace(cursor, request=following), SETTINGS) is None
    funding = live.payload("bybit", "funding/BTC", enveloped([RATE]))
    earlier = bybit.more(funding, SETTINGS)
    assert earlier is not None
    assert bybit.more(replace(funding, request=earlier), SETTINGS) is None


def test_a_row_that_cannot_be_read_does_not_stop_the_pages() -> None:
    following = bybit.more(live.payload("bybit", "funding/BTC", enveloped([{}, None, 7, RATE])), SETTINGS)
    assert following is not None
    assert following.params["endTime"] == str(ms("2026-11-09 08:00") - 1)


# ---- what is wrong ---------------------------------------------------------------------------------------------------


def test_a_row_that_cannot_be_used_is_named_and_the_others_stay() -> None:
    assert live.flaws("bybit", "spot/BTC", enveloped([DAY, DAY[:4], {}])) == [
        "bybit: spot/BTC: row 2: too short; it is left out",
        "bybit: spot/BTC: row 3: no 0; it is left out",
    ]


def test_an_empty_list_yields_nothing() -> None:
    assert values("spot/BTC") == values("funding/BTC") == values("open_interest/BTC") == values("accounts/BTC") == {}


@pytest.mark.parametrize("body", [{"retCode": 10001, "retMsg": "params error", "result": {}}, [], None, b"{", b""])
def test_another_form_is_not_read(body: object) -> None:
    with pytest.raises(ParseError, match=r"^bybit: spot/BTC: .*; it is left out$"):
        live.parse("bybit", "spot/BTC", body)


def test_success_is_no_fault() -> None:
    assert bybit.fault(200, json.dumps(enveloped([])).encode()) is None
    assert bybit.fault(200, b"cut off {") is None  # `parse` says so


def test_too_many_questions_may_be_put_again() -> None:
    found = fault(200, {"retCode": 10006, "retMsg": "Too many visits!", "result": {}})
    assert found == Fault("limited", "asked too often (10006 Too many visits!)", retry=True)


def test_a_block_by_compliance_or_by_address_is_final() -> None:
    compliance = fault(200, {"retCode": 10024, "retMsg": "Compliance rules triggered", "result": {}})
    assert (compliance.kind, compliance.retry) == ("blocked", False)
    assert fault(403, b"<html>The request could not be satisfied") == Fault(
        "blocked", "blocked from this address (HTTP 403)"
    )


def test_a_ban_for_asking_too_often_is_no_block_and_is_not_hammered() -> None:
    found = fault(403, b"403, access too frequent. ")
    assert (found.kind, found.retry) == ("limited", False)


def test_other_errors_refuse_the_question_in_the_providers_words() -> None:
    found = fault(200, {"retCode": 10001, "retMsg": "params error: Symbol Is Invalid", "result": {}})
    assert found == Fault("refused", "refused the question (10001 params error: Symbol Is Invalid)")


def test_the_provider_on_this_machine_refuses_a_start_without_an_end(clocked: None) -> None:
    params = {k: v for k, v in live.asked("bybit", "funding/BTC").params.items() if k != "endTime"}
    got = fake.answer(Question("bybit", "GET", "/v5/market/funding/history", params, {}))
    assert (got.status, fault(got.status, got.body).kind) == (200, "refused")


# ---- recorded --------------------------------------------------------------------------------------------------------


def test_recorded_answers_are_read(real_data: Path) -> None:
    both = live.recorded(real_data, "exchange_samples/bybit__open_interest_account_ratio")
    bodies = {
        "funding/BTC": live.recorded(real_data, "exchange_samples/bybit__http_get_funding_history"),
        "open_interest/BTC": both["open-interest"],
        "accounts/BTC": both["account-ratio"],
    }
    read = {
        key: list(bybit.parse(live.at_any_time(live.payload("bybit", key, body)), SETTINGS))
        for key, body in bodies.items()
    }
    for key, body in bodies.items():
        assert len(read[key]) == len(body["result"]["list"]) > 0
        assert all(isinstance(one, Observation) for one in read[key])
    halves = [float(row["openInterest"]) / 2 for row in bodies["open_interest/BTC"]["result"]["list"]]
    assert [one.value for one in read["open_interest/BTC"] if isinstance(one, Observation)] == pytest.approx(halves)


def test_a_recorded_candle_is_read(real_data: Path) -> None:
    body = live.recorded(real_data, "exchange_samples/bybit__http_get_klines_linear")
    found = bybit.parse(live.at_any_time(live.payload("bybit", "perpetual/BTC", body)), SETTINGS)
    assert live.names(list(found)) == {"perp_close/BTC/bybit", "perp_volume/BTC/bybit"}


def test_open_interest_is_an_instant_of_each_day() -> None:
    found = live.parse("bybit", "open_interest/BTC", enveloped([OPEN]))
    series = described(source("bybit"), SETTINGS, [one for one in found if isinstance(one, Observation)])
    assert [(one.kind, one.cadence.days) for one in series] == [(Kind.INSTANT, 1)]
