#include "format/spdx/document.h"

#include "base/date.h"
#include "base/map.h"
#include "format/license/license.h"
#include "format/license/spdx_license.h"

#define SLUG_MAX 60 /* characters of a name in an identifier */

struct maker {
	struct arena *arena;
	const struct sbom *s;
	struct spdx_document *d;
	struct map ids;          /* taken SPDXIDs */
	struct map license_ids;  /* text -> struct spdx_license * */
	struct map license_refs; /* LicenseRef-… -> the same */
	struct map annotated;    /* LicenseRef-… -> packed [id, name, text] of the bill's properties, as struct str * */
	struct map meanings;     /* licence as written -> struct str *: its expression, empty for none */
	struct license_names names;
	bool failed;
};

static struct str checked(struct maker *m, struct str s)
{
	m->failed |= !s.p;
	return s;
}

static void annotate(struct maker *m, struct spdx_annotation_vec *v, struct str comment)
{
	struct spdx_annotation a = { .annotator = STR(SPDX_ANNOTATOR), .date = m->d->created, .type = STR("OTHER"), .comment = checked(m, comment) };
	m->failed |= !vec_push(m->arena, v, a);
}

/* "name: value" that comes back as it is; what would not goes as a JSON array. */
static void annotate_own(struct maker *m, struct spdx_annotation_vec *v, const char *name, struct str value)
{
	const struct str parts[] = { str_c(name), value };
	if (!value.n)
		return;
	if (spdx_fits_text(value))
		annotate(m, v, arena_printf(m->arena, "%s: %.*s", name, STR_FMT(value)));
	else
		annotate(m, v, arena_printf(m->arena, SPDX_P_OWN ": %.*s", STR_FMT(checked(m, spdx_pack(m->arena, parts, 2)))));
}

static void annotate_packed(struct maker *m, struct spdx_annotation_vec *v, const char *name, const struct str *parts, size_t n)
{
	annotate_own(m, v, name, checked(m, spdx_pack(m->arena, parts, n)));
}

static bool is_plain_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!char_is_alnum(name.p[i]) && !char_is_one_of(name.p[i], ":._/-"))
			return false;
	return name.n && name.n < 250;
}

