"""Deribit: books of options and futures, the volatility index, funding and volumes in; quotes and series out.

API: docs.deribit.com, GET /public/<method>, without a key. Terms: Deribit's own. Stamps are UTC, in milliseconds; a day
of the volatility index begins at midnight, options and futures expire at 08:00. Funding is final when it is stamped.
Limits: some 20 questions a second and address.

- Books, open interest and volumes are what stands there at the moment of asking: Deribit keeps no history of them.
- `mark_iv` and the volatility index are points. On an option that expires `mark_iv` can be 0: it is not known then.
- Open interest of options is in coins. That of futures is in dollars where coins are the margin (BTC-PERPETUAL) and in
  coins where USDC is (BTC_USDC-PERPETUAL).
- Days in names have no leading zero (BTC-2OCT26-68000-C); `d` is the decimal point of a strike (1d25).
- Funding is `interest_1h`, a fraction for one hour. `interest_8h` is a rolling sum of it and is never read. How long a
  page of funding may be is not documented (744 rows were seen): shorter stretches are asked, one after the other.
- An error stands in the place of `result`, under HTTP 200, 400 or 429.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, HOUR, Address, Given, Live
from reporter.config import Ticker
from reporter.errors import ParseError
from reporter.model import (
    Fault,
    FaultKind,
    Flaw,
    FutureQuote,
    Item,
    Kind,
    Observation,
    OptionQuote,
    Payload,
    Request,
    Week,
)
from reporter.series import impossible

LABEL, TERMS = "Deribit", "Deribit API terms of use"
VENUE = "deribit"
INDEX, COINS = "dvol", "option_open_interest_coins"
WEEKLY = {"option_call_volume_7d": "calls_volume_7d", "option_put_volume_7d": "puts_volume_7d"}
GIVES = {
    INDEX: Given(DAY),
    "funding": Given(HOUR),
    "open_interest": Given(DAY, kind=Kind.SNAPSHOT),
    COINS: Given(DAY),
    **{measure: Given(DAY) for measure in WEEKLY},
}
LISTS = ("future_quotes", "option_quotes")
NOW = timedelta(days=9)  # what stands there only now is asked for the latest week alone
FUNDING_PAGE = timedelta(days=18)
LEAST_PAGE = timedelta(hours=12)  # a next page that goes back less than this is not followed
LEAST_POINTS = 3.0  # an index below it is no percentage but the fraction of Deribit's old examples
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NAME = re.compile(
    r"(?P<coin>[A-Z0-9]{1,12})(?P<linear>_[A-Z]{3,5})?-"
    r"(?:PERPETUAL|(?P<day>[0-9]{1,2})(?P<month>[A-Z]{3})(?P<year>[0-9]{2})"
    r"(?:-(?P<strike>[0-9]{1,12}(?:d[0-9]{1,12})?)-(?P<right>[CP]))?)"
)
ERRORS: Mapping[int, tuple[FaultKind, str, bool]] = {
    10028: ("limited", "asked too often", True),
    10066: ("limited", "asked too often", True),
    10040: ("down", "busy", True),
    10041: ("down", "busy with a settlement", True),
    10047: ("down", "busy", True),
    11051: ("down", "closed for maintenance", False),
    11094: ("down", "out of order", True),
    13028: ("down", "out of order", True),
    13888: ("down", "out of order", True),
}


class Settings(Live):
    """`currencies` are the assets that have books of their own at Deribit; the newsletter's others are not asked."""

    base_url: Address = "https://www.deribit.com/api/v2"
    pace_seconds: float = Field(default=0.2, ge=0, le=60)
    currencies: tuple[Ticker, ...] = ("BTC", "ETH")


# ---- asking ----------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """For each asset with books the index, funding, options and futures; volumes of all in one question."""
    assets = _covered(settings)
    found = [one for asset in assets for one in _questions(week, settings, asset)]
    return [*found, _now(settings, "volumes", "get_trade_volumes", {"extended": "true"})] if assets else []


