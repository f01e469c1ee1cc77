"""What a source and the client agree on: how it wants to be asked, how long to wait for it, what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reporter.model import Fault, Request

Judge = Callable[[int, bytes], Fault | None]  # a source's fault(status, body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one Request: status 0 and an empty body where there was no answer. Names of headers are in small
    letters, and only those are kept that say when, what, or how much more may be asked."""

    request: Request
    fetched_at: datetime
    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a source wants to be asked. `pace` is the time in seconds between two questions to its host; `own` is an
    address that the user gave, so that it may be a private one."""

    judge: Judge
    pace: float
    own: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds, and how much to take."""

    connect: float = 5.0
    read: float = 20.0  # without hearing anything
    whole: float = 60.0  # one question with its retries, from its first start
    overall: float = 900.0  # all questions, from the first on
    tries: int = 4
    largest: int = 64_000_000  # bytes of a body, unpacked
    in_flight: int = 6  # questions to one host at the same time
    longest_wait: float = 120.0  # that a host may ask for
    backoff: float = 1.0  # the first wait before a retry is at most this; then twice, four times ...
