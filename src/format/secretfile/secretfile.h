/* The rule file of --secret-config, in Trivy's form: rules and allow rules of one's own beside the built-in ones.
 *
 *   rules:                 [ { id, category, title, severity, regex, keywords, path, allow-rules, exclude-block, secret-group-name } ]
 *   allow-rules:           [ { id, description, regex, path } ]
 *   disable-rules, disable-allow-rules, enable-builtin-rules: [ id ]
 *   exclude-block:         { regexes: [ … ] }
 *
 * Expressions are RE2's (Go's); they are compiled by who uses them. A file that cannot be understood whole is refused (ERR_FORMAT with file and line):
 * a rule that is passed over would be a secret that is passed over. ERR_LIMIT above SECRETFILE_RULES_MAX, ERR_NOMEM. Strings are borrowed from the tree or on
 * the arena. Specification: trivy.dev, "Secret Scanning", Configuration. */
#ifndef FORMAT_SECRETFILE_H
#define FORMAT_SECRETFILE_H
#include "base/value.h"
#include "model/severity.h"

#define SECRETFILE_RULES_MAX 1000

struct secretfile_allow {
	struct str id, regex, path; /* regex, path: may be empty, not both */
};
VEC_DECLARE(secretfile_allow_vec, struct secretfile_allow);
struct secretfile_rule {
	struct str id, category, title, regex, path, group;
	enum severity severity;
	uint32_t line;
	struct str_vec keywords; /* lower case; any of them must be in the file; none: no condition */
	struct secretfile_allow_vec allow;
	struct str_vec exclude;  /* expressions: what lies inside such a block is no finding */
};
VEC_DECLARE(secretfile_rule_vec, struct secretfile_rule);
struct secretfile {
	struct str name;
	struct secretfile_rule_vec rules;
	struct secretfile_allow_vec allow;
	struct str_vec exclude;
	struct str_vec disable_rules, disable_allow_rules, enable_builtin_rules;
};
int secretfile_from_document(struct arena *a, struct document *doc, struct secretfile *ret, struct error *err);
#endif
