#include "format/spdx/document.h"

#include "base/map.h"
#include "format/json/json.h"
#include "format/license/spdx_license.h"

struct translator {
	struct arena *arena;
	struct spdx_document *d;
	struct sbom *sbom;
	struct map ids;         /* SPDXID -> element index + 1 */
	struct map licenses;    /* LicenseRef-… -> struct spdx_license */
	struct u32_vec subjects; /* element indices, in order, once each */
	uint8_t *is_subject;    /* by element */
	uint32_t *absorbed_by;  /* by element: a file that only says where a package is: that package's index + 1 */
	bool *marked;           /* by element: says itself that it is a subject */
	size_t ignored_relations, external;
	bool by_trivy, failed;
};

uint32_t spdx_line(const struct spdx_document *d, uint32_t at)
{
	uint32_t line = at, col;
	if (d->json)
		document_position(d->json, at, &line, &col);
	return line;
}

static void add_property(struct translator *t, struct sbom_property_vec *v, struct str name, struct str value)
{
	t->failed |= sbom_property_add(t->arena, v, name, value) < 0;
}

static void push(struct translator *t, struct str_vec *v, struct str s)
{
	if (s.n)
		t->failed |= !vec_push(t->arena, v, s);
}

static struct str pack(struct translator *t, const struct str *v, size_t n)
{
	struct str s = spdx_pack(t->arena, v, n);
	t->failed |= !s.p;
	return s;
}

/* Strings of a packed array when there are n of them. */
static bool unpack(struct translator *t, struct str text, size_t n, struct str *ret)
{
	struct str_vec v = { 0 };
	int r = spdx_unpack(t->arena, text, &v);
	t->failed |= r == ERR_NOMEM;
	if (r < 0 || v.n != n)
		return false;
	memcpy(ret, v.v, n * sizeof(*ret));
	return true;
}

/* ---- annotations and properties -------------------------------------------------------------------------------------- */

static bool is_property_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!char_is_alnum(name.p[i]) && !char_is_one_of(name.p[i], ":._/-"))
			return false;
	return name.n > 0;
}

/* "name: value" by a tool. */
static bool split_comment(struct str comment, struct str *ret_name, struct str *ret_value)
{
	size_t at = str_find(str_sub(comment, 0, 256), STR(": "));
	if (at == STR_NOT_FOUND || !is_property_name(str_sub(comment, 0, at)))
		return false;
	*ret_name = str_sub(comment, 0, at);
	*ret_value = str_from(comment, at + 2);
	return true;
}

static bool is_ours(const struct spdx_annotation *a)
{
	return str_has_prefix(a->annotator, STR("Tool: bulkhead"));
}

/* One annotation as a property; *ret_ours: by us, so that our own names mean what they say. */
static struct sbom_property annotation_property(struct translator *t, const struct spdx_annotation *a, bool *ret_ours)
{
	struct sbom_property p;
	struct str pair[2];
	bool tool = str_has_prefix(a->annotator, STR("Tool:"));
	*ret_ours = is_ours(a);
	if (!tool || !split_comment(a->comment, &p.name, &p.value)) {
		const struct str parts[] = { a->annotator, a->date, a->type, a->comment };
		*ret_ours = false;
		return (struct sbom_property){ STR(SPDX_P_ANNOTATION), pack(t, parts, ARRAY_LEN(parts)) };
	}
	if (str_find_char(p.name, ':') == STR_NOT_FOUND && (*ret_ours || str_has_prefix(a->annotator, STR("Tool: trivy")))) {
		p.name = arena_printf(t->arena, SBOM_TRIVY "%.*s", STR_FMT(p.name));
		t->failed |= !p.name.p;
		*ret_ours = false;
	}
	if (*ret_ours && str_eq_c(p.name, SPDX_P_OWN) && unpack(t, p.value, 2, pair))
		return (struct sbom_property){ pair[0], pair[1] };
	return p;
}

static void set_field(struct translator *t, struct sbom_component *c, struct str packed)
{
	struct str parts[2];
	if (!unpack(t, packed, 2, parts))
		return;
	for (size_t i = 0; i < SPDX_FIELD_COUNT; i++)
		if (str_eq_c(parts[0], spdx_fields[i].name))
			*(struct str *)((char *)c + spdx_fields[i].offset) = parts[1];
}

