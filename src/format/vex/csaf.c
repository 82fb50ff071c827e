#include "base/map.h"
#include "format/vex/vex_internal.h"

/* A product_id: something with a name, or a part in a whole. */
struct csaf_product {
	const struct value *full_name; /* name, product_identification_helper */
	struct str part, whole;        /* product_ids of a relationship */
	struct str version;            /* of a branch that is one version */
	bool range;                    /* a branch of versions, none of which is named */
};
/* What flags, threats and remediations say of a product. */
struct csaf_notes {
	struct str justification, detail, action;
};
struct csaf {
	struct vex_reader *r;
	struct map products; /* product_id -> struct csaf_product */
	struct map groups;   /* group_id -> its product_ids (value) */
	/* Of the vulnerability that is read: */
	struct map notes;    /* product_id -> struct csaf_notes */
	struct csaf_notes every;
	size_t steps;
};
#define STEPS_MAX 50000000u /* products of groups, a group as often as it is named */

static int add_full_name(struct csaf *c, const struct value *full_name, const struct value *relationship, const struct value *branch)
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
	p->range = str_eq(value_str_c(branch, "category"), STR("product_version_range"));
	struct str name = str_eq(value_str_c(branch, "category"), STR("product_version")) ? value_str_c(branch, "name") : STR_NONE;
	if (name.n && char_is_digit(name.p[0])) /* others write the package's name there */
		p->version = name;
	return 0;
}

static int read_branches(struct csaf *c, const struct value *list, unsigned depth)
{
	int e = 0;
	if (depth > VEX_MAX_DEPTH)
		return error_set(c->r->err, ERR_LIMIT, "branches more than %u deep", VEX_MAX_DEPTH);
	value_foreach(branch, list) {
		if (e == 0)
			e = add_full_name(c, value_get_c(branch, "product"), NULL, branch);
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
			e = add_full_name(c, p, NULL, NULL);
	value_foreach(rel, value_get_c(tree, "relationships"))
		if (e == 0)
			e = add_full_name(c, value_get_c(rel, "full_product_name"), rel, NULL);
	value_foreach(group, value_get_c(tree, "product_groups"))
		if (e == 0 && value_str_c(group, "group_id").n && map_put(&c->groups, value_str_c(group, "group_id"), (void *)(uintptr_t)value_get_c(group, "product_ids")) < 0)
			e = error_nomem(c->r->err);
	return e;
}

/* purl, CPE and name of what stands at the end of a chain of relationships (its part when `part`). A product that takes findings away is never wider than
 * its branch: a purl without a version gets the branch's, and of a range of versions it means none. */
static int add_names(struct csaf *c, struct str id, bool part, bool suppresses, struct vex_ref_vec *names)
{
	const struct csaf_product *p = map_get(&c->products, id);
	for (unsigned depth = 0; p && p->part.n && depth < VEX_MAX_DEPTH; depth++)
		p = map_get(&c->products, part ? p->part : p->whole);
	if (!p || p->part.n)
		return 0;
	const struct value *helper = value_get_c(p->full_name, "product_identification_helper");
	size_t before = names->n;
	int e = vex_add_ref(c->r, names, value_str_c(helper, "purl"));
	if (e == 0 && suppresses && names->n > before && names->v[before].kind == VEX_REF_PACKAGE && !names->v[before].package.package.version.n) {
		names->v[before].package.package.version = p->version;
		names->n -= p->range;
	}
	if (e == 0)
		e = vex_add_ref(c->r, names, value_str_c(helper, "cpe"));
	if (e == 0 && !value_str_c(helper, "purl").n)
		e = vex_add_ref(c->r, names, value_str_c(p->full_name, "name"));
	return e;
}

enum csaf_note { NOTE_JUSTIFICATION, NOTE_DETAIL, NOTE_ACTION };
/* The first one counts. */
static void set_note(struct csaf_notes *n, enum csaf_note which, struct str text)
{
	struct str *at = which == NOTE_JUSTIFICATION ? &n->justification : which == NOTE_DETAIL ? &n->detail : &n->action;
	if (!at->n)
		*at = text;
}

static int note(struct csaf *c, struct str id, enum csaf_note which, struct str text)
{
	bool is_new = false;
	void **slot = map_at(&c->notes, id, &is_new);
	if (slot && is_new)
		*slot = arena_new(c->r->a, struct csaf_notes);
	if (!slot || !*slot)
		return error_nomem(c->r->err);
	set_note(*slot, which, text);
	return 0;
}

/* What one of them says, for its products and those of its groups; where it names none, for all. */
static int read_note(struct csaf *c, const struct value *v, enum csaf_note which, struct str text)
{
	const struct value *ids = value_get_c(v, "product_ids"), *groups = value_get_c(v, "group_ids");
	int e = 0;
	if (!ids && !groups)
		set_note(&c->every, which, text);
	value_foreach(id, ids)
		if (e == 0)
			e = note(c, value_text(id), which, text);
	value_foreach(g, groups) {
		const struct value *members = map_get(&c->groups, value_text(g));
		c->steps += value_count(members, VALUE_ARRAY);
		if (e == 0 && c->steps > STEPS_MAX)
			e = error_set(c->r->err, ERR_LIMIT, "product groups with more than %u products altogether", STEPS_MAX);
		value_foreach(id, members)
			if (e == 0)
				e = note(c, value_text(id), which, text);
	}
	return e;
}

static int read_notes(struct csaf *c, const struct value *v)
{
	int e = 0;
	c->every = (struct csaf_notes){ 0 };
	map_init(&c->notes, c->r->a);
	value_foreach(flag, value_get_c(v, "flags"))
		if (e == 0)
			e = read_note(c, flag, NOTE_JUSTIFICATION, value_str_c(flag, "label"));
	value_foreach(threat, value_get_c(v, "threats"))
		if (e == 0 && str_eq(value_str_c(threat, "category"), STR("impact")))
			e = read_note(c, threat, NOTE_DETAIL, value_str_c(threat, "details"));
	value_foreach(remedy, value_get_c(v, "remediations"))
		if (e == 0)
			e = read_note(c, remedy, NOTE_ACTION, value_str_c(remedy, "details"));
	return e;
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
	const struct csaf_notes *own = map_get(&c->notes, id), none = { 0 };
	own = own ? own : &none;
	s.justification = own->justification.n ? own->justification : c->every.justification;
	s.detail = own->detail.n ? own->detail : c->every.detail;
	s.action = own->action.n ? own->action : c->every.action;
	bool suppresses = status == VEX_NOT_AFFECTED || status == VEX_FIXED;
	int e = vex_add_id(c->r, &s, value_str_c(v, "cve"));
	value_foreach(other, value_get_c(v, "ids"))
		if (e == 0)
			e = vex_add_id(c->r, &s, value_str_c(other, "text"));
	if (e == 0)
		e = add_names(c, id, false, suppresses, &p.names);
	if (e == 0 && known->part.n)
		e = add_names(c, id, true, suppresses, &p.parts);
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
	int e = read_notes(c, v);
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