/* Names that mean something to our own reader. */
static bool is_reserved(struct str name)
{
	static const char *const names[] = { SPDX_P_REF, SPDX_P_GROUP, SPDX_P_TYPE, SPDX_P_LICENSES, SPDX_P_DIGEST, SPDX_P_CPE, SPDX_P_FIELD, SPDX_P_PROPERTY, SPDX_P_OWN,
					     SPDX_P_SUBJECT, SPDX_P_TOOLS, SPDX_P_CREATED, SPDX_P_INCOMPLETE, SBOM_P_NAMESPACE, SBOM_P_DOCUMENT_NAME };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

static void annotate_property(struct maker *m, struct spdx_annotation_vec *v, const struct sbom_property *p)
{
	struct str name = p->name;
	bool trivy = str_strip_prefix(&name, STR(SBOM_TRIVY));
	bool plain = is_plain_name(name) && (str_find_char(name, ':') == STR_NOT_FOUND) == trivy && !is_reserved(name) && (spdx_fits_text(p->value) || spdx_is_unstated(p->value));
	const struct str parts[] = { p->name, p->value };
	if (plain)
		annotate(m, v, arena_printf(m->arena, "%.*s: %.*s", STR_FMT(name), STR_FMT(p->value)));
	else
		annotate_packed(m, v, SPDX_P_PROPERTY, parts, 2);
}

/* ---- identifiers ----------------------------------------------------------------------------------------------------- */

/* Not taken yet: the text, else with a number behind it. */
static struct str unique_id(struct maker *m, struct str id)
{
	struct str candidate = id;
	bool is_new = false;
	for (size_t i = 2; !m->failed; i++) {
		m->failed |= !candidate.p || !map_at(&m->ids, candidate, &is_new);
		if (is_new)
			break;
		candidate = arena_printf(m->arena, "%.*s-%zu", STR_FMT(id), i);
	}
	return candidate;
}

static struct str slug(struct maker *m, struct str text)
{
	size_t n = text.n < SLUG_MAX ? text.n : SLUG_MAX, out = 0;
	char *p = arena_alloc(m->arena, n + 1);
	m->failed |= !p;
	for (size_t i = 0; p && i < n; i++) {
		bool fine = char_is_alnum(text.p[i]) || text.p[i] == '.';
		if (fine)
			p[out++] = text.p[i];
		else if (out && p[out - 1] != '-')
			p[out++] = '-';
	}
	return str_make(p, p ? out : 0);
}

static bool is_spdx_id(struct str ref)
{
	struct str rest = ref;
	return str_strip_prefix(&rest, STR("SPDXRef-")) && spdx_is_idstring(rest) && !str_eq(ref, STR(SPDX_DOCUMENT_ID));
}

/* The words that Trivy tells kinds of packages by. */
static const char *id_kind(const struct sbom_component *c)
{
	switch (c->type) {
	case SBOM_CONTAINER:
		return "ContainerImage";
	case SBOM_OPERATING_SYSTEM:
		return "OperatingSystem";
	case SBOM_APPLICATION:
		return c->purl.n ? "Package" : "Application";
	default:
		return "Package";
	}
}

static void name_elements(struct maker *m)
{
	const struct sbom_component_vec *all = &m->s->components;
	m->failed |= map_put(&m->ids, STR(SPDX_DOCUMENT_ID), m) < 0;
	for (size_t i = 0; i < all->n && !m->failed; i++)
		if (is_spdx_id(all->v[i].ref))
			m->d->elements.v[i].id = unique_id(m, all->v[i].ref);
	for (size_t i = 0; i < all->n && !m->failed; i++) {
		const struct sbom_component *c = &all->v[i];
		struct spdx_element *e = &m->d->elements.v[i];
		struct str name = e->id.n ? STR_NONE : slug(m, c->name);
		if (!e->id.n)
			e->id = unique_id(m, checked(m, arena_printf(m->arena, "SPDXRef-%s-%.*s%s%016llx", id_kind(c), STR_FMT(name), name.n ? "-" : "",
								     (unsigned long long)str_hash(c->ref))));
	}
}

/* ---- licences -------------------------------------------------------------------------------------------------------- */

static struct spdx_license *add_license(struct maker *m, struct str id, struct str text, struct str name)
{
	struct spdx_license *l = arena_new(m->arena, struct spdx_license);
	if (!l || map_put(&m->license_refs, id, l) < 0) {
		m->failed = true;
		return NULL;
	}
	*l = (struct spdx_license){ id, text, name };
	return l;
}

/* Every LicenseRef that stands in an expression needs an entry; its text is known when the bill was read from SPDX. */
static void know_refs(struct maker *m, struct str expression)
{
	struct str token;
	while (spdx_expression_next(&expression, &token)) {
		if (!spdx_is_license_ref(token) || map_get(&m->license_refs, token))
			continue;
		const struct str *packed = map_get(&m->annotated, token);
		struct str_vec parts = { 0 };
		m->failed |= packed && spdx_unpack(m->arena, *packed, &parts) == ERR_NOMEM;
		if (parts.n == 3 && spdx_fits_text(parts.v[2]))
			add_license(m, token, parts.v[2], spdx_fits_line(parts.v[1]) ? parts.v[1] : STR_NONE);
		else
			add_license(m, token, token, STR_NONE);
	}
}

/* "LicenseRef-…" of a text that is no expression: made of its words. */
static struct str text_ref(struct maker *m, struct str text)
{
	struct spdx_license *l = map_get(&m->license_ids, text);
	struct str words = l ? STR_NONE : slug(m, text), id;
	if (l)
		return l->id;
	for (size_t i = 1; !m->failed; i++) {
		id = checked(m, i == 1 && words.n ? arena_printf(m->arena, "LicenseRef-%.*s", STR_FMT(words))
						  : arena_printf(m->arena, "LicenseRef-%.*s%s%zu", STR_FMT(words), words.n ? "-" : "", i));
		if (!map_get(&m->license_refs, id) && !map_get(&m->annotated, id))
			break;
	}
	/* What is no plain line comes back from the list of licences (SPDX_P_LICENSES); here it only gets a name. */
	bool line = spdx_fits_line(text) && text.n <= SPDX_LICENSE_NAME_MAX;
	struct str shown = spdx_fits_text(text) ? text : checked(m, spdx_pack(m->arena, &text, 1));
	l = m->failed ? NULL : add_license(m, id, shown, line ? text : words.n ? words : STR("text"));
	m->failed |= !l || map_put(&m->license_ids, text, l) < 0;
	return id;
}

/* The expression that a text means, as in "GPLv2+" (a list of licences beside it keeps the text); empty when that is not known for certain. */
static struct str meaning(struct maker *m, struct str text)
{
	const struct license_expr *e;
	bool is_new;
	void **slot = map_at(&m->meanings, text, &is_new);
	struct str *known = slot && is_new ? arena_new(m->arena, struct str) : slot ? *slot : NULL;
	m->failed |= !known || (!m->names.arena && license_names_init(&m->names, m->arena, NULL) < 0);
	if (m->failed || !is_new)
		return m->failed ? STR_NONE : *known;
	*slot = known;
	m->failed |= license_read(&m->names, m->arena, text, &e, NULL) < 0;
	if (m->failed || !license_is_known(e))
		return STR_NONE;
	struct str s = checked(m, license_text(m->arena, e));
	*known = spdx_is_expression(s) ? s : STR_NONE;
	return *known;
}

static struct str one_license(struct maker *m, struct str text, bool alone)
{
	const char *id = spdx_license_id(text);
	struct str expression = id ? str_c(id) : spdx_is_expression(text) ? text : meaning(m, text);
	if (!expression.n)
		return text_ref(m, text);
	know_refs(m, expression);
	return alone || str_find_char(expression, ' ') == STR_NOT_FOUND ? expression : checked(m, arena_printf(m->arena, "(%.*s)", STR_FMT(expression)));
}

static struct str declared(struct maker *m, const struct sbom_component *c, struct spdx_element *e)
{
	struct str text = STR_NONE;
	struct buf out;
	struct str_vec back = { 0 };
	buf_init(&out, SBOM_BYTES_MAX);
	for (size_t i = 0; i < c->licenses.n && !m->failed; i++) {
		buf_add_c(&out, i ? " AND " : "");
		buf_add(&out, one_license(m, c->licenses.v[i], c->licenses.n == 1));
	}
	text = buf_failed(&out) ? STR_NONE : arena_str(m->arena, buf_str(&out));
	m->failed |= !text.p;
	buf_release(&out);
	/* Would a reader get the same list? If not, the list goes along. */
	m->failed |= m->failed || spdx_read_expression(m->arena, text, &m->license_refs, &back) < 0;
	bool same = back.n == c->licenses.n;
	for (size_t i = 0; same && i < back.n; i++)
		same = str_eq(back.v[i], c->licenses.v[i]);
	if (!same)
		annotate_packed(m, &e->annotations, SPDX_P_LICENSES, c->licenses.v, c->licenses.n);
	return text.n ? text : STR(SPDX_NO_ASSERTION);
}

/* ---- elements -------------------------------------------------------------------------------------------------------- */

/* http(s) with a host that has a dot: what SPDX's own tools take for a URL. */
static bool is_url(struct str s)
{
	struct str host = s, rest;
	if (!spdx_fits_line(s) || str_find_char(s, ' ') != STR_NOT_FOUND || (!str_strip_prefix(&host, STR("https://")) && !str_strip_prefix(&host, STR("http://"))))
		return false;
	str_cut(host, '/', &host, &rest);
	size_t dot = str_rfind_char(host, '.');
	return dot != STR_NOT_FOUND && dot > 0 && host.n - dot > 2 && char_is_alnum(host.p[0]) && char_is_alpha(host.p[dot + 1]) && char_is_alpha(host.p[dot + 2]);
}

static bool field_fits(size_t field, struct str s)
{
	switch (field) {
	case SPDX_FIELD_DESCRIPTION:
	case SPDX_FIELD_COPYRIGHT:
		return spdx_fits_text(s);
	case SPDX_FIELD_HOMEPAGE:
		return is_url(s);
	case SPDX_FIELD_PURL:
		return spdx_fits_line(s) && str_has_prefix(s, STR("pkg:")) && str_find_char(s, ' ') == STR_NOT_FOUND;
	case SPDX_FIELD_SUPPLIER:
		return spdx_fits_line(s) && !str_has_suffix(s, STR("()")) && !str_has_prefix(s, STR("Person:")) && !str_has_prefix(s, STR("Organization:"));
	default:
		return spdx_fits_line(s);
	}
}

static struct str full_name(struct maker *m, const struct sbom_component *c, struct str name)
{
	if (!c->group.n || !name.n)
		return name.n ? name : STR(SPDX_NO_ASSERTION);
	return checked(m, arena_printf(m->arena, "%.*s%c%.*s", STR_FMT(c->group), str_has_prefix(c->purl, STR("pkg:maven/")) ? ':' : '/', STR_FMT(name)));
}

static bool is_cpe(struct str s)
{
	return spdx_fits_line(s) && str_find_char(s, ' ') == STR_NOT_FOUND && (str_has_prefix(s, STR("cpe:2.3:")) || str_has_prefix(s, STR("cpe:/")));
}

static void add_reference(struct maker *m, struct spdx_element *e, struct str category, struct str type, struct str locator)
{
	struct spdx_reference r = { category, type, locator };
	m->failed |= !vec_push(m->arena, &e->references, r);
}

static void add_references(struct maker *m, const struct sbom_component *c, struct str purl, struct spdx_element *e)
{
	const struct str *s;
	if (purl.n)
		add_reference(m, e, STR("PACKAGE-MANAGER"), STR("purl"), purl);
	vec_foreach(s, &c->cpes) {
		if (is_cpe(*s))
			add_reference(m, e, STR("SECURITY"), str_has_prefix(*s, STR("cpe:/")) ? STR("cpe22Type") : STR("cpe23Type"), *s);
		else
			annotate_own(m, &e->annotations, SPDX_P_CPE, *s);
	}
}

static void add_digests(struct maker *m, const struct sbom_component *c, struct spdx_element *e)
{
	const struct str *s;
	struct str hex;
	vec_foreach(s, &c->digests) {
		if (spdx_hash_word(*s, &hex))
			m->failed |= !vec_push(m->arena, &e->digests, *s);
		else
			annotate_own(m, &e->annotations, SPDX_P_DIGEST, *s);
	}
}

/* SPDX wants UTC to the second. */
static bool is_spdx_time(struct str t)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	int64_t day;
	for (size_t i = 0; i < t.n && i < sizeof(form) - 1; i++)
		if (form[i] == '0' ? !char_is_digit(t.p[i]) : t.p[i] != form[i])
			return false;
	return t.n == sizeof(form) - 1 && date_to_days(t, &day) == 0 && str_cmp(str_sub(t, 11, 8), STR("24")) < 0 && t.p[14] < '6' && t.p[17] < '6';
}

