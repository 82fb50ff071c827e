"""Large package files as real tools write them, and some that nobody would write: (name, options, layer entries, packages that a scan finds).
Made from a fixed seed, so that two runs measure the same bytes."""
import hashlib
import json
import os
import random
import sqlite3
import struct
import tempfile

from image_parts import OS_RELEASE, jar

RELEASE = ("etc/os-release", OS_RELEASE["debian12"])


def numbers(seed):
    return random.Random(seed)


def version(r):
    return "%d.%d.%d" % (r.randrange(12), r.randrange(30), r.randrange(20))


def integrity(name):
    return "sha512-" + hashlib.sha512(name.encode()).hexdigest()[:86] + "=="


def dpkg(count, rich=True):
    """A status file of about 1.1 KB a package, as Debian's are, and the list of each one's files (30 on average)."""
    r, out, lists = numbers(1), [], []
    for i in range(count):
        name = "package-%05d" % i
        out.append("Package: %s\nStatus: install ok installed\n" % name)
        if rich:
            needs = ", ".join("package-%05d (>= %s)" % (r.randrange(count), version(r)) for _ in range(r.randrange(12)))
            out.append("Priority: optional\nSection: libs\nInstalled-Size: %d\nMaintainer: Debian Developers <devel-%d@lists.example.org>\nMulti-Arch: same\nSource: source-%05d\n" % (i, i % 300, i // 3))
            out.append("Depends: libc6 (>= 2.36)%s\nConffiles:\n /etc/%s.conf %032x\n" % (", " + needs if needs else "", name, i))
        out.append("Architecture: amd64\nVersion: %s-1\nDescription: package %d\n" % (version(r), i))
        if rich:
            out.append("".join(" This package has a description of several lines, of which this is line %d.\n" % k for k in range(r.randrange(8))))
        out.append("\n")
        if rich:
            files = "".join("/usr/share/%s/%s/file-%03d\n" % (name, "abcdef"[k % 6] * 8, k) for k in range(r.randrange(60)))
            lists.append(("var/lib/dpkg/info/%s.list" % name, "/.\n/usr\n/usr/share\n" + files))
    return [RELEASE, ("var/lib/dpkg/status", "".join(out)), *lists]


def npm_lock(count):
    r, all_of = numbers(2), {"": {"name": "app", "version": "1.0.0", "dependencies": {"package-%05d" % i: "^1.0.0" for i in range(50)}}}
    for i in range(count):
        name = "package-%05d" % i
        entry = {"version": version(r), "resolved": "https://registry.example.org/%s/-/%s-1.0.0.tgz" % (name, name), "integrity": integrity(name), "license": "MIT"}
        if r.randrange(2):
            entry["dev"] = True
        if r.randrange(3):
            entry["dependencies"] = {"package-%05d" % r.randrange(count): "^%s" % version(r) for _ in range(1 + r.randrange(6))}
        entry["engines"] = {"node": ">=%d" % (8 + r.randrange(10))}
        all_of["node_modules/" + name] = entry
    return [RELEASE, ("app/package-lock.json", json.dumps({"name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": all_of}, indent=2))]


def yarn_lock(count):
    r, out = numbers(3), ["# yarn lockfile v1\n\n"]
    for i in range(count):
        name, v = "package-%05d" % i, version(r)
        out.append('\n%s@^%s:\n  version "%s"\n  resolved "https://registry.example.org/%s/-/%s-%s.tgz#%040x"\n  integrity %s\n' % (name, v, v, name, name, v, i, integrity(name)))
        needs = ["package-%05d" % r.randrange(count) for _ in range(r.randrange(6))]
        if needs:
            out.append("  dependencies:\n" + "".join('    %s "^%s"\n' % (n, version(r)) for n in needs))
    return [RELEASE, ("app/yarn.lock", "".join(out))]


def pnpm_lock(count):
    r, head, tail = numbers(4), ["lockfileVersion: '9.0'\n\nimporters:\n  .:\n    dependencies:\n      package-00000:\n        specifier: ^1.0.0\n        version: 1.0.0\n\npackages:\n"], ["\nsnapshots:\n"]
    names = ["package-%05d@%s" % (i, version(r)) for i in range(count)]
    for name in names:
        head.append("\n  %s:\n    resolution: {integrity: %s}\n    engines: {node: '>=8'}\n" % (name, integrity(name)))
        tail.append("\n  %s:\n    dependencies:\n%s" % (name, "".join("      %s: %s\n" % tuple(names[r.randrange(count)].split("@")) for _ in range(1 + r.randrange(4)))))
    return [RELEASE, ("app/pnpm-lock.yaml", "".join(head + tail))]


def cargo_lock(count):
    r, out = numbers(5), ["version = 3\n"]
    for i in range(count):
        name = "package-%05d" % i
        out.append('\n[[package]]\nname = "%s"\nversion = "%s"\nsource = "registry+https://index.example.org"\nchecksum = "%064x"\n' % (name, version(r), i))
        needs = sorted({"package-%05d" % r.randrange(count) for _ in range(r.randrange(8))})
        if needs:
            out.append("dependencies = [\n" + "".join(' "%s",\n' % n for n in needs) + "]\n")
    return [RELEASE, ("app/Cargo.lock", "".join(out))]


def poetry_lock(count):
    """Most of a poetry.lock are the file hashes of wheels."""
    r, out = numbers(6), []
    for i in range(count):
        name, v = "package-%05d" % i, version(r)
        files = "".join('    {file = "%s-%s-cp3%d-manylinux_2_17_x86_64.whl", hash = "sha256:%064x"},\n' % (name, v, k, i * 100 + k) for k in range(1 + r.randrange(24)))
        out.append('[[package]]\nname = "%s"\nversion = "%s"\ndescription = "Package %d"\noptional = false\npython-versions = ">=3.8"\nfiles = [\n%s]\n\n[package.dependencies]\npackage-%05d = ">=1.0"\n\n' % (name, v, i, files, r.randrange(count)))
    out.append('[metadata]\nlock-version = "2.0"\npython-versions = "^3.8"\ncontent-hash = "%064x"\n' % 1)
    return [RELEASE, ("app/poetry.lock", "".join(out))]


def composer_installed(count):
    r, packages = numbers(7), []
    for i in range(count):
        name, v = "vendor-%03d/package-%05d" % (i % 200, i), version(r)
        packages.append({"name": name, "version": v, "version_normalized": v + ".0", "source": {"type": "git", "url": "https://git.example.org/%s.git" % name, "reference": "%040x" % i},
                         "dist": {"type": "zip", "url": "https://api.example.org/repos/%s/zipball/%040x" % (name, i), "reference": "%040x" % i, "shasum": ""},
                         "require": {"php": ">=7.4", **{"vendor-%03d/package-%05d" % (k % 200, k): "^1.0" for k in (r.randrange(count) for _ in range(r.randrange(6)))}},
                         "require-dev": {"phpunit/phpunit": "^9"}, "time": "2024-01-01T00:00:00+00:00", "type": "library", "extra": {"branch-alias": {"dev-main": "1.x-dev"}},
                         "installation-source": "dist", "autoload": {"psr-4": {"Vendor\\Package%d\\" % i: "src/"}}, "license": ["MIT"],
                         "authors": [{"name": "Author %d" % (i % 99), "email": "author%d@example.org" % (i % 99)}], "description": "Package number %d does what it says" % i,
                         "keywords": ["a", "b", "c"], "support": {"issues": "https://git.example.org/%s/issues" % name}, "install-path": "../" + name})
    return [RELEASE, ("app/vendor/composer/installed.json", json.dumps({"packages": packages, "dev": True, "dev-package-names": []}, indent=4))]


def dotnet_deps(count):
    r = numbers(8)
    names = ["Package.%05d/%s" % (i, version(r)) for i in range(count)]
    target = {n: {"dependencies": dict(names[r.randrange(count)].split("/") for _ in range(1 + r.randrange(4))),
                  "runtime": {"lib/net8.0/%s.dll" % n.split("/")[0]: {"assemblyVersion": "1.0.0.0", "fileVersion": "1.0.0.0"}}} for n in names}
    libraries = {n: {"type": "package", "serviceable": True, "sha512": integrity(n), "path": n.lower(), "hashPath": n.lower() + ".nupkg.sha512"} for n in names}
    return [RELEASE, ("app/App.deps.json", json.dumps({"runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"}, "targets": {".NETCoreApp,Version=v8.0": target}, "libraries": libraries}, indent=2))]


def big_jar(count):
    members = [("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Title: big\nImplementation-Version: 1.0\n"),
               ("META-INF/maven/org.example/big/pom.properties", "groupId=org.example\nartifactId=big\nversion=1.0\n")]
    return [RELEASE, ("app/big.jar", jar(members + [("org/example/big/part%03d/Class%06d.class" % (i % 200, i), "class %d" % i) for i in range(count)]))]


def go_binary(path, mib):
    """A statically linked program of that size, written as a file with holes; the build info lies in its own section, as the linker writes it."""
    info = "path\texample.org/app\nmod\texample.org/app\t(devel)\t\n" + "".join("dep\texample.org/module-%04d\tv1.%d.0\th1:%s=\n" % (i, i % 50, integrity(str(i))[7:50]) for i in range(600))
    info = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6" + info.encode() + b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
    def varint(n):
        out = b""
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        return out + bytes([n])
    blob = b"\xff Go buildinf:\x08\x02" + bytes(16) + varint(8) + b"go1.22.1" + varint(len(info)) + info
    names, size = b"\0.text\0.go.buildinfo\0.shstrtab\0", mib << 20
    at_info, at_names = size - len(blob) - 4096 & ~4095, size - 2048
    sections = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    for name, kind, flags, at, n in ((1, 1, 6, 4096, at_info - 4096), (7, 1, 3, at_info, len(blob)), (21, 3, 0, at_names, len(names))):
        sections += struct.pack("<IIQQQQIIQQ", name, kind, flags, 0x400000 + at if flags else 0, at, n, 0, 0, 16, 0)
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x401000, 64, 1024, 0, 64, 56, 1, 64, 4, 3)
    head += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, size, size, 4096)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        os.fchmod(f.fileno(), 0o755)
        f.truncate(size)
        for at, data in ((0, head), (1024, sections), (at_info, blob), (at_names, names)):
            f.seek(at)
            f.write(data)


