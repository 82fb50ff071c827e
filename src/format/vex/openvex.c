#include "format/json/json_write.h"
#include "format/vex/vex_internal.h"

/* "@id" and every identifier of a product or component; a bare string is its "@id". */
static int read_names(struct vex_reader *r, const struct value *v, struct vex_ref_vec *names)
{
	int e = vex_add_ref(r, names, v->kind == VALUE_STRING ? value_text(v) : value_str_c(v, "@id"));
	value_foreach_member(m, value_get_c(v, "identifiers"))
		if (e == 0 && m->value.kind == VALUE_STRING && !str_eq(value_text(&m->value), value_str_c(v, "@id")))
			e = vex_add_ref(r, names, value_text(&m->value));
	return e;
}

/* parts: of the statement, as 0.0.1 has them. A product whose parts have no name that we know is left out: it must not become all of the product. */
static int read_product(struct vex_reader *r, const struct value *v, const struct value *parts, struct vex_statement *s)
{
	struct vex_product p = { 0 };
	const struct value *lists[] = { value_get_c(v, "subcomponents"), parts };
	int e = read_names(r, v, &p.names);
	bool in_parts = false;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		in_parts |= lists[i] && lists[i]->kind != VALUE_NULL && !(lists[i]->kind == VALUE_ARRAY && !value_count(lists[i], VALUE_ARRAY));
		value_foreach(part, lists[i])
			if (e == 0)
				e = read_names(r, part, &p.parts);
	}
	if (e == 0 && in_parts && !p.parts.n) {
		vex_warn(r, v, "a product whose subcomponents have neither name nor purl");
		return 0;
	}
	if (e == 0 && p.names.n && !vec_push(r->a, &s->products, p))
		e = error_nomem(r->err);
	return e;
}

/* 0.2.0 has an object, 0.0.1 a string. */
static int read_vulnerability(struct vex_reader *r, const struct value *v, struct vex_statement *s)
{
	int e = vex_add_id(r, s, v && v->kind == VALUE_STRING ? value_text(v) : value_str_c(v, "name"));
	value_foreach(alias, value_get_c(v, "aliases"))
		if (e == 0)
			e = vex_add_id(r, s, value_text(alias));
	return e;
}

int openvex_read(struct vex_reader *r)
{
	const struct value *root = r->doc->root;
	r->out->format = STR("OpenVEX");
	r->out->id = value_str_c(root, "@id");
	r->out->author = value_str_c(root, "author");
	r->out->time = value_str_c(root, "timestamp");
	r->out->version = value_text(value_get_c(root, "version"));
	value_foreach(v, value_get_c(root, "statements")) {
		struct vex_statement s = { .justification = value_str_c(v, "justification"), .detail = value_str_c(v, "impact_statement"),
					   .action = value_str_c(v, "action_statement"), .time = value_str_c(v, "timestamp") };
		if (vex_status_parse(value_str_c(v, "status"), &s.status) < 0) {
			vex_warn(r, v, "a statement whose status is none of not_affected, affected, fixed, under_investigation");
			continue;
		}
		int e = read_vulnerability(r, value_get_c(v, "vulnerability"), &s);
		value_foreach(p, value_get_c(v, "products"))
			if (e == 0)
				e = read_product(r, p, value_get_c(v, "subcomponents"), &s);
		if (e == 0)
			e = vex_keep(r, v, &s);
		if (e < 0)
			return e;
	}
	return 0;
}

static void write_ref(struct json_writer *w, const struct vex_ref *ref)
{
	json_member_string(w, STR("@id"), ref->text);
	if (ref->kind != VEX_REF_OTHER) {
		json_member_object(w, STR("identifiers"));
		json_member_string(w, STR("purl"), ref->text);
		json_end_object(w);
	}
}

static void write_product(struct json_writer *w, const struct vex_product *p)
{
	const struct vex_ref *part;
	json_begin_object(w);
	if (p->names.n)
		write_ref(w, &p->names.v[0]);
	if (p->parts.n) {
		json_member_array(w, STR("subcomponents"));
		vec_foreach(part, &p->parts) {
			json_begin_object(w);
			write_ref(w, part);
			json_end_object(w);
		}
		json_end_array(w);
	}
	json_end_object(w);
}

static void write_statement(struct json_writer *w, const struct vex_statement *s)
{
	const struct vex_product *p;
	json_begin_object(w);
	json_member_object(w, STR("vulnerability"));
	json_member_string(w, STR("name"), s->ids.n ? s->ids.v[0] : STR(""));
	if (s->ids.n > 1) {
		json_member_array(w, STR("aliases"));
		for (size_t i = 1; i < s->ids.n; i++)
			json_string(w, s->ids.v[i]);
		json_end_array(w);
	}
	json_end_object(w);
	json_member_string_opt(w, STR("timestamp"), s->time);
	json_member_array(w, STR("products"));
	vec_foreach(p, &s->products)
		write_product(w, p);
	json_end_array(w);
	json_member_string(w, STR("status"), str_c(vex_status_name(s->status)));
	json_member_string_opt(w, STR("justification"), s->justification);
	json_member_string_opt(w, STR("impact_statement"), s->detail);
	json_member_string_opt(w, STR("action_statement"), s->action);
	json_end_object(w);
}

/* What the document had and we do not change; its statements with ours behind them. */
static void write_members(struct json_writer *w, const struct value *old, const struct vex_document *doc, uint64_t version)
{
	const struct vex_statement *s;
	value_foreach_member(m, old) {
		if (str_eq(m->key, STR("statements")) || str_eq(m->key, STR("version")) || str_eq(m->key, STR("last_updated")))
			continue;
		json_key(w, m->key);
		json_write_value(w, &m->value);
	}
	json_member_uint(w, STR("version"), version);
	json_member_string_opt(w, STR("last_updated"), old ? doc->time : STR_NONE);
	json_member_array(w, STR("statements"));
	value_foreach(v, value_get_c(old, "statements"))
		json_write_value(w, v);
	vec_foreach(s, &doc->statements)
		write_statement(w, s);
	json_end_array(w);
}

int vex_write_openvex(const struct vex_document *doc, const struct value *old, struct buf *out, struct error *err)
{
	struct json_writer w;
	uint64_t version;
	if (str_to_u64(value_text(value_get_c(old, "version")), &version) < 0 || version > INT64_MAX)
		version = 0;
	json_writer_init(&w, out, 2, 0);
	json_begin_object(&w);
	if (!old) {
		json_member_string(&w, STR("@context"), STR("https://openvex.dev/ns/v0.2.0"));
		json_member_string(&w, STR("@id"), doc->id);
		json_member_string(&w, STR("author"), doc->author);
		json_member_string_opt(&w, STR("timestamp"), doc->time);
	}
	write_members(&w, old, doc, version + 1);
	json_end_object(&w);
	buf_add_char(out, '\n');
	return buf_failed(out) ? error_set(err, ERR_LIMIT, "the document is too large") : 0;
}
