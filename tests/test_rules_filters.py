"""Each filter of the language: what it prints, what it says for a machine, and what it refuses at run time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reporter import rules, units
from reporter.errors import RuleError
from reporter.model import Frame, Input, Printed, Unit
from reporter.rules import scopes
from reporter.rules.figure import Figure, UnspokenError, unmark
from reporter.rules.filters import FILTERS, PRINTERS, fitting, two_digits
from reporter.rules.names import Offer
from reporter.rules.sandbox import Compiled
from tests.test_rules_sample import WEEK, book, frame, rule, texts
from tests.test_rules_walk import look, say, when

DAY = date(2026, 2, 11)
TEXTS: dict[str, tuple[Unit, float | date, str]] = {
    "usd": (Unit.USD, 1.9e9, "$1.9 billion"),
    "price": (Unit.PRICE, 69812.4, "$69,812"),
    "coins": (Unit.COIN, 1234.5, "1,235"),
    "share": (Unit.SHARE, 0.72, "72%"),
    "percent": (Unit.FRACTION, -0.083, f"{units.MINUS}8.3%"),
    "rate": (Unit.RATE, 0.0001, "0.0100%"),
    "apr": (Unit.APR, 0.11, "11.0%"),
    "points": (Unit.POINTS, 45.25, "45.3"),
    "percentage_points": (Unit.APR, -0.032, f"{units.MINUS}3.2"),
    "ratio": (Unit.RATIO, 3.4, "3.40"),
    "index": (Unit.INDEX, 38.4, "38"),
    "count": (Unit.COUNT, 3.0, "three"),
    "figure": (Unit.COUNT, 3.0, "3"),
    "ordinal": (Unit.COUNT, 3.0, "third"),
    "day": (Unit.DATE, DAY, "February 11"),
    "date": (Unit.DATE, DAY, "February 11, 2026"),
    "weekday": (Unit.DATE, DAY, "Wednesday"),
}


def show(source: str, value: float | date, unit: Unit, is_difference: bool = False) -> tuple[str | Printed, ...]:
    figure = Figure("BTC.x", value, unit, is_difference)
    return unmark(Compiled().render(f"{{{{ {source} }}}}", {"x": figure}))


def text(source: str, value: float, unit: Unit) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in show(source, value, unit))


@pytest.mark.parametrize("name", sorted(PRINTERS))
def test_a_printer_marks_the_text_with_its_fact_and_exact_value(name: str) -> None:
    unit, value, shown = TEXTS[name]
    assert show(f"x | {name}", value, unit) == (Printed("BTC.x", shown, units.machine(value)),)


def test_a_printer_refuses_a_unit_that_the_catalogue_did_not_promise() -> None:
    with pytest.raises(RuleError) as caught:
        show("x | usd", 0.5, Unit.SHARE)
    assert str(caught.value) == "BTC.x came in share to a filter for usd; mend the fact's unit"


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_takes_no_plain_value(name: str) -> None:
    if name == "a_or_an":
        return
    arguments = ("a", "b") if name in {"direction", "plural", "standing"} else ()
    with pytest.raises(RuleError, match=f"the filter '{name}' was given float; it takes a fact"):
        FILTERS[name](1.0, *arguments)


def test_every_unit_has_a_printer() -> None:
    for unit in Unit:
        assert fitting(Offer("x", "x", "", unit, ("asset",))), unit


def test_size_leaves_the_sign_to_the_words_and_the_machine_value_alone() -> None:
    assert show("x | size | usd", -3.1e8, Unit.USD) == (Printed("BTC.x", "$310 million", "-310000000.0"),)


@pytest.mark.parametrize(("value", "shown"), [(0.05, "+5.0%"), (-0.05, f"{units.MINUS}5.0%"), (0.0, "0.0%")])
def test_signed_puts_a_plus_before_what_prints_as_positive(value: float, shown: str) -> None:
    assert text("x | signed | percent", value, Unit.FRACTION) == shown


def test_signed_puts_no_plus_before_what_prints_as_zero() -> None:
    assert text("x | signed | points", 0.04, Unit.POINTS) == "0.0"


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(69812.4, 70000.0), (0.0234, 0.023), (-1.96e9, -2.0e9), (0.0, 0.0), (7.0, 7.0), (99.6, 100.0)],
)
def test_about_keeps_two_digits(value: float, rounded: float) -> None:
    assert two_digits(value) == rounded


def test_about_prints_rounded_and_says_the_exact_value_to_a_machine() -> None:
    assert show("x | about | price", 69812.4, Unit.PRICE) == (Printed("BTC.x", "$70,000", "69812.4"),)
    assert text("x | size | about | usd", -1.96e9, Unit.USD) == "$2.0 billion"


@pytest.mark.parametrize(
    ("value", "unit", "word"),
    [
        (0.01, Unit.FRACTION, "rose"),
        (-0.01, Unit.FRACTION, "fell"),
        (0.0, Unit.FRACTION, "held"),
        (1e-9, Unit.FRACTION, "held"),
        (0.04, Unit.POINTS, "held"),
        (-0.04, Unit.POINTS, "held"),
        (-0.05, Unit.POINTS, "fell"),
        (0.4, Unit.USD, "held"),
    ],
)
def test_direction_follows_the_sign_as_it_is_printed(value: float, unit: Unit, word: str) -> None:
    (part,) = show("x | direction('rose', 'fell', 'held')", value, unit)
    assert part == Printed("BTC.x", word, units.machine(value), word=True)


def test_direction_of_a_difference_of_rates_is_read_in_percentage_points() -> None:
    source = "x | direction('rose', 'fell', 'held')"
    # 0.0004 is 0.04 points and prints as 0.0; as a fraction it would print as 0.0% and then 0.04%
    (part,) = show(source, 0.0004, Unit.FRACTION, is_difference=True)
    assert isinstance(part, Printed)
    assert part.text == "held"
    (part,) = show(source, 0.0004, Unit.FRACTION)
    assert isinstance(part, Printed)
    assert part.text == "rose"


def test_direction_without_a_third_word_leaves_zero_unsaid() -> None:
    with pytest.raises(UnspokenError) as caught:
        show("x | direction('rose', 'fell')", 0.0, Unit.FRACTION)
    assert str(caught.value) == "BTC.x prints as zero, for which the rule has no third word"


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "one day"), (-1.0, "one day"), (3.0, "three days"), (0.0, "no days"), (12.0, "12 days")]
)
def test_plural_agrees_with_the_count(value: float, shown: str) -> None:
    source = "(x | size | count) ~ ' ' ~ (x | plural('day', 'days'))"
    assert text(source, value, Unit.COUNT) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, "first"),
        (10, "tenth"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (22, "22nd"),
        (103, "103rd"),
        (-3, "third"),
    ],
)
def test_ordinals_are_words_up_to_ten(value: int, shown: str) -> None:
    assert text("x | ordinal", float(value), Unit.COUNT) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.08, "an 8.0%"),
        (0.07, "a 7.0%"),
        (0.11, "an 11.0%"),
        (0.18, "an 18.0%"),
        (1.1, "a 110%"),
        (0.8, "an 80.0%"),
        (11.0, "an 1,100%"),
    ],
)
def test_the_article_goes_with_the_number_as_it_is_read(value: float, shown: str) -> None:
    # 1,100% is read "one thousand one hundred", or "eleven hundred": only whole groups 8, 11 and 18 take "an"
    expected = "a 1,100%" if value == 11.0 else shown
    assert text("x | percent | a_or_an", value, Unit.FRACTION) == expected


def test_the_article_goes_with_words_too() -> None:
    assert text("x | count | a_or_an", 8.0, Unit.COUNT) == "an eight"
    assert text("x | count | a_or_an", 1.0, Unit.COUNT) == "a one"
    assert text("x | size | usd | a_or_an", -8.4e9, Unit.USD) == "an $8.4 billion"


def test_a_date_has_no_size() -> None:
    with pytest.raises(RuleError) as caught:
        FILTERS["size"](Figure("BTC.x", DAY, Unit.DATE))
    assert str(caught.value) == "BTC.x is a date; print it with day, date or weekday"


# ---- venues ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), ""),
        (("Binance",), " on Binance"),
        (("Binance", "OKX"), " on Binance and OKX"),
        (("Binance", "OKX", "Bybit"), " on Binance, OKX and Bybit"),
        (("a", "b", "c", "d"), " on a, b, c and d"),
    ],
)
def test_the_venues_of_a_figure_are_listed_with_their_word_and_a_space(names: tuple[str, ...], said: str) -> None:
    figure = Figure("BTC.x", 1.9e9, Unit.USD, venues=names)
    rendered = Compiled().render("It was {{ x | usd }}{{ x | on_venues }}.", {"x": figure})
    assert unmark(scopes.in_full(rendered)) == ("It was ", Printed("BTC.x", "$1.9 billion", "1900000000.0"), f"{said}.")


@pytest.mark.parametrize("step", ["size", "signed", "about"])
def test_a_figure_keeps_its_venues_whatever_it_is_shown_as(step: str) -> None:
    figure = Figure("BTC.x", -1.9e9, Unit.USD, venues=("OKX",))
    assert scopes.in_full(Compiled().render(f"{{{{ x | {step} | on_venues }}}}", {"x": figure})) == " on OKX"


def test_a_date_has_venues_too() -> None:
    figure = Figure("BTC.x", DAY, Unit.DATE, venues=("OKX",))
    assert scopes.in_full(Compiled().render("{{ x | on_venues }}", {"x": figure})) == " on OKX"


SAY = '"Liquidations came to {{ liquidations_usd | usd }}{{ liquidations_usd | on_venues }} this week."'


def measured_at(*series: str) -> Frame:
    """A frame with liquidations that rest on these series."""
    plain = frame({"market.liquidations_usd": 1.9e9})
    inputs = tuple(Input(one, WEEK.start, WEEK.end, 7, ()) for one in series)
    facts = {key: replace(fact, inputs=inputs) for key, fact in plain.facts.items()}
    return replace(plain, facts=facts)


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ((), ""),
        (("liquidations_long/BTC/gate/gate",), " on Gate"),
        (("liquidations_long/BTC/gate/gate", "liquidations_short/ETH/gate/gate"), " on Gate"),
        (("liquidations_long/BTC/binance+okx+bybit/coinglass",), " on Binance, OKX and Bybit"),
        (("a/BTC/okx/x", "b/BTC/binance+okx/y"), " on OKX and Binance"),
        (("liquidations_long/BTC/all/coinglass",), ""),
        (("liquidations_long/BTC/gate/gate", "liquidations_short/BTC/all/coinglass"), ""),
    ],
)
def test_a_sentence_names_the_venues_that_its_fact_was_measured_at(
    tmp_path: Path, series: tuple[str, ...], said: str
) -> None:
    written = rules.write(book(tmp_path, rule(say=[SAY])), measured_at(*series), "main")
    assert texts(written) == [f"Liquidations came to $1.9 billion{said} this week."]


def test_venues_are_words_and_no_printed_part(tmp_path: Path) -> None:
    written = rules.write(book(tmp_path, rule(say=[SAY])), measured_at("a/BTC/gate/x"), "main")
    (sentence,) = written.sentences
    assert [part.text for part in sentence.parts if isinstance(part, Printed)] == ["$1.9 billion"]


TAKES_A_FACT = "the filter 'on_venues' is given a text; it takes a fact"
NO_WORDS = "the filter 'on_venues' is given something else; it takes no words"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ etf_net_flow_usd | direction('In', 'Out') | on_venues }}", TAKES_A_FACT),
        ("{{ liquidations_usd | usd | on_venues }}", TAKES_A_FACT),
        ("{{ etf_streak_sessions | plural('day', 'days') | on_venues }}", TAKES_A_FACT),
        ("{{ liquidations_usd | on_venues | on_venues }}", TAKES_A_FACT),
        ("{{ liquidations_usd | on_venues | usd }}", "the filter 'usd' is given a text; it takes a fact"),
        ("{{ lead.ticker | on_venues }}", TAKES_A_FACT),
        ("{{ liquidations_usd | on_venues('at') }}", NO_WORDS),
        ("{{ liquidations_usd | on_venues(word='at') }}", NO_WORDS),
        ("{{ liquidations_usd | on_venue }}", "no filter is called 'on_venue'; did you mean 'on_venues'?"),
        ("{{ liquidation_usd | on_venues }}", "no fact is called 'liquidation_usd'; did you mean 'liquidations_usd'?"),
    ],
)
def test_on_venues_takes_a_fact_itself_and_no_words(source: str, problem: str) -> None:
    assert say(source) == (problem,)


def test_on_venues_takes_figures_of_every_unit_and_their_comparisons() -> None:
    source = (
        "{{ liquidations_usd | on_venues }}{{ liquidations_largest_day | on_venues }}{{ lead.dvol_change | on_venues }}"
    )
    found = look(source)
    assert found.problems == ()
    assert set(found.names) == {"market.liquidations_usd", "market.liquidations_largest_day", "lead.dvol_change"}


def test_on_venues_is_no_condition_and_no_label() -> None:
    (problem,) = when("liquidations_usd | on_venues == ''")
    assert problem == "the filter 'on_venues' prints, and conditions compare plain values; leave it out"
    assert look("{{ liquidations_usd | on_venues }}", "label").problems != ()
