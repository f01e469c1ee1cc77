from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporter.collect import gate
from reporter.errors import ParseError
from reporter.model import Flaw, Observation, Payload, Request
from tests import live
from tests.live import FETCHED, WEEK, ms
from tests.providers import gate as provider
from tests.providers import market
from tests.providers.server import Question


def hour(text: str, **changes: object) -> dict[str, object]:
    """A row as Gate writes it, stamped in seconds."""
    usual = {"time": ms(text) // 1000, "lsr_taker": 0.91, "lsr_account": 1.62, "long_liq_size": 1200,
             "short_liq_size": 40, "long_liq_amount": 0.12, "short_liq_amount": 0.004, "long_liq_usd": 10_800.5,
             "short_liq_usd": 360, "open_interest": 900_000, "open_interest_usd": 8.1e9, "top_lsr_account": 1.1,
             "top_lsr_size": 1.02, "mark_price": "90000"}  # fmt: skip
    return {**usual, **changes}


def said(request: Request) -> Payload:
    """What the provider on this machine answers to a question, as it would be kept."""
    path = request.url.removeprefix("https://api.gateio.ws")
    answer = provider.answer(Question("gate", request.method, path, request.params, request.headers))
    digest = hashlib.sha256(answer.body).hexdigest()
    return Payload(digest, request, FETCHED, answer.status, answer.media_type, answer.body)


def pages(request: Request) -> Iterator[Payload]:
    """All the answers to a question."""
    following: Request | None = request
    while following:
        page = said(following)
        yield page
        following = gate.more(page, live.settings("gate"))


def observed(found: list[Any]) -> list[Observation]:
    return [one for one in found if isinstance(one, Observation)]


# ---- rows ------------------------------------------------------------------------------------------------------------


def test_an_hour_becomes_dollars_of_longs_and_shorts_and_the_ratio_of_accounts() -> None:
    at = "2026-11-09 07:00"
    assert live.values("gate", "statistics/BTC", [hour(at)]) == {
        ("liquidations_long/BTC/gate", at): 10_800.5,  # dollars, not contracts or coins
        ("liquidations_short/BTC/gate", at): 360.0,
        ("long_short_ratio/BTC/gate", at): 1.62,
    }


def test_an_hour_without_liquidations_is_zero_and_a_blank_one_is_not() -> None:
    rows = [hour("2026-11-09 07:00", long_liq_usd=0, short_liq_usd=None, lsr_account="")]
    assert live.values("gate", "statistics/BTC", rows) == {("liquidations_long/BTC/gate", "2026-11-09 07:00"): 0.0}


def test_the_hour_in_progress_is_dropped_whole() -> None:
    fetched = datetime(2026, 11, 15, 12, 30, tzinfo=UTC)
    rows = [hour("2026-11-15 11:00"), hour("2026-11-15 12:00")]
    found = observed(live.parse("gate", "statistics/BTC", rows, fetched=fetched))
    assert [(one.series.partition("/")[0], one.at.hour) for one in found] == [
        ("liquidations_long", 11), ("liquidations_short", 11), ("long_short_ratio", 11)
    ]  # fmt: skip


def test_hours_that_were_not_asked_for_are_left_out() -> None:
    rows = [hour("2026-10-11 23:00"), hour("2026-10-12 00:00"), hour("2026-11-15 23:00"), hour("2026-11-16 00:00")]
    found = live.values("gate", "statistics/BTC", rows)
    assert [at for name, at in found if "long/" in name] == ["2026-10-12 00:00", "2026-11-15 23:00"]
    assert [at for name, at in found if "ratio" in name][-1] == "2026-11-16 00:00"  # an instant at the period's end


def test_stamps_in_milliseconds_and_rows_of_five_minutes_are_named_and_left_out() -> None:
    rows = [hour("2026-11-09 07:00", time=ms("2026-11-09 07:00")), hour("2026-11-09 07:05"), hour("2026-11-09 08:00")]
    assert live.flaws("gate", "statistics/BTC", rows) == [
        "gate: statistics/BTC: row 1: 1794207600000 is no time; it is left out",
        "gate: statistics/BTC: row 2: 2026-11-09 07:05:00 is not the start of an hour; it is left out",
    ]
    assert len(observed(live.parse("gate", "statistics/BTC", rows))) == 3


def test_open_interest_is_not_used() -> None:
    assert not any("open_interest" in name for name, _ in live.values("gate", "statistics/BTC", [hour("2026-11-09")]))
    assert "open_interest" not in gate.GIVES


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_an_empty_list_yields_nothing() -> None:
    assert live.parse("gate", "statistics/BTC", []) == []


def test_a_row_without_a_field_or_with_a_number_below_zero_is_named() -> None:
    bare = hour("2026-11-09 07:00")
    del bare["short_liq_usd"]
    assert live.flaws("gate", "statistics/BTC", [bare, hour("2026-11-09 08:00", long_liq_usd=-5)]) == [
        "gate: statistics/BTC: row 1: no 'short_liq_usd'; it is left out",
        "gate: statistics/BTC: row 2: -5 cannot be: long positions closed by force is never negati...; it is left out",
    ]


