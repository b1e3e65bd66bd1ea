//! `--live`: what each way of listening takes of what is offered at a cable, and
//! what it costs.
//!
//! One processor sends 60-byte frames, the other receives: the kernel's part
//! (steered there) and ours. Only ratios between the rows of one run mean anything: a
//! cable in the kernel predicts no card, and other programs share the processors.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use capture::live::{Kind, open};
use capture::ring::Options;
use capture::{Losses, Progress};
use lab::{BURST, Sender, in_namespace, steer, switch, veth, wait_running};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

const NEAR: &str = "near0";
const FAR: &str = "far0";

/// Who sends and who receives.
const SENDER: usize = 1;
const RECEIVER: usize = 0;

/// How long each measurement sends.
const SPAN: Duration = Duration::from_secs(2);

/// Frames a second that are offered; none: as many as the sender can.
const RATES: [Option<u64>; 2] = [Some(400_000), None];

/// One measurement.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    /// Frames a second that left the far end.
    offered: f64,
    /// Frames a second that reached us.
    taken: f64,
    /// Share of frames that did not.
    lost: f64,
    /// Share that the source says were lost.
    told: f64,
    /// Share of the time for which our thread was busy.
    busy: f64,
    /// The same for the kernel's part of receiving, as it is counted to the processor.
    kernel: f64,
}

/// Measures everything `runs` times in turn and prints the medians.
pub fn run(runs: usize) -> Result<()> {
    println!("60-byte frames for {} s, median of {runs} runs in turn", SPAN.as_secs());
    println!(
        "{:<8} {:>10} {:>12} {:>12} {:>8} {:>10} {:>10} {:>12} {:>13} {:>14}",
        "source",
        "rate",
        "offered/s",
        "taken/s",
        "lost",
        "told lost",
        "our CPU",
        "kernel's CPU",
        "ns a frame",
        "and kernel's"
    );
    for rate in RATES {
        let mut all: Vec<(Kind, Vec<Figures>)> = Kind::ALL.map(|kind| (kind, Vec::new())).into();
        for _ in 0..runs.max(1) {
            for (kind, figures) in &mut all {
                figures.push(in_namespace(|| measure(*kind, rate)).map_err(|why| anyhow!("{why}"))??);
            }
        }
        for (kind, figures) in all {
            let of = |part: fn(&Figures) -> f64| crate::median(figures.iter().map(part).collect());
            let percent = |part| format!("{:.1} %", of(part) * 100.0);
            println!(
                "{:<8} {:>10} {:>12.0} {:>12.0} {:>8} {:>10} {:>10} {:>12} {:>13.0} {:>14.0}",
                kind.name(),
                rate.map_or_else(|| "full".into(), |rate| format!("{rate}/s")),
                of(|one| one.offered),
                of(|one| one.taken),
                percent(|one| one.lost),
                percent(|one| one.told),
                percent(|one| one.busy),
                percent(|one| one.kernel),
                of(|one| one.busy / one.taken * 1e9),
                of(|one| (one.busy + one.kernel) / one.taken * 1e9)
            );
        }
    }
    Ok(())
}

/// Keeps the calling thread on one processor, where that is allowed.
fn pin(processor: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(processor)?;
    let _ = sched_setaffinity(Pid::from_raw(0), &set);
    Ok(())
}

/// CPU time of the calling thread in microseconds.
fn thread_micros() -> Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD)?;
    Ok(usage.user_time().num_microseconds() + usage.system_time().num_microseconds())
}

/// Time that a processor spent in software interrupts, in hundredths of a second.
fn interrupts(processor: usize) -> Result<u64> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let name = format!("cpu{processor} ");
    let line = stat.lines().find(|line| line.starts_with(&name)).context("no such processor")?;
    // cpuN user nice system idle iowait irq softirq …
    Ok(line.split_whitespace().nth(7).context("no softirq in /proc/stat")?.parse()?)
}

fn measure(kind: Kind, rate: Option<u64>) -> Result<Figures> {
    veth(NEAR, FAR)?;
    for name in [NEAR, FAR] {
        let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6"), "1");
        switch(name, true)?;
    }
    wait_running(&[NEAR, FAR]);
    if let Err(error) = steer(NEAR, RECEIVER) {
        eprintln!("the kernel's part stays with the sender: {error}");
    }
    let mut source = open(kind, &[NEAR.to_owned()], &Options::default())?;
    let (done, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let result = send(rate, &sent);
            done.store(true, Ordering::Release);
            result
        });
        pin(RECEIVER)?;
        let (cpu, kernel) = (thread_micros()?, interrupts(RECEIVER)?);
        let mut taken = 0_u64;
        // A quiet time after the last frame was sent means that nothing more comes.
        loop {
            let over = done.load(Ordering::Acquire);
            let step = source.batch(&mut |frames| taken += frames.len() as u64)?;
            if over && step == Progress::Idle {
                break;
            }
        }
        let busy = (thread_micros()? - cpu) as f64 / 1e6 / SPAN.as_secs_f64();
        let kernel = (interrupts(RECEIVER)? - kernel) as f64 / 100.0 / SPAN.as_secs_f64();
        sender.join().map_err(|_| anyhow!("the sender failed"))??;
        let sent = sent.load(Ordering::Relaxed) as f64;
        let Losses { dropped, .. } = source.losses();
        Ok(Figures {
            offered: sent / SPAN.as_secs_f64(),
            taken: taken as f64 / SPAN.as_secs_f64(),
            lost: 1.0 - taken as f64 / sent,
            told: dropped as f64 / sent,
            busy,
            kernel,
        })
    })
}

/// Sends for [`SPAN`], in bursts, not faster than `rate`.
fn send(rate: Option<u64>, sent: &AtomicU64) -> Result<()> {
    pin(SENDER)?;
    let sender = Sender::new(FAR)?;
    let mut frame = [0_u8; 60];
    frame[..14].copy_from_slice(&[2, 0, 0, 0, 9, 9, 2, 0, 0, 0, 7, 7, 0x88, 0xb5]);
    let start = Instant::now();
    let mut total = 0;
    while start.elapsed() < SPAN {
        let due = rate.map_or(u64::MAX, |rate| (start.elapsed().as_secs_f64() * rate as f64) as u64);
        if total + BURST as u64 <= due {
            total += sender.burst(&frame)? as u64;
        } else {
            std::hint::spin_loop();
        }
    }
    sent.store(total, Ordering::Relaxed);
    Ok(())
}
