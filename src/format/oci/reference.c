#include "format/oci/reference.h"

#include "format/oci/digest.h"

#define NAME_MAX_BYTES 255
#define TAG_MAX_BYTES  128

bool oci_tag_is_valid(struct str tag)
{
	if (!tag.n || tag.n > TAG_MAX_BYTES || tag.p[0] == '.' || tag.p[0] == '-')
		return false;
	for (size_t i = 0; i < tag.n; i++)
		if (!char_is_alnum(tag.p[i]) && !char_is_one_of(tag.p[i], "_.-"))
			return false;
	return true;
}

static bool is_name_char(char c)
{
	return char_is_digit(c) || (c >= 'a' && c <= 'z');
}

/* alphanumerics joined by one '.', one or two '_', or any number of '-' */
static bool component_is_valid(struct str s)
{
	if (!s.n || !is_name_char(s.p[0]) || !is_name_char(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i];
		size_t run = 0;
		if (is_name_char(c)) {
			i++;
			continue;
		}
		while (s.p[i + run] == c) /* ends: the last byte is a name_char */
			run++;
		if (!((c == '.' && run == 1) || (c == '_' && run <= 2) || c == '-'))
			return false;
		i += run;
		if (!is_name_char(s.p[i]))
			return false;
	}
	return true;
}

bool oci_repository_is_valid(struct str repository)
{
	struct str rest = repository, part;
	if (!repository.n || repository.p[repository.n - 1] == '/')
		return false;
	while (str_next(&rest, '/', &part))
		if (!component_is_valid(part))
			return false;
	return true;
}

static bool port_is_valid(struct str port)
{
	uint64_t n;
	return port.n <= 5 && str_to_u64(port, &n) == 0 && n > 0 && n < 65536;
}

static bool host_is_valid(struct str host)
{
	struct str name = host;
	if (str_has_prefix(host, STR("["))) { /* IPv6 */
		size_t end = str_find_char(host, ']');
		if (end == STR_NOT_FOUND || end < 3)
			return false;
		for (size_t i = 1; i < end; i++)
			if (!char_is_digit(host.p[i]) && !char_is_one_of(host.p[i], "abcdefABCDEF:."))
				return false;
		struct str after = str_from(host, end + 1);
		return !after.n || (str_strip_prefix(&after, STR(":")) && port_is_valid(after));
	}
	size_t colon = str_find_char(host, ':');
	if (colon != STR_NOT_FOUND) {
		if (!port_is_valid(str_from(host, colon + 1)))
			return false;
		name = str_sub(host, 0, colon);
	}
	if (!name.n || str_has_suffix(name, STR(".")))
		return false;
	struct str label;
	while (str_next(&name, '.', &label)) {
		if (!label.n || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!char_is_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
				return false;
	}
	return true;
}

static bool looks_like_host(struct str first)
{
	if (str_eq(first, STR("localhost")))
		return true;
	for (size_t i = 0; i < first.n; i++)
		if (first.p[i] == '.' || first.p[i] == ':' || (first.p[i] >= 'A' && first.p[i] <= 'Z'))
			return true;
	return false;
}

static int split_name(struct arena *a, struct str name, const struct oci_reference_defaults *d, struct oci_reference *ref, struct error *err)
{
	struct str first, rest;
	bool has_slash = str_cut(name, '/', &first, &rest);
	if (has_slash && looks_like_host(first)) {
		ref->host = first;
		ref->repository = rest;
	} else {
		if (!d || !d->host.n)
			return error_set(err, ERR_USAGE, "the registry's host is missing");
		ref->host = d->host;
		ref->repository = name;
	}
	if (d && d->alias.n && str_eq(ref->host, d->alias))
		ref->host = d->host;
	if (d && d->host.n && d->namespace_.n && str_eq(ref->host, d->host) && ref->repository.n &&
	    str_find_char(ref->repository, '/') == STR_NOT_FOUND) {
		ref->repository = arena_printf(a, "%.*s/%.*s", STR_FMT(d->namespace_), STR_FMT(ref->repository));
		if (!ref->repository.p)
			return error_nomem(err);
	}
	return 0;
}

int oci_reference_parse(struct arena *a, struct str text, const struct oci_reference_defaults *defaults, struct oci_reference *ret,
			struct error *err)
{
	struct oci_reference ref = { 0 };
	struct str name = text, shown = str_sub(text, 0, 300);
	size_t at = str_find_char(text, '@');
	if (at != STR_NOT_FOUND) {
		ref.digest = str_from(text, at + 1);
		name = str_sub(text, 0, at);
		if (oci_digest_validate(ref.digest, err) < 0)
			return error_wrap(err, ERR_USAGE, "image reference \"%.*s\"", STR_FMT(shown));
	}
	size_t slash = str_rfind_char(name, '/');
	struct str last = slash == STR_NOT_FOUND ? name : str_from(name, slash + 1);
	size_t colon = str_find_char(last, ':');
	if (colon != STR_NOT_FOUND) {
		ref.tag = str_from(last, colon + 1);
		name = str_sub(name, 0, name.n - (last.n - colon));
		if (!oci_tag_is_valid(ref.tag))
			return error_set(err, ERR_USAGE, "image reference \"%.*s\": bad tag \"%.*s\"", STR_FMT(shown), STR_FMT(ref.tag));
	} else if (!ref.digest.n) {
		ref.tag = STR("latest");
		ref.tag_is_default = true;
	}
	int r = split_name(a, name, defaults, &ref, err);
	if (r < 0)
		return error_wrap(err, r, "image reference \"%.*s\"", STR_FMT(shown));
	if (!host_is_valid(ref.host))
		return error_set(err, ERR_USAGE, "image reference \"%.*s\": bad registry host \"%.*s\"", STR_FMT(shown), STR_FMT(ref.host));
	if (!oci_repository_is_valid(ref.repository))
		return error_set(err, ERR_USAGE, "image reference \"%.*s\": bad repository name \"%.*s\" (lower-case letters, digits, and . _ - between them)",
				 STR_FMT(shown), STR_FMT(ref.repository));
	if (ref.host.n + 1 + ref.repository.n > NAME_MAX_BYTES)
		return error_set(err, ERR_USAGE, "image reference \"%.*s\": name is longer than %d bytes", STR_FMT(shown), NAME_MAX_BYTES);
	*ret = ref;
	return 0;
}

struct str oci_reference_short_name(struct arena *a, const struct oci_reference *ref, const struct oci_reference_defaults *d)
{
	if (!d || !d->host.n || !str_eq(ref->host, d->host))
		return arena_printf(a, "%.*s/%.*s", STR_FMT(ref->host), STR_FMT(ref->repository));
	struct str repository = ref->repository, folder, rest;
	if (str_cut(repository, '/', &folder, &rest) && str_eq(folder, d->namespace_) && str_find_char(rest, '/') == STR_NOT_FOUND)
		repository = rest;
	return arena_str(a, repository);
}
