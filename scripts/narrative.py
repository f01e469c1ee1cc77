"""Words a second of processor time in the narrative stage, beside RosaeNLG on a note of the same size from the same
facts.

RosaeNLG (npm) is installed into a temporary folder, its template lies in `scripts/rosaenlg/`; where there is no node,
no npm or no registry, that is said and nothing else changes. It chooses between wordings and prints numbers; it does
not decide by rank, keep every number's fact, remember earlier notes or refuse a contradiction.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PEER = "rosaenlg@3.2.6"
WEEKS, ROUNDS, PEER_ROUNDS = 26, 5, 40  # the peer is compiled while it runs, and needs some rounds to warm up
PATIENCE = 240.0  # seconds for an installation


@dataclass(frozen=True)
class Pace:
    """What was written in the best of some rounds."""

    words: int
    sentences: int
    notes: int
    seconds: float

    @property
    def words_a_second(self) -> float:
        return self.words / self.seconds


def show() -> None:
    """Prints both paces, one below the other, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ours, weeks = our_pace(Path(folder))
        print(f"\nwriting the notes of {ours.notes} sample weeks")
        line("rules and placing", ours)
        peer = peer_pace(Path(folder), weeks)
    if isinstance(peer, str):
        print(f"RosaeNLG: {peer}; not compared")
        return
    line("RosaeNLG", peer)
    print(f"words a second, ours to RosaeNLG's: {ours.words_a_second / peer.words_a_second:.3f} to 1")


def line(name: str, pace: Pace) -> None:
    each = 1000 * pace.seconds / pace.notes
    print(f"{name:<24} {pace.words_a_second:9,.0f} words/s  {each:6.2f} ms a note  "
          f"({pace.words / pace.notes:.0f} words in {pace.sentences / pace.notes:.0f} sentences)")  # fmt: skip


def our_pace(folder: Path) -> tuple[Pace, list[dict[str, Any]]]:
    """Writing and placing of the sample's last weeks, each with the memory of those before; and their facts."""
    from reporter import facts, newsletter, pipeline, rules
    from reporter.model import Said, Sentence
    from reporter.pipeline.replaying import said_of

    (folder / "config.yaml").write_text((newsletter.starter() / "config.yaml").read_text())
    desk = pipeline.prepare(pipeline.with_sample(newsletter.load(folder)))
    kept = pipeline.stores(desk)
    pipeline.collect(desk.round, pipeline.chosen_week(desk, None, None), kept)
    weeks = pipeline.complete_weeks(desk, kept.history, last=WEEKS)
    frames = list(facts.frames(kept.history, desk.setting, weeks, pipeline.FOREVER))
    best, sentences = float("inf"), list[Sentence]()
    for _ in range(ROUNDS):
        start, memory, sentences = time.process_time(), list[Said](), list[Sentence]()
        for frame in frames:
            written = rules.write(desk.book, frame, desk.edition, memory)
            rules.sections(desk.book, frame, written)
            memory += [said_of(said, frame.week) for said in written.sentences]
            sentences += written.sentences
        best = min(best, time.process_time() - start)
    words = sum(len(said.text.split()) for said in sentences)
    return Pace(words, len(sentences), len(frames), best), [for_peer(frame) for frame in frames]


def for_peer(frame: Any) -> dict[str, Any]:
    """A week's numbers by `SUBJECT.name`, and the names of its coins."""
    from reporter.rules.names import coin

    values = {fact.key: fact.value for fact in frame.facts.values() if not isinstance(fact.value, date)}
    return {
        "facts": values,
        "lead": frame.lead,
        "others": [asset for asset in frame.assets if asset != frame.lead],
        "names": {asset: coin(asset) for asset in frame.assets},
    }


def peer_pace(folder: Path, weeks: Sequence[dict[str, Any]]) -> Pace | str:
    """The pace of RosaeNLG on the same weeks, or why it was not measured."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return "there is no node or no npm here"
    (folder / "weeks.json").write_text(json.dumps(weeks))
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), PEER]
    try:
        subprocess.run(install, capture_output=True, check=True, timeout=PATIENCE, cwd=folder)
        script = [node, str(HERE / "rosaenlg" / "write.cjs"), str(folder), str(folder / "weeks.json"), str(PEER_ROUNDS)]
        done = subprocess.run(script, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as problem:
        said = getattr(problem, "stderr", None) or str(problem)
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        return f"it could not be installed or run ({' '.join(text.split())[:160]})"
    found = json.loads(done.stdout)
    return Pace(found["words"], found["sentences"], found["notes"], found["seconds"])


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    show()
