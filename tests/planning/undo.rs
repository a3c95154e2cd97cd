//! The inverses: what each kind of operation is taken back by, and what of it stays when the target moved meanwhile.

use usher::{
    model::{After, Anchor, Kind, Operation, Remains, Value},
    planning::undo::{Applied, Undoing, undo},
};

use crate::company::{Company, Entry};

const PEOPLE: &str = "ou=people,dc=x";

/// An account of somebody in Engineering as it should be.
fn account(company: &mut Company, title: &str, place: &str, enabled: bool) -> String {
    company.entry(
        &format!("uid=kovac,{place}"),
        enabled,
        &[
            ("uid", "kovac"),
            ("cn", "Ana Kovac"),
            ("sn", "Kovac"),
            ("givenName", "Ana"),
            ("employeeNumber", "1"),
            ("title", title),
            ("departmentNumber", "Engineering"),
            ("mail", "ana.kovac@x.example"),
        ],
    )
}

fn company(hr: &str, members: &[&str]) -> Company {
    let mut company = Company::new(&[hr]);
    let members = members.iter().map(|dn| (*dn).to_owned()).collect();
    company.groups.insert("cn=eng,ou=groups,dc=x".to_owned(), members);
    company
}

/// A company in which a plan does one thing of a kind, beside what goes with it.
fn about(kind: Kind) -> Company {
    let active = "1||Ana|Kovac|active|Engineering|Clerk||2020-01-01|";
    let member = ["uid=kovac,ou=people,dc=x"];
    match kind {
        Kind::Create => company(active, &[]),
        Kind::Update => {
            let mut company = company(active, &member);
            account(&mut company, "Trainee", PEOPLE, true);
            company
        }
        Kind::Enable => {
            let mut company = company(active, &member);
            account(&mut company, "Clerk", PEOPLE, false);
            company
        }
        Kind::Move => {
            let mut company = company(active, &["uid=kovac,ou=old,dc=x"]);
            account(&mut company, "Clerk", "ou=old,dc=x", true);
            company
        }
        Kind::AddMember => {
            let mut company = company(active, &[]);
            account(&mut company, "Clerk", PEOPLE, true);
            company
        }
        Kind::Disable | Kind::RemoveMember => {
            let mut company = about(Kind::AddMember);
            let plan = company.plan();
            company.apply(&plan);
            company.hr(&["1||Ana|Kovac|active|Engineering|Clerk||2020-01-01|2026-11-19"]);
            company
        }
        Kind::Delete => {
            let mut company = about(Kind::Disable);
            let plan = company.plan();
            company.apply(&plan);
            company.now = "2027-03-21T08:00:00Z".parse().unwrap();
            company
        }
        other => panic!("no company for {}", other.word()),
    }
}

/// Applies a plan and tells what was applied, as the journal has it.
fn apply(company: &mut Company) -> Vec<Applied> {
    let plan = company.plan();
    let adopted: Vec<_> = plan.adoptions.fingerprints().collect();
    let mut left: Vec<&Operation> = plan.operations.iter().collect();
    let mut applied: Vec<Applied> = Vec::new();
    while !left.is_empty() {
        let ready = left.iter().position(|operation| {
            let done =
                |id| adopted.contains(&id) || applied.iter().any(|one| one.operation.fingerprint == id);
            operation.waits_for.iter().all(|other| done(*other))
        });
        let operation = left.remove(ready.unwrap());
        company.write(operation);
        let anchor = match &operation.target.anchor {
            Some(anchor) => anchor.clone(),
            None => Anchor::from(company.entries.keys().next_back().unwrap().as_str()),
        };
        let entry = company.entries.get(anchor.as_str());
        let location = entry.map_or(&operation.target.location, |entry| &entry.dn);
        applied.push(Applied {
            operation: operation.clone(),
            location: location.clone(),
            anchor,
            remains: None,
        });
    }
    applied
}

fn take_back(company: &Company, applied: &[Applied]) -> Undoing {
    company.with_inputs(|compiled, inputs| undo(compiled, inputs, applied, 7))
}

