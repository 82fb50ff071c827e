/* Directory.Packages.props (NuGet "Central Package Management") and the packages.props of older tools: MSBuild XML,
 *   <Project><ItemGroup><PackageVersion Include="x" Version="1.0" /></ItemGroup></Project> */
#include "base/path.h"
#include "format/dotnet/dotnet.h"
#include "format/lang/lang.h"
#include "format/xml/xml.h"

bool dotnet_wants_props(struct str path, uint32_t mode, uint64_t size)
{
	static const struct str suffix = STR_INIT("packages.props");
	struct str name = path_base(path);
	return name.n >= suffix.n && str_eq_nocase(str_from(name, name.n - suffix.n), suffix);
}

/* "$(Name)" as a <PropertyGroup> of the same file says; empty when it does not, or in parts only. */
static struct str resolve(const struct map *properties, struct str s)
{
	struct str name = s;
	if (!str_contains(s, STR("$(")))
		return s;
	if (!str_strip_prefix(&name, STR("$(")) || !str_strip_suffix(&name, STR(")")))
		return STR("");
	const struct xml_node *value = map_get(properties, name);
	struct str text = value && value->text.n <= LANG_NAME_MAX ? str_trim(value->text) : STR("");
	return str_contains(text, STR("$(")) ? STR("") : text;
}

static int add_item(struct lang_list *list, const struct map *properties, const struct xml_node *item)
{
	struct str name = xml_attr_value(item, STR("Include")), version = xml_attr_value(item, STR("Version"));
	bool is_new;
	int code;
	if (!name.n)
		name = xml_attr_value(item, STR("Update"));
	if (!version.n)
		version = xml_text_c(item, "Version");
	struct str known = resolve(properties, version);
	if (!known.n && version.n)
		diag_add(list->diags, DIAG_UNREADABLE, list->in->name, item->line, 0, "the version of %.*s is not known here: %.*s", STR_FMT(str_sub(name, 0, 100)),
			 STR_FMT(str_sub(version, 0, 100)));
	if (!name.n || !version.n || str_contains(name, STR("$("))) /* removes or changes something, or names files */
		return 0;
	version = known;
	/* "[1.0]" is exactly that; other ranges stand as written. */
	if (version.n > 2 && version.p[0] == '[' && version.p[version.n - 1] == ']' && str_find_char(version, ',') == STR_NOT_FOUND)
		version = str_trim(str_sub(version, 1, version.n - 2));
	struct package *p = lang_add_any(list, name, version, item->line, &is_new, &code);
	if (p && is_new)
		p->end_line = item->end_line;
	return code;
}

int dotnet_parse_props(struct arena *a, const struct input *in, struct package_vec *out, struct diags *diags, struct error *err)
{
	static const struct str items[] = { STR_INIT("PackageVersion"), STR_INIT("PackageReference"), STR_INIT("GlobalPackageReference") };
	struct str text;
	struct xml_node *root;
	struct lang_list list;
	struct map properties;
	int r = input_all(a, in, XML_FILE_MAX, &text, err);
	if (r < 0 || (r = xml_parse(a, text, &root, err)) < 0)
		return r;
	if (!str_eq(root->name, STR("Project")))
		return error_set(err, ERR_FORMAT, "no MSBuild project: <%.*s>", STR_FMT(str_sub(root->name, 0, 50)));
	lang_list_init(&list, a, in, PKG_NUGET_PROPS, out, diags);
	map_init(&properties, a);
	xml_foreach(group, root)
		if (str_eq(group->name, STR("PropertyGroup")))
			xml_foreach(it, group)
				if (map_put(&properties, it->name, (void *)(uintptr_t)it) < 0)
					return error_nomem(err);
	xml_foreach(group, root) {
		if (!str_eq(group->name, STR("ItemGroup")))
			continue;
		xml_foreach(item, group)
			for (size_t i = 0; i < ARRAY_LEN(items); i++)
				if (str_eq(item->name, items[i]) && add_item(&list, &properties, item) < 0)
					return error_nomem(err);
	}
	return 0;
}
