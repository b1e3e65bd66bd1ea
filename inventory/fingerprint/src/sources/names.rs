//! Names: of the host, of its domain, and what made-up names give away.
//!
//! Candidates for a host's name are ranked by who says it: the host to a DHCP
//! server or to its neighbours first, a certificate last.

use model::Interval;

use crate::attribute::Attribute::{Domain, Fqdn, Hostname, Location, Maker, Os, Role, Serial, Type};
use crate::candidate::{Candidate, Rule, Source};
use crate::tables::hostnames::form;

/// The source.
pub struct Names;

const fn named(id: &'static str, reads: &'static str, says: &'static str, weight: u16) -> Rule {
    Rule { id, reads, says, weight }
}

const FORM: Rule = named(
    "names-0020@1",
    "dhcp.hostname, dhcp.fqdn, dhcpv6.fqdn, nbns.name, mdns.hostname, llmnr.hostname, ntlm.computer, ntlm.dns_computer, ntlm.workstation, browser.hostname, cdp.device_id",
    "The name has a form that one installer or firmware makes up, with random digits.",
    450,
);
const USUAL: Rule = named(
    "names-0021@1",
    "dhcp.hostname, dhcp.fqdn, dhcpv6.fqdn, nbns.name, mdns.hostname, llmnr.hostname, ntlm.computer, ntlm.dns_computer, ntlm.workstation, browser.hostname, cdp.device_id",
    "The name starts like the ones a system proposes (iPhone, MacBook-Pro); people may choose it as well.",
    350,
);
const DOMAIN: Rule = named(
    "names-0030@1",
    "ntlm.dns_domain, ntlm.client_domain, dhcp.domain, cdp.vtp_domain",
    "The host or its DHCP server names the domain it is in.",
    600,
);
const WORKGROUP: Rule = named(
    "names-0031@1",
    "ntlm.domain, smb.domain, browser.workgroup, nbns.group",
    "The NetBIOS name of the Windows domain or workgroup.",
    500,
);
const MASTER: Rule = named(
    "names-0032@1",
    "nbns.name, nbns.group",
    "A NetBIOS suffix that only this role registers: 1b domain master browser, 1c domain controllers.",
    650,
);
const LOCATION: Rule = named(
    "names-0033@1",
    "snmp.syslocation",
    "Where its owner wrote that it stands (RFC 3418 sysLocation).",
    900,
);
const DEVICE_SERIAL: Rule = named(
    "names-0034@1",
    "cdp.device_id",
    "NX-OS and CatOS write the serial number in parentheses behind the name.",
    850,
);

/// One rule a field; the order is the ranking.
const HOST: [Rule; 15] = [
    named(
        "names-0001@1",
        "dhcp.hostname",
        "The client's own name in DHCP option 12 (RFC 2132 section 3.14).",
        930,
    ),
    named("names-0002@1", "dhcp.fqdn", "The client's own name in DHCP option 81 (RFC 4702).", 925),
    named("names-0003@1", "dhcpv6.fqdn", "The client's own name in DHCPv6 option 39 (RFC 4704).", 925),
    named(
        "names-0004@1",
        "nbns.name",
        "The NetBIOS name the host registered or answered for (RFC 1002).",
        920,
    ),
    named("names-0005@1", "browser.hostname", "The name the host announces to browsers of the network.", 915),
    named(
        "names-0006@1",
        "mdns.hostname",
        "The name of the host's own address record in multicast DNS (RFC 6762).",
        900,
    ),
    named("names-0007@1", "llmnr.hostname", "The name the host answered for in LLMNR (RFC 4795).", 880),
    named(
        "names-0008@1",
        "ntlm.computer, ntlm.dns_computer",
        "The computer's name in its NTLM challenge.",
        870,
    ),
    named("names-0009@1", "ntlm.workstation", "The workstation's name in the NTLM messages it sends.", 860),
    named("names-0010@1", "lldp.system_name", "The system name in LLDP.", 855),
    named("names-0011@1", "cdp.device_id, cdp.system_name", "The device id or system name in CDP.", 850),
    named("names-0012@1", "snmp.sysname", "The agent's sysName (RFC 3418).", 845),
    named("names-0013@1", "dns.update", "The host registers this name for itself (RFC 2136).", 840),
    named(
        "names-0014@1",
        "dns.name, dns.ptr",
        "A name server says that this name has the host's address; it may be one of many.",
        450,
    ),
    named(
        "names-0015@1",
        "tls.cert_cn",
        "The name in the certificate of a server on the host; it may be one of many.",
        310,
    ),
];

