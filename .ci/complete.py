"""Presses the completion key in bash, zsh and fish, and compares what they offer: complete.py BINARY."""

import os
import pty
import select
import subprocess
import sys
import tempfile
import time

BINARY = os.path.abspath(sys.argv[1])
CATALOG = os.path.abspath("tests/fixtures/catalog.txt")
PATIENCE = 20

# Each line, what a shell must offer for its last word, and what it must not offer. `None`: nothing is offered at all.
COMMANDS = ["ask", "catalog", "check", "completions", "config", "diagnose", "iam-policy", "models", "resolve"]
CASES = [
    ("", COMMANDS, ["man", "file-here"]),
    ("chec", ["check"], ["catalog"]),
    ("resolve --ex", ["--explain"], []),
    ("check --d", ["--debug", "--depth", "--dry-run"], ["--any"]),
    ("check --depth ", ["invoke", "resolve"], COMMANDS[:4]),
    ("--region us-east-1 check --dep", ["--depth"], []),
    ("config ", ["check", "init", "path"], ["ask", "models", "file-here"]),
    ("help ", ["check", "resolve"], ["man"]),
    ("catalog di", ["diff"], ["diagnose"]),
    ("inference-profile create --ta", ["--tag"], []),
    ("catalog --built", None, []),
    ("--region eu-central-", ["eu-central-1", "eu-central-2"], ["eu-west-1", "all"]),
    ("resolve --region a", ["all", "ap-south-1"], ["eu-west-1"]),
    ("ask --region a", ["ap-south-1"], ["all"]),
    ("--routing ", ["geographic", "global", "in-region"], ["ask", "file-here"]),
    ("check --report ", ["github", "json", "junit", "markdown", "text"], ["file-here"]),
    ("models --provider a", ["ai21", "amazon", "anthropic"], ["meta"]),
    ("models --format ", ["csv", "json", "text"], ["terraform", "cloudformation"]),
    ("iam-policy --format ", ["cloudformation", "json", "terraform", "text"], ["csv"]),
    ("resolve --format ", ["json", "text"], ["csv", "terraform", "cloudformation"]),
    ("--format ", ["json", "text"], ["csv", "terraform", "cloudformation"]),
    ("--profile file-h", None, []),
    ("-m file-h", None, []),
    ("--file file-h", ["file-here"], []),
    ("iam-policy --output-dir folder-h", ["folder-here"], []),
    ("config check file-h", ["file-here"], []),
    ("-m ", ["haiku", "claude-haiku-4-5", "fast", "amazon.nova-lite-v1:0"], ["cohere.embed-english-v3", "file-here"]),
    ("resolve ", ["haiku", "fast", "cohere.embed-english-v3"], ["file-here"]),
    ("resolve claude-haiku-4.", ["claude-haiku-4.5"], []),
    ("iam-policy anthropic.claude-haiku", ["anthropic.claude-haiku-4-5-20251001-v1:0"], []),
    ("check haiku amazon.nova-m", ["amazon.nova-micro-v1:0"], []),
    ("models eu.amazon.nova-l", ["eu.amazon.nova-lite-v1:0"], []),
    ("models us.amazon", None, []),
    ("--region us-east-1 models us.amazon.nova-l", ["us.amazon.nova-lite-v1:0"], []),
    ("--profile ", ["default", "my team", "us"], ["file-here"]),
    ("--profile us models us.amazon.nova-l", ["us.amazon.nova-lite-v1:0"], []),
    ("--routing geographic,", ["geographic,global", "geographic,in-region"], []),
    ("-m haiku ", None, []),
    ("whoami nonsense ", None, []),
    ("--profile d", ["dollar$(x)", "default"], []),
]

