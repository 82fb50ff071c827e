/* A finding: the same struct whatever found it, so that ignore rules, VEX, gates, baselines, de-duplication and every report are
 * written once. Plain data on the arena of the scan.
 *
 *   finding = what (id, kind, severity, title …) + where (subject) + why (evidence) + how to close it (fix) + verdict (suppressed?)  */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H
#include "model/advisory.h"
#include "model/base_image.h"
#include "model/image.h"

enum subject_kind { SUBJECT_NONE, SUBJECT_PACKAGE, SUBJECT_FILE, SUBJECT_IMAGE, SUBJECT_K8S_OBJECT, SUBJECT_PROCESS, SUBJECT_CONNECTION };
struct subject {
	enum subject_kind kind;
	const struct package *package; /* SUBJECT_PACKAGE: borrowed from image_facts */
	struct str path;               /* file inside the image or on disk */
	uint32_t line, col, end_line, end_col;
	struct str layer_digest, layer_diff_id;
	struct str object;             /* "namespace/Kind/name", process, connection: as shown */
};

struct suppression {
	bool active;
	struct str by;     /* file and line of the rule, or VEX document */
	struct str reason; /* statement */
	struct str until;  /* YYYY-MM-DD, "" = for good */
	struct str status; /* "ignored", "not_affected", "fixed", … */
};

struct finding {
	enum finding_kind kind;
	struct str id;
	enum severity severity;
	struct str severity_source;  /* which source rated it: "debian", "nvd", "starter", "cvss:nvd" … "" when UNKNOWN */
	struct str title, description, primary_url;
	struct subject subject;
	enum advisory_status status; /* vulnerabilities */
	struct str_vec fixed;        /* versions that fix it */
	struct str fix_text;         /* what to do, other than a version */
	struct str data_source;      /* key: see struct data_source */
	struct str source_id;        /* vendor's advisory id */
	const struct vulnerability *vulnerability; /* details; NULL for other kinds or when the database has none */
	const struct observation *observation; /* of a secret or another fact of a file: the redacted text; NULL for other kinds */
	struct suppression suppressed;
	uint16_t score;              /* tenths of a point, 0..1000, larger is sooner: engine/score; 0 until it ran */
};
VEC_DECLARE(finding_vec, struct finding);

/* A whole scan as reports read it. */
struct report {
	struct image_info image;
	struct image_facts facts;
	struct finding_vec findings;   /* sorted: see finding_sort */
	struct str ecosystem;          /* advisory ecosystem of the distribution, "" none */
	bool starter_only;             /* only the built-in starter database was used */
	struct str db_path, db_updated;/* of the database used */
	int64_t db_age_days;           /* -1 unknown */
	struct base_image base;        /* of an image; zero: none recognised */
	struct base_advice_vec advice; /* what to use in the place of the base: engine/baseimage; empty until it ran */
	bool is_rootfs;                /* ArtifactType filesystem instead of container_image */
	struct str_vec notices;        /* lines for people: stale database, starter data, rules that matched nothing … */
	struct str created;            /* RFC 3339, from SOURCE_DATE_EPOCH when set */
	struct advisory_lookup lookup; /* for data source names */
};

/* Stable order: package kind and path group, package name, then severity (worst first), then id. */
void finding_sort(struct finding_vec *v);
/* Counts of findings that are not suppressed, of one kind, by severity. */
void finding_count(const struct finding_vec *v, enum finding_kind kind, size_t ret_counts[SEVERITY_COUNT]);
#endif
