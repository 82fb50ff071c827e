/* Secrets in the JSON report: one result of class "secret" for each file that has some (and one for the image's configuration), in Trivy's schema:
 * RuleID, Category, Severity, Title, StartLine, EndLine, Code, Match, Layer. Match and Code hold stars where the secret stands (model/observation.h).
 * Only writes; findings must be sorted (finding_sort), so that those of a file stand together. */
#ifndef FRONT_JSON_SECRETS_H
#define FRONT_JSON_SECRETS_H
#include "front/report/report.h"

struct json_writer;
void json_write_secrets(struct json_writer *w, const struct report *r, const struct report_options *opt);
#endif
