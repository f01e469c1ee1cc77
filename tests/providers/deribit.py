"""Deribit as documented: JSON-RPC, the newest rows of a long stretch, books that hold options about to expire."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from tests.providers import market
from tests.providers.server import Answer, Question, said

CURRENCIES = ("BTC", "ETH")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
RESOLUTIONS: Mapping[str, int] = {"1": 1, "60": 60, "3600": 3600, "43200": 43_200, "1D": market.DAY}
CANDLES, SETTLEMENTS = 1000, 744  # the most that one answer holds
WEEKS = (1, 2, 4, 8, 13, 26)  # until the expiries, beside the next morning's
STEPS = range(-6, 7)  # strikes, as steps around the price; each is a third of what the price may move until then
FIELDS = ("futures_volume", "calls_volume", "puts_volume", "spot_volume")


class Refused(Exception):
    """A question that Deribit refuses: which parameter, and why."""


def answer(question: Question) -> Answer:
    method = METHODS.get(question.path.removeprefix("/public/"))
    if method is None or not question.path.startswith("/public/"):
        return refused(-32601, "Method not found")
    try:
        result = method(question.query)
    except Refused as problem:
        param, reason = problem.args
        return refused(-32602, "Invalid params", {"reason": reason, "param": param})
    arrived = int(market.now() * 1e6)
    times = {"usIn": arrived, "usOut": arrived + 1200, "usDiff": 1200}
    return said({"jsonrpc": "2.0", "result": result, **times, "testnet": False})


def refused(code: int, message: str, data: object = None, status: int = 400) -> Answer:
    error = {"code": code, "message": message, **({"data": data} if data else {})}
    return said({"jsonrpc": "2.0", "error": error, "testnet": False}, status)


def number(query: Mapping[str, str], name: str) -> int:
    if not query.get(name, "").isdigit():
        raise Refused(name, "must be an integer")
    return int(query[name])


def choice(query: Mapping[str, str], name: str, known: object) -> str:
    if query.get(name) not in known:  # type: ignore[operator]
        raise Refused(name, "value required in enum list")
    return query[name]


# ---- series ----------------------------------------------------------------------------------------------------------


def get_volatility_index_data(query: Mapping[str, str]) -> object:
    """Candles in points, ascending, both ends included, the one in progress among them."""
    asset = choice(query, "currency", CURRENCIES)
    step = RESOLUTIONS[choice(query, "resolution", RESOLUTIONS)]
    first, last = (number(query, name) / 1000 for name in ("start_timestamp", "end_timestamp"))
    times = list(market.stamps(first, min(last, market.now()) + 0.001, step))
    page = times[-CANDLES:]
    data = [[at * 1000, *(round(value, 2) for value in candle(asset, at, step))] for at in page]
    return {"data": data, "continuation": times[-CANDLES - 1] * 1000 if len(times) > CANDLES else None}


def candle(asset: str, start: float, step: float) -> tuple[float, float, float, float]:
    values = [market.volatility(asset, start + step * part / 8) for part in range(9)]
    return values[0], max(values), min(values), values[-1]


def get_funding_rate_history(query: Mapping[str, str]) -> object:
    """Hourly rates, ascending, both ends included."""
    asset = choice(query, "instrument_name", [f"{each}-PERPETUAL" for each in CURRENCIES]).partition("-")[0]
    first, last = (number(query, name) / 1000 for name in ("start_timestamp", "end_timestamp"))
    times = list(market.stamps(first, min(last, market.now()) + 0.001, market.HOUR))
    return [settlement(asset, at) for at in times[-SETTLEMENTS:]]


def settlement(asset: str, at: int) -> dict[str, float]:
    return {
        "timestamp": at * 1000,
        "index_price": round(market.price(asset, at), 2),
        "prev_index_price": round(market.price(asset, at - market.HOUR), 2),
        "interest_1h": market.funding(asset, "deribit", at, 1),
        "interest_8h": sum(market.funding(asset, "deribit", at - hour * market.HOUR, 1) for hour in range(8)),
    }


def get_trade_volumes(query: Mapping[str, str]) -> object:
    """Coins; the seven and thirty days only where `extended` is true. USDC has no puts and calls of its own here."""
    spans = ("", "_7d", "_30d") if query.get("extended") == "true" else ("",)
    days = {"": 1, "_7d": 7, "_30d": 30}
    return [
        {"currency": name, "currency_pair": f"{name.lower()}_usd"}
        | {f"{field}{span}": round(traded(name, field) * days[span], 4) for field in FIELDS for span in spans}
        for name in (*CURRENCIES, "USDC")
    ]


def traded(name: str, field: str) -> float:
    """Coins a day."""
    usual = {"calls_volume": 0.3, "puts_volume": 0.2, "futures_volume": 0.25, "spot_volume": 0.0}[field]
    return market.COINS.get(name, 0.0) * 0.2 * usual * (1 + 0.3 * market.wave(market.now(), 6, name + field))


# ---- books -----------------------------------------------------------------------------------------------------------


def get_book_summary_by_currency(query: Mapping[str, str]) -> object:
    """What stands there now."""
    asset = choice(query, "currency", (*CURRENCIES, "USDC", "USDT", "EURR"))
    kind = choice(query, "kind", ("future", "option", "spot", "future_combo", "option_combo"))
    if asset not in CURRENCIES:
        return []
    return list({"option": options, "future": futures}.get(kind, lambda _: iter(()))(asset))


def expiries(now: float) -> list[datetime]:
    """The next morning, and Fridays after it, at 08:00."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    friday = day + timedelta(days=1 + (3 - day.weekday()) % 7)
    return [day, *(friday + timedelta(weeks=weeks - 1) for weeks in WEEKS)]


