"""Makes the experiments one after the other, and leaves the account flat whatever becomes of them.

Rules: one that comes to nothing says why and the next one is made. When the account cannot be made flat again
nothing more is tried. Being told to stop ends the series after the experiment that runs.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

from trader.core.errors import Denied, Malformed, Unavailable
from trader.probe.bench import PACE_S, Bench, Hand
from trader.probe.experiments import Answer, Experiment, Unanswered
from trader.probe.facts import Fact, Facts

Tell = Callable[[Fact], None]


def made(
    bench: Bench,
    hand: Hand,
    experiments: Sequence[Experiment],
    *,
    network: str,
    only: Collection[int] = (),
    tell: Tell = lambda _fact: None,
    keep: Callable[[Facts], None] = lambda _facts: None,
) -> Facts:
    """All facts, numbered; `keep` gets what is known after each experiment, so that a kill loses one at most.

    Raises ConfigError when the coin is not free and NotFlat when it cannot be left flat.
    """
    found: list[Fact] = []

    def facts() -> Facts:
        return Facts(bench.venue.name, network, bench.coin, _now(bench), tuple(found))

    bench.begin(hand)
    for experiment in experiments:
        if only and experiment.number not in only:
            found.append(_fact(bench, experiment, None, "not asked for in this run"))
            continue
        found.append(_one(bench, hand, experiment))
        tell(found[-1])
        keep(facts())
    return facts()


def _one(bench: Bench, hand: Hand, experiment: Experiment) -> Fact:
    bench.words.clear()
    bench.number = experiment.number
    if experiment.trial is None:
        return _fact(bench, experiment, None, f"not tried: {experiment.how}")
    if bench.stop_requested():
        return _fact(bench, experiment, None, "not tried: the probe was told to stop")
    bench.clock.sleep(PACE_S)
    answer: Answer | None = None
    try:
        answer = experiment.trial(hand)
        remark = answer.remark
    except (Unanswered, Unavailable, Denied, Malformed) as error:
        remark = str(error)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        remark = f"an answer could not be understood ({error!r}); see the words"
    finally:
        words = tuple(bench.words)
        bench.clean(hand)
    return _fact(bench, experiment, answer, remark, words)


def _fact(
    bench: Bench, experiment: Experiment, answer: Answer | None, remark: str, words: tuple[str, ...] = ()
) -> Fact:
    return Fact(
        number=experiment.number,
        question=experiment.question,
        sets=experiment.sets,
        answered=answer is not None,
        answer=None if answer is None else answer.value,
        remark=remark,
        words=words,
        at=_now(bench),
    )


def _now(bench: Bench) -> str:
    return datetime.fromtimestamp(bench.clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
