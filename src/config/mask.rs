//! Keeps secrets out of error messages: the text that snippets are cut from has their values starred out.
//!
//! It works on text, not on parsed TOML, because a file with a syntax error shows its lines too. It masks more than
//! it must: everything written after a key that sounds like a secret, unless it is a reference (`{ env = … }`).

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

/// What the keys of secrets have in their names.
const WORDS: &str = "password|passwd|passphrase|secret|token|credential|api_?-?key|private_?-?key";

static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r#"(?i)[\w-]*(?:{WORDS})[\w-]*["']?[ \t]*[=:][ \t]*"#)).ok());
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"://[^\s/:@"']*:([^\s/@"']+)@"#).ok());

/// Reports whether a key sounds like that of a secret.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase().replace(['-', '_'], "");
    WORDS
        .split('|')
        .any(|word| key.contains(&word.replace("_?-?", "")))
}

/// Returns the text with every value that may be a secret starred out, byte for byte.
pub(super) fn masked(text: &str) -> String {
    let mut octets = text.as_bytes().to_vec();
    let mut star = |range: Range<usize>| {
        for octet in &mut octets[range] {
            if !octet.is_ascii_control() {
                *octet = b'*';
            }
        }
    };
    for key in KEY.iter().flat_map(|key| key.find_iter(text)) {
        if text[key.end()..].starts_with('{') {
            for string in strings_in_table(text, key.end()) {
                star(string);
            }
        } else {
            star(value_after(text, key.end(), key.as_str()));
        }
    }
    for captures in URL.iter().flat_map(|url| url.captures_iter(text)) {
        if let Some(password) = captures.get(1) {
            star(password.range());
        }
    }
    // stars replace whole characters only, so this is UTF-8; if it ever were not, nothing is shown
    String::from_utf8(octets).unwrap_or_default()
}

/// Returns the bytes of the value that starts at `start` and must not be seen.
fn value_after(text: &str, start: usize, key: &str) -> Range<usize> {
    let rest = &text[start..];
    // the name of a secret policy is no secret: `userPassword = { secret = "initial" }`
    let is_policy = key
        .trim_end_matches(['=', ' ', '\t', '"', '\''])
        .eq_ignore_ascii_case("secret");
    if is_policy
        && ["\"initial\"", "'initial'"]
            .iter()
            .any(|initial| rest.starts_with(initial))
    {
        return start..start;
    }
    for quotes in ["\"\"\"", "'''"] {
        if let Some(inside) = rest.strip_prefix(quotes) {
            let length = inside.find(quotes).unwrap_or(inside.len());
            return start + 3..start + 3 + length;
        }
    }
    let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
    for quote in ['"', '\''] {
        if let Some(inside) = line.strip_prefix(quote) {
            return start + 1..start + 1 + closing(inside, quote).unwrap_or(inside.len());
        }
    }
    start..start + line.len()
}

/// Returns what the strings of an inline table hold, unless it is a reference or names a policy.
fn strings_in_table(text: &str, start: usize) -> Vec<Range<usize>> {
    let rest = &text[start..];
    let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
    let first = line[1..].trim_start().trim_start_matches(['"', '\'']);
    let value_of = |key: &str| {
        let after = first
            .strip_prefix(key)?
            .trim_start_matches(['"', '\'', ' ', '\t']);
        Some(after.strip_prefix('=')?.trim_start())
    };
    let names = |key: &str| value_of(key).is_some_and(|value| value.starts_with(['"', '\'']));
    if ["env", "file", "secret"].into_iter().any(names) || value_of("command").is_some() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(opening) = line[at..].find(['"', '\'']) {
        let quote = if line[at + opening..].starts_with('"') {
            '"'
        } else {
            '\''
        };
        let inside = at + opening + 1;
        let end = inside + closing(&line[inside..], quote).unwrap_or(line.len() - inside);
        found.push(start + inside..start + end);
        at = (end + 1).min(line.len());
    }
    found
}

fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_keys_are_starred_out_wherever_they_stand() {
        for (text, shown) in [
            ("password = \"hunter2\"", "password = \"*******\""),
            ("bind_password='a\"b' # x", "bind_password='***' # x"),
            ("password = \"hunter2", "password = \"*******"),
            ("token = hunter2 oops", "token = ************"),
            ("'api-key' = \"x\\\"y\" ", "'api-key' = \"****\" "),
            ("token = '''\nab\ncd'''\nx = 1", "token = '''\n**\n**'''\nx = 1"),
            (
                "a = { connector = \"scim\", token = \"t\" }",
                "a = { connector = \"scim\", token = \"*\" }",
            ),
            ("token = [\"t\"]", "token = *****"),
            (
                "password = { value = \"pw\", x = 'y' }",
                "password = { value = \"**\", x = '*' }",
            ),
            ("password = { env = [\"pw\"] }", "password = { env = [\"**\"] }"),
            ("password = { envv = \"pw", "password = { envv = \"**"),
            ("password = \"é\"", "password = \"**\""),
            ("url = \"ldap://cn:pw@host\"", "url = \"ldap://cn:**@host\""),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn keys_of_secrets_are_recognised_however_they_are_spelled() {
        for key in [
            "password",
            "bind_password",
            "apiKey",
            "api-key",
            "client_secret",
            "Token",
        ] {
            assert!(is_secret(key), "{key}");
        }
        for key in ["url", "base", "anchor", "key"] {
            assert!(!is_secret(key), "{key}");
        }
    }

    #[test]
    fn references_and_policies_stay_readable() {
        for text in [
            "password = { env = \"USHER_LDAP_PASSWORD\" }",
            "token = { file = \"chat.token\" }",
            "userPassword = { secret = \"initial\", deliver = { command = [\"send\"] } }",
            "url = \"ldaps://ldap.example.org:636\"",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
