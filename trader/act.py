"""Performs approved actions in the order in which they are safe, and settles what became of each.

Protection first, then closes (one slot after another), then cancels, each read back as gone before anything
is put in its place; then stops that go before their entries, leverage, entries at once, and entries that
rest. Before each entry everything that can have changed since the observation is asked again; where the word
`dirty` cannot be written into the lock file nothing is entered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from trader.core.actions import AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import require
from trader.core.frozen import frozen
from trader.core.identity import Identity, Role, decode
from trader.core.orders import Accepted, Found, Outcome, Refusal, Rejected, Unreadable
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done, Refused
from trader.core.snapshot import Holdings, Snapshot
from trader.gate import Approved, gate_repair
from trader.hidden import seen_resting
from trader.ids import next_id, seen_ids
from trader.reread import read_until
from trader.sending import close, ids_of, send


@frozen
class Acted:
    """What was sent, and what was held back at the last moment."""

    done: tuple[Done, ...]
    held_back: tuple[Refused, ...]


@dataclass
class _Risk:
    """The entries of one decision on their way out, what was sent for them, and those held back."""

    env: Env
    snapshot: Snapshot
    policy: Policy
    waiting: list[Approved]
    done: list[Done] = field(default_factory=list)
    held: list[Refused] = field(default_factory=list)

    def hold(self, rule: str, why: Mapping[str, str]) -> None:
        """Hold back the entries of these coins."""
        stopped = [a for a in self.waiting if a.action.coin in why]
        self.held += [Refused(a.action, rule, why[a.action.coin]) for a in stopped]
        self.waiting = [a for a in self.waiting if a.action.coin not in why]

    def look(self) -> None:
        """The last look, at everything that is still waiting."""
        why = _hold_back(self.env, self.waiting, self.snapshot, self.policy)
        if why is not None:
            self.hold("last_look", {a.action.coin: why for a in self.waiting})

    def entries(self) -> list[Approved]:
        return [a for a in self.waiting if isinstance(a.action, Enter)]


def act(env: Env, approved: Sequence[Approved], snapshot: Snapshot, policy: Policy) -> Acted:
    """Perform a decision."""
    exits = [a for a in approved if isinstance(a.action, PlaceExit | AmendStop)]
    done = send(env, exits)
    done += _renumbered(env, done, snapshot, policy)
    for one in approved:
        if isinstance(one.action, Close):
            done += close(env, one, policy, snapshot.slot_of(one.action.coin, one.action.leg))
    cancels = send(env, [a for a in approved if isinstance(a.action, Cancel)])
    risk = _Risk(env, snapshot, policy, [a for a in approved if isinstance(a.action, Enter | Rest)])
    if risk.waiting:
        _confirm_gone(risk, cancels)
        risk.look()
        _stops_first(risk)
        _leverage(risk, [a for a in approved if isinstance(a.action, SetLeverage)])
        _enter(risk)
        _rest(risk)
    return Acted((*done, *cancels, *risk.done), tuple(risk.held))


def _renumbered(env: Env, sent: Sequence[Done], snapshot: Snapshot, policy: Policy) -> list[Done]:
    """Exits whose ids orders that have ended used up (somebody cancelled one), under the next free ids.

    One that may still be live, in a list that trails, is not placed a second time.
    """
    taken = {
        d.action.client_id: d.action
        for d in sent
        if isinstance(d.action, PlaceExit)
        and isinstance(d.outcome, Rejected)
        and d.outcome.code is Refusal.DUPLICATE
    }
    found = env.venue.find({i: action.coin for i, action in taken.items()}) if taken else {}
    over = {i: f for i, f in found.items() if isinstance(f, Found) and f.is_dead}
    if not over:
        return []
    history = env.venue.history()
    known = () if isinstance(history, Unreadable) else history
    seen = seen_ids(snapshot.holdings, [*env.sent, *over, *(f.order.client_id for f in known)])
    again = [
        replace(taken[client_id], client_id=next_id(identity, seen))
        for client_id in over
        if isinstance(identity := decode(client_id), Identity)
    ]
    return send(env, gate_repair(again, snapshot.holdings, policy, env.venue.abilities).approved)


def _confirm_gone(risk: _Risk, cancels: Sequence[Done]) -> None:
    """Nothing takes the place of an order that is not read back as gone, or that has filled meanwhile."""
    sent = {d.action.order_id: d.action for d in cancels if isinstance(d.action, Cancel)}
    wanted = {a.action.coin for a in risk.waiting}
    sent = {order_id: cancel for order_id, cancel in sent.items() if cancel.coin in wanted}
    if not sent:
        return

    def still_live(holdings: Holdings) -> set[str]:
        orders = () if isinstance(holdings.orders, Unreadable) else holdings.orders
        return {o.coin for o in orders if o.order_id in sent}

    now = read_until(risk.env, lambda holdings: not still_live(holdings))
    if now is None:
        risk.hold("cancel", dict.fromkeys(wanted, "whether the cancelled orders are gone could not be read"))
        return
    ids = {cancel.client_id for cancel in sent.values()}
    known = {f.fill_id for coin in wanted for f in risk.snapshot.holdings.fills_of(coin)}
    filled = {
        f.coin for coin in wanted for f in now.fills_of(coin) if f.client_id in ids and f.fill_id not in known
    }
    risk.hold("cancel", dict.fromkeys(still_live(now), "an order that was cancelled is still listed"))
    risk.hold("cancel", dict.fromkeys(filled, "an order filled while it was cancelled"))


def _stops_first(risk: _Risk) -> None:
    """Where nothing attaches: the stop, read back live, before its entry; its id claims the signal."""
    wanted = list(_first_stops(risk))
    if not wanted:
        return
    abilities = risk.env.venue.abilities
    stops = gate_repair(wanted, risk.snapshot.holdings, risk.policy, abilities).approved
    placed = send(risk.env, stops)
    risk.done += placed
    taken = {i for d in placed if isinstance(d.outcome, Accepted) for i in ids_of(d.action)}
    sizes = {a.client_id: a.size or Decimal(0) for a in wanted}

    def listed(now: Holdings) -> set[str]:
        """Those of them that are live, at all the size that they were to have."""
        orders = () if isinstance(now.orders, Unreadable) else now.orders
        armed = {o.client_id: o for o in orders if o.is_armed and o.client_id is not None}
        whole = (i for i, o in armed.items() if o.position_bound or o.size >= sizes.get(i, Decimal(0)))
        return taken & set(whole)

    now = read_until(risk.env, lambda now: listed(now) == taken) if taken else None
    live = listed(now) if now is not None else set()
    missing = [d for d in placed if not ids_of(d.action) <= live]
    risk.hold("stop_first", {d.action.coin: _why_no_stop(d) for d in missing})
    risk.hold("once", _entered_meanwhile(risk.waiting, now) if now is not None else {})
    risk.look()


def _entered_meanwhile(waiting: Sequence[Approved], now: Holdings) -> dict[str, str]:
    """Coins whose entry is there already: a host that was quicker may have a bound stop by now, which sets
    the claim of the signal free again."""
    wanted = [a.action for a in waiting if isinstance(a.action, Enter | Rest)]
    known = {order.client_id for entry in wanted for order in now.orders_of(entry.coin)}
    known |= {fill.client_id for entry in wanted for fill in now.fills_of(entry.coin)}
    why = "another host or copy entered this signal a moment ago"
    return {entry.coin: why for entry in wanted if entry.client_id in known}


def _first_stops(risk: _Risk) -> Iterator[PlaceExit]:
    """The stops that go before what is waiting."""
    abilities = risk.env.venue.abilities
    for one in risk.waiting:
        entry = one.action
        if (isinstance(entry, Enter) and abilities.attach == "none" and abilities.stop_first) or (
            isinstance(entry, Rest) and entry.first_stop_id is not None
        ):
            yield _stop_of(entry, entry.size)


def _stop_of(entry: Enter | Rest, size: Decimal | None) -> PlaceExit:
    client_id = entry.stop_id if isinstance(entry, Enter) else entry.first_stop_id
    require(client_id is not None, f"no stop is to go before {entry.client_id}")
    return PlaceExit(
        coin=entry.coin,
        leg=entry.leg,
        role=Role.STOP,
        size=size,
        trigger=entry.stop,
        bound=entry.stop_bound,
        client_id=client_id or "",
        reason=f"the stop of: {entry.reason}",
    )


def _why_no_stop(stop: Done) -> str:
    match stop.outcome:
        case Rejected(code=Refusal.DUPLICATE, reason=reason):
            return f"a stop of this signal stands already, so another host or an earlier run has it: {reason}"
        case Rejected(reason=reason):
            return f"its stop was refused: {reason}"
        case Accepted():
            return "its stop was taken, and is not listed as live at its whole size"
        case unknown:
            return f"whether its stop stands is unknown: {unknown.reason}"


def _leverage(risk: _Risk, settings: Sequence[Approved]) -> None:
    wanted = {a.action.coin for a in risk.waiting}
    done = send(risk.env, [a for a in settings if a.action.coin in wanted])
    risk.done += done
    unset = {d.action.coin: d.outcome for d in done if not isinstance(d.outcome, Accepted)}
    risk.hold("leverage", {coin: f"leverage was not confirmed: {said}" for coin, said in unset.items()})
    if done:
        risk.look()


def _enter(risk: _Risk) -> None:
    """Entries at once; where neither attached nor placed before, each one's stop follows without a pause."""
    env = risk.env
    done = send(env, risk.entries())
    risk.done += done
    risk.waiting = [a for a in risk.waiting if not isinstance(a.action, Enter)]
    abilities = env.venue.abilities
    if abilities.attach != "none" or abilities.stop_first:
        return
    bare = [
        _stop_of(d.action, None if abilities.position_bound_stop else _filled(d.outcome) or d.action.size)
        for d in done
        if isinstance(d.action, Enter) and not isinstance(d.outcome, Rejected) and _filled(d.outcome) != 0
    ]
    risk.done += send(env, gate_repair(bare, risk.snapshot.holdings, risk.policy, abilities).approved)


