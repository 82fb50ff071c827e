#include "format/osrelease/osrelease.h"

#include "base/path.h"

#define OSRELEASE_MAX (1u << 20)
#define FIELD_MAX 1024 /* longer values are cut: no distribution has one, and they go into every report */

struct source {
	struct arena *arena;
	struct str path, text;
	struct diags *diags;
};

static bool is_one_of(struct str path, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(path, list[i]))
			return true;
	return false;
}

bool osrelease_wants_etc(struct str path, uint32_t mode, uint64_t size)
{
	return str_eq(path, STR("etc/os-release"));
}

bool osrelease_wants_usr(struct str path, uint32_t mode, uint64_t size)
{
	static const struct str list[] = { STR_INIT("usr/lib/os-release"), STR_INIT("x86_64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release"),
					   STR_INIT("aarch64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release") };
	return is_one_of(path, list, ARRAY_LEN(list));
}

bool osrelease_wants_family(struct str path, uint32_t mode, uint64_t size)
{
	static const struct str list[] = {
		STR_INIT("etc/alpine-release"),    STR_INIT("etc/lsb-release"),	  STR_INIT("etc/centos-release"),  STR_INIT("etc/rocky-release"),
		STR_INIT("etc/almalinux-release"), STR_INIT("etc/oracle-release"), STR_INIT("etc/fedora-release"),  STR_INIT("etc/SuSE-release"),
		STR_INIT("etc/mariner-release"),   STR_INIT("etc/photon-release"), STR_INIT("etc/openEuler-release"), STR_INIT("etc/mageia-release"),
		STR_INIT("etc/azurelinux-release"), STR_INIT("etc/enterprise-release"), STR_INIT("usr/lib/centos-release"),
		STR_INIT("usr/lib/fedora-release"), STR_INIT("usr/lib/rocky-release"),
	};
	return str_has_suffix(path, STR("-release")) && is_one_of(path, list, ARRAY_LEN(list));
}

bool osrelease_wants_redhat(struct str path, uint32_t mode, uint64_t size)
{
	return str_eq(path, STR("etc/redhat-release")) || str_eq(path, STR("etc/system-release")) || str_eq(path, STR("usr/lib/system-release"));
}

bool osrelease_wants_debian(struct str path, uint32_t mode, uint64_t size)
{
	return str_eq(path, STR("etc/debian_version"));
}

/* The value of an assignment as a shell would read it: quotes removed, backslash escapes resolved inside double quotes and outside. */
static struct str unquote(struct source *s, struct str raw, uint32_t line)
{
	raw = str_trim(raw);
	raw = str_sub(raw, 0, FIELD_MAX);
	char *out = arena_alloc_aligned(s->arena, raw.n + 1, 1);
	if (!out)
		return STR_NONE;
	size_t n = 0;
	char quote = 0;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'' && i + 1 < raw.n)
			c = raw.p[++i];
		else if (!quote && char_is_space(c))
			break; /* a comment or a second word: the shell's assignment ends here */
		out[n++] = c;
	}
	out[n] = 0;
	if (quote)
		diag_add(s->diags, DIAG_WARNING, s->path, line, 0, "unterminated quote");
	return (struct str){ out, n };
}

/* Where the assignments of a file go. */
struct field {
	const char *key;
	struct str *value;
};

static int read_assignments(struct source *s, const struct field *fields, size_t field_count)
{
	struct str rest = s->text, row, key, raw;
	for (uint32_t line = 1; str_next_line(&rest, &row); line++) {
		row = str_trim(row);
		if (!row.n || row.p[0] == '#')
			continue;
		str_strip_prefix(&row, STR("export "));
		if (!str_cut(row, '=', &key, &raw)) {
			diag_add(s->diags, DIAG_WARNING, s->path, line, 0, "no assignment");
			continue;
		}
		for (size_t i = 0; i < field_count; i++) {
			if (!str_eq_c(str_trim(key), fields[i].key))
				continue;
			*fields[i].value = unquote(s, raw, line);
			if (!fields[i].value->p)
				return ERR_NOMEM;
		}
	}
	return 0;
}

/* openEuler files its advisories by the release's full name: VERSION "22.03 (LTS-SP3)" or "22.03 LTS SP3" -> "22.03-LTS-SP3". */
static struct str openeuler_version(struct arena *a, struct str version)
{
	char *out = arena_alloc_aligned(a, version.n + 1, 1);
	size_t n = 0;
	for (size_t i = 0; out && i < version.n; i++) {
		char c = version.p[i];
		if (c == '(' || c == ')')
			continue;
		if (char_is_space(c))
			c = '-';
		out[n++] = c;
	}
	return out ? str_make(out, n) : STR_NONE;
}

