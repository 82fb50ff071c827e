#include "front/report/escape.h"
#include "front/report/text.h"

static struct str clean(struct arena *a, struct buf *out, struct str s)
{
	struct str t = text_clean(a, s);
	if (!t.p) {
		buf_release(out);
		out->failed = true;
	}
	return t.p ? t : STR("");
}

void escape_xml(struct arena *a, struct buf *out, struct str s)
{
	size_t from = 0;
	s = clean(a, out, s);
	for (size_t i = 0; i < s.n; i++) {
		const char *entity = s.p[i] == '&' ? "&amp;" : s.p[i] == '<' ? "&lt;" : s.p[i] == '>' ? "&gt;" : s.p[i] == '"' ? "&quot;" : s.p[i] == '\'' ? "&#39;" : NULL;
		if (!entity)
			continue;
		buf_add(out, str_sub(s, from, i - from));
		buf_add_c(out, entity);
		from = i + 1;
	}
	buf_add(out, str_from(s, from));
}

void escape_markdown(struct arena *a, struct buf *out, struct str s)
{
	s = clean(a, out, s);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '<')
			buf_add_c(out, "&lt;");
		else if (c == '>')
			buf_add_c(out, "&gt;");
		else if (c == '&')
			buf_add_c(out, "&amp;");
		else if (c == '@' || c == '#') /* a comment between parts the text: nobody is called, no issue is named */
			buf_addf(out, "%s%c<!-- -->", c == '#' ? "\\" : "", c);
		else if (c == ':' && i + 2 < s.n && s.p[i + 1] == '/' && s.p[i + 2] == '/')
			buf_add_c(out, "<!-- -->:");
		else if (c == '.' && i >= 3 && strncasecmp(s.p + i - 3, "www", 3) == 0)
			buf_add_c(out, "<!-- -->.");
		else if (char_is_one_of(c, "\\`*_{}[]()!|~$")) {
			buf_add_char(out, '\\');
			buf_add_char(out, c);
		} else {
			buf_add_char(out, c);
		}
	}
}

void escape_csv(struct arena *a, struct buf *out, struct str s)
{
	bool formula = s.n && char_is_one_of(s.p[0], "=+-@\t\r");
	s = clean(a, out, s);
	formula |= s.n && char_is_one_of(s.p[0], "=+-@");
	bool quote = formula || (s.n && (char_is_space(s.p[0]) || char_is_space(s.p[s.n - 1])));
	for (size_t i = 0; i < s.n && !quote; i++)
		quote = char_is_one_of(s.p[i], ",;\"\n\r\t|");
	if (!quote) {
		buf_add(out, s);
		return;
	}
	buf_add_c(out, formula ? "\"'" : "\"");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, s.p[i]);
	}
	buf_add_char(out, '"');
}

struct str escape_url(struct arena *a, struct str url)
{
	static const char hex[] = "0123456789ABCDEF";
	struct buf out;
	bool known = url.n > 8 && (strncasecmp(url.p, "https://", 8) == 0 || strncasecmp(url.p, "http://", 7) == 0);
	if (!known || url.n > 4096)
		return STR("");
	buf_init(&out, 16384);
	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = (unsigned char)url.p[i];
		if (c <= 0x20 || c >= 0x7f || char_is_one_of((char)c, "<>\"'`()[]{}|\\^")) {
			buf_add_char(&out, '%');
			buf_add_char(&out, hex[c >> 4]);
			buf_add_char(&out, hex[c & 15]);
		} else {
			buf_add_char(&out, (char)c);
		}
	}
	struct str s = buf_failed(&out) ? STR_NONE : arena_str(a, buf_str(&out));
	buf_release(&out);
	return s.p ? s : STR("");
}
