#include "model/distro.h"

#include "base/buf.h"
#include "model/distro_table.h"

#define ECOSYSTEM_MAX 256

static const struct distro_family *find_family(struct str id)
{
	for (size_t i = 0; i < distro_family_count; i++)
		if (str_eq_c(id, distro_families[i].id))
			return &distro_families[i];
	return NULL;
}

struct str distro_normalize_id(struct arena *a, struct str id)
{
	struct str lower = id;
	for (size_t i = 0; i < id.n; i++)
		if (char_lower(id.p[i]) != id.p[i]) {
			lower = arena_lower(a, id);
			break;
		}
	for (size_t i = 0; lower.p && i < distro_alias_count; i++)
		if (str_eq_c(lower, distro_aliases[i].id))
			return str_c(distro_aliases[i].family);
	return lower;
}

/* "11.6" refines "11"; "11.6" does not refine "1". */
static bool refines(struct str more, struct str less)
{
	return more.n > less.n && str_has_prefix(more, less) && (more.p[less.n] == '.' || more.p[less.n] == '-');
}

static void fill(struct str *into, struct str from)
{
	if (str_is_empty(*into))
		*into = from;
}

void distro_merge(struct distro *into, const struct distro *from)
{
	if (into->id.n && from->id.n && !str_eq(into->id, from->id))
		return;
	/* A file without an ID says nothing of a distribution by itself, but may complete one. */
	fill(&into->id, from->id);
	if (str_is_empty(into->version) || refines(from->version, into->version))
		into->version = from->version;
	fill(&into->version_id, from->version_id);
	fill(&into->codename, from->codename);
	fill(&into->name, from->name);
	fill(&into->id_like, from->id_like);
	into->known = into->known || from->known;
}

struct str distro_trivy_family(const struct distro *d)
{
	const struct distro_family *f = find_family(d->id);
	return f && f->trivy ? str_c(f->trivy) : d->id;
}

struct str distro_from_trivy_family(struct str word)
{
	for (size_t i = 0; i < distro_family_count; i++)
		if (distro_families[i].trivy && str_eq_c(word, distro_families[i].trivy))
			return str_c(distro_families[i].id);
	return STR_NONE;
}

struct str distro_purl_namespace(const struct distro *d)
{
	const struct distro_family *f = find_family(d->id);
	return f && f->purl_namespace ? str_c(f->purl_namespace) : d->id;
}

/* The first `count` parts of a version: ("3.10.4", 2) -> "3.10". */
static struct str first_parts(struct str version, unsigned count)
{
	for (size_t i = 0; i < version.n; i++)
		if (version.p[i] == '.' && --count == 0)
			return str_sub(version, 0, i);
	return version;
}

static struct str part_at(struct str version, unsigned index)
{
	struct str part = STR_NONE;
	for (unsigned i = 0; i <= index; i++)
		if (!str_next(&version, '.', &part))
			return STR("0");
	return part;
}

/* Whether a version belongs to a release of the table: equal in the family's first parts, "15" being "15.0". */
static bool is_release(struct str version, struct str release, unsigned parts)
{
	for (unsigned i = 0; i < parts; i++)
		if (!str_eq(part_at(version, i), part_at(release, i)))
			return false;
	return true;
}

struct str distro_release_of_codename(struct str id, struct str codename)
{
	const struct distro_family *f = find_family(id);
	for (size_t i = 0; f && codename.n && i < f->release_count; i++)
		if (f->releases[i].codename && str_eq_c(codename, f->releases[i].codename))
			return str_c(f->releases[i].version);
	return STR_NONE;
}

/* An Alpine snapshot: "3.22.0_alpha20250108" in os-release. */
static bool is_edge(struct str version)
{
	return str_contains(version, STR("_alpha")) || str_contains(version, STR("_git")) || str_eq(version, STR("edge"));
}

/* Amazon Linux: "2018.03" is generation 1; "2", "2022" and "2023.3.20240108" name themselves. */
static struct str amazon_generation(struct str version)
{
	uint64_t major;
	struct str first = first_parts(version, 1);
	if (str_to_u64(first, &major) == 0 && major > 2000 && major < 2022)
		return STR("1");
	return first;
}

/* The version that names the release: what os-release says, or the number of the codename for testing releases that state none. */
static struct str release_version(const struct distro_family *f, const struct distro *d)
{
	if (str_eq(d->id, STR("amzn")))
		return amazon_generation(d->version);
	return d->version.n || !f ? d->version : distro_release_of_codename(d->id, d->codename);
}

static void add_placeholder(struct buf *b, struct str key, struct str version)
{
	if (str_eq(key, STR("v"))) {
		buf_add(b, version);
	} else if (str_eq(key, STR("1")) || str_eq(key, STR("al"))) {
		buf_add(b, first_parts(version, 1));
	} else if (str_eq(key, STR("2"))) {
		buf_add(b, first_parts(version, 2));
	} else if (str_eq(key, STR("edge"))) {
		if (is_edge(version)) {
			buf_add_c(b, "edge");
		} else {
			buf_add_char(b, 'v');
			buf_add(b, first_parts(version, 2));
		}
	} else { /* {sp}: service packs up to SUSE 15, plain numbers after */
		uint64_t major = 0;
		str_to_u64(first_parts(version, 1), &major);
		struct str minor = part_at(version, 1);
		buf_add(b, major >= 16 ? first_parts(version, 2) : first_parts(version, 1));
		if (major < 16 && !str_eq(minor, STR("0"))) {
			buf_add_c(b, " SP");
			buf_add(b, minor);
		}
	}
}

