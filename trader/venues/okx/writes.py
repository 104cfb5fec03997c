"""Rounds of writes: what the venue takes together in one request, the rest each by itself, all sent once.

* Entries and resting limits carry an expiry counted from the venue's time in the last reading, never from
  this machine's clock. Closes carry a longer one: late they can only reduce.
* Conditional orders and cancels take none: the time in their signature bounds them, half a minute.
* A cancel goes to the book that the order was seen in. Sent to the other one it would be told that no such
  order exists while it lives on.
* A write never raises: what could not be built was never sent, and says so.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import TraderError
from trader.core.frozen import frozen
from trader.core.identity import CLOSE_ROLES, STOP_ROLES, Identity, Role, decode
from trader.core.market import Market
from trader.core.orders import Kind, Outcome, Rejected
from trader.venues.okx import encode
from trader.venues.okx.encode import Body, Ground
from trader.venues.okx.outcomes import never_sent, outcomes_of, together
from trader.venues.okx.rounds import Rounds
from trader.venues.okx.wire import Post

ENTRY_EXPIRY_MS = 5_000
CLOSE_EXPIRY_MS = 20_000
ORDERS_A_BATCH = 20
ALGO_CANCELS_A_BATCH = 10


@frozen
class _Endpoint:
    """Where items of one kind go: alone, or in a list of at most so many."""

    single: str | None
    batch: str | None
    batch_max: int
    id_key: str | None
    expiry_ms: int | None = None


_ENTRIES = _Endpoint("trade/order", "trade/batch-orders", ORDERS_A_BATCH, "ordId", ENTRY_EXPIRY_MS)
_CLOSES = _Endpoint("trade/order", None, 1, "ordId", CLOSE_EXPIRY_MS)
_ALGOS = _Endpoint("trade/order-algo", None, 1, "algoId")
_AMENDS = _Endpoint("trade/amend-algos", None, 1, "algoId")
_CANCELS = _Endpoint("trade/cancel-order", "trade/cancel-batch-orders", ORDERS_A_BATCH, "ordId")
_ALGO_CANCELS = _Endpoint(None, "trade/cancel-algos", ALGO_CANCELS_A_BATCH, "algoId")
_LEVERAGE = _Endpoint("account/set-leverage", None, 1, None)


@frozen
class _Item:
    """One body of one action, by the action's place in the round."""

    place: int
    endpoint: _Endpoint
    body: Body


class Writes:
    """Sends actions for one account."""

    def __init__(
        self,
        rounds: Rounds,
        *,
        isolated: frozenset[str],
        trigger_source: str,
        market_of: Callable[[str], Market],
    ) -> None:
        self._rounds = rounds
        self._isolated = isolated
        self._trigger_source = trigger_source
        self._market_of = market_of

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        """One round; one outcome each, in the order given."""
        told: dict[int, list[Outcome]] = {}
        items: list[_Item] = []
        for place, action in enumerate(actions):
            prepared = self._prepared(place, action)
            if isinstance(prepared, Rejected):
                told[place] = [prepared]
            else:
                items += prepared
        groups = _grouped(items)
        answers = self._rounds.wire.post([self._post(group) for group in groups])
        for group, answer in zip(groups, answers, strict=True):
            outcomes = outcomes_of(answer, len(group), id_key=group[0].endpoint.id_key)
            for item, outcome in zip(group, outcomes, strict=True):
                told.setdefault(item.place, []).append(outcome)
        return [together(told[place]) for place in range(len(actions))]

    def _prepared(self, place: int, action: Action) -> list[_Item] | Rejected:
        """The bodies of an action; a refusal of our own when they cannot be built."""
        if not self._rounds.wire.has_keys:
            return never_sent("there is no key to sign with")
        if self._rounds.wire.time.seen_ms is None:
            return never_sent("the venue's clock has not been read, so no expiry can be given")
        try:
            endpoint, bodies = self._encoded(action)
        except TraderError as error:
            return never_sent(str(error))
        return [_Item(place, endpoint, body) for body in bodies]

    def _encoded(self, action: Action) -> tuple[_Endpoint, list[Body]]:
        match action:
            case Enter():
                return _ENTRIES, [encode.entry(action, self._ground(action.coin))]
            case Rest():
                if action.trigger is None:
                    return _ENTRIES, [encode.resting(action, self._ground(action.coin))]
                return _ALGOS, [encode.stop_entry(action, self._ground(action.coin))]
            case PlaceExit():
                return _ALGOS, [encode.place_exit(action, self._ground(action.coin))]
            case Close():
                return _CLOSES, [encode.close(action, self._ground(action.coin))]
            case AmendStop():
                return _AMENDS, [encode.amend(action)]
            case Cancel():
                is_algo = self._is_algo(action)
                return _ALGO_CANCELS if is_algo else _CANCELS, [encode.cancel(action, is_algo=is_algo)]
            case SetLeverage():
                two_sided = self._rounds.known_config().two_sided
                return _LEVERAGE, encode.leverage(action, two_sided=two_sided)
            case _:
                assert_never(action)

    def _ground(self, coin: str) -> Ground:
        return Ground(
            market=self._market_of(coin),
            two_sided=self._rounds.known_config().two_sided,
            isolated=self._isolated,
            cross_of=self._rounds.cross_of,
            trigger_source=self._trigger_source,
        )

    def _is_algo(self, action: Cancel) -> bool:
        """Where it was seen, else what it is called, else what its id says that it is for."""
        if action.order_id in self._rounds.algo_ids or action.kind is not Kind.LIMIT:
            return True
        identity = decode(action.client_id)
        exits = {Role.TARGET, *STOP_ROLES} - CLOSE_ROLES
        return isinstance(identity, Identity) and identity.role in exits

    def _post(self, group: Sequence[_Item]) -> Post:
        endpoint = group[0].endpoint
        bodies = [item.body for item in group]
        alone = endpoint.single is not None and len(bodies) == 1
        path = endpoint.single if alone else endpoint.batch
        body = json.dumps(bodies[0] if alone else bodies, separators=(",", ":")).encode()
        seen_ms = self._rounds.wire.time.seen_ms
        expires_ms = None if endpoint.expiry_ms is None or seen_ms is None else seen_ms + endpoint.expiry_ms
        return Post(f"/api/v5/{path}", body, expires_ms)


def _grouped(items: Sequence[_Item]) -> list[list[_Item]]:
    """Items of one kind together, as many as the venue takes, in the order given."""
    groups: list[list[_Item]] = []
    open_groups: Mapping[_Endpoint, list[_Item]] = {}
    for item in items:
        group = open_groups.get(item.endpoint)
        if group is None or len(group) >= item.endpoint.batch_max:
            group = []
            groups.append(group)
            open_groups = {**open_groups, item.endpoint: group}
        group.append(item)
    return groups
