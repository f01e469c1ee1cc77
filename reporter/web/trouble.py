"""Why a question has no answer: an exception or a status in, a Fault in plain words out.

The words are our own: those of the libraries hold addresses, and these may hold keys.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, IncompleteRead

from reporter import clock
from reporter.model import Fault
from reporter.web.address import Private
from reporter.web.terms import Limits

BROKEN = Fault("down", "the answer broke off", retry=True)
IMPROPER = Fault("down", "its answer is no proper HTTP")
UNUSABLE = Fault("refused", "could not be asked: its address or a proxy cannot be used")
DEEP = 12


class Trouble(Exception):
    """A question ends here, without an answer to keep."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


def unanswered(seconds: float) -> Fault:
    return Fault("down", f"no answer within {duration(seconds)}", retry=True)


def fault_of(error: BaseException, limits: Limits, left: float) -> Fault:
    """What a failed connection means; `left` is the time the question had when it was sent."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, Trouble | Private):
            return cause.fault
        if isinstance(cause, socket.gaierror):  # where the machine is not connected, the next try may be
            return Fault("down", "its name is unknown", retry=cause.errno == socket.EAI_AGAIN)
    if any(isinstance(cause, TimeoutError) for cause in causes):
        limit = (
            limits.connect if any(type(cause).__name__ == "ConnectTimeoutError" for cause in causes) else limits.read
        )
        return unanswered(limit if limit <= left else limits.whole)
    found = (fault for kind, fault in _faults() if any(isinstance(cause, kind) for cause in causes))
    return next(found, UNUSABLE)


def _faults() -> Iterator[tuple[type[BaseException] | tuple[type[BaseException], ...], Fault]]:
    """What the causes of a failure mean, the most telling first."""
    from requests.exceptions import InvalidHeader, InvalidJSONError, InvalidSchema, InvalidURL, ProxyError

    yield (InvalidURL, InvalidSchema, InvalidJSONError), UNUSABLE
    yield InvalidHeader, IMPROPER
    yield ProxyError, Fault("down", "the proxy did not let it through", retry=True)
    yield ssl.SSLCertVerificationError, Fault("down", "its certificate is not valid")
    yield ssl.SSLError, Fault("down", "no secure connection could be made", retry=True)
    yield ConnectionRefusedError, Fault("down", "the connection was refused", retry=True)
    yield IncompleteRead, BROKEN
    yield ConnectionError, Fault("down", "the connection broke off", retry=True)
    yield HTTPException, IMPROPER
    yield OSError, Fault("down", "it cannot be reached", retry=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what is behind it: libraries wrap one in another, as cause, as reason, or among the arguments."""
    found, seen = [error], set[int]()
    while found and len(seen) < DEEP:
        one = found.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        behind = (getattr(one, "reason", None), one.__cause__, one.__context__, *one.args)
        found += [cause for cause in behind if isinstance(cause, BaseException)]


# ---- what a host says of time ----------------------------------------------------------------------------------------


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After, which gives them or a date; a date is compared with the host's own clock where it
    says that. None where there is none that can be read."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    until = _date(text)
    if until is None:
        return None
    return max((until - (_date(headers.get("date", "")) or clock.now())).total_seconds(), 0.0)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def duration(seconds: float) -> str:
    """`20 s`, `5 minutes`, `3 hours`, `2 days`: for a message."""
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds > 2 * size:
            return f"{round(seconds / size)} {name}"
    return f"{seconds:.3g} s"
