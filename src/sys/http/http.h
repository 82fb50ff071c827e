/* HTTP client: one request at a time a thread, over libcurl, which is loaded (dlopen) at the first request, so that commands that never
 * touch the network do not pay for it. A client keeps connections between requests and may be shared by threads.
 *
 *   struct http_client *c; http_client_new(&options, &c, err);
 *   struct http_request q = { .url = STR("https://…"), .max_bytes = 1 << 20 };
 *   struct http_response resp; http_send(c, arena, &q, &resp, err);   resp.status, resp.body, http_response_header(&resp, STR("etag"))
 *
 * http_send returns 0 for every answer of the server, whatever its status; negative (ERR_NETWORK, ERR_TIMEOUT, ERR_LIMIT, ERR_CANCELLED, or what the
 * sink returned) when there was none or it broke off. Redirects are followed here, not by libcurl: at most 10, never from https to http
 * (unless allowed), and neither `authorization` nor cookies go to another origin (scheme, host, port); a POST is only redirected within its origin.
 * Proxies come from http_proxy, https_proxy, all_proxy, no_proxy (also in capitals); loopback addresses never go through one.
 * Sizes: bodies up to max_bytes, 256 KiB of headers. Everything returned lies on the caller's arena. Specification: RFC 9110. */
#ifndef SYS_HTTP_H
#define SYS_HTTP_H
#include "base/error.h"
#include "base/vec.h"

struct http_client;
struct http_client_options {
	struct str user_agent;        /* empty: "bulkhead" */
	unsigned connect_timeout_s;   /* 0: 15 */
	unsigned stall_timeout_s;     /* no byte for so long ends a transfer; 0: 30 */
	struct str unix_socket;       /* path: every connection goes there, whatever host a URL names. Empty: the network */
	bool offline;                 /* every request fails at once, with a text that says why */
	int (*tick)(void *ctx);       /* called about once a second and more often during transfers; non-zero cancels. May be NULL. Any thread. */
	void *tick_ctx;
};
int http_client_new(const struct http_client_options *opt, struct http_client **ret, struct error *err);
struct http_client *http_client_free(struct http_client *c); /* returns NULL; no request may be running */

struct http_tls {
	struct str ca_file, ca_dir;          /* one of them: trusted beside the system's; both: instead. Empty: SSL_CERT_FILE, SSL_CERT_DIR */
	struct str client_cert, client_key;  /* PEM files; key may be in the certificate's */
	bool insecure;                       /* accept any certificate */
};

struct http_header {
	struct str name, value;
};
VEC_DECLARE(http_header_vec, struct http_header);

/* How a request failed, finer than an error code: decides about retries and fallbacks. */
enum http_failure {
	HTTP_FAIL_NONE,
	HTTP_FAIL_OFFLINE,
	HTTP_FAIL_RESOLVE,    /* no such host, or the resolver does not answer */
	HTTP_FAIL_CONNECT,    /* refused or unreachable */
	HTTP_FAIL_TLS,        /* handshake failed: the peer speaks no TLS, or not ours */
	HTTP_FAIL_TLS_VERIFY, /* certificate not trusted */
	HTTP_FAIL_TRANSFER,   /* broke off */
	HTTP_FAIL_TIMEOUT,
	HTTP_FAIL_OTHER,      /* limits, cancelled, the sink's own error, bad redirect */
};

struct http_response {
	unsigned status;         /* 0: no answer */
	enum http_failure failure;
	struct str url;          /* after redirects */
	struct http_header_vec headers; /* of the last answer */
	struct str body;         /* without a sink; with one: the start of an answer other than 2xx (at most 16 KiB) */
	uint64_t received;       /* body bytes */
};

/* Receives the body of a 2xx answer. `begin` (may be NULL) comes once before the first byte, when status and headers are known: with a range asked
 * for, 206 means that the bytes continue at the offset, 200 that they start anew. A negative return ends the request with that code. */
struct http_sink {
	int (*begin)(void *ctx, const struct http_response *resp, struct error *err);
	int (*data)(void *ctx, const void *p, size_t n, struct error *err);
	void *ctx;
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST };
struct http_request {
	enum http_method method;
	struct str url;                     /* http or https */
	const struct http_header *headers;  /* no line breaks in them: ERR_USAGE */
	size_t header_count;
	struct str authorization;           /* value of the header, stays within the first origin */
	struct str body, content_type;      /* POST */
	uint64_t range_from;                /* > 0: ask for the bytes from here on */
	uint64_t max_bytes;                 /* of a body; 0: 1 MiB. More is ERR_LIMIT */
	const struct http_sink *sink;       /* NULL: into response.body */
	unsigned total_timeout_s;           /* 0: none */
	bool no_redirects;
	bool allow_downgrade;               /* follow redirects from https to http */
	const struct http_tls *tls;         /* NULL: defaults */
};

/* *ret is always filled, also on failure. */
int http_send(struct http_client *c, struct arena *a, const struct http_request *q, struct http_response *ret, struct error *err);
/* First header of that name (any case), or empty. */
struct str http_response_header(const struct http_response *resp, struct str name);

/* Retries: exponential back-off with jitter, Retry-After (seconds or date) honoured. */
struct http_retry {
	unsigned attempts;     /* in all; 0: 4 */
	unsigned base_ms;      /* first pause; 0: 500 */
	unsigned max_ms;       /* longest pause; a Retry-After above it is not waited for; 0: 60000 */
};
/* Is this outcome (error code or 0, response) worth another try? */
bool http_may_retry(int code, const struct http_response *resp);
/* Sleeps before attempt number `attempt` (1 = after the first failure): 0, ERR_CANCELLED, or ERR_LIMIT when attempts are used up or the server asks
 * for more patience than max_ms (err is left alone then: it tells about the last try). */
int http_retry_wait(struct http_client *c, const struct http_retry *retry, unsigned attempt, const struct http_response *resp, struct error *err);
/* http_send with retries; a sink must be able to begin anew. */
int http_send_retry(struct http_client *c, struct arena *a, const struct http_request *q, const struct http_retry *retry, struct http_response *ret,
		    struct error *err);

/* A body into a file, resumed where it broke off. */
struct http_download {
	struct http_request request;  /* sink and range are set by http_download */
	/* Sends one request; NULL: http_send. A registry puts its authorization here. */
	int (*send)(void *ctx, struct arena *a, const struct http_request *q, struct http_response *ret, struct error *err);
	void *send_ctx;
	struct http_retry retry;
	int fd;                       /* written from offset 0 on with pwrite */
	uint64_t have_bytes;          /* already there from an earlier run (0: none); their etag in if_range */
	struct str if_range;          /* resume only when the server's ETag is still this one (else the download starts anew) */
	uint64_t expect_bytes;        /* exact size; 0: unknown, request.max_bytes limits */
	/* Sees every byte once in order (hashing, progress); `restart` when all seen so far is void. May be NULL. */
	int (*restart)(void *ctx, struct error *err);
	int (*bytes)(void *ctx, const void *p, size_t n, struct error *err);
	void *bytes_ctx;
};
/* 0: complete (ret->status 200 or 206), or another final status of the server with ret->status telling (304, 404 …) and the file untouched.
 * *ret_bytes is the file's length. When it fails, *ret_bytes bytes are there to resume from. */
int http_download(struct http_client *c, struct arena *a, const struct http_download *d, struct http_response *ret, uint64_t *ret_bytes,
		  struct error *err);
#endif
