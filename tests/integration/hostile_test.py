#!/usr/bin/env python3
"""Hostile images through the real program: each scan ends within seconds, with exit code 0 or 2 and a clear word, in little memory, never by a signal, and
writes nothing outside its cache."""
import random
import re
import socket
import sqlite3
import struct

from image_parts import *

tap = Tap()
place = Place("hostile-test")
SANITIZED = "ASAN_OPTIONS" in os.environ
SECONDS = 60 if SANITIZED else 20  # a slow, loaded machine; what is asked for is "a few seconds"
MEMORY = 200 << 20      # of the largest process; sanitizers need more
CLEAR = ("could not be read", "not read", "unreadable")


class Finished(Run):
    memory = 0


# A process counts its parent's memory from before exec as its own, so that a small one starts the scans.
STARTER = subprocess.Popen([sys.executable, "-S", "-E", "-c", """
import json, os, signal, sys, time
for line in sys.stdin:
    o = json.loads(line)
    start, pid = time.monotonic(), os.fork()
    if pid == 0:
        os.chdir(o["cwd"])
        for name, fd, flags in (("/dev/null", 0, os.O_RDONLY), (o["out"], 1, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), (o["err"], 2, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
            os.dup2(os.open(name, flags, 0o600), fd)
        os.execve(o["args"][0], o["args"], o["env"])
    done = 0
    while not done:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if not done and time.monotonic() - start > o["seconds"]:
            os.kill(pid, signal.SIGKILL)
            done, status, usage = os.wait4(pid, 0)
        time.sleep(0 if done else 0.003)
    print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, time.monotonic() - start]), flush=True)
"""], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def scan(*args, command="image"):
    """As Place.run, and measures the largest process of the scan."""
    out, err = place.cache + "/out", place.cache + "/err"
    STARTER.stdin.write(json.dumps({"args": [BULKHEAD, command, *args], "env": place.env(), "cwd": place.path("cwd"), "out": out, "err": err, "seconds": SECONDS}) + "\n")
    STARTER.stdin.flush()
    code, memory, seconds = json.loads(STARTER.stdout.readline())
    run = Finished(code, open(out, encoding="utf-8", errors="replace").read(), open(err, encoding="utf-8", errors="replace").read(), seconds)
    run.memory = memory
    return run


def snapshot():
    """Everything below the scratch folder that a scan has no business in."""
    found = {}
    for root, dirs, names in os.walk(place.dir):
        if root.startswith(place.cache):
            continue
        if len(root) > 2000:  # the deep tree of directories()
            dirs.clear()
            continue
        for n in names + dirs:
            st = os.lstat(os.path.join(root, n))
            found[os.path.join(root, n)] = (st.st_mode, st.st_size if n in names else 0, st.st_mtime_ns if n in names else 0)
    return found


def check(name, *args, codes=(0, 2), want="", package="", absent="", command="image"):
    """want: a word of the output (or one of them); package: is still found; absent: is not found; codes."""
    before = snapshot()
    a = scan("--no-progress", *args, command=command)
    words = (want,) if isinstance(want, str) else want
    said = a.out + a.err
    wrong = []
    if a.code not in codes:
        wrong.append("exit code %d" % a.code)
    if a.code == 2 and not a.err.startswith("bulkhead: "):
        wrong.append("no message")
    if not any(w in said for w in words):
        wrong.append("says none of %s" % (words,))
    if sanitizer_report(a.err):
        wrong.append("sanitizer")
    if re.search(r"the worker ended with code|killed by SIG(SEGV|BUS|FPE|ILL|ABRT|SYS)", said):
        wrong.append("a worker crashed")
    if a.memory > MEMORY and not SANITIZED:
        wrong.append("%d MiB" % (a.memory >> 20))
    if snapshot() != before:
        wrong.append("changed files outside: %s" % sorted(set(snapshot().items()) ^ set(before.items()))[:4])
    if package or absent:
        b = scan("--format", "json", *args, command=command)
        names = {n for n, _ in packages(b.json())} if b.code == 0 else set()
        if package and package not in names:
            wrong.append("package %s is not found" % package)
        if absent and absent in names:
            wrong.append("package %s is found" % absent)
    tap.ok(not wrong, name, "%s\n%s" % (", ".join(wrong), a))
    if a.seconds > 2 or a.memory > 60 << 20:
        print("# %.1f s, %d MiB: %s" % (a.seconds, a.memory >> 20, name))
    return a


def archive(layers, name="image.tar", **options):
    return docker_archive(place.path(name), layers, **options)


BASE = debian_layer(("openssl", "1.1.1n-0+deb11u3"))
PYTHON = "usr/lib/python3/site-packages/%s-1.0.dist-info/METADATA"
METADATA = "Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n"


# --- names and links ---

def names():
    status = dpkg_status(("intruder", "1"))
    for bad in ("../../../../../../tmp/bulkhead-was-here", "/tmp/bulkhead-was-here", "a/../../../../../tmp/bulkhead-was-here", "./../x", "a//b/./c", ".", "..", "/", "a" * 5000, "d/" * 3000 + "f",
                "new\nline", "nul", "\u202eoverride", "x" * 255 + "/" + "y" * 255):
        check("name %r" % bad[:40], archive([BASE, layer([(bad, "x"), (bad.rstrip("/") + "/f", "x")])]), codes=(0,), package="openssl")
    tap.ok(not os.path.exists("/tmp/bulkhead-was-here"), "nothing was unpacked")
    check("a package database above the root", archive([BASE, layer([("../var/lib/dpkg/status.d/x", status), ("../../var/lib/dpkg/status", status)])]), codes=(0,))
    secret = place.write("secret/status", status)
    for target in (secret, "../" * 20 + secret.lstrip("/"), "/etc/passwd", "/proc/self/environ"):
        check("dpkg status is a link to %s" % target[:20], archive([layer([("etc/os-release", OS_RELEASE["debian11"]), ("var/lib/dpkg/status", ("sym", target))])]), codes=(0,), absent="intruder")
        check("a hard link to %s" % target[:20], archive([layer([("etc/os-release", OS_RELEASE["debian11"]), ("var/lib/dpkg/status", ("hard", target))])]), codes=(0,), absent="intruder")
    loops = [("var", ("sym", "war")), ("war", ("sym", "var")), ("self", ("sym", "self")), ("etc/os-release", ("sym", "../usr/lib/os-release")), ("usr/lib/os-release", ("sym", "../../etc/os-release")),
             ("usr/lib/up", ("sym", "../lib/up/up")), ("deep", ("sym", "deep/deep/deep/deep"))]
    check("loops of symbolic links", archive([BASE, layer(loops)]), codes=(0,))
    check("loops of hard links", archive([BASE, layer([("a", ("hard", "b")), ("b", ("hard", "a")), ("var/lib/dpkg/status.d/x", ("hard", "var/lib/dpkg/status.d/x"))])]), codes=(0,))
    chain = [("l%d" % i, ("sym", "l%d" % (i + 1))) for i in range(5000)] + [("usr/lib/os-release", ("sym", "../../l0"))]
    check("a chain of 5000 links", archive([layer(chain)]), codes=(0,))
    check("/usr is a link to itself", archive([layer([("usr", ("sym", "/usr")), ("usr/lib/os-release", OS_RELEASE["debian11"]), ("lib", ("sym", "usr/lib"))])]), codes=(0,))


def whiteouts():
    check("whiteouts of everything", archive([BASE, layer([(".wh..wh..opq", ""), ("etc/.wh..wh..opq", ""), ("var/.wh.lib", ""), (".wh.etc", "")])]), codes=(0,), absent="openssl")
    check("whiteouts of what is above the root", archive([BASE, layer([(".wh...", ""), (".wh..", ""), (".wh.", ""), ("a/.wh...", ""), (".wh.../x", "")])]), codes=(0,))
    check("30,000 whiteouts", archive([BASE, layer([("d/.wh.f%d" % i, "") for i in range(30000)])]), codes=(0,), package="openssl")
    check("a whiteout and the file in one layer", archive([BASE, layer([("var/lib/dpkg/.wh.status", ""), ("var/lib/dpkg/status", dpkg_status(("kept", "1")))])]), codes=(0,))


# --- much of something ---

def tar_header(name, size=0, kind=b"0"):
    h = bytearray(512)
    h[0:len(name)] = name
    h[100:108], h[108:116], h[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    h[124:136], h[136:148], h[156:157], h[257:265] = b"%011o\0" % size if size < 8 ** 11 else b"\x80" + size.to_bytes(11, "big"), b"00000000000\0", kind, b"ustar\x0000"
    h[148:156] = b"        "
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


def many_entries():
    """Ten million entries, 5 GB of tar, made in a pipe: blocks of 10,000 headers, of which the number's first digits and so the checksum differ."""
    count = 1000000 if SANITIZED else 10000000
    base, blocks = bytearray(tar_header(b"usr/share/files/0000000")), []
    total = sum(base) - sum(base[148:156]) + 8 * 32 - 7 * 48
    for head in range(28):  # sum of the first three digits
        block = bytearray()
        for i in range(10000):
            number = b"%04d" % i
            base[16:23] = b"@@@" + number
            base[148:154] = b"%06o" % (total + 3 * 48 + head + sum(number))
            block += base
        blocks.append(bytes(block))
    path = place.path("many.zst")
    with open(path, "wb") as out:
        packer = subprocess.Popen(["zstd", "-qc", "-1", "-T2"], stdin=subprocess.PIPE, stdout=out)
        for i in range(count // 10000):
            packer.stdin.write(blocks[sum(map(int, str(i)))].replace(b"/@@@", b"/%03d" % i))
        packer.stdin.write(bytes(1024))
        packer.stdin.close()
        packer.wait()
    stored = open(path, "rb").read()
    os.remove(path)
    check("a layer of %d million entries" % (count // 1000000), archive([BASE, b""], stored=[BASE, stored]), codes=(0,), package="openssl")


def bombs():
    zeros = bytes(16 << 20)
    gib = gzip.compress(zeros, 6, mtime=0) * 64
    head = gzip.compress(tar_header(b"usr/lib/zeros", 63 << 30), 1, mtime=0)
    check("gzip bomb: 4 GiB in a file that nobody wants", archive([BASE, b""], stored=[BASE, head + gib * 4]), package="openssl", want=CLEAR)
    head = gzip.compress(tar_header(b"var/lib/dpkg/status", 4 << 30), 1, mtime=0)
    check("gzip bomb: a package file of 4 GiB", archive([BASE, b""], stored=[BASE, head + gib * 2]), want=CLEAR)
    zst = lambda data: subprocess.run(["zstd", "-qc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    check("zstd bomb", archive([BASE, b""], stored=[BASE, zst(tar_header(b"usr/lib/zeros", 63 << 30)) + zst(zeros) * 256]), want=CLEAR, package="openssl")
    bomb = jar([("META-INF/maven/g/a/pom.properties", zeros * 4), ("META-INF/MANIFEST.MF", zeros * 4)])
    check("zip bomb in a jar", archive([BASE, layer([("app/bomb.jar", bomb)])]), codes=(0,), package="openssl")
    inner = jar([("f%d.jar" % i, jar([("x", zeros[:1 << 20])])) for i in range(100)])
    check("zip bomb of jars in jars", archive([BASE, layer([("app/bomb.jar", jar([("g%d.jar" % i, inner) for i in range(200)]))])]), codes=(0,), package="openssl")
    nested = jar([("META-INF/maven/g/deep/pom.properties", "groupId=g\nartifactId=deep\nversion=1\n")])
    for _ in range(50):
        nested = jar([("inner.jar", nested)])
    check("jars 50 deep", archive([BASE, layer([("app/deep.jar", nested)])]), codes=(0,), package="openssl", want=CLEAR)
    quine = jar([("a.jar", b"x" * 100)])
    check("a jar whose directory lies", archive([BASE, layer([("app/lie.jar", quine.replace(struct.pack("<I", 100), b"\xff\xff\xff\x7f"))])]), codes=(0,), package="openssl")
    check("a jar of 70,000 members", archive([BASE, layer([("app/many.jar", jar([("f%d" % i, "") for i in range(70000)], zipfile.ZIP_STORED))])]), codes=(0,), package="openssl")
    check("one layer listed 1000 times", many_times(1000), package="openssl")
    for form in ("cyclonedx", "json", "table"):
        check("5,000 packages of one vulnerable source, %s" % form, "--format", form, archive([debian_layer(*[("p%d" % i, "1.1.1n-0+deb11u3", "openssl") for i in range(5000)])]), codes=(0,), want="p4999")
    check("100,000 packages", archive([debian_layer(*[("p%d" % i, "1") for i in range(100000)])]), codes=(0,), package="p99999")


def many_times(n):
    path = place.path("times.tar")
    with tarfile.open(path, "w") as t:
        for name, data in (("config.json", config_of([sha256(BASE)] * n)), ("layer.tar", BASE),
                           ("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": ["x:1"], "Layers": ["layer.tar"] * n}]).encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return path


# --- broken off and damaged ---

def truncated():
    text = random.Random(1).randbytes(200000)
    data = layer([("etc/os-release", OS_RELEASE["debian11"]), ("usr/bin/x", text), ("var/lib/dpkg/status", dpkg_status(("openssl", "1.1.1n-0+deb11u3")))])
    zst = subprocess.run(["zstd", "-qc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    for kind, stored in (("tar", data), ("gzip", gzip.compress(data, 1, mtime=0)), ("zstd", zst)):
        for part in (0.0001, 0.001, 0.01, 0.3, 0.7, 0.98, 0.999):
            n = int(len(stored.rstrip(b"\0") if kind == "tar" else stored) * part)
            check("layer (%s) cut to %d bytes" % (kind, n), archive([data], stored=[stored[:n]]), want=CLEAR)
        for seed in range(4):
            r = random.Random(seed)
            broken = bytearray(stored)
            for _ in range(20):
                broken[r.randrange(len(broken))] ^= 1 << r.randrange(8)
            check("layer (%s) with 20 flipped bits, %d" % (kind, seed), archive([data], stored=[bytes(broken)]))
    whole = open(archive([data]), "rb").read()
    for part in (0, 1, 511, 512, 1000, 20000, len(whole) // 2, len(whole) - 20000):
        check("archive cut to %d bytes" % part, place.write("cut.tar", whole[:part]), codes=(2,))
    for suffix, command in ((".gz", ["gzip", "-c"]), (".zst", ["zstd", "-qc"])):
        packed = subprocess.run(command, input=whole, stdout=subprocess.PIPE, check=True).stdout
        for part in (3, 20, len(packed) // 3, len(packed) - 5):
            check("archive %s cut to %d bytes" % (suffix, part), place.write("cut.tar" + suffix, packed[:part]), codes=(2,))
    check("a layer that is text", archive([data], stored=[b"hello, world\n" * 1000]), want=CLEAR)
    check("a layer of zeros", archive([BASE, data], stored=[BASE, bytes(100000)]), codes=(0,), package="openssl")
    check("a layer of nothing", archive([BASE, data], stored=[BASE, b""]), codes=(0,), package="openssl")
    size = bytearray(data)
    size[124:136] = b"77777777777\0"
    check("a tar entry of 8 GiB that is not there", archive([data], stored=[bytes(size)]), want=CLEAR)
    size[124:136] = b"\xff" * 12
    check("a tar entry of negative size", archive([data], stored=[bytes(size)]), want=CLEAR)


def layouts():
    def layout(name, change):
        shutil.rmtree(place.path(name), ignore_errors=True)
        o = oci_layout(place.path(name), [BASE, layer([("x", "y")])])
        file = lambda digest: os.path.join(o.path, "blobs", "sha256", digest[7:])
        manifest = json.load(open(file(o.entries[0]["digest"]), encoding="utf-8"))
        change(o, manifest, file)
        return o.path

    def again(o, manifest):
        o.entries.clear()
        o.add(o.blob(json.dumps(manifest).encode() if isinstance(manifest, dict) else manifest, "application/vnd.oci.image.manifest.v1+json"), "demo")

    def other_bytes(o, m, file):
        with open(file(m["layers"][0]["digest"]), "r+b") as f:
            f.seek(20)
            f.write(b"\xff")
    check("a layer of another digest", layout("o1", other_bytes), want=("digest", *CLEAR), absent="openssl")
    check("a manifest of another digest", layout("o2", lambda o, m, file: open(file(o.entries[0]["digest"]), "ab").write(b" ")), codes=(2,), want="bytes, ")
    check("a configuration of another digest", layout("o3", lambda o, m, file: open(file(m["config"]["digest"]), "r+b").write(b"[")), codes=(2,), want="content is sha256:")
    for size in (-1, -(1 << 63), 1 << 62, 1 << 63, 1 << 64, 1e300, "12", None, 0):
        def resized(o, m, file):
            m["layers"][0]["size"] = size
            again(o, m)
        check("a layer of size %r" % size, layout("o4", resized))
        def config_resized(o, m, file):
            m["config"]["size"] = size
            again(o, m)
        check("a configuration of size %r" % size, layout("o5", config_resized))
    for digest in ("sha256:../../../../etc/passwd", "sha256:" + "/" * 64, "sha256:", "", "md5:0123", "sha256:" + "0" * 64, "sha512:" + "0" * 128, "../" * 10 + "etc/passwd", 5):
        def redigested(o, m, file):
            m["layers"][0]["digest"] = digest
            again(o, m)
        check("a layer of digest %r" % digest, layout("o6", redigested), want=("digest", "layer", "layout", *CLEAR))
    def linked(o, m, file):
        os.remove(file(m["layers"][0]["digest"]))
        os.symlink("/etc/passwd", file(m["layers"][0]["digest"]))
    check("a blob that is a link to the outside", layout("o7", linked), absent="openssl")
    def fifo(o, m, file):
        os.remove(file(m["layers"][0]["digest"]))
        os.mkfifo(file(m["layers"][0]["digest"]))
    check("a blob that is a fifo", layout("o8", fifo), absent="openssl")
    def folder(o, m, file):
        os.remove(file(m["layers"][0]["digest"]))
        os.mkdir(file(m["layers"][0]["digest"]))
    check("a blob that is a folder", layout("o9", folder), absent="openssl")
    def self_index(o, m, file):
        o.entries[:] = [dict(o.entries[0], mediaType="application/vnd.oci.image.index.v1+json")]
        o.add(o.entries.pop(), "demo")
    check("a manifest that calls itself an index", layout("o10", self_index))
    check("a manifest of one line of 10 MB", layout("o11", lambda o, m, file: again(o, json.dumps(dict(m, annotations={"x": "y" * 10000000})).encode())), codes=(2,))
    check("a deep manifest", layout("o12", lambda o, m, file: again(o, b'{"a":' + b"[" * 1000000 + b"]" * 1000000 + b"}")), codes=(2,))
    check("a manifest that is no JSON", layout("o13", lambda o, m, file: again(o, b"{\"layers\": [")), codes=(2,))
    check("a manifest that is a list", layout("o14", lambda o, m, file: again(o, b"[]")), codes=(2,))
    check("25,000 layers", layout("o15", lambda o, m, file: again(o, dict(m, layers=[{"mediaType": m["layers"][0]["mediaType"], "digest": m["layers"][0]["digest"], "size": m["layers"][0]["size"]}] * 25000))))
    def index(text):
        return lambda o, m, file: open(os.path.join(o.path, "index.json"), "w", encoding="utf-8").write(text)
    for name, text in (("no JSON", "{"), ("deep", "[" * 500000), ("empty", ""), ("no manifests", "{}"), ("10 MB in one line", '{"manifests": [' + '{"mediaType":"x"},' * 500000 + "{}]}")):
        check("index.json: " + name, layout("o16", index(text)), codes=(2,))


def json_files():
    """Package files of JSON and its kin inside the image."""
    big = '{"name": "x", "version": "1", "description": "' + "y" * 10000000 + '"}'
    deep = "[" * 2000000
    names = ("package.json", "package-lock.json", "composer.lock", "Pipfile.lock", "app.deps.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "poetry.lock", "Gemfile.lock", "go.mod", "requirements.txt")
    for title, text in (("one line of 10 MB", big), ("deep", deep), ("deep objects", '{"a":' * 300000), ("zeros", "\0" * 1000000), ("a number of 1 MB", '{"version": ' + "9" * 1000000 + "}"),
                        ("1,000,000 keys", "{" + ",".join('"k%d":0' % i for i in range(1000000)) + "}"), ("aliases", "a: &a [x,x]\n" + "".join("b%d: &b%d [*%s,*%s]\n" % (i, i, *["a" if not i else "b%d" % (i - 1)] * 2) for i in range(60))),
                        ("random bytes", random.Random(3).randbytes(300000))):
        check("package files: " + title, "--lock-files", archive([BASE, layer([("app/node_modules/x/" + n if n == "package.json" else "app/" + n, text) for n in names])]), codes=(0,), package="openssl")


# --- package databases ---

def databases():
    release = ("etc/os-release", 'ID=fedora\nVERSION_ID=39\nNAME="Fedora Linux"\n')
    noise = random.Random(5).randbytes
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(os.path.join(folder, "db"))
        db.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        db.executemany("INSERT INTO Packages (blob) VALUES (?)", [(noise(5000),) for _ in range(50)])
        db.commit()
        db.close()
        with open(os.path.join(folder, "db"), "rb") as f:
            sqlite = f.read()
    bdb = bytearray(40960)
    struct.pack_into("<IIIIIIHBB", bdb, 0, 0, 1, 0, 0x00061561, 9, 4096, 8, 8, 0)
    ndb = b"RpmP" + struct.pack("<III", 0, 1, 1) + bytes(16) + b"".join(b"Slot" + struct.pack("<III", i, 1 << 28, 1 << 30) for i in range(254))
    for title, path, good in (("sqlite", "var/lib/rpm/rpmdb.sqlite", sqlite), ("Berkeley DB", "var/lib/rpm/Packages", bytes(bdb)), ("ndb", "var/lib/rpm/Packages.db", ndb)):
        versions = [good, good[:100], good[:len(good) // 2], good + noise(5000), good[:16] + noise(len(good)), b"", noise(20000), bytes(20000)]
        for seed in range(6):
            r, data = random.Random(seed), bytearray(good)
            for _ in range(30):
                data[r.randrange(min(len(data), 20000))] = r.randrange(256)
            versions.append(bytes(data))
        for i, data in enumerate(versions):
            check("rpm database (%s), damaged in way %d" % (title, i), archive([layer([release, (path, data)])]), codes=(0,), want=CLEAR if i in (1, 3, 4, 6) and title != "ndb" else "")
    for i, data in enumerate((noise(100000), b"Package: x\n" * 100000, b"Package: " + b"x" * 5000000 + b"\nVersion: 1\nStatus: install ok installed\n\n", b"\n" * 1000000, b"Version: 1\n\nVersion: 2\n\n" * 10000,
                              b"Package: a\nStatus: install ok installed\nVersion: 1\nDepends: " + b"b, " * 500000 + b"\n\n", bytes(1000000), b" continued\n" * 100000)):
        check("dpkg status: garbage %d" % i, archive([layer([("etc/os-release", OS_RELEASE["debian11"]), ("var/lib/dpkg/status", data)])]), codes=(0,))
        check("apk installed: garbage %d" % i, archive([layer([("etc/os-release", "ID=alpine\nVERSION_ID=3.18.0\n"), ("lib/apk/db/installed", data)])]), codes=(0,))
    for i, data in enumerate((noise(100000), b"ID=" + b"x" * 1000000, b"ID=\"debian\nVERSION_ID='", b"", b"ID=$(reboot)\nVERSION_ID=`id`\n", b"=\n" * 100000)):
        check("os-release: garbage %d" % i, archive([layer([("etc/os-release", data), ("var/lib/dpkg/status", dpkg_status(("openssl", "1")))])]), codes=(0,))


def programs():
    def elf(entry_size=64, sections=65535, offset=64, strings=65534, ph=65535, ph_offset=64):
        return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, ph_offset, offset, 0, 64, 56, ph, entry_size, sections, strings)
    noise = random.Random(7).randbytes
    go = b"\xff Go buildinf:\x08\x02" + bytes(16) + b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + b"go1.20"
    for i, data in enumerate((elf(), elf(0), elf(65535), elf(offset=(1 << 64) - 1), elf(offset=1 << 62, ph_offset=1 << 63), elf() + noise(200000), elf(sections=0) + bytes(1000), elf() + go * 1000, b"\x7fELF" + noise(100000),
                              b"MZ" + bytes(58) + struct.pack("<I", 0x7fffffff) + noise(1000), b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + noise(5000), b"\xca\xfe\xba\xbe" + b"\xff" * 1000,
                              b"\xcf\xfa\xed\xfe" + struct.pack("<IIIIII", 0x1000007, 3, 2, 0xffffffff, 0xffffffff, 0) + noise(5000))):
        check("program with an absurd head %d" % i, archive([BASE, layer([("usr/bin/x", data)])]), codes=(0,), package="openssl")
    real = open(BULKHEAD, "rb").read()[:400000]
    for seed in range(6):
        r, data = random.Random(seed), bytearray(real)
        for _ in range(40):
            data[r.randrange(64 if seed % 2 else len(data))] = r.randrange(256)
        check("damaged program %d" % seed, archive([BASE, layer([("usr/bin/x", bytes(data))])]), codes=(0,), package="openssl")


# --- what is named on the command line ---

def inputs():
    check("empty file", place.write("empty.tar", ""), codes=(2,))
    check("text file", place.write("text.tar", "hello\n"), codes=(2,))
    check("some other tar", place.write("other.tar", layer([("a", "b")])), codes=(2,), want="bulkhead rootfs")
    os.mkfifo(place.path("fifo"))
    check("fifo", place.path("fifo"), codes=(2,))
    check("fifo with --input", "--input", place.path("fifo"), codes=(2,))
    s = socket.socket(socket.AF_UNIX)
    s.bind(os.path.relpath(place.path("socket")) if len(place.path("socket")) > 100 else place.path("socket"))
    check("socket", place.path("socket"), codes=(2,))
    s.close()
    for device in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/tty"):
        check("device " + device, device, codes=(2,))
    check("folder as file", "--input", place.path("cwd"), codes=(2,))
    check("rootfs: file", place.path("text.tar"), codes=(2,), command="rootfs")
    check("rootfs: fifo", place.path("fifo"), codes=(2,), command="rootfs")
    os.symlink("loop", place.path("loop"))
    check("a link to itself", place.path("loop"), codes=(2,))
    check("a name of 5000 bytes", "x" * 5000, codes=(2,))
    check("a name of escape sequences", "\033[31mx", codes=(2,))
    if os.geteuid() != 0:
        os.chmod(place.write("locked.tar", "x"), 0)
        check("unreadable file", place.path("locked.tar"), codes=(2,), want="Permission denied")
    else:
        print("ok %d - unreadable file # SKIP as root every file is readable" % (tap.count + 1))
        tap.count += 1
    outside = [{"Config": "config.json", "RepoTags": ["x:1"], "Layers": ["layer.tar"]}]
    for title, add in (("a link to a file outside", ("layer.tar", tarfile.SYMTYPE, "/etc/passwd")), ("a link upwards", ("layer.tar", tarfile.SYMTYPE, "../" * 20 + "etc/passwd")),
                       ("a hard link to the outside", ("layer.tar", tarfile.LNKTYPE, "/etc/passwd")), ("a fifo", ("layer.tar", tarfile.FIFOTYPE, "")), ("a device", ("layer.tar", tarfile.CHRTYPE, "")),
                       ("a link to itself", ("layer.tar", tarfile.SYMTYPE, "layer.tar"))):
        with tarfile.open(place.path("out.tar"), "w") as t:
            for name, data in (("config.json", config_of([sha256(BASE)])), ("manifest.json", json.dumps(outside).encode())):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
            info = tarfile.TarInfo(add[0])
            info.type, info.linkname = add[1], add[2]
            t.addfile(info)
        check("layer.tar is " + title, place.path("out.tar"), codes=(2,))
    for title, manifest in (("one line of 10 MB", "[" + '{"Config":"c"},' * 700000 + "{}]"), ("deep", "[" * 1000000), ("a layer upwards", json.dumps([dict(outside[0], Layers=["../../etc/passwd"])])),
                            ("numbers for names", '[{"Config": 1, "Layers": [2]}]'), ("no layers named", '[{"Config": "config.json"}]'), ("null", "null")):
        data = layer([("config.json", config_of([sha256(BASE)])), ("layer.tar", BASE), ("manifest.json", manifest)])
        check("manifest.json: " + title, place.write("manifest.tar", data), codes=(0, 2) if "no layers" in title else (2,))


def directories():
    root = place.path("rootfs")
    os.makedirs(os.path.join(root, "etc"))
    with open(os.path.join(root, "etc/os-release"), "w", encoding="utf-8") as f:
        f.write(OS_RELEASE["debian11"])
    place.write("rootfs/var/lib/dpkg/status", dpkg_status(("openssl", "1.1.1n-0+deb11u3")))
    os.mkfifo(os.path.join(root, "app.jar"))
    os.symlink("/", os.path.join(root, "host"))
    os.symlink(".", os.path.join(root, "again"))
    here = os.getcwd()
    os.chdir(root)
    try:
        for _ in range(600):
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
    finally:
        os.chdir(here)
    check("rootfs: fifo as a jar, links to / and ., 600 folders deep", root, codes=(0,), package="openssl", command="rootfs")
    subprocess.run(["rm", "-rf", root], check=True)


os.makedirs(place.path("cwd"))
os.makedirs(place.cache)
try:
    for part in (names, whiteouts, many_entries, bombs, truncated, layouts, json_files, databases, programs, inputs, directories):
        started = time.monotonic()
        try:
            part()
        except Exception:  # one broken part must not hide the others
            import traceback
            tap.ok(False, "%s ran to its end" % part.__name__, traceback.format_exc())
        print("# %s: %.1f s" % (part.__name__, time.monotonic() - started), flush=True)
finally:
    STARTER.stdin.close()
    STARTER.wait()
    subprocess.run(["rm", "-rf", place.dir], check=False)
tap.done()
