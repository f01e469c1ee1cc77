"""How charts look: palette and fonts from the template folders, and the sizes that all forms share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reporter import strict_yaml
from reporter.errors import ConfigError, Several

# Points: the width of a text column on A4.
WIDTH, HEIGHT = 475.2, 208.8
SMALL, NORMAL = 7.5, 8.0

# What the forms ask for; a palette may have more.
COLOURS = (
    *("ink", "muted", "paper", "panel", "rule", "grid", "accent"),
    *("price", "open_interest", "funding", "long", "short", "inflow", "outflow"),
)


@dataclass(frozen=True, slots=True)
class Style:
    """Colours by name, as `#rrggbb`, and the two weights of the one typeface."""

    colours: Mapping[str, str]
    regular: Path
    semibold: Path


def load(templates: Sequence[Path]) -> Style:
    """The style of the first folder that has each file. Raises ConfigError for a missing file or colour."""
    return Style(
        palette(_first(templates, "style/palette.yaml")),
        _first(templates, "style/fonts/Inter-Regular.ttf"),
        _first(templates, "style/fonts/Inter-SemiBold.ttf"),
    )


def palette(path: Path) -> Mapping[str, str]:
    """The colours of a palette file. Raises Several with a line for each that is missing or no `#rrggbb`."""
    document = strict_yaml.load(path, "style/palette.yaml")
    data = document.data if isinstance(document.data, dict) else {}
    wrong = [
        f"{document.where(name)}: {name!r} is {repr(data[name]) if name in data else 'missing'}; "
        "expected a colour such as '#0b4f6c', in quotes"
        for name in COLOURS
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(data.get(name)))
    ]
    if wrong:
        raise Several(wrong)
    return {str(name): str(value) for name, value in data.items()}


def _first(templates: Sequence[Path], name: str) -> Path:
    for folder in templates:
        if (folder / name).is_file():
            return (folder / name).resolve()
    raise ConfigError(f"{name}: in none of the {len(templates)} template folders; copy it from a fresh `reporter init`")
