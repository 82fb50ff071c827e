#include "source/image/engines.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "format/oci/digest.h"
#include "source/image/image_internal.h"
#include "sys/file/file.h"

#define ID_DIGITS_MIN 4u

/* --- names and ids --- */

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
			return false;
	return s.n > 0;
}

/* The first component of a name decides whether it has a host: see reference.h. */
static bool has_host(struct str text)
{
	struct str first, rest;
	if (!str_cut(text, '/', &first, &rest))
		return false;
	return str_eq(first, STR("localhost")) || str_find_char(first, '.') != STR_NOT_FOUND || str_find_char(first, ':') != STR_NOT_FOUND;
}

int engine_query_init(struct arena *a, struct str reference, struct engine_query *ret, struct error *err)
{
	const struct oci_reference_defaults defaults = registry_reference_defaults();
	struct engine_query q = { .text = reference };
	struct str hex = reference;
	bool prefixed = str_strip_prefix(&hex, STR("sha256:"));
	if (is_hex(hex) && hex.n <= 64 && hex.n >= ID_DIGITS_MIN)
		q.hex = hex;
	int r = prefixed && q.hex.n ? ERR_USAGE : oci_reference_parse(a, reference, &defaults, &q.ref, err);
	q.is_name = r == 0;
	if (r < 0 && (!q.hex.n || r == ERR_NOMEM))
		return r;
	if (r < 0)
		error_clear(err);
	if (q.is_name) {
		struct str end = q.ref.digest.n ? q.ref.digest : q.ref.tag;
		char sep = q.ref.digest.n ? '@' : ':';
		struct str name = oci_reference_short_name(a, &q.ref, &defaults);
		q.full = arena_printf(a, "%.*s/%.*s%c%.*s", STR_FMT(q.ref.host), STR_FMT(q.ref.repository), sep, STR_FMT(end));
		q.familiar = arena_printf(a, "%.*s%c%.*s", STR_FMT(name), sep, STR_FMT(end));
		q.local = has_host(reference) ? STR("") : arena_printf(a, "localhost/%.*s%c%.*s", STR_FMT(name), sep, STR_FMT(end));
		if (!name.p || !q.full.p || !q.familiar.p || !q.local.p)
			return error_nomem(err);
	}
	*ret = q;
	return 0;
}

bool engine_id_matches(const struct engine_query *q, struct str id)
{
	str_strip_prefix(&id, STR("sha256:"));
	return q->hex.n && str_has_prefix(id, q->hex);
}

bool engine_name_matches(const struct engine_query *q, struct str name)
{
	return str_eq(name, q->text) || (q->is_name && (str_eq(name, q->full) || str_eq(name, q->familiar)));
}

int engine_match_only(struct arena *a, const struct engine_query *q, const struct engine_match_vec *list, const char *hint, size_t *ret, struct error *err)
{
	struct buf b;
	bool one = true;
	if (!list->n)
		return error_set(err, ERR_NOT_FOUND, "no image %.*s", STR_FMT(str_sub(q->text, 0, 200)));
	for (size_t i = 1; i < list->n; i++)
		one = one && str_eq(list->v[i].id, list->v[0].id);
	if (one) {
		*ret = list->v[0].index;
		return 0;
	}
	buf_init(&b, 4096);
	for (size_t i = 0; i < list->n && i < 10; i++)
		buf_addf(&b, "%s%.*s (%.*s)", i ? ", " : "", STR_FMT(str_sub(list->v[i].shown, 0, 150)), STR_FMT(str_sub(list->v[i].id, 0, 19)));
	if (list->n > 10)
		buf_addf(&b, " and %zu more", list->n - 10);
	struct str text = arena_str(a, buf_str(&b));
	buf_release(&b);
	return error_set(err, ERR_USAGE, "%.*s names %zu different images; %s: %.*s", STR_FMT(str_sub(q->text, 0, 200)), list->n, hint, STR_FMT(text));
}

int engine_unusable(int code, struct error *err)
{
	if (code != ERR_NOT_FOUND)
		return code;
	if (err)
		err->code = ERR_FORMAT;
	return ERR_FORMAT;
}

/* --- files --- */

static int join(struct str folder, struct str name, char path[PATH_MAX], struct error *err)
{
	int n = snprintf(path, PATH_MAX, "%.*s%s%.*s", STR_FMT(folder), name.n ? "/" : "", STR_FMT(name));
	return n < 0 || n >= PATH_MAX || strlen(path) != (size_t)n ? error_set(err, ERR_USAGE, "%.*s: bad path", STR_FMT(str_sub(folder, 0, 200))) : 0;
}

int engine_read(struct arena *a, struct str folder, struct str name, uint64_t max_bytes, struct str *ret, struct error *err)
{
	char path[PATH_MAX];
	int r = join(folder, name, path, err);
	if (r == 0)
		r = file_read(a, str_c(path), max_bytes, ret, err);
	if (r == ERR_SYSTEM && err && err->sys_errno == ENOTDIR)
		err->code = r = ERR_NOT_FOUND;
	return r;
}

int engine_exists(struct str folder, struct str name)
{
	char path[PATH_MAX];
	struct stat st;
	if (join(folder, name, path, NULL) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (stat(path, &st) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* --- layers that are directories --- */

int source_dir_layer(struct image_source *s, struct source_layer *layer, struct error *err)
{
	char path[PATH_MAX];
	int r = join(layer->dir, STR(""), path, err);
	if (r < 0)
		return r;
	layer->own_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (layer->own_fd < 0)
		return error_set_errno(err, errno, "%s", path);
	layer->blob = (struct layer_blob){ .fd = layer->own_fd, .is_dir = true };
	return 0;
}

int source_load_unpacked(struct image_source *s, struct str config_json, struct str id, struct error *err)
{
	struct oci_config config;
	s->info.config_json = config_json;
	s->info.id = id;
	int r = oci_config_parse(&s->arena, config_json, &config, err);
	if (r < 0)
		return error_wrap(err, r, "configuration %.*s", STR_FMT(id));
	r = source_layers_alloc(s, config.diff_ids.n, err);
	for (size_t i = 0; i < config.diff_ids.n && r == 0; i++)
		s->layers[i].name = config.diff_ids.v[i];
	return r < 0 ? r : source_apply_config(s, &config, config.diff_ids.n, err);
}
