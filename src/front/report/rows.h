/* Findings as flat rows, for the formats that are lists (SARIF, JUnit, CSV, Markdown, code quality, HTML, templates): every finding of every kind and subject told in
 * the same words, so that a new kind of finding needs no change in any writer.
 *
 *   finding ──report_rows──> row = what (name, title, message) + where (target, path:line, layer) + identity (purl, fingerprint)
 *
 * Rows are in the order asked for (report_options.order), active ones first, then suppressed ones. Texts are as foreign as in the finding: each writer escapes for its
 * format. Empty texts have p != NULL. All on the arena; findings and packages are borrowed. Errors: ERR_NOMEM. Linear but for the sort. */
#ifndef FRONT_ROWS_H
#define FRONT_ROWS_H
#include "front/report/report.h"
#include "front/report/sections.h"

struct report_row {
	const struct finding *finding;
	struct str kind;        /* finding_kind_name */
	struct str id;          /* never empty: the kind's name where the finding has none */
	struct str target;      /* of the section: "my-app:1.0 (debian 11.6)", "app/go.mod"; the image or file for what is in no package */
	struct str type;        /* of the section: "debian", "npm" …; the kind's name otherwise */
	struct str name, version; /* of the package; empty for other subjects */
	struct str fixed;       /* versions, joined by ", " */
	struct str fix;         /* "upgrade openssl to 1.1.1w" or fix_text; empty: nothing known */
	struct str path;        /* file inside the image, no leading '/' */
	uint32_t line, col, end_line, end_col; /* in path; 0 unknown */
	bool lock_file;         /* path is a file that people edit or commit: the package's line in it can be shown to them */
	uint32_t layer;         /* 1-based number; 0: none or unknown */
	struct str layer_digest;
	struct str created_by;  /* command that made the layer */
	struct str purl;
	struct str subject;     /* "openssl 1.1.1n-0+deb11u3", "etc/app.conf:12", "image" */
	struct str title;       /* one line, never empty */
	struct str url;         /* where to read on; empty for what has no public record */
	struct str message;     /* one sentence with all that matters */
	struct str score;       /* "87.4" */
	/* 16 hex digits that stay the same from scan to scan as long as it is the same finding: kind, identifier, package name or file, not version or line. Alike ones
	 * of one report get "-2", "-3" … in the order of the findings. */
	struct str fingerprint;
};
VEC_DECLARE(report_row_vec, struct report_row);
int report_rows(struct arena *a, const struct report *r, const struct report_options *opt, struct report_row_vec *ret, struct error *err);

/* "CVSS" base score that the report would show for a finding and its vector (may be empty); 0 when none is known: newest version first, then the source that rated it. */
double report_cvss(const struct finding *f, struct str *ret_vector);
/* Number of the layer (1-based) a finding's subject is in; 0: none. */
uint32_t report_layer(const struct report *r, const struct finding *f);
/* Versions joined by ", "; p NULL: no memory. */
struct str report_join(struct arena *a, const struct str_vec *list);
#endif
