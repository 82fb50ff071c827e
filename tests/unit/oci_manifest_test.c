/* src/format/oci: manifests, indexes, configurations, docker-archive JSON. */
#include "test.h"

#include "base/buf.h"
#include "format/oci/docker.h"
#include "format/oci/manifest.h"

#define D1 "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define D2 "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define ID1 "1111111111111111111111111111111111111111111111111111111111111111"
#define CONFIG "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"" D1 "\",\"size\":10}"
#define LAYER  "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"" D2 "\",\"size\":20}"
#define ENTRY  "{\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"digest\":\"" D1 "\",\"size\":5,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"}}"

static void test_manifest_kinds(void **state)
{
	static const struct {
		const char *name, *json, *type;
		int code; /* 0: kind, layers and manifests as below */
		enum oci_kind kind;
		size_t layers, manifests;
	} cases[] = {
		{ "manifest", "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER "]}", OCI_TYPE_MANIFEST, 0, OCI_MANIFEST, 1, 0 },
		{ "no media types at all", "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER "," LAYER "]}", "", 0, OCI_MANIFEST, 2, 0 },
		{ "type with a parameter", "{\"schemaVersion\":2," CONFIG ",\"layers\":[]}", OCI_TYPE_MANIFEST "; charset=utf-8", 0, OCI_MANIFEST, 0, 0 },
		{ "text/plain says nothing", "{\"schemaVersion\":2," CONFIG "}", "text/plain", 0, OCI_MANIFEST, 0, 0 },
		{ "null layers", "{" CONFIG ",\"layers\":null}", "", 0, OCI_MANIFEST, 0, 0 },
		{ "index", "{\"schemaVersion\":2,\"manifests\":[" ENTRY "]}", OCI_TYPE_INDEX, 0, OCI_INDEX, 0, 1 },
		{ "empty index", "{\"manifests\":[]}", DOCKER_TYPE_INDEX, 0, OCI_INDEX, 0, 0 },
		{ "index with null config", "{\"manifests\":[],\"config\":null}", "", 0, OCI_INDEX, 0, 0 },
		/* refused */
		{ "CVE-2021-41190: both", "{" CONFIG ",\"layers\":[],\"manifests\":[]}", "", ERR_FORMAT },
		{ "layers and manifests", "{\"layers\":[],\"manifests\":[]}", "", ERR_FORMAT },
		{ "manifest called an index", "{\"mediaType\":\"" OCI_TYPE_INDEX "\"," CONFIG "}", "", ERR_FORMAT },
		{ "manifest sent as an index", "{" CONFIG "}", OCI_TYPE_INDEX, ERR_FORMAT },
		{ "index sent as a manifest", "{\"manifests\":[]}", DOCKER_TYPE_MANIFEST, ERR_FORMAT },
		{ "schema 1", "{\"schemaVersion\":1,\"fsLayers\":[]}", "", ERR_UNSUPPORTED },
		{ "schema 1 by type", "{" CONFIG "}", "application/vnd.docker.distribution.manifest.v1+prettyjws", ERR_UNSUPPORTED },
		{ "neither", "{\"schemaVersion\":2}", "", ERR_FORMAT },
		{ "array", "[]", "", ERR_FORMAT },
		{ "not JSON", "<html>", "", ERR_FORMAT },
		{ "empty", "", "", ERR_FORMAT },
		{ "no config", "{\"layers\":[" LAYER "]}", "", ERR_FORMAT },
		{ "config a text", "{\"config\":\"x\"}", "", ERR_FORMAT },
		{ "digest missing", "{\"config\":{\"size\":1}}", "", ERR_FORMAT },
		{ "digest too short", "{\"config\":{\"digest\":\"sha256:12\",\"size\":1}}", "", ERR_FORMAT },
		{ "digest a path", "{\"config\":{\"digest\":\"sha256:../../../../../../../../../../../../../../../../../../../../etc/shadow\",\"size\":1}}", "", ERR_FORMAT },
		{ "digest of an unknown kind", "{\"config\":{\"digest\":\"md5:d41d8cd98f00b204e9800998ecf8427e\",\"size\":1}}", "", ERR_UNSUPPORTED },
		{ "size missing", "{\"config\":{\"digest\":\"" D1 "\"}}", "", ERR_FORMAT },
		{ "size negative", "{\"config\":{\"digest\":\"" D1 "\",\"size\":-1}}", "", ERR_FORMAT },
		{ "size a fraction", "{\"config\":{\"digest\":\"" D1 "\",\"size\":1.5}}", "", ERR_FORMAT },
		{ "size a text", "{\"config\":{\"digest\":\"" D1 "\",\"size\":\"1\"}}", "", ERR_FORMAT },
		{ "size huge", "{\"config\":{\"digest\":\"" D1 "\",\"size\":9223372036854775807}}", "", ERR_FORMAT },
		{ "size larger than any integer", "{\"config\":{\"digest\":\"" D1 "\",\"size\":99999999999999999999999}}", "", ERR_FORMAT },
		{ "layers an object", "{" CONFIG ",\"layers\":{}}", "", ERR_FORMAT },
		{ "layer null", "{" CONFIG ",\"layers\":[null]}", "", ERR_FORMAT },
		{ "manifests a number", "{\"manifests\":1}", "", ERR_FORMAT },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct oci_manifest m;
		struct error err = { 0 };
		arena_init(&a, 0);
		int r = oci_manifest_parse(&a, str_c(cases[i].json), str_c(cases[i].type), &m, &err);
		if (r != cases[i].code)
			fail_msg("%s: %d %s", cases[i].name, r, err.text);
		if (r == 0 && (m.kind != cases[i].kind || m.layers.n != cases[i].layers || m.manifests.n != cases[i].manifests))
			fail_msg("%s: kind %d, %zu layers, %zu manifests", cases[i].name, m.kind, m.layers.n, m.manifests.n);
		arena_release(&a);
	}
}

