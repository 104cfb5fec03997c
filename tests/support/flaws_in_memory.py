"""Flaws of memory, prices, ids and the operator's hand, as the systems had them: A1, A3, A7, A11 to A13, A15.

Each is planted with monkeypatch; its docstring says what is broken, and which second layer with it.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.planting import everywhere, wrapped
from trader import bounds, closing, ids, rehearsal, want
from trader import observe as observing
from trader.core import identity, market, ownership, reasons
from trader.core.actions import Cancel, Close
from trader.core.errors import ConfigError
from trader.core.identity import Role
from trader.core.orders import Order, Unreadable
from trader.core.report import Done, Verified
from trader.core.snapshot import Quote, Snapshot
from trader.core.target import Holding, Want, WantClose, WantHold
from trader.cover import own_stops
from trader.examine import examine
from trader.rules import prices
from trader.run import Ran
from trader.strategies import indicators, signals
from trader.venues.hyperliquid import encode, parse_market
from trader.verify import verify


def only_what_this_run_entered_is_verified(patch: pytest.MonkeyPatch) -> None:
    """A position that was found keeps whatever stop it has, or has not."""

    def skipping(env: Any, policy: Any, known: Any, **how: Any) -> Verified:
        return verify(env, policy, known, **how) if how.get("entered") else Verified(())

    everywhere(patch, verify, skipping)


def a_look_repairs(patch: pytest.MonkeyPatch) -> None:
    """A check that was told only to look writes."""
    everywhere(patch, verify, lambda *args, **how: verify(*args, **{**how, "repair": True}))


def prices_are_not_judged(patch: pytest.MonkeyPatch) -> None:
    """Prices are used as they come: the adapter's strict reading and the pipeline's doubt are both gone."""

    def as_it_comes(row: Any, _where: str) -> Quote:
        bid, ask = row["impactPxs"] or (None, None)
        return Quote(
            mark=Decimal(row["markPx"]),
            oracle=Decimal(row["oraclePx"]),
            bid=None if bid is None else Decimal(bid),
            ask=None if ask is None else Decimal(ask),
            funding_rate=Decimal(row["funding"]),
        )

    patch.setattr(parse_market, "_quote", as_it_comes)
    everywhere(patch, prices.doubt_in, lambda quote: None)


def a_breached_stop_is_closed_on_any_price(patch: pytest.MonkeyPatch) -> None:
    """Prices are not judged (two layers), and a mark at or beyond the live stop closes at market."""
    prices_are_not_judged(patch)
    asked, bound = want.want, bounds.close_bound

    def closing_early(snapshot: Snapshot, policy: Any, coin: str) -> Want:
        wanted, quote = asked(snapshot, policy, coin), snapshot.markets[coin].quote
        stops = own_stops(snapshot.holdings.orders_of(coin), policy.account_tag)
        level = stops[0].trigger if stops else None
        if isinstance(wanted, WantHold) and level is not None and not isinstance(quote, Unreadable):
            return WantClose(Role.CLOSE_EMERGENCY, "the stop is hit") if quote.mark <= level else wanted
        return wanted

    everywhere(patch, asked, closing_early)
    everywhere(patch, bound, lambda mark, leg, rules: bound(max(mark, Decimal(1)), leg, rules))


def exits_carry_no_id(patch: pytest.MonkeyPatch) -> None:
    """Stops and targets are sent without an id of ours."""

    def without(wire: dict[str, Any]) -> dict[str, Any]:
        for order in wire.get("orders", ()):
            if order["r"]:
                order.pop("c")
        return wire

    everywhere(patch, encode.encode, wrapped(encode.encode, without))


def the_reason_is_guessed(patch: pytest.MonkeyPatch) -> None:
    """The ids are not asked; the reason of an exit is guessed from its price."""
    everywhere(patch, reasons.told_reason, lambda *args, **kwargs: None)


def prices_are_sent_as_computed(patch: pytest.MonkeyPatch) -> None:
    """A price keeps all the decimals of its computation."""
    patch.setattr(market.Market, "price", lambda self, value, rounding="": value)


def a_start_cancels_everything(patch: pytest.MonkeyPatch) -> None:
    """A run begins with a clean-up of all open orders, past the gate."""
    observe = observing.observe

    def cleaning(env: Any, *args: Any) -> Snapshot:
        orders = observe(env, *args).holdings.orders
        assert not isinstance(orders, Unreadable)
        env.venue.perform([_cancel(order) for order in orders])
        return observe(env, *args)

    everywhere(patch, observe, cleaning)


def _cancel(order: Order) -> Cancel:
    return Cancel(order.coin, order.order_id, order.client_id, "clean-up")


def only_configured_coins_are_verified(patch: pytest.MonkeyPatch) -> None:
    """A coin that the file does not name is nobody's."""

    def narrowed(holdings: Any, policy: Any, *more: Any) -> Any:
        named = tuple(p for p in holdings.positions if p.coin in policy.markets)
        fills = tuple(f for f in holdings.fills if f.coin in policy.markets)
        return examine(replace(holdings, positions=named, fills=fills), policy, *more)

    everywhere(patch, examine, narrowed)


