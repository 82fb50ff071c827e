#include "engine/baseimage/baseimage.h"
#include "engine/baseimage/base_internal.h"
#include "format/json/json.h"

/* What an entry of the history says, without what builders put around it. */
static struct str instruction(struct str by)
{
	size_t at = str_find(by, STR("#(nop)"));
	if (at != STR_NOT_FOUND)
		by = str_from(by, at + 6);
	by = str_trim(by);
	str_strip_suffix(&by, STR("# buildkit"));
	return str_trim(by);
}

struct step {
	struct str text;
	bool empty;
	uint32_t layers; /* with those of this entry */
};
/* Behind entry `at` (an index + 1) begins what is not the base's. */
struct boundary {
	size_t at;
	uint32_t layers;
	const struct base_family *family;
	struct str version;
	const char *why;
};
struct looking {
	struct arena *arena;
	const struct image_info *image;
	const struct image_facts *facts;
	const struct value *config;
	struct step *steps;
	size_t step_count;
	bool counts_agree; /* the history has as many layers as the image */
};

const struct base_family *base_family_find(struct str id)
{
	for (size_t i = 0; i < base_family_count; i++)
		if (str_eq_c(id, base_families[i].id))
			return &base_families[i];
	return NULL;
}

const struct base_family *base_family_of_distro(struct str id)
{
	for (size_t i = 0; i < base_family_count && id.n; i++)
		if (str_eq_c(id, base_families[i].distro))
			return &base_families[i];
	return NULL;
}

/* "3.11" of "3.11.4": the parts that name a release. */
struct str base_cycle_of(const struct base_family *f, struct str version)
{
	size_t n = 0;
	for (unsigned parts = 0; n < version.n; n++)
		if (version.p[n] == '.' && ++parts == f->parts)
			break;
	/* "17+35", "8u382": what is no part of a number ends it */
	for (size_t i = 0; i < n; i++)
		if (!char_is_digit(version.p[i]) && version.p[i] != '.')
			n = i;
	return str_sub(version, 0, n);
}

static bool ends_value(char c)
{
	return char_is_space(c) || c == '"' || c == '\'' || c == ';' || c == '&' || c == ')';
}

/* The version that an assignment in `text` names: where one of the family's patterns stands. */
static bool match_version(const struct base_family *f, struct str text, struct str *ret)
{
	for (const char *const *p = f->versions; *p; p++) {
		struct str pattern = str_c(*p), version;
		size_t hole = str_find(pattern, STR("{v}")), at = str_find(text, str_sub(pattern, 0, hole));
		struct str after = str_from(pattern, hole + 3);
		/* the variable's name is whole: no "OLD_PYTHON_VERSION" */
		if (at == STR_NOT_FOUND || (at > 0 && (char_is_alnum(text.p[at - 1]) || text.p[at - 1] == '_')))
			continue;
		version = str_from(text, at + hole);
		size_t n = 0;
		while (n < version.n && !ends_value(version.p[n]))
			n++;
		version = str_sub(version, 0, n);
		if (after.n) {
			size_t end = str_find(version, after);
			if (end == STR_NOT_FOUND)
				continue;
			version = str_sub(version, 0, end);
		}
		if (!version.n || version.n > 64 || !char_is_digit(version.p[0]))
			continue;
		*ret = version;
		return true;
	}
	return false;
}

static const struct base_family *match_family(struct str text, struct str *ret_version)
{
	for (size_t i = 0; i < base_family_count; i++)
		if (match_version(&base_families[i], text, ret_version))
			return &base_families[i];
	return NULL;
}

static bool is_last(const struct base_family *f, struct str text)
{
	for (const char *const *p = f->last; *p; p++)
		if (str_contains(text, str_c(*p)))
			return true;
	return false;
}

/* --- history --- */

static int read_history(struct looking *l, struct error *err)
{
	const struct value *history = value_get_c(l->config, "history");
	size_t n = value_count(history, VALUE_ARRAY);
	uint32_t layers = 0;
	if (n > BASE_HISTORY_MAX)
		return 0;
	l->steps = arena_new_array(l->arena, struct step, n + 1);
	if (!l->steps)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const struct value *entry = value_at(history, i);
		bool empty = value_get_bool(entry, STR("empty_layer"), false);
		layers += !empty;
		l->steps[i] = (struct step){ .text = instruction(value_str_c(entry, "created_by")), .empty = empty, .layers = layers };
	}
	l->step_count = n;
	l->counts_agree = layers == l->image->layers.n;
	return 0;
}

/* A word that builders without Dockerfiles begin every created_by of theirs with. */
struct builder {
	const char *prefix;
	bool makes_base; /* its layers are the base; else they are what is put on it */
	const char *why;
};
static const struct builder builders[] = {
	{ "bazel build", true, "history: layers made by bazel, as distroless images are" },
	{ "apko", true, "history: layers made by apko" },
	{ "jib-", false, "history: what jib put on it" },
	{ "ko build", false, "history: what ko put on it" },
	{ "Buildpacks", false, "history: what buildpacks put on it" },
};

