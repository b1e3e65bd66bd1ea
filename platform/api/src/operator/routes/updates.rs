//! Update bundles and their roll-outs.

use axum::http::StatusCode;
use platform_core::views::{NewRollout, Role, RolloutState};

use crate::operator::answer::{Answer, List, done, json, list};
use crate::operator::call::{Call, Route, UPLOAD};
use crate::operator::problem::Problem;

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/bundles", bundles)
        .about("Update bundles, newest version first, and files that are none.")
        .gives(200, "Shelf"),
    Route::post("/bundles", Role::Admin, add)
        .about("Takes a bundle in: its file is the body.")
        .body(UPLOAD)
        .gives(201, "Bundle"),
    Route::delete("/bundles/{sha256}", Role::Admin, remove).about("Takes a bundle away.").gives(204, ""),
    Route::get("/rollouts", all).about("Roll-outs, newest first.").gives(200, "List<Rollout>"),
    Route::post("/rollouts", Role::Admin, start)
        .about("Begins a roll-out: to one sensor, then a tenth, then all of the bundle's board.")
        .body("NewRollout")
        .gives(201, "Rollout"),
    Route::get("/rollouts/{number}", one).about("One roll-out.").gives(200, "Rollout"),
    Route::post("/rollouts/{number}/pause", Role::Operator, |call| lead(call, RolloutState::Paused))
        .about("Holds a roll-out: nothing is offered.")
        .gives(200, "Rollout"),
    Route::post("/rollouts/{number}/resume", Role::Admin, |call| lead(call, RolloutState::Running))
        .about("Lets it go on; after a stop without those that failed.")
        .gives(200, "Rollout"),
    Route::post("/rollouts/{number}/cancel", Role::Admin, |call| lead(call, RolloutState::Cancelled))
        .about("Ends it; who has the version keeps it.")
        .gives(200, "Rollout"),
];

fn number(call: &Call) -> Result<u64, Problem> {
    let text = call.part("number");
    let missing = || platform_core::Error::Missing { what: "roll-out", id: text.into() };
    Ok(text.parse().map_err(|_| missing())?)
}

fn bundles(call: &Call) -> Answer {
    json(StatusCode::OK, &call.platform.bundles())
}

fn add(call: &Call) -> Answer {
    let bundle = call.file(|file| call.platform.add_bundle(file, &call.by))?;
    json(StatusCode::CREATED, &bundle)
}

fn remove(call: &Call) -> Answer {
    call.platform.remove_bundle(call.part("sha256"), &call.by)?;
    done()
}

fn all(call: &Call) -> Answer {
    list(call, &List::whole(call.platform.rollouts()))
}

fn one(call: &Call) -> Answer {
    json(StatusCode::OK, &call.platform.rollout(number(call)?)?)
}

fn start(call: &Call) -> Answer {
    let new: NewRollout = call.document()?;
    json(StatusCode::CREATED, &call.platform.start_rollout(&new, &call.by)?)
}

fn lead(call: &Call, to: RolloutState) -> Answer {
    json(StatusCode::OK, &call.platform.lead_rollout(number(call)?, to, &call.by)?)
}
