"""Loads ccxt's class for this venue without the hundred others.

`import ccxt` reads every exchange it knows, which takes longer than a tick. The package is therefore
first put in place unread, made from its own specification, and only the class's own modules are read.
Whatever else anybody later asks of the package, `import ccxt` included, reads it then, into the same
module: nothing is copied, replaced or imitated. Versions that this was not tried with are imported the
plain way.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

from trader.core.errors import ConfigError

TRIED_VERSIONS = frozenset({"4.5.90"})


def hyperliquid_class() -> type[Any]:
    """ccxt's class, the one and the same whichever way it is imported."""
    from importlib.metadata import version

    try:
        if "ccxt" not in sys.modules and version("ccxt") in TRIED_VERSIONS:
            return _without_the_others()
        found: type[Any] = importlib.import_module("ccxt").hyperliquid
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"ccxt cannot be loaded, so nothing can be signed: {error}; install it again"
        ) from error
    return found


def _without_the_others() -> type[Any]:
    from importlib.util import find_spec, module_from_spec

    specification = find_spec("ccxt")
    if specification is None or specification.loader is None:
        raise ImportError("the package has no files")
    package = module_from_spec(specification)
    loader = specification.loader

    def read_the_rest(name: str) -> object:
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    package.__dict__["__getattr__"] = read_the_rest
    sys.modules["ccxt"] = package
    try:
        found = _class_in(importlib.import_module("ccxt.hyperliquid"))
    except ImportError:
        del sys.modules["ccxt"]
        raise
    # The package's own attribute of this name is the class, which it binds itself when it is read.
    del package.__dict__["hyperliquid"]
    return found


def _class_in(module: ModuleType) -> type[Any]:
    found: type[Any] = module.hyperliquid
    return found
