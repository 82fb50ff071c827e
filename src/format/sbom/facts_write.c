#include "base/map.h"
#include "base/path.h"
#include "format/binary/binary.h"
#include "format/json/json_write.h"
#include "format/sbom/facts.h"
#include "model/package_relations.h"

#define PURL_MAX 8192

/* Working state: failures stick, so that the long row of small steps reads as one. */
struct maker {
	struct arena *arena;
	const struct sbom_facts *from;
	struct sbom *sbom;
	struct u32_vec *relations; /* by package */
	size_t first_package;
	bool failed;
};

/* A group of packages: the operating system, or the file that names them. Folded kinds hang on the subject. */
struct group {
	struct str type, target;
	bool os;
	struct u32_vec packages;
};
VEC_DECLARE(group_vec, struct group *);

static struct str checked(struct maker *m, struct str s)
{
	m->failed |= !s.p;
	return s;
}

static void property(struct maker *m, struct sbom_component *c, const char *name, struct str value)
{
	m->failed |= sbom_property_add(m->arena, &c->properties, str_c(name), value) < 0;
}

static struct sbom_component *component(struct maker *m)
{
	static struct sbom_component nowhere; /* never read: failed is set */
	struct sbom_component *c = vec_add(m->arena, &m->sbom->components);
	m->failed |= !c;
	return c ? c : (nowhere = (struct sbom_component){ 0 }, &nowhere);
}

/* pkg:oci/debian@sha256%3A…?arch=amd64&repository_url=docker.io%2Flibrary%2Fdebian, of "docker.io/library/debian@sha256:…". */
static struct str image_purl(struct maker *m)
{
	const struct image_info *image = &m->from->image;
	struct str repository, digest;
	struct buf out;
	if (!image->repo_digests.n || !str_cut(image->repo_digests.v[0], '@', &repository, &digest) || !digest.n || !repository.n)
		return STR("");
	buf_init(&out, PURL_MAX);
	struct str name = checked(m, arena_lower(m->arena, path_base(repository)));
	buf_addf(&out, "pkg:oci/%.*s@", STR_FMT(name));
	for (size_t i = 0; i < digest.n; i++)
		buf_addf(&out, digest.p[i] == ':' ? "%%3A" : "%c", digest.p[i]);
	buf_addf(&out, "?");
	if (image->architecture.n)
		buf_addf(&out, "arch=%.*s&", STR_FMT(image->architecture));
	buf_add_c(&out, "repository_url=");
	for (size_t i = 0; i < repository.n; i++) {
		char c = repository.p[i];
		buf_addf(&out, char_is_alnum(c) || char_is_one_of(c, "-._~") ? "%c" : "%%%02X", (unsigned char)c);
	}
	struct str purl = checked(m, arena_str(m->arena, buf_str(&out)));
	m->failed |= buf_failed(&out);
	buf_release(&out);
	return purl;
}

static struct str or_dash(struct str s)
{
	return s.n ? s : STR("-");
}

static struct str gap_text(struct maker *m, const struct sbom_gap *g)
{
	struct json_writer w;
	struct buf out;
	buf_init(&out, 1 << 20);
	json_writer_init(&w, &out, 0, 0);
	json_begin_array(&w);
	json_string(&w, g->path);
	json_uint(&w, g->line);
	json_string(&w, g->diff_id);
	json_string(&w, g->text);
	json_end_array(&w);
	struct str text = buf_failed(&out) ? STR_NONE : arena_str(m->arena, buf_str(&out));
	buf_release(&out);
	return checked(m, text);
}

