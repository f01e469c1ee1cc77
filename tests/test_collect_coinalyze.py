from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from reporter.collect import coinalyze, source
from reporter.errors import ParseError
from reporter.model import Kind, Observation, Request
from reporter.series import FORMS
from tests import live
from tests.live import ms
from tests.providers import coinalyze as fake
from tests.providers import market
from tests.providers.server import Answer, Question

USE = "coinalyze"
ALL = "binance+okx+bybit"
A, B, O = "BTCUSDT_PERP.A", "BTCUSDT.6", "BTCUSDT_PERP.3"  # noqa: E741


def at(day: str) -> int:
    return ms(day) // 1000


def force(symbol: str, *bars: tuple[str, object, object]) -> dict[str, Any]:
    """The liquidations of a market: day, longs, shorts."""
    return {"symbol": symbol, "history": [{"t": at(day), "l": long, "s": short} for day, long, short in bars]}


def held(symbol: str, *bars: tuple[str, object]) -> dict[str, Any]:
    """The open interest of a market: day and first value, the others far from it."""
    return {"symbol": symbol, "history": [{"t": at(d), "o": first, "h": 9e9, "l": 1, "c": 8e9} for d, first in bars]}


def answered(request: Request, **headers: str) -> Answer:
    path = request.url.removeprefix("https://api.coinalyze.net/v1")
    return fake.answer(Question(USE, request.method, path, dict(request.params), headers))


def test_liquidations_of_all_venues_are_one_sum_named_after_them() -> None:
    rows = [force(A, ("2026-11-09", 1e6, 2e6)), force(B, ("2026-11-09", 3e5, 4e5)), force(O, ("2026-11-09", 2e5, 1e5))]
    assert live.values(USE, "liquidations/BTC", rows) == {
        (f"liquidations_long/BTC/{ALL}", "2026-11-09 00:00"): 1.5e6,
        (f"liquidations_short/BTC/{ALL}", "2026-11-09 00:00"): 2.5e6,
    }


def test_a_day_that_one_venue_lacks_has_no_sum() -> None:
    rows = [
        force(A, ("2026-11-09", 1, 1), ("2026-11-10", 2, 2)),
        force(B, ("2026-11-09", 1, 1)),
        force(O, ("2026-11-09", 1, 1), ("2026-11-10", None, 2)),
    ]
    assert {when for _, when in live.values(USE, "liquidations/BTC", rows)} == {"2026-11-09 00:00"}


def test_a_venue_missing_from_the_answer_is_named_and_nothing_is_summed() -> None:
    rows = [force(A, ("2026-11-09", 1, 1)), force(O, ("2026-11-09", 1, 1))]
    found = live.parse(USE, "liquidations/BTC", rows)
    assert [str(one) for one in found] == [
        "coinalyze: liquidations/BTC: no history of BTCUSDT.6, the market of bybit; it is left out"
    ]


def test_a_market_told_twice_is_not_counted_twice() -> None:
    once = [force(each, ("2026-11-09", 5, 7)) for each in (A, B, O)]
    assert live.values(USE, "liquidations/BTC", [*once, once[0]])[f"liquidations_long/BTC/{ALL}", "2026-11-09 00:00"]
    assert live.values(USE, "liquidations/BTC", [*once, once[0]]) == live.values(USE, "liquidations/BTC", once)


def test_two_values_of_one_day_leave_the_day_without_a_sum() -> None:
    rows = [force(each, ("2026-11-09", 5, 7)) for each in (A, B, O)] + [force(A, ("2026-11-09", 6, 7))]
    found = live.parse(USE, "liquidations/BTC", rows)
    assert [str(one) for one in found] == [
        "coinalyze: liquidations/BTC: row 4: a second value for BTCUSDT_PERP.A at 2026-11-09; it is left out"
    ]


def test_a_value_below_zero_is_not_hidden_in_a_sum() -> None:
    rows = [force(A, ("2026-11-09", 10, 10)), force(B, ("2026-11-09", -1, 1)), force(O, ("2026-11-09", 1, 1))]
    found = live.parse(USE, "liquidations/BTC", rows)
    assert [str(one) for one in found] == [
        "coinalyze: liquidations/BTC: row 2: liquidations below zero; it is left out"
    ]


def test_markets_that_were_not_asked_for_are_passed_over() -> None:
    rows = [force(each, ("2026-11-09", 5, 7)) for each in (A, B, O, "BTCUSD_PERP.0")]
    assert set(live.values(USE, "liquidations/BTC", rows).values()) == {15.0, 21.0}


def test_one_market_alone_has_its_own_name() -> None:
    markets = {"binance": "{asset}USDT_PERP.A"}
    found = live.parse(USE, "liquidations/BTC", [force(A, ("2026-11-09", 5, 7))], markets=markets)
    assert live.names(found) == {"liquidations_long/BTC/binance", "liquidations_short/BTC/binance"}


def test_times_are_seconds_on_both_sides() -> None:
    request = live.asked(USE, "liquidations/BTC")
    assert request.period
    assert request.params["from"] == str(int(request.period.start.timestamp()))
    rows = [{"symbol": A, "history": [{"t": ms("2026-11-09"), "o": 5}]}, held("BTCUSDT_PERP.3", ("2026-11-09", 5))]
    assert live.flaws(USE, "open_interest/BTC", rows) == [
        "coinalyze: open_interest/BTC: row 1: 1794182400000 is no time; it is left out"
    ]


