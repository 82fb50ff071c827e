/* The tables behind license.h, made at build time from data/licenses.tsv. Rows of licences and exceptions are sorted by identifier without regard to case. */
#ifndef FORMAT_LICENSE_TABLE_H
#define FORMAT_LICENSE_TABLE_H
#include "format/license/license.h"

struct license_row {
	const char *id, *name;
	const char *replaced; /* expression that took a deprecated identifier's place; NULL */
	enum license_category category;
	bool withheld; /* documents don't carry the identifier */
};
struct license_exception_row {
	const char *id, *name;
	bool withheld;
};
/* What packages write -> expression; "WITH X" names an exception. */
struct license_name_row {
	const char *text, *expression;
};
extern const struct license_row license_rows[];
extern const size_t license_row_count;
extern const struct license_exception_row license_exception_rows[];
extern const size_t license_exception_row_count;
extern const struct license_name_row license_name_rows[];
extern const size_t license_name_row_count;
#endif
