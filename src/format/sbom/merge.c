#include "format/sbom/merge.h"

#include "base/map.h"

struct merger {
	struct arena *arena;
	struct sbom *out;
	struct map by_key;  /* what makes two components the same -> index + 1 in out */
	struct map refs;    /* taken -> out */
	bool failed;
};

/* One bill on its way in. */
struct bill {
	const struct sbom *sbom;
	size_t number;
	uint32_t *target;   /* by component: index in out */
	uint32_t *parent;   /* by component: index + 1 in out of the subject that lists it */
	struct map seen;    /* keys of this bill -> how often so far */
	struct map renamed; /* ref here -> struct str * ref in out, where they differ */
};

static struct str checked(struct merger *m, struct str s)
{
	m->failed |= !s.p;
	return s;
}

static struct str get(const struct sbom_component *c, const char *name)
{
	return sbom_property_get(&c->properties, str_c(name));
}

/* What a component is and where. */
static struct str base_key(struct merger *m, const struct bill *b, size_t index)
{
	const struct sbom_component *c = &b->sbom->components.v[index];
	if (index < b->sbom->subject_count) {
		struct str id = get(c, SBOM_P_IMAGE_ID);
		return checked(m, arena_printf(m->arena, "subject\n%d\n%.*s\n%.*s\n%.*s", (int)c->type, STR_FMT(c->name), STR_FMT(c->version), STR_FMT(id.n ? id : c->purl)));
	}
	if (sbom_is_group(b->sbom, index))
		return checked(m, arena_printf(m->arena, "group\n%u\n%d\n%.*s\n%.*s\n%.*s", b->parent[index], (int)c->type, STR_FMT(c->name), STR_FMT(c->version),
					       STR_FMT(get(c, SBOM_P_TYPE))));
	return checked(m, arena_printf(m->arena, "%d\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s", (int)c->type, STR_FMT(c->purl), STR_FMT(c->group), STR_FMT(c->name), STR_FMT(c->version),
				       STR_FMT(get(c, SBOM_P_PKG_TYPE)), STR_FMT(get(c, SBOM_P_FILE_PATH))));
}

/* With its number among equals, so that two of one bill stay two. */
static struct str full_key(struct merger *m, struct bill *b, size_t index)
{
	struct str key = base_key(m, b, index);
	bool is_new;
	void **count = key.p ? map_at(&b->seen, key, &is_new) : NULL;
	m->failed |= !count;
	if (!count)
		return STR_NONE;
	*count = (void *)((uintptr_t)*count + 1);
	return checked(m, arena_printf(m->arena, "%llu\n%.*s", (unsigned long long)(uintptr_t)*count, STR_FMT(key)));
}

static struct str free_ref(struct merger *m, const struct bill *b, struct str ref)
{
	struct str candidate = ref;
	bool is_new = false;
	for (size_t attempt = 0; !m->failed; attempt++) {
		void **slot = map_at(&m->refs, candidate, &is_new);
		m->failed |= !slot;
		if (is_new) {
			*slot = m->out;
			break;
		}
		candidate = checked(m, attempt ? arena_printf(m->arena, "%.*s#%zu#%zu", STR_FMT(ref), b->number, attempt) : arena_printf(m->arena, "%.*s#%zu", STR_FMT(ref), b->number));
	}
	return candidate;
}

static void take(struct str *into, struct str from)
{
	if (!into->n)
		*into = from;
}

static void take_list(struct str_vec *into, const struct str_vec *from)
{
	if (!into->n)
		*into = *from;
}

/* Properties of names that are not there yet. The list is copied before it grows: it is the first bill's. */
static void join_properties(struct merger *m, struct sbom_property_vec *into, const struct sbom_property_vec *from)
{
	struct sbom_property_vec joined = { 0 };
	struct map names;
	const struct sbom_property *p;
	map_init(&names, m->arena);
	vec_foreach(p, into)
		m->failed |= map_put(&names, p->name, m->out) < 0 || !vec_push(m->arena, &joined, *p);
	vec_foreach(p, from)
		if (!map_get(&names, p->name))
			m->failed |= !vec_push(m->arena, &joined, *p);
	*into = joined;
}

static void join_component(struct merger *m, struct sbom_component *into, const struct sbom_component *from)
{
	take(&into->purl, from->purl);
	take(&into->supplier, from->supplier);
	take(&into->description, from->description);
	take(&into->copyright, from->copyright);
	take(&into->homepage, from->homepage);
	take_list(&into->licenses, &from->licenses);
	take_list(&into->digests, &from->digests);
	take_list(&into->cpes, &from->cpes);
	join_properties(m, &into->properties, &from->properties);
}

static void rename_ref(struct merger *m, struct bill *b, struct str from, struct str to)
{
	struct str *copy = str_eq(from, to) ? NULL : arena_new(m->arena, struct str);
	if (str_eq(from, to))
		return;
	m->failed |= !copy || map_put(&b->renamed, from, copy) < 0;
	if (copy)
		*copy = to;
}

