//! What must become of everybody, and why: the one table the plans are compared with.
//!
//! A row is about one thing that is known of a person: a condition of the directory (`directory_truth.csv`), an event
//! between the two days (`events.csv`), or something anybody can have (an end in sight, a manager whom nobody knows,
//! a group by rule). Of the rows about a thing the first counts whose `when` holds. A person with several
//! things gets what all of their rows say together; a row of `Anybody` says how the person stands.
//!
//! `does` names operations as plans do. `update a b` allows changes of the attributes a and b and of no others: which
//! of them change, and to what, is worked out from HR's row and the entry that `ldapsearch` shows.

use super::case::Case;

/// One row.
pub struct Rule {
    /// The condition, the event, or what anybody can have.
    pub what: &'static str,
    /// When the row counts, in words and as a test.
    pub when: (&'static str, fn(&Case<'_>) -> bool),
    /// How the person stands; "" where another row says it.
    pub situation: &'static str,
    /// The lifecycle event; "" where it is none.
    pub event: &'static str,
    /// The operations.
    pub does: &'static [&'static str],
    /// The finding; "" where it is none.
    pub finding: &'static str,
    /// Why.
    pub why: &'static str,
}

const fn rule(
    what: &'static str,
    when: (&'static str, fn(&Case<'_>) -> bool),
    says: (&'static str, &'static str),
    does: &'static [&'static str],
    finding: &'static str,
    why: &'static str,
) -> Rule {
    Rule {
        what,
        when,
        situation: says.0,
        event: says.1,
        does,
        finding,
        why,
    }
}

