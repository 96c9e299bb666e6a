# SPDX-License-Identifier: GPL-2.0
"""Shared by the tests in tests/browser: Chromium with a page, driven by selenium."""

import json
import os
import tempfile

from ipitest import BUILD

SCRATCH = tempfile.TemporaryDirectory()
SHOTS = os.path.join(BUILD, "browser")


class Browser:
    """Chromium with a page: a file, or a URL."""

    def __init__(self, path, width=1280, height=800, dark=False):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for arg in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                    f"--user-data-dir={tempfile.mkdtemp(dir=SCRATCH.name)}"):
            options.add_argument(arg)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=False)
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.driver.get(path if "://" in path else "file://" + os.path.abspath(path))

    def cdp(self, command, **args):
        return self.driver.execute_cdp_cmd(command, args)

    def run(self, script, *args):
        return self.driver.execute_script(script, *args)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).innerText", selector)

    def rows(self, section):
        """The cells of the first table of a section, without the lines below each row."""
        return self.run("""return [...document.querySelectorAll("#" + arguments[0] + " .content > .scroll " +
            "tbody tr:not(.below)")].map(r => [...r.cells].map(c => c.innerText))""", section)

    def change(self, selector, value):
        """As a user does who leaves the field."""
        self.run("""const field = document.querySelector(arguments[0]);
            field.value = arguments[1]; field.dispatchEvent(new Event("change"))""", selector, value)

    def complaints(self, origin="file:"):
        """The console, and all that was requested from elsewhere."""
        wrong = [entry["message"] for entry in self.driver.get_log("browser")]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                wrong += [url] if not url.startswith((origin, "data:", "about:", "chrome:")) else []
        return wrong

    def shot(self, name):
        os.makedirs(SHOTS, exist_ok=True)
        path = os.path.join(SHOTS, name + ".png")
        self.driver.save_screenshot(path)
        return os.path.getsize(path)

    def unreadable(self):
        """axe's violations."""
        with open(os.path.join(BUILD, "axe.min.js"), encoding="utf-8") as f:
            self.run(f.read() + "; window.axe = axe;")
        self.driver.set_script_timeout(60)
        return self.driver.execute_async_script("""const done = arguments[0];
            axe.run().then(r => done(r.violations.map(v => v.id + ": " + v.nodes[0].html.slice(0, 200))))""")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
