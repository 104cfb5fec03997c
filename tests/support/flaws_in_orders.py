"""Flaws of stops, closes and lost answers, as the systems had them: D4 to D6, D8, A2, A4, A8 to A10.

Each is planted with monkeypatch; its docstring says what is broken, and which second layer with it.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.support.planting import everywhere, wrapped
from trader import act as acting
from trader import cover, repair, reread, sending, settle
from trader.bounds import close_bound
from trader.core.actions import Cancel, Close, Enter, PlaceExit
from trader.core.identity import Role
from trader.core.orders import Accepted, Outcome, Refusal, Rejected
from trader.core.report import Done, Foreign, Verified
from trader.examine import examine, superseded
from trader.gate import Approved, resized
from trader.venues.hyperliquid import encode
from trader.verify import verify

ATTEMPTS = 3


def success_is_believed(patch: pytest.MonkeyPatch) -> None:
    """A stop that was asked for counts as live: no order list is compared with the position."""

    def believed(position: Any, *_more: Any) -> cover.Covered:
        return cover.Covered((), position.entry_price, by_foreign=False)

    everywhere(patch, cover.judge, believed)


def a_refused_stop_ends_the_repair(patch: pytest.MonkeyPatch) -> None:
    """Repair may place stops and nothing else."""
    patch.setattr(repair, "close", lambda *args, **kwargs: [])


def one_refusal_closes(patch: pytest.MonkeyPatch) -> None:
    """The first word against a stop is taken for a stop that was hit."""
    patch.setattr(repair, "DEAD_TO_CLOSE", 1)


def a_limited_entry_is_asked_for_again(patch: pytest.MonkeyPatch) -> None:
    """A 429 is taken for an answer to be repeated, as long as the bytes are valid."""
    patch.setattr(settle, "_may_resend", lambda *args: True)


def lost_means_failed(patch: pytest.MonkeyPatch) -> None:
    """A write without an answer is called failed and not looked for."""
    _settled_as(patch, Rejected(Refusal.OTHER, "order failed"))


def lost_means_done(patch: pytest.MonkeyPatch) -> None:
    """A write without an answer is called done and not looked for."""
    _settled_as(patch, Accepted())


def _settled_as(patch: pytest.MonkeyPatch, outcome: Outcome) -> None:
    everywhere(patch, settle.settle, lambda *args, **kwargs: outcome)


def a_stop_is_a_request_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """The stop is sent after the entry, once, and its refusal goes unseen (settle and verify are off)."""

    def bare(wire: dict[str, Any]) -> dict[str, Any]:
        is_entry = wire.get("grouping") == "normalTpsl"
        return wire | {"orders": wire["orders"][:1], "grouping": "na"} if is_entry else wire

    def sending(env: Any, _policy: Any, _known: Any, *, entered: Any = (), **_how: Any) -> Verified:
        for done in entered:
            if isinstance(done.action, Enter) and isinstance(done.outcome, Accepted):
                env.venue.perform([_stop_of(done.action)])
        return Verified(())

    lost_means_failed(patch)
    everywhere(patch, encode.encode, wrapped(encode.encode, bare))
    everywhere(patch, verify, sending)


def _stop_of(enter: Enter) -> PlaceExit:
    return PlaceExit(
        enter.coin, enter.leg, Role.STOP, None, enter.stop, enter.stop_bound, enter.stop_id, "after the entry"
    )


def one_look(patch: pytest.MonkeyPatch) -> None:
    """What a first reading does not show is not there."""
    patch.setattr(reread, "READ_ATTEMPTS_MAX", 1)


def replaced_exits_stay(patch: pytest.MonkeyPatch) -> None:
    """A stop that was placed because a list lacked the first is left beside it."""
    everywhere(patch, superseded, lambda *args, **kwargs: [])


def closes_may_open(patch: pytest.MonkeyPatch) -> None:
    """A close is an order like any other, not reduce-only."""

    def plain(wire: dict[str, Any]) -> dict[str, Any]:
        for order in wire.get("orders", ()):
            order["r"] = order["r"] and "trigger" in order["t"]
        return wire

    everywhere(patch, encode.encode, wrapped(encode.encode, plain))


def closes_use_the_size_of_before(patch: pytest.MonkeyPatch) -> None:
    """A close sends the size of the observation, and is not reduce-only (the venue would cut it)."""

    def cached(approved: Approved, *, client_id: str, size: Any, bound: Any) -> Approved:
        action = approved.action
        old = action.size if isinstance(action, Close) else size
        return resized(approved, size=old, bound=bound, client_id=client_id)

    everywhere(patch, resized, cached)
    closes_may_open(patch)


def closes_take_all(patch: pytest.MonkeyPatch) -> None:
    """A close takes the whole position, whoever opened it."""

    def whole(holdings: Any, slot: Any, _policy: Any) -> Decimal | None:
        position = None if holdings is None else holdings.position_in(slot)
        return Decimal(0) if position is None else position.size

    everywhere(patch, reread.our_part, whole)


def a_close_is_repeated_without_a_look(patch: pytest.MonkeyPatch) -> None:
    """A close without an answer is sent again at the same size, three times, and is not reduce-only."""
    closes_may_open(patch)
    everywhere(patch, sending.close, _hammer)


def _hammer(env: Any, approved: Approved, *_more: Any) -> list[Done]:
    done: list[Done] = []
    for _ in range(ATTEMPTS):
        outcome = env.venue.perform([approved.action])[0]
        done.append(Done(approved.action, outcome, 0, 0))
        if isinstance(outcome, Accepted):
            break
    return done


def the_old_stop_goes_first(patch: pytest.MonkeyPatch) -> None:
    """Before a stop is moved the live ones are cancelled, past the gate."""
    perform: Callable[..., acting.Acted] = acting.act

    def cancelling(env: Any, approved: Any, snapshot: Any, policy: Any) -> acting.Acted:
        moved = {one.action.coin for one in approved if isinstance(one.action, PlaceExit)}
        for coin in moved:
            stops = cover.own_stops(snapshot.holdings.orders_of(coin), policy.account_tag)
            env.venue.perform([Cancel(coin, o.order_id, o.client_id, "refresh") for o in stops])
        return perform(env, approved, snapshot, policy)

    everywhere(patch, perform, cancelling)


def foreign_positions_are_not_told(patch: pytest.MonkeyPatch) -> None:
    """What is not ours is left out of the proof."""

    def ours(found: Any) -> Any:
        proofs, *rest = found
        return ([p for p in proofs if not isinstance(p, Foreign)], *rest)

    everywhere(patch, examine, wrapped(examine, ours))


def foreign_positions_are_closed(patch: pytest.MonkeyPatch) -> None:
    """A check closes what is not ours, past the gate."""

    def closing(env: Any, policy: Any, known: Any, **how: Any) -> Verified:
        proof = verify(env, policy, known, **how)
        foreign = {one.coin for one in proof.proofs if isinstance(one, Foreign)}
        for one in env.venue.inspect(env.fills_back_ms).positions:
            if one.coin in foreign:
                bound = close_bound(one.mark, one.leg, env.venue.market(one.coin))
                wrong = Close(one.coin, one.leg, Role.FLATTEN, abs(one.size), bound, "0" * 32, "not ours")
                env.venue.perform([wrong])
        return proof

    everywhere(patch, verify, closing)