/* May the text stand in that field? It came from one, or somebody made it up. */
static bool carried_fits(const struct spdx_element *e, const struct str *field, struct str s)
{
	if (field == &e->summary || field == &e->comment)
		return spdx_fits_text(s);
	if (field == &e->built || field == &e->released || field == &e->valid_until)
		return is_spdx_time(s);
	if (field == &e->license_concluded)
		return spdx_is_expression(s);
	if (field == &e->originator)
		return spdx_fits_line(s) && (str_has_prefix(s, STR("Organization: ")) || str_has_prefix(s, STR("Person: ")));
	return spdx_fits_line(s) && str_find_char(s, ' ') == STR_NOT_FOUND && str_contains(s, STR("://"));
}

static bool give_back_reference(struct maker *m, struct spdx_element *e, struct str packed)
{
	static const char *const categories[] = { "SECURITY", "PACKAGE-MANAGER", "PERSISTENT-ID", "OTHER" };
	struct str_vec v = { 0 };
	bool known = false;
	if (spdx_unpack(m->arena, packed, &v) < 0 || v.n != 3)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(categories); i++)
		known |= str_eq_c(v.v[0], categories[i]);
	for (size_t i = 0; i < v.n; i++)
		known &= spdx_fits_line(v.v[i]) && str_find_char(v.v[i], ' ') == STR_NOT_FOUND;
	if (known)
		add_reference(m, e, v.v[0], v.v[1], v.v[2]);
	return known;
}

