"""Frame and tracks of a week in, its charts out: SVG with a title, a text for those who cannot see it, and its sources.

A chart is a module with `NEEDS` (the series it reads) and `draw`, called as its module or its `NAME` says; to add one,
write it and name it in `FORMS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import localcontext
from pathlib import Path

from reporter.charts import engine, etf_flows, funding, heatmap, liquidations, open_interest, options, style, volume
from reporter.charts.scene import Scene
from reporter.charts.table import table
from reporter.model import Chart, Frame, LevelGrid, Track

FORMS = (liquidations, open_interest, funding, etf_flows, options, heatmap, volume)
NEEDS: tuple[str, ...] = tuple(sorted({name for form in FORMS for name in form.NEEDS}))

DIGITS = 200  # the usual 28 do not hold a broken feed's quotients, and a process may have set fewer


KEYS: tuple[str, ...] = tuple(getattr(form, "NAME", form.__name__.rpartition(".")[2]) for form in FORMS)


def check_style(templates: Sequence[Path]) -> None:
    """Nothing, where the style can be used. Raises ConfigError or Several where it cannot."""
    style.load(templates)


def draw(
    frame: Frame,
    tracks: Mapping[tuple[str, str], Track],
    templates: Sequence[Path],
    levels: LevelGrid | None = None,
) -> tuple[Chart, ...]:
    """The week's charts in the order of `FORMS`; one whose data are absent or too few is left out.

    `tracks` holds series in base units by (asset, measure), for the thirteen weeks that end with the frame's;
    `levels` is the lead asset's map of liquidation levels; `templates` is the search path of the style. Raises
    ConfigError or Several for a style that cannot be used.
    """
    scene = Scene(frame, tracks, style.load(templates), levels)
    if not tracks and levels is None:
        return ()
    with engine.ready(), localcontext(prec=DIGITS):
        return tuple(chart for form in FORMS if (chart := form.draw(scene)))


__all__ = ["FORMS", "KEYS", "NEEDS", "check_style", "draw", "table"]
