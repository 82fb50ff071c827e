#include "format/vex/vex_internal.h"

void vex_warn(struct vex_reader *r, const struct value *at, const char *what)
{
	uint32_t line = 0, col = 0;
	document_position(r->doc, at ? at->pos : 0, &line, &col);
	diag_add(r->diags, DIAG_WARNING, r->doc->name, line, col, "%s", what);
}

int vex_count(struct vex_reader *r)
{
	if (++r->items > VEX_MAX_ITEMS)
		return error_set(r->err, ERR_LIMIT, "more than %u statements and products", VEX_MAX_ITEMS);
	return 0;
}

int vex_add_id(struct vex_reader *r, struct vex_statement *s, struct str id)
{
	if (id.n && !vec_push(r->a, &s->ids, id))
		return error_nomem(r->err);
	return 0;
}

/* "pkg:oci/app@sha256%3Aabc?repository_url=ghcr.io/acme/app": images are no packages, so their purls are taken apart here. */
static bool parse_image(struct arena *a, struct str text, struct vex_ref *ref)
{
	struct str rest = text, query = STR_NONE, ignored;
	if (!str_strip_prefix(&rest, STR("pkg:oci/")) && !str_strip_prefix(&rest, STR("pkg:docker/")))
		return false;
	str_cut(rest, '#', &rest, &ignored);
	str_cut(rest, '?', &rest, &query);
	str_cut(rest, '@', &rest, &ref->version);
	size_t slash = str_rfind_char(rest, '/'), colon = str_find(ref->version, STR("%3"));
	ref->name = slash == STR_NOT_FOUND ? rest : str_from(rest, slash + 1);
	/* Of a digest only the colon can be escaped. */
	if (colon != STR_NOT_FOUND && ref->version.n > colon + 3)
		ref->version = arena_printf(a, "%.*s:%.*s", STR_FMT(str_sub(ref->version, 0, colon)), STR_FMT(str_from(ref->version, colon + 3)));
	for (struct str pair; str_next(&query, '&', &pair);)
		if (str_strip_prefix(&pair, STR("repository_url=")))
			ref->repository = pair;
	ref->kind = VEX_REF_IMAGE;
	return true;
}

int vex_ref_parse(struct arena *a, struct str text, struct vex_ref *ret, struct error *err)
{
	struct vex_ref ref = { .text = text };
	if (str_has_prefix(text, STR("pkg:")) && !parse_image(a, text, &ref)) {
		int r = package_pattern_parse(a, text, &ref.package, NULL);
		if (r == ERR_NOMEM)
			return error_nomem(err);
		if (r == 0)
			ref.kind = VEX_REF_PACKAGE;
	}
	*ret = ref;
	return 0;
}

int vex_add_ref(struct vex_reader *r, struct vex_ref_vec *list, struct str text)
{
	struct vex_ref ref;
	int e = vex_count(r);
	if (e == 0 && text.n)
		e = vex_ref_parse(r->a, text, &ref, r->err);
	if (e == 0 && text.n && !vec_push(r->a, list, ref))
		e = error_nomem(r->err);
	return e;
}

int vex_keep(struct vex_reader *r, const struct value *at, struct vex_statement *s)
{
	uint32_t col;
	int e = vex_count(r);
	if (e < 0)
		return e;
	if (!s->ids.n || !s->products.n) {
		vex_warn(r, at, s->ids.n ? "a statement without a product applies to nothing" : "a statement without a vulnerability");
		return 0;
	}
	document_position(r->doc, at->pos, &s->line, &col);
	if (!s->time.n)
		s->time = r->out->time;
	return vec_push(r->a, &r->out->statements, *s) ? 0 : error_nomem(r->err);
}

int vex_read(struct arena *a, struct document *doc, struct vex_document *ret, struct diags *diags, struct error *err)
{
	struct vex_document out = { .file = doc->name };
	struct vex_reader r = { .a = a, .doc = doc, .out = &out, .diags = diags, .err = err };
	const struct value *root = doc->root;
	int e;
	if (str_has_prefix(value_str_c(root, "@context"), STR("https://openvex.dev/ns")))
		e = openvex_read(&r);
	else if (value_path(root, "document", "csaf_version", NULL))
		e = csaf_read(&r);
	else if (str_eq(value_str_c(root, "bomFormat"), STR("CycloneDX")))
		e = cyclonedx_vex_read(&r);
	else
		return error_set(err, ERR_FORMAT, "no VEX document (OpenVEX, CSAF or CycloneDX)");
	if (e == 0)
		*ret = out;
	return e;
}
