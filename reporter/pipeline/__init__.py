"""The order of the stages: the only file that knows more than one of them."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from reporter import __version__, clock, config, output
from reporter.collect import Source, parser, sample, source
from reporter.config import NAME
from reporter.errors import AuthorError, CheckError, MissingError, ParseError, ReporterError, Several, nearest
from reporter.model import Artifact, Finding, Flaw, Frame, Imprint, Note, Observation, Payload, Week
from reporter.model import Source as SourceNote
from reporter.newsletter import Newsletter

if TYPE_CHECKING:
    from reporter.archive import Archive
    from reporter.facts import Setting
    from reporter.history import History
    from reporter.rules import Rulebook, Written

log = logging.getLogger(__name__)
FLAWS_SHOWN = 5
LEFT_OUT = "; it is left out"
GONE = 410  # the status of a file that is no longer there
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
SAMPLE = "sample"
MADE_WITH = ("jinja2", "matplotlib", "numpy", "pandas", "pydantic", "sqlalchemy", "weasyprint")


@dataclass(frozen=True)
class Configured:
    """A source of the config: its module and its checked settings."""

    name: str
    use: str
    module: Source
    settings: BaseModel


@dataclass(frozen=True)
class Desk:
    """Everything a run needs, checked before the first request."""

    newsletter: Newsletter
    sources: tuple[Configured, ...]
    book: Rulebook
    setting: Setting
    edition: str

    @property
    def imprint(self) -> Imprint:
        house = self.newsletter.config.newsletter
        return Imprint(house.name, house.publisher, house.language, house.url, self.edition)


@dataclass(frozen=True)
class Draft:
    """A note, the frame it was written from, what the rules said and left unsaid, and the table behind the charts."""

    frame: Frame
    written: Written
    note: Note
    table: bytes


@dataclass(frozen=True)
class Result:
    """What a run left behind: where it lies, and the note."""

    folder: Path
    note: Note
    artifacts: tuple[Artifact, ...]


# ---- before the first request ----------------------------------------------------------------------------------------


def with_sample(newsletter: Newsletter) -> Newsletter:
    """The same newsletter on the embedded sample: with a store and an edition of its own, apart from what is real."""
    simulated = {
        "assets": sample.ASSETS,
        "lead_asset": sample.ASSETS[0],
        "required": sample.REQUIRED,
        "sources": {SAMPLE: {"use": SAMPLE}},
        "venues": {},
        "edition": SAMPLE,
        "data": f"{newsletter.config.data}/{SAMPLE}",
    }
    return replace(newsletter, config=newsletter.config.model_copy(update=simulated))


def prepare(newsletter: Newsletter, edition: str | None = None) -> Desk:
    """The checked desk. Raises Several with every mistake in the config, the rulebooks and the templates."""
    from reporter import facts

    sources, mistakes = configured(newsletter)
    setting = _setting(newsletter, sources)
    known = {(each, m.name): m for m in facts.measures() for each in m.each}
    mistakes += config.check_required(newsletter.config, newsletter.document, known)
    mistakes += _mixed(newsletter, sources)
    book, more = _book(newsletter)
    mistakes += more
    if edition and not re.fullmatch(NAME, edition):
        mistakes.append(f"--edition: {edition[:60]!r} is no name; use small letters, digits, - and _")
    if mistakes or book is None:
        raise Several(mistakes)
    return Desk(newsletter, sources, book, setting, edition or newsletter.config.edition)


def _mixed(newsletter: Newsletter, sources: Sequence[Configured]) -> list[str]:
    """A line where simulated and real sources stand together: a note could compare one with the other unmarked."""
    simulated = [one.name for one in sources if one.module.ILLUSTRATIVE]
    if not simulated or len(simulated) == len(sources):
        return []
    where = newsletter.document.where("sources", simulated[0])
    return [f"{where}: source {simulated[0]!r} is simulated and may not stand beside real ones; remove it"]


def _setting(newsletter: Newsletter, sources: Sequence[Configured]) -> Setting:
    from reporter.facts import Setting

    settings = newsletter.config
    return Setting(settings.assets, settings.lead_asset, settings.venues, tuple(one.name for one in sources))


def _book(newsletter: Newsletter) -> tuple[Rulebook | None, list[str]]:
    """The rulebook, and a line for each mistake in it or in a template; each is tried on made-up values first."""
    from reporter import charts, rules
    from reporter.facts import measures
    from reporter.render import html

    mistakes = list(html.check_templates(newsletter.templates))
    try:
        charts.check_style(newsletter.templates)
    except AuthorError as problem:
        mistakes += str(problem).splitlines()
    try:
        book = rules.load(newsletter.templates, measures())
        rules.rehearse(book)
    except AuthorError as problem:
        return None, [*mistakes, *str(problem).splitlines()]
    for key in rules.chart_places(book):
        if key not in charts.KEYS:
            mistakes.append(f"rules/outline.yaml: no chart is called {key!r}{nearest(key, charts.KEYS)}")
    return book, mistakes


def configured(newsletter: Newsletter) -> tuple[tuple[Configured, ...], list[str]]:
    """The sources of a config, and a line for each mistake in them."""
    found, mistakes = [], []
    for name, raw in newsletter.config.sources.items():
        one, lines = _configured(newsletter, name, raw)
        mistakes += lines
        if one:
            found.append(one)
    return tuple(found), mistakes


def _configured(newsletter: Newsletter, name: str, raw: object) -> tuple[Configured | None, list[str]]:
    where = newsletter.document.where("sources", name)
    if not isinstance(raw, dict) or "use" not in raw:
        return None, [f"{where}: source {name!r} needs 'use', the kind of source it is; write use: csv or use: sample"]
    try:
        module = source(str(raw["use"]))
    except KeyError as problem:
        return None, [f"{newsletter.document.where('sources', name, 'use')}: {problem.args[0]}"]
    settings, lines = config.check(module.Settings, {**raw, "name": name}, newsletter.document, "sources", name)
    return (Configured(name, str(raw["use"]), module, settings) if settings else None), lines


def chosen_week(desk: Desk, text: str | None, as_of: datetime | None) -> Week:
    """The week asked for; else the last one whose cut has passed, or the last that simulated sources have."""
    lag = desk.newsletter.config.lag
    if text:
        return clock.parse_week(text, lag)
    ends = [getattr(one.module, "LAST_WEEK", None) for one in desk.sources]
    if as_of is None and all(ends):
        return clock.parse_week(max(end for end in ends if end), lag)
    return clock.last_week(as_of or clock.now(), lag)


# ---- collect ---------------------------------------------------------------------------------------------------------


def stores(desk: Desk) -> tuple[Archive, History]:
    """The archive and the history of a newsletter.

    What the archive holds is read in again where the history is empty, or where a source is read otherwise than before:
    a mended mapping mends the past too.

    Raises StoreError where they cannot be opened.
    """
    from reporter.archive import Archive
    from reporter.history import open_history

    folder = desk.newsletter.data
    archive, history = Archive(folder / "raw"), open_history(folder / "reporter.sqlite")
    empty = history.first_at() is None
    for one in desk.sources:
        if empty or history.stale(one.name, parser(one.use, one.settings)):
            for payload in archive.payloads(one.name):
                _read_again(one, payload, history)
    return archive, history


def _read_again(one: Configured, payload: Payload, history: History) -> None:
    """Reads in an archived payload as it would be read today; one that no longer can be keeps what it said."""
    try:
        _read_in(one, payload, history)
    except (AuthorError, ParseError) as problem:
        log.info("%s: an earlier %s is passed over: %s", one.name, payload.request.key, problem)
        history.pass_over(payload, parser(one.use, one.settings))


def collect(sources: Sequence[Configured], week: Week, root: Path, archive: Archive, history: History) -> int:
    """The number of new or changed rows. Each body is in the archive before anyone looks inside.

    Raises ConfigError for a file that cannot be used, StoreError where nothing can be written.
    """
    changed = 0
    for one in sources:
        for payload in _fetch(one, week, root, archive, history):
            changed += _read_in(one, payload, history)
            _tell(one, history.flaws(payload))
    return changed


def _fetch(one: Configured, week: Week, root: Path, archive: Archive, history: History) -> Iterator[Payload]:
    """What the source says now; a file that is gone says nothing any more, and that is kept like any other answer."""
    answered: set[str] = set()
    requests = one.module.requests(week, one.settings)
    for request in requests:
        for answer, body, media_type in one.module.answers(request, one.settings, root):
            answered.add(answer.key)
            yield archive.keep(answer, body, clock.now(), 200, media_type)
    for key in sorted(history.keys(one.name) - answered) if _is_whole(one) else ():
        yield archive.keep(replace(requests[0], key=key, url=f"file:{key}"), b"", clock.now(), GONE, "")


def _is_whole(one: Configured) -> bool:
    """Whether what the source no longer says is withdrawn."""
    return not getattr(one.settings, "rolling", False)


def _read_in(one: Configured, payload: Payload, history: History) -> int:
    reading = parser(one.use, one.settings)
    if history.has(payload, reading):
        return 0
    parsed = [] if payload.status == GONE else list(one.module.parse(payload, one.settings))
    observations = [item for item in parsed if isinstance(item, Observation)]
    flaws = [str(item) for item in parsed if isinstance(item, Flaw)]
    if flaws and getattr(one.settings, "strict", False):
        raise Several([f"{flaw.removesuffix(LEFT_OUT)}; correct the file, or set strict: false" for flaw in flaws])
    series = one.module.series(one.settings, {item.series for item in observations})
    changed = history.add(payload, reading, tuple(series), observations, "whole" if _is_whole(one) else "rolling")
    history.keep_flaws(payload, flaws)
    log.info("%s: %s: %d observations, %d of them new", one.name, payload.request.key, len(observations), changed)
    return changed


def _tell(one: Configured, flaws: Sequence[str]) -> None:
    """Names the rows that were left out, in every run that uses the file."""
    for flaw in flaws[:FLAWS_SHOWN]:
        log.warning("%s: %s", one.name, flaw)
    if len(flaws) > FLAWS_SHOWN:
        log.warning("%s: %d more rows were left out", one.name, len(flaws) - FLAWS_SHOWN)


# ---- build -----------------------------------------------------------------------------------------------------------


def measure(desk: Desk, history: History, week: Week, as_of: datetime | None) -> Frame:
    """The facts and gaps of a week."""
    from reporter.facts import measure_frame

    return measure_frame(history, desk.setting, week, as_of or FOREVER)


def draft(desk: Desk, history: History, frame: Frame, as_of: datetime | None) -> Draft:
    """The note of a frame in memory. Raises MissingError where not even a title can be written."""
    from reporter import charts, facts, note, rules

    moment = as_of or FOREVER
    written = rules.write(desk.book, frame, desk.edition)
    tracks = facts.tracks(history, desk.setting, charts.NEEDS, frame.week, moment)
    sections = rules.sections(desk.book, frame, written)
    materials = note.Materials(
        frame=frame,
        sections=sections,
        charts=charts.draw(frame, tracks, desk.newsletter.templates),
        places=rules.chart_places(desk.book),
        sources=sources(desk, history, frame, moment),
        imprint=desk.imprint,
    )
    made = note.assemble(materials)
    return Draft(frame, written, made, charts.table(tracks, made.notice))


def build(desk: Desk, history: History, week: Week, as_of: datetime | None = None) -> Result:
    """The finished note, checked and in its folder.

    Raises MissingError (exit code 3) or CheckError (4); then what was built lies in `.held` with what was found, and
    the last good note where it was.
    """
    frame = measure(desk, history, week, as_of)
    missing = _missing_facts(desk, frame)
    try:
        made = draft(desk, history, frame, as_of)
    except MissingError as problem:
        raise _held(desk, week, (), MissingError, [*missing, str(problem)]) from None
    missing += _missing_sentences(desk, made)
    artifacts = _artifacts(desk, made)
    findings = _findings({artifact.kind: artifact for artifact in artifacts}, made.note)
    for finding in findings:
        if finding.severity == "warning":
            log.warning("%s", finding)
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if missing or errors:
        raise _held(desk, week, artifacts, MissingError if missing else CheckError, [*missing, *errors])
    folder = output.place(desk.newsletter.output, week, desk.edition)
    output.write(folder, artifacts)
    output.clear(output.place(desk.newsletter.output, week, desk.edition, held=True))
    return Result(folder, made.note, artifacts)


def _held(
    desk: Desk, week: Week, artifacts: Sequence[Artifact], kind: type[ReporterError], lines: Sequence[str]
) -> ReporterError:
    """Puts what was built aside with what was found, and gives the error that says both."""
    folder = output.place(desk.newsletter.output, week, desk.edition, held=True)
    found = Artifact("findings", "findings.txt", "text/plain", "".join(f"{line}\n" for line in lines).encode())
    output.write(folder, [*artifacts, found])
    shown = folder.relative_to(desk.newsletter.root) if folder.is_relative_to(desk.newsletter.root) else folder
    return kind(
        "\n".join([*lines, f"{shown}: held here; nothing was published, and the last good note is where it was"])
    )


def check(desk: Desk, history: History, week: Week, as_of: datetime | None = None) -> tuple[Finding, ...]:
    """What is wrong with the note that lies in the output folder; nothing where it is as it was made."""
    folder = output.place(desk.newsletter.output, week, desk.edition)
    names = {"html": "note.html", "pdf": "note.pdf", "markdown": "note.md"}
    main, findings = {}, []
    for kind, name in names.items():
        path = folder / name
        if not path.is_file():
            findings.append(Finding(str(path), "the file is missing", "error", "run `reporter build` again"))
            continue
        main[kind] = Artifact(kind, name, "", path.read_bytes())
    if findings:
        return tuple(findings)
    made = draft(desk, history, measure(desk, history, week, as_of), as_of)
    return (*_changed(folder), *_findings(main, made.note))


def _changed(folder: Path) -> Iterator[Finding]:
    """The files that are not what the manifest says they are, are not there, or are not in it."""
    again = "run `reporter build` again"
    try:
        files = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
        hashes = {str(name): str(record["sha256"]) for name, record in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        yield Finding(f"{folder.name}/manifest.json", "cannot be read", "error", again)
        return
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    for name in sorted({*hashes, *there} - {"manifest.json"}):
        body = there[name].read_bytes() if name in there else None
        if body is None or hashlib.sha256(body).hexdigest() != hashes.get(name):
            yield Finding(f"{folder.name}/{name}", "is not the file that was built", "error", again)


def _findings(main: dict[str, Artifact], note: Note) -> tuple[Finding, ...]:
    from reporter.check import disclaimer as checks

    return checks.findings(main, note, lambda page: reprinted(page, note))


def reprinted(page: bytes, note: Note) -> bytes:
    """The PDF of a changed page, made as the note's own is."""
    from reporter.render import pdf

    return pdf.document(Artifact("html", "note.html", "text/html", page), note).body


