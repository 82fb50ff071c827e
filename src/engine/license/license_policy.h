/* What a licence expression is worth: its category, and what a policy (allowed and denied licences) says of it. Pure functions on format/license.
 *
 *   OR takes the better side, AND the worse one: who gets "MIT OR GPL-3.0-only" chooses MIT, who gets "MIT AND GPL-3.0-only" is bound by both.
 *
 * Among categories the order is unencumbered, permissive, notice, [not known,] reciprocal, restricted, forbidden: an unknown part of an AND does not hide a known
 * bad one, and does not pass for a good one. An OR is not known only when no side is.
 * A policy's items are identifiers, whole terms ("GPL-3.0-only WITH GCC-exception-3.1"), names as packages write them ("GPLv3+"), globs ("GPL-*", "CC-BY-NC*") and names of
 * categories ("restricted"). An item without an exception also covers the same licence with one; one with it goes before those without.
 * Read-only once made. Cost of judging: terms × items. */
#ifndef ENGINE_LICENSE_POLICY_H
#define ENGINE_LICENSE_POLICY_H
#include "format/license/license.h"
#include "model/severity.h"

enum license_verdict {
	LICENSE_ALLOWED,     /* the list of allowed ones covers it */
	LICENSE_NO_RULE,     /* no list says anything */
	LICENSE_NOT_ALLOWED, /* there is a list of allowed ones, and it is not on it */
	LICENSE_DENIED,
};
struct license_rule {
	struct str text;  /* lower-case identifier, "id with exception" or glob */
	enum license_category category;
	bool is_category, is_glob;
};
VEC_DECLARE(license_rule_vec, struct license_rule);
struct license_policy {
	struct license_rule_vec allow, deny;
};
/* Errors: ERR_USAGE for an item that is an expression of several licences or empty; ERR_NOMEM. */
int license_policy_make(struct arena *a, const struct license_names *names, const struct str_vec *allow, const struct str_vec *deny, struct license_policy *ret,
			struct error *err);
enum license_verdict license_policy_judge(const struct license_policy *p, const struct license_expr *e);
enum license_category license_category_of(const struct license_expr *e);
/* Of a category without a policy: forbidden CRITICAL, restricted HIGH, reciprocal MEDIUM, notice and better LOW, unknown UNKNOWN. With one: denied CRITICAL, not allowed
 * HIGH, allowed LOW. */
enum severity license_severity(enum license_category c, enum license_verdict v);
#endif
