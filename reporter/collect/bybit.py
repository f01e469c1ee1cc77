"""Bybit: candles of spot and perpetuals, settled funding and daily statistics in; prices, turnover, rates, open
interest in coins and the ratio of accounts out.

API: bybit-exchange.github.io/docs/v5 (market), GET /v5/market/kline, funding/history, open-interest and account-ratio,
without a key. Terms: Bybit's own. Days and stamps are UTC, in milliseconds and as text; lists come newest first. A
candle is final at midnight, funding at its settlement; statistics appear minutes later. Limits: 600 questions in five
seconds and address. Addresses in the US and in mainland China get HTTP 403: that is final.

- An error comes under HTTP 200, with a `retCode` other than 0. HTTP 403 has two meanings: with the words "access too
  frequent" it is a ban of ten minutes, without them a block of the address. Neither is asked again in the same run.
- Funding refuses a `startTime` without an `endTime`: both are always sent. It is a fraction for one interval, eight
  hours unless a coin has another; 200 rows come at once and older ones follow by an earlier `endTime`.
- `openInterest` counts both sides. Only `singleOpenInterest` (since June 2026) is read; a row without it says nothing.
- A page of statistics names the next one with `nextPageCursor`, and does so on the last page too: pages are asked for
  until the start of the period is there. The cursor comes encoded for an address, and is decoded before it is sent.
- Turnover is the quote's (the seventh field of a candle), in USDT read as dollars; the sixth is in coins.
- A contract of many coins (1000PEPEUSDT, SHIB1000USDT) is turned into coins: `perp_close` is for one, open interest
  counts each.
- Liquidations are not collected: Bybit has a live feed of them and no history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, Address, Given, Live
from reporter.config import Ticker
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Observation, Payload, Period, Request, Week

LABEL, TERMS = "Bybit", "Bybit API terms of use"
VENUE = "bybit"
# Each kind of candle: the place of each measure in its row.
CANDLES: Mapping[str, Mapping[str, int]] = {
    "spot": {"price_open": 1, "price_high": 2, "price_low": 3, "price_close": 4, "spot_volume": 6},
    "perpetual": {"perp_close": 4, "perp_volume": 6},
}
GIVES = {
    **{measure: Given(DAY) for places in CANDLES.values() for measure in places},
    "funding": Given(timedelta(hours=8)),
    "open_interest_coins": Given(DAY),
    "long_short_ratio": Given(DAY),
}
MOST_CANDLES, SETTLEMENTS, ROWS, ACCOUNTS = 1000, 200, 200, 500  # the most that one answer holds
TOO_OFTEN, COMPLIANCE = ("10006", "10018"), "10024"
MULTIPLES = ("1000", "10000", "100000", "1000000")

Value = tuple[str, datetime, float]  # measure, moment, value


class Settings(Live):
    """`symbols` names perpetuals that are not the ticker with USDT behind it, `spot_symbols` such spot pairs."""

    base_url: Address = "https://api.bybit.com"
    pace_seconds: float = Field(default=0.1, ge=0, le=60)
    symbols: Mapping[Ticker, str] = Field(default_factory=dict)
    spot_symbols: Mapping[Ticker, str] = Field(default_factory=dict)


# ---- asking ----------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """For each asset five weeks of both candles, of funding, of open interest and of the ratio of accounts."""
    return [request for asset in settings.assets for request in _questions(live.span(week), settings, asset)]


def _questions(period: Period, settings: Settings, asset: str) -> Iterator[Request]:
    spot = {"category": "spot", "symbol": settings.spot_symbols.get(asset, f"{asset}USDT")}
    perpetual = {"category": "linear", "symbol": settings.symbols.get(asset, f"{asset}USDT")}
    start, end = live.milliseconds(period.start), live.milliseconds(period.end)  # Bybit includes both
    days = {"interval": "D", "start": start, "end": end - 1, "limit": MOST_CANDLES}
    settled = {"startTime": start, "endTime": end - 1, "limit": SETTLEMENTS}
    instants = {"startTime": start, "endTime": end}  # an instant may stand at the very end
    for key, path, params in (
        ("spot", "kline", {**spot, **days}),
        ("perpetual", "kline", {**perpetual, **days}),
        ("funding", "funding/history", {**perpetual, **settled}),
        ("open_interest", "open-interest", {**perpetual, "intervalTime": "1d", **instants, "limit": ROWS}),
        ("accounts", "account-ratio", {**perpetual, "period": "1d", **instants, "limit": ACCOUNTS}),
    ):
        yield live.ask(settings, f"{key}/{asset}", f"/v5/market/{path}", params, period)


def more(payload: Payload, settings: Settings) -> Request | None:
    """The next older page, until the start of the period is there; candles fit into one answer."""
    request, head = payload.request, _head(payload)
    oldest = None if head in CANDLES else _oldest(payload)
    if oldest is None or request.period is None or oldest <= request.period.start:
        return None
    turned = _before(request, oldest) if head == "funding" else _next_cursor(payload)
    return replace(request, params={**request.params, **turned}) if turned else None


def _before(request: Request, oldest: datetime) -> dict[str, str]:
    """The end of the next page; nothing where the answer stood after the end that was asked for."""
    end = live.milliseconds(oldest) - 1
    return {"endTime": str(end)} if end < int(request.params["endTime"]) else {}


def _next_cursor(payload: Payload) -> dict[str, str]:
    """The cursor of the next page; nothing where there is none, or the one of this page again."""
    cursor = reading.inside(payload, reading.document(payload), "result").get("nextPageCursor")
    found = unquote(cursor) if isinstance(cursor, str) else ""
    return {"cursor": found} if found and found != payload.request.params.get("cursor") else {}


def _oldest(payload: Payload) -> datetime | None:
    """The earliest moment in an answer; None where it has no row with one."""
    stamp = "fundingRateTimestamp" if _head(payload) == "funding" else "timestamp"
    try:
        return min(_moments(_rows(payload), stamp), default=None)
    except ParseError:
        return None  # `parse` says so


def _moments(rows: Iterable[Any], stamp: str) -> Iterator[datetime]:
    for row in rows:
        try:
            yield reading.milliseconds(row[stamp])
        except (KeyError, TypeError, ValueError):
            continue  # `parse` names the row


def fault(status: int, body: bytes) -> Fault | None:
    """Why an answer holds no data: by its HTTP status, or by its own envelope under HTTP 200."""
    if status == 403 and b"too frequent" in body[:2000].lower():
        return Fault("limited", "asked too often, refuses this address for ten minutes (HTTP 403)")
    return reading.http_fault(status, body) or _refusal(body)


def _refusal(body: bytes) -> Fault | None:
    """What an envelope such as {"retCode": 10001, "retMsg": "params error"} says; None for success."""
    found = reading.envelope(body)
    if str(found.get("retCode", 0)) == "0":
        return None
    code, said = str(found["retCode"]), reading.plain(f"{found['retCode']} {found.get('retMsg', '')}")
    if code in TOO_OFTEN:
        return Fault("limited", f"asked too often ({said})", retry=True)
    if code == COMPLIANCE:
        return Fault("blocked", f"blocked by rules of compliance ({said})")
    return Fault("refused", f"refused the question ({said})")


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """The values of each row: of a finished day, of a settlement, or of the moment of a statistic."""
    head, asset = _head(payload), payload.request.key.partition("/")[2]
    coins = _coins_each(payload.request.params.get("symbol", ""), asset)
    scale = {"perp_close": 1 / coins, "open_interest_coins": coins}

    def read(row: Any) -> Iterable[reading.Cell]:
        for measure, at, value in _values(head, row):
            yield (measure, asset, VENUE), at, value * scale.get(measure, 1.0)

    return reading.observations(payload, _rows(payload), read, GIVES)


def _rows(payload: Payload) -> list[Any]:
    return reading.listed(payload, "result", "list")


def _head(payload: Payload) -> str:
    return payload.request.key.partition("/")[0]


def _coins_each(symbol: str, asset: str) -> float:
    """How many coins a contract's unit stands for: 1000 for 1000PEPEUSDT and for SHIB1000USDT."""
    rest = symbol.removesuffix("USDT").replace(asset, "", 1)
    return float(rest) if rest in MULTIPLES else 1.0


def _values(head: str, row: Any) -> Iterator[Value]:
    if head in CANDLES:
        at = reading.milliseconds(row[0])
        for measure, place in CANDLES[head].items():
            yield measure, at, reading.number(row[place])
    elif head == "funding":
        yield "funding", reading.milliseconds(row["fundingRateTimestamp"]), reading.number(row["fundingRate"])
    elif head == "open_interest":
        coins = reading.optional(row.get("singleOpenInterest"))  # never `openInterest`: both sides
        if coins is not None:
            yield "open_interest_coins", reading.milliseconds(row["timestamp"]), coins
    else:
        at, longs, shorts = reading.milliseconds(row["timestamp"]), row["buyRatio"], row["sellRatio"]
        yield "long_short_ratio", at, _ratio(reading.number(longs), reading.number(shorts))


def _ratio(longs: float, shorts: float) -> float:
    """Accounts long over accounts short. Raises ValueError where nobody is short: there is no such ratio."""
    if shorts <= 0:
        raise ValueError(f"{shorts:g} cannot be: the share of accounts that are short")
    return longs / shorts


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for."""
    return live.provided(settings, VENUE, GIVES)
