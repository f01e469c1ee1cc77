"""What the config says about measuring: assets, venues and sources, and how old a newest value may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reporter.model import Series
from reporter.series import ALL_VENUES

WARN_HOURS, ERROR_HOURS = 24.0, 192.0
USUAL_AGES: Mapping[str, tuple[float, float]] = {
    "etf_flow": (84.0, 168.0),
    "etf_assets": (84.0, 168.0),
}  # Friday is the week's last session


@dataclass(frozen=True)
class Setting:
    """What the config says about measuring: the assets, the lead, which venues and which sources speak for a measure,
    best first, and how many hours before the week's end its newest value makes a warning or an error."""

    assets: tuple[str, ...]
    lead: str
    venues: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    freshness: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def sources_for(self, measure: str) -> tuple[str, ...]:
        """The sources that may speak for a measure, best first: those that `order` names, else all as listed."""
        return self.order.get(measure, self.sources)

    def ages(self, measure: str) -> tuple[float, float]:
        """The hours from which a series' newest value is late, and from which it counts as missing."""
        return self.freshness.get(measure, USUAL_AGES.get(measure, (WARN_HOURS, ERROR_HOURS)))

    def preference(self, one: Series) -> tuple[int, int, str]:
        """Sorts series of a measure: venues as the config lists them, else `all` first; then sources by their order."""
        venues, sources = self.venues.get(one.measure, ()), self.sources_for(one.measure)
        rank = venues.index(one.venue) if one.venue in venues else len(venues) + (one.venue != ALL_VENUES)
        return rank, sources.index(one.source), one.venue

    def allows(self, one: Series) -> bool:
        """Whether a series may speak for its measure at all."""
        venues = self.venues.get(one.measure, ())
        return one.source in self.sources_for(one.measure) and (not venues or one.venue in venues)
