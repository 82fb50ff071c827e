#!/usr/bin/env python3
"""Images in the stores of containerd, Docker and Podman, put there by the engines themselves where these are installed: the report must be that of the same image as an
archive, layer by layer. Whiteouts, opaque folders, hard links and replaced folders tell a store that is read wrongly."""
import base64
import glob
import shutil
import socket

from image_parts import *

tap = Tap()
place = Place("stores")


def python_package(folder, name, version="1.0"):
    return ("%s/%s-%s.dist-info/METADATA" % (folder, name, version), "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version))


SITE = "usr/lib/python3/dist-packages"
LAYERS = [
    debian_layer(("openssl", "3.0.0-1"), ("bash", "5.2-1"), release="debian12", extra=[
        python_package(SITE, "requests", "2.19.0"), python_package(SITE, "gone", "1.0"), python_package(SITE, "stays"),
        python_package("opt/hidden", "below"), python_package("opt/one", "linked"), ("opt/two/linked-1.0.dist-info/METADATA", ("hard", "opt/one/linked-1.0.dist-info/METADATA")),
        python_package("opt/folder", "replaced"), ("opt/link", ("sym", "hidden"))]),
    layer([("usr/lib/python3/dist-packages/.wh.gone-1.0.dist-info", ""), ("opt/hidden", None), ("opt/hidden/.wh..wh..opq", ""),
           python_package("opt/hidden", "above"), ("opt/.wh.one", ""), ("srv", None)]),
    layer([("var/lib/dpkg/status", dpkg_status(("openssl", "3.0.0-1"), ("curl", "7.0-1"))), ("opt/.wh.folder", ""), ("opt/folder", "a file now\n"),
           python_package(SITE, "stays", "2.0")]),
]
TAG = "stores-demo:1"
archive = docker_archive(place.path("image.tar"), LAYERS, tag=TAG)
other = docker_archive(place.path("other.tar"), [debian_layer(("openssl", "3.0.0-1"), release="debian12")], tag=TAG)


def facts(run, layers=True):
    """What a report says, without how the image is called."""
    if run.code != 0:
        return str(run)
    out = []
    for result in run.json().get("Results", []):
        for kind in ("Packages", "Vulnerabilities"):
            for x in result.get(kind) or []:
                layer_of = x.pop("Layer", {}).get("DiffID")
                out.append((result["Class"], kind, layer_of if layers else "", json.dumps(x, sort_keys=True)))
    return sorted(out)


def scan(*args, env=None):
    return place.run("image", "--format", "json", "--no-progress", "--image-src", "docker,containerd,podman", *args, env=env)


expected = facts(place.run("image", "--format", "json", "--no-progress", "--input", archive))
expected_flat = sorted((c, k, "", x) for c, k, _, x in expected) if isinstance(expected, list) else expected
names = {json.loads(x[3]).get("Name") for x in expected} if isinstance(expected, list) else set()
tap.ok({"openssl", "curl", "requests", "stays", "linked", "above"} <= names and not names & {"gone", "below", "replaced", "bash"},
       "the archive is scanned as the layers say", "%s\n%s" % (sorted(map(str, names)), str(expected)[:1500]))
image_id = sha256(config_of([sha256(x) for x in LAYERS]))


def same(run, name, layers=True):
    got = facts(run, layers)
    want = expected if layers else expected_flat
    detail = got if isinstance(got, str) else "missing %s\nmore %s" % ([x for x in want if x not in got][:3], [x for x in got if x not in want][:3])
    return tap.ok(got == want, name, detail + "\n" + run.err)


def fails(run, name, *texts):
    tap.ok(run.code not in (0, 1) and all(t in run.err for t in texts), name, run)


def skip(what, why):
    tap.count += 1
    print("ok %d - %s # SKIP %s" % (tap.count, what, why), flush=True)


class Engine:
    """A daemon of the test's own, with its data in the scratch folder."""

    def __init__(self, args, sock, log):
        self.sock = sock
        self.log = open(log, "wb")
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=dict(os.environ, TMPDIR=place.dir))

    def is_up(self):
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket(socket.AF_UNIX) as s:
                try:
                    s.connect(self.sock)
                    return True
                except OSError:
                    time.sleep(0.1)
        return False

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def tool(*args, env=None):
    p = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, env=dict(os.environ, TMPDIR=place.dir, **(env or {})))
    return p.returncode, p.stdout.decode("utf-8", "replace")


