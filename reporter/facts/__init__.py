"""Facts: rows of the history in, a Frame of measured values and named gaps for a week out."""

from __future__ import annotations

# Each module enters its facts into the catalogue when it is imported; adding a subject is a module and a name here.
from reporter.facts import (  # noqa: F401
    base_rates,
    basis,
    flows,
    funding,
    levels,
    liquidations,
    open_interest,
    options,
    positioning,
    price,
    reconcile,
    venues,
    volume,
)
from reporter.facts.catalogue import CATALOGUE, SUFFIXES, digest
from reporter.facts.coverage import Asked, coverage, speaks_until
from reporter.facts.frame import frames, measure_frame
from reporter.facts.grids import level_grid
from reporter.facts.setting import Setting
from reporter.facts.tracks import tracks
from reporter.model import Measure


def measures() -> tuple[Measure, ...]:
    """The catalogue as records, by name."""
    return tuple(CATALOGUE[name].measure for name in sorted(CATALOGUE))


__all__ = [
    "SUFFIXES",
    "Asked",
    "Setting",
    "coverage",
    "digest",
    "frames",
    "level_grid",
    "measure_frame",
    "measures",
    "speaks_until",
    "tracks",
]
