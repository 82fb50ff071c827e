/* Escaped text for XML 1.0, in content and in double-quoted attributes. What XML cannot hold (control bytes, ill-formed UTF-8) becomes U+FFFD; tabs and
 * line breaks become character references, so that they come back as they were. */
#ifndef FORMAT_XML_WRITE_H
#define FORMAT_XML_WRITE_H
#include "base/buf.h"

void xml_add_text(struct buf *out, struct str s);
#endif
