/* An SPDX document in SPDX's own terms, whichever notation it stands in: what the three parsers fill and the three printers print.
 *
 *   bytes ──parser──> struct spdx_document ──spdx_to_sbom──> struct sbom ──spdx_from_sbom──> struct spdx_document ──printer──> bytes
 *
 * Words are those of 2.3 ("DEPENDS_ON", "OPERATING-SYSTEM", "Organization: x"), which 3.0's parser and printer translate; identifiers are without the
 * namespace ("SPDXRef-Package-1"). NOASSERTION and NONE are kept as read. Digests and texts as in struct sbom. All on one arena. */
#ifndef FORMAT_SPDX_DOCUMENT_H
#define FORMAT_SPDX_DOCUMENT_H
#include "base/buf.h"
#include "base/value.h"
#include "model/sbom.h"

#define SPDX_DOCUMENT_ID "SPDXRef-DOCUMENT"
#define SPDX_NO_ASSERTION "NOASSERTION"
#define SPDX_ANNOTATOR    "Tool: bulkhead-" BULKHEAD_VERSION

struct spdx_reference {
	struct str category, type, locator;
};
VEC_DECLARE(spdx_reference_vec, struct spdx_reference);

struct spdx_annotation {
	struct str annotator, date, type, comment;
};
VEC_DECLARE(spdx_annotation_vec, struct spdx_annotation);

/* A package or a file. */
struct spdx_element {
	struct str id, name, version, file_name, supplier, originator, download, homepage, source_info, license_concluded, license_declared, copyright, summary,
		description, comment, purpose, built, released, valid_until;
	struct str_vec digests; /* "sha1:<hex>" */
	struct spdx_reference_vec references;
	struct spdx_annotation_vec annotations;
	bool is_file;
	uint32_t at;            /* where it stands: see spdx_document.json */
};
VEC_DECLARE(spdx_element_vec, struct spdx_element);

struct spdx_relation {
	struct str from, type, to, comment;
	uint32_t at;
};
VEC_DECLARE(spdx_relation_vec, struct spdx_relation);

struct spdx_license {
	struct str id, text, name;
};
VEC_DECLARE(spdx_license_vec, struct spdx_license);

struct spdx_document {
	struct str version;     /* "SPDX-2.3" */
	struct str name, namespace_uri, created, comment;
	struct str_vec creators; /* "Tool: …", "Organization: …", "Person: …" */
	struct spdx_element_vec elements;
	struct spdx_relation_vec relations;
	struct spdx_license_vec licenses;
	struct spdx_annotation_vec annotations;
	size_t skipped;          /* parts that are not taken over */
	struct document *json;   /* set: `at` is a position in it; else `at` is a line */
	struct diags diags;
};

/* diags of *d go along. */
int spdx_to_sbom(struct arena *a, struct spdx_document *d, struct sbom *ret, struct error *err);
/* Strings are borrowed from the bill. */
int spdx_from_sbom(struct arena *a, const struct sbom *s, struct spdx_document *ret, struct error *err);
/* Line of a place in the text. */
uint32_t spdx_line(const struct spdx_document *d, uint32_t at);

/* ---- words ----------------------------------------------------------------------------------------------------------- */

/* Hash algorithms: NULL where SPDX has no word, or when the digest does not look like one. *ret_hex: the part behind ':'. */
const char *spdx_hash_word(struct str digest, struct str *ret_hex);      /* 2.3: "SHA256" */
const char *spdx_hash_word_3(struct str digest, struct str *ret_hex);    /* 3.0: "sha256" */
/* "sha256:<hex>" of a word of either; empty for a digest that is none (all zeros); p NULL: no memory. */
struct str spdx_digest(struct arena *a, struct str word, struct str hex);

/* primaryPackagePurpose; NULL: SPDX 2.3 has no word for the type. */
const char *spdx_purpose_word(enum sbom_type t);
/* false: not one of our types ("SOURCE"). '_' and '-' are the same. */
bool spdx_purpose_type(struct str word, enum sbom_type *ret);
/* Between 2.3's SCREAMING words and 3.0's camelBack: "DEPENDS_ON" <-> "dependsOn". p NULL: no memory. */
struct str spdx_camel(struct arena *a, struct str word);
struct str spdx_scream(struct arena *a, struct str word, char separator);

