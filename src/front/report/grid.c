#include "front/report/grid.h"
#include "front/report/text.h"

static const char *const color_codes[] = {
	[GRID_PLAIN] = "", [GRID_BOLD] = "\033[1m", [GRID_DIM] = "\033[2m", [GRID_RED] = "\033[31m", [GRID_BRIGHT_RED] = "\033[1;91m",
	[GRID_YELLOW] = "\033[33m", [GRID_BLUE] = "\033[34m", [GRID_CYAN] = "\033[36m",
};

void grid_color_on(struct buf *out, const struct report_style *style, enum grid_color color)
{
	if (style->color)
		buf_add_c(out, color_codes[color]);
}

void grid_color_off(struct buf *out, const struct report_style *style, enum grid_color color)
{
	if (style->color && color != GRID_PLAIN)
		buf_add_c(out, "\033[0m");
}

void grid_init(struct grid *g, struct arena *a, const struct grid_column *columns, size_t column_count)
{
	*g = (struct grid){ .arena = a, .columns = columns, .column_count = column_count };
}

void grid_row(struct grid *g, bool rule_above)
{
	g->failed |= !vec_push(g->arena, &g->rules, rule_above);
}

void grid_add(struct grid *g, struct str text, enum grid_color color)
{
	struct grid_cell cell = { text, color };
	g->failed |= !text.p || !vec_push(g->arena, &g->cells, cell);
}

/* Widest line of a cell. */
static unsigned cell_width(struct str text)
{
	struct str line;
	size_t widest = 0;
	while (str_next(&text, '\n', &line)) {
		size_t w = text_width(line);
		widest = MAX_OF(widest, w);
	}
	return (unsigned)MIN_OF(widest, 10000);
}

static void measure(const struct grid *g, unsigned want[GRID_COLUMNS_MAX])
{
	for (size_t c = 0; c < g->column_count; c++)
		want[c] = (unsigned)strlen(g->columns[c].title);
	for (size_t i = 0; i < g->cells.n; i++) {
		size_t c = i % g->column_count;
		unsigned w = cell_width(g->cells.v[i].text);
		want[c] = MAX_OF(want[c], w);
	}
	for (size_t c = 0; c < g->column_count; c++)
		if (g->columns[c].max)
			want[c] = MIN_OF(want[c], g->columns[c].max);
}

static unsigned least_width(const struct grid_column *c, unsigned want)
{
	return c->min ? MIN_OF(c->min, want) : want;
}

/* Total width of the columns in `set` at their least widths, lines between them included. */
static unsigned set_width(const struct grid *g, const unsigned *want, unsigned set)
{
	unsigned total = 1;
	for (size_t c = 0; c < g->column_count; c++)
		if (set & (1u << c))
			total += least_width(&g->columns[c], want[c]) + 3;
	return total;
}

/* The set of columns that fits and leaves out the least weight; 0: none. */
static unsigned choose_columns(const struct grid *g, const unsigned *want, unsigned width)
{
	unsigned best = 0, best_weight = UINT_MAX, all = ((1u << g->column_count) - 1) & ~g->hidden;
	for (unsigned set = all; set > 0; set--) {
		unsigned weight = 0;
		bool allowed = true;
		for (size_t c = 0; c < g->column_count; c++) {
			if ((set | g->hidden) & (1u << c))
				continue;
			allowed &= g->columns[c].weight > 0;
			weight += g->columns[c].weight;
		}
		if (allowed && !(set & g->hidden) && weight < best_weight && set_width(g, want, set) <= width) {
			best = set;
			best_weight = weight;
		}
	}
	return best;
}

/* One column after another gets a column more while there is any: narrow ones are satisfied first. */
static unsigned grow(struct grid *g, const unsigned *want, unsigned set, unsigned left, bool last_ones)
{
	bool grew = true;
	while (left && grew) {
		grew = false;
		for (size_t c = 0; c < g->column_count && left; c++) {
			if (!(set & (1u << c)) || g->columns[c].grows_last != last_ones || g->width[c] >= want[c])
				continue;
			g->width[c]++;
			left--;
			grew = true;
		}
	}
	return left;
}

bool grid_plan(struct grid *g, const struct report_style *style)
{
	unsigned want[GRID_COLUMNS_MAX], left;
	measure(g, want);
	unsigned set = style->width ? choose_columns(g, want, style->width) : ((1u << g->column_count) - 1) & ~g->hidden;
	if (!set)
		return false;
	for (size_t c = 0; c < g->column_count; c++)
		g->width[c] = !(set & (1u << c)) ? 0 : style->width ? least_width(&g->columns[c], want[c]) : want[c];
	if (!style->width)
		return true;
	left = style->width - set_width(g, want, set);
	left = grow(g, want, set, left, false);
	grow(g, want, set, left, true);
	return true;
}

