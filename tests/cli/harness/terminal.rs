//! Pseudo-terminals: a pair of ends, ours and the program's.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::{self, Mode as FileMode, OFlags};
use rustix::pty::{self, OpenptFlags};
use rustix::termios::{self, OptionalActions, Winsize};

/// How the terminal processes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Not at all: we read what the program writes.
    Raw,
    /// In lines, as a keyboard: byte 4 (Ctrl-D) at the start of a line ends the input.
    Line,
}

/// Both ends of a pseudo-terminal.
pub struct Pair {
    /// The end that the test reads and writes.
    pub master: File,
    /// The end that the program uses as its terminal.
    pub program: OwnedFd,
}

/// Opens a pseudo-terminal of this width.
pub fn open(mode: Mode, columns: u16) -> Pair {
    let master = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal opens");
    pty::grantpt(&master).expect("the terminal is granted");
    pty::unlockpt(&master).expect("the terminal unlocks");
    let name = pty::ptsname(&master, Vec::new()).expect("the terminal has a name");
    let program = fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, FileMode::empty())
        .expect("the program's end opens");
    if mode == Mode::Raw {
        let mut attributes = termios::tcgetattr(&program).expect("the terminal has attributes");
        attributes.make_raw();
        termios::tcsetattr(&program, OptionalActions::Now, &attributes).expect("the terminal becomes raw");
    }
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    termios::tcsetwinsize(&program, size).expect("the terminal takes a size");
    Pair { master: master.into(), program }
}
