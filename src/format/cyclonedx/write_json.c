#include "format/cyclonedx/cyclonedx.h"
#include "format/cyclonedx/words.h"
#include "format/cyclonedx/write.h"

static void property(struct json_writer *w, struct str name, struct str value)
{
	json_begin_object(w);
	json_member_string(w, STR("name"), name);
	json_member_string(w, STR("value"), value);
	json_end_object(w);
}

static void named_object(struct json_writer *w, const char *key, struct str name)
{
	if (!name.n)
		return;
	json_member_object(w, str_c(key));
	json_member_string(w, STR("name"), name);
	json_end_object(w);
}

static void hashes(struct json_writer *w, const struct str_vec *digests)
{
	const struct str *d;
	bool any = false;
	vec_foreach(d, digests) {
		struct cyclonedx_hash h;
		if (!cyclonedx_hash(*d, &h))
			continue;
		if (!any)
			json_member_array(w, STR("hashes"));
		any = true;
		json_begin_object(w);
		json_member_string(w, STR("alg"), str_c(h.word));
		json_member_string(w, STR("content"), h.hex);
		json_end_object(w);
	}
	if (any)
		json_end_array(w);
}

static void licenses(struct json_writer *w, const struct str_vec *list)
{
	const struct str *l;
	if (!list->n)
		return;
	json_member_array(w, STR("licenses"));
	vec_foreach(l, list) {
		enum cyclonedx_license kind = cyclonedx_license_kind(*l, list->n == 1);
		json_begin_object(w);
		if (kind == CYCLONEDX_LICENSE_EXPRESSION) {
			json_member_string(w, STR("expression"), *l);
		} else {
			json_member_object(w, STR("license"));
			json_member_string(w, kind == CYCLONEDX_LICENSE_ID ? STR("id") : STR("name"), *l);
			json_end_object(w);
		}
		json_end_object(w);
	}
	json_end_array(w);
}

static void properties(struct json_writer *w, const struct sbom_component *c, bool mark_subject)
{
	const struct sbom_property *p;
	const struct str *s;
	json_member_array(w, STR("properties"));
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
	json_end_array(w);
}

/* The members of a component, in the order of the XML schema. */
static void component_members(struct json_writer *w, const struct sbom_component *c, bool mark_subject)
{
	json_member_string(w, STR("bom-ref"), c->ref);
	json_member_string(w, STR("type"), str_c(sbom_type_name(c->type)));
	named_object(w, "supplier", c->supplier);
	json_member_string_opt(w, STR("group"), c->group);
	json_member_string(w, STR("name"), c->name);
	json_member_string_opt(w, STR("version"), c->version);
	json_member_string_opt(w, STR("description"), c->description);
	hashes(w, &c->digests);
	licenses(w, &c->licenses);
	json_member_string_opt(w, STR("copyright"), c->copyright);
	if (c->cpes.n)
		json_member_string(w, STR("cpe"), c->cpes.v[0]);
	json_member_string_opt(w, STR("purl"), c->purl);
	if (c->homepage.n) {
		json_member_array(w, STR("externalReferences"));
		json_begin_object(w);
		json_member_string(w, STR("type"), STR("website"));
		json_member_string(w, STR("url"), c->homepage);
		json_end_object(w);
		json_end_array(w);
	}
	properties(w, c, mark_subject);
}

static void tools(struct json_writer *w, const struct sbom *s)
{
	const struct sbom_tool *t;
	if (!s->tools.n)
		return;
	json_member_object(w, STR("tools"));
	json_member_array(w, STR("components"));
	vec_foreach(t, &s->tools) {
		json_begin_object(w);
		json_member_string(w, STR("type"), STR("application"));
		json_member_string_opt(w, STR("group"), t->vendor);
		json_member_string(w, STR("name"), t->name);
		json_member_string_opt(w, STR("version"), t->version);
		json_end_object(w);
	}
	json_end_array(w);
	json_end_object(w);
}

