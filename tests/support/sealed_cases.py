"""Cases of an approval itself: nobody makes, changes, copies or stores one, and a close alone is resized."""

import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from typing import Any

from tests.support.builders import a_policy, a_snapshot, an_entry, dec
from tests.support.questions import Case, Parts
from tests.support.reduction_cases import CLOSE, STOP
from trader.core.errors import TraderError


@dataclass(frozen=True)
class Sealed:
    """What comes of trying to get round the gate."""

    def answer(self, parts: Parts) -> list[str]:
        kind: Any = parts.gate.Approved
        one = parts.gate.gate([STOP], a_snapshot(), a_policy(), None).approved[0]
        ways: dict[str, Callable[[], object]] = {
            "made": lambda: kind(an_entry()),
            "made with a seal of one's own": lambda: kind(an_entry(), object()),
            "changed": lambda: replace(one, action=an_entry()),
            "assigned": lambda: setattr(one, "action", an_entry()),
            "copied": lambda: copy(one),
            "copied whole": lambda: deepcopy(one),
            "stored": lambda: pickle.dumps(one),
            "extended": lambda: type("Other", (kind,), {}),
        }
        return [f"{way}: {_tried(attempt)}" for way, attempt in ways.items()]


def _tried(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (AttributeError, TypeError, ValueError, TraderError) as error:
        return type(error).__name__
    return "it worked"


@dataclass(frozen=True)
class Resized:
    """What becomes of approved actions when a close is sized anew."""

    def answer(self, parts: Parts) -> list[str]:
        decided = parts.gate.gate([STOP, CLOSE], a_snapshot(), a_policy(), None)
        some = [
            parts.gate.resized(one, size=dec("0.004"), bound=dec(94_000), client_id="next")
            for one in decided.approved
        ]
        return [f"{type(one).__name__} of {one.action}" for one in some]


def cases() -> dict[str, Case]:
    return {"sealed: every way round": Case(None, Sealed()), "sealed: a close": Case(None, Resized())}
