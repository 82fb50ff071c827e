#include "feature/image/image_scan.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/defaults.h"
#include "base/log.h"
#include "engine/baseimage/baseimage.h"
#include "engine/matching/matching.h"
#include "engine/overlay/overlay.h"
#include "feature/image/config_checks.h"
#include "feature/image/licenses.h"
#include "feature/image/bases.h"
#include "feature/image/lookup.h"
#include "feature/image/places.h"
#include "feature/image/secrets.h"
#include "source/advisorydb/advisorydb.h"
#include "source/image/image_source.h"
#include "source/image/registry.h"
#include "source/layer/layer.h"

/* A database whose newest record is older than this gets a warning with every scan. */
#define STALE_DAYS 7

#define SCANNER_ROWS 4

struct scan {
	struct arena *arena;
	const struct image_scan_options *opt;
	struct report *report;
	const struct layer_facts **layers;
	struct error *layer_errors;
	size_t layer_count;
	int64_t deadline_ms; /* CLOCK_MONOTONIC, 0: none */
	pthread_mutex_t progress_lock;
	struct image_secrets secrets; /* of IMAGE_SCAN_SECRET */
	struct image_licenses licenses; /* of IMAGE_SCAN_LICENSE */
	struct base_known_vec bases;  /* of opt->bases */
};

