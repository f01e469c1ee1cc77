"""Corroboration: sentences and the week's headlines in; the same sentences out, a few of them with the outlet that
reported the same.

Data lead, coverage follows. A headline supports a sentence only where it says the sentence's topic and stance of the
sentence's asset, as something that happened, and nothing to the contrary. What it says is read with the phrases of one
table, `templates/rules/press.yaml`; nothing of a headline is printed but its outlet's configured name and its address.
"""

from reporter.press.attribution import attributed, corroborated, report
from reporter.press.carrying import carries, claims
from reporter.press.reading import load, parse
from reporter.press.table import Table

__all__ = ["Table", "attributed", "carries", "claims", "corroborated", "load", "parse", "report"]
