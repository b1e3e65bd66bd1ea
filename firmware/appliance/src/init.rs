//! PID 1, from the kernel's first call to the last: [`run`] is the whole story.

use std::path::Path;
use std::time::{Duration, Instant};

use board::Board;
use nix::mount::{MntFlags, umount2};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::reboot::{RebootMode, reboot, set_cad_enabled};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::AsFd;
use sys::modules::Modules;
use sys::uevent::Uevents;
use sys::watchdog::{self, Watchdog};

use crate::ending::{self, Run};
use crate::kmsg::Kmsg;
use crate::log::Log;
use crate::paths::{BOOT, RUN, STATE};
use crate::power::{self, Wish};
use crate::status::{Boot, Status};
use crate::supervisor::{Plan, Supervisor};
use crate::{drill, mounts, ports, sockets, state};

/// Longest wait of the loop: parts are looked at, and the watchdog is fed, at least so often.
const TURN: Duration = Duration::from_millis(250);
/// What the parts take of memory, and what could hear the network, is noted after the first minute,
/// and then once a day.
const MEMORY: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(86_400)];

/// Modules that no device asks for: file systems and what they read names with, the kernel's last words, VLANs, keys.
const UNASKED: &[&str] =
    &["ext4", "vfat", "nls_cp437", "nls_ascii", "efivarfs", "efi_pstore", "8021q", "evdev"];
/// More of them that can wait until the parts run: what only discs and some sticks need.
const UNHURRIED: &[&str] = &["isofs", "exfat", "nls_iso8859_1", "nls_utf8"];
/// How long they wait: the menu is there then.
const HURRY: Duration = Duration::from_secs(1);

/// Where the image's own board cannot be read: enough for a menu that says so.
const GENERIC: &str = r#"
title = "A machine without a board"
outputs = ["raw"]
console = [{ tty = "tty1" }, { tty = "ttyS0", baud = 115200 }]
watchdog = { drivers = ["softdog"], seconds = 30 }
sensor = { workers = 1, table_shards = 1 }
machine = { cpus = 1, memory_mib = 1024, disk_mib = 1024, ports = 2 }
kernel = { modules = ["softdog"] }
port = [{ role = "management", order = 1 }, { role = "sniffing" }]
"#;

/// Starts the box, keeps it running, and ends it when somebody asks.
pub fn run() -> ! {
    let kernel = since_boot();
    mounts::first();
    let mut log = Log::new(Path::new(RUN));
    log.echo(true);
    let version = crate::paths::version();
    log.note("init", &format!("Stillwatch {version}"));
    let board = board(&mut log);

    let begun = Instant::now();
    let mut modules = Modules::of_this_kernel();
    load(&mut modules, &board, &mut log);
    let mut watchdog = arm(&mut modules, &board, &mut log);
    let modules_took = begun.elapsed();
    mounts::later();

    let forgetful = state::mount_all(&mut || modules.by_devices(&board.watchdog.drivers, []), &mut |words| {
        log.note("init", words)
    });
    let hung = watchdog::all().iter().any(|name| watchdog::restarted_us(name));
    let ended = ending::of_the_run_before(Path::new(STATE), hung);
    if !ended.is_empty() {
        log.note("init", &ended);
    }
    let running = Run { version: version.clone(), running: true, reason: String::new() };
    ending::keep(Path::new(STATE), &running);
    ports::name_all(Path::new(STATE), &mut |words| log.note("init", words));
    let freed = modules.drop_loaded();
    log.note(
        "init",
        &format!("{} modules are loaded; {} KiB of their files are free", modules.loaded.len(), freed >> 10),
    );

    let ours = since_boot().saturating_sub(kernel + millis(modules_took));
    let boot = Boot { kernel, modules: millis(modules_took), ours };
    log.note("init", &format!("start: kernel {kernel} ms, modules {} ms, the rest {ours} ms", boot.modules));
    let mut status = Status {
        started: sys::clock::wall(),
        ended,
        forgetful,
        watchdog: watchdog.as_ref().map(|one| one.name.clone()).unwrap_or_default(),
        boot,
        parts: Vec::new(),
    };
    log.echo(false);
    let mut supervisor = Supervisor::new(plans(&board));
    let wish = keep_running(&mut supervisor, &mut status, &mut modules, &board, &mut watchdog, &mut log);
    end(supervisor, &wish, running, watchdog.as_mut(), &mut log)
}

