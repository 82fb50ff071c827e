#!/usr/bin/env python3
"""Turns report templates into C: embed.py FILE... OUTPUT."""
import os
import sys

with open(sys.argv[-1], "w", encoding="utf-8") as out:
    out.write("/* Made from src/front/report/templates/ by embed.py. */\n#include \"front/report/template.h\"\n\nconst struct builtin_template builtin_templates[] = {\n")
    for path in sys.argv[1:-1]:
        name = os.path.splitext(os.path.basename(path))[0]
        with open(path, "rb") as f:
            text = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else "\\%03o" % b for b in f.read())
        out.write("\t{ \"%s\", STR_INIT(\"%s\") },\n" % (name, text))
    out.write("};\nconst size_t builtin_template_count = %d;\n" % (len(sys.argv) - 2))
