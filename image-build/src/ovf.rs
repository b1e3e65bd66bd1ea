//! The description of the virtual machine that an OVA carries (DMTF DSP0243 1.1).
//!
//! The vApp properties are the settings themselves: class and key of a property, joined by
//! a dot, are a setting's id, so that what a person fills in while importing is what the
//! appliance reads (`firmware/setup`, `docs/setup.md`). Every value is empty: one that stood there as a default would
//! count as filled in, and go before what a disc beside the machine says.

use std::collections::BTreeMap;
use std::fmt::Write;

use board::{Board, Role};
use settings::{ITEMS, Kind, REGISTRATION_CODE};

/// Namespaces of the document.
const SPACES: &str = r#"xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf""#;

/// Networks that whoever imports maps to those of the hypervisor.
const NETWORKS: [(&str, &str); 2] = [
    ("Management", "Where the appliance reaches the platform."),
    ("Mirrored", "Where mirrored traffic arrives; the port group must be promiscuous."),
];

/// What the document tells of the disk.
#[derive(Clone, Copy, Debug)]
pub struct Disk<'a> {
    /// Name of the VMDK.
    pub file: &'a str,
    /// Its bytes.
    pub size: u64,
    /// Of the disk inside, in MiB.
    pub capacity_mib: u64,
}

/// Everything the document is made of.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    /// The board.
    pub board: &'a Board,
    /// The product's version.
    pub version: &'a str,
    /// Virtual hardware: `11` is ESXi 6.0.
    pub hardware: u8,
    /// The disk.
    pub disk: Disk<'a>,
}

/// The document.
pub fn write(machine: &Machine<'_>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let Disk { file, size, capacity_mib } = machine.disk;
    line(&mut out, 0, &format!("<Envelope {SPACES}>"));
    line(&mut out, 1, "<References>");
    line(&mut out, 2, &format!("<File ovf:id=\"file1\" ovf:href=\"{}\" ovf:size=\"{size}\"/>", escape(file)));
    line(&mut out, 1, "</References>");
    line(&mut out, 1, "<DiskSection>");
    line(&mut out, 2, "<Info>Virtual disks</Info>");
    line(
        &mut out,
        2,
        &format!(
            "<Disk ovf:diskId=\"disk1\" ovf:fileRef=\"file1\" ovf:capacity=\"{capacity_mib}\" \
             ovf:capacityAllocationUnits=\"byte * 2^20\" \
             ovf:format=\"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized\"/>"
        ),
    );
    line(&mut out, 1, "</DiskSection>");
    line(&mut out, 1, "<NetworkSection>");
    line(&mut out, 2, "<Info>Networks</Info>");
    for (name, about) in NETWORKS {
        line(&mut out, 2, &format!("<Network ovf:name=\"{name}\">"));
        line(&mut out, 3, &format!("<Description>{about}</Description>"));
        line(&mut out, 2, "</Network>");
    }
    line(&mut out, 1, "</NetworkSection>");
    line(&mut out, 1, "<VirtualSystem ovf:id=\"stillwatch\">");
    line(&mut out, 2, "<Info>A passive network sensor</Info>");
    line(&mut out, 2, "<Name>stillwatch</Name>");
    line(&mut out, 2, "<OperatingSystemSection ovf:id=\"100\" vmw:osType=\"other3xLinux64Guest\">");
    line(&mut out, 3, "<Info>Guest operating system</Info>");
    line(&mut out, 2, "</OperatingSystemSection>");
    hardware(&mut out, machine);
    properties(&mut out, machine.version);
    line(&mut out, 1, "</VirtualSystem>");
    line(&mut out, 0, "</Envelope>");
    out
}

