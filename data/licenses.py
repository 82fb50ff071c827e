#!/usr/bin/env python3
"""Turns data/licenses.tsv into C: licenses.py INPUT OUTPUT. Refuses lines it does not understand, unknown categories, identifiers told twice, and expressions
of identifiers that are not in the list."""
import re
import sys

CATEGORIES = ["unknown", "unencumbered", "permissive", "notice", "reciprocal", "restricted", "forbidden"]


def text(field):
    return "NULL" if field == "-" else '"%s"' % field.replace("\\", "\\\\").replace('"', '\\"')


def read(path):
    licenses, exceptions, names, withheld = {}, {}, [], set()
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            fields = line.rstrip("\n").split("\t")
            if not fields[0] or fields[0].startswith("#"):
                continue
            kind, known = fields[0], {k.lower() for k in licenses} | {k.lower() for k in exceptions}
            if kind == "license" and len(fields) == 6 and fields[2] in CATEGORIES and fields[3] in ("google", "own", "-") and fields[1].lower() not in known:
                licenses[fields[1]] = fields[2:]
            elif kind == "exception" and len(fields) == 3 and fields[1].lower() not in known:
                exceptions[fields[1]] = fields[2]
            elif kind == "withheld" and len(fields) == 2 and fields[1].lower() in known and fields[1] not in withheld:
                withheld.add(fields[1])
            elif kind == "name" and len(fields) == 3:
                names.append((number, fields[1], fields[2]))
            else:
                sys.exit("%s:%d: unknown kind or category, told twice, or another number of columns" % (path, number))
    for number, _, expression in names + [(0, k, v[2]) for k, v in licenses.items() if v[2] != "-"]:
        for word in re.findall(r"[^\s()]+", expression):
            if word not in ("AND", "OR", "WITH") and word not in licenses and word not in exceptions:
                sys.exit("%s:%d: %s is not in the list" % (path, number, word))
    for word in sorted(withheld):
        if word not in licenses and word not in exceptions:
            sys.exit("%s: %s is withheld, but the list spells it in another way" % (path, word))
    # LicenseRef-… is a reference, no identifier of the list
    return licenses, exceptions, names, withheld | {k for k in licenses if k.startswith("LicenseRef-")}


def main(source, target):
    licenses, exceptions, names, withheld = read(source)
    flag = lambda key: "true" if key in withheld else "false"
    out = ['/* Made from data/licenses.tsv by data/licenses.py. */\n#include "format/license/license_table.h"\n']
    out.append("const struct license_row license_rows[] = {")
    for key in sorted(licenses, key=str.lower):
        category, _, replaced, name = licenses[key]
        out.append("\t{ %s, %s, %s, LICENSE_%s, %s }," % (text(key), text(name), text(replaced), category.upper(), flag(key)))
    out.append("};\nconst size_t license_row_count = %d;" % len(licenses))
    out.append("const struct license_exception_row license_exception_rows[] = {")
    out += ["\t{ %s, %s, %s }," % (text(k), text(exceptions[k]), flag(k)) for k in sorted(exceptions, key=str.lower)]
    out.append("};\nconst size_t license_exception_row_count = %d;" % len(exceptions))
    out.append("const struct license_name_row license_name_rows[] = {")
    out += ["\t{ %s, %s }," % (text(t), text(e)) for _, t, e in names]
    out.append("};\nconst size_t license_name_row_count = %d;" % len(names))
    with open(target, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")


main(*sys.argv[1:])
