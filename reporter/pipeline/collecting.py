"""Sources are asked, what they say is kept before anyone looks inside, and what was kept is read in."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from reporter import clock
from reporter.collect import LocalSource, described, is_live, parser
from reporter.errors import AuthorError, ParseError, Several
from reporter.model import Flaw, Item, Observation, Payload, Week
from reporter.pipeline.asking import Asking, Tell, silent
from reporter.pipeline.desk import Configured, Desk, Round
from reporter.pipeline.keeping import cleared

if TYPE_CHECKING:
    from reporter.archive import Archive
    from reporter.history import History

log = logging.getLogger(__name__)
FLAWS_SHOWN = 5
LEFT_OUT = "; it is left out"
GONE = 410  # the status of a file that is no longer there
UNREAD = "answered what could not be read"
CHUNK = 5  # weeks that one question covers when older ones are fetched


class Stores(NamedTuple):
    """Where what was fetched is kept, and what was read in it."""

    archive: Archive
    history: History


def stores(desk: Desk) -> Stores:
    """The archive and the history of a newsletter.

    What the archive holds is read in again where the history is empty, or where a source is read otherwise than before:
    a mended mapping mends the past too.

    Raises StoreError where they cannot be opened.
    """
    from reporter.archive import Archive
    from reporter.history import open_history

    folder = desk.newsletter.data
    cleared(folder)
    archive, history = Archive(folder / "raw"), open_history(folder / "reporter.sqlite")
    empty = history.first_at() is None
    for one in desk.sources:
        reading = parser(one.use, one.settings)
        if empty or history.stale(one.name, reading):
            for payload in archive.payloads(one.name):
                _read_again(one, payload, history)
            history.settle(one.name, reading)  # what is no longer in the archive keeps what it said
        elif unread := _unread(one, folder / "raw", history):
            for payload in archive.payloads(one.name):
                if payload.id in unread:
                    _read_again(one, payload, history)
    return Stores(archive, history)


def _unread(one: Configured, raw: Path, history: History) -> set[str]:
    """The answers of a source on the network that a killed run had kept, and did not come to read."""
    if not is_live(one.module):
        return set()
    return {path.name.partition(".")[0] for path in (raw / one.name).glob("*.json")} - {*history.payload_ids().values()}


def _read_again(one: Configured, payload: Payload, history: History) -> None:
    """Reads in an archived payload as it would be read today; one that no longer can be keeps what it said.

    A file that was never read in does not count as read: while it is there, each run says what is wrong with it.
    """
    try:
        read_in(one, payload, history)
    except (AuthorError, ParseError) as problem:
        log.info("%s: an earlier %s is passed over: %s", one.name, payload.request.key, problem)
        if is_live(one.module):
            history.pass_over(replace(payload, fault=UNREAD), parser(one.use, one.settings))


def collect(whom: Round, week: Week, kept: Stores, tell: Tell = silent) -> int:
    """The number of new or changed rows. Each body is in the archive before anyone looks inside.

    A source on the network that does not answer is named in the log and stops nobody. Raises ConfigError for a file
    that cannot be used, StoreError where nothing can be written.
    """
    changed = 0
    for one in whom.sources:
        for payload in () if is_live(one.module) else _answers(one, week, whom.root, kept):
            changed += read_in(one, payload, kept.history)
            _tell_flaws(one, kept.history.flaws(payload))
    return changed + _ask(Asking(whom, kept.archive, tell), [week], kept.history)


def backfill(whom: Round, week: Week, count: int, kept: Stores, tell: Tell = silent) -> int:
    """The number of new or changed rows of the `count` weeks up to `week`, as far as the sources keep them.

    What the archive already has, and what can be read, is not asked again: a run that was stopped goes on where it was.
    """
    return _ask(Asking(whom, kept.archive, tell, _readable), list(chunks(week, count)), kept.history)


def _readable(one: Configured, payload: Payload) -> bool:
    """Whether an answer can be read at all."""
    try:
        deque(one.module.parse(payload, one.settings), maxlen=0)
    except ParseError:
        return False
    return True


def chunks(week: Week, count: int) -> Iterator[Week]:
    """The weeks whose questions cover `count` weeks up to one, the newest first: the same ones whenever asked."""
    number = clock.seconds(week.start) // (7 * 86_400)
    last = week.shifted(-(number % CHUNK))
    yield from (last.shifted(-CHUNK * step) for step in range(-(-count // CHUNK)))


def _ask(asking: Asking, weeks: Sequence[Week], history: History) -> int:
    """Asks the sources on the network, side by side; what comes is kept, then read in, one answer after the other."""
    changed = 0
    for one, payload in asking.payloads(weeks):
        try:
            changed += read_in(one, payload, history)
            _tell_flaws(one, history.flaws(payload))
        except ParseError as problem:
            asking.misread(one, payload, str(problem))
            history.refuse(replace(payload, fault=UNREAD), parser(one.use, one.settings))
            history.keep_flaws(payload, [str(problem)])  # the same answer is not read a second time, only named
    for line in asking.failures():
        log.warning("%s", line)
    return changed


def _answers(one: Configured, week: Week, root: Path, kept: Stores) -> Iterator[Payload]:
    """What a local source says now; a file that is gone says nothing any more, and that is kept like an answer."""
    module = cast(LocalSource, one.module)
    answered: set[str] = set()
    requests = module.requests(week, one.settings)
    for request in requests:
        for answer, body, media_type in module.answers(request, one.settings, root):
            answered.add(answer.key)
            yield kept.archive.keep(answer, body, clock.now(), 200, media_type)
    for key in sorted(kept.history.keys(one.name) - answered) if _is_whole(one) else ():
        yield kept.archive.keep(replace(requests[0], key=key, url=f"file:{key}"), b"", clock.now(), GONE, "")


def _is_whole(one: Configured) -> bool:
    """Whether what the source no longer says is withdrawn."""
    return not is_live(one.module) and not getattr(one.settings, "rolling", False)


def read_in(one: Configured, payload: Payload, history: History) -> int:
    """The number of rows that a payload changes, read as the source reads today. One that was read in so adds none.

    Raises ParseError where it is not what the provider's documentation promises, Several for flaws where none may be.
    """
    reading = parser(one.use, one.settings)
    if history.has(payload, reading):
        return 0
    if payload.fault:
        history.refuse(payload, reading)
        return 0
    parsed = [] if payload.status == GONE else list(one.module.parse(payload, one.settings))
    observations = [item for item in parsed if isinstance(item, Observation)]
    flaws = [str(item) for item in parsed if isinstance(item, Flaw)]
    items = [item for item in parsed if isinstance(item, Item)]
    if flaws and getattr(one.settings, "strict", False):
        raise Several([f"{flaw.removesuffix(LEFT_OUT)}; correct the file, or set strict: false" for flaw in flaws])
    series = described(one.module, one.settings, observations)
    manner: Literal["whole", "rolling", "live"] = (
        "whole" if _is_whole(one) else "live" if is_live(one.module) else "rolling"
    )
    changed = history.add(payload, reading, series, observations, manner, items)
    history.keep_flaws(payload, flaws)
    log.info("%s: %s: %d observations, %d of them new", one.name, payload.request.key, len(observations), changed)
    return changed


def _tell_flaws(one: Configured, flaws: Sequence[str]) -> None:
    """Names the rows that were left out, in every run that uses the file."""
    counted = Counter(flaws)
    for flaw in list(counted)[:FLAWS_SHOWN]:
        log.warning("%s: %s", one.name, flaw.removeprefix(f"{one.name}: "))
    if len(counted) > FLAWS_SHOWN:
        log.warning("%s: %d more rows were left out", one.name, len(counted) - FLAWS_SHOWN)
