/* Multi-document YAML feeds, document by document. For this folder only. */
#ifndef FORMAT_FEEDS_FEED_YAML_H
#define FORMAT_FEEDS_FEED_YAML_H
#include "format/feeds/feed.h"
#include "format/yaml/yaml.h"

/* Calls `each` for every document that has a root; unreadable documents are counted in the sink. */
int feed_each_yaml(struct arena *scratch, struct str name, struct str content, struct feed_sink *sink,
		   int (*each)(void *ctx, struct arena *a, const struct yaml_document *doc, struct str name, struct feed_sink *sink, struct error *err), void *ctx,
		   struct error *err);
#endif
