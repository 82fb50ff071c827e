#include "base/path.h"
#include "format/json/json.h"
#include "format/lang/lang.h"
#include "format/python/python.h"
#include "format/zip/zip.h"

#define METADATA_MAX (UINT64_C(16) << 20)
#define LICENSE_MAX 200 /* bytes; a longer License field is the licence's text, not its name */

bool python_wants_metadata(struct str path, uint32_t mode, uint64_t size)
{
	struct str name = path_base(path), dir = path_dir(path);
	if (str_has_suffix(path, STR(".egg-info")))
		return true;
	if (str_eq(name, STR("METADATA")))
		return str_has_suffix(dir, STR(".dist-info")) || str_has_suffix(dir, STR(".egg-info"));
	return str_eq(name, STR("PKG-INFO")) && (str_has_suffix(dir, STR(".egg-info")) || str_eq(path_base(dir), STR("EGG-INFO")));
}

struct fields {
	struct str name, version, expression, license;
	struct str_vec classifiers, depends;
};

static const struct str *field_names(size_t *ret_count)
{
	static const struct str names[] = { STR_INIT("Name"), STR_INIT("Version"), STR_INIT("License-Expression"), STR_INIT("License"), STR_INIT("Classifier"),
					    STR_INIT("Requires-Dist") };
	*ret_count = ARRAY_LEN(names);
	return names;
}

/* "requests (>=2.0) ; extra == 'x'" -> "requests"; empty for what only an extra needs. */
static struct str requirement_name(struct str s)
{
	struct str marker, head;
	if (str_cut(s, ';', &head, &marker) && str_contains(marker, STR("extra")))
		return STR_NONE;
	size_t n = 0;
	head = str_trim(head);
	while (n < head.n && (char_is_alnum(head.p[n]) || head.p[n] == '-' || head.p[n] == '_' || head.p[n] == '.'))
		n++;
	return str_sub(head, 0, n);
}

static int set_field(struct arena *a, struct fields *f, struct str key, struct str value)
{
	size_t count, i = 0;
	const struct str *names = field_names(&count);
	while (i < count && !str_eq_nocase(key, names[i]))
		i++;
	struct str *single = i == 0 ? &f->name : i == 1 ? &f->version : i == 2 ? &f->expression : i == 3 ? &f->license : NULL;
	if (single) {
		if (!single->n) /* the first one counts */
			*single = value;
		return 0;
	}
	if (i == 4)
		return vec_push(a, &f->classifiers, value) ? 0 : ERR_NOMEM;
	return i == 5 ? lang_push(a, &f->depends, requirement_name(value)) : 0;
}

/* Header lines up to the first empty one. A line that begins with white space goes on with the field before it; of the fields read here only
 * License ever has such lines, and then it is a text that is not kept. */
static int read_fields(struct arena *a, struct str text, struct fields *f)
{
	struct str line, key, value, last_key = STR_NONE;
	while (str_next_line(&text, &line) && line.n) {
		if (line.p[0] == ' ' || line.p[0] == '\t') {
			if (str_eq_nocase(last_key, STR("License")))
				f->license = STR_NONE;
			continue;
		}
		if (!str_cut(line, ':', &key, &value))
			continue;
		last_key = key;
		int r = set_field(a, f, str_trim_right(key), str_trim(value));
		if (r < 0)
			return r;
	}
	return 0;
}

/* "License :: OSI Approved :: MIT License" -> "MIT License"; empty for classifiers that name no licence. */
static struct str classifier_license(struct str classifier)
{
	if (!str_strip_prefix(&classifier, STR("License :: ")))
		return STR_NONE;
	for (size_t at; (at = str_find(classifier, STR(" :: "))) != STR_NOT_FOUND;)
		classifier = str_from(classifier, at + 4);
	return str_eq(classifier, STR("OSI Approved")) ? STR_NONE : classifier;
}

static int add_licenses(struct arena *a, const struct fields *f, struct str_vec *out)
{
	if (f->expression.n)
		return lang_push(a, out, f->expression);
	const struct str *c;
	vec_foreach(c, &f->classifiers) {
		int r = lang_push(a, out, classifier_license(*c));
		if (r < 0)
			return r;
	}
	return out->n || f->license.n > LICENSE_MAX ? 0 : lang_push(a, out, f->license);
}

