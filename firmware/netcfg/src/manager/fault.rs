//! What is wrong, in the words of the table: the first cause hides what follows from it.

use std::net::IpAddr;
use std::time::Duration;

use model::ErrorCode;

use super::state::{How, State};
use crate::arp::{self, Mac};
use crate::error::{Error, Fault};
use crate::nd;
use crate::seen::Interface;

/// E01: without the interface, or without a cable.
pub(super) fn link(name: &str, interface: Option<&Interface>) -> Option<Fault> {
    let words = match interface {
        None => format!("there is no interface {name}"),
        Some(one) if !one.link.up() => format!("{name} is switched off"),
        Some(one) if !one.link.carrier => format!("{name} has no carrier"),
        Some(_) => return None,
    };
    Some(Fault::new(ErrorCode::NoLink, words))
}

/// E03: another host has an address.
pub(super) fn in_use(ip: IpAddr, by: Option<Mac>) -> Fault {
    let words = match by {
        Some(mac) => format!("{ip} belongs to {mac}"),
        None => format!("{ip} belongs to another host"),
    };
    Fault::new(ErrorCode::AddressInUse, words)
}

/// E02: nobody gives an address.
pub(super) fn no_lease(name: &str, why: &str) -> Fault {
    Fault::new(ErrorCode::NoLease, format!("{why} at {name}"))
}

/// Asks the gateway; see [`super::Manager::check_gateway`].
pub(super) fn check_gateway(state: &State, patience: Duration) -> Result<(), Error> {
    if !state.link {
        return Err(Fault::new(ErrorCode::NoLink, format!("{} has no carrier", state.interface)).into());
    }
    let asked = format!("cannot ask the gateway at {}", state.interface);
    let mut silent = Vec::new();
    for gateway in &state.gateways {
        let there = match gateway {
            IpAddr::V4(gateway) => {
                let own = state.addresses.iter().find_map(|held| match held.ip {
                    IpAddr::V4(own) if held.how != How::LinkLocal => Some(own),
                    _ => None,
                });
                let Some(own) = own else { continue };
                arp::reaches(&state.interface, own, *gateway, patience).map(|mac| mac.is_some())
            }
            IpAddr::V6(gateway) => nd::reaches(&state.interface, *gateway, patience),
        };
        match there {
            // One way out is enough.
            Ok(true) => return Ok(()),
            Ok(false) => silent.push(gateway.to_string()),
            Err(error) => return Err(Error::machine(asked)(error)),
        }
    }
    if silent.is_empty() {
        return Ok(());
    }
    let words = format!("{} does not answer at {}", silent.join(" and "), state.interface);
    Err(Fault::new(ErrorCode::GatewaySilent, words).into())
}
