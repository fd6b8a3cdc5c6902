//! Compiling, in the limited child process.
use crate::code::{CodeSettings, code_config};
use crate::refused;
use napi::bindgen_prelude::{Buffer, Uint8Array};
use napi_derive::napi;

fn compiler(settings: &CodeSettings) -> napi::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&code_config(settings)).map_err(refused)
}

/// Lets the address space of this process grow by so many bytes at most. Throws where the system refuses.
#[napi(catch_unwind)]
pub fn limit_memory(bytes: f64) -> napi::Result<()> {
    let status = std::fs::read_to_string("/proc/self/statm").map_err(refused)?;
    let pages: u64 = status
        .split(' ')
        .next()
        .and_then(|size| size.parse().ok())
        .ok_or_else(|| refused("/proc/self/statm is of another form"))?;
    // SAFETY: sysconf and setrlimit read and write nothing but their arguments.
    let limited = unsafe {
        let size = pages * libc::sysconf(libc::_SC_PAGESIZE) as u64 + bytes as u64;
        libc::setrlimit(libc::RLIMIT_AS, &libc::rlimit { rlim_cur: size, rlim_max: size })
    };
    if limited == 0 { Ok(()) } else { Err(refused(std::io::Error::last_os_error())) }
}

/// Binds this process to the one that started it: it ends with it, also in the middle of a compile. Throws where the system refuses.
#[cfg(target_os = "linux")]
#[napi(catch_unwind)]
pub fn end_with_parent() -> napi::Result<()> {
    // SAFETY: PR_SET_PDEATHSIG takes a signal and changes nothing but this process.
    let bound = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    if bound == 0 { Ok(()) } else { Err(refused(std::io::Error::last_os_error())) }
}

/// Compiles a core module. Throws with wasmtime's reason.
#[napi(catch_unwind)]
pub fn compile_module(bytes: Uint8Array, settings: CodeSettings) -> napi::Result<Buffer> {
    Ok(compiler(&settings)?.precompile_module(&bytes).map_err(refused)?.into())
}

/// Compiles a component. Throws with wasmtime's reason.
#[napi(catch_unwind)]
pub fn compile_component(bytes: Uint8Array, settings: CodeSettings) -> napi::Result<Buffer> {
    Ok(compiler(&settings)?.precompile_component(&bytes).map_err(refused)?.into())
}
