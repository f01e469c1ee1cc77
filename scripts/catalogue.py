"""Writes the parts of `docs/` that the code can say itself: the catalogues of facts, rules, breaks and sources, and
a few tables.

The code, the packaged rulebooks and the example config go in, Markdown comes out: three whole pages, and blocks between
marks in pages that are otherwise written by hand. What is written depends on nothing else.

    python scripts/catalogue.py            writes what is not as the code has it
    python scripts/catalogue.py --check    names it instead, and exits with 1
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from reporter import breaks, clock, collect, config, inside, rules, series, units
from reporter.collect import live
from reporter.errors import ReporterError
from reporter.facts import base_rates, grounds, measures
from reporter.facts.catalogue import CATALOGUE, SHAPES, Definition
from reporter.facts.frame import FAMILY_TEXT
from reporter.model import Kind, Rule, Unit
from reporter.rules.filters import PRINTERS
from reporter.rules.rehearse import TYPICAL

ROOT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Written by `make docs` from the code; a change made here is lost. -->"
TAGS = re.compile(r"(?:\{\{.*?\}\}|\{%.*?%\})+", re.DOTALL)
TABLE = re.compile(r"^\|.*\|$", re.MULTILINE)

FACTS = """\
The {count} facts that a week is measured by. `reporter facts` prints this list, and with `--week 2026-W07` or
`--sample` the values of a week; `reporter explain BTC.price_usd` walks one back to the rows and bytes it came from. A
fact that cannot be measured is a gap with a reason, never a zero.

A subject is an asset (`BTC.price_usd`) or all assets together (`market.liquidations_usd`); `lead` is another name for
the lead asset. *From* names the [series](csv.md) and lists that a fact is measured on, *Sources* the
[sources](sources.md) that give any of them: a file of yours (`csv`) may give any series, and no list.
"""
RATES = """\
A name is `after_CONDITION_OUTCOME_WEEKS`: `after_flush_price_rose_4w` is the share of earlier flushes after which the
price was higher four weeks later, `after_flush_cases_4w` the number of cases that it rests on, those of which all
outcomes with these cases are known.
{weeks} All are of the market, shares of unit `share` and cases of unit `count`; none is compared with its own past.

