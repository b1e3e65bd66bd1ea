//! The faces against the real service and a real platform: the front panel by the serial
//! bytes of its emulator, and the console's commands.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use e2e::faces::{Face, service};
use e2e::line::{start, until};
use e2e::program;
use lcd_ui::displays::{Key, Key::*, Panel, kind};
use lcd_ui::emulators::Emulator;
use lcd_ui::service::{Socket, run};
use model::ErrorCode;
use platform_core::views::NewSensor;
use wire::local::Standing;

/// Somebody at a front panel.
struct Fingers {
    emulator: Emulator,
    stop: Arc<AtomicBool>,
    face: Option<JoinHandle<()>>,
    presses: u32,
}

impl Fingers {
    fn at(panel: &'static str, socket: &Path) -> Fingers {
        let kind = kind(panel).expect("in the list");
        let emulator = Emulator::start(panel).expect("a pty");
        let (tty, path) = (emulator.path().to_owned(), socket.to_owned());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let face = std::thread::spawn(move || {
            let panel = Panel::start(kind, tty.to_str().expect("text"));
            run(&panel, kind.shape, true, &mut Socket::new(&path), &stopped, &mut |_| {});
        });
        Fingers { emulator, stop, face: Some(face), presses: 0 }
    }

    fn shows(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.emulator.text().iter().any(|row| row.contains(text)) {
            assert!(Instant::now() < end, "{text:?} was never shown, but {:#?}", self.emulator.text());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn press(&mut self, key: Key, shows: &str) {
        self.presses += 1;
        self.emulator.tap(key);
        self.shows(shows);
    }

    /// Presses a key and waits until that is seen.
    fn change(&mut self, key: Key) {
        let look =
            |fingers: &Fingers| (fingers.emulator.text(), fingers.emulator.with(|panel| panel.cursor()));
        let (before, end) = (look(self), Instant::now() + Duration::from_secs(60));
        self.presses += 1;
        self.emulator.tap(key);
        while look(self) == before {
            assert!(Instant::now() < end, "{key:?} changes nothing: {before:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Types a code of digits, each wheel the short way round.
    fn code(&mut self, code: &str) {
        for (at, digit) in code.chars().filter_map(|c| c.to_digit(10)).enumerate() {
            if at > 0 {
                self.change(Right);
            }
            let (key, times) = if digit <= 5 { (Up, digit) } else { (Down, 10 - digit) };
            (0..times).for_each(|_| self.change(key));
        }
    }
}

impl Drop for Fingers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(face) = self.face.take() {
            let _ = face.join();
        }
    }
}

fn console(face: &Face, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.args(["console", "--socket", face.0.to_str().unwrap()]).args(arguments);
    command.env_remove("TERM").stdin(Stdio::null()).output().unwrap()
}

fn says(face: &Face, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = console(face, arguments);
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

/// Wrong digits, then the right ones, by key presses through the driver and the emulator's
/// serial bytes, against a real service and a real platform.
#[test]
fn a_box_is_registered_at_its_front_panel() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder.path().join("platform"), 0);
    let new = NewSensor { name: "hall 3".into(), ..NewSensor::default() };
    let (_, code) = running.platform.new_sensor(&new, "test").unwrap();
    let (_service, face) = service(folder.path(), &[]);
    let address = format!("platform.address={}", running.sensor_address);
    let (exit, words) = says(&face, &["platform", "set", &address]);
    assert_eq!(exit, Some(0), "{words}");
    let (exit, words) = says(&face, &["platform", "set", "platform.address=http://x"]);
    assert!(exit == Some(1) && words.contains("bad address"), "{exit:?} {words}");

    let mut fingers = Fingers::at("cfa635", &face.0);
    fingers.shows("not registered");
    fingers.press(Enter, "MENU");
    (0..3).for_each(|_| fingers.change(Down));
    fingers.press(Enter, "CODE");
    // A good code that the platform never made: the check digits fit.
    let wrong = model::PersonalizationCode::new(123_456, 1).to_string();
    fingers.code(&wrong);
    fingers.press(Enter, "E12");
    assert_eq!(face.overview().platform.standing, Standing::Unregistered);
    // Two pages: the remedy, and what was heard.
    fingers.change(Enter);
    fingers.press(Enter, "CODE");
    // What was typed is kept; every digit is turned to the right one.
    let digits = |code: &str| code.chars().filter_map(|c| c.to_digit(10)).collect::<Vec<u32>>();
    let (from, to) = (digits(&wrong), digits(&code));
    for at in (0..16).rev() {
        let up = (to[at] + 10 - from[at]) % 10;
        let (key, times) = if up <= 5 { (Up, up) } else { (Down, 10 - up) };
        (0..times).for_each(|_| fingers.change(key));
        if at > 0 {
            fingers.change(Left);
        }
    }
    // The check mark takes a code at its end.
    (1..16).for_each(|_| fingers.change(Right));
    fingers.press(Enter, "REGISTERED");
    println!("{} presses in all", fingers.presses);
    until("it is registered", || face.overview().name == "hall 3");
    let (exit, words) = says(&face, &["register", &code, "--anew"]);
    assert!(exit == Some(1) && words.contains("E13"), "{exit:?} {words}");
    let (exit, words) = says(&face, &["test"]);
    assert!(exit == Some(0) || words.contains("route"), "{exit:?} {words}");
    running.stop();
    let (exit, words) = says(&face, &["test", "--json"]);
    let code = format!("E{:02}", ErrorCode::Blocked.number());
    assert!(exit == Some(1) && (words.contains(&code) || words.contains("route")), "{exit:?} {words}");
}