struct line_style {
	const char *across, *down;
	const char *corner[3][3]; /* top, middle, bottom × left, middle, right */
};
static const struct line_style ascii_lines = { "-", "|", { { "+", "+", "+" }, { "+", "+", "+" }, { "+", "+", "+" } } };
static const struct line_style box_lines = { "─", "│", { { "┌", "┬", "┐" }, { "├", "┼", "┤" }, { "└", "┴", "┘" } } };

static void write_rule(const struct grid *g, const struct line_style *l, int place, struct buf *out)
{
	bool first = true;
	for (size_t c = 0; c < g->column_count; c++) {
		if (!g->width[c])
			continue;
		buf_add_c(out, l->corner[place][first ? 0 : 1]);
		for (unsigned i = 0; i < g->width[c] + 2; i++)
			buf_add_c(out, l->across);
		first = false;
	}
	buf_add_c(out, l->corner[place][2]);
	buf_add_char(out, '\n');
}

static int wrap_cell(const struct grid *g, size_t column, struct str text, const struct report_style *style, struct str_vec *ret)
{
	const struct grid_column *c = &g->columns[column];
	struct str line;
	while (str_next(&text, '\n', &line)) {
		if (style->width) {
			if (text_wrap(g->arena, line, g->width[column], ret) < 0)
				return ERR_NOMEM;
			continue;
		}
		line = text_fit(g->arena, line, g->width[column], style->unicode);
		if (!line.p || !vec_push(g->arena, ret, line))
			return ERR_NOMEM;
	}
	if (c->max_lines && ret->n > c->max_lines) {
		/* The last line shows that something was cut. */
		struct str cut = arena_printf(g->arena, "%.*s %.*s", STR_FMT(ret->v[c->max_lines - 1]), STR_FMT(ret->v[c->max_lines]));
		cut = cut.p ? text_fit(g->arena, cut, g->width[column], style->unicode) : cut;
		if (!cut.p)
			return ERR_NOMEM;
		ret->v[c->max_lines - 1] = cut;
		ret->n = c->max_lines;
	}
	return 0;
}

static int write_row(const struct grid *g, const struct grid_cell *cells, const struct line_style *l, const struct report_style *style, struct buf *out)
{
	struct str_vec lines[GRID_COLUMNS_MAX] = { 0 };
	size_t height = 1;
	for (size_t c = 0; c < g->column_count; c++) {
		if (g->width[c] && wrap_cell(g, c, cells[c].text, style, &lines[c]) < 0)
			return ERR_NOMEM;
		height = MAX_OF(height, lines[c].n);
	}
	for (size_t i = 0; i < height; i++) {
		for (size_t c = 0; c < g->column_count; c++) {
			if (!g->width[c])
				continue;
			struct str text = i < lines[c].n ? lines[c].v[i] : STR("");
			size_t used = text_width(text);
			buf_add_c(out, l->down);
			buf_add_char(out, ' ');
			enum grid_color color = text.n ? cells[c].color : GRID_PLAIN;
			grid_color_on(out, style, color);
			buf_add(out, text);
			grid_color_off(out, style, color);
			buf_add_repeat(out, ' ', g->width[c] > used ? g->width[c] - used + 1 : 1);
		}
		buf_add_c(out, l->down);
		buf_add_char(out, '\n');
	}
	return 0;
}

int grid_write(const struct grid *g, const struct report_style *style, struct buf *out, struct error *err)
{
	const struct line_style *l = style->unicode ? &box_lines : &ascii_lines;
	struct grid_cell titles[GRID_COLUMNS_MAX];
	if (g->failed)
		return error_nomem(err);
	for (size_t c = 0; c < g->column_count; c++)
		titles[c] = (struct grid_cell){ str_c(g->columns[c].title), GRID_BOLD };
	write_rule(g, l, 0, out);
	int r = write_row(g, titles, l, style, out);
	write_rule(g, l, 1, out);
	for (size_t i = 0; i < g->rules.n && r == 0; i++) {
		if (g->rules.v[i] && i > 0)
			write_rule(g, l, 1, out);
		r = write_row(g, &g->cells.v[i * g->column_count], l, style, out);
	}
	write_rule(g, l, 2, out);
	return r < 0 ? error_nomem(err) : 0;
}
