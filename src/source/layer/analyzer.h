/* Analyzers: which files of an image are wanted and which parser reads them. One table (analyzer.c), one row a format; a file may be
 * wanted by several rows. Runs inside the worker. Every package parser in src/format has the same shape:
 *
 *   int X_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
 *
 * It appends packages (kind, name, version …; path = in->name is filled by the caller when empty), returns 0 with nothing appended when the
 * file is not what the row looks for (an executable that is no Go program), adds diagnostics for parts it could not read, and returns
 * a negative code only when the whole file is unreadable (which becomes a DIAG_UNREADABLE on that path). The arena is the file's own: it
 * is emptied once the file's packages are written down, so a parser may use it freely for its trees.
 *
 * A layer has tens of thousands of files, so rows are not asked one by one: `names`, `exts`, `dirs` and `executables` are keys of one
 * hash index, and only a row with a fitting key is a candidate; its wants(), where it has one, then decides. */
#ifndef SOURCE_ANALYZER_H
#define SOURCE_ANALYZER_H
#include "base/diag.h"
#include "base/input.h"
#include "model/image.h"

#define ANALYZER_MAX_BYTES (UINT64_C(32) << 20) /* default of max_bytes: such a file is read as a whole */

struct analyzer_entry {
	uint32_t mode; /* permission bits with set-id and sticky: 07777 */
	bool is_dir;
	uint64_t size;
};
struct analyzer {
	const char *name;
	unsigned version; /* part of the cache key: raise it when the parser's answers change */
	enum facts_file_kind kind;
	enum package_kind package_kind;
	uint8_t priority;       /* FACTS_OS_RELEASE */
	uint64_t max_bytes;     /* larger files become DIAG_UNREADABLE instead of being read; 0: ANALYZER_MAX_BYTES */
	bool random_access;     /* the parser reads parts (zip, ELF, rpmdb): its input may be a spooled file rather than memory */
	/* Keys: a regular file is a candidate when any of them fits. Words separated by single spaces, without '/' in names and exts. */
	const char *names;      /* last segments of the path, exactly: "package-lock.json npm-shrinkwrap.json" */
	const char *exts;       /* what follows the last dot of the last segment, without the dot, any case: "jar war ear" */
	const char *dirs;       /* folders that hold the file directly: "var/lib/dpkg/status.d" */
	bool executables;       /* any execute bit */
	bool archive;           /* an archive, whose members are read by the other rows (walk_nested.c); no parse() */
	bool deep;              /* read by SCAN_DEEP alone. Such a row may be without keys: other walks do not ask it */
	/* Where an installed system keeps the file, words as above: paths, folders with '/' at the end. When symbolic links lead from there to
	 * another place the file is read there (walk_options.aliases). Such rows have wants(). */
	const char *places;
	/* Second condition, NULL when the keys say enough. path: clean, relative. mode: permission bits. size: bytes (0 when asked for the name
	 * of a hard link, whose size is not known yet). */
	bool (*wants)(struct str path, uint32_t mode, uint64_t size);
	/* Optional look at the first bytes (up to 64; fewer only when the file is shorter) of a wanted body before it is kept: false skips the body. */
	bool (*sniff)(const unsigned char *head, size_t n);
	int (*parse)(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
	int (*parse_distro)(struct arena *a, const struct input *in, struct distro *out, struct diags *diags, struct error *err);
	/* FACTS_OBSERVATIONS: rows that are handed in with layer_options.scanners, because they are switched on by an option and know things of
	 * their own (rules). begin makes what one walk needs, on its first wanted file (NULL: no memory); observe appends what it sees in a file. */
	const void *rules;
	uint64_t fingerprint; /* of the rules: part of the cache key */
	void *(*begin)(const void *rules);
	void (*end)(void *state);
	/* Rows that look at entries instead of contents, and have neither keys nor observe: `look` is asked for each file and folder of a layer; true: *ret is about it.
	 * `last` tells what only the end shows: asked with 0, 1 … until it says false. Texts are static or the state's. Where no row has them they cost nothing. */
	bool (*look)(void *state, struct str path, const struct analyzer_entry *e, struct observation *ret);
	bool (*last)(void *state, size_t i, struct str *ret_path, struct observation *ret);
	int (*observe)(void *state, struct arena *a, const struct input *in, struct observation_vec *out, struct diags *diags, struct error *err);
};
extern const struct analyzer analyzers[];
extern const size_t analyzer_count; /* at most 64: a set of rows is a bit mask */
/* The rows of a table that a depth leaves out, as a bit mask: all but SCAN_DEEP the deep ones, SCAN_QUICK also all that read installed language
 * packages and programs, SCAN_NORMAL lock files unless they are asked for. */
uint64_t analyzer_rows_off(const struct analyzer *table, size_t count, enum scan_depth depth, bool lock_files);
/* Hash over names and versions of the table and of the facts' form: part of every cache key. */
uint64_t analyzers_fingerprint(void);
/* wants() of the row of archives: of compressed files, tars only. */
bool walk_nested_wants(struct str path, uint32_t mode, uint64_t size);
bool walk_nested_sniff(const unsigned char *head, size_t n); /* not what begins with a zero: a tar begins with a name */

/* The keys of all rows, hashed. Made once a process that analyses; read-only then. */
struct analyzer_key {
	uint64_t hash;
	uint64_t rows;
};
struct analyzer_index {
	struct analyzer_key *slots;
	size_t mask;
	uint64_t executables, unkeyed; /* rows */
	bool has_dirs;
};
int analyzer_index_init(struct analyzer_index *ix, struct arena *a, const struct analyzer *table, size_t count, uint64_t rows_off, struct error *err);
/* Bit mask of the rows that want the file. Cost: three short hashes and look-ups. */
uint64_t analyzer_select(const struct analyzer_index *ix, const struct analyzer *table, struct str path, uint32_t mode, uint64_t size);
#endif
