//! `stillwatch demo`: the overview over a capture that Stillwatch makes itself.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::{finish, inventory, overview};
use crate::args::Space;
use crate::exit::{Exit, Failure};
use crate::read;

/// Runs the verb; `keep` is where the capture stays, else it is removed.
pub fn run(keep: Option<&Path>) -> Result<Exit, Failure> {
    let path: PathBuf = match keep {
        Some(path) => path.to_owned(),
        None => std::env::temp_dir().join(format!("stillwatch-demo-{}.pcap", std::process::id())),
    };
    let cannot =
        |error| Failure::Usage(format!("cannot write the demo capture to {}: {error}", path.display()));
    let mut file = BufWriter::new(File::create(&path).map_err(cannot)?);
    capture::demo::write(&mut file).map_err(cannot)?;
    drop(file);
    let space = Space::default();
    let read = read::captures(std::slice::from_ref(&path), &space);
    if keep.is_none() {
        let _ = std::fs::remove_file(&path);
    }
    let heard = read?;
    println!("A small plant and office, made by Stillwatch itself; nothing was captured from your network.");
    let name = keep.map_or("demo.pcap".into(), |path| path.display().to_string());
    overview::print(&heard, &inventory(&heard, &space, false), &name, true, keep.is_none())?;
    if keep.is_none() {
        println!("\nNext:  stillwatch demo --keep demo.pcap       keep the capture, to look into it");
        println!("       stillwatch show demo.pcap fileserver01 --why");
        println!("       stillwatch FILE                        the same for a capture of yours");
    }
    Ok(finish(&heard))
}
