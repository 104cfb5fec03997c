"""What positions realised in their lives: each part once, and what stood at midnight before it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.okx_answers import Row
from tests.support.okx_money import a_standing_position, an_ended_position
from trader.core.errors import Malformed
from trader.core.past import Cause, Gain
from trader.venues.okx.lives import Life, Times, ended, lives_of, standing, told_late

DAY_MS = 86_400_000
MIDNIGHT_MS = 20_000 * DAY_MS
HOUR_MS = 3_600_000
TIMES = Times(MIDNIGHT_MS - 30 * DAY_MS, MIDNIGHT_MS, MIDNIGHT_MS + 12 * HOUR_MS)
SOL = "SOL-USDT-SWAP"
SAMPLES = Path(__file__).parents[3] / "fixtures" / "okx" / "samples"
# Two rows of one life, and the row of another, as they were published.
PART = an_ended_position(
    1785352091898, cTime="1785309134228", posId="3785165892823834624", type="1", pnl="16.983725",
    fee="-0.6346488", fundingFee="-2.3776671026", realizedPnl="13.9714090974",
)  # fmt: skip
END = PART | {
    "uTime": "1785374042629",
    "type": "2",
    "pnl": "63.5959",
    "fee": "-1.03364905",
    "realizedPnl": "60.1845838474",
}
FUNDED = an_ended_position(
    1711088748170, cTime="1708735940395", posId="681423155054862336", pnl="27.11999999999988", fee="-1.69566",
    fundingFee="-11.870404179341788", realizedPnl="13.553935820658092",
)  # fmt: skip


def life(*rows: Row, now: Row | None = None) -> Life:
    (found,) = lives_of(ended(list(rows)), standing([now] if now else []))
    return found


def a_row(
    hours: int, *, opened: int, pnl: str = "0", fee: str = "0", funding: str = "0", **more: object
) -> Row:
    """A row of the history; hours count from midnight."""
    total = str(Decimal(pnl) + Decimal(fee) + Decimal(funding))
    told = {"pnl": pnl, "fee": fee, "fundingFee": funding, "realizedPnl": total}
    opened_ms = str(MIDNIGHT_MS + opened * HOUR_MS)
    return an_ended_position(MIDNIGHT_MS + hours * HOUR_MS, cTime=opened_ms, **told) | more


def now_row(*, opened: int, **told: str) -> Row:
    row = a_row(1, opened=opened, **told)
    names = ("cTime", "pnl", "fee", "fundingFee", "realizedPnl")
    return a_standing_position(**{name: row[name] for name in names})


def late(*lives: Life, **day: str) -> list[tuple[int, Decimal, Cause]]:
    """What is told late, with the day's gains by cause."""
    gains = [Gain(MIDNIGHT_MS + 1, Decimal(amount), Cause(cause), "SOL") for cause, amount in day.items()]
    return [(gain.at_ms, gain.amount, gain.cause) for gain in told_late(lives, {SOL: gains}, TIMES)]


def totals(gains: list[Gain]) -> dict[Cause, Decimal]:
    return {cause: sum((g.amount for g in gains if g.cause is cause), Decimal(0)) for cause in Cause}


@pytest.mark.parametrize("rows", [[PART, END], [END, PART], [END], [END, END, PART]])
def test_of_a_life_with_several_rows_the_newest_is_the_sum(rows: list[Row]) -> None:
    found = life(*rows)
    gains = found.gains_between(since_ms=0, until_ms=1 << 44)
    assert sum(gain.amount for gain in gains) == Decimal("60.1845838474")
    assert totals(gains)[Cause.FUNDING] == Decimal("-2.3776671026")
    assert {gain.at_ms for gain in gains} == {int(str(row["uTime"])) for row in rows}


def test_a_number_that_is_used_again_is_another_life() -> None:
    again = END | {"cTime": "1785418641884", "uTime": "1785418948697"}
    assert len(lives_of(ended([END, again]), [])) == 2


def test_rows_that_were_published_are_understood() -> None:
    assert totals(life(FUNDED).gains_between(since_ms=0, until_ms=1 << 44))[Cause.FUNDING] == Decimal(
        "-11.870404179341788"
    )
    sample = json.loads((SAMPLES / "GetAccountPositionHistory.json").read_text())["data"]
    assert [row.is_counted for row in ended(sample)] == [False], "a position that is kept in BTC"
    assert lives_of(ended(sample), []) == []
    open_now = json.loads((SAMPLES / "GetAccountPositions.json").read_text())["data"]
    assert [row.is_counted for row in standing(open_now)] == [False]


