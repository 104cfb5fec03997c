"""Files of recorded bars for tests of the commands that read them: seeded, written as people write them."""

from pathlib import Path

from tests.support.series import random_walk

HOUR_MS = 3_600_000
START_MS = 1_700_006_400_000  # a midnight (UTC)


def hours_file(folder: Path, *, bars: int = 1_600, seed: int = 3, coin: str = "BTC") -> Path:
    """One-hour bars of a random walk."""
    path = folder / f"{coin}-{seed}.csv"
    lines = ["timestamp_ms,open,high,low,close,volume"]
    for place, (opened, high, low, close, volume) in enumerate(random_walk(seed, bars)):
        prices = ",".join(f"{price:.4f}" for price in _rounded_outwards(opened, high, low, close))
        lines.append(f"{START_MS + place * HOUR_MS},{prices},{volume:.3f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def settings_file(folder: Path, *, params: str = "bar: 1h, trend_window: 21, regime_days: 2") -> Path:
    """A paper account of one coin."""
    path = folder / "trader.yaml"
    path.write_text(
        "venue: hyperliquid\nmode: paper\naccount: main\n"
        f"markets:\n  BTC: {{strategy: breakout, params: {{{params}}}}}\n",
        encoding="utf-8",
    )
    path.chmod(0o600)
    return path


def _rounded_outwards(opened: float, high: float, low: float, close: float) -> tuple[float, ...]:
    first, last = round(opened, 4), round(close, 4)
    return first, max(first, last, round(high, 4)), min(first, last, round(low, 4)), last
