//! Starts children with the default action for each signal: a program inherits what its parent ignores, so that under
//! `nohup`, or in a background job, none of them could be interrupted.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

/// SIGHUP, SIGINT, SIGQUIT and SIGTERM, as `/proc` counts them.
const STOPPING: u64 = 1 | 1 << 1 | 1 << 2 | 1 << 14;

static IGNORES: LazyLock<bool> = LazyLock::new(|| {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & STOPPING != 0)
});

/// Returns the command that starts this program; through `env` of the GNU coreutils where a signal is ignored here.
pub fn command(path: &str) -> Command {
    if !*IGNORES {
        return Command::new(path);
    }
    let mut command = Command::new("/usr/bin/env");
    command.args(["--default-signal=HUP,INT,QUIT,TERM", path]);
    command
}
