"""The hedging ladder: its file, the words that a swing, a percentile and a confidence come to, and what readings take."""

# ruff: noqa: E501 - a message stands on one line, as its author will see it

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import rules
from reporter.errors import RuleError, Several
from reporter.language import word_faults
from reporter.model import Fact, Frame, Input, Measure, Period, Printed, Sentence, Unit, Unsaid
from reporter.rules import ladder, voice
from reporter.rules.cases import view_of
from reporter.rules.confidence import Confidence, confidence
from reporter.rules.figure import Figure, UnspokenError, on_rung
from reporter.rules.filters import FILTERS
from reporter.rules.ladder import Ladder, Step
from reporter.rules.lint import HEDGE
from reporter.rules.names import catalogue
from reporter.rules.shapes import Place, Reading
from reporter.rules.sheet import opened
from reporter.rules.walk import read
from reporter.rules.write import spoken
from tests.test_rules_sample import OUTLINE, SHIPPED, WEEK, folder, rule

TEXT = (SHIPPED / "rules" / "ladder.yaml").read_text(encoding="utf-8")
BOTH = ("asset", "market")
LEVEL = ("growth", "previous", "change", "percentile", "swing", "high_since", "low_since", "streak")
MEASURES = (
    Measure("liquidations_usd", Unit.USD, BOTH, LEVEL, "", ""),
    Measure("liquidations_largest_day", Unit.DATE, BOTH, (), ""),
    Measure("price_usd", Unit.PRICE, ("asset",), LEVEL, ""),
    Measure("funding_apr", Unit.APR, ("asset",), tuple(one for one in LEVEL if one != "growth"), ""),
    Measure("etf_net_flow_usd", Unit.USD, BOTH, ("previous", "change", "percentile"), ""),
    Measure("etf_streak_sessions", Unit.COUNT, BOTH, (), ""),
)
KNOWN = catalogue(MEASURES)
SHARES = st.floats(0, 1)
NOT_PLAIN = "is no plain text; use letters, single spaces, hyphens and apostrophes"
SPEAK, SILENT = "{speak: {liquidations_usd: 5}}", "{silent: {liquidations_usd: 0}}"


def parsed(path: Path, text: str) -> Ladder:
    """The ladder in a text; raises Several for its mistakes."""
    path.mkdir(exist_ok=True, parents=True)
    (path / "ladder.yaml").write_text(text, encoding="utf-8")
    problems: list[str] = []
    sheet = opened(path / "ladder.yaml", "rules/ladder.yaml", problems)
    found = ladder.parse(sheet) if sheet else ladder.EMPTY
    if problems:
        raise Several(problems)
    return found


SHEET: list[str] = []
_opened = opened(SHIPPED / "rules" / "ladder.yaml", "rules/ladder.yaml", SHEET)
assert _opened is not None
PACKAGED = ladder.parse(_opened)


def changed(*pairs: tuple[str, str]) -> str:
    """The packaged ladder with some texts in place of others."""
    text = TEXT
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def book(path: Path, *entries: str, text: str = TEXT) -> rules.Rulebook:
    """A rulebook of these rules with a ladder."""
    folder(path, OUTLINE, book="rules:\n" + "\n".join(entries) + "\n")
    (path / "rules" / "ladder.yaml").write_text(text, encoding="utf-8")
    return rules.load([path], MEASURES)


def frame(values: Mapping[str, float | date], *inputs: Input) -> Frame:
    """A frame with these facts by `SUBJECT.name`, each resting on the inputs."""
    found = {}
    for key, value in values.items():
        subject, _, name = key.partition(".")
        period = Period(WEEK.start, WEEK.end)
        found[subject, name] = Fact(name, subject, value, KNOWN[name].unit, period, WEEK.end, "", inputs)
    return Frame(WEEK, "BTC", ("BTC", "ETH"), found, {})


def rows(series: str = "liquidations_long/BTC/all/coinglass", hours: float = 24) -> Input:
    return Input(series, WEEK.start, WEEK.end - timedelta(hours=hours), 7, ())


def said(book: rules.Rulebook, about: Frame, number: int = 0) -> Sentence | Unsaid:
    (one,) = book.rules
    return spoken(book, one, view_of(one, about), number)


