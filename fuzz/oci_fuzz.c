/* src/format/oci, the credential files and what an archive's worker answers: the first byte chooses the parser, the rest is its input. */
#include "base/base.h"
#include "format/oci/challenge.h"
#include "format/oci/digest.h"
#include "format/oci/docker.h"
#include "format/oci/manifest.h"
#include "format/oci/platform.h"
#include "format/oci/reference.h"
#include "source/image/archive_job.h"
#include "source/image/docker_config.h"
#include "sys/http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		__builtin_trap();
}

static void fuzz_manifest(struct arena *a, struct str in)
{
	struct oci_manifest m;
	if (oci_manifest_parse(a, in, STR(""), &m, NULL) < 0)
		return;
	/* What parsed is well formed: digests become paths. */
	check(m.kind == OCI_INDEX || oci_digest_is_valid(m.config.digest));
	for (size_t i = 0; i < m.layers.n; i++)
		check(oci_digest_is_valid(m.layers.v[i].digest));
	for (size_t i = 0; i < m.manifests.n; i++) {
		check(oci_digest_is_valid(m.manifests.v[i].digest));
		oci_platform_rank((struct oci_platform){ STR("linux"), STR("arm"), STR("v7"), STR("") }, m.manifests.v[i].platform);
	}
}

static void fuzz_config(struct arena *a, struct str in)
{
	struct oci_config c;
	if (oci_config_parse(a, in, &c, NULL) == 0)
		for (size_t i = 0; i < c.diff_ids.n; i++)
			oci_config_created_by(&c, i, c.diff_ids.n);
}

static void fuzz_docker(struct arena *a, struct str in)
{
	struct docker_image_vec images;
	struct docker_repository_vec repos;
	struct docker_v1_layer layer;
	docker_manifest_parse(a, in, &images, NULL);
	if (docker_repositories_parse(a, in, &repos, NULL) == 0)
		for (size_t i = 0; i < repos.n; i++)
			check(docker_id_is_valid(repos.v[i].layer_id));
	docker_v1_layer_parse(a, in, &layer, NULL);
}

static void fuzz_reference(struct arena *a, struct str in)
{
	const struct oci_reference_defaults d = { STR("hub.test"), STR("index.hub.test"), STR("library") };
	struct oci_reference r, again;
	if (oci_reference_parse(a, in, &d, &r, NULL) < 0)
		return;
	/* Written out in full it means the same. */
	struct str full = arena_printf(a, "%.*s/%.*s%s%.*s%s%.*s", STR_FMT(r.host), STR_FMT(r.repository), r.tag.n ? ":" : "", STR_FMT(r.tag),
				       r.digest.n ? "@" : "", STR_FMT(r.digest));
	check(oci_reference_parse(a, full, &d, &again, NULL) == 0);
	check(str_eq(r.host, again.host) && str_eq(r.repository, again.repository) && str_eq(r.tag, again.tag) && str_eq(r.digest, again.digest));
	oci_reference_short_name(a, &r, &d);
}

static void fuzz_challenge(struct arena *a, struct str in)
{
	struct auth_challenge_vec list = { 0 };
	auth_challenges_parse(a, in, &list, NULL);
	for (size_t i = 0; i < list.n; i++)
		auth_challenge_param(&list.v[i], STR("realm"));
}

static void fuzz_platform(struct arena *a, struct str in)
{
	struct oci_platform p;
	if (oci_platform_parse(in, &p, NULL) == 0)
		check(oci_platform_rank(p, p) == 0);
}

static void fuzz_credentials(struct arena *a, struct str in)
{
	struct registry_credentials c;
	struct str helper;
	docker_config_parse(a, in, STR("r.test:5000"), STR("team/app"), &c, &helper, NULL);
}

static void fuzz_url(struct arena *a, struct str in)
{
	struct url u;
	struct str joined;
	if (url_parse(in, &u, NULL) == 0)
		url_join(a, in, STR("../x?y"), &joined, NULL);
	if (url_join(a, STR("https://a.test/b/c?d"), in, &joined, NULL) == 0 && url_parse(joined, &u, NULL) == 0)
		check(u.host.n > 0);
}

static void fuzz_records(struct arena *a, struct str in)
{
	struct archive_record r;
	struct str path, link;
	while (archive_records_next(&in, 1 << 20, &r, &path, &link, NULL) > 0)
		check(r.type != TAR_FILE || r.sparse || r.offset + r.size <= 1 << 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct arena *, struct str) = { fuzz_manifest,  fuzz_config,   fuzz_docker,	fuzz_reference,
								       fuzz_challenge, fuzz_platform, fuzz_credentials, fuzz_url, fuzz_records };
	struct arena a;
	if (!size)
		return 0;
	arena_init(&a, 64 << 20);
	parsers[(data[0] & 15u) % ARRAY_LEN(parsers)](&a, str_make((const char *)data + 1, size - 1));
	arena_release(&a);
	return 0;
}
