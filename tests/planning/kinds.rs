//! What an expression gives must fit where it stands: told before anybody is looked at, at its place.

use usher::model::{Column, ValueType};

use crate::company::Company;

/// A company whose directory has attributes of every type.
fn company() -> Company {
    let mut company = Company::new(&["1||Ana|Kovac|active|Sales|Clerk||2020-01-01|"]);
    let typed = |name: &str, value_type| Column {
        value_type,
        ..Column::text(name)
    };
    company.columns = vec![
        typed("level", ValueType::Integer),
        typed("locked", ValueType::Boolean),
        typed("expires", ValueType::Date),
        typed("nick", ValueType::Text),
        Column {
            multi_valued: true,
            ..typed("codes", ValueType::Integer)
        },
        typed("userPassword", ValueType::Text),
    ];
    company
}

/// What is wrong with the rules, each with the part of the expression that is.
fn mistakes(company: &Company) -> Vec<String> {
    let Err(errors) = company.compiled() else {
        return Vec::new();
    };
    let told = errors.iter().map(|error| {
        let source = error.source.as_ref().unwrap();
        let written = &company.rules[source.span.clone()];
        assert!(written.contains(&source.text), "{written} {}", source.text);
        format!("{}: {}", &source.text[error.inner.clone()], error.message)
    });
    told.collect()
}

#[test]
fn what_cannot_be_written_is_refused_before_anybody_is_looked_at() {
    for (mapping, expected) in [
        ("level = '5'", None),
        (r#"level = "[title]""#, None),
        (
            "level = 'Today()'",
            Some("Today(): this gives a date, `level` takes a number"),
        ),
        (r#"level = 'IIF([title] = "a", 1, 2)'"#, None),
        (
            r#"level = 'IIF([title] = "a", Now(), Today())'"#,
            Some("`level` takes a number"),
        ),
        (r#"locked = '[title] = "Clerk"'"#, None),
        (r#"locked = "[IsSoftDeleted]""#, None),
        (
            "locked = '7'",
            Some("7: this gives a number, `locked` takes true or false"),
        ),
        (
            r#"expires = "[IsSoftDeleted]""#,
            Some("[IsSoftDeleted]: this gives true or false, `expires` takes a date"),
        ),
        (r#"expires = 'DateAdd("d", 3, Today())'"#, None),
        // there may be but one
        (r#"nick = 'Split([title], ",")'"#, None),
        (r#"nick = 'Item(Split([title], ","), 1)'"#, None),
        (r#"codes = 'Split([title], ",")'"#, None),
        (
            "nick = 'Left([current.locked], [current.expires])'",
            Some("wants a number for `numChars`"),
        ),
        (
            r#"nick = 'IIF([current.level] = "high", "a", "b")'"#,
            Some("cannot compare a number with the text `high`"),
        ),
        (
            r#"nick = 'IIF([current.expires] < "2026-11-21", "a", "b")'"#,
            None,
        ),
        ("nick = 'Left([groups], 3)'", Some("wants one text")),
        (
            "userPassword = 'RandomString(12, 3, 0, 3, 3)'",
            Some("RandomString(12, 3, 0, 3, 3): `userPassword` is a secret, and a random value is none"),
        ),
        (r#"userPassword = 'Append("x", Guid())'"#, Some("is a secret")),
        ("nick = 'Guid()'", None),
    ] {
        let mut company = company();
        company.map(mapping);
        let mistakes = mistakes(&company);
        match expected {
            None => assert!(mistakes.is_empty(), "{mapping}: {mistakes:?}"),
            Some(words) => {
                assert_eq!(mistakes.len(), 1, "{mapping}: {mistakes:?}");
                assert!(mistakes[0].contains(words), "{mapping}: {mistakes:?}");
            }
        }
    }
}

#[test]
fn what_must_stay_as_it_is_cannot_be_random_and_a_day_is_no_answer() {
    for (before, after, expected) in [
        (
            "scope = '[department] <> \"Board\"'",
            "scope = 'Guid() = [department]'",
            "`scope` cannot be random",
        ),
        (
            "\"[employeeNumber]\"], [\"mail\"",
            "\"Guid()\"], [\"mail\"",
            "`employeeNumber` cannot be random",
        ),
        (
            "title = \"[title]\"",
            "title = 'RandomString(3, 3, 0, 0, 0)'",
            "`title` cannot be random",
        ),
        (
            "container = '\"ou=people,dc=x\"'",
            "container = 'Append(\"ou=\", Guid())'",
            "`container` cannot be random",
        ),
        (
            "when = '[department] = \"Engineering\"'",
            "when = 'Guid() = \"x\"'",
            "`who is entitled` cannot be random",
        ),
        (
            "start = \"[hired]\"",
            "start = '[hired] is present'",
            "true or false, `start` takes a date",
        ),
        (
            "manager = \"[manager]\"",
            "manager = 'Split([manager], \";\")'",
            "several values, `manager` takes a text",
        ),
        (
            "\"[employeeNumber]\"], [\"mail\"",
            "'Split([title], \",\")'], [\"mail\"",
            "several values, `employeeNumber` takes a text",
        ),
    ] {
        let mut company = company();
        assert!(company.rules.contains(before), "{before}");
        company.rules = company.rules.replacen(before, after, 1);
        let mistakes = mistakes(&company);
        assert!(
            mistakes.iter().any(|told| told.contains(expected)),
            "{after}: {mistakes:?}"
        );
    }
}

#[test]
fn what_people_have_is_known_where_every_source_gives_the_same_kind() {
    for (attribute, expected) in [
        (
            "boss = '[title] = \"Boss\"'",
            Some("[boss]: this gives true or false, `level` takes a number"),
        ),
        (
            "boss = 'Today()'",
            Some("[boss]: this gives a date, `level` takes a number"),
        ),
        ("boss = '5'", None),
        ("boss = '[title]'", None),
    ] {
        let mut company = company();
        let place = "[people.attributes]\n";
        company.rules = company.rules.replacen(place, &format!("{place}{attribute}\n"), 1);
        company.map("level = '[boss]'");
        let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(mistakes(&company), expected, "{attribute}");
    }
}