def text(book: rules.Rulebook, about: Frame, number: int = 0) -> str:
    found = said(book, about, number)
    return found.text if isinstance(found, Sentence) else f"unsaid: {found.why}"


# ---- the file --------------------------------------------------------------------------------------------------------


def test_the_packaged_ladder_has_no_mistake_and_says_where_its_thresholds_are_from() -> None:
    assert SHEET == []
    notes = [line for line in TEXT.splitlines() if line.startswith("# threshold:")]
    assert len(notes) >= 5
    assert all(line.endswith("2026-11") for line in notes)


def test_every_word_of_the_packaged_ladder_keeps_to_the_house_language() -> None:
    assert [word for word in PACKAGED.words if list(word_faults(word, "reading"))] == []


def test_every_hedge_is_one_at_each_of_its_steps() -> None:
    known = re.compile(rf"{HEDGE.pattern}|possibly|probably|perhaps", re.IGNORECASE)
    for name, forms in PACKAGED.hedges.items():
        assert all(known.search(word) for word in forms.values()), name


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{upto: 0.80, up", "{upto: 0.30, up", "'upto' 0.3 is not above the 0.35 of the band before; raise it"),
        ("{upto: 1.00, up", "{upto: 0.99, up", "the last band ends at 0.99; let it end at 1"),
        ("{upto: 0.35, up", "{upto: 35, up", "'upto' is 35; expected a share from 0 to 1, such as 0.8"),
        ("{upto: 0.35, up", "{upto: yes, up", "'upto' is 'yes'; expected a share from 0 to 1, such as 0.8"),
        ("up: edged up", "up: rose 3%", f"'rose 3%' {NOT_PLAIN}"),
        ("up: edged up", 'up: "edged  up"', f"'edged  up' {NOT_PLAIN}"),
        ("up: edged up", "up: edged up.", f"'edged up.' {NOT_PLAIN}"),
        ("up: edged up", "upp: edged up", "unknown key 'upp' in 'bands' number 1; did you mean 'up'?"),
        ("ordinary: true}", "adverb: so, ordinary: true}", "'adverb' stands in an ordinary band, which says nothing; remove one of the two"),
        ("weak: might, plain: may,", "weak: might, plan: may,", "unknown key 'plan' in 'may'; did you mean 'plain'?"),
        ("  can: {", "  Can-do: {", "the hedge 'Can-do' is not small letters and underscores; rename it"),
        ("- liquidations_long", "- liquidation_long", "no series measures 'liquidation_long'; did you mean 'liquidations_long'?"),
        ("etf_flow: 100", "etf_flows: 100", "no series measures 'etf_flows'; did you mean 'etf_flow'?"),
        ("{other: 36", "{others: 36", "'hours_over' is no mapping with 'other'; write it as in {other: 36, etf_flow: 100}"),
        ("beyond: 0.97", "beyond: 1.97", "'beyond' is 1.97; expected a share from 0 to 1, such as 0.8"),
        ("confidence:", "confidences:", "unknown key 'confidences'; did you mean 'confidence'?"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_named_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    broken = changed((old, new))
    line = broken[: broken.index(new)].count("\n") + 1
    with pytest.raises(Several) as caught:
        parsed(tmp_path, broken)
    assert f"rules/ladder.yaml:{line}: {problem}" in caught.value.lines


def test_all_mistakes_are_named_at_once_beside_those_of_the_rules(tmp_path: Path) -> None:
    wrong = changed(("up: jumped, down: dropped", "up: jumped., down: dropped."), ("plain: may,", "plain: may.,"))
    with pytest.raises(Several) as caught:
        book(tmp_path, rule(when="liquidation_usd > 0", cases=[SPEAK, SILENT]), text=wrong)
    assert [line.partition(" ")[2].partition(" is ")[0] for line in caught.value.lines if "ladder" in line] == [
        "'jumped.'", "'dropped.'", "'may.'"
    ]  # fmt: skip
    assert any("no fact is called 'liquidation_usd'" in line for line in caught.value.lines)


def test_the_ladder_is_part_of_the_digest(tmp_path: Path) -> None:
    one = book(tmp_path / "a", rule())
    other = book(tmp_path / "b", rule(), text=changed(("firm: may well", "firm: may")))
    assert one.digest != other.digest


def test_without_a_ladder_its_words_are_a_mistake_that_the_rehearsal_names(tmp_path: Path) -> None:
    say = '"Liquidations {{ liquidations_usd_growth | moved }}."'
    plain = rules.load([folder(tmp_path, OUTLINE, book="rules:\n" + rule(say=[say]))], MEASURES)
    with pytest.raises(Several) as caught:
        rules.rehearse(plain)
    assert "copy the packaged templates/rules/ladder.yaml" in str(caught.value)


# ---- verbs and adverbs -----------------------------------------------------------------------------------------------

MOVED = '"Liquidations {{ liquidations_usd_growth | moved }}{% if liquidations_usd > 1 %} in size{% endif %}."'


@pytest.mark.parametrize(
    ("growth", "swing", "verb"),
    [
        (0.03, 0.0, "edged up"),
        (-0.03, 0.349, "edged down"),
        (0.03, 0.35, "rose"),
        (-0.3, 0.8, "dropped"),
        (0.3, 0.949, "jumped"),
        (0.3, 0.95, "surged"),
        (-0.3, 1.0, "plunged"),
        (0.3, None, "rose"),
        (-0.3, None, "fell"),
        (0.0, None, "was little changed"),
        (1e-9, 0.99, "was little changed"),
    ],
)
def test_a_verb_has_the_sign_as_printed_and_the_strength_of_the_swing(
    tmp_path: Path, growth: float, swing: float | None, verb: str
) -> None:
    values: dict[str, float | date] = {"market.liquidations_usd": 1.0, "market.liquidations_usd_growth": growth}
    if swing is not None:
        values["market.liquidations_usd_swing"] = swing
    assert text(book(tmp_path, rule(say=[MOVED])), frame(values)) == f"Liquidations {verb}."


def test_a_verb_is_a_marked_word_of_its_change(tmp_path: Path) -> None:
    found = said(
        book(tmp_path, rule(say=[MOVED])),
        frame({"market.liquidations_usd": 1.0, "market.liquidations_usd_growth": -0.5}),
    )
    assert isinstance(found, Sentence)
    assert Printed("market.liquidations_usd_growth", "fell", "-0.5", word=True) in found.parts


def test_a_swing_belongs_to_its_own_subject(tmp_path: Path) -> None:
    read = book(tmp_path, rule(subject="lead", when="price_usd > 0", say=['"It {{ price_usd_change | moved }}."']))
    values = {"BTC.price_usd": 5.0, "BTC.price_usd_change": 4.0, "ETH.price_usd_swing": 1.0, "BTC.price_usd_swing": 0.1}
    assert text(read, frame(values)) == "It edged up."


def test_the_swing_is_never_needed_and_a_case_may_give_it(tmp_path: Path) -> None:
    case = "{speak: {liquidations_usd: 5, liquidations_usd_growth: 0.5, liquidations_usd_swing: 0.99}, text: surged}"
    (one,) = book(tmp_path, rule(say=[MOVED], cases=[case, SILENT])).rules
    assert one.needs == ("market.liquidations_usd", "market.liquidations_usd_growth")
    assert one.optional == ("market.liquidations_usd_swing",)


@pytest.mark.parametrize(
    "after", [" {x}", ", {x}", " by {x}", " by about {y}", " to {z}", " from {z}", " nearly {x}", " roughly {y}"]
)
def test_a_change_that_prints_as_zero_has_no_size(tmp_path: Path, after: str) -> None:
    numbers = {
        "{x}": "{{ liquidations_usd_growth | size | percent }}",
        "{y}": "{{ liquidations_usd_growth | size | about | percent }}",
        "{z}": "{{ liquidations_usd | usd }}",
    }
    for short, full in numbers.items():
        after = after.replace(short, full)
    read = book(tmp_path, rule(say=[f'"Liquidations {{{{ liquidations_usd_growth | moved }}}}{after}."']))
    still = frame({"market.liquidations_usd": 5e8, "market.liquidations_usd_growth": 0.0})
    assert text(read, still).startswith("unsaid: market.liquidations_usd_growth prints as zero")
    moving = frame({"market.liquidations_usd": 5e8, "market.liquidations_usd_growth": 0.2})
    assert text(read, moving).startswith("Liquidations rose")


@pytest.mark.parametrize("after", ["", " over the week", " from the week before", ", at {{ liquidations_usd | usd }}"])
def test_a_change_that_prints_as_zero_is_said_where_no_size_follows(tmp_path: Path, after: str) -> None:
    read = book(tmp_path, rule(say=[f'"Liquidations {{{{ liquidations_usd_growth | moved }}}}{after}."']))
    still = frame({"market.liquidations_usd": 5e8, "market.liquidations_usd_growth": 0.0})
    assert text(read, still).startswith("Liquidations was little changed")


STANDING = "\"It was a {{ liquidations_usd | standing('heavy', 'light', 'ordinary') }} week.\""


@pytest.mark.parametrize(
    ("percentile", "words"),
    [
        (1.0, "exceptionally heavy"),
        (0.99, "exceptionally heavy"),
        (0.95, "unusually heavy"),
        (0.8, "heavy"),
        (0.6, "modestly heavy"),
        (0.59, "ordinary"),
        (0.5, "ordinary"),
        (0.41, "ordinary"),
        (0.39, "modestly light"),
        (0.2, "light"),
        (0.04, "unusually light"),
        (0.0, "exceptionally light"),
    ],
)
def test_an_adverb_says_how_far_from_the_middle_a_value_stands(tmp_path: Path, percentile: float, words: str) -> None:
    about = frame({"market.liquidations_usd": 5e8, "market.liquidations_usd_percentile": percentile})
    assert text(book(tmp_path, rule(say=[STANDING])), about) == f"It was a {words} week."


def test_an_ordinary_value_without_a_word_leaves_the_rule_silent(tmp_path: Path) -> None:
    read = book(tmp_path, rule(say=["\"A {{ liquidations_usd | standing('heavy', 'light') }} week.\""]))
    about = frame({"market.liquidations_usd": 5e8, "market.liquidations_usd_percentile": 0.5})
    assert text(read, about) == (
        "unsaid: market.liquidations_usd is ordinary for its past year, for which the rule has no third word"
    )


def test_standing_needs_the_percentile(tmp_path: Path) -> None:
    read = book(tmp_path, rule(say=[STANDING]))
    assert "market.liquidations_usd_percentile" in read.rules[0].needs
    assert text(read, frame({"market.liquidations_usd": 5e8})).startswith(
        "unsaid: needs market.liquidations_usd_percentile"
    )


@given(SHARES, SHARES)
def test_a_verb_is_never_weaker_for_a_larger_swing(one: float, other: float) -> None:
    strength = {move.up: number for number, move in enumerate(PACKAGED.moves)}
    low, high = (PACKAGED.rung(swing, None).verbs for swing in sorted((one, other)))
    assert low
    assert high
    assert strength[low[0]] <= strength[high[0]]


@given(SHARES, SHARES)
def test_an_adverb_is_never_weaker_further_out_and_the_sides_mirror_each_other(one: float, other: float) -> None:
    order = {stand.adverb if not stand.ordinary else None: number for number, stand in enumerate(PACKAGED.standing)}
    near, far = sorted((one, other), key=lambda share: max(share, 1 - share))

    def strength(share: float) -> int:
        side, adverb = PACKAGED.rung(None, share).standing or (0, "")
        assert side == 0 or (side > 0) == (share > 0.5)
        return order[adverb if side else None]

    assert strength(near) <= strength(far)


@given(SHARES, SHARES)
def test_the_same_facts_have_the_same_words(swing: float, percentile: float) -> None:
    assert PACKAGED.rung(swing, percentile) == PACKAGED.rung(swing, percentile)
    text_of = {PACKAGED.rung(swing, other).verbs for other in (None, 0.0, percentile, 1.0)}
    assert len(text_of) == 1


# ---- the walk --------------------------------------------------------------------------------------------------------


def look(source: str, *optional: str, mode: str = "say") -> Reading:
    words = {"hedge": frozenset(PACKAGED.hedges)}
    return read(source, mode, Place(KNOWN, "market", frozenset(optional), words=words))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ liquidations_usd | moved }}", "'moved' takes a change, and 'liquidations_usd' is none; use its _growth or _change"),
        ("{{ lead.funding_apr | moved }}", "'moved' takes a change, and 'lead.funding_apr' is none; use its _change"),
        ("{{ lead.price_usd | moved }}", "'moved' takes a change, and 'lead.price_usd' is none; use its _growth or _change"),
        ("{{ etf_streak_sessions | moved }}", "'moved' takes a change, and 'etf_streak_sessions' is none; use its direction instead"),
        ("{{ liquidations_usd_growth | size | moved }}", "'moved' after 'size' has lost the sign; give it 'liquidations_usd_growth' itself"),
        ("{{ liquidations_usd_growth | moved('rose') }}", "the filter 'moved' is given something else; it takes no words"),
        ("{{ liquidations_usd_growth | move }}", "no filter is called 'move'; did you mean 'moved'?"),
        ("{{ liquidations_usd_growth | moved }} {{ liquidations_usd_growth | percent }}", "'liquidations_usd_growth' stands with its sign beside its direction word; write '{{ liquidations_usd_growth | size | percent }}'"),
        ("{{ liquidations_usd | standing }}", "the filter 'standing' is given something else; it takes two or three words in quotes"),
        ("{{ liquidations_usd_growth | standing('a', 'b') }}", "'standing' takes a measure with a percentile, and 'liquidations_usd_growth' has none; use plain words"),
        ("{{ etf_streak_sessions | standing('a', 'b') }}", "'standing' takes a measure with a percentile, and 'etf_streak_sessions' has none; use plain words"),
        ("{{ liquidations_usd | size | standing('a', 'b') }}", "'standing' does not stand after 'size'; give it 'liquidations_usd' itself"),
        ("{{ liquidations_usd | standing('a', 'b1') }}", "digits in the prose: 'b1'; spell the number out, or print a fact with a unit filter"),
        ("{{ hedge.mya }}", "'hedge' has no 'mya'; did you mean 'may'?"),
        ("{{ hedge }}", "'hedge' stands alone; write which word is meant, as in 'hedge.may'"),
        ("{{ hedge.may | usd }}", "the filter 'usd' is given a text; it takes a fact"),
    ],
)  # fmt: skip
def test_what_the_ladder_has_no_word_for_is_refused_at_load(source: str, problem: str) -> None:
    assert look(source).problems == (problem,)


