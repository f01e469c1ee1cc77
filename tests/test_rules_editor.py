"""A desk file is read strictly: what must stand in it, and each mistake with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from reporter import rules
from reporter.errors import Several
from reporter.rules.editor import DeskFile, Seat
from tests.test_rules_sample import WEEK, book, rule

QUOTE = """\
quotes:
  - text: Leverage trading … encourages people to blow out their accounts
    speaker: Brett Harrison
    role: former President of FTX US
    date: 2026-02-11
    link: https://example.com/leverage
"""
SIGNED = "who: M. Adler\n    why: it is so"
FLOWS = rule(id="flows", group="flows", kind="reading", say=['"Flows may help."'], when="true")
TITLE = rule(id="head", section="title", group="headline", say=['"Liquidations of {{ liquidations_usd | usd }}"'])


def read(folder: Path, text: str, *more: str) -> DeskFile:
    path = folder / "2026-W07.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return rules.read_desk_file(path, book(folder, rule(), FLOWS, *more), WEEK)


def mistakes(folder: Path, text: str, *more: str) -> list[str]:
    with pytest.raises(Several) as problem:
        read(folder, text, *more)
    return list(problem.value.lines)


def mistake(folder: Path, text: str, *more: str) -> str:
    (line,) = mistakes(folder, text, *more)
    return line


def entry(head: str, *more: str) -> str:
    return "\n    ".join((f"sentences:\n  - {head}", SIGNED, *more)) + "\n"


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_without_a_file_nothing_is_decided(tmp_path: Path) -> None:
    assert rules.read_desk_file(tmp_path / "2026-W07.yaml", book(tmp_path, rule()), WEEK) == DeskFile()
    assert read(tmp_path, "# nothing yet\n") == DeskFile()


def test_a_quote_needs_no_more_than_words_speaker_role_date_and_link(tmp_path: Path) -> None:
    (quote,) = read(tmp_path, QUOTE).quotes
    assert quote.text == "Leverage trading … encourages people to blow out their accounts"
    assert (quote.speaker, quote.role, quote.day) == ("Brett Harrison", "former President of FTX US", date(2026, 2, 11))
    assert (quote.link, quote.outlet, quote.where) == ("https://example.com/leverage", "", "desk/2026-W07.yaml:2")
    assert quote.seat == Seat("opening", "flows", "")  # the outline has no section on flows: the first one in prose


def test_an_entry_is_read_with_all_its_keys(tmp_path: Path) -> None:
    more = ('say: "It was {{ liquidations_usd | usd }}."', "until: 2026-02-20", "strict: true",
            "expects: {market.liquidations_usd: 1.9e9, market.liquidations_largest_day: 2026-02-11}")  # fmt: skip
    (found,) = read(tmp_path, entry("replace: total", *more)).entries
    assert (found.action, found.rule_id, found.subject, found.strict) == ("replace", "total", "", True)
    assert found.expects == {"market.liquidations_usd": 1.9e9, "market.liquidations_largest_day": date(2026, 2, 11)}
    assert (found.until, found.who, found.why) == (date(2026, 2, 20), "M. Adler", "it is so")
    assert found.say
    assert found.say.names == ("market.liquidations_usd",)
    assert found.where == "desk/2026-W07.yaml:2"


# ---- what a quote must have ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["text", "speaker", "role", "date", "link"])
def test_a_quote_lacks_nothing_of_the_five(tmp_path: Path, key: str) -> None:
    lines = [line for line in QUOTE.splitlines() if not line.strip(" -").startswith(f"{key}:")]
    without = "\n".join(lines).replace("quotes:\n    ", "quotes:\n  - ") + "\n"
    assert mistake(tmp_path, without) == f"desk/2026-W07.yaml:2: {key!r} is missing; expected a text"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-02-17", "is after the cut of 2026-W07 (2026-02-16)"),
        ("2025-12-17", "is more than 60 days before that of 2026-W07"),
        ("11 February", "expected a date such as 2026-02-11"),
        ("2026-02-30", "expected a date such as 2026-02-11"),
    ],
)
def test_a_quote_is_of_the_last_sixty_days(tmp_path: Path, day: str, words: str) -> None:
    line = mistake(tmp_path, QUOTE.replace("2026-02-11", day))
    assert line.startswith("desk/2026-W07.yaml:5: 'date'")
    assert words in line


@pytest.mark.parametrize("day", ["2026-02-16", "2025-12-18"])
def test_the_day_of_the_cut_and_the_sixtieth_before_it_are_in_time(tmp_path: Path, day: str) -> None:
    assert read(tmp_path, QUOTE.replace("2026-02-11", day)).quotes[0].day == date.fromisoformat(day)


@pytest.mark.parametrize(
    "link",
    ["http://example.com/a", "https://", "example.com", "https://me@example.com/", "javascript:alert(1)",
     "https://example.com/a b", "https://example.com/<a>", "https://example.com/'", "'https://example.com/\"'",
     "https://example.com:port/", "https://exämple.com/", "https://[1/"],
)  # fmt: skip
def test_a_link_is_an_https_address(tmp_path: Path, link: str) -> None:
    assert "'link' is no address of a page" in mistake(tmp_path, QUOTE.replace("https://example.com/leverage", link))


def test_quotation_marks_are_not_typed(tmp_path: Path) -> None:
    line = mistake(tmp_path, QUOTE.replace("Leverage trading", "“Leverage trading"))
    assert "remove them: they are printed by themselves" in line


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\ue000", "\u0000"])
def test_what_cannot_be_seen_is_no_part_of_a_quote(tmp_path: Path, sign: str) -> None:
    text = QUOTE.replace("text: Leverage trading", f'text: "Leverage\\u{ord(sign):04x}trading"').replace(
        " … encourages people to blow out their accounts", ""
    )
    assert f"invisible character (U+{ord(sign):04X})" in mistake(tmp_path, text)


def test_a_quote_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert "501 characters, more than 500" in mistake(tmp_path, QUOTE.replace("Leverage trading … ", "x" * 457))


def test_a_lead_in_is_held_to_the_language_of_rules(tmp_path: Path) -> None:
    lines = mistakes(tmp_path, QUOTE + '    lead_in: "It will fall 5%."\n')
    starts = ("digits in the prose: '5%", "'%' in the prose", "'will' speaks of the future")
    assert [line.partition(":7: ")[2].startswith(start) for line, start in zip(lines, starts, strict=True)] == [
        True
    ] * 3


# ---- what an entry must have -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("quots: []\n", ":1: unknown key 'quots'; did you mean 'quotes'?"),
        ("sentences:\n  - {who: a, why: b}\n", ":2: expected one of add, drop, replace, attribute"),
        ("sentences:\n  - drop: total\n    why: b\n", ":2: 'who' is missing; expected a text"),
        ("sentences:\n  - drop: total\n    who: b\n", ":2: 'why' is missing; expected a text"),
        (entry("drop: totl"), ":2: no rule is called 'totl'; did you mean 'total'?"),
        (entry("drop: total", "say: no"), ":5: unknown key 'say' in 'sentences' number 1"),
        (entry("drop: total", "subject: ether"), ":5: 'subject' is 'ether'; expected market or lead, or a ticker"),
        (entry("drop: total", "until: soon"), ":5: 'until' is 'soon'; expected a date such as 2026-02-11"),
        (entry("drop: total", "expects: {liquidations_usd: 1}"), "no subject; write it as market.liquidations_usd"),
        (entry("drop: total", "expects: {market.liquidation_usd: 1}"), "no fact is called 'liquidation_usd'; did you"),
        (entry("drop: total", "expects: {market.liquidations_usd: much}"), "is 'much'; expected a number"),
        (entry("drop: total", "strict: 2"), ":5: 'strict' is 2; expected true or false"),
        (entry("replace: total"), ":2: 'say' is missing; expected a text"),
        (entry("replace: total", "say: It was 5 dollars."), ":5: digits in the prose: '5'"),
        (entry("replace: total", 'say: "It was {{ liquidations_usd }}."'), "is printed without a unit filter"),
        (entry("replace: total", "say: It was so"), "does not end with a full stop"),
        (entry("replace: total", "say: It fell because of longs."), "'because of' names a cause"),
        (entry("replace: total", "say: Nothing."), ""),
        (entry("add: {section: opening, group: evnt}", "say: So."), ":2: section 'opening' has no group 'evnt'"),
        (entry("add: {section: opening, group: event, after: x}", "say: So."), "section 'opening' has no rule 'x'"),
        (entry("add: {section: opening, group: event, subject: ETH}", "say: So."), "expected market or lead"),
        (entry("attribute: total", "outlet: ROIC.ai"), ":2: 'link' is missing; expected a text"),
        (entry("attribute: head", "outlet: R", "link: https://r.ai/"), ":2: the rule 'head' writes the title"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    if not line:
        assert read(tmp_path, text, TITLE).entries
        return
    found = mistakes(tmp_path, text, TITLE)
    assert any(line in each for each in found), found
    assert all(each.startswith("desk/2026-W07.yaml:") for each in found)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = QUOTE.replace("2026-02-11", "never").replace("https:", "http:") + entry("drop: nothing")
    assert [line.split(":")[1] for line in mistakes(tmp_path, text)] == ["5", "6", "8"]


def test_a_reading_without_a_hedge_is_a_warning(tmp_path: Path) -> None:
    add = "add: {section: opening, group: event, kind: reading}"
    (found,) = read(tmp_path, entry(add, "say: Leverage is lower.")).findings
    assert (found.severity, found.what) == ("warning", "a reading without a hedge")
    assert read(tmp_path, entry(add, "say: Leverage may be lower.")).findings == ()
    assert read(tmp_path, entry("attribute: flows", "outlet: R", "link: https://r.ai/")).findings == ()
    (found,) = read(tmp_path, entry("replace: flows", "say: Flows help.")).findings
    assert found.where == "desk/2026-W07.yaml:2"
