#include "source/image/registry.h"

#include "base/defaults.h"
#include "base/log.h"
#include "format/json/json.h"
#include "format/oci/digest.h"
#include "source/image/registry_auth.h"
#include "sys/http/url.h"

#define ENDPOINTS_MAX  16
#define BLOB_MAX_BYTES (64ull << 30)
#define DIGEST_TRIES   2 /* a blob that arrives damaged is fetched once more from the same place */

struct registry {
	struct arena arena;
	struct oci_reference ref;
	const struct registry_options *opt;
	struct http_client *http;
	struct registry_endpoint endpoints[ENDPOINTS_MAX];
	size_t count;
};

static const struct registry_options no_options;

struct oci_reference_defaults registry_reference_defaults(void)
{
	return (struct oci_reference_defaults){ .host = default_get(STR("registry.default")), .alias = default_get(STR("registry.default-alias")),
						.namespace_ = default_get(STR("registry.default-namespace")) };
}

static int parse_mirror(struct arena *a, struct str text, struct registry_mirror *ret, struct error *err)
{
	struct str_vec urls = { 0 };
	struct str rest, url;
	struct url parsed;
	if (!str_cut(text, '=', &ret->prefix, &rest) || !ret->prefix.n || !rest.n)
		return error_set(err, ERR_USAGE, "mirror \"%.*s\": expected PREFIX=URL[,URL…]", STR_FMT(str_sub(text, 0, 200)));
	while (str_next(&rest, ',', &url)) {
		struct str full = str_contains(url, STR("://")) ? url : arena_printf(a, "https://%.*s", STR_FMT(url));
		if (!full.p || !vec_push(a, &urls, full))
			return error_nomem(err);
		if (url_parse(full, &parsed, err) < 0 || !(url_is_https(&parsed) || str_eq_nocase(parsed.scheme, STR("http"))))
			return error_set(err, ERR_USAGE, "mirror \"%.*s\": not an http or https address", STR_FMT(str_sub(url, 0, 200)));
	}
	ret->urls = urls.v;
	ret->url_count = urls.n;
	return 0;
}

int registry_mirrors_parse(struct arena *a, const struct str *texts, size_t count, struct registry_mirror **ret, struct error *err)
{
	struct registry_mirror *list = arena_new_array(a, struct registry_mirror, count + 1);
	int r = list ? 0 : error_nomem(err);
	for (size_t i = 0; i < count && r == 0; i++)
		r = parse_mirror(a, texts[i], &list[i], err);
	if (r == 0)
		*ret = list;
	return r;
}

/* Does "host/repository" start with the prefix, by whole components? Then *ret_rest is what follows it. */
static bool prefix_matches(struct str name, struct str prefix, struct str *ret_rest)
{
	str_strip_suffix(&prefix, STR("/"));
	if (!prefix.n || !str_has_prefix(name, prefix) || (name.n > prefix.n && name.p[prefix.n] != '/'))
		return false;
	*ret_rest = str_from(name, prefix.n + 1);
	return true;
}

static int add_mirror(struct registry *reg, struct str text, struct str repository, struct error *err)
{
	struct registry_endpoint *ep = &reg->endpoints[reg->count];
	struct url u;
	if (reg->count == ENDPOINTS_MAX - 1)
		return error_set(err, ERR_LIMIT, "more than %d mirrors for one image", ENDPOINTS_MAX - 1);
	bool has_scheme = str_has_prefix(text, STR("https://")) || str_has_prefix(text, STR("http://"));
	struct str full = has_scheme ? arena_str(&reg->arena, text) : arena_printf(&reg->arena, "https://%.*s", STR_FMT(text));
	if (!full.p)
		return error_nomem(err);
	if (url_parse(full, &u, err) < 0)
		return error_wrap(err, ERR_USAGE, "mirror");
	struct str path = u.path;
	str_strip_prefix(&path, STR("/"));
	str_strip_suffix(&path, STR("/"));
	ep->host = u.port.n ? arena_printf(&reg->arena, "%.*s:%.*s", STR_FMT(u.host), STR_FMT(u.port)) : arena_str(&reg->arena, u.host);
	ep->name = ep->host;
	ep->path = repository.n ? path : STR_NONE;
	ep->repository = repository.n ? repository : path;
	ep->scheme_fixed = ep->scheme_known = has_scheme;
	ep->plain = !url_is_https(&u);
	if (!ep->host.p)
		return error_nomem(err);
	if (!ep->repository.n)
		return error_set(err, ERR_USAGE, "mirror %.*s: the prefix is the whole name and the URL has no path", STR_FMT(text));
	reg->count++;
	return registry_endpoint_init(ep, reg->http, reg->opt, err);
}

