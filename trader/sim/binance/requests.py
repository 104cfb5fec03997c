"""What reaches an endpoint: who asks, with which parameters, and which lies are to be told."""

from collections.abc import Callable, Sequence
from typing import Any

from trader.core.frozen import frozen
from trader.sim.binance.keys import ApiKey
from trader.sim.binance.parameters import Parameters
from trader.sim.binance.venue import Venue
from trader.sim.faults import Fault


@frozen
class Asked:
    """One request, understood as far as all endpoints need it."""

    venue: Venue
    parameters: Parameters
    key: ApiKey | None = None
    lies: Sequence[Fault] = ()

    @property
    def user(self) -> str:
        """The account that asks."""
        if self.key is None:
            raise RuntimeError("an endpoint without a key asked for the account: its route must be signed")
        return self.key.user

    @property
    def now_ms(self) -> int:
        return self.venue.now_ms

    def coin(self) -> str:
        """The coin of the symbol that must be sent."""
        return self.venue.rules_of(self.parameters.required("symbol")).coin

    def coins(self) -> tuple[str, ...]:
        """The coin of the symbol, or all coins where none was sent."""
        symbol = self.parameters.text("symbol")
        return tuple(self.venue.symbols) if symbol is None else (self.venue.rules_of(symbol).coin,)


Endpoint = Callable[[Asked], Any]
