//! Takes in every file of `defs/` and `modules/`: a new board is a new file, and no list
//! in the code names it.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let mut out = String::new();
    for (folder, list) in [("defs", "DEFS"), ("modules", "SETS")] {
        println!("cargo::rerun-if-changed={folder}");
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("reading board/{folder}: {error}"));
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
        paths.sort();
        writeln!(out, "const {list}: &[(&str, &str)] = &[").unwrap();
        for path in paths {
            let stem = path.file_stem().unwrap().to_str().expect("a board's file name is UTF-8");
            let full = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join(&path);
            println!("cargo::rerun-if-changed={}", path.display());
            writeln!(out, "    ({stem:?}, include_str!({:?})),", full.display().to_string()).unwrap();
        }
        out += "];\n";
    }
    let to = Path::new(&env::var("OUT_DIR").unwrap()).join("found.rs");
    fs::write(to, out).unwrap();
}
