from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reporter.collect import sosovalue
from reporter.errors import ParseError
from reporter.model import Observation, Request
from tests import live
from tests.providers import market
from tests.providers import sosovalue as fake
from tests.providers.server import Answer, Question

USE, KEY = "sosovalue", "flows/BTC"
SERIES = "etf_flow/BTC/us_spot"


def body(*rows: tuple[str, object], code: object = 0) -> dict[str, Any]:
    return {"code": code, "data": [{"date": day, "totalNetInflow": net, "cumNetInflow": 5e10} for day, net in rows]}


def answered(request: Request, headers: dict[str, str] | None = None) -> Answer:
    sent = json.dumps(request.json).encode() if request.json else b""
    return fake.answer(
        Question(USE, request.method, urlsplit(request.url).path, dict(request.params), headers or {}, sent)
    )


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)


def test_a_session_becomes_a_flow_in_dollars() -> None:
    rows = body(("2026-11-10", -240_084_652.5), ("2026-11-09", "1500000"))
    assert live.values(USE, KEY, rows) == {
        (SERIES, "2026-11-10 00:00"): -240_084_652.5,
        (SERIES, "2026-11-09 00:00"): 1.5e6,
    }


def test_the_newer_form_has_its_own_keys_and_may_nest_its_list() -> None:
    rows = {"code": "0", "message": "success", "data": {"list": [{"date": "2026-11-09", "total_net_inflow": "12.5"}]}}
    assert live.values(USE, KEY, rows, form="v1") == {(SERIES, "2026-11-09 00:00"): 12.5}
    assert live.values(USE, KEY, rows) == live.values(USE, KEY, rows, form="v1")  # what was kept is read the same way


def test_a_flow_that_was_not_reported_is_no_zero_and_a_zero_on_a_session_is_one() -> None:
    rows = body(("2026-11-09", None), ("2026-11-10", ""), ("2026-11-12", 0))
    assert live.values(USE, KEY, rows) == {(SERIES, "2026-11-12 00:00"): 0.0}


def test_a_zero_on_a_day_without_a_session_is_no_value_and_any_other_amount_is_named() -> None:
    rows = body(("2026-11-14", 0.0), ("2026-11-15", 3.5), ("2026-11-13", 1.0))
    assert live.flaws(USE, KEY, rows) == [
        "sosovalue: flows/BTC: row 2: 3.5 on 2026-11-15, when no fund traded; it is left out"
    ]
    assert sum(isinstance(one, Observation) for one in live.parse(USE, KEY, rows)) == 1


@pytest.mark.parametrize(("hours", "rows"), [(-1, 0), (0, 1)])
def test_a_day_is_final_thirteen_hours_after_its_end(hours: int, rows: int) -> None:
    fetched = datetime(2026, 11, 14, 13, tzinfo=UTC) + timedelta(hours=hours)
    assert len(live.parse(USE, KEY, body(("2026-11-13", 0.0)), fetched=fetched)) == rows


ASSETS = "etf_assets/BTC/us_spot"


@pytest.mark.parametrize(("form", "name"), [("legacy", "totalNetAssets"), ("v1", "total_net_assets")])
def test_the_assets_of_the_funds_stand_at_their_session(form: str, name: str) -> None:
    net = "totalNetInflow" if form == "legacy" else "total_net_inflow"
    rows = {"code": 0, "data": [{"date": "2026-11-10", net: "1.5", name: "91000000000.25"}]}
    expected = {(SERIES, "2026-11-10 00:00"): 1.5, (ASSETS, "2026-11-10 00:00"): 91_000_000_000.25}
    assert live.values(USE, KEY, rows, form=form) == expected


@pytest.mark.parametrize("amount", [None, "", "-", 0, "0"])
def test_assets_that_are_not_known_are_left_out_and_the_flow_stays(amount: object) -> None:
    row = {"date": "2026-11-10", "totalNetInflow": 1.0, "totalNetAssets": amount}
    assert live.values(USE, KEY, {"code": 0, "data": [row]}) == {(SERIES, "2026-11-10 00:00"): 1.0}


def test_a_day_that_is_not_final_or_had_no_session_has_no_assets() -> None:
    friday = [{"date": "2026-11-13", "totalNetInflow": 0, "totalNetAssets": 9e10}]
    early = datetime(2026, 11, 14, 12, 59, 59, tzinfo=UTC)
    assert live.parse(USE, KEY, {"code": 0, "data": friday}, fetched=early) == []
    saturday = [{"date": "2026-11-14", "totalNetInflow": None, "totalNetAssets": 9e10}]
    assert live.parse(USE, KEY, {"code": 0, "data": saturday}) == []


def test_assets_below_zero_are_named() -> None:
    row = {"date": "2026-11-10", "totalNetInflow": 1.0, "totalNetAssets": -9e10}
    (found,) = live.flaws(USE, KEY, {"code": 0, "data": [row]})
    assert found.startswith("sosovalue: flows/BTC: row 1: -9e+10 cannot be: assets of US spot funds")


def test_days_that_were_not_asked_for_are_left_out() -> None:
    later = live.FETCHED + timedelta(days=9)
    rows = body(("2026-06-08", 1.0), ("2026-06-07", 1.0), ("2026-11-16", 2.0))
    assert live.parse(USE, KEY, rows, fetched=later) == []