/* Maven's "group:name", the others' "group/name". */
static void strip_group(struct sbom_component *c)
{
	if (c->name.n > c->group.n + 1 && str_has_prefix(c->name, c->group) && char_is_one_of(c->name.p[c->group.n], ":/"))
		c->name = str_from(c->name, c->group.n + 1);
}

/* What our writer puts into annotations for want of a place goes back to it. False: an ordinary property. */
static bool take_own(struct translator *t, size_t index, struct sbom_component *c, struct sbom_property p)
{
	struct str pair[2];
	if (str_eq_c(p.name, SPDX_P_REF)) {
		c->ref = p.value;
	} else if (str_eq_c(p.name, SPDX_P_GROUP)) {
		c->group = p.value;
		strip_group(c);
	} else if (str_eq_c(p.name, SPDX_P_TYPE)) {
		sbom_type_parse(p.value, &c->type);
	} else if (str_eq_c(p.name, SPDX_P_DIGEST)) {
		push(t, &c->digests, p.value);
	} else if (str_eq_c(p.name, SPDX_P_CPE)) {
		push(t, &c->cpes, p.value);
	} else if (str_eq_c(p.name, SPDX_P_FIELD)) {
		set_field(t, c, p.value);
	} else if (str_eq_c(p.name, SPDX_P_SUBJECT)) {
		t->marked[index] = true;
	} else if (str_eq_c(p.name, SPDX_P_LICENSES)) {
		struct str_vec v = { 0 };
		int r = spdx_unpack(t->arena, p.value, &v);
		t->failed |= r == ERR_NOMEM;
		if (r == 0)
			c->licenses = v;
	} else if (str_eq_c(p.name, SPDX_P_PROPERTY)) {
		if (!unpack(t, p.value, 2, pair))
			return false;
		add_property(t, &c->properties, pair[0], pair[1]);
	} else {
		return false;
	}
	return true;
}

/* ---- elements -------------------------------------------------------------------------------------------------------- */

/* "Organization: Acme (mail)" */
static struct str actor_name(struct str actor)
{
	if (!str_strip_prefix(&actor, STR("Organization:")))
		str_strip_prefix(&actor, STR("Person:"));
	actor = str_trim(actor);
	if (str_strip_suffix(&actor, STR("()")))
		actor = str_trim(actor);
	return spdx_is_unstated(actor) ? STR_NONE : actor;
}

static void read_references(struct translator *t, const struct spdx_element *e, struct sbom_component *c)
{
	const struct spdx_reference *r;
	vec_foreach(r, &e->references) {
		if (str_eq(r->type, STR("purl")) && !c->purl.n) {
			c->purl = r->locator;
		} else if (str_eq(r->type, STR("cpe23Type")) || str_eq(r->type, STR("cpe22Type"))) {
			push(t, &c->cpes, r->locator);
		} else {
			const struct str parts[] = { r->category, r->type, r->locator };
			add_property(t, &c->properties, STR(SPDX_P_REFERENCE), pack(t, parts, 3));
		}
	}
}

static bool has(const struct sbom_component *c, const char *name)
{
	return sbom_property_get(&c->properties, str_c(name)).n > 0;
}

/* Where a package comes from, in the words of Trivy and Syft, for what no property says. */
static void read_source_info(struct translator *t, const struct spdx_element *e, struct sbom_component *c)
{
	struct str info = e->source_info, path = STR_NONE, name, version;
	if (str_strip_prefix(&info, STR("package found in: "))) {
		path = info;
	} else if (str_strip_prefix(&info, STR("built package from: "))) {
		/* "name 1:2-3": our own writer's too, where the parts of the version are properties */
		if (!has(c, SBOM_P_SRC_NAME) && str_cut(info, ' ', &name, &version)) {
			add_property(t, &c->properties, STR(SBOM_P_SRC_NAME), name);
			add_property(t, &c->properties, STR(SBOM_P_SRC_VERSION), version);
		}
	} else if (str_has_prefix(info, STR("acquired package info"))) {
		size_t at = str_find(info, STR(": "));
		if (at != STR_NOT_FOUND)
			str_cut(str_from(info, at + 2), ',', &path, &version);
	}
	if (path.n && !has(c, SBOM_P_FILE_PATH) && !has(c, SBOM_P_CLASS) && c->type != SBOM_CONTAINER)
		add_property(t, &c->properties, STR(SBOM_P_FILE_PATH), path);
}

