//! What can go wrong where an operator stands: one table for panel, console,
//! web and API, the same code and the same words everywhere.

use core::fmt;

use serde::{Deserialize, Serialize};

/// An operator-facing fault (`setup.md` §4). The number is what people read out
/// on the telephone: a released one never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum ErrorCode {
    /// The port has no carrier.
    NoLink = 1,
    /// No DHCP server answered.
    NoLease = 2,
    /// Another host answers for the address.
    AddressInUse = 3,
    /// The gateway does not answer.
    GatewaySilent = 4,
    /// The name of the platform or proxy could not be resolved.
    DnsFailed = 5,
    /// A connection was refused or timed out.
    Blocked = 6,
    /// The proxy will not connect.
    ProxyRefused = 7,
    /// The proxy wants a user and password, or other ones.
    ProxyLogin = 8,
    /// The certificate shown is not the platform's: somebody opens TLS on the way.
    NotTrusted = 9,
    /// The clock is too far off to judge certificates.
    ClockOff = 10,
    /// The platform answered with an error of its own.
    Platform = 11,
    /// The personalization code is wrong: digits or id.
    CodeUnknown = 12,
    /// The code has registered another box.
    CodeUsed = 13,
    /// The code's time is over.
    CodeExpired = 14,
    /// Too many wrong tries.
    CodeLocked = 15,
    /// No frame arrives on a sniffing port.
    NoTraffic = 16,
    /// Only one direction of conversations arrives.
    OneWay = 17,
    /// Frames are lost.
    Loss = 18,
    /// The disk is full or failing.
    Disk = 19,
    /// The update failed; the version before it runs.
    UpdateFailed = 20,
}

impl ErrorCode {
    /// All of them, by number.
    pub const ALL: [ErrorCode; 20] = [
        ErrorCode::NoLink,
        ErrorCode::NoLease,
        ErrorCode::AddressInUse,
        ErrorCode::GatewaySilent,
        ErrorCode::DnsFailed,
        ErrorCode::Blocked,
        ErrorCode::ProxyRefused,
        ErrorCode::ProxyLogin,
        ErrorCode::NotTrusted,
        ErrorCode::ClockOff,
        ErrorCode::Platform,
        ErrorCode::CodeUnknown,
        ErrorCode::CodeUsed,
        ErrorCode::CodeExpired,
        ErrorCode::CodeLocked,
        ErrorCode::NoTraffic,
        ErrorCode::OneWay,
        ErrorCode::Loss,
        ErrorCode::Disk,
        ErrorCode::UpdateFailed,
    ];

    /// 1 to 20.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// What is wrong, at most 16 characters: fits a line of a 2x16 panel.
    pub const fn words(self) -> &'static str {
        match self {
            ErrorCode::NoLink => "no link",
            ErrorCode::NoLease => "no DHCP lease",
            ErrorCode::AddressInUse => "address in use",
            ErrorCode::GatewaySilent => "gateway silent",
            ErrorCode::DnsFailed => "DNS failed",
            ErrorCode::Blocked => "blocked",
            ErrorCode::ProxyRefused => "proxy refused",
            ErrorCode::ProxyLogin => "proxy login",
            ErrorCode::NotTrusted => "not trusted",
            ErrorCode::ClockOff => "clock is off",
            ErrorCode::Platform => "platform error",
            ErrorCode::CodeUnknown => "code unknown",
            ErrorCode::CodeUsed => "code used",
            ErrorCode::CodeExpired => "code expired",
            ErrorCode::CodeLocked => "code locked",
            ErrorCode::NoTraffic => "no traffic",
            ErrorCode::OneWay => "mirror one-way",
            ErrorCode::Loss => "packets lost",
            ErrorCode::Disk => "disk full or bad",
            ErrorCode::UpdateFailed => "update failed",
        }
    }

    /// What to do, in one sentence.
    pub const fn remedy(self) -> &'static str {
        match self {
            ErrorCode::NoLink => "Check the cable and the switch port.",
            ErrorCode::NoLease => "Check the DHCP server or set a static address.",
            ErrorCode::AddressInUse => "Another host has this address: choose a free one.",
            ErrorCode::GatewaySilent => "Check the gateway's address, the VLAN and the cable.",
            ErrorCode::DnsFailed => "Check the DNS servers and the name.",
            ErrorCode::Blocked => "Allow outbound TCP to the platform in the firewall, or set the proxy.",
            ErrorCode::ProxyRefused => "Allow CONNECT to the platform's name and port on the proxy.",
            ErrorCode::ProxyLogin => "Set the proxy's user and password (Basic; NTLM is not supported).",
            ErrorCode::NotTrusted => "Exempt the platform's name from TLS inspection, or set the right CA.",
            ErrorCode::ClockOff => "Set an NTP server that can be reached.",
            ErrorCode::Platform => "Try again later; the platform's log says more.",
            ErrorCode::CodeUnknown => "Check the digits; a new code is made under Sensors.",
            ErrorCode::CodeUsed => "A code registers one box: make a new one, or a replacement code.",
            ErrorCode::CodeExpired => "Make a new code under Sensors.",
            ErrorCode::CodeLocked => "Wait 15 minutes, or make a new code.",
            ErrorCode::NoTraffic => "Check the mirror session's destination port and that it is enabled.",
            ErrorCode::OneWay => "Mirror both directions (rx and tx) of the source ports.",
            ErrorCode::Loss => "Mirror less, or move to a larger sensor.",
            ErrorCode::Disk => "Make room, or replace the disk.",
            ErrorCode::UpdateFailed => "The log names the reason; try the next version.",
        }
    }
}

/// `E09 not trusted`.
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:02} {}", self.number(), self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_code_has_its_number_and_fits_the_panel() {
        for (at, code) in ErrorCode::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(code.number()), at + 1);
            assert!(code.words().len() <= 16, "{code}");
            assert!(code.remedy().ends_with('.'), "{code}");
        }
        assert_eq!(ErrorCode::NotTrusted.to_string(), "E09 not trusted");
    }
}
