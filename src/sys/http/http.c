#include "sys/http/http.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/log.h"
#include "sys/http/curl_api.h"
#include "sys/http/http_internal.h"
#include "sys/http/url.h"

#define HEADERS_MAX_BYTES    (256u << 10)
#define ERROR_BODY_MAX_BYTES (16u << 10)
#define DEFAULT_MAX_BYTES    (1u << 20)
#define REDIRECTS_MAX        10
#define IDLE_HANDLES_MAX     8

struct http_client {
	pthread_mutex_t lock; /* protects loaded, idle */
	bool loaded;
	struct curl_api curl;
	CURL *idle[IDLE_HANDLES_MAX]; /* with their open connections */
	size_t idle_count;
	struct http_client_options opt;
	struct arena arena;
};

/* One request under way: what libcurl's callbacks see. */
struct transfer {
	struct http_client *client;
	struct arena *arena;
	const struct http_request *q;
	struct http_response *resp;
	struct buf body;
	uint64_t header_bytes;
	bool began;
	int code;          /* what a callback failed with */
	struct error *err; /* and its text */
};

int http_client_new(const struct http_client_options *opt, struct http_client **ret, struct error *err)
{
	struct http_client *c = calloc(1, sizeof(*c));
	if (!c)
		return error_nomem(err);
	pthread_mutex_init(&c->lock, NULL);
	arena_init(&c->arena, 1 << 20);
	if (opt)
		c->opt = *opt;
	c->opt.user_agent = arena_str(&c->arena, c->opt.user_agent.n ? c->opt.user_agent : STR("bulkhead"));
	if (!c->opt.connect_timeout_s)
		c->opt.connect_timeout_s = 15;
	if (!c->opt.stall_timeout_s)
		c->opt.stall_timeout_s = 30;
	if (c->opt.unix_socket.n)
		c->opt.unix_socket = arena_str(&c->arena, c->opt.unix_socket); /* NUL-terminated, as libcurl wants it */
	if (!c->opt.user_agent.p || (c->opt.unix_socket.n && !c->opt.unix_socket.p)) {
		http_client_free(c);
		return error_nomem(err);
	}
	*ret = c;
	return 0;
}

struct http_client *http_client_free(struct http_client *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->idle_count; i++)
		c->curl.easy_cleanup(c->idle[i]);
	if (c->loaded)
		c->curl.global_cleanup();
	arena_release(&c->arena);
	pthread_mutex_destroy(&c->lock);
	free(c);
	return NULL;
}

int http_tick(struct http_client *c)
{
	return c->opt.tick ? c->opt.tick(c->opt.tick_ctx) : 0;
}

time_t http_parse_date(struct http_client *c, const char *text)
{
	return c->loaded ? c->curl.getdate(text, NULL) : -1;
}

static int handle_take(struct http_client *c, CURL **ret, struct error *err)
{
	int r = 0;
	CURL *h = NULL;
	pthread_mutex_lock(&c->lock);
	if (!c->loaded && (r = curl_api_load(&c->curl, err)) == 0)
		c->loaded = true;
	if (r == 0 && c->idle_count)
		h = c->idle[--c->idle_count];
	pthread_mutex_unlock(&c->lock);
	if (r < 0)
		return r;
	if (!h && !(h = c->curl.easy_init()))
		return error_nomem(err);
	*ret = h;
	return 0;
}

static void handle_return(struct http_client *c, CURL *h)
{
	c->curl.easy_reset(h); /* keeps connections */
	pthread_mutex_lock(&c->lock);
	if (c->idle_count < IDLE_HANDLES_MAX) {
		c->idle[c->idle_count++] = h;
		h = NULL;
	}
	pthread_mutex_unlock(&c->lock);
	if (h)
		c->curl.easy_cleanup(h);
}

struct str http_response_header(const struct http_response *resp, struct str name)
{
	for (size_t i = 0; i < resp->headers.n; i++)
		if (str_eq_nocase(resp->headers.v[i].name, name))
			return resp->headers.v[i].value;
	return STR_NONE;
}

