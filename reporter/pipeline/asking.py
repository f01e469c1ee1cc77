"""Sources on the network are asked side by side: questions go out, answers are kept and handed on one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from reporter import clock
from reporter.collect import LiveSource, is_live
from reporter.config import Patience
from reporter.model import Fault, Payload, Period, Request, Week
from reporter.pipeline.desk import Configured, Round

if TYPE_CHECKING:
    from reporter.archive import Archive
    from reporter.web import Answer, Limits, Terms, Web

MOST_PAGES = 60  # of one question: a provider that always names another page is not followed for ever
GOES_ON = ("plan", "refused")  # what one question can be refused for while the next is answered


@dataclass(frozen=True, slots=True)
class Step:
    """How far a source has come: questions answered of those asked so far, and why it stopped, if it did."""

    source: str
    done: int
    total: int
    fault: str = ""


Tell = Callable[[Step], None]
Usable = Callable[[Configured, Payload], bool]


def silent(_: Step) -> None:
    """Tells nobody."""


@dataclass
class Errand:
    """The questions to one host of a source. The first goes ahead; the others follow once it was answered."""

    one: Configured
    waiting: deque[Request]
    total: int = 0
    done: int = 0
    heard: bool = False  # whether the host itself has said anything in this round
    stopped: Fault | None = None
    faults: list[tuple[str, str]] = field(default_factory=list)  # what went wrong, and with which question
    pages: dict[tuple[str, str], int] = field(default_factory=dict)


class Asking:
    """One round of questions. What `usable` says yes to in the archive is taken from there, only the rest is asked."""

    def __init__(self, whom: Round, archive: Archive, tell: Tell, usable: Usable | None = None) -> None:
        self._sources = {one.name: one for one in whom.sources if is_live(one.module)}
        self._patience = whom.patience
        self._archive = archive
        self._tell = tell
        self._usable = usable
        self._errands: dict[tuple[str, str], Errand] = {}

    def payloads(self, weeks: Sequence[Week]) -> Iterator[tuple[Configured, Payload]]:
        """Every answer, in the archive before it is handed on; those without data carry their fault."""
        for one in self._sources.values():
            for request in questions(one, weeks, clock.now()):
                self._errand(one, request).waiting.append(request)
        if not self._errands:
            return
        from reporter.web import Web

        with Web(limits(self._patience)) as web:
            for errand in self._errands.values():
                errand.total = len(errand.waiting)
            for errand in self._errands.values():
                yield from self._send(errand, web, first=True)
            for answer in web.answers():
                yield from self._receive(answer, web)

    def misread(self, one: Configured, payload: Payload, what: str) -> None:
        """Counts an answer that could not be read among what went wrong."""
        text = what.removeprefix(f"{one.name}: ").removeprefix(f"{payload.request.key}: ")
        self._errand(one, payload.request).faults.append((text.removesuffix("; it is left out"), payload.request.key))

    def failures(self) -> list[str]:
        """A line for each thing that went wrong at a source; one line for all where nobody answered."""
        errands = list(self._errands.values())
        if errands and all(errand.stopped for errand in errands):
            names = dict.fromkeys(f"{e.one.name} ({e.stopped.what})" for e in errands if e.stopped)
            return [f"no source answered: {', '.join(names)}; `reporter run --sample` makes a note without them"]
        found: dict[str, list[str]] = {}
        for errand in errands:
            for text, key in errand.faults:
                found.setdefault(f"{errand.one.name}: {text}", []).append(key)
        return [f"{line}: {_listed(keys)}" for line, keys in found.items()]

    # ---- one question ------------------------------------------------------------------------------------------------

    def _errand(self, one: Configured, request: Request) -> Errand:
        key = (one.name, urlsplit(request.url).netloc)
        return self._errands.setdefault(key, Errand(one, deque()))

    def _send(self, errand: Errand, web: Web, first: bool = False) -> Iterator[tuple[Configured, Payload]]:
        """Puts the waiting questions; while it is not known whether the host answers at all, only the first."""
        while errand.waiting:
            request = errand.waiting.popleft()
            kept = self._kept(errand.one, request)
            if kept is None:
                web.ask(request, _terms(errand.one))
                if first:
                    return
                continue
            self._follow(errand, kept)
            self._count(errand)
            yield errand.one, kept

    def _kept(self, one: Configured, request: Request) -> Payload | None:
        """What the archive has for a question about the past, if it is wanted and can be used."""
        if self._usable is None or request.period is None:
            return None
        kept = self._archive.found(request)
        return kept if kept and self._usable(one, kept) else None

    def _receive(self, answer: Answer, web: Web) -> Iterator[tuple[Configured, Payload]]:
        one = self._sources[answer.request.source]
        errand = self._errand(one, answer.request)
        fault = answer.fault
        payload = self._archive.keep(
            answer.request, answer.body, answer.fetched_at, answer.status, answer.media_type, answer.headers,
            fault.what if fault else "",
        )  # fmt: skip
        if fault:
            errand.faults.append((fault.what, answer.request.key))
            if fault.kind not in GOES_ON and not errand.heard:
                errand.stopped = fault
                errand.faults += [(fault.what, request.key) for request in errand.waiting]
                errand.waiting.clear()
        else:
            self._follow(errand, payload)
        errand.heard = True
        self._count(errand)
        yield one, payload
        yield from self._send(errand, web)

    def _follow(self, errand: Errand, payload: Payload) -> None:
        """Asks for the next page next, where there is one."""
        more = getattr(errand.one.module, "more", None)
        request: Request | None = more(payload, errand.one.settings) if more else None
        if request is None:
            return
        key = (request.key, str(request.period))
        errand.pages[key] = errand.pages.get(key, 1) + 1
        if errand.pages[key] > MOST_PAGES:
            errand.faults.append((f"more than {MOST_PAGES} pages; the rest is left out", request.key))
            return
        errand.waiting.appendleft(request)
        errand.total += 1

    def _count(self, errand: Errand) -> None:
        errand.done += 1
        mine = [each for each in self._errands.values() if each.one.name == errand.one.name]
        stopped = next((each.stopped.what for each in mine if each.stopped), "")
        self._tell(Step(errand.one.name, sum(e.done for e in mine), sum(e.total for e in mine), stopped))


def questions(one: Configured, weeks: Sequence[Week], now: datetime) -> list[Request]:
    """What a source is asked for some weeks, those left out that reach back too far for it.

    Each question is put once: one that no week changes, as its provider always gives all it has, is for all of them.
    """
    found: dict[str, Request] = {}
    for week in weeks:
        for request in one.module.requests(week, one.settings):
            first = request.period.start if request.period else week.end
            if request.reach is None or first >= now - request.reach:
                asked = repr((request.key, request.method, request.url, sorted(request.params.items()), request.json))
                found[asked] = _joined(found.get(asked), request)
    return list(found.values())


def _joined(one: Request | None, other: Request) -> Request:
    """The same question for the stretch of both."""
    if one is None or one.period is None or other.period is None:
        return one or other
    start, end = min(one.period.start, other.period.start), max(one.period.end, other.period.end)
    return replace(one, period=Period(start, end))


def limits(patience: Patience) -> Limits:
    """The client's limits as the newsletter has them."""
    from reporter.web import Limits

    return Limits(
        read=patience.read_seconds,
        whole=patience.question_seconds,
        overall=patience.overall_seconds,
        tries=patience.tries,
    )


def _terms(one: Configured) -> Terms:
    from reporter.web import Terms

    return Terms(cast(LiveSource, one.module).fault, one.settings.pace_seconds, one.own)


def _listed(keys: Sequence[str]) -> str:
    shown = list(dict.fromkeys(keys))
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