def start_containerd():
    config = place.write("containerd.toml", """version = 2
root = "%s"
state = "%s"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "%s"
""" % (place.path("ctd"), place.path("ctd-state"), place.path("ctd.sock")))
    return Engine(["containerd", "-c", config], place.path("ctd.sock"), place.path("ctd.log"))


# --- containerd ---

def containerd_checks(root):
    same(scan("--containerd-root", root, "--namespace", "first", "containerd:" + TAG), "containerd: by name and namespace")
    same(scan("--containerd-root", root, "--namespace", "first", TAG, env={"DOCKER_HOST": "unix:///nonexistent"}), "containerd: without a prefix")
    same(scan("--containerd-root", root, "containerd://docker.io/library/" + TAG + "@" + manifest_digest(root)), "containerd: by digest")
    same(scan("--containerd-root", root, "containerd:" + image_id), "containerd: by id")
    same(scan("--containerd-root", root, "containerd:" + image_id[7:19]), "containerd: by the start of the id")
    fails(scan("--containerd-root", root, "containerd:" + TAG), "containerd: one name in two namespaces is ambiguous", "--namespace", "first", "second")
    fails(scan("--containerd-root", root, "containerd:nothing-here"), "containerd: a missing image", "no image nothing-here")
    fails(scan("--containerd-root", root, "--namespace", "first", "--platform", "linux/arm64", "containerd:" + TAG), "containerd: a missing platform", "linux/arm64")


def blobs(root):
    return os.path.join(root, "io.containerd.content.v1.content/blobs/sha256")


def manifest_digest(root):
    for name in os.listdir(blobs(root)):
        with open(os.path.join(blobs(root), name), "rb") as f:
            data = f.read(65536)
        if data.startswith(b"{") and image_id.encode() in data and b"layers" in data:
            return "sha256:" + name
    return "sha256:" + "0" * 64


def discard_layers(root):
    """What discard_unpacked_layers leaves: no blobs of layers."""
    for x in LAYERS:
        path = os.path.join(blobs(root), sha256(x)[7:])
        if os.path.exists(path):
            os.unlink(path)


def containerd_discarded(root, is_root):
    discard_layers(root)
    if is_root:
        same(scan("--containerd-root", root, "--no-cache", "--namespace", "first", "containerd:" + TAG), "containerd: layers from snapshots when their blobs are gone")
    shutil.rmtree(os.path.join(root, "io.containerd.snapshotter.v1.overlayfs"), ignore_errors=True)
    run = scan("--containerd-root", root, "--no-cache", "--namespace", "first", "containerd:" + TAG)
    tap.ok(run.code == 0 and "pull the image again" in run.out + run.err or "snapshot" in run.out + run.err, "containerd: a layer that is nowhere is told", run)


def containerd_real():
    engine = start_containerd()
    try:
        if not engine.is_up():
            return skip("containerd itself", "it does not start here")
        for ns, path in (("first", archive), ("second", other)):
            code, out = tool("ctr", "-a", engine.sock, "-n", ns, "images", "import", path)
            tap.ok(code == 0, "containerd takes the image into the namespace " + ns, out)
        containerd_checks(place.path("ctd"))
    finally:
        engine.stop()
    containerd_discarded(place.path("ctd"), True)


# --- Docker ---

