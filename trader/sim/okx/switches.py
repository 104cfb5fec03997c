"""What nobody has verified about the venue, as switches with a stated default.

Rules: frozen; one field per open question or contradiction, its default the best evidence there is. Tests
run the trader both ways, so that being wrong about a default costs nothing. `model_rules` hands on those
questions that the model answers.
"""

from dataclasses import field
from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.rules import Rules

TAKER_RATE = Decimal("0.0005")
MAKER_RATE = Decimal("0.0002")
FUNDING_INTERVAL_MS = 8 * 3_600_000


@frozen
class Switches:
    """Defaults in brackets.

    attach: attached exits exist once the parent filled wholly, or grow with each part ("pro_rata") (whole).
    attached_after_cut: a market, IOC or FOK parent that filled in part and was cut gets its exits for the
        filled part although `attach` is whole (False).
    oversized_reduce: a reduce-only order larger than the position "rejects" or "trims" (rejects).
    isolated_allowed: tdMode isolated is taken for swaps (True: every page but one still documents it).
    algo_id_reuse: the id of an ended algo may be used again (False: duplicates are 51065 for ever).
    rate_limit_status: the HTTP status of 50011 (429; the table lists 200 as well).
    archive_keeps_unfilled: orders-history-archive shows cancelled orders that never filled (False).
    order_keeps_unfilled: GET order finds an unfilled cancelled order after two hours (False).
    triggers_in_net: ordType trigger is taken in net mode; else 51298 (True).
    triggers_reduce: reduceOnly on ordType trigger is honoured (False: it is not in its table).
    timer_cancels_algos: cancel-all-after cancels algo orders too (False: the page says pending orders).
    conditional_while_flat: a reducing algo without a position is accepted, or 51058 when False (True).
    expired_code: what an order past its expTime is refused with, 50036 or 50037 (50036).
    algo_takes_cl_ord_id: order-algo reads the deprecated clOrdId as the algo's id (False).
    algo_missing_code: what GET order-algo says of an unknown id; "" is an empty list (51603).
    attached_reduces: exits attached in net mode can only reduce (False: they were seen to outlive positions).
    missing_key_code: an API key nobody knows (50111; 50119 is listed too).
    account_level: acctLv, 2 futures or 3 multi-currency (2).
    self_trade: acctStpMode, what ends when two orders of one account meet (cancel_maker). It is only told:
        orders here meet the feed's market and never each other.
    history_keeps_parts: positions-history keeps a row of each partial close beside that of the end, each with
        all that the position realised until then (True: such pairs are written down by others), or one row
        that is kept up, of which the page speaks.
    two_sided: a new account's position mode is long_short_mode (True).
    is_simulated: keys declared here belong to the demo environment (False).
    visible_after_ms: how long GET order says 51603 about a new order (0).
    """

    attach: str = "whole"
    attached_after_cut: bool = False
    oversized_reduce: str = "rejects"
    isolated_allowed: bool = True
    algo_id_reuse: bool = False
    rate_limit_status: int = 429
    archive_keeps_unfilled: bool = False
    order_keeps_unfilled: bool = False
    triggers_in_net: bool = True
    triggers_reduce: bool = False
    timer_cancels_algos: bool = False
    conditional_while_flat: bool = True
    expired_code: str = "50036"
    algo_takes_cl_ord_id: bool = False
    algo_missing_code: str = "51603"
    attached_reduces: bool = False
    missing_key_code: str = "50111"
    account_level: str = "2"
    self_trade: str = "cancel_maker"
    history_keeps_parts: bool = True
    two_sided: bool = True
    is_simulated: bool = False
    visible_after_ms: int = 0
    ip_addresses: tuple[str, ...] = ("127.0.0.1",)
    equity: Decimal = field(default=Decimal(1000))
    funding_interval_ms: int = FUNDING_INTERVAL_MS

    def model_rules(self) -> Rules:
        """The model's part of these choices."""
        return Rules(
            attach=self.attach,
            ioc_partial_arms_children=self.attached_after_cut,
            oversized_reduce=self.oversized_reduce,
            bound_while_flat="accept" if self.conditional_while_flat else "reject",
            trigger_needs_position=not self.conditional_while_flat,
            min_notional=Decimal(0),
            reference_distance_max=Decimal(1_000),
            child_reference="order",
            refused_child_stops_parent=True,
            trigger_must_reduce=False,
            bound_max=1,
            bound_max_over_kinds=True,
            triggers_end_with_position=False,
            market_needs_price=False,
            stop_bound_beyond_trigger=False,
            pair_ends_at_trigger=True,
            amend_below_filled="fill",
            liquidation_fee_in_maintenance=True,
            funding_interval_ms=self.funding_interval_ms,
            funding_at="mark",
            funding_rate=Decimal("0.0001"),
            maker_rate=MAKER_RATE,
            taker_rate=TAKER_RATE,
            leverage_default=3,
            cash_decimals=8,
            fee_asset="USDT",
            open_orders_soft_max=4_000,
            open_orders_max=4_000,
        )