static int add_endpoints(struct registry *reg, struct error *err)
{
	struct str name = arena_printf(&reg->arena, "%.*s/%.*s", STR_FMT(reg->ref.host), STR_FMT(reg->ref.repository)), rest;
	if (!name.p)
		return error_nomem(err);
	for (size_t i = 0; i < reg->opt->mirror_count; i++) {
		const struct registry_mirror *m = &reg->opt->mirrors[i];
		if (!prefix_matches(name, m->prefix, &rest))
			continue;
		for (size_t k = 0; k < m->url_count; k++) {
			int r = add_mirror(reg, m->urls[k], rest, err);
			if (r < 0)
				return r;
		}
	}
	struct registry_endpoint *ep = &reg->endpoints[reg->count++];
	bool is_default = str_eq(reg->ref.host, default_get(STR("registry.default")));
	ep->host = is_default ? default_get(STR("registry.default-host")) : reg->ref.host;
	ep->name = reg->ref.host;
	ep->repository = reg->ref.repository;
	ep->is_origin = true;
	return registry_endpoint_init(ep, reg->http, reg->opt, err);
}

int registry_open(const struct oci_reference *ref, const struct registry_options *opt, struct http_client *http, struct registry **ret,
		  struct error *err)
{
	struct registry *reg = calloc(1, sizeof(*reg));
	if (!reg)
		return error_nomem(err);
	arena_init(&reg->arena, 1 << 20);
	reg->opt = opt ? opt : &no_options;
	reg->http = http;
	reg->ref.host = arena_str(&reg->arena, ref->host);
	reg->ref.repository = arena_str(&reg->arena, ref->repository);
	int r = reg->ref.host.p && reg->ref.repository.p ? add_endpoints(reg, err) : error_nomem(err);
	if (r < 0) {
		registry_close(reg);
		return r;
	}
	*ret = reg;
	return 0;
}

struct registry *registry_close(struct registry *reg)
{
	if (!reg)
		return NULL;
	for (size_t i = 0; i < reg->count; i++)
		registry_endpoint_release(&reg->endpoints[i]);
	arena_release(&reg->arena);
	free(reg);
	return NULL;
}

/* {"errors":[{"code":"MANIFEST_UNKNOWN","message":"…"}]} -> "MANIFEST_UNKNOWN: …" */
static struct str server_message(struct arena *a, struct str body)
{
	const struct json_options opt = { .max_depth = 32, .max_nodes = 10000, .utf8 = JSON_UTF8_REPLACE };
	struct document doc;
	if (!body.n || json_parse(a, body, &opt, &doc, NULL, NULL) < 0)
		return STR_NONE;
	const struct value *e = value_at(value_get_c(doc.root, "errors"), 0);
	struct str code = str_sub(value_str_c(e, "code"), 0, 100), message = str_sub(value_str_c(e, "message"), 0, 200);
	return code.n ? arena_printf(a, "%.*s%s%.*s", STR_FMT(code), message.n ? ": " : "", STR_FMT(message)) : message;
}

/* A status other than success as an error. */
static int status_error(struct arena *a, const struct registry_endpoint *ep, const struct http_response *resp, struct str what, struct error *err)
{
	static const struct {
		unsigned status;
		int code;
		const char *text;
	} known[] = {
		{ 401, ERR_AUTH, "credentials are needed" },
		{ 403, ERR_AUTH, "access denied" },
		{ 404, ERR_NOT_FOUND, "not found" },
		{ 429, ERR_NETWORK, "too many requests" },
	};
	struct str message = server_message(a, resp->body);
	int code = ERR_NETWORK;
	const char *text = "unexpected answer";
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].status == resp->status) {
			code = known[i].code;
			text = known[i].text;
		}
	return error_set(err, code, "%.*s/%.*s: %.*s: %s (status %u%s%.*s)", STR_FMT(ep->name), STR_FMT(ep->repository), STR_FMT(what), text, resp->status,
			 message.n ? ", " : "", STR_FMT(message));
}

/* Is it worth asking the next endpoint? Not when we have to stop or this machine is the cause. */
static bool may_go_on(int r)
{
	return r != ERR_NOMEM && r != ERR_CANCELLED && r != ERR_USAGE && r != ERR_SYSTEM && r != ERR_UNSUPPORTED;
}

