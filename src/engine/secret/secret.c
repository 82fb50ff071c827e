#include "engine/secret/secret.h"

#include "engine/secret/secret_internal.h"
#include "engine/secret/secret_rules.h"

#define LOOKED_AT 300u /* bytes at the beginning that must look like text */

/* ---- rules -------------------------------------------------------------------------------------------------------- */

static bool is_listed(const struct str_vec *list, struct str id)
{
	const struct str *s;
	vec_foreach(s, list)
		if (str_eq(*s, id))
			return true;
	return false;
}

static void mix(struct secret_ruleset *set, struct str s)
{
	uint64_t pair[2] = { set->fingerprint, str_hash(s) };
	set->fingerprint = str_hash(str_make((const char *)pair, sizeof(pair)));
}

/* An empty text is no expression: *ret stays NULL. */
static int compile(struct secret_ruleset *set, struct str regex, struct str id, struct pattern **ret, struct error *err)
{
	char why[256] = "";
	mix(set, regex);
	if (!regex.n)
		return 0;
	if (set->owned_count == set->owned_max)
		return error_set(err, ERR_INTERNAL, "more expressions than were counted");
	*ret = set->patterns->compile(regex.p, regex.n, PATTERN_BYTES, why, sizeof(why));
	if (!*ret)
		return error_set(err, ERR_FORMAT, "%.*s: rule %.*s: %s", STR_FMT(set->config->name), STR_FMT(id), why);
	set->owned[set->owned_count++] = *ret;
	return 0;
}

static int compile_allow(struct secret_ruleset *set, const struct secretfile_allow_vec *from, struct secret_allow **ret, size_t *ret_n, struct error *err)
{
	*ret = arena_new_array(set->arena, struct secret_allow, from->n + 1);
	if (!*ret)
		return error_nomem(err);
	for (size_t i = 0; i < from->n; i++) {
		struct secret_allow *a = &(*ret)[*ret_n];
		a->id = from->v[i].id;
		if (is_listed(&set->config->disable_allow_rules, a->id))
			continue;
		int r = compile(set, from->v[i].regex, a->id, &a->regex, err);
		if (r == 0)
			r = compile(set, from->v[i].path, a->id, &a->path, err);
		if (r < 0)
			return r;
		++*ret_n;
	}
	return 0;
}

static int compile_list(struct secret_ruleset *set, const struct str_vec *from, struct str id, struct pattern ***ret, size_t *ret_n, struct error *err)
{
	*ret = arena_new_array(set->arena, struct pattern *, from->n + 1);
	if (!*ret)
		return error_nomem(err);
	for (size_t i = 0; i < from->n; i++) {
		int r = compile(set, from->v[i], id, &(*ret)[*ret_n], err);
		if (r < 0)
			return r;
		*ret_n += (*ret)[*ret_n] != NULL;
	}
	return 0;
}

static int compile_rule(struct secret_ruleset *set, const struct secretfile_rule *def, struct secret_user_rule *rule, struct error *err)
{
	const struct str *word;
	rule->def = def;
	mix(set, def->id);
	mix(set, def->category);
	mix(set, def->title);
	mix(set, def->group);
	mix(set, str_c(severity_name(def->severity)));
	vec_foreach(word, &def->keywords)
		mix(set, *word);
	int r = compile(set, def->regex, def->id, &rule->regex, err);
	if (r == 0)
		r = compile(set, def->path, def->id, &rule->path, err);
	if (r == 0 && def->group.n) {
		rule->group = set->patterns->group_named(rule->regex, def->group.p, def->group.n);
		if (rule->group < 0 || rule->group >= PATTERN_GROUPS)
			r = error_set(err, ERR_FORMAT, "%.*s:%u: rule %.*s: its expression has no group \"%.*s\"", STR_FMT(set->config->name), def->line,
				      STR_FMT(def->id), STR_FMT(def->group));
	}
	if (r == 0)
		r = compile_allow(set, &def->allow, &rule->allow, &rule->allow_count, err);
	return r == 0 ? compile_list(set, &def->exclude, def->id, &rule->exclude, &rule->exclude_count, err) : r;
}