def later_versions_are_nobodys(patch: pytest.MonkeyPatch) -> None:
    """An id of an encoding that this program does not know is taken for a foreign one."""

    def known(found: Any) -> Any:
        return None if isinstance(found, identity.OtherVersion) else found

    everywhere(patch, identity.decode, wrapped(identity.decode, known))


def the_entry_time_is_zeroed(patch: pytest.MonkeyPatch) -> None:
    """When the position was entered is remembered locally, and a fresh process remembers nothing."""
    patch.setattr(want, "Holding", lambda **facts: replace(Holding(**facts), entry_ms=0))


def a_host_remembers_its_entries(patch: pytest.MonkeyPatch) -> None:
    """A process that has run before knows when it entered; one that is born anew does not."""
    fresh_env, known, now = rehearsal.fresh_env, list[Any](), [False]

    def remembering(settings: Any, clock: Any, transport: Any, **more: Any) -> Any:
        now[0] = any(one is transport for one in known)
        known.append(transport)
        return fresh_env(settings, clock, transport, **more)

    def holding(**facts: Any) -> Holding:
        return Holding(**facts) if now[0] else replace(Holding(**facts), entry_ms=0)

    everywhere(patch, fresh_env, remembering)
    patch.setattr(want, "Holding", holding)


def every_attempt_has_one_number(patch: pytest.MonkeyPatch) -> None:
    """A stop that is placed again gets the id of the one before."""
    everywhere(patch, ids.next_id, lambda wanted, *seen: identity.encode(replace(wanted, attempt=1)))


def every_bar_is_a_signal(patch: pytest.MonkeyPatch) -> None:
    """Range, volume and width of a bar are not asked."""
    everywhere(patch, signals.break_sign, lambda *args, **kwargs: 1)
    everywhere(patch, signals.has_volume, lambda *args, **kwargs: True)
    everywhere(patch, indicators.is_spike, lambda *args, **kwargs: False)


def a_position_handed_over_stays_foreign(patch: pytest.MonkeyPatch) -> None:
    """`adopt` is read by nobody."""
    share = ownership.share
    everywhere(
        patch, share, lambda holdings, coin, policy, *more: share(holdings, coin, replace(policy, adopt={}))
    )


def protect_sells_at_market(patch: pytest.MonkeyPatch) -> None:
    """The stop that was asked for is sent as a market order, past the gate."""

    def selling(env: Any, approved: Any) -> list[Done]:
        done = []
        for stop in (one.action for one in approved):
            position = env.venue.inspect(env.fills_back_ms).position(stop.coin)
            bound = bounds.close_bound(position.mark, stop.leg, env.venue.market(stop.coin))
            size = abs(position.size)
            wrong = Close(stop.coin, stop.leg, Role.CLOSE_MANUAL, size, bound, stop.client_id, "by hand")
            done.append(Done(wrong, env.venue.perform([wrong])[0], 0, 0))
        return done

    patch.setattr(closing, "send", selling)


def protect_only_says_so(patch: pytest.MonkeyPatch) -> None:
    """Nothing is sent, and nothing says so."""
    patch.setattr(closing, "send", lambda *args: [])


def a_refusal_is_swallowed(patch: pytest.MonkeyPatch) -> None:
    """What protect refuses to do ends as if it had been done."""
    protect = closing.protect

    def quiet(*args: Any) -> Ran:
        try:
            return protect(*args)
        except ConfigError:
            return Ran()

    everywhere(patch, protect, quiet)


def consent_is_taken_for_granted(patch: pytest.MonkeyPatch) -> None:
    """The preview is shown and its answer not read."""
    protect = closing.protect
    everywhere(patch, protect, lambda env, policy, wish, confirm: protect(env, policy, wish, lambda _: True))
