#include "base/map.h"
#include "format/vex/vex_internal.h"

/* A product_id: something with a name, or a part in a whole. */
struct csaf_product {
	const struct value *full_name; /* name, product_identification_helper */
	struct str part, whole;        /* product_ids of a relationship */
};
struct csaf {
	struct vex_reader *r;
	struct map products; /* product_id -> struct csaf_product */
	struct map groups;   /* group_id -> its product_ids (value) */
};

static int add_full_name(struct csaf *c, const struct value *full_name, const struct value *relationship)
{
	struct str id = value_str_c(full_name, "product_id");
	struct csaf_product *p;
	int e = vex_count(c->r);
	if (e < 0 || !id.n)
		return e;
	if (!(p = arena_new(c->r->a, struct csaf_product)) || map_put(&c->products, id, p) < 0)
		return error_nomem(c->r->err);
	p->full_name = full_name;
	p->part = value_str_c(relationship, "product_reference");
	p->whole = value_str_c(relationship, "relates_to_product_reference");
	return 0;
}

static int read_branches(struct csaf *c, const struct value *list, unsigned depth)
{
	int e = 0;
	if (depth > VEX_MAX_DEPTH)
		return error_set(c->r->err, ERR_LIMIT, "branches more than %u deep", VEX_MAX_DEPTH);
	value_foreach(branch, list) {
		if (e == 0)
			e = add_full_name(c, value_get_c(branch, "product"), NULL);
		if (e == 0)
			e = read_branches(c, value_get_c(branch, "branches"), depth + 1);
	}
	return e;
}

static int read_product_tree(struct csaf *c, const struct value *tree)
{
	int e = read_branches(c, value_get_c(tree, "branches"), 0);
	value_foreach(p, value_get_c(tree, "full_product_names"))
		if (e == 0)
			e = add_full_name(c, p, NULL);
	value_foreach(rel, value_get_c(tree, "relationships"))
		if (e == 0)
			e = add_full_name(c, value_get_c(rel, "full_product_name"), rel);
	value_foreach(group, value_get_c(tree, "product_groups"))
		if (e == 0 && value_str_c(group, "group_id").n && map_put(&c->groups, value_str_c(group, "group_id"), (void *)(uintptr_t)value_get_c(group, "product_ids")) < 0)
			e = error_nomem(c->r->err);
	return e;
}

/* purl, CPE and name of what stands at the end of a chain of relationships (its part when `part`). */
static int add_names(struct csaf *c, struct str id, bool part, struct vex_ref_vec *names)
{
	const struct csaf_product *p = map_get(&c->products, id);
	for (unsigned depth = 0; p && p->part.n && depth < VEX_MAX_DEPTH; depth++)
		p = map_get(&c->products, part ? p->part : p->whole);
	if (!p || p->part.n)
		return 0;
	const struct value *helper = value_get_c(p->full_name, "product_identification_helper");
	int e = vex_add_ref(c->r, names, value_str_c(helper, "purl"));
	if (e == 0)
		e = vex_add_ref(c->r, names, value_str_c(helper, "cpe"));
	if (e == 0 && !value_str_c(helper, "purl").n)
		e = vex_add_ref(c->r, names, value_str_c(p->full_name, "name"));
	return e;
}

/* Is the product among a flag's or threat's product_ids, or in one of its groups? None given: all. */
static bool is_about(const struct csaf *c, const struct value *v, struct str id)
{
	const struct value *ids = value_get_c(v, "product_ids"), *groups = value_get_c(v, "group_ids");
	value_foreach(i, ids)
		if (str_eq(value_text(i), id))
			return true;
	value_foreach(g, groups)
		value_foreach(i, (const struct value *)map_get(&c->groups, value_text(g)))
			if (str_eq(value_text(i), id))
				return true;
	return !ids && !groups;
}

static int read_product(struct csaf *c, const struct value *v, const struct value *at, enum vex_status status)
{
	struct str id = value_text(at);
	const struct csaf_product *known = map_get(&c->products, id);
	struct vex_statement s = { .status = status };
	struct vex_product p = { 0 };
	if (!known) {
		vex_warn(c->r, at, "a product that the product tree does not have");
		return 0;
	}
	value_foreach(flag, value_get_c(v, "flags"))
		if (is_about(c, flag, id))
			s.justification = value_str_c(flag, "label");
	value_foreach(threat, value_get_c(v, "threats"))
		if (str_eq(value_str_c(threat, "category"), STR("impact")) && is_about(c, threat, id))
			s.detail = value_str_c(threat, "details");
	value_foreach(remedy, value_get_c(v, "remediations"))
		if (is_about(c, remedy, id) && !s.action.n)
			s.action = value_str_c(remedy, "details");
	int e = vex_add_id(c->r, &s, value_str_c(v, "cve"));
	value_foreach(other, value_get_c(v, "ids"))
		if (e == 0)
			e = vex_add_id(c->r, &s, value_str_c(other, "text"));
	if (e == 0)
		e = add_names(c, id, false, &p.names);
	if (e == 0 && known->part.n)
		e = add_names(c, id, true, &p.parts);
	if (e == 0 && p.names.n && (!known->part.n || p.parts.n) && !vec_push(c->r->a, &s.products, p))
		e = error_nomem(c->r->err);
	return e < 0 ? e : vex_keep(c->r, at, &s);
}

static int read_vulnerability(struct csaf *c, const struct value *v)
{
	static const struct {
		const char *member;
		enum vex_status status;
	} groups[] = {
		{ "known_not_affected", VEX_NOT_AFFECTED }, { "fixed", VEX_FIXED }, { "first_fixed", VEX_FIXED }, { "known_affected", VEX_AFFECTED },
		{ "last_affected", VEX_AFFECTED }, { "under_investigation", VEX_UNDER_INVESTIGATION },
	};
	int e = 0;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		value_foreach(id, value_get(value_get_c(v, "product_status"), str_c(groups[i].member)))
			if (e == 0)
				e = read_product(c, v, id, groups[i].status);
	return e;
}

int csaf_read(struct vex_reader *r)
{
	struct csaf c = { .r = r };
	const struct value *root = r->doc->root, *document = value_get_c(root, "document"), *tracking = value_get_c(document, "tracking");
	r->out->format = STR("CSAF VEX");
	r->out->id = value_str_c(tracking, "id");
	r->out->author = value_str_c(value_get_c(document, "publisher"), "name");
	r->out->time = value_str_c(tracking, "current_release_date");
	r->out->version = value_str_c(tracking, "version");
	map_init(&c.products, r->a);
	map_init(&c.groups, r->a);
	int e = read_product_tree(&c, value_get_c(root, "product_tree"));
	value_foreach(v, value_get_c(root, "vulnerabilities"))
		if (e == 0)
			e = read_vulnerability(&c, v);
	return e;
}
