#!/usr/bin/env python3
"""Turns data/secrets.rules into the C table of src/engine/secret/secret_rules.h: secrets.py IN OUT."""
import hashlib
import re
import sys

SEVERITIES = ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')
MACROS = {
    '%IS%': r'''["'\]]{0,2}[ \t]{0,8}(?::=|=>|==|[=:,])[ \t]{0,8}["'\x60]{0,2}''',
    '%UUID%': r'[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
    '%END%': r'(?:[^0-9A-Za-z_-]|$)',
}


def fail(line, why):
    sys.exit(f'{sys.argv[1]}:{line}: {why}')


def expand(text):
    for name, value in MACROS.items():
        text = text.replace(name, value)
    return text


def first_look(text):
    """What vectorscan searches for: at least all that the expression finds, without what costs it time."""
    text = expand(text.replace('%END%', ''))
    text = text.replace(r'\b', '')
    text = re.sub(r'(\{\d+,)(\d+)\}', lambda m: m.group(1) + '}' if int(m.group(2)) > 40 else m.group(0), text)
    text = re.sub(r'(\{\d+,\d*\})\?', r'\1', text)
    # vectorscan 5.4.9 misses "(?:facebook|fb)[a-z]{0,20}secret" in texts of more than some hundred bytes; it does not with "*" (secret_test.c compares).
    return re.sub(r'\{0,\d*\}', '*', text)


def read(path):
    rules = []
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip('\n')
            if not line.strip() or line.startswith('#'):
                continue
            if not line.startswith('\t'):
                m = re.fullmatch(r'([a-z0-9-]+) ([A-Z]+) ([^:]+): (.+)', line)
                if not m or m.group(2) not in SEVERITIES:
                    fail(number, 'no header of a rule')
                if any(r['id'] == m.group(1) for r in rules):
                    fail(number, 'id given twice')
                rules.append({'id': m.group(1), 'severity': m.group(2), 'category': m.group(3), 'title': m.group(4), 'line': number})
                continue
            key, _, value = line.strip().partition(' ')
            if key not in ('re', 'path', 'entropy', 'allow', 'generic') or not rules or key in rules[-1]:
                fail(number, f'what is {key}?')
            rules[-1][key] = value
    for r in rules:
        if 're' not in r:
            fail(r['line'], 'a rule without an expression')
        if any(int(n) > 1000 for n in re.findall(r'\{\d*,?(\d+)\}', r['re'])):
            fail(r['line'], 'RE2 repeats at most 1000 times')
        bare = re.sub(r'\\.|\[(?:\\.|[^\]\\])+\]', '', r['re'])
        if len(re.findall(r'\((?!\?)', bare)) != 1:
            fail(r['line'], 'the expression needs exactly one capture group')
    return rules


def quote(text):
    if text is None:
        return 'NULL'
    out = ''.join(c if 32 <= ord(c) < 127 and c not in '"\\?' else f'\\{ord(c):03o}' for c in text)
    return f'"{out}"'


def main():
    rules = read(sys.argv[1])
    out = ['/* Made by data/secrets.py from data/secrets.rules. */', '#include "engine/secret/secret_rules.h"', '',
           'const struct secret_rule secret_rules[] = {']
    for r in rules:
        out.append(f'\t{{ {quote(r["id"])}, {quote(r["category"])}, {quote(r["title"])}, SEVERITY_{r["severity"]}, {float(r.get("entropy", 0))}f, '
                   f'{"true" if "generic" in r else "false"},\n\t  {quote(expand(r["re"]))},\n\t  {quote(first_look(r["re"]))},\n'
                   f'\t  {quote(r.get("path"))}, {quote(r.get("allow"))} }},')
    digest = hashlib.sha256('\n'.join(out).encode()).hexdigest()[:16]
    out += ['};', f'const size_t secret_rule_count = {len(rules)};', f'const uint64_t secret_rules_hash = UINT64_C(0x{digest});', '']
    with open(sys.argv[2], 'w', encoding='utf-8') as f:
        f.write('\n'.join(out))


main()
