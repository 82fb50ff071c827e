#!/usr/bin/env python3
"""Turns data/baseimages.tsv into C: baseimages.py INPUT DISTROS.TSV OUTPUT. Refuses lines it does not understand, unknown families and lists and impossible dates."""
import datetime
import sys

EPOCH = datetime.date(1970, 1, 1)
RULES = {'none': 'BASE_RULE_NONE', 'drops': 'BASE_RULE_DROPS', 'keeps': 'BASE_RULE_KEEPS'}


def text(field):
    return '"%s"' % ('' if field == '-' else field).replace('\\', '\\\\').replace('"', '\\"')


def day(field):
    return 0 if field == '-' else (datetime.date.fromisoformat(field) - EPOCH).days


def distro_eol(path):
    """(os-release ID, version) -> last day of standard maintenance."""
    rows = {}
    with open(path, encoding='utf-8') as f:
        for line in f:
            fields = line.rstrip('\n').split('\t')
            if fields[0] == 'release':
                rows[fields[1], fields[2]] = fields[4]
    return rows


def expand(names, lists):
    out = []
    for name in [] if names == '-' else names.split(' '):
        out += lists[name[1:]] if name.startswith('@') else [name]
    return out


def read(path, eol_of):
    date, families, cycles, variants, lists = '', {}, {}, {}, {}
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            fields = line.rstrip('\n').split('\t')
            kind, n = fields[0], len(fields)
            if not kind or kind.startswith('#'):
                continue
            try:
                if kind == 'date' and n == 2:
                    date = datetime.date.fromisoformat(fields[1]).isoformat()
                elif kind == 'family' and n == 7 and fields[1] not in families:
                    if any(p.count('{v}') != 1 for p in fields[3].split('|') if p != '-'):
                        raise ValueError('a version pattern needs one {v}')
                    families[fields[1]] = fields[2:6] + [int(fields[6])]
                elif kind == 'cycle' and n == 7 and fields[1] in families and fields[6] in ('lts', 'short'):
                    eol = eol_of.get((families[fields[1]][3], fields[2]), '-') if fields[4] == 'distro' else fields[4]
                    if eol != '-' and day(eol) < day(fields[3]):
                        raise ValueError('ends before it begins')
                    cycles.setdefault(fields[1], []).append((fields[2], fields[5], day(fields[3]), day(eol), fields[6] == 'lts'))
                elif kind == 'list' and n == 3 and fields[1] not in lists:
                    lists[fields[1]] = expand(fields[2], lists)
                elif kind == 'variant' and n == 9 and fields[1] in families and fields[6] in RULES and (fields[6] == 'none') == (fields[7] == '-'):
                    variants.setdefault(fields[1], []).append(fields[2:7] + [expand(fields[7], lists), fields[8]])
                else:
                    raise ValueError('unknown kind, family or number of columns')
            except (ValueError, KeyError) as e:
                sys.exit('%s:%d: %s' % (path, number, e))
    if not date:
        sys.exit('%s: no date' % path)
    return date, families, cycles, variants


def alternatives(field):
    return [] if field == '-' else field.split('|')


def main(source, distros, target):
    date, families, cycles, variants = read(source, distro_eol(distros))
    out = ['/* Made from data/baseimages.tsv by data/baseimages.py. */\n#include "engine/baseimage/base_table.h"\n']
    for i, (name, (_, versions, last, _, _)) in enumerate(families.items()):
        for what, items in (('versions', alternatives(versions)), ('last', alternatives(last))):
            out.append('static const char *const %s_%d[] = { %s }; /* %s */' % (what, i, ', '.join([text(x) for x in items] + ['NULL']), name))
        rows = sorted(cycles.get(name, []), key=lambda c: c[2], reverse=True)
        if rows:
            out.append('static const struct base_cycle cycles_%d[] = {' % i)
            out += ['\t{ %s, %s, %d, %d, %s },' % (text(v), text(latest), r, e, 'true' if lts else 'false') for v, latest, r, e, lts in rows]
            out.append('};')
        rows = variants.get(name, [])
        for k, row in enumerate(rows):
            out.append('static const char *const globs_%d_%d[] = { %s };' % (i, k, ', '.join([text(x) for x in row[5]] + ['NULL'])))
        if rows:
            out.append('static const struct base_variant variants_%d[] = {' % i)
            out += ['\t{ %s, %s, globs_%d_%d, %s },' % (', '.join(text(x) for x in row[:4]), RULES[row[4]], i, k, text(row[6])) for k, row in enumerate(rows)]
            out.append('};')
    out.append('const struct base_family base_families[] = {')
    for i, (name, (repository, _, _, distro, parts)) in enumerate(families.items()):
        out.append('\t{ %s, %s, versions_%d, last_%d, %s, %d, %s, %d, %s, %d },' % (
            text(name), text(repository), i, i, text(distro), parts, 'cycles_%d' % i if name in cycles else 'NULL', len(cycles.get(name, [])),
            'variants_%d' % i if name in variants else 'NULL', len(variants.get(name, []))))
    out.append('};\nconst size_t base_family_count = %d;\nconst char base_table_date[] = "%s";' % (len(families), date))
    with open(target, 'w', encoding='utf-8') as f:
        f.write('\n'.join(out) + '\n')


main(*sys.argv[1:])
