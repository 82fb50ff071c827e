#include "model/package_pattern.h"

static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == '.';
}

/* As package_advisory_name makes names alike, without making any: a document may have as many statements as an image has packages. */
static bool same_name(const char *type, struct str x, struct str y)
{
	if (strcmp(type, "nuget") == 0 || strcmp(type, "composer") == 0)
		return str_eq_nocase(x, y);
	if (strcmp(type, "pypi") != 0)
		return str_eq(x, y);
	size_t i = 0, k = 0;
	while (i < x.n && k < y.n) {
		if (is_separator(x.p[i]) != is_separator(y.p[k]))
			return false;
		if (!is_separator(x.p[i])) {
			if (char_lower(x.p[i++]) != char_lower(y.p[k++]))
				return false;
			continue;
		}
		while (i < x.n && is_separator(x.p[i]))
			i++;
		while (k < y.n && is_separator(y.p[k]))
			k++;
	}
	return i == x.n && k == y.n;
}

/* `want` and what it begins, to the end or to the next `separator`: "11" means "11.6" too. */
static bool begins(struct str want, struct str have, char separator)
{
	return str_has_prefix(have, want) && (have.n == want.n || have.p[want.n] == separator);
}

static bool distro_fits(const struct distro *want, const struct distro *have)
{
	if (want->id.n && !str_eq(want->id, have->id))
		return false;
	if (want->version.n && (have->version.n || have->version_id.n))
		return begins(want->version, have->version, '.') || begins(want->version, have->version_id, '.');
	return !want->codename.n || !have->codename.n || str_eq_nocase(want->codename, have->codename);
}

int package_pattern_parse(struct arena *a, struct str purl, struct package_pattern *ret, struct error *err)
{
	struct package_pattern p = { 0 };
	int r = package_from_purl(a, purl, &p.package, &p.distro, err);
	if (r < 0)
		return r;
	size_t subpath = str_find_char(purl, '#');
	if (p.package.kind != PKG_COCOAPODS && subpath != STR_NOT_FOUND && subpath + 1 < purl.n)
		return error_set(err, ERR_UNSUPPORTED, "package URL of a part of a package (behind '#')");
	p.has_namespace = p.distro.id.n || p.distro.version.n || p.distro.codename.n;
	*ret = p;
	return 0;
}

bool package_pattern_fits(const struct package_pattern *want, const struct package *p, const struct distro *distro)
{
	const struct package *w = &want->package;
	const char *type = package_kind_info(w->kind)->purl_type, *have = package_kind_info(p->kind)->purl_type;
	bool source = str_eq(w->arch, STR("source")) || (w->kind == PKG_RPM && str_eq(w->arch, STR("src")));
	struct str name = source && p->src_name.n ? p->src_name : p->name, version = source && p->src_version.n ? p->src_version : p->version;
	if (!type || !have || strcmp(type, have) != 0)
		return false;
	if (!same_name(type, w->name, name))
		return false;
	if (w->version.n && !str_eq(w->version, version))
		return false;
	if (w->modularity.n && !begins(w->modularity, p->modularity, ':'))
		return false;
	if (want->has_namespace && distro && distro->id.n && !distro_fits(&want->distro, distro))
		return false;
	return source || !w->arch.n || str_eq(w->arch, p->arch);
}
