//! `stillwatch panel`: the front panel, real or drawn in a terminal.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Args;
use lcd_ui::demo::Demo;
use lcd_ui::displays::{self, DISPLAYS, Key, Kind, State};
use lcd_ui::emulators::terminal::{self, Fingers};
use lcd_ui::emulators::{Emulator, Image};
use lcd_ui::service::{Service, Socket, run as run_panel};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use std::os::fd::AsFd;
use wire::local::{Ask, Say};

use crate::exit::{Exit, Failure};
use crate::read;

/// How often the drawing is looked at, in milliseconds.
const TURN: u8 = 20;
/// How long a key of `--keys` may take to change what is shown.
const KEY: Duration = Duration::from_millis(600);

/// Which panel, and what is behind it.
#[derive(Debug, Args)]
pub struct Panel {
    /// Its type: cfa533 (2 rows of 16), cfa635 (4 of 20), ezio (128 by 64 pixels)
    #[arg(value_parser = kind)]
    kind: &'static Kind,
    /// A real panel at this serial port. Without it one is emulated on a pty, whose name is said, and drawn here
    #[arg(long, value_name = "TTY")]
    port: Option<PathBuf>,
    /// Run the set-up on it, with the set-up service at this socket
    #[arg(long, value_name = "SOCKET", num_args = 0..=1, default_missing_value = wire::local::SOCKET)]
    setup: Option<PathBuf>,
    /// Run the set-up on it, with a made-up box behind it
    #[arg(long, conflicts_with = "setup")]
    demo: bool,
    /// The panel has Up, Down, Enter and Esc alone
    #[arg(long)]
    four_keys: bool,
    /// Write what the panel looks like to this PNG file, at each change
    #[arg(long, value_name = "FILE", conflicts_with = "port")]
    png: Option<PathBuf>,
    /// Press these keys one after the other, print what is shown then, and end
    #[arg(long, value_name = "KEYS", value_delimiter = ',', value_parser = key, conflicts_with = "port")]
    keys: Vec<Key>,
}

impl Panel {
    /// Shown below the help.
    pub const EXAMPLES: &str = "\
Examples:
  stillwatch panel cfa635 --demo                      try the screens, arrows, Enter and Esc
  stillwatch panel cfa533 --setup                     the same for the set-up service of this machine
  stillwatch panel cfa635 --port /dev/ttyS1 --setup   a real panel
  stillwatch panel ezio --demo --keys enter,down --png menu.png";
}

fn kind(name: &str) -> Result<&'static Kind, String> {
    let known: Vec<&str> = DISPLAYS.iter().map(|kind| kind.name).collect();
    displays::kind(name).ok_or_else(|| format!("no panel is called {name}; known: {}", known.join(", ")))
}

fn key(name: &str) -> Result<Key, String> {
    Ok(match name.trim().to_ascii_lowercase().as_str() {
        "up" => Key::Up,
        "down" => Key::Down,
        "left" => Key::Left,
        "right" => Key::Right,
        "enter" => Key::Enter,
        "esc" => Key::Esc,
        _ => return Err("want up, down, left, right, enter or esc".to_owned()),
    })
}

/// Runs the verb until Ctrl-C.
pub fn run(args: &Panel) -> Result<Exit, Failure> {
    read::catch_interrupts();
    let Some(port) = &args.port else { return emulated(args) };
    if args.setup.is_none() && !args.demo {
        return Err(Failure::Usage("--port wants --setup or --demo: something to show".to_owned()));
    }
    let face = Face::start(args, port)?;
    anstream::eprintln!("{} at {}; Ctrl-C ends it.", args.kind.about, port.display());
    let mut told = State::Starting;
    while read::interrupts() == 0 {
        read::pause(Duration::from_millis(500));
        let state = face.state();
        if state != told {
            match &state {
                State::Away(why) => anstream::eprintln!("stillwatch: {why}; it is tried again"),
                State::Live => anstream::eprintln!("The panel answers."),
                State::Starting => {}
            }
            told = state;
        }
    }
    Ok(Exit::Ok)
}

/// A panel that is not there.
fn emulated(args: &Panel) -> Result<Exit, Failure> {
    let emulator = Emulator::start(args.kind.name)
        .map_err(|error| Failure::Permission(format!("cannot make a pty for the panel: {error}")))?;
    let face = match args.setup.is_some() || args.demo {
        true => Some(Face::start(args, emulator.path())?),
        false => None,
    };
    let mut picture = Snapshot { file: args.png.as_deref(), last: None };
    if !args.keys.is_empty() {
        return pressed(args, &emulator, &mut picture);
    }
    let mut below = vec![format!("{} on {}", args.kind.about, emulator.path().display())];
    if args.demo {
        below.push("The box behind it is made up; the code that registers it is".to_owned());
        below.push(format!("{}.", lcd_ui::demo::CODE));
    }
    below.push("Arrows, Enter, Esc are its keys; q leaves.".to_owned());
    let done = if io::stdin().is_terminal() && io::stdout().is_terminal() {
        drawn(&emulator, &below, &mut picture)
    } else {
        below.pop();
        below.iter().for_each(|line| println!("{line}"));
        while read::interrupts() == 0 {
            picture.take(&emulator)?;
            read::pause(Duration::from_millis(100));
        }
        Ok(Exit::Ok)
    };
    drop(face);
    done
}

