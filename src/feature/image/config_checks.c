#include "feature/image/config_checks.h"

#include "base/path.h"
#include "engine/imageconfig/image_checks.h"
#include "feature/image/secrets.h"
#include "format/json/json.h"

#define NOTED_MAX   200u            /* files of one check and layer that are told one by one */
#define CACHE_MIN   4096u           /* a lock file is no cache */
#define PATH_BYTES  4096u
#define STARRED_MIN 6u              /* shorter values stand in digests and words by chance */

/* --- in the worker: modes and places --- */

struct cache_sum {
	uint64_t bytes, files, largest;
	char path[PATH_BYTES]; /* of the largest: as long as it is there, the cache is */
	size_t path_n;
};
struct looking {
	unsigned noted[IMAGE_CHECK_COUNT], dropped[IMAGE_CHECK_COUNT];
	char open_dir[PATH_BYTES]; /* the folder every user may write that was noted last: what is in it goes without saying */
	size_t open_dir_n;
	char dropped_path[PATH_BYTES]; /* of the last file that was not told */
	size_t dropped_n;
	struct cache_sum caches[IMAGE_CACHES_MAX];
	char text[64];
};

static void *begin(const void *rules)
{
	(void)rules;
	return calloc(1, sizeof(struct looking));
}

static void end(void *state)
{
	free(state);
}

static void sum_cache(struct looking *l, struct str path, uint64_t size)
{
	struct str dir;
	size_t i = image_cache_of(path, &dir);
	if (i == image_cache_count || path.n > PATH_BYTES)
		return;
	struct cache_sum *c = &l->caches[i];
	c->bytes += size;
	c->files++;
	if (size < c->largest && c->path_n)
		return;
	c->largest = size;
	memcpy(c->path, path.p, path.n);
	c->path_n = path.n;
}

static bool is_inside(const struct looking *l, struct str path)
{
	return l->open_dir_n && path.n > l->open_dir_n && path.p[l->open_dir_n] == '/' && memcmp(path.p, l->open_dir, l->open_dir_n) == 0;
}

static bool note(struct looking *l, enum image_check_id check, struct str path, uint32_t mode, struct observation *ret)
{
	if (l->noted[check] == NOTED_MAX) {
		l->dropped[check]++;
		l->dropped_n = MIN_OF(path.n, (size_t)PATH_BYTES);
		memcpy(l->dropped_path, path.p, l->dropped_n);
		return false;
	}
	l->noted[check]++;
	int n = snprintf(l->text, sizeof(l->text), "%04o", (unsigned)mode);
	*ret = (struct observation){ .kind = FINDING_MISCONFIGURATION, .id = str_c(image_checks[check].id), .match = { l->text, (size_t)n } };
	return true;
}

static bool look(void *state, struct str path, const struct analyzer_entry *e, struct observation *ret)
{
	struct looking *l = state;
	if (!e->is_dir && e->size)
		sum_cache(l, path, e->size);
	if (!e->is_dir && (e->mode & 06000) && (e->mode & 0111))
		return note(l, CHECK_SETUID, path, e->mode, ret);
	if (!(e->mode & 0002) || (e->is_dir && (e->mode & 01000)) || is_inside(l, path))
		return false;
	if (str_has_prefix(path, STR("dev/")) || str_has_prefix(path, STR("proc/")) || str_has_prefix(path, STR("sys/")))
		return false;
	if (e->is_dir && path.n < PATH_BYTES) {
		memcpy(l->open_dir, path.p, path.n);
		l->open_dir_n = path.n;
	}
	return note(l, e->is_dir ? CHECK_WRITABLE_DIR : CHECK_WRITABLE_FILE, path, e->mode, ret);
}

/* Caches by number, then what was too much to tell. */
static bool last(void *state, size_t i, struct str *ret_path, struct observation *ret)
{
	struct looking *l = state;
	size_t at = 0;
	for (size_t c = 0; c < image_cache_count; c++) {
		const struct cache_sum *sum = &l->caches[c];
		if (sum->bytes < CACHE_MIN || at++ != i)
			continue;
		int n = snprintf(l->text, sizeof(l->text), "%llu %llu", (unsigned long long)sum->bytes, (unsigned long long)sum->files);
		*ret_path = str_make(sum->path, sum->path_n);
		*ret = (struct observation){ .kind = FINDING_MISCONFIGURATION, .id = str_c(image_checks[CHECK_CACHE].id), .match = { l->text, (size_t)n } };
		return true;
	}
	for (size_t c = 0; c < IMAGE_CHECK_COUNT; c++) {
		if (!l->dropped[c] || at++ != i)
			continue;
		int n = snprintf(l->text, sizeof(l->text), "%u", l->dropped[c]);
		*ret_path = str_make(l->dropped_path, l->dropped_n);
		*ret = (struct observation){ .kind = FINDING_MISCONFIGURATION, .id = str_c(image_checks[c].id), .category = STR("more"), .match = { l->text, (size_t)n } };
		return true;
	}
	return false;
}

