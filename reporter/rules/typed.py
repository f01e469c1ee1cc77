"""What an editor types that is no template, read from a sheet: plain lines, addresses of pages, days."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import urlsplit

from reporter.rules.sheet import Sheet, Steps

LONGEST = 120
ADDRESS = re.compile(r"""https://[!#-&(-;=?-\[\]_a-~]{1,1990}""")  # printable, without quotes, angle brackets, \ and ^


def line(sheet: Sheet, at: Steps, most: int = LONGEST, default: str | None = None) -> str:
    """A text on one line, its characters as they are; what cannot be seen in print is a mistake."""
    text = " ".join(sheet.text(at, default).split())
    odd = next((sign for sign in text if unicodedata.category(sign)[0] == "C"), "")
    if odd:
        sheet.wrong(at, f"{at[-1]!r} holds an invisible character (U+{ord(odd):04X}); remove it")
    if len(text) > most:
        sheet.wrong(at, f"{at[-1]!r} has {len(text)} characters, more than {most}; shorten it")
    return text


def link(sheet: Sheet, at: Steps) -> str:
    """The https address of a page, without a user in it."""
    text = sheet.text(at)
    if text and not _is_address(text):
        sheet.wrong(at, f"{at[-1]!r} is no address of a page; write it in full, as in https://example.com/article")
    return text


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(ADDRESS.fullmatch(text) and parts.hostname and "@" not in parts.netloc and parts.port != 0)
    except ValueError:
        return False


def day(sheet: Sheet, at: Steps) -> date | None:
    """A day such as 2026-02-11; None, and a mistake, for anything else."""
    text = sheet.text(at)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    if text:
        sheet.wrong(at, f"{at[-1]!r} is {text[:40]!r}; expected a date such as 2026-02-11")
    return None
