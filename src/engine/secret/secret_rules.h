/* The built-in rules for secrets: one table, made by the build from data/secrets.rules (data/secrets.py). Read-only, strings NUL-terminated.
 * The order is the order of the file; a rule's index is its number in the database that is compiled ahead (data/mksecrets.c), and secret_rules_hash
 * says which table such a database was made of. */
#ifndef ENGINE_SECRET_RULES_H
#define ENGINE_SECRET_RULES_H
#include "model/severity.h"

struct secret_rule {
	const char *id, *category, *title;
	enum severity severity;
	float entropy;     /* bits a byte that the secret has at least; 0: any */
	bool generic;      /* a guess by a setting's name: gives way to other rules */
	const char *regex; /* RE2; group 1 is the secret */
	const char *first; /* vectorscan; finds at least what regex finds */
	const char *path;  /* RE2 on the file's path, or NULL; with it there is no first look: the path is one */
	const char *allow; /* RE2 on the secret: no finding; or NULL */
};
extern const struct secret_rule secret_rules[];
extern const size_t secret_rule_count;
extern const uint64_t secret_rules_hash;
#endif
