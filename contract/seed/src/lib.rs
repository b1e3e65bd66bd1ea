//! What is put beside an image so that a box sets itself up (`setup.md` §4, `docs/personalise.md`): the platform's
//! address, a personalization code and, where they are wanted, settings. The signed image stays as it is.
//!
//! Pure: [`Seed`] is made of checked values, [`FILES`] are the forms it takes. What is written here is what
//! `firmware/setup` reads, under the same ids (`contract/settings`).

mod iso;
mod text;

use std::fmt;

use model::PersonalizationCode;
use settings::{Change, REGISTRATION_CODE, Settings, Wrong, item};

/// Id of the setting that holds the platform's address.
const PLATFORM: &str = "platform.address";

/// What a box is to know before it first starts. Holds a code and maybe passwords: all of its forms but `meta-data`
/// are secret until the box is registered.
pub struct Seed {
    settings: Settings,
    code: PersonalizationCode,
}

/// One form of a seed.
pub struct File {
    /// Name, as the appliance or the tool that takes it wants it.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// It holds the code, and passwords where such were set.
    pub secret: bool,
    /// Its bytes: the same for the same seed.
    pub make: fn(&Seed) -> Vec<u8>,
}

/// Every form, in the order in which they are shown.
pub const FILES: &[File] = &[
    File { name: "seed.iso", about: "a disc for any virtual machine", secret: true, make: Seed::iso },
    File {
        name: "stillwatch.toml",
        about: "for a USB stick; the appliance wipes it there",
        secret: true,
        make: |seed| seed.toml().into_bytes(),
    },
    File {
        name: "user-data",
        about: "cloud-init's, where a hypervisor makes the disc itself",
        secret: true,
        make: |seed| seed.user_data().into_bytes(),
    },
    File {
        name: "meta-data",
        about: "goes with user-data",
        secret: false,
        make: |seed| seed.meta_data().into_bytes(),
    },
    File {
        name: "ovftool.args",
        about: "vApp properties for ovftool, an argument a line",
        secret: true,
        make: |seed| seed.ovftool().into_bytes(),
    },
    File {
        name: "govc.json",
        about: "vApp properties for govc import.ova -options",
        secret: true,
        make: |seed| seed.govc().into_bytes(),
    },
];

impl Seed {
    /// Of the platform's address for sensors (`name`, `name:port`), a code, and changes of other settings by id.
    ///
    /// # Errors
    /// Every value that the appliance would refuse, by id: it takes a seed whole or not at all. An address that is
    /// missing is one.
    pub fn new(
        platform: &str,
        code: PersonalizationCode,
        more: &[Change],
    ) -> Result<Seed, Vec<(String, Wrong)>> {
        if platform.trim().is_empty() {
            let wrong =
                Wrong::new("no address", "Write where the platform takes sensors: name or name:port.");
            return Err(vec![(PLATFORM.into(), wrong)]);
        }
        let mut changes = more.to_vec();
        changes.push((PLATFORM.into(), platform.into()));
        Ok(Seed { settings: Settings::default().with(&changes)?, code })
    }

    /// Ids and canonical texts, as every form has them: the code, then what is set in the order of all faces.
    pub fn properties(&self) -> Vec<(&'static str, String)> {
        let code = (REGISTRATION_CODE, self.code.to_string());
        std::iter::once(code)
            .chain(self.settings.iter().map(|(item, value)| (item.id, value.into())))
            .collect()
    }

    /// A disc with the volume name `CIDATA` and NoCloud's `user-data` and `meta-data`: ISO 9660 with the long names
    /// of Rock Ridge and Joliet. No `stillwatch.toml` is on it, since that is for what can be wiped.
    pub fn iso(&self) -> Vec<u8> {
        let (user, meta) = (self.user_data(), self.meta_data());
        iso::write("CIDATA", &[("meta-data", meta.as_bytes()), ("user-data", user.as_bytes())])
    }

    /// Setting of the host's name, where it is set.
    fn hostname(&self) -> Option<&str> {
        let item = item("network.hostname").filter(|item| self.settings.is_set(item))?;
        Some(self.settings.get(item))
    }
}

/// Secrets stay secret.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed").field("settings", &self.settings).field("code", &self.code).finish()
    }
}
