"""What a headline says has happened, as topic, stance and asset; nothing where there is doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from reporter.model import MARKET, Headline
from reporter.press.table import Guard, Stance, Table, Topic
from reporter.press.words import Clause, Sentence, names_a_stranger, sentences

ELSEWHERE, OTHERS = "elsewhere", "others"  # what the table calls all that is no coin, and coins without a name in it


class Claim(NamedTuple):
    """One statement; `asset` is a ticker, `market`, or empty where nobody can say whose it is."""

    topic: str
    stance: str
    asset: str


def carries(table: Table, headline: Headline, topic: str, stance: str, asset: str) -> bool:
    """Whether the headline or its summary says this, and nothing to the contrary. `stance` is any of its names."""
    names = table.names(topic, stance)
    return bool(names) and Claim(topic, names[0], asset) in claims(table, headline)


def claims(table: Table, headline: Headline) -> frozenset[Claim]:
    """All that the headline and its summary say without contradicting themselves; assets as the table names them."""
    return _said(_Key(table), headline.title, headline.summary)


class _Key:
    """A table as a key of the memory: by identity, since the same one is asked thousands of times."""

    __slots__ = ("table",)

    def __init__(self, table: Table) -> None:
        self.table = table

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.table is self.table

    def __hash__(self) -> int:
        return id(self.table)


@lru_cache(maxsize=4_096)
def _said(key: _Key, title: str, summary: str) -> frozenset[Claim]:
    table = key.table
    head, rest = sentences(title, table.grammar), sentences(summary, table.grammar)
    whole = _of(head, table) or _of(rest, table) or _named(head, table)
    nameless = len(_of(head, table)) != 1 and _is_nameless((*head, *rest), table)
    if nameless or any(names_a_stranger(text, table.grammar) for text in (title, summary)):
        whole |= {ELSEWHERE}
    stopped = _silenced(table, head, rest)
    said = [claim for each in (*head, *rest) for claim in _told(table, each, whole, stopped)]
    topics = [topic for topic in table.topics if any(claim.topic == topic.name for claim in said)]
    heard = {claim for each in (*head, *rest) for topic in topics for claim in _heard(table, topic, each, whole)}
    return frozenset(claim for claim in _settled(said, table) if not _contradicted(claim, heard))


def _told(table: Table, sentence: Sentence, named: frozenset[str], silenced: frozenset[str]) -> Iterator[Claim]:
    """What a sentence says past the guards, of topics that nothing else in the headline has silenced."""
    stopped = silenced | _stopped(table, sentence, table.guards)
    for topic in table.topics:
        if topic.name not in stopped and _fits(topic, sentence):
            yield from (claim for claim in _found(table, topic, sentence, named, told=True) if claim.asset)


def _silenced(table: Table, head: tuple[Sentence, ...], rest: tuple[Sentence, ...]) -> frozenset[str]:
    """The topics of which the whole headline says nothing: all guards are asked of the title, some of the summary."""
    anywhere = tuple(guard for guard in table.guards if guard.anywhere)
    of_title = (_stopped(table, each, table.guards) for each in head)
    of_summary = (_guarded(table, each, anywhere) for each in rest)
    return frozenset[str]().union(*of_title, *of_summary)


def _stopped(table: Table, sentence: Sentence, guards: tuple[Guard, ...]) -> frozenset[str]:
    """The topics of which a sentence says nothing, whatever its words are."""
    return _topics(table) if sentence.asks else _guarded(table, sentence, guards)


def _guarded(table: Table, sentence: Sentence, guards: tuple[Guard, ...]) -> frozenset[str]:
    """The topics that guards keep a sentence from."""
    hit = (guard.spares for guard in guards if guard.words.search(sentence.text))
    return _topics(table) - _topics(table).intersection(*hit)


def _topics(table: Table) -> frozenset[str]:
    return frozenset(topic.name for topic in table.topics)


def _fits(topic: Topic, sentence: Sentence) -> bool:
    needed = topic.needs is None or topic.needs.search(sentence.whole)
    return bool(needed) and not topic.but.search(sentence.text)


def _found(
    table: Table, topic: Topic, sentence: Sentence, named: frozenset[str], *, told: bool = False
) -> Iterator[Claim]:
    """Every stance in every clause. What is `told` leaves out the background, which may still contradict."""
    around = _names(sentence.text, table) or named
    for clause in sentence.clauses:
        if told and clause.background:
            continue
        for stance in topic.stances:
            for match in _matches(stance, clause):
                for asset in _owners(table, topic, clause, match, around):
                    yield Claim(topic.name, stance.names[0], asset)


def _heard(table: Table, topic: Topic, sentence: Sentence, named: frozenset[str]) -> Iterator[Claim]:
    """All that may contradict: statements in the background too, and hints, which are nobody's."""
    yield from _found(table, topic, sentence, named)
    for clause in sentence.clauses:
        hinted = (stance for stance in topic.stances if stance.hints.search(clause.text))
        yield from (Claim(topic.name, stance.names[0], "") for stance in hinted)


