from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporter.collect import described, okx, source
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Kind, Observation, Payload, Request
from tests import live
from tests.live import ms
from tests.providers import market
from tests.providers import okx as fake
from tests.providers.server import Question

DAY = [str(ms("2026-11-09")), "90000", "91000.5", "89000", "90500", "1250", "12.5", "1131250.75", "1"]
RATE = {
    "instType": "SWAP",
    "instId": "BTC-USDT-SWAP",
    "fundingRate": "0.0009",
    "realizedRate": "0.0001",
    "fundingTime": str(ms("2026-11-09 08:00")),
}
OPEN = [str(ms("2026-11-09 05:00")), "2500000000.5", "90000000"]
RATIO = [str(ms("2026-11-09 05:00")), "1.25"]
SETTINGS = live.settings("okx")
START = datetime(2026, 10, 12, tzinfo=UTC)


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's clock stands at the Monday after the week."""
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)


def enveloped(*rows: object) -> dict[str, object]:
    return {"code": "0", "msg": "", "data": list(rows)}


def values(key: str, *rows: object, **changes: Any) -> dict[tuple[str, str], float]:
    return live.values("okx", key, enveloped(*rows), **changes)


def fault(status: int, body: object) -> Fault:
    found = okx.fault(status, json.dumps(body).encode())
    assert found is not None
    return found


def fetched(request: Request) -> Payload:
    """What the provider on this machine answers."""
    path = request.url.removeprefix(SETTINGS.base_url)
    got = fake.answer(Question("okx", request.method, path, request.params, {}))
    assert okx.fault(got.status, got.body) is None, got.body
    return Payload(hashlib.sha256(got.body).hexdigest(), request, live.FETCHED, got.status, got.media_type, got.body)


def pages(request: Request) -> list[Payload]:
    found = [fetched(request)]
    while (following := okx.more(found[-1], SETTINGS)) is not None:
        assert len(found) < 20
        assert (following.key, following.period) == (request.key, request.period)
        found.append(fetched(following))
    return found


def moments(found: Sequence[Payload]) -> list[datetime]:
    rows = [one for payload in found for one in okx.parse(payload, SETTINGS)]
    assert not any(isinstance(one, Flaw) for one in rows)
    return [one.at for one in rows if isinstance(one, Observation)]


# ---- ordinary rows ---------------------------------------------------------------------------------------------------


def test_a_spot_candle_becomes_prices_and_the_turnover_in_dollars() -> None:
    at = "2026-11-09 00:00"
    assert values("spot/BTC", DAY) == {
        ("price_open/BTC/okx", at): 90_000.0,
        ("price_high/BTC/okx", at): 91_000.5,
        ("price_low/BTC/okx", at): 89_000.0,
        ("price_close/BTC/okx", at): 90_500.0,
        ("spot_volume/BTC/okx", at): 1_131_250.75,  # the eighth field; the sixth is in contracts, the seventh in coins
    }


def test_a_perpetuals_candle_becomes_its_close_and_its_turnover() -> None:
    at = "2026-11-09 00:00"
    assert values("perpetual/BTC", DAY) == {
        ("perp_close/BTC/okx", at): 90_500.0,
        ("perp_volume/BTC/okx", at): 1_131_250.75,
    }


def test_an_hour_becomes_the_price_of_the_perpetual_at_its_end(clocked: None) -> None:
    at = "2026-11-09 05:00"
    assert values("hours/BTC", [str(ms(at)), *DAY[1:]]) == {("perp_close_hourly/BTC/okx", at): 90_500.0}
    found = pages(live.asked("okx", "hours/BTC"))
    assert [len(json.loads(page.body)["data"]) for page in found] == [100, 92]  # eight days, a hundred hours a page


def test_open_interest_is_in_dollars_at_each_hour() -> None:
    assert values("open_interest/BTC", OPEN) == {("open_interest/BTC/okx", "2026-11-09 05:00"): 2_500_000_000.5}
    found = live.parse("okx", "open_interest/BTC", enveloped(OPEN))
    series = described(source("okx"), SETTINGS, [one for one in found if isinstance(one, Observation)])
    assert [(one.kind, one.cadence) for one in series] == [(Kind.INSTANT, timedelta(hours=1))]


def test_the_ratio_of_accounts_is_read() -> None:
    assert values("accounts/BTC", RATIO) == {("long_short_ratio/BTC/okx", "2026-11-09 05:00"): 1.25}


def test_spot_and_perpetual_are_asked_for_by_their_names() -> None:
    names = {key: live.asked("okx", f"{key}/ETH").params["instId"] for key in ("spot", "perpetual", "hours", "funding")}
    assert names.pop("spot") == "ETH-USDT"
    assert set(names.values()) == {"ETH-USDT-SWAP"}
    other = live.asked("okx", "perpetual/ETH", symbols={"ETH": "ETH-USDC"})
    assert other.params["instId"] == "ETH-USDC-SWAP"


