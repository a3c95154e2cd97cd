//! The life of a person: pre-hire, joiner, mover, leave, leaver, rehire, gone.

use usher::model::{FindingKind, Kind, Plan, Situation};

use crate::company::{Company, lines};

const ANA: &str = "1||Ana|Kovac|active|Engineering|Engineer||2020-01-01|";
const BEN: &str = "2||Ben|OBrien|active|Sales|Clerk|1|2020-01-01|";

/// A company whose accounts are as they should be.
fn settled(hr: &[&str]) -> Company {
    let mut company = Company::new(hr);
    company
        .groups
        .insert("cn=eng,ou=groups,dc=x".to_owned(), vec!["cn=nobody".to_owned()]);
    let plan = company.plan();
    company.apply(&plan);
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        Vec::<String>::new(),
        "a plan that was applied leaves nothing to do"
    );
    company
}

#[test]
fn joiners_get_an_account_a_manager_and_their_groups_and_then_nothing_more() {
    let mut company = Company::new(&[BEN, ANA]);
    company
        .groups
        .insert("cn=eng,ou=groups,dc=x".to_owned(), vec!["cn=nobody".to_owned()]);
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        [
            "joiner: create Ben OBrien",
            "joiner: create Ana Kovac",
            "joiner: add-member Ana Kovac cn=eng,ou=groups,dc=x",
        ]
    );
    let ben = &plan.operations[0];
    assert_eq!(
        ben.waits_for,
        [plan.operations[1].fingerprint],
        "the manager's account comes first"
    );
    company.apply(&plan);
    let entry = company
        .entries
        .values()
        .find(|entry| entry.dn == "uid=obrien,ou=people,dc=x")
        .unwrap();
    assert_eq!(entry.attributes["manager"], "uid=kovac,ou=people,dc=x");
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), Vec::<String>::new());
    assert_eq!(plan.situations[&"staff".into()][&Situation::Confirmed], 2);
}

#[test]
fn a_pre_hire_is_scheduled_then_made_then_enabled() {
    let hire = "3||Cem|Celik|active|Sales|Clerk||2026-12-01|";
    let mut company = settled(&[ANA]);
    company.hr(&[ANA, hire]);
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), Vec::<String>::new());
    assert_eq!(
        lines(&plan.scheduled),
        [
            "pre-hire: enable Cem Celik @2026-11-30T23:00:00Z",
            "pre-hire: create Cem Celik @2026-11-23T23:00:00Z"
        ]
    );
    let approved = plan.scheduled[1].fingerprint;

    company.now = "2026-11-24T08:00:00Z".parse().unwrap();
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        ["pre-hire: create Cem Celik @2026-11-23T23:00:00Z"]
    );
    assert_eq!(
        plan.operations[0].fingerprint, approved,
        "an approval given beforehand holds when it is due"
    );
    company.apply(&plan);
    assert!(
        !company
            .entries
            .values()
            .find(|entry| entry.dn.contains("celik"))
            .unwrap()
            .enabled
    );

    company.now = "2026-12-01T08:00:00Z".parse().unwrap();
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), ["joiner: enable Cem Celik"]);
    company.apply(&plan);
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
}

#[test]
fn movers_change_what_changed_and_their_groups() {
    let mut company = settled(&[ANA, BEN]);
    company.hr(&["1||Ana|Kovac|active|Sales|Engineer||2020-01-01|", BEN]);
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        [
            "mover: remove-member Ana Kovac cn=eng,ou=groups,dc=x",
            "mover: update Ana Kovac [departmentNumber]",
        ]
    );
    company.apply(&plan);
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
}

#[test]
fn an_event_lasts_until_it_is_settled() {
    let mut company = settled(&[ANA, BEN]);
    company.hr(&[ANA, "2||Ben|OBrien|active|Sales|Chief Clerk|1|2020-01-01|"]);
    for _ in 0..3 {
        assert_eq!(
            lines(&company.plan().operations),
            ["mover: update Ben OBrien [title]"]
        );
    }
    let plan = company.plan();
    company.apply(&plan);
    company.plan();
    assert!(company.memory.events.is_empty());
}

#[test]
fn a_new_family_name_is_a_name_change_and_keeps_the_login() {
    let mut company = settled(&[ANA, BEN]);
    company.hr(&["1||Ana|Horvat|active|Engineering|Engineer||2020-01-01|", BEN]);
    assert_eq!(
        lines(&company.plan().operations),
        ["name-change: update Ana Horvat [cn sn mail]"]
    );
}