/* Fills a pattern of the table. Empty when it needs a version that is not known; p NULL when out of memory. */
static struct str expand(struct arena *a, const char *pattern, struct str version)
{
	struct buf b;
	struct str rest = str_c(pattern), text, key;
	if (str_is_empty(version) && str_contains(rest, STR("{")))
		return STR("");
	buf_init(&b, ECOSYSTEM_MAX);
	while (rest.n) {
		bool more = str_cut(rest, '{', &text, &rest);
		buf_add(&b, text);
		if (more) {
			str_cut(rest, '}', &key, &rest);
			add_placeholder(&b, key, version);
		}
	}
	/* A version longer than any ecosystem's name is nobody's release. */
	struct str ret = buf_failed(&b) ? STR("") : arena_str(a, buf_str(&b));
	buf_release(&b);
	return ret;
}

struct str distro_purl_qualifier(struct arena *a, const struct distro *d)
{
	const struct distro_family *f = find_family(d->id);
	struct str version = d->version.n ? d->version : d->codename;
	if (str_is_empty(version))
		return f && f->trivy ? str_c(f->trivy) : d->id;
	if (f)
		return expand(a, f->qualifier, version);
	return d->id.n ? arena_printf(a, "%.*s-%.*s", STR_FMT(d->id), STR_FMT(version)) : STR("");
}

struct str distro_ecosystem(struct arena *a, const struct distro *d)
{
	const struct distro_family *f = find_family(d->id);
	if (!f || !f->ecosystem)
		return STR("");
	return expand(a, f->ecosystem, release_version(f, d));
}

/* "15 SP3-LTSS", "15-ESPOS", "16.0" at the end of a SUSE product: the release without what follows; empty when there is none. */
static struct str suse_release(struct str product)
{
	for (size_t i = product.n; i-- > 0;) {
		struct str at = str_from(product, i);
		if (!char_is_digit(at.p[0]) || (i && product.p[i - 1] != ' '))
			continue;
		size_t n = 0;
		while (n < at.n && (char_is_digit(at.p[n]) || at.p[n] == '.'))
			n++;
		if (n + 3 < at.n && memcmp(at.p + n, " SP", 3) == 0 && char_is_digit(at.p[n + 3]))
			for (n += 3; n < at.n && char_is_digit(at.p[n]);)
				n++;
		return str_sub(at, 0, n);
	}
	return STR_NONE;
}

struct str distro_ecosystem_fold(struct arena *a, struct str osv)
{
	struct str rest = osv, release;
	if (str_strip_prefix(&rest, STR("Ubuntu:"))) {
		str_strip_prefix(&rest, STR("Pro:"));
		str_strip_suffix(&rest, STR(":LTS"));
		return rest.n && char_is_digit(rest.p[0]) ? arena_printf(a, "Ubuntu:%.*s", STR_FMT(rest)) : osv;
	}
	if (str_strip_prefix(&rest, STR("Red Hat:enterprise_linux:"))) {
		str_cut(rest, ':', &release, &rest);
		return arena_printf(a, "Red Hat:%.*s", STR_FMT(first_parts(release, 1)));
	}
	if (str_strip_prefix(&rest, STR("Azure Linux:")))
		return arena_printf(a, "Azure Linux:%.*s", STR_FMT(first_parts(rest, 1)));
	if (str_strip_prefix(&rest, STR("SUSE:Linux "))) {
		release = suse_release(rest);
		if (str_is_empty(release))
			return osv;
		bool micro = str_has_prefix(rest, STR("Micro ")) || str_has_prefix(rest, STR("Enterprise Micro"));
		return arena_printf(a, "SUSE:Linux Enterprise %s %.*s", micro ? "Micro" : "Server", STR_FMT(release));
	}
	return osv;
}

enum distro_support distro_support_at(const struct distro *d, int64_t day, int64_t *ret_eol_day)
{
	const struct distro_family *f = find_family(d->id);
	struct str version = release_version(f, d);
	if (ret_eol_day)
		*ret_eol_day = 0;
	if (!f)
		return DISTRO_SUPPORT_UNKNOWN;
	if (f->rolling || (str_eq(d->id, STR("alpine")) && is_edge(version)))
		return DISTRO_SUPPORTED;
	for (size_t i = 0; version.n && i < f->release_count; i++) {
		const struct distro_release *r = &f->releases[i];
		if (!is_release(version, str_c(r->version), f->parts))
			continue;
		if (ret_eol_day)
			*ret_eol_day = r->eol_day;
		if (!r->eol_day || day <= r->eol_day)
			return DISTRO_SUPPORTED;
		if (day <= r->extended_day)
			return DISTRO_EXTENDED;
		return day <= r->paid_day ? DISTRO_PAID_ONLY : DISTRO_END_OF_LIFE;
	}
	return DISTRO_SUPPORT_UNKNOWN;
}