/// The board that the image was made for.
fn board(log: &mut Log) -> Board {
    crate::paths::board().unwrap_or_else(|error| {
        log.note("init", &format!("{error}; a generic board is taken"));
        Board::read("generic", GENERIC).expect("the generic board is a board")
    })
}

/// Loads what the board names and what devices ask for, but no watchdog: there the board has an order.
fn load(modules: &mut Modules, board: &Board, log: &mut Log) {
    let later = board.watchdog.drivers.as_slice();
    // What no device announces, and Hyper-V's bus, which is no fault elsewhere. File systems come when they are asked
    // for, if somebody could load them; here nobody can.
    let named = board.kernel.load.iter().map(String::as_str);
    modules.by_devices(later, named.chain(UNASKED.iter().copied()));
    if drill::every_module() {
        let all: Vec<String> = modules.names().map(str::to_owned).collect();
        modules.load_named(all.iter().map(String::as_str));
        log.note(
            "init",
            &format!(
                "every module: {} loaded, {} without a device here, {} broken",
                modules.loaded.len(),
                modules.absent.len(),
                modules.broken.len()
            ),
        );
    }
    for name in &modules.broken {
        log.note("init", &format!("module {name} is broken"));
    }
}

/// Arms the first watchdog of the board's list that is there.
fn arm(modules: &mut Modules, board: &Board, log: &mut Log) -> Option<Watchdog> {
    for driver in &board.watchdog.drivers {
        if !modules.load_one(driver) {
            continue;
        }
        let Some(name) = watchdog::all().into_iter().next() else { continue };
        match Watchdog::arm(&name, board.watchdog.seconds.into()) {
            Ok(armed) => {
                log.note("init", &format!("watched by {} ({driver}) within {} s", armed.name, armed.seconds));
                return Some(armed);
            }
            Err(error) => log.note("init", &format!("{name} ({driver}) cannot be armed: {error}")),
        }
    }
    log.note("init", "nothing watches this machine");
    None
}

/// The parts of this board.
fn plans(board: &Board) -> Vec<Plan> {
    let total = agent::memory()[1] >> 10;
    let plan = |name: &str, arguments: &[&str], silence: u64, expendable: i16, memory_mib: u64| Plan {
        name: name.to_owned(),
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        silence: Duration::from_secs(silence),
        expendable,
        memory_mib,
    };
    let mut plans = vec![
        plan("setup", &["setup"], 30, 100, 192),
        // It takes all its memory at the start, far less than half; what it would take beyond that is a fault, and the
        // less of it there is, the sooner it is given back.
        plan("sensor", &["sensor"], 2, 500, (total / 2).max(384)),
        plan("update", &["update"], 60, 300, 128),
    ];
    for console in &board.consoles {
        let name = format!("console-{}", console.tty);
        plans.push(plan(&name, &["console", &name, &format!("/dev/{}", console.tty)], 30, 200, 96));
    }
    if board.panel.is_some() {
        plans.push(plan("lcd", &["lcd"], 30, 200, 96));
    }
    plans
}

