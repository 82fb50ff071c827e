#include "feature/image/lookup.h"

static struct advisorydb *starter_of(struct layered_lookup *l)
{
	if (!l->starter && !l->starter_failed && advisorydb_open_starter(&l->starter, NULL) < 0)
		l->starter_failed = true;
	return l->starter;
}

static int find(void *ctx, struct str ecosystem, struct str name, struct arena *a, struct advisory_vec *out, struct error *err)
{
	struct layered_lookup *l = ctx;
	struct advisory_lookup db = advisorydb_lookup(l->file);
	return db.find(db.ctx, ecosystem, name, a, out, err);
}

/* What the file does not say about an id. The starter's ratings stand beside the others: the order of sources decides (docs/image.md). */
static int add_from_starter(struct arena *a, struct vulnerability *v, const struct vulnerability *s)
{
	for (size_t i = 0; i < s->severities.n; i++)
		if (!vec_push(a, &v->severities, s->severities.v[i]))
			return -1;
	for (size_t i = 0; i < s->cvss.n; i++)
		if (!vec_push(a, &v->cvss, s->cvss.v[i]))
			return -1;
	if (s->title.n && (!v->title.n || v->title_notice.n)) {
		v->title = s->title;
		v->title_notice = STR_NONE;
	}
	v->kev = v->kev || s->kev;
	return 0;
}

static int details(void *ctx, struct str id, struct arena *a, struct vulnerability *ret, struct error *err)
{
	struct layered_lookup *l = ctx;
	struct advisory_lookup db = advisorydb_lookup(l->file);
	struct vulnerability v = { .id = id, .epss = -1, .epss_percentile = -1 }, s = { .epss = -1, .epss_percentile = -1 };
	int known = db.details(db.ctx, id, a, &v, err);
	if ((known < 0 && known != ERR_NOT_FOUND) || !starter_of(l) || l->starter == l->file) {
		if (known == 0)
			*ret = v;
		return known;
	}
	struct advisory_lookup sl = advisorydb_lookup(l->starter);
	int r = sl.details(sl.ctx, id, a, &s, err);
	if (r < 0 && r != ERR_NOT_FOUND)
		return r;
	if (r < 0 && known < 0)
		return ERR_NOT_FOUND;
	if (r == 0 && known < 0)
		v = s;
	else if (r == 0 && add_from_starter(a, &v, &s) < 0)
		return error_nomem(err);
	*ret = v;
	return 0;
}

static bool has_ecosystem(void *ctx, struct str ecosystem)
{
	struct layered_lookup *l = ctx;
	struct advisory_lookup db = advisorydb_lookup(l->file);
	return db.has_ecosystem(db.ctx, ecosystem);
}

static int source(void *ctx, struct str key, struct data_source *ret)
{
	struct layered_lookup *l = ctx;
	struct advisory_lookup db = advisorydb_lookup(l->file);
	int r = db.source(db.ctx, key, ret);
	if (r == ERR_NOT_FOUND && l->starter) {
		struct advisory_lookup sl = advisorydb_lookup(l->starter);
		r = sl.source(sl.ctx, key, ret);
	}
	return r;
}

void layered_lookup_init(struct layered_lookup *l, struct advisorydb *db, bool db_is_starter)
{
	*l = (struct layered_lookup){ .file = db, .starter = db_is_starter ? db : NULL };
}

struct advisory_lookup layered_lookup_callbacks(struct layered_lookup *l)
{
	return (struct advisory_lookup){ .ctx = l, .find = find, .details = details, .has_ecosystem = has_ecosystem, .source = source };
}

void layered_lookup_release(struct layered_lookup *l)
{
	if (l->starter != l->file)
		advisorydb_close(l->starter);
	advisorydb_close(l->file);
	*l = (struct layered_lookup){ 0 };
}
