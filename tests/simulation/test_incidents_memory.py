"""Incidents of memory, prices and reasons: A1, A3, A7, A11 to A13, A15, and what a cold start must see."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.scenes import (
    NOW_MS,
    cancel_stops,
    code,
    drive,
    stage,
    stage_with_position,
    stops,
    trade_by_hand,
)
from trader.closing import Wish, protect
from trader.core.actions import Cancel, Close, Enter, PlaceExit
from trader.core.errors import ConfigError
from trader.core.identity import Identity, Role, decode, encode
from trader.core.orders import Unreadable
from trader.core.ports import FILLS_BACK_MS
from trader.core.report import Exit
from trader.core.target import WantHold
from trader.exchange.orders import OrderSpec
from trader.rehearsal import Stage
from trader.report.trades import rebuild
from trader.run import Ran
from trader.sim.faults import Fault

VERSION_SHIFT = 116  # where the version stands in an id


def kinds(ran: Ran | None) -> list[str]:
    assert ran is not None
    return [type(d.action).__name__ for d in ran.done]


@pytest.mark.parametrize("way", ["run", "check"])
def test_a1_a_position_that_is_found_has_its_stop_verified(way: str) -> None:
    made = stage_with_position()
    before = stops(made, "BTC")
    cancel_stops(made, "BTC")
    ran = made.host.run() if way == "run" else made.host.check()
    assert made.is_covered("BTC")
    assert stops(made, "BTC") == before, "at the level that the position already had"
    assert code(ran) is Exit.OK


def test_a1_no_repair_only_looks() -> None:
    made = stage_with_position()
    cancel_stops(made, "BTC")
    ran = made.host.check(repair=False)
    assert code(ran) is Exit.NAKED
    assert kinds(ran) == []


@pytest.mark.parametrize("variant", ["zero", "nan", "negative", "crossed", "stale", "missing"])
def test_a3_prices_that_cannot_be_decide_nothing(variant: str) -> None:
    """The ticker gave 0 during a reconnect: every stop looked breached."""
    made = stage_with_position()
    live, size = stops(made, "BTC"), made.size("BTC")
    made.faults(Fault("V14", what="metaAndAssetCtxs", times=0, params={"variant": variant}))
    ran = made.host.run()
    assert [k for k in kinds(ran) if k in ("Enter", "Close", "Cancel")] == []
    assert (stops(made, "BTC"), made.size("BTC")) == (live, size)


@pytest.mark.parametrize("variant", ["zero", "nan", "negative", "crossed", "missing"])
def test_a3_prices_that_cannot_be_enter_nothing(variant: str) -> None:
    made = stage(("BTC", "ETH"))
    made.faults(Fault("V14", what="metaAndAssetCtxs", times=0, params={"variant": variant}))
    assert "Enter" not in kinds(made.host.run())
    assert made.coins_held() == []


@pytest.mark.parametrize(
    ("prices", "role"),
    [((94_000.0,), Role.STOP), ((103_500.0,), Role.TARGET)],
    ids=["stop", "target"],
)
def test_a7_the_reason_of_an_exit_is_its_id(prices: tuple[float, ...], role: Role) -> None:
    made = stage_with_position()
    drive(made, "BTC", *prices)
    assert made.size("BTC") == 0
    last = made.model.fills(made.user)[-1]
    identity = decode(last.cloid)
    assert isinstance(identity, Identity)
    assert identity.role is role
    fills = made.host.env().venue.inspect(FILLS_BACK_MS).fills
    assert not isinstance(fills, Unreadable)
    assert [t.reason for t in rebuild(fills, (), made.tag)] == [role.name.lower()]


def test_a11_a_level_with_too_many_decimals_is_sent_by_the_venues_rule() -> None:
    """A stop price with more decimals than the venue takes was refused for ever."""
    made = stage(())
    trade_by_hand(made, "ETH", "0.1")
    ran = protect(
        made.host.env(), made.policy(), Wish("ETH", Decimal("1234.56789"), None, False), lambda _: True
    )
    assert code(ran) is Exit.OK
    assert stops(made, "ETH") == [Decimal("1234.6")]


def test_a12_a_restart_cancels_no_stop_of_an_open_position() -> None:
    """On restart a clean-up cancelled all orders, stops included: naked for three hours."""
    made = stage_with_position()
    before = {o.oid for o in made.model.open_orders(made.user)}
    for _ in range(3):
        assert kinds(made.host.run()) == []
        made.pass_time(60)
    assert {o.oid for o in made.model.open_orders(made.user)} == before


def test_a12_stops_of_another_configuration_stay() -> None:
    """The account is renamed and the coin leaves the file: the position keeps its stop and is verified."""
    made = stage_with_position()
    live = stops(made, "BTC")
    markets = {coin: m for coin, m in made.settings.markets.items() if coin != "BTC"}
    made.settings = replace(made.settings, account="renamed", markets=markets)
    ran = made.host.run()
    assert kinds(ran) == []
    assert stops(made, "BTC") == live
    cancel_stops(made, "BTC")
    made.pass_time(60)
    assert code(made.host.check()) is Exit.OK
    assert stops(made, "BTC") == live


def test_a12_an_order_of_a_later_version_is_ours_and_left_alone() -> None:
    """A copy of a later version rests an order there: no entry beside it, and it is not taken away."""
    known, made = stage(), stage()
    known.host.run()
    text = known.model.fills(known.user)[0].cloid or ""
    later = f"0x{int(text, 16) + (1 << VERSION_SHIFT):032x}"
    placed = made.model.place(
        made.user, [OrderSpec("BTC", True, Decimal(90_000), Decimal("0.001"), cloid=later)]
    )
    assert placed[0].reason is None
    for run in (made.host.run, made.host.check):
        ran = run()
        assert ran is not None and kinds(ran) == []
        assert ["of another version" in told for told in ran.problems] == [True]
        made.pass_time(10)
    assert [o.cloid for o in made.model.open_orders(made.user)] == [later]


def test_a13_a_fresh_process_does_not_close_a_healthy_position() -> None:
    """Zeroed memory made an old position look new; here the entry's time is read off the exchange."""
    made = stage_with_position()
    drive(made, "BTC", *([101_900.0] * 90))
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    wanted = ran.verdict.wants["BTC"]
    assert isinstance(wanted, WantHold), wanted
    assert "held 3 of" in wanted.reason
    assert made.size("BTC") != 0


