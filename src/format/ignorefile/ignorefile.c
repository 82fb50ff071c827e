#include "format/ignorefile/ignorefile.h"
#include "base/date.h"

static struct ignore_rule *add_rule(struct arena *a, struct ignore_rule_vec *rules, const struct ignore_rule *rule, int *ret_code, struct error *err)
{
	if (rules->n >= IGNORE_RULES_MAX) {
		*ret_code = error_set(err, ERR_LIMIT, "more than %d ignore rules", IGNORE_RULES_MAX);
		return NULL;
	}
	struct ignore_rule *added = vec_push(a, rules, *rule);
	*ret_code = added ? 0 : error_nomem(err);
	return added;
}

/* CVE-2022-3996 exp:2026-12-31 the words behind are the reason   # as is a comment on the line */
static int plain_line(struct arena *a, struct str file, uint32_t line_number, struct str line, struct ignore_rule_vec *rules, struct diags *diags,
		      struct error *err)
{
	struct ignore_rule rule = { .file = file, .line = line_number };
	struct str words, comment, word;
	int r;
	str_cut(line, '#', &words, &comment);
	words = str_trim(words);
	if (!str_next_word(&words, &rule.id))
		return 0;
	words = str_trim(words);
	struct str after = words;
	while (str_next_word(&after, &word)) {
		if (str_strip_prefix(&word, STR("exp:"))) {
			if (date_to_days(word, &rule.until_day) < 0) {
				diag_add(diags, DIAG_WARNING, file, line_number, 0, "\"exp:%.*s\" is no date (exp:2026-12-31); the rule is not applied",
					 STR_FMT(word));
				return 0;
			}
			rule.until = str_sub(word, 0, 10);
			words = str_trim(after);
		}
	}
	rule.reason = words.n ? words : str_trim(comment);
	add_rule(a, rules, &rule, &r, err);
	return r;
}

