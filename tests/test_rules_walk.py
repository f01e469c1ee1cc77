"""Every refusal of the rule language with its exact words, and what it lets through."""

# ruff: noqa: E501 - a message stands on one line, as its author will see it

from __future__ import annotations

import pytest

from reporter.rules.shapes import Mode, Place, Reading
from reporter.rules.walk import read
from tests.test_rules_sample import KNOWN

NOT_ALLOWED = "is not allowed in a rule; write it with facts, comparisons, filters and if/else"
NO_CALL = "a call is not allowed there; only abs(), min() and max() may be, in 'when' and 'rank'"
NO_SUMS = "prose is no place to calculate; print facts, or calculate in 'when' and 'rank'"
TOO_DEEP = "nested too deeply; split it into two rules"


def look(source: str, mode: Mode = "say", subject: str = "market", *optional: str) -> Reading:
    return read(source, mode, Place(KNOWN, subject, frozenset(optional)))


def say(source: str, subject: str = "market") -> tuple[str, ...]:
    return look(source, "say", subject).problems


def when(source: str, subject: str = "market") -> tuple[str, ...]:
    return look(source, "when", subject).problems


# ---- what passes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        ("liquidations_usd >= 1e9 and not liquidations_long_share < 0.6", "market"),
        ("0.2 < liquidations_long_share <= 0.8", "market"),
        ("lead.price_usd_growth > 0.01 or market.fear_greed < 20", "asset"),
        ("abs(lead.price_usd_growth) > max(0.02, lead.expected_move / 2)", "market"),
        ("lead.price_usd_growth | abs > 0.02", "market"),
        ("asset.ticker != lead.ticker", "asset"),
        ("liquidations_largest_day == week.last_day", "market"),
        ("(liquidations_usd if liquidations_usd > 0 else 1) > 2", "market"),
        ("-liquidations_usd * 2 + 1 < +3", "market"),
        ("true", "market"),
    ],
)
def test_conditions_of_values_pass(source: str, subject: str) -> None:
    assert when(source, subject) == ()


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        ("{{ liquidations_usd | usd }} and {{ liquidations_long_share | share }}.", "market"),
        ("{{ etf_net_flow_usd | direction('Inflows', 'Outflows') }} of {{ etf_net_flow_usd | size | usd }}.", "market"),
        ("It hovered near {{ price_usd | about | price }}.", "lead"),
        ("It {{ price_usd_growth | direction('rose', 'fell', 'held') }}.", "lead"),
        ("{{ funding_apr_change | signed | percentage_points }} points, {{ funding_apr | apr }}.", "lead"),
        (
            "{% if liquidations_usd > 1000 %}Much{% elif liquidations_usd == 0 %}None{% else %}Some{% endif %}.",
            "market",
        ),
        ("{{ asset.name }} ({{ asset.ticker }}), unlike {{ lead.name }}, until {{ week.last_day | day }}.", "asset"),
        ("{{ etf_streak_sessions | size | count }} {{ etf_streak_sessions | plural('day', 'days') }}.", "market"),
        ("{{ lead.price_usd_growth | percent | a_or_an }} rise.", "market"),
        ("{{ liquidations_usd | usd if liquidations_usd > 0 else 'Nothing' }} in {{ week.label }}.", "market"),
        ("{{ liquidations_usd | usd ~ ' in all' }}.", "market"),
        ("The {{ etf_streak_sessions | ordinal }} day{# of them #}.", "market"),
    ],
)
def test_prose_with_unit_filters_passes(source: str, subject: str) -> None:
    assert say(source, subject) == ()


def test_the_facts_of_a_template_are_listed_in_the_order_of_use() -> None:
    found = look("{% if lead.dvol > 0 %}{{ liquidations_usd | usd }}{% endif %} {{ market.fear_greed | index }}.")
    assert found.names == ("lead.dvol", "market.liquidations_usd", "market.fear_greed")


