"""A new newsletter's folder: what stands in it, where it may be made, and that it is made whole or not at all."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import reporter
from reporter import newsletter
from reporter.errors import ConfigError, StoreError
from tests.test_docs import unknown

ROOT = Path(reporter.__file__).resolve().parent.parent
RULES = {path.name: path.read_bytes() for path in (newsletter.starter() / "templates" / "rules").glob("*.yaml")}


def names(folder: Path) -> set[str]:
    """Every file below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# ---- what stands in it -----------------------------------------------------------------------------------------------


def test_the_folder_holds_what_an_editor_edits_and_nothing_else(tmp_path: Path) -> None:
    made = newsletter.make(tmp_path / "desk")
    assert {path.relative_to(tmp_path / "desk").as_posix() for path in made} == names(tmp_path / "desk")
    rules = {f"templates/rules/{name}" for name in RULES}
    assert names(tmp_path / "desk") == {"config.yaml", "README.md", ".gitignore", *rules}
    assert "templates/rules/outline.yaml" in rules


def test_config_and_rulebooks_are_the_packaged_ones_byte_by_byte(tmp_path: Path) -> None:
    newsletter.make(tmp_path / "desk")
    assert (tmp_path / "desk" / "config.yaml").read_bytes() == (newsletter.starter() / "config.yaml").read_bytes()
    assert {path.name: path.read_bytes() for path in (tmp_path / "desk" / "templates" / "rules").iterdir()} == RULES


def test_the_config_speaks_of_the_new_folder(tmp_path: Path) -> None:
    newsletter.make(tmp_path / "desk")
    found = newsletter.load(tmp_path / "desk")
    assert found.templates[0] == tmp_path / "desk" / "templates"
    assert (found.data, found.output) == (tmp_path / "desk" / "data", tmp_path / "desk" / "output")


def test_git_ignores_data_and_output_at_the_top_only(tmp_path: Path) -> None:
    newsletter.make(tmp_path / "desk")
    lines = (tmp_path / "desk" / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert lines == ["/data/", "/output/", "/.cache/"]
    config = yaml.safe_load((tmp_path / "desk" / "config.yaml").read_text(encoding="utf-8"))
    assert {f"/{config['data']}/", f"/{config['output']}/"} <= set(lines)


def test_the_readme_names_only_what_is_there(tmp_path: Path) -> None:
    newsletter.make(tmp_path / "desk")
    text = (tmp_path / "desk" / "README.md").read_text(encoding="utf-8")
    for name in ("config.yaml", "templates/rules/", "outline.yaml", "output/2026-W07/sample/note.pdf", "docs/"):
        assert f"`{name}`" in text
    for page in ("rulebooks.md", "facts.md", "rules.md", "csv.md", "weekly-job.md"):
        assert f"`{page}`" in text
        assert (ROOT / "docs" / page).exists()


def test_every_command_of_the_readme_is_there() -> None:
    said = re.findall(r"^\$ reporter (.*?)(?: +#.*)?$|`reporter ([^`]+)`", newsletter.README, re.MULTILINE)
    commands = [shlex.split(one or other) for one, other in said]
    assert ["run", "--sample"] in commands
    assert [wrong for words in commands if (wrong := unknown(words))] == []


def test_the_libraries_that_the_readme_names_are_those_of_the_set_up() -> None:
    wanted = re.findall(r'"(lib[a-z0-9.+-]+)"', (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8"))
    assert len(wanted) == 3
    assert set(re.findall(r"\blib[a-z0-9.+-]+-\d\b|\blib\S+subset0", newsletter.README)) == set(wanted)


def test_a_folder_of_its_own_is_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    newsletter.make(tmp_path / "desk")
    assert (tmp_path / "desk").stat().st_mode == (tmp_path / "usual").stat().st_mode


# ---- where it may be made --------------------------------------------------------------------------------------------


def test_an_empty_folder_is_filled_and_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk").chmod(0o750)
    newsletter.make(tmp_path / "desk")
    assert (tmp_path / "desk" / "config.yaml").exists()
    assert (tmp_path / "desk").stat().st_mode & 0o777 == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]


def test_a_link_to_an_empty_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert newsletter.make(tmp_path / "link")[0] == tmp_path / "link" / "config.yaml"
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "config.yaml").exists()


@pytest.mark.parametrize("kind", ["a file", "a hidden file", "a folder", "a newsletter"])
def test_a_folder_with_anything_in_it_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    desk = tmp_path / "desk"
    if kind == "a newsletter":
        newsletter.make(desk)
        (desk / "config.yaml").write_text("mine", encoding="utf-8")
    else:
        desk.mkdir()
        name = ".mine" if kind == "a hidden file" else "mine"
        (desk / name).mkdir() if kind == "a folder" else (desk / name).write_text("mine", encoding="utf-8")
    before = {path: path.is_file() and path.read_bytes() for path in desk.rglob("*")}
    with pytest.raises(ConfigError) as problem:
        newsletter.make(desk)
    assert str(problem.value).startswith(f"{desk}: already holds '")
    assert str(problem.value).endswith("; name a folder that is new or empty")
    assert {path: path.is_file() and path.read_bytes() for path in desk.rglob("*")} == before


def test_a_file_of_that_name_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"desk: is a file; name a folder that is new or empty"):
        newsletter.make(tmp_path / "desk")
    assert (tmp_path / "desk").read_text(encoding="utf-8") == "mine"


