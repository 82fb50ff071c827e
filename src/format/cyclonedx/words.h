/* Words of the CycloneDX 1.6 schema (bom-1.6.schema.json) for ours: hash algorithms, severities, CVSS methods, analysis states, licences.
 * Tables and look-ups; NULL where the schema has no word. */
#ifndef FORMAT_CYCLONEDX_WORDS_H
#define FORMAT_CYCLONEDX_WORDS_H
#include "model/severity.h"

/* "SHA-256" for "sha256" when the digest is hexadecimal and as long as that algorithm's. */
const char *cyclonedx_hash_name(struct str algorithm, struct str hex);
/* The other way round; NULL for a word that is none. */
const char *cyclonedx_hash_ours(struct str word);
const char *cyclonedx_severity(enum severity s);
/* Of cvss_entry.version. */
const char *cyclonedx_cvss_method(unsigned version);
/* Of suppression.status; NULL when it states nothing about the product ("ignored"). */
const char *cyclonedx_analysis_state(struct str status);
/* Where the schema has a place for a licence as written. An expression only stands alone, two of them (or one beside licences) are names. */
enum cyclonedx_license { CYCLONEDX_LICENSE_NAME, CYCLONEDX_LICENSE_ID, CYCLONEDX_LICENSE_EXPRESSION };
enum cyclonedx_license cyclonedx_license_kind(struct str text, bool alone);
#endif
