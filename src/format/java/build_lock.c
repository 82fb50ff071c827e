/* Lock files of Gradle and sbt. */
#include "base/path.h"
#include "format/java/maven.h"
#include "format/lang/lang.h"

bool gradle_wants_lock(struct str path, uint32_t mode, uint64_t size)
{
	return str_has_suffix(path, STR("gradle.lockfile")) ||
	       (str_has_suffix(path, STR(".lockfile")) && str_eq(path_base(path_dir(path)), STR("dependency-locks")));
}

/* "compileClasspath,testRuntimeClasspath": whether only tests need it. */
static bool is_test_only(struct str configurations)
{
	struct str one;
	bool any = false;
	while (str_next(&configurations, ',', &one)) {
		any = true;
		if (!str_has_prefix(str_trim(one), STR("test")))
			return false;
	}
	return any;
}

/* group:artifact:version=configuration,configuration; the last line, "empty=…", lists configurations without dependencies. */
int gradle_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct lang_list list;
	struct str text, line, own = path_base(in->name);
	int code, r = lang_read_text(a, in, &text, err);
	if (r < 0)
		return r;
	/* In the old form the file is called as its one configuration. */
	bool old = str_eq(path_base(path_dir(in->name)), STR("dependency-locks")), is_new;
	lang_list_init(&list, a, in, PKG_GRADLE_LOCK, out, diags);
	for (uint32_t number = 1; str_next_line(&text, &line); number++) {
		struct str coordinates, configurations, group, artifact, version;
		line = str_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		bool has_configurations = str_cut(line, '=', &coordinates, &configurations);
		if (has_configurations && str_eq(coordinates, STR("empty")))
			continue;
		if (!str_cut(coordinates, ':', &group, &artifact) || !str_cut(artifact, ':', &artifact, &version) || !group.n || !artifact.n ||
		    str_find_char(version, ':') != STR_NOT_FOUND) {
			diag_add(diags, DIAG_UNREADABLE, in->name, number, 0, "no \"group:artifact:version\": %.*s", STR_FMT(str_sub(line, 0, 100)));
			continue;
		}
		struct str name = str_sub(coordinates, 0, group.n + 1 + artifact.n);
		struct package *p = lang_add(&list, name, version, number, &is_new, &code);
		if (code < 0)
			return error_nomem(err);
		if (p)
			p->dev = is_test_only(has_configurations ? configurations : old ? own : STR("")) && (is_new || p->dev);
	}
	return 0;
}

/* { "lockVersion": 1, "dependencies": [{ "org": …, "name": …, "version": …, "configurations": ["compile", "runtime", "test"] }] } */
int sbt_parse_lock(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	struct document doc;
	struct lang_list list;
	struct lang_spans spans;
	int r = lang_read_json(a, in, false, &doc, err);
	if (r < 0 || (r = lang_spans_init(&spans, a, doc.source, err)) < 0)
		return r;
	lang_list_init(&list, a, in, PKG_SBT_LOCK, out, diags);
	value_foreach(it, value_get_c(doc.root, "dependencies")) {
		struct str org = value_str_c(it, "org"), artifact = value_str_c(it, "name");
		uint32_t line, end_line;
		bool is_new, dev = true;
		int code;
		lang_lines(&spans, &doc, it, &line, &end_line);
		value_foreach(c, value_get_c(it, "configurations"))
			dev = dev && !str_eq(value_text(c), STR("compile")) && !str_eq(value_text(c), STR("runtime"));
		struct str name = org.n && artifact.n ? arena_printf(a, "%.*s:%.*s", STR_FMT(org), STR_FMT(artifact)) : STR("");
		if (!name.p)
			return error_nomem(err);
		struct package *p = lang_add(&list, name, value_str_c(it, "version"), line, &is_new, &code);
		if (code < 0)
			return error_nomem(err);
		if (!p)
			continue;
		p->dev = dev && (is_new || p->dev);
		if (is_new)
			p->end_line = end_line;
	}
	return 0;
}
