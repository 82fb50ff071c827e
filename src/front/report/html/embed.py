#!/usr/bin/env python3
"""Turns the HTML report's page, style and script into C: embed.py page.html style.css script.js OUTPUT. The page is cut at its @@MARKS@@; the Content-Security-Policy
names style and script by their SHA-256, so that nothing else on the page can run."""
import base64
import hashlib
import re
import sys


def quote(data):
    """A C array: string literals have a length limit that compilers warn about."""
    return "{" + ",".join(str(b) for b in data) + "}"


def digest(data):
    return b"sha256-" + base64.b64encode(hashlib.sha256(data).digest())


page, style, script = (open(p, "rb").read() for p in sys.argv[1:4])
style, script = style.strip(), script.strip()
for name, data in (("style", style), ("script", script)):
    if b"</" in data.replace(b"<\\/", b""):
        sys.exit(name + " would end its element")
fixed = {b"STYLE": style, b"SCRIPT": script, b"STYLE_HASH": digest(style), b"SCRIPT_HASH": digest(script)}
pieces = re.split(rb"@@([A-Z_]+)@@", page)
texts, marks, text = [], [], pieces[0]
for mark, after in zip(pieces[1::2], pieces[2::2]):
    if mark in fixed:
        text += fixed[mark] + after
    else:
        texts.append(text)
        marks.append(mark.decode())
        text = after
texts.append(text)
marks.append("END")
with open(sys.argv[4], "w", encoding="utf-8") as f:
    f.write("/* Made from src/front/report/html/ by embed.py. */\n#include \"front/report/html/page.h\"\n\n")
    for i, t in enumerate(texts):
        f.write("static const char text_%d[] = %s;\n" % (i, quote(t)))
    f.write("const struct html_piece html_pieces[] = {\n")
    for i, m in enumerate(marks):
        f.write("\t{ { text_%d, sizeof(text_%d) }, HTML_%s },\n" % (i, i, m))
    f.write("};\nconst size_t html_piece_count = %d;\n" % len(texts))
