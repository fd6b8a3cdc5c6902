//! Advances the epoch while turns run, and sleeps while none does.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// A millisecond: what a deadline may be late by, and the slice of a turn.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without a turn until the ticker sleeps: waking it costs a system call.
const IDLE_TICKS: u32 = 100;
/// Stack of the ticker.
const TICKER_STACK_BYTES: usize = 64 << 10;

/// Advances the epoch while turns run.
pub struct Ticker {
    running: Arc<AtomicU32>,
    asleep: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
    thread: std::thread::Thread,
}

impl Ticker {
    pub fn start(engine: &wasmtime::Engine) -> std::io::Result<Ticker> {
        let (running, asleep, stopped) =
            (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (turns, sleeps, stop, engine) = (running.clone(), asleep.clone(), stopped.clone(), engine.weak());
        let tick = move || {
            let mut idle = 0;
            loop {
                let stopping = stop.load(Ordering::SeqCst);
                if stopping || turns.load(Ordering::SeqCst) > 0 {
                    idle = 0;
                } else if idle < IDLE_TICKS {
                    idle += 1;
                } else {
                    sleeps.store(true, Ordering::SeqCst);
                    if turns.load(Ordering::SeqCst) == 0 && !stop.load(Ordering::SeqCst) {
                        std::thread::park();
                    }
                    sleeps.store(false, Ordering::SeqCst);
                }
                std::thread::sleep(TICK);
                // Turns that outlive the close of their engine need ticks to see that they were cancelled: their stores hold it.
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        };
        let handle =
            std::thread::Builder::new().name("aria-epoch".into()).stack_size(TICKER_STACK_BYTES).spawn(tick)?;
        Ok(Ticker { running, asleep, stopped, thread: handle.thread().clone() })
    }

    /// A turn is on its way.
    pub fn enter(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
    }

    /// A turn has ended.
    pub fn leave(&self) {
        self.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}
