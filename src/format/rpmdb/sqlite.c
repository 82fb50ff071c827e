#include "format/rpmdb/store.h"

#include <sqlite3.h>

#include "base/path.h"

/* rpm's SQLite form (rpm lib/backend/sqlite.c): CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL); the blobs are headers.
 *
 * SQLite reads through a virtual file system over struct input, so it opens no file. A write-ahead log beside the database (rpmdb.sqlite-wal, left
 * by a process that did not close it) is read when it is at hand: SQLite replays it, its index in memory (exclusive locking), and writes nothing.
 * The database is a stranger's: without a log it is opened as immutable, the schema is not trusted, triggers, views and extensions are off, an authorizer allows two SELECTs and
 * nothing else, virtual tables are refused before they could be opened, sizes are limited and the work is counted. */
#define VM_STEPS (UINT64_C(200) * 1000 * 1000) /* virtual machine instructions of a whole read: 5 a package are needed */
#define PROGRESS_EVERY 10000
#define WAL_MAX (UINT64_C(32) << 20) /* bytes: it is held in memory; a longer one is named as unread */

struct file {
	sqlite3_file base;
	const struct input *in;
};
/* What the file system has. */
struct store {
	const struct input *db;
	struct input wal; /* size 0: none */
};

static int file_close(sqlite3_file *f)
{
	return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *dst, int n, sqlite3_int64 off)
{
	const struct input *in = ((struct file *)f)->in;
	uint64_t at = (uint64_t)off, have = off < 0 || at >= in->size ? 0 : MIN_OF((uint64_t)n, in->size - at);
	if (have && input_read(in, dst, (size_t)have, at, NULL) < 0)
		return SQLITE_IOERR_READ;
	if (have == (uint64_t)n)
		return SQLITE_OK;
	memset((char *)dst + have, 0, (size_t)n - have); /* SQLite's contract for short reads */
	return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *src, int n, sqlite3_int64 off)
{
	return SQLITE_READONLY;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return SQLITE_READONLY;
}

static int file_sync(sqlite3_file *f, int flags)
{
	return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct file *)f)->in->size;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *f, int level)
{
	return SQLITE_OK;
}

static int file_check_lock(sqlite3_file *f, int *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
	return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *f)
{
	return 4096;
}

static int file_characteristics(sqlite3_file *f)
{
	return 0;
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_lock,
	.xCheckReservedLock = file_check_lock,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	const struct store *store = vfs->pAppData;
	bool wal = flags & SQLITE_OPEN_WAL && store->wal.size;
	f->pMethods = NULL;
	if (!(flags & SQLITE_OPEN_MAIN_DB) && !wal) /* no journal, no temporary file */
		return SQLITE_CANTOPEN;
	((struct file *)f)->in = wal ? &store->wal : store->db;
	f->pMethods = &file_methods;
	if (ret_flags)
		*ret_flags = SQLITE_OPEN_READONLY | (wal ? SQLITE_OPEN_WAL : SQLITE_OPEN_MAIN_DB);
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	const struct store *store = vfs->pAppData;
	*ret = flags == SQLITE_ACCESS_EXISTS && store->wal.size && str_has_suffix(str_c(name), STR("-wal"));
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
	snprintf(out, (size_t)n, "%s", name);
	return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int n, char *out)
{
	memset(out, 0, (size_t)n); /* nothing read here depends on it, and answers stay the same on every run */
	return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	return 0;
}

static int vfs_time(sqlite3_vfs *vfs, double *ret)
{
	*ret = 2440587.5; /* 1970-01-01 as a Julian day */
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int n, char *out)
{
	return 0;
}

static int authorize(void *ctx, int action, const char *a, const char *b, const char *db, const char *trigger)
{
	if (action == SQLITE_SELECT)
		return SQLITE_OK;
	if (action == SQLITE_READ && a && (sqlite3_stricmp(a, "Packages") == 0 || sqlite3_stricmp(a, "sqlite_master") == 0))
		return SQLITE_OK;
	return SQLITE_DENY;
}

static int count_work(void *ctx)
{
	uint64_t *left = ctx;
	if (*left < PROGRESS_EVERY)
		return 1;
	*left -= PROGRESS_EVERY;
	return 0;
}

