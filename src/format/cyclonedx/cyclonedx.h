/* CycloneDX (ECMA-424): JSON and XML, written as 1.6, read as 1.2 to 1.7 (JSON) and 1.0 to 1.7 (XML), from any maker.
 *
 *   text ──cyclonedx_read_json | _xml──> struct sbom ──cyclonedx_write_json | _xml──> text
 *
 * Nested components become components of their own with an edge from the outer one. metadata.component is the subject; a document without one gets a
 * nameless subject that contains everything. Carried: bom-ref, type, group, name, version, purl, cpe, hashes, licenses (id, name, expression), supplier or
 * publisher, description, copyright, website, properties, dependencies, tools, authors, timestamp, serial number, compositions (incomplete or not).
 * Not carried: vulnerabilities, services, pedigree, evidence (but for Syft-like occurrences, which give a path), signatures, external references
 * other than the website; a diagnostic (DIAG_NOTE) names them. Further subjects of a merged bill are components of the property bulkhead:Subject.
 *
 * The same struct gives the same bytes. Hostile input: limits of model/sbom.h and format/json; XML with a document type declaration is refused, so
 * there are no entities but the five of XML itself.
 * Errors: ERR_FORMAT with line, ERR_LIMIT, ERR_NOMEM; writers: ERR_LIMIT (buffer). Strings on the arena or views into the text. */
#ifndef FORMAT_CYCLONEDX_H
#define FORMAT_CYCLONEDX_H
#include "base/buf.h"
#include "base/value.h"
#include "format/json/json_write.h"
#include "model/sbom.h"

/* What has no other place in this format: a second cpe, a digest of an algorithm that the schema has no word for, further subjects. */
#define CYCLONEDX_P_CPE     SBOM_OURS "CPE"
#define CYCLONEDX_P_DIGEST  SBOM_OURS "Digest"
#define CYCLONEDX_P_SUBJECT SBOM_OURS "Subject"

/* Is it one? root: of the parsed JSON. */
bool cyclonedx_is_json(const struct value *root);
bool cyclonedx_is_xml(struct str text);
/* Of "bomFormat": "CycloneDX". */
int cyclonedx_read_json(struct arena *a, struct document *doc, struct sbom *ret, struct error *err);
int cyclonedx_read_xml(struct arena *a, struct str text, struct sbom *ret, struct error *err);

int cyclonedx_write_json(const struct sbom *s, struct buf *out, struct error *err);
int cyclonedx_write_xml(const struct sbom *s, struct buf *out, struct error *err);
/* With further members of the document, such as vulnerabilities: `more` writes them behind the others. */
int cyclonedx_write_json_with(const struct sbom *s, void (*more)(void *ctx, struct json_writer *w), void *ctx, struct buf *out, struct error *err);
#endif
