"""How each question about OKX's orders is tried; their numbers and words are in table.py."""

from decimal import Decimal

from trader.probe.experiments import Answer, Unanswered
from trader.probe.okx.hand import TAG, WAITS, OkxHand

TIMER_S = 10
TIMER_SLACK_S = 4.0
EXPIRED_MS = 60_000
LOOK_MS = 500
LOOKS = 20
FIRES_WITHIN_S = 240.0
FAR, FARTHER = "0.9", "0.85"


def isolated_allowed(hand: OkxHand) -> Answer:
    _, said = hand.rest(tdMode="isolated")
    return Answer(said.code == "0", said.code)


def oversized_reduce(hand: OkxHand) -> Answer:
    size, _ = hand.enter()
    name, larger = hand.bench.new_id(), size + hand.bench.market.lot
    limit = {"ordType": "ioc", "px": f"{hand.below('0.99'):f}"}
    said = hand.order("sell", larger, client_id=name, **limit, **hand.reducing)
    if said.code != "0":
        return Answer("rejects", f"code {said.code}")
    row = hand.get("trade/order", instId=hand.inst, clOrdId=name).row
    filled = Decimal(row["accFillSz"]) * hand.bench.market.contract
    if filled != size:
        raise Unanswered(f"{filled} of {larger} filled on a position of {size}")
    return Answer("trims")


def close_with_an_order_in_the_way(hand: OkxHand) -> Answer:
    size, prices = hand.enter()
    above = hand.bench.market.price_up(prices.ask * Decimal("1.02"))
    hand.order("sell", size, ordType="limit", px=f"{above:f}", **hand.reducing)
    asked = {"instId": hand.inst, "mgnMode": "cross", **hand.leg("long")}
    said = hand.post("trade/close-position", asked)
    return Answer(said.code, f"HTTP {said.status}")


def timer_cancels_algos(hand: OkxHand) -> Answer:
    """The timer is for our tag alone, but that too is only what is written."""
    hand.bench.need_alone()
    size, _ = hand.enter()
    name = hand.bench.new_id()
    if hand.stop(hand.below(FAR), size, client_id=name).code != "0":
        raise Unanswered("the stop was refused")
    bid, said = hand.rest()
    if said.code != "0":
        raise Unanswered(f"the bid was refused: {said.code}")
    if hand.post("trade/cancel-all-after", {"timeOut": str(TIMER_S), "tag": TAG}).code != "0":
        raise Unanswered("the timer was refused")
    hand.bench.clock.sleep(TIMER_S + TIMER_SLACK_S)
    state = hand.get("trade/order", instId=hand.inst, clOrdId=bid).row["state"]
    if state != "canceled":
        raise Unanswered(f"the bid is {state} after the timer ran out")
    return Answer(name not in hand.waiting())


def algo_missing_code(hand: OkxHand) -> Answer:
    said = hand.get("trade/order-algo", algoClOrdId=hand.bench.new_id())
    return Answer("" if said.code == "0" and not said.rows else said.code)


def history_without_a_state(hand: OkxHand) -> Answer:
    return Answer(hand.get("trade/orders-algo-history", ordType="conditional").code)


def expired_code(hand: OkxHand) -> Answer:
    _, said = hand.rest(expTime=str(hand.bench.venue.venue_now_ms() - EXPIRED_MS))
    if said.code == "0":
        raise Unanswered("an order past its expiry was taken")
    return Answer(said.code)


def visible_after_ms(hand: OkxHand) -> Answer:
    """To the nearest half second, since that is how often it looks."""
    name, said = hand.rest()
    if said.code != "0":
        raise Unanswered(f"the bid was refused: {said.code}")
    clock = hand.bench.clock
    began_ms = clock.elapsed_ms()
    for look in range(LOOKS):
        clock.sleep(max(0, began_ms + look * LOOK_MS - clock.elapsed_ms()) / 1000)
        if hand.get("trade/order", instId=hand.inst, clOrdId=name).code == "0":
            return Answer(look * LOOK_MS)
    raise Unanswered(f"it is not to be seen after {LOOKS * LOOK_MS} ms")


def algo_id_reuse(hand: OkxHand) -> Answer:
    size, _ = hand.enter()
    name, at = hand.bench.new_id(), hand.below(FAR)
    if hand.stop(at, size, client_id=name).code != "0":
        raise Unanswered("the stop was refused")
    hand.post("trade/cancel-algos", [{"instId": hand.inst, "algoId": hand.waiting()[name]["algoId"]}])
    gone = hand.bench.wait_for(lambda: None if name in hand.waiting() else True, seconds=10)
    if gone is None:
        raise Unanswered("the first stop does not go")
    said = hand.stop(at, size, client_id=name)
    return Answer(said.code == "0", said.code)


