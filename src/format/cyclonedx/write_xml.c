/* bom-1.6.xsd: every element of a component has its place in a sequence. */
#include "format/cyclonedx/cyclonedx.h"
#include "format/cyclonedx/words.h"
#include "format/cyclonedx/write.h"
#include "format/xml/xml_write.h"

struct writer {
	struct buf *out;
	unsigned depth;
};

static void indent(struct writer *w)
{
	buf_add_char(w->out, '\n');
	buf_add_repeat(w->out, ' ', w->depth * 2);
}

/* <name attribute="value"> with up to two attributes (NULL: none); closed at once when `leaf`. */
static void open_with(struct writer *w, const char *name, const char *key, struct str value, const char *key2, struct str value2, bool leaf)
{
	indent(w);
	buf_addf(w->out, "<%s", name);
	if (key) {
		buf_addf(w->out, " %s=\"", key);
		xml_add_text(w->out, value);
		buf_add_char(w->out, '"');
	}
	if (key2) {
		buf_addf(w->out, " %s=\"", key2);
		xml_add_text(w->out, value2);
		buf_add_char(w->out, '"');
	}
	buf_add_c(w->out, leaf ? "/>" : ">");
	w->depth += !leaf;
}

static void open(struct writer *w, const char *name)
{
	open_with(w, name, NULL, STR_NONE, NULL, STR_NONE, false);
}

static void close_element(struct writer *w, const char *name)
{
	w->depth--;
	indent(w);
	buf_addf(w->out, "</%s>", name);
}

static void leaf_with(struct writer *w, const char *name, const char *key, struct str value, struct str text)
{
	open_with(w, name, key, value, NULL, STR_NONE, false);
	w->depth--;
	xml_add_text(w->out, text);
	buf_addf(w->out, "</%s>", name);
}

static void leaf(struct writer *w, const char *name, struct str text)
{
	leaf_with(w, name, NULL, STR_NONE, text);
}

static void leaf_opt(struct writer *w, const char *name, struct str text)
{
	if (text.n)
		leaf(w, name, text);
}

static void property(struct writer *w, struct str name, struct str value)
{
	leaf_with(w, "property", "name", name, value);
}

static void hashes(struct writer *w, const struct str_vec *digests)
{
	const struct str *d;
	bool any = false;
	vec_foreach(d, digests) {
		struct cyclonedx_hash h;
		if (!cyclonedx_hash(*d, &h))
			continue;
		if (!any)
			open(w, "hashes");
		any = true;
		leaf_with(w, "hash", "alg", str_c(h.word), h.hex);
	}
	if (any)
		close_element(w, "hashes");
}

static void licenses(struct writer *w, const struct str_vec *list)
{
	const struct str *l;
	if (!list->n)
		return;
	open(w, "licenses");
	vec_foreach(l, list) {
		enum cyclonedx_license kind = cyclonedx_license_kind(*l, list->n == 1);
		if (kind == CYCLONEDX_LICENSE_EXPRESSION) {
			leaf(w, "expression", *l);
		} else {
			open(w, "license");
			leaf(w, kind == CYCLONEDX_LICENSE_ID ? "id" : "name", *l);
			close_element(w, "license");
		}
	}
	close_element(w, "licenses");
}

static void properties(struct writer *w, const struct sbom_component *c, bool mark_subject)
{
	const struct sbom_property *p;
	const struct str *s;
	open(w, "properties");
	if (mark_subject)
		property(w, STR(CYCLONEDX_P_SUBJECT), STR("true"));
	vec_foreach(p, &c->properties)
		if (!str_eq_c(p->name, CYCLONEDX_P_SUBJECT))
			property(w, p->name, p->value);
	for (size_t i = 1; i < c->cpes.n; i++)
		property(w, STR(CYCLONEDX_P_CPE), c->cpes.v[i]);
	vec_foreach(s, &c->digests) {
		struct cyclonedx_hash h;
		if (!cyclonedx_hash(*s, &h))
			property(w, STR(CYCLONEDX_P_DIGEST), *s);
	}
	close_element(w, "properties");
}

