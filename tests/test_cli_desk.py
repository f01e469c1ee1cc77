"""Desk files as an editor meets them: the documented one in a note, mistakes in them, and limits."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.desk_run import ROOT, reporter, simulated

EXAMPLE = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "desk.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)[
    0
]


def house(folder: Path, **files: str) -> Path:
    (folder / "desk").mkdir(parents=True)
    (folder / "config.yaml").write_text(simulated())
    for name, text in files.items():
        (folder / "desk" / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsletter after a run with the documented desk file."""
    folder = house(tmp_path_factory.mktemp("edited"), **{"2026_W07": EXAMPLE})
    done = reporter("run", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_the_documented_file_is_carried_out_in_full(edited: Path) -> None:
    folder = edited / "output" / "2026-W07" / "weekly"
    claims = json.loads((folder / "claims.json").read_text())
    assert [edit["action"] for edit in claims["edits"]] == ["replace", "drop", "add", "quote", "attribute"]
    assert {edit["who"] for edit in claims["edits"]} == {"M. Adler", ""}
    assert all(re.fullmatch(r"desk/2026-W07\.yaml:\d+", edit["where"]) for edit in claims["edits"])
    numbers = {edit["action"]: edit["sentence"] for edit in claims["edits"]}
    assert numbers["drop"] is None
    texts = [sentence["text"] for sentence in claims["sentences"]]
    assert all(
        edit["text"].endswith(texts[number]) for edit in claims["edits"] if (number := edit["sentence"]) is not None
    )
    page = (folder / "note.md").read_text("utf-8")
    assert "said [Brett Harrison](https://example.com/interview), former President of FTX US." in page
    assert "after $898 million of outflows" in page
    assert reporter("check", folder=edited).returncode == 0


def test_lint_reads_every_desk_file_and_names_what_is_wrong(tmp_path: Path) -> None:
    folder = house(tmp_path / "house", **{"2026_W07": EXAMPLE})
    assert "desk/" not in reporter("rules", "lint", folder=folder).stderr
    (folder / "desk" / "notes.yaml").write_text("")
    (folder / "desk" / "2026-W06.yaml").write_text("sentences:\n  - {drop: no-such-rule, who: a, why: b}\n")
    done = reporter("rules", "lint", folder=folder)
    assert done.returncode == 2
    assert [line for line in done.stderr.splitlines() if line.startswith("desk/")] == [
        "desk/2026-W06.yaml:2: no rule is called 'no-such-rule'; `reporter rules show` lists them",
        "desk/notes.yaml: is named after no week; call it as in 2026-W07.yaml",
    ]


def test_a_mistake_stops_the_run_of_its_week_before_anything_is_fetched(tmp_path: Path) -> None:
    folder = house(tmp_path / "house", **{"2026_W07": EXAMPLE.replace("date: 2026-02-11", "date: 2025-02-11")})
    done = reporter("run", folder=folder)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("desk/2026-W07.yaml:5: 'date' 2025-02-11 is more than 60 days before")
    assert not (folder / "output").exists()
    assert not list((folder / "data").glob("raw/*/*"))
    assert reporter("rules", "show", "--week", "2026-W06", folder=folder).returncode == 0


def test_one_sentence_too_many_holds_the_note(tmp_path: Path) -> None:
    more = "sentences:\n  - {add: {section: key_points, group: event}, say: One more., who: a, why: b}\n"
    folder = house(tmp_path / "house", **{"2026_W07": more})
    done = reporter("run", folder=folder)
    assert done.returncode == 4
    assert "desk/2026-W07.yaml:2: section 'key_points' has 4 sentences with it, of at most 3" in done.stderr
    assert (folder / "output" / ".held" / "2026-W07" / "weekly" / "findings.txt").exists()
    assert not (folder / "data" / "ledger.sqlite").exists()
