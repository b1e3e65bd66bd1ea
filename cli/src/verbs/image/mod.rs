//! `stillwatch image personalise`: the platform's address and a code, put beside an image.

mod readme;
mod sums;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use model::PersonalizationCode;
use seed::{FILES, Seed};
use settings::Change;

use crate::exit::{Exit, Failure};

/// Most bytes that are read of a file with a code or settings.
const MOST: u64 = setup::text::MAX as u64;

/// Mode of files with a secret, and of others.
const SECRET: u32 = 0o600;
const OPEN: u32 = 0o644;

/// Verbs of `image`.
#[derive(Debug, Subcommand)]
pub enum Image {
    /// Write what is put beside an image so that it registers without hands: a disc, a file for a stick, vApp properties.
    /// The image itself is not touched
    #[command(visible_alias = "personalize", after_help = EXAMPLES)]
    Personalise(Personalise),
}

const EXAMPLES: &str = "\
Examples:
  stillwatch image personalise --platform stillwatch.example.org:8443 --code-file code.txt --out beside
  stillwatch image personalise --platform stillwatch.example.org:8443 --code-file - --out beside \\
      --set network.mode=static --set network.address=10.0.0.5/24 --set network.gateway=10.0.0.1";

/// What is put beside an image.
#[derive(Debug, Args)]
pub struct Personalise {
    /// Where the platform takes sensors
    #[arg(long, value_name = "HOST:PORT")]
    pub platform: String,
    /// The personalization code is in this file, or - for standard input. There is no flag for the code itself:
    /// everybody on this machine can read command lines
    #[arg(long, value_name = "FILE")]
    pub code_file: PathBuf,
    /// A setting by its id, such as network.hostname=probe7; may be given several times
    #[arg(long, value_name = "ID=VALUE")]
    pub set: Vec<String>,
    /// More settings, as TOML: for passwords and certificates (the console's back-up is such a file)
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// An image, or the folder of one: only read. Its SHA-256 is printed, and checked against SHA256SUMS where that is
    #[arg(long, value_name = "PATH")]
    pub image: Option<PathBuf>,
    /// Folder to write into; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write over files that are there
    #[arg(long)]
    pub force: bool,
}

/// Runs a verb.
pub fn run(what: &Image) -> Result<Exit, Failure> {
    match what {
        Image::Personalise(args) => personalise(args),
    }
}

fn personalise(args: &Personalise) -> Result<Exit, Failure> {
    let code: PersonalizationCode = text(&args.code_file)?
        .parse()
        .map_err(|wrong: model::NotACode| Failure::Usage(format!("{}: {wrong}", args.code_file.display())))?;
    let seed = Seed::new(&args.platform, code, &changes(args)?).map_err(|wrong| {
        let lines: Vec<String> = wrong.iter().map(|(id, why)| format!("{id}: {why}")).collect();
        Failure::Usage(lines.join("\n  "))
    })?;
    // Before anything is written: an image that is not what its list says is not worth a code.
    let image = args.image.as_deref().map(sums::of).transpose()?;
    write(args, &seed)?;
    println!("Written into {}:", args.out.display());
    for file in FILES {
        println!("  {:<16} {}{}", file.name, file.about, if file.secret { " (secret)" } else { "" });
    }
    println!("  {:<16} what to do with them", readme::NAME);
    if let Some(image) = image {
        println!("The image was only read:");
        for file in image {
            println!(
                "  {}  {}{}",
                file.sha256,
                file.name,
                if file.listed { "  as in SHA256SUMS" } else { "" }
            );
        }
    }
    println!("Next:  less {}", args.out.join(readme::NAME).display());
    Ok(Exit::Ok)
}

/// The settings of the file, then those of the command line.
fn changes(args: &Personalise) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    if let Some(path) = &args.settings {
        let read = setup::text::read(&text(path)?);
        changes = read.map_err(|why| Failure::Usage(format!("{}: {why}", path.display())))?;
    }
    for words in &args.set {
        let (id, value) = words.split_once('=').ok_or_else(|| {
            Failure::Usage(format!("--set {words}: want ID=VALUE, such as network.hostname=probe7"))
        })?;
        if settings::item(id).is_some_and(|item| item.secret) {
            return Err(Failure::Usage(format!(
                "--set {id}: everybody on this machine can read command lines; put it into a file, \
                 {id} = \"…\", and give that as --settings FILE"
            )));
        }
        changes.push((id.into(), value.into()));
    }
    Ok(changes)
}

/// A small file of text, or standard input.
fn text(path: &Path) -> Result<String, Failure> {
    let failed =
        |error: std::io::Error| Failure::Input(format!("{} cannot be read: {error}", path.display()));
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(MOST + 1).read_to_string(&mut text)
    } else {
        fs::File::open(path).map_err(failed)?.take(MOST + 1).read_to_string(&mut text)
    };
    if read.map_err(failed)? as u64 > MOST {
        return Err(Failure::Input(format!("{} has more than {MOST} bytes", path.display())));
    }
    Ok(text)
}

fn write(args: &Personalise, seed: &Seed) -> Result<(), Failure> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| {
        Failure::Invalid(format!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(&args.out).map_err(|error| failed(&args.out, &error))?;
    let made =
        FILES.iter().map(|file| (file.name, (file.make)(seed), if file.secret { SECRET } else { OPEN }));
    let all: Vec<_> = made.chain([(readme::NAME, readme::text().into_bytes(), OPEN)]).collect();
    let there: Vec<&str> =
        all.iter().map(|file| file.0).filter(|name| args.out.join(name).symlink_metadata().is_ok()).collect();
    if !there.is_empty() && !args.force {
        let (folder, names) = (args.out.display(), there.join(", "));
        return Err(Failure::Usage(format!(
            "{folder} holds {names} already, maybe with a code that waits: give another --out, or --force"
        )));
    }
    for (name, bytes, mode) in all {
        let path = args.out.join(name);
        let whole = || -> std::io::Result<()> {
            // Nobody else reads it while it is written, and what is there is whole or not there.
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&args.out)?;
            file.write_all(&bytes)?;
            file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
            if args.force {
                file.persist(&path)?;
            } else {
                file.persist_noclobber(&path)?;
            }
            Ok(())
        };
        whole().map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}
