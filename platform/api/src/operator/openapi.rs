//! The OpenAPI 3.1 description, made of the list of routes and of the schemas.

use axum::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, ObjectBuilder, OpenApiBuilder, PathItem, Ref, RefOr,
    Required, ResponseBuilder, Schema, ServerBuilder,
};

use super::call::{OCTETS, Route, UPLOAD};
use super::{BASE, routes, schemas};

/// The whole description.
pub fn document() -> Value {
    let mut paths = PathsBuilder::new();
    for route in routes::all() {
        let method = match route.method {
            Method::POST => HttpMethod::Post,
            Method::PUT => HttpMethod::Put,
            Method::DELETE => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        paths = paths.path(route.path, PathItem::new(method, operation(route)));
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key.")).build();
    let cookie = ApiKeyValue::with_description(
        "stillwatch_session",
        "A browser's session; everything but GET needs its form token as X-Form-Token.",
    );
    let components = ComponentsBuilder::new()
        .security_scheme("key", SecurityScheme::Http(bearer))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .build();
    let words = "Every request asks the same functions as the pages. Times are RFC 3339 in UTC; new values of \
                 enumerations and new fields may appear.";
    let info = InfoBuilder::new().title("Stillwatch").version("1").description(Some(words)).build();
    let built = OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url(BASE).build()]))
        .paths(paths.build())
        .components(Some(components))
        .build();
    let mut document = serde_json::to_value(&built).unwrap_or(Value::Null);
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("schemas".into(), Value::Object(schemas::all()));
    }
    document
}

fn schema(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(schemas::component(name)))
}

fn operation(route: &Route) -> OperationBuilder {
    let tag = route.path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let mut out =
        OperationBuilder::new().tag(tag).summary(Some(route.about)).operation_id(Some(operation_id(route)));
    for name in route.path.split(['{', '}']).skip(1).step_by(2) {
        out = out.parameter(parameter(name, ParameterIn::Path, ""));
    }
    for (name, about) in route.query {
        out = out.parameter(parameter(name, ParameterIn::Query, about));
    }
    if route.method == Method::PUT && route.path == "/config" {
        out = out.parameter(parameter(
            "If-Match",
            ParameterIn::Header,
            "ETag of the configuration that was changed",
        ));
    }
    if !route.body.is_empty() {
        let (kind, content) = match route.body {
            UPLOAD => ("application/octet-stream", ContentBuilder::new().build()),
            name => ("application/json", ContentBuilder::new().schema(Some(schema(name))).build()),
        };
        let body = RequestBodyBuilder::new().content(kind, content).required(Some(Required::True)).build();
        out = out.request_body(Some(body));
    }
    let (status, gives) = route.gives;
    let mut good = ResponseBuilder::new().description("Done.");
    good = match gives {
        "" => good,
        "File" => {
            let text = ContentBuilder::new().schema(Some(ObjectBuilder::new())).build();
            good.content("text/csv", text.clone()).content("application/x-ndjson", text)
        }
        OCTETS => good.content("application/octet-stream", ContentBuilder::new().build()),
        name => good.content("application/json", ContentBuilder::new().schema(Some(schema(name))).build()),
    };
    let problem = ContentBuilder::new().schema(Some(schema("Problem"))).build();
    let bad =
        ResponseBuilder::new().description("What went wrong.").content("application/problem+json", problem);
    out = out.response(status.to_string(), good.build()).response("default", bad.build());
    if route.role.is_some() {
        let none: [&str; 0] = [];
        out = out
            .security(SecurityRequirement::new("key", none))
            .security(SecurityRequirement::new("session", none))
            .description(Some(format!("Needs the role {}.", role(route))));
    }
    out
}

fn role(route: &Route) -> Value {
    route.role.map_or(json!(null), |role| json!(role))
}

/// `getSensorsIdPause`: unique, stable.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut id = route.method.as_str().to_lowercase();
    for word in words {
        let (first, rest) = word.split_at(1);
        id.push_str(&first.to_uppercase());
        id.push_str(rest);
    }
    id
}

/// A parameter; in the query those are required whose name ends with `!`.
fn parameter(name: &str, place: ParameterIn, about: &str) -> Parameter {
    let required = place == ParameterIn::Path || name.ends_with('!');
    let text = ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
    ParameterBuilder::new()
        .name(name.trim_end_matches('!'))
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .description(Some(about).filter(|about| !about.is_empty()))
        .schema(Some(text))
        .build()
}
