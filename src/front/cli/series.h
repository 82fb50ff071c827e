/* The reports of several images of one run. Standard output gets them one after the other as they are made; a file is written once, at the end; a file whose name
 * holds "{}" becomes one file an image, "{}" being the image's name with '-' for what does not belong into file names.
 *
 *   table, markdown   one below the other; the table ends with a summary: images and their findings by severity
 *   json              one array of reports
 *   others            a file an image only
 *
 * A series lies on the arena of the cli it was opened with and must be released. Not thread-safe. */
#ifndef FRONT_SERIES_H
#define FRONT_SERIES_H
#include "front/cli/cli.h"
#include "front/report/formats.h"

struct series;
struct verdict_options;
/* ERR_USAGE: a format that cannot hold several images, without "{}" in its file's name. */
int series_open(struct cli *c, const struct verdict_options *o, struct series **ret, struct error *err);
/* One image's report for one of the targets. */
int series_put(struct series *s, enum report_format format, struct str file, struct str name, struct str report, struct error *err);
/* What the summary says of an image: its judged report, or (NULL) why there is none. `code` is what the image alone would have exited with. */
int series_add(struct series *s, struct str name, const struct report *r, int code, const char *why, struct error *err);
/* Writes files and summary. *ret_code: the worst of all: a failure of our own, then an image that could not be judged, then a gate. */
int series_finish(struct series *s, int *ret_code, struct error *err);
struct series *series_release(struct series *s); /* NULL-safe, returns NULL */
#endif
