"""How long a piece of work takes, and how much memory a process came to.

Rules: processor time of this process, the best of several, because a machine does other things too; wall time
only where several processes work at once.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

TIMES = 5


def best_s(
    work: Callable[[], object], times: int = TIMES, clock: Callable[[], float] = time.process_time
) -> float:
    """Seconds of the fastest of several goes."""
    found = []
    for _ in range(times):
        began = clock()
        work()
        found.append(clock() - began)
    return min(found)


def peak_mb() -> int:
    """The most memory that this process held; of its own where the system says so, for what getrusage counts
    begins with that of the process it was started by."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) // 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