def named(at: datetime) -> str:
    return f"{at.day}{MONTHS[at.month - 1]}{at:%y}"


def forward(asset: str, expiry: datetime, now: float) -> float:
    """Six per cent a year above the index."""
    return market.price(asset, now) * math.exp(0.06 * (expiry.timestamp() - now) / market.DAY / 365)


def futures(asset: str) -> Iterator[dict[str, object]]:
    now = market.now()
    yield future(asset, f"{asset}-PERPETUAL", market.price(asset, now) * 1.0002, 1.0) | {
        "current_funding": 0.0,
        "funding_8h": market.funding(asset, "deribit", now),
    }
    for expiry in expiries(now):
        yield future(asset, f"{asset}-{named(expiry)}", forward(asset, expiry, now), 0.12)


def future(asset: str, name: str, mark: float, size: float) -> dict[str, object]:
    """Open interest in dollars, a multiple of ten; volume in coins, and in dollars."""
    now = market.now()
    dollars = market.price(asset, now) * market.open_interest_coins(asset, "deribit", now) * size
    coins = market.volume(asset, "deribit", now, perpetual=True) * size / mark
    return {
        **row(asset, name, now),
        "quote_currency": "USD",
        "mark_price": round(mark, 2),
        "estimated_delivery_price": round(market.price(asset, now), 2),
        "open_interest": round(dollars / 10) * 10,
        "volume": round(coins, 8),
        "volume_usd": round(coins * mark, 2),
        "volume_notional": round(coins * mark, 2),
    }


def options(asset: str) -> Iterator[dict[str, object]]:
    now = market.now()
    spot = market.price(asset, now)
    grid = 10 ** math.floor(math.log10(spot)) / 20
    for expiry in expiries(now):
        for strike in sorted({round(spot * math.exp(part * move(asset, expiry) / 3) / grid) * grid for part in STEPS}):
            for right in "CP":
                yield option(asset, expiry, strike, right)


def move(asset: str, expiry: datetime) -> float:
    """How far the price may go until then: one standard deviation, as a fraction."""
    years = (expiry.timestamp() - market.now()) / market.DAY / 365
    return market.volatility(asset, market.now()) / 100 * math.sqrt(years)


def option(asset: str, expiry: datetime, strike: float, right: str) -> dict[str, object]:
    """Open interest and volume in coins, the price in coins as well, volatility in points."""
    now = market.now()
    ahead, usual = forward(asset, expiry, now), move(asset, expiry)
    far = math.log(strike / ahead) / usual
    points = market.volatility(asset, now) * (1 - 0.03 * far + 0.02 * far * far)
    is_over = expiry.timestamp() - now < market.DAY and abs(far) > 1.5  # no volatility is known any more
    size = market.COINS[asset] * 0.01 * math.exp(-far * far) * (1.2 if right == "C" else 0.8)
    intrinsic = max(0.0, (ahead - strike if right == "C" else strike - ahead) / ahead)
    return {
        **row(asset, f"{asset}-{named(expiry)}-{strike:.0f}-{right}", now),
        "quote_currency": asset,
        "mark_iv": 0.0 if is_over else round(points, 2),
        "mark_price": round(intrinsic + 0.4 * usual * math.exp(-far * far), 6),
        "underlying_price": round(ahead, 4),
        "underlying_index": f"{asset}-{named(expiry)}",
        "estimated_delivery_price": round(market.price(asset, now), 2),
        "interest_rate": 0.0,
        "open_interest": round(size, 1),
        "volume": round(size * 0.05, 2),
        "volume_usd": round(size * 0.05 * ahead * 0.02, 2),
    }


def row(asset: str, name: str, now: float) -> dict[str, object]:
    """What all summaries have; nobody has traded, so that there is no last price."""
    nothing = dict.fromkeys(("ask_price", "bid_price", "mid_price", "high", "low", "last", "price_change"))
    return {"instrument_name": name, "base_currency": asset, "creation_timestamp": int(now * 1000), **nothing}


METHODS = {
    "get_book_summary_by_currency": get_book_summary_by_currency,
    "get_funding_rate_history": get_funding_rate_history,
    "get_trade_volumes": get_trade_volumes,
    "get_volatility_index_data": get_volatility_index_data,
}
