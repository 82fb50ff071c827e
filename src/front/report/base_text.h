/* The base image in words: what an image is built on, how many findings come from there, and what is advised in its place (engine/baseimage). Lines are foreign text
 * on the arena, as report_remarks'; the JSON member is Bulkhead.BaseImage (docs/base-image.md). Errors: ERR_NOMEM. */
#ifndef FRONT_BASE_TEXT_H
#define FRONT_BASE_TEXT_H
#include "format/json/json_write.h"
#include "front/report/report.h"

/* None when nothing better than a guess is known of it. */
int base_text_lines(struct arena *a, const struct report *r, const struct report_options *opt, struct str_vec *ret, struct error *err);
/* Nothing when no base image was recognised. */
void base_text_json(struct json_writer *w, const struct report *r);
#endif
