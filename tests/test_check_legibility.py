"""When a letter counts as seen: drawn squares stand for letters."""

from __future__ import annotations

import numpy as np
import pytest

from reporter.check import legibility
from reporter.check.legibility import Letter, View

WHITE, BLACK = 1.0, 0.0


def view(ink: float = BLACK, paper: float = WHITE, rows: slice = slice(10, 30)) -> View:
    """Four outlined squares of 20 pixels on paper of 60 by 120 pixels."""
    bare = np.full((60, 120), paper, dtype=np.float32)
    inked = bare.copy()
    for left in range(5, 105, 25):
        inked[rows, left : left + 20] = ink
        inked[14:26, left + 4 : left + 16] = paper
    return View(inked, bare, 2.0)


def word(size: float = 10.0, step: float = 25.0, fault: str = "") -> tuple[Letter, ...]:
    return tuple(Letter("o", (5 + step * i, 10, 25 + step * i, 30), 0, size, fault) for i in range(4))


def reason(letters: tuple[Letter, ...], seen: View) -> str:
    return legibility.faults([letters], {0: seen}).get(0, "")


def test_black_on_white_and_white_on_black_are_seen() -> None:
    assert reason(word(), view()) == ""
    assert reason(word(), view(ink=WHITE, paper=BLACK)) == ""


def test_a_ratio_of_three_is_the_least() -> None:
    # (1 + 0.05) / (L + 0.05) is 3.0 at a luminance of 0.30 and 2.5 at 0.37
    assert reason(word(), view(ink=0.30)) == ""
    assert reason(word(), view(ink=0.37)) == legibility.FAINT


def test_half_of_a_letters_height_is_not_enough() -> None:
    assert reason(word(), view(rows=slice(10, 20))) == legibility.FAINT


def test_a_blot_is_no_word() -> None:
    seen = view()
    seen.inked[5:35, :] = BLACK
    assert reason(word(), seen) == legibility.FAINT


def test_ink_of_others_behind_a_word_is_found() -> None:
    seen = view()
    seen.bare[18:21, :], seen.inked[18:21, :] = BLACK, BLACK
    assert reason(word(), seen) == legibility.MIXED


def test_small_type_and_small_letters_of_large_type_are_found() -> None:
    assert reason(word(size=6.0), view()) == legibility.TINY
    tiny = tuple(Letter("o", (5 + 3 * i, 10, 7 + 3 * i, 13), 0, 30.0) for i in range(4))
    assert reason(tiny, view()) == legibility.TINY


def test_letters_out_of_the_view_or_without_room_are_found() -> None:
    assert reason(word(step=40.0), view()) == legibility.AWAY
    assert reason((Letter("o", (5, 10, 5, 10), 0, 9.0),), view()) == legibility.ROOM


def test_letters_in_the_wrong_order_are_found() -> None:
    assert reason(word()[::-1], view()) == legibility.TURNED


def test_a_known_fault_stands() -> None:
    assert reason(word(fault=legibility.STRUCK), view()) == legibility.STRUCK


def test_words_set_into_each_other_are_found_and_ligatures_are_not() -> None:
    assert set(legibility.faults([word(), word()], {0: view()}).values()) == {legibility.PILED}
    first, second, *rest = word()
    assert reason((first, Letter("i", first.box, 0, 10.0), second, *rest), view()) == ""


def test_contrast_is_that_of_the_guidelines() -> None:
    from PIL import Image

    black, white, grey = (Image.new("RGB", (1, 1), colour) for colour in ("#000", "#fff", "#767676"))
    ratio = [legibility.contrast(legibility.luminance(p), legibility.luminance(white))[0, 0] for p in (black, grey)]
    assert ratio == pytest.approx([21.0, 4.54], abs=0.01)