static void component(struct writer *w, const struct sbom_component *c, bool mark_subject)
{
	open_with(w, "component", "type", str_c(sbom_type_name(c->type)), "bom-ref", c->ref, false);
	if (c->supplier.n) {
		open(w, "supplier");
		leaf(w, "name", c->supplier);
		close_element(w, "supplier");
	}
	leaf_opt(w, "group", c->group);
	leaf(w, "name", c->name);
	leaf_opt(w, "version", c->version);
	leaf_opt(w, "description", c->description);
	hashes(w, &c->digests);
	licenses(w, &c->licenses);
	leaf_opt(w, "copyright", c->copyright);
	if (c->cpes.n)
		leaf(w, "cpe", c->cpes.v[0]);
	leaf_opt(w, "purl", c->purl);
	if (c->homepage.n) {
		open(w, "externalReferences");
		open_with(w, "reference", "type", STR("website"), NULL, STR_NONE, false);
		leaf(w, "url", c->homepage);
		close_element(w, "reference");
		close_element(w, "externalReferences");
	}
	properties(w, c, mark_subject);
	close_element(w, "component");
}

static void tools(struct writer *w, const struct sbom *s)
{
	const struct sbom_tool *t;
	if (!s->tools.n)
		return;
	open(w, "tools");
	open(w, "components");
	vec_foreach(t, &s->tools) {
		open_with(w, "component", "type", STR("application"), NULL, STR_NONE, false);
		leaf_opt(w, "group", t->vendor);
		leaf(w, "name", t->name);
		leaf_opt(w, "version", t->version);
		close_element(w, "component");
	}
	close_element(w, "components");
	close_element(w, "tools");
}

static void metadata(struct writer *w, const struct sbom *s)
{
	const struct sbom_property *p;
	const struct str *author;
	open(w, "metadata");
	leaf_opt(w, "timestamp", cyclonedx_timestamp(s));
	tools(w, s);
	if (s->authors.n) {
		open(w, "authors");
		vec_foreach(author, &s->authors) {
			open(w, "author");
			leaf(w, "name", *author);
			close_element(w, "author");
		}
		close_element(w, "authors");
	}
	if (s->subject_count == 1)
		component(w, &s->components.v[0], false);
	open(w, "properties");
	if (!cyclonedx_is_serial(s->id) && s->id.n)
		property(w, STR(SBOM_P_NAMESPACE), s->id);
	if (s->name.n)
		property(w, STR(SBOM_P_DOCUMENT_NAME), s->name);
	vec_foreach(p, &s->properties)
		property(w, p->name, p->value);
	close_element(w, "properties");
	close_element(w, "metadata");
}

static void dependencies(struct writer *w, const struct sbom *s)
{
	const struct sbom_component *c;
	const uint32_t *to;
	open(w, "dependencies");
	vec_foreach(c, &s->components) {
		open_with(w, "dependency", "ref", c->ref, NULL, STR_NONE, !c->depends.n);
		vec_foreach(to, &c->depends)
			open_with(w, "dependency", "ref", s->components.v[*to].ref, NULL, STR_NONE, true);
		if (c->depends.n)
			close_element(w, "dependency");
	}
	close_element(w, "dependencies");
}

static void body(struct writer *w, const struct sbom *s)
{
	metadata(w, s);
	open(w, "components");
	for (size_t i = s->subject_count == 1 ? 1 : 0; i < s->components.n; i++)
		component(w, &s->components.v[i], i < s->subject_count);
	close_element(w, "components");
	dependencies(w, s);
	open(w, "compositions");
	open(w, "composition");
	leaf(w, "aggregate", s->incomplete ? STR("incomplete") : STR("unknown"));
	open(w, "assemblies");
	for (size_t i = 0; i < s->subject_count; i++)
		open_with(w, "assembly", "ref", s->components.v[i].ref, NULL, STR_NONE, true);
	close_element(w, "assemblies");
	close_element(w, "composition");
	close_element(w, "compositions");
}

int cyclonedx_write_xml(const struct sbom *s, struct buf *out, struct error *err)
{
	struct buf content;
	struct writer w = { .out = &content, .depth = 1 };
	char serial[CYCLONEDX_SERIAL_MAX];
	buf_init(&content, out->max);
	body(&w, s);
	int r = buf_failed(&content) ? error_set(err, ERR_LIMIT, "the bill of materials is too large") : cyclonedx_serial(s, buf_str(&content), serial, err);
	if (r == 0) {
		buf_addf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\" serialNumber=\"%s\" version=\"1\">", serial);
		buf_add(out, buf_str(&content));
		buf_add_c(out, "\n</bom>\n");
		if (buf_failed(out))
			r = error_set(err, ERR_LIMIT, "the bill of materials is too large");
	}
	buf_release(&content);
	return r;
}