def _matches(stance: Stance, clause: Clause) -> Iterator[re.Match[str]]:
    if not stance.but.search(clause.text):
        yield from stance.say.finditer(clause.text)


def _owners(table: Table, topic: Topic, clause: Clause, match: re.Match[str], around: frozenset[str]) -> frozenset[str]:
    """Whose a statement is: of the asset in its words; else of the one in its clause; else as its topic has it.
    Several that are not named in one breath leave it without an owner."""
    inside, beside = _names(match[0], table), _names(clause.text, table)
    if inside:
        return inside if len(inside) == 1 or " and " in match[0] else frozenset({""})
    if _is_of_another(table, topic, clause, match.start()):
        return frozenset({""})
    if beside:
        is_owner = len(beside) == 1 and (topic.unnamed != MARKET or beside == {MARKET})
        return beside if is_owner else frozenset({""})
    if topic.unnamed == MARKET:
        return frozenset({"" if around & {ELSEWHERE, OTHERS} else MARKET})
    if not around and topic.unnamed == "headline":
        return frozenset({MARKET})
    return around if len(around) == 1 else frozenset({""})


def _is_of_another(table: Table, topic: Topic, clause: Clause, start: int) -> bool:
    """Whether the topic's noun has a word before it that may be the name of something else, with `'s` or without."""
    noun = topic.nouns.search(clause.text, start)
    before = clause.text[: noun.start()].removesuffix("'s ") if noun else ""
    fits = (topic.before.finditer(before), table.grammar.named.finditer(before))
    return bool(before) and not any(match.end() == len(before) for some in fits for match in some)


def _is_nameless(text: tuple[Sentence, ...], table: Table) -> bool:
    """Whether a coin is spoken of without a name that the table knows, as "the token" or in "Arbitrum slides 13%"."""
    clauses = (clause.text for each in text for clause in each.clauses)
    return any(table.grammar.strangers.search(each.whole) for each in text) or any(
        _opens_with_a_stranger(clause, table) for clause in clauses
    )


def _opens_with_a_stranger(clause: str, table: Table) -> bool:
    """Whether one word rose or fell by a percentage that is neither an asset nor a thing that all assets have."""
    first, _, rest = clause.partition(" ")
    return bool(table.grammar.moved.match(rest)) and not (
        first in table.grammar.movers or table.grammar.named.match(clause)
    )


def _of(text: tuple[Sentence, ...], table: Table) -> frozenset[str]:
    """The single assets that sentences name, the market left aside."""
    return _named(text, table) - {MARKET}


def _named(text: tuple[Sentence, ...], table: Table) -> frozenset[str]:
    return frozenset[str]().union(*(_names(sentence.text, table) for sentence in text))


def _names(text: str, table: Table) -> frozenset[str]:
    """The assets that stand in words."""
    assets = table.grammar.assets
    return frozenset(assets[match[0].rstrip()] for match in table.grammar.named.finditer(text))


def _settled(said: list[Claim], table: Table) -> Iterator[Claim]:
    """Without what is the market's by default where the same headline says it of an asset."""
    loose = {topic.name for topic in table.topics if topic.unnamed == MARKET}
    owned = any(claim.topic in loose and claim.asset != MARKET for claim in said)
    yield from (c for c in said if not (owned and c.topic in loose and c.asset == MARKET))


def _contradicted(claim: Claim, heard: set[Claim]) -> bool:
    """Whether another stance of the topic stands there, of the same asset or of nobody one could name."""
    others = (each for each in heard if each.topic == claim.topic and each.stance != claim.stance)
    return any(each.asset in (claim.asset, "") for each in others)
