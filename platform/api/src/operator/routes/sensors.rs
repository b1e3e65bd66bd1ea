//! Sensors, their codes, what they are told.

use axum::http::StatusCode;
use platform_core::views::{NewSensor, Role, SensorView};
use serde::{Deserialize, Serialize};

use crate::operator::answer::{Answer, List, done, json, list};
use crate::operator::call::{Call, Route};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/sensors", all).about("Sensors by name, and how they are.").gives(200, "List<Sensor>"),
    Route::post("/sensors", Role::Operator, make)
        .about("Makes a sensor and its first code, which is shown this once.")
        .body("NewSensor")
        .gives(201, "MadeSensor"),
    Route::get("/sensors/{id}", one).about("One sensor.").gives(200, "Sensor"),
    Route::delete("/sensors/{id}", Role::Operator, deregister)
        .about("Removes a sensor; its assets are kept.")
        .gives(204, ""),
    Route::post("/sensors/{id}/codes", Role::Operator, code)
        .about("Another code: for a box that has not registered, or to replace hardware.")
        .body("NewCode")
        .gives(201, "Code"),
    Route::delete("/sensors/{id}/codes/{code}", Role::Operator, revoke)
        .about("Takes a code back, by its first six digits.")
        .gives(204, ""),
    Route::post("/sensors/{id}/pause", Role::Operator, |call| pause(call, true))
        .about("Tells a sensor to pause.")
        .gives(204, ""),
    Route::post("/sensors/{id}/resume", Role::Operator, |call| pause(call, false))
        .about("Tells a sensor to go on.")
        .gives(204, ""),
    Route::post("/sensors/{id}/line", Role::Operator, line)
        .about("Of two lines of one sensor, this one goes on; the others end.")
        .body("ChosenLine")
        .gives(204, ""),
];

#[derive(Serialize)]
struct Made {
    sensor: SensorView,
    code: String,
}

#[derive(Serialize)]
struct Code {
    code: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewCode {
    hours: u32,
}

#[derive(Deserialize)]
struct ChosenLine {
    epoch: String,
}

fn all(call: &Call) -> Answer {
    list(call, &List::whole(call.platform.sensors()?))
}

fn one(call: &Call) -> Answer {
    json(StatusCode::OK, &call.platform.sensor(call.part("id"))?)
}

fn make(call: &Call) -> Answer {
    let new: NewSensor = call.document()?;
    let (sensor, code) = call.platform.new_sensor(&new, &call.by)?;
    json(StatusCode::CREATED, &Made { sensor, code })
}

fn deregister(call: &Call) -> Answer {
    call.platform.deregister(call.part("id"), &call.by)?;
    done()
}

fn code(call: &Call) -> Answer {
    let new: NewCode = call.document()?;
    let code = call.platform.new_code(call.part("id"), new.hours, &call.by)?;
    json(StatusCode::CREATED, &Code { code })
}

fn revoke(call: &Call) -> Answer {
    call.platform.revoke_code(call.part("id"), call.part("code"), &call.by)?;
    done()
}

fn pause(call: &Call, paused: bool) -> Answer {
    call.platform.pause(call.part("id"), paused, &call.by)?;
    done()
}

fn line(call: &Call) -> Answer {
    let chosen: ChosenLine = call.document()?;
    call.platform.choose_line(call.part("id"), &chosen.epoch, &call.by)?;
    done()
}
