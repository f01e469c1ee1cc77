"""The article that notes take after: its five outlets and its quote, each in its place in page, Markdown and claims.

The week is made up by providers on this machine: Coinglass for the figures, four outlets for the headlines. An editor
takes outlet and address of each attribution from what was collected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

import pytest
import yaml

from reporter import clock, pipeline
from reporter.model import Headline, Sentence, Week
from tests import live, live_desk
from tests.providers import market
from tests.providers.server import Answer, Providers, Question

MONDAY = datetime(2026, 2, 16, 15, tzinfo=UTC)  # of a week in which every paragraph has something to say
USES = ("coinglass", "binance-spot", "news")
TITLES = {
    "roic-ai": "Crypto markets absorb a wave of forced liquidations - ROIC.ai",
    "cryptorank": "Derivatives desks turn defensive after the wipeout - CryptoRank",
    "analytics-insight": "Spot Bitcoin ETF flows turn positive again",
    "ambcrypto": "Bitcoin hovers after the liquidation waves as sentiment resets",
}
PLACES = {  # outlet: section, and the groups of the paragraph in which it is named
    "ROIC.ai": ("opening", ("event", "scale", "price", "price_apart")),
    "CryptoRank": ("opening", ("positioning", "hedging", "limits")),
    "Analytics Insight": ("opening", ("interpretation", "flows")),
    "AMBCrypto": ("flows", ("price_context", "caution")),
}
WORDS = "Leverage trading … encourages people to blow out their accounts as fast as possible"
LEAD_IN = "Industry veterans caution that high leverage can magnify drawdowns in thin liquidity."
SAID = f"“{WORDS},” said Brett Harrison, former President of FTX US."


@dataclass(frozen=True)
class Made:
    """The week's note as it lies in its folder, with what was collected for it."""

    page: str
    markdown: str
    claims: Mapping[str, Any]
    headlines: Mapping[str, Headline]


def feed(week: Week, question: Question) -> Answer:
    """An outlet's feed with one item, of the middle of the week."""
    slug = question.path.strip("/")
    at = format_datetime(week.start + timedelta(days=3))
    item = (f"<item><title>{escape(TITLES[slug])}</title><link>https://{slug}.example/week</link>"
            f"<pubDate>{at}</pubDate></item>")  # fmt: skip
    return Answer(f'<rss version="2.0"><channel>{item}</channel></rss>'.encode(), media_type="application/rss+xml")


def decisions(sentences: Sequence[Sentence], headlines: Mapping[str, Headline], day: str) -> dict[str, Any]:
    """What the editor writes: each outlet beside the first sentence of its paragraph, and the quote."""
    signed = {"who": "M. Adler", "why": "reports the same"}
    entries = []
    for outlet, (section, groups) in PLACES.items():
        said = next(one for one in sentences if one.section == section and one.group in groups)
        subject = {"subject": said.subject} if said.subject != "market" else {}
        link = headlines[outlet].link
        entries.append({"attribute": said.rule_id, **subject, "outlet": outlet, "link": link, **signed})
    quote = {"text": WORDS, "speaker": "Brett Harrison", "role": "former President of FTX US", "date": day,
             "link": headlines["AMBCrypto"].link, "section": "flows", "lead_in": LEAD_IN}  # fmt: skip
    return {"quotes": [quote], "sentences": entries}


