//! The front panel.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lcd_ui::displays::{self, Panel, State};
use lcd_ui::service::{Service, Socket, run as run_panel};
use wire::local::{Ask, SOCKET, Say};

use crate::beat::Heart;
use crate::paths;

/// So long a port is given to show that a panel is there.
const PATIENCE: Duration = Duration::from_secs(15);

/// The line to the set-up service; each turn of the panel's loop is a sign of life.
struct Beating {
    socket: Socket,
    heart: Heart,
}

impl Service for Beating {
    fn send(&mut self, ask: &Ask) -> io::Result<()> {
        self.socket.send(ask)
    }

    fn receive(&mut self) -> io::Result<Option<Say>> {
        self.heart.beat();
        self.socket.receive()
    }

    fn reach(&mut self) -> io::Result<()> {
        self.heart.beat();
        self.socket.reach()
    }

    fn leave(&mut self) {
        self.socket.leave();
    }
}

/// Serves the panel at whichever of the board's serial ports it is.
pub fn run() -> Result<(), String> {
    let board = paths::board()?;
    let plan = board.panel.ok_or("this board has no panel")?;
    let kind = displays::kind(&plan.kind).ok_or_else(|| format!("no panel is called {}", plan.kind))?;
    super::end_when_told()?;
    super::after_setup();
    let mut service = Beating { socket: Socket::new(Path::new(SOCKET)), heart: Heart::of("lcd") };
    loop {
        for port in &plan.ports {
            service.heart.beat();
            if !Path::new(port).exists() {
                std::thread::sleep(Duration::from_millis(500));
                continue;
            }
            let panel = Panel::start(kind, port);
            let (stop, live) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
            let (end, lives) = (Arc::clone(&stop), Arc::clone(&live));
            // Only where there are several: the one that is there is the one.
            if plan.ports.len() > 1 {
                std::thread::spawn(move || {
                    std::thread::sleep(PATIENCE);
                    if !lives.load(Ordering::Relaxed) {
                        end.store(true, Ordering::Relaxed);
                    }
                });
            }
            run_panel(&panel, kind.shape, true, &mut service, &stop, &mut |state| match state {
                State::Live => {
                    live.store(true, Ordering::Relaxed);
                    eprintln!("{} answers at {port}", kind.about);
                }
                State::Away(why) => eprintln!("{port}: {why}"),
                State::Starting => {}
            });
        }
    }
}
