"""Observations and items with a memory of what was known when, and the weekly values computed from them.

Each observation has two times besides its own: `seen` (when we fetched it) and `known` (when the world could have known
it). Nothing is overwritten: a changed value is a new row, a withdrawn one a row without a value.
"""

from __future__ import annotations

from reporter.history.ends import Refused
from reporter.history.rows import Floats, Ints, Rows, Window
from reporter.history.store import History, open_history
from reporter.history.tables import SCHEMA

__all__ = ["SCHEMA", "Floats", "History", "Ints", "Refused", "Rows", "Window", "open_history"]