def test_a_hedge_stands_in_prose_only() -> None:
    assert look("hedge.may == 'may'", mode="when").problems[0] == (
        "'hedge.may' is a word, and conditions compare facts; use it in 'say'"
    )
    assert read("{{ hedge.may }}", "label", Place(KNOWN, "lead")).problems != ()


def test_an_optional_percentile_is_tested_before_standing() -> None:
    bare = "{{ liquidations_usd | standing('a', 'b') }}"
    (problem,) = look(bare, "market.liquidations_usd_percentile").problems
    assert problem.startswith("'liquidations_usd_percentile' is optional and may be missing here")
    tested = f"{{% if liquidations_usd_percentile is known %}}{bare}{{% endif %}}"
    assert look(tested, "market.liquidations_usd_percentile").problems == ()


def test_a_measure_without_swing_moves_all_the_same() -> None:
    found = look("{{ etf_net_flow_usd_change | moved }}")
    assert (found.problems, found.swings) == ((), ())
    assert look("{{ lead.price_usd_change | moved }}").swings == ("lead.price_usd_swing",)


# ---- confidence ------------------------------------------------------------------------------------------------------

KEY = ("market", "liquidations_usd")


def sure(values: Mapping[str, float | date], *inputs: Input, name: str = "liquidations_usd") -> Confidence:
    return confidence(PACKAGED.limits, KNOWN, frame(values, *inputs), [("market", name)])


