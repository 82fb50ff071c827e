/* VEX documents: OpenVEX 0.2.0, CSAF 2.0 (profile VEX, also security advisories) and CycloneDX 1.4-1.6 with vulnerability analysis, read into struct vex_document;
 * OpenVEX written. The format is told by content.
 *
 *   json_parse ──> document ──vex_read──> struct vex_document ──engine/judge──> suppressed findings          vex_write_openvex ──> bytes
 *
 * A statement that can't be understood (unknown status, no vulnerability, no product) is left out with a warning (file and line) and never suppresses. A
 * product that is no purl is kept as a name.
 *   CSAF       products by product_id through branches, full_product_names and relationships; known_not_affected, fixed (and first_fixed), known_affected
 *              (and last_affected), under_investigation; flags are justifications, threats of category impact the detail
 *   CycloneDX  affects[].ref is a bom-ref of the document, a BOM-Link ("urn:cdx:…#ref") or a purl; states not_affected and false_positive, resolved and
 *              resolved_with_pedigree (fixed), exploitable, in_triage
 * Errors: ERR_FORMAT (none of the three), ERR_LIMIT (more than VEX_MAX_ITEMS statements or products, branches deeper than VEX_MAX_DEPTH), ERR_NOMEM. Strings are views into the
 * document's source or on the arena. Linear time.
 * Specifications: OpenVEX 0.2.0; OASIS CSAF 2.0, sections 3.2.2, 3.2.3 and 4.5; CycloneDX 1.6 (ECMA-424), vulnerabilities. */
#ifndef FORMAT_VEX_H
#define FORMAT_VEX_H
#include "base/buf.h"
#include "base/diag.h"
#include "base/value.h"
#include "model/vex.h"

#define VEX_MAX_ITEMS 1000000u
#define VEX_MAX_DEPTH 64u

int vex_read(struct arena *a, struct document *doc, struct vex_document *ret, struct diags *diags, struct error *err);
/* Classifies a product's or component's name. ERR_NOMEM. */
int vex_ref_parse(struct arena *a, struct str text, struct vex_ref *ret, struct error *err);
/* OpenVEX 0.2.0, indented by two. Products are written by their first name. old: NULL, or an OpenVEX document that `doc`'s statements are added to: all it has
 * stays, its version goes up by one and last_updated becomes doc->time. ERR_LIMIT when the buffer is full. */
int vex_write_openvex(const struct vex_document *doc, const struct value *old, struct buf *out, struct error *err);
#endif
