"""Money that moves by hand, and what the venue calls it: transfers, rewards, and rows of other coins.

Rules: what moves the account's equity goes through the model and only has its name here; a row of another
coin (a fee paid in the venue's own) moves nothing that the model counts.
"""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.exchange.model import Model


@frozen
class Aside:
    """One row of another coin's purse."""

    user: str
    kind: str
    amount: str
    asset: str
    at_ms: int
    coin: str = ""


class Purse:
    """What is called otherwise than a transfer, and what the model does not count."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._asides: list[Aside] = []

    def move(self, model: Model, user: str, amount: Decimal, kind: str = "TRANSFER") -> None:
        """Add or take away money under the venue's name for it."""
        if amount > 0:
            model.deposit(user, amount)
        else:
            refusal = model.withdraw(user, -amount)
            if refusal is not None:
                raise ValueError(f"{amount} cannot be taken from {user}: {refusal}")
        self._names[model.ledger(user)[-1].seq] = kind

    def note(self, aside: Aside) -> None:
        """Write down a row that moves nothing here."""
        self._asides.append(aside)

    def name_of(self, seq: int) -> str:
        return self._names.get(seq, "TRANSFER")

    def asides(self, user: str) -> list[tuple[int, Aside]]:
        """With their places, which number them."""
        return [(place, aside) for place, aside in enumerate(self._asides) if aside.user == user]

    def dump(self) -> dict[str, Any]:
        return {
            "names": {str(seq): kind for seq, kind in self._names.items()},
            "asides": [asdict(aside) for aside in self._asides],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._names = {int(seq): kind for seq, kind in state["names"].items()}
        self._asides = [Aside(**row) for row in state["asides"]]