FACT = {"market.liquidations_usd": 5e8}
MIDDLING = {**FACT, "market.liquidations_usd_percentile": 0.5}
HIGH = {**FACT, "market.liquidations_usd_percentile": 0.97}
SOME = rows("liquidations_long/BTC/binance+okx+bybit/coinglass")
NARROW = rows("liquidations_long/BTC/gate/gate")


@pytest.mark.parametrize(
    ("values", "inputs", "step"),
    [
        (MIDDLING, (rows(),), Step.PLAIN),
        (HIGH, (rows(),), Step.FIRM),
        ({**FACT, "market.liquidations_usd_percentile": 0.03}, (rows(),), Step.FIRM),
        (FACT, (rows(),), Step.WEAK),
        (HIGH, (SOME,), Step.PLAIN),
        (HIGH, (NARROW,), Step.WEAK),
        (HIGH, (rows(), NARROW), Step.WEAK),
        (HIGH, (rows(hours=37),), Step.WEAK),
        (HIGH, (rows(hours=48), rows("open_interest/BTC/all/x", hours=0)), Step.FIRM),
        (HIGH, (rows("etf_flow/BTC/us_spot/farside", hours=96),), Step.FIRM),
        (HIGH, (rows("etf_flow/BTC/us_spot/farside", hours=120),), Step.WEAK),
        (HIGH, (rows("dvol/BTC/deribit/deribit"),), Step.FIRM),
        (HIGH, (), Step.PLAIN),
        ({}, (rows(),), Step.PLAIN),
    ],
)
def test_a_hedge_is_as_sure_as_its_facts(
    values: Mapping[str, float | date], inputs: tuple[Input, ...], step: Step
) -> None:
    assert sure(values, *inputs).step == step


