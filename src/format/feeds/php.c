/* FriendsOfPHP/security-advisories (VENDOR/PACKAGE/ID.yaml), one document an advisory; the file's path stands in the comment of its `---` line.
 * branches: {NAME: {time, versions: ['>=1.0', '<1.2.3']}}: all of a branch's list together, any of the branches. */
#include "format/feeds/feed_util.h"
#include "format/feeds/feed_yaml.h"

static int add_branch(struct arena *a, const struct value *branch, struct feed_affected *f, struct feed_record *rec)
{
	struct str joined = STR_NONE, time = value_text(value_get_c(branch, "time"));
	const struct value *versions = value_get_c(branch, "versions");
	size_t bytes = 0, n = 0;
	value_foreach(v, versions)
		bytes += value_text(v).n + 2;
	char *p = arena_alloc_aligned(a, bytes + 1, 1);
	if (!p)
		return -1;
	value_foreach(v, versions) {
		struct str text = str_trim(value_text(v)), fixed = text;
		if (text.n == 0)
			continue;
		if (n) {
			memcpy(p + n, ", ", 2);
			n += 2;
		}
		memcpy(p + n, text.p, text.n);
		n += text.n;
		if (str_strip_prefix(&fixed, STR("<")) && !str_has_prefix(fixed, STR("=")) && !vec_push(a, &f->fixed, str_trim(fixed)))
			return -1;
	}
	joined = str_make(p, n);
	if (time.n >= 10 && (rec->published.n == 0 || str_cmp(str_sub(time, 0, 10), rec->published) < 0))
		rec->published = str_sub(time, 0, 10);
	return joined.n && !vec_push(a, &f->constraints, joined) ? -1 : 0;
}

static int document(void *ctx, struct arena *a, const struct yaml_document *doc, struct str name, struct feed_sink *sink, struct error *err)
{
	const struct value *root = doc->doc.root;
	struct feed_record rec = { .unit = STR("php"), .source = STR("php-security-advisories"), .line = doc->line };
	struct feed_affected f = { .ecosystem = STR("Packagist"), .name = value_str_c(root, "reference"), .line = doc->line };
	struct str path = doc->comment, cve = value_text(value_get_c(root, "cve")), link = value_str_c(root, "link");
	if (!value_get_c(root, "reference") || !value_get_c(root, "branches")) {
		feed_passed_over(sink, name, doc->line, "%.*s: no advisory (no keys `reference` and `branches`)", STR_FMT(str_sub(path, 0, 200)));
		return 0;
	}
	str_strip_suffix(&path, STR(".yaml"));
	if (path.n == 0)
		path = name;
	rec.id = feed_is_cve(cve) ? cve : path;
	rec.title = value_str_c(root, "title");
	if (!str_strip_prefix(&f.name, STR("composer://")) || f.name.n == 0)
		return feed_unreadable(sink, name, doc->line, "%.*s: reference is no composer package", STR_FMT(str_sub(path, 0, 200)));
	if (!vec_push(a, &rec.ids, rec.id) || (link.n && !vec_push(a, &rec.references, link)))
		return error_nomem(err);
	value_foreach_member(m, value_get_c(root, "branches")) {
		if (add_branch(a, &m->value, &f, &rec) < 0)
			return error_nomem(err);
	}
	if (f.constraints.n == 0)
		return feed_unreadable(sink, name, doc->line, "%.*s: no versions", STR_FMT(str_sub(path, 0, 200)));
	f.status = f.fixed.n ? ADVISORY_FIXED : ADVISORY_AFFECTED;
	if (!vec_push(a, &rec.affected, f))
		return error_nomem(err);
	int r = feed_note_date(sink, rec.published, err);
	return r < 0 ? r : feed_emit(sink, &rec, err);
}

int feed_read_php(struct feed_context *ctx, struct arena *scratch, struct str name, struct str content, struct feed_sink *sink, struct error *err)
{
	return feed_each_yaml(scratch, name, content, sink, document, NULL, err);
}
