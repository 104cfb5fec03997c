"""What nobody has verified about the venue, as switches with a stated default.

Rules: frozen; one field per open question, its default the best evidence there is. Tests run the trader
both ways, so that being wrong about a default costs nothing. `model_rules` hands on those questions that
the model answers.
"""

from dataclasses import field
from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.rules import Rules

EIGHT_HOURS_MS = 28_800_000


@frozen
class Switches:
    """Defaults in brackets.

    bound_while_flat: a closePosition order without a position is taken or refused with -4509 (reject).
    closing_sum: what counts against the position for -2022, for a new order and when a conditional one
        triggers: the open closing orders with it ("all_open"), or it alone ("each_alone") (all_open).
    oversized_reduce: an exit larger than the position "trims", "rejects", or rejects in hedge mode alone
        (legs_reject).
    closing_reads_reduce_only: an order that closes in hedge mode reads reduceOnly true (True).
    hedge_reduce_only_false: reduceOnly=false in hedge mode is refused with -1106 as true is (True).
    closing_below_minimum: orders that close in hedge mode need no minimum notional (True).
    post_average: the answer to a new or cancelled order carries avgPrice and cumQuote (False since 2026-07).
    precision_before_tick: too many decimals are -1111 before the tick is looked at (True).
    off_tick_trigger: "accept" or "reject" a trigger price between ticks (accept, as was seen).
    client_id_resolves: the order that a client id used twice finds, "newest" or "oldest" (newest).
    duplicate_algo_code: the refusal of a clientAlgoId that an open algo order has (-4116).
    algo_id_reuse: a clientAlgoId of an order that has ended may be used again (True).
    triggered_by_client_id: `GET order` finds the order of a triggered algo by its clientAlgoId (True).
    sized_stops_max: conditional orders with a quantity per symbol and side of position (None: any number).
    countdown_cancels_algo: the countdown cancels conditional orders too (False).
    refused_tif_recorded: an FOK or post-only order that was refused can be queried as EXPIRED (False).
    triggering_ms: how long a conditional order shows as TRIGGERING (11, as recorded).
    weight_per_minute, orders_per_ten_seconds, orders_per_minute: limits (2400, 300, 1200).
    refusals_to_ban: requests over the weight limit in one minute that end in a ban (20).
    algo_orders_max: open conditional orders per account (200).
    """

    bound_while_flat: str = "reject"
    closing_sum: str = "all_open"
    oversized_reduce: str = "legs_reject"
    closing_reads_reduce_only: bool = True
    hedge_reduce_only_false: bool = True
    closing_below_minimum: bool = True
    post_average: bool = False
    precision_before_tick: bool = True
    off_tick_trigger: str = "accept"
    client_id_resolves: str = "newest"
    duplicate_algo_code: int = -4116
    algo_id_reuse: bool = True
    triggered_by_client_id: bool = True
    sized_stops_max: int | None = None
    countdown_cancels_algo: bool = False
    refused_tif_recorded: bool = False
    triggering_ms: int = 11
    equity: Decimal = field(default=Decimal(1000))
    weight_per_minute: int = 2400
    orders_per_ten_seconds: int = 300
    orders_per_minute: int = 1200
    refusals_to_ban: int = 20
    algo_orders_max: int = 200

    def model_rules(self) -> Rules:
        """The model's part of these choices; filters are checked before the model is asked."""
        return Rules(
            min_notional=Decimal(0),
            duplicate_cloid="accept",
            trigger_must_reduce=False,
            triggers_end_with_position=False,
            bound_max=1,
            bound_while_flat=self.bound_while_flat,
            market_needs_price=False,
            stop_bound_beyond_trigger=False,
            off_tick_triggers=self.off_tick_trigger == "accept",
            min_notional_spares_reducing=True,
            reduce_only_sum="reject" if self.closing_sum == "all_open" else "newest_wins",
            oversized_reduce=self.oversized_reduce,
            funding_interval_ms=EIGHT_HOURS_MS,
            funding_at="mark",
            maker_rate=Decimal("0.0002"),
            taker_rate=Decimal("0.0005"),
            funding_rate=Decimal("0.0001"),
            leverage_default=20,
            cash_decimals=8,
            fee_asset="USDT",
        )
