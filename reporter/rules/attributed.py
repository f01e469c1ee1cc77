"""Words of others in print: a quotation with its speaker, and a sentence with the outlet that reported the same."""

from __future__ import annotations

import re

from reporter.model import Cited
from reporter.rules.called import Parts
from reporter.rules.prose import ENDS

ENDING = re.compile(r"[.!?,]?[”\")']*$")


def quotation(text: str, speaker: str, role: str, outlet: str, link: str) -> Parts:
    """`“...,” said Brett Harrison, former President of FTX US.`: the words as they are, but for a full stop at their
    end, which becomes the comma. The outlet leads to where they are printed; without one the speaker does."""
    words = text[:-1] if text.endswith(".") and not text.endswith("..") else text
    comma = "" if words.endswith(("!", "?")) else ","
    head = f"“{words}{comma}” said "
    if not outlet:
        return (head, Cited(speaker, link), f", {role}{_stop(role)}")
    return (f"{head}{speaker}, {role}, as ", Cited(outlet, link), " reported.")


def attributed(parts: Parts, outlet: str, link: str) -> Parts:
    """The sentence with `, as ROIC.ai reported` before its stop, or before the sentence that goes on from it."""
    *before, last = parts
    text = last if isinstance(last, str) else ""
    ending = text[ENDING.search(text).start() :]  # type: ignore[union-attr]
    body = (text.removesuffix(ending),) if isinstance(last, str) else (last,)
    return tuple(
        part for part in (*before, *body, ", as ", Cited(outlet, link), f" reported{ending or ','}") if part != ""
    )


def closed(parts: Parts) -> Parts:
    """The sentence with a full stop where it has no stop, or ends in a comma."""
    text = parts[-1] if parts and isinstance(parts[-1], str) else ""
    if text.rstrip("”\")'").endswith(ENDS):
        return parts
    body = text.removesuffix(",")
    return (*(parts[:-1] if text else parts), f"{body}.")


def _stop(text: str) -> str:
    return "" if text.endswith(".") else "."