const struct analyzer config_checks_row = { .name = "modes", .version = 1, .kind = FACTS_OBSERVATIONS, .rules = image_checks, .begin = begin, .end = end, .look = look, .last = last };

/* --- judging --- */

struct judging {
	struct arena *arena;
	struct report *report;
	struct error *err;
};

/* The observation carries what was seen; path "" for what is of the image as such. */
static int add(struct judging *g, enum image_check_id check, enum severity severity, struct str message, struct str path, uint32_t layer, struct str fix)
{
	const struct image_check *c = &image_checks[check];
	const struct image_layer_vec *layers = &g->report->image.layers;
	struct observation *o = arena_new(g->arena, struct observation);
	struct finding *f = o && message.p && path.p ? vec_add(g->arena, &g->report->findings) : NULL;
	if (!f)
		return error_nomem(g->err);
	*o = (struct observation){ .kind = FINDING_MISCONFIGURATION, .severity = severity, .id = str_c(c->id), .category = STR("image"), .title = str_c(c->title), .path = path,
				   .match = message, .context = STR(""), .detail = STR(""), .layer = layer };
	f->kind = FINDING_MISCONFIGURATION;
	f->id = str_c(c->id);
	f->source_id = str_c(c->trivy);
	f->severity = severity;
	f->title = str_c(c->title);
	f->description = str_c(c->why);
	f->fix_text = fix.n ? fix : str_c(c->fix);
	f->primary_url = str_c(c->url);
	f->observation = o;
	f->subject = (struct subject){ .kind = path.n ? SUBJECT_FILE : SUBJECT_IMAGE, .path = path };
	if (layer < layers->n) {
		f->subject.layer_digest = layers->v[layer].digest;
		f->subject.layer_diff_id = layers->v[layer].diff_id;
	}
	return 0;
}

static int judge_config(struct judging *g)
{
	struct document doc;
	struct error unread = { 0 };
	struct image_problem_vec problems = { 0 };
	struct str_vec secrets = { 0 }, starred = { 0 };
	const struct str *secret;
	const struct image_problem *p;
	struct str text = g->report->image.config_json;
	if (!text.n || json_parse(g->arena, text, NULL, &doc, NULL, &unread) < 0)
		return 0; /* who reads the image has told it */
	int r = image_checks_config(g->arena, doc.root, &problems, &secrets, g->err);
	vec_foreach(p, &problems) {
		struct str message = p->step ? arena_printf(g->arena, "%.*s (step %u of the history)", STR_FMT(p->message), p->step) : p->message;
		if (r == 0)
			r = add(g, p->check, image_checks[p->check].severity, message, STR(""), p->layer, STR(""));
	}
	vec_foreach(secret, &secrets)
		if (r == 0 && secret->n >= STARRED_MIN && !vec_push(g->arena, &starred, *secret))
			r = error_nomem(g->err);
	return r == 0 && starred.n ? image_secrets_star_out(g->arena, &starred, &g->report->image, g->err) : r;
}

static int judge_packages(struct judging *g)
{
	static const struct {
		const char *name;
		enum image_check_id check;
	} unwanted[] = {
		{ "sudo", CHECK_SUDO_INSTALLED }, { "sudo-ldap", CHECK_SUDO_INSTALLED }, { "doas", CHECK_SUDO_INSTALLED }, { "openssh-server", CHECK_SSH_SERVER }, { "dropbear", CHECK_SSH_SERVER },
		{ "tinysshd", CHECK_SSH_SERVER },
	};
	const struct package *p;
	int r = 0;
	vec_foreach(p, &g->report->facts.packages)
		for (size_t i = 0; i < ARRAY_LEN(unwanted) && r == 0 && package_kind_info(p->kind)->os; i++)
			if (str_eq_c(p->name, unwanted[i].name))
				r = add(g, unwanted[i].check, image_checks[unwanted[i].check].severity, arena_printf(g->arena, "package %.*s %.*s", STR_FMT(p->name), STR_FMT(p->version)), p->path,
					p->layer, STR(""));
	return r;
}

struct suspect {
	uint64_t hash;
	const struct observation *observation;
	const struct package *owner;
};
VEC_DECLARE(suspect_vec, struct suspect);

static int compare_suspects(const void *x, const void *y)
{
	const struct suspect *a = x, *b = y;
	return (a->hash > b->hash) - (a->hash < b->hash);
}

