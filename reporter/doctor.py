"""What is set up here: a checked desk in, a line for each thing that a run needs out, good or wrong.

Nothing is written and no other run is waited for. A key is only ever said to be set or not.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from reporter import __version__, clock
from reporter.collect import LiveSource, LocalSource, is_live
from reporter.errors import AuthorError, ParseError, ReporterError, StoreError
from reporter.model import Payload, Request, Week
from reporter.pipeline import Configured, Desk
from reporter.pipeline.asking import limits, questions

if TYPE_CHECKING:
    from reporter.web import Answer

LIBRARIES = (
    "jinja2",
    "weasyprint",
    "pandas",
    "numpy",
    "matplotlib",
    "requests",
    "pydantic",
    "sqlalchemy",
    "feedparser",
)

WELL, DOUBTFUL, STOPS = "ok", "!", "no"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at. What is not well and `needed` stops a run; without the rest a note says what is missing."""

    group: str
    what: str
    found: str
    well: bool = True
    needed: bool = False


def lines(desk: Desk, week: Week) -> Iterator[Line]:
    """Everything, in the order in which a run needs it; each host is asked one question."""
    yield Line("program", "reporter", f"{__version__}, Python {platform.python_version()}", needed=True)
    yield from _libraries()
    yield _pages()
    yield from _folders(desk)
    newest, history = _history(desk)
    yield history
    yield from _keys(desk, week)
    yield from _sources(desk, week, newest)


def summary(found: Iterable[Line]) -> str:
    """What all of it means for a run, in one line."""
    wrong = [line for line in found if not line.well]
    if stops := [line.what for line in wrong if line.needed]:
        return f"a run would fail; mend first: {', '.join(stops)}"
    return f"a run can be made, without what is marked {DOUBTFUL}" if wrong else "all is well"


def mark(line: Line) -> str:
    return WELL if line.well else STOPS if line.needed else DOUBTFUL


# ---- the program -----------------------------------------------------------------------------------------------------


def _libraries() -> Iterator[Line]:
    for name in LIBRARIES:
        try:
            yield Line("program", name, version(name), needed=True)
        except PackageNotFoundError:
            yield Line("program", name, "not installed; install reporter again", well=False, needed=True)


def _pages() -> Line:
    """Pango, which sets the type of the PDF, and the fonts that travel with the newsletter."""
    from reporter.render import pdf

    try:
        return Line("program", "Pango and fonts", pdf.engine(), needed=True)
    except ReporterError as problem:
        return Line("program", "Pango and fonts", str(problem), well=False, needed=True)


# ---- the folders -----------------------------------------------------------------------------------------------------


def _folders(desk: Desk) -> Iterator[Line]:
    house = desk.newsletter
    for what, folder in (("data", house.data), ("output", house.output)):
        problem = _unwritable(folder)
        yield Line("folders", what, problem or f"{folder}: can be written", not problem, needed=True)


