"""The house's forbidden language: a text or the parts of a sentence in, the faults in it out, each with what to write.

Advice, targets, promises, causes that no data carry, superlatives without a window, sentences without an end and
changes of a rate in per cent are found by their words. What a sentence denies, it does not say.
"""

from __future__ import annotations

import re

from reporter.language.banned import word_faults
from reporter.language.fault import FIGURE, Fault, Parts, Units
from reporter.language.figures import figure_faults, length_faults, rate_faults
from reporter.language.said import asserted, phrase
from reporter.language.superlatives import superlative_faults
from reporter.model import Cited, Printed

__all__ = [
    "FIGURE",
    "Fault",
    "Parts",
    "Units",
    "asserted",
    "faults",
    "phrase",
    "superlative_faults",
    "unquoted",
    "word_faults",
]


def unquoted(parts: Parts) -> tuple[str | Printed | Cited, ...]:
    """The parts without what stands in quotation marks, where the sentence names its speaker: those are his words."""
    if not any(isinstance(part, Cited) for part in parts):
        return tuple(parts)
    return tuple(re.sub(r"“[^”]*”|\"[^\"]*\"", "“”", part) if isinstance(part, str) else part for part in parts)


def faults(parts: Parts, kind: str, unit_of: Units, signed: bool = False) -> tuple[Fault, ...]:
    """Everything that is wrong with one finished sentence. `unit_of` gives the unit of a fact by its key, or None;
    `signed` text is somebody's own, with his opinions and figures."""
    said = unquoted(parts)
    text = "".join(part if isinstance(part, str) else part.text for part in said)
    found = (
        *word_faults(text, kind, signed),
        *superlative_faults(text),
        *length_faults(text),
        *(() if signed else figure_faults(said)),
        *rate_faults(said, unit_of),
    )
    return tuple(dict.fromkeys(found))
