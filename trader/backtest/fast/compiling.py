"""Compiles the functions that a tick runs, and the engine around them, as they stand.

Rules: nothing is written a second time for the compiler. Each function of the modules below is taken by its
own code and given the names of its module, in which every function is the compiled one; so a kernel that
calls an indicator calls the very lines that a tick interprets.

The machine code is kept in the user's cache, in a folder named by what it was made from: an edit of an
indicator makes a new folder and never meets an old kernel.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

SOURCES = (
    "trader.exchange.bar_fills",
    "trader.strategies.indicators",
    "trader.strategies.signals",
    "trader.strategies.sizing",
    "trader.backtest.fast.rounding",
    "trader.backtest.fast.layout",
    "trader.backtest.fast.series",
    "trader.backtest.fast.breakout_signals",
    "trader.backtest.fast.bollinger_signals",
    "trader.backtest.fast.grid_readings",
    "trader.backtest.fast.guarding",
    "trader.backtest.fast.entering",
    "trader.backtest.fast.leaving",
    "trader.backtest.fast.holding",
    "trader.backtest.fast.filling",
    "trader.backtest.fast.machine",
    "trader.backtest.fast.curve",
    "trader.backtest.fast.tallying",
)
"""Every module with compiled code, each after those that it calls."""

MAKE_NOTHING = frozenset(
    f"trader.backtest.fast.{name}"
    for name in ("guarding", "entering", "leaving", "holding", "filling", "machine", "tallying")
)
"""Modules whose functions only read and write arrays that they were handed. Nobody counts there who holds an
array: that counting took more than half of a run. One that makes an array all the same does not compile."""


def source_hash() -> str:
    """What the kernels are made from: the sources and where they lie, the interpreter and the compiler.

    The compiler takes no kernel of the same lines in another folder, nor one of a file that was written anew:
    a copy of the project would find the kernels of another, and then compile in front of whoever waits.
    """
    import numba

    told = hashlib.sha256(f"{sys.version_info[:3]} {numba.__version__}".encode())
    for name in SOURCES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{name}: its source was not found; install the package whole")
        source = Path(spec.origin)
        told.update(f"{source} {source.stat().st_mtime_ns}".encode() + source.read_bytes())
    return told.hexdigest()[:16]


def cache_folder() -> Path:
    """Where the compiled kernels of these sources are kept."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(root) / "trader" / f"kernels-{source_hash()}"


def is_compiled() -> bool:
    """True when an earlier use has compiled the machine; else the first one takes a minute. What a replay of
    a grid asks is compiled by itself, in two seconds."""
    folder = cache_folder()
    return folder.is_dir() and any(folder.rglob("machine.play-*.nbc"))


@cache
def compiled() -> Mapping[str, Callable[..., Any]]:
    """Every function of the sources by name, compiled when it is first called."""
    from importlib import import_module

    import numba

    numba.config.CACHE_DIR = str(cache_folder())
    made: dict[str, Any] = {}
    for name in SOURCES:
        made.update(_compiled_module(import_module(name), made, numba.njit))
    return made


def _compiled_module(module: ModuleType, known: Mapping[str, Any], njit: Any) -> dict[str, Any]:
    """The functions of one module, which find each other and those before them compiled."""
    names = dict(vars(module))
    for name, found in vars(module).items():
        if isinstance(found, FunctionType) and found.__module__ != module.__name__ and name in known:
            names[name] = known[name]
    own = {
        n: f
        for n, f in vars(module).items()
        if isinstance(f, FunctionType) and f.__module__ == module.__name__
    }
    for name, function in own.items():
        again = FunctionType(function.__code__, names, name, function.__defaults__, function.__closure__)
        again.__module__ = module.__name__
        again.__qualname__ = name
        is_entry = name in getattr(module, "ENTRIES", ())
        names[name] = njit(
            again, cache=is_entry, error_model="numpy", _nrt=module.__name__ not in MAKE_NOTHING
        )
    return {name: names[name] for name in own}
