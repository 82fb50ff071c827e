/* The HTML report's page as the build cut it (embed.py): pieces of text, each followed by a place that the writer fills. Style and script are part of the text.
 * Read-only. */
#ifndef FRONT_HTML_PAGE_H
#define FRONT_HTML_PAGE_H
#include "base/str.h"

enum html_mark {
	HTML_TITLE, HTML_HEAD, HTML_CARDS, HTML_CHARTS, HTML_PLAN, HTML_COUNT, HTML_ROWS, HTML_SUPPRESSED, HTML_NOTES, HTML_FOOTER, HTML_DATA,
	HTML_END, /* nothing follows */
};
struct html_piece {
	struct str text;
	enum html_mark then;
};
extern const struct html_piece html_pieces[];
extern const size_t html_piece_count;
#endif
