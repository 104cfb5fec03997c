"""What was worked out from a few values, for as long as those very values are asked about.

Rules: a name stands for one question. Values count as others when they are other objects, so that a copy with
one thing changed begins anew.
"""

from collections.abc import Callable, Hashable
from operator import is_not
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Known:
    """Answers by the names of their questions."""

    __slots__ = ("_about", "_answers")

    def __init__(self) -> None:
        self._about: tuple[object, ...] = ()
        self._answers: dict[Hashable, Any] = {}

    def once(self, about: tuple[object, ...], name: Hashable, work: Callable[[], Answer]) -> Answer:
        """The answer about these values, worked out when it is asked for the first time."""
        if len(about) != len(self._about) or any(map(is_not, about, self._about)):
            self._about, self._answers = about, {}
        if name not in self._answers:
            self._answers[name] = work()
        answer: Answer = self._answers[name]
        return answer
