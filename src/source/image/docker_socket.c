#include "source/image/docker_socket.h"

#include <sys/stat.h>

#include "base/path.h"
#include "format/json/json.h"
#include "format/oci/digest.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#define INSPECT_BYTES_MAX (8u << 20)
#define ARCHIVE_BYTES_MAX (UINT64_C(64) << 30)

struct engine_api {
	struct image_source *s;
	struct http_client *http;
	struct http_tls tls;
	struct str base; /* "http://localhost" */
	/* the archive under way */
	int fd;
	uint64_t bytes;
};

/* --- where it is --- */

static int take_tls(struct image_source *s, struct http_tls *tls, struct error *err)
{
	const char *home = getenv("HOME"), *given = getenv("DOCKER_CERT_PATH");
	struct str dir = given && *given ? str_c(given) : home ? arena_printf(&s->arena, "%s/.docker", home) : STR_NONE;
	tls->ca_file = arena_printf(&s->arena, "%.*s/ca.pem", STR_FMT(dir));
	tls->client_cert = arena_printf(&s->arena, "%.*s/cert.pem", STR_FMT(dir));
	tls->client_key = arena_printf(&s->arena, "%.*s/key.pem", STR_FMT(dir));
	return tls->ca_file.p && tls->client_cert.p && tls->client_key.p ? 0 : error_nomem(err);
}

static int use_socket(struct str path, struct http_client_options *http, struct error *err)
{
	char c[PATH_MAX];
	struct stat st;
	if (path.n >= sizeof(c))
		return error_set(err, ERR_USAGE, "the path of the engine's socket is too long");
	memcpy(c, path.p, path.n);
	c[path.n] = 0;
	if (stat(c, &st) < 0)
		return errno == ENOENT ? error_set(err, ERR_NOT_FOUND, "no engine at %s", c) : error_set_errno(err, errno, "%s", c);
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, ERR_USAGE, "%s is no socket", c);
	if (access(c, R_OK | W_OK) < 0)
		return error_set(err, ERR_AUTH, "the socket %s may not be used by this user (%s)", c, strerror(errno));
	http->unix_socket = path;
	http->offline = false;
	return 0;
}

static int reach(struct engine_api *api, struct str host, struct http_client_options *http, struct error *err)
{
	const char *verify = getenv("DOCKER_TLS_VERIFY");
	struct str rest = host;
	http->offline = api->s->opt.offline;
	api->base = STR("http://localhost");
	if (str_strip_prefix(&rest, STR("unix://")))
		return use_socket(rest, http, err);
	if (str_strip_prefix(&rest, STR("tcp://"))) {
		bool tls = verify && *verify;
		while (rest.n && rest.p[rest.n - 1] == '/')
			rest.n--;
		api->base = arena_printf(&api->s->arena, "%s://%.*s", tls ? "https" : "http", STR_FMT(rest));
		if (!api->base.p)
			return error_nomem(err);
		return tls ? take_tls(api->s, &api->tls, err) : 0;
	}
	if (str_has_prefix(host, STR("http://")) || str_has_prefix(host, STR("https://"))) {
		api->base = host;
		return 0;
	}
	return error_set(err, ERR_UNSUPPORTED, "engine address %.*s: unix://, tcp://, http:// and https:// are known (for ssh:// forward the socket with ssh -L)",
			 STR_FMT(str_sub(host, 0, 200)));
}

/* --- requests --- */

/* As a part of a URL's path: Docker takes '/' in names as they are. */
static struct str escape(struct arena *a, struct str name)
{
	struct buf b;
	buf_init(&b, 4096);
	for (size_t i = 0; i < name.n; i++) {
		if (char_is_alnum(name.p[i]) || char_is_one_of(name.p[i], "-._~/:@"))
			buf_add_char(&b, name.p[i]);
		else
			buf_addf(&b, "%%%02X", (unsigned char)name.p[i]);
	}
	struct str text = buf_failed(&b) ? STR_NONE : arena_str(a, buf_str(&b));
	buf_release(&b);
	return text;
}

/* {"message": "…"} */
static struct str message_of(struct arena *a, struct str body)
{
	const struct json_options opt = { .max_depth = 16 };
	struct document doc;
	return json_parse(a, body, &opt, &doc, NULL, NULL) == 0 ? str_sub(value_str_c(doc.root, "message"), 0, 300) : STR("");
}

static int get(struct engine_api *api, struct str name, const char *what, const struct http_sink *sink, struct http_response *ret, struct error *err)
{
	struct arena *a = &api->s->arena;
	struct str part = escape(a, name);
	struct str url = part.p ? arena_printf(a, "%.*s/images/%.*s/%s", STR_FMT(api->base), STR_FMT(part), what) : part;
	struct http_request q = { .url = url, .max_bytes = sink ? ARCHIVE_BYTES_MAX : INSPECT_BYTES_MAX, .sink = sink, .tls = &api->tls, .no_redirects = true };
	if (!url.p)
		return error_nomem(err);
	int r = http_send(api->http, a, &q, ret, err);
	if (r < 0 && ret->failure == HTTP_FAIL_CONNECT) {
		if (err)
			err->code = ERR_NOT_FOUND; /* a socket nobody listens at: the engine does not run */
		return ERR_NOT_FOUND;
	}
	if (r < 0)
		return r;
	if (ret->status == 404)
		return error_set(err, ERR_NOT_FOUND, "the engine has no image %.*s", STR_FMT(str_sub(name, 0, 200)));
	if (ret->status != 200)
		return error_set(err, ret->status == 401 || ret->status == 403 ? ERR_AUTH : ERR_NETWORK, "the engine answered %u: %.*s", ret->status,
				 STR_FMT(message_of(a, ret->body)));
	return 0;
}

