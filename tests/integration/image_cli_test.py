#!/usr/bin/env python3
"""The command line of `bulkhead image` and `bulkhead rootfs`, through the real program, on images made on the spot: what README.md and docs/ promise."""
import copy
import re

from image_parts import *

tap = Tap()
place = Place("cli-test")
DEMO = place.path("my-app.tar")
subprocess.run([os.path.join(TOP, "tools", "demo-image"), DEMO], check=True)
os.utime(DEMO, (LONG_AGO, LONG_AGO))
image = lambda *args, **options: place.run("image", *args, **options)


def ok(good, name, run=""):
    tap.ok(good, name, run)


def ids(run):
    return {i for _, i in vulnerabilities(run.json())}


# --- what stands in the outputs ---

def table():
    a = image(DEMO)
    ok(a.code == 0 and a.out.startswith("my-app:1.0 (debian 11.6)\n========================\nTotal: "), "target and line below it", a)
    ok("CVE-2023-0286" in a.out and "1.1.1n-0+deb11u4" in a.out and "CVE-2022-39065" not in a.out, "openssl's CVE-2023-0286 is found, CVE-2022-39065 is not", a)
    head = next((line for line in a.out.splitlines() if "VULNERABILITY ID" in line), "")
    columns = [c.strip() for c in head.strip("|").split("|")]
    ok(columns[:3] == ["LIBRARY", "VULNERABILITY ID", "SEVERITY"] and "INSTALLED VERSION" in columns and "FIXED VERSION" in columns and "STATUS" in columns and
       "TITLE" in columns, "columns", a)
    ok("\033" not in a.out and all(ord(c) < 128 for c in a.out), "plain when piped", a)
    ok("built-in starter database" in a.out and "bulkhead db update" in a.out, "says that only the starter database was used", a)
    ok("past its end of life (2024-08-14)" in a.out, "says that the distribution is out of support", a)
    ok(a.err == "", "nothing on standard error", a)
    a = image("--severity", "HIGH,CRITICAL", DEMO)
    m = re.search(r"^Total: (\d+) \(HIGH: (\d+), CRITICAL: (\d+)\)$", a.out, re.M)
    rows = len(re.findall(r"^\|.*\b(?:HIGH|CRITICAL)\b", a.out.split("\n\n")[1], re.M)) if m else -1
    ok(m and int(m[1]) == int(m[2]) + int(m[3]) == rows, "Total: N (HIGH: N, CRITICAL: N)", a)
    ok(not re.search(r"\| (LOW|MEDIUM|UNKNOWN) ", a.out) and "Not shown because of --severity" in a.out, "--severity hides, and says so", a)
    ok(image("--color", "always", DEMO).out.count("\033[") > 10, "--color always")


def json_report():
    a = image("--format", "json", DEMO)
    r = a.json()
    ok(r["SchemaVersion"] == 2 and r["ArtifactName"] == DEMO and r["ArtifactType"] == "container_image" and r["Metadata"]["OS"] ==
       {"Family": "debian", "Name": "11.6", "EOSL": True} and r["Metadata"]["RepoTags"] == ["my-app:1.0"] and len(r["Metadata"]["DiffIDs"]) == 2, "JSON: head", a)
    deb = next(x for x in r["Results"] if x["Class"] == "os-pkgs")
    v = next(x for x in deb["Vulnerabilities"] if x["PkgName"] == "openssl" and x["VulnerabilityID"] == "CVE-2023-0286")
    ok(v["InstalledVersion"] == "1.1.1n-0+deb11u3" and v["FixedVersion"] == "1.1.1n-0+deb11u4" and v["Status"] == "fixed" and v["Severity"] == "HIGH" and v["Title"] and
       v["PrimaryURL"].endswith("CVE-2023-0286") and v["PkgIdentifier"]["PURL"].startswith("pkg:deb/debian/openssl@1.1.1n-0%2Bdeb11u3") and
       v["Layer"]["DiffID"] == r["Metadata"]["DiffIDs"][0] and v["PkgID"] == "openssl@1.1.1n-0+deb11u3", "JSON: a vulnerability", json.dumps(v, indent=1))
    ok({("openssl", "1.1.1n-0+deb11u3"), ("libc6", "2.31-13+deb11u5")} <= {(p["Name"], p["Version"] + ("-" + p["Release"] if p.get("Release") else "")) for p in deb["Packages"]},
       "JSON: packages", json.dumps(deb["Packages"][:3], indent=1))
    ok({x["Type"] for x in r["Results"]} == {"debian", "jar", "python-pkg"} and {"log4j-core", "my-app"} <= {p["Name"].split(":")[-1] for x in r["Results"] for p in x.get("Packages", [])},
       "JSON: language packages, a jar in a jar", [x["Type"] for x in r["Results"]])
    a = image("--format", "json", "--no-list-all-pkgs", DEMO)
    ok(not packages(a.json()) and vulnerabilities(a.json()), "--no-list-all-pkgs", a)
    ok(packages(image("--format", "json", "--list-all-pkgs", DEMO).json()), "--list-all-pkgs")
    ok(image("--list-all-pkgs", "--format=json", "--list-all-pkgs=false", DEMO).code == 0, "--list-all-pkgs=false")
    b = r["Bulkhead"]
    ok(b["Database"]["StarterOnly"] is True and any("starter" in n for n in b["Notices"]) and any(f["Kind"] == "end-of-life" for f in b["Findings"]), "JSON: additions",
       json.dumps(b, indent=1)[:2000])


