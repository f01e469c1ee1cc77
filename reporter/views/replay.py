"""What the rules did over the weeks of the store: as rows of a table, as lines below it, and for a machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reporter import inside, pipeline
from reporter.inside import View
from reporter.newsletter import Newsletter

if TYPE_CHECKING:
    from reporter.pipeline import Desk, Tell
    from reporter.rules.replay import Followed, Replay, Tally, Told

SHOWN = 8  # lines of a list on a terminal; --json has all of them
HEAD = ("rule", "spoke", "of weeks", "lost", "mostly to", "silent", "wanting", "mostly for")
LETTERS = {"spoke": "S", "lost": "l", "silent": ".", "gap": "-"}


def replayed(desk: Desk, newsletter: Newsletter, weeks: int | None, tell: Tell) -> Replay:
    """What the rules do over every complete week of the store, or over the last `weeks` of them. Raises ConfigError
    where there is none."""
    _, history = pipeline.stores(desk)
    inside.read_in(desk, newsletter, history)
    return pipeline.replay(desk, history, pipeline.complete_weeks(desk, history, weeks), tell=tell)


def view(found: Replay) -> View:
    """The findings, most useful first; and everything for a machine."""
    return View(tuple(_lines(found)), record(found))


# ---- a table ---------------------------------------------------------------------------------------------------------


def table(found: Replay) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A head, and below it a row a rule in the order of the note."""
    return HEAD, tuple(_row(each) for each in found.tallies)


def _row(each: Tally) -> tuple[str, ...]:
    most_lost, most_wanted = (f"{pairs[0][0]} ({pairs[0][1]})" if pairs else "" for pairs in (each.lost_to, each.wants))
    counts = (str(each.spoke), f"{each.share:.0%}", str(each.lost), most_lost, str(each.silent), str(each.gaps))
    return (each.rule.id, *counts, most_wanted)


# ---- lines -----------------------------------------------------------------------------------------------------------


def _lines(found: Replay) -> Iterator[str]:
    yield f"{span(found.told)}: {len(found.told)} weeks, {len(found.tallies)} rules"
    yield from _list(f"never spoke: {len(found.dead)}", [_dead(each) for each in found.dead], every=True)
    yield from _list(f"could speak and never won: {len(found.never_win)}", [each.rule.id for each in found.never_win])
    often = [f"{each.rule.id}: {each.weeks} of {len(each.cells)} weeks ({each.share:.0%})" for each in found.often]
    yield from _list(f"spoke in more than 60% of weeks: {len(often)}, in every week: {len(found.always)}", often, True)
    yield from _list("what followed", [line for each in found.tallies for line in _followed(each)], every=True)
    every = list(findings(found))
    for name, lines in every:
        yield from _list(f"{name}: {len(lines)}", lines)
    if clean := [name for name, lines in every if not lines]:
        yield from ("", f"none: {', '.join(clean)}")


def findings(found: Replay) -> Iterator[tuple[str, list[str]]]:
    """Each kind of finding with its lines, those without any too."""
    from reporter.rules.repeats import KINDS

    yield "contradictions", [f"{one.week.label} {what}" for one in found.told for what in one.contradictions]
    for kind, words in KINDS.items():
        same = [each for each in found.repeats if each.kind == kind]
        yield words, [f"{each.week} {each.rule_id}: {each.what} (before: {each.first})" for each in same]
    yield "language", [f"{one.week.label} {what}" for one in found.told for what in one.language]
    yield "sections that fell short", [f"{one.week.label} {what}" for one in found.told for what in one.short]


def _dead(each: Tally) -> str:
    return f"{each.rule.id} ({each.rule.where}): {each.why_never}"


def _followed(each: Tally) -> Iterator[str]:
    if each.followed:
        yield f"{each.rule.id} ({each.rule.outcome}): {outcome(each.followed)}"


def outcome(one: Followed) -> str:
    """`12 of 30 times it spoke (40%), against 60 of 233 weeks (26%)`"""
    after = f"{one.held} of {one.of} times after it spoke{_percent(one.held, one.of)}"
    return f"{after}, against {one.base_held} of {one.base_of} in all{_percent(one.base_held, one.base_of)}"


def _percent(part: int, whole: int) -> str:
    return f" ({part / whole:.0%})" if whole else ""


def _list(head: str, lines: Sequence[str], every: bool = False) -> Iterator[str]:
    """A heading and what stands below it, cut short where there is much of it; nothing where there is nothing."""
    if not lines:
        return
    yield from ("", head)
    yield from (f"  {line}" for line in (lines if every else lines[:SHOWN]))
    if not every and len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more; --json has all of them"


def span(told: Sequence[Told]) -> str:
    """`2025-W01 to 2025-W26`"""
    labels = [one.week.label for one in told]
    return f"{labels[0]} to {labels[-1]}" if labels else "no weeks"


# ---- for a machine ---------------------------------------------------------------------------------------------------


def record(found: Replay) -> dict[str, Any]:
    """The whole of a replay."""
    return {
        "weeks": [one.week.label for one in found.told],
        "notes": [_note(one) for one in found.told],
        "rules": [_rule(each) for each in found.tallies],
        "dead": [{"rule": each.rule.id, "why": each.why_never} for each in found.dead],
        "never_win": [each.rule.id for each in found.never_win],
        "often": [each.rule.id for each in found.often],
        "always": [each.rule.id for each in found.always],
        "contradictions": _by_week(found.told, "contradictions"),
        "repeats": [_repeat(each) for each in found.repeats],
        "repeats_by_kind": dict(Counter(each.kind for each in found.repeats)),
        "language": _by_week(found.told, "language"),
        "short": _by_week(found.told, "short"),
    }


def _note(one: Told) -> dict[str, Any]:
    return {"week": one.week.label, "sentences": len(one.sentences), "words": words(one)}


def words(one: Told) -> int:
    """The words of a week's sentences."""
    return sum(len(sentence.text.split()) for sentence in one.sentences)


def _rule(each: Tally) -> dict[str, Any]:
    """A rule's counts; `turns` has a letter a week: S spoke, l lost, . silent, - wanting a fact."""
    rule, followed = each.rule, each.followed
    return {
        "id": rule.id,
        "where": rule.where,
        "section": rule.section,
        "group": rule.group,
        "subject": rule.subject,
        "kind": rule.kind,
        "could_speak": each.spoke + each.lost,
        "spoke": each.spoke,
        "lost": each.lost,
        "silent": each.silent,
        "gaps": each.gaps,
        "weeks": each.weeks,
        "share": round(each.share, 4),
        "lost_to": dict(each.lost_to),
        "wants": dict(each.wants),
        "turns": "".join(LETTERS[act] for act in each.cells),
        "outcome": rule.outcome or None,
        "followed": None if followed is None else _fields(followed),
    }


def _fields(one: Followed) -> dict[str, int]:
    return {"held": one.held, "of": one.of, "base_held": one.base_held, "base_of": one.base_of}


def _repeat(each: Any) -> dict[str, str]:
    return {name: getattr(each, name) for name in ("kind", "week", "rule_id", "what", "first")}


def _by_week(told: Iterable[Told], name: str) -> list[dict[str, str]]:
    return [{"week": one.week.label, "what": what} for one in told for what in getattr(one, name)]
