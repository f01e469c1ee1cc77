"""Binance USD-M futures: candles, settled funding and statistics in; turnover, prices, rates, open interest,
ratios and basis out.

API: developers.binance.com (derivatives, USDS-margined futures), GET /fapi/v1/klines, /fapi/v1/fundingRate and
/futures/data/..., without a key. Terms: Binance's own. Days and stamps are UTC. A candle is final at midnight, funding
at its settlement; statistics appear minutes later. Some addresses, those of US machines among them, get HTTP 451: that
is final. Limits: 2,400 weight a minute and address, 500 questions in five minutes for funding, 1,000 for statistics.

- /futures/data keeps 30 days: three weeks are asked, so that a run late in the week still reaches their start. Its
  stamps have been text and are whole numbers since 2026: both are read.
- Funding is a fraction for one interval, eight hours unless a coin has another. `fundingTime` is some milliseconds
  late: it is cut to the second.
- Turnover is the quote's (the eighth field of a candle), in USDT read as dollars; the sixth is in coins.
- Open interest is single-sided, given in coins and in USDT. It is asked for by the hour, over the 20 days whose hours
  one answer holds; the other statistics by the day. Prices of the perpetual come by the day and, for eight days, by
  the hour.
- A contract of many coins (1000PEPEUSDT) is turned into coins: `perp_close` is for one, open interest counts each.
- The taker ratio stands at the start of its day; that Binance means the start is not documented.
- The basis is `futuresPrice` over `indexPrice`, less one. `basisRate` says the same with four decimals, good to 0.06
  points of annual rate a month before the expiry: where it is further off than its last digit, the row is left out.
  `annualizedBasisRate` is not used: Binance does not say how it counts.
- Liquidations are not collected: Binance keeps no history of them. Its live feed (forceOrder) shows one order a second
  and contract, and the archive's files were withdrawn.
"""

from __future__ import annotations

from calendar import FRIDAY, monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import DAY, HOUR, LOOK_BACK, Address, Given, Live
from reporter.config import Ticker
from reporter.model import Fault, Flaw, Observation, Payload, Period, Request, Week

LABEL, TERMS = "Binance USD-M futures", "Binance API terms of use"
VENUE = "binance"
BASIS = "basis_quarter_apr"
# Each of the statistics: the path below /futures/data, and the field of each measure.
STATISTICS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "open_interest": (
        "openInterestHist",
        {"open_interest": "sumOpenInterestValue", "open_interest_coins": "sumOpenInterest"},
    ),
    "accounts": ("globalLongShortAccountRatio", {"long_short_ratio": "longShortRatio"}),
    "top_accounts": ("topLongShortAccountRatio", {"top_account_ratio": "longShortRatio"}),
    "top_positions": ("topLongShortPositionRatio", {"top_position_ratio": "longShortRatio"}),
    "takers": ("takerlongshortRatio", {"perp_taker_ratio": "buySellRatio"}),
}
HOURLY = "open_interest"  # the statistic that is asked for by the hour
# Each kind of candle: its length as Binance names it, how far back it is asked for, the place of each measure in a row.
CANDLES: Mapping[str, tuple[str, timedelta, Mapping[str, int]]] = {
    "candles": ("1d", LOOK_BACK, {"perp_volume": 7, "perp_close": 4}),
    "hours": ("1h", timedelta(days=8), {"perp_close_hourly": 4}),
}
GIVES = {
    "perp_volume": Given(DAY),
    "perp_close": Given(DAY),
    "perp_close_hourly": Given(HOUR),
    "funding": Given(timedelta(hours=8)),
    **{name: Given(HOUR if key == HOURLY else DAY) for key, (_, fields) in STATISTICS.items() for name in fields},
    BASIS: Given(DAY),
}
REACH, BACK = timedelta(days=30), timedelta(days=21)
BACK_BY_HOUR = timedelta(days=20)  # 481 rows; 21 days would not go into one answer
MOST_CANDLES, SETTLEMENTS, ROWS = 1500, 1000, 500  # the most that one answer holds
NEAREST_EXPIRY = 7  # days: a basis closer to its expiry explodes when it is annualised
LAST_DIGIT = 1e-4  # of `basisRate`, which may be rounded or cut off
TOO_OFTEN = (-1003, -1015)

Value = tuple[str, datetime, float]  # measure, moment, value


class Settings(Live):
    """`symbols` names contracts that are not the ticker with USDT behind it; `quarterlies` the assets that have
    quarterly futures too."""

    base_url: Address = "https://fapi.binance.com"
    pace_seconds: float = Field(default=0.3, ge=0, le=60)
    symbols: Mapping[Ticker, str] = Field(default_factory=dict)
    quarterlies: tuple[Ticker, ...] = ("BTC", "ETH")


