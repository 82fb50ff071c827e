/* JSON writer onto a struct buf: escaped strings, numbers, and an emitter that places commas and indentation.
 *
 *   struct json_writer w; json_writer_init(&w, &buf, 2, 0);
 *   json_begin_object(&w); json_key(&w, STR("id")); json_string(&w, id); json_end_object(&w);
 *   if (buf_failed(&buf)) …
 *
 * The output is always valid UTF-8 and, when begin/end/key calls are paired, valid JSON: ill-formed bytes in strings become U+FFFD, control
 * bytes are escaped (so nothing written reaches a terminal as a control sequence). Indented output has the layout of Go's
 * json.MarshalIndent ("k": v, empty containers as {} and []). Nothing is checked but the buffer: it fails sticky when it is full.
 * Borrows the buffer. No allocation of its own, no shared state. Cost: plain text is copied in runs. */
#ifndef FORMAT_JSON_JSON_WRITE_H
#define FORMAT_JSON_JSON_WRITE_H
#include "base/buf.h"
#include "base/value.h"

/* Also escapes '<', '>', '&', U+2028 and U+2029 as \u…, as Go does by default: safe inside HTML and script elements ("</" cannot occur). */
#define JSON_WRITE_HTML_SAFE 1u

struct json_writer {
	struct buf *out;
	unsigned indent; /* spaces a level; 0 = everything on one line, without spaces */
	unsigned flags;  /* JSON_WRITE_… */
	unsigned depth;
	bool has_items;  /* the open container has one already: a comma is due */
	bool after_key;
};

void json_writer_init(struct json_writer *w, struct buf *out, unsigned indent, unsigned flags);
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, struct str key);
void json_string(struct json_writer *w, struct str s);
void json_bool(struct json_writer *w, bool b);
void json_null(struct json_writer *w);
void json_int(struct json_writer *w, int64_t n);
void json_uint(struct json_writer *w, uint64_t n);
/* Shortest text that reads back as the same double; infinities and NaN, which JSON has not, become null. */
void json_double(struct json_writer *w, double d);
/* Text that is a JSON value already. */
void json_raw(struct json_writer *w, struct str text);

/* key and value in one call. */
void json_member_string(struct json_writer *w, struct str key, struct str s);
void json_member_int(struct json_writer *w, struct str key, int64_t n);
void json_member_uint(struct json_writer *w, struct str key, uint64_t n);
void json_member_double(struct json_writer *w, struct str key, double d);
void json_member_bool(struct json_writer *w, struct str key, bool b);
/* Left out when s is empty (Go's omitempty). */
void json_member_string_opt(struct json_writer *w, struct str key, struct str s);
void json_member_object(struct json_writer *w, struct str key); /* key, then json_begin_object */
void json_member_array(struct json_writer *w, struct str key);

/* A tree as the readers give it: members in order (twice-given keys too), numbers as their exact text; a number that is none in JSON
 * (.inf from YAML) becomes null. Recurses per level, at most JSON_WRITE_DEPTH_MAX deep, where the buffer is made to fail. */
#define JSON_WRITE_DEPTH_MAX 10000
void json_write_value(struct json_writer *w, const struct value *v);

/* Just one quoted and escaped string, without an emitter. */
void json_add_string(struct buf *out, struct str s, unsigned flags);
#endif
