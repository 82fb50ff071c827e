#include "source/layer/layer_job.h"

#include "format/compress/compress.h"
#include "format/oci/digest.h"
#include "sys/file/file.h"
#include "sys/worker/worker.h"

enum { MSG_DATA = 1, MSG_RESTART, MSG_FREE, MSG_REWIND, MSG_FACTS, MSG_FAILED };

#define SLOTS        4u
#define SLOT_BYTES   (256u << 10)
#define MEMORY_BYTES (UINT64_C(1) << 30) /* hard limit of a worker's address space; what it normally uses is a hundredth */
#define SPOOL_BYTES  (UINT64_C(4) << 30)
#define CPU_S        900u
#define TICK_NS      100000000

struct slot_message {
	uint32_t slot, bytes;
};

/* --- the worker's side --- */

struct side {
	const struct layer_job *job;
	enum compression compression;
	bool fed;
	int spool_fd;
	struct worker_side *w; /* NULL: in process */
	int held;              /* slot being read, -1: none */
	bool ended;            /* the empty piece was seen */
	/* in process: what the trusted side does otherwise */
	struct oci_hasher *hasher;
	uint64_t at;
	unsigned char *piece;
};

static int side_pread(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct side *s = ctx;
	return file_pread(s->job->blob->fd, dst, n, s->job->blob->offset + off, err);
}

static int side_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct side *s = ctx;
	struct message m;
	struct slot_message d = { 0 };
	struct str free_slot = { (const char *)&s->held, sizeof(uint32_t) };
	int r = s->held >= 0 ? channel_send(s->w->fd, MSG_FREE, &free_slot, 1, err) : 0;
	s->held = -1;
	*ret_n = 0;
	if (s->ended)
		return 0;
	if (r == 0)
		r = channel_receive(s->w->fd, &m, 0, err);
	if (r == 0)
		r = channel_receive_bytes(s->w->fd, &d, sizeof(d), 0, err);
	if (r < 0)
		return r;
	s->ended = d.bytes == 0;
	*ret = (const unsigned char *)s->w->shared + (size_t)d.slot * SLOT_BYTES;
	*ret_n = d.bytes;
	s->held = d.bytes ? (int)d.slot : -1;
	return 0;
}

/* What was sent ahead of the request is dropped. */
static int side_rewind(void *ctx, struct error *err)
{
	struct side *s = ctx;
	struct message m = { 0 };
	int r = channel_send(s->w->fd, MSG_REWIND, NULL, 0, err);
	s->held = -1;
	s->ended = false;
	while (r == 0 && m.type != MSG_RESTART) {
		struct slot_message d;
		r = channel_receive(s->w->fd, &m, 0, err);
		if (r == 0 && m.type == MSG_DATA)
			r = channel_receive_bytes(s->w->fd, &d, sizeof(d), 0, err);
	}
	return r;
}

static void side_doing(void *ctx, struct str path, uint64_t done)
{
	struct side *s = ctx;
	if (s->w) {
		worker_doing(s->w, path);
		s->w->status->done = done;
	}
}

static int local_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct side *s = ctx;
	const struct layer_blob *b = s->job->blob;
	size_t n = (size_t)MIN_OF(b->size - s->at, (uint64_t)SLOT_BYTES);
	int r = file_pread(b->fd, s->piece, n, b->offset + s->at, err);
	if (r < 0)
		return r;
	if (s->hasher)
		oci_hasher_update(s->hasher, s->piece, n);
	s->at += n;
	*ret = s->piece;
	*ret_n = n;
	return 0;
}

static int finish_hash(const struct layer_blob *b, uint64_t from, struct oci_hasher *h, unsigned char *buf, struct error *err)
{
	for (uint64_t at = from; at < b->size;) {
		size_t n = (size_t)MIN_OF(b->size - at, (uint64_t)SLOT_BYTES);
		int r = file_pread(b->fd, buf, n, b->offset + at, err);
		if (r < 0)
			return r;
		oci_hasher_update(h, buf, n);
		at += n;
	}
	return oci_hasher_check(h, err);
}

static int local_rewind(void *ctx, struct error *err)
{
	struct side *s = ctx;
	int r = s->hasher ? finish_hash(s->job->blob, s->at, s->hasher, s->piece, err) : 0;
	if (r == 0 && s->hasher)
		r = oci_hasher_init(s->hasher, s->job->blob->expect_digest, err);
	s->at = 0;
	return r;
}

