#include "base/map.h"
#include "format/vex/vex_internal.h"

struct bom {
	struct vex_reader *r;
	struct map purls; /* bom-ref -> component */
};

/* Components may hold components. */
static int index_components(struct bom *b, const struct value *list, unsigned depth)
{
	if (depth > VEX_MAX_DEPTH)
		return error_set(b->r->err, ERR_LIMIT, "components more than %u deep", VEX_MAX_DEPTH);
	value_foreach(c, list) {
		struct str ref = value_str_c(c, "bom-ref");
		int e = ref.n && map_put(&b->purls, ref, (void *)(uintptr_t)c) < 0 ? error_nomem(b->r->err) : 0;
		if (e == 0)
			e = index_components(b, value_get_c(c, "components"), depth + 1);
		if (e < 0)
			return e;
	}
	return 0;
}

/* The exact versions that the statement is about, where it lists any: a range, or one that is affected or unknown, is none that is not affected. A product
 * of other statuses keeps its widest meaning. */
static int narrow(struct bom *b, const struct value *versions, struct vex_ref_vec *names)
{
	struct vex_ref_vec all = *names;
	const struct vex_ref *name;
	int e = 0;
	*names = (struct vex_ref_vec){ 0 };
	value_foreach(v, versions) {
		struct str version = value_str_c(v, "version"), status = value_str_c(v, "status");
		if (!version.n || (status.n && !str_eq(status, STR("unaffected"))))
			continue;
		vec_foreach(name, &all) {
			struct vex_ref one = *name;
			struct str *at = one.kind == VEX_REF_PACKAGE ? &one.package.package.version : &one.version;
			if (one.kind == VEX_REF_OTHER || (at->n && !str_eq(*at, version)))
				continue;
			*at = version;
			if (e == 0 && (e = vex_count(b->r)) == 0 && !vec_push(b->r->a, names, one))
				e = error_nomem(b->r->err);
		}
	}
	return e;
}

/* A component that is delivered: its name may be the image's. */
static bool is_delivered(const struct value *component)
{
	struct str type = value_str_c(component, "type");
	return !str_eq(type, STR("library")) && !str_eq(type, STR("framework")) && !str_eq(type, STR("file"));
}

/* Names of what `ref` means: the component's purl and its reference. */
static int add_product(struct bom *b, const struct value *affected, struct vex_statement *s)
{
	struct str ref = value_str_c(affected, "ref");
	const struct value *versions = value_get_c(affected, "versions");
	struct vex_product p = { 0 };
	struct str link = ref, head;
	const struct value *component = map_get(&b->purls, ref);
	if (!component && str_has_prefix(ref, STR("urn:cdx:")) && str_cut(ref, '#', &head, &link)) {
		if (!str_has_prefix(link, STR("pkg:")) || str_has_prefix(link, STR("pkg%")))
			link = vex_decode(b->r->a, link);
		if (!link.p)
			return error_nomem(b->r->err);
		component = map_get(&b->purls, link);
	}
	int e = vex_add_ref(b->r, &p.names, component && value_str_c(component, "purl").n ? value_str_c(component, "purl") : link);
	if (e == 0 && component && is_delivered(component) && !value_str_c(component, "purl").n)
		e = vex_add_ref(b->r, &p.names, value_str_c(component, "name"));
	if (e == 0 && value_count(versions, VALUE_ARRAY) && (s->status == VEX_NOT_AFFECTED || s->status == VEX_FIXED))
		e = narrow(b, versions, &p.names);
	if (e == 0 && p.names.n && !vec_push(b->r->a, &s->products, p))
		e = error_nomem(b->r->err);
	return e;
}

static bool state_of(struct str word, enum vex_status *ret)
{
	static const struct {
		struct str word;
		enum vex_status status;
	} states[] = {
		{ STR_INIT("not_affected"), VEX_NOT_AFFECTED }, { STR_INIT("false_positive"), VEX_NOT_AFFECTED }, { STR_INIT("resolved"), VEX_FIXED },
		{ STR_INIT("resolved_with_pedigree"), VEX_FIXED }, { STR_INIT("exploitable"), VEX_AFFECTED }, { STR_INIT("in_triage"), VEX_UNDER_INVESTIGATION },
	};
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (str_eq(word, states[i].word)) {
			*ret = states[i].status;
			return true;
		}
	return false;
}

static int read_vulnerability(struct bom *b, const struct value *v)
{
	const struct value *analysis = value_get_c(v, "analysis");
	struct vex_statement s = { .justification = value_str_c(analysis, "justification"), .detail = value_str_c(analysis, "detail"),
				   .time = value_str_c(analysis, "lastUpdated") };
	int e = 0;
	if (!value_str_c(analysis, "state").n)
		return 0; /* a plain list of vulnerabilities states nothing */
	if (!state_of(value_str_c(analysis, "state"), &s.status)) {
		vex_warn(b->r, analysis, "an analysis whose state is not known");
		return 0;
	}
	e = vex_add_id(b->r, &s, value_str_c(v, "id"));
	value_foreach(other, value_get_c(v, "references"))
		if (e == 0)
			e = vex_add_id(b->r, &s, value_str_c(other, "id"));
	value_foreach(affected, value_get_c(v, "affects"))
		if (e == 0 && value_str_c(affected, "ref").n)
			e = add_product(b, affected, &s);
	return e < 0 ? e : vex_keep(b->r, v, &s);
}

int cyclonedx_vex_read(struct vex_reader *r)
{
	struct bom b = { .r = r };
	const struct value *root = r->doc->root, *subject = value_path(root, "metadata", "component", NULL);
	r->out->format = STR("CycloneDX VEX");
	r->out->id = value_str_c(root, "serialNumber");
	r->out->time = value_str_c(value_get_c(root, "metadata"), "timestamp");
	r->out->author = value_str_c(value_path(root, "metadata", "supplier", NULL), "name");
	map_init(&b.purls, r->a);
	int e = index_components(&b, value_get_c(root, "components"), 0);
	if (e == 0 && value_str_c(subject, "bom-ref").n && map_put(&b.purls, value_str_c(subject, "bom-ref"), (void *)(uintptr_t)subject) < 0)
		e = error_nomem(r->err);
	value_foreach(v, value_get_c(root, "vulnerabilities"))
		if (e == 0)
			e = read_vulnerability(&b, v);
	return e;
}
