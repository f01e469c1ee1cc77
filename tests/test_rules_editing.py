"""An editor's decisions are carried out, recorded, and named where they no longer hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import rules
from reporter.errors import RuleError
from reporter.model import Cited, Input, Printed, Sentence
from reporter.rules.attributed import attributed, closed, quotation
from reporter.rules.editing import Edited
from tests.test_rules_editor import QUOTE, entry
from tests.test_rules_sample import OUTLINE, WEEK, book, frame, rule

FACTS = {"market.liquidations_usd": 1.9e9, "BTC.price_usd": 69_812.0, "BTC.dvol": 40.0, "ETH.dvol": 60.0}
SCALE = rule(id="scale", group="scale", topic="scale", say=['"That is much."'], when="true")
PRICE = rule(id="price", group="price", subject="lead", topic="price", when="price_usd > 0",
             say=['"Bitcoin stood at {{ price_usd | price }}."'],
             joined="{after: [event], say: ['while Bitcoin stood at {{ price_usd | price }}.']}")  # fmt: skip
MEANS = rule(id="means", group="interpretation", kind="reading", say=['"It may be over."'], when="true")
VOLATILITY = rule(id="dvol", section="metrics", group="funding", subject="asset", topic="options", when="dvol > 0",
                  say=['"In {{ asset.name }} it was {{ dvol | points }}."'])  # fmt: skip
ROOMY = OUTLINE.replace("groups: [interpretation, flows], most: 1", "groups: [interpretation, flows], most: 3")


def edited(folder: Path, text: str, *entries: str, facts: dict[str, float] | None = None) -> Edited:
    """What a desk file makes of these rules on these facts."""
    found = frame(facts or FACTS)
    read = book(folder, *(entries or (rule(), SCALE, MEANS)), outline=ROOMY)
    path = folder / "2026-W07.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return rules.edited(read, found, rules.write(read, found, "main"), rules.read_desk_file(path, read, WEEK))


def said(done: Edited) -> list[str]:
    return [sentence.text for sentence in done.written.sentences]


def warned(done: Edited) -> list[str]:
    assert {finding.severity for finding in done.findings} <= {"warning"}
    return [str(finding) for finding in done.findings]


def one(done: Edited, rule_id: str) -> Sentence:
    (found,) = (sentence for sentence in done.written.sentences if sentence.rule_id == rule_id)
    return found


TOTAL, MUCH, OVER = "Liquidations came to $1.9 billion.", "That is much.", "It may be over."


def test_a_desk_file_without_decisions_changes_nothing(tmp_path: Path) -> None:
    done = edited(tmp_path, "quotes: []\n")
    assert said(done) == [TOTAL, MUCH, OVER]
    assert (done.edits, done.findings) == ((), ())


# ---- quotes ----------------------------------------------------------------------------------------------------------


def test_a_quote_is_printed_as_it_was_said_with_a_link_on_its_speaker(tmp_path: Path) -> None:
    done = edited(tmp_path, QUOTE)
    words = "“Leverage trading … encourages people to blow out their accounts,” said "
    speaker = Cited("Brett Harrison", "https://example.com/leverage")
    assert one(done, "desk-quote-1").parts == (words, speaker, ", former President of FTX US.")
    assert one(done, "desk-quote-1").kind == "quote"
    (edit,) = done.edits
    assert (edit.action, edit.where) == ("quote", "desk/2026-W07.yaml:2")
    assert edit.source == {"speaker": "Brett Harrison", "role": "former President of FTX US", "date": "2026-02-11",
                           "link": "https://example.com/leverage"}  # fmt: skip


def test_a_quote_with_an_outlet_links_to_it_and_follows_its_lead_in(tmp_path: Path) -> None:
    more = '    outlet: AMBCrypto\n    lead_in: "At {{ price_usd | price }}, veterans warn."\n    after: total\n'
    done = edited(tmp_path, QUOTE + more + "    group: event\n")
    last = (
        "“Leverage trading … encourages people to blow out their accounts,” said Brett Harrison, former President of "
    )
    assert said(done) == [TOTAL, "At $69,812, veterans warn.", f"{last}FTX US, as AMBCrypto reported.", MUCH, OVER]
    assert Cited("AMBCrypto", "https://example.com/leverage") in one(done, "desk-quote-1").parts
    lead_in = one(done, "desk-quote-1-lead-in")
    assert (lead_in.cites, lead_in.parts[1]) == (("BTC.price_usd",), Printed("BTC.price_usd", "$69,812", "69812.0"))


def test_a_quote_stands_without_a_lead_in_whose_fact_is_missing(tmp_path: Path) -> None:
    done = edited(tmp_path, QUOTE + '    lead_in: "At {{ funding_apr | apr }}."\n')
    assert len(said(done)) == 4
    assert "is not said: it needs BTC.funding_apr" in warned(done)[0]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("It is over.", "“It is over,” said "),
        ("It is over", "“It is over,” said "),
        ("Is it over?", "“Is it over?” said "),
        ("And then...", "“And then...,” said "),
        ("<b>Sell</b> & [run](x)", "“<b>Sell</b> & [run](x),” said "),
    ],
)
def test_only_a_closing_stop_gives_way_to_the_comma(text: str, printed: str) -> None:
    head, speaker, role = quotation(text, "A", "of B Inc.", "", "https://c.com/")
    assert (head, speaker, role) == (printed, Cited("A", "https://c.com/"), ", of B Inc.")


@given(st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1))
def test_no_word_of_a_quote_is_changed(text: str) -> None:
    head = quotation(text, "A", "of B", "C", "https://c.com/")[0]
    assert isinstance(head, str)
    assert head.startswith(f"“{text.removesuffix('.') if not text.endswith('..') else text}")


# ---- adding, dropping, replacing -------------------------------------------------------------------------------------


def test_a_sentence_is_added_behind_its_group_or_behind_a_rule(tmp_path: Path) -> None:
    add = "add: {section: opening, group: event, topic: price, subject: lead}"
    say = 'say: "The price was {{ price_usd | price }}."'
    done = edited(tmp_path, entry(add, say))
    assert said(done) == [TOTAL, "The price was $69,812.", MUCH, OVER]
    own = one(done, "desk-line-2")
    assert (own.where, own.kind, own.topic, own.subject) == ("desk/2026-W07.yaml:2", "fact", "price", "BTC")
    assert own.cites == ("BTC.price_usd",)
    behind = edited(tmp_path, entry(add.replace("group: event", "group: event, after: scale"), say))
    assert said(behind) == [TOTAL, MUCH, "The price was $69,812.", OVER]
    (edit,) = done.edits
    assert (edit.action, edit.who, edit.why, edit.was) == ("add", "M. Adler", "it is so", "")


def test_a_dropped_sentence_is_among_the_unsaid_with_who_and_why(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("drop: scale"))
    assert said(done) == [TOTAL, OVER]
    (unsaid,) = (each for each in done.written.unsaid if each.rule_id == "scale")
    assert (unsaid.why, unsaid.where) == ("dropped by M. Adler: it is so", "desk/2026-W07.yaml:2")
    assert (done.edits[0].was, done.edits[0].text) == (MUCH, "")


LONGS = "Longs were {{ liquidations_long_share | share }}"
OF_ALL = "{% if liquidations_usd is new %} of {{ liquidations_usd | usd }}{% endif %}"
OF_IT = rule(id="side", group="scale", topic="side", when="liquidations_usd > 0", say=[f'"{LONGS}{OF_ALL}."'])
SIDED = {**FACTS, "market.liquidations_long_share": 0.72}


def test_a_figure_that_only_the_dropped_sentence_printed_is_missed(tmp_path: Path) -> None:
    assert said(edited(tmp_path / "a", "quotes: []\n", rule(), OF_IT, facts=SIDED)) == [TOTAL, "Longs were 72%."]
    done = edited(tmp_path / "b", entry("drop: total"), rule(), OF_IT, facts=SIDED)
    assert said(done) == ["Longs were 72%."]
    (line,) = warned(done)
    assert "'side' leaves out market.liquidations_usd, which no sentence prints any more" in line


def test_a_branch_that_would_not_have_printed_it_misses_nothing(tmp_path: Path) -> None:
    branches = f"{{% if liquidations_long_share > 0.9 %}}{LONGS}{OF_ALL}.{{% else %}}{LONGS}.{{% endif %}}"
    other = rule(id="side", group="scale", topic="side", when="liquidations_usd > 0", say=[f'"{branches}"'])
    done = edited(tmp_path, entry("drop: total"), rule(), other, facts=SIDED)
    assert (said(done), warned(done)) == (["Longs were 72%."], [])


def test_a_figure_that_the_editor_prints_again_is_not_missed(tmp_path: Path) -> None:
    done = edited(
        tmp_path, entry("replace: total", 'say: "It was {{ liquidations_usd | usd }}."'), rule(), OF_IT, facts=SIDED
    )
    assert said(done) == ["It was $1.9 billion.", "Longs were 72%."]
    assert warned(done) == []


def test_venues_are_named_by_the_first_sentence_that_is_left(tmp_path: Path) -> None:
    """Where the one that named them is dropped, the next does not speak of "these venues"."""
    on = "{{ liquidations_usd | usd }}{{ liquidations_usd | on_venues }}"
    first = rule(id="first", say=[f'"It was {on}."'], when="true")
    second = rule(id="second", group="scale", topic="scale", say=[f'"Again {on}."'], when="true", again="true")
    measured = Input("liquidation/BTC/binance+okx/x", WEEK.start, WEEK.end, 7, ())
    plain = frame(FACTS)
    on_two = {key: replace(fact, inputs=(measured,)) for key, fact in plain.facts.items()}
    second_full, second_short = "Again $1.9 billion on Binance and OKX.", "Again $1.9 billion on these venues."
    typed = entry("add: {section: opening, group: event}", f'say: "On Deribit little, in all {on}."')
    for name, text, expected in (
        ("kept", "quotes: []\n", ["It was $1.9 billion on Binance and OKX.", second_short]),
        ("dropped", entry("drop: first"), [second_full]),
        (
            "typed",
            typed,
            [
                "It was $1.9 billion on Binance and OKX.",
                "On Deribit little, in all $1.9 billion on Binance and OKX.",
                second_full,
            ],
        ),
    ):
        found = replace(plain, facts=on_two)
        read = book(tmp_path / name, first, second, outline=ROOMY)
        path = tmp_path / name / "2026-W07.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        done = rules.edited(read, found, rules.write(read, found, "main"), rules.read_desk_file(path, read, WEEK))
        assert said(done) == expected


def test_a_replaced_sentence_keeps_its_rule_and_its_place(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("replace: total", 'say: "It was {{ liquidations_usd | usd }}."'))
    assert said(done) == ["It was $1.9 billion.", MUCH, OVER]
    new = one(done, "total")
    assert (new.where, new.topic, new.cites) == ("desk/2026-W07.yaml:2", "liquidations", ("market.liquidations_usd",))
    assert (done.edits[0].was, done.edits[0].text) == (TOTAL, "It was $1.9 billion.")


def test_of_a_rule_on_each_asset_one_subject_can_be_meant_or_all(tmp_path: Path) -> None:
    whole = edited(tmp_path, entry("replace: dvol", 'say: "{{ asset.name }}: {{ dvol | points }}."'), VOLATILITY)
    assert said(whole) == ["Bitcoin: 40.0.", "Ether: 60.0."]
    part = edited(tmp_path, entry("drop: dvol", "subject: ETH"), VOLATILITY)
    assert said(part) == ["In Bitcoin it was 40.0."]
    lead = edited(tmp_path, entry("drop: dvol", "subject: lead"), VOLATILITY)
    assert said(lead) == ["In ether it was 60.0."]


# ---- what no longer holds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["drop: scale", "replace: scale", "attribute: scale"])
def test_a_decision_on_a_silent_rule_is_a_warning_with_its_reason(tmp_path: Path, action: str) -> None:
    silent = rule(id="scale", group="scale", when="liquidations_usd > 1e12")
    more = {"r": ("say: So it is.",), "a": ("outlet: ROIC.ai", "link: https://roic.ai/x")}.get(action[0], ())
    done = edited(tmp_path, entry(action, *more), rule(), silent)
    assert said(done) == [TOTAL]
    assert done.edits == ()
    assert "the rule 'scale' did not speak: its condition is false" in warned(done)[0]


def test_an_entry_that_ran_out_is_not_applied(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("drop: scale", "until: 2026-02-15"))
    assert said(done) == [TOTAL, MUCH, OVER]
    assert "ran out on 2026-02-15 and is not applied" in warned(done)[0]
    assert said(edited(tmp_path, entry("drop: scale", "until: 2026-02-16"))) == [TOTAL, OVER]


def test_a_fact_that_prints_otherwise_now_is_warned_of(tmp_path: Path) -> None:
    expecting = entry("drop: scale", "expects: {market.liquidations_usd: 1.8e9, lead.price_usd: 69812.4}")
    done = edited(tmp_path, expecting)
    assert said(done) == [TOTAL, OVER]
    (line,) = warned(done)
    assert "market.liquidations_usd is $1.9 billion now, and was $1.8 billion; it is applied all the same" in line
    strict = edited(tmp_path, f"{expecting}    strict: true\n")
    assert said(strict) == [TOTAL, MUCH, OVER]
    assert "it is not applied" in warned(strict)[0]


def test_a_fact_that_prints_the_same_is_as_expected(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("drop: scale", "expects: {market.liquidations_usd: 1.91e9}"))
    assert done.findings == ()


def test_an_expected_fact_that_is_missing_is_warned_of(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("drop: scale", "expects: {lead.funding_apr: 0.1}"))
    assert "lead.funding_apr is missing this week; it is applied all the same" in warned(done)[0]


@pytest.mark.parametrize("head", ["replace: total", "add: {section: opening, group: event}"])
def test_a_wording_whose_fact_is_missing_is_not_said(tmp_path: Path, head: str) -> None:
    done = edited(tmp_path, entry(head, 'say: "Funding was {{ lead.funding_apr | apr }}."'))
    assert said(done) == [TOTAL, MUCH, OVER]
    assert "is not said: it needs BTC.funding_apr" in warned(done)[0]
    assert done.edits == ()


def test_a_wording_that_makes_no_sentence_this_week_stops_with_its_line(tmp_path: Path) -> None:
    text = entry("replace: total", 'say: "{% if liquidations_usd > 2e9 %}No end{% else %}An end.{% endif %}"')
    assert said(edited(tmp_path, text))[0] == "An end."
    with pytest.raises(RuleError, match=r"^desk/2026-W07.yaml:2: the text does not end with"):
        edited(tmp_path, text, facts={**FACTS, "market.liquidations_usd": 2.5e9})


def test_a_reading_whose_fact_was_dropped_is_named(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("drop: total"))
    assert "'means' reads a fact on liquidations that no sentence states any more" in warned(done)[0]


# ---- what the outline allows -----------------------------------------------------------------------------------------


def test_an_added_sentence_keeps_the_limits_of_its_section(tmp_path: Path) -> None:
    points = [rule(id=name, section="key_points", group=name, topic=name, say=[f'"Of {name}."'], when="true")
              for name in ("event", "price")]  # fmt: skip
    done = edited(tmp_path, entry("add: {section: key_points, group: flows}", "say: One more."), *points)
    (finding,) = done.findings
    assert (finding.severity, finding.where) == ("error", "desk/2026-W07.yaml:2")
    assert "section 'key_points' has 3 sentences with it, of at most 2" in finding.what


def test_an_added_sentence_repeats_nothing(tmp_path: Path) -> None:
    same = edited(tmp_path, entry("add: {section: opening, group: event}", "say: That is much."))
    assert [finding.severity for finding in same.findings] == ["error"]
    assert "says what is said already" in same.findings[0].what


# ---- attributions ----------------------------------------------------------------------------------------------------


def test_an_outlet_is_named_before_the_stop(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("attribute: total", "outlet: ROIC.ai", "link: https://roic.ai/x"))
    assert said(done) == ["Liquidations came to $1.9 billion, as ROIC.ai reported.", MUCH, OVER]
    assert one(done, "total").parts[2:] == (", as ", Cited("ROIC.ai", "https://roic.ai/x"), " reported.")
    assert one(done, "total").where == "rules/book.yaml:2"
    assert done.edits[0].source == {"outlet": "ROIC.ai", "link": "https://roic.ai/x"}


def test_an_outlet_that_is_named_already_is_not_named_twice(tmp_path: Path) -> None:
    twice = entry("attribute: total", "outlet: ROIC.ai", "link: https://roic.ai/x")
    twice += twice.removeprefix("sentences:\n")
    done = edited(tmp_path, twice)
    assert said(done)[0].count("ROIC.ai") == 1
    assert "names ROIC.ai already" in warned(done)[0]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("It fell.",), "It fell, as R reported."),
        (("It fell,",), "It fell, as R reported,"),
        (("It fell (“much”).",), "It fell (“much”), as R reported."),
        (("It fell ", Printed("a.b", "5%", "0.05")), "It fell 5%, as R reported,"),
        (("It fell ", Printed("a.b", "5%", "0.05"), "."), "It fell 5%, as R reported."),
    ],
)
def test_an_attribution_stands_where_the_sentence_ends(parts: tuple[str | Printed, ...], text: str) -> None:
    assert "".join(p if isinstance(p, str) else p.text for p in attributed(parts, "R", "https://r.ai/")) == text


def test_an_added_sentence_repeats_nothing_however_it_names_venues(tmp_path: Path) -> None:
    on = "{{ liquidations_usd | usd }}{{ liquidations_usd | on_venues }}"
    plain = frame(FACTS)
    measured = Input("liquidation/BTC/binance+okx/x", WEEK.start, WEEK.end, 7, ())
    found = replace(plain, facts={key: replace(fact, inputs=(measured,)) for key, fact in plain.facts.items()})
    read = book(tmp_path, rule(id="first", say=[f'"It was {on}."'], when="true"), outline=ROOMY)
    path = tmp_path / "2026-W07.yaml"
    typed = 'say: "It was {{ liquidations_usd | usd }} on Binance and OKX."'
    path.write_text(entry("add: {section: opening, group: event}", typed), encoding="utf-8")
    done = rules.edited(read, found, rules.write(read, found, "main"), rules.read_desk_file(path, read, WEEK))
    (stop,) = (str(each) for each in done.findings if each.severity == "error")
    assert "says what is said already: 'It was $1.9 billion on Binance and OKX.'" in stop


# ---- sentences that go on from one another ---------------------------------------------------------------------------

JOINED = [f"{TOTAL[:-1]},", "while Bitcoin stood at $69,812."]


def test_what_went_on_from_a_dropped_sentence_stands_by_itself(tmp_path: Path) -> None:
    assert said(edited(tmp_path, "", rule(), PRICE)) == JOINED
    assert said(edited(tmp_path, entry("drop: total"), rule(), PRICE)) == ["Bitcoin stood at $69,812."]
    assert said(edited(tmp_path, entry("drop: price"), rule(), PRICE)) == [TOTAL]


def test_a_sentence_that_stands_by_itself_now_names_its_venues(tmp_path: Path) -> None:
    """As any other would: those behind it do not take the venues that it named for theirs."""
    on = "{{ liquidations_usd | usd }}{{ liquidations_usd | on_venues }}"
    first = rule(id="first", say=[f'"It was {on}."'], when="true")
    longs = "{{ liquidations_long_share | share }}{{ liquidations_long_share | on_venues }}"
    middle = rule(id="middle", group="scale", topic="scale", say=['"Much was closed."'], when="true")
    going_on = rule(id="side", group="price", topic="side", when="true", say=[f'"Longs were {longs}."'],
                    joined=f"{{after: [scale], say: ['while longs were {longs}.']}}")  # fmt: skip
    last = rule(id="last", group="interpretation", topic="last", say=[f'"Again {on}."'], when="true", again="true")
    venues = {"liquidations_usd": "binance+okx", "liquidations_long_share": "bybit+deribit"}
    plain = frame(SIDED)
    on_venues = {
        key: replace(fact, inputs=(Input(f"a/BTC/{venues[fact.name]}/x", WEEK.start, WEEK.end, 7, ()),))
        if fact.name in venues
        else fact
        for key, fact in plain.facts.items()
    }
    found, read = replace(plain, facts=on_venues), book(tmp_path, first, middle, going_on, last, outline=ROOMY)
    path = tmp_path / "2026-W07.yaml"
    path.write_text(entry("drop: middle"), encoding="utf-8")
    done = rules.edited(read, found, rules.write(read, found, "main"), rules.read_desk_file(path, read, WEEK))
    assert said(done) == [
        "It was $1.9 billion on Binance and OKX.",
        "Longs were 72% on Bybit and Deribit.",
        "Again $1.9 billion on Binance and OKX.",
    ]


def test_what_went_on_from_a_replaced_sentence_stands_by_itself(tmp_path: Path) -> None:
    first = edited(tmp_path, entry("replace: total", "say: It was much."), rule(), PRICE)
    assert said(first) == ["It was much.", "Bitcoin stood at $69,812."]
    assert not first.written.sentences[1].joined
    second = edited(tmp_path, entry("replace: price", "say: It was much."), rule(), PRICE)
    assert said(second) == [TOTAL, "It was much."]


def test_nothing_is_put_between_two_sentences_that_are_one(tmp_path: Path) -> None:
    done = edited(tmp_path, entry("add: {section: opening, group: event}", "say: It was much."), rule(), PRICE)
    assert said(done) == [*JOINED, "It was much."]


def test_an_attribution_leaves_two_sentences_one(tmp_path: Path) -> None:
    source = ("outlet: ROIC.ai", "link: https://roic.ai/x")
    done = edited(tmp_path, entry("attribute: total", *source), rule(), PRICE)
    assert said(done) == ["Liquidations came to $1.9 billion, as ROIC.ai reported,", JOINED[1]]


@given(st.text("ab,.!”", max_size=6))
def test_a_closed_sentence_has_a_stop_and_closing_it_again_changes_nothing(text: str) -> None:
    done = closed((text,) if text else ())
    assert "".join(str(part) for part in done).rstrip("”").endswith((".", "!"))
    assert closed(done) == done


def test_the_order_of_the_file_does_not_change_where_attributions_stand(tmp_path: Path) -> None:
    mark = entry("attribute: total", "outlet: ROIC.ai", "link: https://roic.ai/x").removeprefix("sentences:\n")
    swap = entry("replace: total", "say: It was much.").removeprefix("sentences:\n")
    for text in (mark + swap, swap + mark):
        assert said(edited(tmp_path, f"sentences:\n{text}"))[0] == "It was much, as ROIC.ai reported."
