from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporter.collect import described, hyperliquid, source
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Kind, Observation, Payload, Request
from tests import live
from tests.live import ms
from tests.providers import hyperliquid as fake
from tests.providers import market
from tests.providers.server import Question

RATE = {"coin": "BTC", "fundingRate": "-0.0000125", "premium": "0.0002", "time": ms("2026-11-09 05:00") + 48}
SETTINGS = live.settings("hyperliquid")
NOW = "2026-11-16 14:17"


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's clock stands at the Monday after the week."""
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)


def values(key: str, body: object, **changes: Any) -> dict[tuple[str, str], float]:
    return live.values("hyperliquid", key, body, **changes)


def coin(name: str, size: object, mark: object, **rest: object) -> tuple[dict[str, object], dict[str, object]]:
    """A coin and its values, as they stand in the two lists."""
    return {"name": name, "szDecimals": 5, **rest}, {"openInterest": size, "markPx": mark, "funding": "0.00001"}


def markets(*coins: tuple[dict[str, object], dict[str, object]]) -> list[Any]:
    return [{"universe": [first for first, _ in coins]}, [second for _, second in coins]]


def fetched(request: Request) -> Payload:
    """What the provider on this machine answers."""
    path, body = request.url.removeprefix(SETTINGS.base_url), json.dumps(request.json).encode()
    got = fake.answer(Question("hyperliquid", request.method, path, request.params, {}, body))
    assert hyperliquid.fault(got.status, got.body) is None, got.body
    return Payload(hashlib.sha256(got.body).hexdigest(), request, live.FETCHED, got.status, got.media_type, got.body)


def pages(request: Request) -> list[Payload]:
    found = [fetched(request)]
    while (following := hyperliquid.more(found[-1], SETTINGS)) is not None:
        assert len(found) < 20
        assert (following.key, following.period) == (request.key, request.period)
        found.append(fetched(following))
    return found


def observed(found: Sequence[Payload]) -> list[Observation]:
    rows = [one for payload in found for one in hyperliquid.parse(payload, SETTINGS)]
    assert not any(isinstance(one, Flaw) for one in rows)
    return [one for one in rows if isinstance(one, Observation)]


# ---- ordinary rows ---------------------------------------------------------------------------------------------------


def test_a_settlement_is_a_fraction_stamped_at_its_hour() -> None:
    assert values("funding/BTC", [RATE]) == {("funding/BTC/hyperliquid", "2026-11-09 05:00"): -0.000_012_5}


def test_funding_comes_each_hour_and_each_eight_where_the_rows_say_so() -> None:
    hourly, older = ([{**RATE, "time": ms("2026-11-09") + n * step * 3_600_000} for n in range(9)] for step in (1, 8))
    for rows, hours in ((hourly, 1), (older, 8), (older[:1], 1)):
        found = live.parse("hyperliquid", "funding/BTC", rows)
        series = described(source("hyperliquid"), SETTINGS, [one for one in found if isinstance(one, Observation)])
        assert [one.cadence for one in series] == [timedelta(hours=hours)]


def test_open_interest_is_in_coins_and_in_dollars_at_the_mark_price() -> None:
    assert values("markets", markets(coin("BTC", "20000.5", "90000.0"))) == {
        ("open_interest_coins/BTC/hyperliquid", NOW): 20_000.5,
        ("open_interest/BTC/hyperliquid", NOW): 20_000.5 * 90_000.0,
    }


def test_questions_are_posted_as_json() -> None:
    funding, listed = live.asked("hyperliquid", "funding/ETH"), live.asked("hyperliquid", "markets")
    assert {(one.method, one.url, len(one.params)) for one in (funding, listed)} == {
        ("POST", "https://api.hyperliquid.xyz/info", 0)
    }
    times = {"startTime": ms("2026-10-12"), "endTime": ms("2026-11-16") - 1}
    assert funding.json == {"type": "fundingHistory", "coin": "ETH", **times}
    assert listed.json == {"type": "metaAndAssetCtxs"}


# ---- traps -----------------------------------------------------------------------------------------------------------


def test_open_interest_is_known_only_for_the_moment_of_asking() -> None:
    asked = live.asked("hyperliquid", "markets")
    assert (asked.period, asked.reach) == (None, timedelta(days=9))
    found = live.parse("hyperliquid", "markets", markets(coin("BTC", "1", "2")), live.FETCHED.replace(microsecond=7))
    assert {one.at for one in found if isinstance(one, Observation)} == {live.FETCHED}
    series = described(source("hyperliquid"), SETTINGS, [one for one in found if isinstance(one, Observation)])
    assert {one.measure: one.kind for one in series} == {
        "open_interest": Kind.SNAPSHOT,
        "open_interest_coins": Kind.SNAPSHOT,
    }


