#!/usr/bin/env python3
"""deploy/ci: the commands of every recipe, taken from the files and run with the real program on the demo image, a database and stand-ins for curl and gh; the
files against the servers' schemas where check-jsonschema is installed; pinned, not as root, small."""
import re

from image_parts import *

tap = Tap()


def check(what, good, detail=""):
    tap.ok(good, what, detail)


CI = os.path.join(TOP, "deploy", "ci")
FILES = ("scan.sh", "github.yml", "gitlab.yml", "Jenkinsfile", "tekton.yml")
SHELL = next((s for s in ("dash", "sh") if shutil.which(s)), None)
ADVISORY = {"id": "GHSA-jfh8-c2jp-5v3q", "modified": "2026-08-01T00:00:00Z", "aliases": ["CVE-2021-44228"], "summary": "Remote code injection in Log4j",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}],
            "affected": [{"package": {"ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core"},
                          "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.0.0"}, {"fixed": "2.15.0"}]}]}]}

try:
    import yaml
except ImportError:
    yaml = None


def read(name):
    with open(os.path.join(CI, name), encoding="utf-8") as f:
        return f.read()


class Job:
    """A working folder of a CI job: PATH has the program and stand-ins that write down how they were called; curl -o writes the report it is told to have."""

    def __init__(self, image, database):
        self.dir = tempfile.mkdtemp()
        bin_dir = os.path.join(self.dir, "bin")
        os.mkdir(bin_dir)
        self.calls = os.path.join(self.dir, "calls")
        self.write("bin/bulkhead", '#!/bin/sh\nprintf "%%s\\n" "bulkhead $*" >>"$CALLS"\nexec "%s" "$@"\n' % BULKHEAD)
        for name in ("curl", "gh"):
            self.write("bin/" + name, '#!/bin/sh\nprintf "%%s\\n" "%s $*" >>"$CALLS"\n'
                       'while [ $# -gt 0 ]; do case $1 in --output) out=$2; shift;; esac; shift; done\n'
                       'case ${out:-/dev/null} in /dev/null) ;; *) cp "$SERVED" "$out";; esac\n' % name)
        self.env = {"PATH": bin_dir + ":/usr/bin:/bin", "HOME": self.dir, "CALLS": self.calls, "IMAGE": image, "BULKHEAD_DATABASE": database, "LC_ALL": "C.UTF-8",
                    "SERVED": os.path.join(self.dir, "served.json")}

    def write(self, path, text):
        with open(os.path.join(self.dir, path), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(os.path.join(self.dir, path), 0o755)

    def run(self, script, shell_options="-e", **env):
        r = subprocess.run([SHELL] + shell_options.split() + ["-c", script], cwd=self.dir, env={**self.env, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        return Run(r.returncode, r.stdout.decode(), r.stderr.decode(), 0)

    def has(self, path):
        path = os.path.join(self.dir, path)
        return os.path.exists(path) and os.path.getsize(path) > 0

    def text(self, path):
        with open(os.path.join(self.dir, path), encoding="utf-8") as f:
            return f.read()

    def close(self):
        shutil.rmtree(self.dir)


# --- the commands of each recipe: [(what, script, shell options)] with the server's own variables filled in, and what it writes ---

def github(text):
    doc = yaml.safe_load(text)
    steps = doc["jobs"]["scan"]["steps"] + doc["jobs"]["comment"]["steps"]
    return [(s.get("name"), s["run"], "-e") for s in steps if "run" in s]


def gitlab(text):
    job = yaml.safe_load(text)["bulkhead"]
    return [("job", "\n".join(job["before_script"] + job["script"]), "-e")]


def jenkins(text):
    found = re.findall(r"sh '''(.*?)'''|sh '([^'\n]*)'", text, re.S)
    return [("sh", long or short, "-xe") for long, short in found]


def tekton(text):
    out = []
    for doc in yaml.safe_load_all(text):
        if doc["kind"] == "Task":
            for s in doc["spec"]["steps"]:
                script = s["script"]
                assert script.startswith("#!/bin/sh\n"), "a step without an interpreter"
                out.append((s["name"], script.replace("$(results.gate.path)", "result-gate"), ""))
    return out


def shell(text):
    return [("scan.sh", text, "")]


RECIPES = {
    "scan.sh": (shell, "bulkhead-reports/", {"OUT": "bulkhead-reports"}),
    "github.yml": (github, "bulkhead-reports/", {"BULKHEAD_CACHE_DIR": ".bulkhead-cache"}),
    "gitlab.yml": (gitlab, "bulkhead-reports/", {"CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "7", "CI_JOB_TOKEN": "t", "BULKHEAD_CACHE_DIR": ".bulkhead-cache"}),
    "Jenkinsfile": (jenkins, "bulkhead-reports/", {"BULKHEAD_CACHE_DIR": ".bulkhead-cache"}),
    "tekton.yml": (tekton, "", {"FAIL_ON": "critical,kev", "BASE_REPORT": "base-report.json", "BULKHEAD_CACHE_DIR": ".bulkhead-cache"}),
}
# What makes the job one of a change that goes to another branch, whose report is at hand.
CHANGE = {
    "scan.sh": {"BASE_REPORT": "served.json"},
    "github.yml": {"NUMBER": "3"},
    "gitlab.yml": {"CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "BULKHEAD_COMMENT_TOKEN": "t"},
    "Jenkinsfile": {"CHANGE_TARGET": "main", "CHANGE_ID": "3"},
    "tekton.yml": {},
}
REPORTS = {"report.json": "json", "report.sarif": "json", "junit.xml": "xml", "sbom.cdx.json": "json"}


def run_recipe(name, job, **env):
    """Every step, as servers do: those behind a failed gate are run too. The first exit code that is not 0."""
    code, said = 0, ""
    for what, script, options in RECIPES[name][0](read(name)):
        r = job.run(script, options, **{**RECIPES[name][2], **env})
        said += "--- %s\n%s\n" % (what, r)
        code = code or r.code
    return code, said


def test_recipe(name, image, database):
    folder = RECIPES[name][1]
    job = Job(image, database)
    code, said = run_recipe(name, job)
    check("%s: the gate is not met" % name, code == 1, said)
    check("%s: writes its reports all the same" % name, all(job.has(folder + r) for r in REPORTS), said)
    for report, kind in REPORTS.items():
        try:
            if kind == "json":
                json.loads(job.text(folder + report))
            else:
                import xml.dom.minidom
                xml.dom.minidom.parseString(job.text(folder + report))
            fine = True
        except (OSError, ValueError) as e:
            fine = False
            said = str(e)
        check("%s: %s can be read" % (name, report), fine, said)
    ids = [v["VulnerabilityID"] for r in json.loads(job.text(folder + "report.json"))["Results"] for v in r.get("Vulnerabilities", [])]
    check("%s: judged with the database it fetched" % name, "CVE-2021-44228" in ids and not json.loads(job.text(folder + "report.json"))["Bulkhead"]["Database"]["StarterOnly"], said)
    if name == "gitlab.yml":
        check("gitlab.yml: container-scanning report", "vulnerabilities" in json.loads(job.text(folder + "gl-container-scanning-report.json")), said)

    # The change: the target branch's report has nothing yet, so all is new.
    report = json.loads(job.text(folder + "report.json"))
    for r in report["Results"]:
        r.pop("Vulnerabilities", None)
    for path in ("served.json", "base-report.json", ".bulkhead-cache/report-main.json"):
        job.write(path, json.dumps(report))
    code, said = run_recipe(name, job, **CHANGE[name])
    check("%s: of a change, the same gate" % name, code == 1, said)
    check("%s: of a change, what it adds" % name, job.has(folder + "compare.md") and "CVE-2021-44228" in job.text(folder + "compare.md"), said)
    calls = job.text("calls")
    if name in ("github.yml", "gitlab.yml"):
        check("%s: comments" % name, ("gh pr comment 3" if name == "github.yml" else "merge_requests/3/notes") in calls, calls)

    # An ignore file in the repository is honoured: the gate is met.
    job.write(".trivyignore", "\n".join(sorted(set(ids))) + "\n")
    code, said = run_recipe(name, job)
    check("%s: the gate is met when nothing is left" % name, code == 0, said)
    job.close()

    # An image that is not there is no met gate.
    job = Job("/nowhere/at-all.tar", database)
    code, said = run_recipe(name, job)
    check("%s: nothing judged is no met gate" % name, code not in (0, 1), said)
    job.close()


def test_form():
    for name in FILES:
        text = read(name)
        check("%s is small" % name, len(text.splitlines()) < 140)
        check("%s runs all of it" % name, all(w in text for w in ("bulkhead db update", "bulkhead image", "bulkhead sbom", "--compare", "--fail-on", "--report ")))
        check("%s ends on the image's own words only" % name, "eval" not in text and "curl |" not in text)
    github_text = read("github.yml")
    actions = re.findall(r"uses: (\S+)", github_text)
    check("actions are pinned by commit", actions and all(re.search(r"@[0-9a-f]{40}$", a) for a in actions), actions)
    check("github.yml grants nothing by default and is not root", "permissions: {}" in github_text and re.search(r"--user [1-9]", github_text))
    check("Jenkinsfile is not root", re.search(r"--user [1-9]", read("Jenkinsfile")))
    inside = re.sub(r"'''.*?'''|'[^'\n]*'|\"[^\"\n]*\"|//[^\n]*", "", read("Jenkinsfile"), flags=re.S)
    check("Jenkinsfile: brackets agree", all(inside.count(a) == inside.count(b) for a, b in ("{}", "()", "[]")), inside)
    if yaml:
        task = next(d for d in yaml.safe_load_all(read("tekton.yml")) if d["kind"] == "Task")
        security = task["spec"]["stepTemplate"]["securityContext"]
        check("tekton.yml is not root", security["runAsNonRoot"] and security["allowPrivilegeEscalation"] is False and security["runAsUser"] > 0)
        declared = {p["name"] for p in task["spec"]["params"]}
        check("tekton.yml: parameters are declared", set(re.findall(r"\$\(params\.([\w-]+)\)", yaml.dump(task))) <= declared, declared)


def test_checkers():
    script = os.path.join(CI, "scan.sh")
    for tool, command in (("dash", ["dash", "-n", script]), ("shellcheck", ["shellcheck", script])):
        if not shutil.which(tool):
            print("SKIP scan.sh with %s: it is not installed" % tool)
            continue
        r = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check("scan.sh with %s" % tool, r.returncode == 0, r.stdout.decode())
    checker = os.environ.get("CHECK_JSONSCHEMA") or shutil.which("check-jsonschema")
    if not checker:
        print("SKIP the schemas of GitHub workflows and GitLab CI: check-jsonschema is not installed")
        return
    for name, options in (("github.yml", ["--builtin-schema", "vendor.github-workflows"]), ("gitlab.yml", ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"])):
        r = subprocess.run([checker] + options + [os.path.join(CI, name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check("%s against its schema" % name, r.returncode == 0, r.stdout.decode())


def main():
    work = tempfile.mkdtemp()
    image, database, feed = (os.path.join(work, n) for n in ("my-app.tar", "advisories.db", "feed.jsonl"))
    subprocess.run([os.path.join(TOP, "tools", "demo-image"), image], check=True)
    with open(feed, "w", encoding="utf-8") as f:
        f.write(json.dumps(ADVISORY) + "\n")
    env = {"PATH": os.environ["PATH"], "HOME": work}
    subprocess.run([BULKHEAD, "db", "import", "--quiet", feed], check=True, env=env)
    subprocess.run([BULKHEAD, "db", "build", "--quiet", database], check=True, env=env)
    test_form()
    test_checkers()
    for name in FILES:
        if name.endswith(".yml") and not yaml:
            print("SKIP the commands of %s: Python has no yaml module" % name)
        else:
            test_recipe(name, image, database)
    shutil.rmtree(work)


main()
tap.done()