def test_open_interest_is_the_first_value_of_the_day_up_to_the_end_of_the_week() -> None:
    rows = [held(A, ("2026-11-15", 4e9), ("2026-11-16", 5e9)), held(O, ("2026-11-16", 2e9))]
    assert live.values(USE, "open_interest/BTC", rows) == {
        ("open_interest/BTC/binance", "2026-11-15 00:00"): 4e9,
        ("open_interest/BTC/binance", "2026-11-16 00:00"): 5e9,
        ("open_interest/BTC/okx", "2026-11-16 00:00"): 2e9,
    }
    assert FORMS["open_interest"].kind == Kind.INSTANT


def test_open_interest_counted_on_both_sides_is_neither_asked_for_nor_read() -> None:
    assert B not in live.asked(USE, "open_interest/BTC").params["symbols"]
    rows = [held(A, ("2026-11-09", 1)), held(B, ("2026-11-09", 1)), held(O, ("2026-11-09", 1))]
    assert not any("bybit" in name for name in live.names(live.parse(USE, "open_interest/BTC", rows)))


def test_the_day_in_progress_and_days_that_were_not_asked_for_are_left_out() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    bars = [(day, 1, 1) for day in ("2026-09-01", "2026-11-14", "2026-11-15", "2026-11-16")]
    found = live.parse(USE, "liquidations/BTC", [force(each, *bars) for each in (A, B, O)], fetched=noon)
    assert {f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)} == {"11-14"}


def test_a_bad_bar_takes_no_other_with_it() -> None:
    rows = [held(A, ("2026-11-09", "x"), ("2026-11-10", 3), ("2026-11-11", None)), held(O, ("2026-11-10", 3))]
    found = live.parse(USE, "open_interest/BTC", rows)
    assert sum(isinstance(one, Observation) for one in found) == 2
    assert live.flaws(USE, "open_interest/BTC", rows) == [
        "coinalyze: open_interest/BTC: row 1: 'x' is no number; it is left out"
    ]


def test_an_empty_list_yields_nothing() -> None:
    assert live.parse(USE, "liquidations/BTC", []) == []


def test_an_error_of_the_provider_is_no_list() -> None:
    with pytest.raises(ParseError, match="coinalyze: open_interest/BTC: the answer is no list"):
        live.parse(USE, "open_interest/BTC", {"message": "Bad parameter(s)"})


def test_the_key_is_named_and_never_written() -> None:
    assert {tuple(request.secrets.items()) for request in coinalyze.requests(live.WEEK, live.settings(USE))} == {
        (("api_key", "COINALYZE_API_KEY"),)
    }


def test_a_question_without_a_key_is_refused_for_good_and_one_too_many_may_be_asked_again() -> None:
    answer = answered(live.asked(USE, "liquidations/BTC"))
    refused, busy = coinalyze.fault(answer.status, answer.body), coinalyze.fault(429, b"{}")
    assert refused and (refused.kind, refused.retry) == ("key", False)
    assert busy and busy.retry


def test_each_symbol_of_a_question_counts_as_a_call() -> None:
    usual = live.settings(USE)
    assert usual.pace_seconds * 40 / 60 >= len(usual.markets)
    one = live.settings(USE, markets={"binance": "{asset}USDT_PERP.A"})
    assert one.pace_seconds == 1.5
    assert live.settings(USE, pace_seconds=0).pace_seconds == 0


def test_an_asset_may_have_its_own_symbols() -> None:
    settings = live.settings(USE, symbols={"SOL": {"okx": "SOLUSD_PERP.3"}})
    request = next(r for r in coinalyze.requests(live.WEEK, settings) if r.key == "liquidations/SOL")
    assert request.params["symbols"] == "SOLUSD_PERP.3"
    assert "liquidations_long/SOL/okx/coinalyze" in list(coinalyze.provides(settings))


@pytest.mark.parametrize(
    "markets", [{}, {"a/b": "X.A"}, {"a+b": "X.A"}, {"binance": "X.A,Y.A"}, {"binance": "no code"}, {"binance": 5}]
)
def test_markets_that_cannot_be_asked_are_a_mistake(markets: object) -> None:
    with pytest.raises(ValidationError):
        live.settings(USE, markets=markets)
    with pytest.raises(ValidationError):
        live.settings(USE, symbols={"BTC": markets})


def _are_dollars(rows: Sequence[object]) -> None:
    """The first rows are the market's amounts in dollars, not in coins."""
    for row in [row for row in rows if isinstance(row, Observation)][:2]:
        measure, asset, venue, _ = row.series.split("/")
        start = row.at.timestamp()
        if measure == "open_interest":
            expected = market.open_interest_coins(asset, venue, start) * market.price(asset, start)
        else:
            place = coinalyze.LIQUIDATIONS.index(measure)
            expected = sum(market.liquidations(asset, each, start)[place] for each in venue.split("+"))
        assert row.value == pytest.approx(expected)


def test_what_is_provided_is_what_comes() -> None:
    settings = live.settings(USE)
    found: set[str] = set()
    for request in coinalyze.requests(live.WEEK, settings):
        answer = answered(request, api_key="k")
        assert coinalyze.fault(answer.status, answer.body) is None
        one = replace(live.payload(USE, request.key, answer.body), request=request)
        rows = list(source(USE).parse(one, settings))
        assert [row for row in rows if not isinstance(row, Observation)] == []
        found |= {f"{name}/{USE}" for name in live.names(rows)}
        _are_dollars(rows)
        expected = 36 if request.key.startswith("open") else 35
        assert len({row.at for row in rows if isinstance(row, Observation)}) == expected
    assert found == set(coinalyze.provides(settings))
    assert f"liquidations_long/BTC/{ALL}/coinalyze" in found
