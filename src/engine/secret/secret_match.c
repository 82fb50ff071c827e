#include "engine/secret/secret_internal.h"

#include <math.h>

#include "engine/secret/secret_rules.h"

#define MATCHES_PER_RULE 2000 /* in one part of a file */

/* ---- what is no secret ------------------------------------------------------------------------------------------- */

static double entropy_of(struct str s)
{
	unsigned count[256] = { 0 };
	double bits = 0;
	for (size_t i = 0; i < s.n; i++)
		count[(unsigned char)s.p[i]]++;
	for (size_t i = 0; i < ARRAY_LEN(count); i++)
		if (count[i])
			bits -= count[i] * log2((double)count[i] / (double)s.n);
	return s.n ? bits / (double)s.n : 0;
}

static bool contains_nocase(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++) {
		size_t k = 0;
		while (k < needle.n && char_lower(s.p[i + k]) == needle.p[k])
			k++;
		if (k == needle.n)
			return true;
	}
	return false;
}

/* What people write where a secret would stand. */
static bool is_placeholder(struct str secret)
{
	static const struct str words[] = {
		STR_INIT("example"), STR_INIT("changeme"), STR_INIT("change_me"), STR_INIT("change-me"), STR_INIT("placeholder"), STR_INIT("your_"), STR_INIT("your-"), STR_INIT("yourpass"),
		STR_INIT("redacted"), STR_INIT("dummy"), STR_INIT("sample"), STR_INIT("replaceme"), STR_INIT("replace_me"), STR_INIT("insert_"), STR_INIT("xxxxx"), STR_INIT("*****"), STR_INIT("....."),
		STR_INIT("0000000000"), STR_INIT("1111111111"), STR_INIT("1234567890"), STR_INIT("0123456789"), STR_INIT("abcdefghij"), STR_INIT("${"), STR_INIT("{{"), STR_INIT("$("),
		STR_INIT("%("), STR_INIT("<%"),
	};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (contains_nocase(str_sub(secret, 0, 4096), words[i]))
			return true;
	return false;
}

static bool matches(const struct secret_ruleset *set, const struct pattern *p, struct str text)
{
	struct pattern_span all;
	return p && set->patterns->find(p, text.n ? text.p : "", text.n, 0, &all, 1);
}

/* Expressions on paths were written for "a/b" in older versions of Trivy and for "/a/b" in newer ones. */
static bool path_matches(const struct secret_ruleset *set, const struct pattern *p, struct str path)
{
	char text[4200] = "/";
	if (matches(set, p, path))
		return true;
	size_t n = MIN_OF(path.n, sizeof(text) - 1);
	memcpy(text + 1, path.p, n);
	return matches(set, p, str_make(text, n + 1));
}

static bool is_allowed(const struct secret_ruleset *set, const struct secret_allow *rules, size_t n, struct str match)
{
	for (size_t i = 0; i < n; i++)
		if (matches(set, rules[i].regex, match))
			return true;
	return false;
}

static bool path_is_allowed(const struct secret_ruleset *set, const struct secret_allow *rules, size_t n, struct str path)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].path && path_matches(set, rules[i].path, path))
			return true;
	return false;
}

/* Inside what an exclude-block's expression finds. */
static bool is_excluded(const struct secret_ruleset *set, struct pattern *const *blocks, size_t count, struct str text, size_t from, size_t to)
{
	for (size_t i = 0; i < count; i++) {
		struct pattern_span block;
		for (size_t at = 0; at <= from && set->patterns->find(blocks[i], text.p, text.n, at, &block, 1) && block.from <= from; at = block.to > at ? block.to : at + 1)
			if (block.to >= to)
				return true;
	}
	return false;
}

/* ---- built-in rules ---------------------------------------------------------------------------------------------- */

static struct pattern *compile_builtin(const struct secret_ruleset *set, const char *regex, bool *failed)
{
	char why[256];
	struct pattern *p = regex ? set->patterns->compile(regex, strlen(regex), PATTERN_BYTES, why, sizeof(why)) : NULL;
	*failed |= regex && !p;
	return p;
}

/* NULL: no memory; the expressions themselves are known to be good (unit test). */
static const struct secret_exprs *exprs_of(struct secret_scanner *s, size_t rule)
{
	struct secret_exprs *e = &s->exprs[rule];
	bool failed = false;
	if (!e->tried) {
		e->regex = compile_builtin(s->set, secret_rules[rule].regex, &failed);
		e->path = compile_builtin(s->set, secret_rules[rule].path, &failed);
		e->allow = compile_builtin(s->set, secret_rules[rule].allow, &failed);
		e->tried = !failed;
	}
	return failed ? NULL : e;
}

static int add_place(struct arena *a, struct secret_place_vec *out, size_t from, size_t to, struct secret_about about, struct error *err)
{
	struct secret_place *p = vec_add(a, out);
	if (!p)
		return error_nomem(err);
	*p = (struct secret_place){ from, to, about };
	return 0;
}

