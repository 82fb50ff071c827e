#include "model/sbom.h"

#include "base/buf.h"
#include "base/map.h"

static const char *const type_names[SBOM_TYPE_COUNT] = {
	[SBOM_LIBRARY] = "library",   [SBOM_APPLICATION] = "application",           [SBOM_FRAMEWORK] = "framework", [SBOM_CONTAINER] = "container",
	[SBOM_PLATFORM] = "platform", [SBOM_OPERATING_SYSTEM] = "operating-system", [SBOM_DEVICE] = "device",       [SBOM_DEVICE_DRIVER] = "device-driver",
	[SBOM_FIRMWARE] = "firmware", [SBOM_FILE] = "file",                         [SBOM_MODEL] = "machine-learning-model", [SBOM_DATA] = "data",
	[SBOM_CRYPTO] = "cryptographic-asset",
};

void sbom_init(struct sbom *s, struct arena *a)
{
	*s = (struct sbom){ 0 };
	diags_init(&s->diags, a);
}

const char *sbom_type_name(enum sbom_type t)
{
	return (unsigned)t < SBOM_TYPE_COUNT ? type_names[t] : type_names[SBOM_LIBRARY];
}

int sbom_type_parse(struct str name, enum sbom_type *ret)
{
	for (unsigned i = 0; i < SBOM_TYPE_COUNT; i++)
		if (str_eq_c(name, type_names[i])) {
			*ret = (enum sbom_type)i;
			return 0;
		}
	return ERR_NOT_FOUND;
}

struct str sbom_property_get(const struct sbom_property_vec *v, struct str name)
{
	const struct sbom_property *p;
	vec_foreach(p, v)
		if (str_eq(p->name, name))
			return p->value;
	return STR_NONE;
}

int sbom_property_add(struct arena *a, struct sbom_property_vec *v, struct str name, struct str value)
{
	struct sbom_property p = { name, value };
	return !value.n || vec_push(a, v, p) ? 0 : ERR_NOMEM;
}

bool sbom_is_group(const struct sbom *s, size_t index)
{
	const struct sbom_component *c = &s->components.v[index];
	return index < s->subject_count || c->type == SBOM_OPERATING_SYSTEM || sbom_property_get(&c->properties, STR(SBOM_P_CLASS)).n > 0;
}

struct str sbom_uuid(struct arena *a, struct str content, struct str salt)
{
	/* A custom UUID of our stable 64-bit hash, taken twice; variant 10. */
	struct str x = arena_printf(a, "1%.*s", STR_FMT(salt));
	uint64_t h = str_hash(content), high = h ^ (x.p ? str_hash(x) : 0);
	struct str y = arena_printf(a, "2%.*s%016llx", STR_FMT(salt), (unsigned long long)h);
	if (!x.p || !y.p)
		return STR_NONE;
	uint64_t low = str_hash(y);
	high = (high & ~0xf000ULL) | 0x8000;
	low = (low & ~(3ULL << 62)) | 1ULL << 63;
	return arena_printf(a, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xffff),
			    (unsigned)(low >> 48), (unsigned long long)(low & 0xffffffffffffULL));
}

static void add_field(struct buf *b, struct str s)
{
	buf_addf(b, "%zu:", s.n);
	buf_add(b, s);
}

struct str sbom_identity(struct arena *a, const struct sbom *s)
{
	const struct sbom_component *c;
	const struct sbom_property *p;
	const uint32_t *to;
	const struct str *l;
	struct buf b;
	buf_init(&b, 1ull << 30);
	add_field(&b, s->name);
	add_field(&b, s->created);
	vec_foreach(c, &s->components) {
		const struct str fields[] = { c->ref, c->group, c->name, c->version, c->purl, c->supplier };
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			add_field(&b, fields[i]);
		vec_foreach(l, &c->licenses)
			add_field(&b, *l);
		vec_foreach(p, &c->properties) {
			add_field(&b, p->name);
			add_field(&b, p->value);
		}
		vec_foreach(to, &c->depends)
			buf_addf(&b, ">%u", *to);
		buf_add_char(&b, '\n');
	}
	struct str uuid = buf_failed(&b) ? STR_NONE : sbom_uuid(a, buf_str(&b), STR("identity"));
	buf_release(&b);
	return uuid.p ? arena_printf(a, "urn:uuid:%.*s", STR_FMT(uuid)) : uuid;
}

