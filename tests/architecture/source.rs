//! Reads the paths that a Rust file mentions: those of `use` declarations, taken apart, and those in code.
//!
//! This is no parser: comments and literals are skipped, and in what remains a path is `name::name`, `name::{…}` or
//! `name::*`. Test code is left out: items marked `#[cfg(test)]` and modules named `tests`.

/// A path that is mentioned.
#[derive(Debug)]
pub struct Mention {
    /// Its names; `crate` comes first where it is one of this package, also when it was written with `super`.
    pub path: Vec<String>,
    /// The line it begins at, from 1.
    pub line: usize,
}

/// A word (a name or a number), or else one character of punctuation, and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    text: String,
    line: usize,
}

/// The module a file below `src` holds, as names from the root; none for the two roots and for test modules.
pub fn module_of(file: &str) -> Option<Vec<String>> {
    let place: Vec<String> = file
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    let root = matches!(file, "main.rs" | "lib.rs");
    (!root && !place.iter().any(|name| name == "tests")).then_some(place)
}

/// Every path of more than one name in `text`, the source of the module at `place`.
pub fn mentions(text: &str, place: &[String]) -> Vec<Mention> {
    let tokens = without_tests(&tokens(text));
    let mut found = Vec::new();
    // the depth of braces at which each inline module around the current token ends
    let (mut depth, mut inline) = (0_usize, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].text.as_str();
        match word {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                }
            }
            "mod" if text_at(&tokens, at + 2) == "{" => {
                inline.push(depth);
                depth += 1;
                at += 3;
                continue;
            }
            // `use a;` and `use crate as house;` are paths of one name
            "use" if !text_at(&tokens, at + 1).is_empty() => {
                let (paths, end) = tree(&tokens, at + 1, &[]);
                found.extend(
                    paths
                        .into_iter()
                        .filter_map(|path| settle(path, place, inline.len())),
                );
                at = end;
                continue;
            }
            _ if is_word(word) && is_path(&tokens, at) => {
                let (paths, end) = tree(&tokens, at, &[]);
                found.extend(
                    paths
                        .into_iter()
                        .filter_map(|path| settle(path, place, inline.len())),
                );
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The text of the token there, empty past the end.
fn text_at(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Whether two colons follow the token there.
fn is_path(tokens: &[Token], at: usize) -> bool {
    text_at(tokens, at + 1) == ":" && text_at(tokens, at + 2) == ":"
}

/// Reads a path, or a tree of paths in braces, and gives its paths and where it ends.
fn tree(tokens: &[Token], mut at: usize, prefix: &[String]) -> (Vec<Mention>, usize) {
    let line = tokens.get(at).map_or(0, |token| token.line);
    let mut path = prefix.to_vec();
    loop {
        match text_at(tokens, at) {
            // of the root: `::std::fs`
            ":" if path.is_empty() => at += 1,
            "{" => {
                let mut found = Vec::new();
                at += 1;
                while !matches!(text_at(tokens, at), "}" | "") {
                    let (paths, end) = tree(tokens, at, &path);
                    found.extend(paths);
                    // past the comma, or past what is no path (then nothing was read)
                    at = if text_at(tokens, end) == "}" {
                        end
                    } else {
                        end.max(at) + 1
                    };
                }
                return (found, at + 1);
            }
            word if is_word(word) || word == "*" => {
                if word != "self" || path.is_empty() {
                    path.push(word.to_owned());
                }
                at += 1;
                let more = text_at(tokens, at) == ":" && text_at(tokens, at + 1) == ":";
                let next = text_at(tokens, at + 2);
                if !(more && (is_word(next) || next == "{" || next == "*")) {
                    break;
                }
                at += 2;
            }
            _ => break,
        }
    }
    // `use a::b as c;`, and not the cast `a::B as c::D`
    if text_at(tokens, at) == "as" && matches!(text_at(tokens, at + 2), ";" | "," | "}") {
        at += 2;
    }
    (vec![Mention { path, line }], at)
}

/// Writes a path out from the root of the crate, for a mention `inline` modules deep in the module at `place`; none
/// if it is relative and stays within that module.
fn settle(mut mention: Mention, place: &[String], inline: usize) -> Option<Mention> {
    let ups = mention
        .path
        .iter()
        .skip_while(|name| *name == "self")
        .take_while(|name| *name == "super")
        .count();
    if ups == 0 {
        return (mention.path.first().is_some_and(|name| name != "self")).then_some(mention);
    }
    let above = (place.len() + inline).checked_sub(ups)?;
    if above > place.len() {
        return None;
    }
    let rest = mention
        .path
        .into_iter()
        .skip_while(|name| name == "self" || name == "super");
    mention.path = std::iter::once("crate".to_owned())
        .chain(place[..above].iter().cloned())
        .chain(rest)
        .collect();
    Some(mention)
}

/// Leaves out the items marked `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if (0..MARK.len()).all(|k| text_at(tokens, at + k) == MARK[k]) {
            at = end_of_item(tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Where the item that begins there ends: after its semicolon, or after the brace that closes its body.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    let (mut depth, is_use) = (0_usize, text_at(tokens, at) == "use");
    while at < tokens.len() {
        match text_at(tokens, at) {
            "{" | "(" | "[" => depth += 1,
            // a field or an arm: what it was part of ends here
            "}" if depth == 0 => return at,
            "}" if depth == 1 && !is_use => return at + 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Splits source text into words and punctuation, without comments and literals.
fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let (length, keep) = piece(rest, first);
        let (piece, after) = rest.split_at(length);
        if keep {
            found.push(Token {
                text: piece.to_owned(),
                line,
            });
        }
        line += piece.matches('\n').count();
        rest = after;
    }
    found
}

/// How long the piece at the start of `rest` is in bytes, and whether it is a token.
fn piece(rest: &str, first: char) -> (usize, bool) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), false);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), false);
    }
    if let Some(length) = raw_string(rest) {
        return (length, false);
    }
    match first {
        '"' => (quoted(rest, '"'), false),
        '\'' if is_char(rest) => (quoted(rest, '\''), false),
        _ if first.is_alphanumeric() || first == '_' => (
            rest.find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
            true,
        ),
        _ => (first.len_utf8(), !first.is_whitespace()),
    }
}

/// The length of a comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest.as_bytes()[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.as_bytes()[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a raw string such as `r#"…"#`, if one begins here.
fn raw_string(rest: &str) -> Option<usize> {
    let after = rest
        .strip_prefix("br")
        .or_else(|| rest.strip_prefix("cr"))
        .or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&close).map_or(body.len(), |end| end + close.len());
    Some(rest.len() - body.len() + length)
}

/// Whether the apostrophe here opens a character (`'a'`, `'\n'`) and not a lifetime.
fn is_char(rest: &str) -> bool {
    let mut after = rest.chars().skip(1);
    after.next() == Some('\\') || after.next() == Some('\'')
}

/// The length of a literal between quotes, with backslashes before quotes that are part of it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if !escaped && c == quote {
            return at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    rest.len()
}
