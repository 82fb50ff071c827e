#!/usr/bin/env python3
"""Checks of an image's configuration and files: each check on an image that fails it, and images that fail none; layers, owners, caches, gates, ignore rules."""
from image_parts import *

tap = Tap()
place = Place("image-config-test")
SECRET = "h4rd-t0-gu3ss-" + "value"


def check(name, good, detail=""):
    tap.ok(good, name, str(detail))


def modes(*entries):
    """Layer of (name, mode, size or None for a folder)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, mode, size in entries:
            info = tarfile.TarInfo(name)
            info.mode = mode
            if size is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = size
            t.addfile(info, io.BytesIO(b"x" * (size or 0)))
    return out.getvalue()


def archive(name, layers, config=None, history=None):
    path = place.path(name)
    data = json.dumps({"architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z", "config": config or {}, "history": history or [],
                       "rootfs": {"type": "layers", "diff_ids": [sha256(x) for x in layers]}}).encode()
    member = sha256(data).split(":")[1] + ".json"
    names = ["%d/layer.tar" % i for i in range(len(layers))]
    with tarfile.open(path, "w") as t:
        for n, body in [("manifest.json", json.dumps([{"Config": member, "RepoTags": ["demo:1"], "Layers": names}]).encode()), (member, data), *zip(names, layers)]:
            info = tarfile.TarInfo(n)
            info.size = len(body)
            t.addfile(info, io.BytesIO(body))
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def scan(image, *args, scanners="misconfig", fmt="json"):
    return place.run("image", "--scanners", scanners, "--input", image, "--no-progress", "--format", fmt, *args)


def problems(run):
    return [m for r in run.json()["Results"] if r["Class"] == "config" for m in r.get("Misconfigurations", [])]


def found(run):
    return sorted((m["ID"], m.get("Bulkhead", {}).get("Path", ""), m["Severity"]) for m in problems(run))


base = layer([("etc/os-release", OS_RELEASE["debian11"]), ("etc/debian_version", "11.6\n"), ("var/lib/dpkg/status", dpkg_status(("sudo", "1.9"), ("openssh-server", "8.4"), ("login", "1"), ("odd", "1"))),
              ("var/lib/dpkg/info/login.list", "/.\n/usr/bin/su\n"), ("var/lib/dpkg/info/odd.list", "/usr/bin/odd\n")])
files = modes(("tmp", 0o1777, None), ("usr/bin/su", 0o4755, 5), ("usr/bin/odd", 0o4755, 5), ("app/helper", 0o6755, 5), ("app/data.setuid", 0o4644, 5), ("srv/open", 0o777, None),
              ("srv/open/below", 0o666, 5), ("app/open.txt", 0o666, 5), ("app/gone", 0o4755, 5), ("app/fixed", 0o777, None), ("var/lib/apt/lists/a_Packages", 0o644, 2000000),
              ("var/lib/apt/lists/lock", 0o640, 0), ("root/.cache/pip/http/x", 0o644, 30000), ("var/cache/apk/tiny", 0o644, 10))
later = layer([("app/.wh.gone", b""), ("app/fixed", None), ("var/lib/apt/lists/.wh.a_Packages", b"")])
history = [
    {"created_by": "/bin/sh -c #(nop) ADD file:0123456789abcdef in / "},
    {"created_by": "/bin/sh -c #(nop)  ENV DB_PASSWORD=%s" % SECRET, "empty_layer": True},
    {"created_by": "RUN |1 NPM_TOKEN=%s /bin/sh -c sudo make install # buildkit" % SECRET},
    {"created_by": "ADD https://example.com/tool /usr/bin/tool # buildkit"},
    {"created_by": "ADD src /app # buildkit", "empty_layer": True},
    {"created_by": "ADD rootfs.tar.xz / # buildkit", "empty_layer": True},
    {"created_by": "COPY a /b # buildkit", "empty_layer": True},
]
bad = archive("bad.tar", [base, files, later], {"Env": ["PATH=/bin", "DB_PASSWORD=" + SECRET, "TOKEN_FILE=/run/secrets/x", "API_TOKEN=${X}"], "ExposedPorts": {"22/tcp": {}, "80/tcp": {}},
                                                "Labels": {"org.opencontainers.image.base.name": "docker.io/library/debian:latest"}}, history)
run = scan(bad)
want = sorted([
    ("BH-IMG-001", "", "HIGH"), ("BH-IMG-002", "", "CRITICAL"), ("BH-IMG-003", "", "CRITICAL"), ("BH-IMG-004", "", "LOW"),
    ("BH-IMG-005", "usr/bin/su", "LOW"), ("BH-IMG-005", "usr/bin/odd", "MEDIUM"), ("BH-IMG-005", "app/helper", "HIGH"),
    ("BH-IMG-006", "app/open.txt", "MEDIUM"), ("BH-IMG-007", "srv/open", "MEDIUM"),
    ("BH-IMG-008", "var/lib/apt/lists", "LOW"), ("BH-IMG-008", "root/.cache/pip", "LOW"),
    ("BH-IMG-009", "", "MEDIUM"), ("BH-IMG-010", "", "LOW"), ("BH-IMG-011", "", "MEDIUM"), ("BH-IMG-012", "var/lib/dpkg/status", "LOW"), ("BH-IMG-013", "", "MEDIUM"),
    ("BH-IMG-014", "var/lib/dpkg/status", "MEDIUM"), ("BH-IMG-015", "", "MEDIUM"), ("BH-IMG-016", "", "LOW"),
])
check("every check", run.code == 0 and found(run) == want, "missing %s, too much %s\n%s" % (set(want) - set(found(run)), set(found(run)) - set(want), run.err))
check("no value is shown", SECRET not in "".join(json.dumps(m.get("Message")) for m in problems(run)))
apt = [m for m in problems(run) if m.get("Bulkhead", {}).get("Path") == "var/lib/apt/lists"][0]
check("the bytes of a cache, though a later layer removes it", "2.0 MB in 1 files" in apt["Message"] and "removed by a later layer" in apt["Message"], apt)
check("the layer", apt["Layer"]["DiffID"] == sha256(files) and [m for m in problems(run) if m["ID"] == "BH-IMG-009"][0]["Layer"]["DiffID"] == sha256(later), apt)
check("Trivy's identifier", [m["AVDID"] for m in problems(run) if m["ID"] == "BH-IMG-001"] == ["AVD-DS-0002"])
check("the same from the cache", found(scan(bad)) == want)
check("nothing unless asked for", found(scan(bad, scanners="vuln")) == [])
check("a gate", scan(bad, "--fail-on", "critical").code == 1)

place.write("ignored", "BH-IMG-002\nDS-0031\n")
check("ignored by either identifier", not [x for x in found(scan(bad, "--ignorefile", "ignored")) if x[2] == "CRITICAL"])
place.write("ignored.yaml", "misconfigurations:\n  - id: BH-IMG-005\n    paths: [app/helper]\n    statement: needed\n")
check("ignored by path", ("BH-IMG-005", "app/helper", "HIGH") not in found(scan(bad, "--ignorefile", "ignored.yaml")))

good = archive("good.tar", [layer([("etc/os-release", OS_RELEASE["debian11"])]), modes(("tmp", 0o1777, None), ("usr/bin/x", 0o755, 5))],
               {"User": "1000:1000", "Env": ["PATH=/bin"], "Healthcheck": {"Test": ["CMD", "x"]}, "Labels": {"org.opencontainers.image.source": "https://example.com/x"}},
               [{"created_by": "/bin/sh -c #(nop) ADD file:0123456789abcdef in / "}, {"created_by": "COPY x /usr/bin/x # buildkit"}])
run = scan(good)
check("a good image has none", run.code == 0 and found(run) == [], run)

many = archive("many.tar", [modes(*[("app/f%04d" % i, 0o666, 1) for i in range(500)])], {"User": "1"})
run = scan(many)
files_told = [m for m in problems(run) if m["ID"] == "BH-IMG-006"]
check("many are told in part, the rest by number", len(files_told) == 201 and any("and 300 more" in m["Message"] for m in files_told), len(files_told))

twice = archive("twice.tar", [modes(("app/x", 0o4755, 3), ("app/x", 0o755, 3), ("app/y", 0o755, 3), ("app/y", 0o4755, 3))], {"User": "1"})
check("of two entries of one name the later counts", [x[1] for x in found(scan(twice)) if x[0] == "BH-IMG-005"] == ["app/y"], found(scan(twice)))

tree = place.path("tree")
os.makedirs(os.path.join(tree, "srv"))
place.write("tree/srv/x", "x")
os.chmod(os.path.join(tree, "srv"), 0o777)
os.chmod(os.path.join(tree, "srv", "x"), 0o4755)
run = place.run("rootfs", "--scanners", "misconfig", "--format", "json", tree)
check("rootfs", [x[:2] for x in found(run)] == [("BH-IMG-005", "srv/x"), ("BH-IMG-007", "srv")], run)
table = scan(bad, fmt="table")
check("the table", table.code == 0 and "Configuration: " in table.out and "app/helper" in table.out and SECRET not in table.out, table)
for fmt in ("sarif", "csv", "html", "markdown", "junit"):
    run = scan(bad, fmt=fmt)
    check("as " + fmt, run.code == 0 and "BH-IMG-013" in run.out and SECRET not in run.out, run)

with open(os.path.join(TOP, "docs", "image-config.md"), encoding="utf-8") as f:
    doc = f.read()
check("docs/image-config.md lists every check", all("BH-IMG-%03d" % i in doc for i in range(1, 17)))
place.remove()
tap.done()