/* Properties that came from SPDX's own fields go back to them. */
static bool give_back(struct maker *m, enum sbom_type type, struct spdx_element *e, const struct sbom_property *p)
{
	static const char *const purposes[] = { "SOURCE", "ARCHIVE", "INSTALL" };
	for (size_t i = 0; i < SPDX_CARRIED_COUNT; i++) {
		struct str *field = spdx_carried_field(e, i);
		if (!str_eq_c(p->name, spdx_carried[i].property) || field->n || !carried_fits(e, field, p->value))
			continue;
		*field = p->value;
		if (field == &e->license_concluded)
			know_refs(m, p->value);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(purposes); i++)
		if (type == SBOM_LIBRARY && !e->purpose.n && str_eq_c(p->name, SPDX_P_PURPOSE) && str_eq_c(p->value, purposes[i])) {
			e->purpose = p->value;
			return true;
		}
	return str_eq_c(p->name, SPDX_P_REFERENCE) && give_back_reference(m, e, p->value);
}

/* Trivy finds a package's source there. */
static void add_source_info(struct maker *m, const struct sbom_component *c, struct spdx_element *e)
{
	struct str name = sbom_property_get(&c->properties, STR(SBOM_P_SRC_NAME)), version = sbom_property_get(&c->properties, STR(SBOM_P_SRC_VERSION)),
		   release = sbom_property_get(&c->properties, STR(SBOM_P_SRC_RELEASE)), epoch = sbom_property_get(&c->properties, STR(SBOM_P_SRC_EPOCH));
	if (name.n && version.n)
		e->source_info = checked(m, arena_printf(m->arena, "built package from: %.*s %.*s%s%.*s%s%.*s", STR_FMT(name), STR_FMT(epoch), epoch.n ? ":" : "",
							 STR_FMT(version), release.n ? "-" : "", STR_FMT(release)));
	if (!spdx_fits_text(e->source_info))
		e->source_info = STR_NONE;
}

