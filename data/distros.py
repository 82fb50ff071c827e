#!/usr/bin/env python3
"""Turns data/distros.tsv into C: distros.py INPUT OUTPUT. Refuses lines it does not understand, unknown families and impossible dates."""
import datetime
import sys

EPOCH = datetime.date(1970, 1, 1)


def text(field):
    return "NULL" if field == "-" else '"%s"' % field.replace("\\", "\\\\").replace('"', '\\"')


def day(field):
    return 0 if field == "-" else (datetime.date.fromisoformat(field) - EPOCH).days


def version_key(release):
    return [int(part) for part in release[0].split(".")]


def read(path):
    families, aliases, releases = {}, [], {}
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            fields = line.rstrip("\n").split("\t")
            if not fields[0] or fields[0].startswith("#"):
                continue
            try:
                if fields[0] == "family" and len(fields) == 8 and fields[1] not in families and fields[7] in ("fixed", "rolling"):
                    families[fields[1]] = fields[2:6] + [int(fields[6]), fields[7] == "rolling"]
                elif fields[0] == "alias" and len(fields) == 3 and fields[2] in families and fields[1] not in families:
                    aliases.append(fields[1:])
                elif fields[0] == "release" and len(fields) == 7 and fields[1] in families:
                    dates = [day(d) for d in fields[4:]]
                    if fields[2].count(".") >= families[fields[1]][4]:
                        raise ValueError("more parts than the family has")
                    if any(d and d < dates[0] for d in dates):
                        raise ValueError("longer maintenance ends first")
                    releases.setdefault(fields[1], []).append([fields[2], fields[3]] + dates)
                else:
                    raise ValueError("unknown kind, family or number of columns")
            except ValueError as e:
                sys.exit("%s:%d: %s" % (path, number, e))
    return families, aliases, releases


def main(source, target):
    families, aliases, releases = read(source)
    out = ['/* Made from data/distros.tsv by data/distros.py. */\n#include "model/distro_table.h"\n']
    for i, name in enumerate(families):
        rows = sorted(releases.get(name, []), key=version_key)
        if rows:
            out.append("static const struct distro_release releases_%d[] = { /* %s */" % (i, name))
            out += ["\t{ %s, %s, %d, %d, %d }," % (text(v), text(c), e, x, p) for v, c, e, x, p in rows]
            out.append("};")
    out.append("const struct distro_family distro_families[] = {")
    for i, (name, (trivy, space, qualifier, ecosystem, parts, rolling)) in enumerate(families.items()):
        n = len(releases.get(name, []))
        out.append("\t{ %s, %s, %s, %s, %s, %d, %s, %s, %d }," % (text(name), text(trivy), text(space), text(qualifier), text(ecosystem), parts,
                                                               "true" if rolling else "false", "releases_%d" % i if n else "NULL", n))
    out.append("};\nconst size_t distro_family_count = %d;" % len(families))
    out.append("const struct distro_alias distro_aliases[] = {")
    out += ["\t{ %s, %s }," % (text(a), text(f)) for a, f in aliases]
    out.append("};\nconst size_t distro_alias_count = %d;" % len(aliases))
    with open(target, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")


main(*sys.argv[1:])
