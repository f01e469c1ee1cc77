"""Hyperliquid: hourly funding and the list of its perpetuals in; rates and, for the moment of asking, open interest
out.

API: hyperliquid.gitbook.io/hyperliquid-docs (info endpoint), POST /info, without a key. Terms: Hyperliquid's own.
Stamps are UTC, in milliseconds; rows come oldest first. Funding is final when it is settled, each hour. Limits: 1,200
weight a minute and address; five weeks of funding weigh about 80, the list 20.

- Funding is a fraction for one hour (for eight in 2023). `time` is some milliseconds late: it is cut to the second.
  `premium` is not read: rows may come without it.
- A page holds 500 rows, by what others found; five weeks are 840. The next page is asked from behind the last row until
  the end of the period is there, whatever a page holds.
- `metaAndAssetCtxs` names the coins in one list and has their values in another, matched by their places only: lists
  of different length are not read at all. Coins that are no longer listed stand among them and are left out.
- Open interest is in coins; in dollars it is that times the mark price. No history is kept: it is known for the moment
  of asking. Whether it counts one side or both is not documented, so it is no number to compare with other venues'.
- A coin with a small k before it (kPEPE) is a thousand coins: open interest counts each.
- There is no public list of liquidations. Markets that others list there (`dex`) are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, HOUR, Address, Given, Live
from reporter.config import Ticker
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Kind, Observation, Payload, Period, Request, Week

LABEL, TERMS = "Hyperliquid", "Hyperliquid API terms of use"
VENUE = "hyperliquid"
MARKETS = "markets"
GIVES = {
    "funding": Given(HOUR),
    "open_interest": Given(DAY, kind=Kind.SNAPSHOT),
    "open_interest_coins": Given(DAY, kind=Kind.SNAPSHOT),
}
REACH_NOW = timedelta(days=9)  # the list is of now: it is asked for in the latest week alone


class Settings(Live):
    """`symbols` names coins that are not called by their ticker there, such as kPEPE for PEPE."""

    base_url: Address = "https://api.hyperliquid.xyz"
    pace_seconds: float = Field(default=1.0, ge=0, le=60)
    symbols: Mapping[Ticker, str] = Field(default_factory=dict)


# ---- asking ----------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """Five weeks of funding for each asset, and once the list of all perpetuals."""
    funding = [_funding(settings, asset, live.span(week)) for asset in settings.assets]
    markets = live.ask(settings, MARKETS, "/info", {})
    return [*funding, replace(markets, method="POST", json={"type": "metaAndAssetCtxs"}, reach=REACH_NOW)]


def _funding(settings: Settings, asset: str, period: Period) -> Request:
    asked = live.ask(settings, f"funding/{asset}", "/info", {}, period)
    times = {"startTime": live.milliseconds(period.start), "endTime": live.milliseconds(period.end) - 1}
    coin = settings.symbols.get(asset, asset)
    return replace(asked, method="POST", json={"type": "fundingHistory", "coin": coin, **times})


def more(payload: Payload, settings: Settings) -> Request | None:
    """The next page of funding: from behind the last row, until the last hour of the period is there."""
    request = payload.request
    if request.period is None or not isinstance(request.json, dict):
        return None
    last = _last(payload)
    ends = min(request.period.end, payload.fetched_at) - HOUR
    if last is None or last < request.json["startTime"] or last >= live.milliseconds(ends):
        return None
    return replace(request, json={**request.json, "startTime": last + 1})


def _last(payload: Payload) -> int | None:
    """The latest stamp in an answer, in milliseconds; None where it has no row with one."""
    try:
        return max(_stamps(reading.listed(payload)), default=None)
    except ParseError:
        return None  # `parse` says so


def _stamps(rows: Iterable[Any]) -> Iterator[int]:
    for row in rows:
        try:
            yield int(reading.number(row["time"]))
        except (KeyError, TypeError, ValueError):
            continue  # `parse` names the row


def fault(status: int, body: bytes) -> Fault | None:
    """Hyperliquid answers errors with their HTTP status."""
    return reading.http_fault(status, body)


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """The rate of each hour, or each asset's open interest when it was asked for."""
    head, _, asset = payload.request.key.partition("/")
    if head == MARKETS:
        return _parse_markets(payload, settings)

    def read(row: Any) -> Iterable[reading.Cell]:
        yield ("funding", asset, VENUE), reading.milliseconds(row["time"]), reading.number(row["fundingRate"])

    return reading.observations(payload, reading.listed(payload), read, GIVES)


def _parse_markets(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """Open interest of the assets in coins, and in dollars where a mark price stands beside it."""
    wanted = {settings.symbols.get(asset, asset): asset for asset in settings.assets}
    at = payload.fetched_at.replace(microsecond=0)

    def read(row: Any) -> Iterable[reading.Cell]:
        coin, values = row
        name = coin["name"]
        if name not in wanted or coin.get("isDelisted"):
            return
        size, mark = reading.optional(values["openInterest"]), reading.optional(values["markPx"])
        if size is not None:
            yield ("open_interest_coins", wanted[name], VENUE), at, size * _coins_each(name, wanted[name])
        if size is not None and mark is not None:
            yield ("open_interest", wanted[name], VENUE), at, size * mark

    return reading.observations(payload, _markets(payload), read, GIVES)


def _markets(payload: Payload) -> list[tuple[Any, Any]]:
    """Each coin with its values, by their places. Raises ParseError where the two lists do not fit."""
    coins, values = reading.listed(payload, 0, "universe"), reading.listed(payload, 1)
    if len(coins) != len(values):
        raise reading.misread(payload, f"{len(coins)} coins and values for {len(values)}")
    return list(zip(coins, values, strict=True))


def _coins_each(name: str, asset: str) -> float:
    """How many coins the unit of a market stands for: a thousand for kPEPE."""
    return 1000.0 if name == f"k{asset}" else 1.0


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for."""
    return live.provided(settings, VENUE, GIVES)
