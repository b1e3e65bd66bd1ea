//! Where everything is on the box, and what the image says of itself.

use board::Board;

/// The board, as text.
const BOARD: &str = "/etc/stillwatch/board.toml";
/// Name and version of the system.
pub const OS_RELEASE: &str = "/etc/os-release";
/// Keys that bundles must be signed with.
pub const KEYS: &str = "/etc/stillwatch/keys";
/// The state's file system as it begins.
pub const EMPTY_STATE: &str = "/lib/stillwatch/state.ext4.zst";
/// The boot partition; mounted read-only.
pub const BOOT: &str = "/boot";
/// What must not be forgotten.
pub const STATE: &str = "/state";
/// Folder of what lives as long as the machine runs.
pub const RUN: &str = "/run/stillwatch";
/// Where the firmware's variables are.
pub const EFIVARS: &str = "/sys/firmware/efi/efivars";
/// Name servers, written by the set-up service.
pub const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Name of the boot partition in the GPT.
pub const BOOT_PARTITION: &str = "stillwatch-boot";
/// Name of the state's partition.
pub const STATE_PARTITION: &str = "stillwatch-state";

/// A value of `os-release(5)`, without quotes.
pub fn os_release(key: &str) -> String {
    let text = std::fs::read_to_string(OS_RELEASE).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

/// The board that the image was made for.
///
/// # Errors
/// In words: the image's copy cannot be read.
pub fn board() -> Result<Board, String> {
    let text = std::fs::read_to_string(BOARD).map_err(|error| format!("{BOARD}: {error}"))?;
    named(&text)
}

/// The image's copy says its own name, which elsewhere is that of the file.
fn named(text: &str) -> Result<Board, String> {
    let lines = text.lines().find_map(|line| line.strip_prefix("name = "));
    let name = lines.unwrap_or_default().trim_matches('"');
    Board::read(name, text).map_err(|error| error.to_string())
}

/// The version that runs.
pub fn version() -> String {
    let version = os_release("VERSION_ID");
    if version.is_empty() { env!("CARGO_PKG_VERSION").to_owned() } else { version }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_images_copy_keeps_its_name() {
        let boards = board::boards();
        for name in boards.names() {
            let board = boards.board(name).unwrap();
            assert_eq!(super::named(&board.to_text()).unwrap(), board, "{name}");
        }
    }
}
