"""How a page is made ready to be printed as a screen shows it."""

from __future__ import annotations

import pytest

from reporter.check import reprints, words

TRUE = {
    "screen",
    "all",
    "only screen",
    "screen, print",
    "not print",
    "(min-width: 600px)",
    "screen and (min-width: 40rem)",
    "(width >= 600px)",
    "(400px <= width <= 1200px)",
    "(orientation: landscape)",
    "not (max-width: 600px)",
    "(prefers-color-scheme: light)",
    "(hover: hover)",
}
FALSE = {
    "print",
    "speech",
    "not screen",
    "(max-width: 600px)",
    "screen and (max-width: 40rem)",
    "(width < 600px)",
    "print, (prefers-color-scheme: dark)",
    "(orientation: portrait)",
    "print and (min-width: 1px)",
}


@pytest.mark.parametrize("query", sorted(TRUE | FALSE))
def test_a_query_is_answered_for_a_wide_light_screen(query: str) -> None:
    page = f"<style>@media {query}{{p{{color:red}}}}</style><style media='{query}'>p{{}}</style>"
    seen = reprints.pages(page)["on a screen"]
    assert seen.count("not all") == (0 if query in TRUE else 2)


def test_only_windows_that_make_a_difference_are_given() -> None:
    assert list(reprints.pages("<style>@media print{p{}}</style>")) == ["on a screen"]
    assert list(reprints.pages("<style>@media (max-width:500px){p{}}</style>")) == ["on a screen", "on a phone"]
    dark = reprints.pages("<style>@media (prefers-color-scheme:dark){p{}}</style>")
    assert list(dark) == ["on a screen", "on a screen set to dark"]


@pytest.mark.parametrize(
    "style",
    ["clip-path:inset(50%)", "filter:blur(9px)", "zoom:.1", "-webkit-line-clamp:1", "color:light-dark(#fff,#000)"],
)
def test_what_only_a_browser_obeys_is_named(style: str) -> None:
    assert reprints.unmeasured(f"<style>p{{{style}}}</style>")
    assert reprints.unmeasured(f'<p style="{style}">')


def test_what_hides_nothing_is_not_named() -> None:
    neutral = "filter:none!important;zoom:1!important;clip:auto;animation:none;scale:1;transform:scale(.9);"
    page = f"<style>p{{{neutral}-webkit-text-fill-color:currentcolor!important}}/* zoom:.1 */</style>zoom: .1"
    assert reprints.unmeasured(page) == ()


def test_the_pages_own_copy_is_told_from_that_of_a_print_rule() -> None:
    wanted = words.passage("notice", "Made up data")
    page, sought = reprints.marked("<style>@page{content:'Made up data'}</style><p>Made up data</p>", wanted)
    assert page == "<style>@page{content:'Made up data'}</style><p>Madex up data</p>"
    assert sought.letters == "madexupdata"


def test_a_width_is_looked_at_between_any_two_breakpoints() -> None:
    page = "<style>p{width:700px}@media (max-width: 380px){p{}} @media (width >= 80em){p{}}</style>"
    assert reprints.widths(page, [390, 1200]) == (380, 1281)
    assert reprints.widths("<style>p{width:700px}</style>", [390, 1200]) == ()
