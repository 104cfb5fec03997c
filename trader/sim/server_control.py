"""The test's own door into a served exchange: faults, time, truth and counters as JSON.

POST /_sim/faults   a plan of faults (see faults.py) replaces the armed one
POST /_sim/run      {"end": true}: the client's process has ended
POST /_sim/clock    {"advance_ms": n} or {"step_ms": n}, on a manual clock
GET  /_sim/counters requests, faults fired, requests the network still holds
GET  /_sim/truth    what the exchange knows, whatever it says
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from trader.core.wire import Answer
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.faults import Plan
from trader.sim.line import Line

CONTROL_PREFIX = "/_sim/"
Truth = Callable[[], Mapping[str, Any]]


class Control:
    """Answers the paths under /_sim/."""

    def __init__(
        self,
        line: Line,
        venue_time: VenueTime,
        *,
        clock: ManualClock | None = None,
        truth: Truth | None = None,
    ) -> None:
        self._line = line
        self._venue_time = venue_time
        self._clock = clock
        self._truth = truth

    def answer(self, path: str, body: bytes) -> Answer:
        """One control request; what cannot be done is a 400 with the reason."""
        doors: dict[str, Callable[[str], Any]] = {
            "faults": self._arm,
            "run": self._end_run,
            "clock": self._move_clock,
            "counters": self._counters,
            "truth": self._tell_truth,
        }
        door = doors.get(path.removeprefix(CONTROL_PREFIX))
        if door is None:
            return _json(404, {"error": f"no such door: {path}; expected one of {', '.join(doors)}"})
        try:
            return _json(200, door(body.decode()))
        except (KeyError, TypeError, ValueError) as error:
            return _json(400, {"error": f"{path}: {error}"})

    def _arm(self, text: str) -> Any:
        self._line.arm(Plan.from_json(text or "[]"))
        return {"armed": len(self._line.faults.plan.faults)}

    def _end_run(self, text: str) -> Any:
        self._line.end_run(at_ms=self._venue_time.now_ms())
        return {"undelivered": len(self._line.undelivered)}

    def _move_clock(self, text: str) -> Any:
        if self._clock is None:
            raise ValueError("this exchange runs on the wall clock, which cannot be moved")
        wanted = json.loads(text)
        self._clock.advance(float(wanted.get("advance_ms", 0)))
        self._clock.step(int(wanted.get("step_ms", 0)))
        return {"now_ms": self._venue_time.now_ms()}

    def _counters(self, text: str) -> Any:
        faults = self._line.faults
        return {
            "requests": self._line.carried,
            "fired": dict(faults.fired),
            "undelivered": len(self._line.undelivered),
        }

    def _tell_truth(self, text: str) -> Any:
        if self._truth is None:
            raise ValueError("this exchange was started without a teller of truth")
        return self._truth()


def _json(status: int, value: Any) -> Answer:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Answer(status, body, {"Content-Type": "application/json"})