/* How a relation of this type goes into the graph. */
enum spdx_direction { SPDX_IGNORED, SPDX_FORWARD, SPDX_BACKWARD, SPDX_DESCRIBES, SPDX_DESCRIBED_BY, SPDX_ARTIFACT };
enum spdx_direction spdx_direction(struct str type);

/* Properties for what struct sbom has no field for but SPDX has (written back to its place), and for what is the other way round. */
#define SPDX_P_REF        SBOM_OURS "Ref"        /* component's ref where it is not the SPDXID */
#define SPDX_P_GROUP      SBOM_OURS "Group"
#define SPDX_P_TYPE       SBOM_OURS "Type"
#define SPDX_P_PURPOSE    SBOM_OURS "Purpose"
#define SPDX_P_LICENSES   SBOM_OURS "Licenses"   /* JSON array */
#define SPDX_P_DIGEST     SBOM_OURS "Digest"
#define SPDX_P_CPE        SBOM_OURS "CPE"
#define SPDX_P_FIELD      SBOM_OURS "Field"      /* JSON array [field, text]: a text that the field itself can't hold */
#define SPDX_P_PROPERTY   SBOM_OURS "Property"   /* JSON array [name, value]: a property that "name: value" can't hold */
#define SPDX_P_OWN        SBOM_OURS "Own"        /* JSON array [name, value]: one of these that "name: value" can't hold */
#define SPDX_P_SUBJECT    SBOM_OURS "Subject"
#define SPDX_P_REFERENCE  SBOM_OURS "ExternalRef" /* JSON array [category, type, locator] */
#define SPDX_P_ANNOTATION SBOM_OURS "Annotation" /* JSON array [annotator, date, type, comment] */
#define SPDX_P_LICENSE    SBOM_OURS "LicenseText" /* of the document: JSON array [id, name, text] */
/* of the document */
#define SPDX_P_TOOLS      SBOM_OURS "Tools"      /* JSON array vendor, name, version, vendor, … */
#define SPDX_P_CREATED    SBOM_OURS "DocumentCreated"
#define SPDX_P_INCOMPLETE SBOM_OURS "Incomplete"
#define SPDX_P_COMMENT    SBOM_OURS "Comment"

/* Fields of an element that only SPDX has, and the property each travels as. */
struct spdx_carried {
	const char *property;
	size_t offset; /* of the struct str in spdx_element */
};
#define SPDX_CARRIED_COUNT 8
extern const struct spdx_carried spdx_carried[SPDX_CARRIED_COUNT];
static inline struct str *spdx_carried_field(struct spdx_element *e, size_t i)
{
	return (struct str *)((char *)e + spdx_carried[i].offset);
}

/* Fields of a component whose text may not fit SPDX's: name in SPDX_P_FIELD and place. */
enum { SPDX_FIELD_NAME, SPDX_FIELD_VERSION, SPDX_FIELD_PURL, SPDX_FIELD_SUPPLIER, SPDX_FIELD_DESCRIPTION, SPDX_FIELD_COPYRIGHT, SPDX_FIELD_HOMEPAGE, SPDX_FIELD_COUNT };
struct spdx_field {
	const char *name;
	size_t offset; /* in sbom_component */
};
extern const struct spdx_field spdx_fields[SPDX_FIELD_COUNT];

/* NOASSERTION and NONE, and nothing at all. */
bool spdx_is_unstated(struct str s);
/* One line without control characters that no reader would trim or take for one of SPDX's own words. */
bool spdx_fits_line(struct str s);
/* The same with line breaks and tabs: for <text>…</text>. */
bool spdx_fits_text(struct str s);

/* "Tool: name-version" in two parts. */
void spdx_split_tool(struct str text, struct sbom_tool *ret);
/* Strings of a JSON array in one text, and back: 0, ERR_FORMAT, ERR_NOMEM. */
struct str spdx_pack(struct arena *a, const struct str *v, size_t n);
int spdx_unpack(struct arena *a, struct str text, struct str_vec *ret);

#define SPDX_LICENSE_NAME_MAX 1000 /* longer ones are whole licence texts */
/* What a reader makes of a licence expression: its parts by AND, LicenseRefs as their texts where those are short. 0 or ERR_NOMEM. */
struct map;
int spdx_read_expression(struct arena *a, struct str text, const struct map *licenses, struct str_vec *ret);
#endif
