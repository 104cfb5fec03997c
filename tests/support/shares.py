"""The whole suite in several processes, each of which plays the test files of its share and loads no others.

Rules: a file's share follows from its name alone, so that a file added moves no other. The first share is
shown while it is played, the others when they are over. Whoever ends this ends all of them.

Why not one queue for all: then every process loads every test, and what each test shows goes through a pipe
and is shown by one more process, which took a fifteenth of the whole time.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import pytest

DEALT = 21  # of a hundred ways to deal the files out one by which halves and quarters take equally long


def share_of(name: str, count: int) -> int:
    """Which of so many shares a file belongs to, from 1."""
    return 1 + crc32(f"{DEALT}{name}".encode()) % count


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--share", metavar="N/COUNT", help="play the test files of this share alone")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the files of other shares; all else is decided elsewhere."""
    share = config.getoption("--share")
    if not share or not collection_path.name.startswith("test_") or collection_path.suffix != ".py":
        return None
    number, count = map(int, share.split("/"))
    is_ours = share_of(collection_path.relative_to(config.rootpath).as_posix(), count) == number
    return None if is_ours else True


def played(count: int, options: Sequence[str]) -> int:
    """Play all shares, show what they say, and return the worst of their exit codes."""
    command = [sys.executable, "-m", "pytest", "-p", __spec__.name, *options]
    with tempfile.TemporaryDirectory(prefix="trader-shares-") as folder:
        said = [Path(folder) / str(number) for number in range(2, count + 1)]
        others: list[subprocess.Popen[bytes]] = []
        try:
            for number, file in enumerate(said, 2):
                with file.open("wb") as out:
                    share = [*command, "--share", f"{number}/{count}"]
                    others.append(subprocess.Popen(share, stdout=out, stderr=subprocess.STDOUT))
            codes = [subprocess.run([*command, "--share", f"1/{count}"], check=False).returncode]
            for other, file in zip(others, said, strict=True):
                codes.append(other.wait())
                sys.stdout.write(file.read_text(encoding="utf-8", errors="replace"))
        finally:
            for other in others:
                other.terminate()
                other.wait()
    return max(codes, key=abs)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(played(int(sys.argv[1]), sys.argv[2:]))
