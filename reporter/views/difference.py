"""A week against the week before it: facts that moved, sentences that came, went or turned, headings and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reporter import inside, pipeline, units
from reporter.inside import View
from reporter.model import Gap, Sentence
from reporter.newsletter import Newsletter

if TYPE_CHECKING:
    from reporter.pipeline import Desk
    from reporter.rules.difference import Difference, Move, Reversal

MOVES_SHOWN = 12
GAPS_SHOWN = 12


def differing(desk: Desk, newsletter: Newsletter, week: str) -> View:
    """What is other in a week than in the one before. Raises ConfigError for what is no week."""
    chosen = pipeline.chosen_week(desk, week, None)
    _, history = pipeline.stores(desk)
    inside.read_in(desk, newsletter, history)
    return view(pipeline.differing(desk, history, chosen))


def view(found: Difference) -> View:
    """The difference as lines and for a machine."""
    return View(tuple(_lines(found)), record(found))


def _lines(found: Difference) -> Iterator[str]:
    yield f"{found.now.week.label} against {found.before.week.label}"
    moves = [_move_line(move) for move in found.moves]
    yield from _list(
        "moved most (behind it: the share of a year's weekly changes that were smaller)", moves, MOVES_SHOWN
    )
    yield from _list("reversed", [line for pair in found.reversed for line in _reversed_lines(pair)])
    yield from _list("new", [_said_line(one) for one in found.new])
    yield from _list("gone", [_said_line(one) for one in found.gone])
    yield from _list("headings", [f"{one.section}: {one.before!r} is now {one.now!r}" for one in found.headings])
    yield from _list("gaps that are new", [_gap_line(gap) for gap in found.gaps_new], GAPS_SHOWN)
    yield from _list("gaps that are mended", [_gap_line(gap) for gap in found.gaps_mended], GAPS_SHOWN)


def _list(head: str, lines: Sequence[str], most: int | None = None) -> Iterator[str]:
    """A heading with what stands below it, `most` lines of it; without any, that there is none."""
    yield from ("", f"{head}:" if lines else f"{head}: none")
    yield from (f"  {line}" for line in lines[:most])
    if most is not None and len(lines) > most:
        yield f"  and {len(lines) - most} more; --json has all of them"


def _move_line(move: Move) -> str:
    before, now = (units.text(fact.value, fact.unit) for fact in (move.before, move.now))
    return f"{move.now.key:<44} {before:>16} to {now:<16} {move.swing:4.0%}"


def _reversed_lines(pair: Reversal) -> Iterator[str]:
    yield f"{pair.now.section}/{pair.now.group} [{pair.now.subject}] {pair.what}"
    yield f"  was {pair.before.rule_id}: {pair.before.text}"
    yield f"  now {pair.now.rule_id}: {pair.now.text}"


def _said_line(one: Sentence) -> str:
    return f"{one.section}/{one.group} {one.rule_id} [{one.subject}]: {one.text}"


def _gap_line(gap: Gap) -> str:
    return f"{gap.key}: {gap.reason}"


def record(found: Difference) -> dict[str, Any]:
    """The whole of a difference."""
    return {
        "week": found.now.week.label,
        "against": found.before.week.label,
        "moves": [_move(move) for move in found.moves],
        "reversed": [
            {"what": pair.what, "before": _said(pair.before), "now": _said(pair.now)} for pair in found.reversed
        ],
        "new": [_said(one) for one in found.new],
        "gone": [_said(one) for one in found.gone],
        "headings": [{"section": one.section, "before": one.before, "now": one.now} for one in found.headings],
        "gaps_new": [_gap(gap) for gap in found.gaps_new],
        "gaps_mended": [_gap(gap) for gap in found.gaps_mended],
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "fact": move.now.key,
        "before": units.machine(move.before.value),
        "now": units.machine(move.now.value),
        "unit": move.now.unit.value,
        "swing": move.swing,
    }


def _said(one: Sentence) -> dict[str, str]:
    names = ("section", "group", "rule_id", "where", "subject", "topic", "stance", "text")
    return {name: getattr(one, name) for name in names}


def _gap(gap: Gap) -> dict[str, str]:
    return {"fact": gap.key, "reason": gap.reason}
