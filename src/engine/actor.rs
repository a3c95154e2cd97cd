//! Who acts: the operating system's user, also behind sudo, and where an SSH session comes from.

use crate::model::Actor;

/// Finds out who runs this process.
pub fn current() -> Actor {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let name = set("USER").or_else(|| set("LOGNAME"));
    let uid = rustix::process::getuid().as_raw();
    let name = match (set("SUDO_USER"), name) {
        // sudo says on whose behalf; both are part of the trail
        (Some(person), Some(name)) if uid == 0 => format!("{person} as {name}"),
        (_, Some(name)) => name,
        (_, None) => format!("uid {uid}"),
    };
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let ssh_client = set("SSH_CONNECTION").and_then(|text| text.split(' ').next().map(ToOwned::to_owned));
    Actor {
        user: format!("{name}@{host}"),
        ssh_client,
    }
}
