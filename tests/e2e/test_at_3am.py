"""docs/at-3am.md: each exit code is brought about, and the page's own lines end covered or flat.

The lines are real processes on a machine of their own, the exchange is served over HTTP, and its books are
the witness. What was wrong with the venue is over when somebody opens the page.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.machine import ended, wait_until_it_waits
from tests.support.scenes import stage, trade_by_hand
from tests.support.served import Held, Served, any_request
from tests.support.source_tree import ROOT
from tests.support.starts import STARTS
from trader.core.report import Exit, worst
from trader.core.wire import Request
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

PAGE = (ROOT / "docs/at-3am.md").read_text(encoding="utf-8")
WRONG = "limits: {notional_max: many}\n"
HASTE = 60
TO_THE_KEYBOARD_S = 60


def blocks() -> dict[int, list[list[str]]]:
    """The commands of each code's page, without the program's name."""
    found = {}
    for part in re.split(r"^## ", PAGE, flags=re.M)[1:]:
        lines = [
            line for block in re.findall(r"```sh\n(.*?)```", part, flags=re.S) for line in block.splitlines()
        ]
        assert lines and all(line.startswith("trader ") for line in lines), part
        found[int(part.split()[0])] = [shlex.split(line)[1:] for line in lines]
    return found


@dataclass(frozen=True)
class Trouble:
    """How a code comes about in a run whose clock the test moves: what the account holds, what goes wrong at
    the venue, and what is called."""

    start: Callable[[], Stage]
    faults: tuple[Fault, ...] = ()
    call: Callable[[Stage], Ran | None] = lambda made: made.host.run()


def _check(made: Stage) -> Ran | None:
    return made.host.check()


def _another_host_enters(made: Stage) -> Ran | None:
    """The second machine's whole run happens just before the first write of ours."""
    other, second = made.another_host(), list[Ran | None]()

    def barge_in(_number: int, request: Request) -> None:
        if request.is_write and not second:
            second.append(other.run())

    made.host.mount.before_request = barge_in
    ran = made.host.run()
    made.host.mount.before_request = None
    return ran


def _foreign() -> Stage:
    made = stage(())
    trade_by_hand(made, "BTC", "0.002")
    return made


REFUSED = Fault("V1", is_write=True, times=0, params={"text": "Order rejected."})
TROUBLES: Mapping[int, Trouble] = {
    0: Trouble(STARTS["position"]),
    10: Trouble(STARTS["position"], (Fault("T2", what="candleSnapshot", times=0),)),
    11: Trouble(STARTS["signal"], (Fault("V20"),)),
    12: Trouble(STARTS["position"], (Fault("H15", what="candleSnapshot", times=0),)),
    20: Trouble(STARTS["naked"], (REFUSED,)),
    21: Trouble(STARTS["naked"], (Fault("V6", is_write=True, times=2),)),
    22: Trouble(
        STARTS["naked"],
        (
            Fault("T8", is_write=True),
            Fault("H4", what="orderStatus", times=0),
            Fault("H4", what="historicalOrders", times=0),
        ),
    ),
    23: Trouble(STARTS["position"], (Fault("H4", what="frontendOpenOrders", times=0),)),
    24: Trouble(STARTS["signal"], call=_another_host_enters),
    25: Trouble(_foreign, call=_check),
}


@pytest.mark.parametrize("code", TROUBLES)
def test_the_lines_of_the_page_end_covered_or_flat(code: int, tmp_path: Path) -> None:
    trouble = TROUBLES[code]
    made = trouble.start()
    made.faults(*trouble.faults)
    ran = trouble.call(made)
    assert ran is not None
    assert worst(ran.codes) == code, (ran.codes, ran.problems)
    made.faults()
    made.pass_time(TO_THE_KEYBOARD_S)
    with Served(made, tmp_path) as served:
        _paste(served, code)


def test_after_a_wrong_command_line(tmp_path: Path) -> None:
    with Served(STARTS["naked"](), tmp_path) as served:
        assert ended(served.start("run", "--coins", "BTC")).code == Exit.USAGE
        _paste(served, Exit.USAGE)


def test_after_a_bug_in_every_decision(tmp_path: Path) -> None:
    with Served(STARTS["naked"](), tmp_path) as served:
        assert ended(served.start("run", options=["bug"])).code == Exit.BROKEN
        _paste(served, Exit.BROKEN)


def test_after_a_lock_that_stayed_busy(tmp_path: Path) -> None:
    with Served(STARTS["naked"](), tmp_path) as served:
        held = Held(served.line, any_request)
        other = served.start("run")
        held.wait()
        waiting = served.start("check-sl", haste=HASTE, options=["announce"])
        wait_until_it_waits(waiting)
        assert ended(waiting).code == Exit.BUSY
        held.let_go()
        assert ended(other).code == Exit.OK
        served.line.before = None
        _paste(served, Exit.BUSY)


def test_after_a_file_that_cannot_be_read_as_meant(tmp_path: Path) -> None:
    with Served(STARTS["naked"](), tmp_path, extra=WRONG) as served:
        assert ended(served.start("run")).code == Exit.CONFIG
        _paste(served, Exit.CONFIG)


def _paste(served: Served, code: int) -> None:
    """Every line of the page, as it stands there; then the books."""
    for arguments in blocks()[code]:
        after = ended(served.start(*arguments))
        assert after.code not in (Exit.USAGE, Exit.NAKED, Exit.BROKEN), (arguments, after)
    bare = [coin for coin in served.made.coins_held() if not served.made.is_covered(coin)]
    assert bare == [], (code, bare)


def test_every_code_has_its_page() -> None:
    elsewhere = {Exit.USAGE, Exit.BROKEN, Exit.BUSY, Exit.CONFIG}
    assert set(blocks()) == {int(code) for code in Exit}
    assert {*TROUBLES, *elsewhere} == set(Exit)
