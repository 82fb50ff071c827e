#include "format/xml/xml_write.h"

#include "base/utf8.h"

void xml_add_text(struct buf *out, struct str s)
{
	if (!s.n)
		return;
	const char *end = s.p + s.n, *plain = s.p;
	for (const char *p = s.p; p < end;) {
		unsigned n = utf8_sequence(p, end), skip = n ? n : 1;
		unsigned char c = (unsigned char)*p;
		/* U+FFFE and U+FFFF are no characters of XML. */
		bool bad = !n || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (n == 3 && c == 0xef && (unsigned char)p[1] == 0xbf && (unsigned char)p[2] >= 0xbe);
		const char *instead = bad ? UTF8_REPLACEMENT_BYTES : c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : NULL;
		/* Written plain these would be folded to spaces or line feeds by the next reader. */
		if (!bad && (c == '\t' || c == '\n' || c == '\r'))
			instead = c == '\t' ? "&#9;" : c == '\n' ? "&#10;" : "&#13;";
		if (instead) {
			buf_add_bytes(out, plain, (size_t)(p - plain));
			buf_add_c(out, instead);
			plain = p + skip;
		}
		p += skip;
	}
	buf_add_bytes(out, plain, (size_t)(end - plain));
}
