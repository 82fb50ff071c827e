/* What `--scanners misconfig` adds to a scan: a row that looks at the modes and places of files (no file is opened for it), the image's configuration and history, and
 * what is installed, all judged by the checks of engine/imageconfig.
 *
 *   files and folders ──row (in the worker)──> observations ──┐
 *   configuration, packages ─────────────────────────────────┴──> findings (kind misconfiguration, id BH-IMG-…, Trivy's as source_id)
 *
 * Only files that the whole image still has count, but for caches, whose bytes stay in their layer when a later one removes them. Not thread-safe. */
#ifndef FEATURE_CONFIG_CHECKS_H
#define FEATURE_CONFIG_CHECKS_H
#include "model/finding.h"
#include "source/layer/analyzer.h"

extern const struct analyzer config_checks_row;
/* Takes the row's observations out of report->facts and appends the findings. 0 or ERR_NOMEM. */
int config_checks_judge(struct arena *a, struct report *report, struct error *err);
#endif