static int side_walk(struct side *s, struct facts_writer *out, struct error *err)
{
	struct walk_options opt = s->job->walk;
	opt.spool_fd = s->spool_fd;
	opt.doing = side_doing;
	opt.ctx = s;
	if (!s->job->blob)
		return walk_directory(s->job->dir_fd, &opt, out, err);
	struct walk_source src = { .compression = s->compression, .size = s->job->blob->size, .ctx = s };
	if (s->fed) {
		src.next = s->w ? side_next : local_next;
		src.rewind = s->w ? side_rewind : local_rewind;
	} else {
		src.pread = side_pread;
	}
	return walk_layer(&src, &opt, out, err);
}

static void side_main(struct worker_side *w, void *ctx)
{
	struct side *s = ctx;
	struct facts_writer out;
	struct error err = { 0 };
	struct str pieces[FACTS_PIECES];
	s->w = w;
	facts_writer_init(&out);
	int r = side_walk(s, &out, &err);
	if (r == 0)
		r = facts_writer_finish(&out, pieces, &err);
	if (r == 0) {
		channel_send(w->fd, MSG_FACTS, pieces, FACTS_PIECES, NULL);
		return;
	}
	int32_t code = r;
	struct str failed[] = { { (const char *)&code, sizeof(code) }, str_c(err.text) };
	channel_send(w->fd, MSG_FAILED, failed, 2, NULL);
}

/* --- the trusted side --- */

struct feed {
	const struct layer_job *job;
	const struct layer_blob *blob;
	struct worker worker;
	struct oci_hasher hasher;
	bool hash;      /* the digest is to be checked */
	bool fed, end_sent;
	uint64_t at;    /* bytes given so far */
	bool busy[SLOTS];
	unsigned next_slot;
	int64_t next_tick;
};

/* ERR_CORRUPT here, so that it is told apart from a worker that died by itself; callers get ERR_CRASHED. */
static int nonsense(struct error *err)
{
	return error_set(err, ERR_CORRUPT, "the worker's answer makes no sense");
}

/* Reads, hashes and shows the next piece, when a slot is free. */
static int feed_one(struct feed *f, bool *ret_fed, struct error *err)
{
	struct slot_message d = { .slot = f->next_slot };
	*ret_fed = false;
	if (!f->fed || f->end_sent || f->busy[f->next_slot])
		return 0;
	d.bytes = (uint32_t)MIN_OF(f->blob->size - f->at, (uint64_t)SLOT_BYTES);
	unsigned char *p = (unsigned char *)f->worker.shared + (size_t)d.slot * SLOT_BYTES;
	if (d.bytes) {
		int r = file_pread(f->blob->fd, p, d.bytes, f->blob->offset + f->at, err);
		if (r < 0)
			return r;
		/* Hashed before it is shown: a worker that changes shared memory can only falsify what it has already seen. */
		if (f->hash)
			oci_hasher_update(&f->hasher, p, d.bytes);
		f->busy[d.slot] = true;
		f->next_slot = (d.slot + 1) % SLOTS;
	} else {
		f->end_sent = true;
	}
	f->at += d.bytes;
	*ret_fed = true;
	struct str body = { (const char *)&d, sizeof(d) };
	int r = channel_send(f->worker.fd, MSG_DATA, &body, 1, err);
	return r == ERR_CRASHED ? 0 : r; /* its last words are read first */
}

static int tick(struct feed *f, struct error *err)
{
	int64_t now = monotonic_ns();
	if (now < f->next_tick)
		return 0;
	f->next_tick = now + TICK_NS;
	if (f->job->deadline_ns && now >= f->job->deadline_ns)
		return error_set(err, ERR_TIMEOUT, "timed out");
	uint64_t done = f->fed ? f->at : f->worker.status ? f->worker.status->done : 0;
	if (f->blob)
		done = MIN_OF(done, f->blob->size);
	if (f->job->tick && f->job->tick(f->job->ctx, done))
		return error_set(err, ERR_CANCELLED, "cancelled");
	return 0;
}

/* Waits for a message's header, ticking. */
static int wait_message(struct feed *f, struct message *ret, struct error *err)
{
	for (;;) {
		int r = tick(f, err);
		if (r == 0)
			r = channel_receive(f->worker.fd, ret, f->next_tick, err);
		if (r != ERR_TIMEOUT || (f->job->deadline_ns && monotonic_ns() >= f->job->deadline_ns))
			return r;
	}
}

