/* What `--base` names, made ready for engine/baseimage: an image in any place a scan can read from (only manifest and configuration are read, no layer), or
 * a JSON report of one (Metadata.DiffIDs), so that a folder of reports is a table of known bases. On the arena. Errors: of the source, each with the name of
 * what could not be read. */
#ifndef FEATURE_IMAGE_BASES_H
#define FEATURE_IMAGE_BASES_H
#include "engine/baseimage/baseimage.h"
#include "source/image/image_source.h"

int bases_read(struct arena *a, const struct str_vec *names, const struct image_source_options *source, struct base_known_vec *ret, struct error *err);
#endif
