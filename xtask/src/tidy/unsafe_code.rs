//! `unsafe` lives at the Linux edge and nowhere else, each with its reason.

use super::repo::Repo;
use super::source::lines_with;
use super::{Failure, Rule};

/// The rule.
pub const RULE: Rule =
    Rule { name: "unsafe", about: "unsafe only at the Linux edge, each with a SAFETY: line", check };

/// Where it may be.
const PLACES: &[&str] = &["firmware/capture/src/ring.rs", "firmware/sys/"];

/// How many lines above it the `SAFETY:` line may begin.
const ABOVE: usize = 6;

fn check(repo: &Repo) -> Vec<Failure> {
    let mut out = Vec::new();
    for file in repo.rust() {
        let lines: Vec<&str> = file.text().unwrap_or("").lines().collect();
        let allowed = PLACES.iter().any(|place| file.path.starts_with(place));
        for line in lines_with(&file.code, "unsafe") {
            let reasoned =
                lines[line.saturating_sub(ABOVE)..line].iter().any(|line| line.contains("SAFETY:"));
            if !allowed {
                let cure = "do it in safe Rust, or move it to firmware/sys behind a safe function";
                out.push(Failure::at(&file.path, line, "unsafe outside the Linux edge", cure));
            } else if !reasoned {
                let cure = "say above it why it is sound: // SAFETY: …";
                out.push(Failure::at(&file.path, line, "unsafe without a reason", cure));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad() {
        let count = |path: &str, text: &str| check(&Repo::sample(&[(path, text)])).len();
        let reasoned = "// SAFETY: the ring is mapped\nunsafe { a() }\n";
        assert_eq!(count("firmware/capture/src/ring.rs", reasoned), 0);
        assert_eq!(count("firmware/sys/src/lib.rs", "\nunsafe { a() }\n"), 1);
        assert_eq!(count("firmware/flow/src/lib.rs", reasoned), 1);
        assert_eq!(count("firmware/flow/src/lib.rs", "#![forbid(unsafe_code)] // no unsafe\n"), 0);
    }
}