def test_dates_of_the_week_and_tickers_are_no_facts() -> None:
    assert look("asset.ticker != lead.ticker and week.last_day == week.last_day", "when", "asset").names == ()


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "subject", "problem"),
    [
        (
            "eft_net_flow_usd > 0",
            "market",
            "no fact is called 'eft_net_flow_usd'; did you mean 'etf_net_flow_usd'?",
        ),
        ("zzz > 0", "market", "no fact is called 'zzz'; `reporter facts` lists the names"),
        (
            "funding_apr_growth > 0",
            "lead",
            "'funding_apr' has no 'growth'; it offers change, high_since, low_since, percentile, previous, streak, swing",
        ),
        (
            "etf_streak_sessions_percentile > 0",
            "lead",
            "'etf_streak_sessions' has no 'percentile'; it offers no comparison",
        ),
        (
            "funding_apr > 0",
            "market",
            "'funding_apr' is measured for each asset, not for the market; "
            "write 'lead.funding_apr' or give the rule 'subject: asset'",
        ),
        ("fear_greed > 0", "asset", "'fear_greed' is measured for the market only; write 'market.fear_greed'"),
        (
            "asset.dvol > 0",
            "market",
            "'asset.dvol' needs 'subject: asset'; change the subject or write 'lead.dvol'",
        ),
        ("lead > 0", "market", "'lead' stands alone; write what of it is meant, as in 'lead.ticker'"),
        ("market > 0", "asset", "'market' stands alone; write what of it is meant, as in 'market.liquidations_usd'"),
        ("week.frist_day == week.last_day", "lead", "the week has no 'frist_day'; did you mean 'first_day'?"),
        ("week.zzz == week.last_day", "lead", "the week has no 'zzz'; it has label, first_day, last_day"),
        ("lead.__class__ == 'x'", "market", "no fact is called '__class__'; `reporter facts` lists the names"),
        (
            "dvol.real > 0",
            "lead",
            "'.real' is not allowed there; only market, lead, asset, week have names after a dot",
        ),
        (
            "liquidations_usd is mising",
            "market",
            "no test is called 'mising'; did you mean 'missing'?",
        ),
        ("liquidations_usd is defined", "market", "no test is called 'defined'; use 'is known' or 'is missing'"),
        (
            "liquidations_usd is known",
            "market",
            "'liquidations_usd' is needed and thus never missing; list it under 'optional' or drop the test",
        ),
        ("(1 > 0) is known", "market", "'is known' asks about one fact; write it directly after the fact's name"),
    ],
)
def test_a_name_that_is_not_offered_is_refused(source: str, subject: str, problem: str) -> None:
    assert when(source, subject) == (problem,)