static void add_subject(struct maker *m)
{
	const struct image_info *image = &m->from->image;
	struct sbom_component *c = component(m);
	const struct image_layer *layer;
	const struct sbom_gap *gap;
	const struct str *s;
	c->ref = checked(m, sbom_uuid(m->arena, image->id.n ? image->id : image->artifact_name, STR("image")));
	c->type = m->from->is_rootfs ? SBOM_PLATFORM : SBOM_CONTAINER;
	c->name = image->artifact_name;
	c->version = image->digest;
	c->purl = image_purl(m);
	property(m, c, SBOM_P_IMAGE_ID, image->id);
	vec_foreach(s, &image->repo_tags)
		property(m, c, SBOM_P_REPO_TAG, *s);
	vec_foreach(s, &image->repo_digests)
		property(m, c, SBOM_P_REPO_DIGEST, *s);
	vec_foreach(layer, &image->layers)
		property(m, c, SBOM_P_DIFF_ID, layer->diff_id);
	vec_foreach(layer, &image->layers)
		property(m, c, SBOM_P_LAYER,
			 checked(m, arena_printf(m->arena, "%.*s %.*s %llu", STR_FMT(or_dash(layer->digest)), STR_FMT(or_dash(layer->diff_id)), (unsigned long long)layer->size)));
	if (image->os.n || image->architecture.n)
		property(m, c, SBOM_P_PLATFORM,
			 checked(m, arena_printf(m->arena, "%.*s/%.*s%s%.*s", STR_FMT(image->os), STR_FMT(image->architecture), image->variant.n ? "/" : "", STR_FMT(image->variant))));
	property(m, c, SBOM_P_CREATED, image->created);
	vec_foreach(gap, &m->from->gaps)
		property(m, c, SBOM_P_UNREADABLE, gap_text(m, gap));
	m->sbom->incomplete = m->from->gaps.n > 0;
}

/* ---- groups --------------------------------------------------------------------------------------------------------- */

static struct str kind_type(const struct maker *m, const struct package_kind_info *info)
{
	return info->os ? distro_trivy_family(&m->from->facts.distro) : str_c(info->trivy_type ? info->trivy_type : info->name);
}

static struct group *group_of(struct maker *m, struct map *by_key, struct group_vec *all, const struct package *p)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	struct str type = kind_type(m, info), target = info->os ? STR("") : p->path;
	bool is_new;
	struct str key = checked(m, info->os ? STR("os") : arena_printf(m->arena, "%.*s\n%.*s", STR_FMT(type), STR_FMT(target)));
	void **slot = key.p ? map_at(by_key, key, &is_new) : NULL;
	if (slot && is_new && (*slot = arena_new(m->arena, struct group))) {
		struct group *g = *slot;
		*g = (struct group){ .type = type, .target = target, .os = info->os };
		m->failed |= !vec_push(m->arena, all, g);
	}
	m->failed |= !slot || !*slot;
	return slot ? *slot : NULL;
}

static int compare_groups(const void *x, const void *y)
{
	const struct group *a = *(struct group *const *)x, *b = *(struct group *const *)y;
	int r = (int)b->os - (int)a->os;
	if (!r)
		r = str_cmp(a->type, b->type);
	return r ? r : str_cmp(a->target, b->target);
}

/* The groups, sorted; packages of folded kinds go to *loose. */
static void make_groups(struct maker *m, struct group_vec *all, struct u32_vec *loose)
{
	const struct package_vec *packages = &m->from->facts.packages;
	struct package os = { .kind = PKG_DPKG };
	struct map by_key;
	map_init(&by_key, m->arena);
	if (m->from->facts.distro.known) /* a system without packages (distroless) is a fact too */
		group_of(m, &by_key, all, &os);
	for (size_t i = 0; i < packages->n && !m->failed; i++) {
		const struct package_kind_info *info = package_kind_info(packages->v[i].kind);
		uint32_t index = (uint32_t)i;
		struct u32_vec *list = loose;
		if (info->os || !info->aggregated) {
			struct group *g = group_of(m, &by_key, all, &packages->v[i]);
			list = g ? &g->packages : loose;
		}
		m->failed |= !vec_push(m->arena, list, index);
	}
	if (all->n)
		qsort(all->v, all->n, sizeof(all->v[0]), compare_groups);
}

static void add_group(struct maker *m, const struct group *g)
{
	const struct distro *d = &m->from->facts.distro;
	struct sbom_component *c = component(m);
	struct str key = checked(m, arena_printf(m->arena, "%.*s\n%.*s", STR_FMT(g->type), STR_FMT(g->target)));
	c->ref = checked(m, sbom_uuid(m->arena, key, STR("section")));
	c->type = g->os ? SBOM_OPERATING_SYSTEM : SBOM_APPLICATION;
	c->name = !g->os ? g->target : g->type.n ? g->type : STR("unknown");
	if (g->os) {
		c->version = d->version;
		c->description = d->name;
	}
	property(m, c, SBOM_P_CLASS, g->os ? STR("os-pkgs") : STR("lang-pkgs"));
	property(m, c, SBOM_P_TYPE, g->type);
	if (!g->os || !d->known)
		return;
	property(m, c, SBOM_P_DISTRO_ID, str_eq(d->id, c->name) ? STR("") : d->id);
	property(m, c, SBOM_P_VERSION_ID, str_eq(d->version_id, d->version) ? STR("") : d->version_id);
	property(m, c, SBOM_P_CODENAME, d->codename);
	property(m, c, SBOM_P_ID_LIKE, d->id_like);
}

