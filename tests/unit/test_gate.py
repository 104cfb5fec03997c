"""What the gate makes of entries at once: plain ones pass, some are shrunk, and tighter is never looser.

The cases of its rules are in tests/unit/rules/test_gate_cases.py.
"""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import (
    CLOSE_MS,
    SIGNAL_MS,
    TAG,
    a_market,
    a_market_policy,
    a_policy,
    a_quote,
    a_snapshot,
    a_view,
    an_entry,
    dec,
    flat_candles,
    holdings,
    lookups_for,
)
from trader.core.actions import Enter, SetLeverage
from trader.core.market import Leg, MarginTier
from trader.core.policy import Policy
from trader.core.snapshot import Account, Leverage, Snapshot
from trader.gate import Decided, gate
from trader.ids import entry_id


def judged(
    snapshot: Snapshot | None = None,
    policy: Policy | None = None,
    entry: Enter | None = None,
    halted: str | None = None,
) -> Decided:
    return gate([entry or an_entry()], snapshot or a_snapshot(), policy or a_policy(), halted)


def test_a_plain_entry_passes_every_rule() -> None:
    decided = judged()
    assert decided.refused == ()
    assert [a.action for a in decided.approved] == [an_entry()]


def limits(**changes: Any) -> Policy:
    policy = a_policy()
    return replace(policy, limits=replace(policy.limits, **changes))


ETH_VIEWS = {"BTC": a_view(), "ETH": a_view("ETH")}


def test_boundaries_pass() -> None:
    at_limit = CLOSE_MS + 300_000
    assert judged(a_snapshot(holdings(at_ms=at_limit), local_ms=at_limit + 5_000)).refused == ()
    assert judged(a_snapshot(markets={"BTC": a_view(quote=a_quote(100_500))})).refused == ()
    assert judged(policy=limits(notional_max=dec("300.9"))).refused == ()


def test_a_cross_entry_is_shrunk_to_stay_clear_of_liquidation() -> None:
    thin = a_snapshot(holdings(account=Account(dec(1000), dec(0), dec(992))))
    action = judged(thin).approved[0].action
    assert isinstance(action, Enter)
    assert dec("0.0001") < action.size < dec("0.003")
    assert "shrunk" in action.reason


def test_a_high_tier_asks_for_more_margin() -> None:
    tiers = (MarginTier(dec(0), 40), MarginTier(dec(200), 2))
    thin = holdings(account=Account(dec(1000), dec(0), dec(945)))
    steep = a_snapshot(thin, {"BTC": a_view(market=a_market(tiers=tiers))})
    first, second = judged(a_snapshot(thin)).approved[0].action, judged(steep).approved[0].action
    assert isinstance(first, Enter) and isinstance(second, Enter)
    assert second.size < first.size


def test_the_second_entry_of_a_run_counts_the_first() -> None:
    policy = replace(
        a_policy(a_market_policy("BTC"), a_market_policy("ETH")),
        limits=replace(a_policy().limits, gross_notional_max=dec(500)),
    )
    snapshot = a_snapshot(markets=ETH_VIEWS)
    eth = an_entry(
        coin="ETH",
        client_id=entry_id(account=TAG, coin="ETH", strategy=1, leg=Leg.LONG, signal_ms=SIGNAL_MS),
    )
    decided = gate([an_entry(), eth], snapshot, policy, None)
    assert [a.action for a in decided.approved] == [an_entry()]
    assert [r.rule for r in decided.refused] == ["gross_notional"]


def test_leverage_is_set_only_for_an_entry_that_passes() -> None:
    setting = SetLeverage("BTC", 3, True, "file")
    assert gate([setting, an_entry()], a_snapshot(), a_policy(), None).approved[0].action == setting
    assert gate([setting, an_entry()], a_snapshot(), a_policy(), "halted").approved == ()


@settings(max_examples=60)
@given(
    first=st.decimals(min_value=1, max_value=2000, places=2),
    second=st.decimals(min_value=1, max_value=2000, places=2),
    name=st.sampled_from(["notional_max", "coin_notional_max", "gross_notional_max"]),
)
def test_the_gate_is_monotone(first: Any, second: Any, name: str) -> None:
    """A tighter limit never approves what a looser one refuses."""
    tight, loose = sorted((first, second))
    approved_tight = judged(policy=limits(**{name: tight})).approved
    approved_loose = judged(policy=limits(**{name: loose})).approved
    assert len(approved_tight) <= len(approved_loose)


def test_flat_candles_are_what_the_drift_is_measured_from() -> None:
    moved = a_view(candles=flat_candles(close=99_000.0))
    assert [r.rule for r in judged(a_snapshot(markets={"BTC": moved})).refused] == ["drift"]


def test_a_leverage_setting_that_differs_is_no_obstacle() -> None:
    view = a_view(leverage=Leverage(20, False))
    assert judged(a_snapshot(markets={"BTC": view})).refused == ()


def test_lookups_of_another_bar_do_not_count() -> None:
    assert [
        r.rule for r in judged(a_snapshot(lookups=lookups_for(["BTC"], SIGNAL_MS - 1_800_000))).refused
    ] == ["once"]
