//! The why of values: every step, its value, and where it comes from; and that nothing marked shows.

use usher::{
    model::{After, Kind, Operation, Plan},
    planning::why::{Shown, Verdict, Why},
};

use crate::company::{Company, RULES};

const ANA: &str = "7||Ana|Kovač|active|Sales|Clerk|8|2020-01-01|";
const BEA: &str = "8||Bea|Lang|active|Sales|Head of Sales||2019-01-01|";
const CEM: &str = "9||Cem|Çelik|active|Engineering|Engineer|8|2026-11-20|";

/// Ana has an account with an old title, Bea has hers as it should be, Cem will get one.
fn company(rules: &str) -> Company {
    let mut company = Company::new(&[ANA, BEA, CEM]);
    rules.clone_into(&mut company.rules);
    for (uid, number, given, family, title) in [
        ("kovac", "7", "Ana", "Kovač", "Apprentice"),
        ("lang", "8", "Bea", "Lang", "HEAD of  Sales"),
    ] {
        let mail = format!("{}.{}@x.example", given.to_lowercase(), family.to_lowercase());
        company.entry(
            &format!("uid={uid},ou=people,dc=x"),
            true,
            &[
                ("uid", uid),
                ("cn", &format!("{given} {family}")),
                ("sn", family),
                ("givenName", given),
                ("employeeNumber", number),
                ("title", title),
                ("departmentNumber", "Sales"),
                ("mail", &mail),
            ],
        );
    }
    company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), vec![]);
    company
}

fn of<'p>(plan: &'p Plan, kind: Kind, subject: &str) -> &'p Operation {
    let mut all = plan.operations.iter().chain(&plan.scheduled);
    all.find(|operation| operation.kind == kind && operation.subject.contains(subject))
        .unwrap_or_else(|| panic!("no {kind:?} of {subject}: {:?}", plan.operations))
}

/// Steps as lines: `  [given] = "Ana "   (hr, hr.csv line 2)`.
fn steps(why: &Why) -> Vec<String> {
    let line = |step: &usher::planning::why::Step| {
        let from = if step.from.is_empty() {
            String::new()
        } else {
            format!("   ({})", step.from)
        };
        format!(
            "{:3$}{} = {}{from}",
            "",
            step.text,
            step.value,
            usize::from(step.depth) * 2
        )
    };
    why.steps.iter().map(line).collect()
}

fn text(text: &str) -> Shown {
    Shown::Text(text.to_owned())
}

#[test]
fn a_changed_title_leads_from_the_field_to_the_verdict() {
    let mut company = company(RULES);
    let plan = company.plan();
    let update = of(&plan, Kind::Update, "Ana");
    let why = company.look(|scene| scene.why(update, "TITLE")).unwrap();
    assert_eq!(
        steps(&why),
        [
            r#"[title] = "Clerk""#,
            r#"  [title] = "Clerk"   (people `employees`, hr, hr.csv line 2)"#,
        ]
    );
    let field = &why.source[0];
    assert_eq!(
        (field.system.as_str(), field.record.as_str()),
        ("hr", "hr.csv line 2")
    );
    assert_eq!((field.field.as_str(), &field.value), ("title", &text("Clerk")));
    assert_eq!(field.read_at, company.now);
    assert_eq!(why.value, text("Clerk"));
    assert_eq!(why.normalised, text("clerk"));
    assert_eq!(why.target, Some(text("Apprentice")));
    assert_eq!(why.comparison, "without case, spaces folded, in any order");
    assert_eq!(why.verdict, Verdict::Replaced);
    assert!(!why.masked);
}

#[test]
fn each_part_of_an_expression_has_its_value() {
    let mut company = company(RULES);
    let plan = company.plan();
    let create = of(&plan, Kind::Create, "Cem");
    let why = company.look(|scene| scene.why(create, "mail")).unwrap();
    assert_eq!(
        steps(&why),
        [
            r#"ToLower(Join("", [givenName], ".", [familyName], "@x.example")) = "cem.çelik@x.example""#,
            r#"  Join("", [givenName], ".", [familyName], "@x.example") = "Cem.Çelik@x.example""#,
            r#"    [givenName] = "Cem""#,
            r#"      Trim([given]) = "Cem"   (people `employees`)"#,
            r#"        [given] = "Cem"   (hr, hr.csv line 4)"#,
            r#"    [familyName] = "Çelik""#,
            r#"      Trim([family]) = "Çelik"   (people `employees`)"#,
            r#"        [family] = "Çelik"   (hr, hr.csv line 4)"#,
        ]
    );
    assert_eq!((why.target, why.verdict), (None, Verdict::Added));
}

