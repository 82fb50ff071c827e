#!/usr/bin/env python3
"""Several images in one run: lists, all tags of a repository page by page, layers in common read once, failures that stop nothing, exit codes."""
from image_parts import *
from registry_parts import Handler, Server

tap = Tap()
place = Place("many")

BASE = debian_layer(("openssl", "3.0.0-1"), release="debian12")
TAGS = ["1.0", "1.1", "2.0", "latest", "sha256-%s.sig" % ("a" * 64)]
layout = Layout(place.path("layout"))
for tag in TAGS[:4]:
    layout.add(layout.image([BASE, layer([("app/version", tag + "\n")])]), tag)
with open(place.path("layout", "index.json")) as f:
    MANIFESTS = {d["annotations"]["org.opencontainers.image.ref.name"]: d for d in json.load(f)["manifests"]}


class PagingHandler(Handler):
    """A registry that gives two tags a page, as a relative Link, and counts what is fetched."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.server.seen.append(path)
        if path == "/v2/":
            return self.reply(200, b"{}")
        if path == "/v2/team/app/tags/list":
            last = dict(p.partition("=")[::2] for p in query.split("&")).get("last")
            at = TAGS.index(last) + 1 if last else 0
            more = [("Link", '</v2/team/app/tags/list?last=%s&n=2>; rel="next"' % TAGS[at + 1])] if at + 2 < len(TAGS) else []
            return self.reply(200, json.dumps({"name": "team/app", "tags": TAGS[at:at + 2]}).encode(), more)
        if path == "/v2/team/circle/tags/list":
            return self.reply(200, b'{"tags": ["1"]}', [("Link", '</v2/team/circle/tags/list?last=1>; rel="next"')])
        if path == "/v2/team/bad/tags/list":
            return self.reply(200, b'{"tags": ["../../etc"]}')
        if path.startswith("/v2/team/app/manifests/"):
            name = path.rsplit("/", 1)[1]
            for tag, d in MANIFESTS.items():
                if name in (tag, d["digest"]):
                    return self.reply(200, self.blob(d["digest"]), [("Content-Type", d["mediaType"])])
        if path.startswith("/v2/team/app/blobs/"):
            return self.reply(200, self.blob(path.rsplit("/", 1)[1]))
        return self.reply(404, b"{}")

    def blob(self, digest):
        with open(place.path("layout", "blobs", *digest.split(":")), "rb") as blob:
            return blob.read()


server = Server(PagingHandler)
server.seen = []
app = "127.0.0.1:%d/team/app" % server.server_address[1]

try:
    run = place.run("image", "--no-cache", "--no-progress", "--all-tags", "--format", "json", app)
    reports = run.json() if run.code == 0 else []
    tap.ok([r["ArtifactName"] for r in reports] == [app + ":" + t for t in TAGS[:4]], "--all-tags follows the pages and leaves signatures out", run)
    tap.ok("1 tags of signatures" in run.err, "what was left out is told", run)
    fetched = [p for p in server.seen if "/blobs/" in p]
    most = max((fetched.count(p) for p in fetched), default=0)
    tap.ok(fetched and most == 1, "a layer that all have is fetched once, also without a cache", "\n".join(fetched))
    run = place.run("image", "--all-tags", app + ":1.0")
    tap.ok(run.code == 2 and "repository" in run.err, "--all-tags of a reference with a tag", run)
    run = place.run("image", "--all-tags", app.replace("/app", "/circle"))
    tap.ok(run.code == 2 and run.seconds < 30, "a list of tags that goes in circles ends", run)
    run = place.run("image", "--all-tags", app.replace("/app", "/bad"))
    tap.ok(run.code == 2 and "a tag that is none" in run.err, "a tag that is a path", run)
    run = place.run("image", "--offline", "--all-tags", app)
    tap.ok(run.code == 2 and "--offline" in run.err, "--all-tags with --offline", run)

    good, bad = docker_archive(place.path("good.tar"), [BASE]), place.write("bad.tar", b"no archive at all")
    os.mkdir(place.path("dir"))
    listing = place.write("list.txt", "# images\n%s\n\n%s\n%s\n" % (good, bad, good))
    run = place.run("image", "--file", listing, "--image-src", "remote")
    tap.ok(run.code == 2 and "Summary of 3 images" in run.out and run.out.count("demo:1 (debian 12") == 2, "--file: what cannot be read stops nothing, exit code 2", run)
    p = subprocess.run([BULKHEAD, "image", "--file", "-", "--format", "json"], input=(good + "\n" + good + "\n").encode(), env=place.env(), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=60)
    tap.ok(p.returncode == 0 and len(json.loads(p.stdout)) == 2, "--file - reads standard input", p.stderr)
    run = place.run("image", good, good, "--strict", "--exit-code", "7", "--format", "markdown")
    tap.ok(run.code == 7 and "## Summary of 2 images" in run.out, "gates: the exit code of the worst", run)
    run = place.run("image", good, good, "--format", "sarif", "--output", place.path("out", "{}.sarif"))
    tap.ok(run.code == 2, "a folder that is not there", run)
    run = place.run("image", good, good, "--format", "sarif", "--output", place.path("dir", "{}.sarif"))
    names = os.listdir(place.path("dir"))
    tap.ok(run.code == 0 and len(names) == 2 and all(n[0].isalnum() for n in names), "a file an image, none overwritten, none that looks like an option", str(run) + str(names))
finally:
    server.shutdown()
    place.remove()
tap.done()
