/* FIRST's EPSS scores as CSV: "#model_version:v2023.03.01,score_date:2023-04-01T00:00:00+0000", a heading, then cve,epss,percentile. */
#include "format/feeds/feed_util.h"

static int read_row(struct str line, struct str name, uint32_t number, struct feed_sink *sink, struct error *err)
{
	struct str id, rest, score_text, percentile_text;
	double score, percentile;
	str_cut(line, ',', &id, &rest);
	str_cut(rest, ',', &score_text, &percentile_text);
	str_cut(percentile_text, ',', &percentile_text, &rest);
	if (!feed_is_cve(id) || str_to_double(str_trim(score_text), &score) < 0 || str_to_double(str_trim(percentile_text), &percentile) < 0 || !(score >= 0) ||
	    !(score <= 1) || !(percentile >= 0) || !(percentile <= 1))
		return feed_unreadable(sink, name, number, "no EPSS row: %.*s", STR_FMT(str_sub(line, 0, 80)));
	struct error bad;
	int r = sink->epss ? sink->epss(sink->ctx, id, score, percentile, &bad) : 0;
	if (r == ERR_FORMAT)
		return feed_unreadable(sink, name, number, "%.*s: %s", STR_FMT(id), bad.text);
	if (r < 0)
		return error_set(err, r, "%s", bad.text);
	sink->records++;
	return 0;
}

int feed_read_epss(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	struct str line;
	for (uint32_t number = 1; str_next_line(&content, &line); number++) {
		int r = 0;
		line = str_trim(line);
		size_t date = line.n && line.p[0] == '#' ? str_find(line, STR("score_date:")) : STR_NOT_FOUND;
		if (date != STR_NOT_FOUND)
			r = feed_note_date(sink, str_sub(line, date + 11, 10), err);
		else if (line.n && line.p[0] != '#' && !str_has_prefix(line, STR("cve,")))
			r = read_row(line, name, number, sink, err);
		if (r < 0)
			return r;
	}
	return 0;
}
