/* The one list of report formats: --format, --report, help, completion and the documentation's test come from it. A new format is a line here, a prototype in report.h
 * and a file of its own. */
#ifndef FRONT_FORMATS_H
#define FRONT_FORMATS_H
#include "front/report/report.h"

/*      symbol              name                  writer                     what it is */
#define REPORT_FORMATS(X)                                                                                                                 \
	X(TABLE,              "table",              report_table,              "for people, as wide as the terminal")                       \
	X(JSON,               "json",               report_json,               "Trivy's JSON schema and our additions")                     \
	X(CYCLONEDX,          "cyclonedx",          report_cyclonedx,          "CycloneDX 1.6 bill of materials with vulnerabilities")      \
	X(SARIF,              "sarif",              report_sarif,              "SARIF 2.1.0, for code scanning")                            \
	X(JUNIT,              "junit",              report_junit,              "JUnit XML, a failed test for each finding")                 \
	X(GITHUB,             "github",             report_github,             "dependency snapshot for GitHub, as Trivy's")                \
	X(GITHUB_ANNOTATIONS, "github-annotations", report_github_annotations, "workflow commands that mark findings in a GitHub job")      \
	X(GITLAB,             "gitlab",             report_gitlab,             "GitLab's container scanning report, schema 15")             \
	X(GITLAB_CODEQUALITY, "gitlab-codequality", report_gitlab_quality,     "GitLab's code quality report")                              \
	X(CSV,                "csv",                report_csv,                "one finding a line (RFC 4180), for spreadsheets")           \
	X(MARKDOWN,           "markdown",           report_markdown,           "a table for pull requests and job summaries")              \
	X(HTML,               "html",               report_html,               "one page that needs nothing else: charts, filter, plan")    \
	X(TEMPLATE,           "template",           report_template,           "what --template says")

#define REPORT_FORMAT_SYMBOL(symbol, name, writer, summary) FORMAT_##symbol,
enum report_format { REPORT_FORMATS(REPORT_FORMAT_SYMBOL) FORMAT_COUNT };
#undef REPORT_FORMAT_SYMBOL

struct report_format_info {
	const char *name;
	report_writer *write;
	const char *summary;
};
extern const struct report_format_info report_formats[FORMAT_COUNT];
/* The names alone, NULL-terminated: `choices` of an option. */
extern const char *const report_format_names[FORMAT_COUNT + 1];

/* "sarif=out.sarif" of --report: 0, or ERR_USAGE with the names there are. */
int report_parse_target(struct str text, enum report_format *ret_format, struct str *ret_file, struct error *err);
#endif
