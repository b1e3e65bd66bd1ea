//! The verbs, one file each.

mod assets;
mod check;
mod columns;
mod completions;
mod console;
mod demo;
mod flows;
mod image;
mod overview;
mod panel;
mod platform;
#[cfg(target_os = "linux")]
mod ports;
mod register;
mod rules;
mod run;
mod schema;
mod serve;
mod setup;
mod show;
mod who;

use ::assets::Inventory;
use sense::Learned;

use crate::args::{Cli, Space, Verb};
use crate::exit::{Exit, Failure};
use crate::read::Heard;

pub use console::Console;
pub use demo::Demo;
pub use image::Image;
pub use panel::Panel;
pub use platform::Platform;
pub use register::Register;
pub use run::Run;
pub use serve::Serve;
pub use setup::Setup;

/// Product and version, as sensors say them.
pub const VERSION: &str = concat!("stillwatch ", env!("CARGO_PKG_VERSION"));

/// Runs the verb.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.verb {
        Verb::Overview { input, tables, all } => {
            tables.put()?;
            overview::run(&input, all)
        }
        Verb::Assets { input, tables, format, all, query, sort } => {
            tables.put()?;
            assets::run(&input, &format, all, &query, sort)
        }
        Verb::Show { file, asset, why, json, tables, space } => {
            tables.put()?;
            show::run(file, &asset, why, json, &space)
        }
        Verb::Flows { input, tables, format, top, all } => {
            tables.put()?;
            flows::run(&input, &format, top, all)
        }
        Verb::Who { file, address, space } => who::run(file, &address, &space),
        Verb::Check { input, json, fail_on } => check::run(&input, json, fail_on),
        Verb::Rules { what } => rules::run(&what),
        Verb::Schema { what } => schema::run(what),
        Verb::Demo(demo) => demo::run(&demo),
        Verb::Serve(serve) => serve::run(&serve),
        Verb::Platform(platform) => platform::run(&platform),
        Verb::Image(what) => image::run(&what),
        Verb::Register(register) => register::run(&register),
        Verb::Console(args) => Ok(console::run(args)),
        Verb::Setup(setup) => setup::run(&setup),
        Verb::Panel(panel) => panel::run(&panel),
        Verb::Run(run) => run::run(&run),
        #[cfg(target_os = "linux")]
        Verb::Ports { json, release } => ports::run(json, release.as_deref()),
        Verb::Completions { shell } => completions::run(shell),
    }
}

/// Makes sense of what was heard.
fn inventory(heard: &Heard, space: &Space, observations: bool) -> Inventory {
    let learned = match space.internal.is_empty() {
        true => Learned::new(&heard.report.intervals),
        false => Learned::default(),
    };
    let zone = |_, ip| match heard.zones.place(ip).zone {
        zones::Zone::External if learned.contains(ip) => ::assets::Zone::Inventoried,
        zones::Zone::Excluded => ::assets::Zone::Excluded,
        zones::Zone::Inventoried => ::assets::Zone::Inventoried,
        zones::Zone::NonInventoried => ::assets::Zone::NonInventoried,
        zones::Zone::MonitoredExternal => ::assets::Zone::MonitoredExternal,
        zones::Zone::External => ::assets::Zone::External,
    };
    let networks = heard.zones.all_networks().map(|one| (one.id, one.name.clone())).collect();
    let identity = identity::Config {
        domains: space.domain.iter().cloned().collect(),
        excluded_hostnames: space.exclude_hostname.iter().cloned().collect(),
        ..identity::Config::default()
    };
    let config =
        ::assets::Config { identity, zone: &zone, networks, observations, ..::assets::Config::default() };
    let input = ::assets::Input {
        intervals: &heard.report.intervals,
        conversations: &heard.report.conversations,
        assertions: &[],
    };
    ::assets::build(&input, &config)
}

/// The exit code of a run that worked, after what has to be said on standard error.
fn finish(heard: &Heard) -> Exit {
    for file in &heard.files {
        if let Some(damage) = &file.damage {
            anstream::eprintln!("stillwatch: {}: {damage}; everything before it was read.", file.name);
        }
    }
    if heard.interrupted {
        anstream::eprintln!("stillwatch: stopped by Ctrl-C; this is what was known by then.");
        return Exit::Interrupted;
    }
    if heard.damaged() { Exit::Partial } else { Exit::Ok }
}