def cyclonedx():
    dated = {"SOURCE_DATE_EPOCH": "1700000000"}
    a = image("--format", "cyclonedx", DEMO, env=dated)
    r = a.json()
    refs = [c["bom-ref"] for c in r["components"]]
    ok(r["bomFormat"] == "CycloneDX" and r["specVersion"] == "1.6" and r["serialNumber"].startswith("urn:uuid:") and len(refs) == len(set(refs)) and
       r["metadata"]["timestamp"].startswith("2023-11-14T22:13:20"), "CycloneDX: head", a)
    known = set(refs) | {r["metadata"]["component"]["bom-ref"]}
    by_ref = {d["ref"]: d.get("dependsOn", []) for d in r["dependencies"]}
    ok(all(k in known and all(x in known for x in v) for k, v in by_ref.items()), "CycloneDX: dependencies name components")
    openssl = next(c for c in refs if c.startswith("pkg:deb/debian/openssl@"))
    ok({re.match(r"pkg:deb/debian/([^@]+)@", x)[1] for x in by_ref[openssl]} == {"libc6", "libssl1.1"}, "CycloneDX: openssl needs libc6 and libssl1.1", by_ref[openssl])
    v = next(v for v in r["vulnerabilities"] if v["id"] == "CVE-2023-0286")
    ok({x["ref"] for x in v["affects"]} <= known and len(v["affects"]) == 2 and v["ratings"], "CycloneDX: a vulnerability and what it affects", json.dumps(v, indent=1))
    ok(image("--format", "cyclonedx", DEMO, env=dated, binary=True).out == image("--format", "cyclonedx", "--no-cache", DEMO, env=dated, binary=True).out,
       "CycloneDX: SOURCE_DATE_EPOCH makes it the same to the byte")
    a = image("--format", "cyclonedx", DEMO, env={"SOURCE_DATE_EPOCH": "soon"})
    ok(a.code == 2 and "SOURCE_DATE_EPOCH" in a.err, "SOURCE_DATE_EPOCH that is no number", a)


# --- what is shown and what is judged ---

def selection():
    a = image("--severity", "CRITICAL", "--format", "json", DEMO)
    ok({v["Severity"] for r in a.json()["Results"] for v in r.get("Vulnerabilities", [])} == {"CRITICAL"} and "CVE-2021-44228" in ids(a), "--severity CRITICAL", a)
    ok("CVE-2023-0286" in ids(image("-s", "high", "-s", "critical", "-f", "json", DEMO)), "-s, lower case, repeated")
    a = image("--skip-dirs", "app", "--format", "json", DEMO)
    ok("CVE-2021-44228" not in ids(a) and "CVE-2023-0286" in ids(a), "--skip-dirs", a)
    ok("CVE-2021-44228" not in ids(image("--skip-dirs", "/app/", "--format", "json", DEMO)), "--skip-dirs with slashes around")
    ok("CVE-2021-44228" not in ids(image("--skip-files", "app/*.jar", "--format", "json", DEMO)), "--skip-files with a glob")
    ok("CVE-2021-44228" not in ids(image("--skip-files", "**/app.jar", "--format", "json", DEMO)), "--skip-files with **")
    ok("CVE-2021-44228" in ids(image("--format", "json", DEMO)), "skipping is part of the cache's key")