static void look_for_builders(const struct looking *l, struct boundary *best)
{
	for (size_t b = 0; b < ARRAY_LEN(builders); b++) {
		size_t i = 0;
		bool first = l->step_count && str_has_prefix(l->steps[0].text, str_c(builders[b].prefix));
		if (builders[b].makes_base != first)
			continue;
		while (i < l->step_count && str_has_prefix(l->steps[i].text, str_c(builders[b].prefix)) == first)
			i++;
		if (i > 0 && i < l->step_count && i > best->at)
			*best = (struct boundary){ .at = i, .layers = l->steps[i - 1].layers, .why = builders[b].why };
	}
}

/* The official Dockerfile of a family: its variable, later its last instruction. */
static void look_for_families(const struct looking *l, struct boundary *best)
{
	const struct base_family *family = NULL;
	struct str version = STR("");
	for (size_t i = 0; i < l->step_count; i++) {
		struct str found;
		bool sets = str_has_prefix(l->steps[i].text, STR("ENV ")) || str_has_prefix(l->steps[i].text, STR("ARG "));
		const struct base_family *f = sets ? match_family(l->steps[i].text, &found) : NULL;
		if (f) {
			family = f;
			version = found;
		}
		if (family && is_last(family, l->steps[i].text) && i + 1 < l->step_count && i + 1 >= best->at)
			*best = (struct boundary){ .at = i + 1, .layers = l->steps[i].layers, .family = family, .version = version, .why = "history: the last instruction of the official Dockerfile" };
	}
}

static bool is_rootfs(struct str text)
{
	return str_has_prefix(text, STR("# debian.sh")) || str_contains(text, STR("debuerreotype")) ||
	       (str_has_prefix(text, STR("ADD ")) && (str_has_suffix(text, STR(" in /")) || str_has_suffix(text, STR(" /")) || str_contains(text, STR("rootfs"))));
}

static bool sets_command(const struct step *s)
{
	return s->empty && (str_contains(s->text, STR("CMD")) || str_contains(s->text, STR("ENTRYPOINT")));
}

/* The lowest layer, when it is a whole root filesystem, and the settings up to its CMD. */
static void look_for_rootfs(const struct looking *l, struct boundary *best)
{
	size_t i = 0, end;
	while (i < l->step_count && l->steps[i].empty)
		i++;
	if (i == l->step_count || !is_rootfs(l->steps[i].text))
		return;
	end = i + 1;
	for (size_t k = end; k < l->step_count && l->steps[k].empty; k++)
		if (sets_command(&l->steps[k])) {
			end = k + 1;
			break;
		}
	if (end < l->step_count && end > best->at)
		*best = (struct boundary){ .at = end, .layers = l->steps[i].layers, .why = "history: the root filesystem" };
}

/* The image's own CMD and other settings stand at the end, behind its last layer; a CMD below that is the base image's last word. */
static void look_for_command(const struct looking *l, struct boundary *best)
{
	size_t i = l->step_count;
	while (i > 0 && l->steps[i - 1].empty)
		i--;
	while (i > 0 && !sets_command(&l->steps[i - 1]))
		i--;
	if (i > best->at && l->steps[i - 1].layers > 0 && l->steps[i - 1].layers < l->image->layers.n)
		*best = (struct boundary){ .at = i, .layers = l->steps[i - 1].layers, .why = "history: the last CMD or ENTRYPOINT below the image's own" };
}

/* --- names --- */

static bool has_package_like(const struct looking *l, const char *const *globs, uint32_t layers)
{
	const struct package *p;
	vec_foreach(p, &l->facts->packages)
		if (package_kind_info(p->kind)->os && p->layer < layers && base_glob_any(globs, p->name))
			return true;
	return false;
}

bool base_glob_any(const char *const *globs, struct str name)
{
	for (; *globs; globs++)
		if (str_glob(str_c(*globs), name))
			return true;
	return false;
}

/* "-slim" or "-alpine", as the distribution and the packages tell. */
static const char *variant_suffix(const struct looking *l, const struct base_family *f, uint32_t layers)
{
	struct str distro = l->facts->distro.id;
	if (!f->distro[0] && str_eq(distro, STR("alpine")))
		return "-alpine";
	for (size_t i = 0; i < f->variant_count; i++) {
		const struct base_variant *v = &f->variants[i];
		if (v->rule == BASE_RULE_DROPS && str_eq_c(distro, v->distro) && layers && !has_package_like(l, v->globs, layers))
			return strcmp(v->name, "slim") == 0 ? "-slim" : "";
	}
	return "";
}

