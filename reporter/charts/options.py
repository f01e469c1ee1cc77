"""The lead asset's implied volatility (DVOL) against what was realised, over eight weeks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import stdev

from reporter import units
from reporter.charts import axis, days, plot, words
from reporter.charts.plot import Plot
from reporter.charts.scene import Caption, Scene, finish
from reporter.charts.sheet import Sheet
from reporter.model import Chart, Point, Unit

NEEDS = ("dvol", "price_close")
WEEKS = 8
FEWEST = 8
RETURNS = 30
FACTS = ("dvol", "dvol_change", "dvol_percentile", "expected_move")


def draw(scene: Scene) -> Chart | None:
    """The chart, or nothing where the week has too few values."""
    implied = days.stamped(days.lasts(days.within(scene.track("dvol"), scene.weeks(WEEKS))))
    if len(implied) < FEWEST or implied[-1].at < scene.week.start:
        return None
    past = realised(scene)
    sheet = Sheet(scene.style)
    _paint(sheet, scene, implied, past)
    return finish(scene, sheet, _caption(scene, implied, past))


def realised(scene: Scene) -> tuple[Point, ...]:
    """Volatility of the thirty daily log returns up to each day; none where it would contradict the note's own fact."""
    closes = days.lasts(days.within(scene.track("price_close"), scene.weeks(WEEKS + 5)))
    found = {day: value for day in days.listed(scene.weeks(WEEKS)) if (value := _volatility(closes, day)) is not None}
    points = days.stamped(found)
    if len(points) < FEWEST or scene.contradicts("lead", "realised_volatility", points[-1].value):
        return ()
    return points


def _volatility(closes: Mapping[date, float], day: date) -> float | None:
    """Volatility points, or nothing where one of the closes is missing."""
    values = [closes.get(day - timedelta(days=back), 0.0) for back in range(RETURNS + 1)]
    if min(values) <= 0:
        return None
    returns = [math.log(later / earlier) for later, earlier in pairwise(values)]
    return units.annualised_volatility(stdev(returns))


def _paint(sheet: Sheet, scene: Scene, implied: Sequence[Point], past: Sequence[Point]) -> None:
    values = [point.value for point in (*implied, *past)]
    left = plot.scale(axis.around(values, plot.BOTTOM, plot.TOP), Unit.POINTS)
    area = Plot(scene.weeks(WEEKS), left.width(sheet) + 2, sheet.right - 6)
    plot.shade(sheet, area, scene.week)
    plot.grid(sheet, area, left)
    plot.dates(sheet, area, scene.week, shift=days.DAY / 2)
    entries = [("solid", "accent", f"{scene.lead} implied volatility (DVOL)")]
    if past:
        sheet.line([area.path(run, left.axis) for run in days.runs(_centred(past))], "muted", dash="dashed")
        entries.append(("dashed", "muted", "realized, thirty days"))
    sheet.line([area.path(run, left.axis) for run in days.runs(_centred(implied))], "accent", width=1.6)
    plot.key(sheet, area.left, plot.HEAD, entries)


def _centred(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple(Point(point.at + days.DAY / 2, point.value) for point in points)


def _caption(scene: Scene, implied: Sequence[Point], past: Sequence[Point]) -> Caption:
    of_what = "implied and realized" if past else "implied"
    more = ("realised_volatility", "volatility_premium") if past else ()
    return Caption(
        key="options",
        title=f"{scene.lead} {of_what} volatility, in percent a year",
        alt=_alt(scene, implied, past),
        facts=[("lead", name) for name in (*FACTS, *more)],
        tracks=[scene.track("dvol"), scene.track("price_close") if past else None],
    )


def _alt(scene: Scene, implied: Sequence[Point], past: Sequence[Point]) -> str:
    text = (
        f"A line of {scene.lead} implied volatility (DVOL) at each day's close, from "
        f"{words.span(implied[0].at.date(), implied[-1].at.date())}: {words.spread(implied, Unit.POINTS)}."
    )
    if past:
        text += f" A dashed line is the volatility realized over thirty days, {words.spread(past, Unit.POINTS)}."
    return text
