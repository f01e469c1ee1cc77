"""`reporter init DIR` as a user runs it, from nothing to a PDF."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.desk_run import command, environment, reporter
from tests.test_cli_mistakes import smallest_files


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose name wants quotes, made by the command."""
    place = tmp_path_factory.mktemp("place")
    done = reporter("init", "my desk", folder=place)
    assert (done.returncode, done.stderr) == (0, "")
    *files, last = done.stdout.splitlines()
    assert {place / name for name in files} == {path for path in (place / "my desk").rglob("*") if path.is_file()}
    assert last == "next: cd 'my desk' && reporter run --sample"
    return place / "my desk"


def test_the_next_command_makes_a_pdf(desk: Path) -> None:
    done = reporter("init", "again", folder=desk.parent)
    change, _, run = done.stdout.splitlines()[-1].removeprefix("next: ").partition(" && ")
    assert shlex.split(change) == ["cd", "again"]
    made = reporter(*shlex.split(run)[1:], folder=desk.parent / "again")
    assert (made.returncode, made.stderr) == (0, "")
    assert (desk.parent / "again" / "output" / "2026-W07" / "sample" / "note.pdf").read_bytes().startswith(b"%PDF-")


def test_nothing_is_to_be_mended_in_a_new_folder(desk: Path) -> None:
    done = reporter("rules", "lint", folder=desk)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("nothing to mend\n")


def test_a_mistake_in_a_rulebook_of_the_folder_is_seen(desk: Path) -> None:
    """The copies are what is read, not the packaged files."""
    rulebook = desk / "templates" / "rules" / "price.yaml"
    before = rulebook.read_text(encoding="utf-8")
    rulebook.write_text(before.replace("price_usd", "price_us"), encoding="utf-8")
    done = reporter("rules", "lint", folder=desk)
    rulebook.write_text(before, encoding="utf-8")
    assert done.returncode == 2
    assert "rules/price.yaml:" in done.stderr


@pytest.mark.parametrize(("given", "said"), [
    ("my desk", "my desk: already holds '"),
    ("nowhere/desk", "nowhere/desk: there is no folder "),
    (".", ".: already holds 'my desk'"),
    ("my desk/config.yaml", "my desk/config.yaml: is a file; "),
])  # fmt: skip
def test_a_place_that_is_none_is_one_line(desk: Path, given: str, said: str) -> None:
    done = reporter("init", given, folder=desk.parent)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(said.rpartition("'")[0] if given == "." else said)


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        command("init", "desk"), cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False,
        preexec_fn=smallest_files(500),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "desk: File too large; nothing was made there; free space or choose another place\n"
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_the_command_says_what_it_wants(tmp_path: Path) -> None:
    done = reporter("init", folder=tmp_path)
    assert done.returncode == 2
    assert "DIR" in done.stderr
