//! The OVF environment (DMTF DSP0243 §9, DSP8027): what a hypervisor tells of the
//! vApp properties. A property's key is its class and key, `network.mode`: the
//! settings' own ids.

use roxmltree::{Document, ParsingOptions};
use settings::Change;

/// Elements and attributes that are read at most.
const NODES: u32 = 4_096;

/// What it sets.
///
/// # Errors
/// In words: it is no such document.
pub fn read(text: &str) -> Result<Vec<Change>, String> {
    // No DTD: no entity that grows.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| format!("no XML: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "Environment" {
        return Err(format!("it is no OVF environment but <{}>", root.tag_name().name()));
    }
    // Names alone are compared: hypervisors differ in the namespace's version. Sections
    // of other machines of the vApp stand in <Entity> and are not this one's.
    let sections = root.children().filter(|node| node.tag_name().name() == "PropertySection");
    let properties =
        sections.flat_map(|section| section.children()).filter(|node| node.tag_name().name() == "Property");
    let attribute = |node: &roxmltree::Node<'_, '_>, name: &str| {
        node.attributes().find(|one| one.name() == name).map(|one| one.value().to_owned())
    };
    Ok(properties.filter_map(|node| Some((attribute(&node, "key")?, attribute(&node, "value")?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1"
    xmlns:oe="http://schemas.dmtf.org/ovf/environment/1" oe:id="" >
  <PlatformSection><Kind>VMware ESXi</Kind><Version>8.0.2</Version></PlatformSection>
  <PropertySection>
    <Property oe:key="network.mode" oe:value="static"/>
    <Property oe:key="network.address" oe:value="10.0.0.5/24"/>
    <Property oe:key="proxy.user" oe:value="a&amp;b"/>
  </PropertySection>
  <Entity oe:id="other"><PropertySection><Property oe:key="network.mode" oe:value="dhcp"/></PropertySection></Entity>
</Environment>"#;

    #[test]
    fn properties_of_this_machine_alone_are_read() {
        let read = read(TEXT).unwrap();
        let shown: Vec<String> = read.iter().map(|(id, value)| format!("{id}={value}")).collect();
        assert_eq!(shown, ["network.mode=static", "network.address=10.0.0.5/24", "proxy.user=a&b"]);
    }

    #[test]
    fn what_is_none_is_refused() {
        for (text, words) in
            [("", "no XML"), ("<a/>", "but <a>"), ("<!DOCTYPE a [<!ENTITY x 'y'>]><Environment/>", "no XML")]
        {
            assert!(read(text).unwrap_err().contains(words), "{text}");
        }
        let many = format!("<Environment>{}</Environment>", "<a/>".repeat(5_000));
        assert!(read(&many).is_err());
    }

    proptest! {
        #[test]
        fn any_damage_is_survived(at in 0..TEXT.len(), with in "\\PC{0,4}", len in 0..40_usize) {
            let end = (at + len).min(TEXT.len());
            let mut text = TEXT.to_owned();
            text.replace_range(at..end, &with);
            let _ = read(&text);
        }
    }
}