def ignoring():
    rules = place.write("rules", "# accepted\nCVE-2023-0286 only the client is used\nCVE-1999-0001\nCVE-2021-44228 exp:2020-01-01\n")
    a = image("--ignorefile", rules, DEMO)
    ok(a.code == 0 and "CVE-2023-0286" not in a.out and "CVE-2021-44228" in a.out, "plain rules: applied, expired ones not", a)
    ok("Suppressed by ignore rules, VEX or baseline: 2" in a.out, "suppressed ones are counted", a)
    ok("CVE-1999-0001" in a.err and "matched nothing" in a.err and "rules:3" in a.err, "a rule that matched nothing is reported with file and line", a)
    ok("CVE-2021-44228" in a.err and "expired on 2020-01-01" in a.err, "an expired rule is reported", a)
    b = image("--ignorefile", rules, "--format", "json", "--show-suppressed", DEMO)
    r = b.json()
    ok([x["ID"] for x in r["Bulkhead"]["UnusedIgnoreRules"]] == ["CVE-1999-0001"] and [x["ID"] for x in r["Bulkhead"]["ExpiredIgnoreRules"]] == ["CVE-2021-44228"], "both in JSON", b)
    modified = [m for x in r["Results"] for m in x.get("ExperimentalModifiedFindings", [])]
    ok(len(modified) == 2 and all("only the client is used" in json.dumps(m) for m in modified), "--show-suppressed with the reason", json.dumps(modified, indent=1)[:1500])
    yaml = place.write("rules.yaml", "vulnerabilities:\n  - id: CVE-2023-0286\n    purls: [\"pkg:deb/debian/openssl\"]\n    expired_at: 2999-01-01\n    statement: looked at\n"
                       "  - id: CVE-2021-44228\n    expired_at: 2020-01-01\n  - id: CVE-2021-45046\n    paths: [\"nowhere/**\"]\n")
    a = image("--ignorefile", yaml, "--format", "json", DEMO)
    found = vulnerabilities(a.json())
    ok(("openssl", "CVE-2023-0286") not in found and ("libssl1.1", "CVE-2023-0286") in found and "CVE-2021-44228" in ids(a) and "CVE-2021-45046" in ids(a), "YAML rules: purls, expired_at, paths", a)
    ok([x["ID"] for x in a.json()["Bulkhead"]["UnusedIgnoreRules"]] == ["CVE-2021-45046"], "YAML rules: unused ones", a.err)
    place.write("here/.trivyignore", "CVE-2023-0286\n")
    ok("CVE-2023-0286" not in image(DEMO, cwd=place.path("here")).out, ".trivyignore of the working directory")
    a = image("--ignorefile", "no-such-file", DEMO)
    ok(a.code == 2 and "no-such-file" in a.err and not a.out, "a named ignore file must exist", a)
    bad = place.write("bad.yaml", "vulnerabilities: [\n")
    a = image("--ignorefile", bad, DEMO)
    ok(a.code == 2 and "bad.yaml" in a.err, "a broken YAML ignore file", a)
    a = image("--ignorefile", rules, "--fail-on", "any", "--skip-dirs", "app,usr/local", "--severity", "CRITICAL", DEMO)
    ok(a.code == 1, "what rules leave is judged", a)


def gates():
    code = lambda *args: image("--quiet", "--output", "/dev/null", *args, DEMO).code
    ok(code() == 0, "no gate: 0 whatever was found")
    for args, want in ((["--fail-on", "critical"], 1), (["--fail-on", "high"], 1), (["--fail-on", "any"], 1), (["--fail-on", "kev"], 1), (["--fail-on", "unknown"], 0),
                       (["--fail-on", "epss>0.5"], 0), (["--strict"], 1), (["--exit-on-eol"], 1), (["--exit-on-eol=9"], 9), (["--exit-code", "5"], 5),
                       (["--exit-code", "0", "--fail-on", "critical"], 0), (["--exit-code", "7", "--fail-on", "critical"], 7),
                       (["--exit-code", "5", "--severity", "LOW"], 0), (["--fail-on", "critical", "--severity", "LOW"], 1),
                       (["--fail-on", "critical", "--skip-dirs", "app"], 0), (["--fail-on", "kev", "--skip-dirs", "app", "--ignore-unfixed"], 1)):
        got = code(*args)
        ok(got == want, "%s: %d" % (" ".join(args), want), got)
    a = image("--fail-on", "critical,kev", "--output", "/dev/null", DEMO)
    ok("gate not met: critical: 2 findings" in a.err and "gate not met: kev" in a.err, "the gate says how many", a)
    a = image("--fail-on", "soon", DEMO)
    ok(a.code == 2 and "soon" in a.err and not a.out, "an unknown gate", a)
    a = image("--format", "json", "--fail-on", "critical", "--strict", DEMO)
    ok({g["Gate"]: g["Met"] for g in a.json()["Bulkhead"]["Gates"]} == {"critical": False, "strict": False} and a.code == 1, "gates in JSON", a)
    script = '"$0" image "$1" --fail-on critical --quiet --output /dev/null && echo deployed'
    p = subprocess.run(["sh", "-c", script, BULKHEAD, DEMO], env=place.env(), stdout=subprocess.PIPE, check=False)
    ok(p.returncode == 1 and p.stdout == b"", "the gate of README.md: not deployed")
    good = docker_archive(place.path("good.tar"), [debian_layer(("base-files", "12.4"), release="debian12")])
    p = subprocess.run(["sh", "-c", script, BULKHEAD, good], env=place.env(), stdout=subprocess.PIPE, check=False)
    ok(p.returncode == 0 and p.stdout == b"deployed\n", "the gate of README.md: deployed")
    ok(image("--exit-on-eol", "--output", "/dev/null", good).code == 0, "--exit-on-eol on a distribution in support")