fn text(value: &Value<'_>) -> String {
    value
        .as_text()
        .map_or_else(|| "-".to_owned(), std::borrow::Cow::into_owned)
}

/// An inverse in one line: `enable → ou=people,dc=x`, `update title: Clerk → Trainee`.
fn said(operation: &Operation) -> String {
    let mut line = operation.kind.word().to_owned();
    for change in operation
        .changes
        .iter()
        .filter(|change| change.attribute != "member" && operation.kind != Kind::Delete)
    {
        let After::Known(after) = &change.after else {
            panic!("{:?}", change.after)
        };
        line = format!(
            "{line} {}: {} → {}",
            change.attribute,
            text(&change.before),
            text(after)
        );
    }
    if let Some(container) = &operation.target.container {
        line = format!("{line} → {container}");
    }
    line
}

/// What taking back the one operation of a kind gives after something has happened: its inverse, what stays.
fn outcome(kind: Kind, meanwhile: fn(&mut Company)) -> (String, String) {
    let mut company = about(kind);
    let applied = apply(&mut company);
    let of_kind: Vec<_> = applied
        .into_iter()
        .filter(|one| one.operation.kind == kind)
        .collect();
    assert_eq!(of_kind.len(), 1, "{}", kind.word());
    meanwhile(&mut company);
    let undoing = take_back(&company, &of_kind);
    let plan = &undoing.planned.plan;
    for operation in &plan.operations {
        assert_eq!(operation.undoes, Some(of_kind[0].operation.fingerprint));
        assert!(operation.why.contains("run 7"), "{}", operation.why);
    }
    let inverse: Vec<_> = plan.operations.iter().map(said).collect();
    let left: Vec<_> = undoing
        .left
        .iter()
        .map(|left| {
            if left.is_back {
                format!("back: {}", left.reason)
            } else {
                left.reason.clone()
            }
        })
        .collect();
    (inverse.join("; "), left.join("; "))
}

/// The only account.
fn only(company: &mut Company) -> &mut Entry {
    company.entries.values_mut().next().unwrap()
}

fn nothing(_: &mut Company) {}

fn gone(company: &mut Company) {
    company.entries.clear();
    company.memory.links.retain(|_| false);
}

fn gone_unseen(company: &mut Company) {
    company.directory_is_complete = false;
    company.entries.clear();
}

