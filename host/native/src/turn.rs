//! The exports of a tool, `wit/host/tool.wit`, as typed values.
use crate::shape::Shape;
use wasmtime::component::{ComponentType, Lift, Lower};

#[derive(ComponentType, Lower)]
#[component(record)]
pub struct CallStart {
    pub input: String,
    pub blobs: Vec<Vec<u8>>,
    #[component(name = "now-ms")]
    pub now_ms: f64,
    pub seed: Vec<u8>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub struct ToolError {
    pub code: String,
    pub message: String,
    pub retryable: bool,
    pub details: Option<String>,
    pub stack: Option<String>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub enum Outcome {
    #[component(name = "done")]
    Done(String),
    #[component(name = "failed")]
    Failed(ToolError),
    #[component(name = "waiting")]
    Waiting,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub struct Turn {
    pub outcome: Outcome,
    pub blobs: Vec<Vec<u8>>,
}

pub type ResumeArguments = (Vec<i32>, Vec<Vec<u8>>, f64);

fn list(of: Shape) -> Shape {
    Shape::List(Box::new(of))
}

fn record(fields: Vec<(&str, Shape)>) -> Shape {
    Shape::Record(fields.into_iter().map(|(name, shape)| crate::shape::Field::new(name, shape)).collect())
}

fn turn_shape() -> Shape {
    let optional = || Shape::Option(Box::new(Shape::String));
    let error = record(vec![
        ("code", Shape::String),
        ("message", Shape::String),
        ("retryable", Shape::Bool),
        ("details", optional()),
        ("stack", optional()),
    ]);
    let case = |name: &str, shape: Option<Shape>| (name.to_string(), shape);
    let outcome =
        Shape::Variant(vec![case("done", Some(Shape::String)), case("failed", Some(error)), case("waiting", None)]);
    record(vec![("outcome", outcome), ("blobs", list(list(Shape::U8)))])
}

/// Parameters and result of `begin`, against which a component is checked once: its instances are then trusted to have them.
pub fn begin_shape() -> (Vec<Shape>, Shape) {
    let call = record(vec![
        ("input", Shape::String),
        ("blobs", list(list(Shape::U8))),
        ("now-ms", Shape::F64),
        ("seed", list(Shape::U8)),
    ]);
    (vec![call], turn_shape())
}

/// The same of `resume`.
pub fn resume_shape() -> (Vec<Shape>, Shape) {
    (vec![list(Shape::S32), list(list(Shape::U8)), Shape::F64], turn_shape())
}
