/* Options: one table per group, from which come parsing, the configuration file, the environment, --help, the man page and shell completion.
 *
 *   struct option = { name, short name, type, offset of its value in the command's struct, argument word, default, what it does }
 *   option_group  = a titled table and where its struct lies inside the command's
 *
 * A value may come from four places; a later one in this list wins: the default in the table, the configuration file, the environment
 * (BULKHEAD_ and the name in capitals, '-' as '_'; an empty variable is an unset one), the command line. Lists are given by comma or by
 * repetition; a list from a place that wins replaces the other, it is not joined to it. `--name value`, `--name=value`, `-n value`, `-nvalue`;
 * booleans `--name`, `--no-name`, `--name=false`; `--` ends the options.
 *
 * Every failure is ERR_USAGE with a text that names the place ("--severity", "BULKHEAD_SEVERITY", "bulkhead.yaml:3: severity"), what is wrong
 * and the nearest right spelling. Values are on the arena. No I/O: files and variables are handed in. */
#ifndef FRONT_OPTION_H
#define FRONT_OPTION_H
#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

enum option_type {
	OPTION_BOOL,     /* bool */
	OPTION_TEXT,     /* struct str */
	OPTION_LIST,     /* struct str_vec; with `choices` each item is one of them (any case; stored as the table spells it) */
	OPTION_CHOICE,   /* int: index in `choices` */
	OPTION_INT,      /* int64_t, min..max */
	OPTION_DURATION, /* uint64_t, milliseconds: "90s", "5m", "1h30m", a bare number is seconds */
};
enum option_flag {
	OPTION_SECRET = 1,       /* never shown in messages */
	OPTION_NO_FILE = 2,      /* not from the configuration file (--config itself, --help) */
	OPTION_NO_ENV = 4,
	OPTION_VALUE_OPTIONAL = 8, /* INT: may stand without a value, which then is `implied` */
	OPTION_FILE_ARG = 16,    /* completion offers files */
	OPTION_DIR_ARG = 32,     /* completion offers directories */
	OPTION_HIDDEN = 64,      /* works, but neither help nor completion tell of it */
};
struct option {
	const char *name;
	char short_name;   /* 0: none */
	const char *alias; /* another long name, a peer's; NULL: none */
	enum option_type type;
	size_t offset;
	const char *arg;           /* "FILE"; NULL for booleans */
	const char *default_text;  /* parsed like any other value; NULL: zero, empty */
	const char *shown_default; /* what help says the default is when it is computed; NULL: default_text */
	const char *const *choices; /* NULL-terminated */
	int64_t min, max;          /* INT; both 0: no limit */
	const char *implied;       /* OPTION_VALUE_OPTIONAL */
	unsigned flags;
	int (*check)(struct str value, struct error *err); /* further test of one value or item; may be NULL */
	const char *summary;        /* of a BOOL that is true by default: what --no-name does */
};
/* Offset of a member, with a compile-time check that its type is the one its option type needs. */
#define OPTION_AT(type, member, want)                                                                                       \
	(offsetof(type, member) +                                                                                           \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((type *)0)->member), want) ? 1 : -1]))

struct option_group {
	const char *title;
	const struct option *options;
	size_t count;
	size_t offset; /* of the group's struct inside the command's */
};

enum option_origin { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_ENV, ORIGIN_FLAG };
struct option_ref {
	const struct option *option;
	size_t offset; /* of the value in the command's struct */
	enum option_origin origin;
	bool negated;  /* as looked up: --no-name */
};
VEC_DECLARE(option_ref_vec, struct option_ref);
/* All options of one command with where each value came from. */
struct option_set {
	struct arena *arena;
	struct option_ref_vec refs;
	void *values;
};
void option_set_init(struct option_set *s, struct arena *a, void *values);
/* Adds a table; its defaults are stored in values (zeroed by the caller). */
int option_set_add(struct option_set *s, const struct option_group *group, struct error *err);
/* By long name ("severity", "no-cache" also as negation of "cache"), NULL when there is none. */
struct option_ref *option_find(struct option_set *s, struct str name, bool *ret_negated);
struct option_ref *option_find_short(struct option_set *s, char c);
/* Where a value came from, by name; ORIGIN_DEFAULT when the set has no such option. */
enum option_origin option_origin_of(const struct option_set *s, const char *name);
/* Stores a value unless a stronger origin already did. `where` opens the message of a failure. */
int option_store(struct option_set *s, struct option_ref *ref, struct str value, bool negated, enum option_origin origin, struct str where,
		 struct error *err);

/* One option given on the command line. */
struct option_use {
	struct option_ref *ref;
	struct str value;
	bool negated, has_value;
	struct str as_written; /* "--severity", "-s" */
};
VEC_DECLARE(option_use_vec, struct option_use);
/* Splits a command's arguments (without program and command name) into options and positional arguments; stores nothing. */
int options_read_args(struct option_set *s, const struct str *args, size_t n, struct option_use_vec *ret_uses, struct str_vec *ret_positional,
		      struct error *err);
int options_store_args(struct option_set *s, const struct option_use_vec *uses, struct error *err);
/* env: NULL-terminated "NAME=value". Names that begin with BULKHEAD_ and look like a mistyped option are told through `warn` (may be NULL). */
int options_store_env(struct option_set *s, char *const *env, void (*warn)(void *ctx, const char *text), void *ctx, struct error *err);
/* "BULKHEAD_IGNORE_UNFIXED" */
struct str option_env_name(struct arena *a, const struct option *o);

/* Conversions, also used by tests. 0 or ERR_USAGE. */
int option_parse_duration(struct str text, uint64_t *ret_ms, struct error *err);
int option_parse_bool(struct str text, bool *ret, struct error *err);
#endif