/* "HTTP/1.1 200 OK" */
static bool parse_status_line(struct str line, unsigned *ret)
{
	struct str version, rest, code;
	uint64_t n;
	if (!str_has_prefix(line, STR("HTTP/")) || !str_cut(line, ' ', &version, &rest))
		return false;
	str_cut(rest, ' ', &code, &rest);
	if (code.n != 3 || str_to_u64(code, &n) < 0)
		return false;
	*ret = (unsigned)n;
	return true;
}

static size_t on_header(char *p, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	struct str line = str_trim(str_make(p, size * count)), name, value;
	unsigned status;
	t->header_bytes += size * count;
	if (t->header_bytes > HEADERS_MAX_BYTES) {
		t->code = error_set(t->err, ERR_LIMIT, "more than %u KiB of headers", HEADERS_MAX_BYTES >> 10);
		return 0;
	}
	if (parse_status_line(line, &status)) { /* a new answer: after 100 Continue, after a proxy's own */
		t->resp->status = status;
		t->resp->headers.n = 0;
		return size * count;
	}
	if (!str_cut(line, ':', &name, &value))
		return size * count;
	struct http_header *h = vec_add(t->arena, &t->resp->headers);
	if (h) {
		h->name = arena_str(t->arena, str_trim(name));
		h->value = arena_str(t->arena, str_trim(value));
	}
	if (!h || !h->name.p || !h->value.p) {
		t->code = error_nomem(t->err);
		return 0;
	}
	return size * count;
}

static bool is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static uint64_t body_limit(const struct http_request *q)
{
	return q->max_bytes ? q->max_bytes : DEFAULT_MAX_BYTES;
}

static size_t on_body(char *p, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	size_t n = size * count;
	bool success = t->resp->status >= 200 && t->resp->status < 300;
	t->resp->received += n;
	if (!success) { /* an error page: its start is enough for a message */
		size_t room = ERROR_BODY_MAX_BYTES - MIN_OF(t->body.n, ERROR_BODY_MAX_BYTES);
		buf_add_bytes(&t->body, p, MIN_OF(n, room));
		if (t->resp->received > (1u << 20)) { /* enough of it: the connection is not worth reading on */
			t->code = ERR_LIMIT;
			return 0;
		}
		return n;
	}
	if (t->resp->received > body_limit(t->q)) {
		t->code = error_set(t->err, ERR_LIMIT, "the answer is larger than the limit of %llu bytes", (unsigned long long)body_limit(t->q));
		return 0;
	}
	if (!t->q->sink) {
		buf_add_bytes(&t->body, p, n);
		if (buf_failed(&t->body)) {
			t->code = error_nomem(t->err);
			return 0;
		}
		return n;
	}
	if (!t->began && t->q->sink->begin)
		t->code = t->q->sink->begin(t->q->sink->ctx, t->resp, t->err);
	t->began = true;
	if (t->code == 0)
		t->code = t->q->sink->data(t->q->sink->ctx, p, n, t->err);
	return t->code < 0 ? 0 : n;
}

static int on_progress(void *ctx, curl_off_t dl_total, curl_off_t dl_now, curl_off_t ul_total, curl_off_t ul_now)
{
	struct transfer *t = ctx;
	if (http_tick(t->client) == 0)
		return 0;
	t->code = error_set(t->err, ERR_CANCELLED, "cancelled");
	return 1;
}

static bool header_is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
			return false;
	return true;
}

