//! `stillwatch register`: makes this machine a sensor of a platform.

use std::sync::Arc;

use clap::Args;
use model::PersonalizationCode;
use uplink::{Address, Route, System, Vault, World, register};

use crate::exit::{Exit, Failure};
use crate::way::{self, Way};

/// What registration needs.
#[derive(Debug, Args)]
pub struct Register {
    /// Personalization code as the platform shows it (dddd-dddd-dddd-dddd)
    pub code: String,
    /// The platform's address for sensors
    #[arg(long, value_name = "HOST:PORT")]
    pub platform: String,
    /// Register anew although this machine is a sensor already; its old identity is lost
    #[arg(long)]
    pub anew: bool,
    #[command(flatten)]
    pub way: Way,
}

/// Runs the verb.
pub fn run(args: &Register) -> Result<Exit, Failure> {
    let code: PersonalizationCode =
        args.code.parse().map_err(|wrong: model::NotACode| Failure::Usage(format!("the code: {wrong}")))?;
    let platform: Address = args
        .platform
        .parse()
        .map_err(|wrong: uplink::NotAnAddress| Failure::Usage(format!("--platform: {wrong}")))?;
    let route = Route { platform, proxy: args.way.proxy()? };
    let state = args.way.state();
    let vault = Vault::open(&state).map_err(|error| way::failure(&error))?;
    if !args.anew && vault.identity().map_err(|error| way::failure(&error))?.is_some() {
        return Err(Failure::Invalid(format!(
            "this machine is registered already (its identity is in {}); --anew gives it another one",
            state.display()
        )));
    }
    let world: Arc<dyn World> = Arc::new(System::default());
    let hardware = agent::hardware(super::VERSION);
    let (identity, config) =
        register(&code, &route, &hardware, &vault, &world).map_err(|error| way::failure(&error))?;
    println!("Registered as {} at {} ({}).", identity.name, identity.platform, identity.sensor);
    if config.zones.internal.is_empty() {
        println!(
            "No range is configured for it yet: the platform's page Configuration says which are heard."
        );
    }
    println!("Next:  stillwatch run -i IFACE      sense, and report to the platform");
    Ok(Exit::Ok)
}
