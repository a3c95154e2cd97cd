//! Regular expressions, bounded: the engine is linear in the text, and a pattern's automaton has a size limit.

use regex::{Regex, RegexBuilder};

/// Largest compiled pattern, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// Compiles a pattern that may match anywhere in a text, as `Replace` wants it.
pub(super) fn anywhere(pattern: &str) -> Result<Regex, String> {
    let translated = from_dotnet(pattern)?;
    RegexBuilder::new(&translated)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| explain(pattern, &error))
}

/// Compiles a pattern that has to match a whole value, as `matches` wants it.
pub(super) fn whole(pattern: &str) -> Result<Regex, String> {
    // alone first: a pattern that is wrong must not be closed by what is put around it
    anywhere(pattern)?;
    anywhere(&format!(r"\A(?:{pattern})\z"))
}

/// Writes a .NET pattern so that it means the same here: `\<` and `\>` are the signs themselves, and inside a class
/// `[`, `&&`, `~~` and `--` have no meaning of their own.
fn from_dotnet(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    let mut fresh = false;
    while let Some(character) = characters.next() {
        let first_in_class = std::mem::take(&mut fresh);
        match character {
            '\\' if matches!(characters.peek(), Some('<' | '>')) => out.extend(characters.next()),
            '\\' => {
                out.push('\\');
                out.extend(characters.next());
            }
            '[' if !in_class => {
                (in_class, fresh) = (true, true);
                out.push('[');
                if characters.peek() == Some(&'^') {
                    out.extend(characters.next());
                }
            }
            ']' if in_class && first_in_class => out.push_str("\\]"),
            ']' => {
                in_class = false;
                out.push(']');
            }
            '[' => out.push_str("\\["),
            '-' if in_class && characters.peek() == Some(&'[') => {
                return Err(
                    "one class cannot be taken from another (`-[`) in this pattern; list the characters"
                        .to_owned(),
                );
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

fn explain(pattern: &str, error: &regex::Error) -> String {
    if ["(?=", "(?!", "(?<=", "(?<!"]
        .iter()
        .any(|look| pattern.contains(look))
    {
        return "this pattern looks ahead or behind, which would make matching slow on hostile text; write it without".to_owned();
    }
    match error {
        regex::Error::CompiledTooBig(_) => "this pattern is too large; shorten its repetitions".to_owned(),
        error => {
            let text = error.to_string();
            let last = text
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .to_owned();
            format!("this is not a regular expression: {last}")
        }
    }
}
