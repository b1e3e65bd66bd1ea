//! `cargo xtask image`: builds a board's image, signs and verifies it.

use std::process::ExitCode;

use image_build::verbs;

fn main() -> ExitCode {
    match verbs::run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("image: {error:#}");
            ExitCode::FAILURE
        }
    }
}
