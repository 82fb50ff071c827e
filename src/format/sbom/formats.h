/* Every format of a bill of materials in one table: what it is called, how it is recognised by its content, read and written. Commands and tests
 * go through it; a further format is a row.
 *
 *   sbom_read(&arena, text, &sbom, &err)   recognises and reads      sbom_write(format, &sbom, &buf, &err)
 *
 * A document inside an in-toto statement or its DSSE envelope (cosign attestations, BuildKit) is read too.
 * Errors: ERR_FORMAT (none of the formats, or broken), ERR_UNSUPPORTED (a version that is not read), ERR_LIMIT, ERR_NOMEM. */
#ifndef FORMAT_SBOM_FORMATS_H
#define FORMAT_SBOM_FORMATS_H
#include "base/buf.h"
#include "base/value.h"
#include "model/sbom.h"

enum sbom_format { SBOM_CYCLONEDX_JSON, SBOM_CYCLONEDX_XML, SBOM_SPDX_JSON, SBOM_SPDX_TAG_VALUE, SBOM_SPDX3_JSON, SBOM_FORMAT_COUNT };

/* For help texts. */
#define SBOM_FORMAT_NAMES "cyclonedx, cyclonedx-xml, spdx-json, spdx, spdx3-json"

struct sbom_format_info {
	const char *name;          /* "cyclonedx" */
	const char *const *others; /* Syft's and Trivy's names for it, NULL-terminated */
	const char *title;         /* "CycloneDX 1.6 JSON" */
	bool json;
	bool (*is_json)(const struct value *root); /* json formats */
	bool (*is_text)(struct str text);          /* the others */
	int (*read_json)(struct arena *a, struct document *doc, struct sbom *ret, struct error *err);
	int (*read_text)(struct arena *a, struct str text, struct sbom *ret, struct error *err);
	int (*write)(const struct sbom *s, struct buf *out, struct error *err);
};
const struct sbom_format_info *sbom_format_info(enum sbom_format f);
/* By any of its names; ERR_NOT_FOUND. */
int sbom_format_parse(struct str name, enum sbom_format *ret);

/* Cheap look at the first bytes: false for what is certainly no bill of materials (an archive, say). */
bool sbom_may_be(struct str head);
/* text must outlive *ret. name: of the file, for messages and diagnostics. */
int sbom_read(struct arena *a, struct str text, struct str name, struct sbom *ret, struct error *err);
int sbom_write(enum sbom_format f, const struct sbom *s, struct buf *out, struct error *err);
#endif
