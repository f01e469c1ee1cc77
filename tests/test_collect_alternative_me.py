from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporter.collect import alternative_me, source
from reporter.errors import ParseError
from reporter.model import Observation
from tests import live
from tests.live import ms
from tests.providers import alternative_me as provider
from tests.providers import market
from tests.providers.server import Answer, Question

USE, KEY, SERIES = "alternative-me", "fear_greed", "fear_greed/market/alternative.me"


def body(*rows: tuple[str, str], error: object = None) -> dict[str, Any]:
    """An answer with rows such as ("2026-11-10", "61")."""
    data = [{"value": value, "value_classification": "Greed", "timestamp": str(ms(at) // 1000)} for at, value in rows]
    return {"name": "Fear and Greed Index", "data": data, "metadata": {"error": error}}


def test_a_day_has_the_value_it_is_stamped_with() -> None:
    assert live.values(USE, KEY, body(("2026-11-11", "61"), ("2026-11-10", "8"))) == {
        (SERIES, "2026-11-10 00:00"): 8.0,
        (SERIES, "2026-11-11 00:00"): 61.0,
    }


def test_a_stamp_within_a_day_means_that_day() -> None:
    assert list(live.values(USE, KEY, body(("2026-11-10 08:30", "40")))) == [(SERIES, "2026-11-10 00:00")]


def test_the_day_in_progress_and_days_that_were_not_asked_for_are_left_out() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    rows = body(("2026-11-16", "50"), ("2026-11-15", "51"), ("2026-11-14", "52"), ("2026-09-01", "53"))
    found = live.parse(USE, KEY, rows, fetched=noon)
    assert [(f"{one.at:%m-%d}", one.value) for one in found if isinstance(one, Observation)] == [("11-14", 52.0)]


def test_an_empty_list_yields_nothing() -> None:
    assert live.parse(USE, KEY, body()) == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"value": "", "timestamp": str(ms("2026-11-10") // 1000)}, "'' is no number"),
        ({"value": "101", "timestamp": str(ms("2026-11-10") // 1000)}, "101 cannot be"),
        ({"value": "40", "timestamp": "10-11-2026"}, "'10-11-2026' is no number"),  # what date_format would give
        ({"value": "40", "timestamp": str(ms("2026-11-10"))}, "is no time"),  # milliseconds
        ({"value": "40"}, "no 'timestamp'"),
        ("40", "indices must be"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_the_others_stay(row: object, why: str) -> None:
    mixed = body(("2026-11-11", "61"))
    mixed["data"].append(row)
    found = live.parse(USE, KEY, mixed)
    assert live.names(found) == {SERIES}
    assert [why in str(one) and "row 2" in str(one) for one in found[1:]] == [True]


@pytest.mark.parametrize("broken", [b"", b'{"data": [{"value": "4', b"<html>busy</html>", {"data": None}, [], {}])
def test_a_broken_answer_is_an_error_of_its_own(broken: object) -> None:
    with pytest.raises(ParseError, match=r"alternative-me: fear_greed: .*; it is left out"):
        live.parse(USE, KEY, broken)


def test_an_error_of_the_provider_comes_with_status_200() -> None:
    refused = live.payload(USE, KEY, {"data": None, "metadata": {"error": "Too many requests"}})
    fault = alternative_me.fault(200, refused.body)
    assert fault is not None
    assert (fault.kind, fault.what, fault.retry) == ("refused", "refused the question: Too many requests", False)
    with pytest.raises(ParseError, match="Too many requests"):
        list(alternative_me.parse(refused, live.settings(USE)))
    assert alternative_me.fault(200, live.payload(USE, KEY, body()).body) is None


def test_a_full_house_may_be_asked_again() -> None:
    busy = alternative_me.fault(429, b"Too Many Requests")
    assert busy is not None
    assert busy.retry


def test_one_question_reaches_from_the_latest_day_to_the_start_of_the_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when the note is written on the last day before the next week is over."""
    late = live.WEEK.end + timedelta(days=6, hours=23)
    monkeypatch.setattr(market, "now", late.timestamp)
    request = live.asked(USE, KEY)
    answer = provider.answer(asked())
    found = live.parse(USE, KEY, answer.body, fetched=late)
    days = [one.at for one in found if isinstance(one, Observation)]
    assert request.period is not None
    assert sorted(days) == [request.period.start + timedelta(days=step) for step in range(35)]
    assert len(found) == len(days)
    assert {one.value for one in found if isinstance(one, Observation)} == {
        float(market.fear(at.timestamp())) for at in days
    }
    assert request.reach is not None
    assert late - request.period.start < request.reach


def asked() -> Question:
    request = live.asked(USE, KEY)
    path = request.url.removeprefix(live.settings(USE).base_url)
    return Question(USE, request.method, path, dict(request.params), {})


def test_what_it_is_there_for_is_what_comes() -> None:
    provided = set(alternative_me.provides(live.settings(USE, name="mood")))
    found = live.parse(USE, KEY, body(("2026-11-10", "40")), name="mood")
    assert provided == {one.series for one in found if isinstance(one, Observation)}


def test_the_source_is_named_where_the_number_is_printed() -> None:
    assert "alternative.me" in alternative_me.LABEL
    assert "named" in alternative_me.TERMS


def test_a_recorded_answer_is_read(real_data: Path) -> None:
    recorded = live.recorded(real_data, "exchange_samples/alternative_me__fng")
    one = live.at_any_time(live.payload(USE, KEY, recorded))
    found = [each for each in source(USE).parse(one, live.settings(USE)) if isinstance(each, Observation)]
    assert [(int(each.at.timestamp()), each.value) for each in found] == [
        (int(row["timestamp"]), float(row["value"])) for row in recorded["data"]
    ]


def test_the_made_up_provider_says_what_is_wrong_with_a_question() -> None:
    refused: Answer = provider.answer(Question(USE, "GET", "/fng/", {"limit": "x"}, {}))
    assert alternative_me.fault(refused.status, refused.body) is not None