static void make_element(struct maker *m, size_t index)
{
	const struct sbom_component *c = &m->s->components.v[index];
	struct spdx_element *e = &m->d->elements.v[index];
	const struct sbom_property *p;
	struct str fields[SPDX_FIELD_COUNT];
	for (size_t i = 0; i < SPDX_FIELD_COUNT; i++)
		fields[i] = *(const struct str *)((const char *)c + spdx_fields[i].offset);
	if (!str_eq(e->id, c->ref))
		annotate_own(m, &e->annotations, SPDX_P_REF, c->ref);
	annotate_own(m, &e->annotations, SPDX_P_GROUP, c->group);
	for (size_t i = 0; i < SPDX_FIELD_COUNT; i++) {
		const struct str parts[] = { str_c(spdx_fields[i].name), fields[i] };
		if (!fields[i].n || (field_fits(i, fields[i]) && (i != SPDX_FIELD_NAME || !c->group.n || spdx_fits_line(c->group))))
			continue;
		annotate_packed(m, &e->annotations, SPDX_P_FIELD, parts, 2);
		fields[i] = STR_NONE;
	}
	e->name = full_name(m, c, fields[SPDX_FIELD_NAME]);
	e->version = fields[SPDX_FIELD_VERSION];
	e->description = fields[SPDX_FIELD_DESCRIPTION];
	e->copyright = fields[SPDX_FIELD_COPYRIGHT];
	e->homepage = fields[SPDX_FIELD_HOMEPAGE];
	if (fields[SPDX_FIELD_SUPPLIER].n) /* empty parentheses: others are not taken for a mail address */
		e->supplier = checked(m, arena_printf(m->arena, "Organization: %.*s%s", STR_FMT(fields[SPDX_FIELD_SUPPLIER]),
						      str_find_char(fields[SPDX_FIELD_SUPPLIER], '(') != STR_NOT_FOUND ? " ()" : ""));
	if (!spdx_purpose_word(c->type))
		annotate_own(m, &e->annotations, SPDX_P_TYPE, str_c(sbom_type_name(c->type)));
	if (m->s->subject_count > 1 && index < m->s->subject_count)
		annotate_own(m, &e->annotations, SPDX_P_SUBJECT, STR("true"));
	e->license_declared = declared(m, c, e);
	add_references(m, c, fields[SPDX_FIELD_PURL], e);
	add_digests(m, c, e);
	add_source_info(m, c, e);
	vec_foreach(p, &c->properties)
		if (!give_back(m, c->type, e, p))
			annotate_property(m, &e->annotations, p);
	if (!e->purpose.n)
		e->purpose = str_c(spdx_purpose_word(c->type) ? spdx_purpose_word(c->type) : "OTHER");
}

