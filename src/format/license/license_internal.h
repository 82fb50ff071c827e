/* What the reader (expression.c) and the names (names.c) share. */
#ifndef FORMAT_LICENSE_INTERNAL_H
#define FORMAT_LICENSE_INTERNAL_H
#include "format/license/license_table.h"

/* What a name means: a row of the list, or (text set) an expression to be read. */
struct license_meaning {
	const struct license_row *row;
	const char *expression;
};
/* NULL: not known. *ret_plus: "or later" was said and the meaning does not say it itself. */
const struct license_meaning *license_lookup(const struct license_names *n, struct str text, bool *ret_plus);
const struct license_row *license_row_of(const struct license_names *n, struct str id);
/* Identifier of an exception by any of its names; empty: none. */
struct str license_exception(const struct license_names *n, struct str text);
#endif