/* Layers are downloaded and read in several threads; the caller is promised one call at a time. */
static int on_progress(void *ctx, struct str what, uint64_t done, uint64_t total)
{
	struct scan *s = ctx;
	pthread_mutex_lock(&s->progress_lock);
	int r = s->opt->progress(s->opt->progress_ctx, what, done, total);
	pthread_mutex_unlock(&s->progress_lock);
	return r;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int check_deadline(const struct scan *s, struct error *err)
{
	if (s->deadline_ms && now_ms() > s->deadline_ms)
		return error_set(err, ERR_TIMEOUT, "timed out after %llu ms", (unsigned long long)s->opt->timeout_ms);
	return 0;
}

static unsigned seconds_left(const struct scan *s)
{
	if (!s->deadline_ms)
		return 0;
	int64_t left = s->deadline_ms - now_ms();
	return left < 1000 ? 1 : (unsigned)(left / 1000);
}

static int add_notice(struct scan *s, struct str text, struct error *err)
{
	return text.p && vec_push(s->arena, &s->report->notices, text) ? 0 : error_nomem(err);
}

/* ---- what could not be read --------------------------------------------------------------------------------------- */

static int add_unreadable(struct scan *s, struct str path, uint32_t line, size_t layer, struct str text, struct error *err)
{
	struct finding *f = text.p ? vec_add(s->arena, &s->report->findings) : NULL;
	if (!f)
		return error_nomem(err);
	f->kind = FINDING_UNREADABLE;
	f->id = STR("unreadable");
	f->title = text;
	f->subject = (struct subject){ .kind = path.n ? SUBJECT_FILE : SUBJECT_IMAGE, .path = path, .line = line };
	if (layer < s->report->image.layers.n) {
		f->subject.layer_digest = s->report->image.layers.v[layer].digest;
		f->subject.layer_diff_id = s->report->image.layers.v[layer].diff_id;
	}
	return 0;
}

static int add_unreadables(struct scan *s, struct error *err)
{
	int r = 0;
	for (size_t i = 0; i < s->layer_count && r == 0; i++)
		if (!s->layers[i])
			r = add_unreadable(s, STR_NONE, 0, i, arena_printf(s->arena, "layer %zu of %zu: %s", i + 1, s->layer_count, s->layer_errors[i].text), err);
	const struct diags *d = &s->report->facts.diags;
	for (size_t i = 0; i < d->list.n && r == 0; i++)
		if (d->list.v[i].level == DIAG_UNREADABLE)
			r = add_unreadable(s, d->list.v[i].path, d->list.v[i].line, SIZE_MAX, d->list.v[i].text, err);
	if (d->dropped && r == 0)
		r = add_unreadable(s, STR_NONE, 0, SIZE_MAX,
				   arena_printf(s->arena, "%llu further diagnostics did not fit the report", (unsigned long long)d->dropped), err);
	return r;
}

/* ---- what was observed in files ------------------------------------------------------------------------------------ */

static int add_observations(struct scan *s, struct error *err)
{
	const struct observation *o;
	vec_foreach(o, &s->report->facts.observations) {
		struct finding *f = vec_add(s->arena, &s->report->findings);
		if (!f)
			return error_nomem(err);
		f->kind = o->kind;
		f->id = o->id;
		f->severity = o->severity;
		f->title = o->title;
		f->description = o->deleted ? STR("in a file that a later layer removed or replaced; everybody who pulls the image still has it") : o->detail;
		f->observation = o;
		f->subject = (struct subject){ .kind = o->path.n ? SUBJECT_FILE : SUBJECT_IMAGE, .path = o->path, .line = o->line, .col = o->col, .end_line = o->end_line };
		if (o->path.n && o->layer < s->report->image.layers.n) {
			f->subject.layer_digest = s->report->image.layers.v[o->layer].digest;
			f->subject.layer_diff_id = s->report->image.layers.v[o->layer].diff_id;
		}
	}
	return 0;
}

/* ---- database ----------------------------------------------------------------------------------------------------- */

/* "2026-08-21…" -> days since 1970; false when it is no date. */
static bool parse_day(struct str date, int64_t *ret)
{
	uint64_t y, m, d;
	if (date.n < 10 || str_to_u64(str_sub(date, 0, 4), &y) < 0 || str_to_u64(str_sub(date, 5, 2), &m) < 0 || str_to_u64(str_sub(date, 8, 2), &d) < 0)
		return false;
	struct tm tm = { .tm_year = (int)y - 1900, .tm_mon = (int)m - 1, .tm_mday = (int)d };
	time_t t = timegm(&tm);
	*ret = (int64_t)t / 86400;
	return t != (time_t)-1;
}

static int open_database(struct scan *s, struct advisorydb **ret, struct error *err)
{
	struct report *rep = s->report;
	struct advisorydb_info info = { 0 };
	int r = ERR_NOT_FOUND;
	if (s->opt->db_required && !s->opt->db_path.n)
		return error_set(err, ERR_USAGE, "the name of the advisory database is empty");
	if (s->opt->db_path.n)
		r = advisorydb_open(s->opt->db_path, ret, err);
	if (r < 0 && (r != ERR_NOT_FOUND || s->opt->db_required))
		return r;
	if (r < 0) {
		error_clear(err);
		r = advisorydb_open_starter(ret, err);
		if (r < 0)
			return r;
		rep->starter_only = true;
	} else {
		rep->db_path = s->opt->db_path;
	}
	r = advisorydb_info(*ret, s->arena, &info, err);
	if (r < 0)
		return r;
	rep->db_age_days = -1;
	rep->db_updated = info.newest_data.n >= 10 ? info.newest_data : info.built; /* some data tells no more than a year */
	int64_t day;
	if (!rep->starter_only && parse_day(rep->db_updated, &day) && s->opt->today >= day)
		rep->db_age_days = s->opt->today - day;
	if (rep->starter_only)
		return add_notice(s, arena_printf(s->arena,
						  "only the built-in starter database was used (%llu of the best-known vulnerabilities): run 'bulkhead db update' or 'bulkhead db import'",
						  (unsigned long long)info.vulnerability_count),
				  err);
	if (rep->db_age_days > STALE_DAYS)
		return add_notice(s, arena_printf(s->arena, "the advisory database is stale: its newest record is from %.*s, %lld days ago (bulkhead db update)",
						  STR_FMT(str_sub(rep->db_updated, 0, 10)), (long long)rep->db_age_days),
				  err);
	return 0;
}

/* ---- links -------------------------------------------------------------------------------------------------------- */

/* Where a person reads about a vulnerability: data/defaults.conf maps an id's prefix to an address ("link.cve = https://…/{id}"); link.other
 * is for all others. */
static int fill_links(struct scan *s, struct error *err)
{
	for (size_t i = 0; i < s->report->findings.n; i++) {
		struct finding *f = &s->report->findings.v[i];
		if (f->kind != FINDING_VULNERABILITY || f->primary_url.n)
			continue;
		struct str prefix, rest;
		str_cut(f->id, '-', &prefix, &rest);
		struct str key = arena_printf(s->arena, "link.%.*s", STR_FMT(prefix));
		struct str lower = key.p ? arena_lower(s->arena, key) : STR_NONE;
		if (!lower.p)
			return error_nomem(err);
		struct str url = default_get(lower);
		if (!url.n)
			url = default_get(STR("link.other"));
		size_t at = str_find(url, STR("{id}"));
		if (at == STR_NOT_FOUND)
			continue;
		f->primary_url = arena_printf(s->arena, "%.*s%.*s%.*s", STR_FMT(str_sub(url, 0, at)), STR_FMT(f->id), STR_FMT(str_from(url, at + 4)));
		if (!f->primary_url.p)
			return error_nomem(err);
	}
	return 0;
}

/* Findings of packages learn the layer their package came from. */
static void fill_layers(struct scan *s)
{
	for (size_t i = 0; i < s->report->findings.n; i++) {
		struct subject *u = &s->report->findings.v[i].subject;
		if (u->kind == SUBJECT_PACKAGE && u->package->layer < s->report->image.layers.n) {
			u->layer_digest = s->report->image.layers.v[u->package->layer].digest;
			u->layer_diff_id = s->report->image.layers.v[u->package->layer].diff_id;
		}
	}
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* The description outlives the source it came from. */
static int copy_image_info(struct arena *a, const struct image_info *from, struct image_info *to)
{
	*to = *from;
	struct str *texts[] = { &to->reference, &to->artifact_name, &to->id, &to->digest, &to->os, &to->architecture, &to->variant, &to->created, &to->config_json };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!(*texts[i] = arena_str(a, *texts[i])).p)
			return -1;
	const struct str_vec *lists[] = { &from->repo_tags, &from->repo_digests };
	struct str_vec *copies[] = { &to->repo_tags, &to->repo_digests };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		*copies[i] = (struct str_vec){ 0 };
		for (size_t k = 0; k < lists[i]->n; k++)
			if (!vec_push(a, copies[i], arena_str(a, lists[i]->v[k])))
				return -1;
	}
	to->layers = (struct image_layer_vec){ 0 };
	for (size_t i = 0; i < from->layers.n; i++) {
		struct image_layer l = from->layers.v[i];
		l.digest = arena_str(a, l.digest);
		l.diff_id = arena_str(a, l.diff_id);
		l.media_type = arena_str(a, l.media_type);
		l.created_by = arena_str(a, l.created_by);
		if (!l.created_by.p || !vec_push(a, &to->layers, l))
			return -1;
	}
	return 0;
}

