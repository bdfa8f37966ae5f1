"""Prints the strings that users read, each with its place, to be reviewed in one sitting: `.ci/run words`.

They are the literals of src that hold a blank and stand outside of tests and patterns, the doc comments of what clap
derives, and the lines of the README, the config template and the action.
"""

import pathlib
import re

LITERAL = re.compile(r'r(#*)"(.*?)"\1|b?"((?:\\.|[^"\\])*)"', re.S)
CHARACTER = re.compile(r"'(?:\\.[^']*|[^'\\])'")
ATTRIBUTE = re.compile(r"#!?\[(?:expect|cfg|cfg_attr|serde|doc\s*=)\b")


# The words of others that are looked for, which no user reads here.
PATTERNS = re.compile(r'patterns: &\[(?:\s*"(?:\\.|[^"\\])*",?)*\s*\]')


def blank(found):
    return re.sub(r"[^\n]", " ", found[0])


def without_tests(text):
    """Returns the text without its test modules, of the same length."""
    for found in re.finditer(r"#\[cfg\(test\)\]\s*(?:pub(?:\(\w+\))? )?mod \w+ \{", text):
        depth, at = 1, found.end()
        while at < len(text) and depth:
            skipped = CHARACTER.match(text, at) or LITERAL.match(text, at)
            at = skipped.end() if skipped else at + 1
            depth += 0 if skipped else {"{": 1, "}": -1}.get(text[at - 1], 0)
        text = text[: found.start()] + re.sub(r"[^\n]", " ", text[found.start() : at]) + text[at:]
    return text


def strings(text):
    """Yields the offset and the content of each literal, without comments."""
    at = 0
    while at < len(text):
        if text.startswith("//", at):
            at = text.find("\n", at) % (len(text) + 1)
            continue
        skipped = CHARACTER.match(text, at)
        found = None if skipped else LITERAL.match(text, at)
        if found and not (at and (text[at - 1].isalnum() or text[at - 1] == "_")):
            line = text[text.rfind("\n", 0, at) + 1 : at]
            content = found[2] if found[2] is not None else found[3]
            if " " in content.strip() and not ATTRIBUTE.match(line.strip()):
                yield at, re.sub(r"\\\n\s*", "", content)
            at = found.end()
        else:
            at = skipped.end() if skipped else at + 1


def help_texts(text):
    """Yields the offset and the content of the doc comments that are help."""
    if "clap" not in text and "commands! {" not in text:
        return
    for found in re.finditer(r"(?m)^ *///.*\n(?: *///.*\n)*", text):
        following = text[found.end() : found.end() + 200].lstrip()
        if re.match(r"#\[(?:arg|command|derive\([^)]*(?:Args|Subcommand|Parser|ValueEnum))|(?:online|offline|setup) \"", following):
            yield found.start(), " ".join(line.strip()[3:].strip() for line in found[0].splitlines())


def lines(text):
    offset = 0
    for line in text.splitlines(keepends=True):
        if " " in line.strip():
            yield offset, line.strip()
        offset += len(line)


def main():
    for path in sorted(pathlib.Path("src").rglob("*.rs")):
        if "tests" in path.stem or {"tests", "paste", "sweep"} & {*path.parts, path.stem}:
            continue
        text = PATTERNS.sub(blank, without_tests(path.read_text()))
        found = sorted([*strings(text), *help_texts(text)])
        show(path, text, found)
    for path in ["README.md", "src/commands/config.yaml", *sorted(pathlib.Path(".github").rglob("action.y*ml"))]:
        text = pathlib.Path(path).read_text()
        show(path, text, lines(text))


def show(path, text, found):
    for offset, content in found:
        shown = content.replace("\n", "\\n")
        print(f"{path}:{text.count(chr(10), 0, offset) + 1}: {shown}")


if __name__ == "__main__":
    main()
