#!/usr/bin/env python3
"""Images from a real registry: authentication, TLS, mirrors, broken transfers, damaged content, redirects, platforms."""
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile

from registry_parts import *

tap = Tap()
for program in ("docker-registry", "skopeo", "openssl", "htpasswd"):
    if not shutil.which(program):
        tap.skip_all(program + " is not installed")
if not os.path.exists(DUMP):
    tap.skip_all("image_source_dump is not built (BULKHEAD_BUILD names the build folder)")

work = tempfile.mkdtemp(prefix="bulkhead-registry-test-")
cleanup = []


def main():
    # --- what there is to pull: an image of three layers, one of several platforms in nested indexes ---
    layout = Layout(os.path.join(work, "layout"))
    layers = [tar_of([("etc/os-release", b"ID=debian\n")]), tar_of([("big", os.urandom(3 << 20))]), tar_of([("small", b"x" * 1000)])]
    app = layout.image(layers)
    layout.add(app, "app")
    arm = {p: with_platform(layout.image([tar_of([("which", p.encode())])], *p.split("/")), p) for p in ("linux/arm64/v8", "linux/arm/v6", "linux/s390x")}
    amd = with_platform(layout.image([tar_of([("which", b"amd64")])]), "linux/amd64")
    attestation = with_platform(layout.image([tar_of([("provenance", b"{}")])], "unknown", "unknown"), "unknown/unknown")
    multi = layout.index([attestation, arm["linux/arm64/v8"], arm["linux/arm/v6"], arm["linux/s390x"], amd])
    layout.add(multi, "multi")
    expected = [d["digest"] for d in json.load(open(blob_path(layout, app)))["layers"]]

    data = os.path.join(work, "data")
    plain = start(Registry(data))
    push(layout, "app", plain.port, "team/app:1.0")
    push(layout, "multi", plain.port, "team/multi:1.0", everything=True)
    nested = layout.index([layout.index([arm["linux/s390x"]]), layout.index([amd])])
    put_manifest(plain.port, "team/multi", "nested", nested, layout)
    for entry in json.load(open(blob_path(layout, nested)))["manifests"]:
        put_manifest(plain.port, "team/multi", entry["digest"], entry, layout)
    put_manifest(plain.port, "team/multi", "nested", nested, layout)
    host = "127.0.0.1:%d" % plain.port

    def same(answer):
        return answer.status == 0 and [l["digest"] for l in answer.layers] == expected

    # --- anonymous, plain HTTP on loopback ---
    a = dump("%s/team/app:1.0" % host)
    tap.ok(same(a) and a.one("digest") == app["digest"], "anonymous, plain http on loopback", a)
    tap.ok(all(l["verified"] == "1" and l["compression"] == "gzip" and l["identity"] == "0" for l in a.layers), "layers are verified", a)
    tap.ok(a.one("tag") == "%s/team/app:1.0" % host and a.one("repo-digest") == "%s/team/app@%s" % (host, app["digest"]), "names and digests", a)
    tap.ok(same(dump("registry:%s/team/app:1.0" % host)) and same(dump("docker://%s/team/app:1.0" % host)), "explicit prefixes")
    a = dump("%s/team/app@%s" % (host, app["digest"]))
    tap.ok(same(a) and not a.one("tag"), "digest reference", a)
    a = dump("%s/team/app:1.0@%s" % (host, app["digest"]))
    tap.ok(same(a), "tag and digest", a)
    a = dump("%s/team/app@sha256:%s" % (host, "0" * 64))
    tap.ok(a.failed_with("not-found"), "unknown digest", a)
    a = dump("%s/team/app:none" % host)
    tap.ok(a.failed_with("not-found", "MANIFEST_UNKNOWN"), "unknown tag", a)
    a = dump("%s/team/none:1.0" % host)
    tap.ok(a.failed_with("not-found"), "unknown repository", a)
    a = dump("--offline", "%s/team/app:1.0" % host)
    tap.ok(a.failed_with("network", "--offline"), "offline", a)
    a = dump("--attempts", "1", "127.0.0.1:%d/team/app:1.0" % free_port())
    tap.ok(a.failed_with("network"), "nothing listens", a)
    tap.ok(same(dump("--threads", "8", "%s/team/app:1.0" % host)), "eight threads")

    # --- platforms ---
    for platform, which in (("linux/arm64", "linux/arm64/v8"), ("linux/arm/v7", "linux/arm/v6"), ("linux/s390x", "linux/s390x"), ("linux/amd64", "amd64")):
        a = dump("--platform", platform, "%s/team/multi:1.0" % host)
        want = sha256(gzip.compress(tar_of([("which", which.encode())]), 1, mtime=0))
        tap.ok(a.status == 0 and [l["digest"] for l in a.layers] == [want], "platform %s gives %s" % (platform, which), a)
    a = dump("--platform", "windows/amd64", "%s/team/multi:1.0" % host)
    tap.ok(a.failed_with("not-found", "linux/arm64/v8", "linux/s390x") and "unknown" not in a.err, "missing platform: what there is", a)
    a = dump("--platform", "linux/amd64", "%s/team/multi:nested" % host)
    tap.ok(a.status == 0 and a.one("digest") == amd["digest"], "nested indexes", a)
    a = dump("--platform", "linux/arm64", "%s/team/app:1.0" % host)
    tap.ok(a.failed_with("not-found", "linux/amd64"), "one manifest for another platform", a)
    a = dump("--platform", "a/b/c/d", "%s/team/multi:1.0" % host)
    tap.ok(a.failed_with("usage"), "bad platform", a)

    # --- TLS with a private CA ---
    certificates = Certificates(subfolder("ca"))
    tls = start(Registry(data, tls=certificates))
    ref = "localhost:%d/team/app:1.0" % tls.port
    a = dump("--ca", certificates.ca, ref)
    tap.ok(same(a), "private CA", a)
    a = dump(ref)
    tap.ok(a.failed_with("network", "certificate"), "private CA missing", a)
    tap.ok(same(dump("--insecure", ref)), "insecure")
    tap.ok(same(dump(ref, env={"SSL_CERT_FILE": certificates.ca})), "CA from SSL_CERT_FILE")
    a = dump("--ca", "/nonexistent/ca.crt", ref)
    tap.ok(a.failed_with("not-found", "/nonexistent/ca.crt"), "CA file missing", a)
    home = subfolder("home-certs")
    certs_d = os.path.join(home, ".config/containers/certs.d/localhost:%d" % tls.port)
    os.makedirs(certs_d)
    shutil.copy(certificates.ca, os.path.join(certs_d, "ca.crt"))
    tap.ok(same(dump(ref, env={"HOME": home})), "CA from certs.d")

    # --- client certificates ---
    mutual = start(Registry(data, tls=certificates, client_ca=certificates.ca))
    ref = "localhost:%d/team/app:1.0" % mutual.port
    a = dump("--attempts", "1", "--ca", certificates.ca, ref)
    tap.ok(a.failed_with("network"), "a registry that wants a client certificate, none given", a)

    def with_client(name, cert, key):
        folder = os.path.join(subfolder(name), ".config/containers/certs.d/localhost:%d" % mutual.port)
        os.makedirs(folder)
        for source, target in ((certificates.ca, "ca.crt"), (cert, "client.cert"), (key, "client.key")):
            if source:
                shutil.copy(source, os.path.join(folder, target))
        return dump("--attempts", "1", ref, env={"HOME": subfolder(name)})

    tap.ok(same(with_client("client", certificates.client_cert, certificates.client_key)), "client certificate from certs.d")
    stranger = Certificates(subfolder("stranger"))
    a = with_client("stranger-home", stranger.client_cert, stranger.client_key)
    tap.ok(a.failed_with("network"), "client certificate of another CA", a)
    a = with_client("other-key", certificates.client_cert, stranger.client_key)
    tap.ok(a.status == 2 and not a.layers, "client certificate with another one's key", a)
    a = with_client("no-key", certificates.client_cert, None)
    tap.ok(a.status == 2 and not a.layers, "client certificate without its key", a)

    # --- layers that stay with their publisher ---
    publisher = Server(Publisher, tls=certificates)
    publisher.layer = gzip.compress(tar_of([("foreign", b"layer")]), 1, mtime=0)
    http_publisher = Server(Publisher)
    http_publisher.layer, publisher.plain_port = publisher.layer, http_publisher.port
    foreign = start(Registry(data, foreign="^https?://localhost:"))
    host = "127.0.0.1:%d" % foreign.port
    trust = {"SSL_CERT_FILE": certificates.ca}
    address = "https://localhost:%d/layer" % publisher.port

    def with_foreign(tag, urls, kind="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", layer=None, size=None):
        manifest = json.load(open(blob_path(layout, app)))
        config = json.load(open(blob_path(layout, manifest["config"])))
        config["rootfs"]["diff_ids"].append(sha256(gzip.decompress(publisher.layer)))
        config["history"].append({"created_by": "foreign"})
        manifest["config"] = put_blob(foreign.port, "team/app", json.dumps(config).encode(), manifest["config"]["mediaType"])
        manifest["layers"].append({"mediaType": kind, "digest": sha256(layer or publisher.layer), "size": size or len(publisher.layer), "urls": urls})
        put_manifest(foreign.port, "team/app", tag, layout.blob(json.dumps(manifest).encode(), manifest["mediaType"]), layout)
        return dump("--attempts", "1", "--username", "user", "--password", "secret", "%s/team/app:%s" % (host, tag), env=trust)

    def whole(a):
        return a.status == 0 and [l["digest"] for l in a.layers] == expected + [sha256(publisher.layer)]

    a = with_foreign("foreign", [address])
    tap.ok(whole(a) and publisher.seen and not any("Authorization" in h for _, _, h in publisher.seen), "a foreign layer, without the registry's credentials", "%s\n%s" % (a, publisher.seen))
    a = with_foreign("foreign-oci", [address], "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")
    tap.ok(whole(a), "a foreign layer as OCI names it", a)
    a = with_foreign("foreign-second", ["https://localhost:%d/gone" % publisher.port, address])
    tap.ok(whole(a), "a foreign layer whose first address is gone", a)
    a = with_foreign("foreign-plain", ["http://localhost:%d/layer" % http_publisher.port])
    tap.ok(a.status == 2 and not http_publisher.seen, "a foreign layer behind plain http is not fetched", a)
    a = with_foreign("foreign-other", [address], layer=b"something else")
    tap.ok(a.failed_with("digest"), "a foreign layer of another digest", a)
    publisher.seen.clear()
    a = with_foreign("foreign-file", ["https://localhost:%d/to-file" % publisher.port])
    tap.ok(a.status == 2 and publisher.seen, "a foreign layer that is redirected to a file", a)
    a = with_foreign("foreign-down", ["https://localhost:%d/to-http" % publisher.port])
    tap.ok(a.status == 2 and not http_publisher.seen, "a foreign layer that is redirected to plain http", a)
    publisher.seen.clear()
    put_blob(foreign.port, "team/app", publisher.layer, "")
    with_foreign("not-foreign", [address], "application/vnd.docker.image.rootfs.diff.tar.gzip")
    connection = http.client.HTTPConnection("127.0.0.1", foreign.port)
    connection.request("DELETE", "/v2/team/app/blobs/" + sha256(publisher.layer))
    deleted = connection.getresponse().status
    connection.close()
    a = dump("--attempts", "1", "%s/team/app:not-foreign" % host, env=trust)
    tap.ok(deleted == 202 and a.failed_with("not-found", sha256(publisher.layer)) and not publisher.seen, "addresses of a layer that is not foreign are not followed", a)
    host = "127.0.0.1:%d" % plain.port

    # --- basic ---
    htpasswd = os.path.join(work, "htpasswd")
    subprocess.run(["htpasswd", "-cbB", htpasswd, "user", "secret:with colon"], check=True, stderr=subprocess.DEVNULL)
    basic = start(Registry(data, tls=certificates, htpasswd=htpasswd))
    basic_host = "localhost:%d" % basic.port
    ref = basic_host + "/team/app:1.0"
    ca = ("--ca", certificates.ca)
    tap.ok(same(dump(*ca, "--username", "user", "--password", "secret:with colon", ref)), "basic")
    tap.ok(same(dump(*ca, "--username", "user", "--password", "secret:with colon", "--credentials-for", "registry:%s/other:2" % basic_host, ref)), "basic, for another image of the registry")
    a = dump(*ca, "--username", "user", "--password", "secret:with colon", "--credentials-for", "localhost:1/team/app:1.0", ref)
    tap.ok(a.failed_with("auth", "there are none for it"), "credentials for another registry are not sent", a)
    a = dump(*ca, "--username", "user", "--password", "wrong", ref)
    tap.ok(a.failed_with("auth", "refused") and "wrong" not in a.err, "basic, wrong password", a)
    a = dump(*ca, ref)
    tap.ok(a.failed_with("auth", "credentials"), "basic, no credentials", a)
    auth = base64.b64encode(b"user:secret:with colon").decode()
    config = write_json("docker-config/config.json", {"auths": {basic_host: {"auth": auth}}})
    tap.ok(same(dump(*ca, ref, env={"DOCKER_CONFIG": os.path.dirname(config)})), "basic from DOCKER_CONFIG")
    tap.ok(same(dump(*ca, "--credentials", config, ref)), "basic from a named file")
    tap.ok(same(dump(*ca, ref, env={"REGISTRY_AUTH_FILE": config})), "basic from REGISTRY_AUTH_FILE")
    run = write_json("run/containers/auth.json", {"auths": {basic_host + "/team": {"auth": auth}, basic_host: {"auth": base64.b64encode(b"x:y").decode()}}})
    tap.ok(same(dump(*ca, ref, env={"XDG_RUNTIME_DIR": os.path.dirname(os.path.dirname(run))})), "basic from auth.json by repository")
    broken = os.path.join(subfolder("broken"), "config.json")
    with open(broken, "w") as f:
        f.write("{")
    a = dump(*ca, "--debug", ref, env={"DOCKER_CONFIG": os.path.dirname(broken), "REGISTRY_AUTH_FILE": config})
    tap.ok(same(a) and broken in a.err, "a broken credential file is told and passed over", a)

    # --- credential helper ---
    helpers = subfolder("helpers")
    asked = os.path.join(work, "asked")
    helper(helpers, "good", 'read s; echo "$1 $s" >> %s; printf \'{"ServerURL":"%%s","Username":"user","Secret":"secret:with colon"}\' "$s"' % asked)
    helper(helpers, "none", 'echo "credentials not found in native keychain"; exit 1')
    helper(helpers, "bad", 'echo "the vault is locked"; exit 1')
    path = helpers + ":" + os.environ["PATH"]

    def with_helper(**config):
        folder = os.path.dirname(write_json("helper-config/config.json", config))
        return dump(*ca, "--debug", ref, env={"DOCKER_CONFIG": folder, "PATH": path})

    a = with_helper(credHelpers={basic_host: "good"}, credsStore="bad")
    tap.ok(same(a) and open(asked).read() == "get %s\n" % basic_host, "credential helper of the host", a)
    tap.ok(same(with_helper(credsStore="good")), "credential store")
    tap.ok(same(with_helper(credsStore="none", auths={basic_host: {"auth": auth}})), "store without an entry, auths has it")
    a = with_helper(credsStore="bad")
    tap.ok(a.failed_with("auth") and "the vault is locked" in a.err, "helper that fails", a)
    a = with_helper(credsStore="missing")
    tap.ok(a.failed_with("auth") and "docker-credential-missing" in a.err, "helper that is not installed", a)

    # --- bearer tokens ---
    tokens = TokenServer(certificates, {"user": "secret"}, {"identity-1": "user"}, tls=certificates)
    service = {"realm": "https://localhost:%d/token?extra=1" % tokens.port, "service": "test-service", "issuer": "test-issuer", "rootcertbundle": certificates.cert}
    bearer = start(Registry(data, tls=certificates, token=service))
    bearer_host = "localhost:%d" % bearer.port
    ref = bearer_host + "/team/app:1.0"
    a = dump(*ca, ref)
    tap.ok(same(a) and len(tokens.seen) == 1 and "scope=repository%3Ateam%2Fapp%3Apull" in tokens.seen[0][1] and "extra=1" in tokens.seen[0][1],
           "bearer, anonymous, one token for all", "%s\n%s" % (a, tokens.seen))
    tokens.public = False
    a = dump(*ca, ref)
    tap.ok(a.failed_with("auth", "no token without credentials"), "bearer, anonymous refused", a)
    tap.ok(same(dump(*ca, "--username", "user", "--password", "secret", ref)), "bearer with user and password")
    a = dump(*ca, "--username", "user", "--password", "wrong", ref)
    tap.ok(a.failed_with("auth", "refused"), "bearer, wrong password", a)
    identity = write_json("identity/config.json", {"auths": {bearer_host: {"identitytoken": "identity-1"}}})
    a = dump(*ca, "--credentials", identity, ref)
    tap.ok(same(a) and tokens.seen[-1][0] == "POST" and tokens.seen[-1][2]["grant_type"] == ["refresh_token"], "bearer with an identity token", a)
    tokens.bogus_first = 1
    a = dump(*ca, "--username", "user", "--password", "secret", ref)
    tap.ok(same(a), "a token that the registry refuses is renewed", a)
    tokens.bogus_first = 1000
    a = dump(*ca, "--username", "user", "--password", "secret", ref)
    tap.ok(a.failed_with("auth", "refuses the token"), "tokens that are always refused end in an error", a)
    tokens.bogus_first = 0
    a = dump(*ca, "--token", tokens.sign("user", ["repository:team/app:pull"]), ref)
    tap.ok(same(a), "registry token", a)
    a = dump(*ca, "--token", "nonsense", ref)
    tap.ok(a.failed_with("auth"), "wrong registry token", a)
    tokens.oversized = True
    a = dump(*ca, "--username", "user", "--password", "secret", ref)
    tap.ok(a.failed_with("limit"), "a token answer without end", a)
    tokens.oversized = False
    tokens.expires_in = 1
    before = len(tokens.seen)
    slow = BreakingProxy(plain.port, lambda request, answer: time.sleep(1.2) if "/manifests/" in request.path else None)
    a = dump(*ca, "--threads", "1", "--username", "user", "--password", "secret", ref)
    tap.ok(same(a) and slow is not None, "tokens of one second", a)
    tap.ok(len(tokens.seen) > before, "… were asked for", tokens.seen[before:])
    tokens.expires_in = 300

    # --- mirrors ---
    mirror = BreakingProxy(plain.port)
    down = free_port()
    hub = "registry.example"
    a = dump("--attempts", "1", "--mirror", "%s=http://127.0.0.1:%d" % (hub, down), "--mirror", "%s=http://127.0.0.1:%d" % (hub, mirror.port),
             "%s/team/app:1.0" % hub)
    tap.ok(same(a) and a.one("tag") == hub + "/team/app:1.0", "first mirror down, second serves", a)
    a = dump("--attempts", "1", "--mirror", "%s=http://127.0.0.1:%d,http://127.0.0.1:%d" % (hub, down, mirror.port), "%s/team/app:1.0" % hub)
    tap.ok(same(a), "two mirrors in one option", a)
    for text in ("x", "=http://a", "x=", "x=ftp://a", "x=http://"):
        a = dump("--mirror", text, host + "/team/app:1.0")
        tap.ok(a.failed_with("usage", "mirror"), "mirror %r" % text, a)
    a = dump("--mirror", "%s/library=http://127.0.0.1:%d/team" % (hub, mirror.port), "%s/library/app:1.0" % hub)
    tap.ok(same(a), "mirror with a path replaces the prefix", a)
    a = dump("--attempts", "1", "--mirror", "%s/lib=http://127.0.0.1:%d/team" % (hub, mirror.port), "%s/library/app:1.0" % hub)
    tap.ok(a.failed_with("network"), "a prefix ends at a slash", a)
    bad = BreakingProxy(plain.port, flip_blobs)
    a = dump("--mirror", "%s=http://127.0.0.1:%d" % (host, bad.port), "%s/team/app:1.0" % host)
    tap.ok(same(a), "a mirror with damaged blobs: the registry itself serves", a)
    spy = BreakingProxy(plain.port)
    a = dump("--username", "user", "--password", "secret", "--mirror", "%s=http://127.0.0.1:%d" % (hub, spy.port), "%s/team/app:1.0" % hub)
    tap.ok(same(a) and not any("Authorization" in h for _, _, h in spy.seen), "mirrors do not get the registry's credentials", a)
    asking = BreakingProxy(plain.port, ask_for_basic)
    a = dump("--attempts", "1", "--username", "user", "--password", "secret", "--mirror", "%s=http://127.0.0.1:%d" % (host, asking.port), "%s/team/app:1.0" % host)
    tap.ok(same(a) and not any("Authorization" in h for _, _, h in asking.seen), "… not even when they ask", a)

    # --- transfers that break, content that is damaged ---
    cutting = BreakingProxy(plain.port, cut_each_megabyte)
    a = dump("127.0.0.1:%d/team/app:1.0" % cutting.port)
    ranges = [h.get("Range") for _, p, h in cutting.seen if p.endswith(expected[1])]
    tap.ok(same(a) and ranges == [None, "bytes=1000000-", "bytes=2000000-", "bytes=3000000-"], "a broken transfer is resumed where it broke off", "%s\n%s" % (a, ranges))
    no_range = BreakingProxy(plain.port, cut_and_ignore_range)
    a = dump("127.0.0.1:%d/team/app:1.0" % no_range.port)
    tap.ok(same(a), "a server that knows no ranges: from the start", a)
    always = BreakingProxy(plain.port, lambda request, answer: "/blobs/" in request.path and answer.update(cut=10))
    a = dump("127.0.0.1:%d/team/app:1.0" % always.port)
    tap.ok(a.failed_with("network"), "a transfer that always breaks ends in an error", a)
    a = dump("127.0.0.1:%d/team/app:1.0" % bad.port)
    tap.ok(a.failed_with("digest", expected[0]), "a damaged blob", a)
    once = BreakingProxy(plain.port, flip_once)
    tap.ok(same(dump("127.0.0.1:%d/team/app:1.0" % once.port)), "a blob damaged once is fetched again")
    longer = BreakingProxy(plain.port, lambda request, answer: "/blobs/" in request.path and answer.update(body=answer["body"] + b"more"))
    a = dump("127.0.0.1:%d/team/app:1.0" % longer.port)
    tap.ok(a.status == 2 and ("error digest" in a.err or "error limit" in a.err), "more bytes than declared", a)
    shorter = BreakingProxy(plain.port, lambda request, answer: "/blobs/" in request.path and answer.update(body=answer["body"][:-4]))
    a = dump("127.0.0.1:%d/team/app:1.0" % shorter.port)
    tap.ok(a.status == 2, "fewer bytes than declared", a)
    other = BreakingProxy(plain.port, lambda request, answer: "/manifests/" in request.path and answer.update(body=answer["body"].replace(b'"size"', b'"size" ')))
    a = dump("127.0.0.1:%d/team/app@%s" % (other.port, app["digest"]))
    tap.ok(a.failed_with("digest"), "a manifest that does not match its digest", a)
    a = dump("127.0.0.1:%d/team/app:1.0" % other.port)
    tap.ok(a.failed_with("digest"), "a manifest that does not match the digest stated with it", a)
    huge = BreakingProxy(plain.port, lambda request, answer: "/manifests/" in request.path and answer.update(body=b" " * (5 << 20)))
    a = dump("127.0.0.1:%d/team/app:1.0" % huge.port)
    tap.ok(a.failed_with("limit"), "a manifest of 5 MiB", a)

    # --- 429, 5xx ---
    busy = BreakingProxy(plain.port, busy_once)
    a = dump("127.0.0.1:%d/team/app:1.0" % busy.port)
    tap.ok(same(a) and a.seconds >= 1, "429 with Retry-After: waited", a)
    refusing = BreakingProxy(plain.port, lambda request, answer: answer.update(status=429, body=b"", headers=[]))
    a = dump("--attempts", "2", "127.0.0.1:%d/team/app:1.0" % refusing.port)
    tap.ok(a.failed_with("network", "too many requests") and len(refusing.seen) == 2, "429 for ever ends after the attempts", a)
    patient = BreakingProxy(plain.port, lambda request, answer: answer.update(status=503, body=b"", headers=[("Retry-After", "86400")]))
    a = dump("127.0.0.1:%d/team/app:1.0" % patient.port)
    tap.ok(a.failed_with("network", "503") and a.seconds < 10, "a Retry-After of a day is not waited for", a)

    # --- redirects ---
    elsewhere = BreakingProxy(plain.port)
    moving = BreakingProxy(basic_port_without_tls(data, htpasswd), lambda request, answer: "/blobs/" in request.path and answer["status"] == 200 and answer.update(
        status=307, body=b"", headers=[("Location", "http://localhost:%d%s" % (elsewhere.port, request.path))]))
    a = dump("--username", "user", "--password", "secret:with colon", "127.0.0.1:%d/team/app:1.0" % moving.port)
    tap.ok(same(a) and elsewhere.seen and not any("Authorization" in h for _, _, h in elsewhere.seen) and any("Authorization" in h for _, _, h in moving.seen),
           "a redirect to another host carries no Authorization", "%s\n%s" % (a, elsewhere.seen))
    downgrade = BreakingProxy(plain.port, lambda request, answer: "/blobs/" in request.path and answer.update(
        status=302, body=b"", headers=[("Location", "http://localhost:%d%s" % (elsewhere.port, request.path))]), tls=certificates)
    a = dump(*ca, "localhost:%d/team/app:1.0" % downgrade.port)
    tap.ok(a.failed_with("network", "plain http"), "a redirect from https to http is refused", a)
    circle = BreakingProxy(plain.port, lambda request, answer: "/blobs/" in request.path and answer.update(status=302, body=b"", headers=[("Location", request.path)]))
    a = dump("127.0.0.1:%d/team/app:1.0" % circle.port)
    tap.ok(a.failed_with("network", "redirects"), "redirects in a circle", a)
    files = BreakingProxy(plain.port, lambda request, answer: "/blobs/" in request.path and answer.update(
        status=302, body=b"", headers=[("Location", "file:///etc/passwd")]))
    a = dump("127.0.0.1:%d/team/app:1.0" % files.port)
    tap.ok(a.failed_with("network", "another protocol") or a.failed_with("format"), "a redirect to a file", a)

    # --- a forward proxy from the environment ---
    forward = BreakingProxy(plain.port)
    url = "http://127.0.0.1:%d" % forward.port
    a = dump("--insecure", "--mirror", "registry.example=http://registry.example", "registry.example/team/app:1.0", env={"http_proxy": url})
    tap.ok(same(a) and forward.seen[0][1].startswith("http://registry.example/"), "http_proxy", a)
    a = dump("--mirror", "registry.example=http://registry.example", "registry.example/team/app:1.0", env={"HTTP_PROXY": url})
    tap.ok(same(a), "HTTP_PROXY", a)
    a = dump("%s/team/app:1.0" % host, env={"http_proxy": "http://127.0.0.1:%d" % down, "https_proxy": "http://127.0.0.1:%d" % down})
    tap.ok(same(a), "loopback goes past the proxy", a)

    # --- nothing is left behind ---
    tmp = subfolder("tmp")
    a = dump("--tmp", tmp, "%s/team/app:1.0" % host)
    tap.ok(same(a) and not os.listdir(tmp), "temporary files leave no names", a)
    a = dump("--tmp", "/nonexistent", "%s/team/app:1.0" % host)
    tap.ok(a.failed_with("not-found", "/nonexistent"), "temporary folder missing", a)


