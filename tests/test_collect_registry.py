"""The list of sources: how one is found by its name, what it is there for, and when its payloads are read again."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

from reporter import collect
from reporter.collect import READING, SOURCES
from reporter.model import Kind, Observation
from tests import live

LIVE = sorted(use for use in SOURCES if collect.is_live(collect.source(use)))
OWN = """\
from pydantic import Field
from reporter.collect.live import DAY, Address, Given, Live

LABEL, TERMS = "Our desk", "Our own"
GIVES = {"price_close": Given(DAY)}


class Settings(Live):
    base_url: Address = "https://desk.example"
    pace_seconds: float = Field(default=0.0, ge=0, le=60)
    column: str = "close"


def requests(week, settings):
    return []


def parse(payload, settings):
    return iter(())


def fault(status, body):
    return None


def provides(settings):
    return iter(("price_close/BTC/desk/desk",))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which modules can be imported; they are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)
    collect._code.cache_clear()
    yield tmp_path
    collect._code.cache_clear()
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    importlib.invalidate_caches()


def write(folder: Path, path: str, text: str = OWN) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def unknown(use: str) -> str:
    with pytest.raises(KeyError) as caught:
        collect.source(use)
    return str(caught.value.args[0])


def settings(use: str, **changes: Any) -> Any:
    return collect.source(use).Settings.model_validate({"name": "desk", "use": use, "assets": ["BTC"], **changes})


# ---- a source by its name --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", SOURCES)
def test_each_name_of_the_list_is_a_source(use: str) -> None:
    module = cast(ModuleType, collect.source(use))
    assert module.__name__ == SOURCES[use]
    assert SOURCES[use].startswith(f"reporter.collect.{use.replace('-', '_')}")
    assert "name" in collect.source(use).Settings.model_fields


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("binanse", "no source is called 'binanse'; did you mean 'binance'?"),
        ("coin-glass", "no source is called 'coin-glass'; did you mean 'coinglass'?"),
        ("xyz", "no source is called 'xyz'"),
        ("", "no source is called ''"),
        (".csv", "no source is called '.csv'; did you mean 'csv'?"),
        ("csv.", "no source is called 'csv.'; did you mean 'csv'?"),
        ("..", "no source is called '..'"),
        ("desk..flows", "no source is called 'desk..flows'"),
        ("our desk.flows", "no source is called 'our desk.flows'"),
        ("no_such_desk.flows", "no module is called 'no_such_desk'; is it installed where reporter runs?"),
        (
            "reporter.collect.binanse",
            "no module is called 'reporter.collect.binanse'; is it installed where reporter runs?",
        ),
        ("os.path", "the module 'os.path' is no source; add Settings, requests, parse to it, or name another"),
        ("reporter.collect.live", "the module 'reporter.collect.live' is no source; add Settings, requests, parse to it, or name another"),  # noqa: E501
    ],
)  # fmt: skip
def test_what_is_no_source_is_said_with_the_nearest(use: str, said: str) -> None:
    assert unknown(use) == said


def test_a_name_with_a_dot_is_a_module_of_the_newsletters_own(folder: Path) -> None:
    write(folder, "desk_one/flows.py")
    module = collect.source("desk_one.flows")
    assert cast(ModuleType, module).__file__ == str(folder / "desk_one" / "flows.py")
    assert list(collect.provides(module, settings("desk_one.flows"))) == ["price_close/BTC/desk/desk"]


def test_what_an_own_module_needs_and_is_not_there_is_named(folder: Path) -> None:
    write(folder, "desk_two/flows.py", "import no_such_library\n")
    assert unknown("desk_two.flows") == "no module is called 'no_such_library'; is it installed where reporter runs?"


def test_an_own_module_that_is_half_a_source_is_none(folder: Path) -> None:
    write(folder, "desk_half/flows.py", OWN.replace("def parse", "def read"))
    assert unknown("desk_half.flows") == "the module 'desk_half.flows' is no source; add parse to it, or name another"


# ---- what a source is ------------------------------------------------------------------------------------------------


def test_files_and_the_sample_are_at_hand_and_all_others_are_asked() -> None:
    assert {use for use in SOURCES if use not in LIVE} == {"csv", "sample", "farside-file"}


@pytest.mark.parametrize("use", LIVE)
def test_a_source_on_the_network_says_where_its_numbers_come_from(use: str) -> None:
    module, chosen = collect.source(use), live.settings(use, **_needed(use))
    assert collect.label(module, chosen) == module.LABEL  # type: ignore[attr-defined]
    assert collect.terms(module, chosen) == module.TERMS  # type: ignore[attr-defined]
    assert collect.label(module, live.settings(use, **_needed(use), label="The mirror")) == "The mirror"
    assert all((collect.label(module, chosen), collect.terms(module, chosen)))


def _needed(use: str) -> dict[str, Any]:
    """What a source cannot do without."""
    return {"base_url": "https://example.org/news"} if use == "news" else {}


def test_observations_are_described_as_their_source_has_them() -> None:
    at = datetime(2026, 11, 9, tzinfo=UTC)
    found = [Observation(f"price_close/{asset}/binance/mirror", at, 1.0, "p") for asset in ("ETH", "BTC", "ETH")]
    module, chosen = collect.source("binance-spot"), live.settings("binance-spot", name="mirror", label="The mirror")
    series = collect.described(module, chosen, found)
    assert [one.id for one in series] == ["price_close/BTC/binance/mirror", "price_close/ETH/binance/mirror"]
    assert {(one.label, one.terms) for one in series} == {("The mirror", module.TERMS)}  # type: ignore[attr-defined]


