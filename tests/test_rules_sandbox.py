"""What stands behind the walk: an environment that refuses by itself, and figures that never print by accident."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError, UndefinedError
from jinja2.parser import Parser
from markupsafe import escape

from reporter.errors import RuleError
from reporter.model import Printed, Unit
from reporter.rules.figure import Figure, mark, unmark
from reporter.rules.sandbox import Absent, Compiled, Scope, values

FIGURE = Figure("BTC.price_usd", 69812.4, Unit.PRICE)
NO_FILTER = "BTC.price_usd would be printed without a unit filter; write '{{ BTC.price_usd | price }}'"
NO_SUMS = "BTC.price_usd is calculated with in prose; print facts, or calculate in 'when' and 'rank'"
NAMES: dict[str, object] = {"price_usd": FIGURE, "lead": Scope({"ticker": "BTC", "price_usd": FIGURE})}


def expression(source: str) -> nodes.Node:
    return Parser(values(), source, state="variable").parse_expression()


# ---- escapes, without the walk ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ lead.__class__ }}",
        "{{ lead._values }}",
        "{{ lead.__init__.__globals__ }}",
        "{{ price_usd._value }}",
        "{{ price_usd.__class__ }}",
        "{{ 'a'.upper }}",
        "{{ 'a'.upper() }}",
        "{{ 'a'.format('b') }}",
        "{{ 'a' * 999999 }}",
        "{{ 'a' + 'b' }}",
        "{{ 'a%s' % 'b' }}",
        "{{ 2 ** 99 }}",
        "{{ 7 // 2 }}",
        "{{ self.x }}",
    ],
)
def test_an_escape_is_refused_by_the_environment_itself(source: str) -> None:
    with pytest.raises((SecurityError, UndefinedError, RuleError, TypeError)):
        Compiled().render(source, NAMES)


def test_no_method_of_a_text_can_be_reached() -> None:
    with pytest.raises(SecurityError):
        Compiled().render("{% if 'a'.upper %}x{% endif %}", {})


@pytest.mark.parametrize("name", ["range", "dict", "lipsum", "cycler", "joiner", "namespace", "open", "eval"])
def test_nothing_global_can_be_called(name: str) -> None:
    with pytest.raises((UndefinedError, SecurityError)):
        Compiled().render(f"{{{{ {name}(99999999) }}}}", {})
    with pytest.raises(UndefinedError):
        Compiled().render(f"{{% if {name} %}}x{{% endif %}}", {})


def test_filters_and_tests_of_jinja_are_gone() -> None:
    room = Compiled()
    for source in ("{{ 'a' | upper }}", "{{ 'a' | attr('x') }}", "{{ 'a' | format }}", "{{ 'a' is string }}"):
        with pytest.raises(TemplateError):
            room.render(source, {})


def test_a_missing_name_is_an_error_and_never_a_silent_false() -> None:
    for source in ("nothing", "nothing > 0", "not nothing"):
        with pytest.raises(UndefinedError):
            Compiled().evaluate(source, {})
        with pytest.raises(UndefinedError):
            Compiled().evaluate(source, {}, expression(source))
    with pytest.raises(UndefinedError):
        Compiled().render("{{ nothing }}", {})


def test_conditions_calculate_with_numbers_only() -> None:
    room = Compiled()
    assert room.evaluate("max(a, 3) / 2 - abs(-1) * 2", {"a": 8.0}) == 2.0
    for source in ("'a' * 9", "a ** 2", "a % 2", "a // 2", "true + 1"):
        with pytest.raises(SecurityError):
            room.evaluate(source, {"a": 8.0})


@pytest.mark.parametrize("value", [5, 1.5, True, None, ["a"], date(2026, 2, 11)])
def test_only_text_is_printed(value: object) -> None:
    with pytest.raises(RuleError, match="cannot be printed; print a fact with a unit filter"):
        Compiled().render("{{ x }}", {"x": value})


# ---- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        str,
        repr,
        bool,
        int,
        float,
        len,
        list,
        bytes,
        operator.index,
        escape,
        lambda figure: f"{figure}",
        lambda figure: f"{figure:.2f}",
        lambda figure: f"{figure!r}",
        lambda figure: "%s" % figure,  # noqa: UP031
        lambda figure: figure[0],
        lambda figure: figure(),
        lambda figure: "a" in figure,
        lambda figure: "".join(["a", str(figure)]),
    ],
)
def test_a_figure_never_becomes_text_or_truth_by_itself(use: Callable[[Any], object]) -> None:
    with pytest.raises(RuleError) as caught:
        use(FIGURE)
    assert str(caught.value) == NO_FILTER


@pytest.mark.parametrize(
    "source", ["{{ price_usd }}", "{{ price_usd ~ 'x' }}", "{{ 'x' ~ price_usd }}", "{{ lead.price_usd }}"]
)
def test_a_figure_in_a_template_needs_a_filter(source: str) -> None:
    with pytest.raises(RuleError) as caught:
        Compiled().render(source, NAMES)
    assert str(caught.value) == NO_FILTER


@pytest.mark.parametrize(
    "source", ["{% if price_usd %}a{% endif %}", "{{ 'a' if price_usd else 'b' }}", "{{ not price_usd }}"]
)
def test_a_figure_is_no_condition(source: str) -> None:
    with pytest.raises(RuleError) as caught:
        Compiled().render(source, NAMES)
    assert str(caught.value) == NO_FILTER


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"])
def test_a_figure_is_not_calculated_with(name: str) -> None:
    for sides in ((FIGURE, 2), (2, FIGURE), (FIGURE, FIGURE)):
        with pytest.raises(RuleError) as caught:
            getattr(operator, name)(*sides)
        assert str(caught.value) == NO_SUMS
    for use in (operator.neg, operator.pos, abs, round):
        with pytest.raises(RuleError):
            use(FIGURE)


def test_figures_compare_with_numbers_and_with_each_other() -> None:
    other = Figure("ETH.price_usd", 2000.0, Unit.PRICE)
    assert operator.gt(FIGURE, other)
    assert FIGURE >= 69812.4
    assert other < FIGURE
    assert other <= 2000
    assert other == 2000.0
    assert other != FIGURE
    assert Compiled().render("{{ 'much' if price_usd > 5 and price_usd < 1e9 else 'little' }}", NAMES) == "much"


@pytest.mark.parametrize("other", ["69812", True, None, date(2026, 2, 11)])
def test_a_figure_is_compared_with_nothing_else(other: object) -> None:
    with pytest.raises(RuleError, match="compare it with a number or a fact"):
        _ = other == FIGURE


def test_dates_compare_with_dates() -> None:
    day = Figure("market.liquidations_largest_day", date(2026, 2, 11), Unit.DATE)
    assert day < Figure("week.last_day", date(2026, 2, 15), Unit.DATE)
    with pytest.raises(RuleError):
        _ = day < 5


def test_a_figure_cannot_be_a_key() -> None:
    with pytest.raises(TypeError):
        hash(FIGURE)


@pytest.mark.parametrize("use", [bool, str, lambda x: x > 1, lambda x: x == 1, lambda x: x + 1, lambda x: 1 / x, abs])
def test_an_absent_fact_answers_nothing(use: Callable[[Any], object]) -> None:
    with pytest.raises(RuleError) as caught:
        use(Absent("BTC.dvol"))
    assert str(caught.value) == "BTC.dvol is missing this week; test it with 'is known' before using it"


def test_an_absent_fact_can_be_asked_about() -> None:
    room = Compiled()
    assert room.evaluate("dvol is missing and not dvol is known", {"dvol": Absent("BTC.dvol")}) is True
    assert room.evaluate("dvol is missing", {"dvol": 3.0}) is False


# ---- marks -----------------------------------------------------------------------------------------------------------


def test_marks_are_read_back_as_parts() -> None:
    one = Printed("BTC.price_usd", "$69,812", "69812.4")
    two = Printed("BTC.price_usd_growth", "fell", "-0.1", word=True)
    assert unmark(f"Up {mark(one)}{mark(two)}.") == ("Up ", one, two, ".")
    assert unmark("") == ()