/* Distributions whose ID alone does not say which one they are. */
static void refine_id(struct distro *d, struct str name)
{
	uint64_t major = 0;
	struct str head, tail;
	str_cut(d->version, '.', &head, &tail);
	bool numbered = str_to_u64(head, &major) == 0;
	if (str_eq(d->id, STR("centos")) && str_has_prefix(name, STR("CentOS Stream")))
		d->id = STR("centos-stream");
	else if (str_eq(d->id, STR("opensuse")) && str_contains(name, STR("Tumbleweed")))
		d->id = STR("opensuse-tumbleweed");
	else if (str_eq(d->id, STR("opensuse")) && (str_contains(name, STR("Leap")) || (numbered && (major == 42 || major == 15))))
		d->id = STR("opensuse-leap");
	else if (str_eq(d->id, STR("opensuse")) && numbered && major > 20000000)
		d->id = STR("opensuse-tumbleweed"); /* a snapshot date */
}

static int finish(struct source *s, struct distro *d)
{
	if (d->id.n) {
		d->id = distro_normalize_id(s->arena, d->id);
		if (!d->id.p)
			return ERR_NOMEM;
	}
	d->known = d->id.n > 0;
	return 0;
}

static int parse_os_release(struct source *s, struct distro *d)
{
	struct str name = STR_NONE, pretty = STR_NONE, version = STR_NONE, ubuntu_codename = STR_NONE;
	const struct field fields[] = {
		{ "ID", &d->id },     { "VERSION_ID", &d->version_id }, { "VERSION_CODENAME", &d->codename }, { "ID_LIKE", &d->id_like },
		{ "NAME", &name },    { "PRETTY_NAME", &pretty },	{ "VERSION", &version },	      { "UBUNTU_CODENAME", &ubuntu_codename },
	};
	int r = read_assignments(s, fields, ARRAY_LEN(fields));
	if (r < 0 || (r = finish(s, d)) < 0)
		return r;
	d->name = pretty.n ? pretty : name;
	d->version = d->version_id;
	if (!d->codename.n)
		d->codename = ubuntu_codename;
	if (str_eq(d->id, STR("openeuler")) && version.n)
		d->version = openeuler_version(s->arena, version);
	refine_id(d, name);
	return d->version.p || !version.n ? 0 : ERR_NOMEM;
}

static int parse_lsb_release(struct source *s, struct distro *d)
{
	const struct field fields[] = { { "DISTRIB_ID", &d->id },
					{ "DISTRIB_RELEASE", &d->version },
					{ "DISTRIB_CODENAME", &d->codename },
					{ "DISTRIB_DESCRIPTION", &d->name } };
	int r = read_assignments(s, fields, ARRAY_LEN(fields));
	return r < 0 ? r : finish(s, d);
}

static struct str first_line(struct source *s)
{
	struct str rest = s->text, row;
	while (str_next_line(&rest, &row)) {
		row = str_trim(row);
		if (row.n)
			return str_sub(row, 0, FIELD_MAX);
	}
	return STR_NONE;
}

/* "11.6", or a testing release: "trixie/sid". */
static int parse_debian_version(struct source *s, struct distro *d)
{
	struct str line = first_line(s), codename, sid;
	if (!line.n)
		return 0;
	d->id = STR("debian");
	d->known = true;
	if (char_is_digit(line.p[0]))
		return (d->version = arena_str(s->arena, line)).p ? 0 : ERR_NOMEM;
	if (str_cut(line, '/', &codename, &sid) && str_eq(sid, STR("sid")))
		return (d->codename = arena_str(s->arena, codename)).p ? 0 : ERR_NOMEM;
	return 0;
}

static int parse_alpine_release(struct source *s, struct distro *d)
{
	struct str line = first_line(s);
	if (!line.n)
		return 0;
	d->id = STR("alpine");
	d->known = true;
	return (d->version = arena_str(s->arena, line)).p ? 0 : ERR_NOMEM;
}

