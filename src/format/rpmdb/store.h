/* Inside format/rpmdb: what the three database forms share. A store reader finds records and hands each one's bytes (a package header)
 * to the sink; the sink reads the header and appends the package.
 *
 * Work is bounded by the file: all records together may not hold more bytes than the file has (each byte belongs to one record in a sound
 * database), so that a hostile file whose records point to the same pages costs no more than an honest one of its size. */
#ifndef FORMAT_RPMDB_STORE_H
#define FORMAT_RPMDB_STORE_H
#include "format/rpmdb/rpmdb.h"

/* Scratch that header.c reuses from package to package: the build zeroes every local buffer, which for one a file would cost more than the file. */
struct rpm_scratch {
	struct str_vec names;
	char path[4096];
};

struct rpm_sink {
	struct arena *arena;
	const struct input *in;
	struct package_vec *out;
	struct diags *diags;
	struct rpm_scratch scratch;
	struct error why;    /* of the last problem: see scratch */
	uint64_t bytes_left; /* of all records together */
	char *record;        /* malloc'ed, for readers that gather a record from pages */
	size_t record_cap;
};

/* Room for a record of n bytes, or NULL with the reason told: too large, more than the file holds (both diagnostics), no memory (*ret ERR_NOMEM). */
char *rpm_sink_room(struct rpm_sink *s, uint64_t n, uint32_t number, int *ret);
/* Takes a record: 0 (also for one that is unreadable: a diagnostic), or ERR_NOMEM. `number` is the record's, for diagnostics. */
int rpm_sink_take(struct rpm_sink *s, struct str record, uint32_t number, struct error *err);
void rpm_sink_problem(struct rpm_sink *s, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* The forms. 0 or ERR_FORMAT (not of this form at all), ERR_NOMEM. */
int rpm_read_bdb(struct rpm_sink *s, struct error *err);
int rpm_read_ndb(struct rpm_sink *s, struct error *err);
int rpm_read_sqlite(struct rpm_sink *s, struct error *err);

/* header.c: one header (rpm's lib/header.c on-disk form without the lead magic) into a package. 0, ERR_FORMAT, ERR_NOMEM. */
int rpm_header_read(struct arena *a, struct str blob, struct rpm_scratch *scratch, struct package *ret, struct error *err);

/* Splits "openssl-1.1.1k-7.el8_6.src.rpm" into name and "1.1.1k-7.el8_6"; false when it has no such form. */
bool rpm_split_source(struct str file, struct str *ret_name, struct str *ret_version);
/* "1:2.0-3": the epoch in front unless 0 or absent. On the arena; p NULL: no memory. */
struct str rpm_full_version(struct arena *a, uint64_t epoch, struct str version);
/* Fills src_name and src_version from SOURCERPM ("(none)" and odd names: nothing). */
int rpm_set_source(struct arena *a, struct package *p, uint64_t epoch, struct str file);

static inline uint32_t rpm_be32(const void *p)
{
	const unsigned char *b = p;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static inline uint32_t rpm_le32(const void *p)
{
	const unsigned char *b = p;
	return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}
#endif