def _missing_facts(desk: Desk, frame: Frame) -> list[str]:
    """A line for each required fact that is not there."""
    lines = []
    for key in desk.newsletter.config.required_keys():
        if key not in frame.facts:
            gap = frame.gaps.get(key)
            lines.append(f"{'.'.join(key)}: required, and missing ({gap.reason if gap else 'unknown'})")
    return lines


def _missing_sentences(desk: Desk, made: Draft) -> list[str]:
    """A line for each section with too few sentences."""
    from reporter import rules

    return [
        f"{section}: {found} of at least {least} sentences could be written; see `reporter rules show`"
        for section, found, least in rules.shortfalls(desk.book, made.written.sentences)
    ]


def _artifacts(desk: Desk, made: Draft) -> tuple[Artifact, ...]:
    """Every file of the note, the manifest last."""
    from reporter.render import claims, html, markdown, pdf

    page = html.page(made.note, desk.newsletter.templates)
    charts = [Artifact("chart", chart.path, "image/svg+xml", chart.body) for chart in made.note.charts]
    if made.table:
        charts.append(Artifact("data", "charts/data.csv", "text/csv", made.table))
    files = [page, pdf.document(page, made.note), markdown.page(made.note, desk.newsletter.templates), *charts,
             claims.note_json(made.note, made.frame), claims.claims_json(made.note, made.frame)]  # fmt: skip
    return (*files, claims.manifest_json(files, _used(desk, made)))


