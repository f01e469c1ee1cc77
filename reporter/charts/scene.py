"""What a form of chart is handed, and what it hands back: the week's frame and tracks, and the finished Chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reporter import units
from reporter.charts import days
from reporter.charts.sheet import Sheet
from reporter.charts.style import Style
from reporter.model import Chart, Fact, Frame, LevelGrid, Period, Track, Week


@dataclass(frozen=True, slots=True)
class Scene:
    """The facts and tracks of one note, the style to draw them in, and the lead asset's liquidation levels."""

    frame: Frame
    tracks: Mapping[tuple[str, str], Track]
    style: Style
    levels: LevelGrid | None = None

    @property
    def week(self) -> Week:
        return self.frame.week

    @property
    def lead(self) -> str:
        return self.frame.lead

    def weeks(self, count: int) -> Period:
        """The `count` weeks that end with the note's."""
        return days.last_weeks(self.week.end, count)

    def track(self, measure: str) -> Track | None:
        """The lead asset's."""
        return self.tracks.get((self.lead, measure))

    def stated(self, subject: str, name: str, value: float) -> Fact | None:
        """The fact, if it is there and prints just as `value` does: a chart may not say other than the text."""
        fact = self.frame.get(subject, name)
        if fact is None or units.text(fact.value, fact.unit) != units.text(value, fact.unit):
            return None
        return fact

    def contradicts(self, subject: str, name: str, value: float) -> bool:
        """Whether the note states this fact, and with another number."""
        return self.frame.get(subject, name) is not None and self.stated(subject, name, value) is None


@dataclass(frozen=True, slots=True)
class Caption:
    """All of a chart but its drawing; `facts` are those it illustrates wherever the frame has them."""

    key: str
    title: str
    alt: str
    facts: Sequence[tuple[str, str]]
    tracks: Sequence[Track | None]


def finish(scene: Scene, sheet: Sheet, caption: Caption) -> Chart:
    """The Chart of a drawing and its caption."""
    drawn = tuple(track for track in caption.tracks if track)
    return Chart(
        key=caption.key,
        title=caption.title,
        alt=caption.alt,
        path=f"charts/{caption.key}.svg",
        body=sheet.svg(caption.title, caption.alt),
        facts=keys(scene.frame, caption.facts),
        inputs=tuple(track.input for track in drawn if track.input),
        source_line=source_line(drawn),
    )


def keys(frame: Frame, names: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The keys of those facts that the frame has."""
    return tuple(dict.fromkeys(fact.key for name in names if (fact := frame.get(*name))))


def source_line(tracks: Sequence[Track]) -> str:
    """`Source: Farside (us spot)`, `Sources: Binance (binance); Coinglass (all venues)`; empty where none is known."""
    venues: dict[str, set[str]] = {}
    for track in tracks:
        if track.input:
            _, _, venue, source = track.input.series.split("/")
            venues.setdefault(track.label or source, set()).add(_venue(venue))
    parts = [f"{label} ({', '.join(sorted(venues[label]))})" for label in sorted(venues)]
    return f"Source{'s' if len(parts) > 1 else ''}: {'; '.join(parts)}" if parts else ""


def _venue(name: str) -> str:
    return "all venues" if name == "all" else name.replace("_", " ")
