/* Small things the feed readers share. For this folder only. */
#ifndef FORMAT_FEEDS_FEED_UTIL_H
#define FORMAT_FEEDS_FEED_UTIL_H
#include "base/value.h"
#include "format/feeds/feed.h"
#include "format/json/json.h"

/* One unreadable record: diagnostic and count. Always returns 0 so that a reader can `return`. */
int feed_unreadable(struct feed_sink *sink, struct str name, uint32_t line, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* Something that is no advisory: a note and a count. */
void feed_passed_over(struct feed_sink *sink, struct str name, uint32_t line, const char *fmt, ...) ATTR_PRINTF(4, 5);
/* Hands a record on and counts it. */
int feed_emit(struct feed_sink *sink, const struct feed_record *rec, struct error *err);
/* The newest date seen becomes the feed's date. */
int feed_note_date(struct feed_sink *sink, struct str date, struct error *err);
/* Adds id to a list sorted by bytes, once. 0, or -1 without memory. */
int feed_add_id(struct arena *a, struct str_vec *ids, struct str id);
/* Strings of an array of strings (other items are passed over); at most max. */
int feed_add_strings(struct arena *a, struct str_vec *out, const struct value *array, size_t max);
/* First line of a text as a title of at most 120 bytes, cut between words. */
struct str feed_title_from(struct arena *a, struct str description);
/* "bullseye" -> "Debian:11"; empty for unknown names and sid; p NULL without memory. */
struct str feed_debian_ecosystem(const struct feed_context *ctx, struct arena *a, struct str codename);
/* CVSS version number of a vector by its prefix: 20, 30, 31, 40. */
uint8_t feed_cvss_version(struct str vector);

/* Records of a JSON feed: one a line (JSON Lines: a broken line costs that line alone), or, when the first line is no record by itself, one document
 * after the other. Documents live in scratch until the next call.
 *
 *   json_records_init(&it, content, &options); while ((r = json_records_next(&it, scratch, sink, &doc, &line, err)) > 0) … */
struct json_records {
	struct str text;
	struct json_options opt;
	bool by_line;
	uint64_t line;       /* of text, in line mode; else of `counted` */
	size_t counted;
	struct json_lines it;
};
void json_records_init(struct json_records *r, struct arena *scratch, struct str content, const struct json_options *opt);
/* 1: a record; 0: the end; negative: no memory. What is unreadable is counted in the sink and passed over. */
int json_records_next(struct json_records *r, struct arena *scratch, struct feed_sink *sink, struct document *ret, uint32_t *ret_line, struct error *err);

/* Top-level members of a large JSON object, or elements of an array, one at a time: each is cut out by counting brackets and quotes and then
 * parsed on its own, so that a 100 MB document needs no 1 GB tree. Lines are counted for messages. */
struct json_pieces {
	struct str text;
	size_t at;
	uint64_t line;
	char close;   /* '}' or ']' */
	bool started, done;
};
/* The text must begin (after white space) with '{' or '['; ERR_FORMAT else. */
int json_pieces_init(struct json_pieces *p, struct str text, struct error *err);
/* 1: *ret_key (raw, between the quotes; empty for arrays), *ret_value (raw text), *ret_line; 0: end; ERR_FORMAT. */
int json_pieces_next(struct json_pieces *p, struct str *ret_key, struct str *ret_value, uint32_t *ret_line, struct error *err);
#endif
