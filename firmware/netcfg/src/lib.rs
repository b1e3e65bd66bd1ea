//! The management network: DHCP, addresses, routes, resolver, time.
#![forbid(unsafe_code)]
