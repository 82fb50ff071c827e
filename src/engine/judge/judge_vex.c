#include "base/date.h"
#include "base/map.h"
#include "engine/judge/judge.h"
#include "model/package_relations.h"

#include <stdlib.h>

/* One statement about one vulnerability. */
struct entry {
	const struct vex_document *doc;
	const struct vex_statement *s;
	int64_t time; /* microseconds since 1970; what has none is the oldest */
	size_t order; /* as given: of two at one time the later one counts */
};
VEC_DECLARE(entry_vec, struct entry);

struct vex_judge {
	struct arena *a;
	const struct report *r;
	struct map by_id;       /* -> struct entry_vec, the latest statement last */
	struct map by_name;     /* package name or what it provides -> struct u32_vec of packages, made on first use */
	unsigned char *root;               /* by package: in the image of its own accord */
	unsigned char *seen, *is_product;  /* scratch of only_through */
	struct u32_vec todo;
	bool named, failed;
};

/* CPEs of distributions, as CSAF documents name the product that a package is part of. */
static bool cpe_fits(struct str cpe, const struct distro *d)
{
	static const struct {
		struct str vendor, product;
		const char *id;
	} table[] = {
		{ STR_INIT("redhat"), STR_INIT("enterprise_linux"), "rhel" }, { STR_INIT("debian"), STR_INIT("debian_linux"), "debian" },
		{ STR_INIT("canonical"), STR_INIT("ubuntu_linux"), "ubuntu" }, { STR_INIT("suse"), STR_INIT("sles"), "sles" },
		{ STR_INIT("opensuse"), STR_INIT("leap"), "opensuse-leap" }, { STR_INIT("alpinelinux"), STR_INIT("alpine_linux"), "alpine" },
		{ STR_INIT("oracle"), STR_INIT("linux"), "ol" }, { STR_INIT("rocky"), STR_INIT("rocky"), "rocky" }, { STR_INIT("almalinux"), STR_INIT("almalinux"), "almalinux" },
	};
	struct str rest = cpe, part, vendor, product, version;
	if (!str_strip_prefix(&rest, STR("cpe:/")) && !str_strip_prefix(&rest, STR("cpe:2.3:")))
		return false;
	str_cut(rest, ':', &part, &rest);
	str_cut(rest, ':', &vendor, &rest);
	str_cut(rest, ':', &product, &rest);
	str_cut(rest, ':', &version, &rest);
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_eq(vendor, table[i].vendor) && str_eq(product, table[i].product) && str_eq_c(d->id, table[i].id)) {
			struct str have = d->version, tail;
			if (!version.n || str_eq(version, STR("*")) || str_eq(version, have))
				return true;
			/* "9" means every 9.x, "9.4" no other. */
			return str_strip_prefix(&have, version) && str_cut(have, '.', &tail, &have) && !tail.n;
		}
	return false;
}

static bool any_equal(const struct str_vec *list, struct str s)
{
	const struct str *one;
	vec_foreach(one, list)
		if (str_eq(*one, s))
			return true;
	return false;
}

/* "ghcr.io/acme/app:1.0" and "ghcr.io/acme/app@sha256:…" without tag and digest. */
static struct str repository_of(struct str name)
{
	struct str head, ignored;
	str_cut(name, '@', &head, &ignored);
	size_t colon = str_rfind_char(head, ':'), slash = str_rfind_char(head, '/');
	return colon != STR_NOT_FOUND && (slash == STR_NOT_FOUND || colon > slash) ? str_sub(head, 0, colon) : head;
}

/* "docker.io/library/alpine", "index.docker.io/library/alpine" and "alpine" are one repository. */
static struct str familiar(struct str repository)
{
	static const struct str hosts[] = { STR_INIT("docker.io/"), STR_INIT("index.docker.io/"), STR_INIT("registry-1.docker.io/") };
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (str_strip_prefix(&repository, hosts[i]))
			break;
	str_strip_prefix(&repository, STR("library/"));
	return repository;
}

static bool image_named(const struct vex_ref *ref, struct str name)
{
	struct str repository = repository_of(name), tail = str_from(name, repository.n), tag, digest;
	size_t slash = str_rfind_char(repository, '/');
	struct str last = slash == STR_NOT_FOUND ? repository : str_from(repository, slash + 1);
	if (!str_eq(last, ref->name) || (ref->repository.n && !str_eq(familiar(ref->repository), familiar(repository))))
		return false;
	if (!ref->version.n)
		return true;
	str_cut(tail, '@', &tag, &digest); /* ":1.0", "@sha256:…" or both */
	return str_eq(digest, ref->version) || (tag.n > 1 && str_eq(str_from(tag, 1), ref->version));
}

