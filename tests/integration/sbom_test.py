#!/usr/bin/env python3
"""Bills of materials: the same findings as the image in every format, the same bytes on every run, conversions, merges, gates, and the official schemas."""
import glob

from image_parts import *

tap = Tap()
place = Place("sbom")
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
FORMATS = ["cyclonedx", "cyclonedx-xml", "spdx-json", "spdx", "spdx3-json"]

FEED = place.write("osv.json", json.dumps({
    "id": "GHSA-demo", "modified": "2024-01-01T00:00:00Z", "aliases": ["CVE-2024-1"], "affected": [
        {"package": {"ecosystem": "npm", "name": "@scope/left"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]},
        {"package": {"ecosystem": "PyPI", "name": "flask-login"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}) + "\n" + json.dumps({
    "id": "DSA-1", "modified": "2024-01-01T00:00:00Z", "aliases": ["CVE-2024-2"], "affected": [
        {"package": {"ecosystem": "Debian:11", "name": "openssl"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1.1n-0+deb11u5"}]}]},
        {"package": {"ecosystem": "Debian:12", "name": "openssl"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.11-1"}]}]}]}) + "\n")
os.rename(FEED, FEED + "l")
DB = place.path("test.db")


def image(name, release, version, extra=()):
    first = debian_layer(("libssl3", version, "openssl"), ("zlib1g", "1:1.2.11.dfsg-2", "zlib"), release=release)
    second = layer([("app/node_modules/@scope/left/package.json", '{"name": "@scope/left", "version": "1.0.0", "license": "(MIT OR Apache-2.0)"}'),
                    ("usr/lib/python3/dist-packages/Flask_Login-0.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: Flask_Login\nVersion: 0.5\nLicense: zlib <&>\n"),
                    ("app/broken.jar", b"no zip"), *extra])
    return docker_archive(place.path(name + ".tar"), [first, second], tag=name + ":1")


def scan(*args):
    run = place.run(*args, "--db", DB, "--format", "json", "--quiet", env=EPOCH)
    return (run.json() if run.code == 0 and run.out else {}), run


def judged(report):
    return report.get("Results"), report.get("Bulkhead", {}).get("Findings")


def same_findings(archive, name):
    """Every format, and every format made of every other, gives the findings of the image."""
    want, run = scan("image", archive)
    if not tap.ok(want, "%s: the image is scanned" % name, run):
        return
    files = []
    for form in FORMATS:
        path = place.path("%s.%s" % (name, form))
        run = place.run("sbom", "--quiet", "-o", "%s=%s" % (form, path), archive, env=EPOCH)
        again = place.run("sbom", "--quiet", "--format", form, archive, env=EPOCH)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        tap.ok(run.code == 0 and again.out == text, "%s: %s is the same on two runs" % (name, form), run)
        got, run = scan("sbom", "scan", path)
        tap.ok(judged(got) == judged(want), "%s: %s gives the findings of the image" % (name, form), run)
        files.append(path)
    for form in FORMATS:
        for other in FORMATS:
            run = place.run("sbom", "convert", "--quiet", "--format", other, place.path("%s.%s" % (name, form)), env=EPOCH)
            path = place.write("%s.%s.%s" % (name, form, other), run.out)
            with open(place.path("%s.%s" % (name, other)), encoding="utf-8") as f:
                tap.ok(run.out == f.read(), "%s: %s made of %s is %s" % (name, other, form, other), run)
            files.append(path)
    return files


try:
    run = place.run("db", "import", "--quiet", "--db", DB, FEED + "l")
    tap.ok(run.code == 0, "a small database", run)
    old, new = image("old", "debian11", "1.1.1n-0+deb11u3"), image("new", "debian12", "3.0.9-1")
    files = same_findings(old, "old") + same_findings(new, "new")
    want, _ = scan("image", old)
    tap.ok({"CVE-2024-1", "CVE-2024-2"} <= {v for _, v in vulnerabilities(want)}, "there is something to find", str(vulnerabilities(want)))
    # the shared images, where they are built (BULKHEAD_BENCH_IMAGES)
    for archive in sorted(glob.glob(os.path.join(os.environ.get("BULKHEAD_BENCH_IMAGES") or "/nonexistent", "*.tar"))):
        files += same_findings(archive, os.path.basename(archive)[:-4]) or []

    # an SBOM is recognised by its content, by bulkhead image too
    odd = place.path("odd.tar")
    shutil.copy(place.path("old.cyclonedx"), odd)
    got, run = scan("image", odd)
    tap.ok(judged(got) == judged(want), "bulkhead image takes a bill, whatever its name", run)
    got, run = scan("image", "--input", odd)
    tap.ok(judged(got) == judged(want), "--input too", run)
    run = place.run("sbom", "scan", "--db", DB, "--fail-on", "any", "--quiet", odd)
    tap.ok(run.code == 1, "gates judge a bill", run)
    run = place.run("sbom", "scan", "--db", DB, "--strict", odd)
    tap.ok(run.code == 1 and "could not be read" in run.err, "what could not be read when the bill was made is not forgotten", run)

    # two images as one bill
    for form in FORMATS:
        merged = place.path("all." + form)
        run = place.run("sbom", "merge", "--quiet", "--format", form, "--output", merged, place.path("old.cyclonedx"), place.path("new.cyclonedx-xml"), env=EPOCH)
        files.append(merged)
        tap.ok(run.code == 0, "merge as " + form, run)
        got, run = scan("sbom", "scan", merged)
        both = vulnerabilities(want) | vulnerabilities(scan("image", new)[0])
        tap.ok(vulnerabilities(got) == both and got.get("ArtifactName") == old + " + " + new, "%s: the merged bill has the findings of both, each judged by its distribution" % form, run)
        same = place.path("same." + form)
        place.run("sbom", "merge", "--quiet", "--format", form, "--output", same, place.path("old.cyclonedx"), place.path("old.cyclonedx-xml"), env=EPOCH)
        got, run = scan("sbom", "scan", same)
        tap.ok(judged(got) == judged(want), "%s: a bill merged with itself is itself" % form, run)

    # directories
    place.write("tree/package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {"": {"name": "x"}, "node_modules/@scope/left": {"version": "1.0.0"}}}))
    run = place.run("sbom", "--quiet", place.path("tree"), env=EPOCH)
    tap.ok("pkg:npm/%40scope/left@1.0.0" in run.out, "a source tree is read by its lock files", run)

    # what is said of limits and mistakes
    swift = place.write("unknown.json", json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        {"type": "library", "name": "x", "purl": "pkg:unheard-of/x@1"}, {"type": "library", "name": "y"}]}))
    got, run = scan("sbom", "scan", swift)
    titles = " ".join(f.get("Title", "") for f in got.get("Bulkhead", {}).get("Findings", []))
    tap.ok("unheard-of" in titles and "without a package URL" in titles, "packages that nobody knows about are told", run)
    cases = [("not an SBOM", place.write("a.json", "{}"), "no bill of materials"), ("broken JSON", place.write("b.json", '{"bomFormat":'), "line 1"),
             ("a document type declaration", place.write("c.xml", '<!DOCTYPE a><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>'), "document type"),
             ("no file", place.path("nobody.json"), "nobody.json")]
    for what, path, text in cases:
        run = place.run("sbom", "scan", "--db", DB, path)
        tap.ok(run.code == 2 and text in run.err, what, run)
    run = place.run("sbom", "--format", "docx", old)
    tap.ok(run.code == 2 and "cyclonedx" in run.err, "a format that is none", run)

    # every licence that we know, as others name it: the official schemas below say whether what we call an identifier is one
    with open(os.path.join(TOP, "data", "licenses.tsv"), encoding="utf-8") as f:
        known = [row.split("\t")[1] for row in f if row.startswith(("license\t", "exception\t"))]
    known += [a + " OR (" + b + " AND Zlib)" for a, b in zip(known, known[1:])]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "name": "p%d" % i, "purl": "pkg:npm/p%d@1" % i, "licenses": [{"license": {"name": text}}]} for i, text in enumerate(known)]}
    named = place.write("licences.json", json.dumps(bill))
    for form in FORMATS[:2]:
        run = place.run("sbom", "convert", "--quiet", "--format", form, named, env=EPOCH)
        files.append(place.write("licences." + form, run.out))
        ids = run.out.count('"id":' if form == "cyclonedx" else "<id>")
        expressions = run.out.count("expression") // (1 if form == "cyclonedx" else 2)
        tap.ok(run.code == 0 and ids > 650 and expressions > 600, "%s: %d identifiers, %d expressions" % (form, ids, expressions), run)
        back = place.run("sbom", "convert", "--quiet", "--format", FORMATS[0], files[-1], env=EPOCH)
        wrote = [list(l.get("license", l).values()) for c in json.loads(back.out or "{}").get("components", []) for l in c.get("licenses", [])]
        tap.ok(sorted(w[0] for w in wrote) == sorted(known), "%s: every licence comes back as it stood" % form, back)

    oracles = subprocess.run([os.path.join(TOP, "tools", "python-oracles")], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if oracles.returncode == 0:
        check = subprocess.run([oracles.stdout.decode().strip(), os.path.join(TOP, "tools", "check-sbom"), *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        tap.ok(check.returncode == 0, "%d bills are valid by the official schemas" % len(files), check.stdout.decode())
    else:
        print("SKIP official schemas: " + oracles.stderr.decode().strip())
finally:
    place.remove()
tap.done()
