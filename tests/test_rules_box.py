"""The data box: its rows, its cells, and what stands where a number is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter import rules
from reporter.errors import RuleError
from reporter.model import Frame, Printed, Row
from reporter.units import MINUS
from tests.test_rules_sample import MEASURES, folder, frame

OUTLINE = """\
sections:
  - id: box
    layout: table
    groups: [total]
    columns: [Week, Before, Change]
    rows:
      - label: "{{ lead.name }} price"
        subject: lead
        value: price_usd | price
        previous: price_usd_previous | price
        change: price_usd_growth | signed | percent
      - label: "{{ asset.ticker }} funding"
        subject: asset
        value: funding_apr | apr
        change: funding_apr_change | signed | percentage_points ~ ' pts'
        drop_if_missing: true
"""


def rows(path: Path, found: Frame, outline: str = OUTLINE) -> tuple[Row, ...]:
    return rules.box_rows(rules.load([folder(path, outline)], MEASURES), found)


def test_a_row_prints_value_previous_and_change(tmp_path: Path) -> None:
    facts = {"BTC.price_usd": 69812.0, "BTC.price_usd_previous": 75000.0, "BTC.price_usd_growth": -0.0692}
    (row,) = rows(tmp_path, frame(facts))
    assert row == Row(
        "Bitcoin price",
        (
            (Printed("BTC.price_usd", "$69,812", "69812.0"),),
            (Printed("BTC.price_usd_previous", "$75,000", "75000.0"),),
            (Printed("BTC.price_usd_growth", f"{MINUS}6.9%", "-0.0692"),),
        ),
        "rules/outline.yaml:7",
    )


def test_an_asset_row_stands_once_for_each_asset_that_has_the_value(tmp_path: Path) -> None:
    facts = {"BTC.funding_apr": 0.1, "SOL.funding_apr": 0.2, "SOL.funding_apr_change": 0.032}
    _, bitcoin, solana = rows(tmp_path, frame(facts))
    assert (bitcoin.label, bitcoin.cells[1:]) == ("BTC funding", (("–",), ("–",)))
    change = Printed("SOL.funding_apr_change", "+3.2", "0.032")
    assert (solana.label, solana.cells[2]) == ("SOL funding", (change, " pts"))


def test_a_missing_value_says_so_with_the_reason_of_its_gap(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, frame({"BTC.price_usd_previous": 75000.0}, gaps={"BTC.price_usd": "no day is complete"}))
    assert row.cells == (
        ("not available (no day is complete)",),
        (Printed("BTC.price_usd_previous", "$75,000", "75000.0"),),
        ("–",),
    )


def test_a_cell_without_a_word_for_zero_is_a_dash(tmp_path: Path) -> None:
    outline = OUTLINE.replace("price_usd_growth | signed | percent", "price_usd_growth | direction('up', 'down')")
    (row,) = rows(tmp_path, frame({"BTC.price_usd": 1.0, "BTC.price_usd_growth": 0.0}), outline)
    assert row.cells[2] == ("–",)


def test_a_value_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"BTC.price_usd is nan; a fact is a finite number or a gap"):
        rows(tmp_path, frame({"BTC.price_usd": float("nan")}))
