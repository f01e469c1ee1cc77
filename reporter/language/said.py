"""What a text says of the week itself, and what it only denies or supposes."""

from __future__ import annotations

import re

NEGATION = r"no|not|never|neither|nor|none|without|hardly|barely|cannot|rather than|instead of|far from|\w+n[’']t"
DENIED_BEFORE = re.compile(rf"\b(?:{NEGATION})(?:\s+[\w’'-]+){{0,4}}\s*$", re.IGNORECASE)
DENIED_AFTER = re.compile(
    r"\s+(?:\w+\s+)?(?:has|have|had|did|do|does|is|are|was|were|can|could)(?:\s+not\b|n[’']t\b|not\b)", re.IGNORECASE
)
EVIDENCE = r"(?:mean|suggest|indicate|reflect|point|show|be (?:a|an|due|in))\b"
SUPPOSED_BEFORE = re.compile(
    rf"\b(?:may|might|could|can|would)\s+(?!{EVIDENCE})(?:[\w’'-]+\s+){{0,3}}$"
    r"|\b(?:if|whether|unless|until|should)\b[^,;:.]*$"
    r"|\b(?:risks?|chances?|fears?|prospects?|talk|signs?) of\s+(?:[\w’'-]+\s+){0,3}$",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"[,;:!?()–—]|\.\s")
GAP = rf"(?:\s+(?!(?:{NEGATION}|than)\b)(?:[^\s.,;:!?]|[.,](?=\d))+){{0,5}}?"
PLAIN_PHRASE = re.compile(r"[A-Za-z*][A-Za-z*’' .-]*")


def whole(pattern: str) -> re.Pattern[str]:
    """The pattern where it stands as words of its own, whatever the case."""
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


def phrase(words: str) -> re.Pattern[str]:
    """The pattern of a phrase: `*` stands for the rest of a word, `...` for up to five words of the same clause that do
    not deny it. Raises ValueError where it holds anything but words."""
    if not PLAIN_PHRASE.fullmatch(words) or "." in words.replace(" ... ", " "):
        raise ValueError(f"{words!r} is no phrase; write words, with * for an ending and ' ... ' for words between")
    between = (r"\s+".join(_word(word) for word in part.split()) for part in words.split(" ... "))
    return whole((GAP + r"\s+").join(between))


def _word(word: str) -> str:
    return re.escape(word).replace(r"\*", r"\w*")


def asserted(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match that the text says of the week itself: not denied, not only supposed; or None."""
    found = (match for match in pattern.finditer(text) if not (is_denied(match, text) or _supposed(match, text)))
    return next(found, None)


def is_denied(match: re.Match[str], text: str) -> bool:
    """Whether the clause of a match says that it is not so."""
    return bool(DENIED_BEFORE.search(_clause(match, text)) or DENIED_AFTER.match(text, match.end()))


def _supposed(match: re.Match[str], text: str) -> bool:
    return bool(SUPPOSED_BEFORE.search(_clause(match, text)))


def _clause(match: re.Match[str], text: str) -> str:
    """What stands before a match in its clause."""
    return CLAUSE.split(text[: match.start()])[-1]