/// Draws it until somebody leaves; the terminal's keys are its keys.
fn drawn(emulator: &Emulator, below: &[String], picture: &mut Snapshot<'_>) -> Result<Exit, Failure> {
    let _raw = Raw::enter()?;
    let (started, mut fingers, mut shown) = (Instant::now(), Fingers::default(), String::new());
    let mut input = io::stdin();
    while read::interrupts() == 0 && !fingers.leave {
        let columns = crate::out::width().map(usize::from);
        let now = emulator.with(|panel| terminal::draw(panel, below, columns));
        if now != shown {
            let mut out = io::stdout().lock();
            out.write_all(now.as_bytes())?;
            out.flush()?;
            shown = now;
        }
        picture.take(emulator)?;
        let mut wait = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        let ready = poll(&mut wait, PollTimeout::from(TURN)).is_ok_and(|ready| ready > 0);
        let mut events = fingers.tick(started.elapsed());
        if ready {
            let mut bytes = [0; 64];
            let count = input.read(&mut bytes)?;
            if count == 0 {
                break;
            }
            events.extend(fingers.bytes(&bytes[..count], started.elapsed()));
        }
        for event in events {
            if event.pressed { emulator.press(event.key) } else { emulator.release(event.key) }
        }
    }
    Ok(Exit::Ok)
}

/// Presses keys, each when the one before has done its work, and prints what is shown.
fn pressed(args: &Panel, emulator: &Emulator, picture: &mut Snapshot<'_>) -> Result<Exit, Failure> {
    let blank = emulator.text();
    let settled = |before: &[String]| {
        let (begun, mut last, mut since) = (Instant::now(), before.to_vec(), Instant::now());
        // Until it has changed and stayed so for a moment; a key may change nothing.
        while begun.elapsed() < KEY && (last == before || since.elapsed() < Duration::from_millis(150)) {
            read::pause(Duration::from_millis(10));
            let now = emulator.text();
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
    };
    if args.demo || args.setup.is_some() {
        let begun = Instant::now();
        while emulator.text() == blank && begun.elapsed() < Duration::from_secs(10) {
            read::pause(Duration::from_millis(10));
        }
        settled(&emulator.text());
    }
    for &key in &args.keys {
        let before = emulator.text();
        emulator.tap(key);
        settled(&before);
    }
    picture.take(emulator)?;
    let mut out = io::stdout().lock();
    for row in emulator.text() {
        writeln!(out, "{}", row.trim_end())?;
    }
    Ok(Exit::Ok)
}

/// The user interface of a panel, on threads of its own.
struct Face {
    stop: Arc<AtomicBool>,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

impl Face {
    fn start(args: &Panel, port: &Path) -> Result<Face, Failure> {
        let port = port.to_str().ok_or_else(|| Failure::Usage("the port's name is no text".to_owned()))?;
        let (kind, six, port) = (args.kind, !args.four_keys, port.to_owned());
        let setup = args.setup.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let state = Arc::new(Mutex::new(State::Starting));
        let (stopped, told) = (Arc::clone(&stop), Arc::clone(&state));
        let thread = std::thread::spawn(move || {
            let panel = displays::Panel::start(kind, &port);
            let mut service: Box<dyn Service> = match setup {
                Some(socket) => Box::new(Socket::new(&socket)),
                None => Box::new(MadeUp::default()),
            };
            run_panel(&panel, kind.shape, six, service.as_mut(), &stopped, &mut |state| {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = state;
            });
        });
        Ok(Face { stop, state, thread: Some(thread) })
    }

    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The made-up box, asked without a socket.
#[derive(Default)]
struct MadeUp {
    demo: Demo,
    says: std::collections::VecDeque<Say>,
}

impl Service for MadeUp {
    fn send(&mut self, ask: &Ask) -> io::Result<()> {
        self.says.extend(self.demo.answer(ask.clone()));
        Ok(())
    }

    fn receive(&mut self) -> io::Result<Option<Say>> {
        Ok(self.says.pop_front())
    }

    fn reach(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn leave(&mut self) {
        self.says.clear();
    }
}

/// The picture file, written again when the panel looks different.
struct Snapshot<'a> {
    file: Option<&'a Path>,
    last: Option<Image>,
}

impl Snapshot<'_> {
    fn take(&mut self, emulator: &Emulator) -> Result<(), Failure> {
        let Some(file) = self.file else { return Ok(()) };
        let image = emulator.image();
        if self.last.as_ref() != Some(&image) {
            // Whoever looks at the file meanwhile sees a whole picture.
            let beside = file.with_extension("png.new");
            image.png(BufWriter::new(File::create(&beside)?))?;
            std::fs::rename(&beside, file)?;
            self.last = Some(image);
        }
        Ok(())
    }
}

/// A terminal that gives single keys; put back as it was at the end.
struct Raw {
    before: Termios,
}

impl Raw {
    fn enter() -> Result<Raw, Failure> {
        let before = tcgetattr(io::stdin()).map_err(io::Error::from)?;
        let mut raw = before.clone();
        raw.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
        raw.control_chars[SpecialCharacterIndices::VMIN as usize] = 0;
        raw.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        tcsetattr(io::stdin(), SetArg::TCSANOW, &raw).map_err(io::Error::from)?;
        // Another screen, no cursor.
        print!("\x1b[?1049h\x1b[?25l");
        Ok(Raw { before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(b"\x1b[?25h\x1b[?1049l");
        let _ = out.flush();
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.before);
    }
}
