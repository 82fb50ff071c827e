/* YAML reader: untrusted bytes -> document trees (base/value.h), on libyaml's events. go-yaml, which kubectl and Trivy use, is a port
 * of libyaml, so what is accepted is what their users have: YAML 1.1 syntax with most of 1.2.
 *
 *   struct document doc;
 *   if (yaml_parse(&arena, text, NULL, &doc, diags, &err) < 0) …;      "line 3, column 7: did not find expected key"
 *
 * Ownership: nodes are on the arena; scalars that stand in the source as they are decoded are views INTO THE INPUT, which must
 * outlive the tree. Positions: byte offset + 1 in the whole input, for every document of a stream.
 * Plain scalars: null ~ (empty), true/false, integers (decimal, 0x, 0o, 0b, 0777, with _), floats, .inf, .nan; anything else is
 * a string, timestamps too. A NUMBER's text is always JSON's grammar ("0x1F" becomes "31", "1_000" "1000", "+.5" "0.5"); only
 * "inf", "-inf" and "nan" are none in JSON. Decimal integers of any length keep their digits. Tags !!str !!int !!float !!bool !!null
 * !!binary (base64 is decoded) and ! are obeyed; other tags on scalars give strings.
 * Keys become text: 8080: -> "8080", 1.10: -> "1.10" (go-yaml: "1.1"), true: -> "true", null: -> "null"; a sequence or mapping as a key is an error.
 * Aliases share the anchored subtree (flag VALUE_FLAG_ALIAS), so the tree is a graph without cycles; how large and deep it is when walked
 * is limited. Merge keys (<<) are resolved: own keys win, then the earlier of a list; merged members stand where the << stood.
 * Duplicate keys: all kept, lookups give the last. Limits and their errors as for JSON. UTF-8 only.
 * Threads: no shared state. Cost: libyaml's, about 80 MB/s. */
#ifndef FORMAT_YAML_YAML_H
#define FORMAT_YAML_YAML_H
#include "base/diag.h"
#include "base/value.h"

/* Which plain scalars are booleans. */
enum yaml_resolve {
	/* true True TRUE false False FALSE: go-yaml v3, that is Trivy's manifests and YAML 1.2's core schema. The default. */
	YAML_RESOLVE_CORE,
	/* also y Y yes Yes YES on On ON and n no off likewise: sigs.k8s.io/yaml (goyaml.v2), that is kubectl and the Kubernetes API. */
	YAML_RESOLVE_KUBERNETES,
};

#define YAML_DEPTH_DEFAULT       200
#define YAML_DOCUMENTS_DEFAULT   100000
#define YAML_NODES_DEFAULT       20000000
#define YAML_ALIAS_NODES_DEFAULT 1000000
#define YAML_BYTES_MAX           (UINT32_MAX - 1)

/* All zero (or a NULL pointer) is the default. */
struct yaml_options {
	struct str name; /* becomes document.name and the path of diagnostics; borrowed */
	enum yaml_resolve resolve;
	uint32_t max_depth;       /* with aliases followed; 0 = YAML_DEPTH_DEFAULT */
	uint32_t max_documents;   /* 0 = YAML_DOCUMENTS_DEFAULT */
	uint64_t max_bytes;       /* of the input; 0 = YAML_BYTES_MAX */
	uint64_t max_nodes;       /* of all documents, aliases counted once; 0 = YAML_NODES_DEFAULT */
	uint64_t max_alias_nodes; /* what aliases add when followed, of one document ("billion laughs"); 0 = YAML_ALIAS_NODES_DEFAULT */
	bool report_duplicates;   /* DIAG_WARNING for each key that a mapping has twice */
	bool keep_going;          /* yaml_parse_stream: a bad document is a DIAG_UNREADABLE, and reading goes on behind the next line "---" or "..." */
};

struct yaml_document {
	struct document doc;
	uint32_t start;     /* byte offset + 1 of its first "---", directive or content */
	uint32_t line;      /* of start, 1-based */
	struct str comment; /* of the "---" line, without "#" and spaces around ("--- # path" gives "path"); view into the input */
};
VEC_DECLARE(yaml_document_vec, struct yaml_document);

/* All documents of a stream (none when there are only comments). An empty document has a null root. */
int yaml_parse_stream(struct arena *a, struct str text, const struct yaml_options *opt, struct yaml_document_vec *ret, struct diags *diags, struct error *err);
/* The first document (null when there is none). Further ones are not read, and named by a DIAG_WARNING. */
int yaml_parse(struct arena *a, struct str text, const struct yaml_options *opt, struct document *ret, struct diags *diags, struct error *err);
#endif
