//! The `usher` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // one TLS provider for everything; it can only be installed once, and nobody was before us
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (panic_hook, eyre_hook) = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .into_hooks();
    if eyre_hook.install().is_err() {
        eprintln!("usher: errors will be shown without colours");
    }
    usher::console::restore_on_panic(panic_hook);
    usher::cli::main()
}