# ---- the language ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{% for x in lead %}{% endfor %}", f"a loop {NOT_ALLOWED}"),
        ("{% include 'x' %}", f"'include' {NOT_ALLOWED}"),
        ("{% import 'x' as y %}", f"'import' {NOT_ALLOWED}"),
        ("{% from 'x' import y %}", f"'import' {NOT_ALLOWED}"),
        ("{% extends 'x' %}", f"'extends' {NOT_ALLOWED}"),
        ("{% block x %}{% endblock %}", f"'block' {NOT_ALLOWED}"),
        ("{% macro x() %}{% endmacro %}", f"'macro' {NOT_ALLOWED}"),
        ("{% call x() %}{% endcall %}", f"'call' {NOT_ALLOWED}"),
        ("{% set x = 'y' %}", f"'set' {NOT_ALLOWED}"),
        ("{% set x %}y{% endset %}", f"'set' {NOT_ALLOWED}"),
        ("{% with %}{% endwith %}", f"'with' {NOT_ALLOWED}"),
        ("{% filter usd %}{% endfilter %}", f"a 'filter' block {NOT_ALLOWED}"),
        ("{% autoescape true %}{% endautoescape %}", f"'autoescape' {NOT_ALLOWED}"),
        ("{{ lead['ticker'] }}", f"a subscript [ ] {NOT_ALLOWED}"),
        ("{{ 'ab'[0] }}", f"a subscript [ ] {NOT_ALLOWED}"),
        ("{{ ['a'] }}", f"a list {NOT_ALLOWED}"),
        ("{{ ('a', 'b') }}", f"a tuple {NOT_ALLOWED}"),
        ("{{ {'a': 'b'} }}", f"a mapping {NOT_ALLOWED}"),
        ("{{ 'a' % 'b' }}", f"'%' {NOT_ALLOWED}"),
        ("{{ liquidations_usd ** 2 }}", f"'**' {NOT_ALLOWED}"),
        ("{{ liquidations_usd // 2 }}", f"'//' {NOT_ALLOWED}"),
        ("{{ 'a' * 999999 }}", NO_SUMS),
        ("{{ (liquidations_usd + liquidations_usd) | usd }}", NO_SUMS),
        ("{{ -liquidations_usd }}", NO_SUMS),
        (
            "{{ ''.__class__ }}",
            "'.__class__' is not allowed there; only market, lead, asset, week have names after a dot",
        ),
        ("{{ lead.__class__ }}", "no fact is called '__class__'; `reporter facts` lists the names"),
        ("{{ range(999999999) }}", NO_CALL),
        ("{{ cycler('a') }}", NO_CALL),
        ("{{ ''.join('ab') }}", NO_CALL),
        ("{{ abs(liquidations_usd) }}", NO_CALL),
        (
            "{{ liquidations_usd | usd",
            "unexpected end of template, expected 'end of print statement'; check brackets, quotes and filters",
        ),
        (
            "{{ liquidations_usd | usd if liquidations_usd > 0 }}",
            "an 'if' inside {{ }} needs an 'else'; write both, or use {% if %}",
        ),
        (
            "{% if liquidations_usd %}a{% endif %}",
            "'liquidations_usd' is no condition by itself; compare it, as in 'liquidations_usd > 0'",
        ),
        ("{% if 'a' %}a{% endif %}", "a text is no condition by itself; compare it, as in 'liquidations_usd > 0'"),
        (
            "{{ 'a' if liquidations_usd > 0 else liquidations_usd }}",
            "the two sides of an 'if' differ or lack a filter; make both text, or both numbers",
        ),
    ],
)
def test_what_is_not_of_the_language_is_refused_in_prose(source: str, problem: str) -> None:
    assert problem in say(source)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("liquidations_usd", "'when' is a number, not a condition; compare it, as in 'liquidations_usd > 0'"),
        ("'yes'", "'when' is a text, not a condition; compare it, as in 'liquidations_usd > 0'"),
        (
            "liquidations_usd and true",
            "'liquidations_usd' is no condition by itself; compare it, as in 'liquidations_usd > 0'",
        ),
        ("liquidations_usd % 2 == 0", f"'%' {NOT_ALLOWED}"),
        ("liquidations_usd ** 99 > 0", f"'**' {NOT_ALLOWED}"),
        ("liquidations_usd // 2 > 0", f"'//' {NOT_ALLOWED}"),
        ("range(9) == 1", NO_CALL),
        ("lead.ticker.upper() == 'A'", NO_CALL),
        ("lead.ticker in ['BTC']", "'in' is not allowed in a rule; write it with == and or"),
        ("lead.ticker > 'A'", "a text is compared by size; use == or !="),
        ("lead.ticker == 1", "a text is compared with a number; compare like with like"),
        ("liquidations_largest_day > 3", "a date is compared with a number; compare like with like"),
        ("liquidations_largest_day + 1 > 3", "+ - * / cannot take a date; give numbers"),
        ("'a' * 999999 == 'a'", "+ - * / cannot take a text; give numbers"),
        ("liquidations_usd ~ 'a' == 'b'", "'~' joins texts and has no place in a condition; compare values"),
        ("liquidations_usd | usd == 'x'", "the filter 'usd' prints, and conditions compare plain values; leave it out"),
        ("abs('a') > 0", "abs() cannot take a text; give numbers"),
        ("abs(1, 2) > 0", "abs() is given 2; it takes one value"),
        ("max(1) > 0", "max() is given 1; it takes two to eight values"),
        ("min(liquidations_usd, default=3) > 0", NO_CALL),
        (
            "liquidations_usd_percentile >= 80",
            "'liquidations_usd_percentile' is a share from 0 to 1, here compared with 80; write 0.8 for 80 per cent",
        ),
        (
            "80 <= liquidations_usd_percentile",
            "'liquidations_usd_percentile' is a share from 0 to 1, here compared with 80; write 0.8 for 80 per cent",
        ),
        ("liquidations_usd > 1e999", "inf cannot be compared; write a finite number"),
        ("liquidations_usd == none", "None cannot be compared; write a finite number"),
        ("liquidations_usd >", "unexpected 'end of template'; check brackets, quotes and filters"),
        ("liquidations_usd > 0 }} {{ 1", "unexpected '}}' after the expression; check brackets, quotes and filters"),
        (
            "liquidations_usd > 0 liquidations_usd",
            "unexpected 'liquidations_usd' after the expression; check brackets, quotes and filters",
        ),
    ],
)
def test_what_is_not_of_the_language_is_refused_in_conditions(source: str, problem: str) -> None:
    assert problem in when(source)