static void read_type(struct translator *t, const struct spdx_element *e, struct sbom_component *c)
{
	c->type = e->is_file ? SBOM_FILE : SBOM_LIBRARY;
	if (e->purpose.n && !e->is_file && !spdx_purpose_type(e->purpose, &c->type))
		add_property(t, &c->properties, STR(SPDX_P_PURPOSE), str_eq(e->purpose, STR("OTHER")) ? STR_NONE : e->purpose);
}

static void read_licenses(struct translator *t, const struct spdx_element *e, struct sbom_component *c)
{
	bool declared = !spdx_is_unstated(e->license_declared);
	t->failed |= spdx_read_expression(t->arena, declared ? e->license_declared : e->license_concluded, &t->licenses, &c->licenses) < 0;
}

/* Fields that only SPDX has. */
static void read_carried(struct translator *t, struct spdx_element *e, struct sbom_component *c)
{
	for (size_t i = 0; i < SPDX_CARRIED_COUNT; i++) {
		struct str *field = spdx_carried_field(e, i);
		bool own_words = field == &e->license_concluded && (spdx_is_unstated(e->license_declared) || str_eq(*field, e->license_declared));
		if (!spdx_is_unstated(*field) && !own_words && !(field == &e->summary && str_eq(c->description, *field)))
			add_property(t, &c->properties, str_c(spdx_carried[i].property), *field);
	}
}

static void read_element(struct translator *t, size_t index, struct sbom_component *c)
{
	struct spdx_element *e = &t->d->elements.v[index];
	const struct spdx_annotation *a;
	c->ref = e->id;
	c->name = spdx_is_unstated(e->name) ? STR_NONE : e->name;
	c->version = spdx_is_unstated(e->version) ? STR_NONE : e->version;
	c->supplier = actor_name(e->supplier);
	c->homepage = spdx_is_unstated(e->homepage) ? STR_NONE : e->homepage;
	c->copyright = spdx_is_unstated(e->copyright) ? STR_NONE : e->copyright;
	c->description = e->description.n ? e->description : e->summary;
	c->digests = e->digests;
	read_type(t, e, c);
	read_licenses(t, e, c);
	vec_foreach(a, &e->annotations) {
		bool ours;
		struct sbom_property p = annotation_property(t, a, &ours);
		if (!ours || !take_own(t, index, c, p))
			add_property(t, &c->properties, p.name, p.value);
	}
	read_references(t, e, c);
	read_carried(t, e, c);
	if (!has(c, SBOM_P_FILE_PATH) && e->file_name.n && c->type != SBOM_CONTAINER)
		add_property(t, &c->properties, STR(SBOM_P_FILE_PATH), e->file_name);
	read_source_info(t, e, c);
}

/* ---- relations ------------------------------------------------------------------------------------------------------- */

static uint32_t look_up(const struct translator *t, struct str id)
{
	return (uint32_t)(uintptr_t)map_get(&t->ids, id); /* index + 1, or 0 */
}

static void describe(struct translator *t, uint32_t index)
{
	if (t->is_subject[index])
		return;
	t->is_subject[index] = 1;
	t->failed |= !vec_push(t->arena, &t->subjects, index);
}

/* A file whose digest is the package's is the package itself, where it lies; so are Trivy's. */
static void absorb(struct translator *t, uint32_t package, uint32_t file)
{
	const struct spdx_element *p = &t->d->elements.v[package], *f = &t->d->elements.v[file];
	bool same = t->by_trivy && !t->absorbed_by[file];
	if (p->is_file || !f->is_file)
		return;
	for (size_t i = 0; i < p->digests.n && !same; i++)
		for (size_t k = 0; k < f->digests.n && !same; k++)
			same = str_eq(p->digests.v[i], f->digests.v[k]);
	if (same)
		t->absorbed_by[file] = package + 1;
}