static void metadata(struct json_writer *w, const struct sbom *s)
{
	const struct sbom_property *p;
	const struct str *author;
	json_member_object(w, STR("metadata"));
	json_member_string_opt(w, STR("timestamp"), cyclonedx_timestamp(s));
	tools(w, s);
	if (s->authors.n) {
		json_member_array(w, STR("authors"));
		vec_foreach(author, &s->authors) {
			json_begin_object(w);
			json_member_string(w, STR("name"), *author);
			json_end_object(w);
		}
		json_end_array(w);
	}
	if (s->subject_count == 1) {
		json_member_object(w, STR("component"));
		component_members(w, &s->components.v[0], false);
		json_end_object(w);
	}
	json_member_array(w, STR("properties"));
	if (!cyclonedx_is_serial(s->id) && s->id.n)
		property(w, STR(SBOM_P_NAMESPACE), s->id);
	if (s->name.n)
		property(w, STR(SBOM_P_DOCUMENT_NAME), s->name);
	vec_foreach(p, &s->properties)
		property(w, p->name, p->value);
	json_end_array(w);
	json_end_object(w);
}

static void body(struct json_writer *w, const struct sbom *s)
{
	size_t from = s->subject_count == 1 ? 1 : 0;
	const uint32_t *to;
	metadata(w, s);
	json_member_array(w, STR("components"));
	for (size_t i = from; i < s->components.n; i++) {
		json_begin_object(w);
		component_members(w, &s->components.v[i], i < s->subject_count);
		json_end_object(w);
	}
	json_end_array(w);
	json_member_array(w, STR("dependencies"));
	for (size_t i = 0; i < s->components.n; i++) {
		json_begin_object(w);
		json_member_string(w, STR("ref"), s->components.v[i].ref);
		json_member_array(w, STR("dependsOn"));
		vec_foreach(to, &s->components.v[i].depends)
			json_string(w, s->components.v[*to].ref);
		json_end_array(w);
		json_end_object(w);
	}
	json_end_array(w);
	/* A bill that lacks parts says so in CycloneDX's own word. */
	json_member_array(w, STR("compositions"));
	json_begin_object(w);
	json_member_string(w, STR("aggregate"), s->incomplete ? STR("incomplete") : STR("unknown"));
	json_member_array(w, STR("assemblies"));
	for (size_t i = 0; i < s->subject_count; i++)
		json_string(w, s->components.v[i].ref);
	json_end_array(w);
	json_end_object(w);
	json_end_array(w);
}

/* The serial number is made of the content, so the content is written first, to a buffer of its own. */
int cyclonedx_write_json_with(const struct sbom *s, void (*more)(void *ctx, struct json_writer *w), void *ctx, struct buf *out, struct error *err)
{
	struct json_writer w;
	struct buf content;
	char serial[CYCLONEDX_SERIAL_MAX];
	buf_init(&content, out->max);
	json_writer_init(&w, &content, 2, 0);
	json_begin_object(&w);
	body(&w, s);
	if (more)
		more(ctx, &w);
	json_end_object(&w);
	int r = buf_failed(&content) ? error_set(err, ERR_LIMIT, "the bill of materials is too large") : cyclonedx_serial(s, buf_str(&content), serial, err);
	if (r == 0) {
		buf_add_c(out, "{\n  \"$schema\": \"http://cyclonedx.org/schema/bom-1.6.schema.json\",\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n");
		buf_addf(out, "  \"serialNumber\": \"%s\",\n  \"version\": 1,", serial);
		buf_add(out, str_from(buf_str(&content), 1));
		buf_add_char(out, '\n');
		if (buf_failed(out))
			r = error_set(err, ERR_LIMIT, "the bill of materials is too large");
	}
	buf_release(&content);
	return r;
}

int cyclonedx_write_json(const struct sbom *s, struct buf *out, struct error *err)
{
	return cyclonedx_write_json_with(s, NULL, NULL, out, err);
}
