#include "feature/image/bases.h"

#include "format/json/json.h"
#include "sys/file/file.h"

#include <unistd.h>

#define REPORT_BYTES_MAX (1024u << 20)

static int add_diff_ids(struct arena *a, const struct value *ids, struct str_vec *ret, struct error *err)
{
	value_foreach(id, ids) {
		struct str text = arena_str(a, value_text(id));
		if (!text.p || !vec_push(a, ret, text))
			return error_nomem(err);
	}
	return 0;
}

static bool is_json(struct str path)
{
	int fd;
	char head[1];
	if (file_open(path, &fd, NULL, NULL) < 0)
		return false;
	bool yes = file_pread_some(fd, head, sizeof(head), 0, NULL) == 1 && head[0] == '{';
	close(fd);
	return yes;
}

static int read_report(struct arena *a, struct str path, struct base_known *k, struct error *err)
{
	struct arena own;
	struct document doc;
	struct str text;
	arena_init(&own, ARENA_NO_LIMIT);
	int r = file_read(&own, path, REPORT_BYTES_MAX, &text, err);
	if (r == 0)
		r = json_parse(&own, text, NULL, &doc, NULL, err);
	if (r == 0) {
		struct str name = value_str_c(doc.root, "ArtifactName");
		k->name = arena_str(a, name.n ? name : path);
		r = k->name.p ? add_diff_ids(a, value_path(doc.root, "Metadata", "DiffIDs", NULL), &k->diff_ids, err) : error_nomem(err);
	}
	arena_release(&own);
	return r;
}

static int read_image(struct arena *a, struct str ref, const struct image_source_options *source, struct base_known *k, struct error *err)
{
	struct image_source *src;
	int r = image_source_open(ref, source, &src, err);
	if (r < 0)
		return r;
	const struct image_info *info = image_source_info(src);
	k->name = arena_str(a, info->repo_tags.n && !str_contains(info->artifact_name, STR(":")) ? info->repo_tags.v[0] : info->artifact_name);
	r = k->name.p ? 0 : error_nomem(err);
	for (size_t i = 0; i < info->layers.n && r == 0; i++) {
		struct str id = arena_str(a, info->layers.v[i].diff_id);
		r = id.p && vec_push(a, &k->diff_ids, id) ? 0 : error_nomem(err);
	}
	image_source_free(src);
	return r;
}

int bases_read(struct arena *a, const struct str_vec *names, const struct image_source_options *source, struct base_known_vec *ret, struct error *err)
{
	const struct str *name;
	vec_foreach(name, names) {
		struct base_known known = { 0 };
		int r = is_json(*name) ? read_report(a, *name, &known, err) : read_image(a, *name, source, &known, err);
		if (r < 0)
			return error_wrap(err, r == ERR_NOT_FOUND ? ERR_USAGE : r, "--base %.*s", STR_FMT(*name));
		if (!known.diff_ids.n)
			return error_set(err, ERR_USAGE, "--base %.*s: it says nothing of layers (Metadata.DiffIDs)", STR_FMT(*name));
		if (!vec_push(a, ret, known))
			return error_nomem(err);
	}
	return 0;
}
