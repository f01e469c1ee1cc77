"""One question asked once: a request and a session in, what came of it out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reporter.model import Fault, Request
from reporter.web import address, body, keys
from reporter.web.keys import Filled
from reporter.web.terms import Limits, Terms
from reporter.web.trouble import Trouble, asked_to_wait, fault_of

if TYPE_CHECKING:
    from requests import Response, Session

MOVED = (301, 302, 303, 307, 308)
MOVED_AS_IT_IS = (307, 308)  # the others turn a POST into a GET
RATE = (429, 418)
KEPT = ("date", "content-type", "retry-after", "etag", "last-modified")
KEPT_PREFIXES = ("x-mbx-used-weight", "x-ratelimit", "api-key-")
LONGEST = 200
OURS = ("user-agent", "accept-encoding")
ECHO = Fault("refused", "the answer repeats the key; it was not kept")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question is asked, and until when (time.monotonic); `moved` once a redirect has said where."""

    url: str = field(repr=False)
    moved: bool
    until: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one attempt. `wait` is what the host asked for in seconds, `onward` where it sends the question."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None
    wait: float | None = None
    onward: str | None = field(default=None, repr=False)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_rate_limit(self) -> bool:
        return self.status in RATE or (self.fault is not None and self.fault.kind == "limited" and self.may_pass)

    @property
    def may_pass(self) -> bool:
        """Whether the same may be asked again: a limit or a failure; a refusal (451, 403 and the like) is final."""
        if self.fault is None or (400 <= self.status < 500 and self.status not in RATE):
            return False
        return self.fault.retry or self.status >= 400


def attempt(session: Session, request: Request, terms: Terms, place: Place, limits: Limits) -> Reply:
    """What came of asking once; whatever the world does wrong is the fault of the Reply."""
    filled = keys.fill(request)
    if isinstance(filled, Fault):
        return Reply(fault=filled)
    left = place.until - time.monotonic()
    try:
        reply = _exchange(session, request, filled, place, limits)
    except Exception as error:
        if not _is_of_the_world(error):
            raise
        return Reply(fault=fault_of(error, limits, left))
    if keys.repeats(filled.keys, reply.body, {**reply.headers, "": reply.fault.what if reply.fault else ""}):
        return Reply(reply.status, fault=ECHO)
    return _judged(reply, terms)


def _is_of_the_world(error: Exception) -> bool:
    """True for what connections and libraries raise; any other exception is a mistake of ours."""
    from urllib3.exceptions import HTTPError

    return isinstance(error, Trouble | address.Private | OSError | HTTPError)


def _exchange(session: Session, request: Request, filled: Filled, place: Place, limits: Limits) -> Reply:
    left = max(place.until - time.monotonic(), 0.01)
    response = session.request(
        request.method,
        place.url,
        params=None if place.moved else filled.params,
        headers={name: value for name, value in filled.headers.items() if name.lower() not in OURS},
        json=request.json,
        timeout=(min(limits.connect, left), min(limits.read, left)),
        allow_redirects=False,
        stream=True,
    )
    try:
        return _reply(response, request, place, limits)
    finally:
        response.close()


def _reply(response: Response, request: Request, place: Place, limits: Limits) -> Reply:
    """The answer as it came, whole; of a redirect only where it leads, of what is too large only that it is."""
    status, headers = response.status_code, _kept(response.headers)
    location = response.headers.get("location")
    if status in MOVED and location is not None:
        onward = address.follow(place.url, location)
        if isinstance(onward, Fault):
            return Reply(status, headers, fault=onward)
        if request.method != "GET" and status not in MOVED_AS_IT_IS:
            return Reply(status, headers, fault=Fault("refused", "redirects what can only be asked as it is"))
        return Reply(status, headers, onward=onward)
    try:
        return Reply(status, headers, body.read(response.raw, limits, place.until), wait=asked_to_wait(headers))
    except Trouble as trouble:
        if trouble.fault.retry:
            raise
        return Reply(status, headers, fault=trouble.fault)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that matter later, names in small letters. They are cut short only when no key is in them."""
    lower = ((name.lower(), value) for name, value in headers.items())
    return {name: value for name, value in lower if name in KEPT or name.startswith(KEPT_PREFIXES)}


def _judged(reply: Reply, terms: Terms) -> Reply:
    fault = reply.fault
    if fault is None and reply.onward is None:
        fault = terms.judge(reply.status, reply.body)
        if fault is None and not 200 <= reply.status < 300:
            fault = Fault("refused", f"refused the question (HTTP {reply.status})")
    short = {name[:LONGEST]: _line(value)[:LONGEST] for name, value in reply.headers.items()}
    return Reply(reply.status, short, reply.body, fault, reply.wait, reply.onward)


def _line(value: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in value)
