//! The set-up service as a program, and a face that asks it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use wire::local::{Ask, Change, Overview, Say, frame, unframe};

use crate::line::until;
use crate::program;

/// A program that ends with the test.
pub struct Program(Child);

impl Program {
    /// Starts `stillwatch` with these arguments; what it says goes to the test's output.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(arguments: &[&str]) -> Program {
        let mut command = Command::new(program());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        Program(command.spawn().expect("the program that was just built starts"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.0.id() as i32), Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

/// A face of the service.
pub struct Face(pub PathBuf);

impl Face {
    /// Asks, and gives all that is said.
    ///
    /// # Panics
    /// When the service hangs up.
    pub fn ask(&self, ask: Ask) -> Vec<Say> {
        let mut stream = UnixStream::connect(&self.0).expect("the service is there");
        stream.write_all(&frame(&ask)).expect("it takes questions");
        let (mut arrived, mut buffer, mut said) = (Vec::new(), [0; 4096], Vec::new());
        loop {
            while let Some(say) = unframe::<Say>(&mut arrived).expect("it speaks our language") {
                let ends = say.ends();
                said.push(say);
                if ends {
                    return said;
                }
            }
            let more = stream.read(&mut buffer).expect("it answers");
            assert!(more > 0, "the service hung up");
            arrived.extend_from_slice(&buffer[..more]);
        }
    }

    /// The last of what is said.
    ///
    /// # Panics
    /// See [`Face::ask`].
    pub fn end(&self, ask: Ask) -> Say {
        self.ask(ask).pop().expect("something is said")
    }

    /// Applies settings.
    ///
    /// # Panics
    /// See [`Face::ask`].
    pub fn set(&self, pairs: &[(&str, &str)]) -> Say {
        self.end(Ask::Apply(changes(pairs)))
    }

    /// How everything stands.
    ///
    /// # Panics
    /// See [`Face::ask`].
    pub fn overview(&self) -> Overview {
        match self.end(Ask::Overview) {
            Say::Overview(overview) => *overview,
            other => panic!("{other:?}"),
        }
    }
}

/// Settings as they are sent.
pub fn changes(pairs: &[(&str, &str)]) -> Vec<Change> {
    pairs.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
}

/// The service in a folder, answering.
///
/// # Panics
/// When it does not start.
pub fn service(folder: &Path, more: &[&str]) -> (Program, Face) {
    let (socket, state) = (folder.join("setup.sock"), folder.join("state"));
    let text = |path: &Path| path.to_str().expect("test folders have plain names").to_owned();
    let (at, kept) = (text(&socket), text(&state));
    let mut arguments = vec!["setup", "--socket", &at, "--state", &kept];
    arguments.extend(more);
    let running = Program::start(&arguments);
    until("the service answers", || UnixStream::connect(&socket).is_ok());
    (running, Face(socket))
}
