from __future__ import annotations

import hashlib
import math
import os
import re
import shutil
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reporter import charts
from reporter.charts import style
from reporter.charts.scene import Scene
from reporter.model import Chart, Fact, Frame, Input, Period, Point, Track, Unit, Week

TEMPLATES = (Path(__file__).resolve().parents[1] / "templates",)
WEEK = Week(datetime(2026, 2, 9, tzinfo=UTC))
START = WEEK.end - timedelta(weeks=13)
DAY = timedelta(days=1)
KEYS = ("liquidations", "open_interest", "funding", "etf_flows", "options", "volume")
UNITS = {"price_close": Unit.PRICE, "funding": Unit.RATE, "dvol": Unit.POINTS, "open_interest_coins": Unit.COIN}
VENUES = {"etf_flow": "us_spot", "funding": "binance", "price_close": "binance", "dvol": "deribit"}
Values = Callable[[int], float]
Tracks = dict[tuple[str, str], Track]


def track(asset: str, measure: str, points: list[Point], venue: str = "") -> Track:
    series = f"{measure}/{asset}/{venue or VENUES.get(measure, 'all')}/sample"
    source = Input(series, points[0].at, points[-1].at, len(points), ("payload",)) if points else None
    return Track("sample", UNITS.get(measure, Unit.USD), tuple(points), source)


def every(values: Values, count: int = 91, step: timedelta = DAY, start: datetime = START) -> list[Point]:
    return [Point(start + i * step, values(i)) for i in range(count)]


def sessions(values: Values) -> list[Point]:
    return [point for point in every(values) if point.at.weekday() < 5]


def a_stormy_week() -> Tracks:
    """Thirteen weeks that end in a fall: deterministic, shaped like the real thing, and not it."""

    def price(i: int) -> float:
        return 90_000 - 3_000 * math.sin(i / 9) - 70 * math.pow(max(0, i - 70), 1.5)

    def burst(i: int) -> float:
        return 7e8 * math.exp(-(((i - 86) / 1.2) ** 2))

    found = {
        ("BTC", "price_close"): every(lambda i: price(i + 1)),
        ("BTC", "open_interest"): every(lambda i: price(i) * (400_000 - 9_000 * max(0, i - 83)), 92),
        ("BTC", "funding"): every(lambda i: 1e-4 * math.cos(i / 40), 273, timedelta(hours=8)),
        ("BTC", "dvol"): every(lambda i: 44 + 4 * math.sin(i / 8) + burst(i) / 1e8),
        ("BTC", "perp_volume"): every(lambda i: 5e10 + 1e10 * math.sin(i / 5)),
        ("BTC", "spot_volume"): every(lambda i: 1.2e10 + 3e9 * math.sin(i / 3)),
    }
    for asset, size in (("BTC", 1.0), ("ETH", 0.6)):
        found[asset, "liquidations_long"] = every(lambda i, size=size: size * (9e7 + burst(i)))  # type: ignore[misc]
        found[asset, "liquidations_short"] = every(lambda i, size=size: size * (6e7 + 5e7 * math.cos(i) ** 2))  # type: ignore[misc]
        found[asset, "etf_flow"] = sessions(lambda i, size=size: size * 3e8 * math.sin(i / 4))  # type: ignore[misc]
    return {key: track(*key, points) for key, points in found.items()}


def fact(subject: str, name: str, value: float | date, unit: Unit) -> Fact:
    return Fact(name, subject, value, unit, Period(WEEK.start, WEEK.end), WEEK.cut, "")


def frame(*facts: Fact, assets: tuple[str, ...] = ("BTC", "ETH")) -> Frame:
    return Frame(WEEK, "BTC", assets, {(each.subject, each.name): each for each in facts}, {})


def scene(tracks: Mapping[tuple[str, str], Track], *facts: Fact, assets: tuple[str, ...] = ("BTC", "ETH")) -> Scene:
    return Scene(frame(*facts, assets=assets), tracks, style.load(TEMPLATES))


def draw(tracks: Mapping[tuple[str, str], Track], *facts: Fact) -> dict[str, Chart]:
    return {chart.key: chart for chart in charts.draw(frame(*facts), tracks, TEMPLATES)}


@pytest.fixture(scope="module")
def stormy() -> dict[str, Chart]:
    return draw(a_stormy_week())


# ---- the whole -------------------------------------------------------------------------------------------------------


def test_full_data_yield_every_chart_in_order(stormy: dict[str, Chart]) -> None:
    assert tuple(stormy) == KEYS
    assert [chart.path for chart in stormy.values()] == [f"charts/{key}.svg" for key in KEYS]


def test_needs_name_every_series_that_a_chart_reads() -> None:
    assert {measure for _, measure in a_stormy_week()} | {"open_interest_coins"} == set(charts.NEEDS)


