#include "source/layer/layer.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "format/oci/digest.h"
#include "source/layer/layer_cache.h"
#include "source/layer/layer_job.h"
#include "source/layer/opaque.h"
#include "sys/cpu/cpu.h"
#include "sys/file/file.h"
#include "sys/worker/worker.h"

/* A file that was written to a moment ago may change again without its times showing it: the kernel's clock for them ticks in
 * hundredths of a second at worst. */
#define SETTLED_NS INT64_C(100000000)

/* One layers_analyze: what the lanes (threads that each see one layer after the other through a worker) share. `lock` guards all that
 * is below it. */
struct run {
	struct image_source *src;
	const struct image_info *info;
	const struct layer_options *opt;
	const struct analyzer *rows;
	struct layer_cache cache;
	int64_t deadline_ns;
	const struct layer_facts **facts;
	struct error *errors;
	size_t layer_count;
	const size_t *todo; /* layers that the cache does not know */
	size_t todo_n;
	uint64_t total;     /* bytes of the layers to do */

	pthread_mutex_t lock;
	struct arena *arena;
	size_t next;        /* of todo */
	uint64_t done;      /* bytes of finished layers */
	uint64_t *running;  /* bytes of each layer being read */
	int fatal;          /* code, 0: none */
	struct error *fatal_error;
	bool warned;
};

/* A layer on its lane. */
struct lane_job {
	struct run *run;
	size_t layer;
	uint64_t bytes; /* stored */
};

static void fail(struct run *run, int code, const struct error *why)
{
	pthread_mutex_lock(&run->lock);
	if (!run->fatal) {
		run->fatal = code;
		if (run->fatal_error)
			*run->fatal_error = *why;
	}
	pthread_mutex_unlock(&run->lock);
}

static int on_tick(void *ctx, uint64_t done)
{
	struct lane_job *j = ctx;
	struct run *run = j->run;
	int stop;
	pthread_mutex_lock(&run->lock);
	run->running[j->layer] = MIN_OF(done, j->bytes);
	uint64_t sum = run->done;
	for (size_t i = 0; i < run->layer_count; i++)
		sum += run->running[i];
	stop = run->fatal != 0;
	if (!stop && run->opt->progress)
		stop = run->opt->progress(run->opt->progress_ctx, STR("layers"), sum, run->total);
	pthread_mutex_unlock(&run->lock);
	return stop;
}

static void *on_alloc(void *ctx, size_t n)
{
	struct lane_job *j = ctx;
	pthread_mutex_lock(&j->run->lock);
	void *p = arena_alloc(j->run->arena, n);
	pthread_mutex_unlock(&j->run->lock);
	return p;
}

/* The rows of analyzer.c and those the options add. */
static int all_rows(struct arena *a, const struct layer_options *opt, const struct analyzer **ret, struct error *err)
{
	*ret = analyzers;
	if (!opt->scanner_count)
		return 0;
	struct analyzer *rows = arena_new_array(a, struct analyzer, analyzer_count + opt->scanner_count);
	if (!rows)
		return error_nomem(err);
	memcpy(rows, analyzers, analyzer_count * sizeof(*rows));
	memcpy(rows + analyzer_count, opt->scanners, opt->scanner_count * sizeof(*rows));
	*ret = rows;
	return 0;
}

static struct walk_options walk_options(const struct layer_options *opt, const struct analyzer *rows)
{
	return (struct walk_options){ .table = rows, .count = analyzer_count + opt->scanner_count, .rows_off = analyzer_rows_off(rows, analyzer_count, opt->depth, opt->lock_files),
				      .skip_dirs = opt->skip_dirs, .skip_dirs_count = opt->skip_dirs_count,
				      .skip_files = opt->skip_files, .skip_files_count = opt->skip_files_count,
				      .aliases = opt->aliases, .alias_count = opt->alias_count, .max_unpacked_bytes = opt->max_unpacked_bytes, .file_digests = opt->file_digests,
				      .spool_fd = -1 };
}

static int64_t deadline_of(const struct layer_options *opt)
{
	return opt->timeout_s ? monotonic_ns() + (int64_t)opt->timeout_s * 1000000000 : 0;
}

/* --- cache --- */

