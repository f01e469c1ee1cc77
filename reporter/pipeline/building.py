"""What was collected becomes a frame, a draft, a note in its folder, and the check of one that lies there."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporter import __version__, desk_file, output, spelling
from reporter.collect import label, provides, terms
from reporter.errors import CheckError, MissingError, ReporterError
from reporter.model import Artifact, Coverage, Finding, Frame, Headline, Note, Said, Section, Week
from reporter.model import Source as SourceNote
from reporter.pipeline.desk import Desk, decisions
from reporter.pipeline.keeping import ledger_of, note_kept

if TYPE_CHECKING:
    from reporter.check.contradictions import Held
    from reporter.desk_file import Edit
    from reporter.history import History
    from reporter.rules import Written

log = logging.getLogger(__name__)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
MADE_WITH = ("jinja2", "matplotlib", "numpy", "pandas", "pydantic", "sqlalchemy", "weasyprint")


@dataclass(frozen=True)
class Draft:
    """A note, the frame it was written from, what was said and left unsaid, the table behind the charts, the sentences
    of earlier notes that it was written with, what an editor decided, what is to be said of that, and the headlines
    that could support a sentence."""

    frame: Frame
    written: Written
    note: Note
    table: bytes
    memory: tuple[Said, ...] = ()
    edits: tuple[Edit, ...] = ()
    findings: tuple[Finding, ...] = ()
    told: tuple[Headline, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a run left behind: where it lies, and the note."""

    folder: Path
    note: Note
    artifacts: tuple[Artifact, ...]


def measure(desk: Desk, history: History, week: Week, as_of: datetime | None) -> Frame:
    """The facts and gaps of a week."""
    from reporter.facts import measure_frame

    return measure_frame(history, desk.setting, week, as_of or FOREVER)


def draft(desk: Desk, history: History, frame: Frame, as_of: datetime | None) -> Draft:
    """The note of a frame in memory: written knowing the edition's earlier ones, with what an editor decided for its
    week.

    Raises MissingError where not even a title can be written, Several for mistakes in the week's desk file, StoreError
    for a ledger that cannot be read.
    """
    from reporter import charts, facts, note, rules

    moment = as_of or FOREVER
    memory = ledger_of(desk).said(desk.edition, frame.week)
    written = rules.write(desk.book, frame, desk.edition, memory)
    edited = rules.edited(desk.book, frame, written, decisions(desk, frame.week))
    tracks = facts.tracks(history, desk.setting, charts.NEEDS, frame.week, moment)
    levels = facts.level_grid(history, desk.setting, frame.week, moment)
    told = history.items(Headline, frame.week.start, frame.week.end, moment)
    sections = _corroborated(desk, frame, rules.sections(desk.book, frame, edited.written), told)
    materials = note.Materials(
        frame=frame,
        sections=sections,
        charts=charts.draw(frame, tracks, desk.newsletter.templates, levels),
        places=rules.chart_places(desk.book),
        sources=sources(desk, history, frame, moment),
        imprint=desk.imprint,
        coverage=coverage(desk, history, frame, moment),
        spoken_of=rules.spoken_of(desk.book),
    )
    made = spelling.in_language(note.assemble(materials), desk.book.spelling)
    made = replace(made, digest=note.digest(made))
    table = charts.table(tracks, made.notice)
    return Draft(frame, edited.written, made, table, memory, edited.edits, edited.findings, told)


def _corroborated(
    desk: Desk, frame: Frame, sections: tuple[Section, ...], told: Sequence[Headline]
) -> tuple[Section, ...]:
    """The sections, with the outlets named that reported the same; as they are where nobody wrote anything."""
    from reporter import press

    table = press.load(desk.newsletter.templates) if told else None
    return press.corroborated(table, sections, told, frame.week, frame.lead) if table else sections