static int add_header(struct transfer *t, struct curl_slist **list, struct str name, struct str value, struct error *err)
{
	if (!header_is_clean(name) || !header_is_clean(value))
		return error_set(err, ERR_USAGE, "control character in the header %.*s", STR_FMT(str_sub(name, 0, 64)));
	/* libcurl's way to send an empty value is a semicolon. */
	struct str line = value.n ? arena_printf(t->arena, "%.*s: %.*s", STR_FMT(name), STR_FMT(value)) : arena_printf(t->arena, "%.*s;", STR_FMT(name));
	struct curl_slist *longer = line.p ? t->client->curl.slist_append(*list, line.p) : NULL;
	if (!longer)
		return error_nomem(err);
	*list = longer;
	return 0;
}

static int set_headers(struct transfer *t, bool with_credentials, struct curl_slist **list, struct error *err)
{
	const struct http_request *q = t->q;
	int r = 0;
	for (size_t i = 0; i < q->header_count && r == 0; i++)
		if (with_credentials || !str_eq_nocase(q->headers[i].name, STR("cookie")))
			r = add_header(t, list, q->headers[i].name, q->headers[i].value, err);
	if (r == 0 && with_credentials && q->authorization.n)
		r = add_header(t, list, STR("Authorization"), q->authorization, err);
	if (r == 0 && q->method == HTTP_POST)
		r = add_header(t, list, STR("Content-Type"), q->content_type.n ? q->content_type : STR("application/octet-stream"), err);
	if (r == 0 && q->method == HTTP_POST) { /* no waiting for 100 Continue: this is how libcurl is told to leave its header out */
		struct curl_slist *longer = t->client->curl.slist_append(*list, "Expect:");
		if (!longer)
			return error_nomem(err);
		*list = longer;
	}
	return r;
}

static const char *env(const char *name)
{
	const char *v = getenv(name);
	return v && *v ? v : NULL;
}

static int set_tls(struct transfer *t, CURL *h, struct error *err)
{
	const struct curl_api *curl = &t->client->curl;
	const struct http_tls none = { 0 }, *tls = t->q->tls ? t->q->tls : &none;
	struct str ca_file = tls->ca_file.n ? tls->ca_file : str_c(env("SSL_CERT_FILE"));
	struct str ca_dir = tls->ca_dir.n ? tls->ca_dir : str_c(env("SSL_CERT_DIR"));
	const struct {
		CURLoption option;
		struct str value;
		const char *what;
	} files[] = {
		{ CURLOPT_CAINFO, ca_file, "CA file" },
		{ CURLOPT_CAPATH, ca_dir, "CA folder" },
		{ CURLOPT_SSLCERT, tls->client_cert, "client certificate" },
		{ CURLOPT_SSLKEY, tls->client_key.n ? tls->client_key : tls->client_cert, "client key" },
	};
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!files[i].value.n)
			continue;
		const char *path = arena_cstr(t->arena, files[i].value);
		if (!path)
			return error_nomem(err);
		if (access(path, R_OK) < 0)
			return error_set_errno(err, errno, "%s %s", files[i].what, path);
		if (curl->easy_setopt(h, files[i].option, path) != CURLE_OK)
			return error_nomem(err);
	}
	curl->easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (tls->insecure) {
		curl->easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
		curl->easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return 0;
}

static void set_proxy(struct transfer *t, CURL *h, const struct url *u)
{
	const struct curl_api *curl = &t->client->curl;
	if (t->client->opt.unix_socket.n)
		curl->easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, t->client->opt.unix_socket.p);
	if (t->client->opt.unix_socket.n || url_host_is_loopback(u->host)) {
		curl->easy_setopt(h, CURLOPT_PROXY, "");
		return;
	}
	/* libcurl ignores HTTP_PROXY in capitals, because of CGI; other container tools do not. */
	if (!url_is_https(u) && !env("http_proxy") && !env("REQUEST_METHOD") && env("HTTP_PROXY"))
		curl->easy_setopt(h, CURLOPT_PROXY, env("HTTP_PROXY"));
}