static void test_manifest_fields(void **state)
{
	struct arena a;
	struct oci_manifest m;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(oci_manifest_parse(&a, STR("{" CONFIG ",\"layers\":[" LAYER "]}"), STR(""), &m, &err), 0);
	assert_str(m.config.digest, D1);
	assert_int_equal(m.config.size, 10);
	assert_str(m.layers.v[0].digest, D2);
	assert_int_equal(m.layers.v[0].size, 20);
	assert_int_equal(oci_type_compression(m.layers.v[0].media_type), COMPRESS_GZIP);

	assert_int_equal(oci_manifest_parse(&a,
		STR("{\"manifests\":[" ENTRY ","
		    "{\"digest\":\"" D2 "\",\"size\":1,\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}},"
		    "{\"digest\":\"" D2 "\",\"size\":1,\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}},"
		    "{\"digest\":\"" D2 "\",\"size\":1,\"annotations\":{\"org.opencontainers.image.ref.name\":\"1.0\",\"io.containerd.image.name\":\"x.test/a:1.0\"},"
		    "\"urls\":[\"https://a.test/x\",7]}]}"), STR(""), &m, &err), 0);
	assert_true(m.manifests.v[0].has_platform && !m.manifests.v[0].is_attestation);
	assert_str(m.manifests.v[0].platform.variant, "v7");
	assert_true(m.manifests.v[1].is_attestation && m.manifests.v[2].is_attestation);
	assert_false(m.manifests.v[3].has_platform || m.manifests.v[3].is_attestation);
	assert_str(m.manifests.v[3].ref_name, "1.0");
	assert_str(m.manifests.v[3].image_name, "x.test/a:1.0");
	assert_int_equal(m.manifests.v[3].urls.n, 1);
	arena_release(&a);
}

