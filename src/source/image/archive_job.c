#include "source/image/archive_job.h"

#include "base/buf.h"
#include "format/compress/compress.h"
#include "sys/file/file.h"
#include "sys/worker/worker.h"

enum { MSG_INDEX = 1, MSG_DONE, MSG_FAILED };

#define CHUNK             (256u << 10)
#define PATH_MAX_BYTES    4096u
#define PAX_MAX_BYTES     (64u << 10)
#define RECORDS_MAX_BYTES (16u << 20)
#define MEMORY_BYTES      (UINT64_C(1) << 30)
#define UNPACKED_BYTES    (UINT64_C(64) << 30)
#define CPU_S             900u
#define TICK_NS           100000000
#define BODY_NS           INT64_C(10000000000) /* a worker that stops in the middle of its answer has so long */

/* --- the worker's side --- */

struct side {
	const struct archive_job *job;
	bool expand;
	uint64_t ordinal;
	int tar_fd; /* the archive, or what it was unpacked to */
	uint64_t tar_size;
	/* unpacking */
	uint64_t at;
	unsigned char *chunk;
	struct worker_side *w;
};

static int read_next(void *ctx, const unsigned char **ret, size_t *ret_n, struct error *err)
{
	struct side *s = ctx;
	ssize_t n = file_pread_some(s->job->fd, s->chunk, CHUNK, s->at, err);
	if (n < 0)
		return (int)n;
	s->at += (uint64_t)n;
	s->w->status->done = s->at;
	*ret = s->chunk;
	*ret_n = (size_t)n;
	return 0;
}

static int unpack(struct side *s, struct error *err)
{
	const struct decompress_source source = { read_next, s };
	const struct decompress_limits limits = { .max_bytes = UNPACKED_BYTES };
	struct decompress *d = NULL;
	s->chunk = malloc(CHUNK);
	if (!s->chunk)
		return error_nomem(err);
	int r = decompress_open(&d, s->job->kind, &source, &limits, err);
	while (r == 0) {
		const unsigned char *p;
		size_t n;
		r = decompress_next(d, &p, &n, err);
		if (r < 0 || n == 0)
			break;
		r = file_pwrite(s->job->out_fd, p, n, s->tar_size, err);
		s->tar_size += n;
	}
	decompress_close(d);
	s->tar_fd = s->job->out_fd;
	return r;
}

static int tar_bytes(void *ctx, void *dst, size_t n, uint64_t off, struct error *err)
{
	const struct side *s = ctx;
	return file_pread(s->tar_fd, dst, n, off, err);
}

static int open_tar(struct side *s, struct tar *t, struct error *err)
{
	const struct tar_source source = { .pread = tar_bytes, .size = s->tar_size, .ctx = s };
	const struct tar_limits limits = { .max_entries = ARCHIVE_ENTRIES_MAX, .max_path_bytes = PATH_MAX_BYTES, .max_pax_bytes = PAX_MAX_BYTES };
	return tar_init(t, &source, &limits, err);
}

static int add_record(struct side *s, struct buf *out, const struct tar_entry *e, uint64_t ordinal, struct error *err)
{
	const struct archive_record record = { .offset = e->body_at, .size = e->size, .ordinal = ordinal, .path_n = (uint16_t)e->path.n,
					       .link_n = (uint16_t)e->link.n, .type = (uint8_t)e->type, .sparse = e->sparse };
	if (e->type == TAR_FILE && !e->sparse && (e->body_at > s->tar_size || e->size > s->tar_size - e->body_at))
		return error_set(err, ERR_FORMAT, "truncated: %.*s goes past the end", STR_FMT(str_sub(e->path, 0, 200)));
	buf_add_bytes(out, &record, sizeof(record));
	buf_add(out, e->path);
	buf_add(out, e->link);
	return buf_failed(out) ? error_set(err, ERR_LIMIT, "the names in the archive are longer than %u MiB together", RECORDS_MAX_BYTES >> 20) : 0;
}