/* A package that is a file: its digest is the file's. Elsewhere the path names a list or a database that the package stands in. */
static bool is_archive(struct str path)
{
	static const char *const ends[] = { ".jar", ".war", ".ear", ".par", ".whl", ".egg", ".gem", ".nupkg" };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_has_suffix(path, str_c(ends[i])))
			return spdx_fits_line(path);
	return false;
}

static void add_file(struct maker *m, size_t index)
{
	const struct sbom_component *c = &m->s->components.v[index];
	struct str path = sbom_property_get(&c->properties, STR(SBOM_P_FILE_PATH)), id = m->d->elements.v[index].id;
	bool sha1 = false; /* SPDX demands it of files */
	for (size_t i = 0; i < m->d->elements.v[index].digests.n; i++)
		sha1 |= str_has_prefix(m->d->elements.v[index].digests.v[i], STR("sha1:"));
	if (!sha1 || c->type == SBOM_FILE || sbom_is_group(m->s, index) || !is_archive(path))
		return;
	m->d->elements.v[index].file_name = path;
	struct spdx_element *e = vec_add(m->arena, &m->d->elements);
	if (!e) {
		m->failed = true;
		return;
	}
	struct str words = slug(m, path);
	e->is_file = true;
	e->name = path;
	e->id = unique_id(m, checked(m, arena_printf(m->arena, "SPDXRef-File-%.*s-%016llx", STR_FMT(words), (unsigned long long)str_hash(id))));
	e->digests = m->d->elements.v[index].digests;
	struct spdx_relation r = { .from = id, .type = STR("DISTRIBUTION_ARTIFACT"), .to = e->id };
	m->failed |= !vec_push(m->arena, &m->d->relations, r);
}

static void add_relations(struct maker *m)
{
	const struct sbom_component_vec *all = &m->s->components;
	const uint32_t *to;
	for (size_t i = 0; i < m->s->subject_count; i++) {
		struct spdx_relation r = { .from = STR(SPDX_DOCUMENT_ID), .type = STR("DESCRIBES"), .to = m->d->elements.v[i].id };
		m->failed |= !vec_push(m->arena, &m->d->relations, r);
	}
	for (size_t i = 0; i < all->n && !m->failed; i++) {
		struct str type = sbom_is_group(m->s, i) ? STR("CONTAINS") : STR("DEPENDS_ON");
		vec_foreach(to, &all->v[i].depends) {
			struct spdx_relation r = { .from = m->d->elements.v[i].id, .type = type, .to = m->d->elements.v[*to].id };
			m->failed |= !vec_push(m->arena, &m->d->relations, r);
		}
	}
}

/* ---- the document ---------------------------------------------------------------------------------------------------- */

static bool is_namespace(struct str id)
{
	size_t colon = str_find_char(id, ':');
	bool fine = colon != STR_NOT_FOUND && colon > 0 && colon + 1 < id.n && char_is_alpha(id.p[0]) && spdx_fits_line(id);
	for (size_t i = 0; fine && i < id.n; i++) /* RFC 3986 without '#' */
		fine = char_is_alnum(id.p[i]) || char_is_one_of(id.p[i], i < colon ? "+.-" : "-._~:/?@!$&'()*+,;=%[]");
	return fine;
}

static void add_creators(struct maker *m)
{
	const struct sbom_tool *t;
	const struct str *author;
	bool same = true;
	vec_foreach(author, &m->s->authors) {
		struct str text = checked(m, arena_printf(m->arena, "Organization: %.*s%s", STR_FMT(*author), str_find_char(*author, '(') != STR_NOT_FOUND ? " ()" : ""));
		if (spdx_fits_line(text))
			m->failed |= !vec_push(m->arena, &m->d->creators, text);
	}
	vec_foreach(t, &m->s->tools) {
		struct sbom_tool back;
		struct str text = checked(m, arena_printf(m->arena, "Tool: %.*s%s%.*s", STR_FMT(t->name), t->version.n ? "-" : "", STR_FMT(t->version)));
		spdx_split_tool(str_from(text, 6), &back);
		bool fits = spdx_fits_line(text) && t->name.n;
		same &= fits && !t->vendor.n && str_eq(back.name, t->name) && str_eq(back.version, t->version);
		if (fits)
			m->failed |= !vec_push(m->arena, &m->d->creators, text);
	}
	struct str nobody = STR("Tool: " SPDX_NO_ASSERTION);
	if (!m->d->creators.n)
		m->failed |= !vec_push(m->arena, &m->d->creators, nobody);
	struct str_vec parts = { 0 };
	if (same)
		return;
	vec_foreach(t, &m->s->tools) {
		const struct str three[] = { t->vendor, t->name, t->version };
		for (size_t i = 0; i < 3; i++)
			m->failed |= !vec_push(m->arena, &parts, three[i]);
	}
	annotate_packed(m, &m->d->annotations, SPDX_P_TOOLS, parts.v, parts.n);
}

