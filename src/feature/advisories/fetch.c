#include "feature/advisories/fetch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "sys/file/file.h"

#define FEED_DOWNLOAD_MAX (8ull << 30)
#define META_BYTES_MAX    65536

/* ---- meta data ------------------------------------------------------------------------------------------------------- */

struct meta {
	struct str url, etag, modified, part_etag, imported;
};
static const struct {
	struct str key;
	size_t offset;
} meta_fields[] = {
	{ STR_INIT("url"), offsetof(struct meta, url) },
	{ STR_INIT("etag"), offsetof(struct meta, etag) },
	{ STR_INIT("modified"), offsetof(struct meta, modified) },
	{ STR_INIT("part-etag"), offsetof(struct meta, part_etag) },
	{ STR_INIT("imported"), offsetof(struct meta, imported) },
};

static struct str *meta_field(struct meta *m, size_t i)
{
	return (struct str *)(void *)((char *)m + meta_fields[i].offset);
}

static struct str state_name(struct fetch *f, struct str key, const char *suffix)
{
	return arena_printf(f->arena, "%.*s%s", STR_FMT(key), suffix);
}

/* What cannot be read is as if it had never been: the feed is fetched anew. */
static void read_meta(struct fetch *f, struct str key, struct meta *ret)
{
	struct str name = state_name(f, key, ".meta"), text, line, k, v;
	*ret = (struct meta){ 0 };
	if (!name.p || file_read_at(f->arena, f->dir_fd, name, META_BYTES_MAX, &text, NULL) < 0)
		return;
	while (str_next_line(&text, &line))
		for (size_t i = 0; str_cut(line, ' ', &k, &v) && i < ARRAY_LEN(meta_fields); i++)
			if (str_eq(k, meta_fields[i].key))
				*meta_field(ret, i) = v;
}

static int write_meta(struct fetch *f, struct str key, struct meta *m, struct error *err)
{
	struct str name = state_name(f, key, ".meta");
	struct buf out;
	buf_init(&out, META_BYTES_MAX);
	for (size_t i = 0; i < ARRAY_LEN(meta_fields); i++) {
		struct str v = *meta_field(m, i);
		if (v.n && str_find_char(v, '\n') == STR_NOT_FOUND && v.n < 8192)
			buf_addf(&out, "%.*s %.*s\n", STR_FMT(meta_fields[i].key), STR_FMT(v));
	}
	struct str text = buf_str(&out);
	int r = !name.p || buf_failed(&out) ? error_nomem(err) : file_replace_at(f->dir_fd, name, &text, 1, 0600, false, err) /* an address may hold a password */;
	buf_release(&out);
	return r;
}

bool fetch_imported(struct fetch *f, const struct fetched *file, struct str db_path)
{
	struct meta m;
	read_meta(f, file->key, &m);
	return m.imported.n && str_eq(m.imported, db_path);
}

int fetch_mark(struct fetch *f, const struct fetched *file, struct str db_path, struct error *err)
{
	struct meta m;
	read_meta(f, file->key, &m);
	m.imported = db_path;
	return write_meta(f, file->key, &m, err);
}

/* ---- opening ----------------------------------------------------------------------------------------------------------- */

static int on_tick(void *ctx)
{
	struct fetch *f = ctx;
	const struct advisories_options *o = &f->opt->base;
	return o->progress ? o->progress(o->progress_ctx, f->what, 0, 0) : 0;
}

int fetch_open(struct arena *a, const struct advisories_update_options *opt, struct fetch *ret, struct error *err)
{
	struct fetch f = { .arena = a, .opt = opt, .dir = opt->state_dir, .dir_fd = -1 };
	if (opt->state_dir.n == 0)
		return error_set(err, ERR_USAGE, "an update needs a folder for its downloads");
	int r = file_open_dir(opt->state_dir, true, 0755, &f.dir_fd, err);
	if (r < 0)
		return r;
	f.tls = (struct http_tls){ .ca_file = opt->ca_file, .insecure = opt->insecure };
	f.registry = (struct registry_options){ .username = opt->username, .password = opt->password, .registry_token = opt->registry_token, .tls = f.tls,
						.insecure = opt->insecure };
	*ret = f;
	return 0;
}

