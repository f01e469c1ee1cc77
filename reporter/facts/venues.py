"""How open interest is spread over venues: their shares in the first list of venues after the week's end.

Sums here are over the venues of one list, taken at one moment by one source."""

from __future__ import annotations

import math
from dataclasses import replace

from reporter.facts.catalogue import fact
from reporter.facts.reader import Missing, Reader
from reporter.model import Unit

FEWEST = 3  # venues: a concentration among two says more about the list than about the market
CME = "cme"


@fact(unit=Unit.SHARE, kind="part")
def open_interest_concentration(read: Reader) -> float:
    """Sum of the squared shares of the listed venues in their open interest, in dollars: one where a single venue has
    all of it, a tenth where ten have the same (Herfindahl index). From three venues on."""
    return math.fsum(share * share for share in _shares(read).values())


@fact(unit=Unit.COUNT, kind="plain")
def open_interest_venues(read: Reader) -> float:
    """Number of venues with open interest in the first list of venues taken after the week's end."""
    return float(len(_listed(read)))


@fact(unit=Unit.SHARE, kind="part")
def open_interest_cme_share(read: Reader) -> float:
    """Share of CME in the open interest, in dollars, of the venues listed together after the week's end; only where the
    list has CME. From three venues on."""
    shares = _shares(read)
    if CME not in shares:
        raise Missing("open_interest: the list of venues does not have CME")
    return shares[CME]


def _shares(read: Reader) -> dict[str, float]:
    """The share of each listed venue in the sum of all. Raises Missing where too few are listed."""
    sizes = _listed(read)
    if len(sizes) < FEWEST:
        raise Missing(f"open_interest: {len(sizes)} of the {FEWEST} listed venues that a share needs")
    total = math.fsum(sizes.values())
    return {venue: size / total for venue, size in sizes.items()}


def _listed(read: Reader) -> dict[str, float]:
    """Dollars by venue in the list as it was first taken: a venue that a later list adds was measured at another
    moment."""
    asked = replace(read, used=[])
    asked.listed("open_interest")
    first = min(int(one.at[0]) for one in asked.used)
    found = [one for one in asked.used if one.at[0] == first and one.value[0] > 0]
    if not found:
        raise Missing("open_interest: no listed venue has any")
    read.used.extend(found)
    return {one.series.venue: float(one.value[0]) for one in found}
