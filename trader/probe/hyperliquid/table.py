"""The questions about Hyperliquid, numbered for ever: a number is never given to another question."""

from trader.probe.experiments import Experiment, amount
from trader.probe.hyperliquid import trials

COIN = "BTC"

EXPERIMENTS = (
    Experiment(
        1, "May two open orders carry the same client id?",
        "two stops behind a position", trials.duplicate_cloid, "duplicate_cloid",
    ),
    Experiment(
        2, "Which of two orders with one client id does orderStatus find?",
        "two bids, one after the other", trials.cloid_status, "cloid_status",
    ),
    Experiment(
        3, "Is the nonce of an action used up that was refused after its signature was checked?",
        "an impossible leverage, then noop with that nonce", trials.refused_consumes_nonce,
        "refused_consumes_nonce",
    ),
    Experiment(
        4, "Does the least value of an order hold for conditional orders?",
        "a stop for one lot of a position", trials.min_notional_on_triggers, "min_notional_on_triggers",
    ),
    Experiment(
        5, "Is a market stop that fired bound by its own limit, or by ten percent?",
        "a stop close to mark whose limit is its trigger; waits until it fires",
        trials.market_trigger_bound, "market_trigger_bound",
    ),
    Experiment(
        6, "Does a market stop that fired and found nothing rest on the book?",
        "as number 5", trials.market_trigger_rests, "market_trigger_rests",
    ),
    Experiment(
        7, "Does an entry that filled in part and was cut arm its attached stop?",
        "an order just larger than the best level, where that is small enough",
        trials.ioc_partial_arms_children, "ioc_partial_arms_children",
    ),
    Experiment(
        8, "Is a lone stop refused while the coin is flat?",
        "a stop without a position", trials.trigger_needs_position, "trigger_needs_position",
        ability=("stop_first", {False: "accepted", True: "refused"}),
    ),
    Experiment(
        9, "Do waiting stops count among the reducing orders that may not exceed the position?",
        "a stop and a reducing limit, each for the whole position", trials.triggers_count_in_sum,
        "triggers_count_in_sum",
    ),
    Experiment(
        10, "Does a change into an order that executes need a flag of its own?",
        "a bid is changed into one that crosses", trials.modify_needs_always_place,
        "modify_needs_always_place",
    ),
    Experiment(
        11, "With which status is a body answered that cannot be read?",
        "half a question", trials.unreadable_body,
    ),
    Experiment(
        12, "In which words is a stop refused that mark has passed already?",
        "a stop above the market", trials.crossed_trigger,
    ),
    Experiment(
        13, "In which words is a fee refused that goes to a builder who was not approved?",
        "a bid with such a fee", trials.builder_not_approved,
    ),
    Experiment(
        14, "How is the account kept, as userAbstraction tells it?",
        "one question", trials.abstraction, "abstraction",
    ),
    Experiment(
        15, "Do the refusals of single orders end with the number of the asset?",
        "as number 12", trials.error_asset_suffix, "error_asset_suffix",
    ),
    Experiment(
        16, "Does the refusal of an unknown wallet begin with \"L1 error: \"?",
        "noop, signed with a key that nobody has", trials.wallet_error_prefix, "wallet_error_prefix",
    ),
    Experiment(
        17, "Does an action past its expiry cost five requests of the account's budget?",
        "an expired noop, and the budget before and after", trials.expired_costs_budget,
        "expired_costs_budget",
    ),
    Experiment(
        18, "Do the same bytes count once?",
        "the same noop twice", trials.same_bytes_count_once,
    ),
    Experiment(
        19, "How far from the oracle price may a limit stand?",
        "bids ever farther away, up to 70 %", trials.oracle_band, "oracle_band", reads=amount,
    ),
    Experiment(
        20, "With which status does a position's own stop end when the position is closed?",
        "such a stop, and a close", trials.bound_stop_ends_as,
    ),
    Experiment(
        21, "What does a 429 look like, and which other pages does the front show?",
        "only a flood would show it, and a flood is what the program must never send",
    ),
    Experiment(
        22, "How is a fill called that turns a position round?",
        "it takes an order of twice the position, and no order of this program ever does that",
    ),
    Experiment(
        23, "How long is an API wallet still accepted after it ended?",
        "a wallet lives for months",
    ),
    Experiment(
        24, "Which limit do the venue's own pages give a market stop?",
        "it is what other clients send, and not the venue's answer to anything",
    ),
)  # fmt: skip
