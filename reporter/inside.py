"""Views for the command line: facts, rules and the way back from a sentence to the bytes, as lines and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reporter import pipeline, units
from reporter.collect import SOURCES, givers, is_live
from reporter.errors import AuthorError, ConfigError, ReporterError, Several, nearest
from reporter.model import MARKET, Fact, Frame, Input, Sentence
from reporter.newsletter import Newsletter

if TYPE_CHECKING:
    from reporter.history import History
    from reporter.pipeline import Desk, Draft

ROWS_SHOWN = 8
WIDTH = 100  # columns


@dataclass(frozen=True)
class View:
    """What a command shows; `problem` is raised after it was printed."""

    lines: tuple[str, ...]
    data: Any
    problem: ReporterError | None = None


def _record(one: object, *names: str) -> dict[str, Any]:
    """Some fields of a record for a machine."""
    values = {name: getattr(one, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


# ---- facts -----------------------------------------------------------------------------------------------------------


def catalogue() -> View:
    """Every fact there is: subjects, unit, families and definition, what it is measured on, and who gives that."""
    from reporter.facts import grounds, measures

    records = [
        {
            **_record(one, "name"),
            "subject": list(one.each),
            **_record(one, "unit", "families", "definition"),
            "measured_on": list(grounds.measured_on(one.name)),
            "looks_back_on": list(grounds.looks_back_on(one.name)),
            "sources": list(sources_for(one.name)),
        }
        for one in measures()
    ]
    ordered = sorted(records, key=lambda record: bool(record["looks_back_on"]))
    return View(tuple(line for record in ordered for line in _catalogue_lines(record)), records)


def sources_for(fact: str) -> tuple[str, ...]:
    """The sources, in the order of the registry, that give a series or a list which a fact is measured on."""
    from reporter.facts import grounds

    by_venue = grounds.is_by_venue(fact)
    found = {use for name in grounds.measured_on(fact) for use in givers(name, by_venue)}
    return tuple(use for use in SOURCES if use in found)


def _catalogue_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Name, subjects and unit on one line, and below it what else there is to say, wrapped."""
    subjects = " and ".join("each asset" if each == "asset" else each for each in record["subject"])
    named = {key.replace("_", " "): ", ".join(record[key]) for key in ("looks_back_on", "measured_on", "sources")}
    yield f"{record['name']}  ({subjects}; {record['unit']})"
    for text in (record["definition"], *(f"{what}: {names}" for what, names in named.items() if names)):
        yield from textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def facts(desk: Desk, newsletter: Newsletter, week: str | None, as_of: datetime | None) -> View:
    """The facts of a week with their values, and the gaps with their reasons."""
    from reporter.render.claims import fact_record

    _, history = pipeline.stores(desk)
    frame = _frame(desk, newsletter, history, week, as_of)
    ordered = sorted(frame.facts.values(), key=lambda f: (_rank(frame, f.subject), f.name))
    lines = [f"{fact.key:<52} {units.text(fact.value, fact.unit)}" for fact in ordered]
    lines += [f"{gap.key:<52} missing: {gap.reason}" for gap in sorted(frame.gaps.values(), key=lambda g: g.key)]
    return View(tuple(lines), [fact_record(fact) for fact in ordered])


def _rank(frame: Frame, subject: str) -> int:
    return 0 if subject == MARKET else 1 + frame.assets.index(subject)


def _frame(desk: Desk, newsletter: Newsletter, history: History, week: str | None, as_of: datetime | None) -> Frame:
    chosen = pipeline.chosen_week(desk, week, as_of)
    read_in(desk, newsletter, history)
    return pipeline.measure(desk, history, chosen, as_of)


def read_in(desk: Desk, newsletter: Newsletter, history: History) -> None:
    """Files and the sample are read in where they have not been: looking inside needs no run before it, and asks
    nobody."""
    local = tuple(one for one in desk.sources if not is_live(one.module))
    archive, _ = pipeline.stores(desk)
    kept = pipeline.Stores(archive, history)
    pipeline.collect(replace(desk.round, sources=local), pipeline.chosen_week(desk, None, None), kept)


# ---- rules -----------------------------------------------------------------------------------------------------------


def lint(newsletter: Newsletter) -> View:
    """What is wrong with the config, the rulebooks, the templates and the desk files, all at once."""
    from reporter import rules as engine

    try:
        desk = pipeline.prepare(newsletter, rehearsed=True)
    except AuthorError as problem:
        lines = str(problem).splitlines()
        return View((), {"mistakes": lines}, problem)
    mistakes, decided = pipeline.decided(desk)
    found = (*engine.lint(desk.book), *decided)
    errors = [*mistakes, *(str(finding) for finding in found if finding.severity == "error")]
    warnings = [str(finding) for finding in found if finding.severity == "warning"]
    said = [f"warning: {line}" for line in warnings] + (
        [] if errors else [f"{len(desk.book.rules)} rules, nothing to mend"]
    )
    data = {"rules": len(desk.book.rules), "mistakes": errors, "warnings": warnings}
    return View(tuple(said), data, Several(errors) if errors else None)


