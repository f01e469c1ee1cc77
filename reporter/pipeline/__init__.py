"""The order of the stages: the only part that knows more than one of them."""

from __future__ import annotations

from reporter.pipeline.asking import Step, Tell
from reporter.pipeline.building import FOREVER, Draft, Result, build, check, draft, measure, reprinted, sources
from reporter.pipeline.collecting import Stores, backfill, collect, stores
from reporter.pipeline.desk import (
    SAMPLE,
    Configured,
    Desk,
    Round,
    chosen_week,
    configured,
    decided,
    decisions,
    prepare,
    with_sample,
)
from reporter.pipeline.keeping import archived, pruned
from reporter.pipeline.replaying import complete_weeks, differing, notes, replay

__all__ = [
    "FOREVER",
    "SAMPLE",
    "Configured",
    "Desk",
    "Draft",
    "Result",
    "Round",
    "Step",
    "Stores",
    "Tell",
    "archived",
    "backfill",
    "build",
    "check",
    "chosen_week",
    "collect",
    "complete_weeks",
    "configured",
    "decided",
    "decisions",
    "differing",
    "draft",
    "measure",
    "notes",
    "prepare",
    "pruned",
    "replay",
    "reprinted",
    "sources",
    "stores",
    "with_sample",
]
