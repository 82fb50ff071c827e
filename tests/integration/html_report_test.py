#!/usr/bin/env python3
"""The HTML report in headless Chromium, driven through its debugging pipe: filter, sort, search, pages, colours, widths, print, no network, hostile text, no scripts."""
import base64
import hashlib
import html.parser
import json
import os
import re
import select
import shutil
import subprocess
import sys
import time

from image_parts import *

tap = Tap()
GOLDEN = os.path.join(TOP, "tests", "golden", "formats", "html")
BROWSER = next((b for b in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome") if b and shutil.which(b)), None)


class Browser:
    """Chrome DevTools Protocol over two pipes: JSON messages, each ended by a zero byte."""

    def __init__(self, folder):
        down_r, down_w = os.pipe()
        up_r, up_w = os.pipe()
        command = 'exec "$0" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$1" --remote-debugging-pipe about:blank 3<&%d 4>&%d' % (down_r, up_w)
        self.process = subprocess.Popen(["sh", "-c", command, BROWSER, folder], pass_fds=(down_r, up_w), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(down_r)
        os.close(up_w)
        self.down, self.up, self.rest, self.number, self.events, self.session = down_w, up_r, b"", 0, [], None
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def read(self, deadline):
        while b"\0" not in self.rest:
            if not select.select([self.up], [], [], max(0, deadline - time.time()))[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(self.up, 1 << 20)
            if not data:
                raise EOFError("the browser went away")
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, params=None, seconds=60):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params or {}}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.down, json.dumps(message).encode() + b"\0")
        deadline = time.time() + seconds
        while True:
            answer = self.read(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(method + ": " + answer["error"]["message"])
                return answer["result"]
            self.events.append(answer)

    def open(self, path, fragment=""):
        self.call("Page.navigate", {"url": "about:blank"})
        self.events = []
        self.call("Page.navigate", {"url": "file://" + os.path.abspath(path) + fragment})
        deadline = time.time() + 60
        while not self.ask("document.readyState === 'complete' && location.protocol === 'file:'"):
            if time.time() > deadline:
                raise TimeoutError("the page does not load")
            time.sleep(0.05)

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def width(self, pixels, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", {"width": pixels, "height": 1000, "deviceScaleFactor": scale, "mobile": False})

    def end(self):
        try:
            self.session = None
            self.call("Browser.close", seconds=10)
        except (TimeoutError, EOFError, RuntimeError, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Page(html.parser.HTMLParser):
    """What stands in the file: elements, attributes, text without scripts and styles."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.attrs, self.words, self.inside = [], [], [], None
        self.raw = {"script": [], "style": []}
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attrs += [(tag, k, v or "") for k, v in attrs]
        if tag in self.raw:
            self.inside = tag
            self.raw[tag].append("")

    def handle_endtag(self, tag):
        self.inside = None if tag == self.inside else self.inside

    def handle_data(self, data):
        if self.inside:
            self.raw[self.inside][-1] += data
        else:
            self.words.append(data)


def source():
    """Without a browser: nothing is loaded, nothing hostile is markup, the policy allows what is there and only that, and people without scripts see the essentials."""
    with open(GOLDEN, encoding="utf-8") as f:
        text = f.read()
    page = Page(text)
    loads = [(t, k, v) for t, k, v in page.attrs if k in ("src", "srcset", "action", "data", "poster", "background") or (t in ("link", "base") and k == "href") or k.startswith("on") or k == "style"]
    tap.ok(not loads and "@import" not in text and "url(" not in text, "nothing is loaded, no handlers in attributes", loads)
    policy = next(v for t, k, v in page.attrs if k == "content" and v.startswith("default-src"))
    script = [s for s in page.raw["script"] if not s.lstrip().startswith("{")]
    digest = lambda s: "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
    tap.ok(len(script) == 1 and len(page.raw["script"]) == 2 and digest(script[0]) in policy and digest(page.raw["style"][0]) in policy and "unsafe" not in policy and
           "default-src 'none'" in policy, "the policy names style and script by digest", policy)
    data = json.loads(next(s for s in page.raw["script"] if s.lstrip().startswith("{")))
    tap.ok(any("</script><script>alert('x')</script>" in f["t"] for f in data["findings"]) and "<script>alert" not in text, "a title that ends the script is data")
    words = " ".join(" ".join(page.words).split())
    tap.ok(all(w in words for w in ("my-app:1.0", "Gate not met: critical", "Upgrade these first", "CVE-2021-44228", "app/.env:3", "17 findings", "Known to be exploited")), "without scripts: summary, plan, rows", words[:2000])
    for t, k, v in page.attrs:
        if k == "href" and not v.startswith(("https://", "http://", "#")):
            tap.ok(False, "a link leads elsewhere", v)


def behaviour(b, page):
    b.width(1600)
    b.open(page)
    problems = [e for e in b.events if e["method"] in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")]
    asked = [e["params"]["request"]["url"] for e in b.events if e["method"] == "Network.requestWillBeSent"]
    tap.ok(not problems and len(asked) == 1 and asked[0].startswith("file:"), "no errors, no requests but for the page", problems or asked)
    rows = "[...document.querySelectorAll('#rows tr:not(.detail)')].map(r => r.querySelector('.open').textContent)"
    scores = "[...document.querySelectorAll('#rows tr:not(.detail) .number')].map(x => +x.textContent)"
    count = "document.getElementById('count').textContent"
    tap.ok(b.ask(rows)[0] == "CVE-2021-44228" and b.ask(scores) == sorted(b.ask(scores), reverse=True) and b.ask(count) == "17 findings", "opens by score", b.ask(rows))
    tap.ok(b.ask("document.querySelectorAll('script').length") == 2 and b.ask("document.querySelectorAll('#rows script, #rows img, #rows iframe').length") == 0 and
           b.ask("document.title") == "my-app:1.0 – Bulkhead", "hostile titles are text")
    b.ask("document.getElementById('q').value = 'LODASH'; document.getElementById('q').dispatchEvent(new Event('input'))")
    time.sleep(0.4)
    tap.ok(sorted(b.ask(rows)) == ["CVE-2020-8203", "CVE-2021-23337"] and b.ask(count) == "2 of 17 findings" and "q=LODASH" in b.ask("location.hash"), "search", b.ask(count))
    b.ask("document.querySelector('#controls button[type=reset]').click()")
    time.sleep(0.3)
    b.ask("document.querySelector('#severities input').click()")
    tap.ok(b.ask(count) == "6 of 17 findings", "severity chip", b.ask(count))
    b.ask("document.getElementById('fixable').click(); document.getElementById('exploited').click()")
    tap.ok(b.ask(rows) == ["CVE-2021-44228"], "fixable and exploited", b.ask(rows))
    b.ask("document.querySelector('#controls button[type=reset]').click()")
    time.sleep(0.3)
    b.ask("document.querySelector('th[data-key=i] button').click()")
    tap.ok(b.ask(rows) == sorted(b.ask(rows)) and b.ask("document.querySelector('th[data-key=i]').getAttribute('aria-sort')") == "ascending", "sort by a heading", b.ask(rows))
    b.ask("document.querySelector('.open').click()")
    tap.ok(b.ask("document.querySelectorAll('tr.detail').length") == 1 and b.ask("document.querySelector('.open').getAttribute('aria-expanded')") == "true", "a row opens")
    b.ask("document.querySelector('.open').click()")
    tap.ok(b.ask("document.querySelectorAll('tr.detail').length") == 0, "and closes")
    b.call("Input.dispatchKeyEvent", {"type": "keyDown", "key": "/", "text": "/"})
    tap.ok(b.ask("document.activeElement.id") == "q", "/ goes to the search", b.ask("document.activeElement.id"))
    b.open(page, "#severity=HIGH&kind=secret,vulnerability&kind=vulnerability&sort=n")
    tap.ok(b.ask(count) == "4 of 17 findings" and b.ask("document.getElementById('kind').value") == "vulnerability", "the address keeps the view", b.ask(count))
    b.open(page, "#q=%E0%A4%A&severity=<img src=x onerror=alert(1)>&sort=__proto__&page=-1&open=toString")
    tap.ok(b.ask(count) == "17 findings" and b.ask("document.querySelectorAll('img').length") == 0, "a hostile address changes nothing", b.ask(count))


def looks(b, page):
    b.open(page)
    for width in (360, 400, 768, 1000, 1600):
        b.width(width)
        over = b.ask("document.documentElement.scrollWidth")
        tap.ok(over <= width, f"nothing sticks out at {width} pixels", over)
    b.width(1600)
    background = "getComputedStyle(document.body).backgroundColor"
    light = b.ask(background)
    b.ask("document.getElementById('theme').click()")
    dark = b.ask(background)
    tap.ok(light != dark and sum(map(int, re.findall(r"\d+", dark)[:3])) < 150 < 600 < sum(map(int, re.findall(r"\d+", light)[:3])), "dark and light", (light, dark))
    b.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    b.ask("localStorage.clear()")
    b.open(page)
    tap.ok(b.ask(background) == dark, "dark by the system's choice", b.ask(background))
    # WCAG 2.1, 1.4.3: text against what is behind it.
    contrast = """(() => {
      const lum = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4 }); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
      const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/^rgba.*, 0\\)$|transparent/.test(c)) return c } return 'rgb(255, 255, 255)' };
      const bad = [];
      for (const e of document.querySelectorAll('main *, header *, footer')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length || e.closest('option')) continue;
        const a = lum(getComputedStyle(e).color), b = lum(behind(e)), r = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (r < 4.5) bad.push(e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 20) + ' ' + r.toFixed(2));
      }
      return [...new Set(bad)].slice(0, 10) })()"""
    for scheme in ("dark", "light"):
        b.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        b.open(page)
        bad = b.ask(contrast)
        tap.ok(not bad, f"contrast of text is 4.5 at least, {scheme}", bad)
    unnamed = b.ask("[...document.querySelectorAll('button, input, select, a')].filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || (e.labels && e.labels.length))).map(e => e.outerHTML)")
    tap.ok(not unnamed, "every control has a name", unnamed)
    b.call("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    tap.ok(b.ask("getComputedStyle(document.getElementById('controls')).display") == "none", "print leaves the controls out")
    b.call("Emulation.setEmulatedMedia", {"media": ""})
    pdf = base64.b64decode(b.call("Page.printToPDF", {"printBackground": True})["data"])
    tap.ok(pdf.startswith(b"%PDF") and len(pdf) > 5000, "prints", len(pdf))
    b.call("Emulation.setScriptExecutionDisabled", {"value": True})
    b.call("Page.navigate", {"url": "file://" + os.path.abspath(page)})
    time.sleep(1)
    b.call("Emulation.setScriptExecutionDisabled", {"value": False})
    tap.ok(b.ask("document.querySelectorAll('#rows tr').length") == 17 and b.ask("document.getElementById('controls').hidden"), "without scripts the rows are there")


def large(b, folder):
    """5,000 findings, made from the small page's data."""
    with open(GOLDEN, encoding="utf-8") as f:
        text = f.read()
    start = text.index('<script type="application/json" id="data">') + len('<script type="application/json" id="data">')
    end = text.index("</script>", start)
    data = json.loads(text[start:end])
    some = [f for f in data["findings"] if f["k"] == "vulnerability"]
    data["findings"] = [dict(some[i % len(some)], i=f"CVE-2026-{i}", d=i, c=i % 1000) for i in range(5000)]
    data["texts"] = [f"Description {i}: " + "a flaw was found in the way that input is parsed. " * 12 for i in range(5000)]
    path = os.path.join(folder, "large.html")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text[:start] + json.dumps(data).replace("<", "\\u003c") + text[end:])
    started = time.time()
    b.open(path)
    loaded = time.time() - started
    took = b.ask("(() => { const q = document.getElementById('q'), t = performance.now(); q.value = 'cve-2026-4'; q.dispatchEvent(new Event('input')); "
                 "return new Promise(r => setTimeout(() => { const b = document.querySelector('th[data-key=i] button'), s = performance.now(); b.click(); r(performance.now() - s) }, 300)) })()")
    tap.ok(b.ask("document.getElementById('count').textContent") == "1111 of 5000 findings" and b.ask("document.querySelectorAll('#rows tr').length") == 100,
           f"5,000 findings: loads in {loaded:.1f} s, filters and sorts in {took:.0f} ms", b.ask("document.getElementById('count').textContent"))
    tap.ok(loaded < 20 and took < 2000, "quick with 5,000 findings", (loaded, took))
    b.ask("[...document.querySelectorAll('#pages button')].pop().click()")
    tap.ok("page 2 of 12" in b.ask("document.getElementById('pages').textContent"), "pages", b.ask("document.getElementById('pages').textContent"))


source()
if not BROWSER:
    print("SKIP: no chromium on this machine: the HTML report was not opened in a browser")
else:
    with tempfile.TemporaryDirectory() as folder:
        # A browser goes by the ending of the name.
        small = shutil.copy(GOLDEN, os.path.join(folder, "report.html"))
        browser = Browser(os.path.join(folder, "profile"))
        try:
            behaviour(browser, small)
            looks(browser, small)
            large(browser, folder)
        finally:
            browser.end()
tap.done()
