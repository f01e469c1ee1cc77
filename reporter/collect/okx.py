"""OKX: candles of spot and perpetuals, settled funding and hourly statistics in; prices, turnover, rates, open interest
and the ratio of accounts out.

API: okx.com/docs-v5, GET /api/v5/market/history-candles, /api/v5/public/funding-rate-history and
/api/v5/rubik/stat/contracts/..., without a key. Terms: OKX's own. Stamps are UTC, in milliseconds and as text; lists
come newest first. A candle is final at midnight, funding at its settlement; statistics appear minutes later. Limits:
20 questions in two seconds for candles, 10 for funding, 5 for statistics: one pace, the slowest, for all.

- An error comes under HTTP 200, with a `code` other than "0" and an empty list.
- `1Dutc` is asked for: a plain `1D` is a day of Hong Kong, from 16:00 to 16:00 UTC; hours, of eight days of the
  perpetual, are the same everywhere. A candle whose `confirm` is "0" is
  not final and is left out.
- All bounds (`after`, `before`, `begin`, `end`) exclude what they name: they stand a millisecond outside the period.
  At most 100 rows come at once, and how many statistics do is not documented: older pages are asked for until the
  start of the period is there.
- Of a settlement `realizedRate` is read; `fundingRate` is what was predicted. Three months are kept.
- Statistics are hourly and kept for 30 days: three weeks are asked, so that a run late in the week still reaches their
  start. They are of all futures and perpetuals of a coin; open interest is single-sided, in dollars.
- Turnover is the quote's (the eighth field of a candle), in USDT read as dollars; the sixth is in contracts.
- Liquidations are not collected: /api/v5/public/liquidation-orders is deprecated and gone from OKX's manual; those who
  still call it report a week of history at best, and at times a feed that stood still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, HOUR, Address, Given, Live
from reporter.config import Ticker
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Observation, Payload, Period, Request, Week

LABEL, TERMS = "OKX", "OKX API terms of use"
VENUE = "okx"
# Each kind of candle: the place of each measure in its row.
CANDLES: Mapping[str, Mapping[str, int]] = {
    "spot": {"price_open": 1, "price_high": 2, "price_low": 3, "price_close": 4, "spot_volume": 7},
    "perpetual": {"perp_close": 4, "perp_volume": 7},
    "hours": {"perp_close_hourly": 4},
}
CONFIRM = 8  # the place of a candle's last field
# Each of the hourly statistics: the path below /rubik/stat/contracts, and the measure of its second field.
STATISTICS: Mapping[str, tuple[str, str]] = {
    "open_interest": ("open-interest-volume", "open_interest"),
    "accounts": ("long-short-account-ratio", "long_short_ratio"),
}
GIVES = {
    **{name: Given(HOUR if key == "hours" else DAY) for key, places in CANDLES.items() for name in places},
    "funding": Given(timedelta(hours=8)),
    **{measure: Given(HOUR) for _, measure in STATISTICS.values()},
}
REACH, BACK = timedelta(days=30), timedelta(days=21)
BACK_BY_HOUR = timedelta(days=8)
REACH_FUNDING = timedelta(days=90)
ROWS = 100  # the most that one answer of candles or of funding holds
TOO_OFTEN = "50011"


class Settings(Live):
    """`symbols` names spot pairs that are not the ticker with -USDT behind it; the perpetual's name is the pair's with
    -SWAP behind it."""

    base_url: Address = "https://www.okx.com"
    pace_seconds: float = Field(default=0.4, ge=0, le=60)
    symbols: Mapping[Ticker, str] = Field(default_factory=dict)


# ---- asking ----------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """For each asset five weeks of both candles and of funding, eight days of candles by the hour, three weeks of each
    statistic."""
    return [request for asset in settings.assets for request in _questions(week, settings, asset)]


def _questions(week: Week, settings: Settings, asset: str) -> Iterator[Request]:
    pair, period, late = settings.symbols.get(asset, f"{asset}-USDT"), live.span(week), live.span(week, BACK)
    days, hours = ("1Dutc", period), ("1H", live.span(week, BACK_BY_HOUR))
    for key, name, (bar, asked_for) in (
        ("spot", pair, days),
        ("perpetual", f"{pair}-SWAP", days),
        ("hours", f"{pair}-SWAP", hours),
    ):
        candles = {"instId": name, "bar": bar, **_page(asked_for)}
        yield live.ask(settings, f"{key}/{asset}", "/api/v5/market/history-candles", candles, asked_for)
    settled = {"instId": f"{pair}-SWAP", **_page(period)}
    asked = live.ask(settings, f"funding/{asset}", "/api/v5/public/funding-rate-history", settled, period)
    yield replace(asked, reach=REACH_FUNDING)
    begin, end = _outside(late, instants=True)
    for key, (path, _) in STATISTICS.items():
        hourly = {"ccy": asset, "period": "1H", "begin": begin, "end": end}
        asked = live.ask(settings, f"{key}/{asset}", f"/api/v5/rubik/stat/contracts/{path}", hourly, late)
        yield replace(asked, reach=REACH)


def _page(period: Period) -> dict[str, int]:
    before, after = _outside(period, instants=False)
    return {"before": before, "after": after, "limit": ROWS}


def _outside(period: Period, instants: bool) -> tuple[int, int]:
    """Both bounds, which OKX excludes: only an instant may stand at the period's very end."""
    return live.milliseconds(period.start) - 1, live.milliseconds(period.end) + (1 if instants else 0)