fn hardware(out: &mut String, machine: &Machine<'_>) {
    let Machine { board, hardware, .. } = machine;
    line(out, 2, "<VirtualHardwareSection ovf:transport=\"iso com.vmware.guestInfo\">");
    line(out, 3, "<Info>Virtual hardware</Info>");
    line(out, 3, "<System>");
    for (key, value) in [
        ("ElementName", "Virtual Hardware Family"),
        ("InstanceID", "0"),
        ("VirtualSystemIdentifier", "stillwatch"),
        ("VirtualSystemType", &format!("vmx-{hardware:02}")),
    ] {
        line(out, 4, &format!("<vssd:{key}>{value}</vssd:{key}>"));
    }
    line(out, 3, "</System>");
    let (cpus, memory) = (board.machine.cpus, board.machine.memory_mib);
    let (cpu, ram) = (format!("{cpus} virtual processors"), format!("{memory} MiB of memory"));
    let (cpus, memory) = (cpus.to_string(), memory.to_string());
    // Elements of an item stand in the order of their names: the schema wants it.
    item(
        out,
        &[
            ("AllocationUnits", "hertz * 10^6"),
            ("ElementName", &cpu),
            ("InstanceID", "1"),
            ("ResourceType", "3"),
            ("VirtualQuantity", &cpus),
        ],
    );
    item(
        out,
        &[
            ("AllocationUnits", "byte * 2^20"),
            ("ElementName", &ram),
            ("InstanceID", "2"),
            ("ResourceType", "4"),
            ("VirtualQuantity", &memory),
        ],
    );
    item(
        out,
        &[
            ("Address", "0"),
            ("ElementName", "SCSI controller 0"),
            ("InstanceID", "3"),
            ("ResourceSubType", "VirtualSCSI"),
            ("ResourceType", "6"),
        ],
    );
    item(
        out,
        &[
            ("AddressOnParent", "0"),
            ("ElementName", "Hard disk 1"),
            ("HostResource", "ovf:/disk/disk1"),
            ("InstanceID", "4"),
            ("Parent", "3"),
            ("ResourceType", "17"),
        ],
    );
    // Settings on an ISO image need a drive.
    item(
        out,
        &[
            ("Address", "0"),
            ("ElementName", "SATA controller 0"),
            ("InstanceID", "5"),
            ("ResourceSubType", "vmware.sata.ahci"),
            ("ResourceType", "20"),
        ],
    );
    item(
        out,
        &[
            ("AddressOnParent", "0"),
            ("AutomaticAllocation", "false"),
            ("ElementName", "CD/DVD drive 1"),
            ("InstanceID", "6"),
            ("Parent", "5"),
            ("ResourceSubType", "vmware.cdrom.remotepassthrough"),
            ("ResourceType", "15"),
        ],
    );
    for (number, network) in networks(board).into_iter().enumerate() {
        let (slot, id) = ((7 + number).to_string(), (7 + number).to_string());
        let name = format!("Network adapter {}", number + 1);
        item(
            out,
            &[
                ("AddressOnParent", &slot),
                ("AutomaticAllocation", "true"),
                ("Connection", network),
                ("ElementName", &name),
                ("InstanceID", &id),
                ("ResourceSubType", "VmxNet3"),
                ("ResourceType", "10"),
            ],
        );
    }
    let config = |key: &str, value: &str| {
        format!("<vmw:Config ovf:required=\"false\" vmw:key=\"{key}\" vmw:value=\"{value}\"/>")
    };
    let extra = |key: &str, value: &str| {
        format!("<vmw:ExtraConfig ovf:required=\"false\" vmw:key=\"{key}\" vmw:value=\"{value}\"/>")
    };
    line(out, 3, &config("firmware", "efi"));
    line(out, 3, &config("tools.syncTimeWithHost", "false"));
    // Nothing is booted from a network, and no port asks there for anything.
    line(out, 3, &extra("bios.bootDeviceClasses", "allow:hd"));
    for number in 0..board.machine.ports {
        line(out, 3, &extra(&format!("ethernet{number}.opromsize"), "0"));
    }
    line(out, 2, "</VirtualHardwareSection>");
}

/// The network of each port: the first rule that names a port by its number decides.
fn networks(board: &Board) -> Vec<&'static str> {
    let ports = vec![board::Port { driver: "vmxnet3", place: "" }; usize::from(board.machine.ports)];
    let rules = board::PortRule::assign(&board.ports, &ports);
    let speaks = |rule: &Option<&board::PortRule>| rule.is_some_and(|rule| rule.role == Role::Management);
    rules.iter().map(|rule| NETWORKS[usize::from(!speaks(rule))].0).collect()
}

fn item(out: &mut String, elements: &[(&str, &str)]) {
    line(out, 3, "<Item>");
    for (key, value) in elements {
        line(out, 4, &format!("<rasd:{key}>{}</rasd:{key}>", escape(value)));
    }
    line(out, 3, "</Item>");
}

/// A property of the vApp.
struct Property {
    key: String,
    label: String,
    help: String,
    secret: bool,
    choices: Vec<&'static str>,
}

fn properties(out: &mut String, version: &str) {
    let mut classes: BTreeMap<&str, Vec<Property>> = BTreeMap::new();
    // In the order in which every face asks; classes keep that of their first setting.
    let (class, key) = split(REGISTRATION_CODE);
    let mut order: Vec<&str> = vec![class];
    classes.insert(
        class,
        vec![Property {
            key: key.into(),
            label: "PERSONALIZATION CODE".into(),
            help:
                "16 digits from the platform's page of sensors. It is good once and registers this appliance."
                    .into(),
            secret: true,
            choices: Vec::new(),
        }],
    );
    for setting in ITEMS {
        let (class, key) = split(setting.id);
        if !order.contains(&class) {
            order.push(class);
        }
        let choices = match setting.kind {
            Kind::Choice(choices) => choices.iter().map(|choice| choice.value).collect(),
            Kind::Text(..) => Vec::new(),
        };
        classes.entry(class).or_default().push(Property {
            key: key.into(),
            label: setting.label.into(),
            help: help(setting),
            secret: setting.secret,
            choices,
        });
    }
    for class in order {
        line(out, 2, &format!("<ProductSection ovf:class=\"{class}\" ovf:required=\"false\">"));
        line(out, 3, "<Info>Settings of the appliance; blank leaves one alone</Info>");
        line(out, 3, "<Product>Stillwatch</Product>");
        line(out, 3, &format!("<Version>{}</Version>", escape(version)));
        line(out, 3, &format!("<Category>{class}</Category>"));
        for property in &classes[class] {
            self::property(out, property);
        }
        line(out, 2, "</ProductSection>");
    }
}

