"""What a rule may speak of: the catalogue of facts as offers with their families, and the names of coins and weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reporter.errors import RuleError, nearest
from reporter.model import LEAD, MARKET, Measure, Unit

ASSET = "asset"
WEEK = "week"
SUBJECTS = (MARKET, LEAD, ASSET)
OWNERS = (*SUBJECTS, WEEK)

FAMILIES: Mapping[str, Unit | None] = {
    "previous": None,
    "change": None,
    "growth": Unit.FRACTION,
    "percentile": Unit.SHARE,
    "swing": Unit.SHARE,
    "high_since": Unit.DATE,
    "low_since": Unit.DATE,
    "streak": Unit.COUNT,
}
DIFFERENCES = frozenset({Unit.SHARE, Unit.FRACTION, Unit.APR, Unit.RATE})

COINS: Mapping[str, str] = {
    "ADA": "Cardano",
    "AVAX": "Avalanche",
    "BCH": "Bitcoin Cash",
    "BTC": "Bitcoin",
    "DOGE": "Dogecoin",
    "DOT": "Polkadot",
    "ETH": "ether",
    "HYPE": "Hyperliquid",
    "LINK": "Chainlink",
    "LTC": "Litecoin",
    "SOL": "Solana",
    "SUI": "Sui",
    "TON": "Toncoin",
    "TRX": "Tron",
}


def coin(ticker: str) -> str:
    """The coin's name as it stands inside a sentence; the ticker where it has no entry here."""
    return COINS.get(ticker, ticker)


@dataclass(frozen=True, slots=True)
class Offer:
    """A name that the frame may hold. `family` is empty for the measure itself; `base` is the measure's name."""

    name: str
    base: str
    family: str
    unit: Unit
    each: tuple[str, ...]

    @property
    def is_difference(self) -> bool:
        """Whether it is the difference of two shares or rates, which is said in percentage points."""
        return self.family == "change" and self.unit in DIFFERENCES

    @property
    def is_level(self) -> bool:
        """Whether it can never be negative, so that its sign says nothing."""
        never_negative = {Unit.PRICE, Unit.COIN, Unit.SHARE, Unit.RATIO, Unit.INDEX, Unit.DATE}
        return self.unit in never_negative and self.family != "change"


Catalogue = Mapping[str, Offer]

WEEK_TEXTS = ("label",)
WEEK_DAYS: Catalogue = {name: Offer(name, name, "", Unit.DATE, (WEEK,)) for name in ("first_day", "last_day")}
ATTRIBUTES = ("ticker", "name")


def catalogue(measures: Sequence[Measure]) -> Catalogue:
    """Every name that the measures offer, families included."""
    offers: dict[str, Offer] = {}
    for measure in measures:
        offers[measure.name] = Offer(measure.name, measure.name, "", measure.unit, tuple(measure.each))
        for suffix in measure.families:
            family = suffix.lstrip("_")
            unit = FAMILIES.get(family) or measure.unit
            name = f"{measure.name}_{family}"
            offers[name] = Offer(name, measure.name, family, unit, tuple(measure.each))
    return offers


def offer(known: Catalogue, owner: str, name: str) -> Offer:
    """What `owner.name` is. Raises RuleError, without a place, where no such fact is offered for that subject."""
    found = known.get(name)
    if found is None:
        raise RuleError(unknown(known, name))
    kind = MARKET if owner == MARKET else ASSET
    if kind not in found.each:
        raise RuleError(_not_for(found, kind))
    return found


def unknown(known: Catalogue, name: str) -> str:
    """`no fact is called 'x'; did you mean 'y'?`, or which families a known measure does offer."""
    base, family = split(name)
    if base in known and family:
        offered = sorted(item.family for item in known.values() if item.base == base and item.family)
        listed = f"it offers {', '.join(offered)}" if offered else "it offers no comparison"
        return f"'{base}' has no {family!r}; {listed}"
    return f"no fact is called {name!r}{nearest(name, known) or '; `reporter facts` lists the names'}"


def split(name: str) -> tuple[str, str]:
    """A name cut into measure and family; the family is empty where the name has none."""
    for family in FAMILIES:
        if name.endswith(f"_{family}"):
            return name.removesuffix(f"_{family}"), family
    return name, ""


def _not_for(found: Offer, kind: str) -> str:
    if kind == MARKET:
        return (
            f"{found.name!r} is measured for each asset, not for the market; "
            f"write 'lead.{found.name}' or give the rule 'subject: asset'"
        )
    return f"{found.name!r} is measured for the market only; write 'market.{found.name}'"
