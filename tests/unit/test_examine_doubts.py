"""A fill that cannot have happened where it was counted puts its own slot in doubt while that round lasts."""

from tests.support.builders import ABILITIES, a_fill, a_policy, a_position, a_stop, holdings
from trader.core.report import Protected, Unread
from trader.examine import examine


def test_a_fill_in_doubt_puts_its_own_slot_in_doubt_and_no_other() -> None:
    """Somebody traded against our entry: that coin is unread, the other's missing stop is still seen."""
    strange = a_fill("0.01", "-0.01", doubt="BTC: it was an entry of ours")
    bare = a_fill(coin="ETH", fill_id="2")
    reading = holdings([a_position(coin="ETH")], (), [strange, bare])
    proofs, cases = examine(reading, a_policy(), ABILITIES)
    assert [(type(proof), proof.coin) for proof in proofs] == [(Unread, "BTC")]
    assert [case.coin for case in cases] == ["ETH"]


def test_a_doubt_of_an_older_round_is_over() -> None:
    strange = a_fill("0.01", "-0.01", doubt="BTC: it was an entry of ours", at_ms=1_000_000)
    again = a_fill("0.01", fill_id="2", at_ms=2_000_000)
    reading = holdings([a_position()], [a_stop()], [strange, again])
    proofs, cases = examine(reading, a_policy(), ABILITIES)
    assert [type(proof) for proof in proofs] == [Protected]
    assert cases == []
