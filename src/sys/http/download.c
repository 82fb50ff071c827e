#include <sys/random.h>

#include "base/log.h"
#include "sys/http/http_internal.h"

#define DEFAULT_ATTEMPTS 4
#define DEFAULT_BASE_MS  500
#define DEFAULT_MAX_MS   60000
#define PROGRESS_BYTES   (1u << 20) /* so much more data earns a download its attempts back */

bool http_may_retry(int code, const struct http_response *resp)
{
	switch (resp->failure) {
	case HTTP_FAIL_RESOLVE:
	case HTTP_FAIL_CONNECT:
	case HTTP_FAIL_TRANSFER:
	case HTTP_FAIL_TIMEOUT:
		return true;
	case HTTP_FAIL_NONE:
		break;
	default:
		return false;
	}
	return code == 0 && (resp->status == 408 || resp->status == 425 || resp->status == 429 || resp->status == 500 || resp->status == 502 ||
			     resp->status == 503 || resp->status == 504);
}

/* Retry-After in milliseconds (RFC 9110, 10.2.3); 0 when there is none. */
static uint64_t retry_after_ms(struct http_client *c, const struct http_response *resp)
{
	struct str value = http_response_header(resp, STR("retry-after"));
	uint64_t seconds;
	if (!value.n || value.n > 64)
		return 0;
	if (str_to_u64(value, &seconds) == 0)
		return MIN_OF(seconds, (uint64_t)UINT32_MAX) * 1000;
	char text[72];
	snprintf(text, sizeof(text), "%.*s", STR_FMT(value));
	time_t when = http_parse_date(c, text), now = time(NULL);
	return when > now ? (uint64_t)(when - now) * 1000 : 0;
}

int http_retry_wait(struct http_client *c, const struct http_retry *retry, unsigned attempt, const struct http_response *resp, struct error *err)
{
	unsigned attempts = retry && retry->attempts ? retry->attempts : DEFAULT_ATTEMPTS;
	uint64_t base = retry && retry->base_ms ? retry->base_ms : DEFAULT_BASE_MS;
	uint64_t most = retry && retry->max_ms ? retry->max_ms : DEFAULT_MAX_MS;
	if (attempt >= attempts)
		return ERR_LIMIT;
	uint64_t asked = retry_after_ms(c, resp);
	if (asked > most)
		return ERR_LIMIT;
	uint64_t pause = MIN_OF(base << MIN_OF(attempt - 1, 20u), most), random = 0;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) == (ssize_t)sizeof(random))
		pause = pause / 2 + random % (pause / 2 + 1); /* many clients must not come back in step */
	pause = MAX_OF(pause, asked);
	log_debug("http: retry in %llu ms", (unsigned long long)pause);
	while (true) {
		if (http_tick(c))
			return error_set(err, ERR_CANCELLED, "cancelled");
		if (!pause)
			return 0;
		uint64_t ms = MIN_OF(pause, (uint64_t)200);
		struct timespec ts = { .tv_nsec = (long)ms * 1000000 };
		nanosleep(&ts, NULL);
		pause -= ms;
	}
}

int http_send_retry(struct http_client *c, struct arena *a, const struct http_request *q, const struct http_retry *retry, struct http_response *ret,
		    struct error *err)
{
	struct error last = { 0 }; /* err is untouched when a later attempt succeeds */
	int r;
	for (unsigned attempt = 1;; attempt++) {
		r = http_send(c, a, q, ret, &last);
		if (!http_may_retry(r, ret))
			break;
		int w = http_retry_wait(c, retry, attempt, ret, &last);
		if (w == ERR_CANCELLED)
			r = w;
		if (w < 0)
			break;
	}
	if (r < 0 && err)
		*err = last;
	return r;
}

struct state {
	const struct http_download *d;
	uint64_t offset; /* bytes in the file */
	struct str if_range;
	struct arena *arena;
};

/* "bytes 100-199/200" -> 100 */
static bool content_range_start(struct str value, uint64_t *ret)
{
	struct str start, rest;
	return str_strip_prefix(&value, STR("bytes ")) && str_cut(value, '-', &start, &rest) && str_to_u64(str_trim(start), ret) == 0;
}

