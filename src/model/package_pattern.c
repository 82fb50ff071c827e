#include "model/package_pattern.h"

int package_pattern_parse(struct arena *a, struct str purl, struct package_pattern *ret, struct error *err)
{
	struct package_pattern p = { 0 };
	int r = package_from_purl(a, purl, &p.package, &p.distro, err);
	if (r < 0)
		return r;
	p.has_namespace = p.distro.id.n > 0;
	*ret = p;
	return 0;
}

bool package_pattern_fits(struct arena *a, const struct package_pattern *want, const struct package *p, const struct distro *distro)
{
	const struct package *w = &want->package;
	const char *type = package_kind_info(w->kind)->purl_type, *have = package_kind_info(p->kind)->purl_type;
	bool source = str_eq(w->arch, STR("source"));
	struct str name = source && p->src_name.n ? p->src_name : p->name, version = source && p->src_version.n ? p->src_version : p->version;
	if (!type || !have || strcmp(type, have) != 0)
		return false;
	if (!str_eq(package_advisory_name(a, w->kind, w->name), package_advisory_name(a, p->kind, name)))
		return false;
	if (w->version.n && !str_eq(w->version, version))
		return false;
	if (want->has_namespace && distro && distro->id.n && !str_eq(want->distro.id, distro->id))
		return false;
	return source || !w->arch.n || str_eq(w->arch, p->arch);
}
