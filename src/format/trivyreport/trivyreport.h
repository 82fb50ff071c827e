/* A report in Trivy's JSON schema (SchemaVersion 2), Trivy's own or one of ours, back into a struct report: what --baseline and --compare put beside
 * a new scan.
 *
 *   json_parse ──> document ──trivyreport_read──> struct report { image, facts (distribution, packages), findings }
 *
 * Read: artifact, operating system, layers; of each result its packages, vulnerabilities, misconfigurations (failed ones), secrets and licences. A package that
 * only a vulnerability names becomes a package of its own. What a finding has beyond identity, severity, versions and place (CVSS, references) stays behind.
 * A member of the wrong kind, an entry without its identifier or a class that is not known is left out and told in diags (DIAG_WARNING, with the
 * line); a document that is no such report is ERR_FORMAT, another schema version ERR_UNSUPPORTED.
 * Ownership: strings are views into the document's source or on the arena. Limits: those of the document. Linear time; no shared state.
 * Schema: https://trivy.dev, docs/configuration/reporting (the Go structs behind it: facts only). */
#ifndef FORMAT_TRIVYREPORT_H
#define FORMAT_TRIVYREPORT_H
#include "base/diag.h"
#include "base/value.h"
#include "model/finding.h"

/* doc: read as JSON; its line index is built when something is told. */
int trivyreport_read(struct arena *a, struct document *doc, struct report *ret, struct diags *diags, struct error *err);
#endif