def _used(desk: Desk, made: Draft) -> dict[str, Any]:
    """What the note was made from and with: the archive's part in it, the settings, the ledger, the versions."""
    payloads = sorted({p for fact in made.frame.facts.values() for one in fact.inputs for p in one.payload_ids})
    settings = (repr(desk.newsletter.config), desk.book.digest, _templates_digest(desk.newsletter.templates))
    return {
        "week": made.note.week.label,
        "edition": desk.edition,
        "digest": made.note.digest,
        "illustrative": bool(made.note.notice),
        "archive": {"sha256": _digest(*payloads), "payloads": payloads},
        "settings": {"sha256": _digest(*settings)},
        "ledger": {"sha256": _digest()},
        "versions": {
            "reporter": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in MADE_WITH},
        },
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _templates_digest(folders: Sequence[Path]) -> str:
    files = [
        path
        for folder in folders
        for part in ("note", "style")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    ]
    return _digest(*(hashlib.sha256(path.read_bytes()).hexdigest() for path in files))


def sources(desk: Desk, history: History, frame: Frame, as_of: datetime) -> tuple[SourceNote, ...]:
    """The sources that the week's facts rest on, with the span of what they gave."""
    used = {one.series.rpartition("/")[2] for fact in frame.facts.values() for one in fact.inputs}
    spans = history.span(as_of)
    result = []
    for one in desk.sources:
        if one.name not in used:
            continue
        mine = [span for series, span in spans.items() if series.endswith(f"/{one.name}")]
        newest = min(max(last for _, last in mine), frame.week.end)
        label, terms = one.module.label(one.settings), one.module.terms(one.settings)
        result.append(
            SourceNote(one.name, label, terms, one.module.ILLUSTRATIVE, min(first for first, _ in mine), newest)
        )
    return tuple(result)
