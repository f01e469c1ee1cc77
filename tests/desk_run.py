"""The command line run as a user runs it: in a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUIET = {"PATH": str(Path(sys.executable).parent), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}


def reporter(
    *arguments: str, folder: Path, env: Mapping[str, str] | None = None, timeout: float = 180
) -> subprocess.CompletedProcess[str]:
    """`reporter ARGUMENTS` in a folder. Without a browser on the PATH unless `env` brings one."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(folder, env),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "reporter", *arguments]


def environment(folder: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**QUIET, "HOME": str(folder), **(env or {})}


def newsletter(folder: Path, config: str | None = None) -> Path:
    """A folder with a copy of the example config and of the templates."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(config or simulated())
    shutil.copytree(ROOT / "templates", folder / "templates", dirs_exist_ok=True)
    return folder


def simulated() -> str:
    """The example config with the sample for its only source."""
    head, _, _ = (ROOT / "config.yaml").read_text().partition("\nsources:\n")
    return f"{head}\nsources:\n  sample: {{use: sample}}\n"


def bodies(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def system_path() -> str:
    return f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
