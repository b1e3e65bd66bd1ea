//! The idle rotation, and the lights.

use std::time::Duration;

use wire::local::Standing;

use super::facts;
use super::view::View;
use super::world::World;
use crate::displays::{Led, Leds, Shape};

/// How long a page of the rotation stays.
const TURN: Duration = Duration::from_secs(4);
const LOST: &str = "no answer from the set-up service";

/// The page of the rotation that is shown after it has gone on for so long.
pub fn view(world: &World, since: Duration) -> View {
    let turn = (since.as_millis() / TURN.as_millis()) as usize;
    let Some(overview) = &world.overview else {
        let what = if world.lost { LOST } else { "starting" };
        return View::turning("STILLWATCH", vec![what.into()], turn);
    };
    if world.lost {
        return View::turning("STILLWATCH", vec![LOST.into()], turn);
    }
    // Pixels have room for a heading that stays.
    let title = match world.shape {
        Shape::Pixels { .. } => overview.platform.standing.words().to_uppercase(),
        Shape::Characters { .. } => String::new(),
    };
    View::Page { title, text: facts::idle(overview), page: turn, turns: true }
}

/// Platform, mirror, loss, link: green is well, amber wants a look, red is broken, dark is
/// not known.
pub fn leds(world: &World) -> Leds {
    let Some(overview) = world.overview.as_ref().filter(|_| !world.lost) else { return Leds::default() };
    let platform = match overview.platform.standing {
        Standing::Online => Led::Green,
        Standing::Unregistered => Led::Amber,
        Standing::Offline | Standing::Quarantined | Standing::Deregistered => Led::Red,
    };
    let mirror = match (&overview.sensing, overview.findings.is_empty()) {
        (None, _) => Led::Off,
        (_, true) => Led::Green,
        (_, false) => Led::Amber,
    };
    let lost: u64 = overview.ports.iter().flat_map(|sniffing| sniffing.port.lost).sum();
    let loss = match (&overview.sensing, lost) {
        (None, _) => Led::Off,
        (_, 0) => Led::Green,
        (_, _) => Led::Amber,
    };
    let link = if overview.management.link { Led::Green } else { Led::Red };
    [platform, mirror, loss, link]
}
