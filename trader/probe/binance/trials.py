"""How each question about Binance is tried; their numbers and words are in table.py."""

from collections.abc import Callable

from trader.probe.binance.hand import BinanceHand, by_name
from trader.probe.experiments import Answer, Unanswered

FIRES_WITHIN_S = 240.0
COUNTDOWN_MS = 5_000
COUNTDOWN_SLACK_S = 4.0
STOPS_MAX = 3
NO_SUCH_ORDER = -2013
REDUCE_REFUSED = -2022
SENT_WHEN_NOT_REQUIRED = -1106
BELOW_MINIMUM = -4164
ABOVE, FAR, BELOW = "1.03", "0.9", "0.96"
OVER = ("TRIGGERED", "FINISHED")


def bound_while_flat(hand: BinanceHand) -> Answer:
    said = hand.stop(hand.at(FAR), None)
    return Answer("reject" if said.code else "accept", str(said.code or ""))


def precision_before_tick(hand: BinanceHand) -> Answer:
    p = hand.at(BELOW)
    size = hand.bench.size(p)
    hand.bench.spend("precision", p * size)
    said = hand.order("BUY", size, price=f"{p:f}55555", **hand.leg())
    if said.code not in (-1111, -4014):
        raise Unanswered(f"a price with too many decimals was answered {said.code or 'with an order'}")
    return Answer(said.code == -1111, str(said.code))


def off_tick_trigger(hand: BinanceHand) -> Answer:
    """Between two ticks, with no more decimals than the symbol's precision."""
    size, _ = hand.enter()
    rows = hand.ask("GET", "/fapi/v1/exchangeInfo").done("the rules")["symbols"]
    digits = int(by_name(rows, symbol=hand.symbol)["pricePrecision"])
    tick, at = hand.bench.market.tick, hand.at(FAR)
    if tick is None or tick.scaleb(digits) % 10:
        raise Unanswered(f"no price lies between two ticks of {tick} with {digits} decimals: another coin")
    said = hand.stop(at + tick / 2, size)
    return Answer("reject" if said.code else "accept", str(said.code or ""))


def refused_tif_recorded(hand: BinanceHand) -> Answer:
    prices, name = hand.prices(), hand.bench.new_id()
    crossing = hand.bench.market.price_up(prices.ask * 1)
    size = hand.bench.size(prices.bid)
    hand.bench.spend(name, crossing * size)
    said = hand.order("BUY", size, client_id=name, price=f"{crossing:f}", timeInForce="GTX", **hand.leg())
    if not said.code:
        raise Unanswered("a post-only order that would have crossed was taken")
    found = hand.found(name)
    return Answer(found.code == 0, f"{said.code}, then {found.code or found.body['status']}")


def leverage_repeats(hand: BinanceHand) -> Answer:
    rows = hand.ask("GET", "/fapi/v1/symbolConfig", symbol=hand.symbol).done("the coin's settings")
    lever = by_name(rows, symbol=hand.symbol)["leverage"]
    said = hand.ask("POST", "/fapi/v1/leverage", symbol=hand.symbol, leverage=lever)
    return Answer(said.code == 0, str(said.code or ""))


def cancel_all_lags(hand: BinanceHand) -> Answer:
    """How many orders still show in the first reading after all of them were cancelled."""
    hand.rest()[1].done("the bid")
    hand.ask("DELETE", "/fapi/v1/allOpenOrders", symbol=hand.symbol).done("cancelling all")
    return Answer(len(hand.open_ids()))


def countdown_cancels_algo(hand: BinanceHand) -> Answer:
    size, _ = hand.enter()
    name = hand.bench.new_id()
    hand.stop(hand.at(FAR), size, client_id=name).done("the stop")
    bid, said = hand.rest()
    said.done("the bid")
    asked = {"symbol": hand.symbol, "countdownTime": COUNTDOWN_MS}
    hand.ask("POST", "/fapi/v1/countdownCancelAll", **asked).done("the countdown")
    hand.bench.clock.sleep(COUNTDOWN_MS / 1000 + COUNTDOWN_SLACK_S)
    left = hand.open_ids()
    if bid in left:
        raise Unanswered("the bid is still there after the countdown")
    return Answer(name not in left)


def sized_stops_max(hand: BinanceHand) -> Answer:
    size, _ = hand.enter()
    at = hand.at(FAR)
    for taken in range(STOPS_MAX):
        said = hand.stop(at - taken * hand.bench.market.price_step(at), size)
        if said.code:
            return Answer(taken, f"one more: {said.code}")
    return Answer(None, f"{STOPS_MAX} were taken")


