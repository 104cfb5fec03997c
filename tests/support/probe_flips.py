"""Every switch that an experiment claims to decide, with a value that is not the default.

A row is the switch, its other value, whether the account has to hold both legs apart, and how thin the book
is where the question needs a part of an order to find nothing.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Flip:
    """One switch of one venue's embedded exchange."""

    venue: str
    name: str
    value: Any
    two_sided: bool = False
    depth: Decimal | None = None


FLIPS = (
    Flip("hyperliquid", "duplicate_cloid", "reject_open"),
    Flip("hyperliquid", "cloid_status", "newest"),
    Flip("hyperliquid", "refused_consumes_nonce", False),
    Flip("hyperliquid", "min_notional_on_triggers", True),
    Flip("hyperliquid", "market_trigger_bound", "ten_percent"),
    Flip("hyperliquid", "market_trigger_rests", True),
    Flip("hyperliquid", "ioc_partial_arms_children", True, depth=Decimal("0.00008")),
    Flip("hyperliquid", "trigger_needs_position", True),
    Flip("hyperliquid", "triggers_count_in_sum", True),
    Flip("hyperliquid", "modify_needs_always_place", True),
    Flip("hyperliquid", "oracle_band", Decimal("0.5")),
    Flip("hyperliquid", "abstraction", "unifiedAccount"),
    Flip("hyperliquid", "error_asset_suffix", False),
    Flip("hyperliquid", "wallet_error_prefix", True),
    Flip("hyperliquid", "expired_costs_budget", False),
    Flip("okx", "isolated_allowed", False),
    Flip("okx", "oversized_reduce", "trims"),
    Flip("okx", "timer_cancels_algos", True),
    Flip("okx", "algo_missing_code", ""),
    Flip("okx", "expired_code", "50037"),
    Flip("okx", "visible_after_ms", 2_000),
    Flip("okx", "algo_id_reuse", True),
    Flip("okx", "algo_takes_cl_ord_id", True),
    Flip("okx", "rate_limit_status", 200),
    Flip("okx", "conditional_while_flat", False),
    Flip("okx", "attached_reduces", True),
    Flip("okx", "history_keeps_parts", False),
    Flip("okx", "triggers_in_net", False),
    Flip("okx", "triggers_reduce", True),
    Flip("okx", "attach", "pro_rata", depth=Decimal("0.05")),
    Flip("okx", "attached_after_cut", True, depth=Decimal("0.05")),
    Flip("okx", "missing_key_code", "50119"),
    Flip("okx", "account_level", "3"),
    Flip("okx", "self_trade", "cancel_both"),
    Flip("okx", "two_sided", False),
    Flip("binance", "bound_while_flat", "accept"),
    Flip("binance", "precision_before_tick", False),
    Flip("binance", "off_tick_trigger", "reject"),
    Flip("binance", "refused_tif_recorded", True),
    Flip("binance", "countdown_cancels_algo", True),
    Flip("binance", "sized_stops_max", 1),
    Flip("binance", "triggered_by_client_id", False),
    Flip("binance", "algo_id_reuse", False),
    Flip("binance", "duplicate_algo_code", -4015),
    Flip("binance", "client_id_resolves", "oldest"),
    Flip("binance", "post_average", True),
    Flip("binance", "oversized_reduce", "rejects"),
    Flip("binance", "oversized_reduce", "trims", two_sided=True),
    Flip("binance", "closing_sum", "each_alone", two_sided=True),
    Flip("binance", "closing_reads_reduce_only", False, two_sided=True),
    Flip("binance", "hedge_reduce_only_false", False, two_sided=True),
    Flip("binance", "closing_below_minimum", False, two_sided=True),
    Flip("binance", "weight_per_minute", 6_000),
    Flip("binance", "orders_per_minute", 600),
    Flip("binance", "orders_per_ten_seconds", 100),
)
