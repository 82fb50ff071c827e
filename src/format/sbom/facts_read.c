#include "base/map.h"
#include "base/path.h"
#include "format/json/json.h"
#include "format/sbom/facts.h"

#define NO_LAYER UINT32_MAX

/* What a component turned out to be. */
enum role { ROLE_SUBJECT, ROLE_OS, ROLE_GROUP, ROLE_PACKAGE, ROLE_OTHER };

/* One package on its way to its place in the sorted list. */
struct entry {
	struct package package;
	struct distro distro;  /* of its purl */
	uint32_t component, part; /* part: UINT32_MAX for language packages */
};
VEC_DECLARE(entry_vec, struct entry);
VEC_DECLARE(role_vec, uint8_t);

struct reader {
	struct arena *arena;
	const struct sbom *sbom;
	struct sbom_facts *out;
	uint8_t *roles;          /* by component */
	uint32_t *part_of;       /* by component: index + 1 of the operating system that lists it */
	struct str *group_paths; /* by component: of the group that lists it */
	uint32_t *package_of;    /* by component: index + 1 in the sorted packages */
	struct entry_vec entries;
	struct map layers;       /* "sha256:…" -> index + 1 */
	bool failed;
};

static struct str get(const struct sbom_component *c, const char *name)
{
	return sbom_property_get(&c->properties, str_c(name));
}

static struct str checked(struct reader *r, struct str s)
{
	r->failed |= !s.p;
	return s;
}

/* ---- the subject: an image and its layers --------------------------------------------------------------------------- */

static void know_layer(struct reader *r, struct str name, size_t index)
{
	bool is_new;
	void **slot = name.n ? map_at(&r->layers, name, &is_new) : NULL;
	r->failed |= name.n && !slot;
	if (slot && is_new)
		*slot = (void *)((uintptr_t)index + 1);
}

static void add_layer(struct reader *r, struct image_layer layer)
{
	struct image_layer_vec *layers = &r->out->image.layers;
	know_layer(r, layer.diff_id, layers->n);
	know_layer(r, layer.digest, layers->n);
	r->failed |= !vec_push(r->arena, layers, layer);
}

static void read_layers(struct reader *r, const struct sbom_component *c)
{
	const struct sbom_property *p;
	vec_foreach(p, &c->properties) {
		struct str rest = p->value, digest, diff_id, size;
		struct image_layer layer = { 0 };
		if (!str_eq_c(p->name, SBOM_P_LAYER) || !str_next(&rest, ' ', &digest) || !str_next(&rest, ' ', &diff_id) || !str_next(&rest, ' ', &size))
			continue;
		layer.digest = str_eq(digest, STR("-")) ? STR_NONE : digest;
		layer.diff_id = str_eq(diff_id, STR("-")) ? STR_NONE : diff_id;
		if (str_to_u64(size, &layer.size) == 0)
			add_layer(r, layer);
	}
	if (r->out->image.layers.n)
		return;
	vec_foreach(p, &c->properties)
		if (str_eq_c(p->name, SBOM_P_DIFF_ID))
			add_layer(r, (struct image_layer){ .diff_id = p->value });
}

/* [path, line, diff_id, text] */
static void read_gap(struct reader *r, struct str text)
{
	struct document doc;
	struct sbom_gap gap = { .text = text };
	struct json_options opt = { .max_depth = 2, .max_nodes = 16 };
	int64_t line;
	if (json_parse(r->arena, text, &opt, &doc, NULL, NULL) == 0 && value_count(doc.root, VALUE_ARRAY) == 4) {
		gap.path = value_text(value_at(doc.root, 0));
		gap.line = value_int(value_at(doc.root, 1), &line) == 0 && line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0;
		gap.diff_id = value_text(value_at(doc.root, 2));
		gap.text = value_text(value_at(doc.root, 3));
	}
	r->failed |= !vec_push(r->arena, &r->out->gaps, gap);
}

