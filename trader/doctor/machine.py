"""Reads of this machine what is not a file of ours: the crontabs, the units, and the way to a host.

Rules: each read is bounded in time and answers with a value. Only names and certificates are asked of a host;
no request is sent and no key is in reach.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from trader.core.text import printable
from trader.doctor.cron import Job, jobs_in
from trader.doctor.units import jobs_of_units

CRONTAB_S = 3.0
CONNECT_S = 4.0
BYTES_MAX = 256 * 1024
SYSTEM_CRONTAB = Path("/etc/crontab")
SYSTEM_CRONTABS = Path("/etc/cron.d")
SYSTEM_UNITS = Path("/etc/systemd/system")
USER_UNITS = ".config/systemd/user"
_TOOLS = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def every_job(home: Path) -> tuple[list[Job], list[str]]:
    """Every start of this program that cron or systemd knows of, and what could not be read."""
    jobs: list[Job] = []
    unread: list[str] = []
    text = crontab()
    if isinstance(text, OSError):
        unread.append(str(text))
    else:
        jobs += jobs_in(text, "crontab")
    for path in _files(SYSTEM_CRONTAB, SYSTEM_CRONTABS):
        content = _text(path)
        if content is None:
            unread.append(f"{path} cannot be read")
        else:
            jobs += jobs_in(content, str(path), has_users=True)
    units = {str(path): _text(path) or "" for path in _units(SYSTEM_UNITS, home / USER_UNITS)}
    return [*jobs, *jobs_of_units(units)], unread


def crontab(folders: str = _TOOLS) -> str | OSError:
    """Our own crontab, empty where we have none."""
    program = shutil.which("crontab", path=folders)
    if program is None:
        return OSError("there is no program crontab here, so cron's lines cannot be read")
    try:
        ended = subprocess.run(
            [program, "-l"],
            capture_output=True,
            timeout=CRONTAB_S,
            stdin=subprocess.DEVNULL,
            check=False,
            env={"PATH": folders, "LC_ALL": "C"},  # there may be secrets in ours
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return OSError(f"`crontab -l` failed: {type(error).__name__}")
    said = ended.stderr.decode(errors="replace")
    if ended.returncode == 0 or "no crontab" in said:
        return ended.stdout.decode(errors="replace") if ended.returncode == 0 else ""
    return OSError(f"`crontab -l` failed: {printable(said.strip() or str(ended.returncode))}")


def _files(file: Path, folder: Path) -> Iterator[Path]:
    if file.is_file():
        yield file
    if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        yield from sorted(path for path in folder.iterdir() if path.is_file())


def _units(*folders: Path) -> Iterator[Path]:
    """Unit files, and the links that switch timers on."""
    for folder in folders:
        if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
            for pattern in ("*.timer", "*.service", "*.wants/*.timer"):
                yield from sorted(folder.glob(pattern))


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(BYTES_MAX).decode(errors="replace")
    except OSError:
        return None


def way_to(host: str, *, ca_file: Path | None = None) -> list[str]:
    """Why a host (`name` or `name:port`) cannot be spoken to safely; nothing when it can."""
    import socket
    import ssl

    import certifi

    name, _, port = host.partition(":")
    try:
        socket.getaddrinfo(name, int(port or 443), type=socket.SOCK_STREAM)
    except OSError as error:
        return [f"{name}: its name has no address here ({error.strerror or error})"]
    context = ssl.create_default_context(cafile=str(ca_file or certifi.where()))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with (
            socket.create_connection((name, int(port or 443)), timeout=CONNECT_S) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            return []
    except ssl.SSLCertVerificationError as error:
        return [f"{name}: its certificate is not trusted ({error.verify_message})"]
    except OSError as error:
        return [f"{name}: no connection ({error.strerror or type(error).__name__})"]