static void add_document_texts(struct maker *m)
{
	const struct sbom_property *p;
	vec_foreach(p, &m->s->properties) {
		struct str_vec v = { 0 };
		if (str_eq_c(p->name, SPDX_P_LICENSE) && spdx_unpack(m->arena, p->value, &v) == 0 && v.n == 3 && spdx_is_license_ref(v.v[0]))
			m->failed |= map_put(&m->annotated, v.v[0], (void *)(uintptr_t)&p->value) < 0;
		else if (str_eq_c(p->name, SPDX_P_COMMENT) && !m->d->comment.n && spdx_fits_text(p->value))
			m->d->comment = p->value;
		else
			annotate_property(m, &m->d->annotations, p);
	}
}

static void make_head(struct maker *m)
{
	const struct sbom *s = m->s;
	struct str name = s->name.n ? s->name : s->components.n ? s->components.v[0].name : STR_NONE;
	m->d->version = STR("SPDX-2.3");
	m->d->created = is_spdx_time(s->created) ? s->created : STR("1970-01-01T00:00:00Z");
	if (!str_eq(m->d->created, s->created))
		annotate_own(m, &m->d->annotations, SPDX_P_CREATED, s->created.n ? s->created : STR("-"));
	m->d->name = spdx_fits_line(name) ? name : STR(SPDX_NO_ASSERTION);
	if (!str_eq(m->d->name, name) && s->name.n)
		annotate_property(m, &m->d->annotations, &(struct sbom_property){ STR(SBOM_P_DOCUMENT_NAME), s->name });
	if (is_namespace(s->id)) {
		m->d->namespace_uri = s->id;
	} else {
		m->d->namespace_uri = checked(m, sbom_identity(m->arena, s));
		if (s->id.n)
			annotate_own(m, &m->d->annotations, SBOM_P_NAMESPACE, s->id);
	}
	if (s->incomplete)
		annotate_own(m, &m->d->annotations, SPDX_P_INCOMPLETE, STR("true"));
	add_creators(m);
	add_document_texts(m);
}

int spdx_from_sbom(struct arena *a, const struct sbom *s, struct spdx_document *ret, struct error *err)
{
	struct spdx_document d = { 0 };
	struct maker m = { .arena = a, .s = s, .d = &d };
	diags_init(&d.diags, a);
	map_init(&m.ids, a);
	map_init(&m.license_ids, a);
	map_init(&m.license_refs, a);
	map_init(&m.annotated, a);
	map_init(&m.meanings, a);
	d.elements.v = arena_new_array(a, struct spdx_element, s->components.n + 1);
	d.elements.n = d.elements.cap = s->components.n;
	if (!d.elements.v)
		return error_nomem(err);
	make_head(&m);
	name_elements(&m);
	for (size_t i = 0; i < s->components.n && !m.failed; i++)
		make_element(&m, i);
	if (!m.failed)
		add_relations(&m);
	for (size_t i = 0; i < s->components.n && !m.failed; i++)
		add_file(&m, i);
	for (size_t i = 0; i < m.annotated.n && !m.failed; i++) /* texts that nothing names any more */
		know_refs(&m, m.annotated.entries[i].key);
	for (size_t i = 0; i < m.license_refs.n && !m.failed; i++)
		m.failed |= !vec_push(a, &d.licenses, *(struct spdx_license *)m.license_refs.entries[i].value);
	if (m.failed)
		return error_nomem(err);
	*ret = d;
	return 0;
}
