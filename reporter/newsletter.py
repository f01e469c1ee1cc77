"""A newsletter's folder: where its config, templates, data and output lie, with the packaged starter behind it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from reporter import config as configuration
from reporter.config import Config
from reporter.errors import ConfigError
from reporter.strict_yaml import Document


def starter() -> Path:
    """The packaged templates and config; in an editable install they lie in the checkout, beside the package."""
    package = Path(str(resources.files("reporter")))
    packaged = package / "_starter"
    return packaged if packaged.is_dir() else package.parent


@dataclass(frozen=True)
class Newsletter:
    """A loaded config and the folder it speaks of."""

    root: Path
    config: Config
    document: Document

    @property
    def templates(self) -> tuple[Path, ...]:
        """The search path for templates: the newsletter's own first, then the packaged ones."""
        folders = (self.root / "templates", starter() / "templates")
        unique = dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir())
        return tuple(unique)

    @property
    def data(self) -> Path:
        return self.root / self.config.data

    @property
    def output(self) -> Path:
        return self.root / self.config.output


def load(path: Path | None) -> Newsletter:
    """The newsletter whose config this is; without a path, the one in this folder, else the packaged example.

    Raises ConfigError where there is none, and Several with every mistake in it.
    """
    if path is not None and path.is_dir():
        path = path / "config.yaml"
    chosen = path or Path("config.yaml")
    if path is None and not chosen.exists():
        chosen = starter() / "config.yaml"
        config, document = configuration.load(chosen)
        return Newsletter(Path.cwd(), config, document)
    if not chosen.exists():
        raise ConfigError(f"{chosen}: no such file; give the path of a config.yaml with --config")
    config, document = configuration.load(chosen)
    # The folder the path names: a linked config (as mounted by an orchestrator) does not move the newsletter.
    return Newsletter(chosen.parent.resolve(), config, document)