/* A mirror that failed once is not asked again by this registry object: each try may cost a time-out. */
static void pass_over(struct registry_endpoint *ep, const struct error *err)
{
	log_info("mirror %.*s passed over: %s", STR_FMT(ep->name), err->text);
	pthread_mutex_lock(&ep->lock);
	ep->passed_over = true;
	pthread_mutex_unlock(&ep->lock);
}

static bool is_passed_over(struct registry *reg, size_t i)
{
	struct registry_endpoint *ep = &reg->endpoints[i];
	pthread_mutex_lock(&ep->lock);
	bool passed_over = ep->passed_over;
	pthread_mutex_unlock(&ep->lock);
	return passed_over;
}

/* A GET into memory with retries; only the last endpoint is waited for. */
static int get_once(struct registry *reg, size_t i, struct arena *a, struct str path, const struct http_request *q, struct http_response *resp,
		    struct error *err)
{
	struct registry_endpoint *ep = &reg->endpoints[i];
	for (unsigned attempt = 1;; attempt++) {
		int r = registry_endpoint_send(ep, a, path, q, resp, err);
		if (!http_may_retry(r, resp) || i + 1 < reg->count)
			return r;
		int w = http_retry_wait(reg->http, &reg->opt->retry, attempt, resp, err);
		if (w < 0)
			return w == ERR_CANCELLED ? w : r;
	}
}

/* Tries `get` on each endpoint in turn. The error that is told is the registry's own, the last one's. */
struct get_request {
	struct str path, what;
	struct http_request request;
	int (*check)(struct arena *a, const struct http_response *resp, const struct get_request *q, void *ret, struct error *err);
	struct str digest; /* expected, or empty */
	uint64_t size;     /* expected, or 0 */
};

static int get_checked(struct registry *reg, struct arena *a, const struct get_request *g, void *ret, struct error *err)
{
	struct error last = { 0 }; /* err is untouched when a later try succeeds */
	int r = ERR_INTERNAL;
	for (size_t i = 0; i < reg->count; i++) {
		struct registry_endpoint *ep = &reg->endpoints[i];
		if (is_passed_over(reg, i))
			continue;
		for (int tries = 0; tries < DIGEST_TRIES; tries++) {
			struct http_response resp;
			r = get_once(reg, i, a, g->path, &g->request, &resp, &last);
			if (r == 0 && resp.status != 200)
				r = status_error(a, ep, &resp, g->what, &last);
			else if (r == 0 && (r = g->check(a, &resp, g, ret, &last)) < 0)
				error_wrap(&last, r, "%.*s/%.*s: %.*s", STR_FMT(ep->name), STR_FMT(ep->repository), STR_FMT(g->what));
			if (r != ERR_DIGEST)
				break;
		}
		if (r == 0 || !may_go_on(r))
			break;
		if (i + 1 < reg->count)
			pass_over(ep, &last);
	}
	if (r < 0 && err)
		*err = last;
	return r;
}

static int check_manifest(struct arena *a, const struct http_response *resp, const struct get_request *g, void *ret, struct error *err)
{
	struct registry_manifest *m = ret;
	struct str stated = http_response_header(resp, STR("docker-content-digest"));
	struct str expect = g->digest.n ? g->digest : stated;
	m->bytes = resp->body;
	m->media_type = http_response_header(resp, STR("content-type"));
	if (g->digest.n || (expect.n && oci_digest_is_valid(expect))) { /* what was asked for is checked, a malformed digest included */
		m->digest = expect;
		return oci_digest_check(resp->body, expect, err);
	}
	m->digest = oci_digest_of(a, resp->body);
	return m->digest.p ? 0 : error_nomem(err);
}

int registry_manifest(struct registry *reg, struct arena *a, struct str tag_or_digest, struct registry_manifest *ret, struct error *err)
{
	static const struct http_header accept[] = {
		{ STR_INIT("Accept"), STR_INIT(OCI_TYPE_INDEX ", " DOCKER_TYPE_INDEX ", " OCI_TYPE_MANIFEST ", " DOCKER_TYPE_MANIFEST) },
	};
	bool is_digest = str_find_char(tag_or_digest, ':') != STR_NOT_FOUND;
	struct get_request g = {
		.path = arena_printf(a, "manifests/%.*s", STR_FMT(tag_or_digest)),
		.what = arena_printf(a, "manifest %.*s", STR_FMT(tag_or_digest)),
		.request = { .headers = accept, .header_count = ARRAY_LEN(accept), .max_bytes = OCI_MANIFEST_BYTES_MAX },
		.check = check_manifest,
		.digest = is_digest ? tag_or_digest : STR_NONE,
	};
	if (!g.path.p || !g.what.p)
		return error_nomem(err);
	return get_checked(reg, a, &g, ret, err);
}