def test_every_chart_has_a_title_a_text_its_inputs_and_its_source(stormy: dict[str, Chart]) -> None:
    for chart in stormy.values():
        assert chart.title and not chart.title.endswith(".")
        assert 1 <= chart.alt.count(". ") + 1 <= 3 and chart.alt.endswith(".")
        assert chart.inputs and chart.source_line.startswith("Source: sample (")
    assert stormy["liquidations"].source_line == "Source: sample (all venues, binance)"
    assert {each.series.split("/")[0] for each in stormy["liquidations"].inputs} == {
        "liquidations_long",
        "liquidations_short",
        "price_close",
    }


def test_a_picture_is_small_well_formed_and_refers_to_nothing_outside(stormy: dict[str, Chart]) -> None:
    for chart in stormy.values():
        text = chart.body.decode("utf-8")
        root = ET.fromstring(text)
        assert len(chart.body) < 120_000
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert names <= {"svg", "title", "desc", "defs", "style", "g", "path", "use"}
        for element in root.iter():
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on")
                if name.endswith("href"):
                    assert value.startswith("#")
        assert not re.search(r"<!DOCTYPE|<!--|url\(|@import|\bsrc=", text)
        assert set(re.findall(r"https?://[^\"' ]*", text)) == {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_a_picture_says_what_it_is_to_those_who_cannot_see_it(stormy: dict[str, Chart]) -> None:
    root = ET.fromstring(stormy["funding"].body)
    assert root.findtext("{*}title") == stormy["funding"].title
    assert root.findtext("{*}desc") == stormy["funding"].alt


def test_an_asset_with_odd_signs_in_its_name_breaks_nothing() -> None:
    name = "<&\N{CJK UNIFIED IDEOGRAPH-5E01}$x$"
    tracks = {(name, "dvol"): track(name, "dvol", every(lambda i: 40.0 + i))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (chart,) = charts.draw(Frame(WEEK, name, (name,), {}, {}), tracks, TEMPLATES)
    assert name in (ET.fromstring(chart.body).findtext("{*}title") or "")


@pytest.mark.parametrize(("measure", "gone"), [
    ("liquidations_long", {"liquidations"}),
    ("open_interest", {"open_interest"}),
    ("funding", {"funding"}),
    ("etf_flow", {"etf_flows"}),
    ("dvol", {"options"}),
    ("spot_volume", {"volume"}),
    ("price_close", set()),
])  # fmt: skip
def test_a_chart_whose_series_is_absent_is_left_out(measure: str, gone: set[str]) -> None:
    tracks = {key: value for key, value in a_stormy_week().items() if key[1] != measure}
    assert set(draw(tracks)) == set(KEYS) - gone


def test_without_series_there_are_no_charts() -> None:
    assert charts.draw(frame(), {}, TEMPLATES) == ()


def test_series_that_end_before_the_week_yield_no_chart() -> None:
    old = {
        key: track(*key, [point for point in value.points if point.at < WEEK.start])
        for key, value in a_stormy_week().items()
    }
    assert draw(old) == {}


ODD: dict[str, tuple[Values, set[str]]] = {
    "zero": (lambda i: 0.0, {"funding", "options"}),
    "equal": (lambda i: 5.0, set(KEYS)),
    "negative": (lambda i: -1.0 - i, {"liquidations", "open_interest", "funding", "etf_flows", "options", "volume"}),
    "huge": (lambda i: 1e15 * (1 + i), set(KEYS)),
    "beyond any market": (lambda i: 1e300, set()),
    "tiny": (lambda i: 1e-13 * (1 + i), set(KEYS)),
    "next to nothing": (lambda i: 1e-300 * (1 + i), set()),
    "far apart": (lambda i: 1e-13 if i % 3 else 1e17, set(KEYS)),
    "hardly different": (lambda i: 1e9 + i * 1e-7, set(KEYS)),
    "not a number": (lambda i: math.nan, set()),
    "infinite": (lambda i: math.inf, set()),
    "both signs": (
        lambda i: 1e9 if i % 2 else -1e9,
        {"liquidations", "open_interest", "funding", "etf_flows", "options"},
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_values_are_drawn_or_left_out_without_a_word(name: str, caplog: pytest.LogCaptureFixture) -> None:
    values, expected = ODD[name]
    tracks = {
        key: track(*key, [Point(point.at, values(i)) for i, point in enumerate(old.points)])
        for key, old in a_stormy_week().items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = draw(tracks)
    assert set(found) - {"volume"} == expected - {"volume"}
    assert not caplog.records
    for chart in found.values():
        ET.fromstring(chart.body)
        assert "nan" not in chart.body.decode().replace("<title", "") and "inf " not in chart.alt


def test_a_single_point_is_no_chart() -> None:
    tracks = {key: track(*key, [old.points[-1]]) for key, old in a_stormy_week().items()}
    assert draw(tracks) == {}


def test_empty_tracks_are_no_charts() -> None:
    assert draw({key: track(*key, []) for key in a_stormy_week()}) == {}


# ---- the same bytes everywhere ---------------------------------------------------------------------------------------

SCRIPT = """
import hashlib, os, sys, time
sys.path[:0] = [{root!r}]
from tests import test_charts_draw as t
from pathlib import Path
from reporter import charts
found = charts.draw(t.frame(), t.a_stormy_week(), [Path({templates!r})])
assert len(found) == 6
print(hashlib.sha256(b"".join(c.body + c.alt.encode() for c in found)).hexdigest())
print(" ".join(sorted(m for m in sys.modules if "pyplot" in m)))
print(sorted(name for name in os.environ if name.startswith("MPL")))
"""


def elsewhere(folder: Path, environment: Mapping[str, str], templates: Path = TEMPLATES[0]) -> tuple[list[str], str]:
    """What another process prints: the hash of its charts, its pyplot modules, its MPL variables; and its stderr."""
    for name in ("home", "tmp", "work", "bin"):
        (folder / name).mkdir(exist_ok=True)
    spy = folder / "bin" / "fc-list"
    spy.write_text(f"#!/bin/sh\ntouch {folder}/asked\n")
    spy.chmod(0o755)
    root = TEMPLATES[0].parent
    script = SCRIPT.format(root=str(root), templates=str(templates))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "XDG"))}
    clean |= {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PATH": f"{folder / 'bin'}:{clean['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder / "work",
        env=clean | {"PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr


def test_another_process_draws_the_same_bytes(tmp_path: Path, stormy: dict[str, Chart]) -> None:
    here = hashlib.sha256(b"".join(chart.body + chart.alt.encode() for chart in stormy.values())).hexdigest()
    settings = [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "2", "MPLBACKEND": "no such thing"},
    ]
    for number, environment in enumerate(settings):
        (folder := tmp_path / str(number)).mkdir()
        lines, _ = elsewhere(folder, environment)
        assert lines[0] == here


def test_neither_a_users_settings_nor_another_folder_of_the_same_fonts_change_a_byte(
    tmp_path: Path, stormy: dict[str, Chart]
) -> None:
    here = hashlib.sha256(b"".join(chart.body + chart.alt.encode() for chart in stormy.values())).hexdigest()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "matplotlibrc").write_text(
        "svg.fonttype: none\nlines.linewidth: 9\npath.simplify: False\nfigure.dpi: 300\ntext.usetex: True\n"
        "font.family: no such font\npatch.antialiased: False\nsavefig.dpi: 30\nthis is: rubbish\n"
    )
    shutil.copytree(TEMPLATES[0] / "style", tmp_path / "copy" / "style")
    lines, errors = elsewhere(tmp_path, {}, tmp_path / "copy")
    assert lines[0] == here
    assert errors == ""


def test_drawing_leaves_no_trace_and_asks_the_machine_for_no_fonts(tmp_path: Path) -> None:
    lines, errors = elsewhere(tmp_path, {})
    assert errors == ""
    assert lines[1:] == ["", "[]"]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "bin",
        "bin/fc-list",
        "home",
        "tmp",
        "work",
    ]


def test_a_place_that_the_user_named_for_settings_stays_named(tmp_path: Path) -> None:
    lines, errors = elsewhere(tmp_path, {"MPLCONFIGDIR": str(tmp_path / "mine")})
    assert lines[2] == "['MPLCONFIGDIR']" and errors == ""


def test_a_palette_needs_no_colours_but_those_asked_for(tmp_path: Path, stormy: dict[str, Chart]) -> None:
    (tmp_path / "style").mkdir()
    all_colours = style.load(TEMPLATES).colours
    lines = [f'{name}: "{all_colours[name]}"' for name in style.COLOURS]
    (tmp_path / "style" / "palette.yaml").write_text("\n".join(lines))
    found = charts.draw(frame(), a_stormy_week(), (tmp_path, *TEMPLATES))
    assert found == tuple(stormy.values())


def test_settings_of_this_process_are_untouched_and_without_effect(stormy: dict[str, Chart]) -> None:
    import matplotlib

    before = dict.copy(matplotlib.rcParams)
    try:
        matplotlib.rcParams["svg.fonttype"] = "none"
        matplotlib.rcParams["text.parse_math"] = True
        mine = dict.copy(matplotlib.rcParams)
        assert draw(a_stormy_week()) == stormy
        assert dict.copy(matplotlib.rcParams) == mine
    finally:
        dict.update(matplotlib.rcParams, before)
