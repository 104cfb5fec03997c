"""How each question about Hyperliquid is tried; their numbers and words are in table.py."""

import hashlib
from decimal import Decimal

from trader.core.wire import Request
from trader.parts import Keys, parts_of
from trader.probe.experiments import Answer, Unanswered
from trader.probe.hyperliquid.hand import HyperliquidHand, limit, trigger
from trader.venues.hyperliquid.asking import HEADERS

FAR, FARTHER = Decimal("0.7"), Decimal("0.6")
NEAR = Decimal("0.9997")
FIRES_WITHIN_S = 240.0
EXPIRED_MS = 60_000
EXPIRED_COST = 5
NOBODY = "0x" + "0" * 39 + "1"
DISTANCES = tuple(Decimal(n) / 10 for n in range(1, 8))


def duplicate_cloid(hand: HyperliquidHand) -> Answer:
    size, prices = hand.enter()
    name = hand.bench.new_id()
    levels = [hand.bench.market.price_down(prices.mark * fraction) for fraction in (FAR, FARTHER)]
    first, second = (hand.stop(level, size, client_id=name) for level in levels)
    if "error" in first:
        raise Unanswered(f"the first stop was refused: {first}")
    return Answer("reject_open" if "error" in second else "accept")


def cloid_status(hand: HyperliquidHand) -> Answer:
    name = hand.bench.new_id()
    numbers = []
    for fraction in ("0.6", "0.5"):
        oid, wire = hand.rest(fraction, client_id=name)
        hand.take_off(oid, wire)
        numbers.append(oid)
    found = hand.info("orderStatus", user=hand.user, oid=f"0x{name}")["order"]["order"]["oid"]
    return Answer({numbers[0]: "oldest", numbers[1]: "newest"}[found])


def refused_consumes_nonce(hand: HyperliquidHand) -> Answer:
    nonce = hand.nonce()
    refused: dict[str, object] = {"type": "updateLeverage", "asset": hand.bench.market.number}
    if not hand.refusal({**refused, "isCross": True, "leverage": 1_000}, nonce=nonce):
        raise Unanswered("a leverage of 1000 was not refused")
    return Answer("duplicate nonce" in hand.refusal({"type": "noop"}, nonce=nonce))


def min_notional_on_triggers(hand: HyperliquidHand) -> Answer:
    _, prices = hand.enter()
    said = hand.stop(hand.bench.market.price_down(prices.mark * FAR), hand.bench.market.lot)
    if "error" in said and "minimum value" not in said["error"]:
        raise Unanswered(f"refused for another reason: {said['error']}")
    return Answer("error" in said)


def _fired(hand: HyperliquidHand) -> tuple[str, Decimal, str]:
    """A stop whose limit is its trigger, after it fired: its status then, its limit, and its id."""
    size, prices = hand.enter()
    level, name = hand.bench.market.price_down(prices.mark * NEAR), hand.bench.new_id()
    said = hand.stop(level, size, p=level, client_id=name)
    if isinstance(said, dict) and "error" in said:
        raise Unanswered(f"a stop at {level} with that limit was refused: {said['error']}")

    def ended() -> str | None:
        word = hand.status(name)
        row = hand.open_ids().get(name)
        is_waiting = word == "open" and (row is None or row["triggerCondition"] != "Triggered")
        return None if is_waiting else word

    word = hand.bench.wait_for(ended, seconds=FIRES_WITHIN_S, every_s=2.0)
    if word is None:
        raise Unanswered(f"price did not come to {level} within {FIRES_WITHIN_S:.0f} s: try again")
    return str(word), level, name


def market_trigger_bound(hand: HyperliquidHand) -> Answer:
    word, level, name = _fired(hand)
    if word != "filled":
        return Answer("price", f"status {word}")
    fills = hand.info("userFills", user=hand.user)
    paid = [Decimal(row["px"]) for row in fills if row.get("cloid") == f"0x{name}"]
    if not paid or min(paid) >= level:
        raise Unanswered(f"it filled at {paid}, not below its limit {level}: that says nothing")
    return Answer("ten_percent", f"filled at {min(paid)}, below its limit {level}")