They look back on facts of other weeks: those of the condition, and those of the outcomes that are counted together.
"""
COMPARED = """\
An ending behind the name of a fact compares it with its past: `price_usd_growth`. Its kind says which endings it has.
Where one cannot be computed, for want of earlier weeks that were measured the same way, it is not there: on the same
venues and assets, and on this side of the same [breaks](breaks.md).
"""
PRINTED = """\
Values are kept in base units, and only a [filter](rulebooks.md) turns one into text. The `_change` of a share, a
fraction or an annual rate is printed by `percentage_points` instead.
"""
BREAKS = """\
The {count} days, in the order of time, from which a series no longer measures what it measured before, as
`reporter/breaks.yaml` has them. No week behind one is compared with a week before it: there is no `_previous` and no
`_growth` over it, no percentile, and nothing is the highest since. A break of a venue concerns each series that names
it, alone (`bybit`) or in a total (`binance+okx+bybit`), and none of `all` venues, which does not say whom it counts.
The week in which the day lies counts as behind it.
"""
RULES = """\
The {count} rules of the packaged rulebooks, in the order of the note. In each group the one with the highest rank
speaks; `reporter rules show --sample` says what each did in a week. How to read and change them:
[rulebooks](rulebooks.md).
"""


# ---- Markdown --------------------------------------------------------------------------------------------------------


def row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield row(head)
    yield "|" + " --- |" * len(head)
    yield from map(row, rows)
    yield ""


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def listed(words: Iterable[str]) -> str:
    return ", ".join(code(word) for word in words)


def one_line(text: str) -> str:
    return " ".join(text.split())


def summary(docstring: str | None) -> str:
    """The first sentence of a docstring."""
    paragraph = one_line((docstring or "").partition("\n\n")[0])
    return re.split(r"(?<=\.)\s", paragraph, maxsplit=1)[0]


# ---- docs/facts.md ---------------------------------------------------------------------------------------------------


def facts_page() -> Iterator[str]:
    by_module = sorted(CATALOGUE.values(), key=lambda one: (one.function.__module__, one.measure.name))
    yield from ("# Facts", "", NOTE, "", FACTS.format(count=len(measures())))
    for module, found in groupby(by_module, key=lambda one: one.function.__module__):
        yield from (f"## {module.rpartition('.')[2].replace('_', ' ').capitalize()}", "")
        yield from (one_line(inspect.getdoc(sys.modules[module]) or ""), "")
        if module == base_rates.__name__:
            yield from rates()
        else:
            yield from table(("Fact", "Unit", "Of", "Kind", "From", "Sources", "Definition"), map(fact_row, found))
    yield from compared()
    yield from printed()


def fact_row(one: Definition) -> tuple[str, ...]:
    measure = one.measure
    of = ", ".join("each asset" if each == "asset" else "market" for each in measure.each)
    read, given = listed(grounds.measured_on(measure.name)), listed(inside.sources_for(measure.name))
    return code(measure.name), measure.unit.value, of, kind_of(one), read, given, measure.definition


def rates() -> Iterator[str]:
    """The base rates by what they are made of: as rows of their own they would all be alike."""
    conditions, outcomes = base_rates.CONDITIONS, base_rates.OUTCOMES
    weeks = " and ".join(f"`{n}w` for {text}" for n, text in base_rates.HORIZONS.items())
    yield RATES.format(weeks=f"The last part stands {weeks}.")
    behind = ("Looks back on", "From", "Sources")
    yield from table(("Condition", "A week like this one has", *behind), map(condition_row, conditions))
    yield from table(("Outcome", "After which", "Cases", *behind), map(outcome_row, outcomes))
    yield from table(("Condition", "Facts"), ((code(one.name), listed(rate_names(one))) for one in conditions))


def condition_row(one: base_rates.Condition) -> tuple[str, ...]:
    return code(one.name), one.text, *resting_on(bound.key[1] for bound in one.bounds)


def outcome_row(one: base_rates.Outcome) -> tuple[str, ...]:
    """An outcome looks back on the facts of all that are counted with it."""
    together = (each.key[1] for each in base_rates.OUTCOMES if each.count == one.count)
    return code(one.name), one.text, code(one.count), *resting_on(together)


def resting_on(facts: Iterable[str]) -> tuple[str, str, str]:
    """Facts by name, what they are measured on, and who gives that."""
    names = sorted(set(facts))
    measured = {one for name in names for one in grounds.measured_on(name)}
    given = {use for name in names for use in inside.sources_for(name)}
    return listed(names), listed(sorted(measured)), listed(use for use in collect.SOURCES if use in given)


def rate_names(one: base_rates.Condition) -> Iterator[str]:
    """Every fact of a condition, by its horizon: the shares, and the cases behind them."""
    for horizon in base_rates.HORIZONS:
        names = [base_rates.share_name(one, outcome, horizon) for outcome in base_rates.OUTCOMES]
        counts = [base_rates.count_name(one, outcome, horizon) for outcome in base_rates.OUTCOMES]
        yield from dict.fromkeys((*names, *counts))


def kind_of(one: Definition) -> str:
    """How a fact is compared with its past; a date is not."""
    measure = one.measure
    found = (
        name
        for name, shape in SHAPES.items()
        if (shape.families, shape.streak_of) == (measure.families, measure.streak_of)
    )
    return next(found, "–")


def compared() -> Iterator[str]:
    yield from ("## Compared with its own past", "")
    yield COMPARED
    meaning = {name: text.format(streak_of="the value or its change") for name, text in FAMILY_TEXT.items()}
    yield from table(("Ending", "Is"), ((code(f"_{name}"), text) for name, text in meaning.items()))
    kinds = ((name, listed(f"_{each}" for each in shape.families), shape.streak_of) for name, shape in SHAPES.items())
    yield from table(("Kind", "Endings", "The streak is of"), kinds)


def printed() -> Iterator[str]:
    yield from ("## Units", "")
    yield PRINTED
    head = ("Unit", "The value", "Prints as", "Filters")
    yield from table(head, ((unit.value, *example(unit), filters_for(unit)) for unit in Unit))


def example(unit: Unit) -> tuple[str, str]:
    if unit is Unit.DATE:
        return "2026-02-11", "February 11, 2026"
    return units.machine(TYPICAL[unit]), units.text(TYPICAL[unit], unit)


def filters_for(unit: Unit) -> str:
    return listed(name for name, one in PRINTERS.items() if unit in one.takes and not one.differences)


# ---- docs/breaks.md --------------------------------------------------------------------------------------------------


def breaks_page() -> Iterator[str]:
    found = breaks.registered()
    yield from ("# Breaks", "", NOTE, "", BREAKS.format(count=len(found)))
    yield from table(("From", "Measures", "Venues", "What changed", "Source"), map(break_row, found))


def break_row(one: breaks.Break) -> tuple[str, ...]:
    since = f"{one.since}, about" if one.approximate else f"{one.since}"
    return since, listed(one.measures), listed(one.venues) or "all", one.what, one.source


# ---- docs/rules.md ---------------------------------------------------------------------------------------------------


def rules_page() -> Iterator[str]:
    book = rules.load([ROOT / "templates"], measures())
    by_seat: dict[tuple[str, str], list[Rule]] = {}
    for rule in book.rules:
        by_seat.setdefault((rule.section, rule.group), []).append(rule)
    yield from ("# Rules", "", NOTE, "", RULES.format(count=len(book.rules)))
    for part in book.outline.parts:
        yield from (f"## {part.heading or part.id.replace('_', ' ').capitalize()}", "")
        for group in part.groups:
            yield from (f"### {part.id} / {group}", "")
            for rule in by_seat.get((part.id, group), []):
                yield from rule_lines(rule)


def rule_lines(rule: Rule) -> Iterator[str]:
    """Id, kind, subject, place, first wording, condition and needs, as one item of a list."""
    file, _, line = rule.where.rpartition(":")
    yield f"- **{rule.id}** · {rule.kind} · {rule.subject} · [{rule.where}](../templates/{file}#L{line})  "
    yield f"  {prose(rule.say[0])}  "
    yield f"  when {code(one_line(rule.when))}" + needs(rule)
    yield ""


def needs(rule: Rule) -> str:
    own = f"{rule.subject}."
    parts = (("needs", rule.needs), ("optional", rule.optional))
    return "".join(f"; {what} {listed(name.removeprefix(own) for name in names)}" for what, names in parts if names)


def prose(wording: str) -> str:
    """A wording with its tags as code, so that Markdown leaves them alone."""
    return TAGS.sub(lambda tag: code(one_line(tag[0])), one_line(wording))


# ---- docs/sources.md -------------------------------------------------------------------------------------------------

ASSETS = ("BTC", "ETH", "SOL")  # as in the example config
KEY = re.compile(r'"([A-Z]+_API_KEY)"')


def usual(use: str) -> Any:
    """The settings of a source on the network that a config names with `use` alone."""
    return collect.source(use).Settings.model_validate({"name": use, "use": use, "assets": ASSETS})


def measured_by_block() -> Iterator[str]:
    """For each measure that facts rest on, the sources of the example config in their order, and the others."""
    configured = {name: str(raw["use"]) for name, raw in config.load(ROOT / "config.yaml")[0].sources.items()}
    rest = {use: use for use in sorted(collect.SOURCES) if use not in configured.values()}
    names = {name: use for name, use in {**configured, **rest}.items() if collect.is_live(collect.source(use))}
    gives = {name: given_as_usual(use) for name, use in names.items()}
    rows = []
    for measure in sorted({name for fact in CATALOGUE for name in grounds.measured_on(fact)}):
        found = [name for name in names if measure in gives[name]]
        ours, others = ([n for n in found if (n in configured) == is_ours] for is_ours in (True, False))
        rows.append((code(measure), listed(ours) or "none", listed(others) or "none"))
    yield from table(("Measure", "In the example config, best first", "Others"), rows)


def given_as_usual(use: str) -> set[str]:
    """The measures that a source gives with its usual settings, its lists, and what is known of the moment only."""
    past = {name.partition("/")[0] for name in collect.provides(collect.source(use), usual(use))}
    now = {name for name in collect.gives(use, by_venue=True) if series.FORMS[name].kind == Kind.SNAPSHOT}
    return past | now | (collect.gives(use) - set(series.FORMS))


def sources_block() -> Iterator[str]:
    for use in sorted(collect.SOURCES):
        module: Any = collect.source(use)
        first, _, rest = (inspect.getdoc(module) or "").partition("\n\n")
        yield from (f"### {use}", "", plain(first), "")
        if collect.is_live(module):
            yield from on_the_network(module, usual(use))
        own = [name for name in module.Settings.model_fields if name not in (*live.Live.model_fields, "name", "use")]
        if (ROOT / "docs" / f"{use}.md").exists():
            yield f"- All keys: [{use}.md]({use}.md)."
        elif own:
            yield f"- Keys of its own: {listed(own)}. {one_line(inspect.getdoc(module.Settings) or '')}"
        yield from ("", plain(rest), "")


def on_the_network(module: Any, settings: Any) -> Iterator[str]:
    """A table of what a source gives, how it stands in the note, and how it is asked."""
    if rows := list(gives_rows(module, settings)):
        yield from table(("Measures", "Venue", "Assets", "A value each", "Kind", "Known"), rows)
    asked = module.requests(clock.parse_week("2026-W07"), settings)
    secrets = {name for request in asked for name in request.secrets.values()}
    other = "".join(f", or {code(name)}" for name in sorted(set(KEY.findall(inspect.getsource(module)))))
    yield f"- In the note: {module.LABEL} ({module.TERMS})."
    yield f"- Key: {listed(sorted(secrets)) or f'none{other}'}."
    yield f"- Address: {code(settings.base_url)}, {settings.pace_seconds:g} s between two questions."
    reaches = {one.key.partition("/")[0]: one.reach.days if one.period else 0 for one in asked if one.reach}
    for days in sorted(set(reaches.values())):
        what = f"- Reaches back {days} days: " if days else "- Of now only, so asked for the latest week alone: "
        yield what + listed(name for name, reach in reaches.items() if reach == days) + "."


def gives_rows(module: Any, settings: Any) -> Iterator[tuple[str, ...]]:
    """A row for the measures that come alike; what venues a list holds is not known before it is read."""
    assets: dict[tuple[str, str], list[str]] = {}
    for one in module.provides(settings):
        measure, asset, venue, _ = one.split("/")
        assets.setdefault((measure, code(venue)), []).append(asset)
    there = {measure for measure, _ in assets}
    assets |= {(one, "as listed"): [*ASSETS] for one in module.GIVES if "/" not in one and one not in there}
    alike: dict[tuple[str, ...], list[str]] = {}
    for (measure, venue), of in assets.items():
        name = f"{measure}/{of[0]}/{venue.strip('`')}/{settings.name}"
        given, kind = live.given_for(name, module.GIVES), live.kind(name, module.GIVES)
        late = f"{hours(given.delay)} later" if given.delay else "at once"
        how = ("asking", kind, "as asked") if kind == Kind.SNAPSHOT else (hours(given.cadence), kind, late)
        alike.setdefault((venue, "each" if of == [*ASSETS] else ", ".join(of), *how), []).append(measure)
    yield from ((listed(measures), *rest) for rest, measures in alike.items())


def hours(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes / 60:g} h" if minutes % 60 == 0 else f"{minutes:g} min"


def plain(text: str) -> str:
    """A docstring as Markdown: what is no code may hold no tag."""
    return re.sub(r"(`[^`]*`)|<", lambda found: found[1] or "&lt;", text)


# ---- blocks ----------------------------------------------------------------------------------------------------------


def measures_block() -> Iterator[str]:
    read = [name for fact in CATALOGUE if not grounds.looks_back_on(fact) for name in grounds.measured_on(fact)]
    head = ("Measure", "What it is", "Units a file may have", "Stamped", "Usual cadence", "Facts from it")
    yield from table(head, (measure_row(name, form, read.count(name)) for name, form in series.FORMS.items()))


def measure_row(name: str, form: series.Form, facts: int) -> tuple[str, ...]:
    stamped = "at its start" if form.kind is Kind.INTERVAL else "at its moment"
    cadence = f"{form.cadence.total_seconds() / 3600:g} h"
    return code(name), form.meaning, listed(series.units_for(name)), stamped, cadence, str(facts or "none")


def units_block() -> Iterator[str]:
    found: dict[str, list[tuple[Unit, float]]] = {}
    for (name, unit), convert in series.CONVERSIONS.items():
        found.setdefault(name, []).append((unit, convert(1.0)))
    head = ("Unit in the file", "For measures in", "A 1 in the file is kept as")
    yield from table(head, ((code(n), ", ".join(u for u, _ in v), units.machine(v[0][1])) for n, v in found.items()))


def filters_block() -> Iterator[str]:
    """The table of the rule language, as its own reference has it."""
    yield from TABLE.findall(inspect.getdoc(rules) or "")
    yield ""


def layout_block() -> Iterator[str]:
    package = ROOT / "reporter"
    folders = sorted(path.parent for path in package.glob("*/__init__.py"))
    yield from ("- `reporter/`", *modules(package))
    for folder in folders:
        yield f"- `reporter/{folder.name}/` {docstring(folder / '__init__.py')}"
        yield from modules(folder)
    yield ""


def modules(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("__"):
            yield f"  - `{path.stem}` {docstring(path)}"


def docstring(path: Path) -> str:
    return summary(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))


# ---- writing and checking --------------------------------------------------------------------------------------------

PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "docs/breaks.md": breaks_page,
    "docs/facts.md": facts_page,
    "docs/rules.md": rules_page,
}
BLOCKS: Mapping[str, Mapping[str, Callable[[], Iterator[str]]]] = {
    "docs/architecture.md": {"layout": layout_block},
    "docs/csv.md": {"measures": measures_block, "units": units_block},
    "docs/rulebooks.md": {"filters": filters_block},
    "docs/sources.md": {"measured by": measured_by_block, "sources": sources_block},
}


@dataclass(frozen=True)
class Page:
    """A page of the documentation, and what it should say."""

    name: str
    text: str

    @property
    def path(self) -> Path:
        return ROOT / self.name

    @property
    def is_stale(self) -> bool:
        return not self.path.is_file() or self.path.read_text(encoding="utf-8") != self.text


def pages() -> Iterator[Page]:
    """Every page with something that is written by the code."""
    for name, lines in PAGES.items():
        yield Page(name, "\n".join(lines()).rstrip("\n") + "\n")
    for name, blocks in BLOCKS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for block, lines in blocks.items():
            text = filled(text, name, block, "\n".join(lines()))
        yield Page(name, text)


def filled(text: str, name: str, block: str, body: str) -> str:
    """The text with `body` between the marks of a block. Raises ReporterError where they are not there once."""
    start, end = f"<!-- {block}: written by `make docs` -->\n", f"<!-- end of {block} -->\n"
    head, opened, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not (opened and closed) or start in tail:
        raise ReporterError(f"{name}: the marks of the block {block!r} do not stand there once; put them back")
    return f"{head}{start}\n{body}\n{end}{tail}".replace("\n\n\n", "\n\n")


def main(arguments: list[str]) -> int:
    """Writes or checks; the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    try:
        stale = [page for page in pages() if page.is_stale]
    except ReporterError as problem:
        print(problem, file=sys.stderr)
        return 1
    for page in stale:
        if arguments:
            print(f"{page.name}: not what the code says; run make docs", file=sys.stderr)
        else:
            page.path.write_text(page.text, encoding="utf-8", newline="\n")
            print(page.name)
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