void fetch_close(struct fetch *f)
{
	f->http = http_client_free(f->http);
	if (f->dir_fd >= 0)
		close(f->dir_fd);
	f->dir_fd = -1;
}

static int client(struct fetch *f, struct error *err)
{
	struct http_client_options o = { .offline = f->opt->offline, .tick = on_tick, .tick_ctx = f };
	return f->http ? 0 : http_client_new(&o, &f->http, err);
}

/* ---- files that are here already ----------------------------------------------------------------------------------------- */

static bool exists_at(struct fetch *f, struct str name)
{
	struct stat st;
	return fstatat(f->dir_fd, name.p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static int fetch_local(struct fetch *f, struct str path, struct fetched *ret, struct error *err)
{
	struct file_identity id;
	struct meta m;
	int fd, r = file_open(path, &fd, &id, err);
	if (r < 0)
		return r;
	close(fd);
	struct str tag = arena_printf(f->arena, "%llu:%llu:%llu:%lld", (unsigned long long)id.dev, (unsigned long long)id.ino, (unsigned long long)id.size,
				      (long long)id.ctime_ns);
	if (!tag.p)
		return error_nomem(err);
	read_meta(f, ret->key, &m);
	ret->path = path;
	ret->unchanged = str_eq(m.etag, tag);
	if (ret->unchanged)
		return 0;
	m.etag = tag;
	m.imported = STR_NONE;
	return write_meta(f, ret->key, &m, err);
}

/* The part becomes the whole. Bytes that were there before are no news, whatever the server says. */
static int settle(struct fetch *f, struct str part, int fd, struct fetched *ret, struct error *err)
{
	char ours[16384], theirs[16384];
	_cleanup_close_ int old = openat(f->dir_fd, ret->key.p, O_RDONLY | O_CLOEXEC);
	struct stat a, b;
	bool same = old >= 0 && fstat(old, &a) == 0 && fstat(fd, &b) == 0 && a.st_size == b.st_size;
	for (off_t at = 0; same && at < a.st_size;) {
		ssize_t n = pread(old, ours, sizeof(ours), at);
		same = n > 0 && pread(fd, theirs, (size_t)n, at) == n && memcmp(ours, theirs, (size_t)n) == 0;
		at += n;
	}
	ret->unchanged = same && !f->opt->force;
	if (fsync(fd) < 0 || renameat(f->dir_fd, part.p, f->dir_fd, ret->key.p) < 0)
		return error_set_errno(err, errno, "%.*s/%.*s", STR_FMT(f->dir), STR_FMT(ret->key));
	return 0;
}

/* ---- http ---------------------------------------------------------------------------------------------------------------- */

struct download {
	struct fetch *f;
	struct fetched *out;
	struct meta meta;
	const struct http_sink *inner; /* http_download's */
	uint64_t seen;
};

/* The ETag is noted before the first byte, so that even a killed update can be resumed. */
static int on_begin(void *ctx, const struct http_response *resp, struct error *err)
{
	struct download *d = ctx;
	struct str etag = http_response_header(resp, STR("etag"));
	struct str strong = str_has_prefix(etag, STR("W/")) ? STR_NONE : etag;
	if (!str_eq(strong, d->meta.part_etag)) {
		d->meta.part_etag = strong;
		int r = write_meta(d->f, d->out->key, &d->meta, err);
		if (r < 0)
			return r;
	}
	return d->inner->begin ? d->inner->begin(d->inner->ctx, resp, err) : 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct error *err)
{
	struct download *d = ctx;
	const struct advisories_options *o = &d->f->opt->base;
	d->out->downloaded += n;
	if (o->progress && d->out->downloaded - d->seen >= 1u << 20) {
		d->seen = d->out->downloaded;
		if (o->progress(o->progress_ctx, d->f->what, d->out->downloaded, 0))
			return error_set(err, ERR_CANCELLED, "cancelled");
	}
	return d->inner->data(d->inner->ctx, p, n, err);
}

static int send_noting(void *ctx, struct arena *a, const struct http_request *q, struct http_response *ret, struct error *err)
{
	struct download *d = ctx;
	const struct http_sink sink = { on_begin, on_data, d };
	struct http_request request = *q;
	d->inner = q->sink;
	request.sink = &sink;
	return http_send(d->f->http, a, &request, ret, err);
}

/* "https://host:1/path": "https://host:1". */
static struct str host_of(struct str url)
{
	size_t scheme = str_find(url, STR("://"));
	size_t end = scheme == STR_NOT_FOUND ? STR_NOT_FOUND : str_find_char(str_from(url, scheme + 3), '/');
	return scheme == STR_NOT_FOUND ? STR("") : end == STR_NOT_FOUND ? url : str_sub(url, 0, scheme + 3 + end);
}

static int fetch_http(struct fetch *f, struct str url, struct fetched *ret, struct error *err)
{
	struct download d = { .f = f, .out = ret };
	struct http_header headers[2];
	struct http_response resp = { 0 };
	struct str part = state_name(f, ret->key, ".part");
	struct stat st = { 0 };
	uint64_t bytes = 0;
	int r = part.p ? client(f, err) : error_nomem(err);
	if (r < 0)
		return r;
	read_meta(f, ret->key, &d.meta);
	bool have = exists_at(f, ret->key) && str_eq(d.meta.url, url);
	_cleanup_close_ int fd = openat(f->dir_fd, part.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "%.*s/%.*s", STR_FMT(f->dir), STR_FMT(part));
	struct http_download q = { .request = { .url = url, .headers = headers, .max_bytes = FEED_DOWNLOAD_MAX, .tls = &f->tls }, .send = send_noting, .send_ctx = &d, .fd = fd };
	if (have && !f->opt->force && d.meta.etag.n)
		headers[q.request.header_count++] = (struct http_header){ STR("If-None-Match"), d.meta.etag };
	if (have && !f->opt->force && d.meta.modified.n)
		headers[q.request.header_count++] = (struct http_header){ STR("If-Modified-Since"), d.meta.modified };
	if (st.st_size > 0 && d.meta.part_etag.n && str_eq(d.meta.url, url)) {
		q.have_bytes = (uint64_t)st.st_size;
		q.if_range = d.meta.part_etag;
	}
	d.meta.url = url;
	struct str host = host_of(url);
	bool silent = host.n && str_eq(host, f->silent_host);
	if (silent)
		q.retry.attempts = 1;
	if ((r = http_download(f->http, f->arena, &q, &resp, &bytes, err)) < 0) {
		if (r == ERR_NETWORK && !resp.status && !bytes)
			f->silent_host = host;
		return r;
	}
	if (resp.status == 304 && have) {
		ret->unchanged = true;
		unlinkat(f->dir_fd, part.p, 0);
		return 0;
	}
	if (resp.status != 200 && resp.status != 206) {
		unlinkat(f->dir_fd, part.p, 0);
		return error_set(err, resp.status == 404 || resp.status == 410 ? ERR_NOT_FOUND : resp.status == 401 || resp.status == 403 ? ERR_AUTH : ERR_NETWORK,
				 "the server answers %u", resp.status);
	}
	if ((r = settle(f, part, fd, ret, err)) < 0)
		return r;
	d.meta.etag = http_response_header(&resp, STR("etag"));
	d.meta.modified = http_response_header(&resp, STR("last-modified"));
	d.meta.part_etag = STR_NONE;
	if (!ret->unchanged)
		d.meta.imported = STR_NONE;
	return write_meta(f, ret->key, &d.meta, err);
}

/* ---- registries ------------------------------------------------------------------------------------------------------------ */

static int on_blob(void *ctx, uint64_t done, uint64_t total)
{
	struct fetch *f = ctx;
	const struct advisories_options *o = &f->opt->base;
	return o->progress ? o->progress(o->progress_ctx, f->what, done, total) : 0;
}

/* A database artifact: a manifest with one layer that is the file (ours: application/vnd.bulkhead.db.v1+lmdb, +zstd; Trivy's:
 * application/vnd.aquasec.trivy.db.layer.v1.tar+gzip). The content tells what it is, so the media type is not insisted on. */
static int fetch_oci(struct fetch *f, struct str reference, struct fetched *ret, struct error *err)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	struct oci_reference ref;
	struct registry *reg = NULL;
	struct registry_manifest bytes;
	struct oci_manifest manifest;
	struct meta m;
	struct str part = state_name(f, ret->key, ".part");
	int r = part.p ? client(f, err) : error_nomem(err);
	if (r < 0 || (r = oci_reference_parse(f->arena, reference, &defaults, &ref, err)) < 0 || (r = registry_open(&ref, &f->registry, f->http, &reg, err)) < 0)
		return r;
	read_meta(f, ret->key, &m);
	r = registry_manifest(reg, f->arena, ref.digest.n ? ref.digest : ref.tag, &bytes, err);
	if (r == 0)
		r = oci_manifest_parse(f->arena, bytes.bytes, bytes.media_type, &manifest, err);
	if (r == 0 && (manifest.kind != OCI_MANIFEST || manifest.layers.n != 1))
		r = error_set(err, ERR_FORMAT, "this is no database artifact: a manifest with one layer is expected");
	if (r == 0 && str_eq(m.etag, bytes.digest) && exists_at(f, ret->key) && !f->opt->force) {
		ret->unchanged = true;
	} else if (r == 0) {
		_cleanup_close_ int fd = openat(f->dir_fd, part.p, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			r = error_set_errno(err, errno, "%.*s/%.*s", STR_FMT(f->dir), STR_FMT(part));
		else if ((r = registry_blob(reg, &manifest.layers.v[0], fd, on_blob, f, err)) == 0)
			r = settle(f, part, fd, ret, err);
		if (r == 0) {
			ret->downloaded = manifest.layers.v[0].size;
			m = (struct meta){ .url = reference, .etag = bytes.digest, .imported = ret->unchanged ? m.imported : STR_NONE };
			r = write_meta(f, ret->key, &m, err);
		}
	}
	registry_close(reg);
	return r;
}

/* ---- one URL ----------------------------------------------------------------------------------------------------------------- */

/* "https://host/path" behind a mirror: "MIRROR/host/path". */
static struct str through_mirror(struct fetch *f, struct str url)
{
	struct str mirror = f->opt->mirror, rest = url;
	if (!mirror.n)
		return url;
	if (!str_strip_prefix(&rest, STR("https://")) && !str_strip_prefix(&rest, STR("http://")))
		return url;
	while (str_strip_suffix(&mirror, STR("/")))
		;
	return arena_printf(f->arena, "%.*s/%.*s", STR_FMT(mirror), STR_FMT(rest));
}

static struct str key_of(struct fetch *f, struct str name, struct str url)
{
	char safe[64];
	size_t n = 0;
	for (size_t i = 0; i < name.n && n < sizeof(safe); i++)
		safe[n++] = char_is_alnum(name.p[i]) ? name.p[i] : '_';
	return arena_printf(f->arena, "%.*s-%016llx", (int)n, safe, (unsigned long long)str_hash(url));
}

int fetch_url(struct fetch *f, struct str name, struct str url, struct fetched *ret, struct error *err)
{
	struct fetched out = { .key = key_of(f, name, url) };
	struct str rest = url;
	if (!out.key.p)
		return error_nomem(err);
	f->what = name;
	out.path = arena_printf(f->arena, "%.*s/%.*s", STR_FMT(f->dir), STR_FMT(out.key));
	if (!out.path.p)
		return error_nomem(err);
	int r;
	bool path = str_find(url, STR("://")) == STR_NOT_FOUND;
	if (str_strip_prefix(&rest, STR("file://")) || path) {
		r = fetch_local(f, rest, &out, err);
		if (r == ERR_NOT_FOUND && path && !str_has_prefix(rest, STR("/")))
			r = error_set(err, ERR_NOT_FOUND, "no such file; an address begins with https://, http://, oci:// or file://");
	} else if (f->opt->offline) {
		out.unchanged = exists_at(f, out.key);
		r = out.unchanged ? 0 : error_set(err, ERR_NETWORK, "nothing was fetched from it yet, and the network is ruled out (--offline)");
	} else if (str_strip_prefix(&rest, STR("oci://"))) {
		r = fetch_oci(f, rest, &out, err);
	} else if (str_has_prefix(rest, STR("https://")) || str_has_prefix(rest, STR("http://"))) {
		rest = through_mirror(f, rest);
		r = rest.p ? fetch_http(f, rest, &out, err) : error_nomem(err);
	} else {
		r = error_set(err, ERR_USAGE, "only http://, https://, oci://, file:// and paths are fetched");
	}
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(url));
	*ret = out;
	return 0;
}