def more(payload: Payload, settings: Settings) -> Request | None:
    """The next older page, until the start of the period is there."""
    request, oldest = payload.request, _oldest(payload)
    if oldest is None or request.period is None or oldest <= request.period.start:
        return None
    bound = "end" if _head(payload) in STATISTICS else "after"
    if live.milliseconds(oldest) >= int(request.params[bound]):
        return None  # the bound was not heeded: another page would be this one again
    return replace(request, params={**request.params, bound: str(live.milliseconds(oldest))})


def _oldest(payload: Payload) -> datetime | None:
    """The earliest moment in an answer; None where it has no row with one."""
    try:
        return min(_moments(_rows(payload), "fundingTime" if _head(payload) == "funding" else 0), default=None)
    except ParseError:
        return None  # `parse` says so


def _moments(rows: Iterable[Any], stamp: str | int) -> Iterator[datetime]:
    for row in rows:
        try:
            yield reading.milliseconds(row[stamp])
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # `parse` names the row


def fault(status: int, body: bytes) -> Fault | None:
    """Why an answer holds no data: by its HTTP status, or by its own envelope under HTTP 200."""
    return reading.http_fault(status, body) or _refusal(body)


def _refusal(body: bytes) -> Fault | None:
    """What an envelope such as {"code": "51000", "msg": "Parameter error", "data": []} says; None for success."""
    found = reading.envelope(body)
    if str(found.get("code", 0)) == "0":
        return None
    said = reading.plain(f"{found['code']} {found.get('msg', '')}")
    if str(found["code"]) == TOO_OFTEN:
        return Fault("limited", f"asked too often ({said})", retry=True)
    return Fault("refused", f"refused the question ({said})")


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """The values of each row: of a finished candle, of a settlement, or of the moment of a statistic."""
    head, _, asset = payload.request.key.partition("/")

    def read(row: Any) -> Iterable[reading.Cell]:
        for measure, at, value in _values(head, row):
            yield (measure, asset, VENUE), at, value

    return reading.observations(payload, _rows(payload), read, GIVES)


def _rows(payload: Payload) -> list[Any]:
    """The rows of an answer. Raises ParseError for an error too: its list is empty, and would read as no data."""
    if refused := _refusal(payload.body):
        raise reading.misread(payload, refused.what)
    return reading.listed(payload, "data")


def _head(payload: Payload) -> str:
    return payload.request.key.partition("/")[0]


def _values(head: str, row: Any) -> Iterator[tuple[str, datetime, float]]:
    if head in CANDLES:
        yield from _candle(CANDLES[head], row)
    elif head == "funding":
        rate = reading.optional(row["realizedRate"])  # `fundingRate` was predicted
        if rate is not None:
            yield "funding", reading.milliseconds(row["fundingTime"]), rate
    else:
        yield STATISTICS[head][1], reading.milliseconds(row[0]), reading.number(row[1])


def _candle(places: Mapping[str, int], row: Any) -> Iterator[tuple[str, datetime, float]]:
    """The values of a candle that OKX calls final; a row that does not say so cannot be used."""
    if row[CONFIRM] not in ("0", "1"):
        raise ValueError("a candle that does not say whether it is final")
    for measure, place in places.items() if row[CONFIRM] == "1" else ():
        yield measure, reading.milliseconds(row[0]), reading.number(row[place])


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for."""
    return live.provided(settings, VENUE, GIVES)