def docker_checks(root):
    same(scan("--docker-root", root, "docker:" + TAG), "Docker on disk: by name")
    same(scan("--docker-root", root, "docker-daemon:docker.io/library/" + TAG), "Docker on disk: by the full name")
    same(scan("--docker-root", root, TAG), "Docker on disk: without a prefix")
    same(scan("--docker-root", root, "docker:" + image_id), "Docker on disk: by id")
    same(scan("--docker-root", root, "docker:" + image_id[7:17]), "Docker on disk: by the start of the id")
    same(scan("--docker-root", root, "docker:" + TAG), "Docker on disk: again, with a cache")
    fails(scan("--docker-root", root, "docker-daemon:nothing-here"), "Docker on disk: a missing image", "no image")


def docker_real():
    containerd = start_containerd()
    engine = None
    try:
        if not containerd.is_up():
            return skip("Docker itself", "containerd does not start here")
        engine = Engine(["dockerd", "--data-root", place.path("docker"), "--exec-root", place.path("docker-exec"), "--pidfile", place.path("docker.pid"), "-H",
                         "unix://" + place.path("docker.sock"), "--bridge=none", "--iptables=false", "--ip6tables=false", "--containerd", containerd.sock],
                        place.path("docker.sock"), place.path("docker.log"))
        if not engine.is_up():
            return skip("Docker itself", "it does not start here")
        code, out = tool("curl", "-sS", "--unix-socket", engine.sock, "-X", "POST", "-H", "Content-Type: application/x-tar", "--data-binary", "@" + archive, "http://d/images/load")
        tap.ok(code == 0 and "Loaded" in out, "Docker takes the image", out)
        host = "unix://" + engine.sock
        for i in range(2):
            same(scan("--docker-host", host, "docker:" + TAG), "Docker by its socket" + (", again" if i else ""))
        same(scan(image_id[7:20], env={"DOCKER_HOST": host}), "Docker by DOCKER_HOST and an id, without a prefix")
        same(scan("--offline", "--docker-host", host, "docker:" + TAG), "Docker by its socket: is no network")
        fails(scan("--docker-host", host, "docker-daemon:nothing-here"), "Docker by its socket: a missing image", "no image nothing-here")
        if glob.glob(place.path("docker", "image", "overlay2", "repositories.json")):
            docker_checks(place.path("docker"))
        else:
            skip("Docker's overlay2 store", "another storage driver is used here")
    finally:
        if engine:
            engine.stop()
        containerd.stop()


# --- Podman ---

def podman_real(driver):
    root = place.path("podman-" + driver)
    env = {"HOME": place.path("home"), "XDG_RUNTIME_DIR": place.path("run")}
    os.makedirs(env["XDG_RUNTIME_DIR"], exist_ok=True)
    podman = ["podman", "--root", root, "--runroot", place.path("podman-run-" + driver), "--storage-driver", driver]
    code, out = tool(*podman, "load", "-i", archive, env=env)
    if code != 0:
        return skip("Podman with the driver " + driver, "it does not run here: " + out.strip().splitlines()[-1][:100] if out.strip() else "it does not run here")
    layers = driver != "vfs"
    same(scan("--podman-root", root, "podman:" + TAG), "Podman, %s: by name" % driver, layers)
    same(scan("--podman-root", root, "containers-storage:localhost/" + TAG), "Podman, %s: by the full name" % driver, layers)
    same(scan("--podman-root", root, "podman:" + image_id[7:]), "Podman, %s: by id" % driver, layers)
    same(scan("--podman-root", root, "podman:" + image_id[7:15]), "Podman, %s: by the start of the id" % driver, layers)
    same(scan("--podman-root", root, TAG, env={"DOCKER_HOST": "unix:///nonexistent"}), "Podman, %s: without a prefix" % driver, layers)
    conf = place.write("storage.conf", '[storage]\ndriver = "%s"\ngraphroot = "%s"\n' % (driver, root))
    same(scan("podman:" + TAG, env={"CONTAINERS_STORAGE_CONF": conf}), "Podman, %s: found by storage.conf" % driver, layers)
    fails(scan("--podman-root", root, "podman:nothing-here"), "Podman, %s: a missing image" % driver, "no image nothing-here")


