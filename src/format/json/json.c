#include "format/json/json.h"

#include "base/map.h"
#include "base/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#define BLOCK 16
#else
#define BLOCK 8
#endif

/* The tree is built on one stack of slots. A slot is a struct value (array item, root) or a struct value_member; the children of
 * a container lie behind its slot, and move to the arena in one copy when it closes. While open, a container's slot keeps the offset of
 * its parent's slot in `count`, so the reader needs no frames and no recursion.
 *
 *   { "a": [ 1, 2           stack:  {root}  [member "a": array]  [1]  [2]
 *                                     ^- parent offset of "a"       ^- top is behind the last slot */
struct reader {
	const char *start, *end; /* positions are offsets from start, + 1 */
	const char *last_block;  /* end - BLOCK: up to here a whole block can be loaded; NULL when the text is shorter */
	const char *line_start;  /* lines in messages are counted from here (json_lines: at or before start) */
	uint64_t line;           /* number of that line; after an error with `err`, of the line of error_at */
	struct arena *arena;
	struct diags *diags;
	struct error *err;
	const struct json_options *opt;
	const char *error_at;
	int error_code;
	char *stack, *stack_end;
	char *stack_full; /* from here on there is no room for a member */
	bool stack_owned;
	uint32_t max_depth;
	uint64_t max_nodes;
	struct value root;
};

#define STACK_FIRST 8192

static int ATTR_COLD ATTR_PRINTF(4, 5) fail(struct reader *r, int code, const char *at, const char *fmt, ...)
{
	r->error_at = at;
	r->error_code = code;
	if (!r->err)
		return code;
	const char *bol = r->line_start;
	for (const char *p = bol; p < at && (p = memchr(p, '\n', (size_t)(at - p))); bol = ++p)
		r->line++;
	r->line_start = bol;
	char text[160];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(r->err, code, "line %llu, column %llu: %s", (unsigned long long)r->line, (unsigned long long)(at - bol) + 1, text);
}

static int ATTR_COLD fail_nomem(struct reader *r, const char *at)
{
	r->error_at = at;
	r->error_code = ERR_NOMEM;
	return error_nomem(r->err);
}

/* "expected X", with the reason why it is not there. */
static int ATTR_COLD fail_expected(struct reader *r, const char *at, const char *what)
{
	if (at >= r->end)
		return fail(r, ERR_FORMAT, r->end, "expected %s, but the input ends", what);
	unsigned char c = (unsigned char)*at;
	if (c > ' ' && c < 0x7f)
		return fail(r, ERR_FORMAT, at, "expected %s, found '%c'", what, c);
	return fail(r, ERR_FORMAT, at, "expected %s, found byte 0x%02x", what, c);
}

/* Scanning a string stops at a quote, a backslash, a control byte or a byte of a longer UTF-8 sequence. The result is 0 when no byte of
 * the block at p is one of these, else block_first() of it is the offset of the first. */
#if defined(__SSE2__)
static inline unsigned block_stops(const char *p)
{
	__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* As signed bytes, control bytes and those from 0x80 on are all below 0x20. */
	__m128i low = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20));
	__m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
	__m128i escape = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, quote), escape));
}
static inline unsigned block_first(unsigned stops)
{
	return (unsigned)__builtin_ctz(stops);
}
static inline void block_copy(char *to, const char *from)
{
	_mm_storeu_si128((__m128i *)(void *)to, _mm_loadu_si128((const __m128i *)(const void *)from));
}
#else
#define LANES(c) (0x0101010101010101u * (uint64_t)(unsigned char)(c))
/* High bit in each lane that is zero; lanes above the first such one may be wrong, which block_first does not look at. */
static inline uint64_t zero_lanes(uint64_t x)
{
	return (x - LANES(1)) & ~x & LANES(0x80);
}
static inline uint64_t block_stops(const char *p)
{
	uint64_t x;
	memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	uint64_t low = (x - LANES(0x20)) & ~x & LANES(0x80);
	return low | (x & LANES(0x80)) | zero_lanes(x ^ LANES('"')) | zero_lanes(x ^ LANES('\\'));
}
static inline unsigned block_first(uint64_t stops)
{
	return (unsigned)__builtin_ctzll(stops) / 8;
}
static inline void block_copy(char *to, const char *from)
{
	memcpy(to, from, 8);
}
#endif

