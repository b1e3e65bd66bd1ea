//! Listens to live ports: makes them silent, feeds the sensor until Ctrl-C, a time
//! or a number of frames, and gives the ports back as they were.

#[cfg(target_os = "linux")]
pub use linux::{give_back, listen, open_ports, silence, silence_or_refuse};

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{give_back, listen, open_ports, silence, silence_or_refuse};

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::Mutex;
    use std::time::Instant;

    use capture::live::{Kind, open};
    use capture::port::{Prepared, prepare};
    use capture::ring::Options;
    use capture::{Error, PortStatus, Progress, Source};
    use model::Time;
    use zones::Zones;

    use crate::args::{self, Live, Space};
    use crate::exit::Failure;
    use crate::read::{self, Feed, FileRead, Heard, PortRead};

    /// Ports to be given back, also by who has no time left.
    static PREPARED: Mutex<Vec<Prepared>> = Mutex::new(Vec::new());

    /// Gives every port back as it was.
    pub fn give_back() {
        let mut ports = PREPARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        ports.clear();
    }

    /// Gives the ports back also when there is an error, or a bug of ours.
    pub struct GiveBack;

    impl Drop for GiveBack {
        fn drop(&mut self) {
            give_back();
        }
    }

    /// Runs the sensor over live ports.
    ///
    /// # Errors
    /// A port that is none, is in use, or may not be listened to. One that disappears
    /// meanwhile is no error: what was heard counts, and [`FileRead::damage`] says it.
    pub fn listen(live: &Live, space: &Space) -> Result<Heard, Failure> {
        let zones = read::zones(space)?;
        let kind = match live.source {
            args::Source::Ring => Kind::Ring,
            args::Source::Pnet => Kind::Pnet,
        };
        vlans_are_seen(kind.sees_vlans(), kind, space)?;
        let (guard, silent) = silence(&live.interface, live.even_so, space.quiet)?;
        let mut source = open(kind, &live.interface, &Options::default())?;
        vlans_are_seen(source.sees_vlans(), kind, space)?;
        if !space.quiet {
            let until = if live.duration.is_some() || live.count.is_some() { "" } else { " until Ctrl-C" };
            anstream::eprintln!("Listening to {}{until}.", live.interface.join(", "));
        }
        let heard = feed(live, space, &zones, &mut *source, kind, &silent)?;
        // The socket first: a port that goes off under it is no event.
        drop(source);
        drop(guard);
        Ok(heard(zones))
    }

    /// Keeps ports from sending, until what is given back is dropped; and which are
    /// really kept so. Ctrl-C and `kill` are counted from now on.
    ///
    /// # Errors
    /// A port that is none, or is in use.
    pub fn silence(names: &[String], even_so: bool, quiet: bool) -> Result<(GiveBack, Vec<bool>), Failure> {
        // `kill` must not leave a port silent. Before any thread is started.
        sys::signals::on_terminate(read::interrupted).map_err(Failure::Output)?;
        read::catch_interrupts();
        let guard = GiveBack;
        let mut silent = Vec::new();
        for name in names {
            let port = prepare(name, even_so)?;
            port.warnings.iter().for_each(|warning| anstream::eprintln!("stillwatch: {warning}"));
            if !port.changes().is_empty() && !quiet {
                anstream::eprintln!("{name}: {}. Put back at the end.", port.changes().join(", "));
            }
            silent.push(port.silent);
            PREPARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(port);
        }
        Ok((guard, silent))
    }

    /// As [`silence`], for a sensor that follows orders: until [`give_back`]. A port that
    /// this machine itself uses is refused.
    ///
    /// # Errors
    /// A port that is none, is in use, or has an address.
    pub fn silence_or_refuse(names: &[String]) -> Result<(), Failure> {
        let (guard, silent) = silence(names, false, true)?;
        if let Some((name, _)) = names.iter().zip(&silent).find(|(_, silent)| !**silent) {
            return Err(Failure::Usage(format!(
                "{name} has an address: a sniffing port must not be this machine's own"
            )));
        }
        std::mem::forget(guard);
        Ok(())
    }

    /// Opens ports as one source.
    ///
    /// # Errors
    /// A port that is none or may not be listened to.
    pub fn open_ports(source: args::Source, names: &[String]) -> Result<Box<dyn Source + Send>, Failure> {
        let kind = match source {
            args::Source::Ring => Kind::Ring,
            args::Source::Pnet => Kind::Pnet,
        };
        Ok(open(kind, names, &Options::default())?)
    }

    /// Refuses a source without VLANs where networks are told apart by them.
    fn vlans_are_seen(sees: bool, kind: Kind, space: &Space) -> Result<(), Failure> {
        match space.network.iter().find(|rule| rule.starts_with("vlan:")) {
            Some(rule) if !sees => Err(Failure::Usage(format!(
                "--source {} does not see VLANs (the kernel takes the tag off before), so --network {rule} cannot \
                 work: equal addresses of several VLANs would become one. Use --source ring",
                kind.name()
            ))),
            _ => Ok(()),
        }
    }

    /// Feeds the sensor until it is time to stop.
    fn feed(
        live: &Live,
        space: &Space,
        zones: &Zones,
        source: &mut dyn Source,
        kind: Kind,
        silent: &[bool],
    ) -> Result<impl FnOnce(Zones) -> Heard + use<>, Failure> {
        let mut feed = Feed::new(zones, None, space.quiet);
        let end = live.duration.map(|duration| Instant::now() + duration);
        let mut left = live.count.unwrap_or(u64::MAX);
        let mut frames = vec![0_u64; live.interface.len()];
        let mut gone = None;
        while left > 0 && read::interrupts() == 0 && end.is_none_or(|end| Instant::now() < end) {
            let step = feed.step(source, left, |port| {
                left -= 1;
                if let Some(frames) = frames.get_mut(usize::from(port)) {
                    *frames += 1;
                }
            });
            match step {
                Ok(Progress::Idle) => feed.idle(Time(sys::clock::wall())),
                Ok(Progress::More) => {}
                Ok(Progress::End(_)) => break,
                Err(error @ Error::PortGone { .. }) => {
                    gone = Some(error);
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let ports = source.ports();
        let rows = ports.iter().zip(frames).zip(silent);
        let files = rows.map(|((port, frames), silent)| {
            let damage = match &gone {
                Some(error @ Error::PortGone { name }) if *name == port.name => Some(error.to_string()),
                _ => None,
            };
            row(port, frames, kind, *silent, damage)
        });
        Ok(feed.finish(files.collect()))
    }

    fn row(port: &PortStatus, frames: u64, kind: Kind, silent: bool, damage: Option<String>) -> FileRead {
        let losses = port.losses;
        FileRead {
            name: port.name.clone(),
            format: format!("live, {}", kind.name()),
            frames,
            links: vec!["Ethernet".into()],
            damage,
            dropped: losses.dropped + losses.interface_dropped,
            port: Some(PortRead {
                silent,
                received: losses.received,
                dropped_by_kernel: losses.dropped,
                dropped_by_interface: losses.interface_dropped,
                ring_fill: (port.fullest * 100).checked_div(port.blocks),
                downs: port.downs,
            }),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use crate::args::{Live, Space};
    use crate::exit::Failure;
    use crate::read::Heard;

    /// Nothing was changed.
    pub fn give_back() {}

    /// Not here.
    ///
    /// # Errors
    /// Always.
    pub fn listen(_: &Live, _: &Space) -> Result<Heard, Failure> {
        Err(Failure::Usage("live ports need Linux; read a capture file instead".into()))
    }
}
