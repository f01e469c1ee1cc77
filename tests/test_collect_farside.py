from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from reporter.collect import farside
from reporter.errors import ParseError
from reporter.model import Observation
from tests import live
from tests.providers import farside as fake
from tests.providers import market
from tests.providers.server import Question

USE, KEY = "farside", "flows/BTC"
SERIES = "etf_flow/BTC/us_spot"
HEADER = ("", "IBIT", "FBTC", "GBTC", "Total")
CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"


def page(*rows: Sequence[str], header: Sequence[str] = HEADER, before: str = "", kind: str = "etf") -> bytes:
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (header, *rows))
    return f'<!DOCTYPE html><html><body>{before}<table class="{kind}">{body}</table></body></html>'.encode()


def days(found: Sequence[object]) -> list[str]:
    return [f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)]


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)


def test_the_total_of_a_day_becomes_dollars_and_parentheses_are_negative() -> None:
    body = page(
        ("09 Nov 2026", "10.0", "5.5", "(3.0)", "12.5"),
        ("10 Nov 2026", "(50.4)", "0.0", "0.0", "(50.4)"),
        ("11 Nov 2026", "1,100.0", "0.0", "19.9", "1,119.9"),
    )
    found = live.values(USE, KEY, body)
    assert {when[:10]: round(value) for (_, when), value in found.items()} == {
        "2026-11-09": 12_500_000,
        "2026-11-10": -50_400_000,
        "2026-11-11": 1_119_900_000,
    }
    assert {name for name, _ in found} == {SERIES}


@pytest.mark.parametrize("total", ["-", "", "&nbsp;", "–"])
def test_a_total_that_was_not_reported_yields_nothing(total: str) -> None:
    assert live.parse(USE, KEY, page(("09 Nov 2026", "1.0", "-", "-", total))) == []


def test_a_true_zero_stands_on_a_session_only() -> None:
    rows = [(day, "0.0", "0.0", "0.0", "0.0") for day in ("12 Nov 2026", "14 Nov 2026")]
    assert live.values(USE, KEY, page(*rows)) == {(SERIES, "2026-11-12 00:00"): 0.0}
    assert live.flaws(USE, KEY, page(("14 Nov 2026", "1.0", "0.0", "0.0", "1.0"))) == [
        "farside: flows/BTC: row 1: 1e+06 on 2026-11-14, when no fund traded; it is left out"
    ]


def test_rows_that_do_not_begin_with_a_day_are_passed_over() -> None:
    body = page(
        ("Fee", "0.25%", "0.25%", "1.50%", ""),
        ("Seed", "10.0", "20.0", "30.0", "60.0"),
        ("09 Nov 2026", "1.0", "1.0", "1.0", "3.0"),
        *((word, "1.0", "1.0", "1.0", "3.0") for word in ("Total", "Average", "Maximum", "Minimum")),
    )
    assert list(live.values(USE, KEY, body).values()) == [3e6]


@pytest.mark.parametrize(("hours", "rows"), [(-1, 0), (0, 1)])
def test_a_day_is_final_thirteen_hours_after_its_end(hours: int, rows: int) -> None:
    fetched = datetime(2026, 11, 14, 13, tzinfo=UTC) + timedelta(hours=hours)
    body = page(("13 Nov 2026", "0.0", "0.0", "0.0", "0.0"))
    assert len(live.parse(USE, KEY, body, fetched=fetched)) == rows


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_newest_row_waits_for_the_funds_of_the_row_before(newest_first: bool) -> None:
    rows = [
        ("11 Nov 2026", "1.0", "1.0", "-", "2.0"),
        ("12 Nov 2026", "1.0", "1.0", "1.0", "3.0"),
        ("13 Nov 2026", "1.0", "-", "1.0", "2.0"),
    ]
    found = live.parse(USE, KEY, page(*(reversed(rows) if newest_first else rows)))
    assert sorted(days(found)) == ["11-11", "11-12"]
    assert [str(one) for one in found if not isinstance(one, Observation)] == [
        f"farside: {KEY}: row {1 if newest_first else 3}: not every fund has reported 2026-11-13 yet; it is left out"
    ]


def test_a_fund_more_moves_the_total_and_nothing_else() -> None:
    header = ("", "IBIT", "FBTC", "NEWF", "GBTC", "Total")
    assert list(live.values(USE, KEY, page(("09 Nov 2026", "1", "1", "7", "1", "10"), header=header)).values()) == [1e7]


@pytest.mark.parametrize("row", [("09 Nov 2026", "1.0", "2.0"), ("09 Nov 2026", "1", "1", "1", "3", "9")])
def test_a_row_of_another_width_is_named(row: Sequence[str]) -> None:
    assert live.flaws(USE, KEY, page(row)) == [
        f"farside: flows/BTC: row 1: {len(row)} cells where the header has 5; it is left out"
    ]


@pytest.mark.parametrize("cell", ["1.2.3", "(-5)", "12 %", "1,23", "nan", "inf", "((5))", "1e400"])
def test_what_is_no_amount_is_named(cell: str) -> None:
    (flaw,) = live.flaws(USE, KEY, page(("09 Nov 2026", "1", "1", "1", cell)))
    assert "is no amount" in flaw


def test_a_day_that_no_calendar_has_is_named() -> None:
    assert (
        len(live.flaws(USE, KEY, page(("31 Nov 2026", "1", "1", "1", "3"), ("01 Foo 2026", "1", "1", "1", "3")))) == 2
    )


