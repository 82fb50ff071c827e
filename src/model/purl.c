/* Package URLs (ECMA-427; purl-spec), both directions. Encoding is the strict one of Syft and of packageurl-go: all but unreserved characters
 * are escaped in a version, so ':' of a Debian epoch is written "%3A"; both spellings are read. */
#include "base/buf.h"
#include "base/error.h"
#include "model/distro.h"
#include "model/package.h"

#define PURL_MAX 4096 /* longer package URLs are refused, and never written */

/* Which part of a name is the namespace, and what is folded to lower case. */
enum name_split { SPLIT_NONE, SPLIT_SLASH, SPLIT_COLON, SPLIT_SUBPATH };
struct purl_type {
	const char *type;
	enum package_kind kind; /* that a package URL of this type stands for */
	enum name_split split;
	bool lower;
};
static const struct purl_type types[] = {
	{ "deb", PKG_DPKG, SPLIT_NONE, true },
	{ "apk", PKG_APK, SPLIT_NONE, true },
	{ "rpm", PKG_RPM, SPLIT_NONE, false },
	{ "pypi", PKG_PYTHON, SPLIT_NONE, true },
	{ "conda", PKG_CONDA, SPLIT_NONE, false },
	{ "npm", PKG_NODE, SPLIT_SLASH, true },
	{ "maven", PKG_JAR, SPLIT_COLON, false },
	{ "golang", PKG_GO_BINARY, SPLIT_SLASH, true },
	{ "cargo", PKG_CARGO_LOCK, SPLIT_NONE, false },
	{ "gem", PKG_GEM, SPLIT_NONE, false },
	{ "composer", PKG_COMPOSER_LOCK, SPLIT_SLASH, true },
	{ "nuget", PKG_NUGET_LOCK, SPLIT_NONE, false },
	{ "conan", PKG_CONAN, SPLIT_NONE, false },
	{ "hex", PKG_HEX, SPLIT_SLASH, true },
	{ "pub", PKG_PUB, SPLIT_NONE, false },
	{ "cocoapods", PKG_COCOAPODS, SPLIT_SUBPATH, false }, /* "Pod/Subspec" is pkg:cocoapods/Pod@1#Subspec */
	{ "swift", PKG_SWIFT, SPLIT_SLASH, false },
	{ "julia", PKG_JULIA, SPLIT_NONE, false },
	{ "bitnami", PKG_BITNAMI, SPLIT_NONE, false },
	{ "generic", PKG_BINARY, SPLIT_NONE, false },
};

static const struct purl_type *find_type(struct str type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq_nocase(type, str_c(types[i].type)))
			return &types[i];
	return NULL;
}

/* Percent-encodes all but RFC 3986's unreserved characters; '/' stays when it separates segments. */
static void add_encoded(struct buf *b, struct str s, bool keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (char_is_alnum((char)c) || c == '-' || c == '.' || c == '_' || c == '~' || (keep_slash && c == '/')) {
			buf_add_char(b, (char)c);
		} else {
			char esc[3] = { '%', hex[c >> 4], hex[c & 15] };
			buf_add_bytes(b, esc, sizeof(esc));
		}
	}
}

static void add_qualifier(struct buf *b, const char *key, struct str value, char *sep)
{
	if (str_is_empty(value))
		return;
	buf_add_char(b, *sep);
	*sep = '&';
	buf_add_c(b, key);
	buf_add_char(b, '=');
	add_encoded(b, value, false);
}

/* "1:2.30-1" -> epoch "1", rest "2.30-1". Without an epoch the head is empty. */
static struct str split_epoch(struct str version, struct str *ret_rest)
{
	size_t colon = str_find_char(version, ':');
	if (colon == STR_NOT_FOUND) {
		*ret_rest = version;
		return STR_NONE;
	}
	*ret_rest = str_from(version, colon + 1);
	return str_sub(version, 0, colon);
}