/// Class and key of an id.
fn split(id: &str) -> (&str, &str) {
    id.split_once('.').unwrap_or(("setting", id))
}

/// What a setting is, and what holds while it is blank.
fn help(setting: &settings::Item) -> String {
    match setting.default {
        "" => format!("{} Blank leaves it alone.", setting.help),
        default => format!("{} Blank leaves it alone; a new appliance has {default}.", setting.help),
    }
}

fn property(out: &mut String, property: &Property) {
    let mut head = format!(
        "<Property ovf:key=\"{}\" ovf:type=\"string\" ovf:userConfigurable=\"true\" ovf:value=\"\"",
        property.key
    );
    if property.secret {
        head += " ovf:password=\"true\"";
    }
    if !property.choices.is_empty() {
        // Blank is a choice too, or a client would refuse the value that stands there.
        let words =
            [""].iter().chain(&property.choices).map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>();
        let _ = write!(head, " ovf:qualifiers=\"{}\"", escape(&format!("ValueMap{{{}}}", words.join(","))));
    }
    line(out, 3, &format!("{head}>"));
    line(out, 4, &format!("<Label>{}</Label>", escape(&property.label)));
    line(out, 4, &format!("<Description>{}</Description>", escape(&property.help)));
    line(out, 3, "</Property>");
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{:1$}{text}", "", depth * 2);
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::Document;

    fn sample() -> String {
        let board = board::boards().board("virtual-esxi").unwrap();
        let disk = Disk { file: "a.vmdk", size: 1, capacity_mib: 16_384 };
        write(&Machine { board: &board, version: "0.1.0 & more", hardware: 11, disk })
    }

    #[test]
    fn every_setting_is_a_property_by_its_id() {
        let text = sample();
        let document = Document::parse(&text).unwrap();
        let named =
            |name: &'static str| document.descendants().filter(move |node| node.tag_name().name() == name);
        let attribute = |node: &roxmltree::Node<'_, '_>, name: &str| {
            node.attributes().find(|one| one.name() == name).map(|one| one.value().to_owned())
        };
        let mut ids: Vec<String> = named("Property")
            .map(|node| {
                let class = attribute(&node.parent().unwrap(), "class").unwrap();
                format!("{class}.{}", attribute(&node, "key").unwrap())
            })
            .collect();
        ids.sort();
        let mut wanted: Vec<String> = ITEMS.iter().map(|item| item.id.into()).collect();
        wanted.push("registration.code".into());
        wanted.sort();
        assert_eq!(ids, wanted);
        for node in named("Property") {
            let id = format!(
                "{}.{}",
                attribute(&node.parent().unwrap(), "class").unwrap(),
                attribute(&node, "key").unwrap()
            );
            let secret = settings::item(&id).is_none_or(|item| item.secret);
            assert_eq!(attribute(&node, "password").is_some(), secret, "{id}");
            // What is filled in here goes before a disc.
            assert_eq!(attribute(&node, "value").as_deref(), Some(""), "{id}");
            let choices = attribute(&node, "qualifiers");
            assert!(choices.is_none_or(|choices| choices.starts_with("ValueMap{\"\",\"")), "{id}");
        }
    }

    #[test]
    fn two_ports_or_more_and_nothing_from_the_network() {
        let text = sample();
        let document = Document::parse(&text).unwrap();
        let texts = |name: &str| -> Vec<String> {
            let nodes = document.descendants().filter(|node| node.tag_name().name() == name);
            nodes.filter_map(|node| node.text().map(Into::into)).collect()
        };
        assert_eq!(texts("Connection"), ["Management", "Mirrored"]);
        assert_eq!(texts("ResourceSubType").iter().filter(|kind| *kind == "VmxNet3").count(), 2);
        let ids = texts("InstanceID");
        assert!((0..ids.len()).all(|at| !ids[at + 1..].contains(&ids[at])), "{ids:?}");
        assert_eq!(texts("VirtualSystemType"), ["vmx-11"]);
        for words in ["vmw:key=\"firmware\" vmw:value=\"efi\"", "ethernet1.opromsize", "com.vmware.guestInfo"]
        {
            assert!(text.contains(words), "{words}");
        }
    }
}
