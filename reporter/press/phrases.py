"""Phrases as an editor writes them become regular expressions over the words of a headline.

A phrase is words in a row. `{fell}` is any of a list of words, `{fell|fall}` of two lists; `a|b` is one of two words,
`(a b|c)` where one of them has several; `word?` may be missing; `..` stands for up to five other words, `~` for up to
four of the list `fillers`; `^` is the clause's start or a place behind `and`, `$` its end. BIG, SMALL, LEVEL, PERCENT,
ORDINAL, NUMBER and YEAR are amounts as `words` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from reporter.errors import nearest

GAP, FILLED = 5, 4
SIGNS = {"^": r"(?:(?<![\s\S])|(?<=\band ))", "$": r"\Z", "..": rf"(?:\S+ ){{0,{GAP}}}?"}
PARTS = re.compile(r"\([^()]*\)\??|[^\s()]+|[()]")
CHOICES = re.compile(r"\{[^{}]*\}|[^|{}]+|[{}]")
LISTED = re.compile(r"\{([a-z_|]+)\}")
PLAIN = re.compile(r"[\w&'%.]+(?: [\w&'%.]+)*")
FILLERS = "fillers"
NOT_LISTED = ", which are not in 'words'"

Words = Mapping[str, tuple[str, ...]]


class Phrases:
    """A regular expression that is compiled when it is first asked: a run without headlines needs none of them."""

    def __init__(self, pattern: str = r"(?!)") -> None:
        self.pattern = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self._compiled.search(text, start)

    def match(self, text: str) -> re.Match[str] | None:
        return self._compiled.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text)

    def sub(self, new: str, text: str) -> str:
        return self._compiled.sub(new, text)


NOWHERE = Phrases()


def union(phrases: Iterable[str], words: Words) -> Phrases:
    """What finds any of the phrases; nothing for none. Raises ValueError with what is wrong, and in which phrase."""
    return Phrases("|".join(_pattern(phrase, words) for phrase in phrases) or NOWHERE.pattern)


def any_of(texts: Iterable[str]) -> str:
    """A group of words or of several words each, the longest first, each with the space behind it."""
    longest = sorted(dict.fromkeys(texts), key=lambda text: (-len(text), text))
    return f"(?:{'|'.join(re.escape(text) for text in longest)}) "


def _pattern(phrase: str, words: Words) -> str:
    parts = PARTS.findall(phrase)
    if not parts:
        raise ValueError("an empty phrase; write words, or remove it")
    return r"(?<!\S)" + "".join(_element(part, phrase, words) for part in parts)


def _element(part: str, phrase: str, words: Words) -> str:
    if part in SIGNS:
        return SIGNS[part]
    if part == "~":
        return f"(?:{any_of(words.get(FILLERS, ('',)))}){{0,{FILLED}}}"
    bare = part.removesuffix("?")
    choices = bare[1:-1] if bare.startswith("(") and bare.endswith(")") else bare
    texts = [text for choice in CHOICES.findall(choices) for text in _texts(choice.strip(), phrase, words)]
    return f"(?:{any_of(texts)}){'?' if part.endswith('?') else ''}"


def _texts(choice: str, phrase: str, words: Words) -> Iterable[str]:
    if listed := LISTED.fullmatch(choice):
        return _listed(listed[1], phrase, words)
    if not PLAIN.fullmatch(choice):
        raise ValueError(
            f"the phrase {phrase!r} holds {choice!r}; write plain words, {{lists}}, (a|b), word?, .. and ~"
        )
    return (choice,)


def _listed(names: str, phrase: str, words: Words) -> list[str]:
    for name in names.split("|"):
        if name not in words:
            raise ValueError(f"the phrase {phrase!r} names the words {name!r}{nearest(name, words) or NOT_LISTED}")
    return [text for name in names.split("|") for text in words[name]]