static enum http_failure failure_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_FAIL_NONE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_FAIL_RESOLVE;
	case CURLE_COULDNT_CONNECT:
		return HTTP_FAIL_CONNECT;
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_FAIL_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		return HTTP_FAIL_TLS_VERIFY;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_FAIL_TIMEOUT;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_WEIRD_SERVER_REPLY:
		return HTTP_FAIL_TRANSFER;
	default:
		return HTTP_FAIL_OTHER;
	}
}

/* One exchange without redirects, on handle h. */
static int perform(struct transfer *t, CURL *h, struct str url, bool with_credentials, bool post, struct error *err)
{
	const struct curl_api *curl = &t->client->curl;
	const struct http_request *q = t->q;
	char detail[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	struct url u;
	int r = url_parse(url, &u, err);
	if (r < 0)
		return r;
	const char *curl_url = arena_cstr(t->arena, url);
	if (!curl_url)
		return error_nomem(err);

	curl->easy_setopt(h, CURLOPT_URL, curl_url);
	curl->easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl->easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl->easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl->easy_setopt(h, CURLOPT_USERAGENT, t->client->opt.user_agent.p);
	curl->easy_setopt(h, CURLOPT_ERRORBUFFER, detail);
	curl->easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)t->client->opt.connect_timeout_s);
	curl->easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl->easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)t->client->opt.stall_timeout_s);
	curl->easy_setopt(h, CURLOPT_TIMEOUT, (long)q->total_timeout_s);
	curl->easy_setopt(h, CURLOPT_BUFFERSIZE, 256L << 10);
	curl->easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
	curl->easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	curl->easy_setopt(h, CURLOPT_HEADERDATA, t);
	curl->easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl->easy_setopt(h, CURLOPT_WRITEDATA, t);
	curl->easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	curl->easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl->easy_setopt(h, CURLOPT_XFERINFODATA, t);
	if (post) {
		curl->easy_setopt(h, CURLOPT_POST, 1L);
		curl->easy_setopt(h, CURLOPT_POSTFIELDS, q->body.p ? q->body.p : "");
		curl->easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
	} else {
		curl->easy_setopt(h, q->method == HTTP_HEAD ? CURLOPT_NOBODY : CURLOPT_HTTPGET, 1L);
	}
	set_proxy(t, h, &u);
	if ((r = set_tls(t, h, err)) < 0 || (r = set_headers(t, with_credentials, &headers, err)) < 0)
		goto out;
	if (q->range_from) {
		char range[48];
		snprintf(range, sizeof(range), "bytes=%llu-", (unsigned long long)q->range_from);
		if ((r = add_header(t, &headers, STR("Range"), str_c(range), err)) < 0)
			goto out;
	}
	curl->easy_setopt(h, CURLOPT_HTTPHEADER, headers);

	t->code = 0;
	t->began = false;
	t->header_bytes = 0;
	t->resp->status = 0;
	t->resp->headers.n = 0;
	t->resp->received = 0;
	buf_clear(&t->body);
	CURLcode code = curl->easy_perform(h);
	bool success = t->resp->status >= 200 && t->resp->status < 300;
	if (t->code == ERR_LIMIT && t->resp->status && !success)
		code = CURLE_OK; /* an endless error page: its status is the answer */
	t->resp->failure = failure_of(code);
	if (code == CURLE_OK && success && q->sink && !t->began && q->sink->begin && q->method != HTTP_HEAD) { /* an empty body begins, too */
		r = q->sink->begin(q->sink->ctx, t->resp, err);
		if (r < 0)
			t->resp->failure = HTTP_FAIL_OTHER;
	} else if (code != CURLE_OK) {
		const char *why = detail[0] ? detail : curl->easy_strerror(code);
		if (t->code < 0) {
			t->resp->failure = HTTP_FAIL_OTHER;
			r = t->code;
		} else {
			r = error_set(err, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : code == CURLE_OUT_OF_MEMORY ? ERR_NOMEM : ERR_NETWORK, "%s", why);
		}
	}
