//! The sensors: made, led, removed.

use crate::error::{Result, absent};
use crate::platform::Platform;
use crate::views::{NewSensor, SensorView};

impl Platform {
    /// All sensors by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sensors(&self) -> Result<Vec<SensorView>> {
        absent()
    }

    /// One sensor by id.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn sensor(&self, id: &str) -> Result<SensorView> {
        let _ = id;
        absent()
    }

    /// Makes a sensor and its first code. The code's text is given back once
    /// and never again.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a name that is taken or of a wrong form, an unknown network, hours out of bounds.
    pub fn new_sensor(&self, new: &NewSensor, by: &str) -> Result<(SensorView, String)> {
        let _ = (new, by);
        absent()
    }

    /// Another code: for a sensor that has not registered yet, or to replace its
    /// hardware. Codes issued before are revoked.
    ///
    /// # Errors
    /// [`crate::Error::Missing`], [`crate::Error::Invalid`].
    pub fn new_code(&self, sensor: &str, hours: u32, by: &str) -> Result<String> {
        let _ = (sensor, hours, by);
        absent()
    }

    /// Takes a code back.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn revoke_code(&self, sensor: &str, code: &str, by: &str) -> Result<()> {
        let _ = (sensor, code, by);
        absent()
    }

    /// Pauses or resumes sensing.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn pause(&self, sensor: &str, paused: bool, by: &str) -> Result<()> {
        let _ = (sensor, paused, by);
        absent()
    }

    /// Removes a sensor: its certificate is revoked, its assets stay.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn deregister(&self, sensor: &str, by: &str) -> Result<()> {
        let _ = (sensor, by);
        absent()
    }

    /// Of two lines of one sensor, this is the one to go on; the others end.
    ///
    /// # Errors
    /// [`crate::Error::Missing`].
    pub fn choose_line(&self, sensor: &str, epoch: &str, by: &str) -> Result<()> {
        let _ = (sensor, epoch, by);
        absent()
    }
}
