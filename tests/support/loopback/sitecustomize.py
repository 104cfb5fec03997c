"""Python imports this at start-up when its folder is on PYTHONPATH, so that children of a test are
guarded too.
"""

import loopback_only  # type: ignore[import-not-found]  # noqa: F401