/* Facts of a digest may be looked up by a digest that is only claimed: they are those of the content the image's manifest means. */
static bool load_by_digest(struct run *run, struct str digest, struct layer_facts *ret)
{
	struct cache_key key;
	if (!layer_cache_is_open(&run->cache) || !oci_digest_is_valid(digest))
		return false;
	layer_cache_key_digest(&run->cache, digest, &key);
	return layer_cache_load(&run->cache, &key, run->arena, ret);
}

static bool load_by_file(struct run *run, const struct layer_blob *blob, struct layer_facts *ret)
{
	struct cache_key key;
	if (!layer_cache_is_open(&run->cache) || !blob->has_identity || blob->expect_digest.n)
		return false;
	layer_cache_key_file(&run->cache, blob, &key);
	return layer_cache_load(&run->cache, &key, run->arena, ret);
}

/* Whether the blob's file has not changed since its identity was taken, and long enough before that a change would show. */
static bool is_settled(const struct layer_blob *blob, int64_t started_ns)
{
	struct file_identity now, was = { blob->dev, blob->ino, blob->file_size, blob->mtime_ns, blob->ctime_ns };
	return file_identify(blob->fd, &now, NULL) == 0 && file_identity_equal(&now, &was) && started_ns - now.mtime_ns > SETTLED_NS &&
	       started_ns - now.ctime_ns > SETTLED_NS;
}

static void store(struct run *run, const struct layer_blob *blob, const struct layer_answer *answer, int64_t started_ns)
{
	struct cache_key key;
	struct facts_header h;
	memcpy(&h, answer->facts.p, sizeof(h));
	if (!layer_cache_is_open(&run->cache) || h.partial)
		return;
	if (blob->is_dir) {
		if (!layer_cache_key_folder(&run->cache, blob->fd, &key))
			return;
	} else if (blob->expect_digest.n) {
		if (!(answer->hashed || blob->verified) || !oci_digest_is_valid(blob->expect_digest))
			return;
		layer_cache_key_digest(&run->cache, blob->expect_digest, &key);
	} else if (blob->has_identity && is_settled(blob, started_ns)) {
		layer_cache_key_file(&run->cache, blob, &key);
	} else {
		return;
	}
	layer_cache_store(&run->cache, &key, answer->facts);
}

/* --- one layer --- */

static int keep_facts(struct run *run, size_t layer, const struct layer_facts *f)
{
	struct layer_facts *copy = arena_new(run->arena, struct layer_facts);
	if (!copy)
		return ERR_NOMEM;
	*copy = *f;
	run->facts[layer] = copy;
	return 0;
}

static int64_t wall_clock_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What opaque.h found becomes part of an unpacked layer's facts. The caller holds the lock. */
static int add_opaque(struct run *run, const struct opaque_dirs *o, struct layer_facts *f)
{
	for (size_t i = 0; i < o->dirs.n; i++) {
		struct str dir = arena_str(run->arena, o->dirs.v[i]);
		if (!dir.p || !vec_push(run->arena, &f->opaque, dir))
			return ERR_NOMEM;
	}
	f->diags.arena = run->arena;
	if (o->blind)
		diag_add(&f->diags, DIAG_UNREADABLE, STR(""), 0, 0, "which folders hide those of lower layers cannot be seen without CAP_SYS_ADMIN: files "
								    "that this layer removes may still be listed");
	if (o->redirected.n)
		diag_add(&f->diags, DIAG_UNREADABLE, o->redirected, 0, 0, "a folder that overlayfs has renamed: what lower layers have in it is listed under its old name");
	return 0;
}

/* The facts of an unpacked layer that another image of this run has too. */
static bool load_folder(struct run *run, const struct layer_blob *blob, struct layer_facts *ret)
{
	struct cache_key key;
	if (!blob->is_dir || !layer_cache_key_folder(&run->cache, blob->fd, &key))
		return false;
	pthread_mutex_lock(&run->lock);
	bool known = layer_cache_load(&run->cache, &key, run->arena, ret);
	pthread_mutex_unlock(&run->lock);
	return known;
}

