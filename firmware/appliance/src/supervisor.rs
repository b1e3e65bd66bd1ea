//! Runs the parts: each in a process group of its own, started again when it ends or gives no sign
//! of life, at once the first time and after growing waits when it goes on ending.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::beat::Ear;
use crate::log::Log;
use crate::memory;
use crate::status;

/// Who lived so long is well: when it ends, it is started again at once.
const WELL: Duration = Duration::from_secs(10);
/// Longest wait before a part is started again.
const LONGEST: Duration = Duration::from_secs(30);
/// A part's first sign of life may take so long; a slow machine under emulation needs it.
const FIRST: Duration = Duration::from_secs(60);
/// No more of a turn counts as a part's silence: a hypervisor may stop all processors for seconds (a snapshot, a move to
/// another host), and nobody is to be blamed for that.
const WATCHED: Duration = Duration::from_millis(500);
/// Time to end in order.
const ORDER: Duration = Duration::from_secs(10);

/// What a part is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Words behind `part` on its command line.
    pub arguments: Vec<String>,
    /// Longest silence between two signs of life.
    pub silence: Duration,
    /// Who goes first when memory is short (`oom_score_adj`), -999 to 1000.
    pub expendable: i16,
    /// Most memory, in MiB.
    pub memory_mib: u64,
}

/// A part and how it stands.
struct Part {
    plan: Plan,
    ear: Option<Ear>,
    run: Option<Running>,
    next: Instant,
    wait: Duration,
    seen: status::Part,
    /// A line that is not whole yet, and the last whole one.
    line: Vec<u8>,
    last: String,
    /// Why it was killed, when we did.
    killed: Option<String>,
}

struct Running {
    pid: Pid,
    words: std::io::PipeReader,
    begun: Instant,
    /// It gave a sign of life at all.
    alive: bool,
    /// Since its last sign, as PID 1 saw it pass.
    silent: Duration,
}

/// All parts.
pub struct Supervisor {
    parts: Vec<Part>,
    /// The last turn.
    turned: Instant,
    changed: bool,
    ending: bool,
}

impl Supervisor {
    /// Of these parts, none of which runs yet.
    pub fn new(plans: Vec<Plan>) -> Supervisor {
        let parts = plans.into_iter().map(|plan| Part {
            ear: Ear::new(&plan.name).ok(),
            run: None,
            next: Instant::now(),
            wait: Duration::ZERO,
            seen: status::Part { name: plan.name.clone(), ..status::Part::default() },
            line: Vec::new(),
            last: String::new(),
            killed: None,
            plan,
        });
        Supervisor { parts: parts.collect(), turned: Instant::now(), changed: true, ending: false }
    }

    /// What there is to wait for.
    pub fn waits_on(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.parts.iter().flat_map(|part| {
            let words = part.run.as_ref().map(|run| run.words.as_fd());
            words.into_iter().chain(part.ear.as_ref().map(AsFd::as_fd))
        })
    }

    /// Starts what is due, hears who lives, kills who is silent.
    pub fn turn(&mut self, log: &mut Log) {
        let passed = self.turned.elapsed().min(WATCHED);
        self.turned = Instant::now();
        for part in &mut self.parts {
            part.read(log);
            let heard = part.ear.as_mut().is_some_and(Ear::heard);
            match &mut part.run {
                None if part.next <= Instant::now() => {
                    part.start(log);
                    self.changed = true;
                }
                None => {}
                Some(run) => {
                    run.silent += passed;
                    if heard {
                        (run.alive, run.silent) = (true, Duration::ZERO);
                        if !part.seen.alive {
                            (part.seen.alive, self.changed) = (true, true);
                            part.seen.tell_back(log);
                        }
                    }
                    let limit = if run.alive { part.plan.silence } else { FIRST };
                    if run.silent > limit && part.killed.is_none() {
                        let words = format!("gave no sign of life for {} s", limit.as_secs());
                        log.note("init", &format!("{} {words}", part.plan.name));
                        part.killed = Some(words);
                        let _ = killpg(run.pid, Signal::SIGKILL);
                    }
                }
            }
        }
    }

