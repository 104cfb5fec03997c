"""`scripts/trader` from nothing: sets up once, for everybody at once, from anywhere, and then stays out of
the way.

A program named `uv` that only counts takes the place of the real one, so that no package index is asked;
everything else is real: the shell, the environment, the lock, the processes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"

COUNTING_UV = """#!/bin/sh
[ "$1" = pip ] || exit 1
printf '%s\\n' "$*" >>"{calls}"
exit 0
"""
# The program under test here is the script; this one says how it was started.
SAYS_HOW = """
import os
import sys


def main() -> int:
    print(sys.argv[1:], sys.flags.isolated, os.getcwd())
    return 23
"""


class Project:
    """A copy of what set-up reads, with a program that says how it was started."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a project"
        self.calls = folder / "calls"
        self.programs = folder / "programs"
        shutil.copytree(ROOT / "scripts", self.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        for name in (
            "pyproject.toml",
            *(f"requirements{one}.lock" for one in ("", "-backtest", "-dev", "-attack")),
        ):
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "trader").mkdir()
        (self.root / "trader" / "__init__.py").touch()
        (self.root / "trader" / "cli.py").write_text(SAYS_HOW)
        self.programs.mkdir()
        self.programs.joinpath("uv").write_text(COUNTING_UV.format(calls=self.calls))
        self.programs.joinpath("uv").chmod(0o755)
        # The Python of the test run may be one that the system's folders do not hold.
        self.programs.joinpath("python3").symlink_to(sys.executable)

    def start(
        self, *arguments: str, script: Path | None = None, cwd: Path | None = None, **environment: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [script or self.root / "scripts" / "trader", *arguments],
            env={"PATH": f"{self.programs}:{SYSTEM_PATH}", **environment},
            cwd=cwd or self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **more: object) -> tuple[int, str, str]:
        process = self.start(*arguments, **more)  # type: ignore[arg-type]
        out, said = process.communicate(timeout=60)
        return process.returncode, out, said

    def installs(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_the_first_start_sets_up_and_the_second_does_not(project: Project) -> None:
    code, out, said = project.run("run", "--coin", "a b", PYTHONPATH="/nowhere")
    assert (code, out) == (23, f"['run', '--coin', 'a b'] 1 {project.root}\n"), said
    assert "setting up" in said
    assert project.run("run") == (23, f"['run'] 1 {project.root}\n", "")
    (install,) = project.installs()
    assert "--require-hashes --only-binary :all:" in install
    assert install.endswith("requirements.lock")


def test_a_changed_lock_file_is_installed(project: Project) -> None:
    project.run()
    with (project.root / "requirements.lock").open("a") as lock_file:
        lock_file.write("\n")
    code, _, said = project.run()
    assert code == 23
    assert "setting up" in said
    assert "a new environment" not in said
    assert len(project.installs()) == 2


def test_the_environment_for_tests_stands_on_the_one_for_running(project: Project) -> None:
    set_up = project.root / "scripts" / "set-up"
    assert project.run("dev", script=set_up)[0] == 0
    assert [call.split("/")[-1] for call in project.installs()] == [
        "requirements.lock",
        "requirements-backtest.lock",
        "requirements-dev.lock",
    ]
    assert project.run("dev", script=set_up) == (0, "", "")
    assert project.run()[2] == ""
    assert project.run("attack", script=set_up)[0] == 0
    assert [call.split("/")[-1] for call in project.installs()[3:]] == ["requirements-attack.lock"]


def test_recorded_prices_bring_their_packages_along_when_they_are_asked_for(project: Project) -> None:
    project.run("run")
    assert project.run("backtest", "--json")[0] == 23
    assert [call.split("/")[-1] for call in project.installs()] == [
        "requirements.lock",
        "requirements-backtest.lock",
    ]
    assert project.run("run")[2] == ""


def test_an_interrupted_set_up_is_begun_anew(project: Project) -> None:
    project.run()
    left = project.root / ".venv" / "left behind"
    left.touch()
    (project.root / ".venv" / "ready-run").unlink()
    code, _, said = project.run()
    assert code == 23
    assert "a new environment" in said
    assert not left.exists()


def test_two_starts_at_once_set_up_once(project: Project) -> None:
    processes = [project.start(str(number)) for number in range(3)]
    ends = [(process.communicate(timeout=60)[0], process.returncode) for process in processes]
    assert ends == [(f"['{number}'] 1 {project.root}\n", 23) for number in range(3)]
    assert len(project.installs()) == 1


def test_it_is_found_through_links_and_from_any_folder(project: Project, tmp_path: Path) -> None:
    first, second = tmp_path / "first", project.programs / "trade"
    first.symlink_to(project.root / "scripts" / "trader")
    second.symlink_to(os.path.relpath(first, project.programs))
    code, out, said = project.run("x", script=second, cwd=tmp_path)
    assert (code, out) == (23, f"['x'] 1 {tmp_path}\n"), said


def test_a_moved_project_is_set_up_again(project: Project, tmp_path: Path) -> None:
    project.run()
    project.root = project.root.rename(tmp_path / "moved")
    code, out, said = project.run()
    assert (code, out) == (23, f"[] 1 {project.root}\n"), said
    assert "setting up" in said


def test_the_installed_command_itself_is_isolated(project: Project, tmp_path: Path) -> None:
    project.run()
    command = project.root / ".venv" / "bin" / "trader"
    (tmp_path / "trader.py").write_text("raise SystemExit('the working folder came first')\n")
    assert project.run("x", script=command, cwd=tmp_path) == (23, f"['x'] 1 {tmp_path}\n", "")


def test_without_a_python_it_says_which_are_needed(project: Project) -> None:
    only = project.programs
    only.joinpath("python3").unlink()
    only.joinpath("python3").write_text("#!/bin/sh\nexit 1\n")
    only.joinpath("python3").chmod(0o755)
    for name in ("bash", "env", "sh", "dirname", "sha256sum", "readlink"):
        only.joinpath(name).symlink_to(str(shutil.which(name)))
    code, out, said = project.run(PATH=str(only))
    assert (code, out) == (78, "")
    assert said.startswith("trader: no Python 3.11, 3.12 or 3.13 found on PATH")
    assert said.count("\n") == 1
