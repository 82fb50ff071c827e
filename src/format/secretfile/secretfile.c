#include "format/secretfile/secretfile.h"

struct reader {
	struct arena *arena;
	struct document *doc;
	struct error *err;
};

static int ATTR_PRINTF(3, 4) fail_at(struct reader *r, uint32_t pos, const char *fmt, ...)
{
	uint32_t line, col;
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	document_position(r->doc, pos, &line, &col);
	return error_set(r->err, ERR_FORMAT, "%.*s:%u: %s", STR_FMT(r->doc->name), line, text);
}

static int read_text(struct reader *r, const struct value_member *m, struct str *ret)
{
	if (m->value.kind != VALUE_STRING && m->value.kind != VALUE_NUMBER)
		return fail_at(r, m->value.pos, "\"%.*s\" must be a string", STR_FMT(m->key));
	*ret = value_text(&m->value);
	return 0;
}

static int read_texts(struct reader *r, const struct value_member *m, bool lower, struct str_vec *ret)
{
	if (m->value.kind != VALUE_ARRAY && m->value.kind != VALUE_NULL)
		return fail_at(r, m->value.pos, "\"%.*s\" must be a list of strings", STR_FMT(m->key));
	value_foreach(v, &m->value) {
		if (v->kind != VALUE_STRING && v->kind != VALUE_NUMBER)
			return fail_at(r, v->pos, "\"%.*s\" must be a list of strings", STR_FMT(m->key));
		struct str text = lower ? arena_lower(r->arena, value_text(v)) : value_text(v);
		if (!text.p || !vec_push(r->arena, ret, text))
			return error_nomem(r->err);
		if (ret->n > SECRETFILE_RULES_MAX)
			return error_set(r->err, ERR_LIMIT, "%.*s: more than %d entries in \"%.*s\"", STR_FMT(r->doc->name), SECRETFILE_RULES_MAX, STR_FMT(m->key));
	}
	return 0;
}

static int read_allow_rule(struct reader *r, const struct value *v, struct secretfile_allow *ret)
{
	if (v->kind != VALUE_OBJECT)
		return fail_at(r, v->pos, "an allow rule is a mapping with regex or path");
	value_foreach_member(m, v) {
		struct str ignored;
		struct str *to = str_eq(m->key, STR("id")) ? &ret->id : str_eq(m->key, STR("regex")) ? &ret->regex : str_eq(m->key, STR("path")) ? &ret->path :
				 str_eq(m->key, STR("description")) ? &ignored : NULL;
		int e = to ? read_text(r, m, to) : fail_at(r, m->key_pos, "unknown key \"%.*s\" (known: id, description, regex, path)", STR_FMT(m->key));
		if (e < 0)
			return e;
	}
	return ret->regex.n || ret->path.n ? 0 : fail_at(r, v->pos, "an allow rule needs regex or path");
}

static int read_allow_rules(struct reader *r, const struct value_member *m, struct secretfile_allow_vec *ret)
{
	if (m->value.kind != VALUE_ARRAY && m->value.kind != VALUE_NULL)
		return fail_at(r, m->value.pos, "\"%.*s\" must be a list of allow rules", STR_FMT(m->key));
	value_foreach(v, &m->value) {
		struct secretfile_allow *a = vec_add(r->arena, ret);
		int e = a ? read_allow_rule(r, v, a) : error_nomem(r->err);
		if (e == 0 && ret->n > SECRETFILE_RULES_MAX)
			e = error_set(r->err, ERR_LIMIT, "%.*s: more than %d allow rules", STR_FMT(r->doc->name), SECRETFILE_RULES_MAX);
		if (e < 0)
			return e;
	}
	return 0;
}

static int read_exclude_block(struct reader *r, const struct value_member *m, struct str_vec *ret)
{
	if (m->value.kind != VALUE_OBJECT)
		return fail_at(r, m->value.pos, "exclude-block is a mapping with regexes");
	value_foreach_member(k, &m->value) {
		int e = str_eq(k->key, STR("regexes")) ? read_texts(r, k, false, ret) :
			str_eq(k->key, STR("description")) ? 0 : fail_at(r, k->key_pos, "unknown key \"%.*s\" (known: description, regexes)", STR_FMT(k->key));
		if (e < 0)
			return e;
	}
	return 0;
}

