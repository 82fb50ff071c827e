#include "format/feeds/feed_yaml.h"

int feed_each_yaml(struct arena *scratch, struct str name, struct str content, struct feed_sink *sink,
		   int (*each)(void *ctx, struct arena *a, const struct yaml_document *doc, struct str name, struct feed_sink *sink, struct error *err), void *ctx,
		   struct error *err)
{
	struct yaml_options opt = { .name = name, .keep_going = true };
	struct yaml_document_vec docs = { 0 };
	struct diags bad;
	diags_init(&bad, scratch);
	int r = yaml_parse_stream(scratch, content, &opt, &docs, &bad, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < bad.list.n; i++) {
		const struct diag *d = &bad.list.v[i];
		diag_add(sink->diags, d->level, name, d->line, d->col, "%.*s", STR_FMT(d->text));
		sink->unreadable += d->level == DIAG_UNREADABLE;
	}
	sink->unreadable += bad.dropped;
	for (size_t i = 0; i < docs.n && r == 0; i++)
		if (docs.v[i].doc.root && docs.v[i].doc.root->kind != VALUE_NULL)
			r = each(ctx, scratch, &docs.v[i], name, sink, err);
	return r;
}
