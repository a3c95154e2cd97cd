//! The operators of Microsoft Entra's scoping filters, on texts, numbers, dates and several values.

use super::*;

fn holds(text: &str) -> bool {
    let sheet = sheet();
    let expression = Expression::compile_condition(text, &sheet).unwrap_or_else(|p| panic!("{text}: {p:?}"));
    with_moment(|moment| expression.holds(&&sheet, moment)).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn every_operator_can_be_said() {
    for (operator, text, wanted) in [
        ("EQUALS", r#"[given] = "John""#, true),
        ("EQUALS", r#"[given] = "john""#, false),
        ("EQUALS", r#"[number] = "514""#, true),
        ("EQUALS on a date", r#"[hired] = "2026-12-01""#, true),
        ("EQUALS on several values", r#"[groups] = "b""#, true),
        ("NOT EQUALS", r#"[given] <> "Ann""#, true),
        ("NOT EQUALS on nothing", r#"[null] <> "Ann""#, false),
        ("NOT EQUALS on several values", r#"[groups] <> "b""#, false),
        ("IS NULL", "[null] is absent", true),
        ("IS NULL", "[empty] is absent", true),
        ("IS NULL", "[hired] is absent", false),
        ("IS NULL, to the letter", "[empty] is null", false),
        ("IS NULL, to the letter", "[absent] is null", true),
        ("IS NOT NULL", "[given] is present", true),
        ("IS NOT NULL", "[empty] is not empty", false),
        ("IS NOT NULL", "[empty] is not null", true),
        ("IS TRUE", "[yes] is true", true),
        ("IS TRUE on nothing", "[null] is true", false),
        ("IS FALSE", "[yes] is false", false),
        ("IS FALSE on nothing", "[null] is false", false),
        ("IS TRUE", "[yes] is not false", true),
        ("REGEX MATCH", r#"[number] matches "([1-9][0-9][0-9])""#, true),
        ("REGEX MATCH, whole", r#"[number] matches "([1-9][0-9])""#, false),
        (
            "REGEX MATCH on several values",
            r#"[groups] matches "[bc]""#,
            true,
        ),
        ("NOT REGEX MATCH", r#"[given] not matches "X.*""#, true),
        ("NOT REGEX MATCH on nothing", r#"[null] not matches "X.*""#, false),
        ("Greater_Than", "[number] > 513", true),
        ("Greater_Than", "[numeric] > 42", false),
        ("Greater_Than on a date", "[hired] > Today()", true),
        ("Greater_Than_OR_EQUALS", "[number] >= 514", true),
        (
            "Greater_Than_OR_EQUALS on a date",
            r#"[hired] >= "2026-12-01""#,
            true,
        ),
        ("Includes", r#"[mail] contains "@contoso""#, true),
        ("Includes", r#"[mail] contains "@CONTOSO""#, false),
        ("Includes on several values", r#"[groups] contains "a""#, true),
        ("ENDS_WITH", r#"[mail] ends with ".com""#, true),
        (
            "IsMemberOf",
            r#"IsMemberOf("CN=Eng,  OU=Groups,dc=example,dc=org")"#,
            true,
        ),
        ("IsMemberOf, by name", r#"IsMemberOf("eng")"#, true),
        ("IsMemberOf", r#"IsMemberOf("sales")"#, false),
        ("IsMemberOf, elsewhere", r#"IsMemberOf("b", [groups])"#, true),
        ("IsMemberOf nothing", r#"IsMemberOf("b", [absent])"#, false),
        ("& as a bit", "BitAnd([number], 2) <> 0", true),
        ("!& as a list", r#"[given] not in ("Ann", "Ben")"#, true),
        ("less than", "[hired] < DateAdd(\"d\", 30, Today())", true),
        ("starts with", r#"[mail] starts with "john""#, true),
        ("All", r#"all [groups] in ("a", "b")"#, true),
        ("All", r#"all [groups] = "a""#, false),
        ("All", r#"all [groups] matches "[ab]""#, true),
        ("All, negated", r#"all [groups] <> "c""#, true),
        ("All of nothing", r#"all [absent] = "a""#, false),
        ("Any", r#"any [groups] = "a" and not (any [groups] = "z")"#, true),
    ] {
        assert_eq!(holds(text), wanted, "{operator}: {text}");
    }
}

#[test]
fn what_can_never_be_meant_is_refused_before_anybody_is_read() {
    for (text, part) in [
        (r#"Left([given], "x")"#, "wants a number for `numChars`"),
        ("Left([given], Now())", "this gives a date"),
        (r#"Left(Split([given], ","), 1)"#, "wants one text"),
        (r#"DateAdd("d", 1, "soon")"#, "the text `soon`"),
        (r#"DateDiff("d", Now(), 5)"#, "wants a date for `date2`"),
        (r#"DateDiff("d", Now(), [yes])"#, "wants a date for `date2`"),
        (
            r#"[hired] > "soon""#,
            "cannot compare a date with the text `soon`",
        ),
        ("Now() = 3", "cannot compare a date with a number"),
        ("IsPresent([given]) > 1", "cannot compare"),
        (r#"[yes] = "perhaps""#, "true or false"),
        (r#"Count([groups]) >= "many""#, "cannot compare a number"),
        (r#"Today() in ("2026-01-01", "never")"#, "the text `never`"),
        ("[given] starts with Today()", "a text is wanted"),
        (
            r#"IIF(true, Left([given], 1), "x") and true"#,
            "a condition is wanted",
        ),
        (
            r#"Replace([given], , "(?<a>x)", "b", "y", , )"#,
            "has no group `b`",
        ),
        (r#"Transliterate([given], "germn")"#, "did you mean `german`?"),
        (r#"ToLower([given], "turkish!")"#, "not a culture"),
        ("RandomString(3, 2, 2, 0, 0)", "minima are more than the length"),
        ("RandomString(300, 0, 0, 0, 0)", "from 1 to 256"),
        ("all [groups]", "what is asked of it"),
        (r#"[given] matches "(?<=a)(b""#, "regular expression"),
    ] {
        let problems = compile(text).map(|_| ()).expect_err(text);
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(all.join("\n").contains(part), "{text}: {all:?}");
    }
}

#[test]
fn a_target_says_what_it_takes() {
    let number = Target {
        gives: Some(Gives::Number),
        ..Target::of("employeeCount")
    };
    let sheet = sheet();
    let refused = |text: &str, target: &Target<'_>| Expression::compile_for(text, &sheet, target).is_err();
    assert!(
        refused("Now()", &number) && !refused("[given]", &number) && !refused("Count([groups])", &number)
    );
    let date = Target {
        gives: Some(Gives::Time),
        ..Target::of("expires")
    };
    assert!(refused("Count([groups])", &date) && !refused("Today()", &date));
    for secret in ["userPassword", "unicodepwd", "passwordProfile.password"] {
        assert!(
            refused("RandomString(12, 2, 2, 2, 2)", &Target::of(secret)),
            "{secret}"
        );
        assert!(
            refused(r#"Join("", "x", Guid())"#, &Target::of(secret)),
            "{secret}"
        );
        assert!(!refused("[given]", &Target::of(secret)));
    }
    assert!(!refused("Guid()", &Target::of("uid")));
}