class Publisher(Handler):
    """Serves one layer outside of any registry."""

    def do_GET(self):
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        if self.path == "/layer":
            return self.reply(200, self.server.layer)
        if self.path.startswith("/to-"):
            return self.reply(302, headers=[("Location", "file:///etc/passwd" if self.path == "/to-file" else "http://localhost:%d/layer" % self.server.plain_port)])
        self.reply(404)


def start(registry):
    cleanup.append(registry)
    return registry


def basic_port_without_tls(data, htpasswd):
    return start(Registry(data, htpasswd=htpasswd)).port


def subfolder(name):
    path = os.path.join(work, name)
    os.makedirs(path, exist_ok=True)
    return path


def write_json(name, value):
    path = os.path.join(work, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        json.dump(value, f)
    return path


def helper(folder, name, script):
    path = os.path.join(folder, "docker-credential-" + name)
    with open(path, "w") as f:
        f.write("#!/bin/sh\n" + script + "\n")
    os.chmod(path, 0o755)


def blob_path(layout, descriptor):
    return os.path.join(layout.path, "blobs", "sha256", descriptor["digest"][7:])


def put_blob(port, repository, data, media_type):
    """In one request; returns its descriptor."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/v2/%s/blobs/uploads/" % repository, headers={"Content-Length": "0"})
    answer = connection.getresponse()
    answer.read()
    where = urllib.parse.urlparse(answer.headers["Location"])
    connection.request("PUT", "%s?%s&digest=%s" % (where.path, where.query, sha256(data)), data, {"Content-Type": "application/octet-stream"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise RuntimeError("the registry refuses a blob: %d" % answer.status)
    connection.close()
    return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}


def put_manifest(port, repository, name, descriptor, layout):
    """A manifest as it is: skopeo would not push indexes inside indexes. May fail as long as its parts are missing."""
    request = urllib.request.Request("http://127.0.0.1:%d/v2/%s/manifests/%s" % (port, repository, name), method="PUT",
                                     data=open(blob_path(layout, descriptor), "rb").read(), headers={"Content-Type": descriptor["mediaType"]})
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as e:
        e.close()


def is_layer(request):
    return "/blobs/" in request.path and request.command == "GET"


def flip_blobs(request, answer):
    """Layers only: documents would fail first."""
    if is_layer(request) and answer["body"][:2] == b"\x1f\x8b":
        body = bytearray(answer["body"])
        body[len(body) // 2] ^= 1
        answer["body"] = bytes(body)


def flip_once(request, answer):
    if request.path not in request.server.state:
        request.server.state[request.path] = True
        flip_blobs(request, answer)


def cut_each_megabyte(request, answer):
    if is_layer(request) and len(answer["body"]) > 1000000:
        answer["cut"] = 1000000


def cut_and_ignore_range(request, answer):
    if not is_layer(request):
        return
    times = request.server.state.get(request.path, 0)
    request.server.state[request.path] = times + 1
    if times == 0:
        answer["cut"] = len(answer["body"]) // 2
    elif request.headers.get("Range"):
        back = http.client.HTTPConnection("127.0.0.1", request.server.backend_port)
        back.request("GET", request.path)
        answer.update(status=200, body=back.getresponse().read(), headers=[])


def busy_once(request, answer):
    if not request.server.state.get("busy"):
        request.server.state["busy"] = True
        answer.update(status=429, body=b"", headers=[("Retry-After", "1")])


def ask_for_basic(request, answer):
    if "Authorization" not in request.headers:
        answer.update(status=401, body=b"", headers=[("WWW-Authenticate", 'Basic realm="mirror"')])


try:
    main()
finally:
    for part in cleanup:
        part.stop()
    shutil.rmtree(work, ignore_errors=True)
tap.done()
