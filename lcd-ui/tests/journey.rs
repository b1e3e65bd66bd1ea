//! The whole way, as it will be in the image: keys as serial bytes of an emulated panel, the
//! driver, the user interface, the local protocol on a Unix socket, and a box behind it.

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lcd_ui::demo::{CODE, Demo};
use lcd_ui::displays::{Key, Key::*, Panel, State, kind};
use lcd_ui::emulators::Emulator;
use lcd_ui::service::{Socket, run};
use settings::item;
use wire::local::{Ask, Secret};

/// A box, its panel and somebody at it.
struct Bench {
    emulator: Emulator,
    demo: Arc<Mutex<Demo>>,
    stop: Arc<AtomicBool>,
    face: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

/// The service at a path, each connection on a thread that ends with it.
fn serve(path: &Path, demo: &Arc<Mutex<Demo>>) {
    let listener = UnixListener::bind(path).expect("a socket");
    let demo = Arc::clone(demo);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let demo = Arc::clone(&demo);
            std::thread::spawn(move || Demo::serve(&demo, stream));
        }
    });
}

impl Bench {
    fn new(panel: &'static str, demo: Demo) -> Bench {
        let kind = kind(panel).expect("in the list");
        let emulator = Emulator::start(panel).expect("a pty");
        let folder = tempfile::tempdir().expect("a folder");
        let (demo, stop) = (Arc::new(Mutex::new(demo)), Arc::new(AtomicBool::new(false)));
        let (path, tty) = (folder.path().join("setup.sock"), emulator.path().to_owned());
        let stopped = Arc::clone(&stop);
        let face = std::thread::spawn(move || {
            let panel = Panel::start(kind, tty.to_str().expect("text"));
            let mut states = Vec::new();
            run(&panel, kind.shape, true, &mut Socket::new(&path), &stopped, &mut |state| states.push(state));
            // It may have been away for a moment: a starved machine answers late.
            assert_eq!(states.last(), Some(&State::Live), "{states:?}");
        });
        Bench { emulator, demo, stop, face: Some(face), folder }
    }