def test_a_header_of_two_rows_with_spans_is_understood() -> None:
    body = (
        b"<table class='big etf'><thead><tr><th rowspan=2><th colspan='2'>Big houses<th>Other</th><th>Total</th></tr>"
        b"<tr><th></th><th>IBIT</th><th>FBTC</th><th>GBTC</th><th></th></tr></thead>"
        b"<tbody><tr><td>09 Nov<br>2026<td><span class='neg'>(1.0)</span><td>0.0<td>0.0<td>(1.0)</table>"
    )
    assert list(live.values(USE, KEY, body).values()) == [-1e6]


def test_other_tables_comments_and_scripts_are_no_part_of_it() -> None:
    noise = (
        "<table class='netf'><tr><td></td><td>Total</td></tr><tr><td>09 Nov 2026</td><td>9</td></tr></table>"
        "<!-- <table class='etf'><tr><td>a</td><td>Total</td></tr><tr><td>09 Nov 2026</td><td>9</td></tr></table> -->"
        "<script>'<table class=\"etf\"><tr><td>a<td>Total<tr><td>09 Nov 2026<td>9</table>'</script>"
    )
    assert list(live.values(USE, KEY, page(("09 Nov 2026", "1", "1", "1", "3"), before=noise)).values()) == [3e6]


def test_the_page_of_another_asset_is_refused() -> None:
    ether = page(("09 Nov 2026", "1", "1", "2"), header=("", "ETHA", "FETH", "Total"))
    with pytest.raises(ParseError, match="farside: flows/BTC: the page has the funds of ETH, not of BTC"):
        live.parse(USE, KEY, ether)
    assert len(live.values(USE, "flows/ETH", ether)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff\xfe\x00",
        CHALLENGE,
        page(),
        page(("2026-11-09", "1", "1", "1", "3")),
        page(("09 Nov 2026", "1", "1", "1", "3"), kind="flows"),
        page(("09 Nov 2026", "1", "1", "1", "3"), header=("", "IBIT", "FBTC", "GBTC", "Sum")),
    ],
)
def test_a_page_without_the_table_says_that_its_form_changed(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"farside: flows/BTC: no table of class 'etf'.*did the page change"):
        live.parse(USE, KEY, body)


@pytest.mark.parametrize(
    "unit",
    ["<!--", "<a ", "<", "<![CDATA[", "</", "<td", "<td>", "<td colspan=99>", "<table class=etf>", "<a b='>", "&#1",
     "<script>", "<table class=etf><tr><td>", "<tr><td>09 Nov 2026<td>", "<br>", "<b>x"],
)  # fmt: skip
def test_a_page_made_to_be_slow_ends(unit: str) -> None:
    for start in ("", '<table class="etf"><tr><td>x<td>Total<tr><td>'):
        body = (start + unit * (1_000_000 // len(unit))).encode()
        with suppress(ParseError):
            assert days(live.parse(USE, KEY, body)) == []


def test_a_page_too_long_is_refused() -> None:
    with pytest.raises(ParseError, match="more than 8,000,000 bytes"):
        live.parse(USE, KEY, b" " * 8_000_001)


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry"),
    [
        (403, CHALLENGE, "blocked", False),
        (503, CHALLENGE, "blocked", False),
        (200, CHALLENGE, "page", False),
        (503, b"<html>maintenance</html>", "down", True),
        (429, b"", "limited", True),
        (404, b"<html>no such page</html>", "refused", False),
    ],
)
def test_a_challenge_is_told_from_a_page(status: int, body: bytes, kind: str, retry: bool) -> None:
    found = farside.fault(status, body)
    assert found and (found.kind, found.retry) == (kind, retry)


def test_a_page_of_html_with_the_table_is_no_fault() -> None:
    script = '<script src="/cdn-cgi/challenge-platform/scripts/main.js"></script>'
    assert farside.fault(200, page(("09 Nov 2026", "1", "1", "1", "3"), before=script)) is None


def test_a_page_may_have_its_own_address() -> None:
    pages = {"BTC": "https://farside.co.uk/bitcoin-etf-flow-all-data/"}
    assert live.asked(USE, KEY, pages=pages).url == pages["BTC"]
    assert live.asked(USE, "flows/ETH", pages=pages).url == "https://farside.co.uk/eth/"
    with pytest.raises(ValidationError, match="farside-file"):
        live.settings(USE, pages={"BTC": "exports/btc.html"})


def test_only_assets_with_funds_are_asked_for() -> None:
    settings = live.settings(USE, assets=("BTC", "XRP"))
    assert [request.key for request in farside.requests(live.WEEK, settings)] == [KEY]
    assert list(farside.provides(settings)) == ["etf_flow/BTC/us_spot/farside"]


def test_what_is_provided_is_what_comes(monday: None) -> None:
    settings = live.settings(USE)
    found: set[str] = set()
    for request in farside.requests(live.WEEK, settings):
        answer = fake.answer(Question(USE, request.method, urlsplit(request.url).path, {}, {}))
        assert farside.fault(answer.status, answer.body) is None
        one = replace(live.payload(USE, request.key, answer.body), request=request)
        rows = list(farside.parse(one, settings))
        assert len(days(rows)) == len(rows) == 25  # the weekdays of 35 days
        first = next(row for row in rows if isinstance(row, Observation))
        assert abs(first.value - market.flow(request.key[-3:], first.at)) <= 50_001  # to the first place of millions
        found |= {f"{name}/{USE}" for name in live.names(rows)}
    assert found == set(farside.provides(settings))


def test_the_layout_that_was_noted_is_read(real_data: Path) -> None:
    noted = live.recorded(real_data, "exchange_samples/farside__table_layout")
    columns, example = noted["columns"], noted["row_example"]
    row = [example[0], example[1], *["-"] * (len(columns) - 3), example[1]]
    found = list(farside.parse(live.at_any_time(live.payload(USE, KEY, page(row, header=columns))), None))
    assert [one.value for one in found if isinstance(one, Observation)] == [pytest.approx(-50.4e6)]
