#include "format/oci/platform.h"

static const struct {
	struct str name, architecture, variant;
} architecture_names[] = {
	{ STR_INIT("x86_64"), STR_INIT("amd64"), STR_INIT("") },   { STR_INIT("x86-64"), STR_INIT("amd64"), STR_INIT("") },
	{ STR_INIT("i386"), STR_INIT("386"), STR_INIT("") },       { STR_INIT("i486"), STR_INIT("386"), STR_INIT("") },
	{ STR_INIT("i586"), STR_INIT("386"), STR_INIT("") },       { STR_INIT("i686"), STR_INIT("386"), STR_INIT("") },
	{ STR_INIT("x86"), STR_INIT("386"), STR_INIT("") },        { STR_INIT("aarch64"), STR_INIT("arm64"), STR_INIT("") },
	{ STR_INIT("arm64v8"), STR_INIT("arm64"), STR_INIT("") },  { STR_INIT("armhf"), STR_INIT("arm"), STR_INIT("v7") },
	{ STR_INIT("armv7l"), STR_INIT("arm"), STR_INIT("v7") },   { STR_INIT("armv8l"), STR_INIT("arm"), STR_INIT("v8") },
	{ STR_INIT("armv6l"), STR_INIT("arm"), STR_INIT("v6") },   { STR_INIT("armv5tel"), STR_INIT("arm"), STR_INIT("v5") },
	{ STR_INIT("armel"), STR_INIT("arm"), STR_INIT("v6") },    { STR_INIT("loongarch64"), STR_INIT("loong64"), STR_INIT("") },
	{ STR_INIT("amd64"), STR_INIT("amd64"), STR_INIT("") },    { STR_INIT("386"), STR_INIT("386"), STR_INIT("") },
	{ STR_INIT("arm64"), STR_INIT("arm64"), STR_INIT("") },    { STR_INIT("arm"), STR_INIT("arm"), STR_INIT("") },
	{ STR_INIT("ppc64le"), STR_INIT("ppc64le"), STR_INIT("") }, { STR_INIT("ppc64"), STR_INIT("ppc64"), STR_INIT("") },
	{ STR_INIT("s390x"), STR_INIT("s390x"), STR_INIT("") },    { STR_INIT("riscv64"), STR_INIT("riscv64"), STR_INIT("") },
	{ STR_INIT("loong64"), STR_INIT("loong64"), STR_INIT("") }, { STR_INIT("mips64le"), STR_INIT("mips64le"), STR_INIT("") },
	{ STR_INIT("mips64"), STR_INIT("mips64"), STR_INIT("") },  { STR_INIT("mipsle"), STR_INIT("mipsle"), STR_INIT("") },
	{ STR_INIT("mips"), STR_INIT("mips"), STR_INIT("") },      { STR_INIT("wasm"), STR_INIT("wasm"), STR_INIT("") },
};

static bool is_architecture(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(architecture_names); i++)
		if (str_eq_nocase(name, architecture_names[i].name))
			return true;
	return false;
}

struct str oci_architecture_normalize(struct str name, struct str *ret_variant)
{
	for (size_t i = 0; i < ARRAY_LEN(architecture_names); i++)
		if (str_eq_nocase(name, architecture_names[i].name)) {
			if (ret_variant)
				*ret_variant = architecture_names[i].variant;
			return architecture_names[i].architecture;
		}
	if (ret_variant)
		*ret_variant = STR_NONE;
	return name;
}

struct oci_platform oci_platform_normalize(struct oci_platform p)
{
	struct str variant;
	p.architecture = oci_architecture_normalize(p.architecture, &variant);
	if (!p.variant.n)
		p.variant = variant;
	if (str_eq_nocase(p.os, STR("macos")))
		p.os = STR("darwin");
	if (str_eq(p.architecture, STR("arm64")) && (str_eq_nocase(p.variant, STR("v8")) || str_eq(p.variant, STR("8"))))
		p.variant = STR_NONE;
	else if (str_eq(p.architecture, STR("arm")) && !p.variant.n)
		p.variant = STR("v7");
	else if (str_eq(p.architecture, STR("amd64")) && (str_eq_nocase(p.variant, STR("v1")) || str_eq(p.variant, STR("1"))))
		p.variant = STR_NONE;
	return p;
}

static bool part_is_valid(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_alnum(s.p[i]) && !char_is_one_of(s.p[i], "_.-"))
			return false;
	return s.n > 0 && s.n <= 64;
}

int oci_platform_parse(struct str text, struct oci_platform *ret, struct error *err)
{
	struct oci_platform p = { 0 };
	struct str parts[3], rest = text;
	size_t n = 0;
	bool bad = !text.n || text.p[text.n - 1] == '/';
	for (struct str part; !bad && str_next(&rest, '/', &part);) {
		bad = n == ARRAY_LEN(parts) || !part_is_valid(part);
		if (!bad)
			parts[n++] = part;
	}
	if (bad)
		return error_set(err, ERR_USAGE, "platform \"%.*s\": expected os/architecture[/variant], such as linux/arm64", STR_FMT(str_sub(text, 0, 100)));
	if (n == 1 && is_architecture(parts[0]))
		p.architecture = parts[0];
	else
		p.os = parts[0];
	if (n > 1)
		p.architecture = parts[1];
	if (n > 2)
		p.variant = parts[2];
	*ret = p;
	return 0;
}

/* "v7" -> 7; 0 when there is none or it is no number. */
static uint64_t variant_number(struct str v)
{
	uint64_t n;
	if (v.n && (v.p[0] == 'v' || v.p[0] == 'V'))
		v = str_from(v, 1);
	return str_to_u64(v, &n) == 0 && n < 1000 ? n : 0;
}

static uint64_t variant_level(struct oci_platform p)
{
	uint64_t n = variant_number(p.variant);
	if (!n && str_eq(p.architecture, STR("arm64")))
		return 8;
	if (!n && str_eq(p.architecture, STR("amd64")))
		return 1;
	return n;
}

uint32_t oci_platform_rank(struct oci_platform want, struct oci_platform have)
{
	bool any_variant = !want.variant.n;
	want = oci_platform_normalize(want);
	have = oci_platform_normalize(have);
	if (want.os.n && !str_eq_nocase(want.os, have.os))
		return OCI_PLATFORM_NO;
	if (want.os_version.n && !str_eq(want.os_version, have.os_version))
		return OCI_PLATFORM_NO;
	if (!want.architecture.n)
		return 0;
	if (!str_eq_nocase(want.architecture, have.architecture))
		return OCI_PLATFORM_NO;
	if (str_eq_nocase(want.variant, have.variant))
		return 0;
	uint64_t w = variant_level(want), h = variant_level(have);
	if (!w || !h) /* variants that are no levels: only equal ones serve, unless none was asked for */
		return any_variant ? 100 : OCI_PLATFORM_NO;
	if (h <= w)
		return (uint32_t)(w - h);
	/* "linux/arm" asks for an ARM image: v8 is one, though the last choice. */
	return any_variant ? 100 + (uint32_t)(h - w) : OCI_PLATFORM_NO;
}

struct str oci_platform_text(struct arena *a, struct oci_platform p)
{
	return arena_printf(a, "%.*s/%.*s%s%.*s", STR_FMT(p.os.n ? p.os : STR("?")), STR_FMT(p.architecture.n ? p.architecture : STR("?")), p.variant.n ? "/" : "",
			    STR_FMT(p.variant));
}
