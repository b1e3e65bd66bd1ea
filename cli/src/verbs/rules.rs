//! `stillwatch rules`: what reads values out of observations, and why.

use std::io::Write;

use fingerprint::{Rule, SOURCES};

use crate::args::Rules;
use crate::exit::{Exit, Failure};
use crate::out::{self, Columns};

/// Runs the verb.
pub fn run(what: &Rules) -> Result<Exit, Failure> {
    let mut to = out::open(None)?;
    match what {
        Rules::List { json: true } => {
            let all: Vec<_> = rules()
                .map(|(source, rule)| {
                    serde_json::json!({"id": rule.id, "source": source, "reads": rule.reads, "says": rule.says,
                        "weight": f64::from(rule.weight) / 1_000.0})
                })
                .collect();
            serde_json::to_writer_pretty(&mut to, &all).map_err(std::io::Error::from)?;
            writeln!(to)?;
        }
        Rules::List { json: false } => {
            let mut table = Columns::new(&["RULE", "READS", "WEIGHT", "SAYS"], out::width());
            table.whole(0);
            for (_, rule) in rules() {
                table.row([
                    rule.id.to_owned(),
                    rule.reads.to_owned(),
                    format!("{:.2}", f64::from(rule.weight) / 1_000.0),
                    rule.says.to_owned(),
                ]);
            }
            table.write(&mut *to)?;
        }
        Rules::Explain { id } => explain(id, &mut *to)?,
    }
    to.flush()?;
    Ok(Exit::Ok)
}

fn rules() -> impl Iterator<Item = (&'static str, &'static Rule)> {
    SOURCES.iter().flat_map(|source| source.rules().iter().map(|rule| (source.name(), rule)))
}

fn bare(id: &str) -> &str {
    id.split_once('@').map_or(id, |(name, _)| name)
}

fn explain(id: &str, to: &mut dyn Write) -> Result<(), Failure> {
    let Some((source, rule)) = rules().find(|(_, rule)| bare(rule.id) == bare(id)) else {
        let near: Vec<&str> = rules()
            .map(|(_, rule)| rule.id)
            .filter(|known| known.starts_with(id.split('-').next().unwrap_or(id)))
            .collect();
        let hint = if near.is_empty() {
            "`stillwatch rules list` shows all".into()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        return Err(Failure::Usage(format!("there is no rule '{id}'; {hint}")));
    };
    writeln!(to, "{}  (source {source})", rule.id)?;
    writeln!(to, "  reads:  {}", rule.reads)?;
    writeln!(to, "  says:   {}", rule.says)?;
    writeln!(
        to,
        "  weight: {:.2} at most; evidence adds up, contradiction counts against",
        f64::from(rule.weight) / 1_000.0
    )?;
    for field in rule.reads.split(", ") {
        let from = dissect::PROTOCOLS.iter().find(|p| p.info().fields.iter().any(|known| known.key == field));
        if let Some(protocol) = from {
            writeln!(to, "  {field} is read from {} ({})", protocol.info().title, protocol.info().spec)?;
        }
    }
    Ok(())
}
