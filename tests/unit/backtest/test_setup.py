"""From settings to a study: what the file says goes before what is usual, 0 too."""

import pytest

from trader import config
from trader.backtest.setup import fees_of
from trader.backtest.study import Fees


@pytest.mark.parametrize(
    ("said", "fees"),
    [
        ((), Fees(0.0002, 0.0005)),
        (("backtest.fees.maker=0", "backtest.fees.taker=0"), Fees(0.0, 0.0)),
        (("backtest.fees.maker=-0.0001",), Fees(-0.0001, 0.0005)),
        (("backtest.fees.taker=0.001",), Fees(0.0002, 0.001)),
    ],
)
def test_fees_are_those_of_the_file(said: tuple[str, ...], fees: Fees) -> None:
    assert fees_of(config.load(None, said).settings, Fees(0.0002, 0.0005)) == fees
