/* One reader for both notations: what is said of components is the same, only where it stands differs. */
#include "format/cyclonedx/cyclonedx.h"
#include "format/cyclonedx/words.h"
#include "format/xml/xml.h"

#define XML_NAMESPACE "://cyclonedx.org/schema/bom/"

/* A place in the document: one of the two is set, or neither (nothing there). */
struct node {
	const struct value *json;
	const struct xml_node *xml;
};

struct reader {
	struct arena *arena;
	struct sbom *sbom;
	struct sbom_edge_vec edges;
	size_t skipped_external, skipped_services, skipped_vulnerabilities;
	bool failed, limit;
};

static bool is_there(struct node n)
{
	return n.json || n.xml;
}

static struct node child(struct node n, const char *name)
{
	return (struct node){ .json = n.json ? value_get(n.json, str_c(name)) : NULL, .xml = xml_child(n.xml, str_c(name)) };
}

/* A member; in XML an attribute or the text of a child. */
static struct str text(struct node n, const char *name)
{
	if (n.json)
		return value_get_str(n.json, str_c(name));
	struct str s = xml_attr_value(n.xml, str_c(name));
	const struct xml_node *e = s.n ? NULL : xml_child(n.xml, str_c(name));
	return e ? e->text : s;
}

/* The node's own text. */
static struct str own_text(struct node n, const char *json_member)
{
	return n.json ? value_get_str(n.json, str_c(json_member)) : n.xml ? n.xml->text : STR_NONE;
}

/* Items of a list: members of a JSON array; in XML the children of that element name (NULL: of any). *at begins as the zero node's. */
struct list {
	struct node of;
	const char *item;
	size_t index;
	const struct xml_node *element;
};
static struct list items(struct node n, const char *list, const char *item)
{
	struct list l = { .of = list ? child(n, list) : n, .item = item };
	l.element = l.of.xml ? l.of.xml->first : NULL;
	return l;
}
static bool next(struct list *l, struct node *ret)
{
	if (l->of.json) {
		*ret = (struct node){ .json = value_at(l->of.json, l->index++) };
		return ret->json;
	}
	while (l->element && l->item && !str_eq_c(l->element->name, l->item))
		l->element = l->element->next;
	*ret = (struct node){ .xml = l->element };
	if (l->element)
		l->element = l->element->next;
	return ret->xml;
}

static void push(struct reader *r, struct str_vec *v, struct str s)
{
	if (s.n)
		r->failed |= !vec_push(r->arena, v, s);
}

static void read_properties(struct reader *r, struct node n, struct sbom_property_vec *ret)
{
	struct list l = items(n, "properties", "property");
	struct node p;
	while (next(&l, &p))
		r->failed |= sbom_property_add(r->arena, ret, text(p, "name"), own_text(p, "value")) < 0;
}

static void read_hashes(struct reader *r, struct node n, struct sbom_component *c)
{
	struct list l = items(n, "hashes", "hash");
	struct node h;
	while (next(&l, &h)) {
		struct str word = text(h, "alg"), hex = str_trim(own_text(h, "content"));
		const char *name = cyclonedx_hash_ours(word);
		struct str digest = hex.n && word.n ? arena_printf(r->arena, "%.*s:%.*s", name ? (int)strlen(name) : (int)word.n, name ? name : word.p, STR_FMT(hex)) : STR_NONE;
		push(r, &c->digests, digest);
	}
}

static void read_licenses(struct reader *r, struct node n, struct sbom_component *c)
{
	struct list l = items(n, "licenses", NULL);
	struct node item;
	while (next(&l, &item)) {
		struct node license = item.json ? child(item, "license") : str_eq(item.xml->name, STR("license")) ? item : (struct node){ 0 };
		struct str id = text(license, "id");
		if (is_there(license))
			push(r, &c->licenses, id.n ? id : text(license, "name"));
		else
			push(r, &c->licenses, item.json ? text(item, "expression") : item.xml->text);
	}
}

static void read_references(struct reader *r, struct node n, struct sbom_component *c)
{
	struct list l = items(n, "externalReferences", "reference");
	struct node x;
	while (next(&l, &x)) {
		if (str_eq(text(x, "type"), STR("website")) && !c->homepage.n)
			c->homepage = text(x, "url");
		else
			r->skipped_external++;
	}
}

