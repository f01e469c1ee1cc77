"""The press table as records: which phrases say what, and which make a headline say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporter.press.phrases import Phrases


@dataclass(frozen=True)
class Stance:
    """One stance of a topic: `names` are what rules call it. It is said where `say` is found in a clause, unless `but`
    is found there too; `hints` say nothing, but contradict the other stances."""

    names: tuple[str, ...]
    say: Phrases
    but: Phrases
    hints: Phrases


@dataclass(frozen=True)
class Topic:
    """One topic. `unnamed` says whose a statement is that names no asset: the market's (`market`), the headline's one
    asset's or else the market's (`headline`), the headline's one asset's or nobody's (`asset`). `needs` must be found
    in the same sentence, `but` must not be. Where one of its `nouns` has a word before it that is not one of `before`,
    as in "Polymarket open interest", the statement is nobody's."""

    name: str
    unnamed: str
    needs: Phrases | None
    but: Phrases
    nouns: Phrases
    before: Phrases
    stances: tuple[Stance, ...]


@dataclass(frozen=True)
class Guard:
    """Words that make a sentence of a headline say nothing, or all of it where they stand anywhere, for all topics but
    some."""

    name: str
    words: Phrases
    spares: frozenset[str]
    anywhere: bool = False


@dataclass(frozen=True)
class Scale:
    """Which amounts of US dollars are a market's (`large` and above), and which are prices (below `small`)."""

    large: float
    small: float


@dataclass(frozen=True)
class Grammar:
    """How a text is taken apart: assets by name, also the first of two in a row; the words at which clauses begin,
    those that begin a clause about what went before, and words that are read over; words that begin a question
    (`asking` a sentence's, `within` a clause's); words of other languages; words in capitals that are no ticker,
    and for a coin without its name; single words that may have moved (`moved`) by a percentage and are no coin."""

    assets: Mapping[str, str]
    named: Phrases
    row: Phrases
    breaks: Phrases
    background: frozenset[str]
    spared: Phrases
    asking: Phrases
    within: Phrases
    foreign: Phrases
    acronyms: frozenset[str]
    strangers: Phrases
    movers: frozenset[str]
    moved: Phrases
    scale: Scale


@dataclass(frozen=True)
class House:
    """How the note attributes: endings of a sentence by whether it prints figures, `{outlet}` among their words; the
    kinds of sentences; topics on which a headline on the lead asset supports a sentence on the market; from which day
    of a week `this week` is that week; the most attributions in a note."""

    plain: tuple[str, ...]
    figures: tuple[str, ...]
    kinds: tuple[str, ...]
    lead_for_market: tuple[str, ...]
    weekly_from_day: int
    most: int


@dataclass(frozen=True)
class Table:
    """The whole press table, ready to be asked. `week` is found in a text that speaks of a week."""

    house: House
    grammar: Grammar
    guards: tuple[Guard, ...]
    topics: tuple[Topic, ...]
    week: Phrases

    def names(self, topic: str, stance: str) -> tuple[str, ...]:
        """What else the stance is called, itself among them; empty for what the table does not know."""
        found = (s.names for t in self.topics if t.name == topic for s in t.stances if stance in s.names)
        return next(found, ())