def _covered(settings: Settings) -> tuple[str, ...]:
    return tuple(asset for asset in settings.assets if asset in settings.currencies)


def _questions(week: Week, settings: Settings, asset: str) -> Iterator[Request]:
    period = live.span(week)
    index = {"currency": asset, "resolution": "1D", **_times(period.start, period.end)}
    yield live.ask(settings, f"{INDEX}/{asset}", "/public/get_volatility_index_data", index, period)
    funding = {"instrument_name": f"{asset}-PERPETUAL", **_times(period.end - FUNDING_PAGE, period.end)}
    yield live.ask(settings, f"funding/{asset}", "/public/get_funding_rate_history", funding, period)
    for key, kind in (("options", "option"), ("futures", "future")):
        book = {"currency": asset, "kind": kind}
        yield _now(settings, f"{key}/{asset}", "get_book_summary_by_currency", book)


def _now(settings: Settings, key: str, method: str, params: Mapping[str, object]) -> Request:
    return replace(live.ask(settings, key, f"/public/{method}", params), reach=NOW)


def _times(start: datetime, end: datetime) -> dict[str, str]:
    """Both ends, which Deribit includes."""
    return {"start_timestamp": str(live.milliseconds(start)), "end_timestamp": str(live.milliseconds(end) - 1)}


def more(payload: Payload, settings: Settings) -> Request | None:
    """The stretch before this one: of funding until the period's start, of the index where Deribit names one."""
    kind = payload.request.key.partition("/")[0]
    if payload.request.period is None or kind not in ("funding", INDEX):
        return None
    times = _earlier(payload) if kind == "funding" else _continued(payload)
    return replace(payload.request, params={**payload.request.params, **times}) if times else None


def _earlier(payload: Payload) -> Mapping[str, str]:
    """Stretches follow each other whatever a page holds: a hole in the data, or a short page, ends nothing."""
    period, asked = payload.request.period, payload.request.params["start_timestamp"]
    before = reading.milliseconds(asked)
    if period is None or before <= period.start:
        return {}
    return _times(max(period.start, before - FUNDING_PAGE), before)


def _continued(payload: Payload) -> Mapping[str, str]:
    """`continuation` is the `end_timestamp` of the next question. One that does not go back is not followed."""
    params = payload.request.params
    try:
        found = _result(payload)["continuation"]
        end = None if found is None else reading.milliseconds(found)
    except (ParseError, KeyError, IndexError, TypeError, ValueError):
        return {}
    latest = reading.milliseconds(params["end_timestamp"]) - LEAST_PAGE
    if end is None or not reading.milliseconds(params["start_timestamp"]) <= end <= latest:
        return {}
    return {"end_timestamp": str(live.milliseconds(end))}


# ---- errors ----------------------------------------------------------------------------------------------------------


def fault(status: int, body: bytes) -> Fault | None:
    """Deribit's own error first where it says more than the HTTP status: too many questions come with 400 as well."""
    code, message = _error(body)
    if code is not None and code in ERRORS:
        kind, what, retry = ERRORS[code]
        return Fault(kind, f"{what} ({code})", retry)
    found = reading.http_fault(status, body)
    if code is None or (found and found.kind != "refused"):
        return found
    return Fault("refused", f"refused the question ({code}: {reading.plain(message)})")


def _error(body: bytes) -> tuple[int | None, str]:
    """Code and message of an error; None where there is none."""
    if b'"error"' not in body:
        return None, ""
    try:
        error = json.loads(body)["error"]
        return (int(error["code"]), str(error["message"])) if error is not None else (None, "")
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, OverflowError):
        return None, ""


