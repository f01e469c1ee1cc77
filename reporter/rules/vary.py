"""Which of a rule's wordings is used: decided by edition, rule and week, so that a note can be written again."""

from __future__ import annotations

import hashlib

from reporter.model import Week


def variant(edition: str, rule_id: str, week: Week, wordings: int, place: int = 0) -> int:
    """The number of the wording: the next one each week, so that no two weeks in a row repeat one.

    `place` tells apart the subjects of one rule, so that neighbouring sentences of one note differ too.
    """
    seed = int.from_bytes(hashlib.sha256(f"{edition}/{rule_id}".encode()).digest())
    return (seed + week.start.toordinal() // 7 + place) % wordings
