"""What must be read, word by word, and where its letters stand in a longer text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reporter import disclaimer


@dataclass(frozen=True)
class Passage:
    """Words that a reader must find, in this order and with nothing between them."""

    name: str
    words: tuple[str, ...]

    @cached_property
    def letters(self) -> str:
        """All letters and digits in a row, as `letters` makes them."""
        return "".join(letters(word) for word in self.words)

    def spans(self) -> Iterator[tuple[int, int]]:
        """For each word, the half-open range of its letters within `letters`."""
        start = 0
        for word in self.words:
            end = start + len(letters(word))
            yield start, end
            start = end


def letters(text: str) -> str:
    """The letters and digits alone, without case, accents, spaces, hyphens or quotes.

    So a soft hyphen, a ligature, a line break or capitals make no difference, while a dropped or altered word does,
    and so does a letter of another alphabet that looks alike. Letter by letter, the result is the same as at once.
    """
    return "".join(char for char in unicodedata.normalize("NFKD", text).casefold() if char.isalnum())


def passage(name: str, text: str) -> Passage:
    """The words of `text` that have a letter or digit in them."""
    return Passage(name, tuple(word for word in text.split() if letters(word)))


def disclaimer_of(publisher: str) -> Passage:
    """The heading and every paragraph: the words that code fixes, not those that a note claims to carry."""
    return passage("disclaimer", " ".join((disclaimer.HEADING, *disclaimer.paragraphs(publisher))))


def notice() -> Passage:
    """The line that stands on every page of a note made from simulated data."""
    return passage("illustrative notice", disclaimer.notice(illustrative=True))


def places(wanted: Passage, stream: str) -> tuple[int, ...]:
    """Where the passage begins in a text of letters, each time it stands there in full."""
    found: list[int] = []
    at = stream.find(wanted.letters)
    while at >= 0:
        found.append(at)
        at = stream.find(wanted.letters, at + 1)
    return tuple(found)


def lack(wanted: Passage, streams: Sequence[str]) -> str:
    """What is wrong where a passage stands in none of these texts: the first words that are not as they must be."""
    known = max((_words_read(wanted, stream) for stream in streams), default=0)
    if not known:
        return f"the {wanted.name} is missing"
    return f"the {wanted.name} is not complete: {excerpt(wanted, known)} does not follow {wanted.words[known - 1]!r}"


def describe(wanted: Passage, found: Mapping[int, str]) -> str:
    """`43 of 92 words of the disclaimer cannot be read: 'The information published' is struck through`."""
    if not found:
        return ""
    first = min(found)
    count = f"{len(found)} of {len(wanted.words)} words of the {wanted.name} cannot be read"
    return f"{count}: {excerpt(wanted, first)} {found[first]}"


def excerpt(wanted: Passage, first: int) -> str:
    """Three words from there on, in quotation marks, to be found in the text."""
    return repr(" ".join(wanted.words[first : first + 3]))


def _words_read(wanted: Passage, stream: str) -> int:
    ends = [end for _, end in wanted.spans()]
    return sum(wanted.letters[:end] in stream for end in ends)
