//! Schema descriptions (RFC 4512, section 4.1) cut into words.

/// Cuts a schema description into words: parentheses, quoted names without their quotes, the rest.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, tail) = match first {
            '(' | ')' | '$' => rest.split_at(1),
            '\'' => {
                let inner = &rest[1..];
                let end = inner.find('\'').unwrap_or(inner.len());
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            _ => rest.split_at(rest.find([' ', '(', ')', '$', '\'']).unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = tail.trim_start();
    }
    words
}

/// The word or the words in parentheses after a key.
pub(super) fn list_after(words: &[String], key: &str) -> Vec<String> {
    let Some(at) = words.iter().position(|word| word == key) else {
        return Vec::new();
    };
    match words.get(at + 1).map(String::as_str) {
        Some("(") => words[at + 2..]
            .iter()
            .take_while(|word| *word != ")")
            .filter(|word| *word != "$")
            .cloned()
            .collect(),
        Some(word) => vec![word.to_owned()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_cut() {
        let words = words("( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'a ) b' SUP name )");
        assert_eq!(list_after(&words, "NAME"), ["cn", "commonName"]);
        assert_eq!(list_after(&words, "SUP"), ["name"]);
        assert_eq!(list_after(&words, "MUST"), [""; 0]);
    }
}