#[test]
fn what_does_not_change_has_a_why_too() {
    let mut company = company(RULES);
    let plan = company.plan();
    let update = of(&plan, Kind::Update, "Ana");
    let table = [
        ("departmentNumber", Verdict::Same, Some("Sales")),
        ("uid", Verdict::OnCreateOnly, Some("kovac")),
        ("manager", Verdict::Added, None),
    ];
    for (attribute, verdict, target) in table {
        let why = company.look(|scene| scene.why(update, attribute)).unwrap();
        let target = target.map_or(Shown::Nothing, text);
        assert_eq!((why.verdict, why.target), (verdict, Some(target)), "{attribute}");
    }
    assert!(company.look(|scene| scene.why(update, "shoeSize")).is_none());
    let names = company.look(|scene| scene.mapped_attributes(&update.rule));
    assert!(names.contains(&"departmentNumber".to_owned()) && names.contains(&"uid".to_owned()));
}

#[test]
fn a_reference_leads_to_the_account_of_whom_it_names() {
    let mut company = company(RULES);
    let plan = company.plan();
    let update = of(&plan, Kind::Update, "Ana");
    let why = company.look(|scene| scene.why(update, "manager")).unwrap();
    assert_eq!(
        steps(&why),
        [
            r#"the account of [manager] = "uid=lang,ou=people,dc=x""#,
            r#"  [manager] = "Bea Lang""#,
            r#"    [manager] = "8"   (people `employees`, hr, hr.csv line 2)"#,
        ]
    );
    assert_eq!(why.remark, "");
}

#[test]
fn every_change_of_a_plan_is_explained_and_agrees_with_the_plan() {
    let mut company = company(RULES);
    company.hr.push(
        "10||Dora|Kovač|terminated|Sales|Clerk||2020-01-01|2026-11-19"
            .split('|')
            .map(str::to_owned)
            .collect(),
    );
    company.entry(
        "uid=dora,ou=people,dc=x",
        true,
        &[("uid", "dora"), ("employeeNumber", "10")],
    );
    let plan = company.plan();
    let mut explained = 0;
    for operation in plan.operations.iter().chain(&plan.scheduled) {
        let whys = company.look(|scene| scene.whys(operation));
        assert!(!whys.is_empty(), "{operation:?}");
        for change in &operation.changes {
            let Some(why) = whys.iter().find(|why| why.attribute == change.attribute) else {
                assert!(matches!(operation.kind, Kind::AddMember | Kind::RemoveMember));
                continue;
            };
            assert!(!why.remark.contains("have changed"), "{why:?}");
            assert!(!why.steps.is_empty());
            if let After::Known(value) = &change.after
                && let Some(after) = value.as_text()
            {
                assert_eq!(why.value, text(&after));
                explained += 1;
            }
        }
    }
    assert!(explained >= 8, "{explained}");
    let disable = of(&plan, Kind::Disable, "Dora");
    let whys = company.look(|scene| scene.whys(disable));
    assert_eq!(
        steps(&whys[0]),
        [
            r#"[state] = "ended""#,
            r#"  [status] <> "terminated" = "false"   (active)"#,
            r#"    [status] = "terminated"   (hr, hr.csv line 5)"#,
            r#"  [hired] = "2020-01-01"   (start, hr, hr.csv line 5)"#,
            r#"  [last_day] = "2026-11-19"   (end, hr, hr.csv line 5)"#,
            r#"  [status] = "leave" = "false"   (leave)"#,
            r#"    [status] = "terminated""#,
        ]
    );
    let container = whys.iter().find(|why| why.attribute == "container").unwrap();
    assert_eq!(container.target, Some(text("ou=people,dc=x")));
    assert_eq!(container.value, text("ou=disabled,dc=x"));
    let member = of(&plan, Kind::AddMember, "Cem");
    let why = &company.look(|scene| scene.whys(member))[0];
    assert_eq!(
        steps(why)[..2],
        [
            r#"[department] = "Engineering" = "true"   (entitlement `engineering`)"#,
            r#"  [department] = "Engineering""#,
        ]
    );
}

