"""What published systems assumed, each as one preset: settings, and what no trader can do.

Rules: a preset says everything that decides its numbers, so that it can be argued with line by line; what its
author did not say is marked as ours. It is never more than an emulation of the mechanism.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from trader.core.frozen import frozen

if TYPE_CHECKING:
    from trader.backtest.study import Unreal


@frozen
class Published:
    """One system. `params` are those of its strategy; `settings` any others, by path."""

    name: str
    told: tuple[str, ...]
    strategy: str
    params: str
    settings: tuple[str, ...]
    peeks: bool
    passed_levels: bool

    @property
    def unreal(self) -> "Unreal":
        """What of it no trader can do."""
        from trader.backtest.study import Unreal

        return Unreal(peeks=self.peeks, passed_levels=self.passed_levels)

    def overrides(self, coins: Iterable[str]) -> tuple[str, ...]:
        """As one writes them after --set, for these coins."""
        market = f"{{strategy: {self.strategy}, params: {self.params}}}"
        markets = ", ".join(f"{coin}: {market}" for coin in coins)
        return ("mode=paper", f"markets={{{markets}}}", *self.settings)


PUBLISHED: Mapping[str, Published] = {
    "okx-bb": Published(
        name="okx-bb",
        told=(
            "published as +966 % over 1,044 days of ETH in 30-minute bars",
            "it enters a bar at its band, though it opened beyond it, by the trend of that bar's own close",
            "the post has no fees, slippage or size: none, none and the whole equity are assumed",
            "this shows the mechanism and its size on these bars; it does not reproduce that number",
        ),
        strategy="bollinger",
        params="{bar: 30m, style: breakout, entry: resting}",
        settings=(
            "venue=okx",
            "sizing.position_ratio=1",
            "limits.naked_resting_notional_max=1000000000",
            "backtest.fees={maker: 0, taker: 0}",
            "fills={preset: kind, liquidation: false}",
        ),
        peeks=True,
        passed_levels=True,
    ),
}