/* A ref that no component has yet: the purl or the name, with a number behind it. */
static int unique_ref(struct arena *a, struct map *refs, struct sbom_component *c, size_t index)
{
	struct str base = c->ref.n ? c->ref : c->purl.n ? c->purl : c->name.n ? c->name : STR("component");
	bool is_new = false;
	for (size_t attempt = 0; !is_new; attempt++) {
		/* With the index in it each taken spelling stands in the way of one component only. */
		struct str ref = !attempt && !c->ref.n ? base
				 : attempt < 2         ? arena_printf(a, "%.*s#%zu", STR_FMT(base), index)
						       : arena_printf(a, "%.*s#%zu#%zu", STR_FMT(base), index, attempt);
		void **slot = ref.p ? map_at(refs, ref, &is_new) : NULL;
		if (!slot)
			return ERR_NOMEM;
		if (is_new) {
			*slot = (void *)((uintptr_t)index + 1);
			c->ref = ref;
		}
	}
	return 0;
}

static int index_refs(struct arena *a, struct sbom *s, struct map *refs)
{
	struct u32_vec unnamed = { 0 };
	for (size_t i = 0; i < s->components.n; i++) {
		struct sbom_component *c = &s->components.v[i];
		uint32_t index = (uint32_t)i;
		bool is_new = false;
		void **slot = c->ref.n ? map_at(refs, c->ref, &is_new) : NULL;
		if (c->ref.n && !slot)
			return ERR_NOMEM;
		if (is_new) {
			*slot = (void *)((uintptr_t)i + 1);
			continue;
		}
		if (c->ref.n)
			diag_add(&s->diags, DIAG_WARNING, STR_NONE, 0, 0, "two components have the reference %.*s: relations are the first one's", STR_FMT(c->ref));
		if (!vec_push(a, &unnamed, index))
			return ERR_NOMEM;
	}
	/* Only now are all given refs known. */
	for (size_t k = 0; k < unnamed.n; k++)
		if (unique_ref(a, refs, &s->components.v[unnamed.v[k]], unnamed.v[k]) < 0)
			return ERR_NOMEM;
	return 0;
}

static int compare_u32(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return a < b ? -1 : a > b;
}

static void sort_depends(struct sbom_component *c, uint32_t self)
{
	size_t n = 0;
	if (c->depends.n)
		qsort(c->depends.v, c->depends.n, sizeof(c->depends.v[0]), compare_u32);
	for (size_t i = 0; i < c->depends.n; i++)
		if (c->depends.v[i] != self && (!n || c->depends.v[n - 1] != c->depends.v[i]))
			c->depends.v[n++] = c->depends.v[i];
	c->depends.n = n;
}

int sbom_finish(struct arena *a, struct sbom *s, const struct sbom_edge_vec *edges, struct error *err)
{
	struct map refs;
	map_init(&refs, a);
	if (index_refs(a, s, &refs) < 0)
		return error_nomem(err);
	for (size_t i = 0; edges && i < edges->n; i++) {
		uintptr_t from = (uintptr_t)map_get(&refs, edges->v[i].from), to = (uintptr_t)map_get(&refs, edges->v[i].to);
		if (!from || !to) {
			diag_add(&s->diags, DIAG_WARNING, STR_NONE, 0, 0, "a relation names %.*s, which is no component", STR_FMT(from ? edges->v[i].to : edges->v[i].from));
			continue;
		}
		uint32_t target = (uint32_t)(to - 1);
		if (!vec_push(a, &s->components.v[from - 1].depends, target))
			return error_nomem(err);
	}
	for (size_t i = 0; i < s->components.n; i++)
		sort_depends(&s->components.v[i], (uint32_t)i);
	return 0;
}
