/* SPDX licence identifiers and expressions that a document may carry: is this text one? The rows of data/licenses.tsv, licences and exceptions, also those
 * that are deprecated ("GPL-2.0+"), because expressions with them remain valid; without the rows that are withheld, because validators in use don't know them.
 * Nothing is interpreted: whether "GPLv2" means GPL-2.0-only is license.h's to say.
 * Pure functions on views; no allocation, no recursion; a look-up is a binary search.
 * Specification: SPDX 2.3 annex D (grammar; operators in upper case) and the SPDX licence list. */
#ifndef FORMAT_SPDX_LICENSE_H
#define FORMAT_SPDX_LICENSE_H
#include "base/str.h"

/* The identifier as the list spells it, whatever the case of the text ("apache-2.0"); NULL: none. */
const char *spdx_license_id(struct str text);
const char *spdx_exception_id(struct str text);
/* Letters, digits, '-' and '.', at least one. */
bool spdx_is_idstring(struct str s);
/* "LicenseRef-" and an idstring. */
bool spdx_is_license_ref(struct str token);
/* A whole expression, of known identifiers in the list's own spelling and of LicenseRefs of the same document. */
bool spdx_is_expression(struct str text);
/* Tokens of a text: parentheses and words. */
bool spdx_expression_next(struct str *rest, struct str *ret_token);
#endif
