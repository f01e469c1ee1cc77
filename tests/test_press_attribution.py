from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reporter.model import Cited, Frame, Headline, Note, Section, Sentence
from reporter.press import attributed, corroborated, report
from reporter.render import claims as claims_file
from reporter.render import html, markdown
from tests.pressroom import FRIDAY, TEMPLATES, WEEK, headline, prose, sentence, table, with_figure
from tests.sample_note import make_note

DOWN = headline("Bitcoin slides below $66,000")
OUTFLOW = headline("Spot Bitcoin ETFs lose $900M in weekly outflows", link="https://ambcrypto.example/b")


def texts(sections: tuple[Section, ...]) -> list[str]:
    return [one.text for section in sections for paragraph in section.paragraphs for one in paragraph]


def made(*sections: Section, headlines: tuple[Headline, ...] = (DOWN, OUTFLOW)) -> list[str]:
    return texts(corroborated(table(), sections, headlines, WEEK, "BTC"))


def flows(**changes: object) -> Sentence:
    return sentence("US spot funds lost money.", "flows", "outflow", "market", **changes)


def test_a_supported_sentence_ends_in_the_outlet_and_its_address() -> None:
    found = attributed(table(), sentence(), DOWN)
    assert found.text.startswith("Bitcoin ended the week lower, as AMBCrypto ")
    assert found.text.endswith("reported.")
    assert [part for part in found.parts if isinstance(part, Cited)] == [Cited("AMBCrypto", DOWN.link)]
    assert replace(found, parts=sentence().parts) == sentence()


def test_figures_stay_the_notes_own() -> None:
    assert attributed(table(), with_figure(), DOWN).text == "Bitcoin fell 8.4%, in line with reporting by AMBCrypto."


@pytest.mark.parametrize("text", ["Bitcoin fell", "Bitcoin fell,", "Bitcoin fell...", "Bitcoin fell?", ""])
def test_a_sentence_without_a_full_stop_stays_as_it_is(text: str) -> None:
    assert attributed(table(), sentence(text), DOWN) == sentence(text)


@pytest.mark.parametrize(
    ("away", "counts"),
    [
        (timedelta(seconds=-1), False),
        (timedelta(0), True),
        (timedelta(days=7, seconds=-1), True),
        (timedelta(days=7), False),
        (timedelta(days=7, seconds=1), False),
    ],
)
def test_an_item_a_second_outside_the_week_is_no_item(away: timedelta, counts: bool) -> None:
    item = replace(DOWN, at=WEEK.start + away)
    assert (report(table(), [item], sentence(), WEEK, "BTC") is not None) == counts
    assert (texts(corroborated(table(), [prose((sentence(),))], [item], WEEK, "BTC"))[0] != sentence().text) == counts


def test_early_in_a_week_what_speaks_of_a_week_means_the_one_before() -> None:
    early, late = (WEEK.start + timedelta(days=3, seconds=shift) for shift in (-1, 0))
    weekly = headline("Bitcoin ends week 9% lower")
    assert report(table(), [replace(weekly, at=early)], sentence(), WEEK, "BTC") is None
    assert report(table(), [replace(weekly, at=late)], sentence(), WEEK, "BTC") is not None
    assert report(table(), [replace(DOWN, at=early)], sentence(), WEEK, "BTC") is not None


@pytest.mark.parametrize(
    "link",
    ["", "javascript:alert(1)", "data:text/html,x", "ftp://a.example/x", "//a.example/x", "https://", "https://a@b.example/x",
     "https://a.example/x y", 'https://a.example/"x', "https://a.example/<x>", "https://a.example/é", "https://[",
     "https://a.example/" + "x" * 10_000, " https://a.example/x"],
)  # fmt: skip
def test_only_a_plain_address_of_the_web_is_cited(link: str) -> None:
    assert report(table(), [replace(DOWN, link=link)], sentence(), WEEK, "BTC") is None


def test_topic_stance_and_asset_must_all_fit() -> None:
    for changed in ({"stance": "up"}, {"subject": "ETH"}, {"subject": "market"}, {"topic": "mood"}, {"stance": ""}):
        assert report(table(), [DOWN], sentence(**changed), WEEK, "BTC") is None


def test_the_lead_assets_funds_support_a_sentence_on_all_funds_and_no_other_assets_do() -> None:
    assert report(table(), [OUTFLOW], flows(), WEEK, "BTC") == OUTFLOW
    assert report(table(), [OUTFLOW], flows(), WEEK, "ETH") is None
    assert report(table(), [OUTFLOW], replace(flows(), subject="ETH"), WEEK, "BTC") is None


def test_of_several_the_title_comes_first_then_the_earliest_then_the_outlet() -> None:
    summary = headline("Weekly recap", "Bitcoin slides below $66,000.", at=FRIDAY - timedelta(hours=9))
    late = replace(DOWN, at=FRIDAY + timedelta(hours=1), outlet="Analytics Insight")
    same = replace(DOWN, outlet="CryptoRank")
    for items in ([summary, late, same, DOWN], [DOWN, same, late, summary]):
        assert report(table(), items, sentence(), WEEK, "BTC") == DOWN
    assert report(table(), [summary, late], sentence(), WEEK, "BTC") == late


def test_only_facts_in_prose_are_attributed() -> None:
    for layout in ("title", "bullets", "table"):
        assert made(prose((sentence(),), layout=layout)) == [sentence().text]
    for changed in (
        {"kind": "reading"},
        {"kind": "watch"},
        {"joined": True},
        {"parts": ("A ", Cited("b", "c"), " d.")},
    ):
        one = sentence(**changed)
        assert made(prose((one,))) == [one.text]


