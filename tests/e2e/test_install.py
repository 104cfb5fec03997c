"""The wheel is whole: built from a copy of the tree, installed beside the current packages, and used from
another folder.

Nothing is downloaded: the build runs with the build tool of this environment, and the clean one sees this
one's packages through a .pth file, but not this checkout.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import trader
from tests.support.loopback import loopback_only
from tests.support.loopback.loopback_only import VARIABLE
from tests.support.schedules import parse_crontab
from tests.support.source_tree import ROOT, files

BUILT_FROM = ("trader/", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run to success under an environment of its own; return what it printed."""
    guard = {"PYTHONPATH": str(Path(loopback_only.__file__).parent), VARIABLE: os.environ[VARIABLE]}
    ended = subprocess.run(
        command,
        cwd=cwd,
        env={**guard, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, f"{command} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("copy")
    for name in files(ROOT):
        if name.startswith(BUILT_FROM):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    run(
        sys.executable,
        "-I",
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        cwd=copy,
        SOURCE_DATE_EPOCH="1767225600",
    )
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with the wheel and, by path only, the packages of this one."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    run(sys.executable, "-I", "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    options = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--no-compile")
    run(
        sys.executable,
        "-I",
        "-m",
        "pip",
        "--python",
        venv / "bin" / "python",
        "install",
        *options,
        wheel,
        cwd=venv.parent,
    )
    (site_packages,) = (venv / "lib").glob("python3.*/site-packages")
    (site_packages / "packages.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return venv / "bin"


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in files(ROOT) if name.startswith("trader/")}
    assert {name for name in packed if name.endswith(".csv.gz")} != set()
    assert "trader/py.typed" in packed


def test_the_installed_program_starts_from_another_folder(clean: Path, tmp_path: Path) -> None:
    assert trader.__version__ in run(clean / "trader", "--version", cwd=tmp_path)
    assert "Usage:" in run(clean / "trader", "--help", cwd=tmp_path)


def test_the_installed_program_trades_a_demo_day(clean: Path, tmp_path: Path) -> None:
    """With the prices, the market table and everything else that the wheel has to carry."""
    shown = json.loads(run(clean / "trader", "demo", "--days", "1", "--json", cwd=tmp_path))
    assert shown["ticks"] == 48
    assert shown["ticks_covered"] == shown["ticks_with_position"]


def test_the_installed_program_writes_and_checks_a_configuration(clean: Path, tmp_path: Path) -> None:
    file = tmp_path / "trader.yaml"
    run(clean / "trader", "init", file, cwd=tmp_path)
    run(clean / "trader", "config", "check", "--config", file, cwd=tmp_path)


@pytest.mark.parametrize("line", [0, 1], ids=["run", "check-sl"])
def test_a_line_of_the_crontab_runs_with_what_cron_gives_it(clean: Path, tmp_path: Path, line: int) -> None:
    """No HOME, no terminal; and a configuration that is not there, so that it can reach no account."""
    variables, lines = parse_crontab(ROOT / "crontab.example")
    command = re.sub(r"^sleep \d+", "sleep 0", lines[line].command)
    command = command.replace("/home/you/trader/.venv/bin", str(clean))
    absent = tmp_path / "absent.yaml"
    environment = {**variables, "TRADER_CONFIG": str(absent), VARIABLE: os.environ[VARIABLE]}
    ended = subprocess.run(
        [variables["SHELL"], "-c", command], env=environment, cwd="/", capture_output=True, text=True
    )
    assert ended.returncode == 78, ended.stdout + ended.stderr
    assert str(absent) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_the_installed_package_is_the_one_from_the_wheel(clean: Path, tmp_path: Path) -> None:
    program = (
        "import importlib.metadata, trader; print(trader.__file__, importlib.metadata.version('trader'))"
    )
    path, version = run(clean / "python", "-c", program, cwd=tmp_path).split()
    assert Path(path).is_relative_to(clean.parent)
    assert version == trader.__version__
