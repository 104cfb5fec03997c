"""Clocks that a test moves."""


class ManualClock:
    """Wall and elapsed time that pass only by `sleep` and `run_ms`; each may also be moved alone."""

    def __init__(self, *, wall_ms: int = 1_700_000_000_000) -> None:
        self.wall_ms = wall_ms
        self.since_boot_ms = 55_000
        self.slept_s = 0.0
        self.pauses_s: list[float] = []

    def now_ms(self) -> int:
        return self.wall_ms

    def elapsed_ms(self) -> int:
        return self.since_boot_ms

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.pauses_s.append(seconds)
        self.run_ms(round(seconds * 1000))

    def run_ms(self, passed_ms: int) -> None:
        self.wall_ms += passed_ms
        self.since_boot_ms += passed_ms
