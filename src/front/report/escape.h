/* Foreign text on its way into a format: one function a format, each of which leaves nothing in the text that could act there. All clean the text first (text.h), so
 * no control byte and no ill-formed UTF-8 comes through; out of memory makes the buffer fail. Scratch is on the arena. */
#ifndef FRONT_ESCAPE_H
#define FRONT_ESCAPE_H
#include "base/arena.h"
#include "base/buf.h"

/* XML and HTML text and attribute values in double or single quotes: & < > " ' */
void escape_xml(struct arena *a, struct buf *out, struct str s);
/* Markdown inline text, also in cells of GitHub tables: no markup, no HTML, no links but those we write, no @mention and no #reference. */
void escape_markdown(struct arena *a, struct buf *out, struct str s);
/* A cell of CSV (RFC 4180), quoted where it needs quotes; what a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"). */
void escape_csv(struct arena *a, struct buf *out, struct str s);
/* Address of a link: only http and https addresses come through, percent-encoded where Markdown or XML would stumble; others become "". */
struct str escape_url(struct arena *a, struct str url);
#endif
