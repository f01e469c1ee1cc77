"""The lead asset's funding as a simple annual rate over thirteen weeks, a mean a UTC day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from reporter import units
from reporter.charts import axis, days, plot, words
from reporter.charts.plot import Plot
from reporter.charts.scene import Caption, Scene, finish
from reporter.charts.sheet import Sheet, Spot
from reporter.model import Chart, Point, Unit

NEEDS = ("funding",)
WEEKS = 13
FEWEST = 8
DEFAULT = units.apr_from_rate(0.0001, 8.0)  # the interest part alone, as exchanges set it for most contracts
FACTS = ("funding_apr", "funding_apr_change", "funding_apr_percentile", "funding_rate", "funding_negative_share")


def draw(scene: Scene) -> Chart | None:
    """The chart, or nothing where the week has too few settlements."""
    points = days.within(scene.track("funding"), scene.weeks(WEEKS))
    daily = annual(points)
    if len(daily) < FEWEST or daily[-1].at < scene.week.start:
        return None
    sheet = Sheet(scene.style)
    _paint(sheet, scene, daily)
    return finish(scene, sheet, _caption(scene, daily))


def annual(points: Sequence[Point]) -> tuple[Point, ...]:
    """The mean of each full UTC day as a simple annual rate; the settlements' median spacing is their interval."""
    hours = round(days.spacing(points) / timedelta(minutes=1)) / 60
    means = days.means(points)
    return days.stamped({day: units.apr_from_rate(value, hours) for day, value in means.items()}) if hours else ()


def _paint(sheet: Sheet, scene: Scene, daily: Sequence[Point]) -> None:
    values = [point.value for point in daily]
    default = [DEFAULT] if 4 * max(map(abs, values)) >= DEFAULT else []
    left = plot.scale(axis.around([0.0, *values, *default], plot.BOTTOM, plot.TOP), Unit.APR)
    area = Plot(scene.weeks(WEEKS), left.width(sheet) + 2, sheet.right - 6)
    plot.shade(sheet, area, scene.week)
    plot.grid(sheet, area, left)
    centred = [Point(point.at + days.DAY / 2, point.value) for point in daily]
    paths = [area.path(run, left.axis) for run in days.runs(centred)]
    sheet.areas([_to_zero(path, left.axis.at(0)) for path in paths if len(path) > 1], "funding", opacity=0.14)
    plot.zero(sheet, area, left.axis)
    sheet.line(paths, "funding", width=1.5)
    entries = [("solid", "funding", f"{scene.lead} funding, annualized, mean of the day")]
    if default:
        sheet.line([[(area.left, left.axis.at(DEFAULT)), (area.right, left.axis.at(DEFAULT))]], "ink", 0.9, "dotted")
        entries.append(("dotted", "ink", "exchange default"))
    plot.dates(sheet, area, scene.week, every=2)
    plot.key(sheet, area.left, plot.HEAD, entries)


def _to_zero(path: Sequence[Spot], zero: float) -> list[Spot]:
    return [(path[0][0], zero), *path, (path[-1][0], zero)]


def _caption(scene: Scene, daily: Sequence[Point]) -> Caption:
    return Caption(
        key="funding",
        title=f"{scene.lead} perpetual funding as a simple annual rate, in percent",
        alt=_alt(scene, daily),
        facts=[("lead", name) for name in FACTS],
        tracks=[scene.track("funding")],
    )


def _alt(scene: Scene, daily: Sequence[Point]) -> str:
    fact = scene.frame.get("lead", "funding_apr")
    mean = f" The mean of the shaded week is {units.text(fact.value, fact.unit)}." if fact else ""
    return (
        f"A line of {scene.lead} perpetual funding as a simple annual rate, the mean of each UTC day, from "
        f"{words.span(daily[0].at.date(), daily[-1].at.date())}: {words.spread(daily, Unit.APR)}.{mean}"
    )
