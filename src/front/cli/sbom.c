#include "front/cli/sbom.h"

#include "base/date.h"
#include "format/sbom/facts.h"
#include "format/sbom/formats.h"
#include "format/sbom/merge.h"
#include "front/cli/commands.h"
#include "sys/file/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#define SBOM_OUTPUT_MAX (2048ull << 20)
#define TOLD_MAX        20 /* diagnostics of a document told one by one */
#define HEAD_BYTES      512

struct sbom_command {
	struct image_command image; /* first: its tables store here */
	struct str format;
	struct str_vec outputs;
};

static int check_format(struct str value, struct error *err)
{
	enum sbom_format ignored;
	struct buf names;
	if (sbom_format_parse(value, &ignored) == 0)
		return 0;
	buf_init(&names, 4096);
	for (unsigned i = 0; i < SBOM_FORMAT_COUNT; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", sbom_format_info((enum sbom_format)i)->name);
	int r = error_set(err, ERR_USAGE, "there is no format \"%.*s\" (%.*s)", STR_FMT(value), STR_FMT(buf_str(&names)));
	buf_release(&names);
	return r;
}

#define AT(member, type) OPTION_AT(struct sbom_command, member, type)
static const struct option output_options[] = {
	{ .name = "format", .short_name = 'f', .type = OPTION_TEXT, .offset = AT(format, struct str), .arg = "FORMAT", .default_text = "cyclonedx", .check = check_format,
	  .summary = "form of the bill: " SBOM_FORMAT_NAMES "; Syft's names for them are known too" },
	{ .name = "output", .short_name = 'o', .type = OPTION_LIST, .offset = AT(outputs, struct str_vec), .arg = "FILE", .shown_default = "standard output",
	  .flags = OPTION_FILE_ARG,
	  .summary = "file that the bill is written to. As Syft's, also FORMAT (to standard output) or FORMAT=FILE, which may be repeated; ./NAME is always a file" },
};

/* ---- reading --------------------------------------------------------------------------------------------------------- */

bool sbom_is_bill(struct cli *c, struct str path)
{
	struct stat st;
	char head[HEAD_BYTES];
	char *name = arena_cstr(c->arena, path);
	_cleanup_close_ int fd = name ? open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	ssize_t n = pread(fd, head, sizeof(head), 0);
	return n > 0 && sbom_may_be(str_make(head, (size_t)n));
}

static int read_bill(struct cli *c, struct str path, struct sbom *ret, struct error *err)
{
	struct str text;
	int r = str_eq(path, STR("-")) ? cli_read_file(c->arena, path, SBOM_BYTES_MAX, &text, err) : file_read(c->arena, path, SBOM_BYTES_MAX, &text, err);
	if (r == 0)
		r = sbom_read(c->arena, text, path, ret, err);
	if (r < 0)
		return r;
	size_t told = 0;
	for (size_t i = 0; i < ret->diags.list.n; i++) {
		const struct diag *d = &ret->diags.list.v[i];
		if ((d->level == DIAG_NOTE && !c->debug) || told++ >= TOLD_MAX)
			continue;
		cli_note(c, "%.*s: %.*s", STR_FMT(path), STR_FMT(d->text));
	}
	if (told > TOLD_MAX)
		cli_note(c, "%.*s: %zu more remarks", STR_FMT(path), told - TOLD_MAX);
	return 0;
}

/* ---- writing --------------------------------------------------------------------------------------------------------- */

static int write_one(struct cli *c, const struct sbom *s, struct str format, struct str file, struct error *err)
{
	enum sbom_format f;
	struct buf out;
	int r = check_format(format, err);
	if (r < 0)
		return r;
	sbom_format_parse(format, &f);
	buf_init(&out, SBOM_OUTPUT_MAX);
	r = sbom_write(f, s, &out, err);
	if (r == 0)
		r = file.n ? cli_write_file(file, buf_str(&out), err) : cli_write(c->out_fd, buf_str(&out), err);
	buf_release(&out);
	return r;
}

/* The outputs: FILE, FORMAT or FORMAT=FILE. */
static int write_all(struct cli *c, const struct sbom_command *o, const struct sbom *s, struct error *err)
{
	const struct str *output;
	enum sbom_format f;
	int r = 0;
	if (!o->outputs.n)
		return write_one(c, s, o->format, STR_NONE, err);
	vec_foreach(output, &o->outputs) {
		struct str format, file;
		if (sbom_format_parse(*output, &f) == 0)
			r = write_one(c, s, *output, STR_NONE, err);
		else if (str_cut(*output, '=', &format, &file) && sbom_format_parse(format, &f) == 0)
			r = write_one(c, s, format, file, err);
		else
			r = write_one(c, s, o->format, *output, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static struct str now_text(struct cli *c, struct error *err)
{
	char text[DATE_TEXT_MAX];
	int64_t epoch = (int64_t)time(NULL);
	struct str given = cli_env(c, "SOURCE_DATE_EPOCH");
	if (given.n && str_to_i64(given, &epoch) < 0) {
		error_set(err, ERR_USAGE, "SOURCE_DATE_EPOCH: \"%.*s\" is no number of seconds", STR_FMT(given));
		return STR_NONE;
	}
	return arena_str(c->arena, date_format_rfc3339(epoch, text));
}

/* A bill that went through our hands says so beside its first maker. */
static int sign_tool(struct cli *c, struct sbom *s, struct error *err)
{
	struct sbom_tool us = { .name = STR("bulkhead"), .version = STR(BULKHEAD_VERSION) };
	const struct sbom_tool *t;
	vec_foreach(t, &s->tools)
		if (str_eq(t->name, us.name) && str_eq(t->version, us.version))
			return 0;
	return vec_push(c->arena, &s->tools, us) ? 0 : error_nomem(err);
}

/* ---- commands -------------------------------------------------------------------------------------------------------- */

static bool has_file(struct cli *c, struct str dir, const char *name)
{
	struct str path = arena_printf(c->arena, "%.*s/%s", STR_FMT(dir), name);
	return path.p && access(path.p, F_OK) == 0;
}

/* A directory that is no OCI layout is an installed system, or, without os-release, a source tree, where lock files count. */
static void look_at_directory(struct cli *c, const struct option_set *set, struct sbom_command *o, struct image_scan_options *scan)
{
	struct stat st;
	bool named = str_strip_prefix(&scan->ref, STR("dir:"));
	char *path = arena_cstr(c->arena, scan->ref);
	if (!path || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	if (!named && (has_file(c, scan->ref, "oci-layout") || has_file(c, scan->ref, "index.json") || has_file(c, scan->ref, "manifest.json")))
		return;
	scan->input = scan->is_rootfs = true;
	if (option_origin_of(set, "lock-files") == ORIGIN_DEFAULT)
		o->image.lock_files = !has_file(c, scan->ref, "etc/os-release") && !has_file(c, scan->ref, "usr/lib/os-release");
}

static int make_bill(struct cli *c, const struct option_set *set, struct sbom_command *o, struct image_scan_options *scan, struct error *err)
{
	struct report report = { 0 };
	struct sbom bill;
	const struct finding *f;
	int r = image_command_fill(c, set, &o->image, scan, err);
	scan->scanners = 0; /* packages only: no database is needed */
	if (r == 0)
		r = image_command_scan(c, &o->image, scan, &report, err);
	if (r < 0)
		return r;
	vec_foreach(f, &report.findings)
		if (f->kind == FINDING_UNREADABLE)
			cli_note(c, "not in the bill: %.*s%s%.*s", STR_FMT(f->subject.path), f->subject.path.n ? ": " : "", STR_FMT(f->title));
	r = report_sbom(c->arena, &report, &bill, NULL, err);
	if (r == 0 && !(bill.id = sbom_identity(c->arena, &bill)).p)
		r = error_nomem(err);
	if (r == 0)
		r = write_all(c, o, &bill, err);
	image_scan_release(&report);
	return r;
}

static int convert_bill(struct cli *c, const struct sbom_command *o, struct str path, struct error *err)
{
	struct sbom bill;
	int r = read_bill(c, path, &bill, err);
	if (r == 0)
		r = sign_tool(c, &bill, err);
	return r == 0 ? write_all(c, o, &bill, err) : r;
}

static int run_sbom(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct sbom_command *o = set->values;
	struct error err = { 0 };
	struct image_scan_options scan = { .ref = o->image.input.n ? o->image.input : n ? args[0] : STR_NONE, .input = o->image.input.n > 0 };
	if (o->image.input.n && n)
		return cli_usage(c, &command_sbom, "--input %.*s and %.*s exclude each other", STR_FMT(o->image.input), STR_FMT(args[0]));
	if (!scan.ref.n)
		return cli_usage(c, &command_sbom, "of what? bulkhead sbom REF, DIR or FILE");
	if (o->image.list.n || o->image.all_tags)
		return cli_usage(c, &command_sbom, "a bill is of one image: --file and --all-tags do not go with bulkhead sbom (merge joins bills)");
	look_at_directory(c, set, o, &scan);
	int r = !scan.is_rootfs && sbom_is_bill(c, scan.ref) ? convert_bill(c, o, scan.ref, &err) : make_bill(c, set, o, &scan, &err);
	return r < 0 ? cli_fail(c, &err) : EXIT_CODE_OK;
}

static int run_convert(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct error err = { 0 };
	return convert_bill(c, set->values, args[0], &err) < 0 ? cli_fail(c, &err) : EXIT_CODE_OK;
}

static int run_merge(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	struct sbom_command *o = set->values;
	struct error err = { 0 };
	struct sbom merged, *bills = arena_new_array(c->arena, struct sbom, n);
	int r = bills ? 0 : error_nomem(&err);
	for (size_t i = 0; i < n && r == 0; i++)
		r = read_bill(c, args[i], &bills[i], &err);
	if (r == 0)
		r = sbom_merge(c->arena, bills, n, &merged, &err);
	if (r == 0 && !(merged.created = now_text(c, &err)).p)
		r = err.code ? err.code : error_nomem(&err);
	if (r == 0 && !(merged.id = sbom_identity(c->arena, &merged)).p)
		r = error_nomem(&err);
	if (r == 0)
		r = sign_tool(c, &merged, &err);
	if (r == 0)
		r = write_all(c, o, &merged, &err);
	return r < 0 ? cli_fail(c, &err) : EXIT_CODE_OK;
}

int sbom_load(struct cli *c, struct str path, const struct sbom_facts **ret, struct error *err)
{
	struct sbom bill;
	struct sbom_facts *facts = arena_new(c->arena, struct sbom_facts);
	int r = facts ? read_bill(c, path, &bill, err) : error_nomem(err);
	if (r == 0)
		r = sbom_to_facts(c->arena, &bill, facts, err);
	if (r < 0)
		return r;
	if (!facts->image.artifact_name.n)
		facts->image.artifact_name = facts->image.reference = path;
	*ret = facts;
	return 0;
}

int sbom_scan(struct cli *c, const struct option_set *set, struct image_command *o, struct str path)
{
	struct error err = { 0 };
	struct image_scan_options scan = { .ref = path, .input = true };
	if (sbom_load(c, path, &scan.bill, &err) < 0)
		return cli_fail(c, &err);
	return image_command_judge(c, set, o, &scan);
}

static int run_scan(struct cli *c, const struct option_set *set, const struct str *args, size_t n)
{
	return sbom_scan(c, set, set->values, args[0]);
}

static const struct option_group sbom_groups[] = {
	{ "Bill", output_options, ARRAY_LEN(output_options), 0 },
	{ "Image", image_input_options, IMAGE_INPUT_OPTION_COUNT, 0 },
	{ "Scan", image_scan_options_table, IMAGE_SCAN_OPTION_COUNT, 0 },
	{ "Data", image_data_options, IMAGE_DATA_OPTION_COUNT, 0 },
};
static const struct option_group bill_groups[] = {
	{ "Bill", output_options, ARRAY_LEN(output_options), 0 },
};
static const struct option_group scan_groups[] = {
	{ "Report", report_options, REPORT_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Gates", gate_options, GATE_OPTION_COUNT, offsetof(struct image_command, verdict) },
	{ "Earlier scans and statements", accepted_options, ACCEPTED_OPTION_COUNT, offsetof(struct image_command, verdict.accepted) },
	{ "Scan", image_scan_options_table, IMAGE_SCAN_OPTION_COUNT, 0 },
	{ "Data", image_data_options, IMAGE_DATA_OPTION_COUNT, 0 },
};

static const struct command_example sbom_examples[] = {
	{ "bulkhead sbom --output sbom.json my-app:1.0", "CycloneDX 1.6 of an image" },
	{ "bulkhead sbom -o cyclonedx-json=sbom.json -o cyclonedx-xml=sbom.xml my-app.tar", "two forms at once, in Syft's way of saying it" },
	{ "bulkhead sbom .", "a source tree, from its lock files" },
};
const struct command command_sbom = {
	.name = "sbom", .args = "REF|DIR|FILE", .summary = "Write a bill of materials (SBOM) of an image, a directory or another bill",
	.description = "REF is an image as in bulkhead image. DIR is the root of an installed system, or a source tree, where lock files are read too. FILE is an image "
		       "archive, or a bill of materials, which is converted.\n\n"
		       "The same input gives the same bytes when SOURCE_DATE_EPOCH names the time.",
	.groups = sbom_groups, .group_count = ARRAY_LEN(sbom_groups), .examples = sbom_examples, .example_count = ARRAY_LEN(sbom_examples),
	.values_size = sizeof(struct sbom_command), .max_args = 1, .arg_flags = OPTION_FILE_ARG, .run = run_sbom,
};
static const struct command_example scan_examples[] = {
	{ "bulkhead sbom scan --fail-on critical sbom.json", "a gate on what was shipped, without the image" },
};
const struct command command_sbom_scan = {
	.name = "sbom scan", .args = "FILE", .summary = "Find known vulnerabilities in what a bill of materials lists",
	.description = "FILE is read by its content, whatever its name; - is standard input. bulkhead image takes such files too. Findings are those of the image the bill was made of, "
		       "as far as the bill says what they depend on (docs/sbom.md); components that nothing is known about are reported as without data.",
	.groups = scan_groups, .group_count = ARRAY_LEN(scan_groups), .examples = scan_examples, .example_count = ARRAY_LEN(scan_examples),
	.values_size = sizeof(struct image_command), .min_args = 1, .max_args = 1, .arg_flags = OPTION_FILE_ARG, .run = run_scan,
};
static const struct command_example convert_examples[] = {
	{ "bulkhead sbom convert --format cyclonedx-xml sbom.json", "from any form that is read to any that is written" },
};
const struct command command_sbom_convert = {
	.name = "sbom convert", .args = "FILE", .summary = "Write a bill of materials in another form",
	.description = "What the new form has no place for is carried along in properties or annotations, so that a scan of it gives the same findings.",
	.groups = bill_groups, .group_count = ARRAY_LEN(bill_groups), .examples = convert_examples, .example_count = ARRAY_LEN(convert_examples),
	.values_size = sizeof(struct sbom_command), .min_args = 1, .max_args = 1, .arg_flags = OPTION_FILE_ARG, .run = run_convert,
};
static const struct command_example merge_examples[] = {
	{ "bulkhead sbom merge --output all.json web.json db.xml", "one bill of two images" },
};
const struct command command_sbom_merge = {
	.name = "sbom merge", .args = "FILE…", .summary = "Join bills of materials",
	.description = "Subjects stay side by side at the top. Packages with the same package URL in the same place become one component with the relations of all.",
	.groups = bill_groups, .group_count = ARRAY_LEN(bill_groups), .examples = merge_examples, .example_count = ARRAY_LEN(merge_examples),
	.values_size = sizeof(struct sbom_command), .min_args = 1, .max_args = 10000, .arg_flags = OPTION_FILE_ARG, .run = run_merge,
};
