from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from reporter.collect import coinbase
from reporter.errors import ParseError
from reporter.model import Flaw, Observation, Payload, Request
from tests import live
from tests.live import FETCHED, WEEK, ms
from tests.providers import coinbase as provider
from tests.providers import market
from tests.providers.server import Question


def candle(day: str) -> list[float]:
    """Time, low, high, open, close, coins."""
    return [ms(day) // 1000, 89_000.0, 91_000.5, 90_000.0, 90_500.0, 812.25]


def said(request: Request) -> Payload:
    """What the provider on this machine answers to a question, as it would be kept."""
    path = request.url.removeprefix("https://api.exchange.coinbase.com")
    answer = provider.answer(Question("coinbase", request.method, path, request.params, request.headers))
    digest = hashlib.sha256(answer.body).hexdigest()
    return Payload(digest, request, FETCHED, answer.status, answer.media_type, answer.body)


def test_a_candle_is_read_in_the_order_of_coinbase_and_without_turnover() -> None:
    at = "2026-11-09 00:00"
    assert live.values("coinbase", "candles/BTC", [candle(at)]) == {
        ("price_low/BTC/coinbase", at): 89_000.0,
        ("price_high/BTC/coinbase", at): 91_000.5,
        ("price_open/BTC/coinbase", at): 90_000.0,
        ("price_close/BTC/coinbase", at): 90_500.0,
    }


def test_a_candle_in_another_order_is_named_and_left_out() -> None:
    usual = [ms("2026-11-09") // 1000, 90_000.0, 91_000.5, 89_000.0, 90_500.0, 812.25]  # open, high, low, close
    assert live.flaws("coinbase", "candles/BTC", [usual, candle("2026-11-10")]) == [
        "coinbase: candles/BTC: row 1: open 89000 and close 90500 are not between low 90000 and hig...; it is left out"
    ]


def test_newest_first_and_oldest_first_say_the_same() -> None:
    rows = [candle("2026-11-10"), [ms("2026-11-09") // 1000, 88_000, 89_500, 88_500, 89_100, 700]]
    assert live.values("coinbase", "candles/BTC", rows) == live.values("coinbase", "candles/BTC", rows[::-1])


def test_a_day_in_progress_and_candles_before_the_asked_start_are_left_out() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    rows = [candle(day) for day in ("2026-11-16", "2026-11-15", "2026-11-14", "2026-10-12", "2026-10-11")]
    found = live.parse("coinbase", "candles/BTC", rows, fetched=noon)
    assert {f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)} == {"11-14", "10-12"}


def test_stamps_in_milliseconds_and_short_rows_are_named_and_the_others_stay() -> None:
    rows = [candle("2026-11-11"), [ms("2026-11-10"), *candle("2026-11-10")[1:]], candle("2026-11-09")[:3]]
    assert live.flaws("coinbase", "candles/BTC", rows) == [
        "coinbase: candles/BTC: row 2: 1794268800000 is no time; it is left out",
        "coinbase: candles/BTC: row 3: too short; it is left out",
    ]
    found = live.parse("coinbase", "candles/BTC", rows)
    assert len([one for one in found if isinstance(one, Observation)]) == 4


def test_an_empty_list_yields_nothing() -> None:
    assert live.parse("coinbase", "candles/BTC", []) == []


def test_an_error_of_the_provider_and_a_page_of_html_are_no_list() -> None:
    with pytest.raises(ParseError, match="coinbase: candles/BTC: the answer is no list; it is left out"):
        live.parse("coinbase", "candles/BTC", {"message": "NotFound"})
    with pytest.raises(ParseError, match="coinbase: candles/BTC: HTML where JSON was due; it is left out"):
        live.parse("coinbase", "candles/BTC", b"<!DOCTYPE html><html></html>")


def test_an_unknown_product_is_a_fault_that_is_not_asked_again() -> None:
    answer = said(live.asked("coinbase", "candles/NOPE", assets=("NOPE",)))
    found = coinbase.fault(answer.status, answer.body)
    assert found and (found.what, found.retry) == ("refused the question (HTTP 404: NotFound)", False)
    often = coinbase.fault(429, b'{"message": "Public rate limit exceeded"}')
    assert often and (often.kind, often.retry) == ("limited", True)


def test_a_product_of_another_name_is_asked_under_the_asset_s_key() -> None:
    request = live.asked("coinbase", "candles/BTC", products={"BTC": "BTC-USDC"})
    assert request.url == "https://api.exchange.coinbase.com/products/BTC-USDC/candles"
    with pytest.raises(ValidationError, match="is no product; write it as in BTC-USD"):
        live.settings("coinbase", products={"BTC": "../BTC-USD"})


def test_every_question_of_a_week_is_answered_and_gives_what_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", FETCHED.timestamp)
    settings = live.settings("coinbase")
    answers = [said(request) for request in coinbase.requests(WEEK, settings)]
    assert [coinbase.fault(one.status, one.body) for one in answers] == [None] * 3
    found = [one for answer in answers for one in coinbase.parse(answer, settings)]
    assert [str(one) for one in found if isinstance(one, Flaw)] == []
    observations = [one for one in found if isinstance(one, Observation)]
    assert {one.series for one in observations} == set(coinbase.provides(settings))
    closes = [one for one in observations if one.series == "price_close/BTC/coinbase/coinbase"]
    assert len(closes) == 35
    assert closes[0].at == datetime(2026, 11, 15, tzinfo=UTC)  # newest first
    assert closes[0].value == pytest.approx(market.candle("BTC", closes[0].at.timestamp())[3], abs=0.005)