/* cdxgen and others say where a component was seen as evidence. */
static void read_evidence(struct reader *r, struct node n, struct sbom_component *c)
{
	struct list l = items(child(n, "evidence"), "occurrences", "occurrence");
	struct node x;
	if (next(&l, &x) && !sbom_property_get(&c->properties, STR(SBOM_P_FILE_PATH)).n)
		r->failed |= sbom_property_add(r->arena, &c->properties, STR(SBOM_P_FILE_PATH), text(x, "location")) < 0;
}

/* A name that stands as an object of its own ({"name": …}) or, in old documents, as text. */
static struct str name_in(struct node n, const char *member)
{
	struct node c = child(n, member);
	return c.json && c.json->kind == VALUE_STRING ? value_text(c.json) : text(c, "name");
}

static void read_component(struct reader *r, struct node n, struct sbom_component *c)
{
	if (sbom_type_parse(text(n, "type"), &c->type) < 0) {
		c->type = SBOM_LIBRARY;
		diag_add(&r->sbom->diags, DIAG_WARNING, STR_NONE, 0, 0, "component %.*s is of the unknown type \"%.*s\"", STR_FMT(text(n, "name")), STR_FMT(text(n, "type")));
	}
	c->ref = text(n, "bom-ref");
	c->group = text(n, "group");
	c->name = text(n, "name");
	c->version = text(n, "version");
	c->purl = text(n, "purl");
	c->description = text(n, "description");
	c->copyright = text(n, "copyright");
	c->supplier = name_in(n, "supplier");
	if (!c->supplier.n)
		c->supplier = text(n, "publisher");
	push(r, &c->cpes, text(n, "cpe"));
	read_hashes(r, n, c);
	read_licenses(r, n, c);
	read_references(r, n, c);
	read_properties(r, n, &c->properties);
	read_evidence(r, n, c);
	size_t kept = 0;
	for (size_t i = 0; i < c->properties.n; i++) { /* what writers put there for want of a place */
		struct sbom_property p = c->properties.v[i];
		if (str_eq_c(p.name, CYCLONEDX_P_CPE))
			push(r, &c->cpes, p.value);
		else if (str_eq_c(p.name, CYCLONEDX_P_DIGEST))
			push(r, &c->digests, p.value);
		else
			c->properties.v[kept++] = p;
	}
	c->properties.n = kept;
}

/* Components and those inside them, each with an edge from the outer one. Recursion is as deep as SBOM_NESTING_MAX. */
static void read_components(struct reader *r, struct node n, uint32_t outer, unsigned depth)
{
	struct list l = items(n, "components", "component");
	struct node item;
	while (next(&l, &item) && !r->failed && !r->limit) {
		if (depth > SBOM_NESTING_MAX || r->sbom->components.n >= SBOM_COMPONENTS_MAX) {
			r->limit = true;
			return;
		}
		uint32_t index = (uint32_t)r->sbom->components.n;
		struct sbom_component *c = vec_add(r->arena, &r->sbom->components);
		if (!c) {
			r->failed = true;
			return;
		}
		read_component(r, item, c);
		if (outer != UINT32_MAX)
			r->failed |= !vec_push(r->arena, &r->sbom->components.v[outer].depends, index);
		read_components(r, item, index, depth + 1);
	}
}

static void read_dependencies(struct reader *r, struct node n)
{
	struct list l = items(n, "dependencies", "dependency");
	struct node d, to;
	while (next(&l, &d) && !r->failed) {
		struct sbom_edge edge = { .from = text(d, "ref") };
		struct list targets = d.json ? items(d, "dependsOn", NULL) : items(d, NULL, "dependency");
		while (next(&targets, &to) && !r->failed) {
			edge.to = to.json ? value_text(to.json) : text(to, "ref");
			if (!edge.from.n || !edge.to.n)
				continue;
			r->failed |= !vec_push(r->arena, &r->edges, edge);
			r->limit |= r->edges.n > SBOM_EDGES_MAX;
		}
	}
}

