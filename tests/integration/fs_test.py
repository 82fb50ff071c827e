#!/usr/bin/env python3
"""`bulkhead fs` and --quick through the real program: what is read, what is left out, gates."""
from image_parts import *

tap = Tap()
ok = tap.ok
place = Place("fs-test")
SRC = place.path("src")
place.write("src/requirements.txt", "# pinned\nJinja2==2.10\n")
place.write("src/web/package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {"": {"name": "x"}, "node_modules/minimist": {"version": "0.0.8"}}}))
place.write("src/web/node_modules/lodash/package.json", json.dumps({"name": "lodash", "version": "4.17.4"}))
place.write("src/lib/python3.8/site-packages/Django-3.2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: Django\nVersion: 3.2.0\n")
place.write("src/.git/requirements.txt", "Flask==0.5\n")


def packages(run):
    return {p["Name"] for r in run.json()["Results"] for p in r.get("Packages", [])}


def fs():
    a = place.run("fs", "-f", "json", SRC)
    ok(packages(a) == {"Jinja2", "minimist"}, "lock files, neither what is installed nor .git", packages(a))
    ok(("Jinja2", "CVE-2019-10906") in vulnerabilities(a.json()), "their packages are judged", a)
    line = [p.get("Locations") for r in a.json()["Results"] for p in r.get("Packages", []) if p["Name"] == "Jinja2"]
    ok(line == [[{"StartLine": 2, "EndLine": 2}]], "with the line of the lock file", line)
    ok("distribution" not in a.err and a.json()["ArtifactType"] == "filesystem" and a.json()["ArtifactName"] == SRC, "a tree without an operating system is nothing to warn of", a)
    ok(place.run("fs", "--fail-on", "high", SRC).code == 1 and place.run("fs", "--fail-on", "high", place.path("src/web/node_modules")).code == 0, "gates")
    ok(place.run("fs", "--strict", place.path("src/web/node_modules")).code == 1, "--strict: the starter database alone")
    a = place.run("fs", place.path("nowhere"))
    ok(a.code == 2 and "nowhere" in a.err, "a folder that is not there", a)
    a = place.run("fs", "--lock-files", SRC)
    ok(a.code == 2 and "--lock-files" in a.err, "options of installed systems are none of fs", a)


def quick():
    normal, quickly = place.run("rootfs", "-f", "json", SRC), place.run("rootfs", "--quick", "-f", "json", SRC)
    ok({"Django", "lodash"} <= packages(normal) and "Jinja2" not in packages(normal), "normal: what is installed", packages(normal))
    ok(packages(quickly) >= {"Jinja2", "minimist"} and not packages(quickly) & {"Django", "lodash"}, "--quick: what lock files name", packages(quickly))
    demo = place.path("my-app.tar")
    subprocess.run([os.path.join(TOP, "tools", "demo-image"), demo], check=True)
    os.utime(demo, (LONG_AGO, LONG_AGO))
    kinds = lambda *args: [{r["Type"] for r in place.run("image", "-f", "json", *args, demo).json()["Results"]} for _ in range(2)]
    ok(kinds("--quick") == [{"debian"}] * 2, "--quick of an image: its operating system")
    ok(kinds() == [{"debian", "jar", "python-pkg"}] * 2, "what --quick left in the cache is not the whole")
    ok(kinds("--quick") == [{"debian"}] * 2, "nor the other way round")


def broken():
    place.write("broken/pom.xml", "no XML")
    place.write("broken/package-lock.json", "{")
    place.write("broken/etc/os-release", "ID=alpine\nVERSION_ID=3.99\n")
    unreadable = lambda run: {f.get("Path") for f in run.json()["Bulkhead"]["Findings"] if f["Kind"] == "unreadable"}
    path = place.path("broken")
    ok(unreadable(place.run("rootfs", "-f", "json", path)) == set(), "a broken lock file is nothing to a scan that does not judge lock files")
    ok(unreadable(place.run("rootfs", "--lock-files", "-f", "json", path)) == {"pom.xml", "package-lock.json"}, "and is told by one that does")
    ok(unreadable(place.run("fs", "-f", "json", path)) == {"pom.xml", "package-lock.json"}, "as by fs")


try:
    for part in (fs, quick, broken):
        try:
            part()
        except Exception:
            import traceback
            tap.ok(False, "%s ran to its end" % part.__name__, traceback.format_exc())
finally:
    place.remove()
tap.done()