/* Counts past the limits end in ERR_LIMIT, quickly. */
static void test_manifest_limits(void **state)
{
	static const struct {
		const char *head, *unit, *tail;
		size_t count;
	} cases[] = {
		{ "{" CONFIG ",\"layers\":[", LAYER, "]}", 1001 },
		{ "{\"manifests\":[", "{\"digest\":\"" D1 "\",\"size\":1}", "]}", 10001 },
		{ "{\"manifests\":[", ENTRY, "]}", 30000 }, /* larger than 4 MiB */
		{ "{\"manifests\":[", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "", 1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a;
		struct oci_manifest m;
		struct buf b;
		arena_init(&a, 64 << 20);
		buf_init(&b, 64 << 20);
		buf_add_c(&b, cases[i].head);
		for (size_t k = 0; k < cases[i].count; k++) {
			buf_add_c(&b, k ? "," : "");
			buf_add_c(&b, cases[i].unit);
		}
		buf_add_c(&b, cases[i].tail);
		if (oci_manifest_parse(&a, buf_str(&b), STR(""), &m, NULL) != ERR_LIMIT)
			fail_msg("case %zu passed its limit", i);
		buf_release(&b);
		arena_release(&a);
	}
}

static void test_config(void **state)
{
	struct arena a;
	struct oci_config c;
	struct error err = { 0 };
	arena_init(&a, 0);
	assert_int_equal(oci_config_parse(&a,
		STR("{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\",\"created\":\"2024-01-01T00:00:00Z\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" D1
		    "\",\"" D2 "\"]},\"history\":[{\"created_by\":\"FROM\"},{\"created_by\":\"ENV x\",\"empty_layer\":true},{\"created_by\":\"RUN y\"}]}"), &c, &err), 0);
	assert_str(c.platform.architecture, "arm64");
	assert_int_equal(c.diff_ids.n, 2);
	assert_str(oci_config_created_by(&c, 0, 2), "FROM");
	assert_str(oci_config_created_by(&c, 1, 2), "RUN y");
	assert_str(oci_config_created_by(&c, 0, 3), "");
	assert_int_equal(oci_config_parse(&a, STR("{}"), &c, &err), 0);
	assert_int_equal(oci_config_parse(&a, STR("{\"rootfs\":{\"diff_ids\":[1]}}"), &c, &err), ERR_FORMAT);
	assert_int_equal(oci_config_parse(&a, STR("{\"rootfs\":{\"diff_ids\":[\"x\"]}}"), &c, &err), ERR_FORMAT);
	assert_int_equal(oci_config_parse(&a, STR("{\"rootfs\":[],\"history\":{},\"os\":7}"), &c, &err), 0);
	assert_int_equal(oci_config_parse(&a, STR("null"), &c, &err), ERR_FORMAT);
	arena_release(&a);
}

static void test_docker(void **state)
{
	static const struct {
		const char *json;
		int code;
		size_t images;
	} manifests[] = {
		{ "[{\"Config\":\"c.json\",\"RepoTags\":[\"a:1\",\"b:2\"],\"Layers\":[\"x/layer.tar\"]}]", 0, 1 },
		{ "[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":null},{\"Config\":\"d\"}]", 0, 2 },
		{ "[]", 0, 0 }, { "{}", ERR_FORMAT }, { "[{}]", ERR_FORMAT }, { "[null]", ERR_FORMAT }, { "[{\"Config\":\"\"}]", ERR_FORMAT },
		{ "[{\"Config\":\"c\",\"Layers\":\"x\"}]", ERR_FORMAT }, { "[{\"Config\":\"c\",\"Layers\":[1]}]", ERR_FORMAT }, { "[{\"Config\":\"c\",\"RepoTags\":[\"\"]}]", ERR_FORMAT },
	};
	for (size_t i = 0; i < ARRAY_LEN(manifests); i++) {
		struct arena a;
		struct docker_image_vec images;
		arena_init(&a, 0);
		int r = docker_manifest_parse(&a, str_c(manifests[i].json), &images, NULL);
		if (r != manifests[i].code || (r == 0 && images.n != manifests[i].images))
			fail_msg("%s: %d", manifests[i].json, r);
		arena_release(&a);
	}
	struct arena a;
	struct docker_repository_vec repos;
	struct docker_v1_layer layer;
	arena_init(&a, 0);
	assert_int_equal(docker_repositories_parse(&a, STR("{\"app\":{\"1\":\"" ID1 "\",\"2\":\"" ID1 "\"}}"), &repos, NULL), 0);
	assert_int_equal(repos.n, 2);
	assert_str(repos.v[1].tag, "2");
	assert_int_equal(docker_repositories_parse(&a, STR("{\"app\":{\"1\":\"../x\"}}"), &repos, NULL), ERR_FORMAT);
	assert_int_equal(docker_repositories_parse(&a, STR("{\"app\":{\"1\":1}}"), &repos, NULL), ERR_FORMAT);
	assert_int_equal(docker_v1_layer_parse(&a, STR("{\"parent\":\"" ID1 "\",\"os\":\"linux\",\"container_config\":{\"Cmd\":[\"/bin/sh\",\"-c\",\"x\"]}}"), &layer, NULL), 0);
	assert_str(layer.created_by, "x");
	assert_int_equal(docker_v1_layer_parse(&a, STR("{\"parent\":\"..\"}"), &layer, NULL), ERR_FORMAT);
	assert_int_equal(docker_v1_layer_parse(&a, STR("{\"container_config\":{\"Cmd\":[]}}"), &layer, NULL), 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manifest_kinds), cmocka_unit_test(test_manifest_fields), cmocka_unit_test(test_manifest_limits),
		cmocka_unit_test(test_config), cmocka_unit_test(test_docker),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
