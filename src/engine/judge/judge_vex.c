#include "base/map.h"
#include "engine/judge/judge.h"

#include <stdlib.h>

/* One statement about one vulnerability. */
struct entry {
	const struct vex_document *doc;
	const struct vex_statement *s;
	size_t order; /* as given: of two at one time the later one counts */
};
VEC_DECLARE(entry_vec, struct entry);

struct vex_judge {
	struct arena *a;
	const struct report *r;
	struct map by_id;       /* -> struct entry_vec, the latest statement last */
	struct map by_name;     /* package name or what it provides -> struct u32_vec of packages, made on first use */
	unsigned char *needed;             /* by package: some other one needs it */
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

static bool image_named(const struct vex_ref *ref, struct str name)
{
	struct str repository = repository_of(name), tail = str_from(name, repository.n);
	size_t slash = str_rfind_char(repository, '/');
	struct str last = slash == STR_NOT_FOUND ? repository : str_from(repository, slash + 1);
	if (!str_eq(last, ref->name) || (ref->repository.n && !str_eq(ref->repository, repository)))
		return false;
	if (!ref->version.n)
		return true;
	return tail.n > 1 && str_eq(str_from(tail, 1), ref->version);
}

static bool is_image(const struct vex_judge *j, const struct vex_ref *ref)
{
	const struct image_info *image = &j->r->image;
	const struct str *name;
	if (ref->kind == VEX_REF_OTHER)
		return cpe_fits(ref->text, &j->r->facts.distro) || str_eq(ref->text, image->reference) || str_eq(ref->text, image->artifact_name) ||
		       (ref->text.n && (str_eq(ref->text, image->digest) || str_eq(ref->text, image->id))) || any_equal(&image->repo_tags, ref->text) ||
		       any_equal(&image->repo_digests, ref->text);
	if (ref->kind != VEX_REF_IMAGE)
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

static bool is_package(struct vex_judge *j, const struct vex_ref *ref, const struct package *p)
{
	return ref->kind == VEX_REF_PACKAGE && package_pattern_fits(j->a, &ref->package, p, &j->r->facts.distro);
}

static bool any_package(struct vex_judge *j, const struct vex_ref_vec *refs, const struct package *p)
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

static void name_packages(struct vex_judge *j)
{
	const struct package_vec *all = &j->r->facts.packages;
	const struct str *other;
	map_init(&j->by_name, j->a);
	j->named = true;
	j->needed = arena_zalloc(j->a, all->n + 1);
	j->seen = arena_zalloc(j->a, all->n + 1);
	j->is_product = arena_zalloc(j->a, all->n + 1);
	if (!j->needed || !j->seen || !j->is_product) {
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
	for (size_t i = 0; i < all->n; i++)
		vec_foreach(other, &all->v[i].depends) {
			const struct u32_vec *list = packages_named(j, *other);
			for (size_t k = 0; k < list->n; k++)
				j->needed[list->v[k]] |= list->v[k] != i && all->v[list->v[k]].kind == all->v[i].kind;
		}
}

/* Does the vulnerable package come into the image through `product` alone? It does when, without the product's packages, nothing that nobody needs leads
 * to it. */
static bool only_through(struct vex_judge *j, const struct vex_ref_vec *product, const struct package *vulnerable)
{
	const struct package_vec *all = &j->r->facts.packages;
	bool found = false;
	if (!j->named)
		name_packages(j);
	if (j->failed)
		return false;
	for (size_t i = 0; i < all->n; i++)
		found |= j->is_product[i] = any_package(j, product, &all->v[i]);
	memset(j->seen, 0, all->n);
	j->todo.n = 0;
	for (size_t i = 0; i < all->n && found; i++)
		if (!j->needed[i] && !j->is_product[i] && vec_push(j->a, &j->todo, (uint32_t)i))
			j->seen[i] = 1;
	while (j->todo.n) {
		const struct package *p = &all->v[j->todo.v[--j->todo.n]];
		const struct str *name;
		if (p == vulnerable)
			return false;
		vec_foreach(name, &p->depends) {
			const struct u32_vec *list = packages_named(j, *name);
			for (size_t k = 0; k < list->n; k++) {
				uint32_t to = list->v[k];
				if (j->seen[to] || j->is_product[to] || all->v[to].kind != p->kind)
					continue;
				j->seen[to] = 1;
				if (!vec_push(j->a, &j->todo, to))
					j->failed = true;
			}
		}
	}
	return found && !j->failed;
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

/* Documents state their times in RFC 3339, nearly all in UTC, so the order of text is that of time. */
static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int r = str_cmp(a->s->time, b->s->time);
	return r ? r : (a->order > b->order) - (a->order < b->order);
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
				struct entry e = { d, s, order++ };
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
		if (best->s && str_cmp(e->s->time, best->s->time) <= 0)
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
