"""Images made on the spot, and the real program run on them in an environment of its own."""
import gzip
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from registry_parts import Layout, Tap, sha256

TOP = os.environ.get("BULKHEAD_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BULKHEAD = os.path.abspath(os.environ.get("BULKHEAD") or os.path.join(TOP, "build", "bulkhead"))
SHARED = os.environ.get("BULKHEAD_SHARED") or os.path.join(TOP, "..", "shared")
LONG_AGO = 1700000000  # files that were just written are not cached by their identity


class Run:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return "exit code %d after %.1f s\n--- out\n%s\n--- err\n%s" % (self.code, self.seconds, self.out[-3000:], self.err[-3000:])


def sanitizer_report(err):
    return "Sanitizer" in err or "runtime error:" in err


class Place:
    """A scratch folder with its own cache; what is run there sees nothing of the person who runs the test."""

    def __init__(self, name):
        self.dir = tempfile.mkdtemp(prefix="bulkhead-%s-" % name)
        self.cache = self.path("cache")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path

    def env(self, more=None):
        env = {"PATH": os.environ.get("PATH", ""), "HOME": self.path("home"), "XDG_CACHE_HOME": self.cache, "LC_ALL": "C.UTF-8", "TMPDIR": self.dir}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "BULKHEAD_WORKERS"):
            if name in os.environ:
                env[name] = os.environ[name]
        env.update(more or {})
        return env

    def run(self, *args, env=None, timeout=60, cwd=None, binary=False):
        start = time.monotonic()
        try:
            p = subprocess.run([BULKHEAD, *args], env=self.env(env), cwd=cwd or self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=timeout)
        except subprocess.TimeoutExpired as x:
            return Run(-999, "", "still running after %d s" % timeout, timeout)
        out, err = p.stdout if binary else p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")
        if sanitizer_report(err):  # also of a worker, whose end the program survives
            print("not ok - a sanitizer's report\n# " + err.replace("\n", "\n# "))
        return Run(p.returncode, out, err, time.monotonic() - start)

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)


OS_RELEASE = {
    "debian12": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
    "debian11": 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nNAME="Debian GNU/Linux"\nVERSION_ID="11"\nVERSION="11 (bullseye)"\nVERSION_CODENAME=bullseye\nID=debian\n',
}


def dpkg_status(*packages):
    """Packages: (name, version) or (name, version, source)."""
    out = ""
    for name, version, *source in packages:
        out += "Package: %s\nStatus: install ok installed\nArchitecture: amd64\n" % name
        out += ("Source: %s\n" % source[0] if source else "") + "Version: %s\nDescription: %s\n\n" % (version, name)
    return out


def layer(entries):
    """Layer tar of [(name, bytes | text | None for a directory | ('sym'|'hard', target))], names exactly as given."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for name, body in entries:
            info = tarfile.TarInfo(name)
            info.mode = 0o755 if name.startswith(("bin/", "usr/bin/")) else 0o644
            if body is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                t.addfile(info)
            elif isinstance(body, tuple):
                info.type = tarfile.SYMTYPE if body[0] == "sym" else tarfile.LNKTYPE
                info.linkname = body[1]
                t.addfile(info)
            else:
                data = body if isinstance(body, bytes) else body.encode()
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def debian_layer(*packages, release="debian11", extra=()):
    return layer([("etc/os-release", OS_RELEASE[release]), ("etc/debian_version", {"debian11": "11.6\n", "debian12": "12.5\n"}[release]),
                  ("var/lib/dpkg/status", dpkg_status(*packages)), *extra])


def config_of(diff_ids):
    return json.dumps({"architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z", "config": {},
                       "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()


def docker_archive(path, layers, tag="demo:1", diff_ids=None, stored=None):
    """layers: tar bytes; stored: what lies in the archive, when that is something else."""
    diff_ids = diff_ids or [sha256(x) for x in layers]
    config = config_of(diff_ids)
    with tarfile.open(path, "w") as t:
        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        add("config.json", config)
        for i, data in enumerate(stored or layers):
            add("l%d/layer.tar" % i, data)
        add("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": [tag], "Layers": ["l%d/layer.tar" % i for i in range(len(layers))]}]).encode())
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def oci_layout(path, layers, **options):
    layout = Layout(path)
    layout.add(layout.image(layers, **options), "demo")
    return layout


def jar(members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0)), data, compression)
    return out.getvalue()


def vulnerabilities(report):
    """(package, id) of a JSON report, as a set."""
    return {(v["PkgName"], v["VulnerabilityID"]) for r in report.get("Results", []) for v in r.get("Vulnerabilities", [])}


def packages(report):
    return {(p["Name"], p["Version"] + ("-" + p["Release"] if p.get("Release") else "")) for r in report.get("Results", []) for p in r.get("Packages", [])}
