#include "format/bitnami/bitnami.h"

#include "base/path.h"
#include "format/sbom/formats.h"

#define FILE_MAX (32u << 20)

bool bitnami_wants(struct str path, uint32_t mode, uint64_t size)
{
	return str_has_prefix(path, STR("opt/bitnami/")) && str_has_prefix(path_base(path), STR(".spdx-"));
}

int bitnami_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct str text;
	struct sbom bill;
	const struct sbom_component *c;
	int r = input_all(a, in, FILE_MAX, &text, err);
	if (r == 0 && !(text = arena_str(a, text)).p) /* what is read from it stays */
		r = error_nomem(err);
	if (r == 0)
		r = sbom_read(a, text, in->name, &bill, err);
	if (r < 0)
		return r;
	vec_foreach(c, &bill.components) {
		struct package p = { 0 };
		struct error why = { 0 };
		if (!c->purl.n)
			continue;
		r = package_from_purl(a, c->purl, &p, NULL, &why);
		if (r == ERR_NOMEM)
			return error_nomem(err);
		/* Operating-system packages are in its database; "generic" and the like say nothing that can be judged. */
		if (r < 0 || p.kind == PKG_NONE || p.kind == PKG_BINARY || package_kind_info(p.kind)->os || !p.version.n)
			continue;
		p.licenses = c->licenses;
		if (!vec_push(a, out, p))
			return error_nomem(err);
	}
	return 0;
}
