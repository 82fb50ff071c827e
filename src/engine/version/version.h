/* Version orders of every ecosystem, and whether a version lies in an advisory's ranges. Pure functions, no allocation beyond the
 * stack; versions longer than VERSION_TEXT_MAX are compared as bytes, after all
 * others: who judges by the order looks at the length first (engine/matching makes a finding of it). The order's specification is named in each file (deb.c, rpm.c …). */
#ifndef ENGINE_VERSION_H
#define ENGINE_VERSION_H
#include "base/error.h"
#include "model/advisory.h"
#include "model/package.h"

#define VERSION_TEXT_MAX 1024

/* < 0, 0, > 0. Never fails: text that the ecosystem would refuse sorts by a documented fallback (see version_is_valid). */
int version_compare(enum version_scheme scheme, struct str a, struct str b);
/* Whether the ecosystem's own tools accept the text as a version. */
bool version_is_valid(enum version_scheme scheme, struct str v);
/* Whether v is a pre-release in its scheme (semver "-rc.1", PEP 440 a/b/rc/dev, Maven alpha/beta/milestone/rc/snapshot …). */
bool version_is_prerelease(enum version_scheme scheme, struct str v);

/* Whether an advisory's ranges or its explicit list hold v. */
bool version_in_range(enum version_scheme scheme, struct str v, const struct advisory_range *range);
bool version_affected(enum version_scheme scheme, struct str v, const struct advisory *adv);

/* Parses an ecosystem's constraint text into affected ranges (union): ">= 1.2, < 2.0 || = 3.1" (trivy.db, npm), "~> 1.2.3" (RubyGems; pessimistic),
 * "^1.2" (npm, Cargo, composer), "==1.0,!=1.1" is refused with ERR_UNSUPPORTED where it has no interval form.
 * Ranges (strings are views into text or on the arena) are appended. 0 or ERR_FORMAT / ERR_UNSUPPORTED / ERR_NOMEM. */
int version_parse_constraint(struct arena *a, enum version_scheme scheme, struct str text, struct advisory_range_vec *out, struct error *err);
/* Complement: ranges that together hold exactly the versions that `in` does not hold (RubySec states what is NOT affected). */
int version_complement(struct arena *a, enum version_scheme scheme, const struct advisory_range_vec *in, struct advisory_range_vec *out, struct error *err);
#endif