static void index_elements(struct translator *t)
{
	for (size_t i = 0; i < t->d->elements.n; i++) {
		const struct spdx_element *e = &t->d->elements.v[i];
		bool is_new = false;
		void **slot = e->id.n ? map_at(&t->ids, e->id, &is_new) : NULL;
		t->failed |= e->id.n && !slot;
		if (is_new)
			*slot = (void *)((uintptr_t)i + 1);
		else
			diag_add(&t->sbom->diags, DIAG_WARNING, STR_NONE, spdx_line(t->d, e->at), 0, "%s %.*s", e->id.n ? "a second element has the SPDXID" : "no SPDXID:",
				 STR_FMT(str_sub(e->id.n ? e->id : e->name, 0, 200)));
	}
}

/* Names the parts of a relation, or says why not. */
static bool resolve_relation(struct translator *t, const struct spdx_relation *r, uint32_t *ret_from, uint32_t *ret_to)
{
	struct str missing;
	*ret_from = look_up(t, r->from);
	*ret_to = look_up(t, r->to);
	if (*ret_from && *ret_to)
		return true;
	missing = *ret_from ? r->to : r->from;
	if (spdx_is_unstated(missing))
		return false;
	if (str_has_prefix(missing, STR("DocumentRef-"))) {
		t->external++;
		return false;
	}
	diag_add(&t->sbom->diags, DIAG_WARNING, STR_NONE, spdx_line(t->d, r->at), 0, "a relation names %.*s, which is no element", STR_FMT(str_sub(missing, 0, 200)));
	return false;
}

/* First look at the relations: which elements are subjects, which files belong to packages. */
static void read_subjects(struct translator *t)
{
	const struct spdx_relation *r;
	vec_foreach(r, &t->d->relations) {
		enum spdx_direction way = spdx_direction(r->type);
		uint32_t of = way == SPDX_DESCRIBES ? look_up(t, r->to) : way == SPDX_DESCRIBED_BY ? look_up(t, r->from) : 0;
		if (of)
			describe(t, of - 1);
		uint32_t from = way == SPDX_FORWARD || way == SPDX_ARTIFACT ? look_up(t, r->from) : 0, to = from ? look_up(t, r->to) : 0;
		if (from && to)
			absorb(t, from - 1, to - 1);
	}
}

/* ---- putting it together --------------------------------------------------------------------------------------------- */

/* Is every described element what the bill is about, or does the document just list its packages this way? */
static bool describes_subjects(const struct translator *t, const struct sbom_component *all)
{
	for (size_t i = 0; t->subjects.n > 1 && i < t->subjects.n; i++) {
		const struct sbom_component *c = &all[t->subjects.v[i]];
		if (c->purl.n && !t->marked[t->subjects.v[i]] && !str_has_prefix(c->purl, STR("pkg:oci/")) && !str_has_prefix(c->purl, STR("pkg:docker/")))
			return false;
	}
	return t->subjects.n > 0;
}

static uint32_t place(struct translator *t, const struct sbom_component *c)
{
	t->failed |= !vec_push(t->arena, &t->sbom->components, *c);
	return (uint32_t)t->sbom->components.n; /* index + 1 */
}

static void put_file(struct translator *t, struct sbom_component *package, const struct spdx_element *file)
{
	if (!has(package, SBOM_P_FILE_PATH))
		add_property(t, &package->properties, STR(SBOM_P_FILE_PATH), file->name);
	for (size_t i = 0; !package->digests.n && i < file->digests.n; i++)
		push(t, &package->digests, file->digests.v[i]);
}

/* Components in order: subjects, then the others as they stand. *ret: by element, index + 1. */
static void place_components(struct translator *t, struct sbom_component *all, uint32_t *ret)
{
	size_t n = t->d->elements.n;
	for (size_t i = 0; i < n; i++)
		if (t->absorbed_by[i])
			put_file(t, &all[t->absorbed_by[i] - 1], &t->d->elements.v[i]);
	if (describes_subjects(t, all)) {
		t->sbom->subject_count = t->subjects.n;
		for (size_t i = 0; i < t->subjects.n; i++)
			ret[t->subjects.v[i]] = place(t, &all[t->subjects.v[i]]);
	} else { /* a nameless subject contains everything that is described, or simply everything */
		struct sbom_component whole = { .type = SBOM_APPLICATION, .name = t->d->name };
		t->sbom->subject_count = 1;
		place(t, &whole);
	}
	for (size_t i = 0; i < n && !t->failed; i++)
		if (!ret[i] && !t->absorbed_by[i])
			ret[i] = place(t, &all[i]);
}