# ---- traps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["spot/BTC", "perpetual/BTC"])
def test_days_of_utc_are_asked_for_and_not_those_of_hong_kong(key: str, clocked: None) -> None:
    asked = live.asked("okx", key)
    assert asked.params["bar"] == "1Dutc"
    assert {at.hour for at in moments([fetched(asked)])} == {0}
    hong_kong = fetched(replace(asked, params={**asked.params, "bar": "1D"}))
    assert {at.hour for at in moments([hong_kong])} == {16}  # what a plain 1D would have given


def test_the_realized_rate_is_read_and_not_the_predicted_one() -> None:
    assert values("funding/BTC", RATE) == {("funding/BTC/okx", "2026-11-09 08:00"): 0.0001}
    assert values("funding/BTC", {**RATE, "realizedRate": ""}) == {}
    predicted = {name: cell for name, cell in RATE.items() if name != "realizedRate"}
    assert live.flaws("okx", "funding/BTC", enveloped(predicted)) == [
        "okx: funding/BTC: row 1: no 'realizedRate'; it is left out"
    ]


def test_a_candle_that_is_not_confirmed_is_left_out() -> None:
    assert values("spot/BTC", [*DAY[:8], "0"]) == {}
    assert live.flaws("okx", "spot/BTC", enveloped([*DAY[:8], ""], DAY[:8])) == [
        "okx: spot/BTC: row 1: a candle that does not say whether it is final; it is left out",
        "okx: spot/BTC: row 2: too short; it is left out",
    ]


def test_a_day_in_progress_is_left_out_even_where_it_is_called_final() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    rows = [[str(ms(day)), *DAY[1:]] for day in ("2026-11-15", "2026-11-14")]
    found = live.parse("okx", "perpetual/BTC", enveloped(*rows), fetched=noon)
    assert {f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)} == {"11-14"}


@pytest.mark.parametrize(
    ("key", "bounds", "ends", "rows"),
    [
        ("spot/BTC", ("before", "after"), ("2026-10-12 00:00", "2026-11-15 00:00"), 35),
        ("hours/BTC", ("before", "after"), ("2026-11-08 00:00", "2026-11-15 23:00"), 192),
        ("funding/BTC", ("before", "after"), ("2026-10-12 00:00", "2026-11-15 16:00"), 105),
        ("open_interest/BTC", ("begin", "end"), ("2026-10-26 00:00", "2026-11-16 00:00"), 505),
        ("accounts/BTC", ("begin", "end"), ("2026-10-26 00:00", "2026-11-16 00:00"), 505),
    ],
)
def test_bounds_exclude_what_they_name_and_no_moment_is_lost(
    key: str, bounds: tuple[str, str], ends: tuple[str, str], rows: int, clocked: None
) -> None:
    asked = live.asked("okx", key)
    assert int(asked.params[bounds[0]]) < ms(ends[0])
    assert int(asked.params[bounds[1]]) > ms(ends[1])
    times = sorted(set(moments(pages(asked))))
    assert (f"{times[0]:%Y-%m-%d %H:%M}", f"{times[-1]:%Y-%m-%d %H:%M}") == ends
    assert len(times) == rows


def test_statistics_are_asked_no_further_back_than_they_are_kept() -> None:
    sunday = live.WEEK.end + timedelta(days=7)  # the last day on which the week is the latest one
    for key in ("open_interest/BTC", "accounts/BTC"):
        asked = live.asked("okx", key)
        assert asked.period is not None
        assert asked.reach == timedelta(days=30)
        assert asked.period.start >= sunday - asked.reach
    assert live.asked("okx", "funding/BTC").reach == timedelta(days=90)


def test_the_withdrawn_list_of_liquidations_is_not_asked_for() -> None:
    assert not [one.url for one in okx.requests(live.WEEK, SETTINGS) if "liquidation" in one.url]
    assert not [one for one in okx.provides(SETTINGS) if one.startswith("liquidations")]


def test_the_slowest_limit_sets_the_pace() -> None:
    assert SETTINGS.pace_seconds == 0.4  # five statistics in two seconds


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_everything_is_asked_and_read_from_the_provider_on_this_machine(clocked: None) -> None:
    found = [page for request in okx.requests(live.WEEK, SETTINGS) for page in pages(request)]
    rows = [one for page in found for one in okx.parse(page, SETTINGS)]
    assert {one.series for one in rows if isinstance(one, Observation)} == set(okx.provides(SETTINGS))


