//! Kinds of events (`product.md` §6). Released: a kind never changes its meaning.

/// A registered sensor is not heard of.
pub(crate) const SENSOR_OFFLINE: &str = "sensor_offline";
/// 60 s of silence on a port.
pub(crate) const NO_TRAFFIC: &str = "no_traffic";
/// Frames are lost on a sensor.
pub(crate) const CAPTURE_LOSS: &str = "capture_loss";
/// Two hours without an inventoried asset.
pub(crate) const ASSET_REPORTING_STOPPED: &str = "asset_reporting_stopped";
/// A sensor showed a nonce that was replaced already.
pub(crate) const RESTORED_OR_CLONED: &str = "restored_or_cloned";
/// Two lines of one sensor go on.
pub(crate) const QUARANTINED: &str = "quarantined";
/// Reports were dropped because a spool was full.
pub(crate) const GAP: &str = "gap";
/// A batch could not be taken.
pub(crate) const REPORT_REJECTED: &str = "report_rejected";
/// Too many wrong tries at a code.
pub(crate) const CODE_VOID: &str = "code_void";
/// A certificate ends soon and is not renewed.
pub(crate) const CERTIFICATE_ENDING: &str = "certificate_ending";
/// A VM's port is an emulated one.
pub(crate) const DRIVER_CHANGE_REQUIRED: &str = "driver_change_required";
/// Two sensors inventory the same range.
pub(crate) const OVERLAPPING_RANGES: &str = "overlapping_ranges";
/// A sensor brings more new hosts in an hour than it may.
pub(crate) const TOO_MANY_NEW: &str = "too_many_new";
/// A bundle is here that is newer than what sensors run.
pub(crate) const UPDATE_AVAILABLE: &str = "update_available";
/// An update did not work; the version before runs again.
pub(crate) const UPDATE_ROLLED_BACK: &str = "update_rolled_back";
/// A sensor did not take a bundle.
pub(crate) const UPDATE_REFUSED: &str = "update_refused";
/// A roll-out stopped by itself.
pub(crate) const ROLLOUT_STOPPED: &str = "rollout_stopped";
/// A machine waits for a restart.
pub(crate) const REBOOT_REQUIRED: &str = "reboot_required";
/// A machine started again that was not told to: power, panic, watchdog.
pub(crate) const UNEXPECTED_RESTART: &str = "unexpected_restart";
/// A part of an appliance ended by itself and was started again.
pub(crate) const PART_CRASHED: &str = "part_crashed";
/// A rule pack was put in force.
pub(crate) const RULES_INSTALLED: &str = "rules_installed";
/// A rule pack was not taken, or is lost.
pub(crate) const RULES_REFUSED: &str = "rules_refused";
/// A rule pack was taken back.
pub(crate) const RULES_TAKEN_BACK: &str = "rules_taken_back";
/// An asset was not there before.
pub(crate) const NEW_ASSET: &str = "new_asset";
