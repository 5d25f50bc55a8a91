"""A headless Chromium, driven through a pair of pipes by its DevTools protocol
(https://chromedevtools.github.io/devtools-protocol/): enough to look at a page as a person would."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Chromium:
    """One browser with one page. Everything that the page complains of is collected in `complaints`."""

    def __init__(self, seconds=60):
        self.deadline = time.monotonic() + seconds
        self.profile = tempfile.mkdtemp(prefix="rhz-chromium-")
        (theirs_in, self.output), (self.input, theirs_out) = os.pipe(), os.pipe()
        self.errors = open(os.path.join(self.profile, "log"), "wb")
        self.process = subprocess.Popen(
            # bash, because other shells know descriptors of one digit only.
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", "chromium", "--headless=new", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        os.close(theirs_in)
        os.close(theirs_out)
        self.buffer, self.number, self.complaints, self.session, self.events = b"", 0, [], None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.note(answer)

    def note(self, event):
        method, parameters = event.get("method", ""), event.get("params", {})
        self.events.append(method)
        if method == "Log.entryAdded" or method == "Runtime.exceptionThrown" or method == "Network.loadingFailed":
            self.complaints.append(parameters)
        if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(parameters)
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def receive(self):
        while b"\0" not in self.buffer:
            left = self.deadline - time.monotonic()
            assert left > 0 and select.select([self.input], [], [], left)[0], "chromium did not answer in time"
            part = os.read(self.input, 1 << 20)
            assert part, "chromium has ended: " + self.log()
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def log(self):
        with open(self.errors.name, errors="replace") as file:
            return file.read()[-2000:]

    def open(self, url, width, scripts=True, dark=False):
        """Shows a page in a window of so many CSS pixels; returns how wide its content is."""
        self.requests, self.events = [], []
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=width < 600)
        self.call("Page.navigate", url=url)
        while "Page.loadEventFired" not in self.events:
            self.note(self.receive())
        return self.call("Page.getLayoutMetrics")["cssContentSize"]["width"]

    def screenshot(self, file):
        """The whole page as PNG."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        file.write_bytes(base64.b64decode(data))

    def pdf(self, file):
        file.write_bytes(base64.b64decode(self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"]))

    def text(self):
        """What a reader without scripts and styles would read."""
        tree = self.call("Accessibility.getFullAXTree")["nodes"]
        return " ".join(node["name"]["value"] for node in tree if node.get("role", {}).get("value") == "StaticText")

    def close(self):
        for end in (self.output, self.input):
            os.close(end)
        self.process.terminate()
        self.process.wait(timeout=20)
        self.errors.close()
        shutil.rmtree(self.profile, ignore_errors=True)
