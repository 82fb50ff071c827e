#include "engine/secret/secret_internal.h"

#define AROUND        2u         /* lines shown before and after */
#define LINES_MAX     10u
#define LINE_SHOWN    160u       /* longer lines are cut around the secret */
#define BEFORE_SECRET 40u
#define AFTER_SECRET  20u

/* Text [from, to) with every secret in it starred out. `first`: index of the first place that ends behind from. */
static void add_redacted(struct buf *b, struct str text, size_t from, size_t to, const struct secret_place_vec *places, size_t first)
{
	size_t at = from;
	for (size_t i = first; i < places->n && places->v[i].from < to && at < to; i++) {
		const struct secret_place *p = &places->v[i];
		if (p->to <= at)
			continue;
		if (p->from > at)
			buf_add(b, str_sub(text, at, p->from - at));
		/* Places that touch or overlap give one row of stars. */
		if (p->from > at || at == from)
			buf_add_c(b, STARS);
		at = MIN_OF(p->to, to);
	}
	if (at < to)
		buf_add(b, str_sub(text, at, to - at));
}

/* A cut never splits a character of UTF-8. */
static size_t char_start(struct str text, size_t at)
{
	while (at > 0 && at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static size_t line_start(struct str text, size_t at)
{
	const char *nl = at ? memrchr(text.p, '\n', at) : NULL;
	return nl ? (size_t)(nl - text.p) + 1 : 0;
}

static size_t line_end(struct str text, size_t at)
{
	const char *nl = at < text.n ? memchr(text.p + at, '\n', text.n - at) : NULL;
	return nl ? (size_t)(nl - text.p) : text.n;
}

/* The line [from, to), shortened to what is around the secret when it is long. */
static void add_line(struct buf *b, struct str text, size_t from, size_t to, const struct secret_place *p, const struct secret_place_vec *places, size_t first)
{
	if (to > from && text.p[to - 1] == '\r')
		to--;
	if (to - from > LINE_SHOWN) {
		bool inside = p->from < to && p->to > from;
		size_t a = inside && p->from > from + BEFORE_SECRET ? char_start(text, p->from - BEFORE_SECRET) : from;
		size_t z = !inside ? char_start(text, from + LINE_SHOWN / 2) : p->to + AFTER_SECRET < to ? char_start(text, p->to + AFTER_SECRET) : to;
		from = a;
		to = MAX_OF(z, a);
	}
	add_redacted(b, text, from, to, places, first);
}

static struct str keep(struct arena *a, struct buf *b)
{
	struct str s = buf_str(b);
	s.n = MIN_OF(s.n, (size_t)OBSERVATION_TEXT_MAX);
	return arena_str(a, s.n ? s : STR(""));
}

static int tell_one(struct arena *a, struct str text, size_t from_line, uint32_t line, const struct secret_place *p, const struct secret_place_vec *places,
		    size_t first, struct observation_vec *out, struct error *err)
{
	struct buf b;
	uint32_t lines = 0, end = line;
	for (size_t at = p->from; (at = line_end(text, at)) < p->to; at++)
		end++;
	struct observation o = { .kind = FINDING_SECRET, .severity = p->about.severity, .id = p->about.id, .category = p->about.category, .title = p->about.title, .line = line,
				 .end_line = end, .col = (uint32_t)MIN_OF(p->from - from_line + 1, (size_t)UINT32_MAX), .context_line = line };
	buf_init(&b, 1 << 20);
	add_line(&b, text, from_line, line_end(text, p->from), p, places, first);
	o.match = keep(a, &b);
	struct str trimmed = str_trim(o.match);
	o.match = trimmed.n ? trimmed : o.match;
	buf_clear(&b);
	size_t start = from_line;
	for (unsigned i = 0; i < AROUND && start > 0; i++) {
		start = line_start(text, start - 1);
		o.context_line--;
	}
	for (size_t at = start; at <= text.n && o.context_line + lines <= end + AROUND && lines < LINES_MAX && b.n < OBSERVATION_TEXT_MAX; lines++) {
		size_t stop = line_end(text, at);
		if (lines && at == text.n)
			break; /* behind the last line's end */
		if (lines)
			buf_add_char(&b, '\n');
		add_line(&b, text, at, stop, p, places, first);
		at = stop + 1;
	}
	o.context = keep(a, &b);
	bool failed = buf_failed(&b) || !o.match.p || !o.context.p;
	buf_release(&b);
	return !failed && vec_push(a, out, o) ? 0 : error_nomem(err);
}

/* Of two rules for one place the one that knows more: a specific one, then the worse, then the longer. */
static bool is_better(const struct secret_place *a, const struct secret_place *b)
{
	if (a->about.generic != b->about.generic)
		return b->about.generic;
	if (a->about.severity != b->about.severity)
		return a->about.severity > b->about.severity;
	return a->to - a->from > b->to - b->from;
}

int secret_tell(struct arena *a, struct str text, uint32_t first_line, const struct secret_place_vec *places, struct observation_vec *out, struct error *err)
{
	uint32_t line = first_line;
	size_t counted = 0, line_from = 0, first = 0; /* first: of the places that the lines shown may still touch */
	for (size_t i = 0; i < places->n;) {
		const struct secret_place *best = &places->v[i];
		size_t end = best->to;
		for (i++; i < places->n && places->v[i].from < end; i++) {
			end = MAX_OF(end, places->v[i].to);
			if (is_better(&places->v[i], best))
				best = &places->v[i];
		}
		for (const char *nl; counted < best->from && (nl = memchr(text.p + counted, '\n', best->from - counted));) {
			counted = (size_t)(nl - text.p) + 1;
			line_from = counted;
			line++;
		}
		size_t shown_from = line_from;
		for (unsigned k = 0; k < AROUND && shown_from > 0; k++)
			shown_from = line_start(text, shown_from - 1);
		while (first < places->n && places->v[first].to <= shown_from && places->v[first].from < best->from)
			first++;
		int r = out->n < SECRETS_PER_FILE ? tell_one(a, text, line_from, line, best, places, first, out, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}
