#include "format/json/json_write.h"

#include <math.h>

#include "base/utf8.h"

/* What a byte of a string needs: 0 = nothing, 'u' = \u00XX, 'h' = that when HTML-safe, '8' = UTF-8 to check, else the letter after '\'. */
static const char byte_class[256] = {
	[0] = 'u', [1] = 'u', [2] = 'u', [3] = 'u', [4] = 'u', [5] = 'u', [6] = 'u', [7] = 'u', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u',
	['\f'] = 'f', ['\r'] = 'r', [14] = 'u', [15] = 'u', [16] = 'u', [17] = 'u', [18] = 'u', [19] = 'u', [20] = 'u', [21] = 'u', [22] = 'u',
	[23] = 'u', [24] = 'u', [25] = 'u', [26] = 'u', [27] = 'u', [28] = 'u', [29] = 'u', [30] = 'u', [31] = 'u', [127] = 'u',
	['"'] = '"', ['\\'] = '\\', ['<'] = 'h', ['>'] = 'h', ['&'] = 'h', [128 ... 255] = '8',
};

static void add_escape(struct buf *out, unsigned code)
{
	static const char hex[] = "0123456789abcdef";
	const char text[6] = { '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15] };
	buf_add_bytes(out, text, sizeof(text));
}

void json_add_string(struct buf *out, struct str s, unsigned flags)
{
	const char *p = s.p ? s.p : "", *end = p + s.n, *run = p;
	buf_add_char(out, '"');
	while (p < end) {
		unsigned char c = (unsigned char)*p;
		char class = byte_class[c];
		if (LIKELY(!class) || (class == 'h' && !(flags & JSON_WRITE_HTML_SAFE))) {
			p++;
			continue;
		}
		unsigned n = 1;
		if (class == '8') {
			n = utf8_sequence(p, end);
			/* E2 80 A8 and E2 80 A9 end a line in JavaScript; C2 80 to C2 9F are control codes of terminals. */
			bool line_end = n == 3 && c == 0xe2 && (unsigned char)p[1] == 0x80 && ((unsigned char)p[2] & 0xfe) == 0xa8;
			bool control = n == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0;
			if (n && !control && !(line_end && (flags & JSON_WRITE_HTML_SAFE))) {
				p += n;
				continue;
			}
			buf_add_bytes(out, run, (size_t)(p - run));
			if (control)
				add_escape(out, (unsigned char)p[1]);
			else if (line_end)
				add_escape(out, 0x2028u | ((unsigned char)p[2] & 1));
			else
				buf_add(out, STR(UTF8_REPLACEMENT_BYTES));
			n = n ? n : 1;
		} else {
			buf_add_bytes(out, run, (size_t)(p - run));
			if (class == 'u' || class == 'h') {
				add_escape(out, c);
			} else {
				const char pair[2] = { '\\', class };
				buf_add_bytes(out, pair, 2);
			}
		}
		p += n;
		run = p;
	}
	buf_add_bytes(out, run, (size_t)(end - run));
	buf_add_char(out, '"');
}

void json_writer_init(struct json_writer *w, struct buf *out, unsigned indent, unsigned flags)
{
	*w = (struct json_writer){ .out = out, .indent = indent, .flags = flags };
}

static void new_line(struct json_writer *w)
{
	if (!w->indent)
		return;
	buf_add_char(w->out, '\n');
	buf_add_repeat(w->out, ' ', (size_t)w->indent * w->depth);
}

/* What stands before a value or key: nothing behind a key or at the root, else a comma where due, and the new line. */
static void before(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->has_items)
		buf_add_char(w->out, ',');
	if (w->depth)
		new_line(w);
	w->has_items = w->depth > 0;
}

static void begin(struct json_writer *w, char c)
{
	before(w);
	buf_add_char(w->out, c);
	w->depth++;
	w->has_items = false;
}

static void end(struct json_writer *w, char c)
{
	if (w->depth)
		w->depth--;
	if (w->has_items)
		new_line(w);
	buf_add_char(w->out, c);
	w->has_items = w->depth > 0;
}

void json_begin_object(struct json_writer *w)
{
	begin(w, '{');
}

void json_end_object(struct json_writer *w)
{
	end(w, '}');
}

void json_begin_array(struct json_writer *w)
{
	begin(w, '[');
}

void json_end_array(struct json_writer *w)
{
	end(w, ']');
}

