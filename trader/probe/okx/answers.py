"""How each question about OKX's account and its refusals is tried; nothing here places an order."""

import json

from trader.core.wire import Answer as Reply
from trader.probe.experiments import Answer, Unanswered
from trader.probe.okx.hand import API, OkxHand
from trader.venues.okx.signing import OkxKeys

BURST = 14
RECOVERS_S = 4.0
TOO_MANY = "50011"
CONFIG = API + "account/config"
NOBODY = OkxKeys("00000000-0000-0000-0000-000000000000", "0" * 32, "nobody")


def account_level(hand: OkxHand) -> Answer:
    return Answer(str(hand.config["acctLv"]))


def self_trade(hand: OkxHand) -> Answer:
    return Answer(str(hand.config["acctStpMode"]))


def two_sided(hand: OkxHand) -> Answer:
    return Answer(hand.is_two_sided)


def missing_key_code(hand: OkxHand) -> Answer:
    said = hand.said(hand.request("GET", CONFIG, keys=NOBODY), "a question of a key that nobody has")
    return Answer(said.code, f"HTTP {said.status}")


def refusal_has_data(hand: OkxHand) -> Answer:
    reply = hand.bench.json(hand.request("GET", CONFIG, keys=NOBODY), "a question of a key that nobody has")
    return Answer("data" in reply)


def other_environment(hand: OkxHand) -> Answer:
    said = hand.said(hand.request("GET", CONFIG, flips=True), "a question to the other environment")
    return Answer(said.code, f"HTTP {said.status}")


def unknown_path(hand: OkxHand) -> Answer:
    return Answer(hand.bench.send(hand.request("GET", API + "trade/nothing"), "GET trade/nothing").status)


def rate_limit_status(hand: OkxHand) -> Answer:
    """One burst of a cheap question, a little over its limit, and then silence until that is forgotten."""
    bench = hand.bench
    requests = [hand.request("GET", CONFIG) for _ in range(BURST)]
    replies = bench.link.transport.exchange(requests, timeout_s=bench.link.timeout(12.0))
    bench.clock.sleep(RECOVERS_S)
    answered = [reply for reply in replies if isinstance(reply, Reply)]
    refused = [reply for reply in answered if _code(reply) == TOO_MANY]
    bench.say(f"{BURST} questions at once -> {[reply.status for reply in answered]}")
    if not refused:
        raise Unanswered(f"{BURST} questions at once were not too many")
    bench.say(refused[0].body.decode("utf-8", "replace"))
    return Answer(refused[0].status)


def _code(reply: Reply) -> str:
    try:
        return str(json.loads(reply.body)["code"])
    except (ValueError, KeyError, TypeError) as error:
        return f"no code: {error!r}"
