"""What a week's figures rest on: a frame and the sources asked in, venues, ages, fallbacks and their reasons out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reporter import clock, units
from reporter.facts import reconcile
from reporter.facts.catalogue import CATALOGUE, SUFFIXES
from reporter.facts.setting import Setting
from reporter.facts.view import BEFORE, SPEAKS, View
from reporter.history import History
from reporter.model import Coverage, Frame, Kind, Rest, Series, Unit, Week
from reporter.series import ALL_VENUES, DAY, FORMS, topic

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
    """A series that the week's facts rest on, the moment of its last row, and how far another source is from it where
    that is too far."""

    series: Series
    last: datetime
    apart: str = ""

    @property
    def newest(self) -> datetime:
        """The moment up to which it speaks."""
        return self.last + self.series.cadence if self.series.kind == Kind.INTERVAL else self.last


def speaks_until(week: Week) -> datetime:
    """The moment up to which what is taken after a week still speaks for it: a list of that moment, and an answer that
    was none."""
    return week.end + timedelta(seconds=SPEAKS)


def coverage(history: History, setting: Setting, frame: Frame, asked: Asked, as_of: datetime) -> Coverage:
    """The coverage of a week: a line for each topic, venue and source; what was preferred to them and gave nothing."""
    known = {one.id: one for one in history.series()}
    apart = reconcile.warnings(View(history, setting, as_of, frame.week.start - BEFORE), frame, asked.labels)
    used = tuple(replace(one, apart=apart.get(reconcile.place(one.series), "")) for one in _used(frame, known))
    rests = _rests(used, _candidates(known, asked), setting, frame.week, asked)
    share, share_of = _share(_listed(history, setting, frame, as_of), _counted(frame))
    silent = tuple(
        f"{asked.labels.get(name, name)}: {'; '.join(dict.fromkeys(texts))}" for name, texts in asked.faults.items()
    )
    venues = sorted({name for rest in rests for name in rest.venue.split("+")} - {ALL_VENUES})
    oldest = min((one.newest for one in used), default=None)
    return Coverage(rests, tuple(venues), oldest, share, asked.labels.get(share_of, share_of), silent)


def _used(frame: Frame, known: Mapping[str, Series]) -> Iterator[Used]:
    """Each series that a fact of the week rests on with rows of the week itself; the past that it is compared with
    may rest on others. A list of records, such as option quotes, is no series of the history."""
    last: dict[str, datetime] = {}
    for fact in frame.facts.values():
        for one in () if fact.name.endswith(COMPARED) or _is_aside(fact.name) else fact.inputs:
            if one.last >= frame.week.start:
                last[one.series] = max(one.last, last.get(one.series, one.last))
    for name, at in sorted(last.items()):
        yield Used(known.get(name) or Series(name, Unit.COUNT, Kind.SNAPSHOT, DAY), at)


def _is_aside(name: str) -> bool:
    """Whether a fact sets other sources or earlier weeks beside the week's figures, which do not rest on them."""
    return name in reconcile.CHECKS or (name in CATALOGUE and CATALOGUE[name].looks_back)


def _counted(frame: Frame) -> set[str]:
    """The venues whose open interest the week's figure for the lead asset counts."""
    fact = frame.get(frame.lead, "open_interest_usd")
    return {venue for one in fact.inputs for venue in one.series.split("/")[2].split("+")} if fact else set()


# ---- lines -----------------------------------------------------------------------------------------------------------


def _rests(
    used: Sequence[Used], candidates: Sequence[Series], setting: Setting, week: Week, asked: Asked
) -> tuple[Rest, ...]:
    """The lines. Only the best series of a measure stands in for others: those behind it were read beside it."""
    best, counts = _best(used, setting), Counter(map(_list, used))
    found = []
    for one in used:
        series, label = one.series, asked.labels.get(one.series.source, one.series.source)
        preferred = candidates if best.get((series.measure, series.asset)) == series else ()
        passed_over = _passed_over(series, preferred, setting, asked)
        remarks = (*passed_over, *_late(one, setting, week), *filter(None, [one.apart]))
        what, venue = _what_and_where(series, counts[_list(one)] > 1)
        found.append(Rest(what, (series.asset,), venue, label, one.newest, remarks))
    return _joined(found)


def _best(used: Sequence[Used], setting: Setting) -> dict[tuple[str, str], Series]:
    """Of each measure of an asset the series that speaks for it; one of a list does not."""
    best: dict[tuple[str, str], Series] = {}
    for each in (one.series for one in used if one.series.kind != Kind.SNAPSHOT and setting.allows(one.series)):
        before = best.get((each.measure, each.asset), each)
        best[each.measure, each.asset] = min(before, each, key=setting.preference)
    return best


def _list(one: Used) -> tuple[str, str, str]:
    """What the venues of one list have in common."""
    return one.series.measure, one.series.asset, one.series.source


def _what_and_where(series: Series, is_among_others: bool) -> tuple[str, str]:
    """The topic and the venue of a line; several venues of a list stand in one."""
    if series.kind == Kind.SNAPSHOT and is_among_others:
        return f"{topic(series.measure)} by venue", ALL_VENUES
    return topic(series.measure), series.venue


def _late(one: Used, setting: Setting, week: Week) -> Iterator[str]:
    if week.end - one.newest > timedelta(hours=setting.ages(one.series.measure)[0]):
        yield f"the newest value is of {units.long_date(one.last.date())}"


def _candidates(known: Mapping[str, Series], asked: Asked) -> tuple[Series, ...]:
    """The series with a past that could speak, those too that a source is there for and never gave."""
    never = {name for names in asked.provided.values() for name in names} - known.keys()
    return tuple(one for one in (*known.values(), *map(_sketch, sorted(never))) if one.kind != Kind.SNAPSHOT)


def _passed_over(series: Series, candidates: Sequence[Series], setting: Setting, asked: Asked) -> Iterator[str]:
    """Why those that were to be asked before this series did not speak: `instead of Binance spot, blocked from ...`."""
    rivals = (one for one in candidates if (one.measure, one.asset) == (series.measure, series.asset))
    allowed = sorted(filter(setting.allows, rivals), key=setting.preference)
    better = (one.source for one in allowed if setting.preference(one) < setting.preference(series))
    for source in dict.fromkeys(name for name in better if name != series.source):
        texts = asked.faults.get(source)
        reason = texts[0] if texts else "which has not enough for the week"
        yield f"instead of {asked.labels.get(source, source)}, {reason}"


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


# ---- share of open interest ------------------------------------------------------------------------------------------


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
    window = rows.window(clock.seconds(week.end), clock.seconds(week.end) + SPEAKS, clock.seconds(as_of))
    return float(window.value[0]) if len(window) else None
