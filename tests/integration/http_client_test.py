#!/usr/bin/env python3
"""The HTTP client: conditional requests, resuming files, limits, time-outs, redirects, retries."""
import os
import shutil
import tempfile

from registry_parts import *

FETCH = os.path.join(BUILD, "http_fetch")
tap = Tap()
if not os.path.exists(FETCH):
    tap.skip_all("http_fetch is not built (BULKHEAD_BUILD names the build folder)")
work = tempfile.mkdtemp(prefix="bulkhead-http-test-")
DATA = os.urandom(300000)


def fetch(*args, **more):
    return dump(*args, program=FETCH, **more)


class Site(Handler):
    def do_GET(self):
        s = self.server
        s.seen.append((self.command, self.path, dict(self.headers)))
        etag = s.state.get("etag", '"one"')
        name = self.path.split("?")[0].strip("/")
        if name == "data":
            if self.headers.get("If-None-Match") == etag:
                return self.reply(304, headers=[("ETag", etag)])
            want, if_range = self.headers.get("Range"), self.headers.get("If-Range")
            if want and (not if_range or if_range == etag):
                start = int(want[6:-1])
                if start >= len(DATA):
                    return self.reply(416)
                return self.reply(206, DATA[start:], [("ETag", etag), ("Content-Range", "bytes %d-%d/%d" % (start, len(DATA) - 1, len(DATA)))])
            return self.reply(200, DATA, [("ETag", etag)])
        if name == "liar":  # another range than the one asked for
            return self.reply(206, DATA[5:], [("Content-Range", "bytes 5-%d/%d" % (len(DATA) - 1, len(DATA)))])
        if name == "chunked" or name == "endless":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for i in range(3 if name == "chunked" else 100000):
                self.wfile.write(b"5\r\nhello\r\n" if name == "chunked" else b"10000\r\n" + b"x" * 65536 + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
            return
        if name == "headers":
            self.send_response(200)
            for i in range(90):  # Python sends at most a hundred
                self.send_header("X-%d" % i, "y" * 4000)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if name == "stall":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.flush()
            time.sleep(6)
            return
        if name == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            for i in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.2)
            return
        if name.startswith("busy"):
            s.state[name] = s.state.get(name, 0) + 1
            return self.reply(503 if s.state[name] < 3 else 200, b"at last")
        if name.startswith("to/"):
            return self.reply(int(name.split("/")[1]), headers=[("Location", urllib.parse.unquote(name.split("/", 2)[2]))])
        if name == "error":
            return self.reply(500, b"x" * 100000)
        if name == "empty":
            return self.reply(200)
        self.reply(404, b"nothing here")

    do_HEAD = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        if self.path.startswith("/to/"):
            return self.do_GET()
        self.reply(200, b"got " + body)


