"""The questions about OKX, numbered for ever: a number is never given to another question."""

from trader.probe.experiments import Experiment
from trader.probe.okx import answers, trials

COIN = "SOL"

EXPERIMENTS = (
    Experiment(
        1, "Is isolated margin taken for swaps?",
        "a bid on isolated margin", trials.isolated_allowed, "isolated_allowed",
    ),
    Experiment(
        2, "Is a reducing order that is larger than the position refused, with which code, or trimmed?",
        "a close of one lot more than is held", trials.oversized_reduce, "oversized_reduce",
    ),
    Experiment(
        3, "What does close-position say while a closing order rests?",
        "a reducing limit, then close-position", trials.close_with_an_order_in_the_way,
    ),
    Experiment(
        4, "Does cancel-all-after take conditional orders off too?",
        "a bid and a stop, and a timer of ten seconds for their tag", trials.timer_cancels_algos,
        "timer_cancels_algos",
    ),
    Experiment(
        5, "With which code is a conditional order answered that does not exist?",
        "a question for an id that was never given", trials.algo_missing_code, "algo_missing_code",
    ),
    Experiment(
        6, "With which code is a history of conditional orders answered that names no state?",
        "one question", trials.history_without_a_state,
    ),
    Experiment(
        7, "With which code is an order refused that is past its expTime?",
        "a bid that expired a minute ago", trials.expired_code, "expired_code",
    ),
    Experiment(
        8, "How long does a new order not show when it is asked for?",
        "a bid, asked for twice a second", trials.visible_after_ms, "visible_after_ms",
    ),
    Experiment(
        9, "May the id of a conditional order be used again once that order ended?",
        "a stop, cancelled and placed anew", trials.algo_id_reuse, "algo_id_reuse",
    ),
    Experiment(
        10, "Does order-algo take the old clOrdId for the order's id?",
        "a stop with clOrdId alone", trials.algo_takes_cl_ord_id, "algo_takes_cl_ord_id",
    ),
    Experiment(
        11, "Does the archive show orders that were cancelled unfilled more than two hours ago?",
        "it would show after two hours, and a probe is over in minutes",
    ),
    Experiment(
        12, "Which HTTP status has the code that says: too many requests?",
        "fourteen questions at once, of which five are allowed", answers.rate_limit_status,
        "rate_limit_status",
    ),
    Experiment(
        13, "Is a stop taken while the coin is flat?",
        "a stop without a position", trials.conditional_while_flat, "conditional_while_flat",
        ability=("stop_first", {True: "accepted", False: "refused"}),
    ),
    Experiment(
        14, "Can a stop that came with an entry only reduce, in net mode?",
        "an entry with a stop", trials.attached_reduces, "attached_reduces",
    ),
    Experiment(
        15, "Does the history of positions keep a row of each partial close?",
        "a position closed in two parts", trials.history_keeps_parts, "history_keeps_parts",
    ),
    Experiment(
        16, "Are trigger orders taken in net mode?",
        "one far below the market", trials.triggers_in_net, "triggers_in_net",
    ),
    Experiment(
        17, "Is reduceOnly honoured by trigger orders?",
        "one close to mark while the coin is flat; waits until it fires", trials.triggers_reduce,
        "triggers_reduce",
    ),
    Experiment(
        18, "Does an attached stop exist for each part that fills, or for the whole alone?",
        "a limit just larger than the best level, where that is small enough", trials.attach, "attach",
        ability=("attach", {"whole": "whole", "pro_rata": "pro_rata"}),
    ),
    Experiment(
        19, "Does an entry that filled in part and was cut get its attached stop?",
        "the same, cut at once", trials.attached_after_cut, "attached_after_cut",
    ),
    Experiment(
        20, "With which code is a key refused that nobody has?",
        "a question signed with one", answers.missing_key_code, "missing_key_code",
    ),
    Experiment(
        21, "Which level has the account?", "one question", answers.account_level, "account_level",
    ),
    Experiment(
        22, "What ends when two orders of the account meet?", "one question", answers.self_trade,
        "self_trade",
    ),
    Experiment(
        23, "Does the account hold both legs of a coin apart?", "one question", answers.two_sided,
        "two_sided",
    ),
    Experiment(
        24, "Does a refused key's answer have an empty list of data?", "as number 20",
        answers.refusal_has_data,
    ),
    Experiment(
        25, "What is a key told that asks the other of the two environments?",
        "a question with the header of the other one", answers.other_environment,
    ),
    Experiment(
        26, "With which status is a path answered that does not exist?", "one question",
        answers.unknown_path,
    ),
    Experiment(
        27, "What does failCode 1000 mean?",
        "nobody knows how to make a conditional order fail with it",
    ),
    Experiment(
        28, "Which pages does the front show instead of JSON?",
        "only an outage or a flood would show them",
    ),
    Experiment(
        29, "Do refusals for too large a position come as one code, or as a code and a further one?",
        "it takes an order far larger than any amount that a probe may spend",
    ),
    Experiment(
        30, "Does the look-up of an order find one that was cancelled unfilled two hours ago?",
        "it takes two hours, and a probe is over in minutes",
    ),
)  # fmt: skip