static int read_rule_member(struct reader *r, const struct value_member *m, struct secretfile_rule *rule)
{
	static const struct {
		struct str key;
		size_t offset;
	} texts[] = {
		{ STR_INIT("id"), offsetof(struct secretfile_rule, id) }, { STR_INIT("category"), offsetof(struct secretfile_rule, category) },
		{ STR_INIT("title"), offsetof(struct secretfile_rule, title) }, { STR_INIT("regex"), offsetof(struct secretfile_rule, regex) },
		{ STR_INIT("path"), offsetof(struct secretfile_rule, path) }, { STR_INIT("secret-group-name"), offsetof(struct secretfile_rule, group) },
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_eq(m->key, texts[i].key))
			return read_text(r, m, (struct str *)(void *)((char *)rule + texts[i].offset));
	if (str_eq(m->key, STR("severity"))) {
		struct str text;
		int e = read_text(r, m, &text);
		if (e == 0 && severity_parse(text, &rule->severity) < 0)
			e = fail_at(r, m->value.pos, "severity \"%.*s\" (known: UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL)", STR_FMT(text));
		return e;
	}
	if (str_eq(m->key, STR("keywords")))
		return read_texts(r, m, true, &rule->keywords);
	if (str_eq(m->key, STR("allow-rules")))
		return read_allow_rules(r, m, &rule->allow);
	if (str_eq(m->key, STR("exclude-block")))
		return read_exclude_block(r, m, &rule->exclude);
	return fail_at(r, m->key_pos, "unknown key \"%.*s\" in a rule", STR_FMT(m->key));
}

static int read_rules(struct reader *r, const struct value_member *m, struct secretfile_rule_vec *ret)
{
	if (m->value.kind != VALUE_ARRAY && m->value.kind != VALUE_NULL)
		return fail_at(r, m->value.pos, "\"rules\" must be a list of rules");
	value_foreach(v, &m->value) {
		uint32_t col;
		struct secretfile_rule *rule = vec_add(r->arena, ret);
		if (!rule)
			return error_nomem(r->err);
		if (ret->n > SECRETFILE_RULES_MAX)
			return error_set(r->err, ERR_LIMIT, "%.*s: more than %d rules", STR_FMT(r->doc->name), SECRETFILE_RULES_MAX);
		if (v->kind != VALUE_OBJECT)
			return fail_at(r, v->pos, "a rule is a mapping with id and regex");
		document_position(r->doc, v->pos, &rule->line, &col);
		value_foreach_member(k, v) {
			int e = read_rule_member(r, k, rule);
			if (e < 0)
				return e;
		}
		if (!rule->id.n || !rule->regex.n)
			return fail_at(r, v->pos, "a rule needs id and regex");
	}
	return 0;
}

int secretfile_from_document(struct arena *a, struct document *doc, struct secretfile *ret, struct error *err)
{
	struct reader r = { .arena = a, .doc = doc, .err = err };
	struct secretfile f = { .name = doc->name };
	if (doc->root && doc->root->kind != VALUE_NULL && doc->root->kind != VALUE_OBJECT)
		return error_set(err, ERR_FORMAT, "%.*s: a secret configuration is a mapping (rules, allow-rules, disable-rules …)", STR_FMT(doc->name));
	value_foreach_member(m, doc->root) {
		int e;
		if (str_eq(m->key, STR("rules")))
			e = read_rules(&r, m, &f.rules);
		else if (str_eq(m->key, STR("allow-rules")))
			e = read_allow_rules(&r, m, &f.allow);
		else if (str_eq(m->key, STR("exclude-block")))
			e = read_exclude_block(&r, m, &f.exclude);
		else if (str_eq(m->key, STR("disable-rules")))
			e = read_texts(&r, m, false, &f.disable_rules);
		else if (str_eq(m->key, STR("disable-allow-rules")))
			e = read_texts(&r, m, false, &f.disable_allow_rules);
		else if (str_eq(m->key, STR("enable-builtin-rules")))
			e = read_texts(&r, m, false, &f.enable_builtin_rules);
		else
			e = fail_at(&r, m->key_pos, "unknown key \"%.*s\" (known: rules, allow-rules, exclude-block, disable-rules, disable-allow-rules, enable-builtin-rules)",
				    STR_FMT(m->key));
		if (e < 0)
			return e;
	}
	*ret = f;
	return 0;
}
