//! The native side of the engine `wasmtime`: fibres, instances, limits. Two libraries come of it: `engine` runs compiled code and holds no compiler;
//! `compiler` makes it, and is loaded only by a limited child process. Defaults and checks of settings are in TypeScript (`host/engine/wasmtime/`).
mod code;
mod identity;

#[cfg(feature = "compiler")]
mod compiler;

#[cfg(not(feature = "compiler"))]
mod call;
#[cfg(not(feature = "compiler"))]
mod crossing;
#[cfg(not(feature = "compiler"))]
mod engine;
#[cfg(not(feature = "compiler"))]
mod fault;
#[cfg(not(feature = "compiler"))]
mod js;
#[cfg(not(feature = "compiler"))]
mod recorder;
#[cfg(not(feature = "compiler"))]
mod settings;
#[cfg(not(feature = "compiler"))]
mod shape;
#[cfg(not(feature = "compiler"))]
mod ticker;
#[cfg(not(feature = "compiler"))]
mod tool;
#[cfg(not(feature = "compiler"))]
mod turn;
#[cfg(not(feature = "compiler"))]
mod values;
#[cfg(not(feature = "compiler"))]
mod workers;

/// An error for JavaScript, with all its causes.
fn refused(error: impl std::fmt::Display) -> napi::Error {
    napi::Error::from_reason(format!("{error:#}"))
}
