"""One tab, as a person uses it: reads what is shown, clicks by what is written on a button."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.chromium import Chromium, Json, until

REPORTS = Path(__file__).parents[2] / "reports" / "browser"
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DESK = {"width": 1280, "height": 860, "deviceScaleFactor": 1, "mobile": False}
PLACE = """(label) => {
  const one = [...document.querySelectorAll("button, a, label.button, summary")].find(
    (one) => !one.disabled && one.textContent.trim() === label);
  if (!one) return null;
  one.scrollIntoView({ block: "center" });
  const { x, y, width, height } = one.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
}"""


@dataclass
class Tab:
    """A tab with a profile of its own."""

    browser: Chromium
    session: str
    context: str
    answered: int = 0
    """Requests that got their answer from here."""

    @classmethod
    def open(cls, browser: Chromium, metrics: Json, *scripts: str) -> Tab:
        """A new one; `scripts` run before those of any page."""
        context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = cls(browser, session, context)
        for domain in ("Page", "Network", "Runtime", "Log"):
            tab.send(f"{domain}.enable")
        tab.send("Emulation.setDeviceMetricsOverride", **metrics)
        for script in scripts:
            tab.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        return tab

    def send(self, method: str, **params: Any) -> Json:
        """A command to this tab."""
        return self.browser.send(method, self.session, **params)

    def close(self) -> None:
        """With all that it knows."""
        self.browser.send("Target.disposeBrowserContext", browserContextId=self.context)

    def go(self, url: str) -> None:
        """Load a page."""
        self.send("Page.navigate", url=url)

    def run(self, expression: str) -> Any:
        """The value of some JavaScript."""
        said = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    @property
    def title(self) -> str:
        """Of the screen."""
        return str(self.run("document.querySelector('h1')?.textContent ?? ''"))

    @property
    def text(self) -> str:
        """All that is shown."""
        return str(self.run("document.body?.innerText ?? ''"))

    def sees(self, title: str, within_s: float = 30) -> None:
        """Wait for the screen with this title."""
        until(lambda: self.title == title, f"“{title}”, instead of “{self.title}”\n{self.text}", within_s)

    def click(self, label: str, times: int = 1) -> None:
        """With the mouse, in the middle of the button; twice is a double click."""
        place = until(
            lambda: self.run(f"({PLACE})({json.dumps(label)})"), f"a button “{label}” in\n{self.text}"
        )
        for number in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=number, **place)

    def choose(self, file: Path) -> None:
        """As the file of the screen's file input."""
        document = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=document, selector="input[type=file]")["nodeId"]
        self.send("DOM.setFileInputFiles", files=[str(file)], nodeId=node)

    def allow_camera(self, origin: str, setting: str = "granted") -> None:
        """Answer the browser's question before it is asked: `granted` or `denied`."""
        permission = {"name": "camera"}
        self.browser.send(
            "Browser.setPermission",
            permission=permission, setting=setting, origin=origin, browserContextId=self.context,
        )  # fmt: skip

    def go_offline(self, is_offline: bool) -> None:
        """Unplug the network, or plug it in again."""
        speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.send("Network.emulateNetworkConditions", offline=is_offline, **speed)

    def answer_next(self, status: int, body: Json, retry_after_s: int | None = None) -> None:
        """Instead of the service, where `Fetch` is enabled: the next request, in the order they came."""
        headers = [{"name": "Retry-After", "value": str(retry_after_s)}] if retry_after_s else []
        self.send(
            "Fetch.fulfillRequest",
            requestId=self._next_paused(),
            responseCode=status,
            responseHeaders=headers,
            body=base64.b64encode(json.dumps(body).encode()).decode(),
        )

    def let_next_pass(self) -> None:
        """The next request that `Fetch` holds goes on to the service."""
        self.send("Fetch.continueRequest", requestId=self._next_paused())

    def asked(self) -> list[str]:
        """The address of every request so far."""
        return [event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """What the browser wrote to the console: errors of scripts, and what the policy forbids."""
        thrown = [str(event["params"]) for event in self._events("Runtime.exceptionThrown")]
        logged = [event["params"]["entry"] for event in self._events("Log.entryAdded")]
        return thrown + [entry["text"] for entry in logged if entry["source"] in {"security", "javascript"}]

    def picture(self, name: str) -> None:
        """Keep what is seen in reports/browser, once what moves has come to rest."""
        self.run("Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations === 1)"
                 ".map(a => a.finished))")  # fmt: skip
        REPORTS.mkdir(parents=True, exist_ok=True)
        data = self.send("Page.captureScreenshot", format="png")["data"]
        (REPORTS / f"{name}.png").write_bytes(base64.b64decode(data))

    def _next_paused(self) -> str:
        paused = until(lambda: self._events("Fetch.requestPaused")[self.answered :], "a request")[0]
        self.answered += 1
        return str(paused["params"]["requestId"])

    def _events(self, method: str) -> list[Json]:
        return [event for event in self.browser.events.get(self.session, []) if event["method"] == method]