# --- stores made here, in the form the engines write: for machines that have none ---

IS_ROOT = os.geteuid() == 0
CHAIN = [sha256(LAYERS[0])]
for x in LAYERS[1:]:
    CHAIN.append(sha256((CHAIN[-1] + " " + sha256(x)).encode()))


def unpack_overlay(data, to):
    """A layer's tar as overlayfs has it: devices 0:0 for whiteouts and an attribute for opaque folders; without root as fuse-overlayfs has it. False: neither works here."""
    os.makedirs(to)
    with tarfile.open(fileobj=io.BytesIO(data)) as t:
        for m in t:
            path = os.path.join(to, m.name)
            folder, base = os.path.split(path)
            os.makedirs(folder, exist_ok=True)
            try:
                if base == ".wh..wh..opq":
                    os.setxattr(folder, "trusted.overlay.opaque" if IS_ROOT else "user.overlay.opaque", b"y")
                elif base.startswith(".wh.") and IS_ROOT:
                    os.mknod(os.path.join(folder, base[4:]), 0o020000, 0)
                elif m.islnk():
                    os.link(os.path.join(to, m.linkname), path)
                else:
                    if os.path.lexists(path) and not os.path.isdir(path):
                        os.unlink(path) # the new entry takes the whiteout's place
                    t.extract(m, to, set_attrs=False)
            except OSError as x:
                print("# %s: %s" % (path, x))
                return False
    return True


def made_docker():
    root = place.path("made-docker")
    image, names = os.path.join(root, "image", "overlay2"), {TAG.split(":")[0]: {TAG: image_id}}
    place.write("made-docker/image/overlay2/repositories.json", json.dumps({"Repositories": names}))
    place.write("made-docker/image/overlay2/imagedb/content/sha256/" + image_id[7:], config_of([sha256(x) for x in LAYERS]))
    for i, x in enumerate(LAYERS):
        folder = "made-docker/image/overlay2/layerdb/sha256/%s/" % CHAIN[i][7:]
        place.write(folder + "diff", sha256(x))
        place.write(folder + "cache-id", "cache%d" % i)
        place.write(folder + "size", str(len(x)))
        if not unpack_overlay(x, os.path.join(root, "overlay2", "cache%d" % i, "diff")):
            return skip("a made overlay2 store", "no whiteouts or attributes can be made here")
    docker_checks(root)
    place.write("made-docker/image/overlay2/layerdb/sha256/%s/cache-id" % CHAIN[1][7:], "../../../../etc")
    fails(scan("--docker-root", root, "docker-daemon:" + TAG), "Docker on disk: a layer that points elsewhere", "does not say")
    place.write("made-docker/image/overlay2/imagedb/content/sha256/" + image_id[7:], "{}")
    fails(scan("--docker-root", root, "docker-daemon:" + TAG), "Docker on disk: a configuration that is another", "sha256")


def made_podman():
    root, ids = place.path("made-podman"), ["%064x" % (i + 1) for i in range(len(LAYERS))]
    images = [{"id": image_id[7:], "digest": "sha256:" + "5" * 64, "names": ["localhost/" + TAG], "layer": ids[-1], "big-data-names": [image_id]}]
    layers = [{"id": ids[i], "parent": ids[i - 1] if i else "", "diff-digest": sha256(x), "diff-size": len(x)} for i, x in enumerate(LAYERS)]
    place.write("made-podman/overlay-images/images.json", json.dumps(images))
    place.write("made-podman/overlay-layers/layers.json", json.dumps(layers))
    place.write("made-podman/overlay-images/%s/=%s" % (image_id[7:], base64.b64encode(image_id.encode()).decode()), config_of([sha256(x) for x in LAYERS]))
    for i, x in enumerate(LAYERS):
        if not unpack_overlay(x, os.path.join(root, "overlay", ids[i], "diff")):
            return skip("a made containers-storage", "no whiteouts or attributes can be made here")
    same(scan("--podman-root", root, "podman:" + TAG), "containers-storage made here: by name")
    same(scan("--podman-root", root, image_id[7:20]), "containers-storage made here: by id, without a prefix")
    layers[1]["parent"] = ""
    place.write("made-podman/overlay-layers/layers.json", json.dumps(layers))
    fails(scan("--podman-root", root, "podman:" + TAG), "containers-storage: a chain of layers that ends early", "layer 0")


