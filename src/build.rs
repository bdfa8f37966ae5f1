//! Packs the relative relocations of the program if the C library of this machine reads packed ones, which makes the
//! program 0.8 MB smaller. The library alone has nothing to link.

fn main() {
    #[cfg(feature = "cli")]
    program::pack_relocations();
}

#[cfg(feature = "cli")]
mod program {
    use std::path::PathBuf;
    use std::process::Command;
    use std::{env, fs};

    /// The version that glibc defines from 2.36 on, where it reads packed relocations.
    const VERSION: &[u8] = b"GLIBC_ABI_DT_RELR";

    pub fn pack_relocations() {
        println!("cargo::rerun-if-changed=src/build.rs");
        if is_native() && c_library().and_then(|path| fs::read(path).ok()).is_some_and(|bytes| defines_version(&bytes))
        {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
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

    /// Returns the path of the C library that the linker uses.
    fn c_library() -> Option<PathBuf> {
        let found = Command::new("cc").arg("-print-file-name=libc.so.6").output().ok()?;
        Some(String::from_utf8(found.stdout).ok()?.trim().into())
    }

    fn defines_version(library: &[u8]) -> bool {
        library.windows(VERSION.len()).any(|bytes| bytes == VERSION)
    }
}
