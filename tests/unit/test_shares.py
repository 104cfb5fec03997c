"""The suite in several processes: each test file is played by one of them, and one that fails is heard."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.shares import share_of
from tests.support.source_tree import ROOT

FILES = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_share_has_files_and_none_much_more_than_its_part(count: int) -> None:
    shares = [share_of(name, count) for name in FILES]
    assert set(shares) == set(range(1, count + 1))
    assert max(shares.count(share) for share in set(shares)) < 1.3 * len(FILES) / count


def test_all_shares_are_played_once_and_a_failure_in_any_is_told(tmp_path: Path) -> None:
    names = ["test_one.py", "test_two.py", "test_three.py", "test_four.py"]
    assert {share_of(name, 2) for name in names} == {1, 2}
    last = next(name for name in names if share_of(name, 2) == 2)
    for name in names:
        note = f"(Path({str(tmp_path)!r}) / 'played').open('a').write({name!r} + ' ')"
        text = f"from pathlib import Path\n\n\ndef test_it():\n    {note}\n    assert {name != last}\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    command = [sys.executable, "-m", "tests.support.shares", "2", *options]
    bare = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert sorted((tmp_path / "played").read_text(encoding="utf-8").split()) == sorted(names)
    assert f"/{last}::test_it" in done.stdout, "the share that is not shown while it is played"
