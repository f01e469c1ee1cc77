"""The note for machines: what note.json says of what the note rests on."""

from __future__ import annotations

import json
from typing import Any

from reporter.model import NOTHING_COVERED, Frame, Note
from reporter.render import claims
from tests.sample_note import WEEK, make_note


def record(note: Note) -> dict[str, Any]:
    """note.json of a note whose week has no facts beside it."""
    found: dict[str, Any] = json.loads(claims.note_json(note, Frame(WEEK, "BTC", ("BTC", "ETH"), {}, {})).body)
    return found


def test_the_coverage_of_a_note_stands_in_its_record() -> None:
    assert record(make_note())["coverage"] == {
        "venues": ["binance", "bybit", "okx"],
        "oldest": "2026-02-16T00:00:00+00:00",
        "open_interest_share": 0.41,
        "open_interest_share_of": "CoinGecko",
        "silent": ["Gate: out of order (HTTP 503)"],
        "fallbacks": ["Liquidations: instead of Gate, out of order"],
        "rests": [
            {
                "topic": "Price",
                "assets": ["BTC", "ETH"],
                "venue": "binance",
                "source": "Binance spot",
                "newest": "2026-02-16T00:00:00+00:00",
                "remarks": [],
            },
            {
                "topic": "Liquidations",
                "assets": ["BTC"],
                "venue": "binance+okx+bybit",
                "source": "Coinglass",
                "newest": "2026-02-16T00:00:00+00:00",
                "remarks": ["instead of Gate, out of order"],
            },
        ],
    }


def test_a_coverage_of_nothing_has_every_key_and_null_for_what_is_not_known() -> None:
    assert record(make_note(coverage=NOTHING_COVERED))["coverage"] == {
        "venues": [],
        "oldest": None,
        "open_interest_share": None,
        "open_interest_share_of": "",
        "silent": [],
        "fallbacks": [],
        "rests": [],
    }