def triggered_by_client_id(hand: BinanceHand) -> Answer:
    size, _ = hand.enter()
    name, at = hand.bench.new_id(), hand.at("0.9997")
    hand.stop(at, size, client_id=name).done("the stop")

    def ended() -> str | None:
        word = hand.ask("GET", "/fapi/v1/algoOrder", clientAlgoId=name).done("the stop")["algoStatus"]
        return None if word in ("NEW", "TRIGGERING") else str(word)

    word = hand.bench.wait_for(ended, seconds=FIRES_WITHIN_S, every_s=2.0)
    if word not in OVER:
        raise Unanswered(f"the stop at {at} is {word or 'still waiting'}: try again")
    found = hand.found(name)
    if found.code not in (0, NO_SUCH_ORDER):
        raise Unanswered(f"the look-up was refused: {found.code}")
    return Answer(found.code == 0)


def algo_id_reuse(hand: BinanceHand) -> Answer:
    size, _ = hand.enter()
    name, at = hand.bench.new_id(), hand.at(FAR)
    hand.stop(at, size, client_id=name).done("the stop")
    hand.ask("DELETE", "/fapi/v1/algoOrder", clientAlgoId=name).done("cancelling it")
    gone = hand.bench.wait_for(lambda: None if name in hand.open_ids() else True, seconds=10)
    if gone is None:
        raise Unanswered("the first stop does not go")
    said = hand.stop(at, size, client_id=name)
    return Answer(said.code == 0, str(said.code or ""))


def duplicate_algo_code(hand: BinanceHand) -> Answer:
    size, _ = hand.enter()
    name, at = hand.bench.new_id(), hand.at(FAR)
    hand.stop(at, size, client_id=name).done("the stop")
    said = hand.stop(at - hand.bench.market.price_step(at), size, client_id=name)
    if not said.code:
        raise Unanswered("a second stop with the same id was taken")
    return Answer(said.code)


def client_id_resolves(hand: BinanceHand) -> Answer:
    name = hand.bench.new_id()
    numbers = []
    for fraction in ("0.97", BELOW):
        numbers.append(hand.rest(fraction, client_id=name)[1].done("the bid")["orderId"])
        hand.take_off(name)
    found = hand.found(name).done("the look-up")["orderId"]
    return Answer({numbers[0]: "oldest", numbers[1]: "newest"}[found])


def post_average(hand: BinanceHand) -> Answer:
    return Answer("avgPrice" in hand.enter()[1])


def _oversized(hand: BinanceHand) -> Answer:
    size, _ = hand.enter()
    larger = size + hand.bench.market.lot
    said = hand.order("SELL", larger, **hand.reducing())
    if said.code == REDUCE_REFUSED:
        return Answer("rejects")
    if said.done("the close")["executedQty"] and not hand.bench.read().positions_of(hand.bench.coin):
        return Answer("trims")
    raise Unanswered(f"{said.body['executedQty']} of {larger} filled on a position of {size}")


def oversized_one_way(hand: BinanceHand) -> Answer:
    hand.need(two_sided=False)
    return _oversized(hand)


def oversized_leg(hand: BinanceHand) -> Answer:
    hand.need(two_sided=True)
    return _oversized(hand)


def closing_sum(hand: BinanceHand) -> Answer:
    hand.need(two_sided=True)
    size, _ = hand.enter()
    price = f"{hand.at(ABOVE):f}"
    hand.order("SELL", size, price=price, **hand.leg()).done("the first close")
    said = hand.order("SELL", size, price=price, **hand.leg())
    if said.code not in (0, REDUCE_REFUSED):
        raise Unanswered(f"the second close was refused: {said.code}")
    return Answer("all_open" if said.code else "each_alone")


def closing_reads_reduce_only(hand: BinanceHand) -> Answer:
    hand.need(two_sided=True)
    size, _ = hand.enter()
    name = hand.bench.new_id()
    hand.order("SELL", size, client_id=name, price=f"{hand.at(ABOVE):f}", **hand.leg()).done("the close")
    return Answer(bool(hand.found(name).done("the look-up")["reduceOnly"]))


def hedge_reduce_only_false(hand: BinanceHand) -> Answer:
    hand.need(two_sided=True)
    said = hand.rest(reduceOnly="false")[1]
    if said.code not in (0, SENT_WHEN_NOT_REQUIRED):
        raise Unanswered(f"the bid was refused: {said.code}")
    return Answer(said.code != 0)


def closing_below_minimum(hand: BinanceHand) -> Answer:
    hand.need(two_sided=True)
    hand.enter()
    market, price = hand.bench.market, hand.at(ABOVE)
    if market.lot * price >= market.notional_min:
        raise Unanswered(f"one lot is worth more than the least order of {market.notional_min}: another coin")
    said = hand.order("SELL", market.lot, price=f"{price:f}", **hand.leg())
    if said.code not in (0, BELOW_MINIMUM):
        raise Unanswered(f"the close was refused: {said.code}")
    return Answer(said.code == 0)


def limit_of(kind: str, interval: str) -> Callable[[BinanceHand], Answer]:
    """Reads one of the limits that the venue writes down for this network."""

    def read(hand: BinanceHand) -> Answer:
        rows = hand.ask("GET", "/fapi/v1/exchangeInfo").done("the rules")["rateLimits"]
        return Answer(int(by_name(rows, rateLimitType=kind, interval=interval)["limit"]))

    return read
