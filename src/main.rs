//! One program, two faces: built for wasm it mounts the page; built natively it is the command `tabernetes`.
fn main() {}
