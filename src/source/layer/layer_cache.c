#include "source/layer/layer_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/map.h"
#include "source/layer/analyzer.h"
#include "source/layer/facts_codec.h"
#include "sys/file/file.h"

#define CACHE_VERSION 1
#define UNUSED_DAYS   60
#define DAY_S         86400
#define STAMP         "last-cleaned"

struct cache_header {
	char magic[8];
	uint64_t checksum; /* str_hash of all that follows the header */
	uint64_t key_bytes, facts_bytes;
};
_Static_assert(sizeof(struct cache_header) == 32, "written to files");
static const char magic[8] = { 'B', 'H', 'L', 'A', 'Y', 'E', 'R', CACHE_VERSION };

/* --- shared by the images of one run --- */

#define MEMORY_BYTES_MAX ((size_t)512 << 20)

struct layer_memory {
	pthread_mutex_t lock; /* guards all below it */
	struct arena arena;
	struct map entries; /* key text -> struct str, the facts */
};

int layer_memory_new(struct layer_memory **ret, struct error *err)
{
	struct layer_memory *m = calloc(1, sizeof(*m));
	if (!m)
		return error_nomem(err);
	pthread_mutex_init(&m->lock, NULL);
	arena_init(&m->arena, MEMORY_BYTES_MAX);
	map_init(&m->entries, &m->arena);
	*ret = m;
	return 0;
}

struct layer_memory *layer_memory_free(struct layer_memory *m)
{
	if (!m)
		return NULL;
	pthread_mutex_destroy(&m->lock);
	arena_release(&m->arena);
	free(m);
	return NULL;
}

static bool memory_load(struct layer_memory *m, struct str key, struct arena *a, struct layer_facts *ret)
{
	pthread_mutex_lock(&m->lock);
	const struct str *facts = map_get(&m->entries, key);
	pthread_mutex_unlock(&m->lock);
	/* The bytes themselves never change. */
	return facts && facts_decode(a, *facts, ret, NULL) == 0;
}

/* No room is no error: the layer is read again. */
static void memory_store(struct layer_memory *m, struct str key, struct str facts)
{
	pthread_mutex_lock(&m->lock);
	struct str copy_key = arena_str(&m->arena, key), *copy = arena_new(&m->arena, struct str);
	char *bytes = arena_alloc(&m->arena, facts.n + 1); /* aligned, as decoding wants it */
	if (copy_key.p && copy && bytes) {
		memcpy(bytes, facts.p, facts.n);
		*copy = str_make(bytes, facts.n);
		if (map_put(&m->entries, copy_key, copy) < 0)
			log_debug("layer memory: full");
	}
	pthread_mutex_unlock(&m->lock);
}

/* --- keys --- */

static uint64_t mix(uint64_t h, struct str s)
{
	uint64_t pair[2] = { h, str_hash(s) };
	return str_hash(str_make((const char *)pair, sizeof(pair)));
}

/* What changes the facts of the same bytes: parsers and options. */
static uint64_t fingerprint(const struct layer_options *opt)
{
	const uint64_t head[] = { analyzers_fingerprint(), opt->max_unpacked_bytes, opt->skip_dirs_count, opt->skip_files_count, opt->scanner_count,
				  opt->file_digests, opt->depth, opt->lock_files };
	uint64_t h = str_hash(str_make((const char *)head, sizeof(head)));
	for (size_t i = 0; i < opt->scanner_count; i++) {
		const uint64_t row[] = { h, str_hash(str_c(opt->scanners[i].name)), opt->scanners[i].version, opt->scanners[i].fingerprint };
		h = str_hash(str_make((const char *)row, sizeof(row)));
	}
	for (size_t i = 0; i < opt->skip_dirs_count; i++)
		h = mix(h, opt->skip_dirs[i]);
	for (size_t i = 0; i < opt->skip_files_count; i++)
		h = mix(h, opt->skip_files[i]);
	for (size_t i = 0; i < opt->alias_count; i++)
		h = mix(mix(h, opt->aliases[i].place), opt->aliases[i].real);
	return h;
}

/* Once a day: entries that no scan has used for long go. Errors mean that the next scan tries again. */
static void clean(const struct layer_cache *c)
{
	struct stat st;
	time_t now = time(NULL);
	if (fstatat(c->dir_fd, STAMP, &st, 0) == 0 && now - st.st_mtime < DAY_S && st.st_mtime <= now + DAY_S)
		return;
	if (file_replace_at(c->dir_fd, STR(STAMP), NULL, 0, 0600, false, NULL) < 0)
		return;
	int fd = openat(c->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d && fd >= 0)
		close(fd);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.' && fstatat(c->dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		    now - st.st_mtime > (time_t)UNUSED_DAYS * DAY_S)
			unlinkat(c->dir_fd, e->d_name, 0);
	if (d)
		closedir(d);
}

void layer_cache_open(struct layer_cache *c, const struct layer_options *opt)
{
	*c = (struct layer_cache){ .dir_fd = -1, .memory = opt->memory };
	if (layer_cache_is_open(c) || opt->cache_dir.n)
		c->fingerprint = fingerprint(opt);
	if (!opt->cache_dir.n)
		return;
	char path[4096];
	struct error err = { 0 };
	struct stat st;
	int n = snprintf(path, sizeof(path), "%.*s/layers", STR_FMT(opt->cache_dir));
	int r = n < 0 || (size_t)n >= sizeof(path) ? error_set(&err, ERR_USAGE, "path too long") :
						     file_open_dir(str_c(path), true, 0700, &c->dir_fd, &err);
	if (r == 0 && fstat(c->dir_fd, &st) == 0 && (st.st_uid != geteuid() || (st.st_mode & 022))) {
		r = error_set(&err, ERR_USAGE, "belongs to somebody else or others may write to it");
		layer_cache_close(c);
	}
	if (r < 0)
		log_warn("layer cache %s is not used: %s", path, err.text);
}

