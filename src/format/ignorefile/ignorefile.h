/* Ignore files: findings that somebody has looked at and accepted. Two forms, both Trivy's:
 *
 *   plain   one rule a line: `CVE-2022-3996 exp:2026-12-31 why it is acceptable`; '#' opens a comment, the words behind the id (or the
 *           comment on its line) are the reason
 *   YAML    vulnerabilities, misconfigurations, secrets, licenses: lists of {id, paths, purls, expired_at, statement}; all given ones must agree
 *
 * "AVD-DS-0002" and "DS-0002" name the same check (engine/judge). A rule stops at the beginning of its day (UTC), as Trivy's. What can't be understood is named as a warning (file and line) and NOT applied: a mistyped
 * rule shows its finding instead of hiding it. Strings are on the arena or borrowed from the text / the tree. At most IGNORE_RULES_MAX rules.
 * Cost: linear. Specification: trivy.dev, "Filtering", .trivyignore and .trivyignore.yaml. */
#ifndef FORMAT_IGNOREFILE_H
#define FORMAT_IGNOREFILE_H
#include "base/diag.h"
#include "base/error.h"
#include "base/value.h"
#include "model/package_pattern.h"

#define IGNORE_RULES_MAX 100000

enum ignore_section { IGNORE_ANY, IGNORE_VULNERABILITIES, IGNORE_MISCONFIGURATIONS, IGNORE_SECRETS, IGNORE_LICENSES };
struct ignore_rule {
	enum ignore_section section;
	struct str id;
	struct str_vec paths; /* globs; any of them; none: every place */
	struct package_pattern_vec purls; /* any of them; none: every package */
	struct str reason;
	struct str until;     /* YYYY-MM-DD or "" */
	int64_t until_day;    /* days since 1970; 0: for good */
	struct str file;
	uint32_t line;
	bool expired;         /* filled by who applies it (engine/judge) */
	size_t hits;          /* as above */
};
VEC_DECLARE(ignore_rule_vec, struct ignore_rule);

/* Append the file's rules. ERR_NOMEM, ERR_LIMIT; the YAML form also ERR_FORMAT when the document is no mapping of lists. */
int ignorefile_parse(struct arena *a, struct str file, struct str text, struct ignore_rule_vec *rules, struct diags *diags, struct error *err);
int ignorefile_from_document(struct arena *a, struct document *doc, struct ignore_rule_vec *rules, struct diags *diags, struct error *err);
#endif