def test_coins_and_values_are_matched_by_their_places() -> None:
    found = values("markets", markets(coin("DOGE", "7", "8"), coin("ETH", "3", "4"), coin("BTC", "1", "2")))
    assert {series: value for (series, _), value in found.items()} == {
        "open_interest_coins/ETH/hyperliquid": 3.0,
        "open_interest/ETH/hyperliquid": 12.0,
        "open_interest_coins/BTC/hyperliquid": 1.0,
        "open_interest/BTC/hyperliquid": 2.0,
    }


def test_lists_that_do_not_fit_are_not_read() -> None:
    body = markets(coin("BTC", "1", "2"), coin("ETH", "3", "4"))
    with pytest.raises(ParseError, match="hyperliquid: markets: 2 coins and values for 1; it is left out"):
        live.parse("hyperliquid", "markets", [body[0], body[1][1:]])


def test_a_coin_that_is_no_longer_listed_is_left_out() -> None:
    assert values("markets", markets(coin("BTC", "0.0", "90000", isDelisted=True))) == {}
    assert len(values("markets", markets(coin("BTC", "5.0", "90000", isDelisted=False)))) == 2


def test_funding_without_a_premium_is_read() -> None:
    bare = {name: cell for name, cell in RATE.items() if name != "premium"}
    assert len(values("funding/BTC", [bare])) == 1


def test_the_rate_in_the_list_of_coins_is_no_settlement() -> None:
    assert not [name for name, _ in values("markets", markets(coin("BTC", "1", "2"))) if name.startswith("funding")]


def test_a_mark_price_that_is_missing_leaves_the_coins() -> None:
    found = values("markets", markets(coin("BTC", "5", None)))
    assert found == {("open_interest_coins/BTC/hyperliquid", NOW): 5.0}


def test_a_market_in_thousands_is_turned_into_coins() -> None:
    body = markets(coin("kPEPE", "5", "0.02"), coin("PEPE", "1", "1"))
    assert values("markets", body, assets=("PEPE",), symbols={"PEPE": "kPEPE"}) == {
        ("open_interest_coins/PEPE/hyperliquid", NOW): 5_000.0,
        ("open_interest/PEPE/hyperliquid", NOW): 0.1,
    }


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_everything_is_asked_and_read_from_the_provider_on_this_machine(clocked: None) -> None:
    found = [page for request in hyperliquid.requests(live.WEEK, SETTINGS) for page in pages(request)]
    assert {one.series for one in observed(found)} == set(hyperliquid.provides(SETTINGS))
    assert len(found) == 7  # two pages of funding an asset, and the list


def test_funding_is_followed_over_pages_of_500_until_the_period_is_covered(clocked: None) -> None:
    found = pages(live.asked("hyperliquid", "funding/BTC"))
    times = [one.at for one in observed(found)]
    assert [len(json.loads(page.body)) for page in found] == [500, 340]
    assert len(times) == len(set(times)) == 840
    assert (min(times), max(times)) == (datetime(2026, 10, 12, tzinfo=UTC), datetime(2026, 11, 15, 23, tzinfo=UTC))


def test_a_smaller_page_than_others_found_loses_nothing(clocked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "ROWS", 150)
    found = pages(live.asked("hyperliquid", "funding/ETH"))
    assert (len(found), len({one.at for one in observed(found)})) == (6, 840)


def test_the_next_page_begins_behind_the_last_row_to_the_millisecond() -> None:
    following = hyperliquid.more(live.payload("hyperliquid", "funding/BTC", [{}, None, {"time": "x"}, RATE]), SETTINGS)
    assert following is not None
    assert following.json == {
        "type": "fundingHistory",
        "coin": "BTC",
        "startTime": ms("2026-11-09 05:00") + 49,
        "endTime": ms("2026-11-16") - 1,
    }


def test_hours_that_are_not_over_are_not_asked_for_again() -> None:
    early = live.payload("hyperliquid", "funding/BTC", [RATE], fetched=datetime(2026, 11, 9, 5, 30, tzinfo=UTC))
    assert hyperliquid.more(early, SETTINGS) is None