def algo_takes_cl_ord_id(hand: OkxHand) -> Answer:
    size, _ = hand.enter()
    name = hand.bench.new_id()
    said = hand.stop(hand.below(FAR), size, client_id="", clOrdId=name)
    if said.code != "0":
        raise Unanswered(f"the stop was refused: {said.code}")
    row = hand.get("trade/order-algo", algoId=str(said.row["algoId"])).row
    return Answer(row["algoClOrdId"] == name)


def conditional_while_flat(hand: OkxHand) -> Answer:
    at = hand.below(FAR)
    said = hand.stop(at, hand.bench.size(at))
    return Answer(said.code == "0", f"code {said.code}; that it acts once there is a position was not tried")


def attached_reduces(hand: OkxHand) -> Answer:
    if hand.is_two_sided:
        raise Unanswered("needs an account in net mode")
    name = hand.bench.new_id()
    hand.enter(attachAlgoOrds=hand.attached(hand.below(FAR), name))
    row = hand.bench.wait_for(lambda: hand.waiting().get(name), seconds=5)
    if row is None:
        raise Unanswered("the attached stop does not show")
    return Answer(row["reduceOnly"] == "true")


def history_keeps_parts(hand: OkxHand) -> Answer:
    size, _ = hand.enter(lots=2)
    began_ms = hand.bench.venue.venue_now_ms()
    for _ in range(2):
        if hand.order("sell", size / 2, **hand.reducing).code != "0":
            raise Unanswered("a part could not be closed")
        hand.bench.clock.sleep(2.0)
    rows = hand.get("account/positions-history", instType="SWAP", instId=hand.inst).rows
    rows = tuple(row for row in rows if int(row["uTime"]) >= began_ms)
    if not rows:
        raise Unanswered("the history does not show it yet")
    return Answer(len(rows) > 1, f"{len(rows)} rows of two closes")


def triggers_in_net(hand: OkxHand) -> Answer:
    if hand.is_two_sided:
        raise Unanswered("needs an account in net mode")
    at = hand.below(FAR)
    size, name = hand.bench.size(at), hand.bench.new_id()
    hand.bench.spend(name, at * size)
    said = hand.algo("buy", size, client_id=name, ordType="trigger", triggerPx=f"{at:f}", orderPx="-1")
    return Answer(said.code == "0", said.code)


def triggers_reduce(hand: OkxHand) -> Answer:
    """With the account flat: what can only reduce does nothing when it fires."""
    if hand.is_two_sided:
        raise Unanswered("needs an account in net mode")
    at = hand.below("0.9997")
    size, name = hand.bench.size(at), hand.bench.new_id()
    hand.bench.spend(name, at * size)
    asked = {"ordType": "trigger", "triggerPx": f"{at:f}", "triggerPxType": "mark", "orderPx": "-1"}
    said = hand.algo("sell", size, client_id=name, **asked, reduceOnly="true")
    if said.code != "0":
        raise Unanswered(f"it was refused: {said.code}")

    def state() -> str | None:
        row = hand.get("trade/order-algo", algoClOrdId=name).row
        return None if row["state"] == WAITS else str(row["state"])

    ended = hand.bench.wait_for(state, seconds=FIRES_WITHIN_S, every_s=2.0)
    if ended is None:
        raise Unanswered(f"price did not come to {at} within {FIRES_WITHIN_S:.0f} s: try again")
    held = hand.bench.read().positions_of(hand.bench.coin)
    return Answer(not held, f"{ended}, then {held[0].size if held else 'no'} position")


def _cut(hand: OkxHand, kind: str) -> tuple[str, str]:
    """An order just larger than the best level, with a stop attached; the ids of both."""
    prices, bench = hand.prices(), hand.bench
    size = max(prices.ask_size + bench.market.lot, bench.size(prices.bid))
    entry, exit_ = bench.new_id(), bench.new_id()
    bench.spend(entry, size * prices.ask)
    carried = hand.attached(bench.market.price_down(prices.bid * Decimal(FARTHER)), exit_)
    asked = {"ordType": kind, "px": f"{prices.ask:f}", "attachAlgoOrds": carried}
    said = hand.order("buy", size, client_id=entry, **asked)
    if said.code != "0":
        raise Unanswered(f"the entry was refused: {said.code}")
    filled = Decimal(hand.get("trade/order", instId=hand.inst, clOrdId=entry).row["accFillSz"])
    if not 0 < filled * bench.market.contract < size:
        raise Unanswered(
            f"{filled} contracts filled of {size}: the best level was not smaller than the order"
        )
    return entry, exit_


def attach(hand: OkxHand) -> Answer:
    entry, exit_ = _cut(hand, "limit")
    hand.bench.clock.sleep(1.0)
    is_there = exit_ in hand.waiting()
    state = hand.get("trade/order", instId=hand.inst, clOrdId=entry).row["state"]
    if state != "partially_filled":
        raise Unanswered(f"the entry is {state} by now")
    return Answer("pro_rata" if is_there else "whole")


def attached_after_cut(hand: OkxHand) -> Answer:
    _, exit_ = _cut(hand, "ioc")
    hand.bench.clock.sleep(2.0)
    return Answer(exit_ in hand.waiting())