static void read_subject(struct reader *r, const struct sbom_component *c, bool first)
{
	struct image_info *image = &r->out->image;
	const struct sbom_property *p;
	vec_foreach(p, &c->properties)
		if (str_eq_c(p->name, SBOM_P_UNREADABLE))
			read_gap(r, p->value);
	if (!first) {
		image->artifact_name = checked(r, arena_printf(r->arena, "%.*s + %.*s", STR_FMT(image->artifact_name), STR_FMT(c->name)));
		return;
	}
	image->artifact_name = image->reference = c->name;
	image->digest = str_has_prefix(c->version, STR("sha256:")) || str_has_prefix(c->version, STR("sha512:")) ? c->version : STR_NONE;
	image->id = get(c, SBOM_P_IMAGE_ID);
	image->created = get(c, SBOM_P_CREATED);
	r->out->is_rootfs = c->type != SBOM_CONTAINER;
	vec_foreach(p, &c->properties) {
		struct str_vec *list = str_eq_c(p->name, SBOM_P_REPO_TAG) ? &image->repo_tags : str_eq_c(p->name, SBOM_P_REPO_DIGEST) ? &image->repo_digests : NULL;
		r->failed |= list && !vec_push(r->arena, list, p->value);
	}
	struct str text = get(c, SBOM_P_PLATFORM);
	if (str_cut(text, '/', &image->os, &text))
		str_cut(text, '/', &image->architecture, &image->variant);
	read_layers(r, c);
	for (size_t i = 0; i < image->layers.n; i++)
		image->size += image->layers.v[i].size;
}

/* ---- roles ---------------------------------------------------------------------------------------------------------- */

static enum role role_of(const struct sbom *s, size_t index)
{
	const struct sbom_component *c = &s->components.v[index];
	if (index < s->subject_count)
		return ROLE_SUBJECT;
	if (c->type == SBOM_OPERATING_SYSTEM)
		return ROLE_OS;
	if (get(c, SBOM_P_CLASS).n)
		return ROLE_GROUP;
	if (c->purl.n)
		return str_has_prefix(c->purl, STR("pkg:oci/")) || str_has_prefix(c->purl, STR("pkg:docker/")) ? ROLE_OTHER : ROLE_PACKAGE;
	if (get(c, SBOM_P_KIND).n || get(c, SBOM_P_PKG_TYPE).n)
		return ROLE_PACKAGE;
	return c->type == SBOM_LIBRARY || c->type == SBOM_FRAMEWORK || (c->type == SBOM_APPLICATION && c->version.n) ? ROLE_PACKAGE : ROLE_OTHER;
}

/* Trivy's word for a family ("redhat") or an os-release ID; what Syft adds as properties. */
static struct distro distro_of(struct reader *r, const struct sbom_component *c)
{
	struct distro d = { .known = true, .version = c->version, .name = c->description, .codename = get(c, SBOM_P_CODENAME), .id_like = get(c, SBOM_P_ID_LIKE) };
	struct str id = get(c, SBOM_P_DISTRO_ID), version_id = get(c, SBOM_P_VERSION_ID);
	if (!id.n)
		id = get(c, "syft:distro:id");
	if (!version_id.n)
		version_id = get(c, "syft:distro:versionID");
	if (!d.version.n)
		d.version = version_id;
	d.version_id = version_id.n ? version_id : d.version;
	struct str lower = checked(r, arena_lower(r->arena, id.n ? id : c->name));
	d.id = distro_from_trivy_family(lower);
	if (!d.id.n)
		d.id = checked(r, distro_normalize_id(r->arena, lower));
	if (!d.name.n)
		d.name = get(c, "syft:distro:prettyName");
	d.known = d.id.n > 0 && !str_eq(d.id, STR("unknown")) && !str_eq(d.id, STR("none"));
	return d;
}

static uint32_t add_part(struct reader *r, struct distro d)
{
	struct sbom_part part = { .distro = d };
	r->failed |= !vec_push(r->arena, &r->out->parts, part);
	return (uint32_t)(r->out->parts.n - 1);
}

/* What a component lists or needs is where `path` says, unless somebody said so before. */
static void pass_path(struct reader *r, uint32_t from, struct str path, struct u32_vec *queue)
{
	const struct u32_vec *next = &r->sbom->components.v[from].depends;
	for (size_t k = 0; k < next->n; k++) {
		uint32_t to = next->v[k];
		if (r->roles[to] != ROLE_PACKAGE || r->group_paths[to].n)
			continue;
		r->group_paths[to] = path;
		r->failed |= !vec_push(r->arena, queue, to);
	}
}

/* Groups say of what they list where it is. The path goes on to what those need, because some makers list only what nothing else needs. */
static void spread_paths(struct reader *r)
{
	struct u32_vec queue = { 0 };
	for (uint32_t i = 0; i < r->sbom->components.n; i++)
		if (r->roles[i] == ROLE_GROUP && r->sbom->components.v[i].name.n)
			pass_path(r, i, r->sbom->components.v[i].name, &queue);
	for (size_t i = 0; i < queue.n && !r->failed; i++)
		pass_path(r, queue.v[i], r->group_paths[queue.v[i]], &queue);
}