def test_rules(newsletter: Newsletter) -> View:
    """Runs the cases of every rule."""
    from reporter import rules as engine

    desk = pipeline.prepare(newsletter, rehearsed=True)
    lines = [str(finding) for finding in engine.run_cases(desk.book) if finding.severity == "error"]
    cases = sum(len(rule.cases) for rule in desk.book.rules)
    result = f"{len(lines)} not as written" if lines else "all as written"
    said = f"{cases} cases of {len(desk.book.rules)} rules: {result}"
    return View((said,), {"cases": cases, "failures": lines}, Several(lines) if lines else None)


def rules(newsletter: Newsletter) -> View:
    """Every rule: where it stands, what it speaks of, when, and what it says."""
    desk = pipeline.prepare(newsletter)
    names = ("id", "where", "section", "group", "subject", "kind", "topic", "stance", "when", "needs", "say")
    data = [_record(rule, *names) for rule in desk.book.rules]
    lines = [
        line
        for r in desk.book.rules
        for line in (f"{r.where}  {r.id}  [{r.section}/{r.group}, {r.subject}]", f"    when {r.when}")
    ]
    return View(tuple(lines), data)


# ---- explain ---------------------------------------------------------------------------------------------------------


def explain(desk: Desk, newsletter: Newsletter, what: str, week: str | None, as_of: datetime | None) -> View:
    """A fact, or each sentence that matches, walked back to rule, facts, rows, file and hash. Raises ConfigError for
    neither."""
    from reporter import note

    _, history = pipeline.stores(desk)
    read_in(desk, newsletter, history)
    moment, chosen = as_of or pipeline.FOREVER, pipeline.chosen_week(desk, week, as_of)
    frame = pipeline.measure(desk, history, chosen, as_of)
    if (fact := _named(frame, what)) is not None:
        data = [_fact_tree(fact, history, moment)]
        return View(tuple(_fact_lines(data[0], "")), data)
    made = pipeline.draft(desk, history, frame, as_of)
    found = note.find(made.note, what)
    if not found:
        keys = [fact.key for fact in frame.facts.values()]
        gap = next((g for g in frame.gaps.values() if what in (g.key, g.name)), None)
        why = (
            f" ({gap.key} is missing: {gap.reason})"
            if gap
            else nearest(what, [*keys, *(r.id for r in desk.book.rules)])
        )
        raise ConfigError(
            f"explain: no fact and no sentence of {chosen.label} is {what!r}{why}; "
            f"see `reporter facts --week {chosen.label}`"
        )
    trees = [_sentence_tree(sentence, made, history, moment) for sentence in found]
    return View(tuple(line for tree in trees for line in _sentence_lines(tree)), trees)


def _named(frame: Frame, what: str) -> Fact | None:
    """`BTC.price_usd`, `lead.price_usd`, or a bare name: of the lead, else of the market."""
    subject, dot, name = what.strip().partition(".")
    if dot:
        return frame.get(subject, name)
    return frame.get(frame.lead, what.strip()) or frame.get(MARKET, what.strip())


def _sentence_tree(sentence: Sentence, made: Draft, history: History, moment: datetime) -> dict[str, Any]:
    by_key = {fact.key: fact for fact in made.frame.facts.values()}
    facts = [_fact_tree(by_key[key], history, moment) for key in sentence.cites if key in by_key]
    return {
        "text": sentence.text,
        "rule": sentence.rule_id,
        "where": sentence.where,
        "wording": sentence.variant,
        "facts": facts,
    }


def _fact_tree(fact: Fact, history: History, moment: datetime) -> dict[str, Any]:
    return {
        "fact": fact.key,
        "value": units.machine(fact.value),
        "printed": units.text(fact.value, fact.unit),
        "unit": fact.unit.value,
        "definition": fact.definition,
        "inputs": [_input_tree(one, history, moment, fact.as_of) for one in fact.inputs],
    }


def _input_tree(one: Input, history: History, moment: datetime, cut: datetime) -> dict[str, Any]:
    rows = [{**row, "at": row["at"].isoformat()} for row in history.evidence(one, as_of=moment, cut=cut)]
    return {"series": one.series, "rows": rows, "count": one.rows, "payloads": list(one.payload_ids)}


def _sentence_lines(tree: Mapping[str, Any]) -> Iterator[str]:
    yield f"“{tree['text']}”"
    yield f"  rule {tree['rule']} ({tree['where']}), wording {tree['wording'] + 1}"
    for fact in tree["facts"]:
        yield from _fact_lines(fact, "  ")


def _fact_lines(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    yield f"{indent}{tree['fact']} = {tree['printed']}  ({tree['value']}, {tree['unit']})"
    yield f"{indent}  {tree['definition']}"
    for one in tree["inputs"]:
        yield f"{indent}  {one['series']}: {one['count']} row{'s' * (one['count'] != 1)}"
        yield from _row_lines(one["rows"], f"{indent}    ")
        for payload in one["payloads"]:
            yield f"{indent}    sha256 {payload}"


def _row_lines(rows: Sequence[Mapping[str, Any]], indent: str) -> Iterator[str]:
    for row in rows[:ROWS_SHOWN]:
        place = f"{row['file']}:{row['line']}" if row["line"] is not None else row["file"]
        yield f"{indent}{row['at'][:16].replace('T', ' ')}  {row['value']!r:>22}  {place} ({row['source']})"
    if len(rows) > ROWS_SHOWN:
        yield f"{indent}and {len(rows) - ROWS_SHOWN} more rows"