static void add_tool(struct reader *r, struct node n)
{
	struct sbom_tool tool = { .vendor = text(n, "vendor"), .name = text(n, "name"), .version = text(n, "version") };
	if (!tool.vendor.n)
		tool.vendor = text(n, "group");
	if (!tool.vendor.n)
		tool.vendor = text(n, "publisher");
	if (!tool.vendor.n)
		tool.vendor = name_in(n, "manufacturer");
	if (tool.name.n)
		r->failed |= !vec_push(r->arena, &r->sbom->tools, tool);
}

static void read_tools(struct reader *r, struct node metadata)
{
	struct node tools = child(metadata, "tools"), t;
	bool old = tools.json && tools.json->kind == VALUE_ARRAY;
	struct list l = old ? items(tools, NULL, NULL) : items(tools, "components", "component");
	while (next(&l, &t))
		add_tool(r, t);
	for (l = items(tools, NULL, "tool"); tools.xml && next(&l, &t);)
		add_tool(r, t);
}

/* Trivy and Syft know nothing of it; where a document says so itself, it is believed. */
static void read_completeness(struct reader *r, struct node root)
{
	struct list l = items(root, "compositions", "composition");
	struct node c;
	while (next(&l, &c))
		r->sbom->incomplete |= str_has_prefix(text(c, "aggregate"), STR("incomplete"));
}

static void read_metadata(struct reader *r, struct node root)
{
	struct sbom *s = r->sbom;
	struct node metadata = child(root, "metadata"), component = child(metadata, "component"), author;
	s->created = text(metadata, "timestamp");
	read_tools(r, metadata);
	struct list l = items(metadata, "authors", "author");
	while (next(&l, &author))
		push(r, &s->authors, text(author, "name"));
	read_properties(r, metadata, &s->properties);
	struct sbom_property_vec of_document = { 0 };
	read_properties(r, root, &of_document);
	for (size_t i = 0; i < of_document.n; i++)
		r->failed |= !vec_push(r->arena, &s->properties, of_document.v[i]);
	if (is_there(component)) {
		struct sbom_component *c = vec_add(r->arena, &s->components);
		r->failed |= !c;
		if (c) {
			s->subject_count = 1;
			read_component(r, component, c);
			read_components(r, component, 0, 1);
		}
	}
}

/* Without metadata.component: those marked as subjects go to the front, else a subject without a name contains everything. */
static void find_subjects(struct reader *r)
{
	struct sbom *s = r->sbom;
	struct sbom_component_vec sorted = { 0 };
	uint32_t *moved = arena_new_array(r->arena, uint32_t, s->components.n + 1);
	if (s->subject_count)
		return;
	if (!moved || vec_reserve(r->arena, &sorted, s->components.n + 1) < 0) {
		r->failed = true;
		return;
	}
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < s->components.n; i++) {
			bool subject = sbom_property_get(&s->components.v[i].properties, STR(CYCLONEDX_P_SUBJECT)).n > 0;
			if (subject == (round == 0)) {
				moved[i] = (uint32_t)sorted.n;
				sorted.v[sorted.n++] = s->components.v[i];
			}
		}
		if (round == 0)
			s->subject_count = sorted.n;
		if (round == 0 && !sorted.n) {
			struct sbom_component all = { .type = SBOM_APPLICATION };
			for (uint32_t i = 0; i < s->components.n; i++) {
				uint32_t to = i + 1;
				r->failed |= !vec_push(r->arena, &all.depends, to);
			}
			sorted.v[sorted.n++] = all;
			s->subject_count = 1;
		}
	}
	for (size_t i = 0; i < sorted.n; i++)
		for (size_t k = 0; k < sorted.v[i].depends.n && !(i == 0 && sorted.n > s->components.n); k++)
			sorted.v[i].depends.v[k] = moved[sorted.v[i].depends.v[k]];
	s->components = sorted;
}

/* Document-level facts that have a place in the struct leave the properties. */
static void take_document_properties(struct sbom *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->properties.n; i++) {
		struct sbom_property p = s->properties.v[i];
		if (str_eq_c(p.name, SBOM_P_NAMESPACE))
			s->id = p.value;
		else if (str_eq_c(p.name, SBOM_P_DOCUMENT_NAME))
			s->name = p.value;
		else
			s->properties.v[n++] = p;
	}
	s->properties.n = n;
}