/* Syft's "upstream" qualifier: the source package where it says more than the binary's own name and version. */
static struct str upstream(struct arena *a, const struct package *p)
{
	struct str name = p->src_name.n ? p->src_name : p->name;
	bool same_name = str_eq(name, p->name);
	bool same_version = str_is_empty(p->src_version) || str_eq(p->src_version, p->version);
	if (p->kind == PKG_RPM) {
		struct str rest;
		if (str_is_empty(p->src_name))
			return STR_NONE;
		split_epoch(p->src_version.n ? p->src_version : p->version, &rest);
		return arena_printf(a, "%.*s-%.*s.src.rpm", STR_FMT(name), STR_FMT(rest));
	}
	if (p->kind == PKG_DPKG && !same_version)
		return arena_printf(a, "%.*s@%.*s", STR_FMT(name), STR_FMT(p->src_version));
	return same_name ? STR_NONE : name;
}

static void add_os_qualifiers(struct buf *b, struct arena *a, const struct package *p, struct str epoch, const struct distro *distro)
{
	char sep = '?';
	add_qualifier(b, "arch", p->arch, &sep);
	if (distro)
		add_qualifier(b, "distro", distro_purl_qualifier(a, distro), &sep);
	if (!str_eq(epoch, STR("0")))
		add_qualifier(b, "epoch", epoch, &sep);
	add_qualifier(b, "modularitylabel", p->modularity, &sep);
	add_qualifier(b, "upstream", upstream(a, p), &sep);
}

static void add_lower(struct buf *b, struct str s, bool lower, bool underscore_to_dash)
{
	size_t from = b->n;
	add_encoded(b, s, true);
	for (size_t i = from; !b->failed && i < b->n; i++) {
		if (b->p[i] == '%' && i + 2 < b->n)
			i += 2; /* hex digits stay upper case */
		else if (lower)
			b->p[i] = char_lower(b->p[i]);
		if (underscore_to_dash && b->p[i] == '_')
			b->p[i] = '-';
	}
}

/* Writes "namespace/name" of a language package. */
static void add_name(struct buf *b, const struct purl_type *t, struct str name)
{
	size_t cut = t->split == SPLIT_SLASH ? str_rfind_char(name, '/') : t->split == SPLIT_COLON ? str_find_char(name, ':') : STR_NOT_FOUND;
	if (cut != STR_NOT_FOUND) {
		struct str space = str_sub(name, 0, cut);
		while (space.n && space.p[0] == '/')
			space = str_from(space, 1);
		if (space.n) {
			add_lower(b, space, t->lower, false);
			buf_add_char(b, '/');
		}
		name = str_from(name, cut + 1);
	}
	add_lower(b, name, t->lower, strcmp(t->type, "pypi") == 0);
}

struct str package_purl(struct arena *a, const struct package *p, const struct distro *distro)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	const struct purl_type *t = find_type(str_c(info->purl_type));
	/* A Go module replaced by a local folder has no place in the world that a URL could name. */
	bool local = t && t->kind == PKG_GO_BINARY && (str_has_prefix(p->name, STR("./")) || str_has_prefix(p->name, STR("../")));
	if (p->purl.n)
		return p->purl;
	if (!t || str_is_empty(p->name) || local)
		return STR("");
	struct buf b;
	buf_init(&b, PURL_MAX);
	buf_add_c(&b, "pkg:");
	buf_add_c(&b, t->type);
	buf_add_char(&b, '/');
	struct str version = p->version, epoch = STR_NONE;
	if (info->os) {
		struct str space = distro ? distro_purl_namespace(distro) : STR_NONE;
		if (space.n) {
			add_lower(&b, space, true, false);
			buf_add_char(&b, '/');
		}
		if (p->kind == PKG_RPM)
			epoch = split_epoch(p->version, &version);
	}
	struct str name = p->name, subpath = STR_NONE;
	if (t->split == SPLIT_SUBPATH)
		str_cut(name, '/', &name, &subpath);
	add_name(&b, t, name);
	if (version.n) {
		buf_add_char(&b, '@');
		add_encoded(&b, version, false);
	}
	if (info->os)
		add_os_qualifiers(&b, a, p, epoch, distro);
	add_qualifier(&b, "uuid", p->uuid, &(char){ '?' });
	if (subpath.n) {
		buf_add_char(&b, '#');
		add_encoded(&b, subpath, true);
	}
	/* What does not fit is left out like a package without a name: no reader would take it. */
	struct str r = buf_failed(&b) ? STR("") : arena_str(a, buf_str(&b));
	buf_release(&b);
	return r;
}

