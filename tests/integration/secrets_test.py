#!/usr/bin/env python3
"""Secrets in whole images: files, deleted files, the configuration; what reports and the cache show of them; gates, ignore rules and rules of one's own."""
import random

from image_parts import *

tap = Tap()
place = Place("secrets-test")
rng = random.Random(7)
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def letters(n):
    return "".join(rng.choice(LETTERS) for _ in range(n))


GITHUB = "gh" + "p_" + letters(36)
GITLAB = "gl" + "pat-" + letters(20)
PASSWORD = letters(14) + "7q"
LABEL = "gh" + "o_" + letters(36)
STEP = "np" + "m_" + letters(36)
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "".join(letters(64) + "\n" for _ in range(20)) + "-----END RSA " + "PRIVATE KEY-----\n"
ALL = [GITHUB, GITLAB, PASSWORD, LABEL, STEP, KEY.split("\n")[3]]

layers = [
    debian_layer(("bash", "5.1-2"), extra=[("app/settings.py", "a = 1\nb = 2\nTOKEN = '%s'\nc = 3\n" % GITHUB), ("root/.ssh/id_rsa", KEY), ("app/tests/t.py", "T = '%s'\n" % GITLAB)]),
    layer([("app/build.conf", "gitlab=%s\n" % GITLAB)]),
    layer([("app/.wh.build.conf", b"")]),
]
config = {"architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z",
          "config": {"Env": ["PATH=/bin", "DB_PASSWORD=" + PASSWORD], "Labels": {"build.token": LABEL}},
          "history": [{"created_by": "/bin/sh -c #(nop) ADD file:x in /"}, {"created_by": "|1 NPM_TOKEN=%s /bin/sh -c npm install" % STEP}],
          "rootfs": {"type": "layers", "diff_ids": [sha256(x) for x in layers]}}


def archive(path):
    data = json.dumps(config).encode()
    name = sha256(data).split(":")[1] + ".json"
    names = ["%d/layer.tar" % i for i in range(len(layers))]
    manifest = json.dumps([{"Config": name, "RepoTags": ["demo:1"], "Layers": names}]).encode()
    with tarfile.open(path, "w") as t:
        for n, body in [("manifest.json", manifest), (name, data), *zip(names, layers)]:
            info = tarfile.TarInfo(n)
            info.size = len(body)
            t.addfile(info, io.BytesIO(body))
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


image = archive(place.path("demo.tar"))


def scan(*args, scanners="secret", fmt="json", **more):
    return place.run("image", "--scanners", scanners, "--input", image, "--no-progress", "--format", fmt, *args, **more)


def secrets_of(run):
    return sorted((r["Target"], s["RuleID"], s["StartLine"], s["Layer"].get("DiffID", ""), s.get("Bulkhead", {}).get("Deleted", False), s.get("Bulkhead", {}).get("Where", ""))
                  for r in run.json()["Results"] if r["Class"] == "secret" for s in r["Secrets"])


cold = scan()
want = sorted([
    ("app/settings.py", "github-pat", 3, sha256(layers[0]), False, ""),
    ("root/.ssh/id_rsa", "private-key", 1, sha256(layers[0]), False, ""),
    ("app/build.conf", "gitlab-pat", 1, sha256(layers[1]), True, ""),
    (image, "environment-password", 0, "", False, "in the environment variable DB_PASSWORD"),
    (image, "github-oauth", 0, "", False, "in the label build.token"),
    (image, "npm-access-token", 0, "", False, "in the image's history, step 2"),
])
tap.ok(cold.code == 0 and secrets_of(cold) == want, "files, a deleted file, environment, label and history", "%s\n%s" % (cold, want))
warm = scan()
tap.ok(secrets_of(warm) == want, "the same from the cache", str(warm))
tap.ok(secrets_of(scan("--no-cache")) == want, "the same without a cache")
one = next(s for r in cold.json()["Results"] if r["Target"] == "app/settings.py" for s in r["Secrets"])
tap.ok(one["Match"] == "TOKEN = '********'" and [(x["Number"], x["Content"], x["IsCause"]) for x in one["Code"]["Lines"]] ==
          [(1, "a = 1", False), (2, "b = 2", False), (3, "TOKEN = '********'", True), (4, "c = 3", False)], "the lines around, with stars", str(one))

# nobody sees the secrets
shown = []
for fmt in ("table", "json", "cyclonedx", "csv", "markdown"):
    run = scan(fmt=fmt)
    shown += [fmt for s in ALL if s in run.out or s in run.err]
run = scan("--debug")
shown += ["debug" for s in ALL if s in run.err]
# The configuration itself is part of the JSON report (Metadata.ImageConfig), as with Trivy; there they must be starred out as well.
for root, _, names in os.walk(place.cache):
    for n in names:
        data = open(os.path.join(root, n), "rb").read()
        shown += [n for s in ALL if s.encode() in data]
tap.ok(not shown, "no report and no cache entry shows a secret", str(shown))

table = scan(fmt="table").out
tap.ok("removed or replaced by a later layer" in table and "environment variable DB_PASSWORD" in table and "********" in table, "the table", table)

# scanners do not mix in the cache
tap.ok(not secrets_of(scan(scanners="vuln")) and secrets_of(scan(scanners="vuln,secret")) == want, "vuln alone shows none, both show all")

# gates and filters
tap.ok(scan("--fail-on", "critical").code == 1 and scan("--severity", "LOW", "--exit-code", "5").code == 0 and scan("--exit-code", "5").code == 5, "gates")
ignore = place.write("ignore.yaml", "secrets:\n- id: github-pat\n  paths: [app/settings.py]\n- id: gitlab-pat\nvulnerabilities:\n- id: private-key\n")
left = {x[1] for x in secrets_of(scan("--ignorefile", ignore))}
tap.ok(left == {"private-key", "environment-password", "github-oauth", "npm-access-token"}, "ignore rules of the section secrets", str(left))
suppressed = [m for r in scan("--ignorefile", ignore, "--show-suppressed").json()["Results"] for m in r.get("ExperimentalModifiedFindings", [])]
tap.ok(sorted(m["Finding"]["RuleID"] for m in suppressed) == ["github-pat", "gitlab-pat"] and all(m["Type"] == "secret" for m in suppressed), "suppressed ones are told on request")

# rules of one's own
rules = place.write("rules.yaml", "rules:\n- id: mine\n  regex: 'a = (?P<v>[0-9])'\n  secret-group-name: v\n  severity: HIGH\ndisable-rules: [github-pat]\n")
got = secrets_of(scan("--secret-config", rules))
tap.ok([x[:3] for x in got if x[0] == "app/settings.py"] == [("app/settings.py", "mine", 1)], "rules of one's own, and one switched off", str(got))
place.write("cwd/trivy-secret.yaml", open(rules).read())
tap.ok(secrets_of(scan(cwd=place.path("cwd"))) == got, "trivy-secret.yaml of the working directory")
bad = place.write("bad.yaml", "rules:\n- id: x\n  regex: '('\n")
run = scan("--secret-config", bad)
tap.ok(run.code == 2 and "rule x" in run.err, "a rule that does not compile ends the scan", str(run))
run = scan("--secret-config", place.path("none.yaml"))
tap.ok(run.code == 2 and "none.yaml" in run.err, "a rule file that is not there", str(run))

# a directory
place.write("tree/app/x.conf", "token: %s\n" % GITHUB)
run = place.run("rootfs", "--scanners", "secret", "--format", "json", place.path("tree"))
tap.ok([x[:3] for x in secrets_of(run)] == [("app/x.conf", "github-pat", 1)], "rootfs", str(run))

place.remove()
tap.done()