/* --- tags --- */

#define TAGS_MAX      10000u
#define TAG_PAGES_MAX 1000u
#define TAG_PAGE      "1000"

struct tag_page {
	struct str_vec *list;
	struct str next; /* query of the next page, empty: this is the last */
};

/* Link: </v2/app/tags/list?last=b&n=2>; rel="next"  (RFC 8288). Only the query is taken: the next page is on the same registry. */
static struct str next_query(struct str link)
{
	struct str target, rest, query;
	if (!str_cut(link, '<', &target, &rest) || !str_cut(rest, '>', &target, &rest) || !str_contains(rest, STR("next")) || !str_cut(target, '?', &rest, &query))
		return STR_NONE;
	for (size_t i = 0; i < query.n; i++)
		if (query.p[i] <= ' ' || query.p[i] > '~' || query.p[i] == '#')
			return STR_NONE;
	return query;
}

static int check_tags(struct arena *a, const struct http_response *resp, const struct get_request *g, void *ret, struct error *err)
{
	const struct json_options opt = { .max_depth = 16 };
	struct tag_page *page = ret;
	struct document doc;
	int r = json_parse(a, resp->body, &opt, &doc, NULL, err);
	if (r < 0)
		return r;
	const struct value *tags = value_get_c(doc.root, "tags");
	value_foreach (it, tags) {
		struct str tag = value_text(it);
		if (!oci_tag_is_valid(tag))
			return error_set(err, ERR_FORMAT, "a tag that is none: \"%.*s\"", STR_FMT(str_sub(tag, 0, 100)));
		if (page->list->n == TAGS_MAX)
			return error_set(err, ERR_LIMIT, "more than %u tags", TAGS_MAX);
		if (!vec_push(a, page->list, tag))
			return error_nomem(err);
	}
	page->next = next_query(http_response_header(resp, STR("link")));
	return 0;
}

int registry_tags(struct registry *reg, struct arena *a, struct str_vec *ret, struct error *err)
{
	struct str_vec list = { 0 };
	struct str query = STR("n=" TAG_PAGE), before = STR_NONE;
	for (unsigned pages = 0; query.n && !str_eq(query, before); pages++) {
		struct tag_page page = { .list = &list };
		size_t had = list.n;
		struct get_request g = { .path = arena_printf(a, "tags/list?%.*s", STR_FMT(query)), .what = STR("tags"), .request = { .max_bytes = OCI_MANIFEST_BYTES_MAX },
					 .check = check_tags };
		if (pages == TAG_PAGES_MAX)
			return error_set(err, ERR_LIMIT, "more than %u pages of tags", TAG_PAGES_MAX);
		int r = g.path.p ? get_checked(reg, a, &g, &page, err) : error_nomem(err);
		if (r < 0)
			return r;
		before = query;
		query = list.n > had ? page.next : STR_NONE;
	}
	*ret = list;
	return 0;
}

static int check_blob(struct arena *a, const struct http_response *resp, const struct get_request *g, void *ret, struct error *err)
{
	struct str *body = ret;
	*body = resp->body;
	if (g->size != resp->body.n)
		return error_set(err, ERR_DIGEST, "%zu bytes instead of %llu", resp->body.n, (unsigned long long)g->size);
	return oci_digest_check(resp->body, g->digest, err);
}

int registry_blob_bytes(struct registry *reg, struct arena *a, const struct oci_descriptor *d, uint64_t max_bytes, struct str *ret, struct error *err)
{
	struct get_request g = {
		.path = arena_printf(a, "blobs/%.*s", STR_FMT(d->digest)),
		.what = arena_printf(a, "blob %.*s", STR_FMT(d->digest)),
		.request = { .max_bytes = MAX_OF(d->size, 1u) },
		.check = check_blob,
		.digest = d->digest,
		.size = d->size,
	};
	if (d->size > max_bytes)
		return error_set(err, ERR_LIMIT, "blob %.*s: %llu bytes, more than the limit of %llu", STR_FMT(d->digest), (unsigned long long)d->size,
				 (unsigned long long)max_bytes);
	if (!g.path.p || !g.what.p)
		return error_nomem(err);
	return get_checked(reg, a, &g, ret, err);
}

