//! What this machine is and how loaded it is, as Linux tells (`/proc`, `/sys`).

use wire::Hardware;

/// What the box says of itself; empty where the system does not say.
pub fn hardware(version: &str) -> Hardware {
    let dmi = |name: &str| read(&format!("/sys/class/dmi/id/{name}"));
    let product = [dmi("sys_vendor"), dmi("product_name")].join(" ").trim().to_owned();
    Hardware {
        version: version.to_owned(),
        board: "generic".to_owned(),
        product,
        serial: dmi("product_serial"),
        uuid: dmi("product_uuid"),
        cores: std::thread::available_parallelism()
            .map_or(0, |cores| cores.get().try_into().unwrap_or(u16::MAX)),
        memory_mib: (memory()[1] / 1_024).try_into().unwrap_or(u32::MAX),
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// Memory used and present, KiB (`proc_meminfo(5)`); zeros when not known.
pub fn memory() -> [u64; 2] {
    let text = read("/proc/meminfo");
    let line = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok()
    };
    match (line("MemTotal"), line("MemAvailable")) {
        (Some(total), Some(free)) => [total.saturating_sub(free), total],
        _ => [0, 0],
    }
}

/// Load of each core between two looks.
#[derive(Debug, Default)]
pub struct Cores {
    before: Vec<[u64; 2]>,
}

impl Cores {
    /// Thousandths of the time since the last look that each core was busy.
    pub fn load(&mut self) -> Vec<u16> {
        let now = times(&read("/proc/stat"));
        let load = |(at, [busy, all]): (usize, &[u64; 2])| {
            let [busy_before, all_before] = self.before.get(at).copied().unwrap_or_default();
            let (busy, all) = (busy.saturating_sub(busy_before), all.saturating_sub(all_before));
            (busy * 1_000).checked_div(all).unwrap_or(0).min(1_000) as u16
        };
        let loads = now.iter().enumerate().map(load).collect();
        self.before = now;
        loads
    }
}

/// Busy and all ticks of each core (`proc_stat(5)`).
fn times(stat: &str) -> Vec<[u64; 2]> {
    let cores = stat.lines().filter(|line| {
        line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    cores
        .map(|line| {
            let ticks: Vec<u64> =
                line.split_whitespace().skip(1).take(8).filter_map(|n| n.parse().ok()).collect();
            let all: u64 = ticks.iter().sum();
            let idle: u64 = ticks.iter().skip(3).take(2).sum();
            [all - idle, all]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_is_what_is_not_idle_nor_waiting() {
        let stat = "cpu  9 9 9 9\ncpu0 10 0 10 70 10 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0\nintr 5\n";
        assert_eq!(times(stat), [[20, 100], [0, 0]]);
    }

    #[test]
    fn this_machine_has_cores_and_memory() {
        let hardware = hardware("stillwatch 0");
        assert!(hardware.cores > 0 && hardware.memory_mib > 0);
        assert!(!Cores::default().load().is_empty());
    }
}
