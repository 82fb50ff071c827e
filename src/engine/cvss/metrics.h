/* Metrics of a vector, by table: each version of CVSS has a list of metrics, each metric a list of values. A parsed vector is one small
 * number a metric (the index in its values), so that weights are arrays beside the tables. */
#ifndef ENGINE_CVSS_METRICS_H
#define ENGINE_CVSS_METRICS_H
#include "engine/cvss/cvss.h"

#define CVSS_METRICS_MAX 32

struct cvss_metric {
	const char *name;
	const char *values; /* "|" between; of an optional metric the first one means "not defined" and is what an absent metric has */
	bool required;
};
struct cvss_values {
	uint8_t v[CVSS_METRICS_MAX]; /* index of the value */
	bool given[CVSS_METRICS_MAX];
};

/* Reads "AV:N/AC:L/…" by a table. 0 or ERR_FORMAT (unknown, repeated or missing metric, unknown value). */
int cvss_read_metrics(struct str text, const struct cvss_metric *table, size_t count, struct cvss_values *ret, struct error *err);

int cvss2_score(struct str metrics, struct cvss *ret, struct error *err);
/* minor: 0 or 1. */
int cvss3_score(struct str metrics, unsigned minor, struct cvss *ret, struct error *err);
int cvss4_score(struct str metrics, struct cvss *ret, struct error *err);
#endif