/// The loop: until somebody wants the box to end.
fn keep_running(
    supervisor: &mut Supervisor,
    status: &mut Status,
    modules: &mut Modules,
    board: &Board,
    watchdog: &mut Option<Watchdog>,
    log: &mut Log,
) -> Wish {
    // Ctrl-Alt-Del is a wish like another, and comes as SIGINT.
    let _ = set_cad_enabled(false);
    let mut wanted = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGINT, Signal::SIGUSR1, Signal::SIGTERM] {
        wanted.add(signal);
    }
    let _ = wanted.thread_block();
    let signals = SignalFd::with_flags(&wanted, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC);
    let devices = Uevents::open().ok();
    let mut kmsg = Kmsg::open().ok();
    let mut buttons = power::Buttons::default();
    buttons.look();
    let mut fed = Instant::now();
    let mut measured = Instant::now() + MEMORY[0];
    let mut unhurried = Some(Instant::now() + HURRY);
    loop {
        {
            let fds = signals.iter().map(AsFd::as_fd).chain(devices.iter().map(AsFd::as_fd));
            let fds = fds.chain(kmsg.iter().map(AsFd::as_fd)).chain(buttons.waits_on());
            let mut fds: Vec<PollFd<'_>> =
                fds.chain(supervisor.waits_on()).map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            let _ = poll(&mut fds, PollTimeout::try_from(TURN).unwrap_or(PollTimeout::ZERO));
        }
        drill::of_init();
        if let Some(watchdog) = watchdog
            && fed.elapsed() > TURN * 4
            && watchdog.feed().is_ok()
        {
            fed = Instant::now();
        }
        let mut wish = None;
        while let Some(Ok(Some(signal))) = signals.as_ref().ok().map(SignalFd::read_signal) {
            match Signal::try_from(signal.ssi_signo as i32) {
                Ok(Signal::SIGUSR1) => wish = power::asked().or(wish),
                Ok(Signal::SIGINT) => wish = Some(Wish { off: false, reason: "Ctrl-Alt-Del".into() }),
                _ => {}
            }
        }
        supervisor.reap(log);
        supervisor.turn(log);
        if unhurried.take_if(|at| *at <= Instant::now()).is_some() {
            modules.load_named(UNHURRIED.iter().copied());
            modules.drop_loaded();
        }
        if measured <= Instant::now() {
            measured += MEMORY[1];
            log.note("init", &format!("memory: {}", supervisor.memory()));
            log.note("init", &format!("sockets that wait: {}", sockets::open()));
        }
        for line in kmsg.iter_mut().flat_map(Kmsg::next) {
            log.note("kernel", &line);
        }
        let (mut new_port, mut new_device) = (false, false);
        while let Some(event) = devices.as_ref().and_then(Uevents::next) {
            if event.action != "add" {
                continue;
            }
            match &event.modalias {
                Some(alias) => new_device |= modules.by_alias(alias, &board.watchdog.drivers),
                None => new_port |= event.subsystem == "net",
            }
            new_device |= event.subsystem == "input";
        }
        if new_device {
            modules.by_devices(&board.watchdog.drivers, []);
            buttons.look();
        }
        if new_port || new_device {
            ports::name_all(Path::new(STATE), &mut |words| log.note("init", words));
        }
        if buttons.pressed() {
            wish = Some(Wish { off: true, reason: "the power button".into() });
        }
        if let Some(parts) = supervisor.news() {
            status.parts = parts;
            status.write();
        }
        if let Some(wish) = wish {
            return wish;
        }
    }
}

/// Ends everything in order, and the machine.
fn end(
    mut supervisor: Supervisor,
    wish: &Wish,
    run: Run,
    mut watchdog: Option<&mut Watchdog>,
    log: &mut Log,
) -> ! {
    log.echo(true);
    let what = if wish.off { "switching off" } else { "restarting" };
    log.note("init", &format!("{what}: {}", wish.reason));
    let mut feed = || {
        if let Some(watchdog) = &mut watchdog {
            let _ = watchdog.feed();
        }
    };
    supervisor.end(log, &mut feed);
    feed();
    ending::keep(Path::new(STATE), &Run { running: false, reason: wish.reason.clone(), ..run });
    nix::unistd::sync();
    for at in [STATE, BOOT] {
        if umount2(at, MntFlags::empty()).is_err() {
            let _ = umount2(at, MntFlags::MNT_DETACH);
        }
    }
    nix::unistd::sync();
    let mode = if wish.off { RebootMode::RB_POWER_OFF } else { RebootMode::RB_AUTOBOOT };
    let _ = reboot(mode);
    // A machine that cannot be switched off is at least still.
    loop {
        std::thread::sleep(Duration::from_secs(3_600));
    }
}

/// Milliseconds since the kernel began.
fn since_boot() -> u64 {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME).map(Duration::from);
    millis(time.unwrap_or_default())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_generic_board_is_a_board() {
        super::Board::read("generic", super::GENERIC).unwrap();
    }
}
