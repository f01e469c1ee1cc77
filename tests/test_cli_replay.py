"""`reporter rules replay`, `reporter diff` and `reporter rules show --week` as a user runs them, on the sample."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.desk_run import newsletter, reporter

WEEKS, LATEST = 62, "2026-W07"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return newsletter(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def replayed(desk: Path) -> dict[str, Any]:
    done = reporter("rules", "replay", "--sample", "--json", "--html", "map.html", folder=desk)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "map.html"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_complete_week_is_replayed_and_every_rule_counted(replayed: dict[str, Any]) -> None:
    assert len(replayed["weeks"]) == WEEKS
    assert (replayed["weeks"][0], replayed["weeks"][-1]) == ("2024-W50", LATEST)
    for rule in replayed["rules"]:
        subjects = 3 if rule["subject"] == "asset" else 1
        assert rule["spoke"] + rule["lost"] + rule["silent"] + rule["gaps"] == WEEKS * subjects, rule["id"]
        assert len(rule["turns"]) == WEEKS
        assert rule["could_speak"] == rule["spoke"] + rule["lost"]
    assert sum(rule["spoke"] for rule in replayed["rules"]) == sum(note["sentences"] for note in replayed["notes"])


def test_no_rule_is_both_dead_and_frequent(replayed: dict[str, Any]) -> None:
    dead = {one["rule"] for one in replayed["dead"]}
    assert dead and all(one["why"] for one in replayed["dead"])
    assert set(replayed["never_win"]) <= dead
    assert set(replayed["always"]) <= set(replayed["often"])
    assert not dead & set(replayed["often"])


def test_a_wording_comes_back_no_sooner_than_it_may(replayed: dict[str, Any]) -> None:
    assert [one for one in replayed["repeats"] if one["kind"] in {"wording", "opening"}] == []


def test_the_page_has_a_row_a_rule(replayed: dict[str, Any], desk: Path) -> None:
    text = (desk / "map.html").read_text(encoding="utf-8")
    assert text.count('<svg class="cells"') == len(replayed["rules"]) + 1
    assert f"2024-W50 to {LATEST}" in text


def test_the_last_weeks_alone_are_shown_as_a_table_with_findings_below(desk: Path) -> None:
    done = reporter("rules", "replay", "--sample", "--weeks", "3", folder=desk)
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head.split()[:3] == ["rule", "spoke", "of"]
    assert any(re.match(r"[a-z0-9-]+ +[1-3] +(33|67|100)% ", row) for row in rows)
    assert any(row.startswith(f"2026-W05 to {LATEST}: 3 weeks") for row in rows)
    assert "never spoke" in done.stdout


def test_a_store_without_a_week_says_what_to_do(desk: Path, tmp_path: Path) -> None:
    empty = newsletter(tmp_path / "empty", (desk / "config.yaml").read_text().replace("use: sample", "use: gate"))
    done = reporter("rules", "replay", folder=empty)
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "replay: the store holds no complete week; collect first: reporter collect --backfill 52"
    )


def test_a_page_that_cannot_be_written_is_named(desk: Path) -> None:
    done = reporter("rules", "replay", "--sample", "--weeks", "1", "--html", "config.yaml/map.html", folder=desk)
    assert done.returncode == 1
    assert done.stderr.startswith("config.yaml/map.html: Not a directory")


# ---- diff ------------------------------------------------------------------------------------------------------------


def test_a_week_is_set_against_the_one_before(desk: Path) -> None:
    done = reporter("diff", LATEST, "--sample", "--json", folder=desk)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["week"], found["against"]) == (LATEST, "2026-W06")
    swings = [move["swing"] for move in found["moves"]]
    assert swings and swings == sorted(swings, reverse=True)
    new, gone = ({(one["rule_id"], one["subject"]) for one in found[which]} for which in ("new", "gone"))
    assert new and gone and not new & gone


def test_a_difference_is_plain_on_a_terminal(desk: Path) -> None:
    done = reporter("diff", "2026-02-10", "--sample", folder=desk)
    lines = done.stdout.splitlines()
    assert lines[0] == f"{LATEST} against 2026-W06"
    heads = [line.partition(":")[0].partition(" (")[0] for line in lines if line and not line.startswith(" ")][1:]
    assert heads == ["moved most", "reversed", "new", "gone", "headings", "gaps that are new", "gaps that are mended"]


def test_what_is_no_week_is_the_authors_mistake(desk: Path) -> None:
    done = reporter("diff", "last", "--sample", folder=desk)
    assert done.returncode == 2
    assert "last" in done.stderr


# ---- rules show ------------------------------------------------------------------------------------------------------


def test_what_was_said_has_its_weight_and_wording_and_what_was_not_its_cause(desk: Path) -> None:
    done = reporter("rules", "show", "--sample", "--week", LATEST, "--json", folder=desk)
    shown = json.loads(done.stdout)
    rules = {one["rule_id"] for one in shown["said"]}
    for one in shown["said"]:
        assert 1 <= one["wording"] <= one["wordings"]
        assert one["weight"] > 0
    lost = [one for one in shown["unsaid"] if one["act"] == "lost" and "lost to" in one["why"]]
    assert lost and {one["cause"] for one in lost} <= rules
    gaps = [one for one in shown["unsaid"] if one["act"] == "gap"]
    assert gaps and all(one["why"].startswith(f"needs {one['cause']}: ") for one in gaps)


def test_silence_is_grouped_by_its_cause(desk: Path) -> None:
    done = reporter("rules", "show", "--sample", "--week", LATEST, folder=desk)
    lines = done.stdout.splitlines()
    heads = [line.partition(":")[0] for line in lines if line and not line.startswith(" ") and "/" not in line]
    assert heads == ["said", "not said", "lost", "wanting a fact", "nothing to say"]
    spoke = {line.split()[1] for line in lines if re.match(r"\S+/\S+  ", line)}
    winners = [line.removeprefix("  to ") for line in lines[lines.index("") :] if line.startswith("  to ")]
    assert len(winners) == len(set(winners))
    assert spoke & set(winners)
    wanted = [line.strip().partition(":")[0] for line in lines if re.match(r"  [A-Za-z]+\.[a-z0-9_]+: ", line)]
    assert wanted and len(wanted) == len(set(wanted))
