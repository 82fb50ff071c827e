#!/usr/bin/env python3
"""--deep through the real program: programs without a package, what is in front of them, with which scanners."""
from image_parts import *

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


def scanners():
    put("srv/key.txt", "aws_access_key_id = AKIA" + "Z7QJ5PXKMN2RVWT4" + "\n", 0o644)
    secrets = lambda *args: any("Secrets" in r for r in results(*args).json()["Results"])
    ok(secrets("--deep") and not secrets(), "--deep looks for secrets")
    ok(not secrets("--deep", "--scanners", "vuln"), "but --scanners is what it says")
    a = place.run("rootfs", "--deep", "--quick", SRC)
    ok(a.code == 2 and "exclude each other" in a.err, "--quick and --deep exclude each other", a)


try:
    for part in (programs, advisories, scanners):
        try:
            part()
        except Exception:
            import traceback
            tap.ok(False, "%s ran to its end" % part.__name__, traceback.format_exc())
finally:
    place.remove()
tap.done()
