"""Times the stages of a first run on the embedded sample, side by side: seconds, and each one's part of the whole.

    python scripts/bench.py [ROUNDS]

Each round starts from an empty folder in a process of its own; the least of the rounds counts. No figure here is a
test: a slow machine is slow in all stages, so read the ratios.

Then a week is collected as the example config has it, from providers on this machine that take their time: hosts are
asked side by side, so all of it should last little longer than the slowest host alone, asked at its own pace.

Last, the facts of one week are measured on histories of a hundred thousand to ten million made-up rows, fifty hourly
series with a payload a week, after all weeks before were kept: a longer history must not cost more than twice as much.

In the end the words a second of the narrative stage stand beside those of another generator of text: `narrative.py`.
"""

from __future__ import annotations

import importlib
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from narrative import show as show_narrative  # beside this file

T = TypeVar("T")
ONCE, COLLECT, LONG = "--once", "--collect", "--long"
ROOT = Path(__file__).resolve().parent.parent
ANSWER = 0.2  # seconds that a provider takes
BOUND, START = 1.3, 0.5  # how much longer than the slowest host, and the seconds it takes to begin
LENGTHS = (100_000, 1_000_000, 10_000_000)  # rows of a history
GROWTH = 2.0  # how much longer a week's facts may take on the longest of them than on the shortest
HOURLY = ("liquidations_long", "liquidations_short", "open_interest", "spot_volume", "perp_volume", "price_close",
          "price_high", "price_low", "funding", "long_short_ratio")  # fmt: skip
ASSETS = tuple(f"A{number}" for number in range(5))
NEWEST = "2026-W46"
HOUR, WEEK = 3600, 7 * 86_400


def main() -> None:
    sys.path.insert(0, str(ROOT))  # the providers live in tests/
    if ONCE in sys.argv:
        print(json.dumps(one_round(Path(sys.argv[-1]))))
        return
    if COLLECT in sys.argv:
        print(json.dumps(one_collection(Path(sys.argv[-1]))))
        return
    if LONG in sys.argv:
        print(json.dumps(one_history(int(sys.argv[2]), Path(sys.argv[-1]))))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    best: dict[str, float] = {}
    for _ in range(rounds):
        for stage, seconds in in_its_own_process(ONCE).items():
            best[stage] = min(seconds, best.get(stage, seconds))
    show(best)
    show_collection(in_its_own_process(COLLECT))
    show_histories({rows: in_its_own_process(LONG, str(rows)) for rows in LENGTHS})
    show_narrative()


def in_its_own_process(*what: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, __file__, *what, folder], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
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