static int on_bytes(void *ctx, const void *p, size_t n, struct error *err)
{
	struct engine_api *api = ctx;
	const struct image_source_options *o = &api->s->opt;
	int r = file_pwrite(api->fd, p, n, api->bytes, err);
	api->bytes += n;
	if (r == 0 && o->progress && o->progress(o->progress_ctx, STR("image"), api->bytes, 0))
		r = error_set(err, ERR_CANCELLED, "cancelled");
	return r;
}

static int on_tick(void *ctx)
{
	const struct image_source *s = ctx;
	return s->opt.progress ? s->opt.progress(s->opt.progress_ctx, STR_NONE, 0, 0) : 0;
}

static int take_list(struct image_source *s, const struct value *list, struct str_vec *ret, struct error *err)
{
	value_foreach (it, list) {
		struct str copy = arena_str(&s->arena, value_text(it));
		if (!copy.p || (copy.n && !vec_push(&s->arena, ret, copy)))
			return error_nomem(err);
	}
	return 0;
}

/* --- the image --- */

static int inspect(struct engine_api *api, const struct engine_query *q, struct str *ret_id, struct str_vec *ret_tags, struct str_vec *ret_digests, struct error *err)
{
	const struct json_options opt = { .max_depth = 64, .utf8 = JSON_UTF8_REPLACE };
	struct http_response resp;
	struct document doc;
	/* The familiar form is what every engine knows its images by. */
	int r = get(api, q->is_name ? q->familiar : q->text, "json", NULL, &resp, err);
	if (r == ERR_NOT_FOUND && q->is_name && q->hex.n)
		r = get(api, q->text, "json", NULL, &resp, err);
	if (r < 0)
		return r;
	if ((r = json_parse(&api->s->arena, resp.body, &opt, &doc, NULL, err)) < 0)
		return error_wrap(err, r, "the engine's answer");
	*ret_id = value_str_c(doc.root, "Id");
	if (!oci_digest_is_valid(*ret_id))
		return error_set(err, ERR_FORMAT, "the engine's answer has no image id");
	r = take_list(api->s, value_get_c(doc.root, "RepoTags"), ret_tags, err);
	return r < 0 ? r : take_list(api->s, value_get_c(doc.root, "RepoDigests"), ret_digests, err);
}

static int fetch(struct engine_api *api, struct str id, struct error *err)
{
	const struct http_sink sink = { .data = on_bytes, .ctx = api };
	struct http_response resp;
	struct image_source *s = api->s;
	int r = file_tmp(s->opt.tmp_dir, &api->fd, err);
	if (r < 0 || (r = get(api, id, "get", &sink, &resp, err)) < 0)
		return r;
	r = archive_open(&s->arena, take_fd(&api->fd), STR("the engine's archive"), &s->opt, &s->archive, err);
	if (r < 0)
		return r;
	s->archive->identity = (struct layer_blob){ 0 }; /* a temporary file's says nothing about the image */
	/* Newer engines write an OCI layout too, whose layers have digests. */
	return archive_find(s->archive, STR("index.json")) && archive_find(s->archive, STR("oci-layout")) ? source_open_oci_archive(s, err)
													  : source_open_docker_archive(s, err);
}

static int open_image(struct engine_api *api, const struct engine_query *q, struct error *err)
{
	struct image_source *s = api->s;
	struct str_vec tags = { 0 }, digests = { 0 };
	struct str id;
	int r = inspect(api, q, &id, &tags, &digests, err);
	if (r == 0 && (r = fetch(api, id, err)) < 0)
		r = engine_unusable(r, err);
	if (r < 0)
		return r;
	/* Asked for by id, the archive has no names. */
	s->info.repo_tags = tags;
	s->info.repo_digests = digests;
	return 0;
}

int source_open_docker_socket(struct image_source *s, struct str host, const struct engine_query *q, struct error *err)
{
	struct engine_api api = { .s = s, .fd = -1 };
	struct http_client_options http = { .tick = on_tick, .tick_ctx = s, .stall_timeout_s = 600 }; /* an engine may think long before the first byte */
	s->info.artifact_name = q->text;
	int r = reach(&api, host, &http, err);
	if (r == 0)
		r = http_client_new(&http, &api.http, err);
	if (r == 0)
		r = open_image(&api, q, err);
	http_client_free(api.http);
	if (api.fd >= 0)
		close(api.fd);
	return r < 0 ? error_wrap(err, r, "engine at %.*s", STR_FMT(host)) : 0;
}