def _unwritable(folder: Path) -> str:
    """Why nothing can be written in a folder, or in the one in which it would be made; nothing where it can."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        return f"{there}: a file stands where a folder should be; move it away"
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"here")
    except OSError as problem:
        return f"{there}: {problem.strerror}; make it writable"
    return ""


def _history(desk: Desk) -> tuple[Mapping[str, datetime], Line]:
    """The newest moment of each series, and whether the store can be read."""
    from reporter.history import open_history

    path = desk.newsletter.data / "reporter.sqlite"
    if not path.is_file():
        return {}, Line("folders", "history", "nothing collected yet; `reporter collect` begins it", needed=True)
    try:
        newest = open_history(path).newest(clock.now(), clock.now())
    except StoreError as problem:
        return {}, Line("folders", "history", str(problem), well=False, needed=True)
    size = path.stat().st_size / 1e6
    return newest, Line("folders", "history", f"{len(newest)} series, {size:.1f} MB", needed=True)


# ---- keys ------------------------------------------------------------------------------------------------------------


def _keys(desk: Desk, week: Week) -> Iterator[Line]:
    """Which keys the sources ask for, and whether they are set; never what they are."""
    wanted: dict[str, list[str]] = {}
    for one in _live(desk):
        for name in sorted({name for request in _requests(one, week) for name in request.secrets.values()}):
            wanted.setdefault(name, []).append(one.name)
    for name, sources in sorted(wanted.items()):
        is_set = bool(os.environ.get(name))
        yield Line("keys", name, f"{'set' if is_set else 'not set'}, for {', '.join(sources)}", is_set)


# ---- sources ---------------------------------------------------------------------------------------------------------


def _live(desk: Desk) -> list[Configured]:
    return [one for one in desk.sources if is_live(one.module)]


def _requests(one: Configured, week: Week) -> list[Request]:
    return questions(one, [week], clock.now()) or one.module.requests(week, one.settings)


def _sources(desk: Desk, week: Week, newest: Mapping[str, datetime]) -> Iterator[Line]:
    """A line for each source; one more where all that is left has nothing to say."""
    said = _asked(desk, week)
    speaks = False
    for one in desk.sources:
        wrong = said[one.name] if one.name in said else {"": _unreadable(one, week, desk.newsletter.root)}
        speaks = speaks or not all(wrong.values())
        found = told(wrong, "answers" if one.name in said else "read from this machine")
        yield Line("sources", one.name, f"{found}; {_newest(one.name, newest)}", not any(wrong.values()))
    if not speaks:
        yield Line("sources", "all of them", "none has anything to say here", well=False, needed=True)


def _unreadable(one: Configured, week: Week, root: Path) -> str:
    """Why a source without a network cannot be read; nothing where it can."""
    module = cast(LocalSource, one.module)
    try:
        for request in module.requests(week, one.settings):
            next(module.answers(request, one.settings, root), None)
    except AuthorError as problem:
        return str(problem)
    return ""


def told(hosts: Mapping[str, str], well: str) -> str:
    """What is wrong with a source: at which host, where it has several."""
    wrong = {host: fault for host, fault in hosts.items() if fault}
    if not wrong:
        return well
    if len(hosts) == 1:
        return next(iter(wrong.values()))
    told = ", ".join(f"{host}: {fault}" for host, fault in wrong.items())
    return f"{len(hosts) - len(wrong)} of {len(hosts)} hosts answer ({told})"


def _newest(source: str, newest: Mapping[str, datetime]) -> str:
    mine = [at for series, at in newest.items() if series.rpartition("/")[2] == source]
    return f"newest value {max(mine):%Y-%m-%d %H:%M}" if mine else "nothing collected yet"


def _asked(desk: Desk, week: Week) -> dict[str, dict[str, str]]:
    """What was wrong with the answer to the first question to each host, by source and host; empty where nothing
    was."""
    from reporter.web import Terms, Web

    found: dict[str, dict[str, str]] = {}
    sources = {one.name: one for one in _live(desk)}
    with Web(limits(desk.newsletter.config.patience)) as web:
        for one in sources.values():
            firsts = {_host(request): request for request in reversed(_requests(one, week))}
            for request in firsts.values():
                web.ask(request, Terms(cast(LiveSource, one.module).fault, one.settings.pace_seconds, one.own))
        for answer in web.answers():
            one = sources[answer.request.source]
            found.setdefault(one.name, {})[_host(answer.request)] = _wrong(one, answer)
    return found


def _host(request: Request) -> str:
    return urlsplit(request.url).netloc.rpartition("@")[2]


def _wrong(one: Configured, answer: Answer) -> str:
    """What is wrong with an answer, also one that came well and cannot be read."""
    if answer.fault:
        return answer.fault.what
    name = sha256(answer.body).hexdigest()
    payload = Payload(name, answer.request, answer.fetched_at, answer.status, answer.media_type, answer.body)
    try:
        for _ in one.module.parse(payload, one.settings):
            pass
    except ParseError as problem:
        return f"answers what cannot be read: {str(problem).removesuffix('; it is left out')}"
    return ""
