#include "format/feeds/feed_util.h"

int feed_unreadable(struct feed_sink *sink, struct str name, uint32_t line, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(sink->diags, DIAG_UNREADABLE, name, line, 0, "%s", text);
	sink->unreadable++;
	return 0;
}

void feed_passed_over(struct feed_sink *sink, struct str name, uint32_t line, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(sink->diags, DIAG_NOTE, name, line, 0, "%s", text);
	sink->passed_over++;
}

int feed_emit(struct feed_sink *sink, const struct feed_record *rec, struct error *err)
{
	if (rec->ids.n > FEED_IDS_MAX)
		return feed_unreadable(sink, STR_NONE, rec->line, "%.*s: more than %d vulnerabilities", STR_FMT(str_sub(rec->id, 0, 100)), FEED_IDS_MAX);
	sink->records++;
	return sink->record(sink->ctx, rec, err);
}

/* Some databases write year 1 for "not known". */
static bool is_real(struct str date)
{
	return date.n >= 10 && date.n < 40 && str_cmp(date, STR("1990")) > 0;
}

struct str feed_record_date(const struct feed_record *rec)
{
	const struct str *dates[] = { &rec->modified, &rec->published, &rec->kev_added };
	struct str rest = rec->id, part;
	for (size_t i = 0; i < ARRAY_LEN(dates); i++)
		if (is_real(*dates[i]))
			return *dates[i];
	while (!str_contains(rec->id, STR("CVE-")) && str_next(&rest, '-', &part)) {
		uint64_t year;
		if (part.n == 4 && str_to_u64(part, &year) == 0 && year > 1990 && year < 2200)
			return part;
	}
	return STR("");
}

int feed_note_date(struct feed_sink *sink, struct str date, struct error *err)
{
	if (date.n < 4 || date.n > 40 || str_cmp(date, sink->data_date) <= 0 || !sink->diags)
		return 0;
	struct str copy = arena_str(sink->diags->arena, date);
	if (!copy.p)
		return error_nomem(err);
	sink->data_date = copy;
	return 0;
}

int feed_add_id(struct arena *a, struct str_vec *ids, struct str id)
{
	size_t at = 0, end = ids->n;
	while (at < end) {
		size_t middle = at + (end - at) / 2;
		int c = str_cmp(ids->v[middle], id);
		if (c == 0)
			return 0;
		if (c < 0)
			at = middle + 1;
		else
			end = middle;
	}
	if (ids->n > FEED_IDS_MAX) /* feed_emit refuses such a record */
		return 0;
	if (!vec_push(a, ids, id))
		return -1;
	memmove(&ids->v[at + 1], &ids->v[at], (ids->n - 1 - at) * sizeof(*ids->v));
	ids->v[at] = id;
	return 0;
}

int feed_add_strings(struct arena *a, struct str_vec *out, const struct value *array, size_t max)
{
	value_foreach(v, array) {
		if (v->kind == VALUE_STRING && out->n < max && !vec_push(a, out, value_text(v)))
			return -1;
	}
	return 0;
}

#define TITLE_MAX 120
struct str feed_title_from(struct arena *a, struct str description)
{
	struct str line = STR_NONE;
	while (line.n == 0 && str_next_line(&description, &line)) {
		line = str_trim(line);
		while (line.n && (line.p[0] == '#' || line.p[0] == ' '))
			line = str_from(line, 1);
	}
	if (line.n <= TITLE_MAX)
		return line;
	struct str head = str_sub(line, 0, TITLE_MAX - 3);
	size_t space = str_rfind_char(head, ' ');
	if (space != STR_NOT_FOUND && space > TITLE_MAX / 2)
		head.n = space;
	while (head.n && ((unsigned char)head.p[head.n - 1] & 0xc0) == 0x80)
		head.n--; /* never half a character */
	if (head.n && (unsigned char)head.p[head.n - 1] >= 0xc0)
		head.n--;
	return arena_concat(a, head, STR("..."));
}

uint8_t feed_cvss_version(struct str vector)
{
	if (str_has_prefix(vector, STR("CVSS:4.")))
		return 40;
	if (str_has_prefix(vector, STR("CVSS:3.1")))
		return 31;
	return str_has_prefix(vector, STR("CVSS:3.")) ? 30 : 20;
}

void json_records_init(struct json_records *r, struct arena *scratch, struct str content, const struct json_options *opt)
{
	struct str first = STR_NONE, rest = content;
	struct document doc;
	*r = (struct json_records){ .text = content, .opt = *opt };
	while (first.n == 0 && str_next_line(&rest, &first))
		first = str_trim(first);
	r->by_line = first.n && json_parse(scratch, first, opt, &doc, NULL, NULL) == 0;
	if (!r->by_line)
		json_lines_init(&r->it, content, opt);
}