static void read_roles(struct reader *r)
{
	const struct sbom_component_vec *all = &r->sbom->components;
	for (size_t i = 0; i < all->n; i++) {
		r->roles[i] = (uint8_t)role_of(r->sbom, i);
		if (r->roles[i] == ROLE_SUBJECT)
			read_subject(r, &all->v[i], i == 0);
	}
	for (uint32_t i = 0; i < all->n && !r->failed; i++) {
		if (r->roles[i] == ROLE_OS) {
			uint32_t part = add_part(r, distro_of(r, &all->v[i]));
			for (size_t k = 0; k < all->v[i].depends.n; k++)
				if (!r->part_of[all->v[i].depends.v[k]])
					r->part_of[all->v[i].depends.v[k]] = part + 1;
		}
	}
	spread_paths(r);
}

/* ---- packages ------------------------------------------------------------------------------------------------------- */

static enum package_kind kind_by_trivy_type(struct str type)
{
	for (unsigned k = PKG_NONE + 1; type.n && k < PKG_KIND_COUNT; k++) {
		const char *name = package_kind_info((enum package_kind)k)->trivy_type;
		if (name && str_eq_c(type, name))
			return (enum package_kind)k;
	}
	return PKG_NONE;
}

/* Another kind is believed when it is of the same package URL type, or when there is no package URL. */
static void refine_kind(struct package *p, enum package_kind kind, bool has_purl)
{
	if (kind != PKG_NONE && (!has_purl || strcmp(package_kind_info(kind)->purl_type, package_kind_info(p->kind)->purl_type) == 0))
		p->kind = kind;
}

static bool same_name(struct reader *r, enum package_kind kind, struct str x, struct str y)
{
	if (!x.n || str_eq(x, y))
		return x.n;
	return str_eq_nocase(checked(r, package_advisory_name(r->arena, kind, x)), checked(r, package_advisory_name(r->arena, kind, y)));
}

/* The name as its ecosystem writes it, of which the purl may have only a folded form. */
static void refine_name(struct reader *r, struct package *p, const struct sbom_component *c)
{
	struct str full = get(c, SBOM_P_NAME);
	if (!full.n) {
		bool maven = strcmp(package_kind_info(p->kind)->purl_type, "maven") == 0;
		full = c->group.n ? checked(r, arena_printf(r->arena, "%.*s%c%.*s", STR_FMT(c->group), maven ? ':' : '/', STR_FMT(c->name))) : c->name;
		if (p->name.n && !same_name(r, p->kind, full, p->name))
			return;
	}
	p->name = full;
}

/* "1:2.30.2-1" from Trivy's parts. */
static struct str join_version(struct reader *r, struct str epoch, struct str version, struct str release)
{
	return checked(r, arena_printf(r->arena, "%.*s%s%.*s%s%.*s", STR_FMT(epoch), epoch.n ? ":" : "", STR_FMT(version), release.n ? "-" : "", STR_FMT(release)));
}

static void read_source(struct reader *r, struct package *p, const struct sbom_component *c)
{
	struct str name = get(c, SBOM_P_SRC_NAME), version = get(c, SBOM_P_SRC_VERSION), epoch = get(c, SBOM_P_SRC_EPOCH);
	if (name.n)
		p->src_name = name;
	if (version.n)
		p->src_version = join_version(r, str_eq(epoch, STR("0")) ? STR_NONE : epoch, version, get(c, SBOM_P_SRC_RELEASE));
	else if (!name.n && (version = get(c, "syft:metadata:sourceVersion")).n)
		p->src_version = version;
	if (!name.n && p->kind == PKG_DPKG && (name = get(c, "syft:metadata:source")).n)
		p->src_name = name;
	if (!name.n && p->kind == PKG_APK && (name = get(c, "syft:metadata:originPackage")).n)
		p->src_name = name;
}

static void read_place(struct reader *r, struct package *p, const struct sbom_component *c, uint32_t index)
{
	struct str path = get(c, SBOM_P_FILE_PATH), nested = get(c, SBOM_P_NESTED_PATH), lines = get(c, SBOM_P_LINES), first, last;
	uint64_t n;
	if (nested.n && path.n > nested.n + 1 && str_has_suffix(path, nested) && path.p[path.n - nested.n - 1] == '/') {
		p->nested_path = nested;
		path.n -= nested.n + 1;
	}
	if (!path.n)
		path = r->group_paths[index];
	if (!path.n)
		path = get(c, "syft:location:0:path");
	while (path.n && path.p[0] == '/')
		path = str_from(path, 1);
	p->path = path;
	str_cut(lines, '-', &first, &last);
	if (str_to_u64(first, &n) == 0 && n <= UINT32_MAX)
		p->line = (uint32_t)n;
	if (str_to_u64(last, &n) == 0 && n <= UINT32_MAX)
		p->end_line = (uint32_t)n;
	const char *const names[] = { SBOM_P_LAYER_DIFF_ID, SBOM_P_LAYER_DIGEST, "syft:location:0:layerID" };
	p->layer = NO_LAYER;
	for (size_t i = 0; i < ARRAY_LEN(names) && p->layer == NO_LAYER; i++) {
		struct str layer = get(c, names[i]);
		uintptr_t known = layer.n ? (uintptr_t)map_get(&r->layers, layer) : 0;
		if (layer.n && !known) { /* a bill that does not list the layers of its image */
			add_layer(r, i == 1 ? (struct image_layer){ .digest = layer } : (struct image_layer){ .diff_id = layer });
			known = r->out->image.layers.n;
		}
		if (known)
			p->layer = (uint32_t)(known - 1);
	}
}

