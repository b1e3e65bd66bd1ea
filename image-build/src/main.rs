//! `cargo xtask image`: builds a board's image, signs and verifies it.

use std::process::ExitCode;

mod verbs;

use verbs::{HELP, Words};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "-h" || word == "--help") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let rest = || Words::new(words.iter().skip(1).cloned());
    let result = match words.first().map(String::as_str) {
        Some("keys") => verbs::keys::run(rest()),
        Some("sign") => verbs::sign::run(rest()),
        Some("verify") => verbs::verify::run(rest()),
        _ => verbs::build::run(Words::new(words.into_iter())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("image: {error:#}");
            ExitCode::FAILURE
        }
    }
}
