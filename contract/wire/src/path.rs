//! Where the sensor endpoint takes what (POST, `application/octet-stream`,
//! optionally `Content-Encoding: zstd`).

/// Registration, first step: [`crate::Start`] to [`crate::StartReply`]. No client certificate.
pub const START: &str = "/sensor/v1/register/start";
/// Registration, second step: [`crate::Confirm`] to [`crate::ConfirmReply`]. No client certificate.
pub const CONFIRM: &str = "/sensor/v1/register/confirm";
/// Registration, third step: [`crate::Sealed`] ([`crate::RegistrationRequest`]) to [`crate::Sealed`] ([`crate::Grant`]).
pub const REQUEST: &str = "/sensor/v1/register/request";
/// [`crate::Hello`] to [`crate::HelloReply`].
pub const HELLO: &str = "/sensor/v1/hello";
/// [`crate::Batch`] to [`crate::BatchReply`].
pub const BATCH: &str = "/sensor/v1/batch";
/// [`crate::WaitConfig`] to [`crate::SensorConfig`], or 204 when nothing changed in that time.
pub const CONFIG: &str = "/sensor/v1/config";
/// [`crate::Status`] to [`crate::StatusReply`].
pub const STATUS: &str = "/sensor/v1/status";
/// [`crate::RenewRequest`] to [`crate::RenewReply`]; the one call an expired certificate may make.
pub const RENEW: &str = "/sensor/v1/renew";
/// [`crate::System`] to [`crate::SystemReply`].
pub const SYSTEM: &str = "/sensor/v1/system";
/// GET, `BUNDLE` + 64 hexadecimal digits: the update bundle with that SHA-256 to sensors that it is
/// offered to. `Range: bytes=N-` goes on where a transfer was cut (RFC 9110 §14).
pub const BUNDLE: &str = "/sensor/v1/bundle/";