static void read_flags(struct package *p, const struct sbom_component *c)
{
	struct str rest = get(c, SBOM_P_FLAGS), word;
	while (str_next_word(&rest, &word)) {
		p->dev |= str_eq(word, STR("development"));
		p->indirect |= str_eq(word, STR("indirect"));
		p->is_root |= str_eq(word, STR("root"));
		p->vendored |= str_eq(word, STR("vendored"));
	}
}

static void read_purl(struct reader *r, struct entry *e, const struct sbom_component *c)
{
	struct error err = { 0 };
	struct package *p = &e->package;
	int result = c->purl.n ? package_from_purl(r->arena, c->purl, p, &e->distro, &err) : ERR_UNSUPPORTED;
	if (result == ERR_NOMEM)
		r->failed = true;
	if (result < 0)
		*p = (struct package){ .kind = PKG_NONE };
	if (result < 0 && result != ERR_UNSUPPORTED && result != ERR_NOMEM)
		diag_add(&r->out->facts.diags, DIAG_UNREADABLE, STR_NONE, 0, 0, "%.*s: %s", STR_FMT(str_sub(c->purl, 0, 200)), err.text);
	p->purl = c->purl;
	/* "1.2" of a purl with the epoch elsewhere says less than "1:1.2", and the other way round */
	bool keep = p->version.n && str_find_char(p->version, ':') != STR_NOT_FOUND && str_find_char(c->version, ':') == STR_NOT_FOUND;
	if (c->version.n && !keep)
		p->version = c->version;
}

static void read_package(struct reader *r, uint32_t index)
{
	const struct sbom_component *c = &r->sbom->components.v[index];
	struct entry *e = vec_add(r->arena, &r->entries);
	if (!e) {
		r->failed = true;
		return;
	}
	struct package *p = &e->package;
	e->component = index;
	read_purl(r, e, c);
	refine_kind(p, kind_by_trivy_type(get(c, SBOM_P_PKG_TYPE)), c->purl.n > 0);
	refine_kind(p, package_kind_by_name(get(c, SBOM_P_KIND)), c->purl.n > 0);
	if (str_eq(get(c, "syft:package:type"), STR("rust-crate")) && str_contains(get(c, "syft:package:foundBy"), STR("binary")))
		refine_kind(p, PKG_RUST_BINARY, true);
	refine_name(r, p, c);
	if (package_kind_info(p->kind)->os) {
		read_source(r, p, c);
		p->vendor = c->supplier;
	}
	struct str modularity = get(c, SBOM_P_MODULARITY), arch = get(c, SBOM_P_ARCH);
	if (modularity.n)
		p->modularity = modularity;
	if (arch.n)
		p->arch = arch;
	p->uuid = get(c, SBOM_P_UUID);
	read_place(r, p, c, index);
	read_flags(p, c);
	p->licenses = c->licenses;
	if (c->digests.n)
		p->digest = c->digests.v[0];
	e->part = !package_kind_info(p->kind)->os ? UINT32_MAX : r->part_of[index] ? r->part_of[index] - 1 : UINT32_MAX - 1;
}

/* Operating-system packages that no operating system lists: the only one there is, else the one that the purl names. */
static void find_parts(struct reader *r)
{
	struct map by_purl;
	size_t stated = r->out->parts.n;
	map_init(&by_purl, r->arena);
	for (size_t i = 0; i < r->entries.n && !r->failed; i++) {
		struct entry *e = &r->entries.v[i];
		bool is_new;
		if (e->part != UINT32_MAX - 1)
			continue;
		if (stated == 1) {
			e->part = 0;
			continue;
		}
		struct str key = checked(r, arena_printf(r->arena, "%.*s\n%.*s\n%.*s", STR_FMT(e->distro.id), STR_FMT(e->distro.version), STR_FMT(e->distro.codename)));
		void **slot = key.p ? map_at(&by_purl, key, &is_new) : NULL;
		r->failed |= !slot;
		if (!slot)
			return;
		if (is_new)
			*slot = (void *)((uintptr_t)add_part(r, e->distro) + 1);
		e->part = (uint32_t)((uintptr_t)*slot - 1);
	}
	if (!r->out->parts.n)
		add_part(r, (struct distro){ 0 });
}