/* The OS package that installed the file: few suspects, many owned files stream past them. */
static void find_owners(const struct report *report, struct suspect_vec *suspects)
{
	const struct package *p;
	if (!suspects->n)
		return;
	qsort(suspects->v, suspects->n, sizeof(suspects->v[0]), compare_suspects);
	vec_foreach(p, &report->facts.packages)
		for (size_t i = 0; i < p->owned.n; i++) {
			size_t low = 0, high = suspects->n;
			while (low < high) {
				size_t mid = low + (high - low) / 2;
				if (suspects->v[mid].hash < p->owned.v[i])
					low = mid + 1;
				else
					high = mid;
			}
			for (; low < suspects->n && suspects->v[low].hash == p->owned.v[i]; low++)
				if (!suspects->v[low].owner)
					suspects->v[low].owner = p;
		}
}

static int judge_suspect(struct judging *g, const struct suspect *s)
{
	const struct observation *o = s->observation;
	bool setuid = str_eq_c(o->id, image_checks[CHECK_SETUID].id);
	enum image_check_id check = setuid ? CHECK_SETUID : str_eq_c(o->id, image_checks[CHECK_WRITABLE_DIR].id) ? CHECK_WRITABLE_DIR : CHECK_WRITABLE_FILE;
	enum severity severity = image_checks[check].severity;
	if (str_eq_c(o->category, "more"))
		return add(g, check, severity, arena_printf(g->arena, "and %.*s more in this layer", STR_FMT(o->match)), STR(""), o->layer, STR(""));
	if (s->owner)
		severity = setuid && !image_checks_is_ordinary_setuid(o->path) ? SEVERITY_MEDIUM : SEVERITY_LOW;
	struct str owner = s->owner ? arena_printf(g->arena, "of package %.*s", STR_FMT(s->owner->name)) : STR("of no package");
	return add(g, check, severity, arena_printf(g->arena, "mode %.*s, %.*s", STR_FMT(o->match), STR_FMT(owner)), o->path, o->layer, STR(""));
}

static int judge_cache(struct judging *g, const struct observation *o)
{
	struct str bytes, files, dir;
	uint64_t n, count;
	size_t cache = image_cache_of(o->path, &dir);
	str_cut(o->match, ' ', &bytes, &files);
	if (cache == image_cache_count || str_to_u64(bytes, &n) < 0 || str_to_u64(files, &count) < 0)
		return 0;
	const char *gone = o->deleted ? ", removed by a later layer, which does not make the image smaller" : "";
	struct str message = n >= 1000000 ? arena_printf(g->arena, "%s: %.1f MB in %llu files%s", image_caches[cache].what, (double)n / 1e6, (unsigned long long)count, gone)
					  : arena_printf(g->arena, "%s: %.1f kB in %llu files%s", image_caches[cache].what, (double)n / 1e3, (unsigned long long)count, gone);
	return add(g, CHECK_CACHE, image_checks[CHECK_CACHE].severity, message, dir, o->layer, str_c(image_caches[cache].fix));
}

static bool is_ours(const struct observation *o)
{
	return o->kind == FINDING_MISCONFIGURATION && str_has_prefix(o->id, STR("BH-IMG-"));
}

/* The row's observations leave the list. */
static int judge_files(struct judging *g, struct arena *work)
{
	struct observation_vec *all = &g->report->facts.observations;
	struct observation_vec ours = { 0 };
	struct suspect_vec suspects = { 0 };
	size_t kept = 0;
	int r = 0;
	for (size_t i = 0; i < all->n; i++) {
		if (!is_ours(&all->v[i]))
			all->v[kept++] = all->v[i];
		else if (!vec_push(work, &ours, all->v[i]))
			return error_nomem(g->err);
	}
	all->n = kept;
	for (size_t i = 0; i < ours.n && r == 0; i++) {
		const struct observation *o = &ours.v[i];
		bool cache = str_eq_c(o->id, image_checks[CHECK_CACHE].id);
		if (cache)
			r = judge_cache(g, o);
		else if (!o->deleted && !vec_push(work, &suspects, ((struct suspect){ .hash = path_hash(o->path), .observation = o })))
			r = error_nomem(g->err);
	}
	find_owners(g->report, &suspects);
	for (size_t i = 0; i < suspects.n && r == 0; i++)
		r = judge_suspect(g, &suspects.v[i]);
	return r;
}

int config_checks_judge(struct arena *a, struct report *report, struct error *err)
{
	struct judging g = { .arena = a, .report = report, .err = err };
	struct arena work;
	arena_init(&work, ARENA_NO_LIMIT);
	int r = report->is_rootfs ? 0 : judge_config(&g);
	if (r == 0)
		r = judge_packages(&g);
	if (r == 0)
		r = judge_files(&g, &work);
	arena_release(&work);
	return r;
}
