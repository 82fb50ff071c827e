/* Facts as a hostile worker or a damaged cache would give them. What is accepted must survive being written and read again. */
#include "source/layer/layer.h"

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a, again;
	struct layer_facts f, g;
	struct buf out, out2;
	arena_init(&a, 256 << 20);
	arena_init(&again, 256 << 20);
	buf_init(&out, 256 << 20);
	buf_init(&out2, 256 << 20);
	if (facts_decode(&a, str_make((const char *)data, size), &f, NULL) == 0) {
		if (facts_encode(&f, &out, NULL) < 0 || facts_decode(&again, buf_str(&out), &g, NULL) < 0 || facts_encode(&g, &out2, NULL) < 0 ||
		    !str_eq(buf_str(&out), buf_str(&out2)))
			abort();
	}
	buf_release(&out);
	buf_release(&out2);
	arena_release(&a);
	arena_release(&again);
	return 0;
}
