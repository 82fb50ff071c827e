/* Words of the CycloneDX 1.6 schema (bom-1.6.schema.json) for ours: hash algorithms, severities, CVSS methods, analysis states, SPDX identifiers.
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
/* The identifier as SPDX spells it when the text is one of the common licences; NULL: use the text as a name. */
const char *cyclonedx_spdx_id(struct str license);
/* An SPDX expression of more than one licence, all of them common ones ("MIT OR Apache-2.0", "(GPL-2.0-only WITH Classpath-exception-2.0)"). */
bool cyclonedx_is_expression(struct str license);
#endif