/* ---- packages ------------------------------------------------------------------------------------------------------- */

/* Maven "group:artifact", npm "@scope/name", Composer "vendor/name": group and name apart. */
static void split_name(struct sbom_component *c, const struct package *p)
{
	const char *type = package_kind_info(p->kind)->purl_type;
	char separator = strcmp(type, "maven") == 0 ? ':' : strcmp(type, "npm") == 0 || strcmp(type, "composer") == 0 ? '/' : '\0';
	struct str group, name;
	if (separator && str_cut(p->name, separator, &group, &name) && group.n && name.n) {
		c->group = group;
		c->name = name;
		return;
	}
	c->name = p->name;
}

/* Distributions' advisories are filed under source packages. */
static void add_source(struct maker *m, struct sbom_component *c, const struct package *p)
{
	int64_t epoch;
	struct str version, release;
	package_split_version(p, p->src_version.n ? p->src_version : p->version, &epoch, &version, &release);
	property(m, c, SBOM_P_SRC_NAME, p->src_name.n ? p->src_name : p->name);
	property(m, c, SBOM_P_SRC_VERSION, version);
	property(m, c, SBOM_P_SRC_RELEASE, release);
	if (epoch)
		property(m, c, SBOM_P_SRC_EPOCH, checked(m, arena_printf(m->arena, "%lld", (long long)epoch)));
}

static struct str flags_text(struct maker *m, const struct package *p)
{
	const struct {
		bool set;
		const char *word;
	} flags[] = { { p->dev, "development" }, { p->indirect, "indirect" }, { p->is_root, "root" }, { p->vendored, "vendored" } };
	struct str text = STR("");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].set)
			text = checked(m, arena_printf(m->arena, "%.*s%s%s", STR_FMT(text), text.n ? " " : "", flags[i].word));
	return text;
}

static void add_package_properties(struct maker *m, struct sbom_component *c, const struct package *p)
{
	const struct package_kind_info *info = package_kind_info(p->kind);
	const struct image_layer_vec *layers = &m->from->image.layers;
	property(m, c, SBOM_P_PKG_TYPE, p->kind == PKG_NONE ? STR("") : kind_type(m, info));
	property(m, c, SBOM_P_KIND, info->os && !c->purl.n ? str_c(info->name) : STR(""));
	if (info->os)
		add_source(m, c, p);
	property(m, c, SBOM_P_MODULARITY, p->modularity);
	property(m, c, SBOM_P_ARCH, str_contains(c->purl, STR("arch=")) ? STR("") : p->arch);
	property(m, c, SBOM_P_UUID, p->uuid);
	property(m, c, SBOM_P_FILE_PATH, checked(m, package_full_path(m->arena, p)));
	property(m, c, SBOM_P_NESTED_PATH, p->nested_path);
	if (p->line)
		property(m, c, SBOM_P_LINES,
			 checked(m, p->end_line ? arena_printf(m->arena, "%u-%u", p->line, p->end_line) : arena_printf(m->arena, "%u", p->line)));
	if (!m->from->is_rootfs && p->layer < layers->n) {
		property(m, c, SBOM_P_LAYER_DIGEST, layers->v[p->layer].digest);
		property(m, c, SBOM_P_LAYER_DIFF_ID, layers->v[p->layer].diff_id);
	}
	property(m, c, SBOM_P_FLAGS, flags_text(m, p));
}

static void add_package(struct maker *m, const struct package *p)
{
	struct sbom_component *c = component(m);
	c->type = p->is_root ? SBOM_APPLICATION : SBOM_LIBRARY;
	c->purl = checked(m, package_purl(m->arena, p, &m->from->facts.distro));
	if (package_kind_info(p->kind)->os)
		c->supplier = p->vendor;
	split_name(c, p);
	c->version = p->version;
	c->licenses = p->licenses;
	if (p->digest.n)
		m->failed |= !vec_push(m->arena, &c->digests, p->digest);
	const char *cpe = p->kind == PKG_BINARY ? binary_cpe(p->name) : NULL;
	if (cpe && p->version.n)
		m->failed |= !vec_push(m->arena, &c->cpes, checked(m, arena_printf(m->arena, "cpe:2.3:a:%s:%.*s:*:*:*:*:*:*:*", cpe, STR_FMT(p->version))));
	add_package_properties(m, c, p);
}

