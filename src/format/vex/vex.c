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

static int hex_digit(char c)
{
	return char_is_digit(c) ? c - '0' : char_lower(c) >= 'a' && char_lower(c) <= 'f' ? char_lower(c) - 'a' + 10 : -1;
}

struct str vex_decode(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; p && i < s.n; i++) {
		int high = s.p[i] == '%' && s.n - i > 2 ? hex_digit(s.p[i + 1]) : -1, low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
		p[n++] = low >= 0 ? (char)(high << 4 | low) : s.p[i];
		i += low >= 0 ? 2 : 0;
	}
	return str_make(p, n);
}

/* "pkg:oci/app@sha256%3Aabc?repository_url=ghcr.io/acme/app", "pkg:docker/acme/app@1.0?repository_url=ghcr.io": images are no packages, so their purls are
 * taken apart here. 1: it is one; 0: it is none. */
static int parse_image(struct arena *a, struct str text, struct vex_ref *ref, struct error *err)
{
	struct str rest = text, query = STR_NONE, tag = STR_NONE, ignored;
	bool docker = str_strip_prefix(&rest, STR("pkg:docker/"));
	if (!docker && !str_strip_prefix(&rest, STR("pkg:oci/")))
		return 0;
	str_cut(rest, '#', &rest, &ignored);
	str_cut(rest, '?', &rest, &query);
	str_cut(rest, '@', &rest, &ref->version);
	rest = vex_decode(a, rest);
	ref->version = vex_decode(a, ref->version);
	size_t slash = str_rfind_char(rest, '/');
	ref->name = slash == STR_NOT_FOUND ? rest : str_from(rest, slash + 1);
	if (rest.p && !ref->name.n)
		return 0;
	for (struct str pair, key; str_next(&query, '&', &pair);) {
		str_cut(pair, '=', &key, &pair);
		pair = vex_decode(a, pair);
		if (!pair.p)
			return error_nomem(err);
		if (str_eq(key, STR("repository_url")))
			ref->repository = pair;
		else if (str_eq(key, STR("arch")))
			ref->arch = pair;
		else if (str_eq(key, STR("tag")))
			tag = pair;
	}
	str_strip_prefix(&ref->repository, STR("https://"));
	if (ref->version.p && !ref->version.n)
		ref->version = tag.n ? tag : ref->version;
	if (docker)
		ref->repository = ref->repository.n ? arena_printf(a, "%.*s/%.*s", STR_FMT(ref->repository), STR_FMT(rest)) : rest;
	if (!rest.p || !ref->version.p || (docker && !ref->repository.p))
		return error_nomem(err);
	ref->kind = VEX_REF_IMAGE;
	return 1;
}

int vex_ref_parse(struct arena *a, struct str text, struct vex_ref *ret, struct error *err)
{
	struct vex_ref ref = { .text = text };
	int r = parse_image(a, text, &ref, err);
	if (r < 0)
		return r;
	if (!r && str_has_prefix(text, STR("pkg:"))) {
		r = package_pattern_parse(a, text, &ref.package, NULL);
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