/* How release files call their distributions; the first prefix that fits. */
static const struct {
	struct str prefix;
	const char *id;
} product_names[] = {
	{ STR_INIT("CentOS Stream"), "centos-stream" },
	{ STR_INIT("CentOS"), "centos" },
	{ STR_INIT("Red Hat"), "rhel" },
	{ STR_INIT("Rocky"), "rocky" },
	{ STR_INIT("Alma"), "almalinux" },
	{ STR_INIT("Oracle"), "ol" },
	{ STR_INIT("Enterprise Linux"), "ol" }, /* Oracle's name up to 5 */
	{ STR_INIT("Fedora"), "fedora" },
	{ STR_INIT("Amazon Linux"), "amzn" },
	{ STR_INIT("openEuler"), "openeuler" },
	{ STR_INIT("Mageia"), "mageia" },
	{ STR_INIT("CBL-Mariner"), "mariner" },
	{ STR_INIT("Common Base Linux Mariner"), "mariner" },
	{ STR_INIT("Microsoft Azure Linux"), "azurelinux" },
	{ STR_INIT("Azure Linux"), "azurelinux" },
	{ STR_INIT("VMware Photon"), "photon" },
	{ STR_INIT("SUSE Linux Enterprise Server"), "sles" },
	{ STR_INIT("SUSE Linux Enterprise Desktop"), "sled" },
	{ STR_INIT("openSUSE"), "opensuse" },
};

/* "CentOS Linux release 7.9.2009 (Core)", "Amazon Linux AMI release 2018.03", "CBL-Mariner 2.0.20230126". */
static int parse_product_line(struct source *s, struct distro *d)
{
	struct str line = first_line(s), rest = line, word;
	if (!line.n)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(product_names) && !d->id.n; i++)
		if (str_has_prefix(line, product_names[i].prefix))
			d->id = str_c(product_names[i].id);
	if (!d->id.n) {
		str_next_word(&rest, &word);
		d->id = word; /* finish() makes the copy that distro_normalize_id needs */
		rest = line;
	}
	while (str_next_word(&rest, &word)) {
		if (!char_is_digit(word.p[0]))
			continue;
		d->version = arena_str(s->arena, word);
		break;
	}
	size_t open = str_find_char(rest, '(');
	if (open != STR_NOT_FOUND) {
		str_cut(str_from(rest, open + 1), ')', &word, &rest);
		d->codename = arena_str(s->arena, word);
	}
	d->name = arena_str(s->arena, line);
	d->id = arena_str(s->arena, d->id);
	if (!d->name.p || !d->id.p)
		return ERR_NOMEM;
	refine_id(d, line);
	return finish(s, d);
}

/* SuSE-release: the product line, then "VERSION = 11" and "PATCHLEVEL = 4". */
static int parse_suse_release(struct source *s, struct distro *d)
{
	int r = parse_product_line(s, d);
	if (r < 0)
		return r;
	struct str version = STR_NONE, patch = STR_NONE;
	const struct field fields[] = { { "VERSION", &version }, { "PATCHLEVEL", &patch }, { "CODENAME", &d->codename } };
	struct str rest = s->text, product;
	str_next_line(&rest, &product); /* its parentheses hold the machine, not a code name */
	s->text = rest;
	d->codename = STR_NONE;
	r = read_assignments(s, fields, ARRAY_LEN(fields));
	if (r < 0)
		return r;
	if (version.n)
		d->version = patch.n && !str_eq(patch, STR("0")) ? arena_printf(s->arena, "%.*s.%.*s", STR_FMT(version), STR_FMT(patch)) : version;
	return d->version.p || !version.n ? 0 : ERR_NOMEM;
}

static const struct {
	struct str base;
	int (*parse)(struct source *s, struct distro *d);
} forms[] = {
	{ STR_INIT("os-release"), parse_os_release },	     { STR_INIT("lsb-release"), parse_lsb_release },
	{ STR_INIT("debian_version"), parse_debian_version }, { STR_INIT("alpine-release"), parse_alpine_release },
	{ STR_INIT("SuSE-release"), parse_suse_release },
};

int osrelease_parse(struct arena *a, const struct input *in, struct distro *out, struct diags *diags, struct error *err)
{
	struct source s = { .arena = a, .path = in->name, .diags = diags };
	struct distro d = { 0 };
	int r = input_all(a, in, OSRELEASE_MAX, &s.text, err);
	if (r < 0)
		return r;
	str_strip_prefix(&s.text, STR("\xef\xbb\xbf"));
	int (*parse)(struct source *, struct distro *) = parse_product_line;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (str_eq(path_base(in->name), forms[i].base))
			parse = forms[i].parse;
	r = parse(&s, &d);
	if (r == ERR_NOMEM)
		return error_nomem(err);
	*out = d;
	return r;
}