def test_what_was_closed_on_the_day_is_left_to_its_bills() -> None:
    rows = [a_row(-2, opened=-9, pnl="-3", fee="-1"), a_row(5, opened=-9, pnl="-10", fee="-2")]
    gains = life(*rows).gains_between(since_ms=TIMES.since_ms, until_ms=MIDNIGHT_MS)
    assert totals(gains)[Cause.CLOSED] == -3


def test_what_is_older_than_the_window_is_known_and_not_counted() -> None:
    rows = [a_row(-40 * 24, opened=-50 * 24, pnl="100"), a_row(-10, opened=-50 * 24, pnl="70")]
    gains = life(*rows).gains_between(since_ms=TIMES.since_ms, until_ms=MIDNIGHT_MS)
    assert [gain.amount for gain in gains] == [-30]


# What stood at midnight


def test_the_costs_of_a_position_that_stood_at_midnight_are_of_before() -> None:
    found = life(now=now_row(opened=-5, fee="-0.1", funding="-0.05"))
    opened_ms = MIDNIGHT_MS - 5 * HOUR_MS
    assert late(found, funding="-0.02") == [
        (opened_ms, Decimal("-0.1"), Cause.FEE),
        (opened_ms, Decimal("-0.03"), Cause.FUNDING),
    ]


def test_what_the_history_told_by_midnight_is_not_told_again() -> None:
    part = a_row(-2, opened=-5, pnl="-3", fee="-0.15")
    found = life(part, now=now_row(opened=-5, pnl="-3", fee="-0.15", funding="-0.01"))
    assert [amount for _, amount, _ in late(found)] == [Decimal("-0.01")]
    closed = life(part, a_row(6, opened=-5, pnl="-8", fee="-0.2"))
    assert late(closed, closed="-5", fee="-0.05") == []


def test_a_position_of_the_day_alone_leaves_nothing_over() -> None:
    assert late(life(a_row(6, opened=2, pnl="-8", fee="-0.2")), closed="-8", fee="-0.2") == []
    assert late(life(now=now_row(opened=2, fee="-0.1")), fee="-0.1") == []


def test_it_is_told_no_earlier_than_the_window_begins() -> None:
    found = life(now=now_row(opened=-60 * 24, fee="-0.1"))
    assert [at_ms for at_ms, _, _ in late(found)] == [TIMES.since_ms]


def test_a_close_that_its_bill_does_not_tell_yet_counts_where_it_is_a_loss() -> None:
    lost = life(a_row(6, opened=2, pnl="-8", fee="-0.2"))
    assert late(lost, fee="-0.1") == [(TIMES.now_ms, Decimal("-8.1"), Cause.OTHER)]
    won = life(a_row(6, opened=2, pnl="8", fee="-0.2"))
    assert late(won, fee="-0.1") == []


def test_a_loss_that_the_history_does_not_tell_yet_is_never_evened_out() -> None:
    earlier = life(a_row(1, opened=0, pnl="-1"))
    assert late(earlier, closed="-51") == []


def test_two_legs_of_one_coin_share_its_bills() -> None:
    long = life(now=now_row(opened=-5, fee="-0.1"))
    short = life(a_row(3, opened=1, pnl="4", fee="-0.2", posId="2"))
    found = late(long, short, closed="4", fee="-0.2")
    assert found == [(MIDNIGHT_MS - 5 * HOUR_MS, Decimal("-0.1"), Cause.FEE)]


@pytest.mark.parametrize(
    "key", ["posId", "cTime", "uTime", "instId", "ccy", "pnl", "fee", "fundingFee", "realizedPnl"]
)
def test_a_row_that_lacks_something_is_malformed(key: str) -> None:
    for parse, row in ((ended, an_ended_position()), (standing, a_standing_position())):
        assert parse([row])
        del row[key]
        with pytest.raises(Malformed, match=key):
            parse([row])


def test_a_part_that_has_no_field_here_is_not_passed_over() -> None:
    with pytest.raises(Malformed, match="not the sum of its parts"):
        ended([an_ended_position(realizedPnl="-3.25")])
    (row,) = ended([an_ended_position(liqPenalty="-1", realizedPnl="-3.25")])
    assert row.amounts[Cause.OTHER] == -1