@pytest.mark.parametrize(("swing", "step"), [(None, Step.WEAK), (0.1, Step.WEAK), (0.5, Step.PLAIN), (0.97, Step.FIRM)])
def test_a_change_is_judged_by_its_swing(swing: float | None, step: Step) -> None:
    values = {**HIGH, "market.liquidations_usd_growth": 0.02}
    if swing is not None:
        values["market.liquidations_usd_swing"] = swing
    assert sure(values, rows(), name="liquidations_usd_growth").step == step


def test_a_fact_that_is_not_compared_is_no_doubt() -> None:
    assert sure({"market.etf_streak_sessions": 3.0}, rows(), name="etf_streak_sessions") == Confidence(Step.PLAIN)


def test_the_reasons_are_said() -> None:
    found = sure(FACT, replace(NARROW, last=WEEK.start))
    assert found.weak == (
        "market.liquidations_usd_percentile is unknown",
        "the newest row of market.liquidations_usd is 168 hours older than the end of the week",
        "market.liquidations_usd counts Gate only",
    )
    assert found.partial == ("market.liquidations_usd counts Gate and no others",)
    assert sure(HIGH, rows()).firm == ("market.liquidations_usd_percentile is 0.97",)


VENUES = st.sets(st.sampled_from(["binance", "okx", "bybit", "gate", "all"]), min_size=1).map("+".join)
MEASURED = st.sampled_from(["liquidations_long", "open_interest", "dvol", "etf_flow"])


