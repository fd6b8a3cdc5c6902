//! What the imports of an instance do: they record. Nothing leaves while the guest runs. The rules are those of `host/engine/v8/recorder.ts`:
//! - ids count from 1 and are never used twice in a call;
//! - an operation is open from its start until it is delivered or given up;
//! - a fault ends the instance: it unwinds through the guest, which cannot catch it.
use crate::fault::Fault;
use crate::values::weight;
use std::mem::take;
use wasmtime::component::Val;

/// Limits of one call that are checked here; `host/limits.ts` has their reasons.
#[derive(Clone, Copy)]
pub struct RecorderLimits {
    pub operations_open: usize,
    pub argument_bytes: usize,
    pub log_bytes: usize,
    pub log_lines: usize,
}

/// An operation that a turn has started. `operation`: its number in the tool.
pub struct Started {
    pub id: i32,
    pub operation: u16,
    pub args: Vec<Val>,
}

pub struct LogLine {
    pub level: String,
    pub message: String,
    pub fields: Option<String>,
}

struct Open {
    id: i32,
    operation: u16,
    /// What `read-stream` waits for.
    stream: Option<i32>,
}

/// What a turn recorded.
#[derive(Default)]
pub struct Recorded {
    pub started: Vec<Started>,
    pub abandoned: Vec<i32>,
    pub logs: Vec<LogLine>,
    pub log_bytes_dropped: usize,
}

pub struct Recorder {
    limits: RecorderLimits,
    last_id: i32,
    /// Ascending by id.
    open: Vec<Open>,
    ready: Vec<(i32, u16, Val)>,
    /// What they weigh: a guest may never take them.
    ready_bytes: usize,
    turn: Recorded,
    argument_bytes: usize,
}

fn misused(cause: String) -> wasmtime::Error {
    Fault::new("TOOL_TRAPPED", "Cannot go on: the guest takes a completion that it was not given", cause).into()
}

impl Recorder {
    pub fn new(limits: RecorderLimits) -> Recorder {
        Recorder {
            limits,
            last_id: 0,
            open: Vec::new(),
            ready: Vec::new(),
            ready_bytes: 0,
            turn: Recorded::default(),
            argument_bytes: 0,
        }
    }

    /// What the turn recorded; the next one starts empty.
    pub fn take_turn(&mut self) -> Recorded {
        self.argument_bytes = 0;
        take(&mut self.turn)
    }

    pub fn start(&mut self, operation: u16, args: &[Val]) -> wasmtime::Result<i32> {
        let RecorderLimits { operations_open, argument_bytes, .. } = self.limits;
        if self.open.len() >= operations_open {
            let message = format!("Cannot start another operation: {operations_open} are open");
            return Err(Fault::new("OPERATIONS_EXCEEDED", message, "operations").into());
        }
        if self.ready_bytes > argument_bytes {
            let message = format!(
                "Cannot start another operation: completions of more than {argument_bytes} bytes are not taken"
            );
            return Err(Fault::new("VALUE_TOO_LARGE", message, "completions").into());
        }
        self.argument_bytes += 16 + args.iter().map(weight).sum::<usize>();
        if self.argument_bytes > argument_bytes {
            let message = format!(
                "Cannot start another operation: the arguments of this turn have more than {argument_bytes} bytes"
            );
            return Err(Fault::new("VALUE_TOO_LARGE", message, "arguments").into());
        }
        self.last_id += 1;
        let stream = match args.first() {
            Some(Val::S32(number)) => Some(*number),
            _ => None,
        };
        self.open.push(Open { id: self.last_id, operation, stream });
        self.turn.started.push(Started { id: self.last_id, operation, args: args.to_vec() });
        Ok(self.last_id)
    }

    /// The operation of an open id, for the type of its completion.
    pub fn operation_of(&self, id: i32) -> Option<u16> {
        self.find(id).map(|index| self.open[index].operation)
    }

    /// Announces a completion: it may be taken once.
    pub fn deliver(&mut self, id: i32, completion: Val) {
        if let Some(index) = self.find(id) {
            let Open { operation, .. } = self.open.remove(index);
            self.ready_bytes += weight(&completion);
            self.ready.push((id, operation, completion));
        }
    }

    pub fn complete(&mut self, operation: u16, id: i32) -> wasmtime::Result<Val> {
        match self.ready.iter().position(|found| found.0 == id && found.1 == operation) {
            Some(index) => {
                let completion = self.ready.swap_remove(index).2;
                self.ready_bytes -= weight(&completion);
                Ok(completion)
            }
            None => Err(misused(format!("the operation {id} has no completion of this kind"))),
        }
    }

    pub fn log(&mut self, level: String, message: String, fields: Option<String>) {
        let bytes = message.len() + fields.as_ref().map_or(0, String::len);
        if bytes > self.limits.log_bytes || self.limits.log_lines == 0 {
            self.turn.log_bytes_dropped += bytes;
            return;
        }
        self.limits.log_bytes -= bytes;
        self.limits.log_lines -= 1;
        self.turn.logs.push(LogLine { level, message, fields });
    }

    /// Gives an operation up, where it is one of those that `matches`.
    pub fn abandon(&mut self, id: i32, matches: impl Fn(u16) -> bool) {
        let Some(index) = self.find(id) else { return };
        if matches(self.open[index].operation) {
            self.give_up(index);
        }
    }

    /// A stream is closed: the reads that wait for it are given up.
    pub fn abandon_reads(&mut self, stream: i32, is_read: impl Fn(u16) -> bool) {
        let mut index = 0;
        while index < self.open.len() {
            if self.open[index].stream == Some(stream) && is_read(self.open[index].operation) {
                self.give_up(index);
            } else {
                index += 1;
            }
        }
    }

    fn give_up(&mut self, index: usize) {
        let Open { id, .. } = self.open.remove(index);
        // What has not left yet never leaves.
        match self.turn.started.iter().position(|started| started.id == id) {
            Some(started) => drop(self.turn.started.remove(started)),
            None => self.turn.abandoned.push(id),
        }
    }

    fn find(&self, id: i32) -> Option<usize> {
        self.open.binary_search_by_key(&id, |open| open.id).ok()
    }
}
