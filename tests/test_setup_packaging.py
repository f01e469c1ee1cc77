"""What a user gets who installs the package instead of cloning it: wheel, sdist, the command without a checkout."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STARTER = "reporter/_starter/"
needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this environment has no pip")


def run(*command: str, cwd: Path, **env: str) -> str:
    """What a command printed; its errors are shown where it fails."""
    done = subprocess.run(command, cwd=cwd, env=os.environ | env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(kind: str, source: Path, into: Path) -> Path:
    """The wheel or sdist of `source`, made by hatchling itself: no network, no isolation."""
    run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into), cwd=source)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def under(folder: Path) -> set[str]:
    """Every file below a folder of the checkout that a commit would hold."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_module_and_its_data(names: set[str]) -> None:
    assert under(ROOT / "reporter") <= names
    assert any("sample" in name and not name.endswith(".py") for name in names), "no sample data in the wheel"


def test_the_wheel_holds_the_templates_with_fonts_and_their_licences(names: set[str]) -> None:
    templates = under(ROOT / "templates")
    assert {STARTER + name for name in templates} <= names
    assert sum(name.endswith("LICENSE.txt") for name in templates) >= 2
    assert any(name.endswith((".woff2", ".ttf")) for name in templates)


def test_the_wheel_holds_the_example_newsletter_and_the_licence(names: set[str]) -> None:
    assert STARTER + "config.yaml" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    places = {name.split("/")[0] for name in names}
    assert sorted(place.partition("-")[0] for place in places) == ["reporter", "reporter"]
    assert not [name for name in names if "/tests/" in name or name.endswith((".pyc", ".sqlite", ".DS_Store"))]


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 2_000_000


def test_a_wheel_made_from_the_sdist_is_the_same(names: set[str], tmp_path: Path) -> None:
    run("tar", "-xzf", str(built("sdist", ROOT, tmp_path / "sdist")), cwd=tmp_path)
    (source,) = tmp_path.glob("reporter-*")
    with zipfile.ZipFile(built("wheel", source, tmp_path / "wheel")) as again:
        assert set(again.namelist()) == names


@needs_pip
def test_the_installed_command_runs_far_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile")
    run(*pip, "--target", str(tmp_path / "site"), str(wheel), cwd=tmp_path)
    installed = {"PYTHONPATH": str(tmp_path / "site")}
    starter = "from reporter import newsletter; print(newsletter.starter())"
    assert run(sys.executable, "-c", starter, cwd=tmp_path, **installed).strip() == str(
        tmp_path / "site/reporter/_starter"
    )
    assert "explain" in run(sys.executable, "-m", "reporter", "--help", cwd=tmp_path, **installed)
