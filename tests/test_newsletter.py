"""A newsletter's folder: where its config is looked for, and whose templates come first."""

from __future__ import annotations

from pathlib import Path

import pytest

import reporter
from reporter import newsletter
from reporter.errors import AuthorError, ConfigError

ROOT = Path(reporter.__file__).resolve().parent.parent
TEXT = (ROOT / "config.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A newsletter of somebody's own."""
    place = tmp_path / "desk"
    place.mkdir()
    (place / "config.yaml").write_text(TEXT.replace("The Weekly Derivatives Note", "My Note"), encoding="utf-8")
    return place


def test_the_starter_holds_templates_and_a_config() -> None:
    starter = newsletter.starter()
    assert (starter / "config.yaml").is_file()
    assert {part.name for part in (starter / "templates").iterdir()} >= {"note", "rules", "style"}


def test_in_a_checkout_the_starter_is_the_checkout() -> None:
    if (Path(reporter.__file__).parent / "_starter").is_dir():
        pytest.skip("the package is installed")
    assert newsletter.starter() == ROOT


def test_in_a_wheel_the_starter_lies_in_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "reporter" / "_starter").mkdir(parents=True)
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path / "reporter")
    assert newsletter.starter() == tmp_path / "reporter" / "_starter"


def test_a_config_is_given_by_its_path_or_its_folder(folder: Path) -> None:
    for given in (folder, folder / "config.yaml"):
        found = newsletter.load(given)
        assert (found.root, found.config.newsletter.name) == (folder, "My Note")


def test_a_config_may_have_another_name(folder: Path) -> None:
    (folder / "config.yaml").rename(folder / "asia.yaml")
    found = newsletter.load(folder / "asia.yaml")
    assert (found.root, found.document.name) == (folder, "asia.yaml")


def test_without_a_path_it_is_the_one_in_this_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = newsletter.load(None)
    assert (found.root, found.config.newsletter.name) == (folder, "My Note")
    assert newsletter.load(Path("config.yaml")).root == folder


def test_without_any_config_it_is_the_packaged_example_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = newsletter.load(None)
    assert (found.root, found.config.newsletter.name) == (tmp_path, "The Weekly Derivatives Note")
    assert (found.data, found.output) == (tmp_path / "data", tmp_path / "output")


def test_a_broken_config_here_is_not_passed_over_for_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("newsletter: {}\n")
    with pytest.raises(AuthorError, match=r"config\.yaml:1: 'name' is missing"):
        newsletter.load(None)


@pytest.mark.parametrize("given", ["nowhere.yaml", "nowhere/config.yaml", "empty"])
def test_a_config_that_is_not_there_is_named(tmp_path: Path, given: str) -> None:
    (tmp_path / "empty").mkdir()
    path = tmp_path / given
    shown = path / "config.yaml" if given == "empty" else path
    with pytest.raises(ConfigError) as problem:
        newsletter.load(path)
    assert str(problem.value) == f"{shown}: no such file; give the path of a config.yaml with --config"


def test_own_templates_come_before_the_packaged_ones(folder: Path) -> None:
    packaged = (newsletter.starter() / "templates").resolve()
    assert newsletter.load(folder).templates == (packaged,)
    (folder / "templates").mkdir()
    assert newsletter.load(folder).templates == (folder / "templates", packaged)


def test_the_packaged_templates_are_searched_once() -> None:
    assert newsletter.load(ROOT / "config.yaml").templates == ((ROOT / "templates").resolve(),)


def test_data_and_output_lie_beside_the_config_or_where_it_says(folder: Path, tmp_path: Path) -> None:
    text = (folder / "config.yaml").read_text()
    text = text.replace("data: data ", f"data: {tmp_path}/store ").replace("output: output ", "output: ../site ")
    (folder / "config.yaml").write_text(text)
    found = newsletter.load(folder)
    assert found.data == tmp_path / "store"
    assert found.output.resolve() == tmp_path / "site"


def test_a_linked_config_does_not_move_the_newsletter(folder: Path, tmp_path: Path) -> None:
    """As a container's orchestrator mounts it: config.yaml is a link into a folder of another name."""
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "config.yaml").symlink_to(folder / "config.yaml")
    assert newsletter.load(mounted).root == mounted
