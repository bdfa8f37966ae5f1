"""Presses the completion key in bash, zsh and fish, and compares what they offer: complete.py BINARY."""

import os
import pty
import select
import subprocess
import sys
import tempfile
import time

BINARY = os.path.abspath(sys.argv[1])
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
]

# The program is replaced by a function that prints its arguments; a key puts all that is offered on the line.
BASH = """
PS1=; bind 'set bell-style none' 'set enable-bracketed-paste off' 2>/dev/null; bind '"\\C-t": insert-completions'
source ./script
"""
ZSH = """
PS1=; unsetopt zle_bracketed_paste prompt_sp prompt_cr 2>/dev/null; unset zle_bracketed_paste; setopt no_beep
fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d dump
zstyle ':completion:*' completer _all_matches _complete; zstyle ':completion:*' insert yes; bindkey '^T' complete-word
"""
STARTED = "bedrock-ask() { printf '[offered]'; printf ' %s' \"$@\"; echo ' [end]'; }; echo 'rea''dy'\n"


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, command, setup, folder):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {"PATH": "/usr/bin:/bin", "HOME": folder, "TERM": "dumb", "COLUMNS": "4000"})
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
        self.write(f"bedrock-ask {line}\x14\n")
        words = self.read_until("[end]").rpartition("[offered]")[2].split()
        return words[len(line.split(" ")) - 1 :]


def offered_by_fish(line, folder):
    command = ["fish", "--no-config", "-c", 'source ./script; complete -C "$argv"', f"bedrock-ask {line}"]
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": folder}
    shown = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return [row.split("\t")[0] for row in shown.stdout.splitlines()]


def offers_of(shell, folder):
    script = subprocess.run([BINARY, "completions", shell], check=True, capture_output=True).stdout
    with open(f"{folder}/{'_bedrock-ask' if shell == 'zsh' else 'script'}", "wb") as file:
        file.write(script)
    os.mkdir(f"{folder}/folder-here")
    open(f"{folder}/file-here", "w").close()
    if shell == "fish":
        return lambda line: offered_by_fish(line, folder)
    if shell == "bash":
        return Terminal(["bash", "--norc", "--noprofile", "-i"], BASH, folder).offers
    return Terminal(["zsh", "-f", "-i"], ZSH, folder).offers


def main():
    broken = 0
    for shell in ["bash", "zsh", "fish"]:
        with tempfile.TemporaryDirectory() as folder:
            offers = offers_of(shell, folder)
            for line, wanted, unwanted in CASES:
                offered = [word.rstrip("/") for word in offers(line)]
                typed = line.rpartition(" ")[2]
                fresh = [word for word in offered if word != typed]
                right = not fresh if wanted is None else set(wanted) <= set(offered) and not set(unwanted) & set(offered)
                if not right:
                    print(f"{shell}: `bedrock-ask {line}` offers {offered}, not {wanted} without {unwanted}", file=sys.stderr)
                    broken += 1
        print(f"{shell}: {len(CASES)} lines completed")
    sys.exit(broken > 0)


main()
