"""The names of all metrics: what each means, and the labels it has beside realm, venue and account.

Rules: names end in their unit; `_total` is for counters, and there is none, because a process of one tick
counts nothing beyond itself. A metric that is not in this table cannot be written. docs/metrics.md tells
where each comes from and when it is absent.
"""

from collections.abc import Mapping

from trader.core.frozen import frozen

Labels = tuple[tuple[str, str], ...]
OF_ALL = ("realm", "venue", "account")


@frozen
class Family:
    """One metric. `is_of_run`: it tells of a command's last run and stays while other commands write."""

    meaning: str
    labels: tuple[str, ...] = ()
    is_of_run: bool = False


@frozen
class Sample:
    """One line of the file; `labels` begin with those of all."""

    name: str
    labels: Labels
    value: str


_RUN = ("command",)
_SLOT = ("coin", "leg")
FAMILIES: Mapping[str, Family] = {
    "last_run_timestamp_seconds": Family("When a run of this command ended.", _RUN, True),
    "last_success_timestamp_seconds": Family(
        "When a run of this command last ended with exit code 0.", _RUN, True
    ),
    "exit_code": Family("Exit code of the last run of this command.", _RUN, True),
    "exit_reason": Family(
        "1 for each exit code that something in the last run of this command called for.",
        ("command", "code"),
        True,
    ),
    "run_duration_seconds": Family("How long the last run of this command took.", _RUN, True),
    "run_interval_seconds": Family("How often the configuration says that this command is called.", _RUN),
    "run_requests": Family("Requests of this run.", ("kind",)),
    "run_refusals": Family("Actions that the gate refused in this run.", ("rule",)),
    "breaker_tripped": Family("1 when a breaker stops new risk, else 0.", ("rule", "coin")),
    "unknown_orders": Family("Orders of this run whose outcome is still unknown."),
    "equity_usd": Family("Equity of the account at mark."),
    "margin_ratio": Family("Maintenance margin as a fraction of equity; at 1 the venue liquidates."),
    "unrealised_pnl_usd": Family("Profit of all open positions at mark."),
    "exposure_usd": Family("Size of all positions of one side at mark.", ("side",)),
    "positions": Family("Open positions of the account."),
    "position_notional_usd": Family("Size of an open position at mark.", _SLOT),
    "cover_read": Family("1 when this run read the cover of every position, 0 when it could not."),
    "position_uncovered": Family(
        "1 when a position is known to have no stop, 0 when its stop was proven live.", _SLOT
    ),
    "unprotected_notional_usd": Family("Size at mark of a position that is known to have no stop.", _SLOT),
    "foreign_uncovered": Family("1 when a position that is not ours has no stop, else 0.", _SLOT),
    "naked_seconds": Family("How long this run knew a position of ours to be without cover."),
    "day_realised_pnl_usd": Family("Closed profit less fees and funding since 00:00 UTC."),
    "day_loss_usd": Family("What daily_loss_max bounds: the day's realised loss, and the open loss of now."),
    "window_realised_pnl_usd": Family("Closed profit less fees and funding over the window."),
    "window_fees_paid_usd": Family("Trading fees paid over the window; negative when rebates exceed them."),
    "window_funding_paid_usd": Family("Funding paid over the window; negative when received."),
    "window_seconds": Family("How far back the record of realised profit, fees and funding reaches."),
    "drawdown_ratio": Family(
        "How far equity, net of flows, stands below its highest point in the drawdown window."
    ),
    "drawdown_window_seconds": Family("How far back the highest point is looked for."),
    "losing_streak_trades": Family("How many of the latest round trips in a row lost money."),
    "daily_loss_limit_usd": Family("The configured daily_loss_max."),
    "drawdown_limit_ratio": Family("The configured drawdown_fraction_max."),
    "budget_used": Family("How much of a limit of the venue is used up.", ("budget",)),
    "budget_limit": Family("How much that limit of the venue allows.", ("budget",)),
    "halted": Family("1 while new risk is switched off by the operator, else 0."),
    "halted_since_timestamp_seconds": Family("Since when new risk is switched off."),
}
