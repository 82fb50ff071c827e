#include "front/cli/option.h"
#include "front/cli/suggest.h"

#include <inttypes.h>

void option_set_init(struct option_set *s, struct arena *a, void *values)
{
	*s = (struct option_set){ .arena = a, .values = values };
}

int option_set_add(struct option_set *s, const struct option_group *group, struct error *err)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct option *o = &group->options[i];
		struct option_ref ref = { .option = o, .offset = group->offset + o->offset };
		if (!vec_push(s->arena, &s->refs, ref))
			return error_nomem(err);
		int r = o->default_text ? option_store(s, &s->refs.v[s->refs.n - 1], str_c(o->default_text), false, ORIGIN_DEFAULT, str_c(o->name), err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

struct option_ref *option_find(struct option_set *s, struct str name, bool *ret_negated)
{
	struct str positive = name;
	bool negated = str_strip_prefix(&positive, STR("no-"));
	for (size_t i = 0; i < s->refs.n; i++) {
		const struct option *o = s->refs.v[i].option;
		if (str_eq_c(name, o->name) || (o->alias && str_eq_c(name, o->alias))) {
			*ret_negated = false;
			return &s->refs.v[i];
		}
		/* An option whose own name begins with "no-" is negated by leaving that away. */
		struct str own = str_c(o->name);
		if (o->type == OPTION_BOOL &&
		    ((negated && str_eq(positive, own)) || (str_strip_prefix(&own, STR("no-")) && str_eq(name, own)))) {
			*ret_negated = true;
			return &s->refs.v[i];
		}
	}
	return NULL;
}

struct option_ref *option_find_short(struct option_set *s, char c)
{
	for (size_t i = 0; i < s->refs.n; i++)
		if (s->refs.v[i].option->short_name == c && c)
			return &s->refs.v[i];
	return NULL;
}

enum option_origin option_origin_of(const struct option_set *s, const char *name)
{
	for (size_t i = 0; i < s->refs.n; i++)
		if (strcmp(s->refs.v[i].option->name, name) == 0)
			return s->refs.v[i].origin;
	return ORIGIN_DEFAULT;
}

int option_parse_bool(struct str text, bool *ret, struct error *err)
{
	static const char *const yes[] = { "true", "yes", "on", "1" }, *const no[] = { "false", "no", "off", "0" };
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (str_eq_nocase(text, str_c(yes[i])) || str_eq_nocase(text, str_c(no[i]))) {
			*ret = str_eq_nocase(text, str_c(yes[i]));
			return 0;
		}
	}
	return error_set(err, ERR_USAGE, "\"%.*s\" is neither true nor false", STR_FMT(text));
}

int option_parse_duration(struct str text, uint64_t *ret_ms, struct error *err)
{
	static const struct {
		struct str name;
		uint64_t ms;
	} units[] = { { STR_INIT("ms"), 1 }, { STR_INIT("s"), 1000 }, { STR_INIT("m"), 60000 }, { STR_INIT("h"), 3600000 }, { STR_INIT("d"), 86400000 } };
	uint64_t total = 0;
	struct str rest = text;
	if (!text.n)
		return error_set(err, ERR_USAGE, "a duration is missing, such as 90s, 5m or 1h30m");
	while (rest.n) {
		size_t digits = 0, unit = 0;
		while (digits < rest.n && (char_is_digit(rest.p[digits]) || rest.p[digits] == '.'))
			digits++;
		while (digits + unit < rest.n && char_is_alpha(rest.p[digits + unit]))
			unit++;
		double number;
		struct str word = str_sub(rest, digits, unit);
		uint64_t ms = digits == text.n ? 1000 : 0;
		for (size_t i = 0; i < ARRAY_LEN(units); i++)
			if (str_eq(word, units[i].name))
				ms = units[i].ms;
		if (!digits || !ms || str_to_double(str_sub(rest, 0, digits), &number) < 0)
			return error_set(err, ERR_USAGE, "\"%.*s\" is no duration, such as 90s, 5m or 1h30m", STR_FMT(text));
		if (number * (double)ms > 1e15)
			return error_set(err, ERR_USAGE, "\"%.*s\" is too long", STR_FMT(text));
		total += (uint64_t)(number * (double)ms + 0.5);
		rest = str_from(rest, digits + unit);
	}
	*ret_ms = total;
	return 0;
}

static int find_choice(const struct option *o, struct str value, size_t *ret, struct error *err)
{
	struct suggestion near = { .word = value };
	char list[512];
	size_t n = 0;
	for (size_t i = 0; o->choices[i]; i++) {
		if (str_eq_nocase(value, str_c(o->choices[i]))) {
			*ret = i;
			return 0;
		}
		suggest_offer(&near, o->choices[i]);
		int added = snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", o->choices[i]);
		if (added > 0 && n + (size_t)added < sizeof(list))
			n += (size_t)added;
	}
	int r = typography_name(value, err);
	if (r < 0)
		return r;
	return error_set(err, ERR_USAGE, "\"%.*s\" is none of %.*s%s%s%s", STR_FMT(value), (int)n, list, near.best ? "; did you mean " : "",
			 near.best ? near.best : "", near.best ? "?" : "");
}

static int store_list(struct option_set *s, const struct option *o, struct str_vec *list, struct str value, struct error *err)
{
	struct str item;
	size_t before = list->n;
	bool more = true;
	while (more) {
		more = str_cut(value, ',', &item, &value);
		item = str_trim(item);
		if (!item.n)
			continue;
		size_t choice;
		int r = o->choices ? find_choice(o, item, &choice, err) : o->check ? o->check(item, err) : 0;
		if (r < 0)
			return r;
		item = o->choices ? str_c(o->choices[choice]) : arena_str(s->arena, item);
		if (!item.p || !vec_push(s->arena, list, item))
			return error_nomem(err);
	}
	/* `--fail-on "$GATES"` with an unset variable must not be a scan without a gate. */
	return list->n > before ? 0 : error_set(err, ERR_USAGE, "the list is empty");
}

