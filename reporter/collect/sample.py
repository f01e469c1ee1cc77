"""The embedded sample: packaged files of simulated market data go in, observations of 62 weeks come out.

The data are a seeded simulation made by `scripts/make_sample.py`, not a record of any market; they are part of this
program and under its licence. All times are UTC. Nothing is late, but fund flows are known 13 hours after their day.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from pydantic import Field

from reporter.config import NAME, Strict
from reporter.errors import ParseError, SourceError, nearest
from reporter.model import Observation, Payload, Request, Series, Unit, Week
from reporter.series import FORMS

LAST_WEEK = "2026-W07"
ASSETS = ("BTC", "ETH", "SOL")  # the first leads
REQUIRED = ("market.liquidations_usd", "lead.price_usd")
ILLUSTRATIVE = True
LABEL = "Simulated market data"
TERMS = "Simulated data, part of this program"
PREFIX = "package:reporter.collect/sample_data/"
FLOW_DELAY = timedelta(hours=13)

ALL = ASSETS
PAIR = ("BTC", "ETH")

# What each file holds: a measure, its venue, its assets.
FILES: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "basis": (("basis", "all", ALL), ("basis_apr", "all", ALL)),
    "etf_flows": (("etf_flow", "us_spot", PAIR),),
    "funding": (
        ("funding", "venue-a", ALL),
        ("funding", "venue-b", ("BTC",)),
        ("funding_oi_weighted", "all", ALL),
    ),
    "liquidations": (("liquidations_long", "all", ALL), ("liquidations_short", "all", ALL)),
    "open_interest": (("open_interest", "all", ALL), ("open_interest_coins", "all", ALL)),
    "options": (("dvol", "venue-c", PAIR), ("skew_25d", "venue-c", PAIR)),
    "prices": (
        ("price_open", "all", ALL),
        ("price_high", "all", ALL),
        ("price_low", "all", ALL),
        ("price_close", "all", ALL),
    ),
    "sentiment": (("fear_greed", "all", ("market",)), ("long_short_ratio", "venue-a", ALL)),
    "volume": (("perp_volume", "all", ALL), ("spot_volume", "all", ALL)),
}
GIVES = tuple(measure for held in FILES.values() for measure, _, _ in held)

# The least and the most a value may be; what is outside is no market but a broken file.
AMOUNT = (0.0, 1e13)
BOUNDS: Mapping[Unit, tuple[float, float]] = {
    Unit.USD: AMOUNT,
    Unit.COIN: AMOUNT,
    Unit.PRICE: (1e-9, 1e9),
    Unit.RATE: (-0.05, 0.05),
    Unit.FRACTION: (-0.5, 0.5),
    Unit.APR: (-5.0, 5.0),
    Unit.RATIO: (1e-3, 1e3),
    Unit.INDEX: (0.0, 100.0),
}
BOUNDS_OF: Mapping[str, tuple[float, float]] = {
    "etf_flow": (-1e11, 1e11),
    "dvol": (1.0, 1000.0),
    "skew_25d": (-200.0, 200.0),
}

TOP = frozenset({"about", "series"})
HEAD = frozenset({"measure", "asset", "venue", "unit", "kind", "cadence_hours", "values"})
REGULAR, LISTED = HEAD | {"start"}, HEAD | {"times"}
MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z")
MOST_VALUES = 100_000


class Settings(Strict):
    """The name under which the sample's series are kept."""

    name: str = Field(default="sample", pattern=NAME)
    use: str = "sample"


# ---- ask -------------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """One request a packaged file, the same for every week: each file holds all weeks."""
    return [Request(settings.name, key=stem, url=f"{PREFIX}{stem}.json.gz") for stem in FILES]


def read(url: str) -> bytes:
    """The JSON in a packaged file. Raises SourceError if the installation lacks it or it is damaged."""
    name = url.removeprefix(PREFIX)
    if name not in {f"{stem}.json.gz" for stem in FILES}:
        raise SourceError(f"sample: {url!r} is none of its files; expected {PREFIX}prices.json.gz or another of them")
    file = resources.files("reporter.collect").joinpath("sample_data", name)
    try:
        return gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as problem:
        what = type(problem).__name__
        raise SourceError(f"sample: packaged file {name} cannot be read ({what}); install the program again") from None


def answers(request: Request, settings: Settings, root: Path) -> Iterator[tuple[Request, bytes, str]]:
    """The packaged file's JSON: nothing is asked of a network. Raises SourceError."""
    yield request, read(request.url), "application/json"


def series(settings: Settings, ids: Collection[str] | None = None) -> Iterator[Series]:
    """The series with these ids, or every series of the sample."""
    for stem in FILES:
        yield from (one for one in _expected(stem, settings).values() if ids is None or one.id in ids)


def label(settings: Settings) -> str:
    return LABEL


def terms(settings: Settings) -> str:
    return TERMS


