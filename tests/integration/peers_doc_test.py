#!/usr/bin/env python3
"""docs/peers.md: every option and format of ours that it names exists, what it says is "same" or "taken" is accepted, and the peers' columns are whole where their
programs are at hand (BULKHEAD_PEERS: folder of trivy and syft)."""
import re

from image_parts import *

tap = Tap()
helps = {}


def options_of(command):
    """Long and short names that `bulkhead COMMAND --help` lists, with aliases and the choices of --format."""
    if command not in helps:
        r = subprocess.run([BULKHEAD] + command.split() + ["--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        helps[command] = r.stdout.decode() if r.returncode == 0 else None
    return helps[command]


def accepted(option):
    """Whether `bulkhead image` knows the option at all, shown or not."""
    r = subprocess.run([BULKHEAD, "image", option, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = r.stdout.decode()
    return r.returncode == 0 or "no option" not in text and "unknown" not in text and "there is no" not in text


def exists(words):
    """`--x`, `--format NAME`, `bulkhead sbom --x`, `bulkhead db update`, `taken`."""
    command, option, value = re.fullmatch(r"(?:bulkhead ((?:[a-z]+ ?)+?) ?)?(?:(--[\w-]+)(?: (.+))?)?(?: FILE)?", words).groups()
    text = options_of(command or "image")
    if text is None or (option and not re.search(r"(?<![\w-])%s(?![\w-])|--no-%s(?![\w-])" % (re.escape(option), option[2:]), text)):
        return False
    if option == "--format" and value:
        form = re.search(r"--format FORMAT(.*?)(?=\n +(?:-\w, )?--)", text, re.S).group(1)
        return re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(value), form) is not None
    return True


def rows(section):
    out = []
    for line in section.splitlines():
        if line.startswith("| `"):
            cells = [c.strip() for c in line.strip("|").split(" | ")]
            out.append((re.findall(r"`([^`]+)`", cells[0]), cells[1]))
    return out


def main():
    with open(os.path.join(TOP, "docs", "peers.md"), encoding="utf-8") as f:
        text = f.read()
    parts = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.S | re.M))
    tap.ok(all(name in parts for name in ("trivy image", "grype", "syft scan", "Formats")), "the sections are there")
    for name in ("trivy image", "grype", "syft scan"):
        for theirs, ours in rows(parts[name]):
            if ours in ("same", "taken"):
                for option in theirs:
                    tap.ok(accepted(option), "%s: %s is accepted" % (name, option))
            for words in re.findall(r"`([^`]+)`", ours):
                tap.ok(exists(words), "%s: %s exists" % (name, words))
    for line in parts["Formats"].splitlines():
        if line.startswith("| ") and not line.startswith("| what"):
            for words in re.findall(r"`((?:--format|bulkhead)[^`]*)`", line):
                tap.ok(exists(words), "format: %s exists" % words)
    tap.ok(not exists("--no-such-option") and not exists("bulkhead sbom --format nosuch") and not accepted("--no-such-option"), "the checks can fail")
    folder = os.environ.get("BULKHEAD_PEERS", "")
    for section, program, command in (("trivy image", "trivy", ["image"]), ("syft scan", "syft", ["scan"])):
        path = next((p for p in (os.path.join(folder, program, program), os.path.join(folder, program)) if folder and os.path.isfile(p)), None)
        if not path:
            print("SKIP the options of %s: the program is not at hand (BULKHEAD_PEERS)" % program)
            continue
        said = subprocess.run([path] + command + ["--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
        theirs = set(re.findall(r"^ {2,6}(?:-\w, )?(--[a-z][\w-]+)", said, re.M)) - {"--help"}
        named = {o for cells, _ in rows(parts[section]) for o in cells}
        tap.ok(len(theirs) > 10 and not theirs - named, "%s: every option stands in the table" % program, sorted(theirs - named))
        gone = {o for o in named if o.startswith("--")} - theirs
        tap.ok(not gone, "%s: no option that it does not have" % program, sorted(gone))


main()
tap.done()