static int name_family(const struct looking *l, const struct base_family *f, struct str version, struct base_image *b, struct error *err)
{
	struct str repository = str_c(f->repository);
	if (str_contains(repository, STR("{")))
		repository = str_c(f->id);
	b->family = str_c(f->id);
	b->version = arena_str(l->arena, version);
	b->name = arena_printf(l->arena, "%.*s%s%.*s%s", STR_FMT(repository), version.n ? ":" : "", STR_FMT(version), variant_suffix(l, f, b->layers));
	return b->name.p && b->version.p ? 0 : error_nomem(err);
}

static int name_distro(const struct looking *l, struct base_image *b, struct error *err)
{
	const struct distro *d = &l->facts->distro;
	const struct base_family *f = d->known ? base_family_of_distro(d->id) : NULL;
	if (f)
		return name_family(l, f, base_cycle_of(f, d->version), b, err);
	if (d->known && d->id.n)
		b->name = arena_printf(l->arena, "%.*s%s%.*s", STR_FMT(d->id), d->version.n ? ":" : "", STR_FMT(d->version));
	return b->name.p || !d->known || !d->id.n ? 0 : error_nomem(err);
}

/* --- the four kinds of evidence, weak to strong --- */

static int guess(const struct looking *l, struct base_image *b, struct error *err)
{
	const struct value *env = value_path(l->config, "config", "Env", NULL);
	const struct package *p;
	if (!l->facts->distro.known)
		return 0;
	/* With nothing else to go by, a lowest layer that has the system's packages is taken for the base. */
	vec_foreach(p, &l->facts->packages)
		if (package_kind_info(p->kind)->os && p->layer == 0 && l->image->layers.n > 1)
			b->layers = 1;
	value_foreach(entry, env) {
		struct str version;
		const struct base_family *f = match_family(value_text(entry), &version);
		if (!f)
			continue;
		b->evidence = BASE_GUESSED;
		b->layers = 0; /* the program may be in any of them */
		b->why = STR("environment");
		return name_family(l, f, version, b, err);
	}
	b->evidence = BASE_GUESSED;
	b->why = STR("os-release");
	return name_distro(l, b, err);
}

static int from_history(const struct looking *l, struct base_image *b, struct error *err)
{
	struct boundary best = { 0 };
	look_for_rootfs(l, &best);
	look_for_builders(l, &best);
	look_for_families(l, &best);
	size_t known = best.at;
	look_for_command(l, &best);
	if (!best.at)
		return 0;
	*b = (struct base_image){ .evidence = BASE_LIKELY, .why = str_c(best.why), .layers = l->counts_agree ? best.layers : 0 };
	if (best.family)
		return name_family(l, best.family, best.version, b, err);
	/* The distribution is the base's name only when nothing was put on it. */
	return !known || best.at == known || l->steps[best.at - 1].layers <= 1 ? name_distro(l, b, err) : 0;
}

static uint32_t layers_up_to(const struct image_info *image, struct str diff_id)
{
	for (size_t i = 0; i < image->layers.n && diff_id.n; i++)
		if (str_eq(image->layers.v[i].diff_id, diff_id))
			return (uint32_t)i + 1;
	return 0;
}

static void state(struct base_image *b, struct str name, struct str why)
{
	/* Another name than the history's: what that knew of releases does not hold. */
	*b = (struct base_image){ .evidence = BASE_STATED, .name = name, .why = why, .layers = b->layers };
}

static int from_buildpacks(const struct looking *l, const struct value *labels, struct base_image *b, struct error *err)
{
	struct document doc;
	struct error ignored = { 0 };
	struct str text = value_str_c(labels, "io.buildpacks.lifecycle.metadata");
	if (!text.n)
		return 0;
	int r = json_parse(l->arena, text, NULL, &doc, NULL, &ignored);
	if (r < 0)
		return r == ERR_NOMEM ? error_nomem(err) : 0;
	const struct value *run = value_get_c(doc.root, "runImage");
	struct str name = value_get_str(value_path(doc.root, "stack", "runImage", NULL), STR("image"));
	uint32_t layers = layers_up_to(l->image, value_str_c(run, "topLayer"));
	if (!name.n)
		name = value_str_c(run, "image");
	if (!name.n)
		name = value_str_c(run, "reference");
	if (!name.n && !layers)
		return 0;
	state(b, name, STR("label io.buildpacks.lifecycle.metadata"));
	b->layers = layers ? layers : b->layers;
	return 0;
}

