"""A home that is no place for temporary files: there no account with money is locked."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support import canaries


@pytest.fixture
def lasting_home() -> Iterator[Path]:
    """Below the home of passwd, since HOME may be a temporary folder itself."""
    home = pwd.getpwuid(os.geteuid()).pw_dir
    with TemporaryDirectory(dir=home, prefix=".trader-test-") as folder:
        yield Path(folder)
        seen = canaries.seen_below(Path(folder))
        assert not seen, f"a key stands in {seen}"
