"""A round of questions: who is asked what, in which order, and what is said of those that did not answer."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import clock
from reporter.archive import Archive
from reporter.collect import reading
from reporter.config import Patience
from reporter.model import Fault, Payload, Period, Request, Week
from reporter.pipeline import asking
from reporter.pipeline.asking import Asking, Step, Usable, questions
from reporter.pipeline.collecting import CHUNK, chunks
from reporter.pipeline.desk import Configured, Round
from tests.providers.server import Answer, Providers, Question, said

WEEK = clock.parse_week("2026-W45")
NOW = WEEK.cut
QUICK = Patience(read_seconds=2, question_seconds=4, overall_seconds=30, tries=1)

Fault_ = Callable[[int, bytes], Fault | None]


@pytest.fixture
def server() -> Iterator[Providers]:
    with Providers() as running:
        yield running


def source(
    server: Providers,
    name: str,
    *keys: str,
    answer: Callable[[Question], Answer] = lambda _: said([]),
    fault: Fault_ = reading.http_fault,
    more: Callable[[Payload, Any], Request | None] | None = None,
) -> Configured:
    """A source that asks one question for each key, and its provider on this machine."""
    server.own.setdefault(name, answer)

    def requests(week: Week, settings: Any) -> list[Request]:
        period = Period(week.start, week.end)
        return [Request(name, key, f"{server.url(name)}/{key}", params=dated(week), period=period) for key in keys]

    module: Any = SimpleNamespace(requests=requests, fault=fault, more=more)
    return Configured(name, name, module, SimpleNamespace(pace_seconds=0.0), own=True)


def dated(week: Week) -> dict[str, str]:
    return {"from": f"{week.start:%Y-%m-%d}"}


@dataclass
class Told:
    """What came of a round: the answers, the steps in the order they were told, and what went wrong."""

    answers: list[tuple[str, str, str]]
    steps: list[Step]
    failures: list[str]


def ask(folder: Path, *sources: Configured, weeks: Sequence[Week] = (WEEK,), usable: Usable | None = None) -> Told:
    steps: list[Step] = []
    round_ = Asking(Round(sources, folder, QUICK), Archive(folder / "raw"), steps.append, usable)
    answers = [(one.name, payload.request.key, payload.fault) for one, payload in round_.payloads(weeks)]
    return Told(answers, steps, round_.failures())


def paths(server: Providers) -> Counter[str]:
    return Counter(f"{asked.provider}{asked.path}" for asked in server.asked)


def refusing(path: str, answer: Answer) -> Callable[[Question], Answer]:
    """Answers well, but for one path."""
    return lambda asked: answer if asked.path == path else said([])


# ---- which questions -------------------------------------------------------------------------------------------------


def asked_of(requests: Callable[[Week], list[Request]], *weeks: Week, now: datetime = NOW) -> list[Request]:
    module: Any = SimpleNamespace(requests=lambda week, _: requests(week))
    return questions(Configured("one", "one", module, None), weeks, now)


def spanning(days: int, reach: timedelta | None = None) -> Callable[[Week], list[Request]]:
    return lambda week: [
        Request(
            "one",
            "k",
            "http://a/",
            params=dated(week),
            period=Period(week.end - timedelta(days=days), week.end),
            reach=reach,
        )
    ]


def test_a_question_that_reaches_back_too_far_is_left_out() -> None:
    month = spanning(28, timedelta(days=30))
    ends = [request.period and request.period.end for request in asked_of(month, WEEK, WEEK.previous)]
    assert ends == [WEEK.end]
    assert len(asked_of(spanning(28), WEEK, WEEK.previous)) == 2


def test_a_question_that_just_reaches_is_asked() -> None:
    exactly = spanning(28, NOW - WEEK.end + timedelta(days=28))
    assert len(asked_of(exactly, WEEK)) == 1
    assert asked_of(exactly, WEEK, now=NOW + timedelta(seconds=1)) == []


def test_a_snapshot_is_asked_only_for_the_newest_week() -> None:
    def snapshot(_: Week) -> list[Request]:
        return [Request("one", "now", "http://a/", reach=timedelta(days=9))]

    assert len(asked_of(snapshot, WEEK)) == 1
    assert asked_of(snapshot, WEEK.shifted(-2)) == []


def test_a_question_that_two_weeks_have_in_common_is_asked_once() -> None:
    same = Period(WEEK.start, WEEK.end)
    assert len(asked_of(lambda _: [Request("one", "k", "http://a/", period=same)], WEEK, WEEK.previous)) == 1


def test_questions_about_two_periods_are_two() -> None:
    assert len(asked_of(spanning(7), WEEK, WEEK.previous)) == 2


def test_a_question_that_no_week_changes_is_asked_once_for_all_of_them() -> None:
    def always(week: Week) -> list[Request]:
        return [Request("one", "k", "http://a/", json={"type": "all"}, period=Period(week.start, week.end))]

    (request,) = asked_of(always, WEEK, WEEK.shifted(-5))
    assert request.period == Period(WEEK.shifted(-5).start, WEEK.end)
    assert request.json == {"type": "all"}


# ---- the first goes ahead --------------------------------------------------------------------------------------------


def test_a_host_that_answers_is_asked_everything_once(tmp_path: Path, server: Providers) -> None:
    told = ask(tmp_path, source(server, "one", "a", "b", "c"), source(server, "two", "a"))
    assert paths(server) == {"one/a": 1, "one/b": 1, "one/c": 1, "two/a": 1}
    assert sorted(told.answers) == [("one", "a", ""), ("one", "b", ""), ("one", "c", ""), ("two", "a", "")]
    assert told.failures == []


def test_the_rest_waits_until_the_first_was_answered(tmp_path: Path, server: Providers) -> None:
    until: list[int] = []

    def slow(asked: Question) -> Answer:
        if asked.path == "/a":
            time.sleep(0.3)
            until.append(len(server.asked))
        return said([])

    ask(tmp_path, source(server, "one", "a", "b", "c", answer=slow))
    assert until == [1]
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said({"msg": "restricted location"}, 451), "blocked from this address (HTTP 451)"),
        (said({}, 401), "refused the key (HTTP 401)"),
        (Answer(b"<!doctype html><p>Just a moment", 200, "text/html"), "HTML where JSON was due"),
        (said({}, 503), "out of order (HTTP 503)"),
    ],
)
def test_a_host_that_lets_nobody_in_is_asked_once(
    tmp_path: Path, server: Providers, answer: Answer, words: str
) -> None:
    shut = source(server, "shut", "a", "b", "c", answer=lambda _: answer)
    told = ask(tmp_path, shut, source(server, "open", "a"), weeks=(WEEK, WEEK.previous))
    assert paths(server) == {"shut/a": 1, "open/a": 2}
    assert told.failures == [f"shut: {words}: a, b, c"]
    assert [step for step in told.steps if step.source == "shut"] == [Step("shut", 1, 6, words)]


def test_a_host_that_was_heard_and_fails_later_is_asked_the_rest(tmp_path: Path, server: Providers) -> None:
    told = ask(tmp_path, source(server, "one", "a", "b", "c", answer=refusing("/b", said({}, 503))))
    assert paths(server) == {"one/a": 1, "one/b": 1, "one/c": 1}
    assert told.failures == ["one: out of order (HTTP 503): b"]


@pytest.mark.parametrize("kind", ["plan", "refused"])
def test_what_one_question_is_refused_for_keeps_no_other_back(tmp_path: Path, server: Providers, kind: Any) -> None:
    def fault(_: int, body: bytes) -> Fault | None:
        return Fault(kind, "not for you") if b"no" in body else None

    one = source(server, "one", "a", "b", "c", answer=refusing("/a", said("no")), fault=fault)
    told = ask(tmp_path, one)
    assert paths(server) == {"one/a": 1, "one/b": 1, "one/c": 1}
    assert told.failures == ["one: not for you: a"]
    assert ("one", "a", "not for you") in told.answers  # it is kept, and handed on with its fault


def test_two_hosts_of_one_source_stand_each_for_itself(tmp_path: Path, server: Providers) -> None:
    server.own["first"], server.own["second"] = (lambda _: said({}, 451)), (lambda _: said([]))
    hosts = {f"{host}-{n}": f"{server.url(host)}/{n}" for host in ("first", "second") for n in (1, 2)}
    module: Any = SimpleNamespace(
        requests=lambda week, _: [Request("one", key, url) for key, url in hosts.items()], fault=reading.http_fault
    )
    told = ask(tmp_path, Configured("one", "one", module, SimpleNamespace(pace_seconds=0.0), own=True))
    assert paths(server) == {"first/1": 1, "second/1": 1, "second/2": 1}
    assert told.failures == ["one: blocked from this address (HTTP 451): first-1, first-2"]


# ---- what went wrong -------------------------------------------------------------------------------------------------


def test_faults_of_one_kind_are_one_line(tmp_path: Path, server: Providers) -> None:
    keys = [f"k{n}" for n in range(7)]
    told = ask(tmp_path, source(server, "one", "a", *keys, answer=lambda q: said([], 200 if q.path == "/a" else 503)))
    (line,) = told.failures
    assert line.startswith("one: out of order (HTTP 503): k")
    assert line.endswith(" and 3 more")


def test_an_answer_that_cannot_be_read_is_named_with_the_rest(tmp_path: Path, server: Providers) -> None:
    one = source(server, "one", "a", "b")
    round_ = Asking(Round((one,), tmp_path, QUICK), Archive(tmp_path / "raw"), asking.silent)
    for whose, payload in round_.payloads([WEEK]):
        round_.misread(whose, payload, f"one: {payload.request.key}: the answer is empty; it is left out")
    (line,) = round_.failures()
    assert line == "one: the answer is empty: a, b"


def test_where_nobody_answers_one_line_says_so(tmp_path: Path, server: Providers) -> None:
    sources = [source(server, name, "a", "b", answer=lambda _: said({}, 451)) for name in ("one", "two")]
    (line,) = ask(tmp_path, *sources).failures
    assert line.startswith("no source answered: one (blocked from this address (HTTP 451)), two (blocked")
    assert line.endswith("`reporter run --sample` makes a note without them")


def test_a_round_without_sources_on_the_network_asks_nobody(tmp_path: Path) -> None:
    assert ask(tmp_path) == Told([], [], [])


# ---- pages -----------------------------------------------------------------------------------------------------------


def paged(last: int | None) -> Callable[[Payload, Any], Request | None]:
    """Pages up to a last one, or without end."""

    def more(payload: Payload, _: Any) -> Request | None:
        number = int(payload.request.params.get("page", "1"))
        following = {**payload.request.params, "page": str(number + 1)}
        return None if number == last else replace(payload.request, params=following)

    return more


def numbered(question: Question) -> Answer:
    return said(question.query.get("page", "1"))


def test_pages_are_followed_to_the_last(tmp_path: Path, server: Providers) -> None:
    told = ask(tmp_path, source(server, "one", "a", "b", answer=numbered, more=paged(3)))
    assert paths(server) == {"one/a": 3, "one/b": 3}
    assert told.failures == []
    assert told.steps[-1] == Step("one", 6, 6)


def test_a_page_that_is_refused_ends_the_pages(tmp_path: Path, server: Providers) -> None:
    def answer(question: Question) -> Answer:
        return said({}, 503) if question.query.get("page") == "2" else numbered(question)

    told = ask(tmp_path, source(server, "one", "a", answer=answer, more=paged(None)))
    assert paths(server) == {"one/a": 2}
    assert told.failures == ["one: out of order (HTTP 503): a"]


def test_pages_without_end_are_not_followed_for_ever(tmp_path: Path, server: Providers) -> None:
    told = ask(tmp_path, source(server, "one", "a", "b", answer=numbered, more=paged(None)))
    assert paths(server) == {"one/a": asking.MOST_PAGES, "one/b": asking.MOST_PAGES}
    (line,) = told.failures
    assert line.startswith(f"one: more than {asking.MOST_PAGES} pages; the rest is left out: ")
    assert told.steps[-1] == Step("one", 2 * asking.MOST_PAGES, 2 * asking.MOST_PAGES)


# ---- how far it is ---------------------------------------------------------------------------------------------------


def test_steps_are_told_in_order_and_only_the_last_is_complete(tmp_path: Path, server: Providers) -> None:
    told = ask(
        tmp_path,
        source(server, "one", "a", "b", answer=numbered, more=paged(3)),
        source(server, "two", "a", "b", "c", answer=refusing("/b", said({}, 404))),
        weeks=(WEEK, WEEK.previous),
    )
    for name, total in (("one", 12), ("two", 6)):
        steps = [step for step in told.steps if step.source == name]
        assert [step.done for step in steps] == list(range(1, total + 1))
        assert [step.total for step in steps] == sorted(step.total for step in steps)
        assert [step.done == step.total for step in steps] == [False] * (total - 1) + [True]


def test_answers_from_the_archive_are_counted_too(tmp_path: Path, server: Providers) -> None:
    one = source(server, "one", "a", "b", answer=numbered, more=paged(2))
    ask(tmp_path, one)
    again = ask(tmp_path, one, usable=lambda *_: True)
    assert again.steps == [Step("one", done, total) for done, total in ((1, 3), (2, 3), (3, 4), (4, 4))]


# ---- going on where it was -------------------------------------------------------------------------------------------


def test_what_the_archive_has_is_not_asked_again(tmp_path: Path, server: Providers) -> None:
    one = source(server, "one", "a", "b", answer=numbered, more=paged(3))
    first = ask(tmp_path, one)
    server.asked.clear()
    again = ask(tmp_path, one, usable=lambda *_: True)
    assert server.asked == []
    assert sorted(again.answers) == sorted(first.answers)


def test_only_what_is_missing_is_asked(tmp_path: Path, server: Providers) -> None:
    ask(tmp_path, source(server, "one", "a", "b", answer=refusing("/b", said({}, 503))))
    server.asked.clear()
    server.own["one"] = lambda _: said([])
    told = ask(tmp_path, source(server, "one", "a", "b"), weeks=(WEEK, WEEK.previous), usable=lambda *_: True)
    assert Counter((q.path, q.query["from"]) for q in server.asked) == {
        ("/b", dated(WEEK)["from"]): 1,
        ("/a", dated(WEEK.previous)["from"]): 1,
        ("/b", dated(WEEK.previous)["from"]): 1,
    }
    assert told.failures == []


def test_pages_are_gone_on_with_where_they_ended(tmp_path: Path, server: Providers) -> None:
    ask(tmp_path, source(server, "one", "a", answer=numbered, more=paged(2)))
    server.asked.clear()
    ask(tmp_path, source(server, "one", "a", answer=numbered, more=paged(4)), usable=lambda *_: True)
    assert [q.query["page"] for q in server.asked] == ["3", "4"]


def test_an_answer_that_is_of_no_use_is_asked_for_again(tmp_path: Path, server: Providers) -> None:
    ask(tmp_path, source(server, "one", "a", "b"))
    server.asked.clear()
    ask(tmp_path, source(server, "one", "a", "b"), usable=lambda _, payload: payload.request.key != "b")
    assert paths(server) == {"one/b": 1}


def test_a_snapshot_in_the_archive_does_not_speak_for_now(tmp_path: Path, server: Providers) -> None:
    module: Any = SimpleNamespace(
        requests=lambda week, _: [Request("one", "now", f"{server.url('one')}/now")], fault=reading.http_fault
    )
    server.own["one"] = lambda _: said([])
    one = Configured("one", "one", module, SimpleNamespace(pace_seconds=0.0), own=True)
    for _ in range(2):
        ask(tmp_path, one, usable=lambda *_: True)
    assert paths(server) == {"one/now": 2}


def test_a_host_that_blocks_when_it_is_gone_on_with_is_asked_once(tmp_path: Path, server: Providers) -> None:
    ask(tmp_path, source(server, "one", "a"))
    server.asked.clear()
    server.own["one"] = lambda _: said({}, 451)
    told = ask(tmp_path, source(server, "one", "a", "b", "c", "d"), usable=lambda *_: True)
    assert paths(server) == {"one/b": 1}
    assert ("one", "a", "") in told.answers
    assert told.failures[0].startswith("no source answered: one (blocked")


# ---- older weeks -----------------------------------------------------------------------------------------------------

WEEKS = st.integers(-500, 500).map(WEEK.shifted)
COUNTS = st.integers(1, 260)


@given(WEEKS, COUNTS)
def test_a_backfill_and_the_week_itself_cover_all_weeks(week: Week, count: int) -> None:
    asked = [week, *chunks(week, count)]  # each question covers CHUNK weeks up to its own
    covered = {one.shifted(-back) for one in asked for back in range(CHUNK)}
    assert {week.shifted(-back) for back in range(count)} <= covered


@given(WEEKS, COUNTS, st.integers(0, 60), COUNTS)
def test_the_weeks_of_a_backfill_are_the_same_whenever_it_is_asked(
    week: Week, count: int, later: int, other: int
) -> None:
    first, second = set(chunks(week, count)), set(chunks(week.shifted(later), other))
    earliest = max(min(first), min(second))
    assert {one for one in second if earliest <= one <= week} == {one for one in first if earliest <= one}


@given(WEEKS, COUNTS)
def test_the_weeks_of_a_backfill_stand_apart_and_end_with_the_week_at_the_latest(week: Week, count: int) -> None:
    found = list(chunks(week, count))
    assert found == [found[0].shifted(-CHUNK * step) for step in range(len(found))]
    assert week.shifted(-CHUNK) < found[0] <= week
    assert len(found) == -(-count // CHUNK)


def test_answers_are_on_disk_before_they_are_handed_on(tmp_path: Path, server: Providers) -> None:
    one = source(server, "one", "a", answer=numbered)
    round_ = Asking(Round((one,), tmp_path, QUICK), Archive(tmp_path / "raw"), asking.silent)
    _, payload = next(round_.payloads([WEEK]))
    assert json.loads(Archive(tmp_path / "raw").body("one", payload.id)) == "1"