@given(
    st.lists(st.tuples(MEASURED, VENUES, st.integers(0, 200)), min_size=1, max_size=4),
    st.none() | SHARES,
    st.none() | SHARES,
    st.sampled_from(["liquidations_usd", "liquidations_usd_growth", "liquidations_usd_percentile"]),
)
def test_no_hedge_is_firm_where_data_are_partial_old_or_short(
    series: list[tuple[str, str, int]], percentile: float | None, swing: float | None, name: str
) -> None:
    values: dict[str, float | date] = {**FACT, "market.liquidations_usd_growth": 0.3}
    for family, value in (("percentile", percentile), ("swing", swing)):
        if value is not None:
            values[f"market.liquidations_usd_{family}"] = value
    inputs = [rows(f"{measure}/BTC/{venue}/x", hours) for measure, venue, hours in series]
    found = sure(values, *inputs, name=name)
    partial = any(one in {"liquidations_long", "open_interest"} and "all" not in venue for one, venue, _ in series)
    old = min(hours for *_, hours in series) > 100
    short = (swing if name.endswith("growth") else percentile) is None
    assert not (found.step == Step.FIRM and (partial or old or short))
    assert found == sure(values, *inputs, name=name)
    assert (found.step == Step.WEAK) == bool(found.weak)


# ---- hedges in a note ------------------------------------------------------------------------------------------------

READING = {
    "kind": "reading",
    "when": "liquidations_usd_percentile > 0",
    "say": ['"This {{ hedge.may }} end, which {{ hedge.suggests }} calm."'],
}


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ((), "This may end, which suggests calm."),
        ((NARROW,), "This might end, which may suggest calm."),
        ((SOME,), "This may end, which suggests calm."),
        ((rows(),), "This may well end, which suggests calm."),
    ],
)
def test_a_reading_is_hedged_by_the_facts_of_its_condition(
    tmp_path: Path, inputs: tuple[Input, ...], sentence: str
) -> None:
    assert text(book(tmp_path, rule(**READING)), frame(HIGH, *inputs)) == sentence