def _result(payload: Payload) -> Any:
    """What stands in `result`. Raises ParseError where an error stands beside it or in its place."""
    found = reading.document(payload)
    if isinstance(found, dict) and found.get("error") is not None:
        raise reading.misread(payload, "an error in place of a result")
    return reading.inside(payload, found, "result")


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw | Item]:
    """What the answer to a question holds; its key says which of the five it was."""
    kind, _, asset = payload.request.key.partition("/")
    found = _result(payload)
    rows = reading.inside(payload, found, "data") if kind == INDEX else found
    if not isinstance(rows, list):
        raise reading.misread(payload, f"{'result.data' if kind == INDEX else 'result'} is no list")
    if kind in ("options", "futures"):
        return _books(_Book(payload, asset, _moment(payload, rows)), rows, kind == "options")
    readers = {INDEX: _index, "funding": _funding, "volumes": _volumes}
    return iter(reading.observations(payload, rows, readers[kind](payload, settings), GIVES))


def _index(payload: Payload, _: Settings) -> Callable[[Any], Iterable[reading.Cell]]:
    """The last value of each day, in points."""
    asset = payload.request.key.partition("/")[2]

    def read(row: Any) -> Iterable[reading.Cell]:
        value = reading.number(row[4])
        if value < LEAST_POINTS:
            raise ValueError(f"{value:g} is no volatility in points")
        yield (INDEX, asset, VENUE), reading.milliseconds(row[0]), value

    return read


def _funding(payload: Payload, _: Settings) -> Callable[[Any], Iterable[reading.Cell]]:
    """The rate of each hour, at the moment of its settlement."""
    asset = payload.request.key.partition("/")[2]

    def read(row: Any) -> Iterable[reading.Cell]:
        yield ("funding", asset, VENUE), reading.milliseconds(row["timestamp"]), reading.number(row["interest_1h"])

    return read


def _volumes(payload: Payload, settings: Settings) -> Callable[[Any], Iterable[reading.Cell]]:
    """Coins of calls and of puts traded in seven days; a currency that was not asked about is passed over."""

    def read(row: Any) -> Iterable[reading.Cell]:
        if row["currency"] in _covered(settings):
            for measure, name in WEEKLY.items():
                value = reading.optional(row[name])
                if value is not None:
                    yield (measure, row["currency"], VENUE), payload.fetched_at, value

    return read


# ---- books -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Book:
    """Whose book it is, and the moment of which it speaks."""

    payload: Payload
    asset: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Instrument:
    """What a name such as BTC-2OCT26-68000-C says; a perpetual has no expiry, a future no strike."""

    coin: str
    is_linear: bool
    expiry: datetime | None
    strike: float | None
    right: Literal["call", "put"]


def _moment(payload: Payload, rows: Iterable[Any]) -> datetime:
    """The newest `creation_timestamp`, but never later than the answer itself; without one, when it was fetched."""
    found = []
    for row in rows:
        try:
            found.append(reading.milliseconds(row["creation_timestamp"]))
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    return min(max(found), payload.fetched_at) if found else payload.fetched_at


def _books(book: _Book, rows: list[Any], options: bool) -> Iterator[Observation | Flaw | Item]:
    """A quote an instrument, and the open interest: of all options in coins, of the perpetual in dollars.

    A total without one of its parts is none: where the open interest of an option cannot be read, there is no sum.
    """
    quotes: dict[str, OptionQuote | FutureQuote] = {}
    is_whole = True
    for index, row in enumerate(rows, 1):
        try:
            quote = _option(book, row) if options else _future(book, row)
            if quote is not None and quote.instrument in quotes:
                raise ValueError(f"{quote.instrument} stands twice")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as problem:
            is_whole = False
            yield reading.flaw(book.payload, index, problem)
            continue
        if quote is not None:
            quotes[quote.instrument] = quote
            yield quote
    yield from _open_interest(book, tuple(quotes.values()), is_whole)


