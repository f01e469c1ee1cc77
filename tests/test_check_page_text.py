"""Which words of a page's markup a reader sees."""

from __future__ import annotations

import pytest

from reporter.check import page_text


def test_text_is_read_without_what_only_programs_see() -> None:
    page = b"<title>no</title><p>One</p><script>no</script><style>no{}</style><!-- no --><p>two &amp; three</p>"
    assert page_text.read(page).body == "onetwothree"


@pytest.mark.parametrize("tag", ["template", "noscript", "textarea", "iframe", "svg", "option", "del", "title"])
def test_text_within_an_element_that_swallows_it_is_not_read(tag: str) -> None:
    assert page_text.read(f"<{tag}><p>no</p></{tag}><p>yes".encode()).body == "yes"


def test_text_after_an_element_that_never_ends_is_not_read() -> None:
    assert page_text.read(b"<p>yes</p><template><p>no</p></div>").body == "yes"


def test_closed_details_show_their_summary_only() -> None:
    page = b"<details><summary>yes</summary><p>no</p></details><details open><p>too</p></details>"
    assert page_text.read(page).body == "yestoo"


def test_a_hidden_paragraph_without_an_end_ends_at_the_next_block() -> None:
    assert page_text.read(b"<p hidden>no<section>yes</section>").body == "yes"


def test_each_block_of_that_name_is_kept_apart() -> None:
    page = b'<div id="disclaimer">a<b>b</b></div>c<div id=disclaimer>d</div>'
    assert page_text.read(page).blocks == ["ab", "d"]


def test_data_of_a_page_are_not_active() -> None:
    assert page_text.read(b'<script type="application/ld+json">{}</script><link rel="icon" href="data:,">').active == []
