"""CoinGecko as documented: charts at a grain that follows from the days asked for, and all derivatives in one list."""

from __future__ import annotations

from collections.abc import Iterator

from tests.providers import market
from tests.providers.server import Answer, Question, said

COINS = {"bitcoin": "BTC", "ethereum": "ETH", "solana": "SOL"}
SUPPLY = {"BTC": 19_900_000.0, "ETH": 120_500_000.0, "SOL": 540_000_000.0}
MARKETS = {  # how CoinGecko calls each venue
    "binance": "Binance (Futures)",
    "bybit": "Bybit (Futures)",
    "okx": "OKX (Futures)",
    "deribit": "Deribit",
    "hyperliquid": "Hyperliquid (Futures)",
    "gate": "Gate (Futures)",
    "bitget": "Bitget Futures",
    "kraken": "Kraken (Futures)",
}
LATE = 41  # seconds after the full hour, for a point of an hourly chart


def answer(question: Question) -> Answer:
    if "x-cg-pro-api-key" in question.headers:
        return refused(10010, "If you are using Pro API key, please change your root URL to pro-api.coingecko.com")
    parts = question.path.strip("/").split("/")
    if parts == ["derivatives"]:
        return said(list(derivatives()))
    if len(parts) == 3 and parts[0] == "coins" and parts[2] == "market_chart":
        return chart(parts[1], question)
    return said({"error": "Incorrect path. Please check https://www.coingecko.com/api/"}, 404)


def refused(code: int, message: str, status: int = 400) -> Answer:
    return said({"status": {"error_code": code, "error_message": message}}, status)


# ---- charts ----------------------------------------------------------------------------------------------------------


def chart(coin: str, question: Question) -> Answer:
    asset, query = COINS.get(coin), question.query
    if asset is None:
        return said({"error": "coin not found"}, 404)
    if query.get("vs_currency") != "usd":
        return said({"error": "invalid vs_currency"}, 422)
    if not query.get("days", "").isdigit():
        return said({"error": "Missing parameter days"}, 422)
    if int(query["days"]) > 365:
        status = {"error_code": 10012, "error_message": "Your request exceeds the allowed time range."}
        return said({"error": {"status": status}}, 401)
    times = list(moments(int(query["days"])))
    return said(
        {
            "prices": [[round(at * 1000), market.price(asset, at)] for at in times],
            "market_caps": [[round(at * 1000), market.price(asset, at) * SUPPLY[asset]] for at in times],
            "total_volumes": [[round(at * 1000), market.volume(asset, "binance", at) * 3] for at in times],
        }
    )


def moments(days: int) -> Iterator[float]:
    """One point a day at midnight over 90 days, hourly ones below, and at the end this moment."""
    now = market.now()
    step, late = (market.DAY, 0) if days > 90 else (market.HOUR, LATE)
    yield from (at + late for at in market.stamps(now - days * market.DAY, now - late, step))
    yield now


# ---- derivatives -----------------------------------------------------------------------------------------------------


def derivatives() -> Iterator[dict[str, object]]:
    """Two perpetuals and a dated future of each coin at each venue, and what nobody trades any more."""
    now = market.now()
    for venue, name in MARKETS.items():
        for asset in market.BASE:
            dollars = market.open_interest_coins(asset, venue, now) * market.price(asset, now)
            yield ticker(name, asset, f"{asset}USDT", dollars * 0.8)
            yield ticker(name, asset, f"{asset}USD", dollars * 0.2)
            yield ticker(name, asset, f"{asset}-QUARTER", dollars * 0.1) | {
                "contract_type": "futures",
                "expired_at": int(now + 40 * market.DAY),
            }
    yield ticker("Asleep (Futures)", "BTC", "BTCUSD", 5e9) | {"last_traded_at": int(now - 9 * market.DAY)}
    yield ticker("Silent (Derivatives)", "BTC", "BTCUSD", 0) | {"open_interest": None}


def ticker(name: str, asset: str, symbol: str, dollars: float) -> dict[str, object]:
    now = market.now()
    spot = market.price(asset, now)
    return {
        "market": name,
        "symbol": symbol,
        "index_id": asset,
        "price": f"{spot * 1.0001:.2f}",
        "price_percentage_change_24h": 1.25,
        "contract_type": "perpetual",
        "index": spot,
        "basis": -0.01,
        "spread": 0.01,
        "funding_rate": market.funding(asset, name, now) * 100,
        "open_interest": round(dollars, 2),
        "volume_24h": round(dollars * 2.5, 2),
        "last_traded_at": int(now) - 20,
        "expired_at": None,
    }
