"""Parts for registry tests, Python's standard library only: a private CA, Debian's docker-registry, a token server that signs tokens the
registry accepts, a proxy that breaks things on purpose, and images to push. Everything listens on loopback and ends with the test."""
import base64
import gzip
import hashlib
import http.client
import http.server
import io
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.parse
import urllib.request

TOP = os.environ.get("BULKHEAD_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BULKHEAD_BUILD") or os.path.join(TOP, "build")
DUMP = os.environ.get("IMAGE_SOURCE_DUMP") or os.path.join(BUILD, "image_source_dump")

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


class Tap:
    """Counts and prints results; the process's exit status is the verdict."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, name, detail=""):
        self.count += 1
        if not good:
            self.failed += 1
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name), flush=True)
        if not good and detail:
            for line in str(detail).splitlines():
                print("#   " + line)
        return good

    def skip_all(self, why):
        print("1..0 # SKIP " + why)
        sys.exit(0)

    def done(self):
        print("1..%d" % self.count)
        print("# %d passed, %d failed" % (self.count - self.failed, self.failed))
        sys.exit(1 if self.failed else 0)


class Answer:
    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.err, self.seconds = status, out, err, seconds
        self.layers, self.fields = [], {}
        for line in out.splitlines():
            key, _, rest = line.partition(" ")
            if key == "layer":
                words = rest.split(" ")
                layer = dict(w.partition("=")[::2] for w in words[2:])
                layer["digest"] = words[1]
                self.layers.append(layer)
            else:
                self.fields.setdefault(key, []).append(rest)

    def one(self, key):
        return self.fields.get(key, [""])[0]

    def failed_with(self, code, *texts):
        return self.status == 2 and ("error %s:" % code) in self.err and all(t in self.err for t in texts)

    def __str__(self):
        return "status %d\n%s%s" % (self.status, self.out, self.err)


def dump(*args, env=None, cwd=None, timeout=60, program=DUMP):
    """Runs image_source_dump (or another program) in an environment without anybody's credentials or proxies."""
    clean = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LC_ALL": "C"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TMPDIR"):
        if name in os.environ:
            clean[name] = os.environ[name]
    clean.update(env or {})
    start = time.monotonic()
    p = subprocess.run([program, *args], env=clean, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    if b"Sanitizer" in p.stderr or b"runtime error:" in p.stderr:
        print("not ok - a sanitizer's report\n# " + p.stderr.decode().replace("\n", "\n# "))
    return Answer(p.returncode, p.stdout.decode(), p.stderr.decode(), time.monotonic() - start)


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def tar_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Layout:
    """An OCI layout directory being made."""

    def __init__(self, path):
        self.path = path
        os.makedirs(os.path.join(path, "blobs", "sha256"))
        with open(os.path.join(path, "oci-layout"), "w") as f:
            f.write('{"imageLayoutVersion": "1.0.0"}')
        self.entries = []

    def blob(self, data, media_type, **more):
        digest = sha256(data)
        with open(os.path.join(self.path, "blobs", "sha256", digest[7:]), "wb") as f:
            f.write(data)
        return dict(mediaType=media_type, digest=digest, size=len(data), **more)

    def image(self, layers, os_name="linux", architecture="amd64", variant=None, compress=True):
        """Layers: list of tar bytes. Returns the manifest's descriptor, without platform."""
        descriptors, diff_ids = [], []
        for tar in layers:
            diff_ids.append(sha256(tar))
            stored = gzip.compress(tar, 1, mtime=0) if compress else tar
            descriptors.append(self.blob(stored, OCI_LAYER if compress else OCI_LAYER[:-5]))
        config = {"os": os_name, "architecture": architecture, "created": "2024-01-01T00:00:00Z", "config": {},
                  "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": [{"created_by": "test %d" % i} for i in range(len(layers))]}
        if variant:
            config["variant"] = variant
        manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": descriptors,
                    "config": self.blob(json.dumps(config).encode(), OCI_CONFIG)}
        return self.blob(json.dumps(manifest).encode(), OCI_MANIFEST)

    def index(self, entries):
        return self.blob(json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}).encode(), OCI_INDEX)

    def add(self, descriptor, name=None, **annotations):
        entry = dict(descriptor)
        if name:
            annotations["org.opencontainers.image.ref.name"] = name
        if annotations:
            entry["annotations"] = annotations
        self.entries.append(entry)
        with open(os.path.join(self.path, "index.json"), "w") as f:
            json.dump({"schemaVersion": 2, "manifests": self.entries}, f)


