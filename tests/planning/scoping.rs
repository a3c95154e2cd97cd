//! Every operator of a scope, through a whole plan: who gets an account.

use usher::model::Kind;

use crate::company::Company;

const PEOPLE: [&str; 4] = [
    "11||Ana|Kovac|active|Engineering|Head||2020-01-01|",
    "22||Ben|OBrien|active|Sales|Clerk||2026-01-15|",
    "333||Cem|Celik|leave|Sales|||2019-06-30|2027-01-31",
    "44||Dora|Engel|active|Board|Head of Sales||2024-02-29|",
];

#[test]
fn each_operator_lets_in_whom_it_should() {
    let table = [
        (r#"[department] = "Sales""#, "Ben Cem"),
        (r#"[department] = "sales""#, ""),
        (r#"[department] <> "Sales""#, "Ana Dora"),
        (r#"[title] <> "Clerk""#, "Ana Dora"),
        ("[title] is absent", "Cem"),
        ("[title] is present", "Ana Ben Dora"),
        (r#"[employeeNumber] matches "([1-9][0-9])""#, "Ana Ben Dora"),
        (r#"[title] not matches "Head.*""#, "Ben"),
        ("[employeeNumber] > 22", "Cem Dora"),
        ("[employeeNumber] >= 22", "Ben Cem Dora"),
        ("[employeeNumber] < 44", "Ana Ben"),
        (r#"[title] contains "Sales""#, "Dora"),
        (r#"[title] starts with "Head""#, "Ana Dora"),
        (r#"[title] ends with "Sales""#, "Dora"),
        (r#"[department] in ("Board", "Engineering")"#, "Ana Dora"),
        (r#"[department] not in ("Board", "Engineering")"#, "Ben Cem"),
        (r#"[hired] >= "2024-02-29""#, "Ben Dora"),
        (r#"[hired] < DateAdd("d", -365, Today())"#, "Ana Cem Dora"),
        (r#"any [tags] = "b""#, "Ana Ben"),
        (r#"all [tags] in ("a", "b")"#, "Ana"),
        (
            r#"not ([department] = "Sales" and ([title] is absent or [hired] < "2020-01-01"))"#,
            "Ana Ben Dora",
        ),
        (
            r#"[department] = "Board" or ([department] = "Sales" and not ([title] is absent))"#,
            "Ben Dora",
        ),
        (r#"[state] = "on-leave""#, "Cem"),
    ];
    let mut wrong = Vec::new();
    for (scope, expected) in table {
        let mut company = Company::new(&PEOPLE);
        company.rules = company
            .rules
            .replace(r#"scope = '[department] <> "Board"'"#, &format!("scope = '{scope}'"))
            .replace(
                "employeeNumber = \"[id]\"\n",
                "employeeNumber = \"[id]\"\nhired = \"[hired]\"\ntags = 'Split(Switch([id], \"c\", \"11\", \"a,b\", \"22\", \"b,c\"), \",\")'\n",
            );
        company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
        let plan = company.plan();
        let created = plan.operations.iter().filter(|it| it.kind == Kind::Create);
        let mut names: Vec<_> = created.filter_map(|it| it.subject.split(' ').next()).collect();
        names.sort_unstable();
        if names.join(" ") != expected {
            wrong.push(format!("{scope}: {names:?}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