static int check_ids(const struct secretfile *c, struct error *err)
{
	const struct str_vec *lists[] = { &c->enable_builtin_rules, &c->disable_rules };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct str *id;
		vec_foreach(id, lists[i]) {
			bool known = false;
			for (size_t k = 0; k < secret_rule_count && !known; k++)
				known = str_eq_c(*id, secret_rules[k].id);
			for (size_t k = 0; k < c->rules.n && !known && i; k++)
				known = str_eq(*id, c->rules.v[k].id);
			if (!known)
				return error_set(err, ERR_FORMAT, "%.*s: %s: there is no %srule \"%.*s\"", STR_FMT(c->name), i ? "disable-rules" : "enable-builtin-rules",
						 i ? "" : "built-in ", STR_FMT(*id));
		}
	}
	return 0;
}

static int add_config(struct secret_ruleset *set, const struct secretfile *c, struct error *err)
{
	const struct str *id;
	int r = check_ids(c, err);
	if (r < 0)
		return r;
	set->config = c;
	set->owned_max = 2 * c->allow.n + c->exclude.n;
	for (size_t i = 0; i < c->rules.n; i++)
		set->owned_max += 2 + 2 * c->rules.v[i].allow.n + c->rules.v[i].exclude.n;
	set->owned = arena_new_array(set->arena, struct pattern *, set->owned_max + 1);
	set->rules = arena_new_array(set->arena, struct secret_user_rule, c->rules.n + 1);
	if (!set->owned || !set->rules)
		return error_nomem(err);
	for (size_t i = 0; i < secret_rule_count; i++) {
		struct str name = str_c(secret_rules[i].id);
		set->enabled[i] = (!c->enable_builtin_rules.n || is_listed(&c->enable_builtin_rules, name)) && !is_listed(&c->disable_rules, name);
		if (!set->enabled[i])
			mix(set, name);
	}
	for (size_t i = 0; i < c->rules.n && r == 0; i++)
		if (!is_listed(&c->disable_rules, c->rules.v[i].id))
			r = compile_rule(set, &c->rules.v[i], &set->rules[set->rule_count++], err);
	if (r == 0)
		r = compile_allow(set, &c->allow, &set->allow, &set->allow_count, err);
	if (r == 0)
		r = compile_list(set, &c->exclude, STR("exclude-block"), &set->exclude, &set->exclude_count, err);
	vec_foreach(id, &c->disable_allow_rules) {
		set->allow_placeholders &= !str_eq(*id, STR("examples"));
		mix(set, *id);
	}
	return r;
}

int secret_ruleset_open(struct arena *a, const struct patterns *patterns, const struct secretfile *config, struct secret_ruleset **ret, struct error *err)
{
	struct secret_ruleset *set = arena_new(a, struct secret_ruleset);
	const char *why = NULL;
	if (!set)
		return error_nomem(err);
	*set = (struct secret_ruleset){ .arena = a, .patterns = patterns, .allow_placeholders = true, .hit_words = (secret_rule_count + 63) / 64 };
	set->fingerprint = secret_rules_hash;
	set->enabled = arena_new_array(a, bool, secret_rule_count + 1);
	if (!set->enabled)
		return error_nomem(err);
	memset(set->enabled, true, secret_rule_count);
	/* Makes the database ready in this process, for all that are forked from it. */
	struct pattern_scan *first = patterns->secrets_begin(secret_rules_hash, secret_rule_count, &why);
	if (!first)
		return error_set(err, ERR_UNSUPPORTED, "secrets: %s", why);
	patterns->secrets_end(first);
	int r = config ? add_config(set, config, err) : 0;
	if (r < 0) {
		secret_ruleset_close(set);
		return r;
	}
	*ret = set;
	return 0;
}

void secret_ruleset_close(struct secret_ruleset *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->owned_count; i++)
		set->patterns->free(set->owned[i]);
	set->owned_count = 0;
}

uint64_t secret_ruleset_fingerprint(const struct secret_ruleset *set)
{
	return set->fingerprint;
}

/* ---- scanning ----------------------------------------------------------------------------------------------------- */