static int run_builtin(struct secret_scanner *s, size_t index, struct arena *a, struct str path, struct str text, size_t until, struct secret_place_vec *out,
		       struct diags *diags, struct error *err)
{
	const struct secret_rule *rule = &secret_rules[index];
	const struct secret_ruleset *set = s->set;
	const struct secret_exprs *e = exprs_of(s, index);
	const struct secret_about about = { str_c(rule->id), str_c(rule->category), str_c(rule->title), rule->severity, rule->generic };
	struct pattern_span g[2];
	size_t count = 0;
	int r = 0;
	if (!e)
		return error_nomem(err);
	if (e->path && !matches(set, e->path, path))
		return 0;
	for (size_t at = 0; r == 0 && at < until && set->patterns->find(e->regex, text.p, text.n, at, g, 2) && g[0].from < until;) {
		/* Behind the secret, not behind what was looked at after it: the next one may begin there. */
		at = g[1].from == SIZE_MAX || g[1].to <= at ? MAX_OF(g[0].to, at + 1) : g[1].to;
		if (++count > MATCHES_PER_RULE) {
			diag_add(diags, DIAG_WARNING, STR_NONE, 0, 0, "secrets: more than %d places for rule %s; the later ones are not told", MATCHES_PER_RULE, rule->id);
			break;
		}
		if (g[1].from == SIZE_MAX || g[1].from == g[1].to)
			continue;
		struct str secret = str_sub(text, g[1].from, g[1].to - g[1].from);
		if ((rule->entropy > 0 && entropy_of(secret) < rule->entropy) || (set->allow_placeholders && is_placeholder(secret)) || matches(set, e->allow, secret) ||
		    is_allowed(set, set->allow, set->allow_count, str_sub(text, g[0].from, g[0].to - g[0].from)) ||
		    is_excluded(set, set->exclude, set->exclude_count, text, g[1].from, g[1].to))
			continue;
		r = add_place(a, out, g[1].from, g[1].to, about, err);
	}
	return r;
}

/* ---- rules of one's own ------------------------------------------------------------------------------------------ */

static bool has_keyword(const struct secretfile_rule *rule, struct str text)
{
	const struct str *word;
	vec_foreach(word, &rule->keywords)
		if (contains_nocase(text, *word))
			return true;
	return rule->keywords.n == 0;
}

static int run_user(struct secret_scanner *s, const struct secret_user_rule *rule, struct arena *a, struct str path, struct str text, size_t until,
		    struct secret_place_vec *out, struct diags *diags, struct error *err)
{
	const struct secret_ruleset *set = s->set;
	const struct secretfile_rule *d = rule->def;
	const struct secret_about about = { d->id, d->category, d->title.n ? d->title : d->id, d->severity, false };
	struct pattern_span g[PATTERN_GROUPS];
	size_t count = 0;
	int r = 0;
	if ((rule->path && !path_matches(set, rule->path, path)) || path_is_allowed(set, rule->allow, rule->allow_count, path) || !has_keyword(d, text))
		return 0;
	for (size_t at = 0; r == 0 && at < until && set->patterns->find(rule->regex, text.p, text.n, at, g, (size_t)rule->group + 1) && g[0].from < until;) {
		at = MAX_OF(g[0].to, at + 1);
		if (++count > MATCHES_PER_RULE) {
			diag_add(diags, DIAG_WARNING, STR_NONE, 0, 0, "secrets: more than %d places for rule %.*s; the later ones are not told", MATCHES_PER_RULE, STR_FMT(d->id));
			break;
		}
		struct str whole = str_sub(text, g[0].from, g[0].to - g[0].from);
		const struct pattern_span *found = &g[rule->group];
		if (found->from == SIZE_MAX || found->from == found->to || is_allowed(set, set->allow, set->allow_count, whole) ||
		    is_allowed(set, rule->allow, rule->allow_count, whole) || (set->allow_placeholders && contains_nocase(str_sub(whole, 0, 4096), STR("example"))) ||
		    is_excluded(set, set->exclude, set->exclude_count, text, found->from, found->to) ||
		    is_excluded(set, rule->exclude, rule->exclude_count, text, found->from, found->to))
			continue;
		r = add_place(a, out, found->from, found->to, about, err);
	}
	return r;
}

static int compare_places(const void *x, const void *y)
{
	const struct secret_place *a = x, *b = y;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return str_cmp(a->about.id, b->about.id);
}

int secret_find(struct secret_scanner *s, struct arena *a, struct str path, struct str text, size_t until, struct secret_place_vec *out, struct diags *diags,
		struct error *err)
{
	const struct secret_ruleset *set = s->set;
	int r = 0;
	if (!text.n || path_is_allowed(set, set->allow, set->allow_count, path))
		return 0;
	memset(s->hits, 0, set->hit_words * sizeof(s->hits[0]));
	if (set->patterns->secrets_scan(s->first_look, text.p, text.n, s->hits) < 0)
		return error_set(err, ERR_INTERNAL, "the search for secrets failed");
	if (matches(set, s->any_path, path))
		for (size_t i = 0; i < secret_rule_count; i++)
			if (secret_rules[i].path)
				s->hits[i / 64] |= UINT64_C(1) << i % 64;
	for (size_t w = 0; w < set->hit_words; w++)
		for (uint64_t left = s->hits[w]; left && r == 0; left &= left - 1) {
			size_t rule = w * 64 + (size_t)__builtin_ctzll(left);
			if (set->enabled[rule])
				r = run_builtin(s, rule, a, path, text, until, out, diags, err);
		}
	for (size_t i = 0; i < set->rule_count && r == 0; i++)
		r = run_user(s, &set->rules[i], a, path, text, until, out, diags, err);
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(out->v[0]), compare_places);
	return r;
}
