//! The `usher` command.

use std::process::ExitCode;

// with the system's allocator a run spends a tenth more processor time, on what one thread makes and another frees
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // one TLS provider for everything; it can only be installed once, and nobody was before us
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .install()
        .is_err()
    {
        eprintln!("usher: panics will be reported without their place");
    }
    usher::cli::main()
}
