//! What the platform answers: plain data, one shape for pages, API and exports.

mod access;
mod asset;
mod configuration;
mod event;
mod fleet;
mod home;
mod rules;
mod sensor;
mod talk;

pub use access::{ApiKey, NewKey, Role, Session, User};
pub use asset::{
    AssetAnswer, AssetDetail, AssetPage, AssetQuery, AssetRow, Facet, HeardBy, Judgement, ManualValue,
};
pub use configuration::{Configuration, ConfigurationVersion, Heard, InternalGroup, NetworkMap, NetworkView};
pub use event::{Event, EventPage, Severity};
pub use fleet::{
    BundleView, CrashView, ImageView, ImagesView, NewRollout, RolloutMember, RolloutState, RolloutView,
    ShelfView, SystemView, UpdateView,
};
pub use home::{Checklist, Coverage, Home};
pub use rules::{RuleTableView, RulesView};
pub use sensor::{CodeState, CodeView, LineView, NewSensor, Point, SensorState, SensorView};
pub use talk::{TalkPage, TalkQuery, TalkView};
