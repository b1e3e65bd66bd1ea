//! Attributes with the evidence behind them and the candidates that lost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Stamp;

/// One attribute (`os`, `model`, …) as it was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attribute {
    /// Stable name.
    pub name: String,
    /// What won.
    pub value: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Who decided: `auto`.
    pub set_by: String,
    /// True when a user has fixed it.
    pub locked: bool,
    /// The service it is of, for attributes of services.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub port: Option<u16>,
    /// What speaks for it, heaviest first.
    pub evidence: Vec<Evidence>,
    /// What else was proposed, strongest first.
    pub candidates: Vec<Candidate>,
}

/// One observation that a rule read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Protocol (`smb`).
    pub proto: String,
    /// Field within it (`dialect`).
    pub field: String,
    /// The value heard.
    pub raw: String,
    /// Id and version of the rule.
    pub rule: String,
    /// Weight the rule gives it, 0 to 1.
    pub weight: f64,
    /// Port of the service it was heard on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub port: Option<u16>,
    /// How often it was heard.
    pub count: u64,
    /// When.
    pub first_seen: Stamp,
    /// See `first_seen`.
    pub last_seen: Stamp,
    /// Number (from 1) of the frame it was first heard in, 0 when unknown.
    pub frame: u64,
}

/// A value that was proposed and lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The value.
    pub value: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Why it lost, in words.
    pub lost_because: String,
    /// What speaks for it, heaviest first.
    pub evidence: Vec<Evidence>,
}