static struct pattern *compile_any_path(const struct secret_ruleset *set)
{
	struct buf all;
	char why[256];
	buf_init(&all, 1 << 20);
	for (size_t i = 0; i < secret_rule_count; i++)
		if (secret_rules[i].path)
			buf_addf(&all, "%s(?:%s)", all.n ? "|" : "", secret_rules[i].path);
	struct pattern *p = buf_failed(&all) ? NULL : set->patterns->compile(all.p, all.n, PATTERN_BYTES, why, sizeof(why));
	buf_release(&all);
	return p;
}

struct secret_scanner *secret_scanner_new(const struct secret_ruleset *set)
{
	const char *why;
	struct secret_scanner *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->set = set;
	s->exprs = calloc(secret_rule_count, sizeof(*s->exprs));
	s->hits = calloc(set->hit_words, sizeof(*s->hits));
	s->first_look = set->patterns->secrets_begin(secret_rules_hash, secret_rule_count, &why);
	s->any_path = compile_any_path(set);
	if (s->exprs && s->hits && s->first_look && s->any_path)
		return s;
	secret_scanner_free(s);
	return NULL;
}

void secret_scanner_free(struct secret_scanner *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < secret_rule_count && s->exprs; i++) {
		s->set->patterns->free(s->exprs[i].regex);
		s->set->patterns->free(s->exprs[i].path);
		s->set->patterns->free(s->exprs[i].allow);
	}
	if (s->first_look)
		s->set->patterns->secrets_end(s->first_look);
	s->set->patterns->free(s->any_path);
	free(s->exprs);
	free(s->hits);
	free(s->part);
	free(s);
}

static uint32_t count_lines(struct str text)
{
	uint32_t n = 0;
	for (const char *p = text.p, *end = text.p + text.n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

/* Where the next part begins: at a line's beginning when there is one, so far before the end that what begins earlier is whole in this part. */
static size_t next_part(struct str text)
{
	size_t at = text.n - SECRET_OVERLAP_BYTES;
	const char *nl = memrchr(text.p + at / 2, '\n', at - at / 2);
	return nl ? (size_t)(nl - text.p) + 1 : at;
}

static int scan_part(struct secret_scanner *s, struct arena *a, struct str path, struct str text, size_t until, uint32_t line, struct observation_vec *out,
		     struct diags *diags, struct error *err)
{
	struct secret_place_vec places = { 0 };
	int r = secret_find(s, a, path, text, until, &places, diags, err);
	return r == 0 ? secret_tell(a, text, line, &places, out, err) : r;
}

int secret_scan_text(struct secret_scanner *s, struct arena *a, struct str path, struct str text, struct observation_vec *out, struct str_vec *secrets,
		     struct diags *diags, struct error *err)
{
	struct secret_place_vec places = { 0 };
	int r = secret_find(s, a, path, text, text.n, &places, diags, err);
	for (size_t i = 0; i < places.n && r == 0 && secrets; i++)
		if (!vec_push(a, secrets, str_sub(text, places.v[i].from, places.v[i].to - places.v[i].from)))
			r = error_nomem(err);
	return r == 0 ? secret_tell(a, text, 1, &places, out, err) : r;
}

int secret_scan(struct secret_scanner *s, struct arena *a, const struct input *in, struct observation_vec *out, struct diags *diags, struct error *err)
{
	uint64_t at = 0;
	uint32_t line = 1;
	int r = 0;
	while (at < in->size && r == 0) {
		struct str text = { NULL, (size_t)MIN_OF(in->size - at, (uint64_t)SECRET_PART_BYTES) };
		if (in->data) {
			text.p = in->data + at;
		} else {
			if (!s->part && !(s->part = malloc(SECRET_PART_BYTES)))
				return error_nomem(err);
			if ((r = input_read(in, s->part, text.n, at, err)) < 0)
				return r;
			text.p = s->part;
		}
		if (!at && !secret_sniff((const unsigned char *)text.p, MIN_OF(text.n, (size_t)LOOKED_AT)))
			return 0;
		bool last = at + text.n == in->size;
		size_t next = last ? text.n : next_part(text);
		r = scan_part(s, a, in->name, text, next, line, out, diags, err);
		line += last ? 0 : count_lines(str_sub(text, 0, next));
		at += next;
	}
	if (r == 0 && out->n >= SECRETS_PER_FILE)
		diag_add(diags, DIAG_WARNING, STR_NONE, 0, 0, "secrets: only the first %d are told", SECRETS_PER_FILE);
	return r;
}