def rpm_header(i, pad):
    """A header blob of the rpm database: name, version, release, arch, sourcerpm, and a text as long as a package's files and changelog are."""
    tags = [(1000, 6, b"package-%05d\0" % i, 1), (1001, 6, b"1.%d\0" % (i % 90), 1), (1002, 6, b"1.fc39\0", 1), (1005, 6, b"text " * (pad // 5) + b"\0", 1), (1011, 6, b"Fedora Project\0", 1), (1022, 6, b"x86_64\0", 1),
            (1044, 6, b"package-%05d-1.%d-1.fc39.src.rpm\0" % (i, i % 90), 1)]
    index, store = b"", b""
    for tag, kind, data, n in tags:
        index += struct.pack(">IIII", tag, kind, len(store), n)
        store += data
    return struct.pack(">II", len(tags), len(store)) + index + store


def rpm_sqlite(count, each):
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(os.path.join(folder, "db"))
        db.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        db.executemany("INSERT INTO Packages (blob) VALUES (?)", ((rpm_header(i, each),) for i in range(count)))
        db.commit()
        db.close()
        with open(os.path.join(folder, "db"), "rb") as f:
            data = f.read()
    return [("etc/os-release", 'ID=fedora\nVERSION_ID=39\nNAME="Fedora Linux"\n'), ("var/lib/rpm/rpmdb.sqlite", data)]


def million_keys(name):
    return [RELEASE, ("app/" + name, "{" + ",".join('"k%d":0' % i for i in range(1000000)) + "}")]


def many_packages():
    return [RELEASE, ("app/package-lock.json", '{"lockfileVersion":3,"packages":{' + ",".join('"node_modules/k%d":{"version":"1"}' % i for i in range(600000)) + "}}")]


# (name, entries, packages that a scan lists with --lock-files; None: it says that it could not read the file, MiB that the largest process may take for a table, for JSON).
# The last are what nobody has: more than any image, or written to cost memory.
LARGE = (
    ("dpkg status of 5000 packages and their lists", lambda: dpkg(5000), 5000, 24, 32),
    ("package-lock.json of 5 MB", lambda: npm_lock(10500), 10500, 32, 40),
    ("yarn.lock of 5 MB", lambda: yarn_lock(14000), 14000, 32, 40),
    ("pnpm-lock.yaml of 4 MB", lambda: pnpm_lock(14000), 14000, 40, 40),
    ("Cargo.lock of 1.5 MB", lambda: cargo_lock(6000), 6000, 24, 32),
    ("poetry.lock of 7 MB", lambda: poetry_lock(3500), 3500, 40, 40),
    ("composer installed.json of 9 MB", lambda: composer_installed(5000), 5000, 40, 40),
    ("deps.json of 4 MB", lambda: dotnet_deps(7000), 7000, 32, 40),
    ("jar of 20,000 entries", lambda: big_jar(20000), 1, 12, 12),
    ("rpmdb.sqlite of 40 MB", lambda: rpm_sqlite(2000, 20000), 2000, 16, 20),
    ("dpkg status of 100,000 packages", lambda: dpkg(100000, False), 100000, 88, 176),
    ("package-lock.json of 1,000,000 keys", lambda: million_keys("package-lock.json"), None, 60, 60),
    ("package-lock.json of 600,000 packages", many_packages, None, 116, 116),
)
