"""Sums over assets, day by day: only of what was measured at the same venues, only of days that every asset has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from reporter.charts import days
from reporter.charts.scene import Scene
from reporter.model import Period, Track

Daily = Mapping[date, float]


@dataclass(frozen=True, slots=True)
class Totals:
    """Daily sums of some measures over `assets`, for the days that all of them have, and the tracks they come from."""

    assets: tuple[str, ...]
    sums: Mapping[str, Daily]
    tracks: tuple[Track, ...]


def over_assets(scene: Scene, measures: tuple[str, ...], period: Period) -> Totals | None:
    """The sums over all assets that can be added up, or nothing where no asset has every measure.

    Left out are assets measured at other venues than the first (the lead's, if it is there), and assets with so few
    days that to insist on them would cost the others theirs.
    """
    tracks = {
        name: found for name in _lead_first(scene) if len(found := _tracks(scene, name, measures)) == len(measures)
    }
    first = next((_venues(found) for found in tracks.values()), None)
    daily = {
        name: tuple(days.sums(days.within(track, period)) for track in found)
        for name, found in tracks.items()
        if _venues(found) == first
    }
    longest = max((len(_common(found)) for found in daily.values()), default=0)
    daily = {name: found for name, found in daily.items() if len(_common(found)) >= max(1, days.COVERAGE * longest)}
    if not daily:
        return None
    shared = set.intersection(*(_common(found) for found in daily.values()))
    assets = tuple(name for name in scene.frame.assets if name in daily)
    return Totals(
        assets,
        {name: _sum([daily[asset][i] for asset in assets], shared) for i, name in enumerate(measures)},
        tuple(track for asset in assets for track in tracks[asset]),
    )


def _lead_first(scene: Scene) -> tuple[str, ...]:
    return tuple(sorted(scene.frame.assets, key=lambda name: name != scene.lead))


def _tracks(scene: Scene, asset: str, measures: tuple[str, ...]) -> tuple[Track, ...]:
    return tuple(track for name in measures if (track := scene.tracks.get((asset, name))))


def _venues(tracks: tuple[Track, ...]) -> tuple[str, ...]:
    return tuple(track.input.series.split("/")[2] if track.input else "" for track in tracks)


def _common(daily: tuple[Daily, ...]) -> set[date]:
    return set.intersection(*(set(values) for values in daily))


def _sum(daily: list[Daily], shared: set[date]) -> Daily:
    return {day: math.fsum(values[day] for values in daily) for day in sorted(shared)}
