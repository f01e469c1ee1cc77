"""Farside: pages with a table of US spot funds and their daily flows in; net flows in dollars out.

Pages: farside.co.uk/btc, /eth and /sol, for readers, without a key; no API. Terms: Farside's own, to be read before
pages are fetched by a program. Days are trading days of US exchanges; a day is final 13 hours after its end in UTC.
Servers are mostly turned away (Cloudflare, HTTP 403): `use: farside-file` reads pages that a person saved instead.

- The table is found by its class `etf` and its columns by their names; funds come and go, the last column is Total. A
  row with more or fewer cells than the header is left out.
- Values are millions of dollars; (50.4) is negative, `-` is not reported, 0.0 is a true zero on a session only.
- Rows that do not begin with a day, as in 08 Sep 2026, are headers, fees and sums: they are passed over.
- The newest row fills up during the night: it is left out until it is final, and where a fund is blank in it that the
  row before has.
- A page with other assets' funds (a redirect, a mixed-up setting) is refused.
- Tags are read here by one expression: `html.parser` takes minutes over a page made to be slow.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from reporter import units
from reporter.collect import flows, live, reading
from reporter.collect.live import Address, Live
from reporter.config import ADDRESS, Ticker
from reporter.model import Fault, Flaw, Observation, Payload, Request, Week

LABEL, TERMS = "Farside", "Farside Investors, terms of use of farside.co.uk"
VENUE = flows.VENUE
GIVES = flows.GIVES
MOST_BYTES = 8_000_000
MOST_COLUMNS, MOST_IN_A_CELL = 100, 200
FUNDS: Mapping[str, frozenset[str]] = {  # the oldest funds of each asset: by them a page is known
    "BTC": frozenset({"IBIT", "FBTC", "ARKB", "BITB"}),
    "ETH": frozenset({"ETHA", "FETH", "ETHW", "ETHE"}),
    "SOL": frozenset({"BSOL", "VSOL", "GSOL", "FSOL"}),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4})")
AMOUNT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d{1,15})(\.\d{1,15})?")
BLANK = ("", "-", "–", "—")
CHALLENGE = re.compile(
    rb"just a moment|attention required|challenge-platform|cf-chl|checking your browser|enable javascript and cookies",
    re.IGNORECASE,
)
TAG = re.compile(r"<(/?)(table|tr|td|th|br)(?=[\s/>])([^<>]*)>|<[^<>]*>", re.IGNORECASE)
CLASS = re.compile(r"""\bclass\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
SPAN = re.compile(r"""\bcolspan\s*=\s*["']?(\d{1,2})\b""", re.IGNORECASE)


def _page(value: str) -> str:
    if not re.fullmatch(ADDRESS, value):
        raise ValueError("expected the address of a page such as https://farside.co.uk/btc/; use farside-file for one "
                         "that was saved")  # fmt: skip
    return value


class Settings(Live):
    """`pages` has an asset's page where it is not base_url/btc/ and the like."""

    base_url: Address = "https://farside.co.uk"
    pace_seconds: float = Field(default=5.0, ge=0, le=60)
    pages: Mapping[Ticker, Annotated[str, AfterValidator(_page)]] = Field(default_factory=dict)


def requests(week: Week, settings: Settings) -> list[Request]:
    """One page for each asset that has funds in the stretch."""
    return [
        _question(asset, week, settings)
        for asset in settings.assets
        if flows.expected(asset, week, live.LOOK_BACK) or asset in settings.pages
    ]


def _question(asset: str, week: Week, settings: Settings) -> Request:
    one = live.ask(settings, f"flows/{asset}", f"/{asset.lower()}/", {}, live.span(week))
    return replace(one, url=settings.pages.get(asset, one.url), headers={"Accept": "text/html"})


def fault(status: int, body: bytes) -> Fault | None:
    """What the status says, or a page that asks whether somebody is there instead of the table."""
    challenged = b"<table" not in body.lower() and bool(CHALLENGE.search(body[:200_000]))
    if challenged and (status < 300 or status == 503):
        return Fault("page" if status < 300 else "blocked", f"a challenge page instead of the table (HTTP {status})")
    return reading.http_fault(status, b"")


def provides(settings: Settings) -> Iterator[str]:
    """A series for each asset that has US spot funds."""
    for name in live.provided(settings, VENUE, GIVES):
        if name.split("/")[1] in (*flows.HAVE_FUNDS, *settings.pages):
            yield name


# ---- a page into observations ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """A table of flows: its columns up to Total, the words of all other rows, and the dated rows in their order."""

    width: int
    words: frozenset[str]
    rows: tuple[tuple[str, ...], ...]


def parse(payload: Payload, settings: Any) -> Iterator[Observation | Flaw]:
    """One observation for each final session, in dollars. Raises ParseError where the page has no such table."""
    asset = payload.request.key.partition("/")[2]
    table = _table(payload)
    _refuse_others(payload, asset, table)
    open_day = _unfinished(table)

    def read(row: Sequence[str]) -> Iterable[reading.Cell]:
        day, width = _day(row[0]), table.width
        if not flows.is_due(payload, day):
            return ()
        if len(row) < width or any(row[width:]):
            raise ValueError(f"{len(row)} cells where the header has {width}")
        found = list(flows.cells(payload, asset, day, _dollars(row[width - 1])))
        if found and row[0] == open_day:
            raise ValueError(f"not every fund has reported {day} yet")
        return found

    return reading.observations(payload, table.rows, read, GIVES)


