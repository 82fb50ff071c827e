#include "format/toml/toml_scan.h"

#include "base/utf8.h"

int ATTR_COLD toml_fail(struct toml_scan *s, int code, const char *at, const char *fmt, ...)
{
	if (!s->err)
		return code;
	struct arena scratch;
	arena_init(&scratch, ARENA_NO_LIMIT);
	struct document doc = { .source = { s->start, (size_t)(s->end - s->start) }, .arena = &scratch };
	uint32_t line, col;
	char text[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	document_position(&doc, toml_pos(s, at), &line, &col);
	arena_release(&scratch);
	return error_set(s->err, code, "line %u, column %u: %s", line, col, text);
}

int ATTR_COLD toml_expected(struct toml_scan *s, const char *what)
{
	if (s->p >= s->end)
		return toml_fail(s, ERR_FORMAT, s->end, "expected %s, but the input ends", what);
	unsigned char c = (unsigned char)*s->p;
	if (c > ' ' && c < 0x7f)
		return toml_fail(s, ERR_FORMAT, s->p, "expected %s, found '%c'", what, c);
	if (c == '\n' || c == '\r')
		return toml_fail(s, ERR_FORMAT, s->p, "expected %s, but the line ends", what);
	return toml_fail(s, ERR_FORMAT, s->p, "expected %s, found byte 0x%02x", what, c);
}

/* ---- white space, comments ---- */

/* LF or CRLF at p: its length, else 0. */
static unsigned newline_at(const struct toml_scan *s, const char *p)
{
	if (p < s->end && *p == '\n')
		return 1;
	return s->end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* The byte at p of a comment or string is not printable ASCII: passes a tab or a UTF-8 sequence. */
static int skip_odd_byte(struct toml_scan *s)
{
	unsigned char c = (unsigned char)*s->p;
	unsigned n = c == '\t' ? 1 : c < 0x80 ? 0 : utf8_sequence(s->p, s->end);
	if (n == 0)
		return toml_fail(s, ERR_FORMAT, s->p, c < 0x80 ? "control byte 0x%02x is not allowed here" : "byte 0x%02x is not UTF-8", c);
	s->p += n;
	return 0;
}

static bool is_printable(char c)
{
	return c >= ' ' && c < 0x7f;
}

static int skip_comment(struct toml_scan *s)
{
	toml_skip_blanks(s);
	if (toml_peek(s) != '#')
		return 0;
	while (s->p < s->end && !newline_at(s, s->p)) {
		if (is_printable(*s->p)) {
			s->p++;
			continue;
		}
		int r = skip_odd_byte(s);
		if (r < 0)
			return r;
	}
	return 0;
}

int toml_end_of_line(struct toml_scan *s)
{
	int r = skip_comment(s);
	if (r < 0 || s->p >= s->end)
		return r;
	unsigned n = newline_at(s, s->p);
	if (n == 0)
		return toml_expected(s, "the end of the line");
	s->p += n;
	return 0;
}

int toml_skip_lines(struct toml_scan *s)
{
	for (;;) {
		int r = skip_comment(s);
		unsigned n = newline_at(s, s->p);
		if (r < 0 || n == 0)
			return r;
		s->p += n;
	}
}

/* ---- strings ---- */

static int read_hex(struct toml_scan *s, unsigned digits, uint32_t *ret)
{
	uint32_t v = 0;
	for (unsigned i = 0; i < digits; i++, s->p++) {
		char c = char_lower(toml_peek(s));
		if (!char_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return toml_expected(s, "a hexadecimal digit");
		v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret = v;
	return 0;
}

/* At a backslash. Appends what the escape stands for, at most 4 bytes. */
static int read_escape(struct toml_scan *s, bool multi_line, char **out)
{
	static const char simple[256] = { ['b'] = '\b', ['t'] = '\t', ['n'] = '\n', ['f'] = '\f', ['r'] = '\r', ['"'] = '"', ['\\'] = '\\' };
	const char *at = s->p++;
	char c = toml_peek(s);
	if (simple[(unsigned char)c]) {
		*(*out)++ = simple[(unsigned char)c];
		s->p++;
		return 0;
	}
	if (c == 'u' || c == 'U') {
		uint32_t code;
		s->p++;
		int r = read_hex(s, c == 'u' ? 4 : 8, &code);
		if (r < 0)
			return r;
		if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return toml_fail(s, ERR_FORMAT, at, "the escape is no Unicode scalar value");
		*out += utf8_encode(*out, code);
		return 0;
	}
	/* At the end of a line a backslash takes away the white space up to the next text. */
	toml_skip_blanks(s);
	unsigned n = newline_at(s, s->p);
	if (!multi_line || n == 0)
		return toml_fail(s, ERR_FORMAT, at, "unknown escape in a string");
	for (; n; n = newline_at(s, s->p)) {
		s->p += n;
		toml_skip_blanks(s);
	}
	return 0;
}

/* Number of quotes at p, up to 6 (5 may end a multi-line string: two of its own and three that close it). */
static unsigned count_quotes(const struct toml_scan *s, char quote)
{
	unsigned n = 0;
	while (n < 6 && (size_t)n < (size_t)(s->end - s->p) && s->p[n] == quote)
		n++;
	return n;
}

int toml_string(struct toml_scan *s, bool key, struct str *ret)
{
	const char *open = s->p;
	char quote = *open;
	bool multi_line = count_quotes(s, quote) >= 3;
	if (multi_line && key)
		return toml_fail(s, ERR_FORMAT, open, "a multi-line string cannot be a key");
	s->p += multi_line ? 3 : 1;
	if (multi_line)
		s->p += newline_at(s, s->p);
	/* A view as long as there is no escape; then `out` collects the text. What is decoded is never longer than its source. */
	const char *run = s->p;
	char *text = NULL, *out = NULL;
	size_t room = 0;
	for (;;) {
		while (s->p < s->end && is_printable(*s->p) && *s->p != quote && *s->p != '\\')
			s->p++;
		if (s->p >= s->end)
			return toml_fail(s, ERR_FORMAT, open, "the string does not end");
		char c = *s->p;
		unsigned n;
		int r = 0;
		if (c == quote && (!multi_line || (n = count_quotes(s, quote)) >= 3)) {
			const char *stop = s->p;
			if (multi_line) {
				if (n > 5)
					n = 5;
				stop = s->p + n - 3;
				s->p = stop + 3;
			} else {
				s->p++;
			}
			size_t tail = (size_t)(stop - run);
			if (!text) {
				*ret = str_make(run, tail);
				return 0;
			}
			memcpy(out, run, tail);
			*ret = str_make(text, (size_t)(out + tail - text));
			if (s->arena->cur == text + room) /* what is left over goes back */
				arena_keep_tail(s->arena, out + tail);
			return 0;
		}
		if (c == '\\' && quote == '"') {
			if (!text) {
				/* How much room: to where the string ends, and two quotes more that may belong to it. */
				const char *q = s->p;
				while (q < s->end && (*q != quote || (multi_line && !(s->end - q >= 3 && q[1] == quote && q[2] == quote))) && (multi_line || *q != '\n'))
					q += *q == '\\' && s->end - q >= 2 ? 2 : 1;
				room = (size_t)(q - run) + 16;
				text = out = arena_alloc_aligned(s->arena, room, 1);
				if (!text)
					return error_nomem(s->err);
			}
			memcpy(out, run, (size_t)(s->p - run));
			out += s->p - run;
			r = read_escape(s, multi_line, &out);
			run = s->p;
		} else if (c == quote || c == '\\') {
			s->p++;
		} else if ((n = newline_at(s, s->p)) != 0) {
			if (!multi_line)
				return toml_fail(s, ERR_FORMAT, open, "the string does not end on its line");
			s->p += n;
		} else {
			r = skip_odd_byte(s);
		}
		if (r < 0)
			return r;
	}
}

/* ---- numbers, dates ---- */

static bool two_digits(const char *p, unsigned *ret)
{
	*ret = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
	return char_is_digit(p[0]) && char_is_digit(p[1]);
}

/* RFC 3339 full-date at the start of t. */
static bool is_date(struct str t)
{
	static const unsigned char days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned century, year, month, day;
	if (t.n < 10 || t.p[4] != '-' || t.p[7] != '-' || !two_digits(t.p, &century) || !two_digits(t.p + 2, &year) || !two_digits(t.p + 5, &month) || !two_digits(t.p + 8, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	bool leap = year ? year % 4 == 0 : century % 4 == 0;
	return month != 2 || day < 29 || leap;
}

/* partial-time at the start of t: its length, or 0. */
static size_t time_length(struct str t)
{
	unsigned h, m, sec;
	if (t.n < 8 || t.p[2] != ':' || t.p[5] != ':' || !two_digits(t.p, &h) || !two_digits(t.p + 3, &m) || !two_digits(t.p + 6, &sec) || h > 23 || m > 59 || sec > 60)
		return 0;
	size_t n = 8;
	if (n < t.n && t.p[n] == '.') {
		size_t digits = n + 1;
		while (digits < t.n && char_is_digit(t.p[digits]))
			digits++;
		n = digits > n + 1 ? digits : 0;
	}
	return n;
}

static bool is_offset(struct str t)
{
	unsigned h, m;
	if (t.n == 1)
		return char_lower(t.p[0]) == 'z';
	return t.n == 6 && (t.p[0] == '+' || t.p[0] == '-') && t.p[3] == ':' && two_digits(t.p + 1, &h) && two_digits(t.p + 4, &m) && h < 24 && m < 60;
}

static bool is_date_or_time(struct str t)
{
	if (!is_date(t))
		return t.n && time_length(t) == t.n;
	if (t.n == 10)
		return true;
	if (t.p[10] != 'T' && t.p[10] != 't' && t.p[10] != ' ')
		return false;
	struct str rest = str_from(t, 11);
	size_t n = time_length(rest);
	rest = str_from(rest, n);
	return n && (!rest.n || is_offset(rest));
}

/* digit *( "_"? digit ) at the start of t, of a base: the length. */
static size_t digits_length(struct str t, unsigned base)
{
	size_t n = 0;
	for (; n < t.n; n++) {
		char c = char_lower(t.p[n]);
		unsigned d = char_is_digit(c) ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
		if (d < base)
			continue;
		if (c != '_' || n == 0 || n + 1 >= t.n || t.p[n - 1] == '_')
			break;
	}
	return n && t.p[n - 1] == '_' ? n - 1 : n;
}

static void set_number(struct value *v, struct str text)
{
	v->kind = VALUE_NUMBER;
	v->text = text.p;
	v->count = text.n;
}

/* t without underscores; a view of t when there are none. p is NULL without memory. */
static struct str without_underscores(struct arena *a, struct str t)
{
	if (!memchr(t.p, '_', t.n))
		return t;
	char *p = arena_alloc_aligned(a, t.n, 1);
	size_t n = 0;
	for (size_t i = 0; p && i < t.n; i++)
		if (t.p[i] != '_')
			p[n++] = t.p[i];
	return str_make(p, p ? n : 0);
}

/* 1: *v is set; 0: not a number of this kind; negative: an error that is set. */
static int read_prefixed(struct toml_scan *s, struct str t, struct value *v)
{
	if (t.n < 3 || t.p[0] != '0' || (t.p[1] != 'x' && t.p[1] != 'o' && t.p[1] != 'b'))
		return 0;
	unsigned base = t.p[1] == 'x' ? 16 : t.p[1] == 'o' ? 8 : 2;
	struct str digits = str_from(t, 2);
	uint64_t n;
	if (digits_length(digits, base) != digits.n)
		return 0;
	digits = without_underscores(s->arena, digits);
	if (!digits.p)
		return error_nomem(s->err);
	if (str_to_u64_base(digits, base, &n) < 0)
		return toml_fail(s, ERR_FORMAT, t.p, "the integer does not fit in 64 bits");
	struct str text = arena_printf(s->arena, "%llu", (unsigned long long)n);
	if (!text.p)
		return error_nomem(s->err);
	set_number(v, text);
	return 1;
}

static int read_decimal(struct toml_scan *s, struct str t, struct value *v)
{
	struct str rest = t;
	if (rest.p[0] == '+' || rest.p[0] == '-')
		rest = str_from(rest, 1);
	if (str_eq_c(rest, "inf") || str_eq_c(rest, "nan")) {
		set_number(v, str_eq_c(rest, "nan") ? STR("nan") : t.p[0] == '-' ? STR("-inf") : STR("inf"));
		return 1;
	}
	size_t n = digits_length(rest, 10);
	if (n == 0 || (n > 1 && rest.p[0] == '0'))
		return 0;
	rest = str_from(rest, n);
	if (str_strip_prefix(&rest, STR("."))) {
		n = digits_length(rest, 10);
		if (n == 0)
			return 0;
		rest = str_from(rest, n);
	}
	if (rest.n && char_lower(rest.p[0]) == 'e') {
		rest = str_from(rest, 1);
		if (rest.n && (rest.p[0] == '+' || rest.p[0] == '-'))
			rest = str_from(rest, 1);
		n = digits_length(rest, 10);
		if (n == 0)
			return 0;
		rest = str_from(rest, n);
	}
	if (rest.n)
		return 0;
	str_strip_prefix(&t, STR("+"));
	t = without_underscores(s->arena, t);
	if (!t.p)
		return error_nomem(s->err);
	set_number(v, t);
	return 1;
}

int toml_plain(struct toml_scan *s, struct value *v)
{
	const char *q = s->p;
	while (q < s->end && (char_is_alnum(*q) || *q == '_' || *q == '+' || *q == '-' || *q == '.' || *q == ':'))
		q++;
	/* A date and a time may have one space between them. */
	if (q - s->p == 10 && s->end - q >= 3 && *q == ' ' && char_is_digit(q[1]) && is_date(str_make(s->p, 10)))
		for (q++; q < s->end && (char_is_alnum(*q) || *q == '+' || *q == '-' || *q == '.' || *q == ':');)
			q++;
	struct str t = { s->p, (size_t)(q - s->p) };
	if (t.n == 0)
		return toml_expected(s, "a value");
	int r = 1;
	if (str_eq_c(t, "true") || str_eq_c(t, "false")) {
		v->kind = VALUE_BOOL;
		v->boolean = t.n == 4;
	} else if (is_date_or_time(t)) {
		v->kind = VALUE_STRING;
		v->text = t.p;
		v->count = t.n;
	} else {
		r = read_prefixed(s, t, v);
		if (r == 0)
			r = read_decimal(s, t, v);
	}
	if (r == 0)
		return toml_fail(s, ERR_FORMAT, t.p, "'%.*s' is no value", STR_FMT(str_sub(t, 0, 60)));
	if (r < 0)
		return r;
	s->p = q;
	return 0;
}
