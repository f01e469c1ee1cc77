"""Headlines, sentences and sections for the tests of corroboration, and how a labelled file is scored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from reporter.model import Headline, Printed, Section, Sentence, Week
from reporter.press import Table, claims, load

ROOT = Path(__file__).resolve().parent
LABELLED = ROOT / "press"
TEMPLATES = (ROOT.parent / "templates",)
WEEK = Week(datetime(2026, 2, 9, tzinfo=UTC))
FRIDAY = WEEK.start + timedelta(days=4)
NO_COIN = frozenset({"elsewhere", "others"})


class Score(NamedTuple):
    """Statements found that are labelled, found that are not, and labelled that were not found."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


@cache
def table() -> Table:
    found = load(TEMPLATES)
    assert found is not None
    return found


def headline(title: str, summary: str = "", **changes: Any) -> Headline:
    said: dict[str, Any] = {
        "at": FRIDAY,
        "outlet": "AMBCrypto",
        "link": "https://ambcrypto.example/a",
        "payload_id": "p1",
    }
    return Headline(title=title, summary=summary, **(said | changes))


def sentence(
    text: str = "Bitcoin ended the week lower.",
    topic: str = "price",
    stance: str = "down",
    subject: str = "BTC",
    **changes: Any,
) -> Sentence:
    said: dict[str, Any] = {
        "parts": (text,), "section": "opening", "group": "price", "rule_id": f"{topic}-{stance}", "kind": "fact",
        "variant": 0, "cites": (), "rank": 1.0, "where": "rules/price.yaml:1",
    }  # fmt: skip
    return Sentence(topic=topic, stance=stance, subject=subject, **(said | changes))


def with_figure(**changes: Any) -> Sentence:
    return sentence(parts=("Bitcoin fell ", Printed("BTC.price_usd_growth", "8.4%", "-0.084"), "."), **changes)


def prose(*paragraphs: tuple[Sentence, ...], layout: str = "prose") -> Section:
    return Section("opening", "", layout, paragraphs)


def said(title: str, summary: str = "") -> set[str]:
    """`price:down:BTC` and the like, of coins and the market."""
    found = claims(table(), headline(title, summary))
    return {":".join(claim) for claim in found if claim.asset not in NO_COIN}


def entries(name: str) -> list[Mapping[str, Any]]:
    return list(yaml.safe_load((LABELLED / name).read_text("utf-8")))


def labels(entry: Mapping[str, Any]) -> set[str]:
    return {f"{one['topic']}:{one['stance']}:{one['asset']}" for one in entry["about"]}


def score(name: str) -> Score:
    pairs = [(said(entry["title"], entry["summary"]), labels(entry)) for entry in entries(name)]
    return Score(
        sum(len(found & wanted) for found, wanted in pairs),
        sum(len(found - wanted) for found, wanted in pairs),
        sum(len(wanted - found) for found, wanted in pairs),
    )
