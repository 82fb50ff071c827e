/* Advisories, decoded: one entry says that versions of one package are affected by one vulnerability. The database stores them
 * compiled (source/advisorydb); matching reads these views. Strings are borrowed from the database map and live as long as it is open. */
#ifndef MODEL_ADVISORY_H
#define MODEL_ADVISORY_H
#include "base/vec.h"
#include "model/severity.h"

/* One interval of affected versions. Lower bound empty: from the beginning. Upper bound empty: no end. */
struct advisory_range {
	struct str low, high;
	bool low_open;    /* version > low  (else >=) */
	bool high_closed; /* version <= high, "last affected" (else <, "fixed") */
};
VEC_DECLARE(advisory_range_vec, struct advisory_range);

enum advisory_status {
	ADVISORY_AFFECTED, ADVISORY_FIXED, ADVISORY_NOT_AFFECTED, ADVISORY_UNDER_INVESTIGATION, ADVISORY_WILL_NOT_FIX, ADVISORY_FIX_DEFERRED, ADVISORY_END_OF_LIFE
};
/* Trivy's words: "affected", "fixed", "not_affected", "under_investigation", "will_not_fix", "fix_deferred", "end_of_life". */
const char *advisory_status_name(enum advisory_status s);
/* One of those words; any other is "affected". */
enum advisory_status advisory_status_parse(struct str word);

struct advisory {
	struct str id;                    /* CVE where there is one, else the source's own id (RUSTSEC-…, GHSA-…, PYSEC-…) */
	struct str source_id;             /* the record's own id ("DSA-5343-1", "PYSEC-2021-98", "ALSA-2022:1234"); may equal id */
	struct str data_source;           /* key of struct data_source: "debian", "osv-pypi", "alma", … */
	struct advisory_range_vec ranges; /* affected when any range holds the version … */
	struct str_vec versions;          /* … or it is one of these */
	struct str_vec fixed;             /* versions that fix it, as shown; empty: none known */
	enum advisory_status status;
	enum severity severity;           /* the vendor's own for this package, or UNKNOWN */
	struct str arch;                  /* only for these (comma list); empty: all */
	struct str module;                /* rpm module "name:stream"; empty: not modular */
};
VEC_DECLARE(advisory_vec, struct advisory);

struct cvss_entry {
	struct str source; /* "nvd", "ghsa", "redhat", "osv-pypi" … */
	struct str vector; /* "CVSS:3.1/AV:N/…" ; CVSS 2 without prefix */
	double score;      /* computed from the vector when it parses, else as stated */
	uint8_t version;   /* 2, 30, 31, 40 */
};
VEC_DECLARE(cvss_vec, struct cvss_entry);
struct source_severity {
	struct str source;
	enum severity severity;
};
VEC_DECLARE(source_severity_vec, struct source_severity);

/* What is known about one vulnerability id, whatever it affects. */
struct vulnerability {
	struct str id;
	struct str title, description;
	/* Not empty: they are about a whole update of the source with this key ("Moderate: httpd:2.4 security update"), for its own findings only. */
	struct str title_notice, description_notice;
	struct str_vec aliases, references, cwes;
	struct cvss_vec cvss;
	struct source_severity_vec severities; /* words or ratings stated by sources */
	struct str published, modified;        /* RFC 3339, "" unknown */
	bool kev;                              /* in CISA's Known Exploited Vulnerabilities catalogue */
	struct str kev_added, kev_due;         /* YYYY-MM-DD */
	bool kev_ransomware;
	double epss, epss_percentile;          /* 0..1; negative = unknown */
	bool withdrawn;
};

struct data_source {
	struct str key, name, url;
	struct str updated; /* RFC 3339 of the newest record or of the import */
};

/* How the engine reaches a database without doing I/O itself. Both return 0, or ERR_NOT_FOUND, or a failure. */
struct error;
struct advisory_lookup {
	void *ctx;
	/* Appends every advisory of a package; 0 when there are none. */
	int (*find)(void *ctx, struct str ecosystem, struct str name, struct arena *a, struct advisory_vec *out, struct error *err);
	int (*details)(void *ctx, struct str id, struct arena *a, struct vulnerability *ret, struct error *err);
	/* Whether the database has any data for an ecosystem ("Debian:11"). */
	bool (*has_ecosystem)(void *ctx, struct str ecosystem);
	int (*source)(void *ctx, struct str key, struct data_source *ret);
};
#endif
