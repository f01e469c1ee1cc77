"""CoinGecko: daily charts of coins and a list of derivatives in; prices, market capitalisations, open interest out.

API: docs.coingecko.com, GET /coins/{id}/market_chart and /derivatives, without a key or with a free one. Terms:
CoinGecko's own; they ask for attribution ("Data provided by CoinGecko"). Stamps are UTC; a day is final at 00:35 of the
next. Limits: without a key they are shared by address and unpredictable, about one question in 2.5 seconds.

- Over 90 days a chart has one point a day, at midnight, and a last one for this moment. A point at midnight is the last
  price of the day before; points at other times are passed over.
- `total_volumes` are rolling 24 hours at each point, of every pair that CoinGecko counts: they are not used.
- A market capitalisation of zero means that the supply is not known.
- Stamps are in milliseconds in charts and in seconds among derivatives. Open interest there is in dollars, as venues
  report it, for this moment only; one that is not reported is null. Markets without a trade for a day are passed over.
- The key goes in a header of its plan. A key at the other plan's address is refused (10010, 10011).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, Address, Given, Live
from reporter.config import Ticker
from reporter.model import Fault, FaultKind, Flaw, Kind, Observation, Payload, Request, Week

LABEL, TERMS = "CoinGecko", "Data provided by CoinGecko (www.coingecko.com), API terms of service"
VENUE = "coingecko"
FINAL = timedelta(minutes=35)  # after midnight
CHARTS = {"price_close": "prices", "market_cap": "market_caps"}
GIVES = {
    **{measure: Given(DAY, FINAL) for measure in CHARTS},
    "open_interest": Given(DAY, kind=Kind.SNAPSHOT),
}
DAYS = 92  # from 91 on a chart has one point a day
NOW = timedelta(days=9)  # what stands there only now is asked for the latest week alone
MIDNIGHT = timedelta(minutes=5)  # a point so soon after midnight is that of midnight
COINS: Mapping[str, str] = {
    "BTC": "bitcoin",
    "ETH": "ethereum",
    "SOL": "solana",
    "XRP": "ripple",
    "BNB": "binancecoin",
    "DOGE": "dogecoin",
    "ADA": "cardano",
    "TRX": "tron",
    "LINK": "chainlink",
    "AVAX": "avalanche-2",
    "SUI": "sui",
    "LTC": "litecoin",
    "BCH": "bitcoin-cash",
    "DOT": "polkadot",
    "TON": "the-open-network",
    "HYPE": "hyperliquid",
}
VENUES: Mapping[str, str] = {"gate.io": "gate", "huobi": "htx", "okex": "okx"}  # as the other sources call them
KIND = re.compile(r"\s*(?:\([^()]*\)|\b(?:futures|derivatives|perpetuals?|swaps?))\s*$", re.IGNORECASE)
LONGEST = 60
KEY = "COINGECKO_API_KEY"
HEADERS: Mapping[str, str] = {"demo": "x-cg-demo-api-key", "pro": "x-cg-pro-api-key"}
ERRORS: Mapping[int, tuple[FaultKind, str, bool]] = {
    429: ("limited", "asked too often", True),
    10002: ("key", "asked for a key", False),
    10005: ("plan", "not in the plan of the key", False),
    10010: ("key", "refused the key: one of the paid plans belongs to pro-api.coingecko.com", False),
    10011: ("key", "refused the key: one of the demo plan belongs to api.coingecko.com", False),
    10012: ("plan", "the plan of the key does not reach so far back", False),
}


def _coin(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,80}", value):
        raise ValueError("expected what CoinGecko calls the coin, as in bitcoin: the end of its page's address")
    return value


Coin = Annotated[str, AfterValidator(_coin)]


class Settings(Live):
    """`ids` names coins that are not in COINS, as CoinGecko calls them; an asset without one is not asked for. With
    `key: demo` the key in COINGECKO_API_KEY is sent; with `key: pro` too, and `base_url` must be that of the plan."""

    base_url: Address = "https://api.coingecko.com/api/v3"
    pace_seconds: float = Field(default=2.5, ge=0, le=60)
    ids: Mapping[Ticker, Coin] = Field(default_factory=dict)
    key: Literal["demo", "pro"] | None = None


# ---- asking ----------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """A chart for each asset, and the list of derivatives."""
    found = [
        replace(
            live.ask(
                settings,
                f"chart/{asset}",
                f"/coins/{coin}/market_chart",
                {"vs_currency": "usd", "days": DAYS},
                live.span(week),
            ),
            reach=timedelta(days=DAYS),
        )
        for asset, coin in _coins(settings).items()
    ]
    found.append(replace(live.ask(settings, "derivatives", "/derivatives", {}), reach=NOW))
    secrets = {HEADERS[settings.key]: KEY} if settings.key else {}
    return [replace(one, secrets=secrets) for one in found]


def _coins(settings: Settings) -> Mapping[str, str]:
    """What CoinGecko calls each asset."""
    known = {**COINS, **settings.ids}
    return {asset: known[asset] for asset in settings.assets if asset in known}


# ---- errors ----------------------------------------------------------------------------------------------------------


def fault(status: int, body: bytes) -> Fault | None:
    """CoinGecko's own error first where it says more than the HTTP status."""
    code = _code(body)
    if code is not None and code in ERRORS:
        kind, what, retry = ERRORS[code]
        return Fault(kind, f"{what} ({code})", retry)
    found = reading.http_fault(status, body)
    return found or (Fault("refused", f"refused the question ({code})") if code is not None else None)


