#include "engine/license/license_policy.h"

static int add_rule(struct arena *a, const struct license_names *names, struct str item, struct license_rule_vec *out, struct error *err)
{
	struct license_rule rule = { 0 };
	const struct license_expr *e;
	item = str_trim(item);
	for (int c = LICENSE_UNKNOWN; c < LICENSE_CATEGORY_COUNT; c++)
		if (str_eq_nocase(item, str_c(license_category_name((enum license_category)c))))
			rule = (struct license_rule){ .category = (enum license_category)c, .is_category = true, .text = STR("") };
	if (!item.n)
		return error_set(err, ERR_USAGE, "an empty licence in a list");
	if (!rule.is_category && str_find_char(item, '*') != STR_NOT_FOUND) {
		rule.is_glob = true;
		rule.text = arena_lower(a, item);
	} else if (!rule.is_category) {
		int r = license_read(names, a, item, &e, err);
		if (r < 0)
			return r;
		if (e->op != LICENSE_TERM)
			return error_set(err, ERR_USAGE, "\"%.*s\" is an expression of several licences: list them one by one", STR_FMT(item));
		struct str text = license_shown(a, e);
		rule.text = text.p ? arena_lower(a, text) : STR_NONE;
	}
	return rule.text.p && vec_push(a, out, rule) ? 0 : error_nomem(err);
}

int license_policy_make(struct arena *a, const struct license_names *names, const struct str_vec *allow, const struct str_vec *deny, struct license_policy *ret,
			struct error *err)
{
	struct license_policy p = { 0 };
	int r = 0;
	for (size_t i = 0; i < allow->n && r == 0; i++)
		r = add_rule(a, names, allow->v[i], &p.allow, err);
	for (size_t i = 0; i < deny->n && r == 0; i++)
		r = add_rule(a, names, deny->v[i], &p.deny, err);
	if (r == 0)
		*ret = p;
	return r;
}

#define TERM_MAX 512

/* The term's text in lower case; without its exception when `base`. */
static struct str term_key(const struct license_expr *e, bool base, char buf[TERM_MAX])
{
	struct str name = e->id.n ? e->id : e->written;
	int n = snprintf(buf, TERM_MAX, "%.*s%s%s%.*s", STR_FMT(name), e->plus ? "+" : "", !base && e->exception.n ? " with " : "", STR_FMT(base ? STR_NONE : e->exception));
	size_t len = (size_t)MAX_OF(0, MIN_OF(n, TERM_MAX - 1));
	for (size_t i = 0; i < len; i++)
		buf[i] = char_lower(buf[i]);
	return str_make(buf, len);
}

static bool covers(const struct license_rule *rule, struct str key, enum license_category c)
{
	return rule->is_category ? rule->category == c : rule->is_glob ? str_glob(rule->text, key) : str_eq(rule->text, key);
}

/* 2: by its whole text, exception and all; 1: by the licence alone or its category; 0: not. */
static int match(const struct license_rule_vec *rules, const struct license_expr *e)
{
	char whole[TERM_MAX], base[TERM_MAX];
	struct str w = term_key(e, false, whole), b = term_key(e, true, base);
	const struct license_rule *rule;
	int best = 0;
	vec_foreach(rule, rules) {
		if (!rule->is_category && !rule->is_glob && e->exception.n && covers(rule, w, e->category))
			return 2;
		if (covers(rule, b, e->category) || covers(rule, w, e->category))
			best = 1;
	}
	return best;
}

static enum license_verdict judge_term(const struct license_policy *p, const struct license_expr *e)
{
	int allowed = match(&p->allow, e), denied = match(&p->deny, e);
	if (denied && allowed <= denied)
		return LICENSE_DENIED;
	return allowed ? LICENSE_ALLOWED : p->allow.n ? LICENSE_NOT_ALLOWED : LICENSE_NO_RULE;
}

enum license_verdict license_policy_judge(const struct license_policy *p, const struct license_expr *e)
{
	if (e->op == LICENSE_TERM)
		return judge_term(p, e);
	enum license_verdict all = license_policy_judge(p, e->items[0]);
	for (size_t i = 1; i < e->n; i++) {
		enum license_verdict v = license_policy_judge(p, e->items[i]);
		all = e->op == LICENSE_AND ? MAX_OF(all, v) : MIN_OF(all, v);
	}
	return all;
}

/* Place of a category in the order of AND: larger is worse. */
static unsigned badness(enum license_category c)
{
	static const uint8_t order[LICENSE_CATEGORY_COUNT] = {
		[LICENSE_UNENCUMBERED] = 0, [LICENSE_PERMISSIVE] = 1, [LICENSE_NOTICE] = 2, [LICENSE_UNKNOWN] = 3, [LICENSE_RECIPROCAL] = 4, [LICENSE_RESTRICTED] = 5,
		[LICENSE_FORBIDDEN] = 6,
	};
	return order[c];
}

enum license_category license_category_of(const struct license_expr *e)
{
	if (e->op == LICENSE_TERM)
		return e->category;
	enum license_category all = license_category_of(e->items[0]);
	for (size_t i = 1; i < e->n; i++) {
		enum license_category c = license_category_of(e->items[i]);
		bool better = c != LICENSE_UNKNOWN && (all == LICENSE_UNKNOWN || badness(c) < badness(all));
		if (e->op == LICENSE_OR ? better : badness(c) > badness(all))
			all = c;
	}
	return all;
}

enum severity license_severity(enum license_category c, enum license_verdict v)
{
	static const enum severity severities[LICENSE_CATEGORY_COUNT] = {
		[LICENSE_UNKNOWN] = SEVERITY_UNKNOWN, [LICENSE_UNENCUMBERED] = SEVERITY_LOW, [LICENSE_PERMISSIVE] = SEVERITY_LOW, [LICENSE_NOTICE] = SEVERITY_LOW,
		[LICENSE_RECIPROCAL] = SEVERITY_MEDIUM, [LICENSE_RESTRICTED] = SEVERITY_HIGH, [LICENSE_FORBIDDEN] = SEVERITY_CRITICAL,
	};
	return v == LICENSE_DENIED ? SEVERITY_CRITICAL : v == LICENSE_NOT_ALLOWED ? SEVERITY_HIGH : v == LICENSE_ALLOWED ? SEVERITY_LOW : severities[c];
}
