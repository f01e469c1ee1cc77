"""The files that a mapping means: one, a glob, or a folder that the environment names."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter.clock import parse_week
from reporter.collect import csv
from reporter.errors import ConfigError
from tests.tables import mapping


def answered(root: Path, files: str) -> dict[str, bytes]:
    settings = mapping(files=files)
    (request,) = csv.requests(parse_week("2025-W10"), settings)
    return {answer.key: body for answer, body, _ in csv.answers(request, settings, root)}


def write(path: Path, body: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    return path


def test_one_file_is_one_answer_called_by_its_name(tmp_path: Path) -> None:
    write(tmp_path / "exports" / "a.csv", "one")
    assert answered(tmp_path, "exports/a.csv") == {"a.csv": b"one"}


def test_an_answer_says_nothing_of_where_the_folder_lies(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    settings = mapping(files=str(tmp_path / "a.csv"))
    (request,) = csv.requests(parse_week("2025-W10"), settings)
    ((answer, _, media_type),) = csv.answers(request, settings, tmp_path)
    assert (answer.source, answer.key, answer.url, media_type) == ("mine", "a.csv", "file:a.csv", "text/csv")


def test_a_glob_gives_each_file_in_order_called_by_its_place(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "deep/er/c.csv", "d.txt"):
        write(tmp_path / "in" / name, name)
    assert answered(tmp_path, "in/*.csv") == {"a.csv": b"a.csv", "b.csv": b"b.csv"}
    assert list(answered(tmp_path, "in/**/*.csv")) == ["a.csv", "b.csv", "deep/er/c.csv"]
    assert list(answered(tmp_path, "*/[ab].csv")) == ["in/a.csv", "in/b.csv"]


def test_folders_and_hidden_files_are_not_meant_by_a_glob(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.csv")
    write(tmp_path / "in" / "._a.csv")
    (tmp_path / "in" / "folder.csv").mkdir()
    assert list(answered(tmp_path, "in/*.csv")) == ["a.csv"]


def test_brackets_in_the_path_of_the_newsletter_are_no_pattern(tmp_path: Path) -> None:
    root = tmp_path / "desk [old]*"
    write(root / "a.csv")
    assert list(answered(root, "a.csv")) == ["a.csv"]
    assert list(answered(root, "*.csv")) == ["a.csv"]


@pytest.mark.parametrize("files", ["a.csv", "in/*.csv", "folder", "none/a.csv", "."])
def test_no_file_is_an_error_that_says_where_it_was_looked_for(tmp_path: Path, files: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError) as caught:
        answered(tmp_path, files)
    expected = f"expected a CSV file there, relative to {tmp_path.name}/config.yaml"
    assert str(caught.value) == f"source 'mine': no file {files}; {expected}"


def test_a_pattern_that_python_does_not_know_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"source 'mine': 'files' 'in/\*\*\.csv' is no pattern"):
        answered(tmp_path, "in/**.csv")


def test_a_path_under_a_regular_file_is_no_file(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    with pytest.raises(ConfigError, match=r"no file a\.csv/b\.csv"):
        answered(tmp_path, "a.csv/b.csv")


def test_a_name_longer_than_a_disk_allows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="source 'mine'"):
        answered(tmp_path, "x" * 300)


def test_a_file_that_is_too_large_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MOST_BYTES", 3)
    write(tmp_path / "a.csv", "four")
    with pytest.raises(ConfigError, match=r"a\.csv has more than 3 bytes; split it"):
        answered(tmp_path, "a.csv")


def test_a_folder_is_named_by_an_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "there" / "a.csv", "there")
    write(tmp_path / "root" / "here" / "a.csv", "here")
    monkeypatch.delenv("DESK_FILES", raising=False)
    assert answered(tmp_path / "root", "${DESK_FILES:-here}/a.csv") == {"a.csv": b"here"}
    monkeypatch.setenv("DESK_FILES", str(tmp_path / "there"))
    assert answered(tmp_path / "root", "${DESK_FILES:-here}/a.csv") == {"a.csv": b"there"}
    assert answered(tmp_path / "root", "${DESK_FILES}/*.csv") == {"a.csv": b"there"}


def test_a_relative_folder_in_the_environment_is_relative_to_where_we_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "there" / "a.csv", "there")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_FILES", "there")
    assert answered(tmp_path / "root", "${DESK_FILES}/a.csv") == {"a.csv": b"there"}


def test_a_variable_that_is_not_set_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_FILES", "")
    with pytest.raises(ConfigError) as caught:
        answered(tmp_path, "${DESK_FILES}/a.csv")
    assert str(caught.value) == (
        "source 'mine': 'files' names the environment variable DESK_FILES, which is not set; set it"
    )
