"""Who may import whom, who may load what is heavy, who may read the clock: read from the source, held here."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "reporter").rglob("*.py"))
STAGES = ["collect", "facts", "rules", "press", "charts", "note", "render", "check", "publish"]
WORDS = ["errors", "units", "clock", "model", "disclaimer", "strict_yaml", "series", "breaks", "sessions", "__init__"]
WORDS += ["language", "spelling"]
ROWS = (  # from the bottom up: a row imports from the rows below it, and the first two from themselves
    WORDS,
    ["config", "newsletter", "web", "archive", "history", "ledger", "desk_file", "output"],
    STAGES,
    ["pipeline"],
    ["inside", "doctor"],
    ["views"],
    ["cli"],
    ["__main__"],
)
LAYER = {name: row for row, names in enumerate(ROWS) for name in names}
LIBRARIES = {  # who may import what weighs much, or reaches out
    "requests": {"web", "publish"},
    "pandas": {"history", "facts", "charts"},
    "matplotlib": {"charts"},
    "weasyprint": {"render"},
}
HEAVY = {"pandas", "matplotlib", "weasyprint", "numpy", "sqlalchemy", "pypdfium2", "PIL"}


def part(path: Path) -> str:
    """`facts` for reporter/facts/price.py, `cli` for reporter/cli/making.py."""
    return path.relative_to(ROOT / "reporter").parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """Each imported module's dotted name; `from reporter import x` is reporter.x where x is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            inside = node.module == "reporter"
            for alias in node.names:
                yield f"reporter.{alias.name}" if inside and alias.name in LAYER else str(node.module)


def calls(tree: ast.AST) -> Iterator[str]:
    yield from (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))


def is_clock(call: str) -> bool:
    """True for datetime.now, pd.Timestamp.today, time.time and the like."""
    owner, _, name = call.rpartition(".")
    reads = name in {"now", "utcnow", "today", "time_ns", "localtime", "gmtime"} or call in {"time.time", "time"}
    return reads and owner != "clock"


def trespasses(path: Path, tree: ast.Module) -> Iterator[str]:
    here = part(path)
    for name in imports(tree):
        library, *below = name.split(".")
        if library == "reporter":
            there = (below or ["__init__"])[0]
            same = here == there or (LAYER[here] == LAYER[there] < LAYER["collect"])
            if not same and LAYER[there] >= LAYER[here]:
                yield f"imports {name}"
        elif here not in LIBRARIES.get(library, {here}):
            yield f"imports {library}"
    if path.name != "clock.py":
        yield from (f"reads the clock: {call}" for call in calls(tree) if is_clock(call))
    if here != "cli":
        yield from ("prints" for call in calls(tree) if call == "print")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_stays_in_its_place(path: Path) -> None:
    assert part(path) in LAYER, f"say in ROWS which layer {path.name} belongs to"
    assert list(trespasses(path, ast.parse(path.read_text(encoding="utf-8")))) == []


def test_only_the_pdf_module_loads_weasyprint_and_only_inside_a_function() -> None:
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        anywhere = sum(name.startswith("weasyprint") for name in imports(tree))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        inside = sum(name.startswith("weasyprint") for function in functions for name in imports(function))
        assert anywhere <= inside, f"{path}: weasyprint takes a second to load; import it inside the function"
        assert not anywhere or path == ROOT / "reporter" / "render" / "pdf.py", path


@pytest.mark.parametrize(
    ("file", "source", "trespass"),
    [
        ("model.py", "from reporter.config import Config", "imports reporter.config"),
        ("facts/price.py", "from reporter.rules import load", "imports reporter.rules"),
        ("note.py", "from reporter import pipeline", "imports reporter.pipeline"),
        ("render/html.py", "def f():\n    import pandas as pd", "imports pandas"),
        ("collect/csv.py", "import requests", "imports requests"),
        ("check/links.py", "print('x')", "prints"),
        ("note.py", "x = datetime.now(UTC)", "reads the clock: datetime.now"),
        ("web.py", "x = time.time()", "reads the clock: time.time"),
        ("facts/price.py", "from reporter import clock\nfrom reporter.history import Reader\nx = clock.now()", None),
        ("collect/csv.py", "from reporter.collect.sample import x", None),
    ],
)
def test_a_trespass_is_seen(file: str, source: str, trespass: str | None) -> None:
    found = list(trespasses(ROOT / "reporter" / file, ast.parse(source)))
    assert found == ([trespass] if trespass else [])


def test_help_loads_nothing_heavy() -> None:
    script = "import sys, reporter.cli\nsys.argv = ['reporter', '--help']\ntry:\n    reporter.cli.main()\nfinally:\n"
    script += "    print('LOADED', *sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "LOADED" in done.stderr, done.stderr
    assert "reporter" in done.stdout
    assert HEAVY & set(done.stderr.rpartition("LOADED")[2].split()) == set()