#[test]
fn names_of_accounts_of_the_manager_and_of_what_is_there_lead_to_their_records() {
    let rules = RULES.replace(
        "[[entitlements]]",
        r#"[[accounts]]
name = "back"
in = "hr"
actions = ["update"]
match = [["id", "[employeeNumber]"]]
[accounts.attributes]
department = 'Join("/", [accounts.staff.mail], [accounts.staff.uid], [manager.title], [current.family])'

[[entitlements]]"#,
    );
    let mut company = company(&rules);
    let plan = company.plan();
    let back = plan
        .operations
        .iter()
        .find(|operation| operation.rule.as_str() == "back" && operation.subject.contains("Ana"))
        .unwrap();
    let why = company.look(|scene| scene.why(back, "department")).unwrap();
    assert_eq!(
        steps(&why),
        [
            r#"Join("/", [accounts.staff.mail], [accounts.staff.uid], [manager.title], [current.family]) = "ana.kovač@x.example/kovac/Head of Sales/Kovač""#,
            r#"  [accounts.staff.mail] = "ana.kovač@x.example"   (directory, uid=kovac,ou=people,dc=x)"#,
            r#"  [accounts.staff.uid] = "kovac"   (directory, uid=kovac,ou=people,dc=x)"#,
            r#"  [manager.title] = "Head of Sales"   (Bea Lang)"#,
            r#"    [title] = "Head of Sales"   (people `employees`, hr, hr.csv line 3)"#,
            r#"  [current.family] = "Kovač"   (hr, hr.csv line 2)"#,
        ]
    );
    let cem = plan
        .operations
        .iter()
        .find(|operation| operation.rule.as_str() == "back" && operation.subject.contains("Cem"))
        .unwrap();
    let why = company.look(|scene| scene.why(cem, "department")).unwrap();
    let steps = steps(&why);
    assert_eq!(steps[1], r#"  [accounts.staff.mail] = "cem.çelik@x.example""#);
    assert!(steps[2].contains("as planned"), "{steps:?}");
}

#[test]
fn a_login_that_was_taken_says_so() {
    let mut company = company(RULES);
    company.hr.push(
        "11||Eve|Lang|active|Sales|Clerk||2020-01-01|"
            .split('|')
            .map(str::to_owned)
            .collect(),
    );
    let plan = company.plan();
    let create = of(&plan, Kind::Create, "Eve");
    let why = company.look(|scene| scene.why(create, "uid")).unwrap();
    assert_eq!(why.value, text("lang2"));
    assert_eq!(why.remark, r#""lang" was taken: the first that is free"#);
}

#[test]
fn nothing_marked_shows_and_nothing_that_depends_on_it() {
    let marked = RULES
        .replace("creates = true", "creates = true\nmarked = [\"title\"]")
        .replace(
            r#"departmentNumber = "[department]""#,
            r#"departmentNumber = 'IIF([title] = "Clerk", [department], "x")'"#,
        );
    let by_mapping = RULES.replace(
        r#"title = { value = "[title]", null = "clear" }"#,
        r#"title = { value = "[title]", null = "clear", marked = true }"#,
    );
    for rules in [&marked, &by_mapping] {
        let mut company = company(rules);
        let plan = company.plan();
        for operation in plan.operations.iter().chain(&plan.scheduled) {
            let whys = company.look(|scene| scene.whys(operation));
            let told = serde_json::to_string(&whys).unwrap() + &format!("{whys:?}");
            for secret in ["Clerk", "Apprentice", "Engineer", "x"] {
                let (json, debug) = (format!("\"text\":\"{secret}\""), format!("Text(\"{secret}\")"));
                assert!(
                    !told.contains(&json) && !told.contains(&debug),
                    "{secret}: {told}"
                );
            }
            let title = whys.iter().find(|why| why.attribute == "title");
            if let Some(why) = title {
                assert!(why.masked);
                assert!(
                    why.steps.iter().all(|step| step.value == Shown::Masked),
                    "{why:?}"
                );
                assert!(why.source.iter().all(|field| field.value == Shown::Masked));
                assert_eq!((&why.value, &why.normalised), (&Shown::Masked, &Shown::Masked));
                assert_ne!(why.target, Some(text("Apprentice")));
            }
        }
        let update = of(&plan, Kind::Update, "Ana");
        assert_eq!(
            company.look(|scene| scene.why(update, "title")).unwrap().target,
            Some(Shown::Masked)
        );
    }
    // which branch was taken would give the title away
    let mut company = company(&marked);
    let plan = company.plan();
    let update = of(&plan, Kind::Update, "Ana");
    let create = of(&plan, Kind::Create, "Cem");
    let marks = |name: &str| {
        create
            .changes
            .iter()
            .find(|change| change.attribute == name)
            .unwrap()
            .marked
    };
    assert!(marks("title") && marks("departmentNumber") && !marks("mail"));
    let why = company
        .look(|scene| scene.why(update, "departmentNumber"))
        .unwrap();
    assert_eq!(
        steps(&why),
        [
            r#"IIF([title] = "Clerk", [department], "x") = ••••"#,
            "  [title] = ••••",
            "    [title] = ••••   (people `employees`, hr, hr.csv line 2)",
            r#"  [department] = "Sales""#,
            r#"    [department] = "Sales"   (people `employees`, hr, hr.csv line 2)"#,
        ]
    );
    assert!(why.masked);
}

#[test]
fn an_expression_is_tried_as_if_it_stood_in_a_rule() {
    let mut company = company(RULES);
    let plan = company.plan();
    let ana = of(&plan, Kind::Update, "Ana").person.unwrap();
    let (staff, employees) = ("staff".into(), "employees".into());
    let table = [
        (None, "[manager.familyName]", Ok(text("Lang"))),
        (None, "[accounts.staff.uid]", Ok(text("kovac"))),
        (Some(&staff), "[current.title]", Ok(text("Apprentice"))),
        (Some(&staff), "ToUpper([person.title])", Ok(text("CLERK"))),
        (Some(&employees), "[given]", Ok(text("Ana"))),
        (Some(&employees), "[givenName]", Err(0..11)),
        (Some(&staff), "[accounts.staff.uid]", Err(0..20)),
        (None, "[title", Err(0..1)),
        (None, "IIF([missing], 1, 2)", Err(4..13)),
        (None, "[previous]", Err(0..10)),
        (None, r#"IIF([title] = "x", "a", "")"#, Ok(Shown::Nothing)),
    ];
    for (rule, expression, expected) in table {
        let found = company.look(|scene| scene.evaluate(expression, rule, None, ana));
        match (found, expected) {
            (Ok(Some(why)), Ok(expected)) => assert_eq!(why.value, expected, "{expression}"),
            (Err(diagnostics), Err(place)) => {
                assert_eq!(
                    diagnostics[0].span.start..diagnostics[0].span.end,
                    place,
                    "{expression}"
                );
            }
            (found, expected) => panic!("{expression}: {found:?}, not {expected:?}"),
        }
    }
    let fault = company.look(|scene| scene.evaluate("Left([title], [title])", None, None, ana));
    assert!(matches!(fault.unwrap().unwrap().value, Shown::Fault(_)));
}

#[test]
fn of_several_sources_the_one_that_gave_the_value_is_told() {
    let rules = RULES
        .replace(
            "[[accounts]]",
            r#"[[people]]
name = "phone book"
from = "directory"
join = [["employeeNumber", "[employeeNumber]"]]
creates = false
[people.attributes]
title = 'Append([title], " (by hand)")'
mail = "[mail]"

[[accounts]]"#,
        )
        .replace(
            r#"mail = 'ToLower(Join("", [givenName], ".", [familyName], "@x.example"))'"#,
            "mail = '[person.mail]'",
        );
    let mut company = company(&rules);
    company.hr[0][6].clear();
    let plan = company.plan();
    let update = of(&plan, Kind::Update, "Ana");
    let mail = company.look(|scene| scene.why(update, "mail")).unwrap();
    assert_eq!(
        steps(&mail),
        [
            r#"[person.mail] = "ana.kovač@x.example""#,
            r#"  [mail] = "ana.kovač@x.example"   (people `phone book`, directory, uid=kovac,ou=people,dc=x)"#,
        ]
    );
    // HR has no title: the second source has
    let title = company.look(|scene| scene.why(update, "title")).unwrap();
    assert_eq!(
        steps(&title),
        [
            r#"[title] = "Apprentice (by hand)""#,
            r#"  Append([title], " (by hand)") = "Apprentice (by hand)"   (people `phone book`)"#,
            r#"    [title] = "Apprentice"   (directory, uid=kovac,ou=people,dc=x)"#,
        ]
    );
    // and HR goes first where it has one
    let bea = company
        .memory
        .links
        .iter()
        .find(|link| link.anchor == "8")
        .unwrap()
        .person;
    let title = company
        .look(|scene| scene.evaluate("[title]", None, None, bea))
        .unwrap()
        .unwrap();
    assert_eq!(title.source[0].system.as_str(), "hr");
}

#[test]
fn whom_no_source_names_is_explained_by_what_was_last_known() {
    let mut company = company(RULES);
    company.plan();
    let plan = company.plan();
    company.apply(&plan);
    company.plan();
    company.hr.retain(|row| row[0] != "8");
    let plan = company.plan();
    let disable = of(&plan, Kind::Disable, "Bea");
    let whys = company.look(|scene| scene.whys(disable));
    assert_eq!(steps(&whys[0]), [r#"[state] = "gone""#]);
    let title = company.look(|scene| scene.why(disable, "title")).unwrap();
    assert_eq!(title.steps[0].from, "as last known: no source has this person");
    assert_eq!(title.verdict, Verdict::Same);
}
