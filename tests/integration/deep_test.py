#!/usr/bin/env python3
"""--deep through the real program: programs without a package, what is in front of them, with which scanners."""
from image_parts import *
import hashlib, io, tarfile, zipfile

tap = Tap()
ok = tap.ok
place = Place("deep-test")
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02" + bytes(47)
NODE = ELF + b"\0node.js/v22.9.0\0"
SRC = place.path("src")


def put(name, content, mode=0o755):
    place.write("src/" + name, content)
    os.chmod(place.path("src/" + name), mode)


def found(run, kind="binary"):
    return {(p["Name"], p["Version"]) for r in run.json()["Results"] if r["Type"] == kind for p in r.get("Packages", [])}


def results(*args):
    return place.run("rootfs", "--list-all-pkgs", "-f", "json", *args, SRC)


def programs():
    put("etc/os-release", "ID=debian\nVERSION_ID=12\n", 0o644)
    put("var/lib/dpkg/status", "Package: owned\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMaintainer: Debian X <x@debian.org>\n", 0o644)
    put("var/lib/dpkg/info/owned.list", "/.\n/usr/bin\n/usr/bin/busybox\n", 0o644)
    put("usr/bin/busybox", ELF + b"BusyBox v1.36.1\0")
    put("usr/local/bin/node", NODE)
    put("opt/copy/node", NODE)
    put("usr/local/lib/libz.so.1.2.3", ELF + b" deflate 1.2.3 Copyright 1995-2005", 0o644)
    put("srv/requirements.txt", "Jinja2==2.10\n", 0o644)
    ok(found(results()) == set() and found(results("--quick")) == set(), "only --deep reads programs")
    a = results("--deep")
    ok(found(a) == {("node", "22.9.0"), ("zlib", "1.2.3")}, "those without a package, each once", found(a))
    ok(found(a, "pip") == {("Jinja2", "2.10")}, "lock files too", a)
    a = place.run("rootfs", "-f", "cyclonedx", "--deep", SRC).json()
    node = [c for c in a["components"] if c["name"] == "node"]
    ok([(c["purl"], c.get("cpe")) for c in node] == [("pkg:generic/node@22.9.0", "cpe:2.3:a:nodejs:node.js:22.9.0:*:*:*:*:*:*:*")], "their purl and CPE", node)
    sbom = place.path("sbom.json")
    place.write("sbom.json", json.dumps(a))
    again = place.run("sbom", "scan", "--list-all-pkgs", "-f", "json", sbom)
    ok(again.code in (0, 2) and (again.code == 2 or ("node", "22.9.0") in found(again)), "and back from the bill", again)


def advisories():
    place.write("osv/x.json", json.dumps({
        "id": "BIT-node-2024-1", "modified": "2024-01-01T00:00:00Z", "aliases": ["CVE-2024-99991"], "summary": "x",
        "affected": [{"package": {"ecosystem": "Bitnami", "name": "node", "purl": "pkg:bitnami/node"}, "severity": [],
                      "ranges": [{"type": "SEMVER", "events": [{"introduced": "22.0.0"}, {"fixed": "22.9.1"}]}]}]}))
    db = place.path("deep.db")
    a = place.run("db", "import", "--db", db, place.path("osv/x.json"))
    ok(a.code == 0, "advisories filed under Bitnami are imported", a)
    a = place.run("rootfs", "--deep", "-f", "json", "--db", db, SRC)
    ok(("node", "CVE-2024-99991") in vulnerabilities(a.json()), "and judge programs", a)


