"""The packages that the program runs with are these and no others, each pinned by hash.

Fake packages with names close to real ones have stolen trading keys. A new name, also one that another
package brings along, is looked at by a person and added here.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.source_tree import ROOT, assert_none, plant

DIRECT = {"ccxt", "click", "coincurve", "filelock", "orjson", "pydantic", "pyyaml", "requests", "rich"}
BROUGHT_ALONG = {
    *("aiohappyeyeballs", "aiohttp", "aiohttp-fast-zlib", "aiosignal", "annotated-types", "attrs"),
    *("certifi", "cffi", "charset-normalizer", "cryptography", "frozenlist", "idna", "markdown-it-py"),
    *("mdurl", "multidict", "propcache", "pycparser", "pydantic-core", "pygments"),
    *("typing-extensions", "typing-inspection", "urllib3", "uvloop", "winloop", "yarl", "zlib-ng"),
}
EXTRAS = {
    "notify": {"apprise"},
    "backtest": {"numba", "numpy", "optuna", "polars"},
    "cluster": {"distributed"},
    "dev": {
        *("binance-sdk-derivatives-trading-usds-futures", "coverage", "freezegun", "hatchling", "hypothesis"),
        *(
            "hyperliquid-python-sdk",
            "mypy",
            "pip",
            "promql-parser",
            "pytest",
            "pytest-xdist",
            "python-okx",
            "ruff",
        ),
        *("ta-lib", "types-pyyaml", "types-requests"),
    },
}
RELEASE = {"build", "cyclonedx-bom", "hatchling", "pip", "pip-audit"}
ATTACK = {"cosmic-ray"}
LOCK_FILES = (
    *("requirements.lock", "requirements-dev.lock", "requirements-release.lock"),
    "requirements-attack.lock",
    "requirements-backtest.lock",
)
PIN = re.compile(r"([a-z0-9][a-z0-9-]*)==\S+(?: ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def required(requirements: Iterable[str]) -> set[str]:
    """The names, without versions; a requirement by address has none and stays whole."""
    found = set()
    for requirement in requirements:
        name = re.fullmatch(r"([A-Za-z0-9._-]+)(?:[<>=!~ ,.0-9*]*)", requirement)
        found.add(name[1] if name is not None else requirement)
    return found


def pinned(text: str) -> set[str]:
    return {match[1] for match in map(PIN.fullmatch, text.splitlines()) if match is not None}


def versions(lock_file: str) -> Iterable[tuple[str, str]]:
    for line in (ROOT / lock_file).read_text(encoding="utf-8").splitlines():
        name, is_pin, version = line.partition("==")
        if is_pin:
            yield name, version.split()[0]


def loose_lines(root: Path) -> list[str]:
    """Lines of lock files that are neither a version nor a hash, and versions that no hash follows."""
    found = []
    for name in LOCK_FILES:
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=False), 1):
            is_pin = PIN.fullmatch(line) is not None
            if not (HASH.fullmatch(line) or (is_pin and HASH.fullmatch(following))):
                found.append(f"{name}:{number} {line}")
    return found


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_direct_dependencies_are_these(project: dict[str, Any]) -> None:
    assert required(project["project"]["dependencies"]) == DIRECT
    extras = project["project"]["optional-dependencies"]
    assert {name: required(wanted) for name, wanted in extras.items()} == EXTRAS
    groups = project["dependency-groups"]
    assert {name: required(wanted) for name, wanted in groups.items()} == {
        "release": RELEASE,
        "attack": ATTACK,
    }
    assert required(project["build-system"]["requires"]) == {"hatchling"}


def test_what_they_bring_along_is_this() -> None:
    assert pinned((ROOT / "requirements.lock").read_text(encoding="utf-8")) == DIRECT | BROUGHT_ALONG


def test_each_lock_file_pins_by_version_and_hash_alone() -> None:
    assert_none(loose_lines(ROOT))


def test_the_files_for_tests_hold_the_very_versions_that_run() -> None:
    names = (LOCK_FILES[0], LOCK_FILES[4], LOCK_FILES[1])
    run, backtest, dev = ((ROOT / name).read_text(encoding="utf-8").splitlines() for name in names)
    assert {line for line in run if "==" in line} <= {line for line in backtest if "==" in line} <= set(dev)


def test_what_is_attacked_with_changes_no_version_of_the_tests() -> None:
    """Both are put into one environment, one after the other."""
    dev, attack = (dict(versions(name)) for name in (LOCK_FILES[1], LOCK_FILES[3]))
    assert {name: dev[name] for name in attack if name in dev} == {
        name: version for name, version in attack.items() if name in dev
    }


@pytest.mark.parametrize(
    "line",
    ["one @ git+ssh://example.org/one", "--index-url example", "one==1.0", "one>=1.0 \\", "one==1.0 \\"],
)
def test_a_planted_line_is_found(tmp_path: Path, line: str) -> None:
    for name in LOCK_FILES[1:]:
        plant(tmp_path, name, "")
    assert loose_lines(plant(tmp_path, LOCK_FILES[0], f"{line}\n")) != []


def test_a_planted_name_is_found() -> None:
    assert required(["ccxt>=4.5,<5", "ccxt-mexc-futures", "one @ file:///x"]) == {
        "ccxt",
        "ccxt-mexc-futures",
        "one @ file:///x",
    }