def _open_interest(
    book: _Book, quotes: tuple[OptionQuote | FutureQuote, ...], is_whole: bool
) -> Iterator[Observation | Flaw]:
    """The sum over options, or the perpetual's own."""
    options = [one.open_interest for one in quotes if isinstance(one, OptionQuote)]
    perpetual = (one.open_interest for one in quotes if one.instrument == f"{book.asset}-PERPETUAL")
    sizes = [size for size in options if size is not None]
    found = {"open_interest": next(perpetual, None), COINS: sum(sizes) if sizes else None}
    if sizes and (len(sizes) < len(options) or not is_whole):
        found[COINS] = None
        yield Flaw(f"{book.payload.request.source}: {book.payload.request.key}", "no sum: an option's size is missing")

    def read(cell: tuple[str, float]) -> Iterable[reading.Cell]:
        yield (cell[0], book.asset, VENUE), book.at, cell[1]

    cells = [(measure, value) for measure, value in found.items() if value is not None]
    yield from reading.observations(book.payload, cells, read, GIVES)


def _option(book: _Book, row: Any) -> OptionQuote | None:
    """An option of the asset that has not expired; None for another."""
    name = row["instrument_name"]
    one = _instrument(name)
    if one.expiry is None or one.strike is None:
        raise ValueError(f"{name} is no option")
    if one.coin != book.asset or one.expiry <= book.at:
        return None
    return OptionQuote(
        at=book.at,
        asset=book.asset,
        venue=VENUE,
        instrument=name,
        expiry=one.expiry,
        strike=_possible("price_close", one.strike),
        right=one.right,
        mark_iv=_known("dvol", row.get("mark_iv")) or None,
        forward=_known("price_close", row.get("underlying_price") or None),
        open_interest=_known(COINS, row.get("open_interest")),
        volume=_known(COINS, row.get("volume")),
        payload_id=book.payload.id,
    )


def _future(book: _Book, row: Any) -> FutureQuote | None:
    """A future or perpetual of the asset that has not expired; None for another."""
    name = row["instrument_name"]
    one = _instrument(name)
    if one.strike is not None:
        raise ValueError(f"{name} is no future")
    if one.coin != book.asset or (one.expiry is not None and one.expiry <= book.at):
        return None
    mark = _possible("price_close", reading.number(row["mark_price"]))
    size = _known("open_interest", row.get("open_interest"))
    return FutureQuote(
        at=book.at,
        asset=book.asset,
        venue=VENUE,
        instrument=name,
        expiry=one.expiry,
        mark=mark,
        index=_possible("price_close", reading.number(row["estimated_delivery_price"])),
        open_interest=_possible("open_interest", size * mark) if size is not None and one.is_linear else size,
        volume=_known("perp_volume", row.get("volume_usd")),
        payload_id=book.payload.id,
    )


def _instrument(name: str) -> _Instrument:
    """Raises ValueError for a name that is not written as Deribit writes them."""
    found = NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{reading.plain(name)!r} is no name of an instrument")
    strike = found["strike"]
    return _Instrument(
        coin=found["coin"],
        is_linear=found["linear"] is not None,
        expiry=_expiry(found) if found["day"] else None,
        strike=float(strike.replace("d", ".")) if strike else None,
        right="put" if found["right"] == "P" else "call",
    )


def _expiry(name: re.Match[str]) -> datetime:
    if name["month"] not in MONTHS:
        raise ValueError(f"{name['month']} is no month")
    return datetime(2000 + int(name["year"]), 1 + MONTHS.index(name["month"]), int(name["day"]), 8, tzinfo=UTC)


def _known(measure: str, cell: object) -> float | None:
    """The value of a cell, None where it is not reported. Raises ValueError for one that cannot be."""
    value = reading.optional(cell)
    return None if value is None else _possible(measure, value)


def _possible(measure: str, value: float) -> float:
    if what := impossible(measure, value):
        raise ValueError(what)
    return value


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for."""
    return live.provided(settings.model_copy(update={"assets": _covered(settings)}), VENUE, GIVES)