def with_platform(descriptor, text):
    os_name, architecture, *variant = text.split("/")
    platform = {"os": os_name, "architecture": architecture}
    if variant:
        platform["variant"] = variant[0]
    return dict(descriptor, platform=platform)


class Certificates:
    """A private CA and a certificate for localhost, both made on the spot."""

    def __init__(self, folder):
        self.folder = folder
        self.ca, self.cert, self.key = (os.path.join(folder, n) for n in ("ca.crt", "server.crt", "server.key"))
        ca_key, request, ext = (os.path.join(folder, n) for n in ("ca.key", "server.csr", "ext"))
        with open(ext, "w") as f:
            f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        run = lambda *a: subprocess.run(["openssl", *a], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        run("req", "-x509", *ec, "-keyout", ca_key, "-out", self.ca, "-subj", "/CN=Test CA", "-days", "2",
            "-addext", "basicConstraints=critical,CA:true")
        run("req", "-new", *ec, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        run("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-out", self.cert, "-days", "2", "-extfile", ext)
        self.client_cert, self.client_key = (os.path.join(folder, n) for n in ("client.cert", "client.key"))
        run("req", "-new", *ec, "-keyout", self.client_key, "-out", request, "-subj", "/CN=a client")
        run("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-out", self.client_cert, "-days", "2")


class Registry:
    """Debian's docker-registry, once per configuration; `data` may be shared between several."""

    def __init__(self, data, tls=None, htpasswd=None, token=None, client_ca=None, foreign=None):
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="bulkhead-registry-")
        config = {"version": "0.1", "log": {"level": "error", "accesslog": {"disabled": True}},
                  "storage": {"filesystem": {"rootdirectory": data}, "delete": {"enabled": True}},
                  "http": {"addr": "127.0.0.1:%d" % self.port, "secret": "test", "headers": {"X-Content-Type-Options": ["nosniff"]}}}
        if tls:
            config["http"]["tls"] = {"certificate": tls.cert, "key": tls.key}
        if client_ca:
            config["http"]["tls"]["clientcas"] = [client_ca]
        if foreign:
            config["validation"] = {"manifests": {"urls": {"allow": [foreign]}}}
        if htpasswd:
            config["auth"] = {"htpasswd": {"realm": "test", "path": htpasswd}}
        if token:
            config["auth"] = {"token": token}
        path = os.path.join(self.folder, "config.yml")
        with open(path, "w") as f:
            json.dump(config, f)  # JSON is YAML
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(["docker-registry", "serve", path], stdout=self.log, stderr=self.log)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
                if self.process.poll() is not None:
                    break
        raise RuntimeError("docker-registry does not start: " + open(self.log.name).read())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)


