#!/usr/bin/env python3
"""Images from files: docker-archives old and new, OCI layouts and archives, compressed or not, several in one, broken ones."""
import os
import shutil
import subprocess
import tempfile

from registry_parts import *

tap = Tap()
if not os.path.exists(DUMP):
    tap.skip_all("image_source_dump is not built (BULKHEAD_BUILD names the build folder)")
work = tempfile.mkdtemp(prefix="bulkhead-archive-test-")


class Archive:
    """A tar being made: members in the order given."""

    def __init__(self):
        self.out = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.out, mode="w", format=tarfile.GNU_FORMAT)

    def file(self, name, data):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self.tar.addfile(info, io.BytesIO(data))
        return self

    def json(self, name, value):
        return self.file(name, json.dumps(value).encode())

    def link(self, name, target, kind=tarfile.SYMTYPE):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        self.tar.addfile(info)
        return self

    def folder(self, name):
        info = tarfile.TarInfo(name)
        info.type = tarfile.DIRTYPE
        self.tar.addfile(info)
        return self

    def bytes(self):
        self.tar.close()
        return self.out.getvalue()

    def save(self, name):
        return save(name, self.bytes())


def save(name, data):
    path = os.path.join(work, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def config_of(layers, architecture="amd64", **more):
    return json.dumps(dict({"os": "linux", "architecture": architecture, "created": "2024-01-01T00:00:00Z",
                            "rootfs": {"type": "layers", "diff_ids": [sha256(t) for t in layers]}}, **more)).encode()


def digests(answer):
    return [l["digest"] for l in answer.layers]


L1, L2 = tar_of([("etc/os-release", b"ID=debian\n")]), tar_of([("a", os.urandom(70000))])
WANT = [sha256(L1), sha256(L2)]
ID1, ID2, ID3 = "1" * 64, "2" * 64, "3" * 64


def old_layout(archive, tag="app:1.0", layers=None, config=None, config_name=None):
    config = config or config_of([L1, L2])
    config_name = config_name or sha256(config)[7:] + ".json"
    for identifier, parent, data in ((ID1, None, L1), (ID2, ID1, L2)):
        archive.folder(identifier).file(identifier + "/VERSION", b"1.0").json(identifier + "/json", dict({"id": identifier}, **({"parent": parent} if parent else {})))
        archive.file(identifier + "/layer.tar", data)
    archive.file(config_name, config)
    archive.json("manifest.json", [{"Config": config_name, "RepoTags": [tag], "Layers": layers or [ID1 + "/layer.tar", ID2 + "/layer.tar"]}])
    archive.json("repositories", {tag.split(":")[0]: {tag.split(":")[1]: ID2}})
    return archive


def docker_archives():
    config = config_of([L1, L2], history=[{"created_by": "one"}, {"created_by": "none", "empty_layer": True}, {"created_by": "two"}])
    path = old_layout(Archive(), config=config).save("old.tar")
    a = dump(path)
    tap.ok(a.status == 0 and digests(a) == WANT and a.one("id") == sha256(config) and a.one("tag") == "app:1.0" and a.one("platform") == "linux/amd64",
           "old layout", a)
    tap.ok(all(l["identity"] == "1" and l["expect"] == "" and l["verified"] == "0" and l["compression"] == "none" for l in a.layers),
           "layers of a docker-archive are claimed only", a)
    for name, command in (("old.tar.gz", ["gzip", "-k"]), ("old.tar.zst", ["zstd", "-qk"])):
        subprocess.run(command + [path], check=True)
        tmp = os.path.join(work, "tmp")
        os.makedirs(tmp, exist_ok=True)
        a = dump("--tmp", tmp, path + name[7:])
        tap.ok(digests(a) == WANT and os.listdir(tmp) == [], name, a)
    with open(path, "rb") as f, open(path + ".2.gz", "wb") as g:
        data = f.read()
        g.write(gzip.compress(data[:50000]) + gzip.compress(data[50000:]))
    tap.ok(digests(dump(path + ".2.gz")) == WANT, "gzip of two members")
    subprocess.run(["xz", "-k", path], check=True)
    a = dump(path + ".xz")
    tap.ok(a.failed_with("unsupported", "decompress it first"), "xz", a)
    for prefix in ("docker-archive:%s", "docker-archive:%s:app:1.0", "docker-archive:%s:@0"):
        tap.ok(digests(dump(prefix % path)) == WANT, prefix % "PATH")
    a = dump("docker-archive:%s:app:2.0" % path)
    tap.ok(a.failed_with("not-found", "app:1.0"), "a tag that is not there: what is", a)
    a = dump("--platform", "linux/arm64", path)
    tap.ok(a.failed_with("not-found", "linux/amd64"), "another platform", a)
    tap.ok(digests(dump("--platform", "linux/amd64", path)) == WANT, "the right platform")
    tap.ok(digests(dump("--input", path)) == WANT, "--input")
    shutil.copy(path, os.path.join(work, "registry:x"))
    tap.ok(digests(dump("registry:x", cwd=work)) == WANT and digests(dump("--input", "registry:x", cwd=work)) == WANT, "an existing path wins over a prefix")

    # layers by links, twice, compressed inside
    archive = Archive().file(ID1 + "/layer.tar", L1).link(ID2 + "/layer.tar", "../%s/layer.tar" % ID1).link(ID3 + "/layer.tar", ID1 + "/layer.tar", tarfile.LNKTYPE)
    config = config_of([L1, L1, L1, L1])
    a = dump(archive.file("c.json", config).json("manifest.json", [{"Config": "c.json", "RepoTags": None, "Layers": [
        ID1 + "/layer.tar", ID2 + "/layer.tar", ID3 + "/layer.tar", "./%s/layer.tar" % ID1]}]).save("links.tar"))
    tap.ok(digests(a) == [sha256(L1)] * 4 and "tag" not in a.fields, "symbolic and hard links, a layer twice, no tag", a)
    packed = gzip.compress(L1)
    a = dump(Archive().file("l", packed).file("c.json", config_of([L1])).json("manifest.json", [{"Config": "c.json", "Layers": ["l"]}]).save("inner-gz.tar"))
    tap.ok(digests(a) == [sha256(packed)] and a.layers[0]["compression"] == "gzip", "a gzip layer inside", a)

    # several images
    other = config_of([L1], architecture="arm64")
    archive = Archive().file("l1", L1).file("l2", L2).file("a.json", config_of([L1, L2])).file("b.json", other)
    several = archive.json("manifest.json", [{"Config": "a.json", "RepoTags": ["app:1.0", "app:latest"], "Layers": ["l1", "l2"]},
                                             {"Config": "b.json", "RepoTags": ["r.example/other:2"], "Layers": ["l1"]}]).save("several.tar")
    a = dump(several)
    tap.ok(a.failed_with("usage", "app:1.0", "app:latest", "r.example/other:2", "docker-archive:"), "several images: choose", a)
    a = dump("docker-archive:%s:r.example/other:2" % several)
    tap.ok(digests(a) == [sha256(L1)] and a.one("platform") == "linux/arm64", "chosen by name", a)
    tap.ok(digests(dump("docker-archive:%s:app" % several)) == WANT, "a name without tag is :latest")
    tap.ok(digests(dump("docker-archive:%s:@1" % several)) == [sha256(L1)], "chosen by number")
    a = dump("docker-archive:%s:@2" % several)
    tap.ok(a.failed_with("not-found"), "number out of range", a)

    # before Docker 1.10
    archive = Archive()
    for identifier, parent, data in ((ID1, None, L1), (ID2, ID1, L2)):
        archive.json(identifier + "/json", dict({"id": identifier, "os": "linux", "architecture": "amd64"}, **({"parent": parent} if parent else {})))
        archive.file(identifier + "/layer.tar", data)
    a = dump(archive.json("repositories", {"app": {"1.0": ID2, "latest": ID2}}).save("v1.tar"))
    tap.ok(digests(a) == WANT and a.fields["tag"] == ["app:1.0", "app:latest"] and a.one("id") == "", "only repositories", a)
    a = dump(Archive().json(ID1 + "/json", {"parent": ID2}).json(ID2 + "/json", {"parent": ID1}).json("repositories", {"a": {"1": ID1}}).save("circle.tar"))
    tap.ok(a.failed_with("limit"), "parents in a circle", a)


def broken_docker_archives():
    def failing(name, code, archive, *texts):
        a = dump(archive.save("broken.tar"))
        tap.ok(a.failed_with(code, *texts), name, a)

    config = config_of([L1])
    one = lambda layers, config_name="c.json": [{"Config": config_name, "RepoTags": ["a:1"], "Layers": layers}]
    failing("a configuration whose name is another digest", "digest", old_layout(Archive(), config_name=ID1 + ".json"))
    failing("a layer that is missing", "format", Archive().file("c.json", config).json("manifest.json", one(["l"])), "layer 0")
    failing("a configuration that is missing", "not-found", Archive().file("l", L1).json("manifest.json", one(["l"])), "c.json")
    failing("a layer outside", "format", Archive().file("c.json", config).json("manifest.json", one(["../../../../../../etc/passwd"])))
    failing("a layer that is an absolute path", "format", Archive().file("c.json", config).json("manifest.json", one(["/etc/passwd"])))
    failing("a link to the outside", "format", Archive().file("c.json", config).link("l", "/etc/passwd").json("manifest.json", one(["l"])))
    failing("links in a circle", "format", Archive().file("c.json", config).link("l", "m").link("m", "l").json("manifest.json", one(["l"])))
    failing("a link to itself", "format", Archive().file("c.json", config).link("l", "l").json("manifest.json", one(["l"])))
    failing("a layer that is a folder", "format", Archive().file("c.json", config).folder("l").json("manifest.json", one(["l"])))
    failing("more layers than diff_ids", "format", Archive().file("c.json", config).file("l", L1).json("manifest.json", one(["l", "l"])))
    failing("manifest.json is no JSON", "format", Archive().file("manifest.json", b"[{"))
    failing("manifest.json is empty", "format", Archive().json("manifest.json", []))
    failing("a manifest.json of 9 MiB", "limit", Archive().file("manifest.json", b" " * (9 << 20)))
    failing("a configuration of 9 MiB", "limit", Archive().file("c.json", b" " * (9 << 20)).file("l", L1).json("manifest.json", one(["l"])))
    failing("some other tar", "format", Archive().file("etc/passwd", b"root"), "bulkhead rootfs")
    archive = Archive()
    for i in range(66000):
        archive.file("f%d" % i, b"")
    failing("66000 entries", "limit", archive)

    whole = old_layout(Archive()).bytes()
    bad = [n for n in list(range(0, 4096, 64)) + list(range(4096, len(whole) - 20480, 4096)) if dump(save("cut.tar", whole[:n])).status != 2]
    tap.ok(not bad, "truncated anywhere", bad)
    packed = gzip.compress(whole)
    bad = [n for n in range(0, len(packed) - 1, max(len(packed) // 40, 1)) if dump(save("cut.tgz", packed[:n])).status != 2]
    tap.ok(not bad, "gzip truncated anywhere", bad)
    # A flipped byte may hit a name that nobody asks for; what counts is that nothing crashes.
    bad = []
    for i in range(0, min(len(whole), 16384), 61):
        flipped = bytearray(whole)
        flipped[i] ^= 0x40
        status = dump(save("flip.tar", bytes(flipped))).status
        if status not in (0, 2):
            bad.append((i, status))
    tap.ok(not bad, "flipped bytes", bad)
    for name, data in (("empty.tar", b""), ("zeros.tar", bytes(10240)), ("text.tar", b"hello\n" * 200), ("elf", open("/bin/true", "rb").read())):
        a = dump(save(name, data))
        tap.ok(a.status == 2 and "error format" in a.err, name, a)
    a = dump("/dev/null")
    tap.ok(a.failed_with("usage"), "a device", a)
    for path in ("/nonexistent/x.tar", "./none", "none.tar", "docker-archive:/none", "oci:/none:tag"):
        a = dump(path)
        tap.ok(a.failed_with("not-found", "no such file"), path, a)
    a = dump("--input", "debian")
    tap.ok(a.failed_with("not-found", "no such file"), "--input never asks a registry", a)
    a = dump("--offline", "debian:12")
    tap.ok(a.failed_with("network", "--offline"), "a name without the network", a)
    a = dump("")
    tap.ok(a.failed_with("usage"), "no name", a)


def big_archives():
    """Bodies are not read, wherever the manifest lies: 4 GiB of holes."""
    size = 4 << 30
    path = os.path.join(work, "big.tar")
    config = config_of([b""])
    with open(path, "wb") as f:
        info = tarfile.TarInfo("l")
        info.size = size
        f.write(info.tobuf(tarfile.GNU_FORMAT))
        f.seek(size, 1)
        f.write(Archive().file("c.json", config).json("manifest.json", [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l"]}]).bytes())
    a = dump("--places", path)
    tap.ok(a.status == 0 and a.layers[0]["offset"] == "512" and a.layers[0]["size"] == str(size) and a.seconds < 1, "4 GiB without reading bodies", a)
    # sparse members as GNU tar writes them
    folder = os.path.join(work, "sparse")
    os.makedirs(folder)
    layer = bytes(1 << 20) + L1 + bytes(1 << 20) + L2
    config = config_of([layer])
    for name, data in (("l", None), ("c.json", config), ("manifest.json", json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l"]}]).encode())):
        with open(os.path.join(folder, name), "wb") as f:
            if data is not None:
                f.write(data)
                continue
            f.seek(1 << 20)
            f.write(L1)
            f.seek(1 << 20, 1)
            f.write(L2)
    for kind in ("gnu", "pax"):
        path = os.path.join(work, "sparse-%s.tar" % kind)
        subprocess.run(["tar", "-S", "--format=" + kind, "-C", folder, "-cf", path, "l", "c.json", "manifest.json"], check=True)
        a = dump(path)
        tap.ok(os.path.getsize(path) < len(layer) and digests(a) == [sha256(layer)], "a sparse layer (%s)" % kind, a)


def layouts():
    layout = Layout(os.path.join(work, "layout"))
    app = layout.image([L1, L2])
    stored = [d["digest"] for d in json.load(open(blob(layout, app)))["layers"]]
    layout.add(app, "1.0")
    a = dump(layout.path)
    tap.ok(digests(a) == stored and a.one("digest") == app["digest"] and "tag" not in a.fields, "layout", a)
    tap.ok([l["expect"] for l in a.layers] == stored and all(l["verified"] == "0" for l in a.layers), "layers of a layout are to be hashed", a)
    tap.ok(digests(dump("oci:" + layout.path)) == stored and digests(dump("oci:%s:1.0" % layout.path)) == stored, "oci:PATH and oci:PATH:TAG")
    tap.ok(digests(dump("oci:%s@%s" % (layout.path, app["digest"]))) == stored, "oci:PATH@DIGEST")
    a = dump("oci:%s:2.0" % layout.path)
    tap.ok(a.failed_with("not-found", "1.0"), "a tag that is not there", a)
    for name, command in (("layout.tar", ["tar", "-cf"]), ("layout.tar.gz", ["tar", "-czf"]), ("layout.tar.zst", ["tar", "--zstd", "-cf"])):
        path = os.path.join(work, name)
        subprocess.run(command + [path, "-C", layout.path, "./blobs", "./oci-layout", "./index.json"], check=True)
        a = dump(path)
        tap.ok(digests(a) == stored and [l["expect"] for l in a.layers] == stored, name + ", index.json last", a)
        tap.ok(digests(dump("oci-archive:%s:1.0" % path)) == stored, "oci-archive:%s:TAG" % name)

    # several
    layout.add(layout.image([L1]), "r.example/other:2", **{"io.containerd.image.name": "r.example/other:2"})
    a = dump(layout.path)
    tap.ok(a.failed_with("usage", "1.0", "r.example/other:2"), "several images: choose", a)
    a = dump("oci:%s:r.example/other:2" % layout.path)
    tap.ok(len(a.layers) == 1 and a.fields.get("tag") == ["r.example/other:2"], "chosen by its whole name", a)

    # platforms
    multi = Layout(os.path.join(work, "multi"))
    arm = multi.image([L1], architecture="arm64")
    other = multi.image([L2], architecture="s390x")
    attestation = with_platform(multi.image([tar_of([])], "unknown", "unknown"), "unknown/unknown")
    multi.add(multi.index([attestation, with_platform(arm, "linux/arm64"), with_platform(other, "linux/s390x")]), "m")
    a = dump("--platform", "linux/s390x", multi.path)
    tap.ok(a.one("digest") == other["digest"], "platform of an index", a)
    if os.uname().machine not in ("aarch64", "s390x"):
        a = dump(multi.path)
        tap.ok(a.one("digest") == arm["digest"] and any("--platform" in d for d in a.fields.get("diag", [])), "none for this machine: the first, and it is told", a)
    flat = Layout(os.path.join(work, "flat"))
    for platform in ("arm64", "s390x"):
        flat.add(with_platform(flat.image([platform.encode()], architecture=platform), "linux/" + platform), "f")
    a = dump("--platform", "linux/s390x", flat.path)
    tap.ok(a.one("platform") == "linux/s390x", "platforms side by side in index.json", a)
    bare = Layout(os.path.join(work, "bare"))
    bare.add(bare.index([bare.image([L1], architecture="arm64"), bare.image([L2], architecture="s390x")]), "b")
    a = dump("--platform", "linux/s390x", bare.path)
    tap.ok(a.one("platform") == "linux/s390x", "platforms that only the configurations tell", a)

    # `docker save` since version 25: both in one
    both = Layout(os.path.join(work, "both"))
    image = both.image([L1, L2], compress=False)
    both.add(image, "1.0", **{"io.containerd.image.name": "docker.io/library/app:1.0"})
    manifest = json.load(open(blob(both, image)))
    with open(os.path.join(both.path, "manifest.json"), "w") as f:
        path_of = lambda d: "blobs/sha256/" + d["digest"][7:]
        json.dump([{"Config": path_of(manifest["config"]), "RepoTags": ["app:1.0"], "Layers": [path_of(d) for d in manifest["layers"]]}], f)
    path = os.path.join(work, "both.tar")
    subprocess.run(["tar", "-cf", path, "-C", both.path, "."], check=True)
    a = dump(path)
    tap.ok(digests(a) == WANT and a.one("tag") == "app:1.0" and all(l["identity"] == "1" for l in a.layers), "docker save, new layout", a)
    a = dump("oci-archive:" + path)
    tap.ok(digests(a) == WANT and a.one("digest") == image["digest"] and all(l["expect"] for l in a.layers), "… read as an OCI archive", a)


def broken_layouts():
    count = 0

    def failing(name, code, change, *texts):
        nonlocal count
        count += 1
        layout = Layout(os.path.join(work, "broken-%d" % count))
        app = layout.image([L1, L2])
        layout.add(app, "1.0")
        manifest = json.load(open(blob(layout, app)))
        change(layout, app, manifest)
        a = dump(layout.path)
        tap.ok(a.failed_with(code, *texts), name, a)

    def flip(path):
        data = bytearray(open(path, "rb").read())
        data[len(data) // 2] ^= 1
        open(path, "wb").write(data)

    def put(path, text):
        with open(path, "w") as f:
            f.write(text)

    failing("a damaged manifest", "digest", lambda l, a, m: flip(blob(l, a)))
    failing("a damaged configuration", "digest", lambda l, a, m: flip(blob(l, m["config"])))
    failing("a damaged layer", "digest", lambda l, a, m: flip(blob(l, m["layers"][1])), "expected")
    failing("a layer of another size", "digest", lambda l, a, m: open(blob(l, m["layers"][1]), "ab").write(b"x"), "announced")
    failing("a missing layer", "not-found", lambda l, a, m: os.unlink(blob(l, m["layers"][0])), "layer 0")
    failing("a missing manifest", "not-found", lambda l, a, m: os.unlink(blob(l, a)))

    def fifo(l, a, m):
        os.unlink(blob(l, m["layers"][0]))
        os.mkfifo(blob(l, m["layers"][0]))

    failing("a layer that is a pipe", "format", fifo, "no regular file")

    def link(l, a, m):
        os.unlink(blob(l, m["config"]))
        os.symlink("/etc/passwd", blob(l, m["config"]))

    failing("a configuration that is a link to the outside", "digest", link)
    failing("an unknown layout version", "unsupported", lambda l, a, m: put(os.path.join(l.path, "oci-layout"), '{"imageLayoutVersion": "2.0.0"}'))
    failing("index.json is no JSON", "format", lambda l, a, m: put(os.path.join(l.path, "index.json"), "{"))
    failing("index.json is a manifest", "format", lambda l, a, m: shutil.copy(blob(l, a), os.path.join(l.path, "index.json")))
    failing("an empty index", "format", lambda l, a, m: put(os.path.join(l.path, "index.json"), '{"schemaVersion": 2, "manifests": []}'))

    def nested(l, a, m):
        index = a
        for _ in range(8):
            index = l.index([index])
        l.entries = []
        l.add(index, "x")

    failing("indexes nested too deep", "limit", nested)

    def wide(l, a, m):
        l.entries = []
        l.add(l.index([l.index([dict(a, annotations={"n": str(i)})]) for i in range(100)]), "x")

    failing("a hundred nested indexes", "limit", wide)

    def artifact(l, a, m):
        m["config"]["mediaType"] = "application/vnd.example.chart.v1+json"
        l.entries = []
        l.add(l.blob(json.dumps(m).encode(), OCI_MANIFEST), "x")

    failing("an artifact that is no image", "unsupported", artifact, "vnd.example.chart")
    plain = os.path.join(work, "plain-directory")
    os.makedirs(os.path.join(plain, "etc"))
    a = dump(plain)
    tap.ok(a.failed_with("usage", "bulkhead rootfs " + plain, "registry:"), "a directory that is no layout", a)
    a = dump("docker-archive:" + plain)
    tap.ok(a.failed_with("usage"), "a directory called an archive", a)


def made_by_skopeo():
    """What another program writes, and what it says about it."""
    if not shutil.which("skopeo"):
        print("# skopeo is not installed: its archives are not tried")
        return
    layout = Layout(os.path.join(work, "source"))
    app = layout.image([L1, L2])
    layout.add(app, "1.0")
    for kind in ("docker-archive", "oci-archive", "oci"):
        target = os.path.join(work, "skopeo-" + kind)
        name = ":app:1.0" if kind == "docker-archive" else ":1.0"
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "oci:%s:1.0" % layout.path, "%s:%s%s" % (kind, target, name)], check=True)
        a = dump(target)
        raw = subprocess.run(["skopeo", "inspect", "%s:%s%s" % (kind, target, name)], check=True, stdout=subprocess.PIPE).stdout
        theirs = json.loads(raw)
        tap.ok(digests(a) == theirs["Layers"] and a.one("platform") == "%s/%s" % (theirs["Os"], theirs["Architecture"]), "%s by skopeo" % kind, "%s\n%s" % (a, raw))


def blob(layout, descriptor):
    return os.path.join(layout.path, "blobs", "sha256", descriptor["digest"][7:])


try:
    docker_archives()
    broken_docker_archives()
    big_archives()
    layouts()
    broken_layouts()
    made_by_skopeo()
finally:
    shutil.rmtree(work, ignore_errors=True)
tap.done()
