#include "feature/image/secrets.h"

#include "format/json/json.h"
#include "format/json/json_write.h"
#include "format/yaml/yaml.h"
#include "sys/file/file.h"
#include "sys/module/module.h"

#define CONFIG_FILE_MAX (16u << 20)
#define CONFIG_TEXT_MAX (64u << 20)
#define SECRETS_STARRED_MAX 1000
#define ITEM_MAX        (256u << 10) /* of a configuration's text that is looked at */

static int read_config(struct arena *a, struct str path, struct secretfile *ret, struct error *err)
{
	struct str text;
	struct document doc;
	struct yaml_options opt = { .name = path };
	int r = file_read(a, path, CONFIG_FILE_MAX, &text, err);
	if (r < 0)
		return error_wrap(err, r == ERR_NOT_FOUND || r == ERR_SYSTEM ? ERR_USAGE : r, "secret configuration %.*s", STR_FMT(path));
	if ((r = yaml_parse(a, text, &opt, &doc, NULL, err)) < 0)
		return error_wrap(err, r, "%.*s", STR_FMT(path));
	return secretfile_from_document(a, &doc, ret, err);
}

static void *begin(const void *rules)
{
	return secret_scanner_new(rules);
}

static void end(void *state)
{
	secret_scanner_free(state);
}

static int observe(void *state, struct arena *a, const struct input *in, struct observation_vec *out, struct diags *diags, struct error *err)
{
	return secret_scan(state, a, in, out, diags, err);
}

int image_secrets_open(struct arena *a, struct str config_file, struct image_secrets *ret, struct error *err)
{
	const struct patterns *patterns;
	struct secretfile *config = config_file.n ? arena_new(a, struct secretfile) : NULL;
	struct image_secrets s = { 0 };
	if (config_file.n && !config)
		return error_nomem(err);
	int r = config ? read_config(a, config_file, config, err) : 0;
	if (r == 0)
		r = module_patterns(&patterns, err);
	if (r == 0)
		r = secret_ruleset_open(a, patterns, config, &s.rules, err);
	if (r < 0)
		return r;
	s.row = (struct analyzer){ .name = "secrets", .version = SECRET_SCANNER_VERSION, .kind = FACTS_OBSERVATIONS, .max_bytes = UINT64_C(64) << 30, .random_access = true,
				   .wants = secret_wants, .sniff = secret_sniff, .rules = s.rules, .fingerprint = secret_ruleset_fingerprint(s.rules), .begin = begin,
				   .end = end, .observe = observe };
	*ret = s;
	return 0;
}

void image_secrets_close(struct image_secrets *s)
{
	secret_ruleset_close(s->rules);
	s->rules = NULL;
}

/* ---- the configuration -------------------------------------------------------------------------------------------- */

struct config_scan {
	struct secret_scanner *scanner;
	struct arena *arena;
	struct observation_vec *out;
	struct str_vec secrets; /* all that were found, to be starred out */
	struct error *err;
};

/* `as`: the kind of file whose rules fit. Of one rule the first finding counts: the text may be told twice (split_words). */
static int scan_item(struct config_scan *c, struct str as, struct str text, struct str where)
{
	struct observation_vec found = { 0 };
	struct diags none;
	diags_init(&none, c->arena);
	if (!text.p || !where.p)
		return error_nomem(c->err);
	int r = secret_scan_text(c->scanner, c->arena, as, str_sub(text, 0, ITEM_MAX), &found, &c->secrets, &none, c->err);
	for (size_t i = 0; i < found.n && r == 0; i++) {
		struct observation o = found.v[i];
		bool again = false;
		for (size_t k = 0; k < i && !again; k++)
			again = str_eq(found.v[k].id, o.id);
		o.path = STR("");
		o.line = o.end_line = o.col = o.context_line = 0;
		o.context = STR("");
		o.detail = where;
		if (!again && !vec_push(c->arena, c->out, o))
			return error_nomem(c->err);
	}
	return r;
}

/* A shell's line, and below it its words one a line, so that rules for files of settings see "NAME=value" there. */
static struct str split_words(struct arena *a, struct str line)
{
	line = str_sub(line, 0, ITEM_MAX / 2);
	struct str text = arena_printf(a, "%.*s\n%.*s\n", STR_FMT(line), STR_FMT(line));
	char *p = text.p ? (char *)(uintptr_t)text.p + line.n + 1 : NULL;
	for (size_t i = 0; p && i < line.n; i++)
		if (p[i] == ' ' || p[i] == '\t' || p[i] == ';')
			p[i] = '\n';
	return text;
}

