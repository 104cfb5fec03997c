"""A position of which a part is somebody else's: whose stops count for which part."""

import pytest

from tests.support.judge_bench import Bench, bare, own_stop
from tests.support.model_exchange import limit, place, stop
from trader.exchange.model import Model
from trader.exchange.status import Tif


@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [
        pytest.param(False, "1", {"I1"}, id="his guards his part"),
        pytest.param(False, "2", set(), id="his is large enough for both"),
        pytest.param(True, "1", set(), id="ours guards ours"),
    ],
)
def test_a_stop_of_another_hand_guards_its_own_part_first(own: bool, theirs: str, expected: set[str]) -> None:
    def act(model: Model) -> None:
        bare(model)
        place(model, limit("buy", "1", "200", tif=Tif.IOC))
        place(model, stop("sell", theirs, "95"))
        if own:
            own_stop(model, "94")

    bench = Bench(prepare=act)
    bench.run(disturbed=True, code=0)
    assert bench.names == expected