@pytest.fixture(scope="module")
def server() -> Iterator[Providers]:
    with Providers() as running:
        yield running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, server: Providers) -> Made:
    folder = tmp_path_factory.mktemp("article")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COINGLASS_API_KEY", live.SECRET)
        patch.setattr(clock, "now", lambda: MONDAY)
        patch.setattr(market, "now", MONDAY.timestamp)
        desk = live_desk.house(folder, live_desk.config(server, USES))
        week = pipeline.chosen_week(desk, None, None)
        server.faults["news"] = lambda question: feed(week, question)
        kept, _, note = live_desk.collected(desk)
    found = kept.history.items(Headline, week.start, week.end, pipeline.FOREVER)
    headlines = {one.outlet: one for one in found}
    (folder / "desk").mkdir()
    written = yaml.safe_dump(decisions(note.sentences, headlines, week.last_day.isoformat()), allow_unicode=True)
    (folder / "desk" / f"{week.label}.yaml").write_text(written, encoding="utf-8")
    files = {artifact.path: artifact.body for artifact in pipeline.build(desk, kept.history, week).artifacts}
    page, markdown = (files[name].decode() for name in ("note.html", "note.md"))
    return Made(page, markdown, json.loads(files["claims.json"]), headlines)


def paragraph(texts: Sequence[str], words: str) -> str:
    (found,) = [text for text in texts if words in text]
    return found


def claim(made: Made, words: str) -> Mapping[str, Any]:
    (found,) = [one for one in made.claims["sentences"] if words in one["text"]]
    return dict(found)


def test_each_outlet_is_named_in_its_place_with_its_address(made: Made) -> None:
    for outlet, (section, _) in PLACES.items():
        link, words = made.headlines[outlet].link, f", as {outlet} reported"
        one = claim(made, words)
        assert one["section"] == section
        assert [cited["link"] for cited in one["cited"]] == [link]
        rule = next(edit for edit in made.claims["edits"] if edit["source"].get("outlet") == outlet)
        assert (rule["who"], rule["why"], rule["rule"]) == ("M. Adler", "reports the same", one["rule"])
        assert rule["sentence"] == one["number"]
        assert re.fullmatch(r"desk/\d{4}-W\d\d\.yaml:\d+", rule["where"])
        pattern = (
            rf', as <a href="{re.escape(link)}" rel="external noopener noreferrer">{re.escape(outlet)}</a> reported'
        )
        assert len(re.findall(pattern, made.page)) == 1
        assert made.markdown.count(f", as [{outlet}]({link}) reported") == 1


def test_the_paragraphs_of_the_opening_follow_the_article(made: Made) -> None:
    opening = [one for one in made.claims["sentences"] if one["section"] == "opening"]
    order = [outlet for one in opening for outlet in PLACES if f"as {outlet} reported" in one["text"]]
    assert order == ["ROIC.ai", "CryptoRank", "Analytics Insight"]
    paragraphs = re.findall(r"<p>(.*?)</p>", made.page, re.DOTALL)
    places = [paragraphs.index(paragraph(paragraphs, f">{outlet}</a> reported")) for outlet in PLACES]
    assert places == sorted(set(places))


def test_the_data_box_names_coinglass_as_its_source(made: Made) -> None:
    box = re.search(r'<p class="source">(Sources: .*?)</p>', made.page)
    assert box
    assert "Coinglass" in box[1]
    assert re.search(r"^\*Sources: .*Coinglass", made.markdown, re.MULTILINE)


def test_the_quote_stands_among_the_flows_behind_its_lead_in(made: Made) -> None:
    link = made.headlines["AMBCrypto"].link
    one = claim(made, "Brett Harrison")
    assert (one["text"], one["section"], one["kind"]) == (SAID, "flows", "quote")
    assert made.claims["sentences"][one["number"] - 1]["text"] == LEAD_IN
    paragraphs = re.findall(r"<p>(.*?)</p>", made.page, re.DOTALL)
    speaker = f'<a href="{link}" rel="external noopener noreferrer">Brett Harrison</a>'
    assert f"{LEAD_IN} “{WORDS},” said {speaker}, former President of FTX US." in paragraph(paragraphs, WORDS)
    printed = f"{LEAD_IN} “{WORDS},” said [Brett Harrison]({link}), former President of FTX US."
    assert printed in made.markdown
    (quote,) = [edit for edit in made.claims["edits"] if edit["action"] == "quote"]
    assert quote["source"]["speaker"] == "Brett Harrison"
    assert quote["sentence"] == one["number"]
