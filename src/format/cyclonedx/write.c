#include "format/cyclonedx/write.h"

#include "base/date.h"
#include "format/cyclonedx/words.h"

bool cyclonedx_hash(struct str digest, struct cyclonedx_hash *ret)
{
	struct str algorithm;
	ret->word = str_cut(digest, ':', &algorithm, &ret->hex) ? cyclonedx_hash_name(algorithm, ret->hex) : NULL;
	return ret->word;
}

bool cyclonedx_is_serial(struct str id)
{
	static const char form[] = "urn:uuid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	if (id.n != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		bool hex = char_is_digit(id.p[i]) || (id.p[i] >= 'a' && id.p[i] <= 'f');
		if (form[i] == 'x' ? !hex : id.p[i] != form[i])
			return false;
	}
	return true;
}

int cyclonedx_serial(const struct sbom *s, struct str content, char dst[CYCLONEDX_SERIAL_MAX], struct error *err)
{
	struct arena a;
	arena_init(&a, 1 << 16);
	struct str uuid = cyclonedx_is_serial(s->id) ? str_from(s->id, 9) : sbom_uuid(&a, content, STR("serial"));
	if (uuid.p)
		snprintf(dst, CYCLONEDX_SERIAL_MAX, "urn:uuid:%.*s", STR_FMT(uuid));
	arena_release(&a);
	return uuid.p ? 0 : error_nomem(err);
}

struct str cyclonedx_timestamp(const struct sbom *s)
{
	int64_t day;
	struct str t = s->created;
	bool zone = str_has_suffix(t, STR("Z")) || (t.n > 6 && char_is_one_of(t.p[t.n - 6], "+-") && t.p[t.n - 3] == ':');
	bool form = t.n >= 20 && date_to_days(t, &day) == 0 && t.p[10] == 'T' && t.p[13] == ':' && t.p[16] == ':';
	for (size_t i = 11; form && i < t.n; i++)
		form = char_is_digit(t.p[i]) || char_is_one_of(t.p[i], ":.+-Z");
	return form && zone ? t : STR_NONE;
}