def one_collection(folder: Path) -> dict[str, Any]:
    """Seconds for a week of the example config, and of each host how often it was asked, how far apart, and when it was
    done."""
    import yaml

    from reporter import newsletter, pipeline
    from tests.providers.server import Providers

    document = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    with Providers() as server:
        for name, raw in document["sources"].items():
            raw["base_url"] = server.url(name)
            server.own[name] = unhurried(raw["use"])
        (folder / "config.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
        desk = pipeline.prepare(newsletter.load(folder))
        kept, week = pipeline.stores(desk), pipeline.chosen_week(desk, None, None)
        done: dict[str, float] = {}
        start = time.perf_counter()
        pipeline.collect(desk.round, week, kept, lambda step: done.update({step.source: time.perf_counter() - start}))
        whole = time.perf_counter() - start
        asked = Counter(question.provider for question in server.asked)
    hosts = {one.name: (asked[one.name], one.settings.pace_seconds, done[one.name]) for one in desk.sources}
    return {"whole": whole, "hosts": hosts}


def unhurried(use: str) -> Callable[[Any], Any]:
    """The provider of a source, which takes its time."""
    answer = importlib.import_module(f"tests.providers.{use.replace('-', '_')}").answer
    return lambda question: replace(answer(question), delay=ANSWER)


def one_history(rows: int, folder: Path) -> dict[str, Any]:
    """Seconds to make up a history of so many rows, for the first facts of its last week and for later ones: those of
    this process alone, whatever else the machine does."""
    from reporter import clock, facts
    from reporter.pipeline import FOREVER

    week = clock.parse_week(NEWEST)
    start = time.process_time()
    history = made_up(folder / "reporter.sqlite", rows, clock.seconds(week.end))
    made = time.process_time() - start
    setting = facts.Setting(ASSETS, ASSETS[0], {}, ("bench",))
    spent = []
    for _ in range(10):
        start = time.process_time()
        found = facts.measure_frame(history, setting, week, FOREVER)
        spent.append(time.process_time() - start)
    return {"made": made, "first": spent[0], "kept": min(spent[1:]), "facts": len(found.facts)}


def made_up(path: Path, rows: int, end: int) -> Any:
    """A history of hourly rows up to a moment, each series with a payload a week, written past the store's own ways."""
    from reporter.history import open_history
    from reporter.series import FORMS

    history = open_history(path)
    names = [(measure, asset) for measure in HOURLY for asset in ASSETS]
    hours = rows // len(names)
    weeks = range((end - hours * HOUR) // WEEK, end // WEEK + 1)

    def number(series: int, at: int) -> int:
        return (at // WEEK - weeks[0]) * len(names) + series

    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("DROP INDEX observation_payload")
    connection.executemany(
        "INSERT INTO payload (number, id, source, key, fetched, parser) VALUES (?, ?, 'bench', ?, ?, '')",
        ((number(series, week * WEEK), f"{number(series, week * WEEK):064x}", f"{series}", (week + 1) * WEEK)
         for week in weeks for series in range(1, len(names) + 1)),
    )  # fmt: skip
    for series, (measure, asset) in enumerate(names, 1):
        form, chance = FORMS[measure], random.Random(series)
        connection.execute(
            "INSERT INTO series VALUES (?, ?, ?, ?, ?, 0, '', '')",
            (series, f"{measure}/{asset}/all/bench", form.unit, form.kind, HOUR),
        )
        connection.executemany(
            "INSERT INTO observation (series, at, seen, payload, known, value) VALUES (?, ?, ?, ?, ?, ?)",
            ((series, at, at + HOUR, number(series, at), at + HOUR, 100.0 + chance.random())
             for at in range(end - (hours - 1) * HOUR, end + 1, HOUR)),
        )  # fmt: skip
    connection.execute("CREATE INDEX observation_payload ON observation (payload)")
    connection.commit()
    connection.close()
    return history


def show_histories(found: dict[int, dict[str, Any]]) -> None:
    shortest, longest = (found[rows]["kept"] for rows in (LENGTHS[0], LENGTHS[-1]))
    print("\nfacts of a week, earlier weeks kept, on a made-up history")
    for rows, one in found.items():
        print(f"{f'{rows:,} rows':<24} {one['kept']:7.3f} s  {one['kept'] / shortest:5.2f} times as long; "
              f"{one['facts']} facts; at first {one['first']:.1f} s, making it up {one['made']:.1f} s")  # fmt: skip
    verdict = "within" if longest <= GROWTH * shortest else "OVER"
    print(
        f"{'longest to shortest':<24} {longest / shortest:7.2f}    {verdict} the {GROWTH:g} it is meant to stay under"
    )


def show_collection(found: dict[str, Any]) -> None:
    hosts = {
        name: (questions, pace, questions * pace, done) for name, (questions, pace, done) in found["hosts"].items()
    }
    print(f"\ncollecting a default week, each answer after {ANSWER:g} s")
    for name, (questions, pace, own, done) in sorted(hosts.items(), key=lambda pair: -pair[1][2]):
        print(f"{name:<24} {questions:3} questions, {pace:4.2f} s apart: {own:5.2f} s; done after {done:5.2f} s")
    slowest = max(own for _, _, own, _ in hosts.values())
    bound = BOUND * slowest + START
    print(f"{'the slowest host':<24} {slowest:7.3f} s  at its own pace")
    print(f"{'the whole collection':<24} {found['whole']:7.3f} s  {found['whole'] / slowest:.2f} times as long; "
          f"{'within' if found['whole'] <= bound else 'OVER'} the {bound:.2f} s it is meant to stay under")  # fmt: skip


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