def test_the_confidence_of_a_rule_can_be_asked_for(tmp_path: Path) -> None:
    read, about = book(tmp_path, rule(**READING)), frame(HIGH, NARROW)
    sentence = said(read, about)
    assert isinstance(sentence, Sentence)
    found = rules.confidence_of(read, about, sentence)
    assert (found.step, found.weak) == (Step.WEAK, ("market.liquidations_usd counts Gate only",))


def test_the_rehearsal_says_every_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: set[str] = set()
    real = voice.rendered

    def listening(*args: object) -> str:
        found = real(*args)  # type: ignore[arg-type]
        heard.update(word for word in PACKAGED.words if word and word in found)
        return found

    monkeypatch.setattr(voice, "rendered", listening)
    names = " ".join(f"{{{{ hedge.{name} }}}}" for name in PACKAGED.hedges)
    say = [f"\"A {{{{ liquidations_usd | standing('x', 'y') }}}} {{{{ liquidations_usd_growth | moved }}}} {names}.\""]
    rules.rehearse(book(tmp_path, rule(say=say)))
    assert heard == {word for word in PACKAGED.words if word}


def test_a_hedge_by_hand_is_found(tmp_path: Path) -> None:
    say = ['"It {{ hedge.may }} end, or could."', '"It could end."', '"The data cannot show who sold."']
    read = book(tmp_path, rule(kind="reading", say=say, cases=[SPEAK, SILENT]))
    (found,) = (one for one in rules.lint(read) if one.where.startswith("rules/book"))
    what = "rule 'total' is hedged by hand with 'could' in wording 2"
    assert (found.severity, found.what, found.remedy) == ("warning", what, "take it from the ladder: {{ hedge.can }}")


def test_a_reading_without_any_hedge_is_a_warning_that_names_the_ladder(tmp_path: Path) -> None:
    read = book(tmp_path, rule(kind="reading", say=['"It is over."'], cases=[SPEAK, SILENT]))
    (found,) = (one for one in rules.lint(read) if one.where.startswith("rules/book"))
    assert (found.severity, found.remedy) == ("warning", "add one from the ladder, such as {{ hedge.may }}")


def test_a_ladder_that_claims_to_know_is_an_error(tmp_path: Path) -> None:
    read = book(tmp_path, rule(cases=[SPEAK, SILENT]), text=changed(("firm: may well", "firm: will")))
    (found,) = (one for one in rules.lint(read) if one.severity == "error")
    assert found.what == "the ladder says 'will' in 'will'"


def test_stuck_verbs_are_told_from_words_of_the_same_text() -> None:
    verb = Printed("BTC.x_growth", "was flat", "0.0", word=True)
    number = Printed("BTC.x", "$5", "5.0")
    assert ladder.stuck(("It ", verb, " ", number), "was flat") == "BTC.x_growth"
    assert ladder.stuck(("It was flat ", number), "was flat") == ""
    assert ladder.stuck(("It ", verb, " again, and ", number, " was lost"), "was flat") == ""


def test_a_figure_off_the_ladder_has_no_words() -> None:
    figure = Figure("BTC.x_growth", 0.1, Unit.FRACTION)
    for name, words in (("moved", ()), ("standing", ("a", "b"))):
        with pytest.raises(RuleError, match="no template folder has a ladder"):
            FILTERS[name](figure, *words)
    with pytest.raises(UnspokenError, match="has no percentile this week"):
        FILTERS["standing"](on_rung(figure, PACKAGED.rung(0.5, None)), "a", "b")


# ---- the page on rulebooks -------------------------------------------------------------------------------------------


def test_the_wording_of_the_page_reads_as_the_page_says(tmp_path: Path) -> None:
    page = (SHIPPED.parent / "docs" / "rulebooks.md").read_text(encoding="utf-8")
    found = re.search(r"stands with `size`: `(.*?)` reads \*(.*?)\*, or \*(.*?)\*", page, re.DOTALL)
    assert found
    read = book(tmp_path, rule(subject="lead", when="price_usd > 0", say=[f'"{" ".join(found[1].split())}."']))
    for growth, swing, said in ((0.012, 0.2, found[2]), (-0.248, 0.98, found[3])):
        values = {"BTC.price_usd": 6e4, "BTC.price_usd_growth": growth, "BTC.price_usd_swing": swing}
        assert text(read, frame(values)) == f"{said}."
