//! What the sensor endpoint asks of the platform: messages in, messages out.
//! TLS and HTTP are the api's; who speaks is given as the certificate shown.

use wire::{
    Batch, BatchReply, Confirm, ConfirmReply, Hello, HelloReply, RenewReply, RenewRequest, Sealed,
    SensorConfig, Start, StartReply, Status, StatusReply, WaitConfig,
};

use crate::error::{Result, absent};
use crate::platform::Platform;

/// A sensor whose certificate was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its id.
    pub sensor: String,
    /// Its certificate's time is over: it may only renew.
    pub expired: bool,
}

impl Platform {
    /// Who shows this certificate (DER; TLS has proved that it has the key).
    ///
    /// # Errors
    /// [`crate::Error::Denied`] when it is not of this platform, revoked, or its sensor was removed.
    pub fn caller(&self, certificate: &[u8]) -> Result<Caller> {
        let _ = certificate;
        absent()
    }

    /// First step of a registration; `source` is the address, for limits.
    ///
    /// # Errors
    /// [`crate::Error::TooOften`].
    pub fn register_start(&self, start: &Start, source: &str) -> Result<StartReply> {
        let _ = (start, source);
        absent()
    }

    /// Second step.
    ///
    /// # Errors
    /// [`crate::Error::Coded`] E12 when the proof is wrong, counted as a try.
    pub fn register_confirm(&self, confirm: &Confirm) -> Result<ConfirmReply> {
        let _ = confirm;
        absent()
    }

    /// Third step.
    ///
    /// # Errors
    /// [`crate::Error::Coded`].
    pub fn register_request(&self, sealed: &Sealed) -> Result<Sealed> {
        let _ = sealed;
        absent()
    }

    /// A sensor connects.
    ///
    /// # Errors
    /// When the store fails.
    pub fn hello(&self, caller: &Caller, hello: &Hello) -> Result<HelloReply> {
        let _ = (caller, hello);
        absent()
    }

    /// A batch; on return it is on disk.
    ///
    /// # Errors
    /// When the store fails; nothing was taken then.
    pub fn batch(&self, caller: &Caller, batch: &Batch) -> Result<BatchReply> {
        let _ = (caller, batch);
        absent()
    }

    /// The configuration of a sensor if it is another than it has; `None`: not yet.
    /// The caller asks again when [`Platform::on_configuration_change`] wakes it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn config_for(&self, caller: &Caller, wait: &WaitConfig) -> Result<Option<SensorConfig>> {
        let _ = (caller, wait);
        absent()
    }

    /// Calls this whenever a sensor's configuration has changed; it must return at once.
    pub fn on_configuration_change(&self, wake: Box<dyn Fn() + Send + Sync>) {
        let _ = wake;
    }

    /// How a sensor is doing.
    ///
    /// # Errors
    /// When the store fails.
    pub fn status(&self, caller: &Caller, status: Status) -> Result<StatusReply> {
        let _ = (caller, status);
        absent()
    }

    /// A successor of a certificate that is two thirds over, or over.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a request that cannot be read.
    pub fn renew(&self, caller: &Caller, request: &RenewRequest) -> Result<RenewReply> {
        let _ = (caller, request);
        absent()
    }
}
