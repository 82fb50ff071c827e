/* URLs (RFC 3986): cut into parts, joined, percent-encoded. Parts are views into the text.
 *
 *   https://user:pw@host:8443/a/b?x=y#z -> scheme "https", userinfo "user:pw", host "host", port "8443", path "/a/b", query "x=y", fragment "z"
 *
 * Control bytes, spaces and bytes above 0x7e are refused (ERR_FORMAT): what reaches the HTTP library is clean. No I/O, thread-safe. */
#ifndef SYS_HTTP_URL_H
#define SYS_HTTP_URL_H
#include "base/arena.h"
#include "base/error.h"

struct url {
	struct str scheme, userinfo, host, port, path, query, fragment; /* host keeps the brackets of an IPv6 address; port may be empty */
	bool has_query;
};

/* An absolute URL with a host. */
int url_parse(struct str text, struct url *ret, struct error *err);
/* Resolves a reference ("/x", "../y", "//host/z", "https://…") against an absolute URL; the fragment is dropped. */
int url_join(struct arena *a, struct str base, struct str reference, struct str *ret, struct error *err);
/* Everything but unreserved characters as %XX; p NULL: no memory. */
struct str url_encode(struct arena *a, struct str text);
/* Same scheme, host and port, with default ports filled in. */
bool url_same_origin(const struct url *a, const struct url *b);
bool url_is_https(const struct url *u);
/* localhost, *.localhost, 127.0.0.0/8, ::1. Host with or without port and brackets. */
bool url_host_is_loopback(struct str host);
/* For messages: without userinfo and query, which may hold secrets. p NULL: no memory. */
struct str url_for_message(struct arena *a, struct str text);
#endif
