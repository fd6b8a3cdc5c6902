use std::fs;

fn main() {
    napi_build::setup();
    // wasmtime does not tell its version: the lock file does.
    println!("cargo:rerun-if-changed=Cargo.lock");
    let lock = fs::read_to_string("Cargo.lock").expect("Cargo.lock is readable");
    let version = lock
        .split("name = \"wasmtime\"\nversion = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("Cargo.lock names wasmtime");
    println!("cargo:rustc-env=WASMTIME_VERSION={version}");
}
