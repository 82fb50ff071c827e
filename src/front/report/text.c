#include "front/report/text.h"
#include "base/error.h"

#include <utf8proc.h>

/* Length of the well-formed sequence at s (0: none) and its code point. */
static size_t next_codepoint(struct str s, int32_t *ret)
{
	utf8proc_int32_t c = -1;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p, s.n > 4 ? 4 : (utf8proc_ssize_t)s.n, &c);
	if (n <= 0 || c < 0)
		return 0;
	*ret = c;
	return (size_t)n;
}

/* Code points that act on a terminal or hide what is written. */
static bool is_harmful(int32_t c)
{
	static const struct {
		int32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     /* C0 */
		{ 0x7f, 0x9f },     /* DEL, C1 */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x200b, 0x200f }, /* zero width, direction marks */
		{ 0x2028, 0x202e }, /* separators, bidirectional overrides */
		{ 0x2060, 0x206f }, /* invisible operators, isolates */
		{ 0xfeff, 0xfeff }, /* byte order mark */
		{ 0xfff9, 0xfffb }, /* interlinear annotation */
		{ 0xe0000, 0xe0fff }, /* tags */
	};
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x7f)
			return false;
	return true;
}

struct str text_clean(struct arena *a, struct str s)
{
	if (is_plain(s))
		return s.p ? s : STR("");
	/* Every replacement is one byte for at least one: the result is never longer. */
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;
	if (!out)
		return STR_NONE;
	for (size_t i = 0; i < s.n;) {
		int32_t c = 0;
		size_t len = next_codepoint(str_from(s, i), &c);
		if (!len) {
			out[n++] = '?';
			i++;
			continue;
		}
		if (c == '\n' || c == '\t' || c == '\r') {
			if (n && out[n - 1] != ' ')
				out[n++] = ' ';
		} else if (is_harmful(c)) {
			out[n++] = '?';
		} else {
			memcpy(out + n, s.p + i, len);
			n += len;
		}
		i += len;
	}
	out[n] = '\0';
	return (struct str){ out, n };
}

static size_t columns_of(int32_t c)
{
	int w = utf8proc_charwidth(c);
	return w > 0 ? (size_t)w : 0;
}

size_t text_width(struct str s)
{
	size_t width = 0;
	if (is_plain(s))
		return s.n;
	for (size_t i = 0; i < s.n;) {
		int32_t c = 0;
		size_t len = next_codepoint(str_from(s, i), &c);
		width += len ? columns_of(c) : 1;
		i += len ? len : 1;
	}
	return width;
}

/* Bytes of the longest beginning of s that is at most `width` columns wide. */
static size_t bytes_within(struct str s, size_t width)
{
	size_t used = 0, i = 0;
	while (i < s.n) {
		int32_t c = 0;
		size_t len = next_codepoint(str_from(s, i), &c);
		size_t w = len ? columns_of(c) : 1;
		if (used + w > width)
			break;
		used += w;
		i += len ? len : 1;
	}
	return i;
}

struct str text_fit(struct arena *a, struct str s, size_t width, bool unicode)
{
	struct str mark = unicode ? STR("…") : STR("...");
	size_t mark_width = unicode ? 1 : 3;
	if (text_width(s) <= width)
		return s;
	if (width <= mark_width)
		return str_sub(s, 0, bytes_within(s, width));
	return arena_concat(a, str_trim_right(str_sub(s, 0, bytes_within(s, width - mark_width))), mark);
}

/* Where to break within the first n bytes of s (n < s.n): after the last space, else after the last mark that versions and paths are made of. */
static size_t break_point(struct str s, size_t n)
{
	if (s.p[n] == ' ')
		return n;
	for (size_t i = n; i > 0; i--)
		if (s.p[i - 1] == ' ')
			return i;
	for (size_t i = n; i > n / 3; i--)
		if (strchr("-_/,:;.+~@", s.p[i - 1]) && s.p[i - 1])
			return i;
	return n;
}

int text_wrap(struct arena *a, struct str s, size_t width, struct str_vec *ret)
{
	if (!s.n)
		return vec_push(a, ret, STR("")) ? 0 : ERR_NOMEM;
	while (s.n) {
		size_t n = bytes_within(s, width);
		if (n < s.n) {
			/* A character wider than the column still takes a line. */
			int32_t c = 0;
			size_t len = next_codepoint(s, &c);
			n = n ? break_point(s, n) : len ? len : 1;
		}
		if (!vec_push(a, ret, str_trim_right(str_sub(s, 0, n))))
			return ERR_NOMEM;
		s = str_from(s, n);
		while (s.n && s.p[0] == ' ')
			s = str_from(s, 1);
	}
	return 0;
}

struct str text_join(struct arena *a, const struct str_vec *list)
{
	const struct str *s;
	size_t bytes = 0, n = 0;
	if (list->n < 2)
		return list->n ? list->v[0] : STR("");
	vec_foreach(s, list)
		bytes += s->n + 2;
	char *p = arena_alloc_aligned(a, bytes + 1, 1);
	if (!p)
		return STR_NONE;
	vec_foreach(s, list) {
		if (s != list->v) {
			memcpy(p + n, ", ", 2);
			n += 2;
		}
		if (s->n)
			memcpy(p + n, s->p, s->n);
		n += s->n;
	}
	p[n] = 0;
	return str_make(p, n);
}