static int make_index(struct side *s, struct buf *out, struct error *err)
{
	struct tar tar;
	struct tar_entry e;
	int r = open_tar(s, &tar, err);
	for (uint64_t ordinal = 0; r == 0 && (r = tar_next(&tar, &e, err)) > 0; ordinal++) {
		worker_doing(s->w, e.path);
		r = e.type == TAR_DIR ? 0 : add_record(s, out, &e, ordinal, err);
	}
	tar_release(&tar);
	return r;
}

static int expand(struct side *s, struct error *err)
{
	struct tar tar;
	struct tar_entry e = { 0 };
	struct str piece;
	uint64_t offset;
	int r = open_tar(s, &tar, err);
	for (uint64_t i = 0; r == 0 && i <= s->ordinal; i++) {
		r = tar_next(&tar, &e, err);
		r = r < 0 ? r : r > 0 ? 0 : error_set(err, ERR_FORMAT, "the archive has changed");
	}
	while (r == 0 && (r = tar_body(&tar, &piece, &offset, err)) > 0)
		r = file_pwrite(s->job->out_fd, piece.p, piece.n, offset, err);
	tar_release(&tar);
	return r;
}

static void work(struct worker_side *w, void *ctx)
{
	struct side *s = ctx;
	struct error err = { 0 };
	struct buf out;
	buf_init(&out, RECORDS_MAX_BYTES);
	s->w = w;
	s->tar_fd = s->job->fd;
	s->tar_size = s->job->kind == COMPRESS_NONE ? s->job->size : 0;
	int r = s->job->kind == COMPRESS_NONE ? 0 : unpack(s, &err);
	if (r == 0)
		r = s->expand ? expand(s, &err) : make_index(s, &out, &err);
	if (r < 0) {
		const struct str failed[] = { { (const char *)&r, sizeof(r) }, str_c(err.text) };
		channel_send(w->fd, MSG_FAILED, failed, 2, NULL);
	} else {
		const struct str done[] = { { (const char *)&s->tar_size, sizeof(s->tar_size) }, buf_str(&out) };
		channel_send(w->fd, s->expand ? MSG_DONE : MSG_INDEX, done, 2, NULL);
	}
}

/* --- the trusted side --- */

static int nonsense(struct error *err)
{
	return error_set(err, ERR_CRASHED, "the worker's answer makes no sense");
}

