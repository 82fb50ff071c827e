#include "format/rpmdb/store.h"

/* rpm's "ndb" (rpm lib/backend/ndb/rpmpkg.c), little-endian, in units of 16 bytes:
 *
 *   header  "RpmP", u32 version (0), u32 generation, u32 slot_pages, 16 bytes
 *   slots   to the end of slot_pages × 4096 bytes: "Slot", u32 package (0: free), u32 block, u32 blocks
 *   blob    at block × 16: "BlbS", u32 package, u32 generation, u32 bytes; the bytes, zeros to a multiple of 4 …; tail: u32 adler32, u32 bytes, "BlbE"
 *
 * The checksum is not verified, as rpm itself does not when it reads: a header that does not parse is told anyway. */
#define BLOCK 16
#define PAGE 4096
#define BLOB_HEAD 16
#define BLOB_TAIL 12

static int read_slot(struct rpm_sink *s, const unsigned char *slot, uint32_t pages, struct error *err)
{
	unsigned char head[BLOB_HEAD];
	uint32_t package = rpm_le32(slot + 4);
	uint64_t at = (uint64_t)rpm_le32(slot + 8) * BLOCK, span = (uint64_t)rpm_le32(slot + 12) * BLOCK;
	int r;
	if (at < (uint64_t)pages * PAGE || input_read(s->in, head, sizeof(head), at, &s->why) < 0 || memcmp(head, "BlbS", 4) != 0 || rpm_le32(head + 4) != package) {
		rpm_sink_problem(s, "package %u: nothing at offset %llu", package, (unsigned long long)at);
		return 0;
	}
	uint32_t n = rpm_le32(head + 12);
	if ((uint64_t)n + BLOB_HEAD + BLOB_TAIL > span) {
		rpm_sink_problem(s, "package %u: %u bytes in %llu", package, n, (unsigned long long)span);
		return 0;
	}
	char *room = rpm_sink_room(s, n, package, &r);
	if (!room)
		return r < 0 ? error_nomem(err) : 0;
	if (input_read(s->in, room, n, at + BLOB_HEAD, &s->why) < 0) {
		rpm_sink_problem(s, "package %u: %s", package, s->why.text);
		return 0;
	}
	return rpm_sink_take(s, str_make(room, n), package, err);
}

int rpm_read_ndb(struct rpm_sink *s, struct error *err)
{
	unsigned char head[32], page[PAGE];
	int r = input_read(s->in, head, sizeof(head), 0, err);
	if (r < 0)
		return r;
	uint32_t version = rpm_le32(head + 4), pages = rpm_le32(head + 12);
	if (version != 0)
		return error_set(err, ERR_UNSUPPORTED, "ndb version %u", version);
	for (uint32_t i = 0; i < pages; i++) {
		if (input_read(s->in, page, sizeof(page), (uint64_t)i * PAGE, &s->why) < 0) {
			rpm_sink_problem(s, "slot page %u of %u: %s", i, pages, s->why.text);
			return 0;
		}
		for (size_t j = i ? 0 : sizeof(head); j < sizeof(page); j += BLOCK) {
			if (memcmp(page + j, "Slot", 4) != 0) {
				rpm_sink_problem(s, "slot page %u is damaged", i);
				break;
			}
			if (rpm_le32(page + j + 4) && (r = read_slot(s, page + j, pages, err)) < 0)
				return r;
		}
	}
	return 0;
}
