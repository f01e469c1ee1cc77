"""Coinalyze as documented: daily bars of several markets, ascending, in seconds, the day in progress among them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.providers import market
from tests.providers.server import Answer, Question, said

SUFFIXES = {"USDT_PERP.A": "binance", "USDT.6": "bybit", "USDT_PERP.3": "okx"}
MOST_SYMBOLS = 20


def answer(question: Question) -> Answer:
    query = question.query
    if not question.headers.get("api_key") and not query.get("api_key"):
        return said({"message": "Invalid/Missing API key"}, 401)
    bars = {"/liquidation-history": liquidations, "/open-interest-history": open_interest}.get(question.path)
    if bars is None:
        return said({"message": "Not found"}, 404)
    symbols = query.get("symbols", "").split(",")
    if wrong := _wrong(query, symbols):
        return said({"message": wrong}, 400)
    first, last = int(query["from"]), int(query["to"])
    times = list(market.stamps(first, min(last + 1, market.now()), market.DAY))
    dollars = query.get("convert_to_usd") == "true"
    found = [(symbol, *known) for symbol in symbols if (known := _market(symbol))]
    return said([{"symbol": s, "history": [bars(a, v, at, dollars) for at in times]} for s, a, v in found])


def _wrong(query: Mapping[str, str], symbols: list[str]) -> str:
    if not 0 < len(symbols) <= MOST_SYMBOLS or not symbols[0]:
        return "symbols: 1 to 20 are allowed"
    if query.get("interval") != "daily":
        return "interval is not supported here"
    return "" if query.get("from", "").isdigit() and query.get("to", "").isdigit() else "from and to are required"


def _market(symbol: str) -> tuple[str, str] | None:
    """The asset and venue; a symbol that Coinalyze does not have is left out of the answer, without an error."""
    for suffix, venue in SUFFIXES.items():
        if symbol.endswith(suffix) and symbol.removesuffix(suffix) in market.BASE:
            return symbol.removesuffix(suffix), venue
    return None


def liquidations(asset: str, venue: str, at: int, dollars: bool) -> dict[str, float]:
    over = 1.0 if dollars else market.price(asset, at)
    length = min(market.DAY, market.now() - at)
    long, short = market.liquidations(asset, venue, at, length)
    return {"t": at, "l": long / over, "s": short / over}


def open_interest(asset: str, venue: str, at: int, dollars: bool) -> dict[str, float]:
    times = [at + market.HOUR * hour for hour in range(25)]
    held = [market.open_interest_coins(asset, venue, t) * (market.price(asset, t) if dollars else 1) for t in times]
    return {"t": at, "o": held[0], "h": max(held), "l": min(held), "c": held[-1]}
