"""The table of spellings read: American words and their British forms."""

from __future__ import annotations

import re

from reporter.rules.sheet import Sheet
from reporter.spelling import PLAIN, Spelling, table

WORD = re.compile(r"[a-z][a-z -]*[a-z]")


def parse(sheet: Sheet) -> Spelling:
    """The table in a document; mistakes are noted in the sheet. No form may stand twice: both ways are to be plain."""
    if not sheet.mapping((), ("spellings",)):
        return PLAIN
    found = sheet.at(("spellings",))
    if not isinstance(found, dict):
        sheet.wrong(("spellings",), "'spellings' is no mapping; write American words with their British forms")
        return PLAIN
    british: dict[str, str] = {}
    for word in found:
        form = sheet.text(("spellings", word))
        for each in (word, form):
            if each and not WORD.fullmatch(each):
                sheet.wrong(("spellings", word), f"{each!r} is not small letters; write the word as inside a sentence")
        if form in british.values() or form in found:
            sheet.wrong(("spellings", word), f"{form!r} stands twice; a form belongs to one word")
        british[word] = form
    return table(british)
