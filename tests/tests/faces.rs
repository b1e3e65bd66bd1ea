//! The faces against the real service and a real platform: the front panel by the serial
//! bytes of its emulator, and the console's commands.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use e2e::faces::{Face, service};
use e2e::line::{start, until};
use e2e::program;
use e2e::vm::Fingers;
use lcd_ui::displays::{Key::*, Panel, kind};
use lcd_ui::service::{Socket, run};
use model::ErrorCode;
use platform_core::views::NewSensor;
use wire::local::Standing;

/// The panel's face of the service, on a thread of its own.
struct Worker {
    stop: Arc<AtomicBool>,
    face: Option<JoinHandle<()>>,
}

impl Worker {
    fn of(fingers: &Fingers, panel: &'static str, socket: &Path) -> Worker {
        let kind = kind(panel).expect("in the list");
        let (tty, path) = (fingers.path().to_owned(), socket.to_owned());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let face = std::thread::spawn(move || {
            let panel = Panel::start(kind, tty.to_str().expect("text"));
            run(&panel, kind.shape, true, &mut Socket::new(&path), &stopped, &mut |_| {});
        });
        Worker { stop, face: Some(face) }
    }
}

impl Drop for Worker {
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

    let mut fingers = Fingers::at("cfa635");
    let _worker = Worker::of(&fingers, "cfa635", &face.0);
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
