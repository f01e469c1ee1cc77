"""The one HTTP client: questions in; answers out as bytes, each with the reason why it holds no data, if it holds none.

Hosts are asked side by side, each no faster than it allows. What the world does wrong is a Fault of an answer, never an
exception; keys are put in as a question is sent, and come out nowhere.
"""

from __future__ import annotations

from reporter.web.client import Web
from reporter.web.terms import Answer, Judge, Limits, Terms

__all__ = ["Answer", "Judge", "Limits", "Terms", "Web"]
