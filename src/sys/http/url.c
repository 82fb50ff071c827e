#include "sys/http/url.h"

static bool is_unreserved(char c)
{
	return char_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '<' || s.p[i] == '>' || s.p[i] == '\\')
			return false;
	return true;
}

/* "scheme:" at the start? */
static bool take_scheme(struct str *s, struct str *ret)
{
	size_t i = 0;
	while (i < s->n && (char_is_alnum(s->p[i]) || (i && char_is_one_of(s->p[i], "+-."))))
		i++;
	if (!i || i == s->n || s->p[i] != ':' || !char_is_alpha(s->p[0]))
		return false;
	*ret = str_sub(*s, 0, i);
	*s = str_from(*s, i + 1);
	return true;
}

/* host[:port] without userinfo */
static bool split_host(struct str authority, struct str *ret_host, struct str *ret_port)
{
	struct str port = STR_NONE, host = authority;
	size_t end = 0;
	if (authority.n && authority.p[0] == '[') {
		end = str_find_char(authority, ']');
		if (end == STR_NOT_FOUND || end < 3)
			return false;
		end++;
	} else {
		end = str_find_char(authority, ':');
		if (end == STR_NOT_FOUND)
			end = authority.n;
	}
	host = str_sub(authority, 0, end);
	if (end < authority.n) {
		uint64_t n;
		if (authority.p[end] != ':')
			return false;
		port = str_from(authority, end + 1);
		if (port.n && (str_to_u64(port, &n) < 0 || n == 0 || n > 65535))
			return false;
	}
	*ret_host = host;
	*ret_port = port;
	return host.n > 0;
}

int url_parse(struct str text, struct url *ret, struct error *err)
{
	struct url u = { 0 };
	struct str rest = text, authority;
	if (!is_clean(text))
		return error_set(err, ERR_FORMAT, "URL holds a character that is not allowed there");
	if (!take_scheme(&rest, &u.scheme) || !str_strip_prefix(&rest, STR("//")))
		return error_set(err, ERR_FORMAT, "\"%.*s\" is no absolute URL", STR_FMT(str_sub(text, 0, 200)));
	size_t end = 0;
	while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?' && rest.p[end] != '#')
		end++;
	authority = str_sub(rest, 0, end);
	rest = str_from(rest, end);
	size_t at = str_rfind_char(authority, '@');
	if (at != STR_NOT_FOUND) {
		u.userinfo = str_sub(authority, 0, at);
		authority = str_from(authority, at + 1);
	}
	if (!split_host(authority, &u.host, &u.port))
		return error_set(err, ERR_FORMAT, "URL has a bad host or port");
	str_cut(rest, '#', &rest, &u.fragment);
	u.has_query = str_cut(rest, '?', &u.path, &u.query);
	*ret = u;
	return 0;
}

/* Removes "." and ".." segments of an absolute path in place (RFC 3986, 5.2.4): new length. */
static size_t remove_dots(char *path, size_t n)
{
	size_t out = 0;
	for (size_t i = 0; i < n;) {
		size_t end = i + 1;
		while (end < n && path[end] != '/')
			end++;
		size_t len = end - i; /* "/segment" */
		bool last = end == n;
		if (len == 2 && path[i + 1] == '.') {
			if (last)
				path[out++] = '/';
		} else if (len == 3 && path[i + 1] == '.' && path[i + 2] == '.') {
			while (out && path[out - 1] != '/')
				out--;
			if (out)
				out--;
			if (last)
				path[out++] = '/';
		} else {
			memmove(path + out, path + i, len);
			out += len;
		}
		i = end;
	}
	return out;
}

