/* Reports: struct report -> text for people or machines. Each writer appends to a buffer and never prints.
 *
 *   struct report (model/finding.h), judged (engine/judge), scored (engine/score) ──a writer of formats.h──> struct buf
 *
 * Writers read only; the same report gives the same bytes. Findings are grouped as Trivy groups its results (sections.h): the operating system,
 * then each language target. All text is foreign: the table filters it (text.h), JSON escapes it.
 * Errors: ERR_NOMEM, ERR_LIMIT (the buffer's maximum). Scratch memory is the writer's own and freed. */
#ifndef FRONT_REPORT_H
#define FRONT_REPORT_H
#include "base/buf.h"
#include "base/error.h"
#include "engine/judge/judge.h"
#include "engine/score/score.h"
#include "model/finding.h"
#include "model/sbom.h"

struct report_style {
	unsigned width;  /* columns; 0: no limit (piped) */
	bool color;
	bool unicode;    /* box-drawing lines; else +-| */
};
struct template;
/* The job that runs us, as its environment tells; empty outside of CI. */
struct report_ci {
	struct str sha, ref, workflow, job, run_id;
};
struct report_options {
	struct report_style style;
	bool list_all_pkgs;    /* JSON: Results[].Packages */
	bool show_suppressed;
	bool severities[SEVERITY_COUNT]; /* filter already applied to findings; these are named in the total line */
	struct judge_counts counts;      /* what filters took away */
	const struct verdict *verdicts;  /* gates and how they came out */
	size_t verdict_count;
	const struct ignore_rule_vec *rules; /* ignore rules that were applied; may be NULL */
	struct report_ci ci;
	const struct template *template; /* of report_template; NULL: none was given */
	bool plan;                       /* table and Markdown: upgrades in the place of findings; JSON: both */
	bool advice;                     /* all that is advised in the place of the base image, not only the first */
	enum finding_order order;        /* of lists for people; JSON and CycloneDX keep Trivy's grouping */
};
typedef int report_writer(const struct report *r, const struct report_options *opt, struct buf *out, struct error *err);
report_writer report_table;
report_writer report_json;      /* Trivy SchemaVersion 2 */
report_writer report_cyclonedx; /* CycloneDX 1.6 JSON */
report_writer report_sarif;     /* SARIF 2.1.0 */
report_writer report_junit;
report_writer report_github, report_github_annotations;
report_writer report_gitlab, report_gitlab_quality;
report_writer report_csv;       /* RFC 4180 */
report_writer report_template;  /* see template.h */
report_writer report_html;      /* one self-contained page */
report_writer report_markdown;  /* GitHub Flavored Markdown */

/* The bill of materials of what was scanned, as report_cyclonedx writes it but without vulnerabilities and remarks; package i is component i + *ret_first_package
 * (may be NULL). Strings are borrowed from the report or on the arena. */
int report_sbom(struct arena *a, const struct report *r, struct sbom *ret, size_t *ret_first_package, struct error *err);

/* Lines that people must see beside the findings: end of life, no data, unreadable content, unrated and hidden findings, age of the data. The table's
 * footer; also told on standard error when a report is written for machines. On the arena, not filtered. */
int report_remarks(struct arena *a, const struct report *r, const struct report_options *opt, struct str_vec *ret, struct error *err);
/* Whether something could not be read or has no advisory data: then no count of findings says that there are no more. */
bool report_is_incomplete(const struct report *r);
/* The name that people know it by: an archive's single tag ("my-app:1.0"), else what was asked for. */
struct str report_people_name(const struct report *r);
/* A feed's date as RFC 3339, which readers of the JSON parse strictly: "2018-02-12", "2023-02-08T20:15:24.267" and the like get what is missing; empty when it is no
 * date or year 1 (Go's zero). p NULL when out of memory. */
struct str report_timestamp(struct arena *a, struct str date);
/* Where people read about a finding: its own link or the public record of its identifier; p NULL when out of memory. */
struct str report_primary_url(struct arena *a, const struct finding *f);
#endif
