//! What a mapping says besides its value.

use usher::{
    model::Comparison,
    planning::rules::{DefaultValue, Mapping, NullPolicy, ValuesPolicy},
};

use super::{ACCOUNT, BASE, sound};

/// Reads one mapping of the attribute `x`.
fn mapping(text: &str) -> Mapping {
    let config = sound(&format!("{BASE}{ACCOUNT}[accounts.attributes]\nx = {text}\n"));
    let mut mappings = config.rules.accounts[0].attributes.clone();
    assert_eq!(mappings.len(), 1);
    mappings.remove(0)
}

#[test]
fn a_mapping_says_what_becomes_of_what_is_there() {
    let plain = mapping("\"[mail]\"");
    assert_eq!(plain, Mapping::new("x", plain.value.clone()));
    let default = |text: &str| {
        let DefaultValue {
            source,
            on_create_only,
        } = mapping(text).default.unwrap();
        (source.text, on_create_only)
    };
    for (text, expected) in [
        (r#"{ value = "[mail]", default = '"d"' }"#, ("\"d\"", false)),
        (
            r#"{ value = "[mail]", default_on_create = "[department]" }"#,
            ("[department]", true),
        ),
    ] {
        assert_eq!(default(text), (expected.0.to_owned(), expected.1));
    }
    let kinds = mapping(r#"{ value = "[mail]", null = "clear", empty = "skip", absent = "clear" }"#);
    assert_eq!(
        (kinds.null, kinds.empty, kinds.absent),
        (NullPolicy::Clear, Some(NullPolicy::Skip), Some(NullPolicy::Clear))
    );
    for (word, expected) in [
        ("replace", ValuesPolicy::Replace),
        ("merge", ValuesPolicy::Merge),
        ("keep", ValuesPolicy::Keep),
    ] {
        let text = format!("{{ value = \"[mail]\", values = \"{word}\" }}");
        assert_eq!(mapping(&text).values, expected);
    }
    for (word, expected) in [
        ("exact", Comparison::Exact),
        ("ignore-case", Comparison::IgnoreCase),
        ("ignore-space", Comparison::FoldSpace),
        ("telephone", Comparison::Telephone),
        ("dn", Comparison::DistinguishedName),
        ("numeric", Comparison::Numeric),
        ("digits", Comparison::Digits),
        ("boolean", Comparison::Boolean),
        ("instant", Comparison::Instant),
    ] {
        let text = format!("{{ value = \"[mail]\", compare = \"{word}\" }}");
        assert_eq!(mapping(&text).comparison, Some(expected));
    }
}