def feeds():
    """A database of our own: severities, EPSS, KEV, unfixed, unrated, stale."""
    osv = lambda name, package, fixed, severity: json.dumps({
        "id": name, "modified": "2026-11-01T00:00:00Z", "published": "2026-01-01T00:00:00Z", "summary": "test of " + package,
        **({"severity": [{"type": "CVSS_V3", "score": severity}]} if severity else {}),
        "affected": [{"package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}] + ([{"fixed": fixed}] if fixed else [])}]}]})
    worst = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    lines = [osv("CVE-2026-1000001", "alpha", "2.0", worst), osv("CVE-2026-1000002", "beta", None, "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"), osv("CVE-2026-1000003", "gamma", "2.0", None)]
    feed = place.write("feed.jsonl", "\n".join(lines) + "\n")
    epss = place.write("epss.csv", "#model_version:v2026.03.14,score_date:2026-11-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1000001,0.91000,0.99000\nCVE-2026-1000002,0.00100,0.10000\n")
    kev = place.write("kev.json", json.dumps({"title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.11.01", "dateReleased": "2026-11-01T00:00:00.0Z", "count": 1,
                      "vulnerabilities": [{"cveID": "CVE-2026-1000002", "vendorProject": "x", "product": "beta", "vulnerabilityName": "x", "dateAdded": "2026-10-01", "shortDescription": "x",
                                           "requiredAction": "x", "dueDate": "2026-10-22", "knownRansomwareCampaignUse": "Unknown", "notes": ""}]}))
    db = place.path("own.db")
    a = place.run("db", "import", "--db", db, feed, epss, kev)
    ok(a.code == 0 and os.path.exists(db), "db import", a)
    dist = lambda name: ("usr/lib/python3/site-packages/%s-1.0.dist-info/METADATA" % name, "Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n" % name)
    path = docker_archive(place.path("python.tar"), [debian_layer(("base-files", "12.4"), release="debian12", extra=[dist("alpha"), dist("beta"), dist("gamma")])])
    scan = lambda *args: image("--db", db, *args, path)
    a = scan()
    ok(all(x in a.out for x in ("CVE-2026-1000001", "CVE-2026-1000002", "CVE-2026-1000003")) and "starter" not in a.out, "found with --db, without the starter's remark", a)
    ok(re.search(r"1 finding has no rating \(UNKNOWN\)", a.out) and "Known to be exploited (CISA KEV): CVE-2026-1000002" in a.out, "unrated and exploited ones are told", a)
    a = scan("--format", "json")
    v = {x["VulnerabilityID"]: x for r in a.json()["Results"] for x in r.get("Vulnerabilities", [])}
    ok(v["CVE-2026-1000001"]["Severity"] == "CRITICAL" and v["CVE-2026-1000001"]["Bulkhead"]["EPSS"]["Score"] == 0.91 and v["CVE-2026-1000002"]["Bulkhead"]["KEV"]["DateAdded"] == "2026-10-01" and
       v["CVE-2026-1000003"]["Severity"] == "UNKNOWN", "severity, EPSS and KEV in JSON", json.dumps(v, indent=1)[:3000])
    a = scan("--ignore-unfixed", "--format", "json")
    ok(ids(a) == {"CVE-2026-1000001", "CVE-2026-1000003"} and a.json()["Bulkhead"]["Counts"]["Unfixed"] == 1, "--ignore-unfixed", a)
    ok("Left out because no version fixes it" in scan("--ignore-unfixed").out, "--ignore-unfixed is counted")
    code = lambda *args: scan("--quiet", "--output", "/dev/null", *args).code
    for args, want in ((["--fail-on", "epss>0.5"], 1), (["--fail-on", "epss>=91%"], 1), (["--fail-on", "epss>0.95"], 0), (["--fail-on", "kev"], 1), (["--fail-on", "kev", "--ignore-unfixed"], 0),
                       (["--fail-on", "unknown"], 1), (["--fail-on", "critical"], 1), (["--fail-on", "critical", "--ignorefile", place.write("one", "CVE-2026-1000001\n")], 0), (["--strict"], 1)):
        got = code(*args)
        ok(got == want, "own database, %s: %d" % (" ".join(args[:2]), want), got)
    a = scan("--fail-on", "critical", "--output", "/dev/null")
    ok("could not judge 1 finding" in a.err, "a gate says what it could not judge", a)
    old = place.path("old.db")
    stale = place.write("stale.jsonl", lines[0].replace("2026-11-01", "2020-02-02").replace("2026-01-01", "2020-01-01") + "\n")
    place.run("db", "import", "--db", old, stale)
    a = image("--db", old, path)
    ok(a.code == 0 and "CVE-2026-1000001" in a.out and re.search(r"stale.*2020-02-02, \d+ days ago", a.out), "a stale database still scans and says how old it is", a)
    a = image("--db", place.path("none.db"), path)
    ok(a.code == 2 and "none.db" in a.err and not a.out, "--db that is not there", a)
    broken = place.write("broken.db", b"\0" * 100000)
    a = image("--db", broken, path)
    ok(a.code == 2 and "broken.db" in a.err and not a.out, "--db that is no database", a)


# --- options from everywhere ---

def options():
    config = place.write("conf/bulkhead.yaml", "severity: [HIGH]\nformat: json\nimage:\n  severity: [CRITICAL]\n")
    severities = lambda run: {v["Severity"] for r in run.json()["Results"] for v in r.get("Vulnerabilities", [])}
    ok(severities(image(DEMO, cwd=place.path("conf"))) == {"CRITICAL"}, "bulkhead.yaml of the working directory; a command's own section goes first")
    ok(severities(image("--config", config, DEMO)) == {"CRITICAL"}, "--config")
    ok(severities(image(DEMO, env={"BULKHEAD_CONFIG": config})) == {"CRITICAL"}, "BULKHEAD_CONFIG")
    ok(severities(image("--config", config, DEMO, env={"BULKHEAD_SEVERITY": "MEDIUM"})) == {"MEDIUM"}, "environment over file")
    ok(severities(image("--config", config, "--severity", "HIGH", DEMO, env={"BULKHEAD_SEVERITY": "MEDIUM"})) == {"HIGH"}, "command line over environment")
    ok(image(DEMO, env={"BULKHEAD_FORMAT": "json", "BULKHEAD_IGNORE_UNFIXED": "true"}).json()["SchemaVersion"] == 2, "BULKHEAD_FORMAT, BULKHEAD_IGNORE_UNFIXED")
    a = image(DEMO, env={"BULKHEAD_SEVERTY": "HIGH"})
    ok(a.code == 0 and "BULKHEAD_SEVERTY" in a.err, "a mistyped variable is named", a)
    a = image(DEMO, env={"BULKHEAD_SEVERITY": "GRAVE"})
    ok(a.code == 2 and "GRAVE" in a.err and "CRITICAL" in a.err, "a wrong value in a variable", a)
    bad = place.write("bad-config.yaml", "image:\n  severty: HIGH\n")
    a = image("--config", bad, DEMO)
    ok(a.code == 2 and "bad-config.yaml:2" in a.err and "severty" in a.err, "a wrong key in the file: file and line", a)
    a = image("--config", "none.yaml", DEMO)
    ok(a.code == 2 and "none.yaml" in a.err, "a configuration file that is not there", a)
    for words, want in ((["--severety", "HIGH"], "did you mean --severity"), (["--fail_on", "any"], "--fail-on"), (["--format", "jason"], "cyclonedx"), (["--workers", "many"], "many"),
                        (["--severity"], "--severity"), (["--timeout", "soon"], "soon")):
        a = image(DEMO, *words)
        ok(a.code == 2 and want in a.err and not a.out, "wrong usage: " + " ".join(words), a)
    a = place.run("imgae", DEMO)
    ok(a.code == 2 and "did you mean: bulkhead image" in a.err, "a mistyped command", a)
    a = place.run("image")
    ok(a.code == 2 and "which image" in a.err, "no image", a)
    a = image("--input", DEMO, DEMO)
    ok(a.code == 2 and "exclude" in a.err, "--input and an image", a)
    pasted = "trivy image \u2013severity HIGH,CRITICAL my-app:1.0".split()
    article = os.path.join(SHARED, "article", "as-published", "scan-output.txt")
    if os.path.exists(article):
        with open(article, encoding="utf-8") as f:
            pasted = next(line for line in f if line.startswith("trivy image")).split()
    a = place.run(*pasted[1:])
    ok(a.code == 2 and "U+2013 EN DASH" in a.err and "--severity" in a.err and not a.out, "the article's command as published: names the dash and the right spelling", a)
    a = image("--severity", "\u201cHIGH\u201d", DEMO)
    ok(a.code == 2 and "U+201C" in a.err, "typographic quotes", a)


def messages():
    a = image("--output", place.path("report.json"), "--format", "json", DEMO)
    with open(place.path("report.json"), encoding="utf-8") as f:
        ok(a.code == 0 and not a.out and json.load(f)["SchemaVersion"] == 2, "--output", a)
    ok(not [n for n in os.listdir(place.dir) if n.startswith("report.json") and n != "report.json"], "--output leaves nothing else")
    a = image("--output", place.path("none", "report"), DEMO)
    ok(a.code == 2 and "none/report" in a.err, "--output into a folder that is not there", a)
    if os.path.exists("/dev/full"):
        p = subprocess.run([BULKHEAD, "image", DEMO], env=place.env(), stdout=open("/dev/full", "wb"), stderr=subprocess.PIPE, check=False)
        ok(p.returncode == 3 and b"No space left" in p.stderr, "a full disk is exit code 3", p.stderr)
    a = image("--quiet", "--fail-on", "critical", DEMO)
    ok(a.err == "" and a.code == 1 and "CVE-2021-44228" in a.out, "--quiet", a)
    a = image("--debug", "--no-cache", DEMO)
    ok("debug: layer 1 of 2" in a.err and a.out == image(DEMO).out, "--debug tells on standard error alone", a)
    big = docker_archive(place.path("big.tar"), [layer([("f%d" % i, b"") for i in range(40000)])])
    a = image("--timeout", "1ms", "--no-cache", big)
    ok(a.code == 2 and "timed out after 1 ms" in a.err and not a.out, "--timeout", a)
    ok(image("--timeout", "0", DEMO).code == 0, "--timeout 0: none")
    a = image("no-such-file.tar")
    ok(a.code == 2 and "no-such-file.tar" in a.err, "an archive that is not there", a)
    a = image("--offline", "debian:12")
    ok(a.code == 2 and "--offline" in a.err, "a registry's image with --offline", a)
    a = place.run("rootfs", DEMO)
    ok(a.code == 2 and "Not a directory" in a.err, "rootfs of a file", a)
    a = image(place.path("conf"))
    ok(a.code == 2 and "bulkhead rootfs" in a.err, "image of a plain directory", a)
    for words in (["--help"], ["image", "--help"], ["help", "image"], ["rootfs", "-h"], ["help"]):
        a = place.run(*words)
        ok(a.code == 0 and "Usage: bulkhead" in a.out and not a.err and all(len(line) <= 100 for line in a.out.splitlines()), "help: " + " ".join(words), a)
    ok(place.run("--version").out.startswith("bulkhead "), "--version")
    hidden = docker_archive(place.path("escape.tar"), [debian_layer(("evil\033[31m\u202e", "1\007")), layer([("x", "y")])])
    a = image(hidden)
    ok("\033" not in a.out and "\007" not in a.out and "\u202e" not in a.out, "no control bytes of an image reach the terminal", a)


# --- kinds of images ---

def comparable(run):
    r = copy.deepcopy(run.json())
    return [sorted(vulnerabilities(r)), sorted(packages(r)), r["Metadata"]["OS"]]


def inputs():
    layers = [debian_layer(("openssl", "1.1.1n-0+deb11u3"), ("libc6", "2.31-13+deb11u5")), layer([("app/app.jar", jar([("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties",
              "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n")])), ("etc/.wh.debian_version", "")])]
    path = docker_archive(place.path("kinds.tar"), layers)
    want = comparable(image("--format", "json", path))
    ok(("openssl", "CVE-2023-0286") in want[0] and any(i == "CVE-2021-44228" for _, i in want[0]) and want[2]["Name"] == "11", "docker-archive; a whiteout", want[2])
    same = lambda name, *args: (lambda a: ok(a.code == 0 and comparable(a) == want, name, a))(image("--format", "json", *args))
    same("--input", "--input", path)
    same("docker-archive:", "docker-archive:" + path)
    for name, command in (("gz", ["gzip", "-kf"]), ("zst", ["zstd", "-qkf"])):
        subprocess.run(command + [path], check=True)
        same("docker-archive ." + name, path + "." + name)
        same("--input docker-archive ." + name, "--input", path + "." + name)
    for name, compress in (("gzip", True), ("plain", False)):
        layout = oci_layout(place.path("oci-" + name), layers, compress=compress)
        same("OCI layout, %s layers" % name, layout.path)
        same("oci: OCI layout, %s layers" % name, "oci:" + layout.path)
        with tarfile.open(place.path("oci-%s.tar" % name), "w") as t:
            t.add(layout.path, arcname=".")
        same("OCI archive, %s layers" % name, place.path("oci-%s.tar" % name))
    packed = [subprocess.run(["zstd", "-qc"], input=x, stdout=subprocess.PIPE, check=True).stdout for x in layers]
    layout = Layout(place.path("oci-zstd"))
    descriptors = [layout.blob(x, "application/vnd.oci.image.layer.v1.tar+zstd") for x in packed]
    layout.add(layout.blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": descriptors,
               "config": layout.blob(config_of([sha256(x) for x in layers]), "application/vnd.oci.image.config.v1+json")}).encode(), "application/vnd.oci.image.manifest.v1+json"), "demo")
    same("OCI layout, zstd layers", layout.path)
    rootfs = place.path("rootfs")
    for data in layers:
        with tarfile.open(fileobj=io.BytesIO(data)) as t:
            for m in t.getmembers():
                if not os.path.basename(m.name).startswith(".wh."):
                    t.extract(m, rootfs)
    os.remove(os.path.join(rootfs, "etc/debian_version"))
    a = place.run("rootfs", "--format", "json", rootfs)
    ok(a.code == 0 and comparable(a) == want and a.json()["ArtifactType"] == "filesystem", "rootfs", a)
    os.symlink("/etc/passwd", os.path.join(rootfs, "var/lib/dpkg/available"))
    os.makedirs(os.path.join(rootfs, "var/lib/dpkg/status.d"))
    os.symlink(place.write("outside/status", dpkg_status(("outsider", "1"))), os.path.join(rootfs, "var/lib/dpkg/status.d/outside"))
    os.symlink(place.path("outside"), os.path.join(rootfs, "usr-outside"))
    a = place.run("rootfs", "--format", "json", rootfs)
    ok(a.code == 0 and not any(n == "outsider" for n, _ in packages(a.json())), "rootfs: links are not followed out of the directory", a)
    one, four = (image("--workers", n, "--format", "json", "--no-cache", path, env={"SOURCE_DATE_EPOCH": "1"}, binary=True).out for n in ("1", "4"))
    ok(one == four, "the same to the byte with one worker and four")


# --- the cache ---

def entries(cache):
    folder = os.path.join(cache, "bulkhead", "layers")
    return {n for n in os.listdir(folder) if n != "last-cleaned"} if os.path.isdir(folder) else set()


def cache():
    layers = [debian_layer(("openssl", "1.1.1n-0+deb11u3")), layer([("usr/share/x", "y")])]
    fresh = lambda name: {"XDG_CACHE_HOME": place.path(name)}
    path = docker_archive(place.path("cached.tar"), layers)
    time.sleep(2.5)  # a file changed just now is not cached: its times would not show another change
    env = fresh("cache-a")
    a = image("--debug", path, env=env)
    b = image("--debug", path, env=env)
    ok("known from the cache" not in a.err and b.err.count("known from the cache") == 2 and a.out == b.out, "the second scan takes both layers from the cache", b)
    ok(all(n.startswith("file-") for n in entries(env["XDG_CACHE_HOME"])), "a docker-archive is cached by its file, not by a digest", entries(env["XDG_CACHE_HOME"]))
    ok("known from the cache" not in image("--debug", "--no-cache", path, env=env).err, "--no-cache reads none")
    ok("known from the cache" not in image("--debug", "--skip-dirs", "usr", path, env=env).err, "other options, other results")
    with open(path, "r+b") as f:
        data = f.read()
        f.seek(data.index(b"1.1.1n-0+deb11u3"))
        f.write(b"1.1.1n-0+deb11u9")
    os.utime(path, (LONG_AGO, LONG_AGO))
    a = image("--debug", path, env=env)
    ok("known from the cache" not in a.err and "CVE-2023-0286" not in a.out, "a file changed in place, with its old time, is read again", a)

    # by digest: another image on the same base
    env = fresh("cache-b")
    first, second = oci_layout(place.path("base-1"), layers), oci_layout(place.path("base-2"), [layers[0], layer([("usr/share/z", "y")])])
    a = image("--debug", first.path, env=env)
    b = image("--debug", second.path, env=env)
    ok(a.code == b.code == 0 and "layer 1 of 2: known from the cache" in b.err and "layer 2 of 2: known" not in b.err, "a new image on a known base", b)
    ok(len([n for n in entries(env["XDG_CACHE_HOME"]) if n.startswith("sha256-")]) == 3, "an OCI layout is cached by verified digests", entries(env["XDG_CACHE_HOME"]))
    env2 = {"XDG_CACHE_HOME": place.path("none")}
    a = image("--debug", "--cache-dir", place.path("elsewhere"), first.path, env=env2)
    ok(a.code == 0 and os.path.isdir(place.path("elsewhere", "layers")) and not os.path.exists(place.path("none")), "--cache-dir", a)

    # poison: content that is not what its digest claims
    env = fresh("cache-c")
    bad = oci_layout(place.path("poisoned"), layers)
    with open(os.path.join(bad.path, "blobs", "sha256", json.load(open(os.path.join(bad.path, "blobs", "sha256", bad.entries[0]["digest"][7:])))["layers"][0]["digest"][7:]), "r+b") as f:
        data = gzip.compress(debian_layer(("openssl", "1.1.1n-0+deb11u9")), 1, mtime=0)
        f.truncate(0)
        f.write(data)
    a = image("--debug", bad.path, env=env)
    ok(a.code in (0, 2) and (a.code == 2 or "could not be read" in a.out) and "CVE" not in a.out, "a blob that does not match its digest is told", a)
    a = image("--debug", "--strict", "-o", "/dev/null", bad.path, env=env)
    ok(a.code != 0, "and fails --strict", a)
    good = oci_layout(place.path("good-again"), layers)
    a = image("--debug", good.path, env=env)
    ok("layer 1 of 2: known" not in a.err and "CVE-2023-0286" in a.out, "and never gets into the cache", a)
    claimed = docker_archive(place.path("claimed.tar"), [debian_layer(("openssl", "1.1.1n-0+deb11u9")), layers[1]], diff_ids=[sha256(x) for x in layers])
    env = fresh("cache-d")
    time.sleep(2.5)
    image(claimed, env=env)
    plain = oci_layout(place.path("plain-layout"), layers, compress=False)
    a = image("--debug", plain.path, env=env)
    ok("known from the cache" not in a.err and "CVE-2023-0286" in a.out, "diff_ids that an archive only claims are no keys", a)

    # damage
    folder = os.path.join(env["XDG_CACHE_HOME"], "bulkhead", "layers")
    want = image("--format", "json", plain.path, env=dict(env, SOURCE_DATE_EPOCH="1")).out
    names = [n for n in entries(env["XDG_CACHE_HOME"]) if n.startswith("sha256-")]
    ok(len(names) == 2, "entries to damage", names)
    for what in ("flip", "cut", "empty", "grow", "garbage", "swap", "folder"):
        for n in names:
            file = os.path.join(folder, n)
            if os.path.isdir(file):
                os.rmdir(file)
                continue
            with open(file, "rb") as f:
                data = f.read()
            new = {"flip": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:] if len(data) > 9 else b"x", "cut": data[:len(data) // 2], "empty": b"", "grow": data + b"more", "garbage": b"\xff" * 5000}.get(what)
            if what == "folder":
                os.remove(file)
                os.mkdir(file)
            elif what == "swap":
                with open(os.path.join(folder, names[0] if n == names[1] else names[1]), "rb") as f:
                    new = f.read()
            if new is not None:
                with open(file, "wb") as f:
                    f.write(new)
        a = image("--format", "json", "--debug", plain.path, env=dict(env, SOURCE_DATE_EPOCH="1"))
        ok(a.code == 0 and a.out == want, "damaged cache entries: " + what, a)
        if what == "folder":
            for n in names:
                if os.path.isdir(os.path.join(folder, n)):
                    os.rmdir(os.path.join(folder, n))
    os.chmod(folder, 0o777)
    a = image("--debug", plain.path, env=env)
    ok(a.code == 0 and "known from the cache" not in a.err and "not used" in a.err, "a cache that others may write to is not used", a)
    a = image("--cache-dir", "/proc/nobody/may/write/here", plain.path)
    ok(a.code == 0 and "CVE-2023-0286" in a.out, "a cache that can't be made is no error", a)


try:
    for part in (table, json_report, cyclonedx, selection, ignoring, gates, feeds, options, messages, inputs, cache):
        try:
            part()
        except Exception as x:  # one broken part must not hide the others
            import traceback
            tap.ok(False, "%s ran to its end" % part.__name__, traceback.format_exc())
finally:
    place.remove()
tap.done()
