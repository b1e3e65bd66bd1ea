//! Thresholds that only go up: `xtask/score/thresholds.toml`.
//!
//! ```toml
//! [mac]
//! recall = 0.95
//! precision = 0.98
//! ```

use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::Outcome;

/// Compares an outcome with the file.
///
/// # Errors
/// When a row is below its threshold, or the file cannot be read.
pub fn check(path: &Path, outcome: &Outcome) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let below = below(&text, outcome)?;
    if !below.is_empty() {
        bail!("below the thresholds of {}:\n  {}", path.display(), below.join("\n  "));
    }
    println!("\nno row is below its threshold");
    Ok(())
}

fn below(text: &str, outcome: &Outcome) -> Result<Vec<String>> {
    let table: Table = text.parse().context("not TOML")?;
    let mut out = Vec::new();
    for (row, wanted) in &table {
        let Some(tally) = outcome.rows.get(row.as_str()) else { bail!("there is no row {row}") };
        for (name, have) in [("recall", tally.recall()), ("precision", tally.precision())] {
            let least = wanted.get(name).and_then(|least| match least {
                Value::Float(least) => Some(*least),
                Value::Integer(least) => Some(*least as f64),
                _ => None,
            });
            let (Some(least), Some(have)) = (least, have) else { continue };
            if have < least {
                out.push(format!("{row}: {name} {have:.4}, at least {least} wanted"));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::tally::Tally;
    use super::*;

    #[test]
    fn tells_what_fell() {
        let mut tally = Tally::new("a", "mac");
        tally.hit();
        tally.miss("x", "y", "", 0);
        let outcome = Outcome { rows: [("mac", tally)].into(), ..Outcome::default() };
        assert!(below("[mac]\nrecall = 0.5\nprecision = 1\n", &outcome).unwrap().is_empty());
        assert_eq!(below("[mac]\nrecall = 0.6\n", &outcome).unwrap().len(), 1);
        assert!(below("[nothing]\nrecall = 1\n", &outcome).is_err());
    }
}