def test_a_paragraph_has_one_attribution_at_most_and_a_sentence_without_figures_comes_first() -> None:
    bare, other = sentence(), flows()
    assert made(prose((with_figure(), bare, other)))[0] == with_figure().text
    assert [text.count("AMBCrypto") for text in made(prose((with_figure(), bare, other)))] == [0, 1, 0]


def test_a_paragraph_that_cites_somebody_already_stays_as_it_is() -> None:
    quoted = sentence(
        parts=("It is, ", Cited("Brett Harrison", "https://a.example/q"), " said, a flush."), topic="flows"
    )
    assert made(prose((quoted, sentence()))) == [quoted.text, sentence().text]


def test_a_headline_serves_once_and_a_topic_is_attributed_once() -> None:
    other = sentence("Bitcoin fell.", rule_id="other")
    twin = replace(DOWN, link="https://ambcrypto.example/c")
    assert [text.count("AMBCrypto") for text in made(prose((sentence(),), (other,)), headlines=(DOWN, twin))] == [1, 0]
    both = headline("Bitcoin slides 9% this week as spot Bitcoin ETFs lose $900M")
    assert [text.count("AMBCrypto") for text in made(prose((sentence(),), (flows(),)), headlines=(both,))] == [1, 0]


def test_a_headline_that_an_editor_cited_is_not_cited_again() -> None:
    quoted = sentence(parts=("It was, as ", Cited("AMBCrypto", DOWN.link), " reported, a flush."), topic="flows")
    assert made(prose((quoted,), (sentence(),)), headlines=(DOWN,)) == [quoted.text, sentence().text]
    other = replace(DOWN, link="https://ambcrypto.example/other")
    assert "AMBCrypto" in made(prose((quoted,), (sentence(),)), headlines=(other,))[1]


def test_outlets_take_turns_and_a_note_has_so_many_attributions_at_most() -> None:
    cited = made(prose((sentence(),), (flows(),)), headlines=(DOWN, OUTFLOW, replace(OUTFLOW, outlet="CryptoRank")))
    assert ["AMBCrypto" in cited[0], "CryptoRank" in cited[1]] == [True, True]
    one = replace(table(), house=replace(table().house, most=1))
    found = texts(corroborated(one, [prose((sentence(),), (flows(),))], [DOWN, OUTFLOW], WEEK, "BTC"))
    assert [text.count("AMBCrypto") for text in found] == [1, 0]


def test_without_headlines_nothing_changes() -> None:
    sections = (prose((sentence(),), (flows(),)),)
    assert corroborated(table(), sections, (), WEEK, "BTC") == sections


@given(st.permutations([DOWN, OUTFLOW, replace(DOWN, outlet="CryptoRank"), replace(OUTFLOW, outlet="ROIC.ai")]))
def test_the_order_in_which_headlines_come_makes_no_difference(items: list[Headline]) -> None:
    sections = [prose((sentence(), flows()), (with_figure(), flows(rule_id="b")))]
    assert made(*sections, headlines=tuple(items)) == made(*sections, headlines=tuple(sorted(items, key=repr)))


# ---- in print --------------------------------------------------------------------------------------------------------


HOSTILE = headline(
    'Bitcoin slides <img src=x onerror="alert(1)">', outlet='A & B <i> [x](y) "q"', link="https://a.example/?a=1&b=(2)*_x_"
)  # fmt: skip


def note_with(said: Sentence) -> Note:
    return make_note(illustrative=False, sections=(prose((said,)),))


def test_a_citation_is_a_link_in_the_page_and_nothing_of_its_title_is_printed() -> None:
    page = html.page(note_with(attributed(table(), sentence(), HOSTILE)), TEMPLATES).body.decode()
    link = BeautifulSoup(page, "html.parser").select_one("#section-opening a")
    assert link is not None
    assert (link.text, link["href"]) == (HOSTILE.outlet, HOSTILE.link)
    assert "onerror" not in page


def test_a_citation_is_a_link_in_markdown() -> None:
    text = markdown.page(note_with(attributed(table(), sentence(), HOSTILE)), TEMPLATES).body.decode()
    page = BeautifulSoup(MarkdownIt("commonmark", {"html": True}).render(text), "html.parser")
    link = next(tag for tag in page.select("a") if tag.text == HOSTILE.outlet)
    assert link["href"] == "https://a.example/?a=1&b=%282%29*_x_"
    assert "onerror" not in text


def test_claims_name_outlet_address_title_and_payload() -> None:
    note = note_with(attributed(table(), sentence(), DOWN))
    frame = Frame(WEEK, "BTC", ("BTC",), {}, {})
    for headlines, title, payload in (((DOWN,), DOWN.title, "p1"), ((), None, None)):
        body = json.loads(claims_file.claims_json(note, frame, (), headlines).body)
        cited = [each["cited"] for each in body["sentences"] if each["cited"]]
        assert cited == [[{"outlet": "AMBCrypto", "link": DOWN.link, "title": title, "payload": payload}]]


def test_a_citation_is_a_link_in_the_pdf() -> None:
    from reporter.render import pdf

    note = replace(note_with(attributed(table(), sentence(), DOWN)), sources=())
    body = pdf.document(html.page(note, TEMPLATES), note).body
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL)
    packed = [zlib.decompressobj().decompress(each) for each in streams if each.startswith(b"x")]
    assert any(b"ambcrypto.example/a" in each for each in (body, *packed))
