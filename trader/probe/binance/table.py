"""The questions about Binance USD-M, numbered for ever: a number is never given to another question.

Two questions that decide one switch between them: what a one-way account does with an exit that is too large,
and what an account in hedge mode does. Each alone decides only where it speaks against the default.
"""

from collections.abc import Callable
from typing import Any

from trader.probe.binance import trials
from trader.probe.experiments import KEEP, Experiment
from trader.probe.facts import Value

COIN = "SOL"


def only(decisive: Value) -> Callable[[Value], Any]:
    """The answer where it is this one."""
    return lambda value: value if value == decisive else KEEP


EXPERIMENTS = (
    Experiment(
        1, "Is a closePosition stop taken while the coin is flat?",
        "such a stop without a position", trials.bound_while_flat, "bound_while_flat",
    ),
    Experiment(
        2, "Of a price with too many decimals and between two ticks, which is told?",
        "a bid at such a price", trials.precision_before_tick, "precision_before_tick",
    ),
    Experiment(
        3, "Is a trigger price between two ticks taken?",
        "a stop at one, with no more decimals than the symbol has", trials.off_tick_trigger,
        "off_tick_trigger",
    ),
    Experiment(
        4, "Is there a record of an order that was refused because it would have taken?",
        "a post-only order at the best ask, then a look-up", trials.refused_tif_recorded,
        "refused_tif_recorded",
    ),
    Experiment(
        5, "Is setting the leverage that stands already a success?", "the coin's own leverage once more",
        trials.leverage_repeats,
    ),
    Experiment(
        6, "How many orders still show right after all were cancelled?", "a bid, and one reading",
        trials.cancel_all_lags,
    ),
    Experiment(
        7, "Does the countdown of a symbol take conditional orders off too?",
        "a bid and a stop, and a countdown of five seconds", trials.countdown_cancels_algo,
        "countdown_cancels_algo",
    ),
    Experiment(
        8, "How many stops with a quantity may one side of a position have?", "up to three of them",
        trials.sized_stops_max, "sized_stops_max",
    ),
    Experiment(
        9, "Does the look-up of plain orders find the order of a stop that fired by the stop's id?",
        "a stop close to mark; waits until it fires", trials.triggered_by_client_id,
        "triggered_by_client_id",
    ),
    Experiment(
        10, "May the id of a conditional order be used again once that order ended?",
        "a stop, cancelled and placed anew", trials.algo_id_reuse, "algo_id_reuse",
    ),
    Experiment(
        11, "With which code is the id of an open conditional order refused?", "two stops with one id",
        trials.duplicate_algo_code, "duplicate_algo_code",
    ),
    Experiment(
        12, "Which of two orders with one client id does the look-up find?",
        "two bids, one after the other", trials.client_id_resolves, "client_id_resolves",
    ),
    Experiment(
        13, "Does the answer to an order carry the average price?", "an entry", trials.post_average,
        "post_average",
    ),
    Experiment(
        14, "Is an exit larger than the position refused or trimmed in one-way mode?",
        "a close of one lot more than is held", trials.oversized_one_way, "oversized_reduce",
        reads=only("rejects"),
    ),
    Experiment(
        15, "Is an exit larger than the position refused or trimmed in hedge mode?",
        "a close of one lot more than is held", trials.oversized_leg, "oversized_reduce",
        reads=only("trims"),
    ),
    Experiment(
        16, "Do resting closes count against the position in hedge mode?",
        "two closes, each of the whole position", trials.closing_sum, "closing_sum",
    ),
    Experiment(
        17, "Does a close in hedge mode read as reduceOnly?", "a close that rests",
        trials.closing_reads_reduce_only, "closing_reads_reduce_only",
    ),
    Experiment(
        18, "Is reduceOnly=false refused in hedge mode as true is?", "a bid that says so",
        trials.hedge_reduce_only_false, "hedge_reduce_only_false",
    ),
    Experiment(
        19, "Are closes in hedge mode spared the least notional?", "a close of one lot",
        trials.closing_below_minimum, "closing_below_minimum",
    ),
    Experiment(
        20, "How much weight may an address use in a minute?", "the venue's own table",
        trials.limit_of("REQUEST_WEIGHT", "MINUTE"), "weight_per_minute",
    ),
    Experiment(
        21, "How many orders may an account place in a minute?", "the venue's own table",
        trials.limit_of("ORDERS", "MINUTE"), "orders_per_minute",
    ),
    Experiment(
        22, "How many orders may an account place in ten seconds?", "the venue's own table",
        trials.limit_of("ORDERS", "SECOND"), "orders_per_ten_seconds",
    ),
    Experiment(
        23, "Has the body of a 503 that does not know the outcome a code?",
        "the venue must be overloaded for that",
    ),
    Experiment(
        24, "Was an order done that a 403 with a page of HTML answered?",
        "only a flood would show it, and a flood is what the program must never send",
    ),
    Experiment(
        25, "How does an order at market end of which a part finds no price near enough?",
        "it takes a book far thinner than an order of a few dollars",
    ),
)  # fmt: skip