@pytest.mark.parametrize(
    "body",
    [[], [{**RATE, "time": ms("2026-11-15 23:00")}], [{}, None, 7], None, b"{", b"<html>"],
    ids=["empty", "covered", "rows without a time", "null", "cut off", "a page"],
)
def test_there_is_no_next_page(body: object) -> None:
    assert hyperliquid.more(live.payload("hyperliquid", "funding/BTC", body), SETTINGS) is None


def test_the_list_of_coins_has_no_next_page() -> None:
    assert hyperliquid.more(live.payload("hyperliquid", "markets", markets(coin("BTC", "1", "2"))), SETTINGS) is None


def test_a_provider_that_repeats_itself_is_not_followed_for_ever() -> None:
    one = live.payload("hyperliquid", "funding/BTC", [RATE])
    following = hyperliquid.more(one, SETTINGS)
    assert following is not None
    assert hyperliquid.more(replace(one, request=following), SETTINGS) is None


# ---- what is wrong ---------------------------------------------------------------------------------------------------


def test_a_row_that_cannot_be_used_is_named_and_the_others_stay() -> None:
    rows = [RATE, {"time": RATE["time"]}, {**RATE, "fundingRate": "much"}, None]
    assert live.flaws("hyperliquid", "funding/BTC", rows) == [
        "hyperliquid: funding/BTC: row 2: no 'fundingRate'; it is left out",
        "hyperliquid: funding/BTC: row 3: 'much' is no number; it is left out",
        "hyperliquid: funding/BTC: row 4: 'NoneType' object is not subscriptable; it is left out",
    ]


def test_an_amount_out_of_all_bounds_is_named() -> None:
    assert live.flaws("hyperliquid", "markets", markets(coin("BTC", "1e300", "1e300"))) == [
        "hyperliquid: markets: row 1: 1e+300 is out of all bounds; it is left out",
        "hyperliquid: markets: row 1: inf is out of all bounds; it is left out",
    ]


def test_an_empty_list_yields_nothing() -> None:
    assert values("funding/BTC", []) == values("markets", [{"universe": []}, []]) == {}


@pytest.mark.parametrize("body", [None, {}, [], [{}], [[], []], [{"universe": {}}, []], b"", b"<html>", {"error": "x"}])
def test_another_form_is_not_read(body: object) -> None:
    with pytest.raises(ParseError, match=r"^hyperliquid: markets: .*; it is left out$"):
        live.parse("hyperliquid", "markets", body)


def test_an_error_of_the_provider_is_no_list() -> None:
    with pytest.raises(ParseError, match=r"^hyperliquid: funding/BTC: the answer is no list; it is left out$"):
        live.parse("hyperliquid", "funding/BTC", {"error": "Invalid coin"})


def test_errors_come_with_their_status() -> None:
    busy, odd = hyperliquid.fault(429, b"null"), hyperliquid.fault(422, b"Failed to deserialize the JSON body")
    assert busy == Fault("limited", "asked too often (HTTP 429)", retry=True)
    assert odd == Fault("refused", "refused the question (HTTP 422)")
    assert hyperliquid.fault(200, b"[]") is None


# ---- recorded --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["hyperliquid_recorded/fundingHistory", "exchange_samples/hyperliquid__http_funding_history"]
)
def test_a_recorded_answer_is_read(name: str, real_data: Path) -> None:
    rows = live.recorded(real_data, name)
    found = list(hyperliquid.parse(live.at_any_time(live.payload("hyperliquid", "funding/BTC", rows)), SETTINGS))
    read = [one.value for one in found if isinstance(one, Observation)]
    assert read == [float(row["fundingRate"]) for row in rows]
    assert len(read) == len(found) > 0


def test_recorded_values_of_coins_are_read(real_data: Path) -> None:
    """Recorded from a stream, which has the values without the names; the names here are of this test."""
    recorded = live.recorded(real_data, "hyperliquid_recorded/ws_all_dexs_asset_ctxs_trimmed")
    values = recorded["data"]["ctxs"][0][1]
    names = ["BTC", "ETH", *(f"coin{place}" for place in range(len(values)))][: len(values)]
    body = [{"universe": [{"name": name} for name in names]}, values]
    found = list(hyperliquid.parse(live.payload("hyperliquid", "markets", body), SETTINGS))
    read = [one for one in found if isinstance(one, Observation) and one.series.startswith("open_interest_coins/")]
    assert {one.series.split("/")[1]: one.value for one in read} == {
        "BTC": float(values[0]["openInterest"]),
        "ETH": float(values[1]["openInterest"]),
    }