def push(layout, name, port, repository, everything=False):
    """skopeo copy from an OCI layout to a registry without TLS."""
    command = ["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false"] + (["--all"] if everything else ["--preserve-digests"])
    subprocess.run(command + ["oci:%s:%s" % (layout.path, name), "docker://127.0.0.1:%d/%s" % (port, repository)], check=True)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler, tls=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        self.seen = []  # (method, path, headers)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.cert, tls.key)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # clients that go away are part of the tests


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class TokenServer(Server):
    """Docker's token protocol: GET with Basic, POST as OAuth 2; tokens are JWTs signed with the key the registry trusts."""

    def __init__(self, tls_files, users, identity_tokens=(), expires_in=300, tls=None):
        self.files, self.users, self.identity_tokens, self.expires_in = tls_files, users, dict(identity_tokens), expires_in
        self.public = True         # anonymous tokens for pulls
        self.oversized = False     # an answer without end
        self.bogus_first = 0       # so many tokens that the registry will refuse
        super().__init__(TokenHandler, tls)

    def sign(self, user, scopes):
        der = base64.b64encode(ssl.PEM_cert_to_DER_cert(open(self.files.cert).read())).decode()
        now = int(time.time())
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": [a for a in actions.split(",") if a == "pull"]})
        claims = {"iss": "test-issuer", "sub": user, "aud": "test-service", "exp": now + self.expires_in, "nbf": now - 10, "iat": now,
                  "jti": os.urandom(8).hex(), "access": access}
        url64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=")
        head = {"typ": "JWT", "alg": "ES256", "x5c": [der]}
        text = url64(json.dumps(head).encode()) + b"." + url64(json.dumps(claims).encode())
        der_signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.files.key], input=text, check=True, stdout=subprocess.PIPE).stdout
        return (text + b"." + url64(raw_signature(der_signature))).decode()


def raw_signature(der):
    """DER sequence of two integers -> 64 bytes, as JWS wants it."""
    at, out = 2, b""
    for _ in range(2):
        n = der[at + 1]
        out += der[at + 2:at + 2 + n].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + n
    return out


class TokenHandler(Handler):
    def do_GET(self):
        self.server.seen.append(("GET", self.path, dict(self.headers)))
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        user = ""
        basic = self.headers.get("Authorization", "")
        if basic.startswith("Basic "):
            user, _, password = base64.b64decode(basic[6:]).decode().partition(":")
            if self.server.users.get(user) != password:
                return self.reply(401, b'{"details":"incorrect username or password"}')
        elif not self.server.public:
            return self.reply(401, b"{}")
        self.answer(user, query.get("scope", []))

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        self.server.seen.append(("POST", self.path, form))
        user = self.server.identity_tokens.get(form.get("refresh_token", [""])[0])
        if form.get("grant_type") != ["refresh_token"] or not user:
            return self.reply(401, b"{}")
        self.answer(user, form.get("scope", [""])[0].split())

    def answer(self, user, scopes):
        if self.server.oversized:
            return self.reply(200, b'{"token":"' + b"x" * (2 << 20) + b'"}')
        token = self.server.sign(user, scopes)
        if self.server.bogus_first:
            self.server.bogus_first -= 1
            token = token[:-8] + "AAAAAAAA"
        self.reply(200, json.dumps({"token": token, "expires_in": self.server.expires_in}).encode(), [("Content-Type", "application/json")])


class BreakingProxy(Server):
    """Passes requests on to a registry (plain HTTP) and breaks answers as told: `rule(request, answer)` may change the answer, a dict with
    status, headers, body; cut = bytes after which the connection is closed."""

    def __init__(self, backend_port, rule=None, tls=None):
        self.backend_port, self.rule, self.state = backend_port, rule, {}
        self.guard = threading.Lock()
        super().__init__(ProxyHandler, tls)


class ProxyHandler(Handler):
    def do_GET(self):
        with self.server.guard:
            self.server.seen.append((self.command, self.path, dict(self.headers)))
        path = urllib.parse.urlparse(self.path)
        target = path.path + ("?" + path.query if path.query else "")  # also absolute forms: a proxy in the usual sense
        back = http.client.HTTPConnection("127.0.0.1", self.server.backend_port, timeout=30)
        keep = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "proxy-connection")}
        back.request(self.command, target, headers=dict(keep, Host=self.headers.get("Host", "localhost")))
        r = back.getresponse()
        answer = {"status": r.status, "body": r.read(), "cut": None,
                  "headers": [(k, v) for k, v in r.getheaders() if k.lower() not in ("content-length", "connection", "transfer-encoding")]}
        back.close()
        if self.server.rule:
            with self.server.guard:
                self.server.rule(self, answer)
        if answer["cut"] is None:
            return self.reply(answer["status"], answer["body"], answer["headers"])
        self.close_connection = True
        self.reply(answer["status"], answer["body"][:answer["cut"]], answer["headers"], length=len(answer["body"]))
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    do_HEAD = do_GET
