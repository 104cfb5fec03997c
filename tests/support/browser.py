"""Headless Chromium over a pipe of its DevTools protocol: pages, clicks, keys, pictures, and its complaints.

Rules: no socket, so that nothing here could leave the machine; every request that a page makes is recorded,
and so is every message of its console. Each wait has an end. The browser gets a profile of its own and dies
with its context.
"""

import base64
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import F_DUPFD_CLOEXEC, fcntl
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
WAIT_S = 30.0
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--remote-debugging-pipe",
)


class NoBrowser(Exception):
    """The machine has no Chromium; the text says how to get it."""


def found_browser() -> str:
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    raise NoBrowser(f"none of {', '.join(NAMES)} is installed: run scripts/set-up browser")


class Browser:
    """One process; `Tab`s are opened in it one after another."""

    def __init__(self, read_end: int, write_end: int) -> None:
        self._read_end, self._write_end = read_end, write_end
        self._buffer = b""
        self._number = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self.listeners: dict[str, Callable[[str, dict[str, Any]], None]] = {}

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The answer of one command; a refusal fails with its text."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._send(message)
        number, ends = self._number, time.monotonic() + WAIT_S
        while number not in self._answers:
            self.pump(ends - time.monotonic(), method)
        answer = self._answers.pop(number)
        assert "error" not in answer, f"{method}: {answer.get('error')}"
        result: dict[str, Any] = answer["result"]
        return result

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write_end, data) :]

    def pump(self, timeout_s: float, what: str) -> None:
        """Take in what has come."""
        ready, _, _ = select.select([self._read_end], [], [], max(0.0, timeout_s))
        assert ready, f"the browser did not answer {what} within {WAIT_S:g} s"
        data = os.read(self._read_end, 1 << 20)
        assert data, f"the browser ended while it was asked for {what}"
        *whole, self._buffer = (self._buffer + data).split(b"\0")
        for each in whole:
            message = json.loads(each)
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self.listeners:
                self.listeners[message["sessionId"]](message["method"], message["params"])


class Tab:
    """One page with its size; `complaints` and `requests` fill while it lives."""

    def __init__(self, browser: Browser, *, width: int, height: int, dark: bool, touch: bool) -> None:
        self.browser = browser
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._loaded = False
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = attached["sessionId"]
        browser.listeners[self._session] = self._heard
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=touch,
        )
        features = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        media = [{"name": name, "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=media)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, self._session, **parameters)

    def _heard(self, method: str, said: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(said["exceptionDetails"].get("exception", said))[:2_000])
        elif method == "Log.entryAdded":
            self.complaints.append(f"{said['entry']['level']}: {said['entry']['text']}")
        elif method == "Runtime.consoleAPICalled":
            words = " ".join(str(each.get("value", each.get("description"))) for each in said["args"])
            self.complaints.append(f"console.{said['type']}: {words}")

    def open(self, path: Path) -> None:
        """Show a file and wait until it has painted twice."""
        self._loaded = False
        self.call("Page.navigate", url=path.as_uri())
        ends = time.monotonic() + WAIT_S
        while not self._loaded:
            self.browser.pump(ends - time.monotonic(), f"loading {path.name}")
        self.painted()

    def painted(self) -> None:
        two = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
        self.run(two)

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        said = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, json.dumps(said["exceptionDetails"])[:2_000]
        return said["result"].get("value")

    def place(self, selector: str) -> tuple[float, float, float, float]:
        """Left, top, width and height of an element, brought into view."""
        script = (
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center', behavior: 'instant'}); const r = e.getBoundingClientRect();"
            " return [r.left, r.top, r.width, r.height]; })()"
        )
        left, top, width, height = self.run(script)
        return left, top, width, height

    def hover(self, x: float, y: float) -> None:
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.painted()

    def click(self, selector: str) -> None:
        left, top, width, height = self.place(selector)
        where = {"x": left + width / 2, "y": top + height / 2, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **where)
        self.painted()

    def wheel(self, x: float, y: float, *, down: float, right: float = 0.0) -> None:
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=right, deltaY=down)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)
        self.painted()

    def screenshot(self, path: Path | None = None, *, whole: bool = False) -> bytes:
        """A PNG of what is seen, or of the whole page."""
        said = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        png = base64.b64decode(said["data"])
        if path is not None:
            path.write_bytes(png)
        return png

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self._target)
        del self.browser.listeners[self._session]


@contextmanager
def a_tab(
    browser: Browser, *, width: int = 1280, height: int = 900, dark: bool = False, touch: bool = False
) -> Iterator[Tab]:
    tab = Tab(browser, width=width, height=height, dark=dark, touch=touch)
    try:
        yield tab
    finally:
        tab.close()


@contextmanager
def a_browser() -> Iterator[Browser]:
    """A Chromium of its own, ended when the context is left."""
    path, profile = found_browser(), tempfile.mkdtemp(prefix="trader-browser-")
    theirs_read, ours_write = os.pipe()
    ours_read, theirs_write = os.pipe()
    # Above the numbers that the browser wants them under.
    theirs = [fcntl(end, F_DUPFD_CLOEXEC, 10) for end in (theirs_read, theirs_write)]
    quiet = os.open(os.devnull, os.O_RDWR)
    actions = [
        *((os.POSIX_SPAWN_DUP2, quiet, number) for number in (0, 1, 2)),
        (os.POSIX_SPAWN_DUP2, theirs[0], 3),
        (os.POSIX_SPAWN_DUP2, theirs[1], 4),
    ]
    arguments = [path, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = os.posix_spawn(path, arguments, dict(os.environ), file_actions=actions, setpgroup=0)
    for end in (theirs_read, theirs_write, *theirs, quiet):
        os.close(end)
    try:
        yield Browser(ours_read, ours_write)
    finally:
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(ours_read)
        os.close(ours_write)
        shutil.rmtree(profile, ignore_errors=True)
