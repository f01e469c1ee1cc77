"""The lead asset's perpetual volume as a multiple of its spot volume, a bar a week over thirteen weeks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from reporter import units
from reporter.charts import axis, days, plot, words
from reporter.charts.plot import Plot
from reporter.charts.scene import Caption, Scene, finish
from reporter.charts.sheet import Box, Sheet
from reporter.model import Chart, Point, Unit, Week

NEEDS = ("perp_volume", "spot_volume")
WEEKS = 13
FEWEST = 4  # weeks
FACTS = ("perp_to_spot_volume", "perp_to_spot_volume_percentile", "perp_volume_usd", "spot_volume_usd")


def draw(scene: Scene) -> Chart | None:
    """The chart, or nothing where the note's week is not full, or the note states another ratio for it."""
    weeks = ratios(scene)
    if len(weeks) < FEWEST or weeks[-1].at != scene.week.start or not any(point.value for point in weeks):
        return None
    if scene.contradicts("lead", "perp_to_spot_volume", weeks[-1].value):
        return None
    sheet = Sheet(scene.style)
    _paint(sheet, scene, weeks)
    return finish(scene, sheet, _caption(scene, weeks))


def ratios(scene: Scene) -> tuple[Point, ...]:
    """The ratio of each week's sums, stamped at its Monday, for weeks in which all seven days of both are known."""
    period = scene.weeks(WEEKS)
    perp, spot = (days.sums(days.within(scene.track(name), period)) for name in NEEDS)
    weeks = (scene.week.shifted(-back) for back in reversed(range(WEEKS)))
    found = ((week, _sum(perp, week), _sum(spot, week)) for week in weeks)
    return tuple(Point(week.start, above / below) for week, above, below in found if above is not None and below)


def _sum(daily: Mapping[date, float], week: Week) -> float | None:
    inside = [daily[day] for number in range(7) if (day := (week.start + timedelta(days=number)).date()) in daily]
    return math.fsum(inside) if len(inside) == 7 else None


def _paint(sheet: Sheet, scene: Scene, weeks: Sequence[Point]) -> None:
    upright = axis.from_zero([point.value for point in weeks], plot.BOTTOM, plot.TOP - 8)
    area = Plot(scene.weeks(WEEKS), 8.0, sheet.right - 8)
    plot.shade(sheet, area, scene.week)
    boxes = {point.at: _bar(area, upright, point) for point in weeks}
    sheet.boxes([box for at, box in boxes.items() if at != scene.week.start], "accent", opacity=0.45)
    sheet.boxes([boxes[scene.week.start]], "accent")
    for point in weeks:
        left, _, right, top = boxes[point.at]
        bold = point.at == scene.week.start
        sheet.words(((left + right) / 2, top + 3), units.ratio(point.value), "ink", "center", bold)
    plot.dates(sheet, area, scene.week, shift=timedelta(days=3.5))
    name = f"{scene.lead} perpetual volume as a multiple of spot volume"
    plot.key(sheet, area.left, plot.HEAD, [("bar", "accent", name), ("", "muted", "weeks by their Monday")])


def _bar(area: Plot, upright: axis.Axis, point: Point) -> Box:
    left, right = area.x(point.at), area.x(point.at + timedelta(weeks=1))
    air = 0.16 * (right - left)
    return (left + air, upright.at(0), right - air, upright.at(point.value))


def _caption(scene: Scene, weeks: Sequence[Point]) -> Caption:
    return Caption(
        key="volume",
        title=f"{scene.lead} perpetual volume as a multiple of spot volume, by week",
        alt=_alt(scene, weeks),
        facts=[("lead", name) for name in FACTS],
        tracks=[scene.track(name) for name in NEEDS],
    )


def _alt(scene: Scene, weeks: Sequence[Point]) -> str:
    return (
        f"A bar for each week, by its Monday from {words.span(weeks[0].at.date(), weeks[-1].at.date())}: {scene.lead} "
        f"perpetual volume divided by spot volume, {words.spread(weeks, Unit.RATIO)}."
    )