/* ---- strings with escapes, non-ASCII bytes, or too near the end of the input for whole blocks ---- */

/* Decoded text grows in the free part of the arena's block and is taken from the arena when it is complete. */
struct text_out {
	char *start, *at, *end;
	bool taken; /* the memory is an allocation already, not the free part */
};

/* The block of the arena is full. One look for the closing quote says how much the rest of the string can need, so that a long string is
 * moved once. p: the rest. */
static bool ATTR_COLD out_grow(struct reader *r, struct text_out *o, const char *p)
{
	const char *close = p;
	while (close < r->end && *close != '"' && (unsigned char)*close >= ' ')
		close += *close == '\\' && r->end - close >= 2 ? 2 : 1;
	size_t used = (size_t)(o->at - o->start), rest = (size_t)(close - p), size;
	if (r->opt->utf8 == JSON_UTF8_REPLACE) /* a bad byte becomes three */
		rest *= 3;
	size = used + rest + 2 * BLOCK;
	char *to = arena_alloc_aligned(r->arena, size, 1);
	if (!to)
		return false;
	if (used)
		memcpy(to, o->start, used);
	*o = (struct text_out){ to, to + used, to + size, true };
	return true;
}

static void out_finish(struct reader *r, const struct text_out *o)
{
	if (!o->taken || o->end == r->arena->cur) /* the memory behind the text goes back */
		arena_keep_tail(r->arena, o->at);
}