class TestA15:
    """An operator placing a stop by hand used the wrong command and sold at market."""

    def placed(self, made: Stage, wish: Wish) -> Ran:
        return protect(made.host.env(), made.policy(), wish, lambda _preview: True)

    def test_protect_places_a_stop_and_nothing_else(self) -> None:
        made = stage_with_position()
        cancel_stops(made, "BTC")
        ran = self.placed(made, Wish("BTC", Decimal(96_000), None, False))
        assert [type(d.action) for d in ran.done] == [PlaceExit]
        assert stops(made, "BTC") == [Decimal(96_000)]
        assert made.size("BTC") > 0

    def test_a_foreign_position_can_be_protected(self) -> None:
        made = stage(())
        trade_by_hand(made, "ETH", "-0.1")
        ran = self.placed(made, Wish("ETH", None, Decimal("0.05"), False))
        assert code(ran) is Exit.OK
        assert made.is_covered("ETH")

    @pytest.mark.parametrize("price", [100_800, 120_000])
    def test_a_stop_that_would_sell_at_once_is_refused(self, price: int) -> None:
        made = stage_with_position()
        size = made.size("BTC")
        with pytest.raises(ConfigError, match="would close at once"):
            self.placed(made, Wish("BTC", Decimal(price), None, False))
        assert made.size("BTC") == size

    @pytest.mark.parametrize("price", [5, 50_000])
    def test_a_stop_that_no_market_reaches_is_refused(self, price: int) -> None:
        """Five, where five percent was meant."""
        made = stage_with_position()
        cancel_stops(made, "BTC")
        with pytest.raises(ConfigError, match="too far to be meant; write 61000 for a price, 5% for"):
            self.placed(made, Wish("BTC", Decimal(price), None, False))
        assert stops(made, "BTC") == []

    def test_a_looser_stop_needs_the_word(self) -> None:
        made = stage_with_position()
        with pytest.raises(ConfigError, match="--loosen"):
            self.placed(made, Wish("BTC", Decimal(90_000), None, False))
        self.placed(made, Wish("BTC", Decimal(90_000), None, True))
        assert stops(made, "BTC") == [Decimal(90_000)]

    def test_without_consent_nothing_is_sent(self) -> None:
        made = stage_with_position()
        wish = Wish("BTC", Decimal(99_000), None, False)
        ran = protect(made.host.env(), made.policy(), wish, lambda _preview: False)
        assert ran.done == []

    def test_nothing_to_protect(self) -> None:
        with pytest.raises(ConfigError, match="no position is open"):
            self.placed(stage(()), Wish("BTC", Decimal(90_000), None, False))


def test_between_ticks_every_local_memory_may_vanish() -> None:
    """Two stages see the same market; one host keeps its objects, the other is born anew at each tick."""
    kept, reborn = stage(), stage()
    for number in range(4):
        for made in (kept, reborn):
            made.clock.advance_to(NOW_MS + number * 1_800_000)
            made.settle()
        reborn.host = type(reborn.host)(reborn, reborn.clock, reborn.host.pen)
        first, second = kept.host.run(), reborn.host.run()
        assert first is not None and second is not None
        assert first.verdict == second.verdict
        assert kinds(first) == kinds(second)


def test_a_second_run_at_once_sends_nothing() -> None:
    made = stage(("BTC", "ETH", "SOL"))
    made.host.run()
    assert len(made.coins_held()) == 3
    made.pass_time(1)
    assert kinds(made.host.run()) == []


def test_an_unknown_attempt_gets_a_number_of_its_own() -> None:
    """A stop that is replaced on the same bar must not share the id of the one that died."""
    made = stage_with_position()
    seen: set[str] = set()
    for _ in range(3):
        cancel_stops(made, "BTC")
        made.pass_time(1)
        ran = made.host.check()
        assert ran is not None
        seen |= {d.action.client_id for d in ran.done if isinstance(d.action, PlaceExit)}
    assert len(seen) == 3
    assert all(encode(i) == text for text in seen if isinstance(i := decode(text), Identity))


def test_no_entry_close_or_cancel_is_hidden_in_a_quiet_day() -> None:
    made = stage(())
    for number in range(48):
        made.clock.advance_to(NOW_MS + number * 1_800_000)
        made.settle()
        ran = made.host.run()
        assert ran is not None
        assert not [d for d in ran.done if isinstance(d.action, Enter | Close | Cancel | PlaceExit)]


def test_a_position_that_was_handed_over_gets_its_stop() -> None:
    """`adopt` makes a foreign position ours to protect, and nothing more."""
    made = stage((), ["adopt.ETH.stop=0.05"])
    trade_by_hand(made, "ETH", "0.1")
    ran = made.host.check()
    assert code(ran) is Exit.OK
    assert made.is_covered("ETH")
    assert kinds(ran) == ["PlaceExit"]
    assert stops(made, "ETH") == [Decimal("1913.3")]
