/* Settings that are wrong in the JSON report, in Trivy's schema: one result of class "config" for the image, with Type, ID, AVDID, Title, Description, Message, Resolution,
 * Severity, PrimaryURL, References, Status, Layer and CauseMetadata. Ours in "Bulkhead": the file. Only writes. */
#ifndef FRONT_JSON_MISCONFIGS_H
#define FRONT_JSON_MISCONFIGS_H
#include "front/report/report.h"

struct json_writer;
void json_write_misconfigs(struct json_writer *w, const struct report *r, const struct report_options *opt);
#endif
