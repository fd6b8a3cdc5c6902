//! What the library is, and the authentication of what it is to load.
use crate::refused;
use napi::bindgen_prelude::{Buffer, Uint8Array};
use napi_derive::napi;

/// Which code this library makes or runs.
#[napi(object)]
pub struct Identity {
    /// Version of wasmtime.
    pub wasmtime: String,
    /// As in `x86_64-linux`.
    pub target: String,
    /// What Cranelift may use of this processor, comma-separated.
    pub cpu_features: String,
}

/// Tells which code this library makes or runs.
#[napi]
pub fn describe() -> Identity {
    Identity {
        wasmtime: env!("WASMTIME_VERSION").to_string(),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        cpu_features: cpu_features().join(","),
    }
}

macro_rules! detected {
    ($detect:ident, $($name:tt),*) => {
        [$(($name, std::arch::$detect!($name))),*].into_iter().filter(|(_, found)| *found).map(|(name, _)| name).collect()
    };
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<&'static str> {
    // The list of `cranelift-native`.
    detected!(
        is_x86_feature_detected,
        "cmpxchg16b",
        "sse3",
        "ssse3",
        "sse4.1",
        "sse4.2",
        "popcnt",
        "avx",
        "avx2",
        "fma",
        "bmi1",
        "bmi2",
        "avx512bitalg",
        "avx512dq",
        "avx512f",
        "avx512vl",
        "avx512vbmi",
        "lzcnt"
    )
}

#[cfg(target_arch = "aarch64")]
fn cpu_features() -> Vec<&'static str> {
    detected!(is_aarch64_feature_detected, "lse", "paca", "fp16")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn cpu_features() -> Vec<&'static str> {
    Vec::new()
}

/// Keyed BLAKE3 over a name and the content of a file, 32 bytes. The name is part of it, so that one file cannot stand for another.
/// Throws where the key has not 32 bytes or the file cannot be read.
#[napi(catch_unwind)]
pub fn authenticate(path: String, name: String, key: Uint8Array) -> napi::Result<Buffer> {
    let key: &[u8; 32] = key.as_ref().try_into().map_err(|_| refused("the key has not 32 bytes"))?;
    let content = Mapped::open(&path).map_err(refused)?;
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(content.bytes());
    Ok(hasher.finalize().as_bytes().as_slice().into())
}

/// A file in memory, without a copy: half of the time that a start has for its authentication.
struct Mapped {
    start: *mut libc::c_void,
    length: usize,
}

impl Mapped {
    fn open(path: &str) -> std::io::Result<Mapped> {
        let file = std::fs::File::open(path)?;
        let length = file.metadata()?.len() as usize;
        if length == 0 {
            return Ok(Mapped { start: std::ptr::NonNull::dangling().as_ptr(), length });
        }
        #[cfg(target_os = "linux")]
        let flags = libc::MAP_PRIVATE | libc::MAP_POPULATE;
        #[cfg(not(target_os = "linux"))]
        let flags = libc::MAP_PRIVATE;
        let descriptor = std::os::fd::AsRawFd::as_raw_fd(&file);
        // SAFETY: a new mapping, of a file that is open; it touches no other memory.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), length, libc::PROT_READ, flags, descriptor, 0) };
        if start == libc::MAP_FAILED { Err(std::io::Error::last_os_error()) } else { Ok(Mapped { start, length }) }
    }

    /// Artifacts are never written again once they have their name; whoever cuts one short while it is read ends the process, as with code that runs.
    fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped there, or none are read.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.length) }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if self.length > 0 {
            // SAFETY: the mapping is this value's own.
            unsafe { libc::munmap(self.start, self.length) };
        }
    }
}