    /// Takes note of processes that ended.
    pub fn reap(&mut self, log: &mut Log) {
        loop {
            let (pid, how) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, format!("ended with {code}")),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, format!("was ended by {signal}")),
                Ok(WaitStatus::StillAlive) | Err(_) => return,
                Ok(_) => continue,
            };
            // Whose parent is gone ends with us; nobody waits for it.
            let Some(part) =
                self.parts.iter_mut().find(|part| part.run.as_ref().is_some_and(|run| run.pid == pid))
            else {
                continue;
            };
            part.read(log);
            part.ended(how, self.ending, log);
            self.changed = true;
        }
    }

    /// How the parts stand, when that changed since the last call.
    pub fn news(&mut self) -> Option<Vec<status::Part>> {
        std::mem::take(&mut self.changed).then(|| self.parts.iter().map(|part| part.seen.clone()).collect())
    }

    /// What each part takes of memory, PID 1 first, and all of them besides tables and rings.
    pub fn memory(&self) -> String {
        let parts =
            self.parts.iter().filter_map(|part| Some((part.plan.name.as_str(), part.run.as_ref()?.pid)));
        let all = [("init", Pid::this())].into_iter().chain(parts);
        let of = |(name, pid)| (name, memory::of(&format!("/proc/{pid}/smaps")));
        memory::words(&all.map(of).collect::<Vec<_>>())
    }

    /// Ends all parts: in order, and after a while for good. `feed` is called meanwhile.
    pub fn end(&mut self, log: &mut Log, feed: &mut dyn FnMut()) {
        let begun = Instant::now();
        self.ending = true;
        for part in &self.parts {
            if let Some(run) = &part.run {
                let _ = killpg(run.pid, Signal::SIGTERM);
            }
        }
        let mut killed = false;
        while self.parts.iter().any(|part| part.run.is_some()) && begun.elapsed() < ORDER + WELL {
            feed();
            self.reap(log);
            for part in &mut self.parts {
                part.read(log);
                if let Some(run) = &part.run
                    && begun.elapsed() > ORDER
                    && !killed
                {
                    log.note("init", &format!("{} does not end and is killed", part.plan.name));
                    let _ = killpg(run.pid, Signal::SIGKILL);
                }
            }
            killed |= begun.elapsed() > ORDER;
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Part {
    fn start(&mut self, log: &mut Log) {
        match self.spawn() {
            Ok((pid, words)) => {
                confine(&self.plan, pid);
                self.seen.pid = pid.as_raw();
                self.seen.alive = false;
                self.run =
                    Some(Running { pid, words, begun: Instant::now(), alive: false, silent: Duration::ZERO });
            }
            Err(error) => {
                log.note("init", &format!("{} cannot be started: {error}", self.plan.name));
                self.next = Instant::now() + LONGEST;
            }
        }
    }

    fn spawn(&self) -> std::io::Result<(Pid, std::io::PipeReader)> {
        let (words, theirs) = std::io::pipe()?;
        fcntl(&words, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let child = Command::new("/proc/self/exe")
            .arg("part")
            .args(&self.plan.arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(theirs.try_clone()?)
            .stderr(theirs)
            .process_group(0)
            .spawn()?;
        let pid = i32::try_from(child.id()).map_err(std::io::Error::other)?;
        Ok((Pid::from_raw(pid), words))
    }

    /// Puts what it said into the log, line by line.
    fn read(&mut self, log: &mut Log) {
        let Some(run) = &mut self.run else { return };
        let mut buffer = [0; 4_096];
        // Bounded: who floods the log must not keep PID 1 from its other work.
        for _ in 0..16 {
            let Ok(count @ 1..) = run.words.read(&mut buffer) else { return };
            for byte in &buffer[..count] {
                if *byte != b'\n' && self.line.len() < 1_024 {
                    self.line.push(*byte);
                    continue;
                }
                let line = String::from_utf8_lossy(&self.line).trim_end().to_owned();
                self.line.clear();
                if !line.is_empty() {
                    log.note(&self.plan.name, &line);
                    self.last = line;
                }
            }
        }
    }

    fn ended(&mut self, how: String, wanted: bool, log: &mut Log) {
        let Some(run) = self.run.take() else { return };
        if wanted {
            return;
        }
        let lived = run.begun.elapsed();
        // Whoever it started goes too.
        let _ = killpg(run.pid, Signal::SIGKILL);
        let taken = out_of_memory(&self.plan.name).then_some(self.plan.memory_mib);
        let how = why(taken, self.killed.take(), how);
        let words = if self.last.is_empty() { how } else { format!("{how}; its last words: {}", self.last) };
        self.wait = match lived > WELL {
            true => Duration::ZERO,
            false => (self.wait * 2).clamp(Duration::from_millis(500), LONGEST),
        };
        log.note(
            "init",
            &format!("{} {words}; it is started again in {} ms", self.plan.name, self.wait.as_millis()),
        );
        self.next = Instant::now() + self.wait;
        self.last.clear();
        self.seen = status::Part {
            name: self.plan.name.clone(),
            pid: 0,
            alive: false,
            again: self.seen.again + 1,
            ended: sys::clock::wall(),
            words,
        };
    }
}

impl status::Part {
    /// Notes how long it was away; at the machine's start nobody was.
    fn tell_back(&self, log: &mut Log) {
        if self.again > 0 {
            let away = sys::clock::wall().saturating_sub(self.ended) / 1_000_000;
            log.note("init", &format!("{} lives again, {away} ms after it ended", self.name));
        }
    }
}

/// Why a part ended. Whom the kernel ended for want of memory may need seconds to give it back, and is
/// silent meanwhile: that is not the reason.
fn why(taken_mib: Option<u64>, killed: Option<String>, how: String) -> String {
    match taken_mib {
        Some(mib) => format!("took more than {mib} MiB of memory"),
        None => killed.unwrap_or(how),
    }
}

/// True when the kernel ended something in a part's control group for want of memory; the group
/// goes, and another begins to count anew.
fn out_of_memory(name: &str) -> bool {
    let folder = std::path::Path::new("/sys/fs/cgroup").join(name);
    let text = std::fs::read_to_string(folder.join("memory.events")).unwrap_or_default();
    let _ = std::fs::remove_dir(folder);
    text.lines().filter_map(|line| line.strip_prefix("oom_kill ")).any(|count| count.trim() != "0")
}

/// Sets a part's bounds: memory by a control group (v2), and who goes first when it is short.
fn confine(plan: &Plan, pid: Pid) {
    // Without control groups the second bound is there all the same.
    let _ = std::fs::write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
    let folder = std::path::Path::new("/sys/fs/cgroup").join(&plan.name);
    let _ = std::fs::create_dir(&folder);
    let _ = std::fs::write(folder.join("memory.max"), (plan.memory_mib << 20).to_string());
    let _ = std::fs::write(folder.join("cgroup.procs"), pid.to_string());
    let _ = std::fs::write(format!("/proc/{pid}/oom_score_adj"), plan.expendable.to_string());
}

#[cfg(test)]
mod tests {
    use super::why;

    #[test]
    fn memory_is_the_reason_also_of_a_silence() {
        let silent = || Some("gave no sign of life for 3 s".to_owned());
        assert_eq!(
            why(Some(192), silent(), "was ended by SIGKILL".into()),
            "took more than 192 MiB of memory"
        );
        assert_eq!(why(None, silent(), "was ended by SIGKILL".into()), "gave no sign of life for 3 s");
        assert_eq!(why(None, None, "ended with 1".into()), "ended with 1");
    }
}
