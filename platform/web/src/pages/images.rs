//! Images of appliances that an operator put into the platform's folder (`docs/personalise.md`). The files
//! themselves come from the API, as they are.

use askama::Template;
use platform_core::views::ImagesView;

use crate::answer::{Answer, page};
use crate::ask::{Ask, Route};
use crate::frame::{Frame, Section};

/// Its address.
pub const ROUTES: &[Route] = &[Route::get("/images", show)];

/// The page.
#[derive(Template)]
#[template(path = "images.html")]
pub struct ImagesPage {
    /// What stands around it.
    pub frame: Frame,
    /// Files, and those that are not given out.
    pub shelf: ImagesView,
}

fn show(ask: &Ask) -> Answer {
    let frame = ask.frame("Images", Section::Sensors)?;
    page(&ImagesPage { frame, shelf: ask.platform.images() })
}