def test_a_rank_is_a_number() -> None:
    assert look("liquidations_usd_percentile", "rank").problems == ()
    assert look("liquidations_usd > 0", "rank").problems == (
        "'rank' is a condition, not a number; give one from 0 to 1, such as a percentile",
    )


def test_a_template_that_is_too_long_or_too_deep_is_refused() -> None:
    assert say("a" * 2001) == ("2001 characters are more than the 2000 of a template; split it in two",)
    assert say("{{ " + "(" * 900 + "'a'" + ")" * 900 + " }}") == (TOO_DEEP,)
    assert when("not " * 200 + "true") == (TOO_DEEP,)
    nested = "{% if liquidations_usd > 0 %}" * 40
    assert say(nested + "a" + "{% endif %}" * 40) == (TOO_DEEP,)


def test_a_huge_number_is_refused_and_no_traceback() -> None:
    assert when("liquidations_usd > 1" + "0" * 400)[0].endswith("cannot be compared; write a finite number")


# ---- prose -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("In 3 days.", "digits in the prose: '3'; spell the number out, or print a fact with a unit filter"),
        ("The 30-day mean.", "digits in the prose: '30-day'; spell the number out, or print a fact with a unit filter"),
        ("About ½.", "digits in the prose: '½.'; spell the number out, or print a fact with a unit filter"),
        ("{{ 'over 9' }}", "digits in the prose: '9'; spell the number out, or print a fact with a unit filter"),
        (
            "{{ lead.dvol_change | direction('up 5', 'down') }}",
            "digits in the prose: '5'; spell the number out, or print a fact with a unit filter",
        ),
        ("Ten %.", "'%' in the prose; the unit filter prints it with its number"),
        ("${{ liquidations_usd | usd }}.", "'$' in the prose; the unit filter prints it with its number"),
        ("\ue000x\ue002", "a control or private-use character stands in the prose; remove it"),
        ("bell\x07", "a control or private-use character stands in the prose; remove it"),
        (
            "{{ liquidations_usd }}",
            "'liquidations_usd' is printed without a unit filter; write '{{ liquidations_usd | usd }}'",
        ),
        (
            "{{ lead.price_usd_growth }}",
            "'lead.price_usd_growth' is printed without a unit filter; write '{{ lead.price_usd_growth | percent }}'",
        ),
        (
            "{{ liquidations_largest_day }}",
            "'liquidations_largest_day' is printed without a unit filter; write '{{ liquidations_largest_day | day }}'",
        ),
        (
            "{{ liquidations_usd | size }}",
            "'liquidations_usd' is printed without a unit filter; write '{{ liquidations_usd | usd }}'",
        ),
        (
            "{{ lead.funding_apr_change }}",
            "'lead.funding_apr_change' is printed without a unit filter; write '{{ lead.funding_apr_change | percentage_points }}'",
        ),
        ("{{ 5 }}", "a number cannot be printed; print a fact with a unit filter"),
        ("{{ true }}", "a condition cannot be printed; print a fact with a unit filter"),
        (
            "{{ liquidations_usd ~ ' in all' }}",
            "'~' joins texts, and 'liquidations_usd' is none; give it a unit filter",
        ),
        (
            "Near the top, {{ liquidations_usd | about | usd }}.",
            "'liquidations_usd' is rounded with 'about'; put about, around, roughly, approximately, near or close to directly before it",
        ),
        (
            "It {{ lead.price_usd_growth | direction('rose', 'fell') }} {{ lead.price_usd_growth | percent }}.",
            "'lead.price_usd_growth' stands with its sign beside its direction word; "
            "write '{{ lead.price_usd_growth | size | percent }}'",
        ),
    ],
)
def test_prose_that_would_print_wrongly_is_refused(source: str, problem: str) -> None:
    assert say(source) == (problem,)