def _expected(stem: str, settings: Settings) -> dict[tuple[str, str, str], Series]:
    """The series of one file, by measure, asset and venue."""
    return {
        (measure, asset, venue): _series(measure, asset, venue, settings)
        for measure, venue, assets in FILES[stem]
        for asset in assets
    }


def _series(measure: str, asset: str, venue: str, settings: Settings) -> Series:
    form = FORMS[measure]
    return Series(
        id=f"{measure}/{asset}/{venue}/{settings.name}",
        unit=form.unit,
        kind=form.kind,
        cadence=form.cadence,
        delay=FLOW_DELAY if measure == "etf_flow" else timedelta(0),
        label=LABEL,
        terms=TERMS,
    )


# ---- parse -----------------------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation]:
    """All values of one file, each with its number within its series; none of them if anything in the file is odd.

    Raises ParseError.
    """
    key = payload.request.key
    if key not in FILES:
        raise ParseError(f"sample {key}: no file of the sample has this name{nearest(key, FILES)}")
    entries = _entries(key, payload.body)
    wanted = _expected(key, settings)
    found = [_rows(key, number, entry, wanted) for number, entry in enumerate(entries, start=1)]
    if wanted:
        _refuse(key, f"no series {'/'.join(next(iter(wanted)))}", "all series of the file")
    return (
        Observation(one.id, at, value, payload.id, line)
        for one, times, values in found
        for line, (at, value) in enumerate(zip(times, values, strict=True), start=1)
    )


def _refuse(key: str, what: str, expected: str) -> NoReturn:
    raise ParseError(
        f"sample {key}: {what}; expected {expected}; install the program again or run scripts/make_sample.py"
    )


def _entries(key: str, body: bytes) -> list[Any]:
    """The `series` of a file."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as problem:
        _refuse(key, f"no JSON ({str(problem).splitlines()[0]})", "strict JSON in UTF-8")
    if not isinstance(data, dict) or data.keys() != TOP or not isinstance(data["series"], list):
        _refuse(key, "not the form of a sample file", "an object with 'about' and a list 'series'")
    entries: list[Any] = data["series"]
    return entries


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice")
    return result


Found = tuple[Series, Sequence[datetime], Sequence[float]]


def _rows(key: str, number: int, entry: Any, wanted: dict[tuple[str, str, str], Series]) -> Found:
    """One entry's series, times and values; the series is taken out of `wanted`."""
    if not isinstance(entry, dict) or entry.keys() not in (REGULAR, LISTED):
        _refuse(
            key, f"series {number} lacks a key or has one too many", f"{', '.join(sorted(HEAD))} and start or times"
        )
    name = (entry["measure"], entry["asset"], entry["venue"])
    one = wanted.pop(name, None) if all(isinstance(part, str) for part in name) else None
    if one is None:
        _refuse(key, f"series {number} is unknown or stands twice", "each series of the file once")
    if not _same_form(entry, one):
        _refuse(key, f"unit, kind or cadence of {one.id} differ", f"{one.unit}, {one.kind}, {_hours(one)} hours")
    values = _values(key, one, entry["values"])
    return one, _times(key, one, entry, len(values)), values


def _same_form(entry: Mapping[str, Any], one: Series) -> bool:
    form = (entry["unit"], entry["kind"], entry["cadence_hours"])
    return form == (one.unit.value, one.kind.value, _hours(one)) and type(form[2]) is int


def _hours(one: Series) -> int:
    return int(one.cadence / timedelta(hours=1))


def _values(key: str, one: Series, raw: Any) -> list[float]:
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_VALUES:
        _refuse(key, f"values of {one.id} are no list or empty", "a list of numbers")
    least, most = BOUNDS_OF.get(one.measure) or BOUNDS[one.unit]
    for number, value in enumerate(raw, start=1):
        # `type`, because JSON's true would count as 1; the comparison is false for a NaN too.
        if type(value) not in (int, float) or not least <= value <= most:
            _refuse(key, f"value {number} of {one.id} is no number or out of bounds", f"{least:g} to {most:g}")
    return [float(value) for value in raw]


def _times(key: str, one: Series, entry: Mapping[str, Any], size: int) -> list[datetime]:
    """When each value was measured: from a start on in steps of the cadence, or as listed."""
    if "start" in entry:
        start = _moment(key, one, entry["start"])
        return [start + one.cadence * number for number in range(size)]
    raw = entry["times"]
    if not isinstance(raw, list) or len(raw) != size:
        _refuse(key, f"{one.id} has not as many times as values", f"a list of {size} times")
    times = [_moment(key, one, text) for text in raw]
    if any(later <= earlier for earlier, later in pairwise(times)):
        _refuse(key, f"times of {one.id} are unordered or stand twice", "rising times")
    return times


def _moment(key: str, one: Series, text: Any) -> datetime:
    try:
        if isinstance(text, str) and MOMENT.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    _refuse(key, f"a time of {one.id} is none", "such as 2026-02-09T00:00Z")
