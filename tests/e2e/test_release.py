"""scripts/release ends with the name of the step and without dist/ where something is not as it must be.

What needs a package index or a database of weaknesses is not run here: those steps fail loudly where it does
not answer, as the one that installs the tools shows.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT

NEEDED = ("bash", "env", "dirname", "git", "sed", "grep", "mktemp", "rm", "tail", "cat", "python3")
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-21\n\nThe first.\n"
LOCKED = "nothing-of-that-name==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
EXPOSED = '#!/bin/sh\necho "$@" >>"${0%/*}/../judged"\necho "exposure 9.9"\nexit 1\n'
CONFINED = EXPOSED.replace("exit 1", "exit 0")
STEPS = (
    *("clean_tree", "agreeing_versions", "confined_units", "installed", "built", "installable", "audited"),
    *("described", "tested", "delivered"),
)


class Project:
    """A checkout with what the first steps look at, and a PATH of few programs."""

    def __init__(self, root: Path) -> None:
        self.root = root / "project"
        self.programs = root / "bin"
        self.programs.mkdir()
        for name in NEEDED:
            found = sys.executable if name == "python3" else shutil.which(name)
            assert found is not None, f"{name} is needed"
            (self.programs / name).symlink_to(found)
        self.program("systemd-analyze", CONFINED)
        for name in ("scripts/release", "scripts/environment.sh"):
            self.write(name, (ROOT / name).read_text())
        self.write("trader/__init__.py", '"""One."""\n\n__version__ = "0.1.0"\n')
        self.write("CHANGELOG.md", CHANGELOG)
        self.write("requirements-release.lock", LOCKED)
        self.write("scripts/systemd/one.service", "[Service]\nExecStart=/bin/true\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def program(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "one")

    def refusal(self) -> str:
        """What it says when it ends, which must be badly and without a release."""
        ended = subprocess.run(
            ["bash", "scripts/release"],
            cwd=self.root,
            env={"PATH": str(self.programs), "HOME": str(self.root), "PIP_NO_INDEX": "1"}
            | {"PIP_CONFIG_FILE": os.devnull},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert ended.returncode == 1 and ended.stdout == "", ended
        assert "nothing is released" in ended.stderr.splitlines()[-1]
        assert not (self.root / "dist").exists()
        return ended.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("name", ["CHANGELOG.md", "notes.txt"], ids=["changed", "new"])
def test_what_is_not_committed_is_not_released(project: Project, name: str) -> None:
    project.write(name, CHANGELOG + "more\n")
    said = project.refusal()
    assert "release: clean tree: these are not committed" in said and name in said


def test_a_folder_without_history_is_not_released(project: Project) -> None:
    shutil.rmtree(project.root / ".git")
    assert "is not a git checkout" in project.refusal()


@pytest.mark.parametrize(
    ("changelog", "why"),
    [
        ("# Changelog\n\n## [Unreleased]\n", 'the newest heading of CHANGELOG.md is ""'),
        (CHANGELOG.replace("0.1.0", "0.2.0"), 'newest heading of CHANGELOG.md is "## [0.2.0] - 2026-11-21"'),
        (CHANGELOG.replace(" - 2026-11-21", ""), 'expected "## [0.1.0] - DATE"'),
        (CHANGELOG.replace("ed]\n", "ed]\n\n* One thing more.\n"), 'under Unreleased: "* One thing more."'),
    ],
    ids=["unreleased", "another version", "no date", "more"],
)
def test_version_and_changelog_agree(project: Project, changelog: str, why: str) -> None:
    project.write("CHANGELOG.md", changelog)
    project.commit()
    assert why in project.refusal()


def test_a_version_has_three_numbers(project: Project) -> None:
    project.write("trader/__init__.py", '__version__ = "0.1.dev0"\n')
    project.commit()
    assert "has no __version__ of three numbers" in project.refusal()


def test_a_released_version_never_changes(project: Project) -> None:
    project.git("tag", "v0.1.0")
    project.write("more.txt", "more\n")
    project.commit()
    assert "the tag v0.1.0 is another commit" in project.refusal()


def test_an_exposed_unit_is_not_released(project: Project) -> None:
    project.program("systemd-analyze", EXPOSED)
    assert "scripts/systemd/one.service: exposure 9.9; at most 25 of 100 is allowed" in project.refusal()
    asked = (project.programs.parent / "judged").read_text().split()
    assert {"security", "--offline=true", "--threshold=25"} <= set(asked)


def test_units_that_nobody_can_judge_are_not_released(project: Project) -> None:
    (project.programs / "systemd-analyze").unlink()
    assert "systemd-analyze is not installed" in project.refusal()


def test_tools_that_cannot_be_installed_end_it(project: Project) -> None:
    said = project.refusal()
    assert "release: tools: requirements-release.lock could not be installed" in said
    assert "nothing-of-that-name" in said, "pip's own word"


def test_every_step_is_taken_and_the_last_one_delivers() -> None:
    text = (ROOT / "scripts/release").read_text()
    defined = re.findall(r"^(\w+)\(\) \{$", text, re.MULTILINE)
    main = text.partition("\nwork=$(mktemp -d)")[2]
    called = [
        word for word in re.findall(r"^(\w+)", main, re.MULTILINE) if word in defined and word != "begin"
    ]
    assert tuple(called) == STEPS
    assert set(defined) <= {*STEPS, "begin"}
    audit = text.partition("bin/pip-audit")[2].partition("\n}")[0]
    assert "--strict" in audit and "--require-hashes" in audit and "|| true" not in audit
