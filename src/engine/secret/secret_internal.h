/* What the files of this folder share: a rule ready to run, a place where it found something, and the two halves of a scan. */
#ifndef ENGINE_SECRET_INTERNAL_H
#define ENGINE_SECRET_INTERNAL_H
#include "base/buf.h"
#include "engine/secret/secret.h"

/* A rule of either kind. Expressions of built-in rules are compiled by each scanner when first needed, those of one's own rules once. */
struct secret_exprs {
	struct pattern *regex, *path, *allow;
	bool tried;
};
struct secret_allow {
	struct str id;
	struct pattern *regex, *path; /* either may be NULL */
};
struct secret_user_rule {
	const struct secretfile_rule *def;
	struct pattern *regex, *path;
	int group;
	struct secret_allow *allow;
	size_t allow_count;
	struct pattern **exclude;
	size_t exclude_count;
};
struct secret_ruleset {
	struct arena *arena;
	const struct patterns *patterns;
	const struct secretfile *config;
	bool *enabled;      /* by built-in rule */
	size_t hit_words;
	struct secret_user_rule *rules;
	size_t rule_count;
	struct secret_allow *allow;
	size_t allow_count;
	struct pattern **exclude;
	size_t exclude_count;
	bool allow_placeholders; /* the built-in allow rule "examples" */
	struct pattern **owned; /* all compiled expressions, to be freed */
	size_t owned_count, owned_max;
	uint64_t fingerprint;
};

/* What is told of a rule, of either kind. */
struct secret_about {
	struct str id, category, title;
	enum severity severity;
	bool generic;
};
/* A secret in the text: bytes [from, to). */
struct secret_place {
	size_t from, to;
	struct secret_about about;
};
VEC_DECLARE(secret_place_vec, struct secret_place);

struct secret_scanner {
	const struct secret_ruleset *set;
	struct pattern_scan *first_look;
	struct secret_exprs *exprs; /* by built-in rule */
	uint64_t *hits;
	struct pattern *any_path;   /* the paths of all built-in rules for certain files */
	char *part;                 /* SECRET_PART_BYTES, on first use */
};

/* secret_match.c: all secrets of the text that begin before `until`, sorted by place, those that overlap included. */
int secret_find(struct secret_scanner *s, struct arena *a, struct str path, struct str text, size_t until, struct secret_place_vec *out, struct diags *diags,
		struct error *err);
#define STARS "********" /* of one length, which tells nothing of the secret's */
/* secret_redact.c: the places that count of those that overlap -> observations. first_line: of the text in its file. */
int secret_tell(struct arena *a, struct str text, uint32_t first_line, const struct secret_place_vec *places, struct observation_vec *out, struct error *err);
#endif