def made_containerd():
    """containerd 1.6's own files of this very image, kept in the tests."""
    root = place.path("made-containerd")
    with tarfile.open(os.path.join(TOP, "tests", "data", "stores", "containerd.tar.gz")) as t:
        t.extractall(root)
    have = set(os.listdir(blobs(root)))
    if not tap.ok({sha256(x)[7:] for x in LAYERS} <= have, "the kept store holds this test's layers", "tests/data/stores/containerd.tar.gz is of other layers"):
        return
    containerd_checks(root)
    for i, x in enumerate(LAYERS): # the numbers that the kept metadata.db has for them
        if not unpack_overlay(x, os.path.join(root, "io.containerd.snapshotter.v1.overlayfs", "snapshots", str(i + 1), "fs")):
            return skip("made snapshots", "no whiteouts or attributes can be made here")
    containerd_discarded(root, True)


def live():
    """containerd's file while transactions go on: every scan sees one of them whole."""
    engine = start_containerd()
    try:
        if not engine.is_up():
            return skip("a file that changes", "containerd does not start here")
        tool("ctr", "-a", engine.sock, "-n", "first", "images", "import", archive)
        script = "for i in $(seq 1 200); do ctr -a %s -n first images tag --force docker.io/library/%s docker.io/library/copy:$i; done" % (engine.sock, TAG)
        writer = subprocess.Popen(["sh", "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        bad, n = None, 0
        while writer.poll() is None and n < 200 and not bad:
            run = scan("--containerd-root", place.path("ctd"), "--namespace", "first", "containerd:" + TAG)
            n += 1
            if facts(run) != expected:
                bad = run
        writer.wait(60)
        tap.ok(not bad and n > 3, "containerd's file while it changes: %d scans" % n, bad)
    finally:
        engine.stop()


# --- no engine ---

def nothing():
    empty = place.path("empty")
    os.makedirs(empty, exist_ok=True)
    fails(scan("--containerd-root", empty, "containerd:" + TAG), "no containerd", "no containerd in")
    fails(scan("--docker-root", empty, "docker-daemon:" + TAG), "no Docker", "empty")
    fails(scan("--podman-root", empty, "podman:" + TAG), "no Podman", "no containers-storage in")
    fails(scan("--docker-host", "unix://" + place.path("no.sock"), "docker-daemon:" + TAG), "no socket", "no.sock")
    fails(scan("--docker-host", "ssh://somewhere", "docker-daemon:" + TAG), "an address of an unknown kind", "ssh")
    fails(place.run("image", "--image-src", "nonsense", TAG), "an image source of an unknown name", "nonsense")


def installed(*names):
    return all(shutil.which(n) for n in names)


try:
    nothing()
    made_docker()
    made_podman()
    made_containerd()
    if not IS_ROOT:
        skip("the engines themselves", "not run by root")
    else:
        if installed("containerd", "ctr"):
            containerd_real()
            shutil.rmtree(place.path("ctd"), ignore_errors=True)
            live()
        else:
            skip("containerd itself", "containerd is not installed")
        if installed("containerd", "dockerd", "curl"):
            docker_real()
        else:
            skip("Docker itself", "docker.io is not installed")
        for driver in ("overlay", "vfs"):
            if installed("podman"):
                podman_real(driver)
            else:
                skip("Podman itself", "podman is not installed")
finally:
    place.remove()
tap.done()
