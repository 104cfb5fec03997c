"""Numbers that make an action count once."""

from hypothesis import given
from hypothesis import strategies as st

from trader.venues.hyperliquid.nonces import Nonces, entry_nonce

BAR_CLOSE_MS = 1_750_003_200_000


@given(st.lists(st.integers(1_700_000_000_000, 1_700_000_000_400), max_size=40))
def test_they_rise_are_even_and_stay_near_the_clock(moments: list[int]) -> None:
    nonces = Nonces()
    given_out = [nonces.next(moment) for moment in moments]
    assert given_out == sorted(set(given_out))
    assert all(nonce % 2 == 0 for nonce in given_out)
    assert all(nonce >= moment for nonce, moment in zip(given_out, moments, strict=True))
    assert all(nonce <= max(moments) + 2 * len(moments) + 1 for nonce in given_out)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 3))
def test_an_entry_has_the_number_of_its_signal_alone(coin: int, other: int, bars: int) -> None:
    nonce = entry_nonce(BAR_CLOSE_MS, coin)
    assert nonce % 2 == 1
    assert nonce == entry_nonce(BAR_CLOSE_MS, coin)
    another = entry_nonce(BAR_CLOSE_MS + bars * 1_800_000, other)
    assert (another == nonce) == (coin == other and bars == 0)
