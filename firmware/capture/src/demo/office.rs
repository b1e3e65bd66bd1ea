//! The office: computers, telephones, and what hangs on the wall.

use super::devices::*;
use super::dhcp::{self, Client};
use super::discovery::{self, Announcement};
use super::scene::{Device, Scene, Side};
use crate::payload::{
    MOBILE, OPENSSL, SCHANNEL, TlsClient, client_hello, dns_answer, dns_query, server_hello,
};

/// Option 55 of Windows 10.
const WINDOWS: Client<'_> = Client {
    hostname: "",
    vendor_class: "MSFT 5.0",
    wants: &[1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252],
    max_size: 0,
    sends_fqdn: true,
};
const APPLE: Client<'_> = Client {
    hostname: "iPhone",
    vendor_class: "",
    wants: &[1, 121, 3, 6, 15, 108, 114, 119, 252],
    max_size: 1_500,
    sends_fqdn: false,
};
const ANDROID_13: Client<'_> = Client {
    hostname: "Pixel-7",
    vendor_class: "android-dhcp-13",
    wants: &[1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114, 108],
    max_size: 1_500,
    sends_fqdn: false,
};

/// Plays the office's part.
pub(super) fn play(scene: &mut Scene) {
    computers(scene);
    phones(scene);
    desk_phones(scene);
    printer(scene);
    screens(scene);
}

/// Looks a name up, and asks the server it leads to with TLS.
pub(super) fn https(
    scene: &mut Scene,
    ms: u64,
    client: &Device,
    name: &str,
    server: &Device,
    tls: &TlsClient,
) {
    look_up(scene, ms, client, name, server);
    let nonce = scene.nonce();
    let hello = client_hello(tls, name, &nonce);
    let mut answer = server_hello(tls, &nonce);
    // Change cipher spec, and encrypted data either way.
    let sealed = |length: u16, nonce: &[u8; 32]| {
        let mut out = vec![23, 3, 3];
        out.extend(length.to_be_bytes());
        out.extend(nonce.iter().cycle().take(length.into()));
        out
    };
    answer.extend([20, 3, 3, 0, 1, 1]);
    answer.extend(sealed(520, &nonce));
    let request = sealed(180, &nonce);
    let body = sealed(380, &nonce);
    let talk: [(Side, &[u8]); 4] =
        [(Side::Client, &hello), (Side::Server, &answer), (Side::Client, &request), (Side::Server, &body)];
    scene.tcp(ms + 20, client, server, 443, &talk);
}

/// Looks a name up and asks the server it leads to without encryption.
pub(super) fn http(
    scene: &mut Scene,
    ms: u64,
    client: &Device,
    (name, path): (&str, &str),
    server: &Device,
    agent: &str,
    answer: &str,
) {
    look_up(scene, ms, client, name, server);
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n");
    let talk: [(Side, &[u8]); 2] = [(Side::Client, request.as_bytes()), (Side::Server, answer.as_bytes())];
    scene.tcp(ms + 20, client, server, 80, &talk);
}

fn look_up(scene: &mut Scene, ms: u64, client: &Device, name: &str, server: &Device) {
    let (id, port) = (scene.number() as u16, scene.port());
    let question = dns_query(id, name, 1);
    let answer = dns_answer(id, name, server.ip.into(), 300);
    scene.ask(ms, client, &NAMES, (port, 53), [&question, &answer]);
}

