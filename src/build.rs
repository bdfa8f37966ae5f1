//! Links the program for a quick start: with packed relocations if the C library of this machine reads them, and with
//! its own copy of the unwinder, so that the loader has one library less to map. The library alone has nothing to link.

fn main() {
    #[cfg(feature = "cli")]
    program::link();
}

#[cfg(feature = "cli")]
mod program {
    use std::path::PathBuf;
    use std::process::Command;
    use std::{env, fs};

    /// The version that glibc defines from 2.36 on, where it reads packed relocations.
    const VERSION: &[u8] = b"GLIBC_ABI_DT_RELR";

    /// The unwinder of GCC as an archive. As a shared library it is the slowest part of an empty program's start.
    const UNWINDER: &str = "libgcc_eh.a";

    pub fn link() {
        println!("cargo::rerun-if-changed=src/build.rs");
        if !is_native() {
            return;
        }
        if find("libc.so.6").and_then(|path| fs::read(path).ok()).is_some_and(|bytes| defines_version(&bytes)) {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
        // rustc names the shared library first, and only what is linked whole takes its place.
        if find(UNWINDER).is_some_and(|path| path.is_file()) {
            println!("cargo::rustc-link-arg-bins=-Wl,--push-state,--whole-archive,-l:{UNWINDER},--pop-state,-lgcc");
        }
    }

    /// Whether the program is built for glibc, on a machine of the same kind.
    fn is_native() -> bool {
        variable("HOST") == variable("TARGET")
            && variable("CARGO_CFG_TARGET_OS") == "linux"
            && variable("CARGO_CFG_TARGET_ENV") == "gnu"
    }

    #[expect(clippy::disallowed_methods, reason = "Cargo describes the target to a build script in variables")]
    fn variable(name: &str) -> String {
        env::var(name).unwrap_or_default()
    }

    /// Returns the path of a library that the linker uses. A name that it does not know is returned as it is.
    fn find(library: &str) -> Option<PathBuf> {
        let found = Command::new("cc").arg(format!("-print-file-name={library}")).output().ok()?;
        Some(String::from_utf8(found.stdout).ok()?.trim().into())
    }

    fn defines_version(library: &[u8]) -> bool {
        library.windows(VERSION.len()).any(|bytes| bytes == VERSION)
    }
}