/* Every ref is unique: purl, else purl#path, else with a number. */
static void name_packages(struct maker *m)
{
	const struct package_vec *packages = &m->from->facts.packages;
	struct map used;
	map_init(&used, m->arena);
	for (size_t i = 0; i < packages->n && !m->failed; i++) {
		struct sbom_component *c = &m->sbom->components.v[m->first_package + i];
		struct str path = checked(m, package_full_path(m->arena, &packages->v[i]));
		bool is_new = false;
		for (size_t attempt = 0; !is_new && !m->failed; attempt++) {
			struct str ref = attempt == 0   ? c->purl
					 : attempt == 1 ? arena_printf(m->arena, "%.*s#%.*s", STR_FMT(c->purl), STR_FMT(path))
					 : attempt == 2 ? arena_printf(m->arena, "%.*s#%.*s#%zu", STR_FMT(c->purl), STR_FMT(path), i)
							: arena_printf(m->arena, "%.*s#%.*s#%zu#%zu", STR_FMT(c->purl), STR_FMT(path), i, attempt);
			c->ref = checked(m, ref);
			if (attempt || ref.n)
				m->failed |= !map_at(&used, ref, &is_new);
		}
	}
	for (size_t i = 0; i < packages->n && !m->failed; i++) {
		uint32_t owner = packages->v[i].owner;
		if (owner && owner <= packages->n)
			property(m, &m->sbom->components.v[m->first_package + i], SBOM_P_OWNED_BY, m->sbom->components.v[m->first_package + owner - 1].ref);
	}
}

static void depend(struct maker *m, size_t from, size_t to)
{
	uint32_t target = (uint32_t)to;
	m->failed |= !vec_push(m->arena, &m->sbom->components.v[from].depends, target);
}

static void add_edges(struct maker *m, const struct group_vec *groups, const struct u32_vec *loose)
{
	for (size_t g = 0; g < groups->n; g++) {
		depend(m, 0, 1 + g);
		for (size_t k = 0; k < groups->v[g]->packages.n; k++)
			depend(m, 1 + g, m->first_package + groups->v[g]->packages.v[k]);
	}
	for (size_t k = 0; k < loose->n; k++)
		depend(m, 0, m->first_package + loose->v[k]);
	for (size_t i = 0; i < m->from->facts.packages.n; i++)
		for (size_t k = 0; k < m->relations[i].n; k++)
			depend(m, m->first_package + i, m->first_package + m->relations[i].v[k]);
}

int sbom_from_facts(struct arena *a, const struct sbom_facts *from, struct sbom *ret, size_t *ret_first_package, struct error *err)
{
	struct sbom sbom;
	struct maker m = { .arena = a, .from = from, .sbom = &sbom, .relations = from->facts.relations };
	struct group_vec groups = { 0 };
	struct u32_vec loose = { 0 };
	if (from->facts.packages.n > SBOM_COMPONENTS_MAX)
		return error_set(err, ERR_LIMIT, "more than %u packages", SBOM_COMPONENTS_MAX);
	if (!m.relations && package_relations(a, &from->facts.packages, &m.relations) < 0)
		return error_nomem(err);
	sbom_init(&sbom, a);
	make_groups(&m, &groups, &loose);
	m.failed |= vec_reserve(a, &sbom.components, 1 + groups.n + from->facts.packages.n) < 0;
	add_subject(&m);
	for (size_t i = 0; i < groups.n && !m.failed; i++)
		add_group(&m, groups.v[i]);
	m.first_package = 1 + groups.n;
	for (size_t i = 0; i < from->facts.packages.n && !m.failed; i++)
		add_package(&m, &from->facts.packages.v[i]);
	if (!m.failed)
		name_packages(&m);
	if (!m.failed)
		add_edges(&m, &groups, &loose);
	if (m.failed)
		return error_nomem(err);
	sbom.subject_count = 1;
	int r = sbom_finish(a, &sbom, NULL, err);
	if (r == 0) {
		*ret = sbom;
		if (ret_first_package)
			*ret_first_package = m.first_package;
	}
	return r;
}