static void add_component(struct merger *m, struct bill *b, size_t index)
{
	const struct sbom_component *c = &b->sbom->components.v[index];
	struct str key = full_key(m, b, index);
	bool is_new;
	void **slot = key.p ? map_at(&m->by_key, key, &is_new) : NULL;
	if (!slot) {
		m->failed = true;
		return;
	}
	if (is_new) {
		struct sbom_component copy = *c;
		copy.ref = free_ref(m, b, c->ref);
		copy.depends = (struct u32_vec){ 0 };
		m->failed |= !vec_push(m->arena, &m->out->components, copy);
		*slot = (void *)(uintptr_t)m->out->components.n;
		if (m->failed)
			return;
	}
	b->target[index] = (uint32_t)((uintptr_t)*slot - 1);
	struct sbom_component *to = &m->out->components.v[b->target[index]];
	if (!is_new)
		join_component(m, to, c);
	rename_ref(m, b, c->ref, to->ref);
}

/* What points at a ref by a property. */
static void rewrite_owner(struct merger *m, struct bill *b, size_t index)
{
	struct sbom_property_vec *all = &m->out->components.v[b->target[index]].properties, copy = { 0 };
	struct str owner = sbom_property_get(all, STR(SBOM_P_OWNED_BY));
	const struct str *to = owner.n ? map_get(&b->renamed, owner) : NULL;
	const struct sbom_property *p;
	if (!to)
		return;
	vec_foreach(p, all) {
		struct sbom_property changed = { p->name, str_eq_c(p->name, SBOM_P_OWNED_BY) ? *to : p->value };
		m->failed |= !vec_push(m->arena, &copy, changed);
	}
	*all = copy;
}

static void add_edges(struct merger *m, const struct bill *b)
{
	for (size_t i = 0; i < b->sbom->components.n && !m->failed; i++) {
		const uint32_t *to;
		vec_foreach(to, &b->sbom->components.v[i].depends)
			m->failed |= !vec_push(m->arena, &m->out->components.v[b->target[i]].depends, b->target[*to]);
	}
}

static void prepare(struct merger *m, struct bill *b, const struct sbom *s, size_t number)
{
	b->sbom = s;
	b->number = number;
	b->target = arena_new_array(m->arena, uint32_t, s->components.n + 1);
	b->parent = arena_new_array(m->arena, uint32_t, s->components.n + 1);
	map_init(&b->seen, m->arena);
	map_init(&b->renamed, m->arena);
	m->failed |= !b->target || !b->parent;
}

static void find_parents(struct bill *b)
{
	for (size_t i = 0; i < b->sbom->subject_count; i++) {
		const uint32_t *to;
		vec_foreach(to, &b->sbom->components.v[i].depends)
			if (!b->parent[*to])
				b->parent[*to] = b->target[i] + 1;
	}
}

static void join_document(struct merger *m, const struct sbom *s, struct map *tools)
{
	const struct sbom_tool *t;
	const struct sbom_property *p;
	const struct str *author;
	bool is_new;
	vec_foreach(t, &s->tools) {
		struct str key = checked(m, arena_printf(m->arena, "%.*s\n%.*s\n%.*s", STR_FMT(t->vendor), STR_FMT(t->name), STR_FMT(t->version)));
		m->failed |= !key.p || !map_at(tools, key, &is_new) || (is_new && !vec_push(m->arena, &m->out->tools, *t));
	}
	vec_foreach(author, &s->authors) {
		struct str key = checked(m, arena_printf(m->arena, "author\n%.*s", STR_FMT(*author)));
		m->failed |= !key.p || !map_at(tools, key, &is_new) || (is_new && !vec_push(m->arena, &m->out->authors, *author));
	}
	vec_foreach(p, &s->properties)
		m->failed |= !vec_push(m->arena, &m->out->properties, *p);
	m->out->incomplete |= s->incomplete;
}

int sbom_merge(struct arena *a, const struct sbom *bills, size_t n, struct sbom *ret, struct error *err)
{
	struct sbom out;
	struct merger m = { .arena = a, .out = &out };
	struct bill *list = arena_new_array(a, struct bill, n ? n : 1);
	struct map tools;
	size_t total = 0;
	if (!list)
		return error_nomem(err);
	sbom_init(&out, a);
	map_init(&m.by_key, a);
	map_init(&m.refs, a);
	map_init(&tools, a);
	for (size_t i = 0; i < n && !m.failed; i++) {
		total += bills[i].components.n;
		prepare(&m, &list[i], &bills[i], i + 1);
		join_document(&m, &bills[i], &tools);
		for (size_t k = 0; k < bills[i].subject_count && !m.failed; k++)
			add_component(&m, &list[i], k);
	}
	if (total > SBOM_COMPONENTS_MAX)
		return error_set(err, ERR_LIMIT, "more than %u components together", SBOM_COMPONENTS_MAX);
	out.subject_count = out.components.n;
	for (size_t i = 0; i < n && !m.failed; i++) {
		find_parents(&list[i]);
		for (size_t k = bills[i].subject_count; k < bills[i].components.n && !m.failed; k++)
			add_component(&m, &list[i], k);
		for (size_t k = 0; k < bills[i].components.n && !m.failed && list[i].renamed.n; k++)
			rewrite_owner(&m, &list[i], k);
		add_edges(&m, &list[i]);
	}
	if (m.failed)
		return error_nomem(err);
	int r = sbom_finish(a, &out, NULL, err);
	if (r == 0)
		*ret = out;
	return r;
}