static void warn_confinement(struct run *run, unsigned measures)
{
	if (measures == SANDBOX_ALL || run->warned)
		return;
	run->warned = true;
	log_warn("the worker is not fully confined here:%s%s%s%s missing", measures & SANDBOX_LIMITS ? "" : " limits",
		 measures & SANDBOX_IDENTITY ? "" : " identity", measures & SANDBOX_LANDLOCK ? "" : " Landlock", measures & SANDBOX_SECCOMP ? "" : " seccomp");
}

/* 0 also when the layer could not be read: its error says why. Negative: the whole run ends. */
static int analyze_one(struct run *run, size_t layer, struct error *err)
{
	struct lane_job j = { .run = run, .layer = layer };
	struct layer_blob blob;
	struct opaque_dirs opaque = { 0 };
	struct arena found; /* of opaque */
	struct layer_answer answer = { 0 };
	struct layer_facts facts = { 0 };
	struct error *why = &run->errors[layer];
	bool own = false;
	int64_t started = wall_clock_ns();
	int r = image_source_layer(run->src, layer, &blob, why);
	if (r < 0) {
		if (r == ERR_CANCELLED || r == ERR_TIMEOUT || r == ERR_NOMEM)
			*err = *why;
		return r == ERR_CANCELLED || r == ERR_TIMEOUT || r == ERR_NOMEM ? r : 0;
	}
	struct layer_job job = { .blob = blob.is_dir ? NULL : &blob, .dir_fd = blob.fd, .walk = walk_options(run->opt, run->rows), .in_process = run->opt->no_sandbox,
				 .secrets = run->opt->secrets, .secret_count = run->opt->secret_count,
				 .deadline_ns = run->deadline_ns, .tick = on_tick, .alloc = on_alloc, .ctx = &j };
	job.walk.layered = blob.is_dir;
	j.bytes = blob.size;
	arena_init(&found, 256 << 20);
	bool known = load_folder(run, &blob, &facts);
	r = blob.is_dir && layer > 0 ? opaque_find(&found, blob.fd, &opaque, why) : 0;
	if (r == 0 && !known)
		r = layer_job_run(&job, &answer, &own, why);
	if (r < 0)
		arena_release(&found);
	if (r < 0 && (own || r == ERR_TIMEOUT || r == ERR_CANCELLED)) {
		*err = *why;
		return r;
	}
	if (r < 0)
		return 0;
	pthread_mutex_lock(&run->lock);
	if (!known) {
		warn_confinement(run, answer.measures);
		r = facts_decode(run->arena, answer.facts, &facts, why);
	}
	if (r == 0 && blob.is_dir)
		r = add_opaque(run, &opaque, &facts);
	if (r == 0)
		r = keep_facts(run, layer, &facts);
	if (r == 0)
		log_debug("layer %zu of %zu: %llu entries read, %zu files kept, %llu bytes stored", layer + 1, run->layer_count, (unsigned long long)facts.entry_count,
			  facts.files.n, (unsigned long long)blob.size);
	run->running[layer] = 0;
	run->done += blob.size;
	pthread_mutex_unlock(&run->lock);
	arena_release(&found);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r == 0 && !known)
		store(run, &blob, &answer, started);
	else if (r < 0)
		why->code = ERR_CRASHED; /* facts that do not decode are a worker's nonsense */
	return 0;
}

static void *lane(void *ctx)
{
	struct run *run = ctx;
	for (;;) {
		struct error err = { 0 };
		pthread_mutex_lock(&run->lock);
		bool more = !run->fatal && run->next < run->todo_n;
		size_t layer = more ? run->todo[run->next++] : 0;
		pthread_mutex_unlock(&run->lock);
		if (!more)
			return NULL;
		int r = analyze_one(run, layer, &err);
		if (r < 0)
			fail(run, r, &err);
	}
}

/* Lanes: this thread and as many more as are useful. Threads that cannot be started are done without. */
static void run_lanes(struct run *run)
{
	pthread_t threads[64];
	unsigned workers = run->opt->workers, n = 0;
	if (run->todo_n < 2)
		workers = 1;
	else if (!workers)
		workers = cpu_allowed_count();
	if (workers > run->todo_n)
		workers = (unsigned)run->todo_n;
	while (n + 1 < workers && n < ARRAY_LEN(threads) && pthread_create(&threads[n], NULL, lane, run) == 0)
		n++;
	lane(run);
	while (n)
		pthread_join(threads[--n], NULL);
}

