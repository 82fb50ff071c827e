/* db update against a small HTTP server of our own on loopback: conditional requests, resumption, failing sources, mirrors, database artifacts in
 * a registry. */
#include "test.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "feature/advisories/advisories.h"
#include "source/advisorydb/advisorydb.h"

static char dir[] = "/tmp/bulkhead-update-XXXXXX";

/* ---- server: one connection at a time, one request a connection ---------------------------------------------------------- */

struct page {
	char path[128];
	char etag[32];   /* "" none */
	char type[96];
	struct str body;
	int status;      /* 0: 200 */
	size_t break_at; /* > 0: the first answer ends after so many bytes; then 0 */
};
static struct {
	int fd;
	unsigned port;
	pthread_t thread;
	pthread_mutex_t lock;
	struct page pages[32];
	size_t page_count;
	char log[8192]; /* "PATH STATUS RANGE\n" of each request */
	bool stop;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct page *page_of(const char *path)
{
	for (size_t i = 0; i < server.page_count; i++)
		if (strcmp(server.pages[i].path, path) == 0)
			return &server.pages[i];
	return NULL;
}

static struct page *put_page(const char *path, const char *etag, struct str body)
{
	pthread_mutex_lock(&server.lock);
	struct page *p = page_of(path);
	if (!p)
		p = &server.pages[server.page_count++];
	*p = (struct page){ .body = body };
	snprintf(p->path, sizeof(p->path), "%s", path);
	snprintf(p->etag, sizeof(p->etag), "%s", etag);
	snprintf(p->type, sizeof(p->type), "application/octet-stream");
	pthread_mutex_unlock(&server.lock);
	return p;
}

static const char *header(const char *request, const char *name, char *out, size_t n)
{
	const char *p = strcasestr(request, name);
	out[0] = 0;
	if (p) {
		p += strlen(name);
		while (*p == ' ')
			p++;
		size_t k = strcspn(p, "\r\n");
		snprintf(out, n, "%.*s", (int)MIN_OF(k, n - 1), p);
	}
	return out;
}

static void answer(int fd)
{
	char request[8192], path[256] = "", value[256], head[1024];
	size_t n = 0;
	while (n < sizeof(request) - 1 && !memmem(request, n, "\r\n\r\n", 4)) {
		ssize_t k = read(fd, request + n, sizeof(request) - 1 - n);
		if (k <= 0)
			return;
		n += (size_t)k;
		if (request[0] == 0x16)
			return; /* a TLS greeting: not spoken here */
	}
	request[n] = 0;
	sscanf(request, "%*s %255s", path);
	pthread_mutex_lock(&server.lock);
	struct page *p = page_of(path);
	int status = !p ? 404 : p->status ? p->status : 200;
	size_t from = 0, length = p && status == 200 ? p->body.n : 0;
	if (p && status == 200 && p->etag[0] && strcmp(header(request, "\r\nIf-None-Match:", value, sizeof(value)), p->etag) == 0) {
		status = 304;
		length = 0;
	} else if (p && status == 200 && header(request, "\r\nRange:", value, sizeof(value))[0]) {
		char if_range[64];
		header(request, "\r\nIf-Range:", if_range, sizeof(if_range));
		from = strtoul(value + 6, NULL, 10);
		if (strcmp(if_range, p->etag) == 0 && from < p->body.n) {
			status = 206;
			length = p->body.n - from;
		} else {
			from = 0;
		}
	}
	size_t used = strlen(server.log);
	snprintf(server.log + used, sizeof(server.log) - used, "%s %d %zu\n", path, status, from);
	int h = snprintf(head, sizeof(head), "HTTP/1.1 %d x\r\nContent-Length: %zu\r\nConnection: close\r\nContent-Type: %s\r\n", status, length, p ? p->type : "text/plain");
	if (p && p->etag[0])
		h += snprintf(head + h, sizeof(head) - (size_t)h, "ETag: %s\r\n", p->etag);
	if (status == 206)
		h += snprintf(head + h, sizeof(head) - (size_t)h, "Content-Range: bytes %zu-%zu/%zu\r\n", from, p->body.n - 1, p->body.n);
	h += snprintf(head + h, sizeof(head) - (size_t)h, "\r\n");
	size_t send_n = length;
	if (p && p->break_at && length > p->break_at)
		send_n = p->break_at;
	ssize_t ignored = write(fd, head, (size_t)h);
	for (size_t done = 0; done < send_n;) {
		ssize_t k = write(fd, p->body.p + from + done, send_n - done);
		if (k <= 0)
			break;
		done += (size_t)k;
	}
	(void)ignored;
	pthread_mutex_unlock(&server.lock);
}

static void *serve(void *arg)
{
	for (;;) {
		int fd = accept(server.fd, NULL, NULL);
		if (fd < 0 || server.stop)
			return arg;
		answer(fd);
		close(fd);
	}
}

static void server_start(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(server.fd, 16), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&a, &n), 0);
	server.port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void server_stop(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)server.port) };
	server.stop = true;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)connect(fd, (struct sockaddr *)&a, sizeof(a));
	pthread_join(server.thread, NULL);
	close(fd);
	close(server.fd);
}