fn protected(company: &mut Company) {
    company.rules = company
        .rules
        .replace(r#"("root", "backup")"#, r#"("root", "kovac")"#);
}

fn retitled(company: &mut Company) {
    only(company).attributes.insert("title".into(), "Director".into());
}

fn moved_on(company: &mut Company) {
    "uid=kovac,ou=elsewhere,dc=x".clone_into(&mut only(company).dn);
}

fn as_before(company: &mut Company) {
    only(company).attributes.insert("title".into(), "Trainee".into());
}

fn no_delete(company: &mut Company) {
    company.rules = company.rules.replace(r#", "delete"]"#, "]");
    company.rules = company.rules.replace(r#", delete_after = "90 days""#, "");
}

fn neither(company: &mut Company) {
    company.rules = company
        .rules
        .replace(r#""disable", "move", "delete"]"#, r#""move"]"#);
    company.rules = company.rules.replace("out_of_scope = \"disable\"\n", "");
    let leaver = company
        .rules
        .lines()
        .find(|line| line.starts_with("leaver ="))
        .unwrap();
    company.rules = company.rules.replace(leaver, "");
}

fn usable_again(company: &mut Company) {
    only(company).enabled = true;
}

fn leaves_group(company: &mut Company) {
    company.groups.values_mut().for_each(Vec::clear);
}

fn returns(company: &mut Company) {
    let dn = only(company).dn.clone();
    company
        .groups
        .values_mut()
        .for_each(|members| members.push(dn.clone()));
}

/// What was applied, what happened meanwhile (in words, and done), the inverse, and what stays.
type Case = (Kind, &'static str, fn(&mut Company), &'static str, &'static str);

const CASES: &[Case] = &[
    (Kind::Create, "nothing happened", nothing, "delete", ""),
    (Kind::Create, "its rule may not delete", no_delete, "disable", ""),
    (
        Kind::Create,
        "its rule may neither",
        neither,
        "",
        "its rule may neither delete nor disable",
    ),
    (
        Kind::Create,
        "gone",
        gone,
        "",
        "back: the account is gone already",
    ),
    (
        Kind::Create,
        "gone, as far as a partial read tells",
        gone_unseen,
        "",
        "directory was not read in full",
    ),
    (
        Kind::Create,
        "protected",
        protected,
        "",
        "the account is protected",
    ),
    (Kind::Create, "changed", retitled, "delete", ""),
    (
        Kind::Update,
        "nothing happened",
        nothing,
        "update title: Clerk → Trainee",
        "",
    ),
    (
        Kind::Update,
        "changed by somebody else",
        retitled,
        "",
        "title was changed since",
    ),
    (
        Kind::Update,
        "as before",
        as_before,
        "",
        "back: everything is as it was before",
    ),
    (Kind::Update, "gone", gone, "", "the account is gone"),
    (
        Kind::Update,
        "gone unseen",
        gone_unseen,
        "",
        "directory was not read in full",
    ),
    (
        Kind::Update,
        "protected",
        protected,
        "",
        "the account is protected",
    ),
    (
        Kind::Disable,
        "nothing happened",
        nothing,
        "enable → ou=people,dc=x",
        "",
    ),
    (
        Kind::Disable,
        "usable again",
        usable_again,
        "move → ou=people,dc=x",
        "",
    ),
    (
        Kind::Disable,
        "moved on",
        moved_on,
        "enable",
        "in part: it was moved to ou=elsewhere,dc=x since",
    ),
    (Kind::Disable, "gone", gone, "", "the account is gone"),
    (
        Kind::Disable,
        "protected",
        protected,
        "",
        "the account is protected",
    ),
    (Kind::Enable, "nothing happened", nothing, "disable", ""),
    (Kind::Enable, "gone", gone, "", "the account is gone"),
    (Kind::Move, "nothing happened", nothing, "move → ou=old,dc=x", ""),
    (
        Kind::Move,
        "moved on",
        moved_on,
        "",
        "it was moved to ou=elsewhere,dc=x since",
    ),
    (Kind::Move, "gone", gone, "", "the account is gone"),
    (Kind::AddMember, "nothing happened", nothing, "remove-member", ""),
    (
        Kind::AddMember,
        "no member any more",
        leaves_group,
        "",
        "back: it is no member any more",
    ),
    (
        Kind::AddMember,
        "gone",
        gone,
        "",
        "back: the account is gone, and so is the member",
    ),
    (Kind::RemoveMember, "nothing happened", nothing, "add-member", ""),
    (
        Kind::RemoveMember,
        "a member again",
        returns,
        "",
        "back: it is a member again",
    ),
    (Kind::RemoveMember, "gone", gone, "", "the account is gone"),
    (
        Kind::Delete,
        "nothing happened",
        nothing,
        "",
        "a deleted object is gone: its system restores nothing",
    ),
];

#[test]
fn each_kind_has_its_inverse_and_each_situation_its_answer() {
    for (kind, name, meanwhile, inverse, left) in CASES {
        let found = outcome(*kind, *meanwhile);
        let expected = ((*inverse).to_owned(), (*left).to_owned());
        assert_eq!(found, expected, "{}: {name}", kind.word());
    }
}

#[test]
fn what_is_taken_back_whole_leaves_everything_as_it_was() {
    for kind in [
        Kind::Create,
        Kind::Update,
        Kind::Enable,
        Kind::Move,
        Kind::AddMember,
        Kind::Disable,
    ] {
        let mut company = about(kind);
        let before = (company.entries.clone(), company.groups.clone());
        let applied = apply(&mut company);
        assert_ne!(before, (company.entries.clone(), company.groups.clone()));
        let undoing = take_back(&company, &applied);
        assert!(undoing.left.is_empty(), "{}: {:?}", kind.word(), undoing.left);
        assert_eq!(undoing.planned.plan.operations.len(), applied.len());
        company.apply(&undoing.planned.plan);
        let after = (company.entries.clone(), company.groups.clone());
        assert_eq!(before, after, "{}", kind.word());
    }
}

#[test]
fn an_account_that_was_changed_before_it_is_deleted_again_says_so() {
    let mut company = about(Kind::Create);
    let applied = apply(&mut company);
    retitled(&mut company);
    let undoing = take_back(&company, &applied);
    let operations = &undoing.planned.plan.operations;
    let delete = operations
        .iter()
        .find(|operation| operation.kind == Kind::Delete)
        .unwrap();
    assert!(delete.why.ends_with("changed since: title"), "{}", delete.why);
    // the member goes before its account does
    let member = operations
        .iter()
        .find(|operation| operation.kind == Kind::RemoveMember)
        .unwrap();
    assert_eq!(delete.waits_for, [member.fingerprint]);
}

/// The company of a delete, and what was applied; `remains` is what its system says of the account.
fn deleted(remains: &Remains) -> (Company, Vec<Applied>) {
    let mut company = about(Kind::Delete);
    let mut applied = apply(&mut company);
    for one in applied
        .iter_mut()
        .filter(|one| one.operation.kind == Kind::Delete)
    {
        one.remains = Some(remains.clone());
    }
    (company, applied)
}

#[test]
fn what_goes_with_an_account_is_told_and_no_part_of_what_is_approved() {
    let delete = |company: &mut Company| {
        let plan = company.plan();
        let mut operations = plan.operations.iter();
        operations.find(|one| one.kind == Kind::Delete).unwrap().clone()
    };
    let mut company = about(Kind::Delete);
    let before = delete(&mut company);
    let title = |operation: &Operation| {
        let mut changes = operation.changes.iter();
        let change = changes.find(|change| change.attribute == "title").unwrap();
        (text(&change.before), change.after.clone())
    };
    assert_eq!(title(&before), ("Clerk".to_owned(), After::Known(Value::Absent)));
    retitled(&mut company);
    let after = delete(&mut company);
    assert_eq!(title(&after).0, "Director");
    assert_eq!(before.fingerprint, after.fingerprint);
}

#[test]
fn a_deleted_account_comes_back_as_far_as_its_system_has_it() {
    for (remains, sets_title, why) in [
        (Remains::Whole, false, "it comes back with all it had"),
        (
            Remains::Bare,
            true,
            "it comes back disabled and without a password",
        ),
    ] {
        let (company, applied) = deleted(&remains);
        let undoing = take_back(&company, &applied);
        assert!(undoing.left.is_empty(), "{:?}", undoing.left);
        let [restore] = &undoing.planned.plan.operations[..] else {
            panic!("{:?}", undoing.planned.plan.operations)
        };
        let done = &applied[0].operation;
        assert_eq!(restore.kind, Kind::Restore);
        assert_eq!(restore.target.anchor, done.target.anchor);
        assert_eq!(restore.target.location, done.target.location);
        assert_eq!(restore.usable, Some(false));
        assert!(restore.why.ends_with(why), "{}", restore.why);
        let has_title = restore.changes.iter().any(|change| change.attribute == "title");
        assert_eq!(has_title, sets_title);
        // the name is a part of the place
        assert!(restore.changes.iter().all(|change| change.attribute != "uid"));
    }
}

#[test]
fn what_is_deleted_for_good_stays_deleted() {
    for remains in [Remains::Nothing("the bin was emptied".to_owned()), Remains::Back] {
        let (company, applied) = deleted(&remains);
        let undoing = take_back(&company, &applied);
        assert!(undoing.planned.plan.operations.is_empty());
        assert_eq!(undoing.left.len(), 1);
        assert!(!undoing.left[0].is_back);
    }
}
