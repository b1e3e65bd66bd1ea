//! What the screens know: the box as the set-up service tells it, and what is to be asked.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use settings::{Hints, Item, Settings, item};
use wire::local::{Ask, Overview, Setting};

use super::layout::grid;
use super::wrap::Grid;
use crate::displays::Shape;

/// Who asked, and so who gets the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// The world itself.
    World,
    /// The screen on top.
    Screen,
}

/// What every screen may look at.
#[derive(Debug)]
pub struct World {
    /// The panel.
    pub shape: Shape,
    /// Left and Right are there.
    pub six: bool,
    /// Since the start.
    pub now: Duration,
    /// How everything stands, once it is known.
    pub overview: Option<Overview>,
    /// What is set.
    pub settings: Vec<Setting>,
    /// The set-up service does not answer.
    pub lost: bool,
    /// What is to be asked next, and for whom.
    pub asks: VecDeque<(Ask, For)>,
}

impl World {
    /// Nothing is known yet.
    pub fn new(shape: Shape, six: bool) -> World {
        World {
            shape,
            six,
            now: Duration::ZERO,
            overview: None,
            settings: Vec::new(),
            lost: false,
            asks: VecDeque::new(),
        }
    }

    /// How much text fits.
    pub fn grid(&self) -> Grid {
        grid(self.shape)
    }

    /// Asks for the screen on top.
    pub fn ask(&mut self, ask: Ask) {
        self.asks.push_back((ask, For::Screen));
    }

    /// Asks for news of the world.
    pub fn refresh(&mut self) {
        self.asks.push_back((Ask::Overview, For::World));
        self.asks.push_back((Ask::Settings, For::World));
    }

    /// A setting as the service told it.
    pub fn setting(&self, item: &Item) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.id == item.id)
    }

    /// Somebody set it.
    pub fn is_set(&self, item: &Item) -> bool {
        self.setting(item).is_some_and(|setting| setting.set)
    }

    /// The settings to start changing from. Secrets are blank.
    pub fn draft(&self) -> Settings {
        let mut draft = Settings::default();
        for setting in self.settings.iter().filter(|setting| setting.set) {
            if let Some(item) = item(&setting.id) {
                // What the service keeps is canonical: it reads back.
                let _ = draft.set(item, &setting.value);
            }
        }
        draft
    }

    /// What the network says of itself, for suggestions.
    pub fn hints(&self) -> Hints {
        let Some(overview) = &self.overview else { return Hints::default() };
        let management = &overview.management;
        let address = management.addresses.iter().find_map(|(address, _)| address.parse().ok());
        let gateway: Option<Ipv4Addr> = management.gateways.iter().find_map(|gateway| gateway.parse().ok());
        let dns: Vec<IpAddr> = management.dns.iter().filter_map(|server| server.parse().ok()).collect();
        Hints { address, gateway, dns, search: String::new() }
    }
}
