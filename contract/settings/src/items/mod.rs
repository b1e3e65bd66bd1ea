//! All settings, in the order in which every face asks for them.

use crate::item::Item;

pub mod log_server;
pub mod network_address;
pub mod network_dns1;
pub mod network_dns2;
pub mod network_dns3;
pub mod network_gateway;
pub mod network_hostname;
pub mod network_ipv6;
pub mod network_ipv6_address;
pub mod network_ipv6_gateway;
pub mod network_link;
pub mod network_mode;
pub mod network_mtu;
pub mod network_routes;
pub mod network_search;
pub mod network_vlan;
pub mod panel_pin;
pub mod platform_address;
pub mod ports_labels;
pub mod ports_roles;
pub mod proxy_bypass;
pub mod proxy_ca;
pub mod proxy_host;
pub mod proxy_kind;
pub mod proxy_password;
pub mod proxy_port;
pub mod proxy_user;
pub mod time_ntp;
pub mod time_zone;

/// Every setting. A new one is its file and its line here.
pub static ITEMS: &[&Item] = &[
    &network_mode::ITEM,
    &network_address::ITEM,
    &network_gateway::ITEM,
    &network_dns1::ITEM,
    &network_dns2::ITEM,
    &network_dns3::ITEM,
    &network_search::ITEM,
    &network_vlan::ITEM,
    &network_ipv6::ITEM,
    &network_ipv6_address::ITEM,
    &network_ipv6_gateway::ITEM,
    &network_mtu::ITEM,
    &network_link::ITEM,
    &network_hostname::ITEM,
    &network_routes::ITEM,
    &proxy_kind::ITEM,
    &proxy_host::ITEM,
    &proxy_port::ITEM,
    &proxy_user::ITEM,
    &proxy_password::ITEM,
    &proxy_ca::ITEM,
    &proxy_bypass::ITEM,
    &time_ntp::ITEM,
    &time_zone::ITEM,
    &log_server::ITEM,
    &platform_address::ITEM,
    &ports_roles::ITEM,
    &ports_labels::ITEM,
    &panel_pin::ITEM,
];

/// The setting of an id.
pub fn item(id: &str) -> Option<&'static Item> {
    ITEMS.iter().copied().find(|item| item.id == id)
}
