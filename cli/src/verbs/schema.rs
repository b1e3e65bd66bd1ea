//! `stillwatch schema`: what the documents look like, for scripts.

use std::io::Write;

use crate::args::SchemaOf;
use crate::exit::{Exit, Failure};
use crate::out::{self, Columns};

/// Runs the verb.
pub fn run(what: SchemaOf) -> Result<Exit, Failure> {
    let mut to = out::open(None)?;
    match what {
        SchemaOf::Assets => json(&mut *to, &::assets::schema())?,
        SchemaOf::Flows => json(&mut *to, &::assets::conversation_schema())?,
        SchemaOf::Observations => {
            let mut table = Columns::new(&["FIELD", "OF", "PROTOCOL", "SPECIFICATION"], None);
            for protocol in dissect::PROTOCOLS {
                let info = protocol.info();
                for field in info.fields {
                    let scope = match field.scope {
                        model::Scope::Host => "host",
                        model::Scope::Service => "service",
                    };
                    table.row([field.key, scope, info.title, info.spec]);
                }
            }
            table.write(&mut *to)?;
        }
    }
    to.flush()?;
    Ok(Exit::Ok)
}

fn json(to: &mut dyn Write, schema: &serde_json::Value) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *to, schema).map_err(std::io::Error::from)?;
    writeln!(to)?;
    Ok(())
}
