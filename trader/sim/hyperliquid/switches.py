"""What nobody has verified about the venue, as switches with a stated default.

Rules: frozen; one field per open question, its default the best evidence there is. Tests run the
trader both ways, so that being wrong about a default costs nothing. `model_rules` hands on those
questions that the model answers.
"""

from dataclasses import field
from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.rules import Rules


@frozen
class Switches:
    """Defaults in brackets.

    duplicate_cloid: "accept" or "reject_open" (accept: several observers saw duplicates accepted).
    cloid_status: which record `orderStatus` by client id returns, "oldest" or "newest" (oldest).
    refused_consumes_nonce: an action refused after the nonce check has used its nonce up (True).
    min_notional_on_triggers: the $10 minimum holds for trigger orders too (False).
    market_trigger_bound: a fired market trigger is bound by its own price or by "ten_percent" (price).
    market_trigger_rests: a fired market trigger that finds nothing stays on the book (False).
    ioc_partial_arms_children: an IOC parent that filled in part arms its children (False).
    trigger_needs_position: a lone trigger on a flat coin is refused as not reducing (False).
    triggers_count_in_sum: untriggered exits count in the reduce-only sum rule (False).
    modify_needs_always_place: modify to a trigger or crossing order needs the flag (False).
    oracle_band: orders further than this fraction from the oracle are refused (None: width not documented).
    agent_expiry_grace_ms: an expired agent is still accepted this long, expiry being lazy (15 minutes).
    abstraction: what `userAbstraction` answers (default).
    error_asset_suffix: per-order errors end with " asset=N", as live and unlike the documentation (True).
    wallet_error_prefix: the unknown-signer text begins with "L1 error: " (False).
    expired_costs_budget: an action past its expiry costs five requests of the address budget (True).
    fund_unknown: an address never seen has the paper equity when it first signs (False).
    ip_weight_per_minute: the front answers 429 beyond it, for each client (1200).
    unknown_source: the signing source a stranger is taken to use (b: clients at a local address sign it).
    """

    duplicate_cloid: str = "accept"
    cloid_status: str = "oldest"
    refused_consumes_nonce: bool = True
    min_notional_on_triggers: bool = False
    market_trigger_bound: str = "price"
    market_trigger_rests: bool = False
    ioc_partial_arms_children: bool = False
    trigger_needs_position: bool = False
    triggers_count_in_sum: bool = False
    modify_needs_always_place: bool = False
    oracle_band: Decimal | None = None
    agent_expiry_grace_ms: int = 900_000
    abstraction: str = "default"
    error_asset_suffix: bool = True
    wallet_error_prefix: bool = False
    expired_costs_budget: bool = True
    fund_unknown: bool = False
    unknown_source: str = "b"
    equity: Decimal = field(default=Decimal(1000))
    ip_weight_per_minute: int = 1200

    def model_rules(self) -> Rules:
        """The model's part of these choices."""
        return Rules(
            duplicate_cloid=self.duplicate_cloid,
            min_notional_on_triggers=self.min_notional_on_triggers,
            market_trigger_rests=self.market_trigger_rests,
            market_trigger_bound=self.market_trigger_bound,
            ioc_partial_arms_children=self.ioc_partial_arms_children,
            trigger_needs_position=self.trigger_needs_position,
            triggers_count_in_sum=self.triggers_count_in_sum,
            oracle_band=self.oracle_band,
            modify_needs_always_place=self.modify_needs_always_place,
        )
