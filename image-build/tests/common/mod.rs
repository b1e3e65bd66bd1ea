//! What the tests share: programs of other people, and a small system.
#![allow(dead_code)] // Each test file uses its part.

use std::path::Path;
use std::process::{Command, Output};

use image_build::disk::System;

/// Full path of a program, also of those that only root's search path has; says so when it is not there.
pub fn program(name: &str) -> Option<String> {
    let folders = ["/usr/bin", "/usr/sbin", "/sbin", "/bin"];
    let found = folders.iter().map(|folder| format!("{folder}/{name}")).find(|path| Path::new(path).exists());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed (ci/10-install does)");
    }
    found
}

/// Runs a program, which must succeed; gives what it said.
pub fn run(program: &str, args: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new(program).args(args).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{program} {args:?}: {status}\n{said}");
    said
}

/// A system whose files are no programs, but of plausible size: `size` bytes that do not compress.
pub fn system(size: usize) -> System {
    let mut state = 0x1234_5678_9abc_def0_u64;
    let mut noise = |len: usize| -> Vec<u8> {
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        std::iter::repeat_with(next).take(len).collect()
    };
    System { version: "0.1.0".into(), loader: noise(120_001), image: noise(size) }
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
