//! How a turn crosses: numbers in an array that both sides hold, the rest as values. `native.ts` has the same.
use crate::call::{CallLimits, Live};
use crate::fault::Fault;
use crate::js::{Js, Raw};
use crate::recorder::{Recorded, RecorderLimits};
use crate::refused;
use crate::tool::{HostFunction, Tool};
use crate::turn::{Outcome, Turn};
use crate::values::{completion, to_js};
use napi::{Result, sys};

/// What numbers in `numbers` mean: first what a turn takes, then what it gives. `native.ts` has the same.
pub mod number {
    pub const NOW_MS: usize = 0;
    pub const MEMORY_BYTES_MAX: usize = 1;
    pub const COMPUTE_MS_MAX: usize = 2;
    pub const OUTPUT_BYTES_MAX: usize = 3;
    pub const BLOBS_MAX: usize = 4;
    pub const ARGUMENT_BYTES_MAX: usize = 5;
    pub const LOG_BYTES_MAX: usize = 6;
    pub const LOG_LINES_MAX: usize = 7;
    pub const OPERATIONS_OPEN_MAX: usize = 8;
    pub const FUEL_MAX: usize = 9;
    pub const TABLE_ELEMENTS_MAX: usize = 10;
    pub const TABLES_MAX: usize = 11;
    pub const CORE_INSTANCES_MAX: usize = 12;
    pub const KIND: usize = 16;
    pub const COMPUTE_MS: usize = 17;
    pub const MEMORY_BYTES: usize = 18;
    pub const LOG_BYTES_DROPPED: usize = 19;
    pub const CALL: usize = 20;
    /// What comes with the turn.
    pub const RICH: usize = 21;
    pub const COUNT: usize = 22;
}

/// `numbers[KIND]`.
pub mod kind {
    pub const DONE: f64 = 0.0;
    pub const FAILED: f64 = 1.0;
    pub const WAITING: f64 = 2.0;
    pub const ENDED: f64 = 3.0;
    pub const MOVED: f64 = 4.0;
    pub const NONE: f64 = 5.0;
}

/// `numbers[RICH]`.
pub mod rich {
    pub const OUTCOME: f64 = 0.0;
    pub const EVERYTHING: f64 = 1.0;
    pub const OPERATIONS: f64 = 2.0;
}

/// The limits of the call that begins.
pub fn limits(numbers: &[f64]) -> CallLimits {
    let of = |index: usize| numbers[index].max(0.0);
    let (output_bytes, blobs, argument_bytes) = (
        of(number::OUTPUT_BYTES_MAX) as usize,
        of(number::BLOBS_MAX) as usize,
        of(number::ARGUMENT_BYTES_MAX) as usize,
    );
    CallLimits {
        memory_bytes: of(number::MEMORY_BYTES_MAX) as usize,
        compute_ns: (of(number::COMPUTE_MS_MAX) * 1e6) as u64,
        output_bytes,
        blobs,
        // Each blob costs its place in the list beside its bytes.
        lifted_bytes: output_bytes.max(argument_bytes) + (blobs + 1) * size_of::<Vec<u8>>(),
        table_elements: of(number::TABLE_ELEMENTS_MAX) as usize,
        tables: of(number::TABLES_MAX) as usize,
        core_instances: of(number::CORE_INSTANCES_MAX) as usize,
        fuel: of(number::FUEL_MAX) as u64,
        recorder: RecorderLimits {
            operations_open: of(number::OPERATIONS_OPEN_MAX) as usize,
            argument_bytes,
            log_bytes: of(number::LOG_BYTES_MAX) as usize,
            log_lines: of(number::LOG_LINES_MAX) as usize,
        },
    }
}

/// What a turn came to, and what stands for it: the output; code, message, retryable, details and stack; code, message and cause.
pub fn outcome(js: Js, result: &std::result::Result<Turn, Fault>) -> Result<(f64, sys::napi_value)> {
    Ok(match result {
        Ok(Turn { outcome: Outcome::Done(output), .. }) => (kind::DONE, js.text(output)?),
        Ok(Turn { outcome: Outcome::Waiting, .. }) => (kind::WAITING, js.undefined()),
        Ok(Turn { outcome: Outcome::Failed(error), .. }) => {
            let (details, stack) =
                (js.optional_text(error.details.as_deref())?, js.optional_text(error.stack.as_deref())?);
            (
                kind::FAILED,
                js.array(&[
                    js.text(&error.code)?,
                    js.text(&error.message)?,
                    js.boolean(error.retryable),
                    details,
                    stack,
                ]),
            )
        }
        Err(fault) => {
            (kind::ENDED, js.array(&[js.text(fault.code)?, js.text(&fault.message)?, js.text(&fault.cause)?]))
        }
    })
}

/// `[id, number of the host function, number of arguments, arguments…, …]`.
pub fn operations(js: Js, tool: &Tool, recorded: &Recorded) -> Result<sys::napi_value> {
    let mut flat = Vec::with_capacity(recorded.started.len() * 5);
    for started in &recorded.started {
        let operation = tool.operations[started.operation as usize].as_ref();
        let shapes = operation.map_or(&[][..], |operation| &operation.params);
        flat.push(js.integer(started.id));
        flat.push(js.integer(started.operation.into()));
        flat.push(js.integer(shapes.len() as i32));
        for (value, shape) in started.args.iter().zip(shapes) {
            flat.push(to_js(js, value, shape)?);
        }
    }
    Ok(js.array(&flat))
}

/// `[level, message, fields, …]`.
pub fn logs(js: Js, recorded: &Recorded) -> Result<sys::napi_value> {
    let array = js.empty_array(recorded.logs.len() * 3);
    for (index, line) in recorded.logs.iter().enumerate() {
        js.put(array, index * 3, js.text(&line.level)?);
        js.put(array, index * 3 + 1, js.text(&line.message)?);
        js.put(array, index * 3 + 2, js.optional_text(line.fields.as_deref())?);
    }
    Ok(array)
}

/// Hands completions to the recorder; gives the ids that are announced. Nothing is delivered where one of them does not fit its type.
pub fn deliver(js: Js, tool: &Tool, functions: &[HostFunction], live: &mut Live, ready: Raw) -> Result<Vec<i32>> {
    let mut read = Vec::new();
    for index in (0..js.length(ready.0)?).step_by(3) {
        let id = js.read_number(js.at(ready.0, index)?)? as i32;
        let Some(number) = live.recorder().operation_of(id) else { continue };
        if read.iter().any(|(seen, _)| *seen == id) {
            continue;
        }
        let Some(operation) = &tool.operations[number as usize] else { continue };
        let (ok, value) = (js.read_boolean(js.at(ready.0, index + 1)?)?, js.at(ready.0, index + 2)?);
        let taken = completion(js, ok, value, &operation.result).map_err(|error| {
            let HostFunction { interface, name, .. } = &functions[number as usize];
            refused(format!("the completion of {interface}.{name}: {}", error.reason))
        })?;
        read.push((id, taken));
    }
    let ids = read.iter().map(|(id, _)| *id).collect();
    for (id, taken) in read {
        live.recorder().deliver(id, taken);
    }
    Ok(ids)
}
