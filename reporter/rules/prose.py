"""From a rendered template to the parts of a sentence: tidied, capitalised, and refused where it is no sentence."""

from __future__ import annotations

import re
from dataclasses import replace

from reporter.errors import RuleError
from reporter.model import Cited, Printed
from reporter.rules.figure import unmark

MOST_PRINTED = 600
JOINING = ("and", "as", "but", "while", "which", "with")  # how a sentence goes on from the one before
PAIRS = (("(", ")"), ("[", "]"), ("“", "”"))
ENDS = (".", "!", "?")

Parts = tuple[str | Printed, ...]
AnyParts = tuple[str | Printed | Cited, ...]


def sentence(rendered: str, is_title: bool = False, joined: bool = False) -> Parts:
    """The parts of a sentence; one that is `joined` keeps its small first letter. Raises RuleError, without a place,
    where the text is empty, torn or has no end."""
    parts = unmark(tidied(rendered))
    if not (joined and goes_on(plain(parts))):
        parts = _capital(parts)
    text = plain(parts)
    if problem := _problem(text, is_title):
        raise RuleError(f"{problem}: {text!r}" if text else problem)
    return parts


def goes_on(text: str) -> bool:
    """Whether a text goes on from the sentence before it, in the same sentence."""
    return text.split(" ", maxsplit=1)[0] in JOINING


def open_end(parts: AnyParts) -> AnyParts:
    """The parts of a sentence from which another one goes on: a comma for its stop. Unchanged where it has none."""
    last = parts[-1] if parts else ""
    if not isinstance(last, str) or not last.endswith("."):
        return parts
    return (*parts[:-1], last[:-1] + ",")


def tidied(rendered: str) -> str:
    """One space between words, none before a comma or stop."""
    return re.sub(r" +([,.;:!?)])", r"\1", re.sub(r"\s+", " ", rendered)).strip()


def plain(parts: AnyParts) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def _capital(parts: Parts) -> Parts:
    """The first letter made a capital, behind an opening bracket or quote too."""
    if not parts:
        return parts
    first = parts[0]
    text = first if isinstance(first, str) else first.text
    raised = re.sub(r"^[(\[“\"']*\w", lambda found: found[0].upper(), text)
    return (raised if isinstance(first, str) else replace(first, text=raised), *parts[1:])


def _problem(text: str, is_title: bool) -> str:
    """What is wrong with a finished sentence, or an empty text."""
    if not text:
        return "the text is empty; give every 'if' in it an 'else'"
    if len(text) > MOST_PRINTED:
        return f"the text has {len(text)} characters, more than {MOST_PRINTED}; split it into two rules"
    return _torn(text) or _ending(text, is_title)


def _torn(text: str) -> str:
    if any(text.count(left) != text.count(right) for left, right in PAIRS) or text.count('"') % 2:
        return "the text opens a bracket or quote without closing it; balance them"
    if re.search(r"[,.;:!?]\s?[,.;:]", text):
        return "the text has two stops in a row; remove one"
    return ""


def _ending(text: str, is_title: bool) -> str:
    if is_title and text.endswith((*ENDS, ":", ",", ";")):
        return "a title ends with a stop; remove it"
    if not is_title and not text.rstrip("”\")'").endswith(ENDS):
        return "the text does not end with a full stop, exclamation mark or question mark; add one"
    return ""