/* --- all layers --- */

/* What the cache knows is taken from there; the rest is listed in `todo`. */
static int look_up(struct run *run, size_t *todo, struct error *err)
{
	for (size_t i = 0; i < run->layer_count; i++) {
		const struct image_layer *l = i < run->info->layers.n ? &run->info->layers.v[i] : NULL;
		struct layer_facts facts;
		struct layer_blob blob;
		bool known = l && load_by_digest(run, l->digest, &facts);
		/* Without a digest the source is a local file: making the layer ready costs nothing. */
		if (!known && layer_cache_is_open(&run->cache) && (!l || !l->digest.n) && image_source_layer(run->src, i, &blob, NULL) == 0)
			known = load_by_file(run, &blob, &facts);
		if (!known) {
			todo[run->todo_n++] = i;
			run->total += l ? l->size : 0;
			continue;
		}
		if (keep_facts(run, i, &facts) < 0)
			return error_nomem(err);
		log_debug("layer %zu of %zu: known from the cache", i + 1, run->layer_count);
	}
	return 0;
}

int layers_analyze(struct arena *a, struct image_source *src, const struct layer_options *opt, const struct layer_facts **ret_facts, struct error *errors,
		   struct error *err)
{
	size_t n = image_source_layer_count(src);
	struct run run = { .src = src, .info = image_source_info(src), .opt = opt, .deadline_ns = deadline_of(opt), .facts = ret_facts, .errors = errors,
			   .layer_count = n, .lock = PTHREAD_MUTEX_INITIALIZER, .arena = a, .fatal_error = err };
	size_t *todo = arena_new_array(a, size_t, n);
	run.running = arena_new_array(a, uint64_t, n);
	if (n && (!todo || !run.running))
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		ret_facts[i] = NULL;
		errors[i] = (struct error){ 0 };
	}
	run.todo = todo;
	int r = all_rows(a, opt, &run.rows, err);
	if (r < 0)
		return r;
	layer_cache_open(&run.cache, opt);
	r = look_up(&run, todo, err);
	if (r == 0 && run.todo_n)
		run_lanes(&run);
	layer_cache_close(&run.cache);
	pthread_mutex_destroy(&run.lock);
	return r < 0 ? r : run.fatal;
}

/* --- a directory --- */

struct dir_run {
	const struct layer_options *opt;
	struct arena *arena;
};

static int on_dir_tick(void *ctx, uint64_t done)
{
	const struct layer_options *opt = ((struct dir_run *)ctx)->opt;
	return opt->progress ? opt->progress(opt->progress_ctx, STR("files"), done, 0) : 0;
}

static void *on_dir_alloc(void *ctx, size_t n)
{
	return arena_alloc(((struct dir_run *)ctx)->arena, n);
}

int rootfs_analyze(struct arena *a, struct str dir, const struct layer_options *opt, const struct layer_facts **ret, struct error *err)
{
	struct dir_run run = { opt, a };
	struct layer_answer answer;
	struct layer_facts facts, *copy;
	bool own;
	_cleanup_close_ int fd = -1;
	const struct analyzer *rows;
	int r = all_rows(a, opt, &rows, err);
	if (r == 0)
		r = file_open_dir(dir, false, 0, &fd, err);
	if (r < 0)
		return r;
	struct layer_job job = { .dir_fd = fd, .walk = walk_options(opt, rows), .in_process = opt->no_sandbox,
				 .secrets = opt->secrets, .secret_count = opt->secret_count, .deadline_ns = deadline_of(opt),
				 .tick = on_dir_tick, .alloc = on_dir_alloc, .ctx = &run };
	r = layer_job_run(&job, &answer, &own, err);
	if (r < 0)
		return r;
	if (answer.measures != SANDBOX_ALL)
		log_warn("the worker is not fully confined here (measures %x of %x)", answer.measures, SANDBOX_ALL);
	r = facts_decode(a, answer.facts, &facts, err);
	if (r < 0)
		return r;
	copy = arena_new(a, struct layer_facts);
	if (!copy)
		return error_nomem(err);
	*copy = facts;
	*ret = copy;
	return 0;
}
