"""Random requests to an account with two sides, in every form that the venues with two sides take."""

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import strategies as st

from tests.support.model_exchange import MINUTE_MS, SIDED, USER
from tests.support.random_exchange import COINS, price_near, size_of
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.status import Grouping, Tif, Trigger

MARKET_KINDS = ("open", "close", "stop", "target", "bound_stop", "bound_target", "entry")
KINDS = (
    *MARKET_KINDS,
    *("rest", "post", "all_or_nothing", "dated", "take_profit_limit", "attach", "attach_resting", "pair"),
    *("cancel", "amend", "adl", "leverage"),
)
SIDED_RULES = st.sampled_from(
    [
        SIDED,
        replace(SIDED, attach="pro_rata", oversized_reduce="rejects", reduce_only_sum="reject"),
        replace(SIDED, triggers_count_in_sum=True, bound_ends_with_position=False, pair_ends_at_trigger=True),
        replace(
            SIDED, reduce_only_sum="reject", triggers_count_in_sum=True, attach="pro_rata",
            triggers_end_with_position=True, funding_at="mark", liquidation_fee_in_maintenance=True,
        ),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class SidedStep:
    """One request, and the time that passes before it."""

    wait_ms: int
    kind: str
    coin: str
    leg: str
    lots: int
    bps: int
    source: str
    flag: bool


def sided_steps(kinds: tuple[str, ...] = KINDS) -> st.SearchStrategy[list[SidedStep]]:
    """A handful of requests of these kinds."""
    step = st.builds(
        SidedStep,
        wait_ms=st.integers(0, 90_000),
        kind=st.sampled_from(kinds),
        coin=st.sampled_from(COINS),
        leg=st.sampled_from(["long", "short"]),
        lots=st.integers(1, 900),
        bps=st.integers(1, 600),
        source=st.sampled_from(["mark", "last", "index"]),
        flag=st.booleans(),
    )
    return st.lists(step, min_size=1, max_size=14)


def order(model: Model, step: SidedStep, *, opens: bool, tif: Tif, bps: int | None = None) -> OrderSpec:
    """An order for the step's leg; without basis points at market."""
    is_buy = opens == (step.leg == "long")
    px = Decimal(0) if bps is None else price_near(model, step.coin, -bps if is_buy else bps)
    return OrderSpec(step.coin, is_buy, px, size_of(step.coin, step.lots), tif, leg=step.leg)


def conditional(model: Model, step: SidedStep, kind: Trigger, *, opens: bool = False) -> OrderSpec:
    """A trigger at market on the far side of the price."""
    is_buy = opens == (step.leg == "long")
    is_above = is_buy == (kind is Trigger.STOP)
    px = price_near(model, step.coin, step.bps if is_above else -step.bps)
    trigger = TriggerSpec(px, kind, True, step.source)
    return OrderSpec(
        step.coin, is_buy, Decimal(0), size_of(step.coin, step.lots), None, trigger=trigger, leg=step.leg,
        ends_with_position=step.flag,
    )  # fmt: skip


def specs_of(model: Model, step: SidedStep) -> tuple[list[OrderSpec], Grouping]:
    """What a placing step asks for."""
    stop, take = conditional(model, step, Trigger.STOP), conditional(model, step, Trigger.TAKE)
    resting = order(model, step, opens=True, tif=Tif.GTC, bps=step.bps)
    bare = Decimal(0)
    table: dict[str, tuple[list[OrderSpec], Grouping]] = {
        "open": ([order(model, step, opens=True, tif=Tif.MARKET)], Grouping.NONE),
        "close": ([order(model, step, opens=False, tif=Tif.MARKET)], Grouping.NONE),
        "stop": ([stop], Grouping.NONE),
        "target": ([take], Grouping.NONE),
        "bound_stop": ([replace(stop, sz=bare)], Grouping.POSITION),
        "bound_target": ([replace(take, sz=bare)], Grouping.POSITION),
        "entry": ([conditional(model, step, Trigger.STOP, opens=True)], Grouping.NONE),
        "rest": ([resting], Grouping.NONE),
        "post": ([replace(resting, tif=Tif.ALO)], Grouping.NONE),
        "all_or_nothing": ([order(model, step, opens=True, tif=Tif.FOK, bps=-step.bps)], Grouping.NONE),
        "dated": ([replace(resting, expires_ms=model.now_ms + MINUTE_MS * 3 // 2)], Grouping.NONE),
        "take_profit_limit": ([order(model, step, opens=False, tif=Tif.GTC, bps=step.bps)], Grouping.NONE),
        "attach": ([order(model, step, opens=True, tif=Tif.MARKET), stop, take], Grouping.ATTACHED),
        "attach_resting": ([resting, stop, take], Grouping.ATTACHED),
        "pair": ([stop, take], Grouping.PAIR),
    }
    return table[step.kind]


def perform(model: Model, step: SidedStep, user: str = USER) -> None:
    """Carry out one request, accepted or refused."""
    if step.kind == "adl":
        model.adl(user, step.coin, Decimal(step.bps) / 1000, step.leg)
    elif step.kind == "leverage":
        model.set_leverage(user, step.coin, value=1 + step.lots % 20, is_cross=step.flag)
    elif step.kind in ("cancel", "amend"):
        change(model, step, user)
    else:
        model.place(user, *specs_of(model, step))


def change(model: Model, step: SidedStep, user: str) -> None:
    """Cancel or amend one of the live orders."""
    orders = model.open_orders(user)
    if not orders:
        return
    old = orders[step.lots % len(orders)]
    if step.kind == "cancel":
        model.cancel(user, old.oid)
    elif old.waiting:
        model.amend(
            user, old.oid, trigger_px=price_near(model, old.coin, step.bps if step.flag else -step.bps)
        )
    else:
        px = price_near(model, old.coin, -step.bps if old.is_buy else step.bps)
        model.amend(user, old.oid, px=px, sz=size_of(old.coin, step.lots) if step.flag else None)
