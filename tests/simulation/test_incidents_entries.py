"""Incidents of entries, reproduced on the embedded exchange: D1 to D3."""

from decimal import Decimal

import pytest

from tests.support.scenes import (
    CLOSE_MS,
    code,
    drive,
    entries_filled,
    stage,
    stage_with_position,
    trade_by_hand,
)
from trader.core.actions import Enter
from trader.core.report import Exit
from trader.core.wire import Request
from trader.run import Ran

ENTRY_TICK_REQUESTS = 30


def sent(ran: Ran | None, kind: type) -> list[object]:
    assert ran is not None
    return [d.action for d in ran.done if isinstance(d.action, kind)]


def has_write(request: Request) -> bool:
    return request.url.endswith("/exchange")


class TestD1:
    """Two runs of the same executor overlapped, both saw flat, both bought."""

    @pytest.mark.parametrize("boundary", range(1, ENTRY_TICK_REQUESTS))
    def test_two_hosts_without_a_shared_lock(self, boundary: int) -> None:
        """The second host's whole tick happens inside the first one's, at each of its requests."""
        made = stage()
        other = made.another_host()
        second: list[Ran | None] = []

        def barge_in(number: int, _request: Request) -> None:
            if number == boundary and not second:
                second.append(other.run())

        made.host.mount.before_request = barge_in
        first = made.host.run()
        made.host.mount.before_request = None
        both = [first, *second]
        if entries_filled(made, "BTC") > 1:
            assert Exit.OTHER_HOST in {code(ran) for ran in both}, "a double entry that nobody noticed"
        assert made.is_covered("BTC")
        made.pass_time(5)
        assert sent(made.host.run(), Enter) == [], "a third entry"
        assert entries_filled(made, "BTC") <= 2

    def test_the_same_agent_on_two_machines_enters_once(self) -> None:
        """The entry's nonce comes from the signal, so the venue itself refuses the second."""
        made = stage(overrides=["sizing.leverage=20"])
        twin = type(made.host)(made, made.clock, made.host.pen)

        def barge_in(_number: int, request: Request) -> None:
            if has_write(request):
                made.host.mount.before_request = None
                twin.run()

        made.host.mount.before_request = barge_in
        made.host.run()
        assert entries_filled(made, "BTC") == 1
        assert made.is_covered("BTC")


class TestD2:
    """No look at existing positions before the order."""

    def test_positions_and_orders_are_read_before_the_first_write(self) -> None:
        made = stage()
        seen: list[str] = []

        def note(_number: int, request: Request) -> None:
            seen.append("write" if has_write(request) else request.body.decode())

        made.host.mount.before_request = note
        made.host.run()
        before = "".join(seen[: seen.index("write")])
        assert "clearinghouseState" in before
        assert "frontendOpenOrders" in before

    def test_a_position_that_is_open_is_not_doubled(self) -> None:
        made = stage()
        trade_by_hand(made, "BTC", "0.002")
        assert sent(made.host.run(), Enter) == []
        assert made.size("BTC") == Decimal("0.002")

    @pytest.mark.parametrize(
        "read", ["frontendOpenOrders", "candleSnapshot", "orderStatus", "clearinghouseState", "userFills"]
    )
    def test_a_position_that_fills_between_two_reads_is_seen(self, read: str) -> None:
        """Orders are read before positions: a fill in between is seen twice, never nowhere."""
        made = stage()
        other = made.another_host()

        def barge_in(_number: int, request: Request) -> None:
            if read.encode() in request.body:
                made.host.mount.before_request = None
                other.run()

        made.host.mount.before_request = barge_in
        assert sent(made.host.run(), Enter) == []
        assert entries_filled(made, "BTC") == 1


class TestD3:
    """A cooldown blocked legitimate signals."""

    def test_two_signals_one_bar_apart_both_trade(self) -> None:
        made = stage_with_position(overrides=["markets.BTC.params.vol_threshold=0.05"])
        drive(made, "BTC", 103_500.0)
        assert made.size("BTC") == 0, "the target was hit inside the next bar"
        made.pass_time((CLOSE_MS + 1_800_000 + 15_000 - made.clock.now_ms()) / 1000)
        ran = made.host.run()
        assert ran is not None and ran.verdict is not None
        for refused in ran.verdict.refused:
            assert "cooldown" not in refused.reason
        assert len(sent(ran, Enter)) == 1, ran.verdict.wants
        assert entries_filled(made, "BTC") == 2