def _code(body: bytes) -> int | None:
    """The code of an error, which stands in `status` or in `error.status`; None where there is none."""
    if b'"error' not in body:
        return None
    try:
        found = json.loads(body)
        found = found.get("error", found) if isinstance(found.get("error"), dict) else found
        return int(found["status"]["error_code"]) or None
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        return None


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """Prices and capitalisations of a chart; the open interest of each venue of the list."""
    kind, _, asset = payload.request.key.partition("/")
    return _chart(payload, asset) if kind == "chart" else _list(payload, settings)


def _chart(payload: Payload, asset: str) -> Iterator[Observation | Flaw]:
    """The last price of each day, and the capitalisation at each midnight."""
    lists = {measure: reading.listed(payload, name) for measure, name in CHARTS.items()}
    for measure, rows in lists.items():
        yield from reading.observations(payload, rows, partial(_point, payload, (measure, asset, VENUE)), GIVES)


def _point(payload: Payload, place: reading.Place, row: Any) -> Iterator[reading.Cell]:
    """The value of a point at midnight that is final."""
    at = reading.milliseconds(row[0])
    midnight = at.replace(hour=0, minute=0, second=0)
    value = reading.optional(row[1])
    if value is None or at - midnight > MIDNIGHT or payload.fetched_at < midnight + FINAL:
        return
    if place[0] == "price_close":
        yield place, midnight - DAY, value
    elif value:
        yield place, midnight, value


def _list(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """The open interest of each venue in the perpetuals of each asset.

    A total without one of its parts is none: a venue with a market that cannot be read is left out for that asset.
    """
    sums: dict[tuple[str, str], float] = {}
    broken: set[tuple[str, str]] = set()
    for index, row in enumerate(reading.listed(payload), 1):
        place: tuple[str, str] | None = None
        try:
            if row["contract_type"] != "perpetual" or row["index_id"] not in settings.assets:
                continue
            place = (row["index_id"], _venue(row["market"]))
            size = _size(payload, row)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as problem:
            broken |= {place} if place else set()
            yield reading.flaw(payload, index, problem)
            continue
        if size is not None:
            sums[place] = sums.get(place, 0.0) + size

    def read(cell: tuple[str, str, float]) -> Iterable[reading.Cell]:
        asset, venue, total = cell
        yield ("open_interest", asset, venue), payload.fetched_at, total

    whole = [(*place, total) for place, total in sums.items() if total and place not in broken]
    yield from reading.observations(payload, whole, read, GIVES)


def _size(payload: Payload, row: Any) -> float | None:
    """Open interest in dollars; None where it is not reported, or where nobody has traded for a day."""
    traded = reading.optional(row["last_traded_at"])
    if traded is None or payload.fetched_at - reading.seconds(traded) > DAY:
        return None
    size = reading.optional(row["open_interest"])
    if size is not None and size < 0:
        raise ValueError(f"{size:g} cannot be: open interest is never negative")
    return size


def _venue(market: str) -> str:
    """`binance` for 'Binance (Futures)'. Raises ValueError for a name that has nothing in it to be called by."""
    name = KIND.sub("", market[:LONGEST].strip()).lower()
    name = re.sub(r"[^a-z0-9.+]+", "-", VENUES.get(name, name)).strip("-.+")
    if not name:
        raise ValueError(f"{reading.plain(market)!r} is no name of a market")
    return name


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for; which venues the list holds is not known before it is read."""
    return live.provided(settings.model_copy(update={"assets": tuple(_coins(settings))}), VENUE, CHARTS)
