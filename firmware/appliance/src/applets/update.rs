//! Updates: what the platform offers is installed, what runs well is kept, and the platform hears of it.

use std::time::Duration;

use crate::beat::Heart;

/// Runs until PID 1 says stop.
pub fn run() -> Result<(), String> {
    super::end_when_told()?;
    let mut heart = Heart::of("update");
    loop {
        heart.beat();
        std::thread::sleep(Duration::from_secs(5));
    }
}