void layer_cache_close(struct layer_cache *c)
{
	if (c->dir_fd >= 0)
		close(c->dir_fd);
	c->dir_fd = -1;
}

void layer_cache_key_digest(const struct layer_cache *c, struct str digest, struct cache_key *ret)
{
	snprintf(ret->text, sizeof(ret->text), "digest %.*s %016llx", STR_FMT(digest), (unsigned long long)c->fingerprint);
	/* The file's name needs no more of a long digest than tells entries apart; the key itself is in the file. */
	snprintf(ret->name, sizeof(ret->name), "%.*s-%016llx", (int)MIN_OF(digest.n, (size_t)71), digest.p, (unsigned long long)c->fingerprint);
	for (char *p = ret->name; *p; p++)
		if (!char_is_alnum(*p) && *p != '-')
			*p = '-';
}

bool layer_cache_key_folder(const struct layer_cache *c, int dir_fd, struct cache_key *ret)
{
	struct file_identity id;
	if (!c->memory || file_identify(dir_fd, &id, NULL) < 0)
		return false;
	snprintf(ret->text, sizeof(ret->text), "folder %llx:%llx %lld %lld %016llx", (unsigned long long)id.dev, (unsigned long long)id.ino, (long long)id.mtime_ns,
		 (long long)id.ctime_ns, (unsigned long long)c->fingerprint);
	ret->name[0] = 0; /* never a file */
	return true;
}

void layer_cache_key_file(const struct layer_cache *c, const struct layer_blob *b, struct cache_key *ret)
{
	snprintf(ret->text, sizeof(ret->text), "file %llx:%llx %llu bytes %lld %lld part %llu+%llu %016llx", (unsigned long long)b->dev,
		 (unsigned long long)b->ino, (unsigned long long)b->file_size, (long long)b->mtime_ns, (long long)b->ctime_ns,
		 (unsigned long long)b->offset, (unsigned long long)b->size, (unsigned long long)c->fingerprint);
	/* Without times: what a file held before is replaced. */
	snprintf(ret->name, sizeof(ret->name), "file-%llx-%llx-%llx-%016llx", (unsigned long long)b->dev, (unsigned long long)b->ino,
		 (unsigned long long)b->offset, (unsigned long long)c->fingerprint);
}

static uint64_t checksum(const struct cache_header *h, struct str key, struct str facts)
{
	uint64_t parts[] = { h->key_bytes, h->facts_bytes, str_hash(key), str_hash(facts) };
	return str_hash(str_make((const char *)parts, sizeof(parts)));
}

/* A used entry stays: its time is renewed when it is a day old. */
static void touch(const struct layer_cache *c, const char *name)
{
	struct stat st;
	if (fstatat(c->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && time(NULL) - st.st_mtime > DAY_S)
		utimensat(c->dir_fd, name, NULL, AT_SYMLINK_NOFOLLOW);
}

bool layer_cache_load(const struct layer_cache *c, const struct cache_key *key, struct arena *a, struct layer_facts *ret)
{
	struct str bytes, text = str_c(key->text);
	struct cache_header h;
	struct error err = { 0 };
	if (c->memory && memory_load(c->memory, text, a, ret))
		return true;
	if (c->dir_fd < 0 || !key->name[0] || file_read_at(a, c->dir_fd, str_c(key->name), FACTS_MAX_BYTES + 4096, &bytes, NULL) < 0)
		return false;
	if (bytes.n < sizeof(h))
		return false;
	memcpy(&h, bytes.p, sizeof(h));
	size_t key_room = (text.n + 7) & ~(size_t)7, head = sizeof(h) + key_room;
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 || h.key_bytes != text.n || bytes.n < head || h.facts_bytes != bytes.n - head)
		return false;
	struct str stored = str_sub(bytes, sizeof(h), text.n), facts = str_from(bytes, head);
	if (!str_eq(stored, text) || checksum(&h, stored, facts) != h.checksum) {
		log_debug("layer cache: entry %s is damaged or of another key", key->name);
		return false;
	}
	if (facts_decode(a, facts, ret, &err) < 0) {
		log_debug("layer cache: entry %s: %s", key->name, err.text);
		return false;
	}
	touch(c, key->name);
	return true;
}

void layer_cache_store(const struct layer_cache *c, const struct cache_key *key, struct str facts)
{
	static const char zeros[8];
	struct str text = str_c(key->text);
	struct cache_header h = { .key_bytes = text.n, .facts_bytes = facts.n };
	struct error err = { 0 };
	if (c->memory && (c->dir_fd < 0 || !key->name[0]))
		memory_store(c->memory, text, facts);
	if (c->dir_fd < 0 || !key->name[0])
		return;
	memcpy(h.magic, magic, sizeof(magic));
	h.checksum = checksum(&h, text, facts);
	struct str pieces[] = { { (const char *)&h, sizeof(h) }, text, { zeros, (8 - text.n % 8) % 8 }, facts };
	if (file_replace_at(c->dir_fd, str_c(key->name), pieces, ARRAY_LEN(pieces), 0600, false, &err) < 0)
		log_warn("layer cache: %s", err.text);
	clean(c);
}
