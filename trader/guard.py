"""The process guard: the last bounds on a run that no code of ours can talk its way past.

* A timer of the kernel, with its default disposition, ends the process `grace_s` after the deadline. A
  Python signal handler would not do: it runs between two bytecodes, and a C call that never returns
  has none.
* A request to stop (SIGTERM, SIGINT, SIGHUP) only sets a flag and shortens the deadline, however often it
  comes: every way out after the first write leads through verify.
* Output never ends a run: a closed pipe or a full disk is an error value at the end, and closed standard
  descriptors are opened on /dev/null before a lock or a socket could get their numbers and be printed into.
* Whatever is printed, by us, a library, a warning or a traceback, loses its secrets on the last step before
  the descriptor. A whole line is looked at, so that no secret passes in two pieces.
* No library takes a proxy, a list of authorities or a password from the environment: what is sent goes to
  the host that was named, or nowhere.
* No core dump, no look into our memory by another process of the user: there are keys in it.
"""

import errno
import io
import os
import resource
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TextIO, cast

STOP_GRACE_S = 25.0
"""Enough for verify with one repair, and well inside the 90 s after which systemd kills by default."""

_PR_SET_DUMPABLE = 4


class StopRequested:
    """Whether somebody asked this process to end, and by which signal first."""

    def __init__(self) -> None:
        self.signal_name: str | None = None

    @property
    def is_set(self) -> bool:
        return self.signal_name is not None


def arm(deadline_s: float, *, grace_s: float = 30.0) -> None:
    """Let the kernel end this process `grace_s` after the deadline, whatever it is doing then."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.setitimer(signal.ITIMER_REAL, deadline_s + grace_s)


def listen_for_stop(shorten: Callable[[float], None], *, grace_s: float = STOP_GRACE_S) -> StopRequested:
    """Turn requests to stop into a flag, and into a call of the deadline's `shorten`."""
    stop = StopRequested()

    def note(number: int, _frame: FrameType | None) -> None:
        if stop.signal_name is None:
            stop.signal_name = signal.Signals(number).name
        shorten(grace_s)

    for wanted in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # nohup and a shell's `&` start us with some of these ignored, and mean it.
        if signal.getsignal(wanted) != signal.SIG_IGN:
            signal.signal(wanted, note)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
    return stop


def harden() -> None:
    """Set the process up before it reads a secret or opens a file."""
    _fill_standard_descriptors()
    _forget_detours()
    os.umask(0o077)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes  # 2 ms, measured; the only way to this call

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _forget_detours() -> None:
    """What requests, and whatever else speaks HTTP in this process, would obey."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
            del os.environ[name]


class _Forgiving(io.FileIO):
    """A standard output that never raises: what it cannot write is lost, and why is kept."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.failure = self.failure or error
            return len(data)


class _Veiled(io.BufferedWriter):
    """Buffered bytes that lose their secrets line by line; an unfinished one waits for its end or a flush."""

    def __init__(self, raw: _Forgiving, redact: Callable[[bytes], bytes]) -> None:
        super().__init__(raw)
        self._redact = redact
        self._unfinished = b""

    def write(self, data: Any) -> int:
        lines, end, rest = (self._unfinished + bytes(data)).rpartition(b"\n")
        self._unfinished = rest
        if end:
            super().write(self._redact(lines + end))
        return len(data)

    def flush(self) -> None:
        rest, self._unfinished = self._unfinished, b""
        if rest:
            super().write(self._redact(rest))
        super().flush()


def veil_output(redact: Callable[[bytes], bytes]) -> None:
    """From here on no print, of ours or of a library, can end the process or show a secret."""
    _fill_standard_descriptors()
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        buffer = _Veiled(_Forgiving(descriptor, "w", closefd=False), redact)
        encoding = getattr(sys, name).encoding
        is_watched = buffer.isatty()
        stream = io.TextIOWrapper(
            buffer, encoding, "backslashreplace", line_buffering=is_watched, write_through=True
        )
        _hand_over_loggers(getattr(sys, name), stream)
        setattr(sys, name, stream)


def _hand_over_loggers(before: TextIO, stream: TextIO) -> None:
    """Whoever set up logging before us, as a site's start-up file may, writes through the veil as well."""
    logging = sys.modules.get("logging")
    for handler in [] if logging is None else logging.root.handlers:
        if getattr(handler, "stream", None) is before:
            handler.setStream(stream)


def lost_output() -> str | None:
    """Flush, and return why something that was printed went nowhere; a reader that left wanted no more."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    failure = raw.failure if isinstance(raw, _Forgiving) else None
    return None if failure is None or failure.errno == errno.EPIPE else failure.strerror


def finish_output() -> str | None:
    """Flush what was printed; return what went wrong, so that the exit code stays the run's own."""
    failures = [failure for stream in (sys.stdout, sys.stderr) if (failure := _flush(stream)) is not None]
    return "; ".join(failures) or None


def _flush(stream: TextIO) -> str | None:
    try:
        stream.flush()
    except (OSError, ValueError) as error:
        # The interpreter flushes once more on its way out and would turn this into exit code 120.
        return f"{stream.name} could not be written: {error}{_point_at_null(stream)}"
    return None


def _point_at_null(stream: TextIO) -> str:
    """Let what is left of a failed stream go nowhere; return a remark when it has no descriptor to point."""
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.dup2(null, stream.fileno())
    except (OSError, ValueError) as error:
        return f" (and it cannot be redirected: {error})"
    finally:
        os.close(null)
    return ""


def _fill_standard_descriptors() -> None:
    for descriptor in (0, 1, 2):
        if not _is_open(descriptor):
            null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
            os.set_inheritable(descriptor, True)
    # Python leaves a stream unset when its descriptor was closed; whatever prints expects one.
    sys.stdin = sys.stdin or _stream(0, "r")
    sys.stdout = sys.stdout or _stream(1, "w")
    sys.stderr = sys.stderr or _stream(2, "w")


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _stream(descriptor: int, access: str) -> TextIO:
    return cast(TextIO, open(descriptor, access, encoding="utf-8", errors="backslashreplace", closefd=False))
