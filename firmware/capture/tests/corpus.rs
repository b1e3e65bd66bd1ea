//! Reads every real and hostile capture of the shared folder in place, where
//! there is one, and compares the number of frames with what another decoder found.

use std::fs;
use std::path::{Path, PathBuf};

use capture::{End, Error, PcapFile, drain};

/// The folder of captures: beside the repository, or where `STILLWATCH_SHARED` says.
fn captures() -> Option<PathBuf> {
    let shared = match std::env::var_os("STILLWATCH_SHARED") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let captures = shared.join("captures");
    if captures.is_dir() {
        return Some(captures);
    }
    println!("skipped: no folder of captures at {}", captures.display());
    None
}

/// Files that are captures by their beginning, whatever they are called.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .filter(|path| {
            !matches!(path.extension().and_then(|e| e.to_str()), Some("json" | "md" | "csv" | "txt"))
        })
        .collect();
    files.sort();
    files
}

fn count(path: &Path) -> Result<(u64, End), Error> {
    let mut file = PcapFile::open(path)?;
    let end = drain(&mut file, |_| {})?;
    Ok((file.frames(), end))
}

#[test]
fn real_captures_have_the_expected_number_of_frames() {
    let Some(folder) = captures() else { return };
    let (mut compared, mut damaged, mut wrong) = (0, 0, Vec::new());
    for path in files(&folder) {
        let expected = PathBuf::from(format!("{}.expected.json", path.display()));
        let expected: serde_json::Value = serde_json::from_slice(&fs::read(expected).unwrap()).unwrap();
        let packets = expected["packets"].as_u64().unwrap();
        match count(&path) {
            Ok((frames, End::Clean)) if frames == packets => compared += 1,
            Ok((frames, End::Damaged(damage))) if frames == packets => {
                println!("{}: {damage}", path.display());
                damaged += 1;
            }
            // The other decoder does not know DSA's link types and read nothing.
            Ok((frames, End::Clean)) if packets == 0 && expected["link"] == serde_json::json!({}) => {
                println!("{}: {frames} frames, nothing to compare with", path.display());
            }
            other => wrong.push(format!("{}: expected {packets}, got {other:?}", path.display())),
        }
    }
    println!("{compared} captures clean, {damaged} damaged at their end, all with the expected frames");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 0);
}

#[test]
fn hostile_captures_end() {
    let Some(folder) = captures() else { return };
    for path in files(&folder.join("hostile")) {
        match count(&path) {
            Ok((frames, End::Damaged(damage))) => println!("{}: {frames}, {damage}", path.display()),
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