static struct layer_options layer_options(const struct scan *s)
{
	const struct image_scan_options *o = s->opt;
	return (struct layer_options){ .cache_dir = o->cache_dir, .memory = o->memory, .workers = o->workers, .skip_dirs = o->skip_dirs.v, .skip_dirs_count = o->skip_dirs.n,
				       .skip_files = o->skip_files.v, .skip_files_count = o->skip_files.n, .file_digests = o->file_digests || o->depth == SCAN_DEEP,
				       .timeout_s = seconds_left(s), .depth = o->depth, .lock_files = o->lock_files,
				       .progress = o->progress ? on_progress : NULL, .progress_ctx = (void *)(uintptr_t)s };
}

/* Reads the layers of src, or the directory (src NULL). */
static int analyze(struct scan *s, struct image_source *src, const struct walk_alias_vec *aliases, struct error *err)
{
	struct layer_options lo = layer_options(s);
	lo.aliases = aliases->v;
	lo.alias_count = aliases->n;
	struct analyzer rows[SCANNER_ROWS];
	lo.scanners = rows;
	if (s->opt->scanners & IMAGE_SCAN_SECRET)
		rows[lo.scanner_count++] = s->secrets.row;
	if (s->opt->scanners & IMAGE_SCAN_LICENSE)
		rows[lo.scanner_count++] = s->licenses.row;
	if (s->opt->scanners & IMAGE_SCAN_MISCONFIG)
		rows[lo.scanner_count++] = config_checks_row;
	const struct str secrets[] = { s->opt->username, s->opt->password, s->opt->registry_token };
	lo.secrets = secrets;
	lo.secret_count = ARRAY_LEN(secrets);
	return src ? layers_analyze(s->arena, src, &lo, s->layers, s->layer_errors, err) : rootfs_analyze(s->arena, s->opt->ref, &lo, &s->layers[0], err);
}

