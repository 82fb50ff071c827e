#!/usr/bin/env python3
"""Licences in whole images: Debian's copyright files (also behind links and in layers), language packages, lists and gates, the cache."""
from image_parts import *

tap = Tap()
place = Place("licenses-test")


def check(name, good, detail=""):
    tap.ok(good, name, str(detail))


DEP5 = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: 2020 A\nLicense: %s\n"


layers = [
    debian_layer(("bash", "5.1-2"), ("libfoo1", "1.0"), ("libfoo-bin", "1.0"), ("mystery", "1"), extra=[
        ("usr/share/doc/bash/copyright", DEP5 % "GPL-2+" + "\nFiles: m4/*\nLicense: GPL-3+ with Autoconf exception\n\nLicense: GPL-2.0-or-later\n"),
        ("usr/share/doc/libfoo1/copyright", "This is free software; see /usr/share/common-licenses/LGPL-2.1.\n"),
        ("usr/share/doc/mystery/copyright", DEP5 % "AGPL-3.0-only"),
        ("app/node_modules/a/package.json", '{"name": "a", "version": "1.0.0", "license": "(MIT OR GPL-3.0-only)"}'),
        ("app/node_modules/b/package.json", '{"name": "b", "version": "1.0.0", "license": "Frobozz"}'),
    ]),
    layer([("usr/share/doc/libfoo-bin", ("sym", "libfoo1"))]),
    layer([("usr/share/doc/mystery/.wh.copyright", b"")]),
]
image = place.path("image.tar")
docker_archive(image, layers)


def scan(*args, scanners="license", fmt="json", cache=True):
    return place.run("image", "--scanners", scanners, "--input", image, "--no-progress", "--format", fmt, *([] if cache else ["--no-cache"]), *args)


def rows(run):
    return sorted((x["Target"], l["PkgName"], l["Name"], l["Category"], l["Severity"]) for x in run.json()["Results"] if x["Class"] == "license" for l in x.get("Licenses", []))


want = sorted([
    ("OS Packages", "bash", "GPL-2.0-or-later", "restricted", "HIGH"),
    ("OS Packages", "bash", "GPL-3.0-or-later WITH Autoconf-exception-generic", "restricted", "HIGH"),
    ("OS Packages", "libfoo1", "LGPL-2.1-only", "restricted", "HIGH"),
    ("OS Packages", "libfoo-bin", "LGPL-2.1-only", "restricted", "HIGH"),
    ("Node.js", "a", "MIT OR GPL-3.0-only", "notice", "LOW"),
    ("Node.js", "b", "Frobozz", "unknown", "UNKNOWN"),
])
first = scan()
check("licences of packages, of a removed file none", first.code == 0 and rows(first) == want, first)
check("the same from the cache", rows(scan()) == want)
check("the same without one", rows(scan(cache=False)) == want)
check("what states none is told", any("1 package states no licence: mystery" in n for n in first.json()["Bulkhead"]["Notices"]), first)
check("no licences unless asked for", rows(scan(scanners="vuln")) == [])

denied = scan("--license-deny", "lgpl-2.1*", "--fail-on", "critical")
check("a denied licence fails the gate", denied.code == 1 and {r[1] for r in rows(denied) if r[4] == "CRITICAL"} == {"libfoo1", "libfoo-bin"}, denied)
allowed = scan("--license-allow", "GPLv2+,GPL-3.0-or-later,restricted,MIT", "--fail-on", "high")
check("what is not allowed, or states none, fails the gate", allowed.code == 1 and {(r[1], r[2]) for r in rows(allowed) if r[4] == "HIGH"} == {("b", "Frobozz"), ("mystery", "no licence stated")},
          allowed)
passed = scan("--license-allow", "restricted,MIT,Frobozz,no licence stated", "--fail-on", "high")
check("all allowed: the gate is met", passed.code == 0 and {r[4] for r in rows(passed)} == {"LOW"}, passed)
check("lists ask for the scanner", place.run("image", "--license-deny", "GPL-*", "--scanners", "vuln", "--input", image, "--fail-on", "critical", "--format", "json").code == 1)
bad = scan("--license-allow", "MIT OR ISC")
check("an expression is no item", bad.code == 2 and "one by one" in bad.err, bad)

place.write("ignore.yaml", "licenses:\n  - id: Frobozz\n    statement: bought\n")
ignored = scan("--ignorefile", "ignore.yaml", "--show-suppressed")
check("ignore rules", ("Node.js", "b", "Frobozz", "unknown", "UNKNOWN") not in rows(ignored) and "bought" in ignored.out, ignored)

table = scan(fmt="table")
check("the table groups by licence", table.code == 0 and "LGPL-2.1-only" in table.out and "libfoo-bin, libfoo1" in table.out, table)
for fmt in ("sarif", "csv", "html", "markdown", "junit", "cyclonedx"):
    run = scan(fmt=fmt)
    check("as " + fmt, run.code == 0 and "Autoconf-exception-generic" in run.out or fmt == "cyclonedx" and run.code == 0, run)

place.remove()
tap.done()