void json_key(struct json_writer *w, struct str key)
{
	before(w);
	json_add_string(w->out, key, w->flags);
	buf_add(w->out, w->indent ? STR(": ") : STR(":"));
	w->after_key = true;
}

void json_raw(struct json_writer *w, struct str text)
{
	before(w);
	buf_add(w->out, text);
}

void json_string(struct json_writer *w, struct str s)
{
	before(w);
	json_add_string(w->out, s, w->flags);
}

void json_bool(struct json_writer *w, bool b)
{
	json_raw(w, b ? STR("true") : STR("false"));
}

void json_null(struct json_writer *w)
{
	json_raw(w, STR("null"));
}

void json_uint(struct json_writer *w, uint64_t n)
{
	char tmp[24], *p = tmp + sizeof(tmp);
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	json_raw(w, str_make(p, (size_t)(tmp + sizeof(tmp) - p)));
}

void json_int(struct json_writer *w, int64_t n)
{
	if (n >= 0) {
		json_uint(w, (uint64_t)n);
		return;
	}
	before(w);
	buf_add_char(w->out, '-');
	w->after_key = true; /* the digits follow without a comma */
	json_uint(w, -(uint64_t)n);
}

void json_double(struct json_writer *w, double d)
{
	char tmp[40];
	if (!isfinite(d)) {
		json_null(w);
		return;
	}
	int n = 0;
	for (int digits = 15; digits <= 17; digits++) {
		double back;
		n = snprintf(tmp, sizeof(tmp), "%.*g", digits, d);
		for (int i = 0; i < n; i++)
			if (!char_is_alnum(tmp[i]) && tmp[i] != '-' && tmp[i] != '+')
				tmp[i] = '.'; /* whatever the locale's decimal point is */
		if (str_to_double(str_make(tmp, (size_t)n), &back) == 0 && back == d)
			break;
	}
	json_raw(w, str_make(tmp, (size_t)n));
}

void json_member_string(struct json_writer *w, struct str key, struct str s)
{
	json_key(w, key);
	json_string(w, s);
}

void json_member_string_opt(struct json_writer *w, struct str key, struct str s)
{
	if (s.n)
		json_member_string(w, key, s);
}

void json_member_int(struct json_writer *w, struct str key, int64_t n)
{
	json_key(w, key);
	json_int(w, n);
}

void json_member_uint(struct json_writer *w, struct str key, uint64_t n)
{
	json_key(w, key);
	json_uint(w, n);
}

void json_member_double(struct json_writer *w, struct str key, double d)
{
	json_key(w, key);
	json_double(w, d);
}

void json_member_bool(struct json_writer *w, struct str key, bool b)
{
	json_key(w, key);
	json_bool(w, b);
}

void json_member_object(struct json_writer *w, struct str key)
{
	json_key(w, key);
	json_begin_object(w);
}

void json_member_array(struct json_writer *w, struct str key)
{
	json_key(w, key);
	json_begin_array(w);
}

/* YAML's inf and nan are the only numbers in a tree that are none in JSON: they start with a letter, behind a sign or not. */
static bool is_json_number(struct str s)
{
	return s.n && char_is_digit(s.p[s.n > 1 && s.p[0] == '-' ? 1 : 0]);
}

static void write_value(struct json_writer *w, const struct value *v, unsigned level)
{
	if (!v || v->kind == VALUE_NULL) {
		json_null(w);
	} else if (v->kind == VALUE_BOOL) {
		json_bool(w, v->boolean);
	} else if (v->kind == VALUE_NUMBER) {
		json_raw(w, is_json_number(value_text(v)) ? value_text(v) : STR("null"));
	} else if (v->kind == VALUE_STRING) {
		json_string(w, value_text(v));
	} else if (level >= JSON_WRITE_DEPTH_MAX) {
		buf_reserve(w->out, SIZE_MAX);
	} else if (v->kind == VALUE_ARRAY) {
		json_begin_array(w);
		value_foreach(it, v)
			write_value(w, it, level + 1);
		json_end_array(w);
	} else {
		json_begin_object(w);
		value_foreach_member(m, v) {
			json_key(w, m->key);
			write_value(w, &m->value, level + 1);
		}
		json_end_object(w);
	}
}

void json_write_value(struct json_writer *w, const struct value *v)
{
	write_value(w, v, 0);
}