/* Bytes of a message whose header is here: a worker that stops in the middle has ten seconds, or until the deadline. */
static int body(struct feed *f, void *dst, size_t n, struct error *err)
{
	int64_t until = monotonic_ns() + INT64_C(10000000000);
	if (f->job->deadline_ns && f->job->deadline_ns < until)
		until = f->job->deadline_ns;
	int r = channel_receive_bytes(f->worker.fd, dst, n, until, err);
	return r == ERR_TIMEOUT && until != f->job->deadline_ns ? nonsense(err) : r;
}

static int take_free(struct feed *f, const struct message *m, struct error *err)
{
	uint32_t slot;
	if (m->bytes != sizeof(slot))
		return nonsense(err);
	int r = body(f, &slot, sizeof(slot), err);
	if (r < 0)
		return r;
	if (slot >= SLOTS || !f->busy[slot])
		return nonsense(err);
	f->busy[slot] = false;
	return 0;
}

/* The layer once more, from its first byte: the first pass must have been what the digest says, and so must the second. */
static int take_rewind(struct feed *f, unsigned *rewinds, struct error *err)
{
	if ((*rewinds)++ || !f->fed)
		return nonsense(err);
	if (f->hash) {
		unsigned char *buf = malloc(SLOT_BYTES);
		int r = buf ? finish_hash(f->blob, f->at, &f->hasher, buf, err) : error_nomem(err);
		free(buf);
		if (r == 0)
			r = oci_hasher_init(&f->hasher, f->blob->expect_digest, err);
		if (r < 0)
			return r;
	}
	memset(f->busy, 0, sizeof(f->busy));
	f->next_slot = 0;
	f->at = 0;
	f->end_sent = false;
	int r = channel_send(f->worker.fd, MSG_RESTART, NULL, 0, err);
	return r == ERR_CRASHED ? 0 : r;
}

static int take_facts(struct feed *f, const struct message *m, struct layer_answer *ret, struct error *err)
{
	if (m->bytes < sizeof(struct facts_header) || m->bytes > FACTS_MAX_BYTES)
		return nonsense(err);
	char *p = f->job->alloc(f->job->ctx, (size_t)m->bytes);
	if (!p)
		return error_nomem(err);
	ret->facts = str_make(p, (size_t)m->bytes);
	return body(f, p, (size_t)m->bytes, err);
}

