"""`scripts/set-up browser`: one that is there serves, root may fetch one, and else it says what to do.

Programs that only say that they were called take the place of apt-get and id; bash and the script are real.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT

APT_GET = '#!/bin/sh\necho "$*" >>"{calls}"\n{then}\n'
INSTALLS = (
    'case "$1" in install) printf "#!/bin/sh\\n" >"{folder}/chromium"; chmod +x "{folder}/chromium" ;; esac'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The only programs there are."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "dirname", "chmod"):
        (programs / name).symlink_to(str(shutil.which(name)))
    return programs


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def set_up(folder: Path) -> tuple[int, str, str]:
    """Exit code, what it said, and how apt-get was called."""
    command = [str(folder / "bash"), str(ROOT / "scripts" / "set-up"), "browser"]
    ran = subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, timeout=30)
    assert ran.stdout == ""
    calls = folder / "calls"
    return ran.returncode, ran.stderr, calls.read_text() if calls.exists() else ""


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_one_that_is_there_serves(folder: Path, name: str) -> None:
    put(folder, name, "#!/bin/sh\n")
    assert set_up(folder) == (0, "", "")


def test_root_fetches_the_systems_own(folder: Path) -> None:
    put(folder, "id", "#!/bin/sh\necho 0\n")
    then = INSTALLS.format(folder=folder)
    put(folder, "apt-get", APT_GET.format(calls=folder / "calls", then=then))
    code, said, calls = set_up(folder)
    assert (code, said) == (0, "trader: installing chromium\n")
    assert calls.startswith("install ") and calls.count("\n") == 1


def test_old_package_lists_are_renewed_once(folder: Path) -> None:
    put(folder, "id", "#!/bin/sh\necho 0\n")
    then = f'[ -e "{folder}/renewed" ] || [ "$1" = update ] || exit 100\n: >"{folder}/renewed"\n'
    then += INSTALLS.format(folder=folder)
    put(folder, "apt-get", APT_GET.format(calls=folder / "calls", then=then))
    code, _, calls = set_up(folder)
    assert code == 0
    assert [call.split()[0] for call in calls.splitlines()] == ["install", "update", "install"]


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        ({"id": "echo 1000", "apt-get": "exit 0"}, "only root with apt-get"),
        ({"id": "echo 0"}, "only root with apt-get"),
        ({"id": "echo 0", "apt-get": "exit 100"}, "could not be installed"),
        ({"id": "echo 0", "apt-get": "exit 0"}, "no program of that name"),
    ],
)
def test_where_it_may_not_it_says_what_to_do(folder: Path, programs: dict[str, str], words: str) -> None:
    for name, does in programs.items():
        put(folder, name, f"#!/bin/sh\n{does}\n")
    code, said, _ = set_up(folder)
    assert code == 78
    assert words in said