static bool is_image(const struct vex_judge *j, const struct vex_ref *ref)
{
	const struct image_info *image = &j->r->image;
	const struct str *name;
	if (ref->kind == VEX_REF_OTHER)
		return cpe_fits(ref->text, &j->r->facts.distro) || str_eq(ref->text, image->reference) || str_eq(ref->text, image->artifact_name) ||
		       (ref->text.n && (str_eq(ref->text, image->digest) || str_eq(ref->text, image->id))) || any_equal(&image->repo_tags, ref->text) ||
		       any_equal(&image->repo_digests, ref->text);
	if (ref->kind != VEX_REF_IMAGE || (ref->arch.n && image->architecture.n && !str_eq(ref->arch, image->architecture)))
		return false;
	vec_foreach(name, &image->repo_digests)
		if (image_named(ref, *name))
			return true;
	vec_foreach(name, &image->repo_tags)
		if (image_named(ref, *name))
			return true;
	if (ref->version.n && image->digest.n && str_eq(ref->version, image->digest))
		return image_named(&(struct vex_ref){ .name = ref->name, .repository = ref->repository }, image->reference);
	return image_named(ref, image->reference);
}

static bool is_package(const struct vex_judge *j, const struct vex_ref *ref, const struct package *p)
{
	return ref->kind == VEX_REF_PACKAGE && package_pattern_fits(&ref->package, p, &j->r->facts.distro);
}

static bool any_package(const struct vex_judge *j, const struct vex_ref_vec *refs, const struct package *p)
{
	const struct vex_ref *ref;
	vec_foreach(ref, refs)
		if (is_package(j, ref, p))
			return true;
	return false;
}

static void name_package(struct vex_judge *j, struct str name, uint32_t i)
{
	bool is_new;
	void **slot = map_at(&j->by_name, name, &is_new);
	if (slot && is_new)
		*slot = arena_new(j->a, struct u32_vec);
	if (!slot || !*slot || !vec_push(j->a, (struct u32_vec *)*slot, i))
		j->failed = true;
}

static const struct u32_vec *packages_named(const struct vex_judge *j, struct str name)
{
	static const struct u32_vec none;
	const struct u32_vec *list = map_get(&j->by_name, name);
	return list ? list : &none;
}

/* From j->todo to all that is needed, not through j->is_product; marks it in j->seen. By name, so rather too much than too little. */
static void reach(struct vex_judge *j)
{
	const struct package_vec *all = &j->r->facts.packages;
	while (j->todo.n) {
		const struct package *p = &all->v[j->todo.v[--j->todo.n]];
		const struct str *name;
		vec_foreach(name, &p->depends) {
			const struct u32_vec *list = packages_named(j, *name);
			for (size_t k = 0; k < list->n; k++) {
				uint32_t to = list->v[k];
				if (j->seen[to] || j->is_product[to] || all->v[to].kind != p->kind)
					continue;
				j->seen[to] = 1;
				j->failed |= !vec_push(j->a, &j->todo, to);
			}
		}
	}
}

static void start(struct vex_judge *j, uint32_t i)
{
	if (j->seen[i] || j->is_product[i])
		return;
	j->seen[i] = 1;
	j->failed |= !vec_push(j->a, &j->todo, i);
}

/* What is there of its own accord: what nothing in its place needs, a project itself and what its lock file says it asks for, and packages that only need
 * each other in a circle. */
static void find_roots(struct vex_judge *j, const struct u32_vec *needs)
{
	const struct package_vec *all = &j->r->facts.packages;
	struct map telling; /* lock files that tell what the project itself asks for */
	map_init(&telling, j->a);
	memset(j->root, 1, all->n);
	for (size_t i = 0; i < all->n; i++) {
		const struct package *p = &all->v[i];
		for (size_t k = 0; k < needs[i].n; k++)
			j->root[needs[i].v[k]] = 0;
		if (p->indirect)
			j->failed |= map_put(&telling, p->path, (void *)(uintptr_t)p) < 0;
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct package *p = &all->v[i];
		if (p->is_root || (!p->indirect && p->path.n && map_get(&telling, p->path)))
			j->root[i] = 1;
		if (j->root[i])
			start(j, (uint32_t)i);
	}
	reach(j);
	for (size_t i = 0; i < all->n; i++)
		j->root[i] |= !j->seen[i];
}

static void name_packages(struct vex_judge *j)
{
	const struct package_vec *all = &j->r->facts.packages;
	const struct str *other;
	struct u32_vec *needs;
	map_init(&j->by_name, j->a);
	j->named = true;
	j->root = arena_zalloc(j->a, all->n + 1);
	j->seen = arena_zalloc(j->a, all->n + 1);
	j->is_product = arena_zalloc(j->a, all->n + 1);
	if (!j->root || !j->seen || !j->is_product || package_relations(j->a, all, &needs) < 0) {
		j->failed = true;
		return;
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct package *p = &all->v[i];
		name_package(j, p->name, (uint32_t)i);
		name_package(j, arena_printf(j->a, "%.*s@%.*s", STR_FMT(p->name), STR_FMT(p->version)), (uint32_t)i);
		vec_foreach(other, &p->provides)
			name_package(j, *other, (uint32_t)i);
	}
	find_roots(j, needs);
}

/* Does the vulnerable package come into the image through `product` alone? It does when, without the product's packages, nothing that is there of its own
 * accord leads to it. */