static int hex4(const char *p, const char *end)
{
	if (end - p < 4)
		return -1;
	int v = 0;
	for (int i = 0; i < 4; i++) {
		char c = char_lower(p[i]);
		if (!char_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return -1;
		v = v << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return v;
}

static const char escape_bytes[256] = {
	['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
};

/* *p is behind "\u". */
static bool read_unicode_escape(const char **p, const char *end, uint32_t *ret)
{
	int hi = hex4(*p, end);
	if (hi < 0)
		return false;
	*p += 4;
	*ret = (uint32_t)hi;
	if (hi < 0xd800 || hi > 0xdfff)
		return true;
	*ret = UTF8_REPLACEMENT;
	if (hi < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		int lo = hex4(*p + 2, end);
		if (lo >= 0xdc00 && lo <= 0xdfff) {
			*p += 6;
			*ret = 0x10000 + ((uint32_t)(hi - 0xd800) << 10) + (uint32_t)(lo - 0xdc00);
		}
	}
	return true;
}

/* The string whose bytes start at `first` and are plain up to p, with at least one byte to change: decoded onto the arena. */
static const char *read_decoded(struct reader *r, const char *first, const char *p, struct str *ret)
{
	const char *end = r->end;
	struct text_out o = { r->arena->cur, r->arena->cur, arena_lend_tail(r->arena), false };
	size_t plain = (size_t)(p - first);
	if ((size_t)(o.end - o.at) < plain + BLOCK && !out_grow(r, &o, first))
		goto nomem;
	if (plain)
		memcpy(o.at, first, plain);
	o.at += plain;
	for (;;) {
		if ((size_t)(o.end - o.at) < BLOCK && !out_grow(r, &o, p))
			goto nomem;
		if (LIKELY(end - p >= BLOCK)) {
			block_copy(o.at, p);
			__auto_type stops = block_stops(p);
			unsigned n = stops ? block_first(stops) : BLOCK;
			p += n;
			o.at += n;
			if (n == BLOCK)
				continue;
		} else if (p >= end) {
			fail(r, ERR_FORMAT, end, "unterminated string, which starts at byte offset %zu", (size_t)(first - 1 - r->start));
			return NULL;
		}
		unsigned char c = (unsigned char)*p;
		if (c == '"') {
			*ret = (struct str){ o.start, (size_t)(o.at - o.start) };
			out_finish(r, &o);
			return p + 1;
		}
		/* Each branch below writes at most 4 bytes, and a block's room is there less the plain bytes of this block. */
		if ((size_t)(o.end - o.at) < BLOCK && !out_grow(r, &o, p))
			goto nomem;
		if (c == '\\') {
			char e = end - p >= 2 ? p[1] : 0;
			char plain_byte = escape_bytes[(unsigned char)e];
			uint32_t code;
			const char *q = p + 2;
			if (LIKELY(plain_byte)) {
				*o.at++ = plain_byte;
				p += 2;
			} else if (e == 'u' && read_unicode_escape(&q, end, &code)) {
				o.at += utf8_encode(o.at, code);
				p = q;
			} else {
				fail(r, ERR_FORMAT, p, e == 'u' ? "\\u needs four hexadecimal digits" : "unknown escape in a string");
				return NULL;
			}
		} else if (c < 0x20) {
			fail(r, ERR_FORMAT, p, "control byte 0x%02x in a string must be escaped", c);
			return NULL;
		} else {
			unsigned n = utf8_sequence(p, end);
			if (n) {
				for (unsigned i = 0; i < n; i++)
					*o.at++ = *p++;
			} else if (r->opt->utf8 == JSON_UTF8_REPLACE) {
				o.at += utf8_encode(o.at, UTF8_REPLACEMENT);
				p++;
			} else {
				fail(r, ERR_FORMAT, p, "byte 0x%02x in a string is not UTF-8", c);
				return NULL;
			}
		}
	}
nomem:
	fail_nomem(r, p);
	return NULL;
}

/* The string whose first byte is at `first` (behind the quote) and that is plain up to p. Gives the place behind its closing quote. */
static const char *__attribute__((noinline)) read_string_slow(struct reader *r, const char *first, const char *p, struct str *ret)
{
	const char *end = r->end;
	for (;;) {
		while (end - p >= BLOCK) {
			__auto_type stops = block_stops(p);
			if (stops) {
				p += block_first(stops);
				break;
			}
			p += BLOCK;
		}
		if (p >= end) {
			fail(r, ERR_FORMAT, end, "unterminated string, which starts at byte offset %zu", (size_t)(first - 1 - r->start));
			return NULL;
		}
		unsigned char c = (unsigned char)*p;
		if (c == '"') {
			*ret = (struct str){ first, (size_t)(p - first) };
			return p + 1;
		}
		unsigned n = c < 0x20 || c == '\\' ? 0 : utf8_sequence(p, end);
		if (n == 0) /* an escape or a byte that must be replaced or refused */
			return read_decoded(r, first, p, ret);
		p += n;
	}
}

/* *p is a quote. Fills text and count and gives the place behind the closing quote, or NULL. */
static inline __attribute__((always_inline)) const char *read_string(struct reader *r, const char *p, const char **ret_text, size_t *ret_count)
{
	const char *first = p + 1, *q = first, *last_block = r->last_block;
	while (LIKELY(q <= last_block)) {
		__auto_type stops = block_stops(q);
		if (LIKELY(stops)) {
			q += block_first(stops);
			if (UNLIKELY(*q != '"'))
				break;
			*ret_text = first;
			*ret_count = (size_t)(q - first);
			return q + 1;
		}
		q += BLOCK;
	}
	struct str s;
	q = read_string_slow(r, first, q, &s);
	if (q) {
		*ret_text = s.p;
		*ret_count = s.n;
	}
	return q;
}

/* ---- numbers, white space ---- */

/* RFC 8259 section 6. *p is '-' or a digit. The place behind the number, or NULL. */
static inline const char *number_end(const char *p, const char *end)
{
	if (*p == '-' && (++p >= end || !char_is_digit(*p)))
		return NULL;
	if (*p == '0')
		p++;
	else
		while (p < end && char_is_digit(*p))
			p++;
	if (p < end && *p == '.') {
		if (++p >= end || !char_is_digit(*p))
			return NULL;
		while (p < end && char_is_digit(*p))
			p++;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		if (++p < end && (*p == '+' || *p == '-'))
			p++;
		if (p >= end || !char_is_digit(*p))
			return NULL;
		while (p < end && char_is_digit(*p))
			p++;
	}
	return p < end && (char_is_alnum(*p) || *p == '.' || *p == '+' || *p == '-') ? NULL : p;
}

static inline bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Indented files are mostly runs of spaces: whole blocks of them are passed at once. */
static const char *skip_space(const char *p, const char *end)
{
	for (;; p++) {
#if defined(__SSE2__)
		while (end - p >= BLOCK) {
			__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
			unsigned other = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(' '))) ^ 0xffffu;
			if (other) {
				p += __builtin_ctz(other);
				break;
			}
			p += BLOCK;
		}
#endif
		if (p >= end || !is_space(*p))
			return p;
	}
}

/* ---- containers ---- */

/* Makes room on the stack; the pointers into it are moved along. */
static bool ATTR_COLD stack_grow(struct reader *r, char **top, struct value **container)
{
	size_t used = (size_t)(*top - r->stack), size = (size_t)(r->stack_end - r->stack) * 2;
	size_t at = (size_t)((char *)*container - r->stack);
	/* Slots that have not reached the arena yet count against the same limits as if they had. */
	if (used / sizeof(struct value_member) > r->max_nodes) {
		fail(r, ERR_LIMIT, r->start, "more than %llu values", (unsigned long long)r->max_nodes);
		return false;
	}
	/* ... and twice, because a closing container is copied there while it is still here. */
	char *p = r->arena->limit_bytes && size > r->arena->limit_bytes / 2 ? NULL : malloc(size);
	if (!p) {
		fail_nomem(r, r->start);
		return false;
	}
	memcpy(p, r->stack, used);
	if (r->stack_owned)
		free(r->stack);
	r->stack = p;
	r->stack_end = p + size;
	r->stack_full = r->stack_end - sizeof(struct value_member);
	r->stack_owned = true;
	*top = p + used;
	*container = (struct value *)(void *)(p + at);
	return true;
}

static void report_duplicates(struct reader *r, const struct value *object)
{
	struct arena scratch;
	struct map seen;
	struct document doc = { .source = { r->start, (size_t)(r->end - r->start) }, .arena = &scratch };
	arena_init(&scratch, ARENA_NO_LIMIT);
	map_init(&seen, &scratch);
	value_foreach_member(m, object) {
		bool is_new = true;
		void **at = map_at(&seen, m->key, &is_new);
		if (at && !is_new) {
			uint32_t line, col;
			document_position(&doc, m->key_pos, &line, &col);
			diag_add(r->diags, DIAG_WARNING, r->opt->name, line, col, "duplicate key \"%.*s\"; the last one counts", STR_FMT(str_sub(m->key, 0, 100)));
		}
	}
	arena_release(&scratch);
}

static inline void value_start(struct value *v, enum value_kind kind, const char *start, const char *p)
{
	v->kind = (uint8_t)kind;
	v->flags = 0;
	v->spare = 0;
	v->pos = (uint32_t)(p - start) + 1;
}

/* Literals: `true`, `false`, `null`. */
static const char *read_literal(struct reader *r, const char *p, struct value *v)
{
	size_t left = (size_t)(r->end - p);
	size_t n = left >= 4 && memcmp(p, "true", 4) == 0 ? 4 : left >= 5 && memcmp(p, "false", 5) == 0 ? 5 : left >= 4 && memcmp(p, "null", 4) == 0 ? 4 : 0;
	if (n == 0 || (left > n && char_is_alnum(p[n]))) {
		fail_expected(r, p, "a value");
		return NULL;
	}
	value_start(v, *p == 'n' ? VALUE_NULL : VALUE_BOOL, r->start, p);
	v->count = 0;
	v->text = NULL;
	if (*p != 'n')
		v->boolean = *p == 't';
	return p + n;
}

/* Reads one value that starts at or after p into r->root; gives the place behind it, or NULL. The states are labels: what comes next is
 * a value, a key, or what may follow a value in the open container.
 *
 * `guarded`: the input's last byte is white space, '}' or ']'. No token but a closing bracket can then end at the input's end, so that
 * the next byte may be looked at without asking whether there is one, except behind a closing bracket. */
static inline __attribute__((always_inline)) const char *read_value(struct reader *r, const char *p, const bool guarded)
{
	const char *const end = r->end, *const start = r->start;
	char *top = r->stack;
	struct value *container = (struct value *)(void *)top, *v; /* the root is its own parent */
	uint32_t depth = 0;
	uint64_t nodes = 1;
	char c;

	/* The next byte that is no white space; 0 stands for the end, and is no byte that any state accepts. */
#define PEEK_IF(is_there)                                             \
	do {                                                          \
		c = LIKELY(is_there) ? *p : 0;                        \
		if (UNLIKELY((unsigned char)c <= ' ') && p < end) {   \
			p = skip_space(p, end);                       \
			c = p < end ? *p : 0;                         \
		}                                                     \
	} while (0)
#define PEEK() PEEK_IF(guarded || p < end)
#define ROOM()                                                                                \
	do {                                                                                  \
		if (UNLIKELY(top > r->stack_full) && !stack_grow(r, &top, &container))        \
			return NULL;                                                          \
	} while (0)
#define STRING(v)                                                     \
	do {                                                          \
		value_start((v), VALUE_STRING, start, p);             \
		p = read_string(r, p, &(v)->text, &(v)->count);       \
		if (UNLIKELY(!p))                                     \
			return NULL;                                  \
	} while (0)

	v = (struct value *)(void *)top;
	top += sizeof(*v);
	PEEK_IF(p < end);

value:
	if (c == '"') {
		STRING(v);
	} else if (c == '{' || c == '[') {
		if (UNLIKELY(++depth > r->max_depth)) {
			fail(r, ERR_LIMIT, p, "nested deeper than %u", r->max_depth);
			return NULL;
		}
		bool object = c == '{';
		value_start(v, object ? VALUE_OBJECT : VALUE_ARRAY, start, p);
		v->count = (size_t)((char *)container - r->stack);
		container = v;
		p++;
		PEEK();
		if (object) {
			if (c == '}')
				goto close_object;
			goto key;
		}
		if (c == ']')
			goto close_array;
		goto item;
	} else if (c == '-' || char_is_digit(c)) {
		const char *q = number_end(p, end);
		if (UNLIKELY(!q)) {
			fail(r, ERR_FORMAT, p, "malformed number");
			return NULL;
		}
		value_start(v, VALUE_NUMBER, start, p);
		v->text = p;
		v->count = (size_t)(q - p);
		p = q;
	} else {
		p = read_literal(r, p, v);
		if (UNLIKELY(!p))
			return NULL;
	}
	if (UNLIKELY(depth == 0)) {
		r->root = *v;
		return p;
	}
	PEEK();
	if (container->kind == VALUE_ARRAY)
		goto after_item;

after_member:
	if (c == ',') {
		p++;
		PEEK();
	} else if (LIKELY(c == '}')) {
		goto close_object;
	} else {
		fail_expected(r, p, "',' or '}'");
		return NULL;
	}
key:
	if (UNLIKELY(c != '"')) {
		fail_expected(r, p, container + 1 == (struct value *)(void *)top ? "a key or '}'" : "a key");
		return NULL;
	}
	ROOM();
	struct value_member *m = (struct value_member *)(void *)top;
	top += sizeof(*m);
	m->key_pos = (uint32_t)(p - start) + 1;
	m->spare = 0;
	p = read_string(r, p, &m->key.p, &m->key.n);
	if (UNLIKELY(!p))
		return NULL;
	PEEK();
	if (UNLIKELY(c != ':')) {
		fail_expected(r, p, "':'");
		return NULL;
	}
	p++;
	PEEK();
	v = &m->value;
	if (c != '"')
		goto value;
	STRING(v); /* the commonest member, without a detour */
	PEEK();
	goto after_member;

after_item:
	if (c == ',') {
		p++;
		PEEK();
	} else if (LIKELY(c == ']')) {
		goto close_array;
	} else {
		fail_expected(r, p, "',' or ']'");
		return NULL;
	}
item:
	ROOM();
	v = (struct value *)(void *)top;
	top += sizeof(*v);
	goto value;

close_object: {
	const struct value_member *from = (const struct value_member *)(const void *)(container + 1), *stop = (const struct value_member *)(const void *)top;
	size_t n = (size_t)(stop - from), parent = container->count;
	struct value_member *to = NULL;
	if (LIKELY(n)) {
		to = arena_alloc_aligned(r->arena, n * sizeof(*to), 8);
		if (UNLIKELY(!to))
			goto nomem;
	}
	container->members = to;
	container->count = n;
	for (; from < stop; from++, to++)
		*to = *from;
	if (UNLIKELY(r->opt->report_duplicates) && n > 1)
		report_duplicates(r, container);
	nodes += n;
	top = (char *)(container + 1);
	v = container;
	container = (struct value *)(void *)(r->stack + parent);
	goto closed;
}
close_array: {
	const struct value *from = container + 1, *stop = (const struct value *)(const void *)top;
	size_t n = (size_t)(stop - from), parent = container->count;
	struct value *to = NULL;
	if (LIKELY(n)) {
		to = arena_alloc_aligned(r->arena, n * sizeof(*to), 8);
		if (UNLIKELY(!to))
			goto nomem;
	}
	container->items = to;
	container->count = n;
	for (; from < stop; from++, to++)
		*to = *from;
	nodes += n;
	top = (char *)(container + 1);
	v = container;
	container = (struct value *)(void *)(r->stack + parent);
}
closed:
	if (UNLIKELY(nodes > r->max_nodes)) {
		fail(r, ERR_LIMIT, p, "more than %llu values", (unsigned long long)r->max_nodes);
		return NULL;
	}
	p++;
	if (UNLIKELY(--depth == 0)) {
		r->root = *v;
		return p;
	}
	PEEK_IF(p < end);
	if (container->kind == VALUE_OBJECT)
		goto after_member;
	goto after_item;

nomem:
	fail_nomem(r, p);
	return NULL;
#undef PEEK
#undef PEEK_IF
#undef ROOM
#undef STRING
}

static const char *ATTR_HOT __attribute__((noinline)) read_value_guarded(struct reader *r, const char *p)
{
	return read_value(r, p, true);
}

static const char *__attribute__((noinline)) read_value_checked(struct reader *r, const char *p)
{
	return read_value(r, p, false);
}

/* ---- the two entries ---- */

static const struct json_options default_options;

/* Reads one value at or after p. On success *ret is filled and the place behind the value given, else NULL. */
static const char *read_document(struct reader *r, const char *p, struct document *ret)
{
	char first[STACK_FIRST] __attribute__((aligned(16), uninitialized));
	r->stack = first;
	r->stack_end = first + sizeof(first);
	r->stack_full = r->stack_end - sizeof(struct value_member);
	r->stack_owned = false;
	r->last_block = r->end - r->start >= BLOCK ? r->end - BLOCK : NULL;
	r->max_depth = r->opt->max_depth ? r->opt->max_depth : JSON_DEPTH_DEFAULT;
	r->max_nodes = r->opt->max_nodes ? r->opt->max_nodes : JSON_NODES_DEFAULT;
	bool guarded = r->end > p && (is_space(r->end[-1]) || r->end[-1] == '}' || r->end[-1] == ']');
	const char *after = guarded ? read_value_guarded(r, p) : read_value_checked(r, p);
	if (r->stack_owned)
		free(r->stack);
	struct value *root = after ? arena_alloc_aligned(r->arena, sizeof(*root), 8) : NULL;
	if (after && !root) {
		fail_nomem(r, p);
		return NULL;
	}
	if (!after)
		return NULL;
	*root = r->root;
	*ret = (struct document){ .name = r->opt->name, .source = { r->start, (size_t)(after - r->start) }, .root = root, .arena = r->arena };
	return after;
}

static bool has_bom(struct str text)
{
	return str_has_prefix(text, STR("\xef\xbb\xbf"));
}

static uint64_t byte_limit(const struct json_options *opt)
{
	return opt->max_bytes && opt->max_bytes < JSON_BYTES_MAX ? opt->max_bytes : JSON_BYTES_MAX;
}

int json_parse(struct arena *a, struct str text, const struct json_options *opt, struct document *ret, struct diags *diags, struct error *err)
{
	if (!text.p)
		text = STR("");
	struct reader r = { .start = text.p, .end = text.p + text.n, .line_start = text.p, .line = 1, .arena = a, .diags = diags, .err = err, .opt = opt ? opt : &default_options };
	if (text.n > byte_limit(r.opt))
		return error_set(err, ERR_LIMIT, "%zu bytes of JSON are more than the limit of %llu", text.n, (unsigned long long)byte_limit(r.opt));
	struct document doc;
	const char *p = read_document(&r, text.p + (has_bom(text) ? 3 : 0), &doc);
	if (!p)
		return r.error_code;
	p = skip_space(p, r.end);
	if (p < r.end)
		return fail_expected(&r, p, "the end of the input");
	doc.source = text;
	*ret = doc;
	return 0;
}

void json_lines_init(struct json_lines *it, struct str text, const struct json_options *opt)
{
	*it = (struct json_lines){ .text = text, .opt = opt ? *opt : default_options, .at = has_bom(text) ? 3 : 0, .line = 1 };
}

int json_lines_next(struct json_lines *it, struct arena *a, struct document *ret, struct diags *diags, struct error *err)
{
	if (it->at >= it->text.n)
		return 0;
	const char *text_end = it->text.p + it->text.n, *p = skip_space(it->text.p + it->at, text_end);
	it->at = (size_t)(p - it->text.p);
	if (p == text_end)
		return 0;
	uint64_t limit = byte_limit(&it->opt);
	bool cut = (uint64_t)(text_end - p) > limit;
	struct reader r = { .start = p, .end = cut ? p + limit : text_end, .line_start = it->text.p + it->line_offset, .line = it->line,
			    .arena = a, .diags = diags, .err = err, .opt = &it->opt };
	const char *after = read_document(&r, p, ret);
	if (after) {
		it->start = it->at;
		it->at = (size_t)(after - it->text.p);
		it->count++;
		return 1;
	}
	if (cut && r.error_at == r.end)
		fail(&r, ERR_LIMIT, r.end, "the record is longer than %llu bytes", (unsigned long long)limit);
	const char *nl = r.error_at < text_end ? memchr(r.error_at, '\n', (size_t)(text_end - r.error_at)) : NULL;
	it->at = nl ? (size_t)(nl + 1 - it->text.p) : it->text.n;
	if (err) { /* the next error goes on counting here, so that many bad lines stay linear */
		it->line = r.line;
		it->line_offset = (size_t)(r.line_start - it->text.p);
	}
	return r.error_code;
}
