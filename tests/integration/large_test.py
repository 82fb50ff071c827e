#!/usr/bin/env python3
"""Memory: scans of large package files by the real program. The largest process is measured, and the address space is limited, so that a scan that
takes more fails by itself. The
numbers it prints are those of docs/image.md."""
import gzip

from image_parts import *
from large_inputs import LARGE, go_binary

tap = Tap()
SECONDS = 30
ROOM = 56 << 20  # of address space beyond the memory in use: the program, its libraries, room that arrays have to grow in
LANES = 96 << 20 # a second thread: its stack and its part of the heap, reserved and not used

# A process counts its parent's memory from before exec as its own, so that a small one starts the scans.
STARTER = """
import os, resource, sys
limit, out, args = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
pid = os.fork()
if pid == 0:
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    if limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.execv(args[0], args)
done, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
"""


def measure(place, limit, *args):
    """Exit code, bytes of the largest process, output."""
    out = place.path("out")
    p = subprocess.run([sys.executable, "-S", "-E", "-c", STARTER, str(limit), out, BULKHEAD, *args], env=place.env(), cwd=place.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=SECONDS, check=True)
    code, memory = p.stdout.split()
    return int(code), int(memory), open(out, encoding="utf-8", errors="replace").read(), p.stderr.decode("utf-8", "replace")


def check(place, name, count, ceilings, *args):
    for form, ceiling in zip(("table", "json"), ceilings):
        limit = 0 if "ASAN_OPTIONS" in os.environ else (ceiling << 20) + ROOM
        code, memory, out, err = measure(place, limit, *args, "--no-cache", "--no-progress", "--lock-files", "--format", form)
        wrong = []
        if code != 0:
            wrong.append("exit code %d" % code)
        elif limit and memory > ceiling << 20:
            wrong.append("%.1f MiB, more than %d" % (memory / 2**20, ceiling))
        elif count is None and "more than" not in out:
            wrong.append("does not say that it was not read")
        elif count is not None and form == "json":
            found = sum(len(r.get("Packages", [])) for r in json.loads(out).get("Results", []))
            if found != count:
                wrong.append("%d packages, not %d" % (found, count))
        tap.ok(not wrong, "%s, %s: at most %d MiB" % (name, form, ceiling), "%s\n%s\n%s" % (", ".join(wrong), out[-500:] if form == "table" else "", err[-1000:]))
        print("# %.1f MiB" % (memory / 2**20))


def zstd_windows(place):
    """A window of 32 MiB is the most that is read; more is refused in words, and the other layers are read."""
    data = layer([("usr/share/blob", os.urandom(1 << 20) * 48)])
    base = debian_layer(("openssl", "1.1.1n-0+deb11u3"))
    for options, ceiling, want in ((("--zstd=wlog=25",), 40, None), (("--long=27",), 12, "window of more than 32 MiB")):
        packed = subprocess.run(["zstd", "-qc", "-1", *options], input=data, stdout=subprocess.PIPE, check=True).stdout
        image = docker_archive(place.path("window.tar"), [base, data], stored=[base, packed])
        limit = 0 if "ASAN_OPTIONS" in os.environ else (ceiling << 20) + ROOM + LANES
        code, memory, out, err = measure(place, limit, "image", "--input", image, "--no-cache", "--no-progress")
        said = want in out if want else "could not be read" not in out
        tap.ok(code == 0 and said and "CVE-2023-0286" in out and (not limit or memory <= ceiling << 20), "zstd %s: at most %d MiB" % (options[0], ceiling), "%d MiB\n%s\n%s" % (memory >> 20, out, err))
        print("# %.1f MiB" % (memory / 2**20))


def large_files(place):
    for name, make, count, table, form in LARGE:
        data = layer(make())
        image = docker_archive(place.path("large.tar"), [data], stored=[gzip.compress(data, 1, mtime=0)])
        check(place, name, count, (table, form), "image", "--input", image)


def large_program(place):
    go_binary(place.path("root/usr/bin/app"), 200)
    check(place, "Go program of 200 MB", 602, (12, 16), "rootfs", place.path("root"))


place = Place("large-test")
try:
    large_files(place)
    large_program(place)
    zstd_windows(place)
finally:
    place.remove()
tap.done()