def test_a_local_source_describes_its_own_series() -> None:
    from reporter.collect import sample

    found = [Observation("price_close/BTC/all/sample", datetime(2026, 2, 9, tzinfo=UTC), 1.0, "p")]
    module, chosen = collect.source("sample"), _sample()
    assert [one.id for one in collect.described(module, chosen, found)] == ["price_close/BTC/all/sample"]
    assert collect.label(module, chosen) == sample.label(chosen)
    assert collect.terms(module, chosen) == sample.terms(chosen)


def _sample() -> Any:
    return collect.source("sample").Settings.model_validate({"name": "sample", "use": "sample"})


# ---- what it is there for --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", ["deribit", "hyperliquid", "coinglass"])
def test_a_list_of_the_moment_is_no_series_to_wait_for(use: str) -> None:
    module, chosen = collect.source(use), live.settings(use)
    kinds = {name: _kind(module, name) for name in module.provides(chosen)}  # type: ignore[attr-defined]
    kept = list(collect.provides(module, chosen))
    assert Kind.SNAPSHOT in kinds.values()
    assert kept == [name for name, kind in kinds.items() if kind != Kind.SNAPSHOT]


def _kind(module: Any, name: str) -> Kind:
    """A series' kind by the source's own table, read here a second time."""
    from reporter.series import FORMS

    measure, _, venue, _ = name.split("/")
    given = module.GIVES.get(f"{measure}/{venue}", module.GIVES[measure])
    return given.kind or FORMS[measure].kind


def test_a_file_promises_nothing() -> None:
    assert list(collect.provides(collect.source("sample"), _sample())) == []


# ---- how it reads ----------------------------------------------------------------------------------------------------


def test_an_address_and_a_pace_say_nothing_of_how_a_payload_is_read() -> None:
    usual = collect.parser("binance-spot", live.settings("binance-spot"))
    elsewhere = live.settings("binance-spot", base_url="https://data-api.binance.vision", pace_seconds=2)
    assert collect.parser("binance-spot", elsewhere) == usual
    assert len(usual) == 64


@pytest.mark.parametrize("changes", [{"symbols": {"BTC": "BTCUSDC"}}, {"name": "mirror"}, {"assets": ["BTC"]},
                                     {"label": "The mirror"}])  # fmt: skip
def test_every_other_setting_may_change_how_a_payload_is_read(changes: dict[str, Any]) -> None:
    usual = collect.parser("binance-spot", live.settings("binance-spot"))
    assert collect.parser("binance-spot", live.settings("binance-spot", **changes)) != usual


def test_two_sources_never_read_alike() -> None:
    one = live.settings("binance-spot")
    assert collect.parser("binance-spot", one) != collect.parser("coinbase", one)


def digest(folder: Path, use: str) -> str:
    importlib.invalidate_caches()
    return collect.parser(use, settings(use).model_copy(update={"use": "desk"}))


def test_mended_code_reads_again(folder: Path) -> None:
    write(folder, "desk_a/flows.py")
    write(folder, "desk_b/flows.py")
    write(folder, "desk_c/flows.py", OWN.replace("iter(())", "iter([])"))
    first, same, mended = (digest(folder, f"desk_{each}.flows") for each in "abc")
    assert first == same
    assert mended != first


def test_mended_code_in_a_part_of_a_package_reads_again(folder: Path) -> None:
    for each, part in (("a", "FACTOR = 1\n"), ("b", "FACTOR = 2\n")):
        write(folder, f"rows_{each}/flows/__init__.py")
        write(folder, f"rows_{each}/flows/cells.py", part)
    assert digest(folder, "rows_a.flows") != digest(folder, "rows_b.flows")


def test_mended_code_that_all_sources_stand_on_reads_again(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    usual = collect.parser("binance-spot", live.settings("binance-spot"))
    write(folder, "mended_reading.py", inspect.getsource(collect.reading) + "# mended\n")
    mended = tuple(importlib.import_module("mended_reading") if one is collect.reading else one for one in READING)
    monkeypatch.setattr(collect, "READING", mended)
    collect._code.cache_clear()
    assert collect.parser("binance-spot", live.settings("binance-spot")) != usual


# What a source stands on and says nothing of how a row is read: words, checks of settings, and the clock.
APART = {"reporter.errors", "reporter.model", "reporter.config", "reporter.clock"}


@pytest.mark.parametrize("use", SOURCES)
def test_whatever_a_sources_code_stands_on_counts_among_its_code(use: str) -> None:
    own = cast(ModuleType, collect.source(use))
    parts = [f"{own.__name__}.{part.name}" for part in pkgutil.iter_modules(getattr(own, "__path__", []))]
    counted = {own.__name__, *parts, *(module.__name__ for module in READING)}
    for name in counted:
        assert set(imported(importlib.import_module(name))) <= counted | APART, name


def imported(module: ModuleType) -> Iterator[str]:
    """The modules of the project that a module's source names."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "reporter":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in sys.modules else str(node.module)
