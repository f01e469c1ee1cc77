"""What a week's figures rest on: a frame and the sources asked in, venues, ages, fallbacks and their reasons out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter import clock, units
from reporter.facts.catalogue import SUFFIXES
from reporter.facts.reader import Setting
from reporter.history import History
from reporter.model import Coverage, Frame, Kind, Rest, Series, Week
from reporter.series import ALL_VENUES, FORMS, topic

SNAPSHOT_SPEAKS = timedelta(days=8)  # after a week's end: as long as a note of it may be the newest one
FEW = 3  # venues a list must have before a share of it means something
COMPARED = tuple(f"_{suffix}" for suffix in SUFFIXES)


@dataclass(frozen=True)
class Asked:
    """What the sources were asked for: the series each is there for, why it gave nothing, and its name for readers."""

    provided: Mapping[str, Collection[str]]
    faults: Mapping[str, Sequence[str]]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Used:
    """A series that the week's facts rest on, and the moment of its last row."""

    series: Series
    last: datetime

    @property
    def newest(self) -> datetime:
        """The moment up to which it speaks."""
        return self.last + self.series.cadence if self.series.kind == Kind.INTERVAL else self.last


def coverage(history: History, setting: Setting, frame: Frame, asked: Asked, as_of: datetime) -> Coverage:
    """The coverage of a week: a line for each topic, venue and source; what was preferred to them and gave nothing."""
    known = {one.id: one for one in history.series()}
    used = tuple(_used(frame, known))
    rests = _joined(tuple(_rest(one, setting, frame.week, asked, known) for one in used))
    mine = {name for one in used if one.series.measure == "open_interest" and one.series.asset == frame.lead
            for name in one.series.venue.split("+")}  # fmt: skip
    share, share_of = _share(_listed(history, setting, frame, as_of), mine)
    silent = tuple(
        f"{asked.labels.get(name, name)}: {'; '.join(dict.fromkeys(texts))}" for name, texts in asked.faults.items()
    )
    venues = sorted({name for one in used for name in one.series.venue.split("+")} - {ALL_VENUES})
    oldest = min((one.newest for one in used), default=None)
    return Coverage(rests, tuple(venues), oldest, share, asked.labels.get(share_of, share_of), silent)


def _used(frame: Frame, known: Mapping[str, Series]) -> Iterator[Used]:
    """Each series that a fact of the week rests on with rows of the week itself; the past that it is compared with
    may rest on others."""
    last: dict[str, datetime] = {}
    for fact in frame.facts.values():
        for one in () if fact.name.endswith(COMPARED) else fact.inputs:
            if one.series in known and one.last >= frame.week.start:
                last[one.series] = max(one.last, last.get(one.series, one.last))
    yield from (Used(known[name], at) for name, at in sorted(last.items()))


def _rest(one: Used, setting: Setting, week: Week, asked: Asked, known: Mapping[str, Series]) -> Rest:
    series = one.series
    remarks = list(_passed_over(series, setting, asked, known))
    if week.end - one.newest > timedelta(hours=setting.ages(series.measure)[0]):
        remarks.append(f"the newest value is of {units.long_date(one.last.date())}")
    label = asked.labels.get(series.source, series.source)
    return Rest(topic(series.measure), (series.asset,), series.venue, label, one.newest, tuple(remarks))


def _passed_over(series: Series, setting: Setting, asked: Asked, known: Mapping[str, Series]) -> Iterator[str]:
    """Why those that were to be asked before this series did not speak: `instead of Binance spot, blocked from ...`."""
    place = setting.preference(series)
    candidates = {name: known[name] for name in known if _rivals(known[name], series)}
    candidates |= {name: _sketch(name) for names in asked.provided.values() for name in names if name not in known
                   and _rivals(_sketch(name), series)}  # fmt: skip
    allowed = sorted(filter(setting.allows, candidates.values()), key=setting.preference)
    for source in dict.fromkeys(one.source for one in allowed if setting.preference(one) < place):
        texts = asked.faults.get(source)
        reason = texts[0] if texts else "which has not enough for the week"
        yield f"instead of {asked.labels.get(source, source)}, {reason}"


def _rivals(one: Series, series: Series) -> bool:
    same = (one.measure, one.asset) == (series.measure, series.asset)
    return same and one.kind != Kind.SNAPSHOT and one.source != series.source


def _sketch(name: str) -> Series:
    """A series that a source is there for and never gave."""
    form = FORMS[name.partition("/")[0]]
    return Series(name, form.unit, form.kind, form.cadence)


def _joined(rests: Sequence[Rest]) -> tuple[Rest, ...]:
    """Lines that differ only in the asset, or stand for the same topic, as one."""
    assets: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    newest: dict[tuple[str, str, str, tuple[str, ...]], datetime] = {}
    for rest in rests:
        key = (rest.topic, rest.venue, rest.source, rest.remarks)
        assets.setdefault(key, []).extend(asset for asset in rest.assets if asset not in assets.get(key, ()))
        newest[key] = min(newest.get(key, rest.newest), rest.newest)
    return tuple(Rest(t, tuple(assets[t, v, s, r]), v, s, newest[t, v, s, r], r) for t, v, s, r in assets)


def _listed(history: History, setting: Setting, frame: Frame, as_of: datetime) -> dict[str, dict[str, float]]:
    """By source: the lead asset's open interest at each venue of its list, soon after the week."""
    lists: dict[str, dict[str, float]] = {}
    for one in history.series():
        if (one.measure, one.asset, one.kind) != ("open_interest", frame.lead, Kind.SNAPSHOT):
            continue
        if one.source in setting.sources and one.venue != ALL_VENUES:
            value = _first_after(history, one, frame.week, as_of)
            if value is not None:
                lists.setdefault(one.source, {})[one.venue] = value
    return lists


def _share(lists: Mapping[str, Mapping[str, float]], mine: Collection[str]) -> tuple[float | None, str]:
    """The part of the open interest that is held at some venues, and whose list says so: the longest that has them."""
    fitting = [name for name, listed in lists.items() if len(listed) >= FEW and set(mine) <= listed.keys()]
    source = max(fitting, key=lambda name: len(lists[name]), default="")
    total = sum(lists[source].values()) if source else 0.0
    if not mine or not total:
        return None, ""
    return sum(lists[source][venue] for venue in mine) / total, source


def _first_after(history: History, series: Series, week: Week, as_of: datetime) -> float | None:
    """The first snapshot taken after the week's end, while it still speaks for it."""
    rows = history.rows(series, week.end, as_of)
    window = rows.window(clock.seconds(week.end), clock.seconds(week.end + SNAPSHOT_SPEAKS), clock.seconds(as_of))
    return float(window.value[0]) if len(window) else None