def build(desk: Desk, history: History, week: Week, as_of: datetime | None = None) -> Result:
    """The finished note, checked and in its folder.

    When it lies there the ledger is told; of a run that is killed in between the note is whole, and the next run of
    that week tells the ledger. Raises MissingError (exit code 3) or CheckError (4); then what was built lies in `.held`
    with what was found, and the last good note where it was.
    """
    frame = measure(desk, history, week, as_of)
    missing = _missing_facts(desk, frame)
    try:
        made = draft(desk, history, frame, as_of)
    except MissingError as problem:
        raise _held(desk, week, (), MissingError, [*missing, str(problem)]) from None
    missing += _missing_sentences(desk, made)
    artifacts = _artifacts(desk, made)
    findings = (*made.findings, *_findings({artifact.kind: artifact for artifact in artifacts}, desk, made))
    for finding in findings:
        if finding.severity == "warning":
            log.warning("%s", finding)
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if missing or errors:
        raise _held(desk, week, artifacts, MissingError if missing else CheckError, [*missing, *errors])
    folder = output.place(desk.newsletter.output, week, desk.edition)
    note_kept(desk, week, next(artifact.body for artifact in artifacts if artifact.kind == "manifest"))
    output.write(folder, artifacts)
    ledger_of(desk).record(desk.edition, week, made.note.digest, made.note.sentences)
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
    return (*_changed(folder), *made.findings, *_findings(main, desk, made))


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


def _findings(main: dict[str, Artifact], desk: Desk, made: Draft) -> tuple[Finding, ...]:
    """What the finished files, the note's own sentences and its language are found to lack."""
    from reporter.check import contradictions, disclaimer, language

    note, frame = made.note, made.frame
    return (
        *disclaimer.findings(main, note, lambda page: reprinted(page, note)),
        *contradictions.findings(note, frame, _against(desk, frame)),
        *language.findings(note, frame),
    )


def _against(desk: Desk, frame: Frame) -> Held:
    """What the desk's table of contradictions says of two sentences, and of one in the light of the week."""
    from reporter import rules
    from reporter.check.contradictions import Held

    pairs, view = desk.book.pairs, rules.lead_view(frame)
    return Held(partial(rules.conflict, pairs), partial(rules.false_words, pairs, desk.book, view))


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
    claimed = claims.claims_json(made.note, made.frame, made.edits, made.told)
    files = [page, pdf.document(page, made.note), markdown.page(made.note, desk.newsletter.templates), *charts,
             claims.note_json(made.note, made.frame), claimed]  # fmt: skip
    return (*files, claims.manifest_json(files, _used(desk, made)))


def _used(desk: Desk, made: Draft) -> dict[str, Any]:
    """What the note was made from and with: the archive's part in it, the settings, the ledger, the versions."""
    from reporter.ledger import digest_of

    payloads = sorted({p for fact in made.frame.facts.values() for one in fact.inputs for p in one.payload_ids})
    settings = [repr(desk.newsletter.config), desk.book.digest, _templates_digest(desk.newsletter.templates)]
    decided = desk_file.path(desk.newsletter.root, made.note.week)
    if decided.exists():
        settings.append(decided.read_text("utf-8"))
    return {
        "week": made.note.week.label,
        "edition": desk.edition,
        "digest": made.note.digest,
        "illustrative": bool(made.note.notice),
        "archive": {"sha256": _digest(*payloads), "payloads": payloads},
        "settings": {"sha256": _digest(*settings)},
        "ledger": {"sha256": digest_of(made.memory)},
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
        illustrative = bool(getattr(one.module, "ILLUSTRATIVE", False))
        words = label(one.module, one.settings), terms(one.module, one.settings)
        result.append(SourceNote(one.name, *words, illustrative, min(first for first, _ in mine), newest))
    return tuple(result)


def coverage(desk: Desk, history: History, frame: Frame, as_of: datetime) -> Coverage:
    """What the week's figures rest on, and what sources that were asked for the week did not give: as long as their
    answers speak for it, so that a note of it made later says the same."""
    from reporter import facts

    faults: dict[str, list[str]] = {}
    for source, _, fault, _ in history.faults(min(as_of, facts.speaks_until(frame.week)), frame.week.end):
        faults.setdefault(source, []).append(fault)
    known = {one.name for one in desk.sources}
    asked = facts.Asked(
        provided={one.name: tuple(provides(one.module, one.settings)) for one in desk.sources},
        faults={source: texts for source, texts in sorted(faults.items()) if source in known},
        labels={one.name: label(one.module, one.settings) for one in desk.sources},
    )
    return facts.coverage(history, desk.setting, frame, asked, as_of)
