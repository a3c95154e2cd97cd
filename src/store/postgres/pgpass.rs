//! Passwords where libpq looks for them ("The Password File" of `PostgreSQL`'s documentation).

use std::path::PathBuf;

use secrecy::SecretString;

/// Finds the password of a user of a database.
pub(super) fn find(host: &str, port: u16, database: &str, user: &str) -> Option<SecretString> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(password) = set("PGPASSWORD") {
        return password.into_string().ok().map(SecretString::from);
    }
    let path = set("PGPASSFILE")
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".pgpass").into_os_string()))?;
    if is_open_to_others(path.as_ref()) {
        tracing::warn!(path = %path.to_string_lossy(), "is ignored: others may read it; chmod 600 it");
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    // libpq takes the folder of a socket for localhost
    let host = if host.starts_with('/') { "localhost" } else { host };
    let port = port.to_string();
    text.lines()
        .find_map(|line| password(line, &[host, &port, database, user]))
        .map(SecretString::from)
}

#[cfg(unix)]
fn is_open_to_others(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::path::Path) -> bool {
    false
}

/// Returns the password of a line `host:port:database:user:password` if the line is for what is wanted; `*` is for
/// anything, and `\` takes the meaning from a `:` or `\`.
fn password(line: &str, wanted: &[&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields.last_mut()?.extend(letters.next()),
            letter => fields.last_mut()?.push(letter),
        }
    }
    let password = fields.pop().filter(|_| fields.len() == 4)?;
    let fits = fields
        .iter()
        .zip(wanted)
        .all(|(field, wanted)| field == "*" || field == wanted);
    fits.then_some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_fits_has_the_password() {
        let wanted = &["db", "5432", "usher", "ana"];
        for (line, found) in [
            ("db:5432:usher:ana:secret", Some("secret")),
            ("*:*:*:ana:a:b", Some("a:b")),
            (r"db:*:usher:ana:a\:b\\c", Some(r"a:b\c")),
            ("db:5432:usher:ben:secret", None),
            ("#db:5432:usher:ana:secret", None),
            ("db:5432:usher:ana", None),
            ("", None),
        ] {
            assert_eq!(password(line, wanted).as_deref(), found, "{line}");
        }
    }
}