def market_trigger_rests(hand: HyperliquidHand) -> Answer:
    word, level, name = _fired(hand)
    if word == "filled":
        raise Unanswered(f"it filled although its limit was its trigger {level}")
    return Answer(name in hand.open_ids(), f"status {word}")


def ioc_partial_arms_children(hand: HyperliquidHand) -> Answer:
    prices, market, bench = hand.prices(), hand.bench.market, hand.bench
    size = max(prices.ask_size + market.lot, bench.size(prices.bid))
    entry, exit_ = bench.new_id(), bench.new_id()
    bench.spend(entry, size * prices.ask)
    level = market.price_down(prices.mark * FAR)
    bound = market.price_down(level * Decimal("0.88"))
    wires = (
        hand.wire(is_buy=True, p=prices.ask, s=size, t=limit("Ioc"), client_id=entry),
        hand.wire(is_buy=False, p=bound, s=size, t=trigger(level), reduces=True, client_id=exit_),
    )
    first = hand.orders(*wires, grouping="normalTpsl")[0]
    filled = Decimal(first["filled"]["totalSz"]) if "filled" in first else Decimal(0)
    if not 0 < filled < size:
        raise Unanswered(f"{filled} of {size} filled: the best level was not smaller than the order")
    return Answer(exit_ in hand.open_ids(), f"{filled} of {size} filled")


def trigger_needs_position(hand: HyperliquidHand) -> Answer:
    mark = hand.prices().mark
    level = hand.bench.market.price_down(mark * FAR)
    said = hand.stop(level, hand.bench.size(level))
    return Answer("error" in said, "that it acts once there is a position was not tried")


def triggers_count_in_sum(hand: HyperliquidHand) -> Answer:
    size, prices = hand.enter()
    name = hand.bench.new_id()
    said = hand.stop(hand.bench.market.price_down(prices.mark * FAR), size, client_id=name)
    if "error" in said:
        raise Unanswered(f"the stop was refused: {said['error']}")
    above = hand.bench.market.price_up(prices.mark * Decimal("1.3"))
    (limit_said,) = hand.orders(hand.wire(is_buy=False, p=above, s=size, t=limit("Alo"), reduces=True))
    if "resting" not in limit_said:
        raise Unanswered(f"a reducing limit did not rest: {limit_said}")
    row = hand.open_ids().get(name)
    return Answer(row is None or Decimal(row["sz"]) < size)


def modify_needs_always_place(hand: HyperliquidHand) -> Answer:
    oid, wire = hand.rest("0.6")
    ask = hand.bench.market.price_up(hand.prices().ask * Decimal("1.01"))
    hand.bench.release(str(wire["c"]).removeprefix("0x"))
    size = hand.bench.size(ask)
    hand.bench.spend(str(wire["c"]), size * ask)
    crossing = hand.wire(is_buy=True, p=ask, s=size, t=limit("Gtc"))
    refusal = hand.refusal({"type": "modify", "oid": oid, "order": crossing})
    return Answer(bool(refusal), refusal)


def unreadable_body(hand: HyperliquidHand) -> Answer:
    request = Request(f"{hand.bench.link.base_url}/info", b'{"type":', headers=HEADERS)
    return Answer(hand.bench.send(request, "half a question").status)


def _crossed_stop(hand: HyperliquidHand) -> str:
    size, prices = hand.enter()
    said = hand.stop(hand.bench.market.price_up(prices.ask * Decimal("1.01")), size)
    if "error" not in said:
        raise Unanswered(f"a stop that mark has passed was not refused: {said}")
    return str(said["error"])


def crossed_trigger(hand: HyperliquidHand) -> Answer:
    return Answer(_crossed_stop(hand))


