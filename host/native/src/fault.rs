//! Why an instance ended: a code of the contract, words for a person, and the cause.
use std::fmt;
use wasmtime::{Error, Trap};

/// An end that has a code of its own.
#[derive(Debug, Clone)]
pub struct Fault {
    pub code: &'static str,
    pub message: String,
    pub cause: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.message)
    }
}

impl std::error::Error for Fault {}

/// Characters of wasmtime's own words that are passed on.
const CAUSE_MAX: usize = 500;

impl Fault {
    pub fn new(code: &'static str, message: impl Into<String>, cause: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), cause: cause.into() }
    }

    /// What an error of wasmtime means. `memory_refused`: the guest's last growth was, and it has called nothing since.
    pub fn of(error: &Error, memory_refused: bool) -> Fault {
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return fault.clone();
        }
        let cause: String = format!("{error:#}").chars().take(CAUSE_MAX).collect();
        match error.downcast_ref::<Trap>() {
            // An allocator that has nothing left has no other way to say so.
            Some(Trap::UnreachableCodeReached) if memory_refused => {
                Fault::new("MEMORY_EXCEEDED", "Cannot go on: the guest has no memory for what is brought in", "memory")
            }
            Some(Trap::OutOfFuel) => {
                Fault::new("DEADLINE_EXCEEDED", "Cannot finish the call: its fuel is used up", "fuel")
            }
            // wasmtime's own error has no type that is public.
            None if cause.contains("fuel allocated for hostcalls") => {
                Fault::new("VALUE_TOO_LARGE", "Cannot take the turn: it brings out more than it may", "bytes")
            }
            None if cause.contains("concurrent limit")
                || cause.contains("memory allocation failed")
                || cause.contains("mmap failed") =>
            {
                Fault::new("UNAVAILABLE", "Cannot make an instance: the host has no room for it", cause)
            }
            _ => Fault::new("TOOL_TRAPPED", "Cannot finish the turn: the guest trapped", cause),
        }
    }
}
