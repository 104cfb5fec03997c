"""A transport that gives scripted answers, and remembers what it was asked, round by round."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from trader.core.wire import Answer, Lost, Request

Given = Answer | Lost | object


@dataclass
class ScriptedAnswers(ABC):
    """Answers by the kind of question: those of its series first, then its last answer for ever."""

    answers: dict[str, Given]
    series: dict[str, list[Given]] = field(default_factory=dict)
    rounds: list[list[Request]] = field(default_factory=list)
    timeouts_s: list[float] = field(default_factory=list)

    @abstractmethod
    def kind_of(self, request: Request) -> str:
        """What is asked."""

    @abstractmethod
    def written(self, value: object) -> Answer:
        """A good answer that says this."""

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.rounds.append(list(requests))
        self.timeouts_s.append(timeout_s)
        return [self._answer(self.kind_of(request)) for request in requests]

    def _answer(self, kind: str) -> Answer | Lost:
        waiting = self.series.get(kind)
        value = waiting.pop(0) if waiting else self.answers[kind]
        return value if isinstance(value, Answer | Lost) else self.written(value)

    @property
    def kinds(self) -> list[list[str]]:
        """What was asked, round by round."""
        return [[self.kind_of(request) for request in asked] for asked in self.rounds]

    @property
    def requests(self) -> list[Request]:
        return [request for asked in self.rounds for request in asked]