static int read_document(struct arena *a, struct node root, struct str version, struct sbom *ret, struct error *err)
{
	struct sbom sbom;
	struct reader r = { .arena = a, .sbom = &sbom };
	struct node vulnerabilities = child(root, "vulnerabilities"), services = child(root, "services");
	sbom_init(&sbom, a);
	sbom.format = arena_printf(a, "CycloneDX %.*s", STR_FMT(version));
	sbom.id = text(root, "serialNumber");
	read_metadata(&r, root);
	read_components(&r, root, UINT32_MAX, 1);
	read_dependencies(&r, root);
	read_completeness(&r, root);
	find_subjects(&r);
	take_document_properties(&sbom);
	if (r.limit)
		return error_set(err, ERR_LIMIT, "more than %u components, %u relations or %u levels", SBOM_COMPONENTS_MAX, SBOM_EDGES_MAX, SBOM_NESTING_MAX);
	if (r.failed || !sbom.format.p)
		return error_nomem(err);
	if (is_there(vulnerabilities))
		diag_add(&sbom.diags, DIAG_NOTE, STR_NONE, 0, 0, "the document's own vulnerabilities are not taken over: a scan finds them anew");
	if (is_there(services))
		diag_add(&sbom.diags, DIAG_NOTE, STR_NONE, 0, 0, "the document's services are not taken over");
	if (r.skipped_external)
		diag_add(&sbom.diags, DIAG_NOTE, STR_NONE, 0, 0, "%zu external references other than websites are not taken over", r.skipped_external);
	int result = sbom_finish(a, &sbom, &r.edges, err);
	if (result == 0)
		*ret = sbom;
	return result;
}

bool cyclonedx_is_json(const struct value *root)
{
	return str_eq(value_str_c(root, "bomFormat"), STR("CycloneDX")) || str_contains(value_str_c(root, "$schema"), STR("cyclonedx.org/schema/bom"));
}

bool cyclonedx_is_xml(struct str text)
{
	/* XML opens with markup; the namespace alone may also stand in another format's text. */
	struct str head = str_trim(str_sub(text, 0, 65536));
	return str_has_prefix(head, STR("<")) && str_contains(head, STR(XML_NAMESPACE));
}

static int check_version(struct str version, struct error *err)
{
	if (!str_has_prefix(version, STR("1.")))
		return error_set(err, ERR_UNSUPPORTED, "CycloneDX version \"%.*s\" is not known (1.0 to 1.7 are read)", STR_FMT(version));
	return 0;
}

int cyclonedx_read_json(struct arena *a, struct document *doc, struct sbom *ret, struct error *err)
{
	struct node root = { .json = doc->root };
	struct str version = text(root, "specVersion");
	if (!doc->root || doc->root->kind != VALUE_OBJECT)
		return error_set(err, ERR_FORMAT, "a CycloneDX document is a JSON object");
	int r = check_version(version, err);
	return r < 0 ? r : read_document(a, root, version, ret, err);
}

int cyclonedx_read_xml(struct arena *a, struct str source, struct sbom *ret, struct error *err)
{
	static const struct xml_limits limits = { .bytes = SBOM_BYTES_MAX, .nodes = 50000000, .attrs = 50000000 };
	struct xml_node *root;
	struct str version = STR_NONE;
	int r = xml_parse_limited(a, source, &limits, &root, err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < root->attr_count && !version.n; i++) { /* xmlns="http://cyclonedx.org/schema/bom/1.6" */
		struct str uri = root->attrs[i].value;
		size_t at = str_find(uri, STR(XML_NAMESPACE));
		if (at != STR_NOT_FOUND)
			version = str_from(uri, at + sizeof(XML_NAMESPACE) - 1);
	}
	if (!str_eq(root->name, STR("bom")) || !version.n)
		return error_set(err, ERR_FORMAT, "the root element is not CycloneDX's <bom>");
	r = check_version(version, err);
	return r < 0 ? r : read_document(a, (struct node){ .xml = root }, version, ret, err);
}