def bitnami():
    top = place.path("bitnami")
    refs = lambda purl: [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]
    part = lambda name, version, purl: {"SPDXID": "SPDXRef-" + name, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION", "externalRefs": refs(purl)}
    place.write("bitnami/opt/bitnami/node/.spdx-node.spdx", json.dumps({
        "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "name": "node", "dataLicense": "CC0-1.0", "documentNamespace": "https://example.org/x",
        "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Organization: x"]},
        "packages": [part("node", "22.9.0-3", "pkg:bitnami/node@22.9.0-3?arch=amd64&distro=debian-12"), part("new", "22.9.1-0", "pkg:bitnami/node@22.9.1-0")],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-node", "relationshipType": "DESCRIBES"}]}))
    place.write("bitnami/opt/bitnami/node/bin/node", NODE)
    os.chmod(place.path("bitnami/opt/bitnami/node/bin/node"), 0o755)
    a = place.run("rootfs", "--list-all-pkgs", "--deep", "-f", "json", "--db", place.path("deep.db"), top)
    ok(found(a, "bitnami") == {("node", "22.9.0-3"), ("node", "22.9.1-0")} and not found(a), "the bills of Bitnami's images, and their programs once", a)
    hits = {(v["PkgName"], v["InstalledVersion"]) for r in a.json()["Results"] for v in r.get("Vulnerabilities", [])}
    ok(hits == {("node", "22.9.0-3")}, "judged without the revision", hits)


def scanners():
    put("srv/key.txt", "aws_access_key_id = AKIA" + "Z7QJ5PXKMN2RVWT4" + "\n", 0o644)
    secrets = lambda *args: any("Secrets" in r for r in results(*args).json()["Results"])
    ok(secrets("--deep") and not secrets(), "--deep looks for secrets")
    ok(not secrets("--deep", "--scanners", "vuln"), "but --scanners is what it says")
    a = place.run("rootfs", "--deep", "--quick", SRC)
    ok(a.code == 2 and "exclude each other" in a.err, "--quick and --deep exclude each other", a)


def zipped(members, stored=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as z:
        for name, data in members.items():
            z.writestr(name, data)
    return out.getvalue()


def tarred(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as t:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def npm(name):
    return json.dumps({"name": name, "version": "1.0.0"}).encode()


def inside(run):
    return {(p["Name"], p.get("FilePath")) for r in run.json()["Results"] for p in r.get("Packages", [])}


def archives():
    top = place.path("nest")
    lodash = zipped({"node_modules/lodash/package.json": npm("lodash")})
    deep = lodash
    for i in range(6):
        deep = zipped({"l%d.zip" % i: deep}) if i % 2 else tarred({"l%d.zip" % i if i == 0 else "l%d.tgz" % i: deep}, "w:gz")
    below = deep
    for i in range(6, 9):
        below = zipped({"l%d.zip" % i: below})
    place.write("nest/a/app.zip", zipped({"x/package.json": npm("in-zip"), "bin/node": NODE, "var/lib/dpkg/status": "Package: no\nStatus: install ok installed\nVersion: 1\n",
                                          "etc/os-release": "ID=alpine\n", "lib/one.jar": zipped({"META-INF/maven/g/a/pom.properties": "groupId=g\nartifactId=a\nversion=1\n"})}))
    place.write("nest/b/bundle.tar.gz", tarred({"y/package.json": npm("in-tar"), "key.txt": b"aws_access_key_id = AKIA" + b"Z7QJ5PXKMN2RVWT4\n", "z.zip": lodash}, "w:gz"))
    place.write("nest/b/plain.tar", tarred({"y/package.json": npm("in-plain"), "big/package.json": npm("big") + b" " * 70000}))
    place.write("nest/c/deep.tgz", deep)
    place.write("nest/c/large.tgz", tarred({"bin/node": NODE.replace(b"22.9.0", b"23.9.0") + bytes(40 << 20), "data/python3.11": b"x" * (40 << 20)}, "w:gz"))
    place.write("nest/c/too-deep.zip", below)
    place.write("nest/c/x.whl", zipped({"six-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: six\nVersion: 1.0\n"}, True))
    place.write("nest/c/fat.jar", zipped({"META-INF/maven/g/f/pom.properties": "groupId=g\nartifactId=f\nversion=1\n", "BOOT-INF/lib/a.jar": zipped(
        {"META-INF/maven/g/b/pom.properties": "groupId=g\nartifactId=b\nversion=1\n"}), "static/package.json": npm("in-jar")}))
    place.write("nest/c/no.zip", b"PK\x03\x04" + bytes(100))
    place.write("nest/c/text.tar", "a text of a few lines\n" * 30)
    place.write("nest/d/image.tar", tarred({"manifest.json": b"[]", "abc/layer.tar": tarred({"app/package.json": npm("in-image")})}))
    run = lambda *args: place.run("rootfs", "--list-all-pkgs", "-f", "json", *args, top)
    got = inside(run())
    ok(got == {("g:f", "c/fat.jar"), ("g:b", "c/fat.jar/BOOT-INF/lib/a.jar")}, "archives other than Java's are for --deep", got)
    a = run("--deep")
    got = inside(a)
    want = {("in-zip", "a/app.zip/x/package.json"), ("node", "a/app.zip/bin/node"), ("g:a", "a/app.zip/lib/one.jar"), ("in-tar", "b/bundle.tar.gz/y/package.json"), ("node", "c/large.tgz/bin/node"), 
            ("lodash", "b/bundle.tar.gz/z.zip/node_modules/lodash/package.json"), ("in-plain", "b/plain.tar/y/package.json"), ("big", "b/plain.tar/big/package.json"),
            ("lodash", "c/deep.tgz/l4.tgz/l3.zip/l2.tgz/l1.zip/l0.zip/node_modules/lodash/package.json"), ("six", "c/x.whl/six-1.0.dist-info/METADATA"),
            ("g:f", "c/fat.jar"), ("g:b", "c/fat.jar/BOOT-INF/lib/a.jar"), ("in-jar", "c/fat.jar/static/package.json"), ("in-image", "d/image.tar/abc/layer.tar/app/package.json")}
    ok({(n, p) for n, p in got if p and p.startswith("c/deep.tgz")} != set(), "six archives deep", got)
    ok({x for x in got if "deep" not in x[1]} == {x for x in want if "deep" not in x[1]}, "what is in them, each once, and no operating system", sorted(got ^ want))
    secrets = {r["Target"] for r in a.json()["Results"] if r.get("Secrets")}
    ok(secrets == {"b/bundle.tar.gz/key.txt"}, "secrets in them", secrets)
    ok("too-deep.zip" in a.out + a.err and "no.zip" in a.out + a.err and "text.tar" not in a.out + a.err, "what was not read is told", a)
    ok("holds a container image" in a.out + a.err, "an image in an image is told of", a)
    ok(place.run("rootfs", "--deep", "--strict", top).code == 1, "and fails --strict")
    ok(inside(run("--deep", "--skip-files", "a/app.zip")) == {x for x in got if not x[1].startswith("a/")}, "--skip-files")
    digests = {c["name"]: c.get("hashes") for c in place.run("rootfs", "-f", "cyclonedx", "--deep", SRC).json()["components"]}
    ok(digests["node"] == [{"alg": "SHA-256", "content": hashlib.sha256(NODE).hexdigest()}], "the digest of a program", digests["node"])


def bombs():
    top = place.path("bombs")
    inner = zipped({"package.json": b" " * (30 << 20)})
    place.write("bombs/a.zip", zipped({"d%d/x.zip" % i: inner for i in range(400)}))
    place.write("bombs/b.tar.gz", tarred({"d%d/package.json" % i: b" " * (8 << 20) for i in range(12)}, "w:gz"))
    a = place.run("rootfs", "--deep", "--scanners", "vuln", "-f", "json", top)
    ok(a.code == 0 and a.seconds < 60, "a bomb ends", a)
    ok("8 GiB" in a.out + a.err, "and is told of", a)


try:
    for part in (programs, advisories, bitnami, scanners, archives, bombs):
        try:
            part()
        except Exception:
            import traceback
            tap.ok(False, "%s ran to its end" % part.__name__, traceback.format_exc())
finally:
    place.remove()
tap.done()
