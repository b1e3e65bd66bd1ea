//! PuTTY's own window, on a display without a screen: what an operator sees. Skipped,
//! saying so, where the programs are not installed. `UPDATE_SCREENS=1` keeps the picture
//! in `docs/screens/putty.png`.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::boxes;
use common::double::Double;
use common::line::{Line, Running, find};
use common::socket::Served;
use wire::local::Ask;

/// Display numbers that are tried.
const DISPLAYS: std::ops::Range<u32> = 70..90;

/// A display of its own.
fn display(xvfb: &Path) -> Option<(Running, String)> {
    for number in DISPLAYS {
        let socket = PathBuf::from(format!("/tmp/.X11-unix/X{number}"));
        if socket.exists() || Path::new(&format!("/tmp/.X{number}-lock")).exists() {
            continue;
        }
        let display = format!(":{number}");
        let child = Command::new(xvfb)
            .args([display.as_str(), "-screen", "0", "800x520x24", "-nolisten", "tcp"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut running = Running(child);
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            // Another test may have taken the number meanwhile: then it ends at once.
            if running.0.try_wait().unwrap().is_some() {
                break;
            }
            if socket.exists() {
                return Some((running, display));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    println!("skipped: no X display can be made here");
    None
}

/// The whole display as a picture.
fn shoot(import: &Path, display: &str, into: &str) -> Vec<u8> {
    let output = Command::new(import)
        .args(["-display", display, "-window", "root", "-trim", into])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    output.stdout
}

/// Pixels that are neither black nor nearly so.
fn lit(ppm: &[u8]) -> usize {
    ppm.chunks(3).filter(|pixel| pixel.iter().any(|part| *part > 80)).count()
}

/// Shoots until the picture has so many lit pixels and does not change any more.
fn settled(import: &Path, display: &str, least: usize) -> usize {
    let (end, mut before) = (Instant::now() + Duration::from_secs(60), 0);
    while Instant::now() < end {
        let now = lit(&shoot(import, display, "ppm:-"));
        if now >= least && now == before {
            return now;
        }
        before = now;
    }
    panic!("the window stays empty: {before} lit pixels, {least} are wanted");
}

#[test]
fn the_menu_in_its_window() {
    let programs = [find("Xvfb"), find("putty"), find("import")];
    let [Some(xvfb), Some(putty), Some(import)] = programs else { return };
    let Some((_x, display)) = display(&xvfb) else { return };
    let served = Served::new(Double::new(boxes::online()));
    let mut line = Line::new(9_600, true);
    let home = tempfile::tempdir().unwrap();
    let window = Command::new(putty)
        .args(["-geometry", "80x24+0+0", "-serial"])
        .arg(&line.desk_end)
        // What an operator gets who changes nothing in its settings.
        .args(["-sercfg", "9600,8,n,1,X"])
        .env("DISPLAY", &display)
        .env("HOME", home.path())
        .env_remove("TERM")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _window = Running(window);
    let empty = settled(&import, &display, 50);
    let _console = line.console(served.path());
    // Some 1,300 characters, each of at least ten pixels.
    let full = settled(&import, &display, empty + 10_000);
    assert!(full > empty);
    keep(&import, &display, "putty.png");
    line.type_in(b"net\rstatic\r192.168.1.0/24\r\r\r\r\r\r\r\r\r\r\r\r\r\r");
    let end = Instant::now() + Duration::from_secs(60);
    while !served.double.lock().unwrap().asked.iter().any(|ask| matches!(ask, Ask::Check(_))) {
        assert!(Instant::now() < end, "the dialog does not end");
        std::thread::yield_now();
    }
    settled(&import, &display, empty);
    let before = line.down.load(Ordering::Relaxed);
    line.type_in(b"y\r");
    while !served.double.lock().unwrap().asked.iter().any(|ask| matches!(ask, Ask::Apply(_))) {
        assert!(Instant::now() < end, "nothing is applied");
        std::thread::yield_now();
    }
    // Steps, question and the first second of the countdown.
    while line.down.load(Ordering::Relaxed) < before + 420 {
        assert!(Instant::now() < end, "the question does not come");
        std::thread::yield_now();
    }
    keep(&import, &display, "putty-keep.png");
}

/// Keeps a picture for whoever wants to look at it.
fn keep(import: &Path, display: &str, name: &str) {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    shoot(import, display, &picture.display().to_string());
    println!("the picture: {}", picture.display());
    if name == "putty.png" && std::env::var_os("UPDATE_SCREENS").is_some() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screens").join(name);
        std::fs::copy(&picture, kept).unwrap();
    }
}
