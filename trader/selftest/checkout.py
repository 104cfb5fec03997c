"""Which code this is, for a summary that somebody reads later: the commit of a checkout, or the version.

Rules: no other program is asked, and nothing outside the folder of the checkout is read. Changes that were
not committed are not seen.
"""

from pathlib import Path

from trader import __version__

ROOT = Path(__file__).resolve().parents[2]
_SHOWN = 12


def code_name(root: Path = ROOT) -> str:
    """The commit that the checkout in this folder stands at, or the version where there is none."""
    folder = root / ".git"
    try:
        if folder.is_file():  # a second checkout: its file names the folder
            folder = root / folder.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref:"):
            return head[:_SHOWN]
        return _of_branch(folder, head.removeprefix("ref:").strip())[:_SHOWN] or __version__
    except OSError:
        return __version__


def _of_branch(folder: Path, name: str) -> str:
    """The commit of this branch; empty where nothing says it."""
    common = folder / "commondir"
    if common.is_file():
        folder = folder / common.read_text(encoding="utf-8").strip()
    loose = folder / name
    if loose.is_file():
        return loose.read_text(encoding="utf-8").strip()
    packed = (folder / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