# ---- asking ----------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """For each asset five weeks of candles and of funding, eight days of candles by the hour, three weeks of each
    statistic."""
    return [request for asset in settings.assets for request in _questions(week, settings, asset)]


def _questions(week: Week, settings: Settings, asset: str) -> Iterator[Request]:
    symbol = settings.symbols.get(asset, f"{asset}USDT")
    for key, (interval, back, _) in CANDLES.items():
        period = live.span(week, back)
        candles = {"symbol": symbol, "interval": interval, "limit": MOST_CANDLES, **_times(period)}
        yield live.ask(settings, f"{key}/{asset}", "/fapi/v1/klines", candles, period)
    settlements = {"symbol": symbol, "limit": SETTLEMENTS, **_times(live.span(week))}
    yield live.ask(settings, f"funding/{asset}", "/fapi/v1/fundingRate", settlements, live.span(week))
    for key, (path, _) in STATISTICS.items():
        yield _statistic(week, settings, f"{key}/{asset}", path, {"symbol": symbol})
    if asset in settings.quarterlies:
        quarter = {"pair": symbol, "contractType": "CURRENT_QUARTER"}
        yield _statistic(week, settings, f"basis/{asset}", "basis", quarter)


def _statistic(week: Week, settings: Settings, key: str, path: str, about: Mapping[str, str]) -> Request:
    """A question of what Binance keeps for thirty days: by the day, or by the hour as far as one answer goes."""
    by_hour = key.startswith(f"{HOURLY}/")
    period = live.span(week, BACK_BY_HOUR if by_hour else BACK)
    params = {**about, "period": "1h" if by_hour else "1d", "limit": ROWS, **_times(period, instants=True)}
    return replace(live.ask(settings, key, f"/futures/data/{path}", params, period), reach=REACH)


def _times(period: Period, instants: bool = False) -> dict[str, int]:
    """Both ends, which Binance includes: an instant may stand at the period's very end, an interval may not."""
    last = live.milliseconds(period.end) - (0 if instants else 1)
    return {"startTime": live.milliseconds(period.start), "endTime": last}


def fault(status: int, body: bytes) -> Fault | None:
    """Binance answers errors with their HTTP status; its error envelope under another one is an error too."""
    return reading.http_fault(status, body) or _refusal(body)


def _refusal(body: bytes) -> Fault | None:
    """What an envelope such as {"code": -1121, "msg": "Invalid symbol."} says; rows are a list and no envelope."""
    found = reading.envelope(body) if body.lstrip()[:1] == b"{" else {}
    if not {"code", "msg"} <= found.keys():
        return None
    if found["code"] in TOO_OFTEN:
        return Fault("limited", "asked too often", retry=True)
    return Fault("refused", f"refused the question: {reading.plain(str(found['msg']))}")


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """The values of each row: of a finished candle, of a settlement, or of the moment of a statistic."""
    head, _, asset = payload.request.key.partition("/")
    coins = _coins_each(payload.request.params.get("symbol", ""), asset)
    scale = {"perp_close": 1 / coins, "perp_close_hourly": 1 / coins, "open_interest_coins": coins}

    def read(row: Any) -> Iterable[reading.Cell]:
        for measure, at, value in _values(head, row):
            yield (measure, asset, VENUE), at, value * scale.get(measure, 1.0)

    return reading.observations(payload, reading.listed(payload), read, GIVES)


def _coins_each(symbol: str, asset: str) -> float:
    """How many coins a contract's unit stands for: 1000 for 1000PEPEUSDT, a million for 1MBABYDOGEUSDT."""
    multiple = symbol.partition(asset)[0]
    return {"1000": 1e3, "10000": 1e4, "1000000": 1e6, "1M": 1e6}.get(multiple, 1.0)


def _values(head: str, row: Any) -> Iterator[Value]:
    if head in CANDLES:
        for measure, place in CANDLES[head][2].items():
            yield measure, reading.milliseconds(row[0]), reading.number(row[place])
    elif head == "funding":
        yield from _filled("funding", reading.milliseconds(row["fundingTime"]), row["fundingRate"])
    elif head == "basis":
        yield from _annualised(reading.milliseconds(row["timestamp"]), _basis(row))
    else:
        at = reading.milliseconds(row["timestamp"])
        for measure, field in STATISTICS[head][1].items():
            yield from _filled(measure, at, row[field])


def _filled(measure: str, at: datetime, cell: object) -> Iterator[Value]:
    """The cell's value; nothing where it is blank."""
    value = reading.optional(cell)
    if value is not None:
        yield measure, at, value


def _basis(row: Mapping[str, object]) -> float | None:
    """The future over the index, less one; None where a cell is blank. Raises ValueError where the rate that stands
    beside the prices is another one."""
    cells = [reading.optional(row[name]) for name in ("futuresPrice", "indexPrice", "basisRate")]
    future, index, rate = cells
    if future is None or index is None or rate is None:
        return None
    if min(future, index) <= 0:
        raise ValueError(f"a future at {future:g} over an index at {index:g}")
    if abs(future / index - 1 - rate) > LAST_DIGIT * (1 + 1e-6):
        raise ValueError(f"prices make a basis of {future / index - 1:.6f} where {rate:g} is given")
    return future / index - 1


def _annualised(at: datetime, rate: float | None) -> Iterator[Value]:
    """The basis as a simple annual rate to the expiry; nothing in the last seven days before it."""
    days = (quarterly_expiry(at) - at) / DAY
    if rate is not None and days >= NEAREST_EXPIRY:
        yield BASIS, at, rate * 365 / days


def quarterly_expiry(at: datetime) -> datetime:
    """When the current quarterly future expires: the next last Friday of March, June, September or December, 08:00."""
    friday = (_last_friday(year, month) for year in (at.year, at.year + 1) for month in (3, 6, 9, 12))
    return next(expiry for expiry in friday if expiry > at)


def _last_friday(year: int, month: int) -> datetime:
    last = datetime(year, month, monthrange(year, month)[1], 8, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() - FRIDAY) % 7)


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for; the basis of assets that have quarterly futures."""
    yield from live.provided(settings, VENUE, (measure for measure in GIVES if measure != BASIS))
    for asset in settings.assets:
        if asset in settings.quarterlies:
            yield f"{BASIS}/{asset}/{VENUE}/{settings.name}"
