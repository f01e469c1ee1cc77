"""Phrases as an editor writes them become regular expressions over the words of a headline.

A phrase is words in a row. `{fell}` is any of a list of words, `{fell|fall}` of two lists; `a|b` is one of two words,
`(a b|c)` where one of them has several; `word?` may be missing; `..` stands for up to five other words, `~` for up to
four of the list `fillers`; `^` is the clause's start or a place behind `and`, `$` its end. BIG, SMALL, LEVEL, PERCENT,
NUMBER and YEAR are amounts as `words` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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


def union(phrases: Iterable[str], words: Words) -> re.Pattern[str]:
    """What finds any of the phrases; nothing for none. Raises ValueError with what is wrong, and in which phrase."""
    return re.compile("|".join(_pattern(phrase, words) for phrase in phrases) or r"(?!)")


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