static bool logged(const char *line)
{
	pthread_mutex_lock(&server.lock);
	bool found = strstr(server.log, line) != NULL;
	pthread_mutex_unlock(&server.lock);
	return found;
}

static void clear_log(void)
{
	pthread_mutex_lock(&server.lock);
	server.log[0] = 0;
	pthread_mutex_unlock(&server.lock);
}

/* ---- fixture ---------------------------------------------------------------------------------------------------------------- */

struct fixture {
	struct arena arena;
	struct str db;
	struct advisories_update_options opt;
	struct advisories_summary sum;
	struct error err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	arena_init(&f->arena, 0);
	assert_non_null(mkdtemp(dir));
	server_start();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[256];
	server_stop();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	arena_release(&f->arena);
	free(f);
	return 0;
}

/* A fresh database and state folder for each test. */
static void begin(struct fixture *f, const char *name)
{
	f->db = arena_printf(&f->arena, "%s/%s.db", dir, name);
	f->opt = (struct advisories_update_options){ .state_dir = arena_printf(&f->arena, "%s/%s.state", dir, name), .insecure = true,
						     .base = { .now = STR("2023-04-01T00:00:00Z") } };
	f->sum = (struct advisories_summary){ 0 };
	memset(&f->err, 0, sizeof(f->err));
	pthread_mutex_lock(&server.lock);
	server.page_count = 0;
	server.log[0] = 0;
	pthread_mutex_unlock(&server.lock);
}

static void add_source(struct fixture *f, const char *name, const char *path)
{
	struct advisories_source s = { .name = str_c(name), .url = arena_printf(&f->arena, "http://127.0.0.1:%u%s", server.port, path) };
	assert_non_null(vec_push(&f->arena, &f->opt.sources, s));
}

static int update(struct fixture *f)
{
	return advisories_update(&f->arena, f->db, &f->opt, &f->sum, &f->err);
}

static void must_update(struct fixture *f)
{
	if (update(f) < 0)
		fail_msg("update: %s", f->err.text);
}

static size_t count(struct fixture *f, const char *ecosystem, const char *name)
{
	struct advisorydb *db;
	struct advisory_vec v = { 0 };
	if (advisorydb_open(f->db, &db, &f->err) < 0)
		fail_msg("%s", f->err.text);
	struct advisory_lookup l = advisorydb_lookup(db);
	assert_int_equal(l.find(l.ctx, str_c(ecosystem), str_c(name), &f->arena, &v, &f->err), 0);
	advisorydb_close(db);
	return v.n;
}

static struct str osv(struct fixture *f, const char *id, const char *package)
{
	return arena_printf(&f->arena,
			    "{\"id\":\"%s\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"%s\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},"
			    "{\"fixed\":\"2\"}]}]}]}\n",
			    id, package);
}
static const char kev[] = "{\"title\":\"x\",\"catalogVersion\":\"1\",\"vulnerabilities\":[{\"cveID\":\"CVE-2020-1\",\"dateAdded\":\"2022-01-01\"}]}";

/* ---- tests ------------------------------------------------------------------------------------------------------------------ */

