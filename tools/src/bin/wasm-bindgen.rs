//! `wasm-bindgen`, as the library `wasm-bindgen-cli` has it.

fn main() -> impl std::process::Termination {
    env_logger::init();
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