static bool only_through(struct vex_judge *j, const struct vex_ref_vec *product, const struct package *vulnerable)
{
	const struct package_vec *all = &j->r->facts.packages;
	bool found = false;
	if (!j->named)
		name_packages(j);
	if (j->failed || vulnerable < all->v || vulnerable >= all->v + all->n)
		return false;
	for (size_t i = 0; i < all->n; i++)
		found |= j->is_product[i] = any_package(j, product, &all->v[i]);
	if (!found)
		return false;
	memset(j->seen, 0, all->n);
	for (size_t i = 0; i < all->n; i++)
		if (j->root[i])
			start(j, (uint32_t)i);
	reach(j);
	return !j->seen[vulnerable - all->v] && !j->failed;
}

static bool product_fits(struct vex_judge *j, const struct vex_product *p, const struct package *package)
{
	const struct vex_ref *name;
	vec_foreach(name, &p->names) {
		if (is_package(j, name, package) && !p->parts.n)
			return true;
		if (is_image(j, name) && (!p->parts.n || any_package(j, &p->parts, package)))
			return true;
	}
	return p->parts.n && any_package(j, &p->parts, package) && only_through(j, &p->names, package);
}

static bool statement_fits(struct vex_judge *j, const struct vex_statement *s, const struct package *package)
{
	const struct vex_product *p;
	vec_foreach(p, &s->products)
		if (product_fits(j, p, package))
			return true;
	return false;
}

static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	return a->time != b->time ? (a->time > b->time) - (a->time < b->time) : (a->order > b->order) - (a->order < b->order);
}

static int index_statements(struct vex_judge *j, const struct vex_document_vec *docs)
{
	const struct vex_document *d;
	const struct vex_statement *s;
	const struct str *id;
	size_t order = 0;
	map_init(&j->by_id, j->a);
	vec_foreach(d, docs)
		vec_foreach(s, &d->statements)
			vec_foreach(id, &s->ids) {
				bool is_new;
				void **slot = map_at(&j->by_id, *id, &is_new);
				struct entry e = { d, s, INT64_MIN, order++ };
				if (date_to_instant(s->time, &e.time) < 0)
					e.time = INT64_MIN;
				if (slot && is_new)
					*slot = arena_new(j->a, struct entry_vec);
				struct entry_vec *list = slot ? *slot : NULL;
				if (!list || !vec_push(j->a, list, e))
					return ERR_NOMEM;
			}
	for (size_t i = 0; i < j->by_id.n; i++) {
		struct entry_vec *list = j->by_id.entries[i].value;
		qsort(list->v, list->n, sizeof(list->v[0]), compare_entries);
	}
	return 0;
}

/* The latest statement that is about this finding, by any of its names. */
static void find_latest(struct vex_judge *j, struct str id, const struct package *package, struct entry *best)
{
	const struct entry_vec *list = id.n ? map_get(&j->by_id, id) : NULL;
	for (size_t i = list ? list->n : 0; i-- > 0;) {
		const struct entry *e = &list->v[i];
		if (best->s && compare_entries(e, best) <= 0)
			return;
		if (statement_fits(j, e->s, package)) {
			*best = *e;
			return;
		}
	}
}

static struct str reason_of(struct vex_judge *j, const struct vex_statement *s)
{
	struct str text = s->justification.n && s->detail.n ? arena_printf(j->a, "%.*s: %.*s", STR_FMT(s->justification), STR_FMT(s->detail)) :
			  s->justification.n ? s->justification : s->detail.n ? s->detail : s->action;
	j->failed |= s->justification.n && !text.p;
	return text;
}

int judge_vex(struct arena *a, struct report *r, const struct vex_document_vec *docs, size_t *ret_hits, struct error *err)
{
	struct vex_judge j = { .a = a, .r = r };
	struct finding *f;
	size_t hits = 0;
	if (index_statements(&j, docs) < 0)
		return error_nomem(err);
	vec_foreach(f, &r->findings) {
		struct entry best = { 0 };
		const struct str *alias;
		if (f->kind != FINDING_VULNERABILITY || !f->subject.package || f->suppressed.active)
			continue;
		find_latest(&j, f->id, f->subject.package, &best);
		find_latest(&j, f->source_id, f->subject.package, &best);
		if (f->vulnerability)
			vec_foreach(alias, &f->vulnerability->aliases)
				find_latest(&j, *alias, f->subject.package, &best);
		if (!best.s)
			continue;
		hits++;
		if (best.s->status != VEX_NOT_AFFECTED && best.s->status != VEX_FIXED)
			continue;
		f->suppressed = (struct suppression){ .active = true, .status = str_c(vex_status_name(best.s->status)), .reason = reason_of(&j, best.s) };
		f->suppressed.by = best.doc->author.n ? arena_printf(a, "%.*s:%u (%.*s)", STR_FMT(best.doc->file), best.s->line, STR_FMT(best.doc->author)) :
							arena_printf(a, "%.*s:%u", STR_FMT(best.doc->file), best.s->line);
		j.failed |= !f->suppressed.by.p;
	}
	if (j.failed)
		return error_nomem(err);
	*ret_hits = hits;
	return 0;
}
