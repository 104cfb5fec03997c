"""What holds for every test: no socket leaves this machine, no key is ever seen in what is written, and
properties try the same cases each time."""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.canary_watch import CanaryWatch
from tests.support.loopback import loopback_only
from tests.support.memory import forget

hypothesis.settings.register_profile("suite", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("suite")

REFUSALS = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Before the first test module is imported. Each process of a parallel run lists its own refusals."""
    config.pluginmanager.register(CanaryWatch(), "canary watch")
    # Under nohup a hang-up is ignored, and every child of a test would inherit that.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if config.getoption("markexpr") == "testnet":
        return
    refusals = Path(tempfile.mkdtemp(prefix="trader-tests-")) / "refusals"
    refusals.touch()
    config.stash[REFUSALS] = refusals
    os.environ[loopback_only.VARIABLE] = str(refusals)
    folder = str(Path(loopback_only.__file__).parent)
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [folder, *(part for part in inherited if part not in ("", folder))]
    )
    loopback_only.install_where_asked()


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the collector of garbage need not go through all of it again and
    again, which took more than a tenth of the time of tests that make many objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    if REFUSALS in config.stash:
        shutil.rmtree(config.stash[REFUSALS].parent)


@pytest.fixture
def refusals(request: pytest.FixtureRequest) -> Path:
    """The list of sockets that were refused in this process and its children."""
    return request.config.stash[REFUSALS]


@pytest.fixture(autouse=True)
def nothing_outlives_its_test() -> Iterator[None]:
    """A command that a test calls in this process arms the kernel's timer: it would end the process, and with
    it whatever test runs then. What a flawed program read is never believed by a sound one."""
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    forget()


@pytest.fixture(autouse=True)
def loopback_only_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that tried to leave, also when the code under test caught the refusal."""
    yield
    refusals = request.config.stash.get(REFUSALS, None)
    if refusals is not None and refusals.stat().st_size:
        refused = refusals.read_text(encoding="utf-8")
        refusals.write_text("", encoding="utf-8")
        pytest.fail(f"a socket tried to leave this machine:\n{refused}", pytrace=False)