/* Layers -> facts of the image. A second time where symbolic links lead away from the usual places (places.h). */
static int read_facts(struct scan *s, struct image_source *src, struct error *err)
{
	struct walk_alias_vec aliases = { 0 };
	struct overlay_redirect_vec redirects = { 0 };
	struct str_vec places = { 0 };
	struct diags diags;
	int r = analyze(s, src, &aliases, err);
	if (r == 0)
		r = places_list(s->arena, &places, err);
	if (r < 0)
		return r;
	struct overlay_options oo = { .lock_files = s->opt->lock_files || s->opt->depth != SCAN_NORMAL, .places = places.v, .place_count = places.n, .redirects = &redirects };
	struct image_facts *facts = &s->report->facts;
	diags_init(&diags, s->arena);
	r = overlay_apply(s->arena, s->layers, s->layer_count, &oo, facts, err);
	if (r == 0)
		r = places_aliases(s->arena, &redirects, s->layers, s->layer_count, &aliases, &diags, err);
	if (r == 0 && aliases.n) {
		oo.redirects = NULL;
		log_debug("%zu places of package databases and release files lie elsewhere: reading the layers once more", aliases.n);
		r = check_deadline(s, err);
		if (r == 0)
			r = analyze(s, src, &aliases, err);
		if (r == 0)
			r = overlay_apply(s->arena, s->layers, s->layer_count, &oo, facts, err);
		places_report(&aliases, s->layers, s->layer_count, &diags);
	}
	for (size_t i = 0; r == 0 && i < diags.list.n; i++)
		diag_add(&facts->diags, diags.list.v[i].level, diags.list.v[i].path, 0, 0, "%.*s", STR_FMT(diags.list.v[i].text));
	return r < 0 ? r : check_deadline(s, err);
}

static int read_rootfs(struct scan *s, struct error *err)
{
	s->report->is_rootfs = true;
	s->report->image.reference = s->report->image.artifact_name = s->opt->ref;
	s->layer_count = 1;
	s->layers = arena_new(s->arena, const struct layer_facts *);
	return s->layers ? read_facts(s, NULL, err) : error_nomem(err);
}

static int read_layers(struct scan *s, struct image_source *src, struct error *err)
{
	const struct diags *d = image_source_diags(src);
	if (copy_image_info(s->arena, image_source_info(src), &s->report->image) < 0)
		return error_nomem(err);
	s->layer_count = image_source_layer_count(src);
	s->layers = arena_new_array(s->arena, const struct layer_facts *, s->layer_count + 1);
	s->layer_errors = arena_new_array(s->arena, struct error, s->layer_count + 1);
	if (!s->layers || !s->layer_errors)
		return error_nomem(err);
	for (size_t i = 0; d && i < d->list.n; i++) {
		struct str text = arena_str(s->arena, d->list.v[i].text);
		int r = d->list.v[i].level == DIAG_UNREADABLE ? add_unreadable(s, arena_str(s->arena, d->list.v[i].path), 0, SIZE_MAX, text, err)
			: d->list.v[i].level == DIAG_WARNING ? add_notice(s, text, err)
							     : 0;
		if (r < 0)
			return r;
	}
	return read_facts(s, src, err);
}

/* The options of image sources; they point at each other. */
struct source_setup {
	struct registry_options registry;
	struct engine_options engines;
	struct image_source_options source;
};

