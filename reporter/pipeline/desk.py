"""A newsletter's settings become a checked desk: sources, rulebook and setting, every mistake in them named at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporter import clock, config, desk_file
from reporter.collect import SOURCES, Source, is_live, sample, source
from reporter.config import NAME, Patience
from reporter.errors import AuthorError, ConfigError, Several, nearest
from reporter.model import Finding, Imprint, Week
from reporter.newsletter import Newsletter, starter

if TYPE_CHECKING:
    from reporter.facts import Setting
    from reporter.rules import DeskFile, Rulebook

SAMPLE = "sample"
OWN = frozenset({"base_url", "feeds", "pages"})  # keys with which a newsletter names addresses of its own


@dataclass(frozen=True)
class Configured:
    """A source of the config: its module and its checked settings; its address is the newsletter's `own` choice, or
    the provider's as it ships."""

    name: str
    use: str
    module: Source
    settings: Any
    own: bool = False


@dataclass(frozen=True)
class Round:
    """Whom a round of collecting asks, which folder files lie in, and how long the network is waited for."""

    sources: tuple[Configured, ...]
    root: Path
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Desk:
    """Everything a run needs, checked before the first request."""

    newsletter: Newsletter
    sources: tuple[Configured, ...]
    book: Rulebook
    setting: Setting
    edition: str

    @property
    def round(self) -> Round:
        return Round(self.sources, self.newsletter.root, self.newsletter.config.patience)

    @property
    def imprint(self) -> Imprint:
        house = self.newsletter.config.newsletter
        return Imprint(house.name, house.publisher, house.language, house.url, self.edition)


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


def prepare(newsletter: Newsletter, edition: str | None = None, rehearsed: bool = False) -> Desk:
    """The checked desk, its rulebook `rehearsed` where that is asked for, or where it is not the packaged one, whose
    rehearsal is one of our tests. Raises Several with every mistake in the config, the rulebooks and the templates."""
    from reporter import facts

    sources, mistakes = configured(newsletter)
    setting = _setting(newsletter, sources)
    known = {(each, m.name): m for m in facts.measures() for each in m.each}
    mistakes += config.check_required(newsletter.config, newsletter.document, known)
    mistakes += _mixed(newsletter, sources)
    mistakes += config.check_order(newsletter.config, newsletter.document)
    book, more = _book(newsletter, rehearsed)
    mistakes += more
    if edition and not re.fullmatch(NAME, edition):
        mistakes.append(f"--edition: {edition[:60]!r} is no name; use small letters, digits, - and _")
    if mistakes or book is None:
        raise Several(mistakes)
    return Desk(newsletter, sources, book, setting, edition or newsletter.config.edition)


def _mixed(newsletter: Newsletter, sources: Sequence[Configured]) -> list[str]:
    """A line where simulated and real sources stand together: a note could compare one with the other unmarked."""
    simulated = [one.name for one in sources if getattr(one.module, "ILLUSTRATIVE", False)]
    if not simulated or len(simulated) == len(sources):
        return []
    where = newsletter.document.where("sources", simulated[0])
    return [f"{where}: source {simulated[0]!r} is simulated and may not stand beside real ones; remove it"]


def _setting(newsletter: Newsletter, sources: Sequence[Configured]) -> Setting:
    from reporter.facts import Setting

    settings = newsletter.config
    ages = {measure: (one.warn_hours, one.error_hours) for measure, one in settings.freshness.items()}
    names = tuple(one.name for one in sources)
    return Setting(settings.assets, settings.lead_asset, settings.venues, names, settings.order, ages)


def _book(newsletter: Newsletter, rehearsed: bool) -> tuple[Rulebook | None, list[str]]:
    """The rulebook, and a line for each mistake in it or in a template."""
    from reporter import charts, press, rules
    from reporter.facts import measures
    from reporter.render import html

    mistakes = list(html.check_templates(newsletter.templates))
    tables: tuple[Callable[[Sequence[Path]], object], ...] = (charts.check_style, press.load)
    for read in tables:
        try:
            read(newsletter.templates)
        except AuthorError as problem:
            mistakes += str(problem).splitlines()
    try:
        book = rules.load(newsletter.templates, measures())
        if rehearsed or book.digest != rules.digest([starter() / "templates"]):
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
        known = ", ".join(SOURCES)
        return None, [f"{where}: source {name!r} needs 'use', the kind of source it is: one of {known}"]
    try:
        module = source(str(raw["use"]))
    except KeyError as problem:
        return None, [f"{newsletter.document.where('sources', name, 'use')}: {problem.args[0]}"]
    usual = {"assets": newsletter.config.assets} if is_live(module) else {}
    filled = {**usual, **raw, "name": name}
    settings, lines = config.check(module.Settings, filled, newsletter.document, "sources", name)
    own = bool(OWN & raw.keys())
    return (Configured(name, str(raw["use"]), module, settings, own) if settings else None), lines


def decisions(desk: Desk, week: Week) -> DeskFile:
    """What an editor decided for the note of a week. Raises Several with every mistake in the week's file."""
    from reporter import rules

    return rules.read_desk_file(desk_file.path(desk.newsletter.root, week), desk.book, week)


def decided(desk: Desk) -> tuple[list[str], tuple[Finding, ...]]:
    """A line for each mistake in any desk file, and what else is to be said of their language."""
    mistakes: list[str] = []
    findings: list[Finding] = []
    for path in desk_file.paths(desk.newsletter.root):
        try:
            findings += decisions(desk, clock.parse_week(path.stem, desk.newsletter.config.lag)).findings
        except Several as problem:
            mistakes += problem.lines
        except ConfigError:
            mistakes.append(f"{desk_file.FOLDER}/{path.name}: is named after no week; call it as in 2026-W07.yaml")
    return mistakes, tuple(findings)


def chosen_week(desk: Desk, text: str | None, as_of: datetime | None) -> Week:
    """The week asked for; else the last one whose cut has passed, or the last that simulated sources have."""
    lag = desk.newsletter.config.lag
    if text:
        return clock.parse_week(text, lag)
    ends = [getattr(one.module, "LAST_WEEK", None) for one in desk.sources]
    if as_of is None and all(ends):
        return clock.parse_week(max(end for end in ends if end), lag)
    return clock.last_week(as_of or clock.now(), lag)
