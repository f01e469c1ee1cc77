"""The parts that charts share: a time axis, the shaded week, gridlines with their numbers, and a key above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reporter import units
from reporter.charts import axis as axes
from reporter.charts.axis import Axis
from reporter.charts.sheet import Box, Sheet, Spot
from reporter.charts.style import HEIGHT, SMALL, WIDTH
from reporter.model import Period, Point, Unit, Week

HEAD = HEIGHT - 9.0  # the baseline of the key
TOP = HEIGHT - 19.0
FOOT = 5.0  # the baseline of the dates
BOTTOM = 18.0
GAP = 4.0  # between the plot and its numbers


@dataclass(frozen=True, slots=True)
class Plot:
    """A stretch of time laid from `left` to `right`, in points."""

    period: Period
    left: float
    right: float

    def x(self, at: datetime) -> float:
        return self.left + (at - self.period.start) / (self.period.end - self.period.start) * (self.right - self.left)

    def bar(self, day: date, axis: Axis, low: float, high: float) -> Box:
        """The box of one UTC day from `low` to `high`, with air on both sides."""
        start = datetime.combine(day, datetime.min.time(), self.period.start.tzinfo)
        left, right = self.x(start), self.x(start + timedelta(days=1))
        air = 0.14 * (right - left)
        return (left + air, axis.at(low), right - air, axis.at(high))

    def path(self, points: Sequence[Point], axis: Axis) -> list[Spot]:
        return [(self.x(point.at), axis.at(point.value)) for point in points]


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis with its ticks and their texts."""

    axis: Axis
    labels: tuple[tuple[float, str], ...]

    def width(self, sheet: Sheet) -> float:
        """The room that the numbers need beside the plot, in points; never more than a fifth of the sheet."""
        return min(WIDTH / 5, GAP + max((sheet.width(text) for _, text in self.labels), default=0.0))


def scale(axis: Axis, unit: Unit, fewest: int = 3, mirrored: bool = False) -> Scale:
    """The axis with its numbers; `mirrored` prints them without a sign, for bars that stand on both sides of zero."""
    ticks = axis.ticks(fewest)
    shown = axes.texts([abs(tick) for tick in ticks] if mirrored else ticks, unit)
    return Scale(axis, tuple(zip(map(float, ticks), shown, strict=True)))


def shade(sheet: Sheet, plot: Plot, week: Week) -> None:
    """The note's week behind everything else, and in words above it."""
    sheet.boxes([(plot.x(week.start), BOTTOM, plot.x(week.end), TOP)], "panel")
    sheet.words((plot.right, HEAD), f"shaded: week of {short(week.start)}", align="right")


def grid(sheet: Sheet, plot: Plot, scale: Scale) -> None:
    """Gridlines, and their numbers on the left."""
    heights = [scale.axis.at(value) for value, _ in scale.labels]
    sheet.line([[(plot.left, y), (plot.right, y)] for y in heights], "grid", width=0.5)
    for y, (_, text) in zip(heights, scale.labels, strict=True):
        sheet.words((plot.left - GAP, y - SMALL * 0.36), text, align="right")


def numbers(sheet: Sheet, plot: Plot, scale: Scale, colour: str) -> None:
    """The numbers of a second axis, on the right, in its line's colour."""
    for value, text in scale.labels:
        y = scale.axis.at(value)
        sheet.line([[(plot.right, y), (plot.right + 2.2, y)]], colour, width=0.5)
        sheet.words((plot.right + GAP, y - SMALL * 0.36), text, colour)


def zero(sheet: Sheet, plot: Plot, axis: Axis) -> None:
    """The zero line, a shade darker than the grid, where zero is on the axis."""
    if axis.low <= 0 <= axis.high:
        sheet.line([[(plot.left, axis.at(0)), (plot.right, axis.at(0))]], "muted", width=0.7)


def dates(sheet: Sheet, plot: Plot, week: Week, every: int = 1, shift: timedelta = timedelta(0)) -> None:
    """`Feb 9` and a tick at every so many Mondays, counted back from the note's week; `shift` centres on a bar."""
    monday = week.start
    while monday >= plot.period.start:
        x = plot.x(monday)
        sheet.line([[(x, BOTTOM - 3), (x, BOTTOM)]], "rule", width=0.6)
        sheet.words((plot.x(monday + shift), FOOT), short(monday), align="center")
        monday -= timedelta(weeks=every)
    sheet.line([[(plot.left, BOTTOM), (plot.right, BOTTOM)]], "rule", width=0.6)


def short(at: datetime) -> str:
    """`Feb 9`."""
    return f"{units.day(at.date())[:3]} {at.day}"


def key(sheet: Sheet, x: float, y: float, entries: Sequence[tuple[str, str, str]]) -> None:
    """Entries side by side from `x`: each a sample (`bar` or a dash of a line), a colour and words in that colour."""
    for sample, colour, words in entries:
        if sample == "bar":
            sheet.boxes([(x, y - 0.6, x + 6.4, y + 5.8)], colour)
        elif sample:
            sheet.line([[(x, y + 2.7), (x + 13, y + 2.7)]], colour, width=1.5, dash=sample)
        x += {"bar": 9.6, "": 0.0}.get(sample, 16.5)
        sheet.words((x, y), words, colour, bold=bool(sample))
        x += sheet.width(words, bold=bool(sample)) + 12
