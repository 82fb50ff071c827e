#include "front/report/formats.h"

#define REPORT_FORMAT_INFO(symbol, name, writer, summary) [FORMAT_##symbol] = { name, writer, summary },
#define REPORT_FORMAT_NAME(symbol, name, writer, summary) [FORMAT_##symbol] = name,
const struct report_format_info report_formats[FORMAT_COUNT] = { REPORT_FORMATS(REPORT_FORMAT_INFO) };
const char *const report_format_names[FORMAT_COUNT + 1] = { REPORT_FORMATS(REPORT_FORMAT_NAME) };

int report_parse_target(struct str text, enum report_format *ret_format, struct str *ret_file, struct error *err)
{
	char list[512];
	size_t n = 0;
	struct str name, file;
	if (!str_cut(text, '=', &name, &file) || !file.n)
		return error_set(err, ERR_USAGE, "\"%.*s\" is not FORMAT=FILE, such as csv=findings.csv", STR_FMT(text));
	for (int i = 0; i < FORMAT_COUNT; i++) {
		if (str_eq_nocase(name, str_c(report_formats[i].name))) {
			*ret_format = (enum report_format)i;
			*ret_file = file;
			return 0;
		}
		int added = snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", report_formats[i].name);
		n += added > 0 && (size_t)added < sizeof(list) - n ? (size_t)added : 0;
	}
	return error_set(err, ERR_USAGE, "\"%.*s\" is no format; there are: %s", STR_FMT(name), list);
}