static int compare_entries(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	int c = package_compare(&a->package, &b->package);
	return c ? c : a->component < b->component ? -1 : a->component > b->component;
}

/* Sorted packages, their parts, and the way from components to them. */
static void place_packages(struct reader *r)
{
	struct package_vec *packages = &r->out->facts.packages;
	if (r->entries.n)
		qsort(r->entries.v, r->entries.n, sizeof(r->entries.v[0]), compare_entries);
	if (vec_reserve(r->arena, packages, r->entries.n) < 0) {
		r->failed = true;
		return;
	}
	struct sbom_part_vec *parts = &r->out->parts;
	for (size_t i = 0; i < r->entries.n; i++) {
		const struct entry *e = &r->entries.v[i];
		packages->v[packages->n++] = e->package;
		r->package_of[e->component] = (uint32_t)packages->n;
		if (e->part < parts->n)
			parts->v[e->part].count++;
	}
	size_t at = 0;
	for (size_t i = 0; i < parts->n; i++) {
		parts->v[i].first = at;
		at += parts->v[i].count;
	}
	/* Language packages belong to no distribution: with one they are beside its own, with several they are a part of their own. */
	if (parts->n == 1)
		parts->v[0].count = packages->n;
	else if (at < packages->n)
		add_part(r, (struct distro){ 0 });
	if (parts->n > 1 && at < packages->n && !r->failed) {
		parts->v[parts->n - 1].first = at;
		parts->v[parts->n - 1].count = packages->n - at;
	}
}

static void link_packages(struct reader *r)
{
	const struct sbom_component_vec *all = &r->sbom->components;
	struct u32_vec *relations = arena_new_array(r->arena, struct u32_vec, r->entries.n ? r->entries.n : 1);
	struct map refs;
	map_init(&refs, r->arena);
	r->failed |= !relations;
	for (size_t i = 0; i < all->n && !r->failed; i++)
		if (r->package_of[i])
			r->failed |= map_put(&refs, all->v[i].ref, (void *)(uintptr_t)r->package_of[i]) < 0;
	for (size_t i = 0; i < all->n && !r->failed; i++) {
		if (!r->package_of[i])
			continue;
		size_t self = r->package_of[i] - 1;
		struct str owner = get(&all->v[i], SBOM_P_OWNED_BY);
		uintptr_t found = owner.n ? (uintptr_t)map_get(&refs, owner) : 0;
		if (found)
			r->out->facts.packages.v[self].owner = (uint32_t)found;
		for (size_t k = 0; k < all->v[i].depends.n; k++) {
			uint32_t to = r->package_of[all->v[i].depends.v[k]];
			if (!to)
				continue;
			uint32_t target = to - 1;
			r->failed |= !vec_push(r->arena, &relations[self], target);
		}
	}
	r->out->facts.relations = relations;
}

int sbom_to_facts(struct arena *a, const struct sbom *s, struct sbom_facts *ret, struct error *err)
{
	struct sbom_facts out = { 0 };
	struct reader r = { .arena = a, .sbom = s, .out = &out };
	size_t n = s->components.n ? s->components.n : 1;
	if (n > SBOM_COMPONENTS_MAX)
		return error_set(err, ERR_LIMIT, "more than %u components", SBOM_COMPONENTS_MAX);
	diags_init(&out.facts.diags, a);
	map_init(&r.layers, a);
	r.roles = arena_new_array(a, uint8_t, n);
	r.part_of = arena_new_array(a, uint32_t, n);
	r.group_paths = arena_new_array(a, struct str, n);
	r.package_of = arena_new_array(a, uint32_t, n);
	if (!r.roles || !r.part_of || !r.group_paths || !r.package_of)
		return error_nomem(err);
	read_roles(&r);
	for (uint32_t i = 0; i < s->components.n && !r.failed; i++)
		if (r.roles[i] == ROLE_PACKAGE)
			read_package(&r, i);
	if (!r.failed)
		find_parts(&r);
	if (!r.failed)
		place_packages(&r);
	if (!r.failed)
		link_packages(&r);
	if (r.failed)
		return error_nomem(err);
	out.facts.distro = out.parts.v[0].distro;
	*ret = out;
	return 0;
}