int url_join(struct arena *a, struct str base, struct str reference, struct str *ret, struct error *err)
{
	struct url b;
	struct str scheme, rest = reference;
	str_cut(rest, '#', &rest, &(struct str){ 0 });
	if (!is_clean(rest))
		return error_set(err, ERR_FORMAT, "URL holds a character that is not allowed there");
	if (take_scheme(&(struct str){ rest.p, rest.n }, &scheme)) {
		*ret = arena_str(a, rest);
		return ret->p ? 0 : error_nomem(err);
	}
	int r = url_parse(base, &b, err);
	if (r < 0)
		return r;
	struct str result;
	if (str_has_prefix(rest, STR("//"))) {
		result = arena_printf(a, "%.*s:%.*s", STR_FMT(b.scheme), STR_FMT(rest));
	} else {
		struct str path, query, dir = STR_NONE;
		bool has_query = str_cut(rest, '?', &path, &query);
		if (!path.n) {
			path = b.path;
			if (!has_query) {
				has_query = b.has_query;
				query = b.query;
			}
		} else if (path.p[0] != '/') {
			size_t slash = str_rfind_char(b.path, '/');
			dir = slash == STR_NOT_FOUND ? STR("/") : str_sub(b.path, 0, slash + 1);
		}
		struct str full = arena_printf(a, "%s%.*s%.*s", dir.n || path.n ? "" : "/", STR_FMT(dir), STR_FMT(path));
		if (!full.p)
			return error_nomem(err);
		full.n = remove_dots((char *)(uintptr_t)full.p, full.n);
		result = arena_printf(a, "%.*s://%.*s%s%.*s%s%.*s%.*s%s%.*s", STR_FMT(b.scheme), STR_FMT(b.userinfo), b.userinfo.n ? "@" : "", STR_FMT(b.host),
				      b.port.n ? ":" : "", STR_FMT(b.port), STR_FMT(full), has_query ? "?" : "", STR_FMT(query));
	}
	if (!result.p)
		return error_nomem(err);
	*ret = result;
	return 0;
}

struct str url_encode(struct arena *a, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = text.n > SIZE_MAX / 4 ? NULL : arena_alloc_aligned(a, text.n * 3 + 1, 1);
	size_t n = 0;
	if (!out)
		return STR_NONE;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (is_unreserved(text.p[i])) {
			out[n++] = text.p[i];
			continue;
		}
		out[n++] = '%';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	out[n] = 0;
	return str_make(out, n);
}

bool url_is_https(const struct url *u)
{
	return str_eq_nocase(u->scheme, STR("https"));
}

static uint64_t port_of(const struct url *u)
{
	uint64_t n;
	if (u->port.n && str_to_u64(u->port, &n) == 0)
		return n;
	return url_is_https(u) ? 443 : 80;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return str_eq_nocase(a->scheme, b->scheme) && str_eq_nocase(a->host, b->host) && port_of(a) == port_of(b);
}

/* 127.x.y.z with every part 0 to 255 */
static bool is_loopback_v4(struct str host)
{
	struct str rest = host, part;
	unsigned n = 0;
	while (str_next(&rest, '.', &part)) {
		uint64_t v;
		if (part.n > 3 || str_to_u64(part, &v) < 0 || v > 255 || (n == 0 && v != 127))
			return false;
		n++;
	}
	return n == 4 && host.p[host.n - 1] != '.';
}

bool url_host_is_loopback(struct str host)
{
	struct str name, port;
	if (str_eq(host, STR("::1")))
		return true;
	if (!split_host(host, &name, &port))
		return false;
	if (str_eq(name, STR("[::1]")) || str_eq_nocase(name, STR("localhost")) || is_loopback_v4(name))
		return true;
	return name.n > 10 && str_eq_nocase(str_from(name, name.n - 10), STR(".localhost"));
}

struct str url_for_message(struct arena *a, struct str text)
{
	struct url u;
	if (url_parse(text, &u, NULL) < 0)
		return arena_str(a, STR("(malformed URL)"));
	return arena_printf(a, "%.*s://%.*s%s%.*s%.*s", STR_FMT(u.scheme), STR_FMT(u.host), u.port.n ? ":" : "", STR_FMT(u.port), STR_FMT(u.path));
}