/* Syft's word for a package whose files another one installed. */
static bool is_ownership(const struct spdx_relation *r)
{
	return str_eq(r->type, STR("OTHER")) && str_has_prefix(r->comment, STR("ownership-by-file-overlap"));
}

static void read_owners(struct translator *t, struct sbom_component *all)
{
	const struct spdx_relation *r;
	vec_foreach(r, &t->d->relations) {
		uint32_t owner = is_ownership(r) ? look_up(t, r->from) : 0, owned = owner ? look_up(t, r->to) : 0;
		if (owned && owned != owner && !has(&all[owned - 1], SBOM_P_OWNED_BY))
			add_property(t, &all[owned - 1].properties, STR(SBOM_P_OWNED_BY), all[owner - 1].ref);
	}
}

static void depend(struct translator *t, uint32_t from, uint32_t to)
{
	uint32_t target = to - 1;
	t->failed |= !vec_push(t->arena, &t->sbom->components.v[from - 1].depends, target);
}

static void place_relations(struct translator *t, const uint32_t *placed, bool whole)
{
	const struct spdx_relation *r;
	for (size_t i = 0; whole && i < t->d->elements.n && !t->failed; i++)
		if (placed[i] && (!t->subjects.n || t->is_subject[i]))
			depend(t, 1, placed[i]);
	vec_foreach(r, &t->d->relations) {
		enum spdx_direction way = spdx_direction(r->type);
		uint32_t from, to;
		if (way == SPDX_DESCRIBES || way == SPDX_DESCRIBED_BY) {
			uint32_t of = look_up(t, way == SPDX_DESCRIBES ? r->to : r->from);
			if (!of)
				resolve_relation(t, &(struct spdx_relation){ .from = r->to, .to = r->to, .at = r->at }, &from, &to);
			continue;
		}
		if (way == SPDX_IGNORED) {
			t->ignored_relations += !is_ownership(r);
			continue;
		}
		if (!resolve_relation(t, r, &from, &to))
			continue;
		if (way == SPDX_ARTIFACT && !t->absorbed_by[to - 1]) {
			t->ignored_relations++;
			continue;
		}
		from = placed[from - 1];
		to = placed[to - 1];
		if (!from || !to)
			continue; /* a file that became its package */
		if (way == SPDX_FORWARD)
			depend(t, from, to);
		else
			depend(t, to, from);
	}
}

/* ---- the document itself --------------------------------------------------------------------------------------------- */

static void read_creators(struct translator *t)
{
	const struct str *s;
	vec_foreach(s, &t->d->creators) {
		struct str text = *s;
		struct sbom_tool tool;
		if (!str_strip_prefix(&text, STR("Tool:"))) {
			push(t, &t->sbom->authors, actor_name(text));
			continue;
		}
		t->by_trivy |= str_has_prefix(str_trim(text), STR("trivy"));
		spdx_split_tool(str_trim(text), &tool);
		if (!spdx_is_unstated(tool.name))
			t->failed |= !vec_push(t->arena, &t->sbom->tools, tool);
	}
}

static void take_tools(struct translator *t, struct str packed)
{
	struct str_vec v = { 0 };
	int r = spdx_unpack(t->arena, packed, &v);
	t->failed |= r == ERR_NOMEM;
	if (r < 0)
		return;
	t->sbom->tools = (struct sbom_tool_vec){ 0 };
	for (size_t i = 0; i + 3 <= v.n; i += 3) {
		struct sbom_tool tool = { v.v[i], v.v[i + 1], v.v[i + 2] };
		t->failed |= !vec_push(t->arena, &t->sbom->tools, tool);
	}
}

static void read_document_annotation(struct translator *t, const struct spdx_annotation *a)
{
	struct sbom *s = t->sbom;
	struct str pair[2];
	bool ours;
	struct sbom_property p = annotation_property(t, a, &ours);
	if (ours && str_eq_c(p.name, SPDX_P_TOOLS))
		take_tools(t, p.value);
	else if (ours && str_eq_c(p.name, SPDX_P_CREATED))
		s->created = str_eq(p.value, STR("-")) ? STR_NONE : p.value;
	else if (ours && str_eq_c(p.name, SPDX_P_INCOMPLETE))
		s->incomplete = true;
	else if (ours && str_eq_c(p.name, SBOM_P_NAMESPACE))
		s->id = p.value;
	else if (ours && str_eq_c(p.name, SBOM_P_DOCUMENT_NAME))
		s->name = p.value;
	else if (ours && str_eq_c(p.name, SPDX_P_PROPERTY) && unpack(t, p.value, 2, pair))
		add_property(t, &s->properties, pair[0], pair[1]);
	else
		add_property(t, &s->properties, p.name, p.value);
}

