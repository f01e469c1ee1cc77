"""Coinglass's settings: the plan, and with it the pace; the exchanges; the words that fill the table of endpoints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, field_validator, model_validator

from reporter.collect.live import Address, Live
from reporter.config import Ticker, shown

Plan = Literal["hobbyist", "startup", "standard", "professional"]
PLANS: tuple[str, ...] = get_args(Plan)
A_MINUTE = dict(zip(PLANS, (30, 80, 300, 1200), strict=True))
FUNDS = {"BTC": "bitcoin", "ETH": "ethereum", "SOL": "solana"}
EXCHANGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,30}")
ALL = "all"  # the venue of totals over every exchange that Coinglass knows, CME included


def _exchange(value: str) -> str:
    if not EXCHANGE.fullmatch(value) or value.lower() == ALL:
        raise ValueError(f"{shown(value)} is no exchange; write it as in Binance")
    return value


Exchange = Annotated[str, AfterValidator(_exchange)]


class Settings(Live):
    """`plan` is what the key was bought for. `exchanges` are added up in liquidations and taker volumes; ratios and
    premium are `pair_venue`'s, whose pairs are the ticker with USDT behind it unless `symbols` names another."""

    base_url: Address = "https://open-api-v4.coinglass.com"
    pace_seconds: float = Field(default=60 / A_MINUTE["hobbyist"], ge=0, le=60)
    plan: Plan = "hobbyist"
    exchanges: tuple[Exchange, ...] = Field(default=("Binance", "OKX", "Bybit"), min_length=1)
    pair_venue: Exchange = "Binance"
    symbols: Mapping[Ticker, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _paced(cls, data: Any) -> Any:
        """Where no pace is given it is what the plan allows."""
        if not isinstance(data, dict) or "pace_seconds" in data or data.get("plan") not in PLANS:
            return data
        return {**data, "pace_seconds": 60 / A_MINUTE[data["plan"]]}

    @field_validator("exchanges")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len({name.lower() for name in value}) < len(value):
            raise ValueError("an exchange stands twice; remove one")
        return value

    def words(self, asset: str) -> dict[str, str]:
        """What stands for the `{names}` in the table of endpoints."""
        return {
            "coin": asset,
            "pair": self.symbols.get(asset, f"{asset}USDT"),
            "exchanges": ",".join(self.exchanges),
            "exchange": self.pair_venue,
            "fund": FUNDS.get(asset, ""),
            "venues": "+".join(map(venue, self.exchanges)),
            "venue": venue(self.pair_venue),
        }


def venue(name: object) -> str:
    """An exchange's name as a venue: `Crypto.com` and `CRYPTO.COM` are `crypto.com`, `All` is `all`."""
    if not isinstance(name, str) or not EXCHANGE.fullmatch(name.strip()):
        raise ValueError("no name of an exchange")
    return name.strip().lower().replace(" ", "-")
