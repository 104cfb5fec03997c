"""What no committed file says: unfinished work, pictures for letters, package index hosts, one machine's
paths, a workplace.
"""

import re
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, assert_none, files, plant

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\ufe0f]")
INDEX_HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|crates\.io|deb\.debian\.org|anaconda\.org"
)
MACHINE_PATHS = re.compile(r"/work/|/root/|/opt/(pypi|wheels)|/tmp/v/|/home/(?!you/)\w+/|/Users/\w+/")
WORKPLACE = re.compile(
    r"\.\./shared/|\bshared/(architecture|safety|style|security|strategies|reliability)|\bissue #?\d"
)

TEXTS = frozenset(
    {
        ".py",
        ".md",
        ".toml",
        ".lock",
        ".yaml",
        ".yml",
        ".sh",
        ".service",
        ".timer",
        ".example",
        ".cfg",
        ".ini",
        "",
    }
)
# Recorded answers of a venue are evidence and stay as they came; this file has to name what it looks for.
EXEMPT = ("tests/fixtures/", "tests/architecture/test_texts.py")
RULES = {
    "is unfinished": UNFINISHED,
    "holds an emoji": EMOJI,
    "names a package index": INDEX_HOSTS,
    "names a path of one machine": MACHINE_PATHS,
    "speaks of a workplace": WORKPLACE,
}


def unwanted_texts(root: Path) -> list[str]:
    found = []
    for name in files(root):
        if Path(name).suffix not in TEXTS or name.startswith(EXEMPT):
            continue
        text = (root / name).read_text(encoding="utf-8")
        for said, pattern in RULES.items():
            for match in pattern.finditer(text):
                found.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1} {said}: {match.group()!r}")
    return found


def test_no_file_says_what_it_should_not() -> None:
    assert_none(unwanted_texts(ROOT))


@pytest.mark.parametrize(
    "text",
    [
        "# TODO: later",
        "FIXME",
        "done \u2705",
        "to the moon \U0001f680",
        "--index-url https://pypi.org/simple",
        "cd /work/main",
        "/home/alice/trader",
        "see ../shared/style.md",
        "as issue 2 asks",
    ],
)
@pytest.mark.parametrize("name", ["trader/one.py", "README.md", "scripts/one", "requirements.lock"])
def test_a_planted_text_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert unwanted_texts(plant(tmp_path, name, f"first\n{text}\n")) != []


def test_an_arrow_and_a_placeholder_are_not_found(tmp_path: Path) -> None:
    assert (
        unwanted_texts(plant(tmp_path, "README.md", "a \u2192 b, /home/you/trader, an issue with 2 parts\n"))
        == []
    )
