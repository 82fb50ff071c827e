/* SPDX: 2.3 as JSON and tag-value (read: 2.2 and 2.3), 3.0.1 as JSON-LD (read: 3.0), from any maker.
 *
 *   text ──spdx_read_json | _tag_value | _jsonld──> struct sbom ──spdx_write_json | _tag_value | _jsonld──> text
 *
 * Everything that struct sbom says comes back from all three. What SPDX has a field for goes there: name, versionInfo, supplier, package URL and CPEs as
 * external references, checksums, licences (an SPDX expression; other texts as LicenseRef- with their text), purpose, home page, copyright, description,
 * relations (DESCRIBES, CONTAINS, DEPENDS_ON). All else is an annotation "name: value" by "Tool: bulkhead-…": properties, and fields whose text SPDX
 * can't hold. Trivy's properties lose their prefix there, as in Trivy's own documents. Packages with a path and a SHA-1 also get a file.
 * Read besides: files (components of type file), external references of other kinds, comments, originators and the like (as properties, written back
 * to their place), annotations of others. Not taken over, with a diagnostic (DIAG_NOTE): snippets, external documents, relations of other kinds.
 *
 * The same struct gives the same bytes; a document without creation time says 1970 (SPDX demands one). Hostile input: limits of model/sbom.h.
 * Errors: ERR_FORMAT with line, ERR_UNSUPPORTED (version), ERR_LIMIT, ERR_NOMEM. Strings on the arena or views into the text.
 * Specifications: SPDX 2.3 (ISO/IEC 5962:2021 is 2.2.1), SPDX 3.0.1. */
#ifndef FORMAT_SPDX_H
#define FORMAT_SPDX_H
#include "base/buf.h"
#include "base/value.h"
#include "model/sbom.h"

/* Is it one? root: of the parsed JSON. */
bool spdx_is_json(const struct value *root);   /* 2.x */
bool spdx_is_jsonld(const struct value *root); /* 3.x */
bool spdx_is_tag_value(struct str text);

int spdx_read_json(struct arena *a, struct document *doc, struct sbom *ret, struct error *err);
int spdx_read_tag_value(struct arena *a, struct str text, struct sbom *ret, struct error *err);
int spdx_read_jsonld(struct arena *a, struct document *doc, struct sbom *ret, struct error *err);

int spdx_write_json(const struct sbom *s, struct buf *out, struct error *err);
int spdx_write_tag_value(const struct sbom *s, struct buf *out, struct error *err);
int spdx_write_jsonld(const struct sbom *s, struct buf *out, struct error *err);
#endif
