#include "front/cli/option.h"
#include "front/cli/suggest.h"

struct reader {
	struct option_set *set;
	const struct str *args;
	size_t n, at;
	struct option_use_vec *uses;
};

static int unknown_option(const struct option_set *s, struct str written, struct str name, struct error *err)
{
	struct suggestion near = { .word = name };
	struct str positive = name;
	bool negated = str_strip_prefix(&positive, STR("no-"));
	for (size_t i = 0; i < s->refs.n; i++)
		suggest_offer(&near, s->refs.v[i].option->name);
	if (near.best)
		return error_set(err, ERR_USAGE, "there is no option %.*s; did you mean --%s?", STR_FMT(written), near.best);
	near = (struct suggestion){ .word = positive };
	for (size_t i = 0; negated && i < s->refs.n; i++)
		if (s->refs.v[i].option->type == OPTION_BOOL)
			suggest_offer(&near, s->refs.v[i].option->name);
	if (near.best)
		return error_set(err, ERR_USAGE, "there is no option %.*s; did you mean --no-%s?", STR_FMT(written), near.best);
	return error_set(err, ERR_USAGE, "there is no option %.*s", STR_FMT(written));
}

static bool is_number(struct str s)
{
	uint64_t n;
	return str_to_u64(s, &n) == 0;
}

/* Completes a use with its value: what stands after '=' (or sticks to the short name), else the next word. */
static int take_value(struct reader *r, struct option_use *use, struct str attached, struct error *err)
{
	const struct option *o = use->ref->option;
	use->value = attached;
	use->has_value = attached.p != NULL;
	if (o->type == OPTION_BOOL && !use->has_value)
		return vec_push(r->set->arena, r->uses, *use) ? 0 : error_nomem(err);
	if (o->type == OPTION_BOOL && use->negated)
		return error_set(err, ERR_USAGE, "%.*s takes no value", STR_FMT(use->as_written));
	bool optional = o->flags & OPTION_VALUE_OPTIONAL;
	if (!use->has_value && optional && !(r->at < r->n && is_number(r->args[r->at]))) {
		use->value = str_c(o->implied);
		use->has_value = true;
	}
	if (!use->has_value) {
		if (r->at >= r->n)
			return error_set(err, ERR_USAGE, "%.*s needs a value: %s", STR_FMT(use->as_written), o->arg);
		/* `--output --quiet` is a value that was forgotten far more often than a file of that name; `--output=--quiet` still works. */
		struct str next = r->args[r->at];
		bool secret = o->flags & OPTION_SECRET;
		if (next.n > 1 && next.p[0] == '-' && !char_is_digit(next.p[1]) && !secret)
			return error_set(err, ERR_USAGE, "%.*s needs a value (%s), and \"%.*s\" looks like the next option; if it is meant, write %.*s=%.*s",
					 STR_FMT(use->as_written), o->arg, STR_FMT(next), STR_FMT(use->as_written), STR_FMT(next));
		use->value = r->args[r->at++];
		use->has_value = true;
	}
	int e = o->flags & OPTION_SECRET ? 0 : typography_check(use->value, err);
	if (e < 0)
		return error_wrap(err, e, "%.*s", STR_FMT(use->as_written));
	return vec_push(r->set->arena, r->uses, *use) ? 0 : error_nomem(err);
}

static int read_long(struct reader *r, struct str word, struct error *err)
{
	struct str name, value = STR_NONE, written;
	bool has_value = str_cut(str_from(word, 2), '=', &name, &value);
	if (has_value && !value.p)
		value = STR("");
	written = str_sub(word, 0, name.n + 2);
	struct option_use use = { .as_written = written };
	use.ref = option_find(r->set, name, &use.negated);
	if (!use.ref)
		return unknown_option(r->set, written, name, err);
	return take_value(r, &use, has_value ? value : STR_NONE, err);
}

/* -q, -qd, -fjson, -f json. */
static int read_short(struct reader *r, struct str word, struct error *err)
{
	struct str long_name, rest;
	bool negated;
	str_cut(str_from(word, 1), '=', &long_name, &rest);
	if (long_name.n > 2 && option_find(r->set, long_name, &negated))
		return error_set(err, ERR_USAGE, "-%.*s: long options begin with two dashes: --%.*s", STR_FMT(long_name), STR_FMT(str_from(word, 1)));
	for (size_t i = 1; i < word.n; i++) {
		struct option_use use = { .as_written = arena_printf(r->set->arena, "-%c", word.p[i]) };
		use.ref = option_find_short(r->set, word.p[i]);
		if (!use.as_written.p)
			return error_nomem(err);
		if (!use.ref)
			return unknown_option(r->set, i == 1 ? word : use.as_written, long_name, err);
		struct str attached = str_from(word, i + 1);
		bool flag = use.ref->option->type == OPTION_BOOL;
		if (!flag)
			str_strip_prefix(&attached, STR("="));
		int e = take_value(r, &use, flag || !attached.n ? STR_NONE : attached, err);
		if (e < 0 || !flag)
			return e;
	}
	return 0;
}

int options_read_args(struct option_set *s, const struct str *args, size_t n, struct option_use_vec *ret_uses, struct str_vec *ret_positional,
		      struct error *err)
{
	struct reader r = { .set = s, .args = args, .n = n, .uses = ret_uses };
	bool options_end = false;
	while (r.at < n) {
		struct str word = args[r.at++];
		int e = 0;
		if (!options_end && str_eq(word, STR("--"))) {
			options_end = true;
			continue;
		}
		if (!options_end && (e = typography_check(word, err)) < 0)
			return e;
		if (options_end || word.n < 2 || word.p[0] != '-')
			e = vec_push(s->arena, ret_positional, word) ? 0 : error_nomem(err);
		else
			e = word.p[1] == '-' ? read_long(&r, word, err) : read_short(&r, word, err);
		if (e < 0)
			return e;
	}
	return 0;
}

int options_store_args(struct option_set *s, const struct option_use_vec *uses, struct error *err)
{
	const struct option_use *use;
	vec_foreach(use, uses) {
		int r = option_store(s, use->ref, use->has_value ? use->value : STR_NONE, use->negated, ORIGIN_FLAG, use->as_written, err);
		if (r < 0)
			return r;
	}
	return 0;
}