static int on_begin(void *ctx, const struct http_response *resp, struct error *err)
{
	struct state *s = ctx;
	uint64_t start = 0;
	if (resp->status == 206 && !content_range_start(http_response_header(resp, STR("content-range")), &start))
		return error_set(err, ERR_NETWORK, "partial content without a usable Content-Range");
	if (resp->status == 206 && start != s->offset)
		return error_set(err, ERR_NETWORK, "partial content starts at %llu instead of %llu", (unsigned long long)start, (unsigned long long)s->offset);
	struct str etag = http_response_header(resp, STR("etag"));
	if (etag.n && !str_has_prefix(etag, STR("W/"))) { /* weak ones do not vouch for bytes */
		s->if_range = arena_str(s->arena, etag);
		if (!s->if_range.p)
			return error_nomem(err);
	}
	if (resp->status == 206 || s->offset == 0)
		return 0;
	s->offset = 0; /* the server starts anew */
	return s->d->restart ? s->d->restart(s->d->bytes_ctx, err) : 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct error *err)
{
	struct state *s = ctx;
	const struct http_download *d = s->d;
	const char *bytes = p;
	if (d->expect_bytes && n > d->expect_bytes - s->offset)
		return error_set(err, ERR_DIGEST, "more than the %llu bytes declared", (unsigned long long)d->expect_bytes);
	int r = d->bytes ? d->bytes(d->bytes_ctx, p, n, err) : 0;
	if (r < 0)
		return r;
	while (n) {
		ssize_t w = pwrite(d->fd, bytes, n, (off_t)s->offset);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return error_set_errno(err, w < 0 ? errno : EIO, "write to temporary file");
		bytes += w;
		n -= (size_t)w;
		s->offset += (uint64_t)w;
	}
	return 0;
}

/* One request from s->offset on. */
static int send_once(struct http_client *c, struct arena *a, struct state *s, struct http_response *ret, struct error *err)
{
	const struct http_download *d = s->d;
	const struct http_sink sink = { on_begin, on_data, s };
	struct http_request q = d->request;
	struct http_header *headers = arena_new_array(a, struct http_header, q.header_count + 1);
	if (!headers)
		return error_nomem(err);
	if (q.header_count)
		memcpy(headers, q.headers, q.header_count * sizeof(*headers));
	q.headers = headers;
	q.sink = &sink;
	q.range_from = s->offset;
	if (d->expect_bytes)
		q.max_bytes = d->expect_bytes + 1; /* on_data tells the story better */
	if (s->offset && s->if_range.n)
		headers[q.header_count++] = (struct http_header){ STR("If-Range"), s->if_range };
	return d->send ? d->send(d->send_ctx, a, &q, ret, err) : http_send(c, a, &q, ret, err);
}

int http_download(struct http_client *c, struct arena *a, const struct http_download *d, struct http_response *ret, uint64_t *ret_bytes,
		  struct error *err)
{
	struct state s = { .d = d, .offset = d->have_bytes, .if_range = d->if_range, .arena = a };
	struct error last = { 0 };
	uint64_t mark = s.offset;
	unsigned attempt = 0;
	int r;
	for (;;) {
		bool short_read = false;
		r = send_once(c, a, &s, ret, &last);
		if (r == 0 && ret->status == 416 && s.offset) { /* nothing to resume after all: from the start */
			s.offset = 0;
			if (d->restart && (r = d->restart(d->bytes_ctx, &last)) < 0)
				break;
			short_read = true;
		} else if (r == 0 && (ret->status == 200 || ret->status == 206)) {
			if (!d->expect_bytes || s.offset == d->expect_bytes)
				break;
			r = error_set(&last, ERR_NETWORK, "only %llu of %llu bytes came", (unsigned long long)s.offset, (unsigned long long)d->expect_bytes);
			short_read = true;
		}
		if (!short_read && !http_may_retry(r, ret))
			break;
		if (s.offset > mark && s.offset - mark >= PROGRESS_BYTES) {
			mark = s.offset;
			attempt = 0;
		}
		int w = http_retry_wait(c, &d->retry, ++attempt, ret, &last);
		if (w == ERR_CANCELLED)
			r = w;
		if (w < 0) {
			if (r == 0 && short_read)
				r = error_set(&last, ERR_NETWORK, "the server does not send the range it was asked for");
			break;
		}
	}
	/* An earlier, longer version may stand behind what was written. */
	if (r == 0 && (ret->status == 200 || ret->status == 206) && ftruncate(d->fd, (off_t)s.offset) < 0)
		r = error_set_errno(&last, errno, "temporary file");
	*ret_bytes = s.offset;
	if (r < 0 && err)
		*err = last;
	return r;
}