static int store_value(struct option_set *s, const struct option *o, char *at, struct str value, bool negated, struct error *err)
{
	size_t choice;
	int64_t number;
	bool truth = true;
	int r;
	switch (o->type) {
	case OPTION_BOOL:
		r = value.p ? option_parse_bool(value, &truth, err) : 0;
		if (r == 0)
			*(bool *)at = truth != negated;
		return r;
	case OPTION_TEXT:
		/* `--db "$DB"` with an unset variable must not judge by another database; only a password may be empty. */
		if (!value.n && !(o->flags & OPTION_SECRET))
			return error_set(err, ERR_USAGE, "the value is empty");
		r = o->check ? o->check(value, err) : 0;
		if (r < 0)
			return r;
		value = arena_str(s->arena, value);
		if (!value.p)
			return error_nomem(err);
		*(struct str *)(void *)at = value;
		return 0;
	case OPTION_LIST:
		return store_list(s, o, (struct str_vec *)(void *)at, value, err);
	case OPTION_CHOICE:
		r = find_choice(o, value, &choice, err);
		if (r == 0)
			*(int *)(void *)at = (int)choice;
		return r;
	case OPTION_INT:
		if (str_to_i64(value, &number) < 0)
			return error_set(err, ERR_USAGE, "\"%.*s\" is no whole number", STR_FMT(value));
		if ((o->min || o->max) && (number < o->min || number > o->max))
			return error_set(err, ERR_USAGE, "%" PRId64 " is not between %" PRId64 " and %" PRId64, number, o->min, o->max);
		*(int64_t *)(void *)at = number;
		return 0;
	case OPTION_DURATION:
		return option_parse_duration(value, (uint64_t *)(void *)at, err);
	}
	return error_set(err, ERR_INTERNAL, "option of an unknown type");
}

int option_store(struct option_set *s, struct option_ref *ref, struct str value, bool negated, enum option_origin origin, struct str where,
		 struct error *err)
{
	const struct option *o = ref->option;
	char *at = (char *)s->values + ref->offset;
	if (ref->origin > origin)
		return 0;
	if (o->type == OPTION_LIST && ref->origin < origin)
		*(struct str_vec *)(void *)at = (struct str_vec){ 0 };
	int r = store_value(s, o, at, value, negated, err);
	if (r == ERR_USAGE && (o->flags & OPTION_SECRET))
		return error_set(err, ERR_USAGE, "%.*s: its value can't be used", STR_FMT(where));
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(where));
	ref->origin = origin;
	return 0;
}

struct str option_env_name(struct arena *a, const struct option *o)
{
	struct str name = arena_printf(a, "BULKHEAD_%s", o->name);
	char *p = name.p ? arena_cstr(a, name) : NULL;
	for (size_t i = 0; p && i < name.n; i++)
		p[i] = p[i] == '-' ? '_' : (char)(p[i] >= 'a' && p[i] <= 'z' ? p[i] - 32 : p[i]);
	return (struct str){ p, p ? name.n : 0 };
}

/* BULKHEAD_SEVERTY: most likely meant for us. Names further away belong to others (test harnesses, wrappers). */
static void warn_unknown_env(struct option_set *s, struct str name, void (*warn)(void *ctx, const char *text), void *ctx)
{
	struct suggestion near = { .word = name };
	char text[256];
	for (size_t i = 0; i < s->refs.n; i++)
		suggest_offer(&near, s->refs.v[i].option->name);
	if (!near.best || near.distance > 2 || !warn)
		return;
	snprintf(text, sizeof(text), "the variable BULKHEAD_%.*s is no option", STR_FMT(name));
	struct arena a;
	arena_init(&a, 65536);
	for (size_t i = 0; i < s->refs.n; i++)
		if (s->refs.v[i].option->name == near.best)
			snprintf(text, sizeof(text), "the variable BULKHEAD_%.*s is no option; did you mean %.*s?", STR_FMT(name),
				 STR_FMT(option_env_name(&a, s->refs.v[i].option)));
	arena_release(&a);
	warn(ctx, text);
}

int options_store_env(struct option_set *s, char *const *env, void (*warn)(void *ctx, const char *text), void *ctx, struct error *err)
{
	static const struct str prefix = STR_INIT("BULKHEAD_");
	for (size_t i = 0; env && env[i]; i++) {
		struct str value, full;
		bool negated;
		if (!str_has_prefix(str_c(env[i]), prefix) || !str_cut(str_c(env[i]), '=', &full, &value) || !value.n)
			continue;
		struct str name = str_from(full, prefix.n);
		char *spelled = arena_cstr(s->arena, name);
		if (!spelled)
			return error_nomem(err);
		for (size_t j = 0; j < name.n; j++)
			spelled[j] = spelled[j] == '_' ? '-' : spelled[j] == '-' ? '_' : (char)(char_lower(spelled[j]));
		struct option_ref *ref = option_find(s, str_c(spelled), &negated);
		if (!ref || (ref->option->flags & OPTION_NO_ENV)) {
			warn_unknown_env(s, name, warn, ctx);
			continue;
		}
		int r = option_store(s, ref, value, negated, ORIGIN_ENV, full, err);
		if (r < 0)
			return r;
	}
	return 0;
}