out:
	curl->easy_setopt(h, CURLOPT_HTTPHEADER, NULL);
	curl->easy_setopt(h, CURLOPT_ERRORBUFFER, NULL);
	curl->slist_free_all(headers);
	return r;
}

/* Where a 3xx answer leads; ERR_NETWORK when it must not be followed. */
static int next_hop(struct transfer *t, struct str from, struct str *ret, bool *with_credentials, bool *post, struct error *err)
{
	struct str location = http_response_header(t->resp, STR("location")), to;
	struct url a, b;
	if (!location.n)
		return error_set(err, ERR_NETWORK, "redirect (%u) without a Location", t->resp->status);
	int r = url_join(t->arena, from, location, &to, err);
	if (r < 0 || (r = url_parse(from, &a, err)) < 0 || (r = url_parse(to, &b, err)) < 0)
		return error_wrap(err, r, "redirect (%u)", t->resp->status);
	if (!url_is_https(&b) && !str_eq_nocase(b.scheme, STR("http")))
		return error_set(err, ERR_NETWORK, "redirect to another protocol (%.*s)", STR_FMT(b.scheme));
	if (url_is_https(&a) && !url_is_https(&b) && !t->q->allow_downgrade)
		return error_set(err, ERR_NETWORK, "redirect from https to plain http (%.*s) refused", STR_FMT(b.host));
	bool same = url_same_origin(&a, &b);
	if (*post && (t->resp->status == 307 || t->resp->status == 308)) {
		if (!same)
			return error_set(err, ERR_NETWORK, "redirect of a POST to another host (%.*s) refused", STR_FMT(b.host));
	} else {
		*post = false;
	}
	*with_credentials = *with_credentials && same;
	*ret = to;
	return 0;
}

int http_send(struct http_client *c, struct arena *a, const struct http_request *q, struct http_response *ret, struct error *err)
{
	struct error local = { 0 };
	struct transfer t = { .client = c, .arena = a, .q = q, .resp = ret, .err = err ? err : &local };
	struct str url = q->url;
	bool with_credentials = true, post = q->method == HTTP_POST;
	CURL *h;
	*ret = (struct http_response){ .url = url, .failure = HTTP_FAIL_OTHER };
	if (c->opt.offline) {
		ret->failure = HTTP_FAIL_OFFLINE;
		struct str shown = url_for_message(a, url);
		return error_set(err, ERR_NETWORK, "%.*s: the network was ruled out by --offline", STR_FMT(shown));
	}
	int r = handle_take(c, &h, err);
	if (r < 0)
		return r;
	buf_init(&t.body, q->sink ? ERROR_BODY_MAX_BYTES : MAX_OF(body_limit(q), ERROR_BODY_MAX_BYTES));
	for (int hop = 0;; hop++) {
		r = perform(&t, h, url, with_credentials, post, t.err);
		log_debug("http: %s %.*s -> %u%s%s", post ? "POST" : q->method == HTTP_HEAD ? "HEAD" : "GET", STR_FMT(url_for_message(a, url)), ret->status,
			  r < 0 ? " " : "", r < 0 ? t.err->text : "");
		ret->url = url;
		if (r < 0 || !is_redirect(ret->status) || q->no_redirects)
			break;
		if (hop == REDIRECTS_MAX)
			r = error_set(t.err, ERR_NETWORK, "more than %d redirects", REDIRECTS_MAX);
		else
			r = next_hop(&t, url, &url, &with_credentials, &post, t.err);
		if (r < 0) {
			ret->failure = HTTP_FAIL_OTHER;
			break;
		}
		c->curl.easy_reset(h);
	}
	if (r == 0 && t.body.n) {
		ret->body = arena_str(a, buf_str(&t.body));
		if (!ret->body.p)
			r = error_nomem(t.err);
	}
	buf_release(&t.body);
	handle_return(c, h);
	if (r < 0)
		return error_wrap(t.err, r, "%.*s", STR_FMT(url_for_message(a, ret->url)));
	return 0;
}