static RULES: [Rule; 22] = {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = HOST;
    [
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
        m,
        n,
        o,
        FORM,
        USUAL,
        DOMAIN,
        WORKGROUP,
        MASTER,
        LOCATION,
        DEVICE_SERIAL,
    ]
};

impl Source for Names {
    fn name(&self) -> &'static str {
        "names"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "dhcp.hostname",
            "dhcp.fqdn",
            "dhcp.domain",
            "dhcpv6.fqdn",
            "nbns.name",
            "nbns.group",
            "browser.hostname",
            "browser.workgroup",
            "mdns.hostname",
            "llmnr.hostname",
            "ntlm.computer",
            "ntlm.dns_computer",
            "ntlm.domain",
            "ntlm.dns_domain",
            "ntlm.workstation",
            "ntlm.client_domain",
            "smb.domain",
            "lldp.system_name",
            "cdp.device_id",
            "cdp.system_name",
            "cdp.vtp_domain",
            "snmp.sysname",
            "snmp.syslocation",
            "dns.name",
            "dns.ptr",
            "dns.update",
            "tls.cert_cn",
        ]
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn read(&self, of: &Interval, out: &mut Vec<Candidate>) {
        let value = of.value.trim();
        match of.field.as_ref() {
            "snmp.syslocation" => LOCATION.say(of, Location, value, out),
            "dhcp.domain" | "ntlm.dns_domain" | "ntlm.client_domain" | "cdp.vtp_domain" => {
                DOMAIN.say(of, Domain, value, out)
            }
            "ntlm.domain" | "smb.domain" | "browser.workgroup" => WORKGROUP.say(of, Domain, value, out),
            "nbns.group" | "nbns.name" => netbios(of, value, out),
            "cdp.device_id" => {
                // `switch(FOC0001X0YZ)`
                let (name, serial) = value.split_once('(').unwrap_or((value, ""));
                DEVICE_SERIAL.say(of, Serial, serial.trim_end_matches(')'), out);
                host(of, name, out);
            }
            _ => host(of, value, out),
        }
    }
}

/// `NAME<20>`: name and suffix (RFC 1001 section 14; the suffixes are Microsoft's).
fn netbios(of: &Interval, value: &str, out: &mut Vec<Candidate>) {
    let (name, suffix) = value.split_once('<').unwrap_or((value, ""));
    let suffix = suffix.trim_end_matches('>');
    let name = name.trim();
    if name.contains(['~', '*']) || name.starts_with("__") || name.contains("\\x") {
        return;
    }
    let group = of.field == "nbns.group";
    match suffix {
        "00" | "20" if !group => host(of, name, out),
        "1b" => {
            MASTER.say(of, Role, "domain master browser", out);
            WORKGROUP.say(of, Domain, name, out);
        }
        "1c" if group => {
            MASTER.say(of, Role, "domain controller", out);
            WORKGROUP.say(of, Domain, name, out);
        }
        "00" | "1e" if group => WORKGROUP.say(of, Domain, name, out),
        // 03 is the messenger's, which is the name of a user as often as of a host.
        _ => {}
    }
}

