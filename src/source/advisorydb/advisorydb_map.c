#include "source/advisorydb/advisorydb_map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int map_file(struct str path, struct str *ret, struct error *err)
{
	char name[PATH_MAX];
	struct stat st;
	if (path.n == 0 || path.n >= sizeof(name) || memchr(path.p, 0, path.n))
		return error_set(err, ERR_USAGE, "database path is empty or too long");
	memcpy(name, path.p, path.n);
	name[path.n] = 0;
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "%s", name);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_CORRUPT, "%s: not a regular file", name);
	if (st.st_size < 1024)
		return error_set(err, ERR_CORRUPT, "%s: too short for a database", name);
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return error_set_errno(err, errno, "%s: mmap", name);
	*ret = str_make(p, (size_t)st.st_size);
	return 0;
}

int db_map_get(const struct db_map *m, struct str key, struct str *ret, struct error *err)
{
	return lmdb_get(&m->lmdb, key, ret, err);
}

static int required(const struct db_map *m, struct str key, struct str *ret, struct error *err)
{
	int r = db_map_get(m, key, ret, err);
	return r == ERR_NOT_FOUND ? error_set(err, ERR_CORRUPT, "this is not a Bulkhead advisory database") : r;
}

static int optional(const struct db_map *m, struct str key, struct str *ret, struct error *err)
{
	int r = db_map_get(m, key, ret, err);
	return r == ERR_NOT_FOUND ? 0 : r;
}

static int read_tables(struct db_map *m, struct error *err)
{
	uint32_t source_count = m->meta.count[0], unit_count = m->meta.count[1];
	struct data_source *sources = arena_new_array(&m->arena, struct data_source, source_count + 1);
	uint8_t *merge = arena_alloc(&m->arena, (size_t)unit_count + 1);
	if (!sources || !merge)
		return error_nomem(err);
	for (uint32_t i = 0; i < source_count; i++) {
		struct db_source s;
		db_element(&m->meta, 0, i, &s);
		if (!db_string(&m->meta, s.key, &sources[i].key) || !db_string(&m->meta, s.name, &sources[i].name) ||
		    !db_string(&m->meta, s.url, &sources[i].url) || !db_string(&m->meta, s.updated, &sources[i].updated))
			return error_set(err, ERR_CORRUPT, "damaged database: source table");
	}
	for (uint32_t i = 0; i < unit_count; i++) {
		struct db_unit u;
		db_element(&m->meta, 1, i, &u);
		merge[i] = (uint8_t)MIN_OF(u.merge & 0xffu, (unsigned)DB_MERGE_LAST);
	}
	m->tables.sources = sources;
	m->tables.source_count = source_count;
	m->tables.unit_merge = merge;
	m->tables.unit_count = unit_count;
	return 0;
}

static int open_map(struct str file, bool borrowed, struct str path, struct db_map *ret, struct error *err)
{
	struct db_map m = { .file = file, .borrowed = borrowed };
	struct str meta, ids;
	int r;
	arena_init(&m.arena, ARENA_NO_LIMIT);
	if ((r = lmdb_open(m.file, &m.lmdb, err)) < 0 || (r = required(&m, STR("M"), &meta, err)) < 0 ||
	    (r = db_meta_open(meta, &m.header, &m.meta, err)) < 0 || (r = required(&m, STR("I"), &ids, err)) < 0 ||
	    (r = db_ids_open(ids, &m.tables.ids, err)) < 0 || (r = optional(&m, STR("D"), &m.dictionary, err)) < 0 ||
	    (r = optional(&m, STR("E"), &m.epss, err)) < 0 || (r = read_tables(&m, err)) < 0) {
		db_map_close(&m);
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	}
	*ret = m;
	return 0;
}

int db_map_open(struct str path, struct db_map *ret, struct error *err)
{
	struct str file;
	int r = map_file(path, &file, err);
	return r < 0 ? r : open_map(file, false, path, ret, err);
}

int db_map_open_memory(struct str file, struct str name, struct db_map *ret, struct error *err)
{
	return open_map(file, true, name, ret, err);
}

void db_map_close(struct db_map *m)
{
	if (m->file.p && !m->borrowed)
		munmap((void *)(uintptr_t)m->file.p, m->file.n);
	arena_release(&m->arena);
	*m = (struct db_map){ 0 };
}