static void restrict_database(sqlite3 *db, uint64_t *work)
{
	static const struct {
		int id, value;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, (int)RPMDB_HEADER_MAX }, { SQLITE_LIMIT_SQL_LENGTH, 100000 }, { SQLITE_LIMIT_COLUMN, 100 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 50 },		{ SQLITE_LIMIT_COMPOUND_SELECT, 3 }, { SQLITE_LIMIT_VDBE_OP, 25000 },
		{ SQLITE_LIMIT_FUNCTION_ARG, 8 },		{ SQLITE_LIMIT_ATTACHED, 0 },	     { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50 },
		{ SQLITE_LIMIT_VARIABLE_NUMBER, 10 },		{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },   { SQLITE_LIMIT_WORKER_THREADS, 0 },
	};
	static const int off[] = { SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
				   SQLITE_DBCONFIG_TRUSTED_SCHEMA };
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		sqlite3_limit(db, limits[i].id, limits[i].value);
	for (size_t i = 0; i < ARRAY_LEN(off); i++)
		sqlite3_db_config(db, off[i], 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Before the authorizer, which refuses all pragmas. The locking mode first: a log could not be opened without shared memory else. Corrupt cells are found before they are followed; pages kept: 2 MB. */
	sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_set_authorizer(db, authorize, NULL);
	sqlite3_progress_handler(db, PROGRESS_EVERY, count_work, work);
}

/* Whether Packages is an ordinary table. A virtual table would run its module on the stranger's data; a view is disabled anyway. */
static bool has_plain_table(sqlite3 *db)
{
	static const char sql[] = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'Packages'";
	sqlite3_stmt *stmt = NULL;
	bool plain = false;
	if (sqlite3_prepare_v2(db, sql, sizeof(sql), &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);
		struct str create = str_sub(str_c(text), 0, 13);
		plain = text && str_eq_nocase(create, STR("CREATE TABLE "));
	}
	sqlite3_finalize(stmt);
	return plain;
}

static int read_rows(struct rpm_sink *s, sqlite3 *db, struct error *err)
{
	static const char sql[] = "SELECT hnum, blob FROM Packages";
	sqlite3_stmt *stmt = NULL;
	int r = 0, rc = sqlite3_prepare_v2(db, sql, sizeof(sql), &stmt, NULL);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(stmt);
		if (rc != SQLITE_ROW)
			break;
		const char *blob = sqlite3_column_blob(stmt, 1);
		int n = sqlite3_column_bytes(stmt, 1);
		r = rpm_sink_take(s, str_make(blob ? blob : "", (size_t)(blob ? n : 0)), (uint32_t)sqlite3_column_int64(stmt, 0), err);
		if (r < 0)
			break;
	}
	if (rc != SQLITE_DONE && r == 0)
		rpm_sink_problem(s, "SQLite: %s", sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	return rc == SQLITE_NOMEM ? error_nomem(err) : r;
}

/* The log beside the database, when other files are at hand; what cannot be read is named. */
static int find_log(struct rpm_sink *s, struct store *store, struct error *err)
{
	struct str path, text, name = path_base(s->in->name), wal = arena_concat(s->arena, name, STR("-wal"));
	struct error why = { 0 };
	if (!wal.p)
		return error_nomem(err);
	int r = input_open_relative(s->arena, s->in, wal, WAL_MAX, &path, &text, &why);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	if (r == 0)
		store->wal = input_from_str(path, text);
	else if (r != ERR_NOT_FOUND)
		rpm_sink_problem(s, "its write-ahead log was not read: %s", why.text);
	s->bytes_left += store->wal.size;
	return 0;
}

int rpm_read_sqlite(struct rpm_sink *s, struct error *err)
{
	char name[40];
	uint64_t work = VM_STEPS;
	sqlite3 *db = NULL;
	struct store store = { .db = s->in };
	int r = find_log(s, &store, err);
	if (r < 0)
		return r;
	/* A file system per read, known under its own address, so that reads in several threads share nothing. */
	sqlite3_vfs vfs = {
		.iVersion = 1,
		.szOsFile = sizeof(struct file),
		.mxPathname = 64,
		.zName = name,
		.pAppData = &store,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
	};
	snprintf(name, sizeof(name), "bulkhead-%p", (void *)&vfs);
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		return error_nomem(err);
	int rc = sqlite3_open_v2(store.wal.size ? "file:rpmdb" : "file:rpmdb?immutable=1", &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, name);
	if (rc == SQLITE_OK) {
		restrict_database(db, &work);
		if (has_plain_table(db))
			r = read_rows(s, db, err);
		else
			r = error_set(err, ERR_FORMAT, "SQLite database without rpm's table Packages: %s", sqlite3_errmsg(db));
	} else {
		r = rc == SQLITE_NOMEM ? error_nomem(err) : error_set(err, ERR_FORMAT, "SQLite: %s", db ? sqlite3_errmsg(db) : "cannot open");
	}
	sqlite3_close(db);
	sqlite3_vfs_unregister(&vfs);
	return r;
}
