"""The note for machines: `note.json` (facts, gaps, sources), `claims.json` (each sentence with its evidence),
`manifest.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reporter.desk_file import Edit
from reporter.model import Artifact, Cited, Coverage, Fact, Frame, Gap, Headline, Input, Note, Printed, Row, Sentence

JSON = "application/json"


def note_json(note: Note, frame: Frame) -> Artifact:
    """Every fact of the week, every gap, and where the data came from."""
    body = {
        "title": note.title.text,
        "week": note.week.label,
        "from": note.week.start.isoformat(),
        "to": note.week.end.isoformat(),
        "as_of": note.week.cut.isoformat(),
        "edition": note.imprint.edition,
        "newsletter": note.imprint.name,
        "publisher": note.imprint.publisher,
        "illustrative": bool(note.notice),
        "digest": note.digest,
        "facts": [fact_record(fact) for _, fact in sorted(frame.facts.items())],
        "gaps": [gap_record(gap) for _, gap in sorted(frame.gaps.items())],
        "coverage": coverage_record(note.coverage),
        "sources": [
            {"name": s.name, "label": s.label, "terms": s.terms, "illustrative": s.illustrative,
             "oldest": s.oldest.isoformat() if s.oldest else None, "newest": s.newest.isoformat() if s.newest else None}
            for s in note.sources
        ],
    }  # fmt: skip
    return _artifact("note", "note.json", body)


def claims_json(note: Note, frame: Frame, edits: Sequence[Edit] = (), headlines: Sequence[Headline] = ()) -> Artifact:
    """Each sentence, table row and chart with its rule, the facts it states, and the payloads behind them; what it
    cites, with title and payload where `headlines` has it; and what an editor decided for the note, by whom and why."""
    by_key = {fact.key: fact for fact in frame.facts.values()}
    told = {(one.outlet, one.link): one for one in reversed(headlines)}
    body = {
        "week": note.week.label,
        "edition": note.imprint.edition,
        "digest": note.digest,
        "illustrative": bool(note.notice),
        "sentences": [_sentence(n, s, by_key, told) for n, s in enumerate(note.sentences)],
        "rows": [_row(row, by_key) for section in note.sections for row in section.rows],
        "charts": [
            {
                "key": c.key,
                "title": c.title,
                "alt": c.alt,
                "facts": list(c.facts),
                "inputs": [input_record(i) for i in c.inputs],
            }
            for c in note.charts
        ],
        "edits": [_edit(edit, note) for edit in edits],
    }
    return _artifact("claims", "claims.json", body)


def manifest_json(artifacts: Iterable[Artifact], used: Mapping[str, Any]) -> Artifact:
    """The sha256 of every file, and what they were made from and with."""
    files = {
        a.path: {"sha256": hashlib.sha256(a.body).hexdigest(), "bytes": len(a.body), "type": a.media_type}
        for a in artifacts
    }
    return _artifact("manifest", "manifest.json", {"files": dict(sorted(files.items())), **used})


def fact_record(fact: Fact) -> dict[str, Any]:
    """A fact as `reporter facts --json` prints it; a value is a number in base units, or a date."""
    return {
        "subject": fact.subject,
        "name": fact.name,
        "value": fact.value if isinstance(fact.value, float) else fact.value.isoformat(),
        "unit": fact.unit.value,
        "window": [fact.window.start.isoformat(), fact.window.end.isoformat()],
        "as_of": fact.as_of.isoformat(),
        "inputs": [input_record(one) for one in fact.inputs],
    }


def coverage_record(coverage: Coverage) -> dict[str, Any]:
    """What the note rests on; `share` is a fraction of the open interest that `share_of` lists, or null."""
    return {
        "venues": list(coverage.venues),
        "oldest": coverage.oldest.isoformat() if coverage.oldest else None,
        "open_interest_share": coverage.share,
        "open_interest_share_of": coverage.share_of,
        "silent": list(coverage.silent),
        "fallbacks": list(coverage.fallbacks),
        "rests": [
            {"topic": rest.topic, "assets": list(rest.assets), "venue": rest.venue, "source": rest.source,
             "newest": rest.newest.isoformat(), "remarks": list(rest.remarks)}
            for rest in coverage.rests
        ],
    }  # fmt: skip


def gap_record(gap: Gap) -> dict[str, Any]:
    return {"subject": gap.subject, "name": gap.name, "reason": gap.reason, "required": gap.required}


def input_record(one: Input) -> dict[str, Any]:
    return {"series": one.series, "first": one.first.isoformat(), "last": one.last.isoformat(), "rows": one.rows,
            "payloads": list(one.payload_ids)}  # fmt: skip


def _sentence(
    number: int, sentence: Sentence, facts: Mapping[str, Fact], told: Mapping[tuple[str, str], Headline]
) -> dict[str, Any]:
    printed = [_printed(part) for part in sentence.parts if isinstance(part, Printed)]
    keys = sorted({*sentence.cites, *(part["fact"] for part in printed)})
    return {
        "number": number,
        "text": sentence.text,
        "section": sentence.section,
        "kind": sentence.kind,
        "rule": sentence.rule_id,
        "where": sentence.where,
        "wording": sentence.variant,
        "printed": printed,
        "facts": [fact_record(facts[key]) for key in keys if key in facts],
        "cited": [_cited(part, told) for part in sentence.parts if isinstance(part, Cited)],
    }


def _cited(part: Cited, told: Mapping[tuple[str, str], Headline]) -> dict[str, str | None]:
    """What a sentence cites; title and payload of a collected headline, null for what an editor put in."""
    found = told.get((part.text, part.link))
    return {
        "outlet": part.text,
        "link": part.link,
        "title": found.title if found else None,
        "payload": found.payload_id if found else None,
    }


def _edit(edit: Edit, note: Note) -> dict[str, Any]:
    """A decision as it was carried out; `sentence` is the number of the sentence that it left, or null."""
    left = (n for n, said in enumerate(note.sentences) if edit.text and _is_of(said, edit))
    return {
        "action": edit.action,
        "rule": edit.rule_id,
        "subject": edit.subject,
        "who": edit.who,
        "why": edit.why,
        "where": edit.where,
        "was": edit.was,
        "text": edit.text,
        "sentence": next(left, None),
        "source": dict(edit.source),
    }


def _is_of(said: Sentence, edit: Edit) -> bool:
    return said.rule_id == edit.rule_id and edit.subject in {"", said.subject}


def _row(row: Row, facts: Mapping[str, Fact]) -> dict[str, Any]:
    parts = [part for cell in row.cells for part in cell if isinstance(part, Printed)]
    return {
        "label": row.label,
        "where": row.where,
        "printed": [_printed(part) for part in parts],
        "facts": [fact_record(facts[key]) for key in sorted({p.fact for p in parts}) if key in facts],
    }


def _printed(part: Printed) -> dict[str, str]:
    return {"fact": part.fact, "text": part.text, "value": part.value}


def _artifact(kind: str, path: str, body: Mapping[str, Any]) -> Artifact:
    text = json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False)
    return Artifact(kind, path, JSON, f"{text}\n".encode())


__all__ = ["claims_json", "fact_record", "gap_record", "input_record", "manifest_json", "note_json"]
