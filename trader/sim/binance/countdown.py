"""The countdown of each symbol that cancels its open orders when nobody renews it."""

from typing import Any


class Countdowns:
    """When each account's symbols fall due."""

    def __init__(self) -> None:
        self._due_ms: dict[tuple[str, str], int] = {}

    def set(self, user: str, coin: str, due_ms: int) -> None:
        """Replace the pending time."""
        self._due_ms[user, coin] = due_ms

    def stop(self, user: str, coin: str) -> None:
        self._due_ms.pop((user, coin), None)

    def due(self, at_ms: int) -> list[tuple[int, str, str]]:
        """What falls due up to this moment, in time order: (time, user, coin)."""
        return sorted((due_ms, *whose) for whose, due_ms in self._due_ms.items() if due_ms <= at_ms)

    def dump(self) -> list[list[Any]]:
        return [[user, coin, due_ms] for (user, coin), due_ms in self._due_ms.items()]

    def restore(self, rows: list[list[Any]]) -> None:
        self._due_ms = {(user, coin): due_ms for user, coin, due_ms in rows}