/* What is scanned beside the image (--base, --compare) may lie in another registry, which must not see the credentials. A file has no registry. */
static struct str credentials_for(struct arena *a, const struct image_scan_options *o)
{
	struct str ref = o->credentials_for.n ? o->credentials_for : o->ref;
	char *path = arena_cstr(a, ref);
	return !path || (!o->credentials_for.n && o->input) || access(path, F_OK) == 0 ? STR_NONE : ref;
}

static int fill_setup(struct arena *a, const struct image_scan_options *o, struct source_setup *ret, struct error *err)
{
	struct registry_mirror *mirrors = NULL;
	int r = registry_mirrors_parse(a, o->mirrors.v, o->mirrors.n, &mirrors, err);
	if (r < 0)
		return r;
	ret->registry = (struct registry_options){
		.username = o->username,
		.password = o->password,
		.registry_token = o->registry_token,
		.credentials_for = credentials_for(a, o),
		.credentials_file = o->credentials_file,
		.tls = { .ca_file = o->ca_file, .client_cert = o->client_cert, .client_key = o->client_key, .insecure = o->insecure },
		.insecure = o->insecure,
		.retry = { .attempts = o->retries + 1 },
		.mirrors = mirrors,
		.mirror_count = o->mirrors.n,
	};
	ret->engines = (struct engine_options){ .order = o->sources.v, .order_count = o->sources.n, .containerd_root = o->containerd_root,
						.containerd_namespace = o->containerd_namespace, .docker_root = o->docker_root,
						.docker_host = o->docker_host, .podman_root = o->podman_root };
	ret->source = (struct image_source_options){ .force_file = o->input, .platform = o->platform, .registry = &ret->registry, .engines = &ret->engines,
						     .offline = o->offline, .progress = o->progress, .progress_ctx = o->progress_ctx };
	return 0;
}

static int read_image(struct scan *s, struct error *err)
{
	struct source_setup setup;
	struct image_source *src;
	int r = fill_setup(s->arena, s->opt, &setup, err);
	setup.source.progress = s->opt->progress ? on_progress : NULL;
	setup.source.progress_ctx = s;
	if (r == 0)
		r = image_source_open(s->opt->ref, &setup.source, &src, err);
	if (r < 0)
		return r;
	r = check_deadline(s, err);
	if (r == 0)
		r = read_layers(s, src, err);
	image_source_free(src);
	setup.source.force_file = false;
	if (r == 0)
		r = bases_read(s->arena, &s->opt->bases, &setup.source, &s->bases, err);
	return r;
}

int image_scan_tags(struct arena *a, const struct image_scan_options *opt, struct str_vec *ret, size_t *ret_skipped, struct error *err)
{
	struct source_setup setup;
	int r = fill_setup(a, opt, &setup, err);
	return r < 0 ? r : image_source_tags(a, opt->ref, &setup.source, ret, ret_skipped, err);
}

/* Packages against the advisory database. */
static int match_packages(struct scan *s, struct error *err)
{
	struct report *rep = s->report;
	const struct matching_options mo = { .judge_owned = s->opt->judge_owned, .include_dev = s->opt->include_dev, .today = s->opt->today,
					     .severity_order = s->opt->severity_order };
	struct advisorydb *db = NULL;
	int r = open_database(s, &db, err);
	if (db) {
		struct layered_lookup *l = arena_new(s->arena, struct layered_lookup);
		if (!l) {
			advisorydb_close(db);
			return error_nomem(err);
		}
		layered_lookup_init(l, db, rep->starter_only);
		rep->lookup = layered_lookup_callbacks(l);
	}
	if (!s->opt->bill)
		return r == 0 ? matching_run(s->arena, &rep->facts, &rep->lookup, &mo, &rep->findings, err) : r;
	/* Each operating system of a merged bill is judged by its own advisories. */
	const struct sbom_part_vec *parts = &s->opt->bill->parts;
	for (size_t i = 0; i < parts->n && r == 0; i++) {
		struct image_facts part = { .distro = parts->v[i].distro };
		part.packages.v = rep->facts.packages.v + parts->v[i].first;
		part.packages.n = parts->v[i].count;
		if (part.packages.n || part.distro.known)
			r = matching_run(s->arena, &part, &rep->lookup, &mo, &rep->findings, err);
	}
	return r;
}

