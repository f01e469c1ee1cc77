from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reporter.charts import style
from reporter.errors import ConfigError, Several

PACKAGED = Path(__file__).resolve().parents[1] / "templates"


def palette(folder: Path, text: str) -> Path:
    (folder / "style").mkdir(parents=True)
    (folder / "style" / "palette.yaml").write_text(text)
    return folder


def test_the_packaged_style_has_what_charts_ask_for() -> None:
    found = style.load([PACKAGED])
    assert set(style.COLOURS) <= set(found.colours)
    assert found.regular.name == "Inter-Regular.ttf" and found.semibold.name == "Inter-SemiBold.ttf"


def test_the_first_folder_that_has_a_file_wins(tmp_path: Path) -> None:
    own = palette(tmp_path, (PACKAGED / "style" / "palette.yaml").read_text().replace("#0b4f6c", "#123456"))
    found = style.load([own, PACKAGED])
    assert found.colours["accent"] == "#123456"
    assert found.regular == PACKAGED / "style" / "fonts" / "Inter-Regular.ttf"


def test_all_mistakes_in_a_palette_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = (PACKAGED / "style" / "palette.yaml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("grid:")]
    wrong = [line if not line.startswith("ink:") else "ink: black" for line in lines]
    with pytest.raises(Several) as caught:
        style.load([palette(tmp_path, "\n".join(wrong)), PACKAGED])
    number = wrong.index("ink: black") + 1
    assert caught.value.lines == (
        f"style/palette.yaml:{number}: 'ink' is 'black'; expected a colour such as '#0b4f6c', in quotes",
        "style/palette.yaml:2: 'grid' is missing; expected a colour such as '#0b4f6c', in quotes",
    )


def test_an_empty_palette_is_a_mistake_of_the_author(tmp_path: Path) -> None:
    with pytest.raises(Several):
        style.load([palette(tmp_path, ""), PACKAGED])


def test_a_missing_font_says_which_and_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "style").mkdir()
    shutil.copy(PACKAGED / "style" / "palette.yaml", tmp_path / "style")
    with pytest.raises(
        ConfigError, match=r"^style/fonts/Inter-Regular.ttf: in none of the 1 template folders"
    ) as caught:
        style.load([tmp_path])
    assert str(tmp_path) not in str(caught.value)
