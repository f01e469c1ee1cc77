"""Keys go out with a question and come back in nothing: no answer, no fault, no log."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from reporter.model import Fault, Request
from tests.asking import QUICK, asked, moved, one, told, why
from tests.providers.server import Providers, said
from tests.raw_server import Raw

KEY = "CG-9f/8e+7d=6c5b"
FULL = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"


def with_key(url: str, place: str = "header", **more: Any) -> Request:
    """A question with a key in a header, or in a parameter that stands there empty."""
    more |= {"params": {"api_key": "", "n": "1"}} if place == "parameter" else {}
    return asked(url, secrets={"api_key" if place == "parameter" else "CG-API-KEY": "COINGLASS_API_KEY"}, **more)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COINGLASS_API_KEY", KEY)
    return KEY


def test_a_key_goes_where_it_belongs_and_nowhere_else(key: str) -> None:
    with Providers() as providers:
        providers.own["x"] = lambda question: said(1)
        told(with_key(providers.url("x")), with_key(providers.url("x"), "parameter"))
        header = next(question for question in providers.asked if "cg-api-key" in question.headers)
        parameter = next(question for question in providers.asked if question is not header)
        assert (header.headers["cg-api-key"], dict(header.query)) == (key, {})
        assert (dict(parameter.query), "api_key" in parameter.headers) == ({"api_key": key, "n": "1"}, False)


@pytest.mark.parametrize("value", [None, ""])
def test_without_its_key_a_source_is_not_asked(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is not None:
        monkeypatch.setenv("COINGLASS_API_KEY", value)
    with Raw(lambda talk: talk.answer()) as server:
        (answer,) = told(with_key(server.url))
        assert answer.fault == Fault("key", "COINGLASS_API_KEY is not set")
        assert server.talks == []


@pytest.mark.parametrize("value", [f"{KEY}\r\nX-Other: a", f"{KEY}\n", f" {KEY}", f"{KEY}\u20ac", f"{KEY}\x7f"])
def test_a_key_that_no_header_can_hold_is_not_sent(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COINGLASS_API_KEY", value)
    with Raw(lambda talk: talk.answer()) as server:
        (answer,) = told(with_key(server.url))
        assert why(answer) == "COINGLASS_API_KEY holds a line break or another sign that no key has"
        assert (server.talks, KEY in repr(answer)) == ([], False)


@pytest.mark.parametrize("headers", [{"X-A": "a\nb"}, {"X-A": "a\r\n b"}, {"X A": "b"}, {"": "b"}, {"X-A": "\xe4"}])
def test_a_header_with_a_line_break_is_not_sent(headers: dict[str, str]) -> None:
    with Raw(lambda talk: talk.answer()) as server:
        assert "line break" in why(one(server.url, headers=headers))
        assert server.talks == []


ECHOES = {
    "body": lambda talk: talk.answer(f"wrong key: {KEY}".encode()),
    "body in JSON": lambda talk: talk.answer(KEY.replace("/", "\\/").encode()),
    "body in an address": lambda talk: talk.answer(quote(KEY, safe="").encode()),
    "refusal": lambda talk: talk.answer(f'{{"msg": "{KEY}"}}'.encode(), status=400),
    "header": lambda talk: talk.answer(ETag=KEY),
    "header past its cut": lambda talk: talk.answer(ETag="x" * 190 + KEY),
    "name of a header": lambda talk: talk.say(f"{FULL}X-RateLimit-{KEY}: 1\r\n\r\n{{}}".encode()),
    "media type": lambda talk: talk.answer(Content_Type=f"text/{KEY}"),
}


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("place", ["header", "parameter"])
def test_an_answer_that_repeats_the_key_is_not_kept(
    echo: str, place: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Raw(ECHOES[echo]) as server:
        (answer,) = told(with_key(server.url, place))
    assert answer.fault == Fault("refused", "the answer repeats the key; it was not kept")
    assert (answer.body, dict(answer.headers), answer.media_type) == (b"", {}, "")
    assert KEY.lower() not in (repr(answer) + caplog.text).lower()


TROUBLES = {
    "reset": lambda talk: talk.reset(),
    "headers that cannot be read": lambda talk: talk.say(FULL.encode(), b"no header at all\r\nX: 1\r\n\r\n{}"),
    "no HTTP": lambda talk: talk.say(f"{KEY} is what you asked\r\n\r\n".encode()),
    "lengths that contradict": lambda talk: talk.say(FULL.encode(), f"Content-Length: 3 {KEY}\r\n\r\n{{}}".encode()),
    "both lengths": lambda talk: talk.say(FULL.encode(), b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    "refusal": lambda talk: talk.answer(status=403),
    "limit": lambda talk: talk.answer(status=429),
    "redirect to the key": lambda talk: moved(talk, f"http://{KEY[:5]}.example.org/?{KEY}"),
    "redirect to no address": lambda talk: moved(talk, f"ftp://{KEY}/"),
    "redirect with the key": lambda talk: moved(talk, talk.path),
    "cut short": lambda talk: talk.reset(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("place", ["header", "parameter"])
def test_a_key_is_in_no_answer_and_no_log_whatever_goes_wrong(
    trouble: str, place: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "urllib3", "urllib3.connection", "urllib3.connectionpool", "urllib3.response", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    with Raw(TROUBLES[trouble]) as server:
        answers = told(with_key(server.url + "/a", place), limits=replace(QUICK, tries=2))
        assert server.talks
        assert KEY.encode() in server.talks[0].asked or quote(KEY, safe="").encode() in server.talks[0].asked
    for spelling in (KEY, quote(KEY, safe=""), KEY.replace("/", "\\/")):
        assert spelling not in repr(answers) + caplog.text
