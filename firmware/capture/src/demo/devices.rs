//! Who is there.

use std::net::Ipv4Addr;

use super::scene::{Device, Stack};

/// The router's side in the office, and in the plant.
pub(super) const ROUTER: Device =
    Device { ttl: 255, ..Device::office([0, 0xa6, 0xca, 0x10, 0, 1], 1, Stack::Embedded) };
/// See [`ROUTER`].
pub(super) const ROUTER_PLANT: Device =
    Device { ttl: 255, ..Device::plant([0, 0xa6, 0xca, 0x10, 0, 2], 1, Stack::Embedded) };
/// The access switch.
pub(super) const SWITCH: Device = Device::office([0, 0xa6, 0xca, 0x20, 0, 0x80], 2, Stack::Embedded);

/// DNS and DHCP server.
pub(super) const NAMES: Device = Device::office([0, 0x0c, 0x29, 0x51, 0x00, 0x0a], 10, Stack::Linux);
/// File server with Windows Server.
pub(super) const FILES: Device = Device::office([0xa4, 0xbb, 0x6d, 0, 0, 0x1c], 11, Stack::Windows);
/// Web and SSH server.
pub(super) const WEB: Device = Device::office([0, 0x50, 0x56, 0x51, 0, 0x0c], 12, Stack::Linux);
/// Uninterruptible power supply.
pub(super) const UPS: Device = Device::office([0, 0xc0, 0xb7, 0x33, 0x44, 0x55], 20, Stack::Embedded);

/// Windows 10 computers: host name and device.
pub(super) const COMPUTERS: [(&str, Device); 6] = [
    ("DESKTOP-7Q2M9KD", Device::office([0xa4, 0xbb, 0x6d, 0x11, 0, 1], 51, Stack::Windows)),
    ("DESKTOP-F04TT1R", Device::office([0xa4, 0xbb, 0x6d, 0x11, 0, 2], 52, Stack::Windows)),
    ("LAPTOP-8HJ3KLM2", Device::office([0x3c, 0xd9, 0x2b, 0x11, 0, 3], 53, Stack::Windows)),
    ("LAPTOP-QX77PA0E", Device::office([0x3c, 0xd9, 0x2b, 0x11, 0, 4], 54, Stack::Windows)),
    ("RECEPTION-PC", Device::office([0xa4, 0xbb, 0x6d, 0x11, 0, 5], 55, Stack::Windows)),
    ("MEETING-PC", Device::office([0xa4, 0xbb, 0x6d, 0x11, 0, 6], 56, Stack::Windows)),
];
/// A MacBook.
pub(super) const MACBOOK: Device = Device::office([0x3c, 0x22, 0xfb, 0x5a, 0x10, 0x20], 57, Stack::Apple);

/// A printer.
pub(super) const PRINTER: Device = Device::office([0x3c, 0xd9, 0x2b, 0x40, 0, 7], 40, Stack::Embedded);
/// An Apple TV.
pub(super) const APPLE_TV: Device = Device::office([0xd0, 0x03, 0x4b, 0x61, 0x62, 0x63], 60, Stack::Apple);
/// A Chromecast.
pub(super) const CHROMECAST: Device = Device::office([0x54, 0x60, 0x09, 0x0c, 0x0c, 0x01], 61, Stack::Linux);
/// A smart TV.
pub(super) const TELEVISION: Device = Device::office([0x8c, 0x79, 0xf5, 0x7e, 0x1e, 0x01], 62, Stack::Linux);
/// A network camera.
pub(super) const CAMERA: Device = Device::office([0xac, 0xcc, 0x8e, 0xca, 0x3e, 0x2a], 63, Stack::Linux);

/// An iPhone with its own MAC, one with a private one.
pub(super) const IPHONES: [Device; 2] = [
    Device::office([0x90, 0xdd, 0x5d, 0x1a, 0x2b, 0x3c], 80, Stack::Apple),
    Device::office([0x5e, 0x7a, 0x31, 0x90, 0x42, 0x11], 81, Stack::Apple),
];
/// An Android phone with its own MAC.
pub(super) const ANDROID: Device = Device::office([0xf8, 0x0f, 0xf9, 0x21, 0x43, 0x65], 82, Stack::Linux);
/// An Android phone that changes its private MAC in between.
pub(super) const ROTATING: [Device; 2] = [
    Device::office([0xda, 0x15, 0x6c, 0x02, 0x8f, 0x31], 84, Stack::Linux),
    Device::office([0x46, 0xe0, 0x9b, 0x7d, 0x53, 0x08], 85, Stack::Linux),
];
/// IP phones.
pub(super) const DESK_PHONES: [Device; 2] = [
    Device::office([0x00, 0x1e, 0xf7, 0x88, 0x41, 0x01], 90, Stack::Embedded),
    Device::office([0x80, 0x5e, 0xc0, 0x46, 0x46, 0x02], 91, Stack::Linux),
];

/// PLC that speaks Modbus.
pub(super) const MODBUS_PLC: Device =
    Device::plant([0x00, 0x80, 0xf4, 0x0e, 0x51, 0x01], 11, Stack::Embedded);
/// S7-1500.
pub(super) const S7: Device = Device::plant([0x28, 0x63, 0x36, 0x15, 0x11, 0xaa], 12, Stack::Embedded);
/// Controller that speaks EtherNet/IP.
pub(super) const LOGIX: Device = Device::plant([0x00, 0x1d, 0x9c, 0xc1, 0x56, 0x01], 13, Stack::Embedded);
/// PROFINET devices: station name and device.
pub(super) const STATIONS: [(&str, Device); 2] = [
    ("et200sp-line1", Device::plant([0x28, 0x63, 0x36, 0xe2, 0x00, 0x01], 21, Stack::Embedded)),
    ("et200sp-line2", Device::plant([0x28, 0x63, 0x36, 0xe2, 0x00, 0x02], 22, Stack::Embedded)),
];
/// Engineering station with Windows.
pub(super) const ENGINEERING: Device = Device::plant([0xa4, 0xbb, 0x6d, 0x30, 0, 1], 50, Stack::Windows);

/// A server on the Internet, as seen behind the router.
pub(super) const fn outside(host: u8) -> Device {
    let ip = Ipv4Addr::new(203, 0, 113, host);
    Device { mac: ROUTER.mac, ip, vlan: None, stack: Stack::Linux, ttl: 54 }
}