def test_an_answer_that_was_cut_off_is_a_parse_error_and_has_no_next_page() -> None:
    body = json.dumps([hour("2026-11-09 07:00")]).encode()[:-7]
    with pytest.raises(ParseError, match=r"gate: statistics/BTC: the answer is no JSON from byte \d+ on; was it cut"):
        live.parse("gate", "statistics/BTC", body)
    assert gate.more(live.payload("gate", "statistics/BTC", body), live.settings("gate")) is None


def test_an_error_of_the_provider_is_no_list() -> None:
    with pytest.raises(ParseError, match="gate: statistics/BTC: the answer is no list; it is left out"):
        live.parse("gate", "statistics/BTC", {"label": "CONTRACT_NOT_FOUND"})


def test_an_unknown_contract_is_a_fault_that_is_not_asked_again() -> None:
    answer = said(live.asked("gate", "statistics/NOPE", assets=("NOPE",)))
    found = gate.fault(answer.status, answer.body)
    assert found and (found.kind, found.what, found.retry) == (
        "refused", "refused the question (HTTP 400: CONTRACT_NOT_FOUND)", False
    )  # fmt: skip


def test_faults_are_told_apart() -> None:
    cases = {
        (200, b"[]"): None,
        (200, b'{"label": "SERVER_ERROR"}'): ("refused", False),
        (200, b"{"): None,  # `parse` says where it was cut off
        (400, b'{"label": "INVALID_PARAM_VALUE", "message": "x"}'): ("refused", False),
        (429, b'{"label": "TOO_MANY_REQUESTS"}'): ("limited", True),
        (502, b"<html>"): ("down", True),
    }
    for (status, body), expected in cases.items():
        found = gate.fault(status, body)
        assert (found and (found.kind, found.retry)) == expected


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_five_weeks_fit_in_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", FETCHED.timestamp)
    settings = live.settings("gate")
    answers = [page for request in gate.requests(WEEK, settings) for page in pages(request)]
    assert [answer.request.key for answer in answers] == ["statistics/BTC", "statistics/ETH", "statistics/SOL"]
    found = [one for answer in answers for one in gate.parse(answer, settings)]
    assert not [one for one in found if isinstance(one, Flaw)]
    assert {one.series for one in observed(found)} == set(gate.provides(settings))
    longs = [one for one in observed(found) if one.series == "liquidations_long/BTC/gate/gate"]
    assert len(longs) == 35 * 24
    expected = market.liquidations("BTC", "gate", longs[-1].at.timestamp(), market.HOUR)[0]
    assert longs[-1].value == pytest.approx(expected, abs=0.005)


def test_shorter_pages_are_followed_to_the_end_without_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", FETCHED.timestamp)
    request = live.asked("gate", "statistics/BTC")
    short = replace(request, params={**request.params, "limit": "100"})
    answers = list(pages(short))
    assert len(answers) == 9  # 840 hours
    assert {answer.request.key for answer in answers} == {request.key}
    assert {answer.request.period for answer in answers} == {request.period}
    stamps = [one.at for page in answers for one in observed(list(gate.parse(page, live.settings("gate"))))
              if "_long" in one.series]  # fmt: skip
    assert request.period
    assert stamps == [request.period.start + timedelta(hours=count) for count in range(840)]


def test_there_is_no_page_after_the_last_finished_hour_or_after_a_page_that_did_not_go_on() -> None:
    settings = live.settings("gate")

    def following(rows: list[dict[str, object]], fetched: datetime = FETCHED) -> Request | None:
        return gate.more(live.payload("gate", "statistics/BTC", rows, fetched), settings)

    assert following([]) is None
    assert following([hour("2026-11-15 23:00")]) is None  # the last hour of the period
    assert following([hour("2026-10-11 23:00")]) is None  # before what was asked: it would be asked for ever
    assert following([hour("2026-11-12 10:00")], datetime(2026, 11, 12, 11, 40, tzinfo=UTC)) is None
    found = following([hour("2026-11-12 10:00"), {}, hour("2026-11-11 10:00")])
    assert found and found.params["from"] == str(ms("2026-11-12 11:00") // 1000)


# ---- recorded answers ------------------------------------------------------------------------------------------------


def test_the_documented_example_is_read_once_it_stands_at_an_hour(real_data: Path) -> None:
    (row,) = live.recorded(real_data, "exchange_samples/gate__contract_stats")
    settings = live.settings("gate")
    (flaw,) = gate.parse(live.at_any_time(live.payload("gate", "statistics/BTC", [row])), settings)
    assert "is not the start of an hour" in str(flaw)  # its interval is five minutes
    whole = {**row, "time": row["time"] - row["time"] % 3600}
    found = list(gate.parse(live.at_any_time(live.payload("gate", "statistics/BTC", [whole])), settings))
    assert {one.series.partition("/")[0]: one.value for one in observed(found)} == {
        "liquidations_long": row["long_liq_usd"],
        "liquidations_short": row["short_liq_usd"],
        "long_short_ratio": row["lsr_account"],
    }