    fn shows(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.emulator.text().iter().any(|row| row.contains(text)) {
            assert!(Instant::now() < end, "{text:?} was never shown, but {:#?}", self.emulator.text());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Presses a key; what it leads to must then be shown.
    fn press(&self, key: Key, shows: &str) {
        self.emulator.tap(key);
        self.shows(shows);
    }

    /// Presses a key and waits until that is seen.
    fn changes(&self, key: Key) {
        let look = || (self.emulator.text(), self.emulator.with(|panel| panel.cursor()));
        let (before, end) = (look(), Instant::now() + Duration::from_secs(20));
        self.emulator.tap(key);
        while look() == before {
            assert!(Instant::now() < end, "{key:?} changes nothing: {before:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The numbers of the address that is shown, and the column of the cursor.
    fn address(&self) -> (Vec<u16>, Option<u8>) {
        let text = self.emulator.text();
        let row = text.iter().find(|row| row.matches('.').count() == 3).map_or("", String::as_str);
        let numbers = row.trim().split('.').filter_map(|number| number.parse().ok()).collect();
        (numbers, self.emulator.with(|panel| panel.cursor()).map(|(column, _)| column))
    }

    fn address_is(&self, what: &str, is: impl Fn(&[u16], Option<u8>) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let (numbers, column) = self.address();
            if is(&numbers, column) {
                return;
            }
            assert!(Instant::now() < end, "{what}: {numbers:?} {column:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Turns the number at a place down: held until it is near, then by single presses.
    fn turn(&self, at: usize, to: u16) {
        self.emulator.press(Down);
        self.address_is("held", |numbers, _| numbers.get(at).is_some_and(|number| number.abs_diff(to) < 12));
        self.emulator.release(Down);
        // The cursor moves away only after the key was seen to be let go.
        let (_, column) = self.address();
        self.emulator.tap(Right);
        self.address_is("away", |_, now| now != column);
        let (_, away) = self.address();
        self.emulator.tap(Left);
        self.address_is("back", |_, now| now != away);
        while let Some(&now) = self.address().0.get(at).filter(|now| **now != to) {
            self.emulator.tap(if now < to { Up } else { Down });
            self.address_is("turned", |numbers, _| numbers.get(at) != Some(&now));
        }
    }

    fn set(&self, id: &str) -> String {
        let demo = self.demo.lock().expect("nobody panicked");
        item(id).map_or("", |item| demo.settings.get(item)).into()
    }

    fn done(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.face.take().expect("once").join().expect("the face ended well");
    }
}

#[test]
fn static_address_proxy_and_code_by_serial_bytes_of_a_cfa533() {
    set_up("cfa533");
}

#[test]
fn static_address_proxy_and_code_by_serial_bytes_of_a_cfa635() {
    set_up("cfa635");
}

fn set_up(panel: &'static str) {
    let mut demo = Demo::new();
    demo.answer(Ask::Apply(vec![("platform.address".into(), "stillwatch.example.org".into())]));
    let bench = Bench::new(panel, demo);
    bench.shows("no answer from");
    serve(&bench.folder.path().join("setup.sock"), &bench.demo);
    bench.shows("no address");

    bench.press(Enter, "MENU");
    bench.press(Down, "SETUP NETWORK");
    bench.press(Enter, "ADDRESSING");
    bench.press(Down, "STATIC");
    bench.press(Enter, "192.168.1.50/24");
    bench.press(Enter, "GATEWAY");
    bench.shows("192.168.1.1");
    bench.press(Enter, "DNS 1");
    bench.press(Enter, "APPLY");
    bench.press(Enter, "KEEP IT?");
    bench.press(Enter, "DONE");
    assert_eq!(bench.set("network.address"), "192.168.1.50/24");
    assert_eq!(bench.set("network.gateway"), "192.168.1.1");
    assert_eq!(bench.set("network.dns1"), "192.168.1.1");

    bench.press(Esc, "SETUP NETWORK");
    bench.press(Down, "PROXY");
    bench.press(Enter, "OFF");
    bench.press(Down, "HTTP");
    bench.press(Enter, "BY IP ADDRESS");
    bench.press(Enter, "192.168.1.1");
    // The first arrow goes into the address.
    bench.press(Down, "191.168.1.1");
    bench.turn(0, 10);
    bench.emulator.tap(Right);
    bench.turn(1, 0);
    bench.emulator.tap(Right);
    bench.press(Down, "10.0.0.1");
    bench.emulator.tap(Right);
    for last in 2..=5 {
        bench.press(Up, &format!("10.0.0.{last}"));
    }
    bench.press(Enter, "3128");
    bench.press(Enter, "PROXY USER");
    bench.press(Enter, "APPLY");
    bench.press(Enter, "DONE");
    assert_eq!(bench.set("proxy.host"), "10.0.0.5");

    bench.press(Esc, "PROXY");
    bench.press(Down, "REGISTER");
    bench.press(Enter, "CODE");
    for (at, digit) in CODE.chars().filter_map(|digit| digit.to_digit(10)).enumerate() {
        if at > 0 {
            bench.changes(Right);
        }
        (0..digit).for_each(|_| bench.changes(Up));
    }
    bench.press(Enter, "REGISTERED");
    let digits: String = CODE.chars().filter(char::is_ascii_digit).collect();
    let ask = Ask::Register { code: Secret(digits), anew: false };
    assert!(bench.demo.lock().expect("nobody panicked").asked.contains(&ask));
    bench.press(Esc, "REGISTER");
    bench.press(Esc, "plant-7-core");
    bench.done();
}

#[test]
fn the_service_may_be_away_and_come_back() {
    let bench = Bench::new("cfa635", Demo::new());
    let path = bench.folder.path().join("setup.sock");
    bench.shows("no answer from");
    bench.emulator.tap(Enter);
    bench.shows("no answer from");
    serve(&path, &bench.demo);
    bench.shows("no address");
    bench.press(Up, "MENU");
    bench.done();
}

#[test]
fn a_graphic_panel_shows_what_its_user_interface_draws() {
    use lcd_ui::demo::Hands;
    use lcd_ui::displays::Picture;
    let mut shadow = Hands::new(Demo::new(), kind("ezio").expect("in the list").shape, true);
    let bench = Bench::new("ezio", Demo::new());
    serve(&bench.folder.path().join("setup.sock"), &bench.demo);
    let same = |shadow: &Hands| {
        let Picture::Pixels(canvas) = shadow.picture() else { panic!("pixels") };
        let cell = |x, y| match (canvas.pixel(x, y), canvas.pixel(x, y + 1)) {
            (false, false) => ' ',
            (true, false) => '▀',
            (false, true) => '▄',
            (true, true) => '█',
        };
        let want: Vec<String> = (0..64).step_by(2).map(|y| (0..128).map(|x| cell(x, y)).collect()).collect();
        let end = Instant::now() + Duration::from_secs(20);
        while bench.emulator.text() != want {
            assert!(
                Instant::now() < end,
                "shown:\n{}\nwanted:\n{}",
                bench.emulator.text().join("\n"),
                want.join("\n")
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    same(&shadow);
    for key in [Enter, Down, Enter, Down, Enter, Right, Up, Right, Enter] {
        shadow.press(key);
        bench.emulator.tap(key);
        same(&shadow);
    }
    bench.done();
}
