//! Regular expressions: what of .NET's is understood, and that none of them can hang.

use super::*;

fn replaced(source: &str, pattern: &str, with: &str) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    shown(&format!(
        r#"Replace("{}", , "{}", , "{}", , )"#,
        escape(source),
        escape(pattern),
        escape(with)
    ))
}

#[test]
fn the_patterns_of_dotnet_are_understood() {
    for (source, pattern, with, wanted) in [
        ("aab", "a*", "-", "--b-"),
        ("abc", "x*", "-", "-a-b-c-"),
        (
            "John Doe",
            r"(?<first>\w+) (?<last>\w+)",
            "${last}, ${first}",
            "Doe, John",
        ),
        ("John Doe", r"(?'first'\w+) (?'last'\w+)", "$2 $1", "Doe John"),
        ("aXbX", "X$", "", "aXb"),
        ("hello", "[a-z-[aeiou]]", "*", "*e**o"),
        ("a-b--c", "[--]+", "", "abc"),
        ("a{b}", "{b}", "", "a"),
        ("a<b>", r"\<b\>", "", "a"),
        ("tab\there", r"\u0009|\x41", " ", "tab here"),
        ("Ünal", r"\p{Lu}", "u", "unal"),
        ("one two", r"(?# a comment)t", "T", "one Two"),
        ("ONE", "(?i)one", "two", "two"),
        // looking around and back
        ("price 100 EUR", r"\d+(?= EUR)", "5", "price 5 EUR"),
        ("foobar foobaz", "foo(?!bar)", "X", "foobar Xbaz"),
        ("a1 b2", r"(?<=b)\d", "9", "a1 b9"),
        ("hello book", r"(\w)\1", "<$1>", "he<l>o b<o>k"),
        ("hello", r"(?<c>\w)\k<c>", "_", "he_o"),
        ("aaab", "(?>a+)b", "x", "x"),
        ("x", "y", "$0", "x"),
        ("ab", "b", "[$&][$$][$9]", "a[b][$][$9]"),
    ] {
        assert_eq!(replaced(source, pattern, with), wanted, "{pattern}");
    }
    assert_eq!(shown(r#"[mail] matches "(?!admin).*@contoso\\.com""#), "true");
}

#[test]
fn no_pattern_can_hang() {
    let hostile = format!("{}!", "a".repeat(2000));
    // linear: the whole value, however it is nested
    assert_eq!(shown(&format!(r#""{hostile}" matches "(a+)+$""#)), "false");
    assert_eq!(shown(&format!(r#""{hostile}" matches "(a|a)*b""#)), "false");
    // looking around: a limit on its steps
    for pattern in [r"((a|a)+)+\\2b", r"(a+)+\\1+b", r"(?:(?=(a+))a*)*c"] {
        let got = shown(&format!(r#"Replace("{hostile}", , "{pattern}", , "", , )"#));
        assert!(got.contains("steps"), "{pattern}: {got}");
    }
    let long = format!(
        r#"Replace(Join("", {}), , "a(?=b)", , "", , )"#,
        [r#""aaaaaaaaaa""#; 300].join(", ")
    );
    assert!(shown(&long).contains("2048 bytes"));
    // a search that looks to the end of the text for every letter of it
    let mut text = r#""aaaaaaaaaaaaaaaaaaaa""#.to_owned();
    for _ in 0..3 {
        text = format!(r#"Replace({text}, , "a", , "aaaaaaaa", , )"#);
    }
    let got = shown(&format!(r#"Replace({text}, , "a|a*b", , "x", , )"#));
    assert!(got.contains("too many steps"), "{}", got.len());
    for large in [r"\\w{999}{99}", r"(\\pL{9,99}){9,99}"] {
        let problems = compile(&format!(r#"[given] matches "{large}""#)).unwrap_err();
        assert!(problems[0].message.contains("too large"), "{problems:?}");
    }
    let many = vec![r#"[given] matches "a""#; 100].join(" or ");
    assert!(compile(&many).unwrap_err()[0].message.contains("64 patterns"));
}

#[test]
fn a_pattern_made_on_the_way_is_bounded_too() {
    assert_eq!(shown(r#"[given] matches Join("", "J", "o.*")"#), "true");
    assert!(shown(r#"[given] matches Join("", "(", "x")"#).contains("regular expression"));
    let many = vec![r#"[given] matches Join("", "x")"#; 40].join(" or ");
    assert!(shown(&many).contains("too many steps"));
}