int json_records_next(struct json_records *r, struct arena *scratch, struct feed_sink *sink, struct document *ret, uint32_t *ret_line, struct error *err)
{
	for (;;) {
		struct error bad;
		struct str line;
		int code;
		arena_clear(scratch);
		if (!r->by_line) {
			code = json_lines_next(&r->it, scratch, ret, NULL, &bad);
			for (; code > 0 && r->counted < r->it.start; r->counted++)
				r->line += r->text.p[r->counted] == '\n';
			*ret_line = (uint32_t)MIN_OF(r->line + 1, (uint64_t)UINT32_MAX);
		} else {
			do {
				if (!str_next(&r->text, '\n', &line))
					return 0;
				r->line++;
				line = str_trim(line);
			} while (line.n == 0);
			*ret_line = (uint32_t)MIN_OF(r->line, (uint64_t)UINT32_MAX);
			code = json_parse(scratch, line, &r->opt, ret, NULL, &bad);
			code = code < 0 ? code : 1;
		}
		if (code >= 0)
			return code;
		if (code == ERR_NOMEM)
			return error_nomem(err);
		feed_unreadable(sink, r->opt.name, r->by_line ? *ret_line : 0, "%s", bad.text);
	}
}

static void skip_space(struct json_pieces *p)
{
	while (p->at < p->text.n && char_is_space(p->text.p[p->at]))
		p->line += p->text.p[p->at++] == '\n';
}

/* The offset after the value that starts at p->at; 0 when it does not end. Strings are skipped by memchr, everything else by byte. */
static size_t value_end(const struct json_pieces *p)
{
	const char *s = p->text.p, *end = s + p->text.n, *q = s + p->at;
	size_t depth = 0;
	while (q < end) {
		char c = *q;
		if (c == '"') {
			for (q++; q < end && *q != '"'; q++)
				if (*q == '\\')
					q++;
			if (q >= end)
				return 0;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return (size_t)(q - s);
			depth--;
		} else if (c == ',' && depth == 0) {
			return (size_t)(q - s);
		}
		q++;
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return (size_t)(q - s);
	}
	return depth == 0 ? p->text.n : 0;
}

int json_pieces_init(struct json_pieces *p, struct str text, struct error *err)
{
	*p = (struct json_pieces){ .text = text, .line = 1 };
	str_strip_prefix(&p->text, STR("\xef\xbb\xbf"));
	skip_space(p);
	char open = p->at < p->text.n ? p->text.p[p->at] : 0;
	if (open != '{' && open != '[')
		return error_set(err, ERR_FORMAT, "no JSON object or array");
	p->close = open == '{' ? '}' : ']';
	p->at++;
	return 0;
}

int json_pieces_next(struct json_pieces *p, struct str *ret_key, struct str *ret_value, uint32_t *ret_line, struct error *err)
{
	if (p->done)
		return 0;
	skip_space(p);
	if (p->started && p->at < p->text.n && p->text.p[p->at] == ',') {
		p->at++;
		skip_space(p);
	} else if (p->at < p->text.n && p->text.p[p->at] == p->close) {
		p->at++;
		p->done = true;
		return 0;
	} else if (p->started) {
		return error_set(err, ERR_FORMAT, "line %llu: expected ',' or '%c'", (unsigned long long)p->line, p->close);
	}
	p->started = true;
	*ret_key = STR_NONE;
	if (p->close == '}') {
		size_t start = p->at, end = value_end(p);
		if (start >= p->text.n || p->text.p[start] != '"' || end < start + 2)
			return error_set(err, ERR_FORMAT, "line %llu: expected a key", (unsigned long long)p->line);
		*ret_key = str_sub(p->text, start + 1, end - start - 2);
		p->at = end;
		skip_space(p);
		if (p->at >= p->text.n || p->text.p[p->at] != ':')
			return error_set(err, ERR_FORMAT, "line %llu: expected ':'", (unsigned long long)p->line);
		p->at++;
		skip_space(p);
	}
	size_t end = value_end(p);
	if (end <= p->at)
		return error_set(err, ERR_FORMAT, "line %llu: value without end", (unsigned long long)p->line);
	*ret_line = p->line > UINT32_MAX ? UINT32_MAX : (uint32_t)p->line;
	*ret_value = str_sub(p->text, p->at, end - p->at);
	for (struct str rest = *ret_value; rest.n;) {
		size_t nl = str_find_char(rest, '\n');
		if (nl == STR_NOT_FOUND)
			break;
		p->line++;
		rest = str_from(rest, nl + 1);
	}
	p->at = end;
	return 1;
}
