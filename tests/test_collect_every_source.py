"""What holds for every source on the network, whatever it is sent."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter import clock, collect
from reporter.collect.coinglass.settings import PLANS
from reporter.errors import ParseError
from reporter.model import Flaw, Kind, Observation, Payload, Request
from reporter.series import FORMS, LISTS
from tests import live

NOW = clock.now()
LIVE = sorted(use for use in collect.SOURCES if collect.is_live(collect.source(use)))
JUNK: tuple[Any, ...] = (
    None, True, "", "-", "NaN", "Infinity", "1e999", "-1", "0x10", "9" * 50, -1, 0, 1e308, 10**400, [], {}, [[]], "x",
    "\u202e", {"data": None}, [None] * 3,
)  # fmt: skip


def chosen(use: str) -> Any:
    """The usual settings; feeds that lie elsewhere are asked for below the provider's address."""
    return live.settings(use, **({"base_url": "https://example.org/news"} if use == "news" else {}))


@lru_cache
def requests(use: str) -> list[Request]:
    return collect.source(use).requests(clock.last_week(NOW), chosen(use))


@lru_cache
def body(use: str, key: str) -> bytes:
    """The provider's answer, the same one each time: its clock goes on."""
    return live.provider_says(use, next(one for one in requests(use) if one.key == key), chosen(use))


def payload(request: Request, sent: bytes) -> Payload:
    return Payload(hashlib.sha256(sent).hexdigest(), request, NOW, 200, "application/json", sent)


@pytest.mark.parametrize("use", LIVE)
def test_a_default_week_gives_every_series_that_the_source_is_there_for(use: str) -> None:
    module, given_by = collect.source(use), set()
    for request in requests(use):
        found = list(module.parse(payload(request, body(use, request.key)), chosen(use)))
        assert [str(one) for one in found if isinstance(one, Flaw)] == []
        given_by |= {one.series for one in found if isinstance(one, Observation)}
        assert set(described(use, found)) == {one.series for one in found if isinstance(one, Observation)}
    assert set(collect.provides(module, chosen(use))) <= given_by


@pytest.mark.parametrize("use", LIVE)
def test_a_source_gives_the_lists_that_it_declares_and_no_others(use: str) -> None:
    module, found = collect.source(use), set()
    usual = live.settings(use, plan=PLANS[-1]) if use == "coinglass" else chosen(use)
    for request in module.requests(clock.last_week(NOW), usual):
        answer = payload(request, live.provider_says(use, request, usual))
        found |= {type(one).__name__ for one in module.parse(answer, usual)}
    assert {LISTS[name] for name in found & set(LISTS)} == collect.gives(use) - set(FORMS)


def described(use: str, found: list[Any]) -> Iterator[str]:
    observations = [one for one in found if isinstance(one, Observation)]
    return (one.id for one in collect.described(collect.source(use), chosen(use), observations))


@pytest.mark.parametrize("use", LIVE)
def test_questions_have_names_of_their_own_and_hold_no_key(use: str) -> None:
    asked = requests(use)
    assert len({request.key for request in asked}) == len(asked)
    for request in asked:
        assert live.SECRET not in repr(request)
        assert all(name.isupper() for name in request.secrets.values())


@pytest.mark.parametrize("use", LIVE)
@settings(max_examples=60)
@given(data=st.data())
def test_no_answer_however_mangled_does_harm(use: str, data: st.DataObject) -> None:
    request = data.draw(st.sampled_from(requests(use)))
    one = payload(request, data.draw(mangled(body(use, request.key))))
    collect.source(use).fault(200, one.body)  # type: ignore[attr-defined]
    try:
        found = list(collect.source(use).parse(one, chosen(use)))
    except ParseError as problem:
        assert str(problem).startswith(use)
        assert "\n" not in str(problem)
        return
    for each in found:
        assert not isinstance(each, Observation) or is_sound(each, request), each
        assert isinstance(each, Flaw | Observation) or is_finite(each), each
    more = getattr(collect.source(use), "more", None)
    try:
        following = more(one, chosen(use)) if more else None
    except ParseError:
        return
    assert following is None or (following.key, following.period) == (request.key, request.period)


def is_sound(one: Observation, request: Request) -> bool:
    """Finite, with a form, and within what was asked."""
    form = FORMS[one.series.split("/")[0]]
    inside = request.period is None or request.period.start <= one.at <= request.period.end
    at_the_end = request.period is not None and one.at == request.period.end
    return math.isfinite(one.value) and inside and not (at_the_end and form.kind == Kind.INTERVAL)


def is_finite(item: object) -> bool:
    return all(math.isfinite(value) for value in vars_of(item) if isinstance(value, float))


def vars_of(item: object) -> list[Any]:
    return [getattr(item, name) for name in item.__slots__]  # type: ignore[attr-defined]


@st.composite
def mangled(draw: st.DrawFn, sent: bytes) -> bytes:
    """A real answer cut short, garbled, or with some of its values replaced."""
    match draw(st.sampled_from(["cut", "bytes", "junk", "values", "values", "values"])):
        case "cut":
            return sent[: draw(st.integers(0, len(sent)))]
        case "bytes":
            at = draw(st.integers(0, len(sent)))
            return sent[:at] + draw(st.binary(max_size=20)) + sent[at:]
        case "junk":
            return draw(
                st.one_of(st.binary(max_size=60), st.sampled_from([b"[" * 100_000, b"<html>no</html>", b"null"]))
            )
    try:
        value = json.loads(sent)
    except ValueError:
        return sent.replace(b"0", draw(st.sampled_from([b"", b"x", b"99999999999", b"\xff"])), draw(st.integers(0, 50)))
    for _ in range(draw(st.integers(1, 4))):
        value = replaced(draw, value)
    return json.dumps(value).encode()


def replaced(draw: st.DrawFn, value: Any) -> Any:
    """The value with one thing inside it, or all of it, made into something else."""
    if not isinstance(value, list | dict) or not value or draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(JUNK))
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw(st.sampled_from(keys[:6] + keys[-2:]))
    if draw(st.integers(0, 7)) == 0:
        return {k: v for k, v in value.items() if k != key} if isinstance(value, dict) else value[:key]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = replaced(draw, value[key])
    return copy
