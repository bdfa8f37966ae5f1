#!/usr/bin/env python3
"""Draws a session of bedrock-ask as it looks on a terminal: picture.py BINARY CATALOG writes the SVG to stdout.

The commands are run on a pseudo-terminal, offline and with the frozen catalog, so that the picture changes only with the
program.
"""

import os
import pty
import re
import sys
import tempfile
from datetime import date
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 100, 40
SESSION = [
    "bedrock-ask resolve anthropic.claude-haiku-4-5-20251001-v1:0",
    "bedrock-ask resolve anthropic.claude-haiku-4-5-20251001-v1:0 --region ap-northeast-1",
    "bedrock-ask -m eu.anthropic.claude-sonnet-4-6 --region us-east-1 'Why is the sky blue?'",
    "bedrock-ask models --search 'claude 4.6'",
    "bedrock-ask check --depth resolve claude-sonnet-4.6 nova-pro --region eu-west-1 --region us-east-1",
]
# Without rich's own template, whose fonts are fetched from another host.
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="A session">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(command, environment, folder):
    """Returns what a command writes to a terminal of its own."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        # The window has its size before anything asks for it.
        ioctl(0, TIOCSWINSZ, pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execve("/bin/sh", ["sh", "-c", command], environment)
    written = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.waitpid(child, 0)
    return written.decode().replace("\r\n", "\n")


def main():
    binary, catalog = (Path(argument).resolve() for argument in sys.argv[1:])
    console = Console(width=COLUMNS, record=True, file=open(os.devnull, "w"), force_terminal=True, color_system="standard")
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "HOME": home,
            "PATH": f"{binary.parent}:/usr/bin:/bin",
            "TERM": "xterm-256color",
            "AWS_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "BEDROCK_ASK_CATALOG_PATH": f"{home}/catalog.txt",
        }
        # Of today, so that no note says how old it is.
        frozen = re.sub(r"(?m)^# as of .*$", f"# as of {date.today()}", catalog.read_text(), count=1)
        Path(environment["BEDROCK_ASK_CATALOG_PATH"]).write_text(frozen)
        for number, command in enumerate(SESSION):
            console.print(Text.assemble("\n" if number else "", ("$ ", "bold green"), command), soft_wrap=False)
            console.print(Text.from_ansi(run(command, environment, home).rstrip("\n")))
    svg = console.export_svg(title="bedrock-ask", code_format=SVG, unique_id="session")
    sys.stdout.write("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")


main()