fn host(of: &Interval, name: &str, out: &mut Vec<Candidate>) {
    let name = name.trim_end_matches(['.', ' ', '$']);
    let Some(rule) = HOST.iter().find(|rule| rule.reads.split(", ").any(|field| field == of.field)) else {
        return;
    };
    if !plausible(name) {
        return;
    }
    let local = name
        .len()
        .checked_sub(6)
        .and_then(|cut| name.split_at_checked(cut))
        .filter(|(_, end)| end.eq_ignore_ascii_case(".local"));
    let name = local.map_or(name, |(name, _)| name);
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let of_dns = matches!(of.field.as_ref(), "dns.name" | "dns.ptr" | "tls.cert_cn");
    // Other people's records say little of what the host calls itself.
    if !of_dns {
        rule.say(of, Hostname, first, out);
    }
    if !rest.is_empty() {
        rule.say(of, Fqdn, name, out);
    }
    let reads = |rule: &Rule| rule.reads.split(", ").any(|field| field == of.field);
    let Some(form) = form(first).filter(|_| reads(&FORM)) else {
        return;
    };
    let rule = if form.made { &FORM } else { &USUAL };
    rule.say(of, Os, form.os, out);
    rule.say(of, Type, form.kind, out);
    rule.say(of, Maker, form.maker, out);
}

/// Not an address, not a placeholder, nothing that no name may contain.
fn plausible(name: &str) -> bool {
    let placeholder = ["localhost", "(none)", "unknown", "default", "none", "null", "workgroup"];
    let first = name.split('.').next().unwrap_or_default();
    !first.is_empty()
        && name.parse::<std::net::IpAddr>().is_err()
        && !name.contains(['*', '/', '\\', ':', '@', '<', '"', '='])
        && !name.ends_with(".arpa")
        && !placeholder.iter().any(|word| first.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn names_and_forms() {
        check(
            &Names,
            &[
                (
                    "dhcp.hostname",
                    "DESKTOP-A1B2C3D",
                    &["hostname=DESKTOP-A1B2C3D", "os=Windows 10/11", "type=workstation"],
                ),
                ("dhcp.fqdn", "pc7.corp.example.", &["hostname=pc7", "fqdn=pc7.corp.example"]),
                ("dhcpv6.fqdn", "pc7", &["hostname=pc7"]),
                ("nbns.name", "FILESRV<20>", &["hostname=FILESRV"]),
                ("nbns.name", "SOMEBODY<03>", &[]),
                ("nbns.group", "CORP<1c>", &["role=domain controller", "domain=CORP"]),
                ("nbns.group", "\\x01\\x02__MSBROWSE__\\x02<01>", &[]),
                ("browser.hostname", "FILESRV", &["hostname=FILESRV"]),
                ("browser.workgroup", "CORP", &["domain=CORP"]),
                (
                    "mdns.hostname",
                    "iPhone.local",
                    &["hostname=iPhone", "os=iOS", "type=phone", "maker=Apple"],
                ),
                ("llmnr.hostname", "pc7", &["hostname=pc7"]),
                ("ntlm.dns_computer", "srv.corp.example", &["hostname=srv", "fqdn=srv.corp.example"]),
                ("ntlm.dns_domain", "corp.example", &["domain=corp.example"]),
                ("ntlm.workstation", "PC7", &["hostname=PC7"]),
                ("lldp.system_name", "sw-1", &["hostname=sw-1"]),
                ("cdp.device_id", "n5k(SSI00000001)", &["serial=SSI00000001", "hostname=n5k"]),
                (
                    "cdp.device_id",
                    "SEP001122334455",
                    &["hostname=SEP001122334455", "type=voip phone", "maker=Cisco"],
                ),
                ("snmp.sysname", "ups-1", &["hostname=ups-1"]),
                ("snmp.syslocation", "Hall 3, rack 7", &["location=Hall 3, rack 7"]),
                ("dns.update", "pc7.corp.example", &["hostname=pc7", "fqdn=pc7.corp.example"]),
                ("dns.name", "www.example.com", &["fqdn=www.example.com"]),
                ("dns.ptr", "1.2.0.192.in-addr.arpa", &[]),
                ("tls.cert_cn:443", "www.example.com", &["fqdn=www.example.com"]),
                ("tls.cert_cn:443", "192.0.2.1", &[]),
                ("dhcp.hostname", "localhost", &[]),
            ],
        );
    }
}
