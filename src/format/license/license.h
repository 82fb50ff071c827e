/* Licences as packages write them -> SPDX expressions.
 *
 *   "GPLv2+ and (MIT/X11 or ASL 2.0)"  ──license_read──>  AND(GPL-2.0-or-later, OR(MIT, Apache-2.0))  ──license_text──>
 *   "GPL-2.0-or-later AND (MIT OR Apache-2.0)"
 *
 * The reader is lenient: operators in any case, "/" "|" for OR, "," "&" ";" for AND, names of several words, "or later" in its many forms, remarks in
 * parentheses. What no row of data/licenses.tsv knows stays as a term that is not known; nothing makes it fail but a lack of memory. license_check is the
 * strict reader: SPDX 2.3, annex D (ISO/IEC 5962), operators in capitals, as documents carry them.
 * Precedence: WITH, AND, OR; ", and" and ", or" bind weakest (Debian's copyright format 1.0).
 * Limits: a text of LICENSE_TEXT_MAX bytes, LICENSE_TERMS_MAX terms, LICENSE_DEPTH_MAX parentheses; what is larger is one unknown term.
 * Names are hashed once (license_names_init, about 0.2 ms) and read-only then: threads may share them. Expressions live on the caller's arena; terms borrow
 * their texts from the tables or from that arena. */
#ifndef FORMAT_LICENSE_H
#define FORMAT_LICENSE_H
#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"

#define LICENSE_TEXT_MAX  4096u
#define LICENSE_TERMS_MAX 256u
#define LICENSE_DEPTH_MAX 24u

/* What a licence asks for: the categories of Google's licenseclassifier, from harmless to unusable. */
enum license_category {
	LICENSE_UNKNOWN, LICENSE_UNENCUMBERED, LICENSE_PERMISSIVE, LICENSE_NOTICE, LICENSE_RECIPROCAL, LICENSE_RESTRICTED, LICENSE_FORBIDDEN, LICENSE_CATEGORY_COUNT
};
/* "forbidden" … */
const char *license_category_name(enum license_category c);

enum license_op { LICENSE_TERM, LICENSE_AND, LICENSE_OR };
struct license_expr {
	enum license_op op;
	/* LICENSE_TERM */
	struct str id;        /* as SPDX writes it, or "LicenseRef-…"; empty: not known */
	struct str exception; /* behind WITH; empty: none */
	struct str written;   /* what stood there, cleaned; of terms that are not known */
	bool plus;            /* "+": or any later version (where the identifier itself does not say it) */
	bool odd_exception;   /* the exception is in no list */
	enum license_category category;
	/* LICENSE_AND, LICENSE_OR: two or more */
	const struct license_expr **items;
	size_t n;
};

struct license_names {
	struct arena *arena;
	struct map by_key;     /* folded text -> struct license_meaning */
	struct map by_id;      /* lower-case identifier -> struct license_row */
	struct map exceptions; /* folded text -> identifier */
};
int license_names_init(struct license_names *n, struct arena *a, struct error *err);

/* 0 or ERR_NOMEM. *ret is never NULL on success. */
int license_read(const struct license_names *n, struct arena *a, struct str text, const struct license_expr **ret, struct error *err);
/* An expression that SPDX documents may carry, identifiers of the list (any case) or LicenseRef-/DocumentRef- ones: 0, or ERR_FORMAT and where, ERR_LIMIT, ERR_NOMEM. */
int license_check(const struct license_names *n, struct arena *a, struct str text, const struct license_expr **ret, struct error *err);

/* Every term is known. */
bool license_is_known(const struct license_expr *e);
/* As SPDX writes it; terms that are not known become LicenseRef-… . p NULL: no memory. */
struct str license_text(struct arena *a, const struct license_expr *e);
/* For people: terms that are not known stay as written. */
struct str license_shown(struct arena *a, const struct license_expr *e);
/* Canonical identifier for one of any case; empty when the list has none. */
struct str license_id(const struct license_names *n, struct str id);

/* A text's key in the tables (names.c), for tests: lower-case words without noise; *ret_plus: "or later" stood at its end. `buf` of LICENSE_KEY_MAX bytes; empty when
 * the text is too long to be a name. */
#define LICENSE_KEY_MAX 160
struct str license_fold(struct str text, char *buf, bool *ret_plus);
#endif
