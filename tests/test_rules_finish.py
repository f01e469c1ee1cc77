"""Running text: no opening twice, no figure twice without need, sentences that go on, names full and then short."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from textwrap import indent

import pytest

from reporter import rules
from reporter.errors import Several
from reporter.model import Input, Said
from tests.test_rules_load import mistakes
from tests.test_rules_sample import MEASURES as KNOWN
from tests.test_rules_sample import OUTLINE, WEEK, folder, frame, rule, texts

FACTS = {
    "market.liquidations_usd": 1.9e9,
    "market.liquidations_long_share": 0.72,
    "BTC.dvol": 40.0,
    "BTC.funding_apr": 0.1,
    "BTC.price_usd": 69812.0,
}
NAMES = """
names:
  funding: {full: the funding rate that longs pay to shorts, short: funding}
  dvol: {full: the volatility that options imply, short: implied volatility}
"""


def line(
    name: str, group: str = "event", *say: str, section: str = "opening", rank: float = 0.5, **more: object
) -> str:
    keys: dict[str, object] = {"topic": name, "when": "liquidations_usd > 0", "say": [f'"{each}"' for each in say]}
    return rule(id=name, section=section, group=group, rank=rank, **{**keys, **more})


def joining(entry: str, after: str, *say: str) -> str:
    """The rule with wordings that go on from another group."""
    wordings = "".join(f'\n  - "{each}"' for each in say)
    return entry + "\n" + indent(f"joined:\n  after: [{after}]\n  say:{indent(wordings, '  ')}", "    ")


def read(path: Path, *entries: str, outline: str = OUTLINE, names: str = NAMES) -> rules.Rulebook:
    folder(path, outline, book="rules:\n" + "\n".join(entries) + "\n")
    (path / "rules" / "names.yaml").write_text(names, encoding="utf-8")
    return rules.load([path], KNOWN)


def written(path: Path, *entries: str, outline: str = OUTLINE, memory: tuple[Said, ...] = ()) -> rules.Written:
    return rules.write(read(path, *entries, outline=outline), frame(FACTS), "main", memory)


def whys(found: rules.Written) -> dict[str, str]:
    return {each.rule_id: each.why for each in found.unsaid}


# ---- openings --------------------------------------------------------------------------------------------------------


def test_the_second_of_two_that_begin_alike_takes_another_wording(tmp_path: Path) -> None:
    first = line("first", "event", "Over the week longs lost.")
    second = line("second", "scale", "Over the week shorts gained.", "Shorts gained over the week.")
    for edition in ("a", "b", "c", "d"):
        found = rules.write(read(tmp_path / edition, first, second), frame(FACTS), edition)
        assert texts(found) == ["Over the week longs lost.", "Shorts gained over the week."]


def test_one_that_has_no_other_wording_makes_room_for_the_next(tmp_path: Path) -> None:
    first = line("first", "event", "Over the week longs lost.")
    second = line("second", "scale", "Over the week shorts gained.", rank=0.9)
    third = line("third", "scale", "Shorts did not.", rank=0.1)
    found = written(tmp_path, first, second, third)
    assert texts(found) == ["Over the week longs lost.", "Shorts did not."]
    assert whys(found) == {"second": "every wording that is left begins like 'first'"}


def test_numbers_and_names_do_not_tell_openings_apart(tmp_path: Path) -> None:
    one = line("one", "event", "{{ liquidations_usd | usd }} was closed by force.")
    two = line("two", "scale", "{{ liquidations_long_share | share }} was closed by force.")
    assert texts(written(tmp_path, one, two)) == ["$1.9 billion was closed by force."]


def test_what_follows_a_measures_name_is_what_counts(tmp_path: Path) -> None:
    one = line("one", "event", "{{ called.funding }} rose on most venues.")
    two = line("two", "scale", "{{ called.dvol }} rose on most days.")
    three = line("three", "price", "{{ called.dvol }} fell on others.")
    assert [each.rule_id for each in written(tmp_path, one, two, three).sentences] == ["one", "three"]


def test_a_title_may_begin_like_a_sentence(tmp_path: Path) -> None:
    title = line("title", "headline", "Longs lost a lot", section="title")
    assert texts(written(tmp_path, title, line("first", "event", "Longs lost a lot of it."))) == [
        "Longs lost a lot",
        "Longs lost a lot of it.",
    ]


# ---- figures ---------------------------------------------------------------------------------------------------------

TOTAL = "Closures came to {{ liquidations_usd | usd }}."
AGAIN = "In sum it was {{ liquidations_usd | usd }}."


def test_a_rule_that_prints_only_what_stands_there_already_is_silent(tmp_path: Path) -> None:
    found = written(tmp_path, line("one", "event", TOTAL, rank=0.9), line("two", "scale", AGAIN))
    assert texts(found) == ["Closures came to $1.9 billion."]
    assert whys(found) == {"two": "prints only figures that stand in the text already, as in 'one'"}


def test_it_may_where_its_author_says_that_it_needs_to(tmp_path: Path) -> None:
    assert len(written(tmp_path, line("one", "event", TOTAL), line("two", "scale", AGAIN, again="true")).sentences) == 2


def test_a_key_point_does_not_take_a_figure_from_the_text(tmp_path: Path) -> None:
    assert (
        len(written(tmp_path, line("one", "event", TOTAL, section="key_points"), line("two", "scale", AGAIN)).sentences)
        == 2
    )


def test_of_several_wordings_the_one_without_a_figure_that_stands_there_is_taken(tmp_path: Path) -> None:
    other = "Of it {{ liquidations_long_share | share }} were longs."
    for edition in ("a", "b", "c", "d"):
        book = read(tmp_path / edition, line("one", "event", TOTAL), line("two", "scale", AGAIN, other))
        assert texts(rules.write(book, frame(FACTS), edition))[1] == "Of it 72% were longs."


# ---- names -----------------------------------------------------------------------------------------------------------


def test_a_name_is_full_once_a_section_and_short_after(tmp_path: Path) -> None:
    one = line("one", "event", "{{ called.funding }} turned.")
    two = line("two", "scale", "With it turned {{ called.funding }}.")
    three = line("three", "funding", "Later on {{ called.funding }} turned.", section="metrics")
    assert texts(written(tmp_path, one, two, three)) == [
        "The funding rate that longs pay to shorts turned.",
        "With it turned funding.",
        "Later on the funding rate that longs pay to shorts turned.",
    ]


def test_a_case_reads_the_full_name(tmp_path: Path) -> None:
    cases = "cases:\n- {speak: {liquidations_usd: 1}, text: The funding rate that}\n- silent: {liquidations_usd: 0}"
    entry = line("one", "event", "{{ called.funding }} turned.") + "\n" + indent(cases, "    ")
    assert rules.run_cases(read(tmp_path, entry))[0].severity == "warning"  # only that groups of the outline are empty


@pytest.mark.parametrize(
    ("say", "problem"),
    [
        ("{{ called.fundin }} turned.", "'called' has no 'fundin'; did you mean 'funding'?"),
        ("{{ called }} turned.", "'called' stands alone; write which word is meant, as in 'called.funding'"),
    ],
)
def test_a_name_that_is_not_in_the_table_is_a_mistake(tmp_path: Path, say: str, problem: str) -> None:
    with pytest.raises(Exception, match="called") as found:
        read(tmp_path, line("one", "event", say))
    assert problem in str(found.value)


def test_a_word_is_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="is a word, and conditions compare facts"):
        read(tmp_path, line("one", "event", "It turned.", when="called.funding == liquidations_usd"))


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ("name: {}\n", "rules/names.yaml:1: unknown key 'name'; did you mean 'names'?"),
        ("names:\n  funding: {full: funding}\n", "'short' is missing; expected a text"),
        ("names:\n  funding: {full: the 8 h rate, short: funding}\n", "digits in the name 'the 8 h rate'"),
        ("names:\n  Funding: {full: a, short: b}\n", "rename it"),
    ],
)
def test_a_mistake_among_the_names_is_told_with_its_line(tmp_path: Path, names: str, problem: str) -> None:
    with pytest.raises(Exception, match=r"rules/names\.yaml:\d") as found:
        read(tmp_path, line("one"), names=names)
    assert problem in str(found.value)


# ---- going on --------------------------------------------------------------------------------------------------------

FIRST = line("first", "event", "Longs lost most of it.")


def second(*say: str) -> str:
    return joining(line("second", "scale", "Shorts lost less of it."), "event", *say)


@pytest.mark.parametrize(
    ("clause", "together"),
    [
        ("while shorts lost less.", "Longs lost most of it, while shorts lost less."),
        ("and shorts lost less.", "Longs lost most of it, and shorts lost less."),
        ("They paid for it.", "Longs lost most of it. They paid for it."),
    ],
)
def test_a_rule_goes_on_from_the_sentence_before(tmp_path: Path, clause: str, together: str) -> None:
    found = written(tmp_path, FIRST, second(clause))
    assert " ".join(texts(found)) == together
    assert [each.joined for each in found.sentences] == [False, True]


def test_it_stands_by_itself_where_the_other_does_not_speak(tmp_path: Path) -> None:
    assert texts(written(tmp_path, second("while shorts lost less."))) == ["Shorts lost less of it."]


def test_it_does_not_go_on_from_a_group_that_it_does_not_name(tmp_path: Path) -> None:
    other = joining(line("other", "price", "Shorts lost less of it."), "scale", "while shorts lost less.")
    assert texts(written(tmp_path, FIRST, other)) == ["Longs lost most of it.", "Shorts lost less of it."]


def test_it_does_not_go_on_from_another_paragraph(tmp_path: Path) -> None:
    other = joining(line("other", "interpretation", "Shorts lost less of it."), "event", "while shorts lost less.")
    assert texts(written(tmp_path, FIRST, other)) == ["Longs lost most of it.", "Shorts lost less of it."]


def test_together_they_are_no_longer_than_a_sentence_may_be(tmp_path: Path) -> None:
    assert len(written(tmp_path, FIRST, second("while " + "much " * 40 + "less.")).sentences[1].text.split()) == 5


def test_it_does_not_go_on_with_figures_that_were_just_printed(tmp_path: Path) -> None:
    first = line("first", "event", "Closures came to {{ liquidations_usd | usd }}.")
    plain = line("second", "scale", "Longs made up {{ liquidations_long_share | share }} of it.")
    again = joining(plain, "event", "and {{ liquidations_usd | usd }} was closed.")
    assert texts(written(tmp_path, first, again))[1] == "Longs made up 72% of it."


def test_two_do_not_go_on_from_one(tmp_path: Path) -> None:
    third = joining(line("third", "price", "Prices did nothing."), "scale", "while prices did nothing.")
    assert texts(written(tmp_path, FIRST, second("while shorts lost less."), third)) == [
        "Longs lost most of it,",
        "while shorts lost less.",
        "Prices did nothing.",
    ]


def test_a_rule_goes_on_every_other_time_and_remembers_how(tmp_path: Path) -> None:
    memory: tuple[Said, ...] = ()
    for number in range(6):
        found = rules.write(
            read(tmp_path / str(number), FIRST, second("while shorts lost less.", "but shorts lost less.")),
            frame(FACTS, WEEK.shifted(number)),
            "main",
            memory,
        )
        said = found.sentences[1]
        assert said.joined == (number % 2 == 0)
        joins = [one.variant for one in memory if one.joined]
        assert not said.joined or not joins or joins[-1] != said.variant
        memory += (
            Said(
                (WEEK.start + timedelta(weeks=number)).date(), "second", "market", said.variant, said.joined, "", "", ""
            ),
        )


def test_two_joining_words_alike_do_not_stand_in_one_sentence(tmp_path: Path) -> None:
    first = line("first", "event", "Longs lost, while shorts kept most of it.")
    assert texts(written(tmp_path / "a", first, second("while prices fell."))) == [
        "Longs lost, while shorts kept most of it.",
        "Shorts lost less of it.",
    ]
    assert texts(written(tmp_path / "b", first, second("as prices fell.")))[1] == "as prices fell."


def test_a_text_that_was_last_said_by_itself_does_not_come_back_going_on(tmp_path: Path) -> None:
    going_on = second("Shorts lost less of it.", "while shorts lost less.")
    last = Said(WEEK.previous.start.date(), "second", "market", 0, False, "", "", "Shorts lost less of it.")
    for edition in ("a", "b", "c", "d"):
        found = rules.write(read(tmp_path / edition, FIRST, going_on), frame(FACTS), edition, (last,))
        assert texts(found)[1] == "while shorts lost less."


@pytest.mark.parametrize(
    ("joined", "problem"),
    [
        ("{after: [evnt], say: [while it fell.]}", "section 'opening' has no group 'evnt'; did you mean 'event'?"),
        (
            "{after: [event], say: [so it fell.]}",
            "begin it with one of and, as, but, while, which, with, or with a capital",
        ),
        ("{after: [event]}", "'say' is missing; expected a list that is not empty"),
        ("{after: [event], say: ['while {{ liquidation_usd | usd }} fell.']}", "did you mean 'liquidations_usd'?"),
    ],
)
def test_a_mistake_in_how_it_goes_on_is_told(tmp_path: Path, joined: str, problem: str) -> None:
    assert any(problem in each for each in mistakes(tmp_path, f"rules:\n{rule(group='scale', joined=joined)}\n"))


# ---- what follows the headline ---------------------------------------------------------------------------------------

FOLLOWING = OUTLINE.replace("groups: [event, scale, price]", "groups: [{id: event, follows: title}, scale, price]")


def test_a_group_that_follows_the_title_speaks_of_its_topic(tmp_path: Path) -> None:
    entries = (
        line("flows", "headline", "Funds lose", section="title", rank=0.9, topic="flows"),
        line("crash", "headline", "Longs lose", section="title", rank=0.8, topic="crash"),
        line("of-crash", "event", "Longs lost.", rank=0.95, topic="crash"),
        line("of-flows", "event", "Funds lost.", rank=0.2, topic="flows"),
    )
    assert texts(written(tmp_path / "a", *entries, outline=FOLLOWING)) == ["Funds lose", "Funds lost."]
    assert texts(written(tmp_path / "b", *entries)) == ["Funds lose", "Longs lost."]


def test_where_nothing_is_said_of_that_topic_the_weightiest_speaks(tmp_path: Path) -> None:
    entries = (
        line("flows", "headline", "Funds lose", section="title", topic="flows"),
        line("low", "event", "Longs lost.", rank=0.2, topic="crash"),
        line("high", "event", "Prices fell.", rank=0.5, topic="price"),
    )
    assert texts(written(tmp_path, *entries, outline=FOLLOWING)) == ["Funds lose", "Prices fell."]


@pytest.mark.parametrize("name", ["titel", "opening"])
def test_a_group_follows_another_section_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(Exception, match="which is no other section"):
        read(tmp_path, line("one", "event", "One."), outline=FOLLOWING.replace("follows: title", f"follows: {name}"))


# ---- the weights of the outline --------------------------------------------------------------------------------------


def test_an_editor_weighs_what_is_unusual(tmp_path: Path) -> None:
    plain = line("plain", "event", "Longs lost.", rank=0.55, when="liquidations_long_share > 0")
    unusual = line("unusual", "event", "Much was lost.", rank=0.5)
    facts = {**FACTS, "market.liquidations_usd_percentile": 0.99, "market.liquidations_long_share_percentile": 0.5}

    def first(name: str, weights: str) -> list[str]:
        return texts(
            rules.write(read(tmp_path / name, plain, unusual, outline=weights + OUTLINE), frame(facts), "main")
        )

    assert first("usual", "") == ["Much was lost."]
    assert first("none", "weights: {materiality: 0, novelty: 0}\n") == ["Longs lost."]


def test_a_weight_is_a_number(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"'materiality' is the text 'much'; expected a number from 0 on"):
        read(tmp_path, line("one", "event", "One."), outline="weights: {materiality: much}\n" + OUTLINE)


# ---- each figure once ------------------------------------------------------------------------------------------------

OF = "{% if liquidations_usd is new %} of {{ liquidations_usd | usd }}"
ONCE = f"Longs were {{{{ liquidations_long_share | share }}}}{OF}{{% endif %}}."
ELSE = f"Closures{OF}{{% else %}}, as above,{{% endif %}} hit longs."


def test_a_wording_goes_on_without_a_figure_that_the_text_has_printed(tmp_path: Path) -> None:
    assert texts(written(tmp_path, line("one", "event", TOTAL, rank=0.9), line("two", "scale", ONCE))) == [
        "Closures came to $1.9 billion.",
        "Longs were 72%.",
    ]
    assert texts(written(tmp_path, line("two", "scale", ONCE))) == ["Longs were 72% of $1.9 billion."]


def test_the_first_in_reading_order_prints_the_figure_whoever_weighs_more(tmp_path: Path) -> None:
    first = line("first", "event", TOTAL, rank=0.1)
    assert texts(written(tmp_path, first, line("two", "scale", ONCE, rank=0.9))) == [
        "Closures came to $1.9 billion.",
        "Longs were 72%.",
    ]


def test_a_wording_may_have_other_words_for_a_figure_that_was_printed(tmp_path: Path) -> None:
    third = line("three", "price", "It was {{ liquidations_long_share | share }}.")
    found = texts(
        written(tmp_path, line("one", "event", TOTAL, rank=0.9), line("two", "scale", ELSE, again="true"), third)
    )
    assert found == ["Closures came to $1.9 billion.", "Closures, as above, hit longs.", "It was 72%."]


def test_a_key_point_leaves_a_figure_new_to_the_text(tmp_path: Path) -> None:
    point = line("one", "event", TOTAL, section="key_points", rank=0.9)
    assert texts(written(tmp_path, point, line("two", "scale", ONCE)))[1] == "Longs were 72% of $1.9 billion."


def test_a_wording_that_fails_once_its_figure_was_printed_is_found_before_a_run(tmp_path: Path) -> None:
    empty = "{% if liquidations_usd is new %}It was {{ liquidations_usd | usd }}.{% endif %}"
    book = read(tmp_path, line("one", "event", empty))
    with pytest.raises(Several, match="the text is empty"):
        rules.rehearse(book)


def test_either_of_two_figures_may_have_been_printed_without_the_other(tmp_path: Path) -> None:
    """All is well where both are new and where neither is."""
    first = "{% if liquidations_usd is new %}It was {{ liquidations_usd | usd }}."
    rest = "{% elif liquidations_long_share is new %}{% else %}It was as above.{% endif %}"
    book = read(tmp_path, line("one", "event", first + rest))
    with pytest.raises(Several, match="the text is empty"):
        rules.rehearse(book)


# ---- venues ----------------------------------------------------------------------------------------------------------

ON = "{{ liquidations_usd | usd }}{{ liquidations_usd | on_venues }}"
SHARE_ON = "{{ liquidations_long_share | share }}{{ liquidations_long_share | on_venues }}"


def on_venues(
    path: Path, *entries: str, total: str = "binance+okx+bybit", share: str = "binance+okx+bybit"
) -> list[str]:
    """The sentences of rules on a total and a share that were measured at these venues."""
    plain = frame(FACTS)
    series = {"liquidations_usd": total, "liquidations_long_share": share}
    facts = {
        key: replace(fact, inputs=(Input(f"a/BTC/{series[fact.name]}/x", WEEK.start, WEEK.end, 7, ()),))
        if fact.name in series
        else fact
        for key, fact in plain.facts.items()
    }
    return texts(rules.write(read(path, *entries), replace(plain, facts=facts), "main"))


def test_venues_are_named_once_and_are_these_venues_from_then_on(tmp_path: Path) -> None:
    one, two = line("one", "event", f"It was {ON}."), line("two", "scale", f"Longs were {SHARE_ON}.")
    assert on_venues(tmp_path, one, two) == [
        "It was $1.9 billion on Binance, OKX and Bybit.",
        "Longs were 72% on these venues.",
    ]


def test_other_venues_are_named_and_a_single_one_always_is(tmp_path: Path) -> None:
    one, two = line("one", "event", f"It was {ON}."), line("two", "scale", f"Longs were {SHARE_ON}.")
    three = line("three", "price", f"Once more {ON}.", again="true")
    assert on_venues(tmp_path / "a", one, two, three, share="okx") == [
        "It was $1.9 billion on Binance, OKX and Bybit.",
        "Longs were 72% on OKX.",
        "Once more $1.9 billion on Binance, OKX and Bybit.",
    ]
    assert on_venues(tmp_path / "b", one, two, total="okx", share="okx") == [
        "It was $1.9 billion on OKX.",
        "Longs were 72% on OKX.",
    ]


def test_a_title_counts_venues_and_bullets_and_text_name_them_each(tmp_path: Path) -> None:
    title = line("title", "headline", f"Closures of {ON}", section="title")
    point = line("point", "event", f"They were {ON}.", section="key_points")
    assert on_venues(tmp_path / "a", title, point, line("one", "event", f"It was {ON}.")) == [
        "Closures of $1.9 billion on three venues",
        "They were $1.9 billion on Binance, OKX and Bybit.",
        "It was $1.9 billion on Binance, OKX and Bybit.",
    ]
    assert on_venues(tmp_path / "b", title, total="gate") == ["Closures of $1.9 billion on Gate"]
