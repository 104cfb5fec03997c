"""What one episode showed; small enough to be sent from a worker process by the thousand."""

from dataclasses import field

from trader.core.frozen import frozen
from trader.oracle.seen import Violation
from trader.selftest.script import Script


@frozen
class Played:
    """One script and what became of it.

    violations: empty where every promise held. codes: how each run ended, None for a killed one. met: the
    (fault, boundary) pairs that fired, a boundary being what was asked and how often before in that run.
    sometimes: what happened in it that a whole campaign must have seen. bare_ms: intervals without cover, by
    the books. bare_clean_ms: those of them in episodes or runs that nothing disturbed. requests: of each run.
    digest: of all bytes sent and all codes, in order.
    """

    script: Script
    violations: tuple[Violation, ...]
    codes: tuple[int | None, ...]
    met: tuple[tuple[str, str], ...] = ()
    sometimes: frozenset[str] = frozenset()
    bare_ms: tuple[int, ...] = ()
    bare_clean_ms: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()
    took_ms: tuple[int, ...] = field(default_factory=tuple)
    digest: str = ""