int ignorefile_parse(struct arena *a, struct str file, struct str text, struct ignore_rule_vec *rules, struct diags *diags, struct error *err)
{
	struct str line;
	uint32_t number = 0;
	str_strip_prefix(&text, STR("\xef\xbb\xbf"));
	while (str_next_line(&text, &line)) {
		int r = plain_line(a, file, ++number, line, rules, diags, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The YAML form. */
struct reader {
	struct arena *arena;
	struct document *doc;
	struct ignore_rule_vec *rules;
	struct diags *diags;
	struct error *err;
};

static void ATTR_PRINTF(3, 4) warn_at(struct reader *r, uint32_t pos, const char *fmt, ...)
{
	uint32_t line, col;
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	document_position(r->doc, pos, &line, &col);
	diag_add(r->diags, DIAG_WARNING, r->doc->name, line, col, "%s; the rule is not applied", text);
}

/* One text or a list of texts. 0, 1 (warned: leave the rule out) or negative. */
static int read_texts(struct reader *r, const struct value_member *m, struct str_vec *ret)
{
	const struct value *list = &m->value, *one = list->kind == VALUE_ARRAY ? list->items : list;
	size_t n = list->kind == VALUE_ARRAY ? list->count : 1;
	for (size_t i = 0; i < n; i++) {
		if (one[i].kind != VALUE_STRING) {
			warn_at(r, one[i].pos, "\"%.*s\" must be a list of strings", STR_FMT(m->key));
			return 1;
		}
		struct str text = value_text(&one[i]);
		if (!vec_push(r->arena, ret, text))
			return error_nomem(r->err);
	}
	return 0;
}

static int read_purls(struct reader *r, const struct value_member *m, struct ignore_rule *rule)
{
	struct str_vec texts = { 0 };
	const struct str *text;
	int e = read_texts(r, m, &texts);
	if (e)
		return e;
	vec_foreach(text, &texts) {
		struct package_pattern purl = { 0 };
		struct error why = { 0 };
		e = package_pattern_parse(r->arena, *text, &purl, &why);
		if (e == ERR_NOMEM)
			return error_nomem(r->err);
		if (e < 0) {
			warn_at(r, m->key_pos, "\"%.*s\": %s", STR_FMT(*text), why.text);
			return 1;
		}
		if (!vec_push(r->arena, &rule->purls, purl))
			return error_nomem(r->err);
	}
	return 0;
}

static int read_member(struct reader *r, const struct value_member *m, struct ignore_rule *rule)
{
	struct str text = value_text(&m->value);
	if (str_eq(m->key, STR("id")))
		rule->id = text;
	else if (str_eq(m->key, STR("statement")))
		rule->reason = text;
	else if (str_eq(m->key, STR("paths")))
		return read_texts(r, m, &rule->paths);
	else if (str_eq(m->key, STR("purls")))
		return read_purls(r, m, rule);
	else if (str_eq(m->key, STR("expired_at"))) {
		if (date_to_days(text, &rule->until_day) < 0) {
			warn_at(r, m->value.pos, "expired_at: \"%.*s\" is no date (2026-12-31)", STR_FMT(text));
			return 1;
		}
		rule->until = str_sub(text, 0, 10);
	} else {
		warn_at(r, m->key_pos, "unknown key \"%.*s\" (known: id, paths, purls, expired_at, statement)", STR_FMT(m->key));
		return 1;
	}
	return 0;
}

static int read_rule(struct reader *r, const struct value *v, enum ignore_section section)
{
	struct ignore_rule rule = { .section = section, .file = r->doc->name };
	uint32_t col;
	int e = 0;
	if (v->kind != VALUE_OBJECT) {
		warn_at(r, v->pos, "a rule is a mapping with an id");
		return 0;
	}
	value_foreach_member(m, v) {
		e = read_member(r, m, &rule);
		if (e)
			return e < 0 ? e : 0;
	}
	if (!rule.id.n) {
		warn_at(r, v->pos, "a rule without an id");
		return 0;
	}
	document_position(r->doc, v->pos, &rule.line, &col);
	add_rule(r->arena, r->rules, &rule, &e, r->err);
	return e;
}

int ignorefile_from_document(struct arena *a, struct document *doc, struct ignore_rule_vec *rules, struct diags *diags, struct error *err)
{
	static const struct {
		struct str name;
		enum ignore_section section;
	} sections[] = {
		{ STR_INIT("vulnerabilities"), IGNORE_VULNERABILITIES }, { STR_INIT("misconfigurations"), IGNORE_MISCONFIGURATIONS },
		{ STR_INIT("secrets"), IGNORE_SECRETS }, { STR_INIT("licenses"), IGNORE_LICENSES },
	};
	struct reader r = { .arena = a, .doc = doc, .rules = rules, .diags = diags, .err = err };
	if (!doc->root || doc->root->kind == VALUE_NULL)
		return 0;
	if (doc->root->kind != VALUE_OBJECT)
		return error_set(err, ERR_FORMAT, "%.*s: an ignore file is a mapping with lists of rules (vulnerabilities, misconfigurations, secrets, licenses)",
				 STR_FMT(doc->name));
	value_foreach_member(m, doc->root) {
		size_t i = 0;
		while (i < ARRAY_LEN(sections) && !str_eq(m->key, sections[i].name))
			i++;
		if (i == ARRAY_LEN(sections) || (m->value.kind != VALUE_ARRAY && m->value.kind != VALUE_NULL)) {
			uint32_t line, col;
			document_position(doc, m->key_pos, &line, &col);
			return error_set(err, ERR_FORMAT, "%.*s:%u: %s \"%.*s\" (vulnerabilities, misconfigurations, secrets and licenses are lists of rules)",
					 STR_FMT(doc->name), line, i == ARRAY_LEN(sections) ? "unknown section" : "no list of rules in", STR_FMT(m->key));
		}
		value_foreach(v, &m->value) {
			int e = read_rule(&r, v, sections[i].section);
			if (e < 0)
				return e;
		}
	}
	return 0;
}
