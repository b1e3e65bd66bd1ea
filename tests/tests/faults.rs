//! Whatever goes wrong between sensor and platform, the inventory is the one of an
//! undisturbed run, byte for byte: the same contents go over real TLS each time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use e2e::line::{Hasty, Sender, Site, contents, copy, lock, start, until};
use model::Time;
use platform_core::Platform;
use uplink::{Address, Client, Clock, Line, Phase, Route, Vault, World};
use wire::{Batch, BatchReply, Epoch, Hello, HelloReply, Mark, Standing, decode, encode, path};

/// Where the child finds the platform's folder, and on which port sensors come.
const DATA: &str = "STILLWATCH_FAULTS_DATA";
/// See [`DATA`].
const PORT: &str = "STILLWATCH_FAULTS_PORT";
/// Times the platform is killed; `KILLS` in the environment says otherwise.
fn kills() -> usize {
    std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}
/// Longest wait for an answer.
const WAIT: Duration = Duration::from_secs(30);

type Contents = Vec<(Vec<u8>, Time)>;

/// What is sent, and what a platform makes of it when nothing goes wrong.
fn undisturbed() -> (Contents, String) {
    let site = Site::new(&[]);
    let contents = contents(e2e::demo(), &site.config);
    assert!(contents.len() > 60, "{} batches are few", contents.len());
    let running = site.start();
    let mut sender = Sender::open(&site.state(), running.sensor_address);
    sender.fill(&contents);
    sender.send_until(0);
    let text = site.end(running);
    assert!(text.contains("fileserver01") && text.contains("TalkRow"), "an inventory: {text}");
    (contents, text)
}

/// Says which line is another.
#[track_caller]
fn same(found: &str, wanted: &str) {
    let differs = found.lines().zip(wanted.lines()).find(|(found, wanted)| found != wanted);
    if let Some((found, wanted)) = differs {
        panic!("found\n{found}\nbut undisturbed it is\n{wanted}");
    }
    assert!(found == wanted, "{} lines, undisturbed {}", found.lines().count(), wanted.lines().count());
}

#[test]
fn two_undisturbed_runs_are_the_same() {
    let (contents, text) = undisturbed();
    let (again, same_text) = undisturbed();
    assert!(contents == again);
    same(&same_text, &text);
}

/// A platform in a process of its own.
struct Process {
    child: Child,
    sensors: SocketAddr,
}

impl Process {
    fn start(data: &Path, port: u16) -> Process {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--ignored", "--nocapture"])
            .env(DATA, data)
            .env(PORT, port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix("ready ")?.to_owned()));
        let Some(told) = told else {
            let _ = child.kill();
            panic!("the platform's process ended: {:?}", child.wait());
        };
        Process { child, sensors: told.parse().unwrap() }
    }

    /// SIGKILL, while it was still running.
    fn kill(mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "it ended by itself");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the process does, until it is killed or its parent is gone.
#[test]
#[ignore = "no test of its own: another one starts and kills it"]
fn child() {
    let (Some(data), Ok(port)) = (std::env::var_os(DATA), std::env::var(PORT)) else { return };
    let running = start(Path::new(&data), port.parse().unwrap());
    println!("\nready {}", running.sensor_address);
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}

#[test]
fn a_platform_killed_in_the_middle_loses_and_doubles_nothing() {
    let (contents, wanted) = undisturbed();
    let site = Site::new(&[]);
    let mut process = Process::start(&site.data(), 0);
    let port = process.sensors.port();
    let sender = Sender::open(&site.state(), process.sensors);
    sender.fill(&contents);
    let Sender { uplink, spool, world } = sender;
    let condition = uplink.condition();
    let thread = std::thread::spawn(move || uplink.run());
    let kills = kills();
    for kill in 1..=kills {
        // It goes on sending while the process dies.
        let next = (contents.len() * kill / (kills + 1)) as u64;
        until(&format!("batch {next}; {:?}", lock(&condition)), || lock(&spool).next() > next);
        process.kill();
        assert!(lock(&spool).status().batches > 0, "it was too late to kill");
        process = Process::start(&site.data(), port);
    }
    until("an empty spool", || lock(&spool).status().batches == 0);
    world.end();
    thread.join().unwrap();
    process.kill();
    same(&site.end(site.start()), &wanted);
}