/* What went wrong, in the worker's words: a known code, text without control bytes. */
static int take_failure(const struct worker *w, const struct message *m, struct error *err)
{
	char text[512];
	int32_t code;
	if (m->bytes < sizeof(code) || m->bytes - sizeof(code) > ERROR_TEXT_MAX)
		return nonsense(err);
	int r = channel_receive_bytes(w->fd, &code, sizeof(code), monotonic_ns() + BODY_NS, err);
	size_t n = (size_t)MIN_OF(m->bytes - sizeof(code), sizeof(text) - 1);
	if (r < 0 || (r = channel_receive_bytes(w->fd, text, n, monotonic_ns() + BODY_NS, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			text[i] = '?';
	if (code >= 0 || code < ERR_INTERNAL)
		return nonsense(err);
	return error_set(err, code, "%.*s", (int)n, text);
}

/* The worker's one message; asks for progress meanwhile. */
static int await(const struct archive_job *job, const struct worker *w, struct message *ret, struct error *err)
{
	struct error local = { 0 };
	while (true) {
		int r = channel_receive(w->fd, ret, monotonic_ns() + TICK_NS, &local);
		if (r != ERR_TIMEOUT) {
			if (r < 0 && err)
				*err = local;
			return r;
		}
		if (job->progress && job->progress(job->ctx, MIN_OF(w->status->done, job->size), job->size))
			return error_set(err, ERR_CANCELLED, "cancelled");
	}
}

static int take_answer(const struct worker *w, const struct message *m, struct arena *a, uint64_t *ret_size, struct str *ret, struct error *err)
{
	uint64_t size;
	if (m->bytes < sizeof(size) || m->bytes - sizeof(size) > RECORDS_MAX_BYTES)
		return nonsense(err);
	size_t n = (size_t)m->bytes - sizeof(size);
	char *p = arena_alloc(a, n + 1);
	if (!p)
		return error_nomem(err);
	int r = channel_receive_bytes(w->fd, &size, sizeof(size), monotonic_ns() + BODY_NS, err);
	if (r == 0)
		r = channel_receive_bytes(w->fd, p, n, monotonic_ns() + BODY_NS, err);
	if (r < 0)
		return r;
	*ret = str_make(p, n);
	*ret_size = size;
	return 0;
}

static int run(const struct archive_job *job, struct side *s, struct arena *a, struct str *ret, uint64_t *ret_size, struct error *err)
{
	const int fds[] = { job->fd, job->out_fd };
	const struct worker_options opt = {
		.sandbox = { .root_fd = -1, .memory_bytes = MEMORY_BYTES, .file_bytes = UNPACKED_BYTES, .cpu_s = CPU_S },
		.fds = fds,
		.fd_count = ARRAY_LEN(fds),
		.secrets = job->secrets,
		.secret_count = ARRAY_LEN(job->secrets),
	};
	struct error ended = { 0 };
	struct worker worker;
	struct message m;
	int r = worker_start(&worker, &opt, work, s, err);
	if (r < 0)
		return r;
	r = await(job, &worker, &m, err);
	if (r == 0 && m.type == MSG_FAILED)
		r = take_failure(&worker, &m, err);
	else if (r == 0)
		r = m.type == (s->expand ? MSG_DONE : MSG_INDEX) ? take_answer(&worker, &m, a, ret_size, ret, err) : nonsense(err);
	/* How it ended tells more than that it is gone. */
	int how = worker_finish(&worker, r != ERR_CRASHED, &ended);
	if (r == ERR_CRASHED && how < 0 && err)
		*err = ended;
	return r;
}

int archive_job_index(const struct archive_job *job, struct arena *a, struct str *ret_records, uint64_t *ret_size, struct error *err)
{
	struct side s = { .job = job };
	uint64_t size;
	int r = run(job, &s, a, ret_records, &size, err);
	if (r < 0)
		return r;
	if (job->kind == COMPRESS_NONE ? size != job->size : size > UNPACKED_BYTES)
		return nonsense(err);
	*ret_size = size;
	return 0;
}

int archive_job_expand(const struct archive_job *job, uint64_t ordinal, struct error *err)
{
	struct side s = { .job = job, .expand = true, .ordinal = ordinal };
	struct arena a;
	struct str none;
	uint64_t size;
	arena_init(&a, 1 << 20);
	int r = run(job, &s, &a, &none, &size, err);
	arena_release(&a);
	return r;
}

int archive_records_next(struct str *records, uint64_t tar_size, struct archive_record *ret, struct str *ret_path, struct str *ret_link, struct error *err)
{
	struct archive_record r;
	if (!records->n)
		return 0;
	if (records->n < sizeof(r))
		return nonsense(err);
	memcpy(&r, records->p, sizeof(r));
	struct str rest = str_from(*records, sizeof(r));
	if (rest.n < (size_t)r.path_n + r.link_n || r.type > TAR_OTHER || r.sparse > 1)
		return nonsense(err);
	if (r.type == TAR_FILE && !r.sparse && (r.offset > tar_size || r.size > tar_size - r.offset))
		return nonsense(err);
	*ret_path = str_sub(rest, 0, r.path_n);
	*ret_link = str_sub(rest, r.path_n, r.link_n);
	*records = str_from(rest, (size_t)r.path_n + r.link_n);
	*ret = r;
	return 1;
}
