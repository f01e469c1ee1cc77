"""Loads matplotlib without a word, a trace or a look at the machine: out come its modules, ready to draw.

Bare, `import matplotlib` reads a settings file from the home folder, walks all fonts of the machine (seconds, and a
warning, on a desk with many) and keeps their list in the home folder. The charts use none of it: their fonts are files.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OURS: Mapping[Any, Any] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "reporter",
    "text.parse_math": False,  # a dollar sign is a dollar sign
}
THEIRS = ("backend", "backend_fallback", "interactive", "toolbar")  # of the process, not of a drawing
MODULES = ("matplotlib", "matplotlib.font_manager", "matplotlib.figure", "matplotlib.backends.backend_svg")
FALLBACK = {
    "fname": "fonts/ttf/DejaVuSans.ttf",
    "name": "DejaVu Sans",
    "style": "normal",
    "variant": "normal",
    "weight": 400,
    "stretch": "normal",
    "size": "scalable",
    "__class__": "FontEntry",
}


@contextmanager
def ready() -> Iterator[None]:
    """matplotlib loaded, with its own defaults and ours over them; whatever the user had set is back afterwards."""
    load()
    import matplotlib

    settings: dict[Any, Any] = dict.copy(matplotlib.rcParamsDefault)
    for name in THEIRS:
        settings.pop(name, None)
    with matplotlib.rc_context({**settings, **OURS}):
        yield


def load() -> None:
    """matplotlib imported, once; the environment and the temporary folder are as they were before."""
    if all(name in sys.modules for name in MODULES):
        return
    with tempfile.TemporaryDirectory(prefix="reporter-") as folder, _silence(), _environment(Path(folder)):
        for name in MODULES:
            importlib.import_module(name)


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """No backend from outside, and settings in `folder` unless the user named a place for them."""
    before = {name: os.environ.get(name) for name in ("MPLCONFIGDIR", "MPLBACKEND")}
    os.environ.pop("MPLBACKEND", None)
    if not before["MPLCONFIGDIR"]:
        os.environ["MPLCONFIGDIR"] = str(folder)
        _list_no_fonts(folder)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _list_no_fonts(folder: Path) -> None:
    """A ready list of one font in `folder`, so that matplotlib does not look for others.

    The list carries the version of matplotlib's format, which stands only in its source. Where it is not found there,
    matplotlib makes the list itself: slower, and the charts are the same.
    """
    spec = importlib.util.find_spec("matplotlib")
    source = Path(spec.origin).with_name("font_manager.py") if spec and spec.origin else None
    text = source.read_text("utf-8") if source and source.exists() else ""
    if match := re.search(r"class FontManager\b.*?__version__ = ['\"]?([^'\"\n]+)", text, re.DOTALL):
        fonts = {
            "_version": match[1],
            "_FontManager__default_weight": "normal",
            "default_size": None,
            "defaultFamily": {"ttf": "DejaVu Sans", "afm": "Helvetica"},
            "afmlist": [],
            "ttflist": [FALLBACK],
            "__class__": "FontManager",
        }
        (folder / f"fontlist-v{match[1]}.json").write_text(json.dumps(fonts), "utf-8")


@contextmanager
def _silence() -> Iterator[None]:
    """What matplotlib says of caches and settings files while it loads is nothing the reader of a note can act on."""
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
