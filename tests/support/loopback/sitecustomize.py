"""Python imports this at start-up when its folder is on PYTHONPATH, so that children of a test are
guarded too.

A worker of a parallel run is such a child: what its tests import by the full name must be this same module.
"""

import sys

import loopback_only  # type: ignore[import-not-found]

sys.modules.setdefault("tests.support.loopback.loopback_only", loopback_only)
