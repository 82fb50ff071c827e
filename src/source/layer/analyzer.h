/* Analyzers: which files of an image are wanted and which parser reads them. One table (analyzer.c), one row a format; a file may be
 * wanted by several rows. Runs inside the worker. Every package parser in src/format has the same shape:
 *
 *   int X_parse(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
 *
 * It appends packages (kind, name, version … path = in->name is filled by the caller when empty), returns 0 with nothing appended when the
 * file is not what the row looks for (an executable that is no Go program), adds diagnostics for parts it could not read, and returns
 * a negative code only when the whole file is unreadable (which becomes a DIAG_UNREADABLE on that path). */
#ifndef SOURCE_ANALYZER_H
#define SOURCE_ANALYZER_H
#include "base/diag.h"
#include "base/input.h"
#include "model/image.h"

struct analyzer {
	const char *name;
	unsigned version; /* part of the cache key: raise it when the parser's answers change */
	enum facts_file_kind kind;
	enum package_kind package_kind;
	uint8_t priority;       /* FACTS_OS_RELEASE */
	uint64_t max_bytes;     /* larger files become DIAG_UNREADABLE instead of being read; 0: default (128 MiB) */
	bool random_access;     /* the parser reads parts (zip, ELF, rpmdb): its input may be a spooled file rather than memory */
	/* path: clean, relative. mode: permission bits. size: bytes. Cheap: called for every regular file of every layer. */
	bool (*wants)(struct str path, uint32_t mode, uint64_t size);
	/* Optional second look at the first bytes (up to 64) of a wanted body before it is kept: false skips the body. */
	bool (*sniff)(const unsigned char *head, size_t n);
	int (*parse)(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err);
	int (*parse_distro)(struct arena *a, const struct input *in, struct distro *out, struct diags *diags, struct error *err);
};
extern const struct analyzer analyzers[];
extern const size_t analyzer_count;
/* Hash over names and versions of the table: part of every cache key. */
uint64_t analyzers_fingerprint(void);
#endif
