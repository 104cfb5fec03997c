"""What an experiment is: a numbered question, how it is tried, and what its answer decides.

A question that no program should try has no trial and says why. A trial returns an Answer, or raises
Unanswered when this account, this market or this moment does not let it be answered.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.probe.facts import Value


class Unanswered(Exception):
    """The experiment came to nothing; the text says what was missing."""


@frozen
class Answer:
    """What was found out; `remark` is for people."""

    value: Value
    remark: str = ""


KEEP = object()
"""Read of an answer that decides nothing by itself."""

Trial = Callable[[Any], Answer]


@frozen
class Experiment:
    """One question in words of this program.

    `sets` names a switch of the embedded exchange; `reads` makes its value of the answer where the two are
    not written alike. `ability` is the name and the words of the file's `abilities` by answer.
    """

    number: int
    question: str
    how: str
    trial: Trial | None = None
    sets: str = ""
    reads: Callable[[Value], Any] = lambda value: value
    ability: tuple[str, dict[Value, str]] | None = None


def amount(value: Value) -> Decimal | None:
    """A number that the file keeps as text."""
    return None if value is None else Decimal(str(value))