def test_the_folder_one_stands_in_is_refused_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that stands in a folder would be left in one that is gone."""
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    for given in (Path(), tmp_path / "desk"):
        with pytest.raises(ConfigError, match=r"the folder you are in; go up first: cd \.\. && reporter init desk$"):
            newsletter.make(given)
    assert list((tmp_path / "desk").iterdir()) == []


@pytest.mark.parametrize("given", ["nowhere/desk", "taken/desk", "nowhere/further/desk"])
def test_a_parent_that_is_no_folder_is_refused(tmp_path: Path, given: str) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"desk: there is no folder .*; make it first$"):
        newsletter.make(tmp_path / given)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("kind", ["a loop of links", "a name that is too long", "no path at all"])
def test_what_can_be_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    given = tmp_path / {"a loop of links": "loop", "no path at all": "a\0b"}.get(kind, "x" * 300)
    if kind == "a loop of links":
        given.symlink_to(given)
    with pytest.raises(ConfigError, match=r"; name a folder that is new or empty$"):
        newsletter.make(given)


# ---- whole or not at all ---------------------------------------------------------------------------------------------

FAULTY = """import os, resource, sys
from pathlib import Path
from reporter import newsletter
from reporter.errors import ReporterError
"""
FULL = """resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    newsletter.make(Path(sys.argv[1]))
except ReporterError as problem:
    sys.exit(f"{type(problem).__name__} {problem}")
"""
KILLED = """write, left = newsletter._write, [int(sys.argv[2])]
def die_before(path, body):
    if not left[0]:
        os.kill(os.getpid(), 9)
    left[0] -= 1
    write(path, body)
newsletter._write = die_before
newsletter.make(Path(sys.argv[1]))
"""


def in_a_process(script: str, folder: Path, number: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", FAULTY + script, str(folder), str(number)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("size", [0, 100, 4_000])
@pytest.mark.parametrize("empty", [False, True])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, size: int, empty: bool) -> None:
    if empty:
        (tmp_path / "desk").mkdir()
    done = in_a_process(FULL, tmp_path / "desk", size)
    assert done.returncode == 1
    assert done.stderr.startswith(f"StoreError {tmp_path}/desk: File too large; nothing was made there; ")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.rglob("*")] == (["desk"] if empty else [])


@pytest.mark.parametrize("after", [0, 1, len(RULES) + 2])
def test_a_kill_leaves_nothing_under_the_name_and_hinders_no_second_try(tmp_path: Path, after: int) -> None:
    assert in_a_process(KILLED, tmp_path / "desk", after).returncode == -signal.SIGKILL
    assert not (tmp_path / "desk").exists()
    newsletter.make(tmp_path / "desk")
    assert len(names(tmp_path / "desk")) == len(RULES) + 3


def test_a_folder_that_is_filled_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = newsletter._write

    def and_somebody_else(path: Path, body: bytes) -> None:
        write(path, body)
        (tmp_path / "desk").mkdir(exist_ok=True)
        (tmp_path / "desk" / "theirs").touch()

    monkeypatch.setattr(newsletter, "_write", and_somebody_else)
    with pytest.raises(StoreError, match=r"desk: .*; nothing was made there"):
        newsletter.make(tmp_path / "desk")
    assert names(tmp_path) == {"desk/theirs"}


@pytest.mark.skipif(not os.path.ismount("/proc"), reason="needs a place in which nobody can make a folder")
def test_a_place_that_cannot_be_written_is_one_line() -> None:
    with pytest.raises(
        StoreError, match=r"^/proc/desk: .*; nothing was made there; free space or choose another place$"
    ):
        newsletter.make(Path("/proc/desk"))


def test_an_installation_without_its_starter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsletter, "starter", lambda: tmp_path / "starter")
    with pytest.raises(
        StoreError, match=r"starter/templates/rules: No such file or directory; install the program again"
    ):
        newsletter.make(tmp_path / "desk")
    assert list(tmp_path.iterdir()) == []