/// A proxy that cuts every connection after a random count of bytes.
struct Cutter {
    address: SocketAddr,
    cuts: Arc<AtomicU64>,
}

impl Cutter {
    fn before(platform: SocketAddr, mut seed: u64) -> Cutter {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let cutter = Cutter { address: listener.local_addr().unwrap(), cuts: Arc::default() };
        let cuts = Arc::clone(&cutter.cuts);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // xorshift64 (Marsaglia 2003).
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let Ok(server) = TcpStream::connect(platform) else { return };
                let left = Arc::new(AtomicI64::new((200 + seed % 16_000) as i64));
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (left, cuts) = (Arc::clone(&left), Arc::clone(&cuts));
                    std::thread::spawn(move || pump(from, to, &left, &cuts));
                }
            }
        });
        cutter
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, left: &AtomicI64, cuts: &AtomicU64) {
    let mut bytes = [0; 1_500];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let before = left.fetch_sub(read as i64, Ordering::SeqCst);
        let may = before.clamp(0, read as i64) as usize;
        if to.write_all(&bytes[..may]).is_err() {
            break;
        }
        if may < read {
            cuts.fetch_add(1, Ordering::SeqCst);
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[test]
fn connections_cut_anywhere_lose_and_double_nothing() {
    let (contents, wanted) = undisturbed();
    for seed in [0x5eed_0001, 0xdead_beef_0002] {
        let site = Site::new(&[]);
        let running = site.start();
        let cutter = Cutter::before(running.sensor_address, seed);
        let mut sender = Sender::open(&site.state(), cutter.address);
        sender.fill(&contents);
        sender.send_until(0);
        let cuts = cutter.cuts.load(Ordering::SeqCst);
        assert!(cuts >= 8, "{cuts} cuts are few");
        same(&site.end(running), &wanted);
    }
}

/// Says one thing to the platform by hand.
fn ask<A: wire::Message, B: wire::Message>(client: &mut Client, to: &str, question: &A) -> B {
    decode(&client.post(to, &encode(question), WAIT).unwrap().expect("an answer")).unwrap()
}

#[test]
fn repeated_and_disordered_batches_are_answered_with_the_number_wanted() {
    let (contents, wanted) = undisturbed();
    let site = Site::new(&[]);
    let running = site.start();
    let vault = Vault::open(&site.state()).unwrap();
    let world: Arc<dyn World> = Arc::new(Hasty::default());
    let platform =
        Address { host: running.sensor_address.ip().to_string(), port: running.sensor_address.port() };
    let credentials = Arc::new(std::sync::Mutex::new(Arc::new(vault.identity().unwrap().unwrap())));
    let clock = Clock::new(Arc::clone(&world), Time(0));
    let route = Route { platform, proxy: None };
    let mut client = Client::mutual(route, clock, world, credentials, Arc::default());
    let epoch = Epoch([9; 16]);
    let nonce = vault.rolling().unwrap().nonce;
    let batch = |number: u64| Batch {
        epoch,
        first: number,
        last: number,
        content: contents[(number - 1) as usize].0.clone(),
    };
    let early: BatchReply = ask(&mut client, path::BATCH, &batch(1));
    assert_eq!(early, BatchReply::Greet);
    let hello = Hello { epoch, next: 1, nonce, version: "test".into(), speaks: [1, 1] };
    let reply: HelloReply = ask(&mut client, path::HELLO, &hello);
    let (mut nonce, mut mark) = (reply.nonce, Mark::default());
    assert_eq!(reply.standing, Standing::Continue { next: 1, mark });
    let count = contents.len() as u64;
    for number in 1..=count {
        let next = number + 1;
        let reply: BatchReply = ask(&mut client, path::BATCH, &batch(number));
        assert_eq!(reply, BatchReply::Taken { next });
        mark = mark.content(&contents[(number - 1) as usize].0);
        // The same again, the first again, one too far ahead, one that claims to be several.
        let several = Batch { last: number + 3, ..batch(number) };
        for wrong in [batch(number), batch(1), batch((number + 2).min(count)), several] {
            if wrong.first == next {
                continue;
            }
            let reply: BatchReply = ask(&mut client, path::BATCH, &wrong);
            assert_eq!(reply, BatchReply::Want { next }, "after {number}, for {}", wrong.first);
        }
        if number % 50 == 0 {
            let reply: HelloReply = ask(&mut client, path::HELLO, &Hello { next, nonce, ..hello.clone() });
            assert_eq!(reply.standing, Standing::Continue { next, mark });
            nonce = reply.nonce;
        }
    }
    let view = running.platform.sensor(&site.sensor).unwrap();
    assert_eq!((view.lines.len(), view.lines[0].batches), (1, count));
    same(&site.end(running), &wanted);
}

fn kinds(platform: &Platform) -> Vec<String> {
    platform.events(None, 1_000).unwrap().items.into_iter().map(|event| event.kind).collect()
}

#[test]
fn a_sensor_restored_from_an_older_state_loses_and_doubles_nothing() {
    let (contents, wanted) = undisturbed();
    let count = contents.len() as u64;
    let site = Site::new(&[]);
    let running = site.start();
    let mut sender = Sender::open(&site.state(), running.sensor_address);
    sender.fill(&contents);
    sender.send_until(count / 2);
    let older = site.folder.path().join("older");
    copy(&site.state(), &older);
    // It greets more than once after the copy, as a sensor does that runs on.
    for rest in [count / 3, count / 4] {
        sender.hang_up();
        sender.send_until(rest);
    }
    drop(sender);
    assert!(!kinds(&running.platform).contains(&"restored_or_cloned".into()));

    let mut restored = Sender::open(&older, running.sensor_address);
    assert!(restored.waiting() > count / 3, "it was taken back");
    restored.send_until(0);
    let told = kinds(&running.platform);
    assert!(told.contains(&"restored_or_cloned".into()), "{told:?}");
    assert!(!told.contains(&"quarantined".into()), "{told:?}");
    let view = running.platform.sensor(&site.sensor).unwrap();
    assert!(view.lines.len() == 2 && view.lines.iter().all(|line| !line.quarantined), "{:?}", view.lines);
    same(&site.end(running), &wanted);
}

#[test]
fn of_a_clone_and_its_twin_the_newer_line_is_quarantined() {
    let (contents, wanted) = undisturbed();
    let count = contents.len() as u64;
    let site = Site::new(&[]);
    let running = site.start();
    let platform = running.platform.clone();
    let mut one = Sender::open(&site.state(), running.sensor_address);
    one.fill(&contents);
    one.send_until(count * 3 / 4);
    let folder = site.folder.path().join("twin");
    copy(&site.state(), &folder);
    let mut twin = Sender::open(&folder, running.sensor_address);
    // Each in turn connects and sends a few.
    let quarantined = || platform.sensor(&site.sensor).unwrap().lines.iter().any(|line| line.quarantined);
    let mut turns = 0;
    while !quarantined() {
        turns += 1;
        assert!(turns < 20, "after {turns} turns none is quarantined: {:?}", kinds(&platform));
        for sender in [&mut twin, &mut one] {
            sender.hang_up();
            for _ in 0..3 {
                sender.uplink.step();
            }
        }
    }
    let told = kinds(&platform);
    assert!(told.contains(&"restored_or_cloned".into()), "{told:?}");
    assert!(told.contains(&"quarantined".into()), "{told:?}");
    let lines = platform.sensor(&site.sensor).unwrap().lines;
    // Newest first.
    let stand: Vec<bool> = lines.iter().map(|line| line.quarantined).collect();
    assert_eq!(stand, [true, false], "{lines:?}");

    let newer = |sender: &Sender| {
        let epoch: String = lock(&sender.spool).epoch().0.iter().map(|byte| format!("{byte:02x}")).collect();
        epoch.starts_with(&lines[0].epoch)
    };
    assert!(newer(&one) != newer(&twin), "{lines:?}");
    let (mut quarantined, mut good) = if newer(&one) { (one, twin) } else { (twin, one) };
    good.send_until(0);
    let kept = quarantined.waiting();
    for _ in 0..4 {
        quarantined.uplink.step();
    }
    assert_eq!(lock(&quarantined.uplink.condition()).phase, Phase::Quarantined);
    assert!(kept > 0 && quarantined.waiting() == kept, "it keeps what it has");
    // Somebody chooses it after all: the rest of it says nothing new.
    platform.choose_line(&site.sensor, &lines[0].epoch, "test").unwrap();
    quarantined.hang_up();
    quarantined.send_until(0);
    drop(platform);
    same(&site.end(running), &wanted);
}