/* Decoding */

static int hex_digit(char c)
{
	return char_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int decode(struct arena *a, struct str s, struct str *ret, struct error *err)
{
	char *p = arena_alloc_aligned(a, s.n + 1, 1);
	if (!p)
		return error_nomem(err);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%') {
			int hi = s.n - i > 2 ? hex_digit(s.p[i + 1]) : -1;
			int lo = hi >= 0 ? hex_digit(s.p[i + 2]) : -1;
			if (lo < 0)
				return error_set(err, ERR_FORMAT, "package URL: '%%' without two hex digits");
			c = (char)(hi * 16 + lo);
			if (!c)
				return error_set(err, ERR_FORMAT, "package URL: NUL byte");
			i += 2;
		}
		p[n++] = c;
	}
	p[n] = 0;
	*ret = str_make(p, n);
	return 0;
}

/* Families whose purl namespace is not their os-release ID. */
static const struct {
	const char *space, *id;
} distro_aliases[] = {
	{ "redhat", "rhel" }, { "alma", "almalinux" }, { "amazon", "amzn" }, { "oracle", "ol" }, { "cbl-mariner", "mariner" }, { "azure", "azurelinux" },
	{ "suse", "sles" }, { "opensuse.leap", "opensuse-leap" }, { "opensuse.tumbleweed", "opensuse-tumbleweed" },
};

static struct str distro_id(struct str space)
{
	for (size_t i = 0; i < ARRAY_LEN(distro_aliases); i++)
		if (str_eq_c(space, distro_aliases[i].space))
			return str_c(distro_aliases[i].id);
	return space;
}

/* The "distro" qualifier: "debian-11.6", "opensuse-leap-15.5", a bare release ("3.10.4", Trivy's apk) or a code name ("jessie"). */
static void read_distro(struct str space, struct str qualifier, struct distro *d)
{
	d->id = distro_id(space);
	d->known = d->id.n > 0;
	size_t dash = str_rfind_char(qualifier, '-');
	struct str tail = dash == STR_NOT_FOUND ? qualifier : str_from(qualifier, dash + 1);
	if (tail.n && char_is_digit(tail.p[0])) {
		d->version = d->version_id = tail;
		if (dash != STR_NOT_FOUND && dash > 0) {
			d->id = distro_id(str_sub(qualifier, 0, dash));
			d->known = true;
		}
	} else if (dash == STR_NOT_FOUND && !str_eq(qualifier, d->id)) {
		d->codename = qualifier;
	}
}

/* Source package from Syft's "upstream": "glibc", "bash@5.2.15-2", "audit-3.0.6-1.cm2.src.rpm". */
static void read_upstream(struct str s, struct package *p)
{
	if (p->kind == PKG_RPM) {
		if (!str_strip_suffix(&s, STR(".src.rpm")))
			return;
		size_t release = str_rfind_char(s, '-');
		size_t version = release == STR_NOT_FOUND ? STR_NOT_FOUND : str_rfind_char(str_sub(s, 0, release), '-');
		if (version == STR_NOT_FOUND)
			return;
		p->src_name = str_sub(s, 0, version);
		p->src_version = str_from(s, version + 1);
		return;
	}
	str_cut(s, '@', &p->src_name, &p->src_version);
}

static int read_qualifiers(struct arena *a, struct str text, struct package *p, struct str *ret_epoch, struct str *ret_distro, struct error *err)
{
	struct str pair, key, value;
	while (str_next(&text, '&', &pair)) {
		if (!str_cut(pair, '=', &key, &value))
			continue;
		int r = decode(a, value, &value, err);
		if (r < 0)
			return r;
		if (str_eq_nocase(key, STR("arch")))
			p->arch = value;
		else if (str_eq_nocase(key, STR("epoch")))
			*ret_epoch = value;
		else if (str_eq_nocase(key, STR("distro")))
			*ret_distro = value;
		else if (str_eq_nocase(key, STR("uuid")))
			p->uuid = value;
		else if (str_eq_nocase(key, STR("modularitylabel")) || str_eq_nocase(key, STR("rpmmod")))
			p->modularity = value;
		else if (str_eq_nocase(key, STR("upstream")))
			read_upstream(value, p);
	}
	return 0;
}