static int parse_text(struct arena *a, const struct input *in, struct str text, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct lang_list list;
	struct fields f = { 0 };
	int code;
	if (read_fields(a, text, &f) < 0)
		return error_nomem(err);
	if (!f.name.n || !f.version.n)
		return error_set(err, ERR_FORMAT, "Python metadata without a %s", f.name.n ? "Version" : "Name");
	lang_list_init(&list, a, in, PKG_PYTHON, out, diags);
	struct package *p = lang_add(&list, f.name, f.version, 0, NULL, &code);
	if (!p)
		return code < 0 ? error_nomem(err) : 0;
	p->vendored = str_contains(in->name, STR("/_vendor/")) || str_contains(in->name, STR("/_vendored/"));
	p->depends = f.depends;
	return add_licenses(a, &f, &p->licenses) < 0 ? error_nomem(err) : 0;
}

int python_parse_metadata(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct str text;
	int r = input_all(a, in, METADATA_MAX, &text, err);
	if (r < 0)
		return r;
	str_strip_prefix(&text, STR("\xef\xbb\xbf"));
	return parse_text(a, in, text, out, diags, err);
}

static int read_member(struct arena *a, const struct zip *z, const struct zip_member *m, struct str *ret, struct error *err)
{
	if (m->size > METADATA_MAX)
		return error_set(err, ERR_LIMIT, "%.*s is larger than %u MiB", STR_FMT(m->name), (unsigned)(METADATA_MAX >> 20));
	int r = zip_check_ratio(m, err);
	char *text = r < 0 ? NULL : arena_alloc(a, m->size + 1);
	if (!text)
		return r < 0 ? r : error_nomem(err);
	struct zip_inflater inflater;
	zip_inflater_init(&inflater);
	r = zip_read(&inflater, z, m, text, err);
	zip_inflater_release(&inflater);
	if (r == 0)
		*ret = str_make(text, m->size);
	return r;
}

int python_parse_egg(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct zip z;
	struct zip_cursor cursor;
	struct zip_member m;
	int r = zip_open(in, &z, err);
	if (r < 0)
		return r;
	bool found = false;
	zip_cursor_init(&cursor, &z);
	while ((r = zip_next(&cursor, &m, err)) > 0) {
		struct str text;
		if (!python_wants_metadata(m.name, 0, m.size) || m.is_folder)
			continue;
		found = true;
		r = read_member(a, &z, &m, &text, err);
		if (r == 0)
			r = parse_text(a, in, text, out, diags, err);
		break;
	}
	zip_cursor_release(&cursor);
	if (r == 0 && !found)
		diag_add(diags, DIAG_WARNING, in->name, 0, 0, "an egg without EGG-INFO/PKG-INFO: which package it is is not known");
	return r;
}

/* conda-meta/numpy-1.21.2-py39h20f2e39_0.json */
bool python_wants_conda(struct str path, uint32_t mode, uint64_t size)
{
	struct str name = path_base(path);
	size_t dashes = 0;
	for (size_t i = 0; i < name.n; i++)
		dashes += name.p[i] == '-';
	return dashes >= 2 && str_has_suffix(name, STR(".json")) && str_eq(path_base(path_dir(path)), STR("conda-meta"));
}

int python_parse_conda(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	int code;
	int r = lang_read_json(a, in, false, &doc, err);
	if (r < 0)
		return r;
	struct str name = value_str_c(doc.root, "name"), version = value_str_c(doc.root, "version");
	if (!name.n || !version.n)
		return error_set(err, ERR_FORMAT, "conda package without a %s", name.n ? "version" : "name");
	lang_list_init(&list, a, in, PKG_CONDA, out, diags);
	struct package *p = lang_add(&list, name, version, 0, NULL, &code);
	if (!p)
		return code < 0 ? error_nomem(err) : 0;
	r = lang_push(a, &p->licenses, value_str_c(doc.root, "license"));
	value_foreach(it, value_get_c(doc.root, "depends")) {
		struct str rest = value_text(it), word; /* "python >=3.9,<3.10.0a0" */
		if (r == 0 && str_next_word(&rest, &word))
			r = lang_push(a, &p->depends, word);
	}
	struct str md5 = value_str_c(doc.root, "md5"), sha256 = value_str_c(doc.root, "sha256");
	if (sha256.n || md5.n)
		p->digest = arena_printf(a, "%s:%.*s", sha256.n ? "sha256" : "md5", STR_FMT(sha256.n ? sha256 : md5));
	return r < 0 ? error_nomem(err) : 0;
}