# Each line, and the one word that a shell must put in place of its last one.
UNIQUE = [
    ("-m anthropic.claude-haiku-4-5-2", "anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("-m anthropic.claude-haiku-4-5-20251001-v1:", "anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("resolve haiku eu.anthropic.claude-haiku-4-5-20251001-v1:", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ('resolve "eu.anthropic.claude-haiku-4-5-20251001-v1:', "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("resolve amazon.nova-lite-v1:0 amazon.nova-micro-v1:", "amazon.nova-micro-v1:0"),
    ("check team:", "team:small"),
    ("check team:sm", "team:small"),
    ("resolve --region=ap-northeast-3", "--region=ap-northeast-3"),
    ("resolve --region=eu-n", "--region=eu-north-1"),
    ("--region=us-east-1 resolve us.amazon.nova-2-", "us.amazon.nova-2-lite-v1:0"),
    ("--region us-east-1 -m us.amazon.nova-2-lite-v1:", "us.amazon.nova-2-lite-v1:0"),
    ("--profile my", "my team"),
    ('--profile "my', "my team"),
    ("--profile=my", "--profile=my team"),
    ("--profile mü", "münchen"),
    ("-s 'müll und ü' --profile mü", "münchen"),
    ("--profile dol", "dollar$(x)"),
    ("-ffile-h", "-ffile-here"),
    ("check --report=jun", "--report=junit"),
    ("check --report junit=file-h", "junit=file-here"),
    ("--file=file-h", "--file=file-here"),
    ("-s @file-h", "@file-here"),
    ("iam-policy --output-dir=folder-h", "--output-dir=folder-here"),
]

CONFIG = "aliases: {fast: nova-lite, 'team:small': nova-micro}\n"
AWS_CONFIG = '[default]\nregion = eu-central-1\n[profile us]\nregion = us-east-1\n[profile münchen]\n[profile "dollar$(x)"]\n[profile "my team"]\nregion = eu-west-1\n'

# The program is replaced by a function that prints its arguments; a key puts all that is offered on the line.
BASH = """
PS1=; bind 'set bell-style none' 'set enable-bracketed-paste off' 2>/dev/null; bind '"\\C-t": insert-completions'
bind '"\\C-y": complete'
source ./script
"""
ZSH = """
PS1=; unsetopt zle_bracketed_paste prompt_sp prompt_cr 2>/dev/null; unset zle_bracketed_paste; setopt no_beep
fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d dump
zstyle ':completion:*' completer _all_matches _complete; zstyle ':completion:*' insert yes; bindkey '^T' complete-word '^Y' complete-word
"""
STARTED = "bedrock-ask() { printf '[offered]'; printf '|%s' \"$@\"; echo '[end]'; }; echo 'rea''dy'\n"


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, command, setup, folder):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment(folder) | {"TERM": "dumb", "COLUMNS": "4000"})
        self.seen = ""
        self.write(setup + STARTED)
        self.read_until("ready\r\n")

    def write(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, mark):
        end = time.monotonic() + PATIENCE
        while mark not in self.seen:
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f"no {mark!r} in {self.seen!r}")
            self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        before, self.seen = self.seen.split(mark, 1)
        return before

    def offers(self, line):
        """Returns the words that the shell puts in place of the last one."""
        return self.press("\x14", line)[len(line.split(" ")) - 1 :]

    def completes(self, line):
        """Returns what the shell makes of the last word, which has one completion."""
        return self.press("\x19", line)[-1:]

    def press(self, key, line):
        self.write(f"bedrock-ask {line}{key}\n")
        return self.read_until("[end]").rpartition("[offered]")[2].split("|")[1:]


class Fish:
    """Fish, which lists candidates without a terminal."""

    def __init__(self, folder):
        self.folder = folder

    def offers(self, line):
        command = ["fish", "--no-config", "-c", 'source ./script; complete -C "$argv"', f"bedrock-ask {line}"]
        shown = subprocess.run(
            command, cwd=self.folder, env=environment(self.folder), capture_output=True, text=True, check=True, timeout=PATIENCE
        )
        return [row.split("\t")[0] for row in shown.stdout.splitlines()]

    completes = offers


def environment(folder):
    return {"PATH": f"{folder}/.bin:/usr/bin:/bin", "HOME": folder, "BEDROCK_ASK_CATALOG_PATH": CATALOG, "LANG": "C.UTF-8"}


def prepared(shell, folder):
    """Returns the shell with our script, in a folder with settings, AWS profiles, a file and a folder."""
    script = subprocess.run([BINARY, "completions", shell], check=True, capture_output=True, text=True).stdout
    for path, text in {
        "_bedrock-ask" if shell == "zsh" else "script": script,
        ".config/bedrock-ask/config.yaml": CONFIG,
        ".aws/config": AWS_CONFIG,
        "file-here": "",
        "folder-here/file": "",
    }.items():
        os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
        with open(f"{folder}/{path}", "w", encoding="utf-8") as file:
            file.write(text)
    os.mkdir(f"{folder}/.bin")
    os.symlink(BINARY, f"{folder}/.bin/bedrock-ask")
    if shell == "fish":
        return Fish(folder)
    if shell == "bash":
        return Terminal(["bash", "--norc", "--noprofile", "-i"], BASH, folder)
    return Terminal(["zsh", "-f", "-i"], ZSH, folder)


def main():
    broken = 0
    for shell in ["bash", "zsh", "fish"]:
        with tempfile.TemporaryDirectory() as folder:
            terminal = prepared(shell, folder)
            for line, wanted, unwanted in CASES:
                offered = [word.rstrip("/") for word in terminal.offers(line)]
                typed = line.rpartition(" ")[2]
                fresh = [word for word in offered if word != typed]
                right = not fresh if wanted is None else set(wanted) <= set(offered) and not set(unwanted) & set(offered)
                if not right:
                    print(f"{shell}: `bedrock-ask {line}` offers {offered}, not {wanted} without {unwanted}", file=sys.stderr)
                    broken += 1
            for line, wanted in UNIQUE:
                completed = [word.rstrip("/") for word in terminal.completes(line)]
                if completed != [wanted]:
                    print(f"{shell}: `bedrock-ask {line}` becomes {completed}, not {wanted}", file=sys.stderr)
                    broken += 1
        print(f"{shell}: {len(CASES) + len(UNIQUE)} lines completed")
    sys.exit(broken > 0)


main()
