"""Superlatives, which stand only with the stretch of time or the set in which they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reporter.language.banned import words
from reporter.language.fault import FIGURE, Fault

SUPERLATIVE = words(
    r"(?:high|low|larg|bigg|small|strong|weak|heavi|light|steep|sharp|deep|few|busi|quiet|calm|great|fast|slow|wid|narrow"
    r"|tight|hott|rich|cheap)est",
    r"(?:long|short)est(?!-dated)",
    r"(?:(?:the|its|their)|(?<=[’']s))\s+(?:best|worst|most|least)(?! of\b)",
    r"all-time (?:high|low)s?",
    r"(?:a|new|fresh|another) record",
    r"record[- ](?:high|low|inflow|outflow|flow|total|volume|level|week|day|open interest|liquidation|close|weekly)s?",
)
NAMED_DAY = (
    r"(?-i:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)|(?:19|20)\d\d"
)
SPAN = r"(?:hour|day|session|week|weekend|month|quarter|year|decade|settlement|interval)s?"
WINDOW = re.compile(
    rf"\b(?:since|in|of|over|for|during|within|on)\b(?:[^.;!?]|\.(?=\d))*?\b(?:{SPAN}|{NAMED_DAY})\b|\bsince\b[^.;!?]*{FIGURE}",
    re.IGNORECASE,
)
OWN_SET = re.compile(  # of the days of the week, the bands of one map, the parts of one whole
    r"[\s-]+(?:\w+[\s-]+)?(?:hour|day|session|band|level|cluster|part|share|portion|number)s?\b"
    r"|[^.;!?]*?\b(?:among|of (?:the|these|those|its|their|all)\s+(?:\w+\s+)?"
    r"(?:two|three|four|five|six|assets?|coins?|group|venues?|sides?|positions))\b",
    re.IGNORECASE,
)
POSSESSED = re.compile(rf"\b{SPAN}[’']s?\s+(?:\w+\s+)?$", re.IGNORECASE)
STOP = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“(]*[A-Z])")


POLES = (
    ("highest", "lowest"),
    ("largest", "smallest"),
    ("strongest", "weakest"),
    ("best", "worst"),
    ("dearest", "cheapest"),
)


def superlative_faults(text: str) -> Iterator[Fault]:
    """Superlatives that say neither since when, nor of which stretch of time, nor among what the sentence names; a
    range from the lowest to the highest names its own."""
    for sentence in STOP.split(text):
        ends = {
            pole for pair in POLES for pole in pair if all(re.search(rf"\b{one}\b", sentence, re.I) for one in pair)
        }
        for match in SUPERLATIVE.finditer(sentence):
            after, before = sentence[match.end() :], sentence[: match.start()]
            if match[0].lower().split()[-1] not in ends and not (
                WINDOW.search(after) or OWN_SET.match(after) or POSSESSED.search(before)
            ):
                instead = "say since when, or of which weeks: 'since the week to ...', 'of the past year'"
                yield Fault(match[0].strip(), "is a superlative without a window", instead)
