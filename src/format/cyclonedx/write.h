/* What both writers of CycloneDX ask: digests in its words, serial number, time stamp. */
#ifndef FORMAT_CYCLONEDX_WRITE_H
#define FORMAT_CYCLONEDX_WRITE_H
#include "model/sbom.h"

struct cyclonedx_hash {
	const char *word; /* "SHA-256" */
	struct str hex;
};
/* false: the schema has no place for it. */
bool cyclonedx_hash(struct str digest, struct cyclonedx_hash *ret);
/* "urn:uuid:" and a lower-case UUID, as the schema wants it. */
bool cyclonedx_is_serial(struct str id);
#define CYCLONEDX_SERIAL_MAX 64
/* The document's own serial number, or one made of the content. */
int cyclonedx_serial(const struct sbom *s, struct str content, char dst[CYCLONEDX_SERIAL_MAX], struct error *err);
/* s->created when it is a date and time with a zone, else empty. */
struct str cyclonedx_timestamp(const struct sbom *s);
#endif