/// An answer with a body of plain text.
pub(super) fn page(server: &str, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const SITES: [(&str, u8); 6] = [
    ("www.example.com", 21),
    ("mail.example.com", 22),
    ("cdn.example.net", 23),
    ("login.example.org", 24),
    ("files.example.org", 25),
    ("update.example.net", 26),
];

fn computers(scene: &mut Scene) {
    for (n, (name, device)) in (0..).zip(&COMPUTERS) {
        let begin = 1_000 + n * 3_100;
        dhcp::lease(scene, begin, device, &Client { hostname: name, ..WINDOWS });
        scene.arp(begin + 1_200, device, &ROUTER);
        scene.arp(begin + 1_210, device, &NAMES);
        let probe = ("www.msftconnecttest.com", "/connecttest.txt");
        let answer = page("Microsoft-IIS/10.0", "text/plain", "Microsoft Connect Test");
        http(scene, begin + 1_300, device, probe, &outside(10), "Microsoft NCSI", &answer);
        discovery::nbns(scene, begin + 1_500, device, name, 0x00, false);
        discovery::nbns(scene, begin + 1_510, device, name, 0x20, false);
        discovery::nbns(scene, begin + 1_520, device, "OFFICE", 0x00, true);
        // Workstation, server, NT workstation.
        let announcement = Announcement { name, workgroup: "OFFICE", version: (10, 0), server_type: 0x1003 };
        discovery::browser(scene, begin + 2_500, device, &announcement);
        // Work: one site every twelve seconds, each at its own time.
        for (visit, (site, host)) in (0..10).zip(SITES.iter().cycle().skip(n as usize)) {
            https(scene, begin + 4_000 + visit * 12_300 + n * 450, device, site, &outside(*host), &SCHANNEL);
        }
    }
    let begin = 4_400;
    let mac = Client {
        hostname: "macbook-pro",
        max_size: 1_500,
        wants: &[1, 121, 3, 6, 15, 108, 114, 119, 252, 95, 44, 46],
        ..APPLE
    };
    dhcp::lease(scene, begin, &MACBOOK, &mac);
    scene.arp(begin + 1_200, &MACBOOK, &ROUTER);
    let info = ("macbook-pro", "_device-info._tcp", 0, "macbook-pro");
    discovery::service(scene, begin + 2_000, &MACBOOK, info, &["model=MacBookPro18,3", "osxvers=23"]);
    for visit in 0..8 {
        https(scene, begin + 3_000 + visit * 15_000, &MACBOOK, "www.example.com", &outside(21), &MOBILE);
    }
}

fn phones(scene: &mut Scene) {
    for (n, phone) in (0..).zip(&IPHONES) {
        let begin = 12_000 + n * 9_000;
        dhcp::lease(scene, begin, phone, &APPLE);
        scene.arp(begin + 1_100, phone, &ROUTER);
        let body = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";
        let probe = ("captive.apple.com", "/hotspot-detect.html");
        let answer = page("CFNetwork", "text/html", body);
        http(scene, begin + 1_300, phone, probe, &outside(11), "CaptiveNetworkSupport-481 wispr", &answer);
        for visit in 0..6 {
            https(scene, begin + 3_000 + visit * 17_000, phone, "gateway.icloud.com", &outside(12), &MOBILE);
        }
    }
    // One phone stays; the other comes back under another MAC.
    let [before, after] = &ROTATING;
    for (begin, phone, visits) in [(18_000, &ANDROID, 5), (22_000, before, 3), (100_000, after, 2)] {
        let hostname = if phone.mac == ANDROID.mac { "Pixel-7" } else { "Galaxy-A54" };
        dhcp::lease(scene, begin, phone, &Client { hostname, ..ANDROID_13 });
        scene.arp(begin + 1_100, phone, &ROUTER);
        let agent = "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A.230805.001)";
        let agent = if hostname == "Pixel-7" {
            agent
        } else {
            "Dalvik/2.1.0 (Linux; U; Android 13; SM-A546B Build/TP1A.220624.014)"
        };
        let answer = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
        let probe = ("connectivitycheck.gstatic.com", "/generate_204");
        http(scene, begin + 1_300, phone, probe, &outside(13), agent, answer);
        for visit in 0..visits {
            https(scene, begin + 2_500 + visit * 13_000, phone, "play.googleapis.com", &outside(14), &MOBILE);
        }
    }
}

fn desk_phones(scene: &mut Scene) {
    let [cisco, yealink] = &DESK_PHONES;
    let first = Client {
        hostname: "SEP001EF7884101",
        vendor_class: "Cisco Systems, Inc. IP Phone CP-8841",
        wants: &[1, 66, 6, 3, 15, 150, 35],
        max_size: 0,
        sends_fqdn: false,
    };
    let second = Client {
        hostname: "SIP-T46U",
        vendor_class: "yealink",
        wants: &[1, 3, 6, 12, 15, 28, 42, 43, 66, 120, 125],
        max_size: 0,
        sends_fqdn: false,
    };
    for (begin, phone, client) in [(1_500, cisco, first), (2_300, yealink, second)] {
        dhcp::lease(scene, begin, phone, &client);
        scene.arp(begin + 1_100, phone, &ROUTER);
    }
    for ms in [30_000, 90_000] {
        https(scene, ms, yealink, "pbx.example.com", &outside(30), &OPENSSL);
    }
}

fn printer(scene: &mut Scene) {
    let client = Client {
        hostname: "HP-LJ-M404",
        vendor_class: "Hewlett-Packard JetDirect",
        wants: &[6, 3, 1, 15, 66, 67, 13, 44, 12, 81, 252],
        max_size: 0,
        sends_fqdn: false,
    };
    dhcp::lease(scene, 3_000, &PRINTER, &client);
    let texts = [
        "txtvers=1",
        "rp=ipp/print",
        "ty=HP LaserJet Pro M404dn",
        "product=(HP LaserJet Pro M404dn)",
        "usb_MFG=HP",
        "usb_MDL=HP LaserJet Pro M404dn",
        "pdl=application/pdf,image/pwg-raster",
    ];
    for ms in [5_000, 66_000, 127_000] {
        let name = ("HP LaserJet Pro M404dn [400007]", "_ipp._tcp", 631, "HP-LJ-M404");
        discovery::service(scene, ms, &PRINTER, name, &texts);
    }
    let (_, reception) = &COMPUTERS[4];
    scene.arp(39_000, reception, &PRINTER);
    let body = "<html><head><title>HP LaserJet Pro M404dn</title></head></html>";
    let server = "HP HTTP Server; HP LaserJet Pro M404dn - W1A53A; Serial Number: VNB0000000";
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
    let answer = page(server, "text/html", body);
    http(scene, 39_200, reception, ("hp-lj-m404.office.example.com", "/"), &PRINTER, agent, &answer);
}

fn screens(scene: &mut Scene) {
    for ms in [7_000, 70_000, 135_000] {
        let name = ("Meeting room", "_airplay._tcp", 7_000, "Apple-TV");
        let texts = ["deviceid=D0:03:4B:61:62:63", "model=AppleTV11,1", "srcvers=760.20.1", "osvers=17.4"];
        discovery::service(scene, ms, &APPLE_TV, name, &texts);
        let name = ("Chromecast-0c0c01", "_googlecast._tcp", 8_009, "0c0c01");
        let texts = ["id=00000000000000000000000000c0c01a", "ve=05", "md=Chromecast", "fn=Lobby", "st=0"];
        discovery::service(scene, ms + 900, &CHROMECAST, name, &texts);
        let name = ("AXIS P3245-V - ACCC8ECA3E2A", "_axis-video._tcp", 80, "axis-accc8eca3e2a");
        discovery::service(scene, ms + 1_300, &CAMERA, name, &["macaddress=ACCC8ECA3E2A"]);
        let server = "Samsung-Linux/4.1, UPnP/1.0, Samsung_UPnP_SDK/1.0";
        for (n, kind) in [
            (0, "urn:schemas-upnp-org:device:MediaRenderer:1"),
            (1, "urn:schemas-upnp-org:service:AVTransport:1"),
        ] {
            let location = "http://10.20.0.62:9197/dmr";
            discovery::ssdp(
                scene,
                ms + 2_000 + n * 10,
                &TELEVISION,
                server,
                location,
                kind,
                "7e1e0001-0000-4000-8000-8c79f57e1e01",
            );
        }
    }
    for (ms, screen) in [(6_500, &APPLE_TV), (6_900, &CHROMECAST), (7_300, &TELEVISION), (7_700, &CAMERA)] {
        scene.announce(ms, screen);
        scene.arp(ms + 1_500, screen, &ROUTER);
        https(scene, ms + 2_000, screen, "time.example.net", &outside(40), &OPENSSL);
    }
    // A computer reads what the television is.
    let (_, meeting) = &COMPUTERS[5];
    scene.arp(74_000, meeting, &TELEVISION);
    let body = "<?xml version=\"1.0\"?>\n<root xmlns=\"urn:schemas-upnp-org:device-1-0\"><specVersion><major>1</major><minor>0</minor></specVersion>\
        <device><deviceType>urn:schemas-upnp-org:device:MediaRenderer:1</deviceType><friendlyName>TV lobby</friendlyName>\
        <manufacturer>Samsung Electronics</manufacturer><modelDescription>Samsung TV DMR</modelDescription><modelName>QE55Q60A</modelName>\
        <modelNumber>AllShare1.0</modelNumber><UDN>uuid:7e1e0001-0000-4000-8000-8c79f57e1e01</UDN></device></root>";
    let request =
        "GET /dmr HTTP/1.1\r\nHost: 10.20.0.62:9197\r\nUser-Agent: Microsoft-Windows/10.0 UPnP/1.0\r\n\r\n";
    let answer = page("Samsung-Linux/4.1, UPnP/1.0, Samsung_UPnP_SDK/1.0", "text/xml", body);
    let talk: [(Side, &[u8]); 2] = [(Side::Client, request.as_bytes()), (Side::Server, answer.as_bytes())];
    scene.tcp(74_010, meeting, &TELEVISION, 9_197, &talk);
}
