"""Which code a summary is of: read from a checkout's own files."""

import subprocess
from pathlib import Path

from trader import __version__
from trader.selftest.checkout import code_name

NAME = "0123456789abcdef0123456789abcdef01234567"


def checkout(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_a_branch_names_its_commit(tmp_path: Path) -> None:
    files = {".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": f"{NAME}\n"}
    assert code_name(checkout(tmp_path, files)) == NAME[:12]


def test_a_packed_branch_does_too(tmp_path: Path) -> None:
    packed = f"# pack-refs\n{'f' * 40} refs/heads/domain\n{NAME} refs/heads/main\n"
    files = {".git/HEAD": "ref: refs/heads/main\n", ".git/packed-refs": packed}
    assert code_name(checkout(tmp_path, files)) == NAME[:12]


def test_a_checkout_of_one_commit_names_it(tmp_path: Path) -> None:
    assert code_name(checkout(tmp_path, {".git/HEAD": f"{NAME}\n"})) == NAME[:12]


def test_a_second_checkout_finds_what_it_shares_with_the_first(tmp_path: Path) -> None:
    files = {
        "first/.git/refs/heads/work": f"{NAME}\n",
        "first/.git/worktrees/second/HEAD": "ref: refs/heads/work\n",
        "first/.git/worktrees/second/commondir": "../..\n",
        "second/.git": f"gitdir: {tmp_path}/first/.git/worktrees/second\n",
    }
    checkout(tmp_path, files)
    assert code_name(tmp_path / "second") == NAME[:12]


def test_without_a_checkout_it_is_the_version(tmp_path: Path) -> None:
    assert code_name(tmp_path) == __version__
    assert code_name(checkout(tmp_path, {".git/HEAD": "ref: refs/heads/gone\n"})) == __version__


def test_git_itself_agrees(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = [
            "git",
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b.invalid",
            "-C",
            str(tmp_path),
            *arguments,
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (tmp_path / "one").write_text("1", encoding="utf-8")
    git("add", "one")
    git("commit", "-q", "-m", "one")
    assert code_name(tmp_path) == git("rev-parse", "HEAD")[:12]