static void read_license_texts(struct translator *t)
{
	const struct spdx_license *l;
	vec_foreach(l, &t->d->licenses) {
		t->failed |= map_put(&t->licenses, l->id, (void *)(uintptr_t)l) < 0;
		struct str_vec as_read = { 0 };
		t->failed |= spdx_read_expression(t->arena, l->id, &t->licenses, &as_read) < 0;
		/* a whole text, which the list of licences only names */
		if (as_read.n == 1 && str_eq(as_read.v[0], l->id) && !spdx_is_unstated(l->text) && !str_eq(l->text, l->id)) {
			const struct str parts[] = { l->id, l->name, l->text };
			add_property(t, &t->sbom->properties, STR(SPDX_P_LICENSE), pack(t, parts, 3));
		}
	}
}

static void read_head(struct translator *t)
{
	struct sbom *s = t->sbom;
	const struct spdx_annotation *a;
	s->format = t->d->version;
	s->id = t->d->namespace_uri;
	s->name = spdx_is_unstated(t->d->name) ? STR_NONE : t->d->name;
	s->created = t->d->created;
	read_creators(t);
	read_license_texts(t);
	add_property(t, &s->properties, STR(SPDX_P_COMMENT), t->d->comment);
	vec_foreach(a, &t->d->annotations)
		read_document_annotation(t, a);
}

static void say_what_is_missing(struct translator *t)
{
	struct diags *d = &t->sbom->diags;
	if (t->ignored_relations)
		diag_add(d, DIAG_NOTE, STR_NONE, 0, 0, "%zu relations that are neither containment nor need are not taken over", t->ignored_relations);
	if (t->external)
		diag_add(d, DIAG_NOTE, STR_NONE, 0, 0, "%zu relations to other documents are not taken over", t->external);
	if (t->d->skipped)
		diag_add(d, DIAG_NOTE, STR_NONE, 0, 0, "%zu snippets, external documents or other parts are not taken over", t->d->skipped);
}

int spdx_to_sbom(struct arena *a, struct spdx_document *d, struct sbom *ret, struct error *err)
{
	struct sbom sbom;
	struct translator t = { .arena = a, .d = d, .sbom = &sbom };
	size_t n = d->elements.n + 1;
	if (d->elements.n > SBOM_COMPONENTS_MAX || d->relations.n > SBOM_EDGES_MAX)
		return error_set(err, ERR_LIMIT, "more than %u elements or %u relations", SBOM_COMPONENTS_MAX, SBOM_EDGES_MAX);
	sbom_init(&sbom, a);
	sbom.diags = d->diags;
	map_init(&t.ids, a);
	map_init(&t.licenses, a);
	struct sbom_component *all = arena_new_array(a, struct sbom_component, n);
	uint32_t *placed = arena_new_array(a, uint32_t, n);
	t.is_subject = arena_new_array(a, uint8_t, n);
	t.absorbed_by = arena_new_array(a, uint32_t, n);
	t.marked = arena_new_array(a, bool, n);
	if (!all || !placed || !t.is_subject || !t.absorbed_by || !t.marked || vec_reserve(a, &sbom.components, n) < 0)
		return error_nomem(err);
	read_head(&t);
	index_elements(&t);
	read_subjects(&t);
	for (size_t i = 0; i < d->elements.n && !t.failed; i++)
		read_element(&t, i, &all[i]);
	if (!t.failed)
		read_owners(&t, all);
	place_components(&t, all, placed);
	if (!t.failed)
		place_relations(&t, placed, !describes_subjects(&t, all));
	say_what_is_missing(&t);
	if (t.failed)
		return error_nomem(err);
	/* the document of one image is called as the image is */
	if (str_eq(sbom.name, sbom.components.v[0].name))
		sbom.name = STR_NONE;
	int r = sbom_finish(a, &sbom, NULL, err);
	if (r == 0)
		*ret = sbom;
	return r;
}
