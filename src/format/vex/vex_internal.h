/* What the readers of the three formats share. */
#ifndef FORMAT_VEX_INTERNAL_H
#define FORMAT_VEX_INTERNAL_H
#include "format/vex/vex.h"

struct vex_reader {
	struct arena *a;
	struct document *doc;
	struct vex_document *out;
	struct diags *diags;
	struct error *err;
	size_t items; /* statements, products, parts so far */
};
/* Keeps the statement if it says something; else a warning at `at`. */
int vex_keep(struct vex_reader *r, const struct value *at, struct vex_statement *s);
void vex_warn(struct vex_reader *r, const struct value *at, const char *what);
/* Counts against VEX_MAX_ITEMS. */
int vex_count(struct vex_reader *r);
int vex_add_id(struct vex_reader *r, struct vex_statement *s, struct str id);
/* Of percent-encoded text; p NULL: no memory. */
struct str vex_decode(struct arena *a, struct str s);
int vex_add_ref(struct vex_reader *r, struct vex_ref_vec *list, struct str text);

int openvex_read(struct vex_reader *r);
int csaf_read(struct vex_reader *r);
int cyclonedx_vex_read(struct vex_reader *r);
#endif