def _filled(outcome: Outcome) -> Decimal | None:
    return outcome.filled if isinstance(outcome, Accepted) else None


def _rest(risk: _Risk) -> None:
    """Entries that rest, and what became of them."""
    risk.look()
    done = send(risk.env, [a for a in risk.waiting if isinstance(a.action, Rest)])
    risk.waiting = []
    risk.done += seen_resting(risk.env, risk.policy, risk.snapshot.holdings, done)


def _hold_back(env: Env, entries: Sequence[Approved], snapshot: Snapshot, policy: Policy) -> str | None:
    """Why no entry may be sent any more, though the gate let it pass."""
    if not entries:
        return None
    if env.unsettled:
        return f"an earlier write of this run is still unknown: {env.unsettled[0].reason}"
    if env.unfamiliar:
        return f"the venue said something that this version does not know: {env.unfamiliar[0]}"
    if len(env.failed) >= policy.limits.failed_writes_max:
        allowed = f"limits.failed_writes_max is {policy.limits.failed_writes_max}"
        return f"{len(env.failed)} writes of this run failed, {allowed}; the last: {env.failed[-1]}"
    spent = next((b for b in env.venue.budgets() if b.left == 0), None)
    if spent is not None:
        return f"nothing is left of the venue's limit on {spent.what}, and protection may need the next"
    halted = env.halted()
    if halted is not None:
        return halted
    if env.stop_requested():
        return "the run was told to stop"
    if env.deadline.entry_remaining_s() <= 0:
        return "too little time is left to verify and flatten"
    now_ms = env.venue.venue_now_ms()
    if now_ms - snapshot.venue_ms > policy.limits.data_age_max_ms:
        return f"the observation is {(now_ms - snapshot.venue_ms) / 1000:.1f} s old"
    lost = env.latch.mark_dirty(env.clock.now_ms())
    if lost is not None:
        return f"{lost}; without that word the next run could meet a late order of this one"
    for one in entries:
        action = one.action
        if isinstance(action, Enter):
            limit = policy.markets[action.coin].entries.max_signal_age_s
            if now_ms - action.signal_close_ms > limit * 1000:
                return f"the signal of {action.coin} is older than {limit} s by now"
    return None
