//! Pictures and text of every screen on every panel:
//! `cargo run -p stillwatch-lcd-ui --example screens -- FOLDER`.

use std::error::Error;
use std::fs::{File, create_dir_all};
use std::io::BufWriter;
use std::path::PathBuf;

use lcd_ui::demo::tour;
use lcd_ui::displays::DISPLAYS;
use lcd_ui::emulators::{Wired, model};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("want a folder to write to")?);
    for kind in DISPLAYS {
        let folder = folder.join(kind.name);
        create_dir_all(&folder)?;
        let mut line = Wired::new(model(kind.name).ok_or("every panel has an emulator")?);
        let mut driver = (kind.driver)();
        driver.start(&mut line)?;
        let stops = tour(kind.shape);
        for stop in &stops {
            driver.show(&mut line, &stop.picture)?;
            let file = File::create(folder.join(format!("{}.png", stop.name)))?;
            line.model.image().png(BufWriter::new(file))?;
            std::fs::write(folder.join(format!("{}.txt", stop.name)), line.model.text().join("\n") + "\n")?;
        }
        println!("{}: {} screens in {}", kind.name, stops.len(), folder.display());
    }
    Ok(())
}