#[test]
fn the_last_day_is_inclusive_in_the_persons_zone() {
    let mut company = settled(&[ANA, BEN]);
    let leaving = "1||Ana|Kovac|active|Engineering|Engineer||2020-01-01|2026-11-21";
    company.hr(&[leaving, BEN]);
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), Vec::<String>::new());
    assert_eq!(
        lines(&plan.scheduled),
        ["leaver: disable Ana Kovac @2026-11-21T23:00:00Z"]
    );
    let scheduled = plan.scheduled[0].fingerprint;

    company.now = "2026-11-21T23:00:00Z".parse().unwrap();
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        [
            "leaver: remove-member Ana Kovac cn=eng,ou=groups,dc=x",
            "leaver: disable Ana Kovac @2026-11-21T23:00:00Z",
        ]
    );
    assert_eq!(plan.operations[1].fingerprint, scheduled);
    assert_eq!(plan.operations[1].waits_for, [plan.operations[0].fingerprint]);
    assert_eq!(
        lines(&plan.scheduled),
        ["leaver: delete Ana Kovac @2027-02-19T23:00:00Z"]
    );
    company.apply(&plan);
    let ana = company
        .entries
        .values()
        .find(|entry| entry.dn.contains("kovac"))
        .unwrap();
    assert_eq!(
        (ana.dn.as_str(), ana.enabled),
        ("uid=kovac,ou=disabled,dc=x", false)
    );
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), Vec::<String>::new());
    assert_eq!(plan.situations[&"staff".into()][&Situation::Retired], 1);

    company.now = "2027-02-20T08:00:00Z".parse().unwrap();
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        ["-: delete Ana Kovac @2027-02-19T23:00:00Z"]
    );
    company.apply(&plan);
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
}

#[test]
fn whom_no_source_names_any_more_has_vanished() {
    let mut company = settled(&[ANA, BEN]);
    company.hr(&[BEN]);
    let plan = company.plan();
    let expected = [
        "vanished: remove-member Ana Kovac cn=eng,ou=groups,dc=x",
        "vanished: disable Ana Kovac",
    ];
    assert_eq!(lines(&plan.operations), expected);
    company.apply(&plan);
    for _ in 0..3 {
        let plan = company.plan();
        assert_eq!(lines(&plan.operations), Vec::<String>::new());
        let orphan = plan
            .findings
            .iter()
            .find(|finding| finding.kind == FindingKind::Orphan);
        assert_eq!(orphan, None, "the account is still Ana's");
        assert_eq!(plan.situations[&"staff".into()][&Situation::Retired], 1);
    }
    company.now = "2027-02-20T08:00:00Z".parse().unwrap();
    let plan = company.plan();
    assert_eq!(
        lines(&plan.operations),
        ["-: delete Ana Kovac @2027-02-19T23:00:00Z"],
        "the grace period is over"
    );
    company.apply(&plan);
    company.plan();
    assert_eq!(
        company.plan().situations[&"staff".into()].get(&Situation::OutOfScope),
        None,
        "and Ana is forgotten"
    );
}

#[test]
fn the_grace_period_of_an_end_without_a_day_begins_when_it_is_first_read() {
    const ENDED: &str = "1||Ana|Kovac|terminated|Engineering|Engineer||2020-01-01|";
    let mut company = settled(&[ANA, BEN]);
    company.hr(&[ENDED, BEN]);
    let plan = company.plan();
    company.apply(&plan);
    let due = |plan: &Plan| {
        plan.scheduled
            .iter()
            .map(|it| (it.kind, it.due))
            .collect::<Vec<_>>()
    };
    let first = due(&company.plan());
    assert_eq!(first.len(), 1);
    company.now = "2026-12-24T08:00:00Z".parse().unwrap();
    assert_eq!(due(&company.plan()), first, "it does not move on with the days");
    company.hr(&[BEN]);
    company.now = "2026-12-25T08:00:00Z".parse().unwrap();
    assert_eq!(due(&company.plan()), first, "nor when HR forgets them");
    company.now = "2027-02-20T08:00:00Z".parse().unwrap();
    let plan = company.plan();
    assert_eq!(
        plan.operations.iter().map(|it| it.kind).collect::<Vec<_>>(),
        [Kind::Delete]
    );
}

#[test]
fn whoever_vanishes_on_the_day_after_joining_is_no_orphan() {
    let mut company = settled(&[BEN]);
    company.hr(&[BEN, ANA]);
    let plan = company.plan();
    company.apply(&plan);
    // nothing of Ana was settled yet
    company.hr(&[BEN]);
    let plan = company.plan();
    let kinds: Vec<_> = plan.operations.iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds, [Kind::RemoveMember, Kind::Disable]);
    company.apply(&plan);
    for _ in 0..2 {
        let plan = company.plan();
        assert_eq!(lines(&plan.operations), Vec::<String>::new());
        assert!(plan.findings.iter().all(|it| it.kind != FindingKind::Orphan));
    }
}

#[test]
fn whoever_vanished_and_is_back_is_a_rehire() {
    let mut company = settled(&[ANA, BEN]);
    company.hr(&[BEN]);
    let plan = company.plan();
    company.apply(&plan);
    company.plan();
    company.hr(&[ANA, BEN]);
    let all = lines(&company.plan().operations).join("; ");
    assert!(all.starts_with("rehire: enable Ana Kovac"), "{all}");
}

