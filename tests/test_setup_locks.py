"""The locks pin what pyproject.toml asks for, by hash, and name no address from which to take it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements/run.txt", "requirements/dev.txt")
ADDRESS = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host|^\s*(index|find-links|extra-index)\b.*=", re.M)
CONFIGURATION = ("pyproject.toml", "Makefile", "scripts/setup.sh", ".ci/run", ".gitattributes", ".gitignore")


def entries(lock: str) -> dict[str, str]:
    """Name -> the whole entry (pin, marker and hashes) of each package in a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(line.partition("==")[0]): line for line in lines}


def pinned(lock: str) -> dict[str, str]:
    return {name: entry.partition("==")[2].split()[0] for name, entry in entries(lock).items()}


def wanted(lock: str) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines: list[str] = project["project"]["dependencies"] + project["dependency-groups"]["build"]
    lines += project["build-system"]["requires"]
    return lines + (project["project"]["optional-dependencies"]["dev"] if "dev" in lock else [])


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_as_asked_for(lock: str) -> None:
    pins = pinned(lock)
    for requirement in map(Requirement, wanted(lock)):
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, f"{requirement}: run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes(lock: str) -> None:
    for entry in entries(lock).values():
        assert re.fullmatch(r"[\w.-]+==[\w.]+ +(; [^#]+? )?( *--hash=sha256:[0-9a-f]{64})+ *", entry), entry


def test_what_runs_the_note_is_the_same_with_the_tools_of_development() -> None:
    assert entries("requirements/run.txt").items() <= entries("requirements/dev.txt").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_holds_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|^\s*/|^-[a-z]| --(?!hash)", text, re.MULTILINE)


@pytest.mark.parametrize("file", CONFIGURATION)
def test_no_configuration_names_an_index_of_one_machine(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not ADDRESS.search(text)
    assert not re.search(r"file://|/opt/(?!homebrew)|/root/|/work/", text)


def test_no_other_lock_lies_about() -> None:
    assert not [
        name for name in ("uv.lock", "poetry.lock", "Pipfile.lock", "pip.conf", "uv.toml") if (ROOT / name).exists()
    ]