/* What a download's callbacks share. */
struct blob_transfer {
	struct registry *reg;
	struct registry_endpoint *ep; /* NULL: a foreign layer's own address */
	const struct oci_descriptor *d;
	struct str path;
	struct oci_hasher hasher;
	int (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

static int blob_send(void *ctx, struct arena *a, const struct http_request *q, struct http_response *ret, struct error *err)
{
	struct blob_transfer *t = ctx;
	return registry_endpoint_send(t->ep, a, t->path, q, ret, err);
}

static int blob_restart(void *ctx, struct error *err)
{
	struct blob_transfer *t = ctx;
	return oci_hasher_init(&t->hasher, t->d->digest, err);
}

static int blob_bytes(void *ctx, const void *p, size_t n, struct error *err)
{
	struct blob_transfer *t = ctx;
	oci_hasher_update(&t->hasher, p, n);
	if (t->progress && t->progress(t->ctx, t->hasher.bytes, t->d->size))
		return error_set(err, ERR_CANCELLED, "cancelled");
	return 0;
}

static int fetch_once(struct blob_transfer *t, struct arena *a, struct http_download *d, bool is_last, struct error *err)
{
	struct http_response resp;
	uint64_t bytes;
	int r = blob_restart(t, err);
	/* A mirror gets one try more for a broken transfer; the registry itself all that the options say. */
	d->retry = t->reg->opt->retry;
	if (!is_last)
		d->retry.attempts = 2;
	if (r == 0)
		r = http_download(t->reg->http, a, d, &resp, &bytes, err);
	if (r < 0)
		return r;
	if (resp.status != 200 && resp.status != 206) {
		const struct registry_endpoint foreign = { .name = STR("foreign layer"), .repository = resp.url };
		return status_error(a, t->ep ? t->ep : &foreign, &resp, t->path, err);
	}
	return oci_hasher_check(&t->hasher, err);
}

static int fetch_from(struct blob_transfer *t, struct arena *a, struct http_download *d, bool is_last, struct error *err)
{
	int r = 0;
	for (int tries = 0; tries < DIGEST_TRIES; tries++) {
		r = fetch_once(t, a, d, is_last, err);
		if (r != ERR_DIGEST)
			break;
		log_info("blob %.*s arrived damaged: %s", STR_FMT(t->d->digest), err->text);
	}
	return r;
}

int registry_blob(struct registry *reg, const struct oci_descriptor *desc, int fd, int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
		  struct error *err)
{
	struct error last = { 0 };
	struct arena a;
	struct blob_transfer t = { .reg = reg, .d = desc, .progress = progress, .ctx = ctx };
	struct http_download d = { .fd = fd, .expect_bytes = desc->size, .restart = blob_restart, .bytes = blob_bytes, .bytes_ctx = &t };
	int r;
	if (desc->size > BLOB_MAX_BYTES)
		return error_set(err, ERR_LIMIT, "blob %.*s: %llu bytes, more than the limit", STR_FMT(desc->digest), (unsigned long long)desc->size);
	if (desc->size == 0)
		return oci_digest_check(STR(""), desc->digest, err);
	arena_init(&a, 64 << 20);
	t.path = arena_printf(&a, "blobs/%.*s", STR_FMT(desc->digest));
	r = t.path.p ? ERR_INTERNAL : error_nomem(&last);
	d.send = blob_send;
	d.send_ctx = &t;
	for (size_t i = 0; i < reg->count && t.path.p; i++) {
		t.ep = &reg->endpoints[i];
		if (is_passed_over(reg, i))
			continue;
		r = fetch_from(&t, &a, &d, i + 1 == reg->count, &last);
		if (r == 0 || !may_go_on(r))
			break;
		if (i + 1 < reg->count)
			pass_over(t.ep, &last);
	}
	/* Layers that stay with their publisher; their digest vouches for them. */
	for (size_t i = 0; r == ERR_NOT_FOUND && oci_type_is_foreign_layer(desc->media_type) && i < desc->urls.n; i++) {
		if (!str_has_prefix(desc->urls.v[i], STR("https://")))
			continue;
		t.ep = NULL;
		d.send = NULL;
		d.request.url = desc->urls.v[i];
		r = fetch_from(&t, &a, &d, true, &last);
	}
	arena_release(&a);
	if (r < 0 && err)
		*err = last;
	return r < 0 ? error_wrap(err, r, "blob %.*s", STR_FMT(desc->digest)) : 0;
}
