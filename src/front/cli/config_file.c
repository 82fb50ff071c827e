#include "front/cli/config_file.h"
#include "format/yaml/yaml.h"
#include "front/cli/suggest.h"

struct config {
	struct option_set *set;
	const struct command *command;
	struct document doc;
	struct error *err;
};

static uint32_t line_of(struct config *f, uint32_t pos)
{
	uint32_t line = 0, col;
	document_position(&f->doc, pos, &line, &col);
	return line;
}

/* Whether `path` ("", "db", "db update") names a command or the first word of one, and whether `command` lies below it. */
static bool is_section(struct str path)
{
	for (size_t i = 0; i < command_count; i++) {
		struct str name = str_c(commands[i]->name);
		if (str_has_prefix(name, path) && (name.n == path.n || name.p[path.n] == ' '))
			return true;
	}
	return false;
}

static bool covers(struct str path, const struct command *command)
{
	struct str name = str_c(command->name);
	return !path.n || (str_has_prefix(name, path) && (name.n == path.n || name.p[path.n] == ' '));
}

static bool option_of_any(struct str path, struct str key, struct suggestion *near)
{
	for (size_t i = 0; i < command_count; i++) {
		if (!covers(path, commands[i]))
			continue;
		const struct option_group *group;
		for (size_t g = 0; (group = command_group(commands[i], g)); g++) {
			for (size_t k = 0; k < group->count; k++) {
				const struct option *o = &group->options[k];
				struct str positive = key, name = str_c(o->name);
				bool negated = o->type == OPTION_BOOL && str_strip_prefix(&positive, STR("no-")) && str_eq(positive, name);
				if (o->flags & (OPTION_NO_FILE | OPTION_HIDDEN))
					continue;
				if (negated || str_eq(key, name) || (o->alias && str_eq_c(key, o->alias)))
					return true;
				suggest_offer(near, o->name);
			}
		}
	}
	return false;
}

static int store_member(struct config *f, struct str path, const struct value_member *m)
{
	struct suggestion near = { .word = m->key };
	bool negated;
	struct str where = arena_printf(f->set->arena, "%.*s:%u: %.*s%s%.*s", STR_FMT(f->doc.name), line_of(f, m->key_pos), STR_FMT(path), path.n ? ": " : "",
					STR_FMT(m->key));
	if (!where.p)
		return error_nomem(f->err);
	if (!option_of_any(path, m->key, &near)) {
		if (near.best)
			return error_set(f->err, ERR_USAGE, "%.*s: there is no such option; did you mean %s?", STR_FMT(where), near.best);
		return error_set(f->err, ERR_USAGE, "%.*s: there is no such option%s", STR_FMT(where), path.n ? " for this command" : "");
	}
	struct option_ref *ref = option_find(f->set, m->key, &negated);
	/* Known to another command, or said already where it counts more. */
	if (!ref || !covers(path, f->command) || ref->origin >= ORIGIN_FILE)
		return 0;
	const struct value *v = &m->value;
	const struct value *item = v->kind == VALUE_ARRAY ? v->items : v;
	size_t n = v->kind == VALUE_ARRAY ? v->count : 1;
	if (v->kind == VALUE_NULL)
		return 0;
	if (v->kind == VALUE_OBJECT || (v->kind == VALUE_ARRAY && ref->option->type != OPTION_LIST))
		return error_set(f->err, ERR_USAGE, "%.*s: %s", STR_FMT(where), ref->option->type == OPTION_LIST ? "a list is meant" : "one value is meant");
	for (size_t i = 0; i < n; i++) {
		struct str text = item[i].kind == VALUE_BOOL ? (item[i].boolean ? STR("true") : STR("false")) : value_text(&item[i]);
		if (item[i].kind == VALUE_OBJECT || item[i].kind == VALUE_ARRAY || item[i].kind == VALUE_NULL)
			return error_set(f->err, ERR_USAGE, "%.*s: a list of plain values is meant", STR_FMT(where));
		int r = option_store(f->set, ref, text, negated, ORIGIN_FILE, where, f->err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Deeper sections first: what stands nearer to the command wins. */
static int store_section(struct config *f, struct str path, const struct value *section)
{
	value_foreach_member(m, section) {
		if (m->value.kind != VALUE_OBJECT)
			continue;
		struct str below = arena_printf(f->set->arena, "%.*s%s%.*s", STR_FMT(path), path.n ? " " : "", STR_FMT(m->key));
		struct suggestion near = { .word = m->key };
		if (!below.p)
			return error_nomem(f->err);
		if (!is_section(below)) {
			for (size_t i = 0; i < command_count && !path.n; i++)
				suggest_offer(&near, commands[i]->name);
			return error_set(f->err, ERR_USAGE, "%.*s:%u: there is no command \"%.*s\"%s%s%s", STR_FMT(f->doc.name), line_of(f, m->key_pos), STR_FMT(below),
					 near.best ? "; did you mean " : "", near.best ? near.best : "", near.best ? "?" : "");
		}
		int r = store_section(f, below, &m->value);
		if (r < 0)
			return r;
	}
	value_foreach_member(m, section) {
		int r = m->value.kind == VALUE_OBJECT ? 0 : store_member(f, path, m);
		if (r < 0)
			return r;
	}
	return 0;
}

int config_store(struct option_set *set, const struct command *command, struct str name, struct str text, struct error *err)
{
	struct config f = { .set = set, .command = command, .err = err };
	struct yaml_options opt = { .name = name, .report_duplicates = true, .max_depth = 20, .max_nodes = 100000 };
	struct diags diags;
	diags_init(&diags, set->arena);
	int r = yaml_parse(set->arena, text, &opt, &f.doc, &diags, err);
	if (r < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(name));
	if (diags.list.n) {
		struct str why = diags.list.v[0].text;
		str_strip_suffix(&why, STR("; the last one counts")); /* not here: which of two severities is meant is not guessed */
		return error_set(err, ERR_USAGE, "%.*s:%u: %.*s", STR_FMT(name), diags.list.v[0].line, STR_FMT(why));
	}
	if (!f.doc.root || f.doc.root->kind == VALUE_NULL)
		return 0;
	if (f.doc.root->kind != VALUE_OBJECT)
		return error_set(err, ERR_USAGE, "%.*s: a configuration file is a mapping of option names to values", STR_FMT(name));
	return store_section(&f, STR(""), f.doc.root);
}