# ---- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "liquidations_usd | percent",
            "the filter 'percent' does not fit 'liquidations_usd', which is in usd; use usd",
        ),
        ("liquidations_usd | usdd", "no filter is called 'usdd'; did you mean 'usd'?"),
        (
            "liquidations_usd_growth | usd",
            "the filter 'usd' does not fit 'liquidations_usd_growth', which is in fraction; use percent",
        ),
        (
            "liquidations_long_share_change | share",
            "the filter 'share' does not fit 'liquidations_long_share_change', which is a difference in share; use percentage_points",
        ),
        (
            "liquidations_long_share | percentage_points",
            "the filter 'percentage_points' does not fit 'liquidations_long_share', which is in share; use share",
        ),
        (
            "lead.funding_rate_change | rate",
            "the filter 'rate' does not fit 'lead.funding_rate_change', which is a difference in rate; no filter prints it; compare it in 'when', or use direction",
        ),
        (
            "liquidations_largest_day | usd",
            "the filter 'usd' does not fit 'liquidations_largest_day', which is in date; use day or date or weekday",
        ),
        (
            "liquidations_largest_day | size | day",
            "the filter 'size' does not fit 'liquidations_largest_day', which is in date; leave it out",
        ),
        (
            "liquidations_usd | size | signed | usd",
            "'liquidations_usd' is given both 'size' and 'signed'; a size has no sign, choose one",
        ),
        ("etf_streak_sessions | signed | count", "'signed' does not go with 'count', which prints words; use figure"),
        ("liquidations_usd | usd | usd", "the filter 'usd' is given a text; it takes a fact"),
        ("liquidations_usd | usd | size", "the filter 'size' is given a text; it takes a fact"),
        ("liquidations_usd | a_or_an", "'a_or_an' takes a printed text; write it last"),
        (
            "liquidations_usd | plural('a', 'b')",
            "'plural' takes a count, and 'liquidations_usd' is in usd; use plain words",
        ),
        (
            "lead.price_usd | direction('a', 'b')",
            "'lead.price_usd' is never negative and has no direction; use its _growth or _change",
        ),
        (
            "liquidations_usd_percentile | direction('a', 'b')",
            "'liquidations_usd_percentile' is never negative and has no direction; use its _growth or _change",
        ),
        (
            "lead.dvol | size | direction('a', 'b')",
            "'direction' after 'size' has lost the sign; give it 'lead.dvol' itself",
        ),
        (
            "lead.dvol | direction('a')",
            "the filter 'direction' is given something else; it takes two or three words in quotes",
        ),
        (
            "lead.dvol | direction(lead.name, 'b')",
            "the filter 'direction' is given something else; it takes two or three words in quotes",
        ),
        (
            "lead.dvol | direction('a', down='b')",
            "the filter 'direction' is given something else; it takes two or three words in quotes",
        ),
        (
            "etf_streak_sessions | plural('a')",
            "the filter 'plural' is given something else; it takes two words in quotes",
        ),
        ("liquidations_usd | usd('x')", "the filter 'usd' is given something else; it takes no words"),
    ],
)
def test_a_filter_that_does_not_fit_is_refused(source: str, problem: str) -> None:
    assert say(f"{{{{ {source} }}}}") == (problem,)


def test_an_unknown_filter_without_a_near_one_lists_them_all() -> None:
    (problem,) = say("{{ liquidations_usd | zzz }}")
    assert problem.startswith(
        "no filter is called 'zzz'; the filters are usd, price, coins, share, percent, rate, apr,"
    )


