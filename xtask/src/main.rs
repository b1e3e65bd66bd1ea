//! `cargo xtask`: the chores of the project as one small program.
//! A task = one file + one line in [`TASKS`]; help is made from that list.

mod captures;
mod chores;
mod data_import;
mod new;
mod score;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

/// One task.
struct Task {
    /// Word on the command line.
    name: &'static str,
    /// What follows it.
    args: &'static str,
    /// What it does, in a line.
    about: &'static str,
    /// Does it; gets what followed its name.
    run: fn(&[String]) -> Result<()>,
}

/// Every task, in the order of the help.
const TASKS: &[Task] = &[
    Task {
        name: "tidy",
        args: "[RULE…]",
        about: "check the rules of the house; each failure says what to do",
        run: |args| tidy::run(&root(), args),
    },
    Task {
        name: "new",
        args: "protocol NAME",
        about: "write the files of a new protocol from a tested template",
        run: |args| new::run(&root(), args),
    },
    Task {
        name: "data-import",
        args: "[NAME]",
        about: "make the tables of registry data again",
        run: data_import::run,
    },
    Task {
        name: "test",
        args: "[STAGE…]",
        about: "install what the tests need, then run every stage of ci/",
        run: |args| chores::test(&root(), args),
    },
    Task {
        name: "bench",
        args: "[--help | ARG…]",
        about: "speed and memory against the floor, in one run",
        run: |args| chores::program(&root(), "stillwatch-bench", "image", args),
    },
    Task {
        name: "fuzz",
        args: "[--help | --seconds N | --protocol NAME …]",
        about: "hunt for faults in everything that reads bytes",
        run: |args| chores::program(&root(), "stillwatch-fuzz", "fuzz", args),
    },
    Task {
        name: "image",
        args: "[--help | --board NAME [--keys DIR] [--out DIR] | --list | --move-lock | keys … | rules … | sign … | verify …]",
        about: "build a board's image, the same bytes every time, or a rule pack; sign, and verify",
        run: |args| chores::program(&root(), "stillwatch-image-build", "release", args),
    },
    Task {
        name: "drill",
        args: "[--help | NAME… [--board NAME] [--cuts N] …]",
        about: "start, break and unplug the appliance under QEMU; prints figures",
        run: |args| chores::program(&root(), "stillwatch-e2e", "dev", args),
    },
    Task {
        name: "score",
        args: score::ARGS,
        about: "compare our answer with every NAME.expected.json in a folder",
        run: |args| score::run(&root(), args),
    },
    Task {
        name: "captures",
        args: captures::ARGS,
        about: "read every capture in a folder: exit codes, damage, time, memory",
        run: |args| captures::run(&root(), args),
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let wanted = args.first().map_or("help", String::as_str);
    if ["help", "-h", "--help"].contains(&wanted) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(task) = TASKS.iter().find(|task| task.name == wanted) else {
        eprintln!("xtask: there is no task {wanted}\n\n{}", help());
        return ExitCode::from(2);
    };
    let asks = |arg: &String| arg == "-h" || arg == "--help";
    // Tasks that wrap a program leave help to it.
    if args.iter().any(asks) && !task.args.contains("--help") {
        println!("cargo xtask {} {}\n\n  {}", task.name, task.args, task.about);
        return ExitCode::SUCCESS;
    }
    match (task.run)(&args[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {}: {error:#}", task.name);
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut out = String::from("cargo xtask TASK …\n\n");
    for task in TASKS {
        out += &format!("  {} {}\n      {}\n", task.name, task.args, task.about);
    }
    out
}

/// Root of the repository: the folder above this crate's.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}