const ALWAYS: (&str, fn(&Case<'_>) -> bool) = ("always", |_| true);
const AT_WORK: (&str, fn(&Case<'_>) -> bool) = ("at work", |c| c.at_work());
const OVER: (&str, fn(&Case<'_>) -> bool) = ("employment over", |c| c.over());
const NO_ACCOUNT: (&str, fn(&Case<'_>) -> bool) = ("without an account", |case| !case.has_account());
const UPCOMING: (&str, fn(&Case<'_>) -> bool) = ("starts later", |c| c.upcoming());

/// The names, as an `update` may change them.
const NAMES: &[&str] = &["update cn sn givenName displayName"];
const NOTHING: &[&str] = &[];

/// Where a person has several events: the one a plan names.
pub const WEIGHT: &[&str] = &[
    "",
    "mover",
    "name-change",
    "leave-start",
    "leave-end",
    "pre-hire",
    "joiner",
    "leaver",
    "vanished",
    "cancelled-hire",
    "rehire",
];

#[rustfmt::skip]
pub const TABLE: &[Rule] = &[
    // ---- how anybody stands
    rule("anybody", ("at work, has an account", |c| c.at_work() && c.has_account() && c.enabled()), ("owned", ""), NOTHING, "",
         "found and linked on the first day, confirmed from then on; without a difference there is nothing to do"),
    rule("anybody", ("at work, has a disabled account", |c| c.at_work() && c.has_account()), ("owned", ""), &["enable"], "",
         "whoever is at work can use the account; it returns to the container of usable accounts"),
    rule("anybody", ("at work, has no account", |c| c.at_work()), ("new", "joiner"), &["create"], "",
         "everybody at work gets an account"),
    rule("anybody", ("starts later", |c| c.upcoming()), ("upcoming", "pre-hire"), &["create"], "",
         "scheduled for the first day: nobody needs it before"),
    rule("anybody", ("gone, has a usable account", |c| c.gone && c.has_account() && c.enabled()), ("vanished", ""), &["disable"], "",
         "no longer named in a complete feed: no access"),
    rule("anybody", ("over, has a usable account", |c| c.has_account() && c.enabled()), ("leaving", ""), &["disable"], "",
         "the last day is over: no access. On the first sight of a person that is no event, usher is new here"),
    rule("anybody", ("over, has a disabled account", |c| c.has_account()), ("retired", ""), NOTHING, "",
         "it is as it should be; a retired account is not kept up to date"),
    rule("anybody", ("over, has no account", |_| true), ("out-of-scope", ""), NOTHING, "", "nothing to take away"),
    rule("end in sight", ("at work, has an account", |c| c.at_work() && c.has_account()), ("owned", ""), &["schedule disable"], "",
         "the last day is inclusive: due the moment it is over"),
    rule("end in sight", ALWAYS, ("", ""), NOTHING, "", "scheduled once there is an account"),

    // ---- the directory on the first day: directory_truth.csv
    rule("missing", AT_WORK, ("new", "joiner"), &["create"], "", "at work without an account"),
    rule("missing", OVER, ("out-of-scope", ""), NOTHING, "", "the contract is over already"),
    rule("disabled", ALWAYS, ("retired", ""), NOTHING, "", "left long ago, and somebody has seen to it"),
    rule("disabled", NO_ACCOUNT, ("out-of-scope", ""), NOTHING, "", "the account cannot be told to be theirs"),
    rule("terminated_but_enabled", ("has an account", |c| c.has_account()), ("leaving", ""), &["disable"], "",
         "HR says terminated, the account can be used: the worst fault of all"),
    rule("terminated_but_enabled", ALWAYS, ("out-of-scope", ""), NOTHING, "", "the account cannot be told to be theirs"),
    rule("no_employee_number", ("at work, known by mail", |c| c.at_work() && c.has_account()), ("owned", ""),
         &["update employeeNumber"], "", "matched by mail, the second best key; the best one is repaired"),
    rule("no_employee_number", ("at work, no mail either", |c| c.at_work()), ("new", "joiner"), &["create"], "orphan",
         "nothing ties the old entry to the person: an admin links it or lets it go"),
    rule("no_employee_number", ("over, known by mail", |c| c.has_account()), ("", ""), NOTHING, "", "not kept up to date"),
    rule("no_employee_number", ("over, no mail either", |_| true), ("out-of-scope", ""), NOTHING, "orphan", "nobody's entry"),
    rule("employee_number_without_zeros", AT_WORK, ("owned", ""), &["update employeeNumber"], "",
         "matched without leading zeros, and repaired"),
    rule("employee_number_without_zeros", OVER, ("", ""), NOTHING, "", "matched, and not kept up to date"),
    rule("stale_title", ("at work, HR has a title", |c| c.at_work() && c.differs("title")), ("owned", ""), &["update title"], "",
         "HR is the authority for titles"),
    rule("stale_title", ALWAYS, ("", ""), NOTHING, "", "no title in HR clears none; who is gone is not kept up to date"),
    rule("stale_department", ("at work, HR has a department", |c| c.at_work() && c.differs("departmentNumber")), ("owned", ""),
         &["update departmentNumber"], "", "HR is the authority for departments"),
    rule("stale_department", ALWAYS, ("", ""), NOTHING, "", "no department in HR clears none; who is gone stays as is"),
    rule("ascii_name", AT_WORK, ("owned", ""), NAMES, "", "names are written as people write them; the login stays"),
    rule("ascii_name", OVER, ("", ""), NOTHING, "", "not kept up to date"),
    rule("swapped_names", AT_WORK, ("owned", ""), NAMES, "", "HR knows which name is which; the login stays"),
    rule("swapped_names", OVER, ("", ""), NOTHING, "", "not kept up to date"),
    rule("other_mail", ("at work, HR has an address", |c| c.at_work() && c.differs("mail")), ("owned", ""), &["update mail"], "",
         "the address of a domain given up long ago"),
    rule("other_mail", ALWAYS, ("", ""), NOTHING, "", "contractors have no address in HR: theirs stays"),
    rule("wrong_manager", ("at work, HR names somebody", |c| c.at_work() && c.differs("manager")), ("owned", ""),
         &["update manager"], "", "HR is the authority for managers"),
    rule("wrong_manager", ALWAYS, ("", ""), NOTHING, "", "HR names nobody who is known: whom the directory names stays"),

    // ---- the dirt of the feed
    rule("no such manager", ("employment not over", |c| !c.over()), ("", ""), NOTHING, "dangling-reference",
         "a number of nobody (lost zeros, a typing error): nobody but HR can tell who is meant"),
    rule("no such manager", OVER, ("", ""), NOTHING, "", "whom somebody reported to who has left is nobody's business"),
    rule("city N/A", AT_WORK, ("", ""), &["update l"], "", "silly, and what HR says: usher does not know better"),
    rule("city N/A", ALWAYS, ("", ""), NOTHING, "", "no entry that is kept up to date"),
    rule("spelling", ("at work, not the same without case", |c| c.at_work() && c.differs_in_names()), ("", ""), NAMES, "",
         "capitals of some letters are others (ß, SS): the directory holds these for two names"),
    rule("spelling", ALWAYS, ("", ""), NOTHING, "", "blanks, capitals and decomposed accents are no difference"),

    // ---- the second day: events.csv
    rule("joiner", ALWAYS, ("new", "joiner"), &["create"], "", "first seen, and at work today"),
    rule("prehire_added", ALWAYS, ("upcoming", "pre-hire"), &["create"], "", "scheduled for the first day"),
    rule("prehire_starts", ALWAYS, ("new", "joiner"), &["create"], "", "today is the first day: what was scheduled is due"),
    rule("prehire_cancelled", ALWAYS, ("out-of-scope", "cancelled-hire"), NOTHING, "", "the scheduled account is not made"),
    rule("leaver", ("has an account", |c| c.has_account()), ("leaving", "leaver"), &["disable"], "", "terminated in HR counts at once"),
    rule("leaver", ALWAYS, ("out-of-scope", "leaver"), NOTHING, "", "nothing to take away"),
    rule("vanished", ("has an account", |c| c.has_account()), ("vanished", "vanished"), &["disable"], "",
         "a complete feed no longer names the person"),
    rule("vanished", ALWAYS, ("out-of-scope", "vanished"), NOTHING, "", "nothing to take away"),
    rule("contract_expired", ("has an account", |c| c.has_account()), ("leaving", "leaver"), &["disable"], "",
         "yesterday was the last day: what was scheduled is due"),
    rule("contract_expired", ALWAYS, ("out-of-scope", "leaver"), NOTHING, "", "nothing to take away"),
    rule("rehire", ("has an account", |c| c.has_account()), ("owned", "rehire"), &["enable", "update *"], "",
         "the old account is taken up again and brought up to date"),
    rule("rehire", UPCOMING, ("upcoming", "rehire"), &["create"], "", "comes back later"),
    rule("rehire", ALWAYS, ("new", "rehire"), &["create"], "", "comes back, and nothing is left"),
    rule("rehire_new_id", ("has an account", |c| c.has_account()), ("owned", "rehire"), &["enable", "update *"], "",
         "another number, the same person: the old account, with the new number"),
    rule("rehire_new_id", ALWAYS, ("new", "rehire"), &["create"], "", "the same person, and nothing is left"),
    rule("mover_department", AT_WORK, ("owned", "mover"), &["update departmentNumber title manager"], "",
         "a new department comes with a new title and a new manager"),
    rule("mover_title", AT_WORK, ("owned", "mover"), &["update title"], "", "promoted"),
    rule("mover_location", ("to another city", |c| c.differs("l")), ("owned", "mover"), &["update l"], "", "moved house"),
    rule("mover_location", ALWAYS, ("", ""), NOTHING, "", "the dirt hides the city, and the directory holds no country"),
    rule("name_change", AT_WORK, ("owned", "name-change"), NAMES, "", "the login stays: it names files and mailboxes"),
    rule("manager_only", ("at work, HR names somebody", |c| c.at_work() && c.differs("manager")), ("owned", "mover"),
         &["update manager"], "", "another manager"),
    rule("manager_only", ALWAYS, ("", ""), NOTHING, "", "HR names nobody who is known, or still the same"),
    rule("manager_cascade", ("at work, HR names somebody", |c| c.at_work() && c.differs("manager")), ("owned", "mover"),
         &["update manager"], "", "the manager has left: the next one above, before the account is missed"),
    rule("manager_cascade", ("at work, no account yet", |c| c.at_work()), ("", ""), NOTHING, "", "the new account names the new manager"),
    rule("manager_cascade", ALWAYS, ("", ""), NOTHING, "", "not at work: nothing is kept up to date"),
    rule("leave_start", AT_WORK, ("owned", "leave-start"), NOTHING, "", "the company lets people on leave keep their accounts"),
    rule("leave_return", AT_WORK, ("owned", "leave-end"), NOTHING, "", "the account was there all the time"),
    rule("termination_scheduled", ("has an account", |c| c.at_work() && c.has_account()), ("owned", ""), &["schedule disable"], "",
         "due when the last day is over"),
    rule("whitespace_only", ALWAYS, ("", ""), NOTHING, "", "no change once trimmed"),

    // ---- groups by rule: `entitled` is a grant to somebody, `no longer entitled` one that usher answers for
    rule("entitled", ("is a member", |c| c.is_member()), ("", ""), NOTHING, "", "adopted: usher answers for it from now on"),
    rule("entitled", ("starts later, or no member", |_| true), ("", ""), &["add-member"], "", "together with the account, not before"),
    rule("no longer entitled", ("is a member", |c| c.is_member()), ("", ""), &["remove-member"], "", "what a rule gave it takes away"),
    rule("no longer entitled", ALWAYS, ("", ""), NOTHING, "", "gone already"),
];

/// Accounts that belong to nobody in HR: (condition, situation, finding, why).
pub const UNOWNED: &[(&str, &str, &str, &str)] = &[
    (
        "orphan",
        "orphan",
        "orphan",
        "an admin links it, protects it or deletes it; usher guesses nothing",
    ),
    ("service", "protected", "", "protected by rule: never touched"),
];