static void test_conditional(void **state)
{
	struct fixture *f = *state;
	begin(f, "conditional");
	put_page("/osv", "\"1\"", osv(f, "PYSEC-1", "a"));
	put_page("/kev", "", str_c(kev));
	add_source(f, "osv", "/osv");
	add_source(f, "kev", "/kev");
	must_update(f);
	assert_true(f->sum.written);
	assert_int_equal(f->sum.files.n, 2);
	assert_int_equal(f->sum.files.v[0].records, 1);
	assert_str(f->sum.files.v[1].kind, "CISA KEV");
	assert_int_equal(count(f, "PyPI", "a"), 1);
	/* nothing new: one source says so by 304, the other by sending the same bytes */
	clear_log();
	must_update(f);
	assert_true(logged("/osv 304 0"));
	assert_true(logged("/kev 200 0"));
	assert_false(f->sum.written);
	assert_true(f->sum.files.v[0].unchanged && f->sum.files.v[1].unchanged);
	/* one changes: the record that is gone from the dump goes from the database */
	put_page("/osv", "\"2\"", osv(f, "PYSEC-2", "b"));
	must_update(f);
	assert_true(f->sum.written);
	assert_false(f->sum.files.v[0].unchanged);
	assert_true(f->sum.files.v[1].unchanged);
	assert_int_equal(count(f, "PyPI", "a"), 0);
	assert_int_equal(count(f, "PyPI", "b"), 1);
	struct advisories_info info;
	assert_int_equal(advisories_info(&f->arena, f->db, 19448 + 10, &info, &f->err), 0);
	assert_int_equal(info.kev, 1);
	assert_int_equal(info.age_days, 10);
	/* the database vanishes: everything is imported again from the state folder */
	assert_int_equal(unlink(f->db.p), 0);
	must_update(f);
	assert_int_equal(count(f, "PyPI", "b"), 1);
	assert_int_equal(f->sum.files.v[1].records, 1);
	/* without the network, the state folder is enough */
	assert_int_equal(unlink(f->db.p), 0);
	f->opt.offline = true;
	clear_log();
	must_update(f);
	assert_false(logged("osv"));
	assert_int_equal(count(f, "PyPI", "b"), 1);
}

