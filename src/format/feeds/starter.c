/* Bulkhead's own table: data/starter.tsv, built into the program as the starter database, and a format anybody can write by hand.
 *
 *   # bulkhead advisory table 1          first line
 *   # date 2026-11-23                    date of the data
 *   id TAB kev(0|1) TAB severity TAB cvss TAB ecosystem[:release] TAB package TAB introduced TAB fixed TAB source TAB title
 *
 * One line a fact; lines of one id stand together and make one record (title, severity and vector of the first). Empty: unknown; introduced
 * empty: from the beginning; fixed empty: no fix known. Other lines that begin with '#' are comments. */
#include "format/feeds/feed_util.h"

enum column { COL_ID, COL_KEV, COL_SEVERITY, COL_CVSS, COL_ECOSYSTEM, COL_PACKAGE, COL_INTRODUCED, COL_FIXED, COL_SOURCE, COL_TITLE, COL_COUNT };

static bool split(struct str line, struct str cols[COL_COUNT])
{
	for (unsigned i = 0; i < COL_COUNT; i++)
		if (!str_cut(line, '\t', &cols[i], &line) && i != COL_COUNT - 1)
			return false;
	return line.n == 0;
}

static int start_record(struct arena *a, struct str cols[COL_COUNT], uint32_t line, struct feed_record *rec)
{
	*rec = (struct feed_record){ .id = cols[COL_ID], .unit = STR("starter"), .source = STR("starter"), .title = cols[COL_TITLE], .kev = str_eq(cols[COL_KEV], STR("1")), .line = line };
	if (severity_parse(cols[COL_SEVERITY], &rec->severity) < 0)
		rec->severity = SEVERITY_UNKNOWN;
	if (cols[COL_CVSS].n) {
		struct cvss_entry *c = vec_add(a, &rec->cvss);
		if (!c)
			return -1;
		*c = (struct cvss_entry){ .vector = cols[COL_CVSS], .score = -1, .version = feed_cvss_version(cols[COL_CVSS]) };
	}
	return vec_push(a, &rec->ids, rec->id) ? 0 : -1;
}

static int add_fact(struct arena *a, struct str cols[COL_COUNT], uint32_t line, struct feed_record *rec)
{
	struct feed_affected *f = vec_add(a, &rec->affected);
	struct advisory_range *r = f ? vec_add(a, &f->ranges) : NULL;
	if (!r)
		return -1;
	f->ecosystem = cols[COL_ECOSYSTEM];
	f->name = cols[COL_PACKAGE];
	f->line = line;
	f->status = cols[COL_FIXED].n ? ADVISORY_FIXED : ADVISORY_AFFECTED;
	r->low = cols[COL_INTRODUCED];
	r->high = cols[COL_FIXED];
	return !cols[COL_FIXED].n || vec_push(a, &f->fixed, cols[COL_FIXED]) ? 0 : -1;
}

int feed_read_starter(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct str line, cols[COL_COUNT];
	struct feed_record rec = { 0 };
	int r;
	arena_clear(scratch);
	for (uint32_t number = 1; str_next_line(&content, &line); number++) {
		if (str_strip_prefix(&line, STR("# date "))) {
			if ((r = feed_note_date(sink, str_trim(line), err)) < 0)
				return r;
			continue;
		}
		if (!line.n || line.p[0] == '#')
			continue;
		if (!split(line, cols) || !cols[COL_ID].n || !cols[COL_ECOSYSTEM].n || !cols[COL_PACKAGE].n) {
			feed_unreadable(sink, name, number, "expected %d tab-separated columns with id, ecosystem and package", (int)COL_COUNT);
			continue;
		}
		if (!str_eq(cols[COL_ID], rec.id)) {
			if (rec.id.n && (r = feed_emit(sink, &rec, err)) < 0)
				return r;
			arena_clear(scratch);
			if (start_record(scratch, cols, number, &rec) < 0)
				return error_nomem(err);
		}
		if (rec.affected.n >= FEED_AFFECTED_MAX) {
			feed_unreadable(sink, name, number, "more than %d facts of one id", (int)FEED_AFFECTED_MAX);
			continue;
		}
		if (add_fact(scratch, cols, number, &rec) < 0)
			return error_nomem(err);
	}
	return rec.id.n ? feed_emit(sink, &rec, err) : 0;
}
