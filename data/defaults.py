#!/usr/bin/env python3
"""Turns data/defaults.conf into C: defaults.py INPUT OUTPUT."""
import re
import sys


def quote(text):
    return '"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\?' else "".join("\\%03o" % b for b in c.encode()) for c in text) + '"'


def main(source, target):
    pairs = []
    with open(source, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            m = re.fullmatch(r"([a-z0-9][a-z0-9.-]*)\s*=\s*(\S.*)", line)
            if not m:
                sys.exit("%s:%d: expected key = value" % (source, number))
            pairs.append(m.groups())
    with open(target, "w", encoding="utf-8") as f:
        f.write("/* Made from data/defaults.conf by data/defaults.py. */\n#include \"base/defaults.h\"\n\n")
        f.write("const struct default_value default_values[] = {\n")
        for key, value in pairs:
            f.write("\t{ STR_INIT(%s), STR_INIT(%s) },\n" % (quote(key), quote(value)))
        f.write("};\nconst size_t default_value_count = %d;\n" % len(pairs))


main(*sys.argv[1:])