static void test_failing_sources(void **state)
{
	struct fixture *f = *state;
	begin(f, "failing");
	put_page("/osv", "\"1\"", osv(f, "PYSEC-1", "a"));
	put_page("/none", "", STR(""))->status = 403;
	put_page("/html", "\"1\"", STR("<html>Please log in</html>"));
	put_page("/cut", "\"1\"", STR("{\"openssl\":{\"CVE-2023-1\":{\"releases\":{\"bullseye\":{\"status\":\"open\",\"urgency\":\"low\"}}},\"CVE-2023-2\":{\"rele"));
	add_source(f, "osv", "/osv");
	add_source(f, "refused", "/none");
	add_source(f, "html", "/html");
	add_source(f, "cut", "/cut");
	add_source(f, "missing", "/missing");
	must_update(f);
	assert_true(f->sum.written);
	assert_int_equal(f->sum.failed, 4);
	assert_int_equal(f->sum.files.v[0].code, 0);
	assert_int_equal(f->sum.files.v[1].code, ERR_AUTH);
	assert_int_equal(f->sum.files.v[2].code, ERR_FORMAT);
	assert_int_equal(f->sum.files.v[3].code, ERR_FORMAT);
	assert_int_equal(f->sum.files.v[4].code, ERR_NOT_FOUND);
	assert_true(f->sum.files.v[4].error.n > 0);
	assert_int_equal(count(f, "PyPI", "a"), 1);
	assert_int_equal(count(f, "Debian:11", "openssl"), 0); /* not half of a feed */
	/* all fail: the database stays */
	struct stat before, after;
	assert_int_equal(stat(f->db.p, &before), 0);
	put_page("/osv", "\"2\"", STR(""))->status = 503;
	f->opt.sources.n = 2;
	pthread_mutex_lock(&server.lock);
	page_of("/osv")->status = 404;
	pthread_mutex_unlock(&server.lock);
	assert_true(update(f) < 0);
	assert_int_equal(stat(f->db.p, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(count(f, "PyPI", "a"), 1);
}

static void test_resume(void **state)
{
	struct fixture *f = *state;
	begin(f, "resume");
	struct str body = STR("");
	for (unsigned i = 0; i < 300; i++) {
		char id[32];
		snprintf(id, sizeof(id), "PYSEC-%u", i);
		struct str one = osv(f, id, "big");
		body = arena_concat(&f->arena, body, one);
	}
	put_page("/big", "\"v1\"", body)->break_at = 20000;
	add_source(f, "big", "/big");
	must_update(f); /* each broken transfer goes on where the one before ended */
	assert_int_equal(f->sum.files.v[0].records, 300);
	assert_true(logged("/big 206 20000"));
	/* given up in the middle, taken up by the next run */
	begin(f, "resume2");
	put_page("/big", "\"v1\"", body);
	add_source(f, "big", "/big");
	struct str part = arena_printf(&f->arena, "%.*s/big-%016llx", STR_FMT(f->opt.state_dir),
				       (unsigned long long)str_hash(f->opt.sources.v[0].url));
	char path[512];
	snprintf(path, sizeof(path), "%s.part", part.p);
	assert_int_equal(mkdir(f->opt.state_dir.p, 0755), 0);
	FILE *out = fopen(path, "wb");
	assert_int_equal(fwrite(body.p, 1, 5000, out), 5000);
	fclose(out);
	snprintf(path, sizeof(path), "%s.meta", part.p);
	out = fopen(path, "wb");
	fprintf(out, "url %.*s\npart-etag \"v1\"\n", STR_FMT(f->opt.sources.v[0].url));
	fclose(out);
	must_update(f);
	assert_true(logged("/big 206 5000"));
	assert_int_equal(f->sum.files.v[0].records, 300);
	assert_int_equal(count(f, "PyPI", "big"), 300);
}

static void test_mirror_and_values(void **state)
{
	struct fixture *f = *state;
	begin(f, "mirror");
	put_page("/m/feeds.example/Rocky%20Linux/all", "", osv(f, "PYSEC-1", "a"));
	put_page("/m/feeds.example/npm/all", "", osv(f, "PYSEC-2", "b"));
	struct advisories_source s = { .name = STR("osv"), .url = STR("https://feeds.example/{value}/all") };
	struct str values[] = { STR("Rocky Linux"), STR("npm") };
	s.values = (struct str_vec){ values, 2, 2 };
	assert_non_null(vec_push(&f->arena, &f->opt.sources, s));
	f->opt.mirror = arena_printf(&f->arena, "http://127.0.0.1:%u/m/", server.port);
	must_update(f);
	assert_int_equal(f->sum.files.n, 2);
	assert_str(f->sum.files.v[0].path, "osv Rocky Linux");
	assert_int_equal(f->sum.failed, 0);
	struct advisories_source_vec defaults;
	assert_int_equal(advisories_default_sources(&f->arena, NULL, NULL, &defaults, &f->err), 0);
	assert_true(defaults.n >= 5);
	assert_str(defaults.v[0].name, "osv");
	assert_true(defaults.v[0].values.n >= 8);
}

static struct str user_setting(void *ctx, struct str key)
{
	static const char *const settings[][2] = { { "db.source.osv.url", "-" }, { "db.sources", "own, other" }, { "db.source.own.url", "https://own.example/x" } };
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (str_eq_c(key, settings[i][0]))
			return str_c(settings[i][1]);
	return STR_NONE;
}

static void test_settings(void **state)
{
	struct fixture *f = *state;
	struct advisories_source_vec v;
	bool own = false, osv_disabled = false, debian = false;
	assert_int_equal(advisories_default_sources(&f->arena, user_setting, NULL, &v, &f->err), 0);
	for (size_t i = 0; i < v.n; i++) {
		own = own || str_eq_c(v.v[i].url, "https://own.example/x");
		osv_disabled = osv_disabled || (str_eq_c(v.v[i].name, "osv") && v.v[i].disabled);
		debian = debian || (str_eq_c(v.v[i].name, "debian") && !v.v[i].disabled);
	}
	assert_true(own && osv_disabled && debian);
}

static void hex_sha256(struct str s, char out[72])
{
	unsigned char d[32];
	unsigned n = 0;
	assert_int_equal(EVP_Digest(s.p, s.n, d, &n, EVP_sha256(), NULL), 1);
	memcpy(out, "sha256:", 7);
	for (unsigned i = 0; i < 32; i++)
		snprintf(out + 7 + 2 * i, 3, "%02x", d[i]);
}

static struct str read_file(struct fixture *f, struct str path)
{
	struct stat st;
	FILE *in = fopen(path.p, "rb");
	assert_non_null(in);
	assert_int_equal(fstat(fileno(in), &st), 0);
	char *p = arena_alloc(&f->arena, (size_t)st.st_size + 1);
	assert_int_equal(fread(p, 1, (size_t)st.st_size, in), (size_t)st.st_size);
	fclose(in);
	return str_make(p, (size_t)st.st_size);
}

/* A registry with one artifact: manifest and blob are pages of the server. */
static void serve_artifact(struct fixture *f, struct str layer, const char *media_type)
{
	char digest[72], path[160];
	hex_sha256(layer, digest);
	struct str config = STR("{}");
	char config_digest[72];
	hex_sha256(config, config_digest);
	struct str manifest = arena_printf(&f->arena,
					   "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\","
					   "\"digest\":\"%s\",\"size\":2},\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}]}",
					   config_digest, media_type, digest, layer.n);
	put_page("/v2/", "", STR("{}"));
	struct page *p = put_page("/v2/team/advisories/manifests/1", "", manifest);
	snprintf(p->type, sizeof(p->type), "application/vnd.oci.image.manifest.v1+json");
	snprintf(path, sizeof(path), "/v2/team/advisories/blobs/%s", digest);
	put_page(path, "", layer);
}

static void test_database(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes;
	begin(f, "made");
	put_page("/osv", "", osv(f, "PYSEC-1", "a"));
	add_source(f, "osv", "/osv");
	must_update(f);
	struct str packed = arena_printf(&f->arena, "%s/hosted.db.zst", dir);
	assert_int_equal(advisories_build(&f->arena, f->db, packed, &bytes, &f->err), 0);
	struct str made = read_file(f, f->db), hosted = read_file(f, packed);
	assert_int_equal(bytes, hosted.n);
	/* by URL */
	begin(f, "taken");
	put_page("/hosted.db.zst", "\"1\"", hosted);
	f->opt.database = arena_printf(&f->arena, "http://127.0.0.1:%u/hosted.db.zst", server.port);
	must_update(f);
	assert_true(f->sum.written);
	assert_int_equal(f->sum.files.v[0].records, f->sum.advisories);
	assert_int_equal(count(f, "PyPI", "a"), 1);
	assert_true(str_eq(read_file(f, f->db), made));
	must_update(f);
	assert_false(f->sum.written);
	/* by path, as db build was told it */
	char start[4096];
	assert_non_null(getcwd(start, sizeof(start)));
	assert_int_equal(chdir(dir), 0);
	begin(f, "path");
	f->opt.database = STR("hosted.db.zst");
	must_update(f);
	assert_true(str_eq(read_file(f, f->db), made));
	f->opt.database = STR("absent.db.zst");
	assert_int_equal(update(f), ERR_NOT_FOUND);
	assert_non_null(strstr(f->err.text, "an address begins with"));
	assert_int_equal(chdir(start), 0);
	begin(f, "damaged");
	put_page("/hosted.db.zst", "\"1\"", hosted);
	f->opt.database = arena_printf(&f->arena, "http://127.0.0.1:%u/hosted.db.zst", server.port);
	must_update(f);
	/* a damaged one does not get into place */
	char *bad = arena_alloc(&f->arena, made.n);
	memcpy(bad, made.p, made.n);
	memset(bad + made.n / 2, 0xff, made.n / 2);
	put_page("/hosted.db.zst", "\"2\"", str_make(bad, made.n));
	assert_true(update(f) < 0);
	assert_true(str_eq(read_file(f, f->db), made));
	/* from a registry, plain and compressed */
	begin(f, "artifact");
	serve_artifact(f, hosted, "application/vnd.bulkhead.db.v1+lmdb+zstd");
	f->opt.database = arena_printf(&f->arena, "oci://127.0.0.1:%u/team/advisories:1", server.port);
	must_update(f);
	assert_int_equal(count(f, "PyPI", "a"), 1);
	must_update(f);
	assert_true(f->sum.files.v[0].unchanged);
	assert_false(f->sum.written);
	serve_artifact(f, made, "application/vnd.bulkhead.db.v1+lmdb");
	must_update(f);
	assert_true(f->sum.written);
	/* an artifact that is a feed (as Trivy's is) is imported */
	serve_artifact(f, osv(f, "PYSEC-9", "z"), "application/octet-stream");
	must_update(f);
	assert_int_equal(count(f, "PyPI", "a"), 0);
	assert_int_equal(count(f, "PyPI", "z"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditional), cmocka_unit_test(test_failing_sources), cmocka_unit_test(test_resume),
		cmocka_unit_test(test_mirror_and_values), cmocka_unit_test(test_settings), cmocka_unit_test(test_database),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
