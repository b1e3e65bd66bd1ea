//! Builds what tests start, once for all of them: no machine is switched on.

use super::{Drill, Options};
use crate::vm::{APPLIANCE, images};

/// The drill.
pub const DRILL: Drill =
    Drill { name: "images", about: "images: builds what tests and drills start, and starts nothing", run };

fn run(options: &Options) -> Result<(), String> {
    let boards = board::boards();
    let names: Vec<&str> =
        boards.names().filter(|name| options.board.as_deref().is_none_or(|wanted| wanted == *name)).collect();
    let built = images(APPLIANCE, &names)?;
    built.iter().for_each(|image| println!("{}", image.board.name));
    Ok(())
}
