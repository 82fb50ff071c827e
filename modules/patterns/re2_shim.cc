// The only C++ of the project: RE2 has no C interface. See re2_shim.h.
#include <re2/re2.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <string>

#include "modules/patterns/re2_shim.h"

namespace {

constexpr unsigned kBytes = 1;           // PATTERN_BYTES
constexpr int64_t kMemory = 8 << 20;     // PATTERN_MEMORY
constexpr size_t kGroups = 32;           // PATTERN_GROUPS

void tell(char *why, size_t cap, const char *text)
{
	if (cap) {
		strncpy(why, text, cap - 1);
		why[cap - 1] = 0;
	}
}

re2::RE2 *regex_of(const struct pattern *p)
{
	return reinterpret_cast<re2::RE2 *>(const_cast<struct pattern *>(p));
}

} // namespace

struct pattern *shim_compile(const char *regex, size_t n, unsigned flags, char *why, size_t cap)
{
	try {
		re2::RE2::Options opt;
		opt.set_log_errors(false);
		opt.set_max_mem(kMemory);
		if (flags & kBytes)
			opt.set_encoding(re2::RE2::Options::EncodingLatin1);
		auto *re = new re2::RE2(re2::StringPiece(regex, n), opt);
		if (re->ok())
			return reinterpret_cast<struct pattern *>(re);
		tell(why, cap, re->error().c_str());
		delete re;
	} catch (const std::bad_alloc &) {
		tell(why, cap, "out of memory");
	}
	return nullptr;
}

void shim_free(struct pattern *p)
{
	delete regex_of(p);
}

bool shim_find(const struct pattern *p, const char *text, size_t n, size_t from, struct pattern_span *groups, size_t count)
{
	re2::StringPiece found[kGroups];
	if (count > kGroups)
		count = kGroups;
	try {
		if (!regex_of(p)->Match(re2::StringPiece(text, n), from, n, re2::RE2::UNANCHORED, found, static_cast<int>(count)))
			return false;
	} catch (const std::bad_alloc &) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		groups[i].from = found[i].data() ? static_cast<size_t>(found[i].data() - text) : SIZE_MAX;
		groups[i].to = found[i].data() ? groups[i].from + found[i].size() : SIZE_MAX;
	}
	return true;
}

size_t shim_group_count(const struct pattern *p)
{
	return static_cast<size_t>(regex_of(p)->NumberOfCapturingGroups());
}

int shim_group_named(const struct pattern *p, const char *name, size_t n)
{
	try {
		const auto &groups = regex_of(p)->NamedCapturingGroups();
		auto it = groups.find(std::string(name, n));
		return it == groups.end() ? -1 : it->second;
	} catch (const std::bad_alloc &) {
		return -1;
	}
}