static int scan_config(struct config_scan *c, const struct value *root)
{
	static const struct str commands[] = { STR_INIT("Entrypoint"), STR_INIT("Cmd"), STR_INIT("OnBuild"), STR_INIT("Shell") };
	const struct value *config = value_get_c(root, "config");
	struct arena *a = c->arena;
	size_t step = 0;
	int r = 0;
	value_foreach(v, value_get_c(config, "Env")) {
		struct str name, value;
		str_cut(value_text(v), '=', &name, &value);
		if (r == 0)
			r = scan_item(c, STR(".env"), arena_printf(a, "%.*s\n", STR_FMT(value_text(v))), arena_printf(a, "in the environment variable %.*s", STR_FMT(name)));
	}
	value_foreach_member(m, value_get_c(config, "Labels"))
		if (r == 0)
			r = scan_item(c, STR(".env"), arena_printf(a, "%.*s=\"%.*s\"\n", STR_FMT(m->key), STR_FMT(value_text(&m->value))),
				      arena_printf(a, "in the label %.*s", STR_FMT(m->key)));
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		value_foreach(v, value_get(config, commands[i]))
			if (r == 0)
				r = scan_item(c, STR("Dockerfile"), split_words(a, value_text(v)), arena_printf(a, "in the image's %.*s", STR_FMT(commands[i])));
	value_foreach(h, value_get_c(root, "history")) {
		struct str line = value_str_c(h, "created_by");
		step++;
		if (line.n && r == 0)
			r = scan_item(c, STR("Dockerfile"), split_words(a, line), arena_printf(a, "in the image's history, step %zu", step));
	}
	return r;
}

/* ---- starring out ------------------------------------------------------------------------------------------------- */

/* text without any of the secrets; itself when it holds none; p NULL: no memory. */
static struct str star_out(struct config_scan *c, struct str text)
{
	for (size_t i = 0; i < c->secrets.n && text.p; i++) {
		struct str secret = c->secrets.v[i];
		struct buf out;
		size_t found = str_find(text, secret);
		if (!secret.n || found == STR_NOT_FOUND)
			continue;
		buf_init(&out, CONFIG_TEXT_MAX);
		for (; found != STR_NOT_FOUND; found = str_find(text, secret)) {
			buf_add(&out, str_sub(text, 0, found));
			buf_add_c(&out, "********");
			text = str_from(text, found + secret.n);
		}
		buf_add(&out, text);
		text = buf_failed(&out) ? STR_NONE : arena_str(c->arena, buf_str(&out));
		buf_release(&out);
	}
	return text;
}

/* All strings below v; the tree is this scan's own. Depth is that of the JSON reader's limit. */
static int star_out_value(struct config_scan *c, struct value *v)
{
	int r = 0;
	if (v->kind == VALUE_STRING && v->count) {
		struct str text = star_out(c, value_text(v));
		if (!text.p)
			return error_nomem(c->err);
		v->text = text.p;
		v->count = text.n;
	} else if (v->kind == VALUE_ARRAY) {
		for (size_t i = 0; i < v->count && r == 0; i++)
			r = star_out_value(c, &v->items[i]);
	} else if (v->kind == VALUE_OBJECT) {
		for (size_t i = 0; i < v->count && r == 0; i++)
			r = star_out_value(c, &v->members[i].value);
	}
	return r;
}

static int star_out_image(struct config_scan *c, struct value *root, struct image_info *image)
{
	struct image_layer *l;
	struct json_writer w;
	struct buf text;
	if (c->secrets.n > SECRETS_STARRED_MAX) { /* nobody's configuration: it is not shown at all */
		image->config_json = STR("");
		vec_foreach(l, &image->layers)
			l->created_by = STR("");
		return 0;
	}
	int r = star_out_value(c, root);
	vec_foreach(l, &image->layers)
		if (l->created_by.n && !(l->created_by = star_out(c, l->created_by)).p)
			return error_nomem(c->err);
	if (r < 0)
		return r;
	buf_init(&text, CONFIG_TEXT_MAX);
	json_writer_init(&w, &text, 0, 0);
	json_write_value(&w, root);
	image->config_json = buf_failed(&text) ? STR_NONE : arena_str(c->arena, buf_str(&text));
	buf_release(&text);
	return image->config_json.p ? 0 : error_nomem(c->err);
}

int image_secrets_in_config(const struct image_secrets *s, struct arena *a, struct image_info *image, struct observation_vec *out, struct error *err)
{
	struct document doc;
	struct error unread = { 0 };
	struct config_scan c = { .arena = a, .out = out, .err = err };
	if (!image->config_json.n || json_parse(a, image->config_json, NULL, &doc, NULL, &unread) < 0)
		return 0; /* who reads the image has told it */
	c.scanner = secret_scanner_new(s->rules);
	if (!c.scanner)
		return error_nomem(err);
	int r = scan_config(&c, doc.root);
	secret_scanner_free(c.scanner);
	return r == 0 && c.secrets.n ? star_out_image(&c, doc.root, image) : r;
}

int image_secrets_star_out(struct arena *a, const struct str_vec *texts, struct image_info *image, struct error *err)
{
	struct document doc;
	struct error unread = { 0 };
	struct config_scan c = { .arena = a, .secrets = *texts, .err = err };
	if (!image->config_json.n || json_parse(a, image->config_json, NULL, &doc, NULL, &unread) < 0)
		return 0;
	return star_out_image(&c, doc.root, image);
}
