//! `cargo xtask drill`: the long drills of the appliance's image; prints the tables of `docs/reliability.md`.

use std::process::ExitCode;

use e2e::drills::{DRILLS, Options};

fn help() -> String {
    let mut out = String::from(
        "cargo xtask drill NAME… [--board NAME] [--cuts N] [--seed N] [--keep DIR]\n\n\
         Machines run under QEMU without KVM. Images are built, or taken from the folder STILLWATCH_IMAGES.\n\n",
    );
    for drill in DRILLS {
        out += &format!("  {:10} {}\n", drill.name, drill.about);
    }
    out += "\n  --board NAME  instead of virtual-kvm; for `start`: this one instead of all\n  \
            --cuts N      disks made of each recording (400)\n  --boots N     of them started, and plugs really pulled (5)\n  \
            --seed N      what chance begins with (1)\n  --only TEXT   of the faults those that hold it: init:panic\n  --keep DIR    where transcripts and disks that failed are left (target/drill)\n";
    out
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (mut options, mut names) = (Options::default(), Vec::new());
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_default();
        match word.as_str() {
            "--board" => options.board = Some(value()),
            "--cuts" => options.cuts = value().parse().unwrap_or(options.cuts),
            "--boots" => options.boots = value().parse().unwrap_or(options.boots),
            "--seed" => options.seed = value().parse().unwrap_or(options.seed),
            "--only" => options.only = value(),
            "--keep" => options.keep = value().into(),
            "-h" | "--help" => {
                print!("{}", help());
                return ExitCode::SUCCESS;
            }
            _ => names.push(word),
        }
    }
    let wanted: Vec<_> = names.iter().map(|name| DRILLS.iter().find(|drill| drill.name == *name)).collect();
    if names.is_empty() || wanted.iter().any(Option::is_none) {
        eprint!("{}", help());
        return ExitCode::from(2);
    }
    if let Some(why) = e2e::vm::missing() {
        eprintln!("drill: {why}");
        return ExitCode::FAILURE;
    }
    for drill in wanted.into_iter().flatten() {
        println!("## {}\n", drill.about);
        if let Err(error) = (drill.run)(&options) {
            eprintln!("drill {}: {error}", drill.name);
            return ExitCode::FAILURE;
        }
        println!();
    }
    ExitCode::SUCCESS
}