def _table(payload: Payload) -> Table:
    """The first table of class `etf` that has a header ending in Total and rows with a day."""
    if len(payload.body) > MOST_BYTES:
        raise reading.misread(payload, f"the page has more than {MOST_BYTES:,} bytes")
    for rows in _tables(payload.body.decode("utf-8", "replace")):
        dated = tuple(row for row in rows if DAY.fullmatch(row[0]))
        width = next((width for row in rows if (width := _width(row))), 0)
        if width and dated:
            return Table(width, frozenset(cell.upper() for row in rows if row not in dated for cell in row), dated)
    raise reading.misread(payload, "no table of class 'etf' with days and a last column Total; did the page change?")


def _width(row: Sequence[str]) -> int:
    """The number of columns of a header, whose last name is Total; 0 for any other row."""
    named = [index for index, cell in enumerate(row) if cell]
    return named[-1] + 1 if len(named) > 1 and row[named[-1]].lower() == "total" else 0


def _refuse_others(payload: Payload, asset: str, table: Table) -> None:
    found = {other for other, funds in FUNDS.items() if funds & table.words}
    if found and asset in FUNDS and asset not in found:
        raise reading.misread(payload, f"the page has the funds of {', '.join(sorted(found))}, not of {asset}")


def _unfinished(table: Table) -> str:
    """The day of the newest row if a fund is blank in it that the row before it has; nothing otherwise."""
    if len(table.rows) < 2:
        return ""
    before, newest = table.rows[-2:] if _is_later(table.rows[-1], table.rows[-2]) else reversed(table.rows[:2])
    funds = slice(1, table.width - 1)
    pairs = zip(before[funds], newest[funds], strict=False)
    return newest[0] if any(now in BLANK and then not in BLANK for then, now in pairs) else ""


def _is_later(row: Sequence[str], other: Sequence[str]) -> bool:
    try:
        return _day(row[0]) > _day(other[0])
    except ValueError:
        return True


def _day(cell: str) -> date:
    """The day of `08 Sep 2026`. Raises ValueError for one that no calendar has."""
    match = DAY.fullmatch(cell)
    if not match or match[2] not in MONTHS:
        raise ValueError(f"{reading.plain(cell)!r} is no day")
    return date(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1]))


def _dollars(cell: str) -> float | None:
    """The amount that a cell has in millions; (50.4) is negative, - is not reported."""
    inner = cell[1:-1].strip() if cell.startswith("(") and cell.endswith(")") else ""
    plain = (inner or cell).replace("−", "-").removeprefix("$")
    if plain in BLANK:
        return None
    if not AMOUNT.fullmatch(plain) or inner.startswith("-"):
        raise ValueError(f"{reading.plain(cell)!r} is no amount")
    amount = units.usd_from_millions(float(plain.replace(",", "")))
    return -amount if inner else amount


# ---- tags into rows --------------------------------------------------------------------------------------------------


def _tables(text: str) -> Iterator[list[tuple[str, ...]]]:
    """The rows of each table of class `etf`."""
    depth, place = 0, 0
    rows: list[list[str]] = []
    text = _without(_without(text, "<!--", "-->"), "<script", "</script")
    for tag in TAG.finditer(text):
        if depth == 1:
            _write(rows, text[place : tag.start()])
        place = tag.end()
        closes, name = bool(tag[1]), (tag[2] or "").lower()
        if name == "table" and (depth or _is_etf(tag[3])):
            depth += -1 if closes else 1
            if depth == 0:
                yield [_row(cells) for cells in rows if cells]
                rows = []
        elif depth == 1:
            _open(rows, name, tag[3] or "", closes)
    if depth:
        yield [_row(cells) for cells in rows if cells]


def _open(rows: list[list[str]], name: str, attributes: str, closes: bool) -> None:
    """Begins a row or a cell; HTML need not close either. A cell over several columns stands in each of them."""
    if name == "tr" and not closes:
        rows.append([])
    elif name in ("td", "th") and not closes and rows and len(rows[-1]) < MOST_COLUMNS:
        match = SPAN.search(attributes)
        rows[-1] += [""] * (max(1, int(match[1])) if match else 1)
    elif name == "br":
        _write(rows, " ")


def _write(rows: list[list[str]], text: str) -> None:
    if rows and rows[-1] and len(rows[-1][-1]) < MOST_IN_A_CELL:
        rows[-1][-1] += text[:MOST_IN_A_CELL]


def _row(cells: Sequence[str]) -> tuple[str, ...]:
    """The text of each cell on one line."""
    return tuple(" ".join(html.unescape(cell).split()) for cell in cells)


def _is_etf(attributes: str) -> bool:
    match = CLASS.search(attributes)
    return bool(match) and "etf" in (match[1] or match[2] or match[3] or "").lower().split()  # type: ignore[index]


def _without(text: str, opening: str, closing: str) -> str:
    """The text without what stands between the two marks, in one pass."""
    first, *others = re.split(re.escape(opening), text, flags=re.IGNORECASE)
    ends = (re.split(re.escape(closing), part, maxsplit=1, flags=re.IGNORECASE) for part in others)
    return first + "".join(end[1] if len(end) == 2 else "" for end in ends)
