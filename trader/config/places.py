"""Where the configuration may stand, and the home folder that `~` means.

Rules: the home is the one in passwd for our user id; HOME is not asked, because cron, a login shell, sudo
and systemd set it differently and would find different files. A file that was named must exist: falling
through to the next place would trade with another configuration than the one that was asked for. What another
user left in the folder where we happen to stand was not asked for: it is refused, for protection too.
"""

import os
import pwd
from collections.abc import Mapping, Sequence
from pathlib import Path

from trader.core.errors import ConfigError
from trader.core.frozen import frozen

VARIABLE = "TRADER_CONFIG"
ROOT = 0


@frozen
class Found:
    """The configuration to use, or None, and every place that was tried for it."""

    path: Path | None
    tried: tuple[str, ...]


def home() -> Path:
    """The home folder of passwd."""
    uid = os.geteuid()
    try:
        return Path(pwd.getpwuid(uid).pw_dir)
    except KeyError as error:
        raise ConfigError(
            f"user id {uid} is not in passwd, so ~ means nothing; write absolute paths"
        ) from error


def usual_path() -> Path:
    """Where `trader init` writes, and the last place looked at."""
    return home() / ".config/trader/config.yaml"


def find(explicit: str | Path | None, environ: Mapping[str, str]) -> Found:
    """Look for the configuration: the flag, the variable, this folder, the home of passwd."""
    if explicit is not None:
        return Found(_expanded(str(explicit)), (f"--config {explicit}",))
    if environ.get(VARIABLE):
        return Found(_expanded(environ[VARIABLE]), (f"{VARIABLE}={environ[VARIABLE]}",))
    tried = [f"{VARIABLE} (not set)"]
    for place in (Path("trader.yaml").absolute, usual_path):
        try:
            path = place()
        except (ConfigError, FileNotFoundError) as error:
            tried.append(f"nothing below the home or this folder ({error})")
            continue
        tried.append(str(path))
        if path.exists() or path.is_symlink():
            _require_ours(path)
            return Found(path, tuple(tried))
    return Found(None, tuple(tried))


def _require_ours(path: Path) -> None:
    """Nobody asked for this file by its name, so whoever may write here must not choose what we trade by."""
    try:
        owner = path.lstat().st_uid
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if owner not in (ROOT, os.geteuid()):
        raise ConfigError(
            f"{path} belongs to user id {owner}, expected ours ({os.geteuid()}) or root: use "
            "another folder, or name the file that you mean with --config FILE"
        )


def without_file(tried: Sequence[str]) -> ConfigError:
    """What to say where no configuration was found and the embedded exchange must not be assumed."""
    return ConfigError(
        f"no configuration; tried {', '.join(tried)}. Write one with `trader init`,"
        " name one with --config FILE, or add --paper to use the embedded exchange"
    )


def _expanded(text: str) -> Path:
    return home() / text[2:] if text.startswith("~/") else Path(text).absolute()