static size_t layer_of(const struct scan *s, struct str diff_id)
{
	const struct image_layer_vec *layers = &s->report->image.layers;
	for (size_t i = 0; i < layers->n && diff_id.n; i++)
		if (str_eq(layers->v[i].diff_id, diff_id))
			return i;
	return SIZE_MAX;
}

/* What a bill of materials says, in place of layers. */
static int read_bill(struct scan *s, struct error *err)
{
	const struct sbom_facts *bill = s->opt->bill;
	const struct sbom_gap *gap;
	int r = 0;
	s->report->image = bill->image;
	s->report->facts = bill->facts;
	s->report->is_rootfs = bill->is_rootfs;
	for (size_t i = 0; i < bill->gaps.n && r == 0; i++) {
		gap = &bill->gaps.v[i];
		r = add_unreadable(s, gap->path, gap->line, layer_of(s, gap->diff_id), gap->text, err);
	}
	return r;
}

static int judge(struct scan *s, struct error *err)
{
	struct report *rep = s->report;
	int r = s->opt->scanners & IMAGE_SCAN_VULN ? match_packages(s, err) : 0;
	if (r == 0 && (s->opt->scanners & IMAGE_SCAN_SECRET))
		r = image_secrets_in_config(&s->secrets, s->arena, &rep->image, &rep->facts.observations, err);
	if (r == 0 && (s->opt->scanners & IMAGE_SCAN_LICENSE))
		r = image_licenses_judge(&s->licenses, s->arena, s->layers, s->layer_count, rep, err);
	if (r == 0 && !rep->is_rootfs)
		r = base_image_recognise(s->arena, &rep->image, &rep->facts, &s->bases, &rep->base, err);
	if (r == 0 && (s->opt->scanners & IMAGE_SCAN_MISCONFIG))
		r = config_checks_judge(s->arena, rep, err);
	if (r == 0)
		r = add_observations(s, err);
	if (r == 0)
		r = add_unreadables(s, err);
	if (r == 0)
		r = fill_links(s, err);
	if (r < 0)
		return r;
	rep->ecosystem = rep->facts.distro.known ? distro_ecosystem(s->arena, &rep->facts.distro) : STR_NONE;
	fill_layers(s);
	finding_sort(&rep->findings);
	log_debug("%s: %zu packages, %zu findings", rep->starter_only ? "starter database" : "advisory database", rep->facts.packages.n, rep->findings.n);
	return check_deadline(s, err);
}

int image_scan(struct arena *a, const struct image_scan_options *opt, struct report *ret, struct error *err)
{
	struct scan s = { .arena = a, .opt = opt, .report = ret, .progress_lock = PTHREAD_MUTEX_INITIALIZER };
	*ret = (struct report){ .db_age_days = -1, .created = opt->created };
	s.deadline_ms = opt->timeout_ms ? now_ms() + (int64_t)opt->timeout_ms : 0;
	int r = opt->scanners & IMAGE_SCAN_SECRET ? image_secrets_open(a, opt->secret_config, &s.secrets, err) : 0;
	if (r == 0 && (opt->scanners & IMAGE_SCAN_LICENSE))
		r = image_licenses_open(a, &opt->license_allow, &opt->license_deny, &s.licenses, err);
	if (r == 0)
		r = opt->bill ? read_bill(&s, err) : opt->is_rootfs ? read_rootfs(&s, err) : read_image(&s, err);
	if (r == 0)
		r = judge(&s, err);
	pthread_mutex_destroy(&s.progress_lock);
	image_secrets_close(&s.secrets);
	if (r < 0)
		image_scan_release(ret);
	return r;
}

void image_scan_release(struct report *r)
{
	if (r->lookup.ctx)
		layered_lookup_release(r->lookup.ctx);
	r->lookup = (struct advisory_lookup){ 0 };
}
