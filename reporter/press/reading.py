"""`templates/rules/press.yaml` becomes a table: every mistake in it is found at once, with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reporter import strict_yaml
from reporter.errors import RuleError, Several, nearest
from reporter.model import MARKET
from reporter.press.phrases import NOWHERE, Phrases, any_of, union
from reporter.press.table import Grammar, Guard, House, Scale, Stance, Table, Topic
from reporter.strict_yaml import Document

FILE = "press.yaml"
KEYS = (
    "attribution",
    "amounts",
    "assets",
    "clauses",
    "spared",
    "asking",
    "asking_within",
    "foreign",
    "acronyms",
    "strangers",
    "movers",
    "moved",
    "words",
    "week",
    "guards",
    "topics",
)
ATTRIBUTION = ("plain", "figures", "kinds", "lead_for_market", "weekly_from_day", "most_a_note")
KINDS = ("fact", "reading")
UNNAMED = (MARKET, "headline", "asset")
OUTLET = "{outlet}"
STOP = re.compile(r"[.!?<>\[\]{}$%\d]")

Steps = tuple[str, ...]


def load(templates: Sequence[Path]) -> Table | None:
    """The table of the first template folder that has one, or None where none has. Raises Several for mistakes."""
    paths = (folder / "rules" / FILE for folder in templates)
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return None
    problems: list[str] = []
    table = parse(strict_yaml.load(path, f"rules/{FILE}", RuleError), problems)
    if problems:
        raise Several(problems)
    return table


def parse(document: Document, problems: list[str]) -> Table:
    """The table of a document; what is wrong with it is added to `problems`, and left out of the table."""
    page = _Page(document, problems)
    page.keys((), KEYS)
    words = page.words()
    guards = tuple(_guard(page, name, words) for name in page.names(("guards",)))
    topics = tuple(_topic(page, name, words) for name in page.names(("topics",)))
    week = page.phrases(("week",), words)
    return Table(_house(page), _grammar(page, words), guards, topics, week)


def _house(page: _Page) -> House:
    at = ("attribution",)
    page.keys(at, ATTRIBUTION)
    endings = {name: page.endings((*at, name)) for name in ("plain", "figures")}
    return House(
        plain=endings["plain"],
        figures=endings["figures"],
        kinds=page.texts((*at, "kinds"), KINDS),
        lead_for_market=page.texts((*at, "lead_for_market")),
        weekly_from_day=int(page.number((*at, "weekly_from_day"), 0, 6)),
        most=int(page.number((*at, "most_a_note"), 0, 100)),
    )


def _grammar(page: _Page, words: Mapping[str, tuple[str, ...]]) -> Grammar:
    page.keys(("clauses",), ("at", "background"))
    page.keys(("amounts",), ("large_from_usd", "price_below_usd"))
    at, background = page.texts(("clauses", "at")), page.texts(("clauses", "background"))
    foreign = page.texts(("foreign",))
    return Grammar(
        assets=page.assets(),
        named=_group(page.assets()),
        row=_row(page.assets()),
        breaks=_group((*at, *background)),
        background=frozenset(background),
        spared=page.phrases(("spared",), words),
        asking=_group(page.texts(("asking",))),
        within=_group(page.texts(("asking_within",))),
        foreign=_group(foreign),
        acronyms=frozenset(page.texts(("acronyms",))),
        strangers=page.phrases(("strangers",), words),
        movers=frozenset(page.texts(("movers",))),
        moved=page.phrases(("moved",), words),
        scale=Scale(
            page.number(("amounts", "large_from_usd"), 1, 1e15), page.number(("amounts", "price_below_usd"), 1, 1e15)
        ),
    )


def _guard(page: _Page, name: str, words: Mapping[str, tuple[str, ...]]) -> Guard:
    at = ("guards", name)
    page.keys(at, ("not_for", "anywhere", "words"))
    spares = page.texts((*at, "not_for"), tuple(page.names(("topics",)))) if page.at((*at, "not_for")) else ()
    return Guard(name, page.phrases((*at, "words"), words), frozenset(spares), page.flag((*at, "anywhere")))


def _topic(page: _Page, name: str, words: Mapping[str, tuple[str, ...]]) -> Topic:
    at = ("topics", name)
    page.keys(at, ("unnamed", "needs", "but", "nouns", "before", "stances"))
    unnamed = next(iter(page.texts((*at, "unnamed"), UNNAMED)), MARKET)
    needs = page.phrases((*at, "needs"), words) if page.at((*at, "needs")) else None
    but = page.phrases((*at, "but"), words) if page.at((*at, "but")) else NOWHERE
    nouns = page.phrases((*at, "nouns"), words) if page.at((*at, "nouns")) else NOWHERE
    before = page.phrases((*at, "before"), words) if page.at((*at, "before")) else NOWHERE
    stances = tuple(_stance(page, (*at, "stances", each), words) for each in page.names((*at, "stances")))
    return Topic(name, unnamed, needs, but, nouns, before, stances)


def _stance(page: _Page, at: Steps, words: Mapping[str, tuple[str, ...]]) -> Stance:
    page.keys(at, ("called", "say", "but", "hints"))
    called = page.texts((*at, "called")) if page.at((*at, "called")) else ()
    but = page.phrases((*at, "but"), words) if page.at((*at, "but")) else NOWHERE
    hints = page.phrases((*at, "hints"), words) if page.at((*at, "hints")) else NOWHERE
    return Stance((at[-1], *called), page.phrases((*at, "say"), words), but, hints)


def _group(texts: Sequence[str] | Mapping[str, str]) -> Phrases:
    return Phrases(rf"(?<!\S){any_of(texts)}") if texts else NOWHERE


def _row(names: Iterable[str]) -> Phrases:
    """What finds a name and the comma between it and another one, as in "bitcoin, ether"."""
    one = "|".join(sorted(map(re.escape, names), key=len, reverse=True)) or r"(?!)"
    return Phrases(rf"\b({one}), (?=(?:{one})\b)")


@dataclass
class _Page:
    """The document read key by key; what is wrong is noted with its line, and an empty value stands in."""

    document: Document
    problems: list[str]
    noted: set[str] = field(default_factory=set)

    def at(self, steps: Steps) -> Any:
        found = self.document.data
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def wrong(self, steps: Steps, what: str) -> None:
        line = f"{self.document.where(*steps)}: {what}"
        if line not in self.noted:
            self.noted.add(line)
            self.problems.append(line)

    def names(self, steps: Steps) -> tuple[str, ...]:
        found = self.at(steps)
        if not isinstance(found, dict) or not found:
            self.wrong(steps, f"{'.'.join(steps)!r} is missing or no mapping; expected a mapping")
            return ()
        return tuple(found)

    def keys(self, steps: Steps, known: Sequence[str]) -> None:
        for key in self.names(steps) if steps else tuple(self.document.data or ()):
            if key not in known:
                hint = nearest(key, known) or f"; known are {', '.join(known)}"
                self.wrong((*steps, key), f"unknown key {key!r}{hint}")

    def texts(self, steps: Steps, known: Sequence[str] = ()) -> tuple[str, ...]:
        """A text, or a list of them; each one of `known` where that is given."""
        found = self.at(steps)
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list) or not all(isinstance(each, str) and each.strip() for each in listed):
            self.wrong(steps, f"{'.'.join(steps)!r} is missing or holds what is no text; expected a list of texts")
            return ()
        for each in listed:
            if known and each not in known:
                hint = nearest(each, known) or f"; expected {', '.join(known)}"
                self.wrong(steps, f"{'.'.join(steps)!r} has {each!r}{hint}")
        return tuple(listed)

    def flag(self, steps: Steps) -> bool:
        found = self.at(steps)
        if found is not None and not isinstance(found, bool):
            self.wrong(steps, f"{'.'.join(steps)!r} is {found!r}; expected true or false")
        return found is True

    def number(self, steps: Steps, least: float, most: float) -> float:
        found = self.at(steps)
        if isinstance(found, bool) or not isinstance(found, int | float) or not least <= found <= most:
            self.wrong(steps, f"{'.'.join(steps)!r} is {found!r}; expected a number from {least:g} to {most:g}")
            return least
        return float(found)

    def words(self) -> dict[str, tuple[str, ...]]:
        found = {name: self.texts(("words", name)) for name in self.names(("words",))}
        return {**found, "asset": tuple(self.assets())}

    def assets(self) -> dict[str, str]:
        """The ticker of each name."""
        tickers = self.names(("assets",))
        return {name: ticker for ticker in tickers for name in self.texts(("assets", ticker))}

    def phrases(self, steps: Steps, words: Mapping[str, tuple[str, ...]]) -> Phrases:
        try:
            return union(self.texts(steps), words)
        except ValueError as problem:
            self.wrong(steps, str(problem))
            return NOWHERE

    def endings(self, steps: Steps) -> tuple[str, ...]:
        found = self.texts(steps)
        for ending in found:
            if ending.count(OUTLET) != 1 or STOP.search(ending.replace(OUTLET, "")):
                self.wrong(
                    steps, f"the ending {ending!r}; expected words with {OUTLET} once, no figure and no full stop"
                )
        return found
