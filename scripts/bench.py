"""Times the stages of a first run on the embedded sample, side by side: seconds, and each one's part of the whole.

    python scripts/bench.py [ROUNDS]

Each round starts from an empty folder in a process of its own; the least of the rounds counts. No figure here is a
test: a slow machine is slow in all stages, so read the ratios.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ONCE = "--once"


def main() -> None:
    if ONCE in sys.argv:
        print(json.dumps(one_round(Path(sys.argv[-1]))))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    best: dict[str, float] = {}
    for _ in range(rounds):
        for stage, seconds in in_its_own_process().items():
            best[stage] = min(seconds, best.get(stage, seconds))
    show(best)


def in_its_own_process() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, __file__, ONCE, folder], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one_round(folder: Path) -> dict[str, float]:
    """Seconds of each stage of a first run, and of what a second run does again."""
    spent: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        spent[stage] = spent.get(stage, 0.0) + time.perf_counter() - start

    def stage(name: str, work: Callable[[], T]) -> T:
        with timed(name):
            return work()

    with timed("imports"):
        from reporter import charts, facts, newsletter, note, pipeline, rules
        from reporter.check import disclaimer
        from reporter.render import html, markdown, pdf

    (folder / "config.yaml").write_text((newsletter.starter() / "config.yaml").read_text())
    house = pipeline.with_sample(newsletter.load(folder))
    desk = stage("rulebook and templates", lambda: pipeline.prepare(house))
    kept = pipeline.stores(desk)
    history = kept.history
    week = pipeline.chosen_week(desk, None, None)
    stage("archive and history", lambda: pipeline.collect(desk.round, week, kept))
    frame = stage("facts, first run", lambda: pipeline.measure(desk, history, week, None))
    stage("facts, kept", lambda: pipeline.measure(desk, history, week, None))
    written = stage("rules", lambda: rules.write(desk.book, frame, desk.edition))
    tracks = facts.tracks(history, desk.setting, charts.NEEDS, week, pipeline.FOREVER)
    drawn = stage("charts", lambda: charts.draw(frame, tracks, house.templates))
    sections = rules.sections(desk.book, frame, written)
    sources = pipeline.sources(desk, history, frame, pipeline.FOREVER)
    places = rules.chart_places(desk.book)
    made = note.assemble(note.Materials(frame, sections, drawn, places, sources, desk.imprint))
    page = stage("HTML", lambda: html.page(made, house.templates))
    text = stage("Markdown", lambda: markdown.page(made, house.templates))
    stage("WeasyPrint, import", lambda: __import__("weasyprint"))
    printed = stage("PDF", lambda: pdf.document(page, made))
    main_files = {"html": page, "pdf": printed, "markdown": text}
    stage("check", lambda: disclaimer.findings(main_files, made, lambda body: pipeline.reprinted(body, made)))
    return spent


def show(best: dict[str, float]) -> None:
    whole = sum(seconds for stage, seconds in best.items() if stage != "facts, kept")
    for stage, seconds in best.items():
        print(f"{stage:<24} {seconds:7.3f} s  {seconds / whole:6.1%}  {'#' * round(40 * seconds / whole)}")
    narrative = best["facts, first run"] + best["rules"]
    print(f"{'a first run':<24} {whole:7.3f} s")
    print(f"{'facts and rules':<24} {narrative:7.3f} s  (2 s is the bound they are meant to stay under)")
    print(f"facts kept against computed: 1 to {best['facts, first run'] / best['facts, kept']:.1f}")


if __name__ == "__main__":
    main()