/* The last part of a reference's repository and its tag: "docker.io/library/python:3.11-slim" is of family python. */
static void family_of_reference(struct base_image *b)
{
	struct str name = b->name, tag, rest;
	size_t slash;
	str_cut(name, '@', &name, &rest);
	slash = str_rfind_char(name, '/');
	struct str last = slash == STR_NOT_FOUND ? name : str_from(name, slash + 1), host = slash == STR_NOT_FOUND ? STR("") : str_sub(name, 0, slash);
	str_cut(last, ':', &last, &tag);
	const struct base_family *f = base_family_find(last);
	if (!f || (host.n && !str_eq(host, STR("library")) && !str_eq(host, STR("docker.io/library")) && !str_eq(host, STR("docker.io"))))
		return;
	b->family = str_c(f->id);
	size_t n = 0;
	while (n < tag.n && (char_is_digit(tag.p[n]) || tag.p[n] == '.'))
		n++;
	b->version = str_sub(tag, 0, n);
}

static int from_labels(const struct looking *l, struct base_image *b, struct error *err)
{
	const struct value *labels = value_path(l->config, "config", "Labels", NULL);
	struct str name = value_str_c(labels, "org.opencontainers.image.base.name"), digest = value_str_c(labels, "org.opencontainers.image.base.digest");
	struct str component = value_str_c(labels, "com.redhat.component");
	int r = from_buildpacks(l, labels, b, err);
	if (r < 0)
		return r;
	if (name.n) {
		struct str family = b->family, version = b->version;
		state(b, name, STR("label org.opencontainers.image.base.name"));
		b->digest = digest;
		family_of_reference(b);
		/* The history knows the patch level of a tag such as "3.11-slim". */
		if (str_eq(family, b->family) && str_has_prefix(version, b->version))
			b->version = version;
	} else if (digest.n) {
		b->digest = digest;
		if (b->evidence < BASE_LIKELY)
			*b = (struct base_image){ .evidence = BASE_STATED, .digest = digest, .why = STR("label org.opencontainers.image.base.digest"), .layers = b->layers };
	} else if (b->evidence < BASE_STATED && str_has_prefix(component, STR("ubi")) && str_strip_suffix(&component, STR("-container"))) {
		struct str version = str_from(component, 3);
		size_t n = 0;
		while (n < version.n && char_is_digit(version.p[n]))
			n++;
		state(b, component, STR("label com.redhat.component"));
		b->family = STR("ubi");
		b->version = str_sub(version, 0, n);
	}
	return 0;
}

static void from_layers(const struct looking *l, const struct base_known_vec *known, struct base_image *b)
{
	const struct image_layer_vec *layers = &l->image->layers;
	const struct base_known *k, *best = NULL;
	vec_foreach(k, known) {
		size_t i = 0;
		while (i < k->diff_ids.n && i < layers->n && layers->v[i].diff_id.n && str_eq(layers->v[i].diff_id, k->diff_ids.v[i]))
			i++;
		if (i && i == k->diff_ids.n && (!best || i > best->diff_ids.n))
			best = k;
	}
	if (!best)
		return;
	bool same = b->layers == best->diff_ids.n;
	struct base_image found = { .evidence = BASE_CERTAIN, .name = best->name, .why = STR("its layers are the lowest of this image"), .layers = (uint32_t)best->diff_ids.n };
	family_of_reference(&found);
	if (!found.family.n && same) {
		found.family = b->family;
		found.version = b->version;
	}
	*b = found;
}

int base_image_recognise(struct arena *a, const struct image_info *image, const struct image_facts *facts, const struct base_known_vec *known, struct base_image *ret,
			 struct error *err)
{
	struct looking l = { .arena = a, .image = image, .facts = facts };
	struct base_image b = { 0 };
	struct document doc = { 0 };
	struct error ignored = { 0 };
	int r = image->config_json.n ? json_parse(a, image->config_json, NULL, &doc, NULL, &ignored) : 0;
	if (r == ERR_NOMEM)
		return error_nomem(err);
	l.config = r == 0 ? doc.root : NULL;
	r = read_history(&l, err);
	if (r == 0)
		r = guess(&l, &b, err);
	if (r == 0)
		r = from_history(&l, &b, err);
	if (r == 0)
		r = from_labels(&l, &b, err);
	if (r < 0)
		return r;
	from_layers(&l, known, &b);
	*ret = b;
	return 0;
}

void base_image_count(const struct report *r, struct base_counts *ret)
{
	struct base_counts c = { 0 };
	const struct finding *f;
	vec_foreach(f, &r->findings) {
		if (f->kind != FINDING_VULNERABILITY || f->suppressed.active || !f->subject.package)
			continue;
		enum severity s = f->severity < SEVERITY_COUNT ? f->severity : SEVERITY_UNKNOWN;
		uint32_t layer = f->subject.package->layer;
		if (!r->base.layers || layer >= r->image.layers.n) {
			c.elsewhere++;
		} else if (layer < r->base.layers) {
			c.base[s]++;
			c.base_total++;
		} else {
			c.own[s]++;
			c.own_total++;
		}
	}
	*ret = c;
}