static int take_failure(struct feed *f, const struct message *m, struct error *err)
{
	int32_t code;
	char text[ERROR_TEXT_MAX];
	if (m->bytes < sizeof(code) || m->bytes > sizeof(code) + sizeof(text) - 1)
		return nonsense(err);
	size_t n = (size_t)m->bytes - sizeof(code);
	int r = body(f, &code, sizeof(code), err);
	if (r == 0)
		r = body(f, text, n, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			text[i] = '?';
	/* Only codes about the layer: a worker cannot say that the scan was cancelled. */
	if (code != ERR_FORMAT && code != ERR_LIMIT && code != ERR_UNSUPPORTED && code != ERR_NOMEM && code != ERR_SYSTEM)
		code = ERR_CRASHED;
	return error_set(err, code, "%.*s", (int)n, text);
}

/* Feeds and listens until the worker has answered. */
static int converse(struct feed *f, struct layer_answer *ret, struct error *err)
{
	unsigned rewinds = 0;
	for (;;) {
		bool fed;
		struct message m;
		int r = feed_one(f, &fed, err);
		if (r == 0 && fed)
			r = tick(f, err);
		if (r < 0)
			return r;
		if (fed)
			continue;
		r = wait_message(f, &m, err);
		if (r < 0)
			return r;
		switch (m.type) {
		case MSG_FREE:
			r = take_free(f, &m, err);
			break;
		case MSG_REWIND:
			r = take_rewind(f, &rewinds, err);
			break;
		case MSG_FACTS:
			return take_facts(f, &m, ret, err);
		case MSG_FAILED:
			return take_failure(f, &m, err);
		default:
			return nonsense(err);
		}
		if (r < 0)
			return r;
	}
}

/* The rest of the layer, which the worker did not need to see, belongs to the digest as well. */
static int check_digest(struct feed *f, struct error *err)
{
	unsigned char *buf = malloc(SLOT_BYTES);
	int r = buf ? finish_hash(f->blob, f->at, &f->hasher, buf, err) : error_nomem(err);
	free(buf);
	return r;
}

static int run_worker(struct side *s, struct feed *f, struct layer_answer *ret, bool *ret_own, struct error *err)
{
	const struct layer_job *job = s->job;
	int fds[] = { job->blob && !s->fed ? job->blob->fd : -1, s->spool_fd };
	struct worker_options opt = {
		.sandbox = { .root_fd = job->blob ? -1 : job->dir_fd, .memory_bytes = MEMORY_BYTES, .file_bytes = SPOOL_BYTES, .cpu_s = CPU_S },
		.fds = fds,
		.fd_count = ARRAY_LEN(fds),
		.secrets = job->secrets,
		.secret_count = job->secret_count,
		.shared_bytes = s->fed ? (size_t)MIN_OF(job->blob->size, (uint64_t)SLOTS * SLOT_BYTES) : 0,
	};
	struct error end = { 0 };
	int r = worker_start(&f->worker, &opt, side_main, s, err);
	*ret_own = r < 0;
	if (r < 0)
		return error_wrap(err, r, "starting a worker");
	r = converse(f, ret, err);
	ret->measures = __atomic_load_n(&f->worker.status->measures, __ATOMIC_RELAXED);
	int ended = worker_finish(&f->worker, true, &end);
	if (r == ERR_CRASHED && ended < 0)
		r = error_set(err, ERR_CRASHED, "%s", end.text);
	if (r == ERR_CORRUPT)
		r = err ? (err->code = ERR_CRASHED) : ERR_CRASHED;
	return r;
}

static int run_in_process(struct side *s, struct feed *f, struct layer_answer *ret, struct error *err)
{
	struct facts_writer out;
	struct str pieces[FACTS_PIECES];
	size_t n = 0;
	s->hasher = f->hash ? &f->hasher : NULL;
	s->piece = s->fed ? malloc(SLOT_BYTES) : NULL;
	if (s->fed && !s->piece)
		return error_nomem(err);
	facts_writer_init(&out);
	int r = side_walk(s, &out, err);
	if (r == 0)
		r = facts_writer_finish(&out, pieces, err);
	char *p = r == 0 ? s->job->alloc(s->job->ctx, (size_t)out.h.total_bytes) : NULL;
	if (r == 0 && !p)
		r = error_nomem(err);
	for (size_t i = 0; r == 0 && i < FACTS_PIECES; i++) {
		if (pieces[i].n)
			memcpy(p + n, pieces[i].p, pieces[i].n);
		n += pieces[i].n;
	}
	ret->facts = str_make(p, n);
	ret->measures = SANDBOX_ALL; /* asked for: nothing to warn of */
	f->at = s->at;
	facts_writer_release(&out);
	free(s->piece);
	return r;
}

/* The kind by magic bytes, as engines do it: media types are often wrong. */
static int detect(const struct layer_blob *b, enum compression *ret, struct error *err)
{
	unsigned char head[6];
	size_t n = (size_t)MIN_OF(b->size, (uint64_t)sizeof(head));
	int r = file_pread(b->fd, head, n, b->offset, err);
	if (r < 0)
		return r;
	*ret = compress_detect(head, n);
	return *ret == COMPRESS_UNKNOWN ? error_set(err, ERR_UNSUPPORTED, "compressed with bzip2, xz or lz4") : 0;
}

int layer_job_run(const struct layer_job *job, struct layer_answer *ret, bool *ret_own, struct error *err)
{
	struct side s = { .job = job, .spool_fd = -1, .held = -1 };
	struct feed f = { .job = job, .blob = job->blob };
	struct layer_answer answer = { 0 };
	int r = 0;
	*ret_own = false;
	if (job->blob) {
		r = detect(job->blob, &s.compression, err);
		f.hash = r == 0 && job->blob->expect_digest.n && !job->blob->verified;
		if (f.hash && (r = oci_digest_validate(job->blob->expect_digest, err)) == 0)
			r = oci_hasher_init(&f.hasher, job->blob->expect_digest, err);
		s.fed = f.fed = f.hash || s.compression != COMPRESS_NONE;
		/* Without a temporary file large bodies become diagnostics. */
		if (r == 0 && s.fed)
			file_tmp(job->spool_dir, &s.spool_fd, NULL);
	}
	if (r == 0)
		r = job->in_process ? run_in_process(&s, &f, &answer, err) : run_worker(&s, &f, &answer, ret_own, err);
	/* A mismatch explains what else went wrong, so it is told instead. */
	if (f.hash && (r == 0 || (r != ERR_TIMEOUT && r != ERR_CANCELLED && r != ERR_DIGEST && !*ret_own))) {
		struct error why = { 0 };
		int d = check_digest(&f, &why);
		answer.hashed = d == 0;
		if (d == ERR_DIGEST || r == 0) {
			r = d;
			if (d < 0 && err)
				*err = why;
		}
	}
	if (s.spool_fd >= 0)
		close(s.spool_fd);
	if (r == 0)
		*ret = answer;
	return r;
}
