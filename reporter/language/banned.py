"""Words that the house never prints: advice, targets, promises, opinions, causes that no data carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reporter.language.fault import FIGURE, Fault
from reporter.language.said import is_denied, whole


@dataclass(frozen=True, slots=True)
class Ban:
    """Words of one kind that never stand in prose; a denied one may stand where `deniable`."""

    pattern: re.Pattern[str]
    what: str
    instead: str
    deniable: bool = False


def words(*alternatives: str) -> re.Pattern[str]:
    """The pattern of any of these words."""
    return whole("|".join(alternatives))


TRADE = (
    r"(?:buy|sell|hold|hedge|short|go (?:long|short)|add|reduce|trim|take profits?|avoid"
    r"|stay (?:away|long|short|out|in)|exit|enter|accumulate|consider|cut|rotate|lock in)"
)
PEOPLE = r"(?:investors?|traders?|desks|readers?|holders?|you|everyone|clients?)"
REACH = r"(?:reach|hit|test|retest|revisit|break|top|climb|rise|rally|soar|surge|recover|fall|drop|slide|crash|plunge)"
MODAL = r"(?:may|might|can|could|would)"
MONEY = rf"(?:\$[\d,.]*\d|{FIGURE})"
BANS = (
    Ban(
        words("will", "won[’']t", "shall", r"(?:is|are|[’']s|[’']re) going to"),
        "speaks of the future as known",
        "say what was measured, or may, could, is consistent with",
    ),
    Ban(
        words(
            rf"(?-i:should|ought to)\s+(?:not\s+|now\s+|also\s+|probably\s+)?{TRADE}",
            rf"{PEOPLE}\s+(?:should|ought|must|need to|had better|(?:are|would be) (?:well |best )?(?:advised|wise))",
            r"recommend\w*",
            r"advis(?:e|es|ed|able)",
            r"consider (?:buying|selling|hedging|adding|reducing|shorting|taking|closing)",
            rf"(?:time|chance|opportunity|moment|place|reasons?) to {TRADE}",
            r"buy(?:ing)? (?:the |every )?dips?",
            r"buying opportunit(?:y|ies)",
            r"(?:good|attractive|ideal) entry(?: points?)?",
            r"must-(?:buy|own|have)",
        ),
        "reads as advice",
        "say what was measured, and leave what to do to the reader",
    ),
    Ban(
        re.compile(
            r"(?:^|(?<=[.!?] ))(?:(?:Buy|Sell)\s+(?!orders?|side|volumes?|pressure|walls?)|Avoid\b|Accumulate\b)"
        ),
        "reads as advice",
        "say what was measured, and leave what to do to the reader",
    ),
    Ban(
        words(
            r"price targets?",
            rf"targets?\s+(?:of|at|near|around|is|are)\s+{MONEY}",
            rf"(?:on (?:track|course)|poised|set|destined) (?:for (?:a|new|more)|to {REACH})\b",
            rf"(?:heading|headed|bound) (?:for|to(?:wards?)?) (?:about |around |new |a )?(?:{MONEY}|highs?|lows?)",
            rf"{MODAL} (?:soon |yet |still )?{REACH}(?: to| as \w+ as)? (?:about |around )?{MONEY}",
            r"next stop",
            r"to the moon",
            r"(?:up|down)side (?:potential|targets?)",
        ),
        "reads as a price target",
        "say where the price stood; name no price that it may go to",
    ),
    Ban(
        words(
            r"guarantee(?:d|s|ing)?",
            r"certainly",
            r"definitely",
            r"undoubtedly",
            r"no doubt",
            r"inevitabl[ye]",
            r"(?:sure|certain|bound|destined|doomed) to",
            r"risk-free",
            r"(?:safe|sure) (?:bet|thing)",
            r"(?:cannot|can[’']t) (?:lose|fail)",
            r"prov(?:e|es|ed|en|ing)(?! to be)",
            r"smart money",
        ),
        "promises more than figures can",
        "hedge with may, suggests, is consistent with",
        deniable=True,
    ),
)
OPINION = Ban(
    words(r"we (?:believe|think|expect|see|feel)", r"in our (?:view|opinion)", r"our (?:view|call) is"),
    "is an opinion without a signature",
    "write in the third person; opinions stand in signed text",
)
CAUSE = Ban(
    words(
        r"because(?: of)?", r"due to", r"owing to", r"thanks to", r"on account of", r"in response to",
        r"on the back of", r"as a (?:result|consequence)(?: of)?", r"therefore", r"hence", r"consequently",
        r"driven (?:\w+ )?by", r"drove", r"drives", r"caus(?:ed|ing)", r"causes(?! of)",
        r"(?:led|leads?|leading) to", r"result(?:s|ed|ing)? (?:in|from)", r"trigger(?:s|ed|ing)",
        r"spark(?:s|ed|ing)", r"prompt(?:s|ed|ing)", r"fuell?(?:s|ed|ing)", r"brought about",
    ),
    "names a cause that the figures do not carry",
    "say what went with what: as, while, after, is consistent with",
    deniable=True,
)  # fmt: skip
MECHANICAL = re.compile(  # what is so by the way it is counted or closed; only a fact may say it
    r"\bas\b[^.;:]{1,60}?\b(?:was|were)\s+(?:closed by force|liquidated|forced out)\b"
    r"|\b(?:due to|driven (?:\w+ )?by|because of)\s+(?:the\s+)?(?:(?:high|low|ris|fall)\w+\s+)?(?:price|positions)\b",
    re.IGNORECASE,
)


def word_faults(text: str, kind: str = "fact", signed: bool = False) -> Iterator[Fault]:
    """Forbidden words of a text or of literal prose. A mechanical cause may stand in a `fact`; `signed` text may hold
    opinions."""
    for ban in (*BANS, *(() if signed else (OPINION,))):
        for match in ban.pattern.finditer(text):
            if not (ban.deniable and is_denied(match, text)):
                yield Fault(match[0].strip(), ban.what, ban.instead)
    allowed = [match.span() for match in MECHANICAL.finditer(text)] if kind == "fact" else []
    found = list(CAUSE.pattern.finditer(text))
    found += [] if kind == "fact" else [each for each in MECHANICAL.finditer(text) if each[0].startswith(("as", "As"))]
    for match in found:
        if not is_denied(match, text) and not any(start <= match.start() < end for start, end in allowed):
            yield Fault(match[0], CAUSE.what, CAUSE.instead)
