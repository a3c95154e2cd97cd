//! `default_domain`: what `DefaultDomain()` stands for.

use super::table::Fields;

/// The longest name a domain can have (RFC 1035 §2.3.4), without the final dot.
const LONGEST: usize = 253;
/// The longest part of one.
const LONGEST_LABEL: usize = 63;

/// Reads the domain.
pub(super) fn read(root: &mut Fields<'_, '_, '_>) -> Option<String> {
    let domain = root.text("default_domain")?;
    let text = *domain.get_ref();
    if is_domain(text) {
        return Some(text.to_owned());
    }
    let hint = match text.rsplit_once('@') {
        Some((_, behind)) if is_domain(behind) => format!("write what is behind the `@`: `{behind}`"),
        _ => "write it as in a mail address, without `@`: `example.org`".to_owned(),
    };
    let message = format!("`{text}` is no domain");
    root.report.error(domain.span(), message, hint);
    None
}

/// Whether a text is a domain, in letters of any language (RFC 5890).
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_right = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && label.chars().all(is_right)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= LONGEST && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_told_from_other_texts() {
        for (text, expected) in [
            ("example.org", true),
            ("localhost", true),
            ("bücher.example", true),
            ("xn--bcher-kva.example", true),
            ("", false),
            ("example.org.", false),
            ("@example.org", false),
            ("a b.example", false),
            ("-a.example", false),
            ("a..example", false),
            ("a.example/x", false),
        ] {
            assert_eq!(is_domain(text), expected, "{text}");
        }
    }
}