def error_asset_suffix(hand: HyperliquidHand) -> Answer:
    return Answer(_crossed_stop(hand).endswith(f" asset={hand.bench.market.number}"))


def builder_not_approved(hand: HyperliquidHand) -> Answer:
    p = hand.bench.market.price_up(hand.prices().mark * FARTHER)
    size, name = hand.bench.size(p), hand.bench.new_id()
    hand.bench.spend(name, p * size)
    wire = hand.wire(is_buy=True, p=p, s=size, t=limit("Alo"), client_id=name)
    action: dict[str, object] = {"type": "order", "orders": [wire], "grouping": "na"}
    return Answer(hand.refusal({**action, "builder": {"b": NOBODY, "f": 1}}))


def abstraction(hand: HyperliquidHand) -> Answer:
    return Answer(str(hand.info("userAbstraction", user=hand.user)))


def wallet_error_prefix(hand: HyperliquidHand) -> Answer:
    parts = parts_of(hand.bench.venue.name)
    key = hashlib.sha256(hand.bench.new_id().encode()).hexdigest()
    stranger = parts.pen(
        Keys(hand.user, {parts.secret_names[0]: f"0x{key}"}), practice=hand.bench.link.practice
    )
    refusal = hand.refusal({"type": "noop"}, pen=stranger)
    if "does not exist" not in refusal:
        raise Unanswered(f"a wallet that nobody knows was answered {refusal!r}")
    return Answer(refusal.startswith("L1 error: "))


def expired_costs_budget(hand: HyperliquidHand) -> Answer:
    def used() -> int:
        return int(hand.info("userRateLimit", user=hand.user)["nRequestsUsed"])

    before = used()
    refusal = hand.refusal({"type": "noop"}, expires_ms=hand.bench.venue.venue_now_ms() - EXPIRED_MS)
    if "expired" not in refusal:
        raise Unanswered(f"an action past its expiry was answered {refusal!r}")
    cost = used() - before
    return Answer(cost >= EXPIRED_COST, f"it cost {cost}")


def same_bytes_count_once(hand: HyperliquidHand) -> Answer:
    sealed = hand.sealed({"type": "noop"})
    replies = [hand.bench.json(sealed, "the same noop") for _ in range(2)]
    if replies[0]["status"] != "ok":
        raise Unanswered(f"the first was refused: {replies[0]}")
    return Answer(replies[1]["status"] == "err" and "duplicate nonce" in str(replies[1]["response"]))


def oracle_band(hand: HyperliquidHand) -> Answer:
    """The farthest of some distances at which a bid is still taken; None when all of them are."""
    taken = Decimal(0)
    for distance in DISTANCES:
        p = hand.bench.market.price_up(hand.prices().oracle * (1 - distance))
        size, name = hand.bench.size(p), hand.bench.new_id()
        hand.bench.spend(name, p * size)
        wire = hand.wire(is_buy=True, p=p, s=size, t=limit("Alo"), client_id=name)
        (status,) = hand.orders(wire)
        if "resting" not in status:
            return Answer(str(taken), f"at {distance}: {status}")
        hand.take_off(int(status["resting"]["oid"]), wire)
        taken = distance
    return Answer(None, f"a bid {taken:%} below the oracle price rested")


def bound_stop_ends_as(hand: HyperliquidHand) -> Answer:
    _, prices = hand.enter()
    level, name = hand.bench.market.price_down(prices.mark * FAR), hand.bench.new_id()
    bound = hand.bench.market.price_down(level * Decimal("0.88"))
    wire = hand.wire(is_buy=False, p=bound, s=Decimal(0), t=trigger(level), reduces=True, client_id=name)
    (said,) = hand.orders(wire, grouping="positionTpsl")
    if isinstance(said, dict) and "error" in said:
        raise Unanswered(f"the stop was refused: {said['error']}")
    for position in hand.bench.read().positions_of(hand.bench.coin):
        hand.close(position)
    return Answer(hand.status(name))
