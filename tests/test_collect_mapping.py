"""Mappings of CSV files: every mistake in one is found before a file is opened, with its line in the config."""

from __future__ import annotations

import pytest

from reporter import config, strict_yaml
from reporter.collect import csv

START = "sources:\n  mine:\n    use: csv\n    files: x.csv\n    asset: BTC\n"
TIME = "    time: {column: Date}\n"
ENCODINGS = "write one such as utf-8, utf-16 or latin-1"
VALUES = "    values:\n      - {measure: price_close, column: Close, unit: usd}\n"


def mistakes(text: str) -> list[str]:
    document = strict_yaml.parse(text, "config.yaml")
    raw = document.data["sources"]["mine"]
    found, lines = config.check(csv.Settings, {**raw, "name": "mine"}, document, "sources", "mine")
    assert (found is None) == bool(lines)
    return lines


def test_a_sound_mapping_has_no_mistakes() -> None:
    assert mistakes(START + TIME + VALUES) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (
            "{measure: price_close, column: Close, unit: musd}",
            "config.yaml:9: 'sources.mine.values.1': unit 'musd' does not fit 'price_close'; expected usd",
        ),
        (
            "{measure: funding, column: Rate, unit: usd}",
            "config.yaml:9: 'sources.mine.values.1': unit 'usd' does not fit 'funding'; expected fraction or percent",
        ),
        (
            "{measure: fundin, column: Rate, unit: percent}",
            "config.yaml:9: 'sources.mine.values.1': no series measures 'fundin'; did you mean 'funding'?",
        ),
        (
            "{measure: funding, column: Rate, unit: procent}",
            "config.yaml:9: 'sources.mine.values.1': unknown unit 'procent'; "
            "expected one of coin, fraction, index, musd, percent, points, ratio, usd",
        ),
    ],
)
def test_a_wrong_unit_or_measure_is_a_mistake_with_its_line(value: str, line: str) -> None:
    assert mistakes(f"{START}{TIME}{VALUES}      - {value}\n") == [line]


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("separator: ';;'", "'sources.mine.separator': ';;' cannot be it; expected one character, such as , or ;"),
        ("separator: '\"'", "'sources.mine.separator': '\"' cannot be it; expected one character, such as , or ;"),
        ("decimal: '·'", "'sources.mine.decimal': '·' cannot be it; expected . or ,"),
        ("thousands: '1'", "'sources.mine.thousands': '1' cannot be it; expected one character such as , or nothing"),
        ("encoding: latin-l", f"'sources.mine.encoding': 'latin-l' is no text encoding; {ENCODINGS}"),
        ("encoding: rot13", f"'sources.mine.encoding': 'rot13' is no text encoding; {ENCODINGS}"),
        ("calendar: nyse", "'sources.mine.calendar': unknown calendar 'nyse'; expected us_etf, or leave it out"),
        ("venue: a/b", "'sources.mine.venue': 'a/b' is no venue; write a name such as binance, without a slash"),
        ("venue: {colum: x, column: y}", "unknown key 'colum' in 'sources.mine.venue'; did you mean 'column'?"),
        ("decmal: ','", "unknown key 'decmal' in 'sources.mine'; did you mean 'decimal'?"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_one_mistake_with_its_line(setting: str, line: str) -> None:
    assert mistakes(f"{START}{TIME}{VALUES}    {setting}\n") == [f"config.yaml:9: {line}"]


@pytest.mark.parametrize("asset", ["btc", "BTC-USD", "{column: Pair, map: {XBT: bitcoin}}"])
def test_an_asset_of_the_mapping_is_a_ticker(asset: str) -> None:
    (line,) = mistakes((START + TIME + VALUES).replace("asset: BTC", f"asset: {asset}"))
    assert "is no asset; write a ticker such as BTC, or market" in line
    assert line.startswith("config.yaml:5: ")


@pytest.mark.parametrize(
    "form", ["YYYY-MM-DD", "%Q", "%d.%m.", "%Y-%m", "%I:%M %Y-%m-%d", "%Y %Y-%m-%d", "%Y-%m-%d %Z", "%", "unixms"]
)
def test_a_form_in_which_no_moment_can_be_written_is_a_mistake(form: str) -> None:
    (line,) = mistakes(f'{START}    time: {{column: Date, formats: ["{form}"]}}\n{VALUES}')
    assert line == (
        f"config.yaml:6: 'sources.mine.time.formats': {form!r} is no format of a time; "
        "write one such as %Y-%m-%d, unix or unix_ms"
    )


def test_an_unknown_zone_is_a_mistake() -> None:
    (line,) = mistakes(f"{START}    time: {{column: Date, zone: New York}}\n{VALUES}")
    assert "'New York' is no time zone; write one such as UTC or America/New_York" in line


def test_two_columns_for_one_series_are_a_mistake() -> None:
    (line,) = mistakes(f"{START}{TIME}{VALUES}      - {{measure: price_close, column: Last, unit: usd}}\n")
    assert line.startswith("config.yaml:7: 'sources.mine.values': two columns give 'price_close'; keep one")


def test_one_sign_for_decimals_and_thousands_is_a_mistake() -> None:
    (line,) = mistakes(f"{START}{TIME}{VALUES}    decimal: ','\n    thousands: ','\n")
    assert "one sign cannot be both" in line


@pytest.mark.parametrize("hours", ["0", "-1", "0.001", "1000"])
def test_rows_come_between_each_minute_and_each_week(hours: str) -> None:
    assert len(mistakes(f"{START}{TIME}{VALUES}    cadence_hours: {hours}\n")) == 1


def test_all_mistakes_are_found_at_once() -> None:
    text = (
        START.replace("files: x.csv", "files: ''")
        + "    time: {column: Date, zone: x}\n"
        + VALUES
        + "    strct: true\n"
    )
    assert len(mistakes(text)) == 3
