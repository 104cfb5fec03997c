"""The page that follows a full one begins where that one ended, whichever end the venue began with."""

from collections.abc import Sequence

import pytest

from trader.core.wire import Request
from trader.venues.hyperliquid.rounds import rest_of


@pytest.mark.parametrize(
    ("times", "asked", "twice"),
    [((10, 20, 30), (30, None), 30), ((30, 20, 10), (5, 10), 10), ((10, 10, 10), (10, None), 10)],
)
def test_the_next_page(times: Sequence[int], asked: tuple[int, int | None], twice: int) -> None:
    heard: list[tuple[int, int | None]] = []

    def ask(since_ms: int, until_ms: int | None) -> Request:
        heard.append((since_ms, until_ms))
        return Request("https://nowhere")

    assert rest_of(ask, times, 5)[1] == twice
    assert heard == [asked]