def test_a_row_without_a_date_is_named_and_the_others_stay() -> None:
    rows = body(("2026-11-09", 1.0), ("soon", 2.0))
    assert live.flaws(USE, KEY, rows) == [
        "sosovalue: flows/BTC: row 2: Invalid isoformat string: 'soon'; it is left out"
    ]


def test_an_empty_list_yields_nothing() -> None:
    assert live.parse(USE, KEY, {"code": 0, "data": []}) == []


@pytest.mark.parametrize("broken", [{"code": 0}, {"code": 0, "data": None}, {"code": 0, "data": {"rows": []}}, []])
def test_an_answer_without_rows_is_not_the_documented_shape(broken: object) -> None:
    with pytest.raises(ParseError, match=r"sosovalue: flows/BTC: .*did the provider change its form"):
        live.parse(USE, KEY, broken)


@pytest.mark.parametrize("code", [0, "0"])
def test_success_is_a_code_of_zero_as_a_number_or_as_text(code: object) -> None:
    assert sosovalue.fault(200, json.dumps(body(code=code)).encode()) is None


@pytest.mark.parametrize(
    ("said", "kind", "retry"),
    [
        ({"code": 1, "msg": "type is not supported"}, "refused", False),
        ({"code": "40001", "message": "Invalid API key"}, "key", False),
        ({"code": 42901, "message": "Too many requests"}, "limited", True),
        ({"code": None}, "refused", False),
        ({"code": {"a": 1}}, "refused", False),
    ],
)
def test_an_error_under_http_200_is_a_fault(said: object, kind: str, retry: bool) -> None:
    found = sosovalue.fault(200, json.dumps(said).encode())
    assert found and (found.kind, found.retry) == (kind, retry)


def test_a_get_of_the_older_form_is_refused(monday: None) -> None:
    answer = answered(replace(live.asked(USE, KEY), method="GET"))
    found = sosovalue.fault(answer.status, answer.body)
    assert found and (found.kind, found.retry) == ("refused", False)
    assert "HTTP 405" in found.what


def test_the_older_form_is_a_post_without_a_key() -> None:
    request = live.asked(USE, KEY)
    assert (request.method, request.json, request.secrets) == ("POST", {"type": "us-btc-spot"}, {})
    assert request.url == "https://api.sosovalue.xyz/openapi/v2/etf/historicalInflowChart"


def test_the_newer_form_has_its_own_address_and_a_key_that_is_only_named() -> None:
    request = live.asked(USE, KEY, form="v1")
    assert request.url == "https://openapi.sosovalue.com/openapi/v1/etfs/summary-history"
    assert (request.method, request.secrets) == ("GET", {"x-soso-api-key": "SOSOVALUE_API_KEY"})
    assert request.reach and request.period and request.reach > request.period.end - request.period.start
    assert live.asked(USE, KEY, form="v1", base_url="http://127.0.0.1:1").url.startswith("http://127.0.0.1:1/openapi/")


def test_only_assets_with_funds_are_asked_for() -> None:
    settings = live.settings(USE, assets=("BTC", "XRP"))
    assert [request.key for request in sosovalue.requests(live.WEEK, settings)] == ["flows/BTC"]
    assert list(sosovalue.provides(settings)) == [f"{one}/BTC/us_spot/sosovalue" for one in ("etf_flow", "etf_assets")]
    before = live.WEEK.shifted(-80)
    assert [request.key for request in sosovalue.requests(before, live.settings(USE))] == ["flows/BTC", "flows/ETH"]


@pytest.mark.parametrize(("form", "sessions"), [("legacy", 25), ("v1", 15)])
def test_what_is_provided_is_what_comes(monday: None, form: str, sessions: int) -> None:
    settings = live.settings(USE, form=form)
    found: set[str] = set()
    for request in sosovalue.requests(live.WEEK, settings):
        answer = answered(request, {"x-soso-api-key": "k"})
        assert sosovalue.fault(answer.status, answer.body) is None
        one = replace(live.payload(USE, request.key, answer.body), request=request)
        rows = list(sosovalue.parse(one, settings))
        assert len(rows) == 2 * sessions  # flow and assets of the weekdays of 35 and of 21 days
        found |= {f"{name}/{USE}" for name in live.names(rows)}
    assert found == set(sosovalue.provides(settings))


def test_without_a_key_the_newer_form_refuses(monday: None) -> None:
    answer = answered(live.asked(USE, KEY, form="v1"))
    found = sosovalue.fault(answer.status, answer.body)
    assert found and found.kind == "key"


def test_a_recorded_answer_is_read(real_data: Path) -> None:
    recorded = live.recorded(real_data, "exchange_samples/sosovalue__samples")
    (one,) = recorded.values()
    payload = live.at_any_time(live.payload(USE, KEY, one))
    (row,) = sosovalue.parse(payload, live.settings(USE))
    assert isinstance(row, Observation)
    assert (f"{row.at:%Y-%m-%d}", row.value) == (one["data"][0]["date"], one["data"][0]["totalNetInflow"])