#[test]
fn the_next_end_of_somebody_who_comes_back_moves_the_account_again() {
    let mut company = settled(&[ANA, BEN]);
    company.hr(&[
        "1||Ana|Kovac|terminated|Engineering|Engineer||2020-01-01|2026-11-01",
        BEN,
    ]);
    let plan = company.plan();
    company.apply(&plan);
    company.plan();
    company.hr(&[
        "1||Ana|Kovac|active|Engineering|Engineer||2026-11-20|2026-12-31",
        BEN,
    ]);
    let plan = company.plan();
    let disable = &plan.scheduled[0];
    assert_eq!(disable.target.container.as_deref(), Some("ou=disabled,dc=x"));
    company.apply(&plan);
    let again = company.plan();
    assert_eq!(
        again.scheduled[0].fingerprint, disable.fingerprint,
        "an approval given now holds then"
    );
}

#[test]
fn nobody_unless_the_read_proves_it() {
    let mut company = settled(&[ANA, BEN]);
    company.hr(&[BEN]);
    company.hr_is_complete = false;
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
    company.hr_is_complete = true;
    company.hr_problems = 1;
    assert_eq!(
        lines(&company.plan().operations),
        Vec::<String>::new(),
        "the bad row may have been Ana's"
    );
    company.hr_problems = 0;
    assert_eq!(company.plan().operations.len(), 2);
}

#[test]
fn a_rehire_gets_the_old_account_back_under_the_old_or_a_new_number() {
    for back in [
        "1||Ana|Kovac|active|Engineering|Engineer||2026-11-20|",
        "7|1|Ana|Kovac|active|Engineering|Engineer||2026-11-20|",
    ] {
        let mut company = settled(&[ANA, BEN]);
        let ended = "1||Ana|Kovac|terminated|Engineering|Engineer||2020-01-01|2026-11-01";
        company.hr(&[ended, BEN]);
        let plan = company.plan();
        company.apply(&plan);
        company.plan();
        let people = company.memory.links.len();
        let rows = if back.starts_with('7') {
            vec![ended, BEN, back]
        } else {
            vec![back, BEN]
        };
        company.hr(&rows);
        let plan = company.plan();
        let all = lines(&plan.operations).join("; ");
        assert!(all.starts_with("rehire: enable Ana Kovac"), "{all}");
        assert!(all.contains("rehire: add-member Ana Kovac cn=eng"), "{all}");
        assert!(!all.contains("create"), "{all}");
        company.apply(&plan);
        let ana = company
            .entries
            .values()
            .find(|entry| entry.dn.contains("kovac"))
            .unwrap();
        assert_eq!((ana.dn.as_str(), ana.enabled), ("uid=kovac,ou=people,dc=x", true));
        assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
        let more = company.memory.links.len() - people;
        assert_eq!(
            more,
            usize::from(back.starts_with('7')),
            "a new number is a new link, not a new person"
        );
    }
}

#[test]
fn out_of_scope_is_disabled_and_comes_back() {
    let mut company = settled(&[BEN]);
    company.hr(&["2||Ben|OBrien|active|Board|Clerk||2020-01-01|"]);
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), ["mover: disable Ben OBrien"]);
    company.apply(&plan);
    assert_eq!(lines(&company.plan().operations), Vec::<String>::new());
    company.hr(&["2||Ben|OBrien|active|Sales|Clerk||2020-01-01|"]);
    let plan = company.plan();
    assert_eq!(lines(&plan.operations), ["mover: enable Ben OBrien"]);
}

#[test]
fn a_place_with_a_part_that_has_no_value_is_no_place() {
    let mut company = Company::new(&[ANA]);
    let old = [
        r#"container = '"ou=people,dc=x"'"#,
        r#"scope = '[department] <> "Board"'"#,
    ];
    let new = [r#"container = 'Join("", "ou=", [department], ",dc=x")'"#, ""];
    for (old, new) in old.iter().zip(new) {
        company.rules = company.rules.replace(old, new);
    }
    company
        .groups
        .insert("cn=eng,ou=groups,dc=x".to_owned(), vec!["cn=nobody".to_owned()]);
    let plan = company.plan();
    company.apply(&plan);
    company.plan();
    company.hr(&[
        "1||Ana|Kovac|active||Director||2020-01-01|",
        "2||Ben|OBrien|active||Clerk||2020-01-01|",
    ]);
    let plan = company.plan();
    // what else is to be done for her is done, and nothing is made in a place without a name
    assert_eq!(
        lines(&plan.operations),
        [
            "mover: remove-member Ana Kovac cn=eng,ou=groups,dc=x",
            "mover: update Ana Kovac [title]"
        ]
    );
    let told: Vec<_> = plan.findings.iter().map(|finding| &*finding.message).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for words in [
        "uid=kovac,ou=Engineering,dc=x stays where it is: a part of the container ou=,dc=x has no value",
        "a part of the container ou=,dc=x has no value",
    ] {
        assert!(told.iter().any(|told| told.starts_with(words)), "{told:?}");
    }
}
