"""What an editor decided for the note of one week: where the file lies, and the record of each decision as it was
carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reporter.model import Week

FOLDER = "desk"
Action = Literal["quote", "add", "drop", "replace", "attribute"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A decision that was carried out: by whom and why, of which rule and subject, the sentence before and after.

    `source` is what a quote or an attribution names: `speaker`, `role`, `date`, `outlet`, `link`; `where` is file:line.
    """

    action: Action
    rule_id: str
    subject: str
    who: str
    why: str
    where: str
    was: str
    text: str
    source: Mapping[str, str]


def path(root: Path, week: Week) -> Path:
    """`desk/2026-W07.yaml` in a newsletter's folder; it need not be there."""
    return root / FOLDER / f"{week.label}.yaml"


def paths(root: Path) -> tuple[Path, ...]:
    """The files that are there, in the order of their names."""
    return tuple(sorted((root / FOLDER).glob("*.yaml")))
