/* Advisory feeds: the first byte chooses the reader (0: by recognition), the rest is the file. Records are walked, so that every view is touched. */
#include "format/feeds/feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t touch(struct str s)
{
	uint64_t h = 0;
	for (size_t i = 0; i < s.n; i++)
		h = h * 31 + (unsigned char)s.p[i];
	return h;
}

static uint64_t touch_list(const struct str_vec *v)
{
	uint64_t h = v->n;
	for (size_t i = 0; i < v->n; i++)
		h += touch(v->v[i]);
	return h;
}

static int on_record(void *ctx, const struct feed_record *r, struct error *err)
{
	uint64_t *h = ctx;
	*h += touch(r->id) + touch(r->unit) + touch(r->source) + touch(r->title) + touch(r->description) + touch(r->published) + touch(r->modified) +
	      touch(r->kev_added) + touch(r->kev_due) + touch_list(&r->ids) + touch_list(&r->references) + touch_list(&r->aliases) + touch_list(&r->cwes);
	for (size_t i = 0; i < r->cvss.n; i++)
		*h += touch(r->cvss.v[i].vector) + touch(r->cvss.v[i].source);
	for (size_t i = 0; i < r->affected.n; i++) {
		const struct feed_affected *f = &r->affected.v[i];
		*h += touch(f->ecosystem) + touch(f->name) + touch(f->arch) + touch(f->module) + touch(f->vendor_id) + touch_list(&f->versions) + touch_list(&f->fixed) +
		      touch_list(&f->constraints) + touch_list(&f->unaffected);
		for (size_t j = 0; j < f->ranges.n; j++)
			*h += touch(f->ranges.v[j].low) + touch(f->ranges.v[j].high);
	}
	if (!r->id.n || !r->ids.n)
		abort(); /* every record has a name and says what it is about */
	return 0;
}

static int on_epss(void *ctx, struct str id, double score, double percentile, struct error *err)
{
	if (!(score >= 0 && score <= 1 && percentile >= 0 && percentile <= 1))
		abort();
	*(uint64_t *)ctx += touch(id);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct arena keep, scratch;
	struct diags diags;
	struct error err = { 0 };
	uint64_t h = 0;
	struct str content = str_make((const char *)data + 1, size - 1);
	arena_init(&keep, 64 << 20);
	arena_init(&scratch, 64 << 20);
	diags_init(&diags, &keep);
	struct feed_context context = { .arena = &keep };
	struct feed_sink sink = { .ctx = &h, .record = on_record, .epss = on_epss, .diags = &diags };
	enum feed_kind kind = feed_recognise(STR("feed"), content);
	if (data[0])
		kind = (enum feed_kind)(data[0] % FEED_KIND_COUNT);
	if (kind != FEED_UNKNOWN)
		(void)feed_read(kind, &context, &scratch, STR("feed"), content, &sink, &err);
	arena_release(&scratch);
	arena_release(&keep);
	return 0;
}
