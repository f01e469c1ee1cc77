"""A headline's text becomes sentences of clauses: lower case, one space between words, amounts by their size.

Money is BIG, SMALL or LEVEL (a price) by the table's scale; PERCENT, YEAR, ORDINAL and NUMBER stand for other figures.
Whatever is too long to be a headline, or in another language, has no sentences.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from reporter.press.table import Grammar, Scale

LONGEST = 1_000
SAME = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": " - ", "—": " - ", "−": "-", "…": ". "})
TIMES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
         "t": 1e12, "tn": 1e12, "trillion": 1e12}  # fmt: skip
DIGITS = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,6})?"
UNITS = r"(?:thousand|million|billion|trillion|mn|bn|tn|k|m|b|t)"
MONEY = re.compile(
    rf"(?:us)?\$ ?({DIGITS})(?:[ -]?({UNITS}))?(?![\w%])|(?<![\w$.,])({DIGITS})[ -]?({UNITS})? dollars\b"
)
PERCENT = re.compile(rf"(?<![\w$]){DIGITS} ?(?:%|per ?cent\b|percent\b)")
YEAR = re.compile(r"(?<![\w$.,])(?:19|20)\d\d(?![\w%]|[.,]\d)")
ORDINAL = re.compile(r"(?<![\w$])\d{1,3}(?:st|nd|rd|th)\b")
TICKER = re.compile(r"(?<![\w.$])[A-Z][A-Z0-9]{2,9}(?!\w)|(?<=\$)[A-Za-z][A-Za-z0-9]{0,9}(?!\w)")
NUMBER = re.compile(rf"(?<![\w$]){DIGITS}(?![\w%])")
ABBREVIATED = ((re.compile(r"\bu\.s\.(?:a\.)?"), "us"), (re.compile(r"\bvs\."), "vs"))
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
TOKEN = re.compile(r"'s\b|[\w&]+(?:'(?!s\b)\w+)?|[,;:()\"/|]|(?<= )-(?= )|[.!?](?=\s|$)")
STOPS = frozenset(',;:()"/|-.!?')
BREAK = "\n"


@dataclass(frozen=True)
class Clause:
    """Words with a space behind each; `background` speaks of what went before."""

    text: str
    background: bool = False


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence without stops and without those that are read over, its clauses, whether it asks, and all
    its words."""

    text: str
    clauses: tuple[Clause, ...]
    asks: bool
    whole: str


def sentences(text: str, grammar: Grammar) -> tuple[Sentence, ...]:
    """The sentences of a title or summary, in order; none of a text that cannot be read."""
    if len(text) > LONGEST or _is_foreign(text, grammar):
        return ()
    plain = unicodedata.normalize("NFKC", text).translate(SAME).casefold()
    for short, full in ABBREVIATED:
        plain = short.sub(full, plain)
    plain = grammar.row.sub(r"\1 and ", plain)
    found = (_sentence(part, grammar) for part in SENTENCE_END.split(plain))
    return tuple(sentence for sentence in found if sentence.text)


def names_a_stranger(text: str, grammar: Grammar) -> bool:
    """Whether a word in capitals, or behind a dollar sign, stands there that is no asset and no acronym of the table: a
    ticker, perhaps."""
    capitals = TICKER.findall(text)
    known = (grammar.named.fullmatch(f"{word.casefold()} ") or word in grammar.acronyms for word in capitals)
    return not all(known)


def _is_foreign(text: str, grammar: Grammar) -> bool:
    """Whether letters stand there that English does not use, marks that turn the direction, or words of elsewhere."""
    if any(unicodedata.category(sign) in ("Cf", "Cc", "Co", "Cs") and sign not in "\t\n\r" for sign in text):
        return True
    if any(sign.isalpha() and not sign.isascii() for sign in text):
        return True
    return bool(grammar.foreign.search("".join(f"{word} " for word in re.findall(r"[a-z]+", text.casefold()))))


def _sentence(text: str, grammar: Grammar) -> Sentence:
    words = _figures(text, grammar.scale)
    whole = _row(token for token in TOKEN.findall(words) if token not in STOPS)
    clauses = _clauses(words, grammar)
    opened = grammar.asking.match(whole) or any(grammar.within.match(clause.text) for clause in clauses)
    asks = bool(opened) or text.rstrip('" )').endswith("?")
    return Sentence(grammar.spared.sub("", whole), clauses, asks or not clauses, whole)


def _figures(text: str, scale: Scale) -> str:
    """The text with its amounts as words in capitals."""
    sized = MONEY.sub(lambda match: f" {_size(match, scale)} ", text)
    for figure, name in ((PERCENT, "PERCENT"), (YEAR, "YEAR"), (ORDINAL, "ORDINAL"), (NUMBER, "NUMBER")):
        sized = figure.sub(f" {name} ", sized)
    return re.sub(r"(?<=\w)-(?=\w)", " ", sized)


def _size(match: re.Match[str], scale: Scale) -> str:
    digits, unit = match[1] or match[3], match[2] or match[4]
    amount = float(digits.replace(",", "")) * TIMES.get(unit or "", 1.0)
    return "BIG" if amount >= scale.large else "LEVEL" if amount < scale.small else "SMALL"


def _clauses(text: str, grammar: Grammar) -> tuple[Clause, ...]:
    """Cut at stops and at the table's words; spared words are taken out of each."""
    row = _row(BREAK if token in STOPS else token for token in TOKEN.findall(text))
    stops = [0, *sorted({match.start() for match in grammar.breaks.finditer(row)}), len(row)]
    found = []
    for start, end in pairwise(stops):
        for part in row[start:end].split(BREAK):
            clean = grammar.spared.sub("", part.lstrip())
            behind = clean.partition(" ")[0] in grammar.background
            if said := clean.removeprefix(_opener(clean, grammar)):
                found.append(Clause(said, behind))
    return tuple(found)


def _opener(clause: str, grammar: Grammar) -> str:
    match = grammar.breaks.match(clause)
    return match[0] if match else ""


def _row(tokens: Iterable[str]) -> str:
    return "".join(f"{token} " for token in tokens)
