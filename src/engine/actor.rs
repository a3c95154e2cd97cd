//! Who acts: the person, also behind sudo and su, and where an SSH session comes from.
//!
//! The name comes from the user id of the process and the user database, never from `USER` or `LOGNAME`, which
//! anybody sets to anything. Somebody who became another user is told by the login that the kernel remembers
//! (`loginuid`, set by PAM), else by what sudo says: that is believed only of root and of service accounts that the
//! configuration names, since anybody else could have written it.

use std::process::{Command, Stdio};

use crate::model::Actor;

/// The `loginuid` of a process that nobody logged in for.
const NOBODY: u32 = u32::MAX;

/// Somebody who acts, and the groups that give roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// As it stands in the audit: `ana as root@host`.
    pub actor: Actor,
    /// The person's name: `ana`.
    pub name: String,
}

/// What the system says about a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Facts {
    uid: u32,
    user: String,
    /// Who logged in, if the kernel knows and it is somebody else.
    login: Option<String>,
    sudo_user: Option<String>,
    ssh_connection: Option<String>,
    host: String,
}

/// Finds out who runs this process. Accounts in `on_behalf` are service accounts that people use by `sudo -u`.
pub fn current(on_behalf: &[String]) -> Identity {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let uid = rustix::process::getuid().as_raw();
    identify(
        &Facts {
            uid,
            user: user_name(uid).unwrap_or_else(|| format!("uid {uid}")),
            login: login_uid().filter(|login| *login != uid).and_then(user_name),
            sudo_user: set("SUDO_USER"),
            ssh_connection: set("SSH_CONNECTION"),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        },
        on_behalf,
    )
}

fn identify(facts: &Facts, on_behalf: &[String]) -> Identity {
    let sudo_counts = facts.uid == 0 || on_behalf.contains(&facts.user);
    let sudo = facts
        .sudo_user
        .clone()
        .filter(|name| sudo_counts && is_name(name));
    let name = facts.login.clone().or(sudo).unwrap_or_else(|| facts.user.clone());
    let user = if name == facts.user {
        format!("{name}@{}", facts.host)
    } else {
        // both are part of the trail
        format!("{name} as {}@{}", facts.user, facts.host)
    };
    let first = |text: &String| text.split(' ').next().map(ToOwned::to_owned);
    let actor = Actor {
        user,
        ssh_client: facts.ssh_connection.as_ref().and_then(first),
    };
    Identity { actor, name }
}

/// Reports whether a text can be the name of a user, so that it may stand in the trail and in a command.
fn is_name(text: &str) -> bool {
    !text.starts_with('-')
        && text.len() <= 256
        && !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '$' | '\\' | '+'))
}

/// Who logged in, as the kernel remembers through every change of user.
fn login_uid() -> Option<u32> {
    let text = std::fs::read_to_string("/proc/self/loginuid").ok()?;
    text.trim().parse().ok().filter(|uid| *uid != NOBODY)
}

/// The name of a user: from the local list, else from whatever directory the system asks.
fn user_name(uid: u32) -> Option<String> {
    let local = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_line = |line: &str| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    };
    local
        .lines()
        .find_map(of_line)
        .or_else(|| id(&["-un", "--", &uid.to_string()]))
        .filter(|name| is_name(name))
}

/// The groups of a user, from wherever the system has them; none if it does not know the user.
pub fn groups(name: &str) -> Vec<String> {
    if !is_name(name) {
        return Vec::new();
    }
    let all = id(&["-Gn", "--", name]).unwrap_or_default();
    all.split_whitespace().map(ToOwned::to_owned).collect()
}

/// Asks `id`, which knows of every user database the system is set up for.
fn id(arguments: &[&str]) -> Option<String> {
    let programs = ["/usr/bin/id", "/bin/id", "/run/current-system/sw/bin/id"];
    let program = programs.iter().find(|path| std::path::Path::new(path).exists())?;
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(
        uid: u32,
        user: &str,
        login: Option<&str>,
        sudo: Option<&str>,
        on_behalf: &[&str],
    ) -> (String, String) {
        let facts = Facts {
            uid,
            user: user.to_owned(),
            login: login.map(str::to_owned),
            sudo_user: sudo.map(str::to_owned),
            ssh_connection: Some("192.0.2.7 50000 192.0.2.1 22".to_owned()),
            host: "box".to_owned(),
        };
        let on_behalf: Vec<_> = on_behalf.iter().map(|name| (*name).to_owned()).collect();
        let identity = identify(&facts, &on_behalf);
        assert_eq!(identity.actor.ssh_client.as_deref(), Some("192.0.2.7"));
        assert_eq!(identity.actor.person(), identity.name);
        (identity.name, identity.actor.user)
    }

    #[test]
    fn who_is_who_behind_sudo_and_su() {
        let is = |name: &str, user: &str| (name.to_owned(), user.to_owned());
        assert_eq!(who(1000, "ana", None, None, &[]), is("ana", "ana@box"));
        assert_eq!(who(0, "root", None, None, &[]), is("root", "root@box"));
        assert_eq!(
            who(0, "root", None, Some("ana"), &[]),
            is("ana", "ana as root@box")
        );
        assert_eq!(
            who(990, "usher", None, Some("ana"), &["usher"]),
            is("ana", "ana as usher@box")
        );
        // the kernel knows better than the environment
        assert_eq!(
            who(0, "root", Some("ben"), Some("ana"), &[]),
            is("ben", "ben as root@box")
        );
        assert_eq!(
            who(1000, "ana", Some("ben"), None, &[]),
            is("ben", "ben as ana@box")
        );
    }

    #[test]
    fn nobody_is_somebody_else_by_setting_a_variable() {
        let eve = ("eve".to_owned(), "eve@box".to_owned());
        assert_eq!(who(1001, "eve", None, Some("ana"), &["usher"]), eve);
        for name in ["policy rule x", "-x", "ana@b", "a\nb", ""] {
            assert_eq!(who(0, "root", None, Some(name), &[]).0, "root", "{name:?}");
        }
    }

    #[test]
    fn the_system_knows_its_users() {
        assert_eq!(user_name(0).as_deref(), Some("root"));
        assert!(groups("root").contains(&"root".to_owned()));
        assert!(groups("-x").is_empty());
        assert!(groups("nobody-has-this-name").is_empty());
    }
}