def main():
    site, other = Server(Site), Server(Site)
    for s in (site, other):
        s.state = {}
    url = "http://127.0.0.1:%d/" % site.port
    path = os.path.join(work, "file")

    def content():
        return open(path, "rb").read()

    a = fetch(url + "data", path)
    tap.ok(a.status == 0 and content() == DATA and a.one("etag") == '"one"', "a file", a)
    a = fetch("--if-none-match", '"one"', url + "data", path)
    tap.ok(a.one("status") == "304" and content() == DATA, "not modified: the file is untouched", a)
    a = fetch(url + "none", path)
    tap.ok(a.one("status") == "404" and content() == DATA, "not found: the file is untouched", a)

    with open(path, "wb") as f:
        f.write(DATA[:1000])
    a = fetch("--have", "1000", "--etag", '"one"', url + "data", path)
    tap.ok(a.one("status") == "206" and content() == DATA and site.seen[-1][2].get("Range") == "bytes=1000-", "resumed with the same ETag", a)
    with open(path, "wb") as f:
        f.write(b"old" * 200000)
    a = fetch("--have", "1000", "--etag", '"zero"', url + "data", path)
    tap.ok(a.one("status") == "200" and content() == DATA, "another ETag: from the start, nothing old behind", a)
    a = fetch("--have", str(len(DATA) + 5), url + "data", path)
    tap.ok(a.status == 0 and content() == DATA, "nothing to resume (416): from the start", a)
    a = fetch("--have", "1000", url + "liar", path)
    tap.ok(a.failed_with("network", "partial content"), "another range than asked for", a)
    a = fetch("--expect", str(len(DATA) - 1), url + "data", path)
    tap.ok(a.status == 2 and ("digest" in a.err or "limit" in a.err), "longer than expected", a)
    a = fetch("--expect", str(len(DATA) + 1), "--attempts", "2", url + "data", path)
    tap.ok(a.failed_with("network"), "shorter than expected", a)

    a = fetch("--memory", url + "chunked")
    tap.ok(a.one("body") == "hello" * 3, "chunked", a)
    a = fetch("--max", "1000000", url + "endless", path)
    tap.ok(a.failed_with("limit") and a.seconds < 5, "a body without end", a)
    a = fetch("--memory", "--max", "1000000", url + "endless")
    tap.ok(a.failed_with("limit"), "… into memory", a)
    a = fetch("--memory", url + "headers")
    tap.ok(a.status == 2, "360 KiB of headers", a)
    a = fetch("--memory", "--attempts", "1", url + "error")
    tap.ok(a.one("status") == "500" and len(a.one("body")) == 16384, "an error page is cut", a)
    a = fetch(url + "empty", path)
    tap.ok(a.status == 0 and content() == b"", "an empty body empties the file", a)
    a = fetch("--memory", "--stall", "1", "--attempts", "1", url + "stall")
    tap.ok(a.failed_with("timeout") and a.seconds < 5, "a transfer that stalls", a)
    a = fetch("--memory", "--total", "1", "--attempts", "1", url + "drip")
    tap.ok(a.failed_with("timeout") and a.seconds < 5, "a transfer that drips", a)
    a = fetch("--memory", "--attempts", "3", url + "busy1")
    tap.ok(a.one("body") == "at last", "503 twice", a)
    a = fetch("--memory", "--attempts", "2", url + "busy2")
    tap.ok(a.one("status") == "503", "503 too often", a)
    a = fetch("--head", url + "data")
    tap.ok(a.one("status") == "200" and a.one("bytes") == "0", "HEAD", a)
    a = fetch("--post", "x=y", url + "form")
    tap.ok(a.one("body") == "got x=y" and "Expect" not in site.seen[-1][2], "POST", a)

    # redirects
    elsewhere = "http://localhost:%d/" % other.port
    quote = lambda u: urllib.parse.quote(u, safe="")
    for status in (301, 302, 303, 307, 308):
        a = fetch("--authorization", "Secret", "--memory", url + "to/%d/%s" % (status, quote("/chunked")))
        tap.ok(a.one("body") == "hello" * 3 and site.seen[-1][2].get("Authorization") == "Secret" and a.one("url") == url + "chunked", "%d within the origin" % status, a)
    a = fetch("--authorization", "Secret", "--memory", url + "to/307/" + quote(elsewhere + "chunked"))
    tap.ok(a.one("body") == "hello" * 3 and "Authorization" not in other.seen[-1][2], "another origin gets no Authorization", a)
    a = fetch("--authorization", "Secret", "--memory", url + "to/307/" + quote(elsewhere + "to/307/" + quote(url + "chunked")))
    tap.ok(a.one("body") == "hello" * 3 and "Authorization" not in site.seen[-1][2], "… nor does the way back", a)
    a = fetch("--post", "secret", url + "to/307/" + quote(elsewhere + "form"))
    tap.ok(a.failed_with("network", "POST"), "a POST stays within its origin", a)
    a = fetch("--post", "x=y", url + "to/307/" + quote("/form"))
    tap.ok(a.one("body") == "got x=y", "307 repeats a POST", a)
    a = fetch("--post", "x=y", url + "to/303/" + quote("/chunked"))
    tap.ok(a.one("body") == "hello" * 3, "303 turns a POST into a GET", a)
    for target in ("file:///etc/passwd", "gopher://127.0.0.1/", "//", "http://[", "x y"):
        a = fetch("--memory", url + "to/302/" + quote(target))
        tap.ok(a.status == 2 or a.one("status") == "404", "redirect to %r" % target, a)
    a = fetch("--memory", url + "to/302/")
    tap.ok(a.status == 2, "redirect to nowhere", a)
    for bad in ("ftp://127.0.0.1/", "127.0.0.1", "http://", "file:///etc/passwd", "http://a b/"):
        a = fetch("--memory", "--attempts", "1", bad)
        tap.ok(a.status == 2, "URL %r" % bad, a)
    a = fetch("--memory", "--authorization", "x\r\nHost: evil", url + "data")
    tap.ok(a.failed_with("usage"), "a line break in a header", a)
    a = fetch("--memory", "--offline", url + "data")
    tap.ok(a.failed_with("network", "--offline"), "offline", a)


try:
    main()
finally:
    shutil.rmtree(work, ignore_errors=True)
tap.done()