static struct str strip_slashes(struct str s)
{
	while (s.n && s.p[0] == '/')
		s = str_from(s, 1);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

int package_from_purl(struct arena *a, struct str purl, struct package *ret, struct distro *ret_distro, struct error *err)
{
	struct package p = { 0 };
	struct distro d = { 0 };
	struct str rest = str_trim(purl), type, space = STR_NONE, name, version = STR_NONE, qualifiers = STR_NONE, subpath, epoch = STR_NONE, release = STR_NONE;
	if (rest.n > PURL_MAX)
		return error_set(err, ERR_LIMIT, "package URL longer than %d bytes", PURL_MAX);
	if (rest.n < 4 || !str_eq_nocase(str_sub(rest, 0, 4), STR("pkg:")))
		return error_set(err, ERR_FORMAT, "package URL does not begin with \"pkg:\"");
	rest = str_from(rest, 4);
	str_cut(rest, '#', &rest, &subpath); /* names a place inside the package */
	str_cut(rest, '?', &rest, &qualifiers);
	if (!str_cut(strip_slashes(rest), '/', &type, &rest) || str_is_empty(type))
		return error_set(err, ERR_FORMAT, "package URL without a name");
	const struct purl_type *t = find_type(type);
	if (!t)
		return error_set(err, ERR_UNSUPPORTED, "package URL type \"%.*s\" is not known", STR_FMT(type));
	p.kind = t->kind;
	/* The version's '@' is the last one that is not the scope mark of npm ("pkg:npm/@scope/x"). */
	size_t at = str_rfind_char(rest, '@');
	if (at != STR_NOT_FOUND && at > 0 && rest.p[at - 1] != '/') {
		version = str_from(rest, at + 1);
		rest = str_sub(rest, 0, at);
	}
	rest = strip_slashes(rest);
	size_t slash = str_rfind_char(rest, '/');
	name = slash == STR_NOT_FOUND ? rest : str_from(rest, slash + 1);
	if (slash != STR_NOT_FOUND)
		space = strip_slashes(str_sub(rest, 0, slash));
	int r;
	if ((r = decode(a, space, &space, err)) < 0 || (r = decode(a, name, &name, err)) < 0 || (r = decode(a, version, &p.version, err)) < 0 ||
	    (r = read_qualifiers(a, qualifiers, &p, &epoch, &release, err)) < 0)
		return r;
	if (str_is_empty(name))
		return error_set(err, ERR_FORMAT, "package URL without a name");
	p.name = name;
	if (package_kind_info(p.kind)->os) {
		read_distro(space, release, &d);
		/* rpm keeps the epoch apart by the specification; Trivy does so for deb too. */
		if (epoch.n && !str_eq(epoch, STR("0")) && str_find_char(p.version, ':') == STR_NOT_FOUND)
			p.version = arena_printf(a, "%.*s:%.*s", STR_FMT(epoch), STR_FMT(p.version));
	} else if (t->split == SPLIT_SUBPATH && strip_slashes(subpath).n) {
		if ((r = decode(a, strip_slashes(subpath), &subpath, err)) < 0)
			return r;
		p.name = arena_printf(a, "%.*s/%.*s", STR_FMT(name), STR_FMT(subpath));
	} else if (space.n) {
		p.name = arena_printf(a, "%.*s%c%.*s", STR_FMT(space), t->split == SPLIT_COLON ? ':' : '/', STR_FMT(name));
	}
	if (!p.name.p || !p.version.p)
		return error_nomem(err);
	*ret = p;
	if (ret_distro)
		*ret_distro = d;
	return 0;
}
