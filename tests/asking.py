"""The HTTP client in tests: questions to servers on loopback, and what came of them."""

from __future__ import annotations

from typing import Any

from reporter.collect import reading
from reporter.model import Fault, Request
from reporter.web import Answer, Judge, Limits, Terms, Web
from tests.raw_server import Talk

QUICK = Limits(connect=2, read=2, whole=8, overall=20, backoff=0.01)
OWN = Terms(reading.http_fault, pace=0.0, own=True)


def asked(url: str, key: str = "candles", **more: Any) -> Request:
    return Request("source", key, url, **more)


def told(*requests: Request, terms: Terms = OWN, limits: Limits = QUICK) -> list[Answer]:
    """The answers to these questions, as they arrive."""
    with Web(limits) as web:
        for request in requests:
            web.ask(request, terms)
        return list(web.answers())


def one(url: str, terms: Terms = OWN, limits: Limits = QUICK, **more: Any) -> Answer:
    (answer,) = told(asked(url, **more), terms=terms, limits=limits)
    return answer


def why(answer: Answer) -> str:
    """What the fault says; nothing is kept where the fault is that there was no answer."""
    assert answer.fault is not None, answer
    assert answer.status or answer.body == b""
    return answer.fault.what


def judging(fault: Fault | None) -> Judge:
    return lambda status, body: fault


def moved(talk: Talk, location: str, status: int = 302) -> None:
    talk.answer(status=status, Location=location)