def test_older_settlements_follow_until_the_period_is_covered(clocked: None) -> None:
    found = pages(live.asked("okx", "funding/BTC"))
    times = moments(found)
    assert [len(json.loads(page.body)["data"]) for page in found] == [100, 5]
    assert len(times) == len(set(times)) == 105
    assert min(times) == START


@pytest.mark.parametrize(
    "body",
    [
        enveloped(),
        enveloped({**RATE, "fundingTime": str(ms("2026-10-12"))}),
        enveloped({}, None, 7, []),
        {"code": "51000", "msg": "Parameter instId error", "data": []},
        b"<html>",
    ],
    ids=["empty", "covered", "rows without a time", "an error", "a page"],
)
def test_there_is_no_next_page(body: object) -> None:
    assert okx.more(live.payload("okx", "funding/BTC", body), SETTINGS) is None


@pytest.mark.parametrize(("key", "row"), [("funding/BTC", RATE), ("open_interest/BTC", OPEN), ("spot/BTC", DAY)])
def test_a_provider_that_repeats_itself_is_not_followed_for_ever(key: str, row: object) -> None:
    one = live.payload("okx", key, enveloped(row))
    following = okx.more(one, SETTINGS)
    assert following is not None
    assert okx.more(replace(one, request=following), SETTINGS) is None


def test_a_row_that_cannot_be_read_does_not_stop_the_pages() -> None:
    following = okx.more(live.payload("okx", "funding/BTC", enveloped({}, None, 7, RATE)), SETTINGS)
    assert following is not None
    assert following.params["after"] == RATE["fundingTime"]


# ---- what is wrong ---------------------------------------------------------------------------------------------------


def test_an_empty_list_yields_nothing() -> None:
    assert values("spot/BTC") == values("funding/BTC") == values("open_interest/BTC") == values("accounts/BTC") == {}


def test_a_provider_error_is_no_empty_list() -> None:
    with pytest.raises(ParseError, match=r"^okx: spot/BTC: refused the question \(51000 Parameter bar error\); it is"):
        live.parse("okx", "spot/BTC", {"code": "51000", "msg": "Parameter bar error", "data": []})


@pytest.mark.parametrize("body", [[], None, {"code": "0", "msg": ""}, {"code": "0", "data": {}}, b"{", b"", b"<html>"])
def test_another_form_is_not_read(body: object) -> None:
    with pytest.raises(ParseError, match=r"^okx: spot/BTC: .*; it is left out$"):
        live.parse("okx", "spot/BTC", body)


def test_success_is_no_fault() -> None:
    assert okx.fault(200, json.dumps(enveloped()).encode()) is None
    assert okx.fault(200, b"cut off {") is None  # `parse` says so


def test_too_many_questions_may_be_put_again() -> None:
    found = fault(200, {"code": "50011", "msg": "Too Many Requests", "data": []})
    assert found == Fault("limited", "asked too often (50011 Too Many Requests)", retry=True)
    assert fault(429, {}).retry


def test_other_errors_refuse_the_question_in_the_providers_words() -> None:
    found = fault(200, {"code": "51001", "msg": "Instrument ID does not exist", "data": []})
    assert found == Fault("refused", "refused the question (51001 Instrument ID does not exist)")


def test_a_block_by_address_is_final() -> None:
    assert (fault(403, {}).kind, fault(403, {}).retry) == ("blocked", False)


# ---- recorded --------------------------------------------------------------------------------------------------------


def test_recorded_answers_are_read(real_data: Path) -> None:
    rubik = live.recorded(real_data, "exchange_samples/okx__rubik_samples")
    bodies = {
        "funding/BTC": live.recorded(real_data, "exchange_samples/okx__http_get_funding_rate_history"),
        "open_interest/BTC": rubik["open-interest-volume"],
        "accounts/BTC": rubik["long-short-account-ratio-contract"],
    }
    for key, body in bodies.items():
        found = list(okx.parse(live.at_any_time(live.payload("okx", key, body)), SETTINGS))
        assert len(found) == len(body["data"]) > 0
        assert all(isinstance(one, Observation) for one in found)
    rates = [float(row["realizedRate"]) for row in bodies["funding/BTC"]["data"]]
    found = list(okx.parse(live.at_any_time(live.payload("okx", "funding/BTC", bodies["funding/BTC"])), SETTINGS))
    assert [one.value for one in found if isinstance(one, Observation)] == rates


def test_a_recorded_candle_is_read(real_data: Path) -> None:
    body = live.recorded(real_data, "exchange_samples/okx__http_get_candlesticks_full")
    found = list(okx.parse(live.at_any_time(live.payload("okx", "perpetual/BTC", body)), SETTINGS))
    assert live.names(found) == {"perp_close/BTC/okx", "perp_volume/BTC/okx"}
    assert len(found) == 2 * len(body["data"])
