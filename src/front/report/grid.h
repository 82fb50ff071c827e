/* A table for people: columns that fit the terminal, wrapped cells, rules between groups of rows.
 *
 *   grid_init, grid_row + grid_cell for each column, grid_plan (which columns, how wide), grid_write
 *
 *   +---------+------------------+----------+
 *   | LIBRARY | VULNERABILITY ID | SEVERITY |     unicode style draws lines with box characters instead
 *   +---------+------------------+----------+
 *   | openssl | CVE-2023-0286    | HIGH     |
 *   |         | CVE-2023-0215    | HIGH     |
 *   +---------+------------------+----------+
 *
 * When the columns do not fit at their least widths, those with a weight are left out, the lightest set that is enough; then each column gets what is left
 * up to what it wants. Cells must be clean (text.h) but may hold line feeds, which break a line. All memory is the arena's. */
#ifndef FRONT_GRID_H
#define FRONT_GRID_H
#include "base/buf.h"
#include "base/error.h"
#include "front/report/report.h"

#define GRID_COLUMNS_MAX 10

enum grid_color { GRID_PLAIN, GRID_BOLD, GRID_DIM, GRID_RED, GRID_BRIGHT_RED, GRID_YELLOW, GRID_BLUE, GRID_CYAN };
struct grid_column {
	const char *title;
	unsigned min;       /* least width it may be squeezed to; 0: never below its content */
	unsigned max;       /* widest, where nothing limits; 0: none */
	unsigned max_lines; /* what a wrapped cell may take; 0: any number */
	unsigned weight;    /* how bad it is to leave the column out; 0: never left out */
	bool grows_last;    /* gets what the others leave */
};
struct grid_cell {
	struct str text;
	enum grid_color color;
};
VEC_DECLARE(grid_cell_vec, struct grid_cell);
VEC_DECLARE(grid_rule_vec, bool);
struct grid {
	struct arena *arena;
	const struct grid_column *columns;
	size_t column_count;
	struct grid_cell_vec cells;        /* row by row */
	struct grid_rule_vec rules;        /* a rule stands above this row */
	unsigned width[GRID_COLUMNS_MAX];  /* 0: left out */
	unsigned hidden;                   /* bit set: this column is not wanted at all */
	bool failed;
};
void grid_init(struct grid *g, struct arena *a, const struct grid_column *columns, size_t column_count);
/* Opens a row; exactly column_count cells follow. */
void grid_row(struct grid *g, bool rule_above);
void grid_add(struct grid *g, struct str text, enum grid_color color);
/* false: not even the columns that always stay fit; nothing is planned then. */
bool grid_plan(struct grid *g, const struct report_style *style);
int grid_write(const struct grid *g, const struct report_style *style, struct buf *out, struct error *err);

void grid_color_on(struct buf *out, const struct report_style *style, enum grid_color color);
void grid_color_off(struct buf *out, const struct report_style *style, enum grid_color color);
#endif