def test_one_hedge_does_not_serve_two_rounded_figures() -> None:
    (problem,) = say("About {{ lead.price_usd | about | price }}{{ liquidations_usd | about | usd }}.")
    assert problem.startswith("'liquidations_usd' is rounded with 'about'; put about, around,")


def test_a_label_prints_no_figures() -> None:
    refused = ("a heading or label prints no figures; put it into a sentence",)
    assert look("{{ lead.name }} price", "label").problems == ()
    assert look("{{ liquidations_usd | usd }}", "label").problems == refused
    assert look("{{ week.label }}", "label").problems == refused


# ---- optional facts --------------------------------------------------------------------------------------------------

UNTESTED = "'lead.dvol' is optional and may be missing here; test it first, as in 'lead.dvol is known and ...'"


@pytest.mark.parametrize(
    "source",
    [
        "lead.dvol is known and lead.dvol > 0",
        "lead.dvol is missing or lead.dvol > 0",
        "not (lead.dvol is missing) and lead.dvol > 0",
        "not (lead.dvol is missing or liquidations_usd > 5) and lead.dvol > 0",
        "(lead.dvol if lead.dvol is known else 0) > 1",
        "lead.dvol is missing",
    ],
)
def test_an_optional_fact_may_be_used_where_it_is_known(source: str) -> None:
    assert look(source, "when", "market", "lead.dvol").problems == ()


@pytest.mark.parametrize(
    "source",
    [
        "lead.dvol > 0",
        "lead.dvol is known or lead.dvol > 0",
        "lead.dvol is missing and lead.dvol > 0",
        "lead.dvol > 0 and lead.dvol is known",
        "(lead.dvol is known or liquidations_usd > 5) and lead.dvol > 0",
        "(lead.dvol if lead.dvol is missing else 0) > 1",
    ],
)
def test_an_optional_fact_used_untested_is_refused(source: str) -> None:
    assert look(source, "when", "market", "lead.dvol").problems == (UNTESTED,)


def test_branches_know_what_their_tests_and_the_condition_made_certain() -> None:
    good = "{% if lead.dvol is missing %}None{% elif lead.dvol > 0 %}{{ lead.dvol | points }}{% endif %}."
    bad = "{% if lead.dvol is known %}Some{% else %}{{ lead.dvol | points }}{% endif %}."
    assert look(good, "say", "market", "lead.dvol").problems == ()
    assert look(bad, "say", "market", "lead.dvol").problems == (UNTESTED,)
    condition = look("lead.dvol is known and lead.dvol > 0", "when", "market", "lead.dvol")
    inside = Place(KNOWN, "market", frozenset({"lead.dvol"}), condition.certain)
    assert read("{{ lead.dvol | points }}.", "say", inside).problems == ()


def test_a_rank_may_use_an_optional_fact_untested() -> None:
    assert look("lead.dvol", "rank", "market", "lead.dvol").problems == ()


def test_several_mistakes_of_one_template_are_all_found() -> None:
    assert len(say("{{ liquidation_usd | usd }} in 3 days, {{ lead.dvol | usd }}")) == 3


# ---- figures that were printed ---------------------------------------------------------------------------------------


def test_prose_may_ask_whether_a_figure_is_new_and_reads_which() -> None:
    found = look("{% if liquidations_usd is new %}{{ liquidations_usd | usd }}{% else %}that{% endif %}.")
    assert (found.problems, found.once) == ((), ("market.liquidations_usd",))
    assert look("{{ liquidations_usd | usd }}.").once == ()


def test_a_condition_and_a_label_know_nothing_of_the_text() -> None:
    (problem,) = when("liquidations_usd is new")
    assert problem == "no test is called 'new'; use 'is known' or 'is missing'"
    assert look("{% if liquidations_usd is new %}a{% endif %}", "label").problems != ()


def test_that_a_figure_is_not_new_says_nothing_of_whether_it_is_there() -> None:
    source = "{% if not lead.dvol is new %}{{ lead.dvol | points }}{% endif %}"
    (problem,) = dict.fromkeys(look(source, "say", "market", "lead.dvol").problems)
    assert (
        problem == "'lead.dvol' is optional and may be missing here; test it first, as in 'lead.dvol is known and ...'"
    )
