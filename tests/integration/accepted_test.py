#!/usr/bin/env python3
"""What a team accepts and compares, through the real program: bulkhead vex, --vex, --baseline, --compare on the demo image and a newer one of it."""
from image_parts import *

tap = Tap()
ok = tap.ok
place = Place("accepted-test")
DEMO = place.path("my-app.tar")
subprocess.run([os.path.join(TOP, "tools", "demo-image"), DEMO], check=True)
ROOT = place.path("rootfs")
LOG4SHELL, SSL = "CVE-2021-44228", "CVE-2023-0286"
place.write("os/etc/os-release", 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian 11"\n')
OPENSSL = "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: %s\nDepends: libc6\n\n"
place.write("old/var/lib/dpkg/status", OPENSSL % "1.1.1n-0+deb11u3")
place.write("old/etc/os-release", 'ID=debian\nVERSION_ID="11"\n')
place.write("new/var/lib/dpkg/status", OPENSSL % "1.1.1n-0+deb11u4" + "Package: sudo\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.8.0-1\n\n")
place.write("new/etc/os-release", 'ID=debian\nVERSION_ID="11"\n')
OLD, NEW = place.path("old"), place.path("new")


def found(run):
    return vulnerabilities(run.json())


def vex():
    doc = place.path("app.vex.json")
    a = place.run("vex", "add", doc, "--vuln", SSL, "--product", "pkg:deb/debian/openssl", "--justification", "vulnerable_code_not_in_execute_path", "--author", "Security team")
    ok(a.code == 0 and not a.out, "vex add makes a document", a)
    b = place.run("vex", "add", doc, "--vuln", LOG4SHELL, "--product", "my-app:1.0", "--status", "affected", "--action-statement", "upgrade")
    j = json.load(open(doc, encoding="utf-8"))
    ok(b.code == 0 and j["version"] == 2 and len(j["statements"]) == 2 and j["author"] == "Security team", "vex add adds to it", json.dumps(j, indent=1))
    plain, judged = place.run("image", "-f", "json", DEMO), place.run("image", "-f", "json", "--vex", doc, "--show-suppressed", DEMO)
    ok(found(plain) - found(judged) == {("openssl", SSL)}, "--vex takes away what it is about, and nothing else", judged)
    note = [m for r in judged.json()["Results"] for m in r.get("ExperimentalModifiedFindings", [])]
    ok([(m["Status"], m["Statement"]) for m in note] == [("not_affected", "vulnerable_code_not_in_execute_path")] and "Security team" in note[0]["Source"], "who and why", note)
    ok("app.vex.json:" in place.run("image", "--vex", doc, "--show-suppressed", DEMO).out, "file and line in the table")
    a = place.run("vex", "show", doc)
    ok(a.code == 0 and "2 statements" in a.out and "vulnerable_code_not_in_execute_path" in a.out and "upgrade" in a.out, "vex show", a)
    a = place.run("image", "--vex", place.write("other.json", '{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{"name":"CVE-1"},"products":["x"],'
                                                              '"status":"fixed"},{"status":"?"}]}'), DEMO)
    ok(a.code == 0 and "none of the 1 statement is about a finding" in a.err and "other.json:1" in a.err, "what is about nothing or not understood is told", a)
    for args, word in ((("--vuln", SSL), "--product"), (("--vuln", SSL, "--product", "x"), "reason"), (("--vuln", SSL, "--product", "x", "--justification", "because"), "none of"),
                       (("--vuln", SSL, "--product", "x", "--status", "affected"), "--action-statement")):
        a = place.run("vex", "add", doc, *args)
        ok(a.code == 2 and word in a.err, "vex add refuses: " + word, a)
    ok(json.load(open(doc, encoding="utf-8")) == j, "a refused statement leaves the document as it was")
    for text, name in (("{}", "no VEX"), ("{", "broken"), (None, "missing")):
        path = place.write("bad.json", text) if text else place.path("nowhere.json")
        a = place.run("image", "--vex", path, DEMO)
        ok(a.code == 2 and os.path.basename(path) in a.err and not a.out, "--vex with a file that is " + name, a)


def baseline():
    report = place.path("baseline.json")
    ok(place.run("rootfs", OLD, "-f", "json", "-o", report).code == 0, "a baseline is a JSON report")
    a = place.run("rootfs", OLD, "--baseline", report, "--fail-on", "any")
    ok(a.code == 0 and SSL not in a.out, "nothing new: the gate is met", a)
    a = place.run("rootfs", NEW, "--baseline", report, "--fail-on", "any", "-f", "json")
    ok(a.code == 1 and {p for p, _ in found(a)} == {"sudo"} and "no more" in a.err, "only what is new is left and judged, what is gone is told", a)
    ok("baseline" in place.run("rootfs", OLD, "--baseline", report, "--show-suppressed").out, "--show-suppressed names the baseline")
    a = place.run("rootfs", OLD, "--baseline", place.write("no.json", '{"x":1}'))
    ok(a.code == 2 and "no.json" in a.err, "a baseline that is no report is refused", a)


def compare():
    report = place.path("old.json")
    place.run("rootfs", OLD, "-f", "json", "-o", report)
    j = place.run("rootfs", NEW, "--compare", report, "-f", "json").json()
    ok(SSL in {f["ID"] for f in j["Fixed"]} and {f["Package"] for f in j["Added"]} == {"sudo"}, "against a report: new and fixed", json.dumps(j, indent=1)[:2000])
    ok({(p["Name"], p["Change"]) for p in j["Packages"]} == {("openssl", "changed"), ("sudo", "added")}, "packages that changed", j["Packages"])
    k = place.run("rootfs", NEW, "--compare", OLD, "-f", "json").json()
    ok(k["Old"].pop("ArtifactName") == j["Old"].pop("ArtifactName") and k == j, "against the thing itself: the same answer", [k, j])
    bill = place.path("old.cdx.json")
    ok(place.run("sbom", OLD, "-o", bill).code == 0, "a bill of materials of the old one")
    k = place.run("rootfs", NEW, "--compare", bill, "-f", "json").json()
    ok([k[x] for x in ("Added", "Fixed", "Packages")] == [j[x] for x in ("Added", "Fixed", "Packages")], "against the bill: the same answer", k)
    a = place.run("rootfs", NEW, "--compare", report)
    ok(a.code == 0 and "Fixed: " in a.out and "now 1.1.1n-0+deb11u4" in a.out and "Packages that changed: 2" in a.out, "as a table", a)
    ok("starter database" in a.err, "what people must know of the data is told beside it", a)
    a = place.run("rootfs", NEW, "--compare", report, "-f", "markdown")
    ok("#### New" in a.out and "#### Fixed" in a.out and "| Package | Old | New |" in a.out, "as Markdown", a)
    ok(place.run("rootfs", NEW, "--compare", report, "--fail-on", "any").code == 1, "gates judge the new scan")
    same = place.run("rootfs", NEW, "--compare", NEW, "-f", "json").json()
    ok(not same["Added"] and not same["Fixed"] and same["Unchanged"], "nothing against itself", same)
    a = place.run("rootfs", NEW, "--compare", report, "-f", "cyclonedx")
    ok(a.code == 2 and "--compare" in a.err, "other formats are refused", a)
    a = place.run("rootfs", NEW, "--compare", place.path("nowhere"))
    ok(a.code == 2 and "--compare" in a.err, "an OLD that is not there", a)


try:
    for part in (vex, baseline, compare):
        try:
            part()
        except Exception:
            import traceback
            tap.ok(False, "%s ran to its end" % part.__name__, traceback.format_exc())
finally:
    place.remove()
tap.done()
