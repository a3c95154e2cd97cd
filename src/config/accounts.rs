//! `[[accounts]]`: which accounts people get.

use indexmap::IndexMap;
use toml::Spanned;

use super::{System, assigned, mapping, matches, problem::Problem, rules, suggest, table::Fields, words};
use crate::{
    connectors::section::Section,
    model::{Kind, SystemName},
    planning::rules::{AccountRule, Adopt, Gone, Joiner, Leaver, OutOfScope, PeopleRule},
};

/// What an account rule may do.
const ACTIONS: [Kind; 6] = [
    Kind::Create,
    Kind::Update,
    Kind::Enable,
    Kind::Disable,
    Kind::Move,
    Kind::Delete,
];
/// What it does unless it says otherwise: nothing that cannot be undone.
const DEFAULT_ACTIONS: [Kind; 5] = [
    Kind::Create,
    Kind::Update,
    Kind::Enable,
    Kind::Disable,
    Kind::Move,
];

/// Reads the blocks.
pub(super) fn read(
    root: &mut Fields<'_, '_, '_>,
    systems: &IndexMap<SystemName, System>,
    declared: &[&str],
    people: &[PeopleRule],
    names: &mut Vec<String>,
) -> Vec<AccountRule> {
    let mut read = Vec::new();
    for block in root.blocks("accounts") {
        let known = assigned::Known {
            systems,
            declared,
            people,
            before: &read,
            own: "",
        };
        let rule = rule(block, known, names);
        read.push(rule);
    }
    read
}

fn rule(mut block: Fields<'_, '_, '_>, known: assigned::Known<'_>, names: &mut Vec<String>) -> AccountRule {
    let report = block.report;
    let (systems, declared) = (known.systems, known.declared);
    let name = rules::name(&mut block, "account rule", names);
    let system = rules::system(&mut block, "in", declared);
    if let Some(from) = block.text("from").filter(|from| *from.get_ref() != "people") {
        let message = "accounts from another system are not supported yet";
        report.error(from.span(), message, "take `from` out: accounts come from people");
    }
    block.not_yet(&["appears"]);
    let section = systems
        .get(&SystemName::from(system))
        .map(|system| &system.section);
    if let (Some(Section::Csv(_)), Some(place)) = (section, block.value("in")) {
        let message = format!("system `{system}` is a CSV file: usher reads it and cannot write to it");
        report.add(Problem::warning(place.span(), message).hint("this rule will have no effect"));
    }
    let actions = actions(&mut block);
    let creates = actions.contains(&Kind::Create);
    let is_ldap = matches!(section, Some(Section::Ldap(_) | Section::ActiveDirectory(_)));
    let default_class = match section {
        Some(Section::ActiveDirectory(_)) => vec!["user".to_owned()],
        Some(Section::Ldap(_)) => vec!["inetOrgPerson".to_owned()],
        Some(Section::Scim(_)) => vec!["User".to_owned()],
        _ => Vec::new(),
    };
    let class = block.texts("class").map_or(default_class, owned);
    let container = block.expression("container");
    if is_ldap && creates && container.is_none() && block.value("container").is_none() {
        block.missing("container", "'\"ou=people,dc=example,dc=org\"'");
    }
    let naming = block.text("naming").map(|naming| naming.into_inner().to_owned());
    let assigned = assigned::read(&mut block, &assigned::Known { own: system, ..known });
    let out_of_scope = out_of_scope(&mut block, &actions);
    let gone = gone(&mut block, &actions);
    let joiner = joiner(&mut block);
    let leaver = leaver(&mut block, &actions);
    let rule = AccountRule {
        name,
        system: SystemName::from(system),
        class,
        container,
        naming: naming.or_else(|| default_naming(section)),
        scope: block.expression("scope"),
        matches: matches::read(&mut block),
        adopt: block
            .choice(
                "adopt",
                &[("review", Adopt::Review), ("automatic", Adopt::Automatic)],
            )
            .unwrap_or_default(),
        assigned,
        out_of_scope,
        gone,
        joiner,
        leave_disables: block
            .choice("leave", &[("keep", false), ("disable", true)])
            .unwrap_or(false),
        leaver,
        attributes: mapping::read(&mut block, !matches!(section, Some(Section::Scim(_)))),
        actions,
    };
    if matches!(section, Some(Section::ActiveDirectory(_))) {
        warn_of_no_password(&block, &rule);
    }
    block.finish();
    rule
}

/// Warns of accounts that could never be used: a domain enables none that has no password.
fn warn_of_no_password(block: &Fields<'_, '_, '_>, rule: &AccountRule) {
    let is_account = rule.class.iter().any(|class| class.eq_ignore_ascii_case("user"));
    let is_mapped = |name: &str| {
        let mut mappings = rule.attributes.iter();
        mappings.any(|mapping| mapping.attribute.eq_ignore_ascii_case(name))
    };
    // whoever maps the bits may want accounts that need none
    if is_account
        && rule.actions.contains(&Kind::Create)
        && !is_mapped("unicodePwd")
        && !is_mapped("userAccountControl")
    {
        let message = format!(
            "{} makes accounts without a password, which cannot be enabled",
            block.what
        );
        let hint = "map `unicodePwd = { secret = \"initial\", deliver = { command = [\"…\"] } }`";
        let problem = Problem::warning(block.span.clone(), message);
        block.report.add(problem.hint(hint));
    }
}

/// The attribute that names an object in its container, if nobody says another.
fn default_naming(section: Option<&Section>) -> Option<String> {
    match section? {
        Section::Ldap(_) => Some("uid".to_owned()),
        Section::ActiveDirectory(_) => Some("cn".to_owned()),
        Section::Csv(_) | Section::Scim(_) => None,
    }
}

fn owned(texts: Vec<Spanned<&str>>) -> Vec<String> {
    texts
        .into_iter()
        .map(|text| text.into_inner().to_owned())
        .collect()
}

fn actions(block: &mut Fields<'_, '_, '_>) -> Vec<Kind> {
    let report = block.report;
    let Some(words) = block.texts("actions") else {
        return DEFAULT_ACTIONS.to_vec();
    };
    let mut actions = Vec::new();
    for word in words {
        let known = ACTIONS.into_iter().find(|kind| kind.word() == *word.get_ref());
        match known {
            Some(kind) if actions.contains(&kind) => {
                report.error(
                    word.span(),
                    format!("action `{}` is there twice", kind.word()),
                    "take one out",
                );
            }
            Some(kind) => actions.push(kind),
            None => {
                let hint = suggest::hint(word.get_ref(), ACTIONS.map(Kind::word));
                report.error(
                    word.span(),
                    format!("there is no action `{}`", word.get_ref()),
                    hint,
                );
            }
        }
    }
    actions
}

fn out_of_scope(block: &mut Fields<'_, '_, '_>, actions: &[Kind]) -> OutOfScope {
    let choices = [
        ("keep", OutOfScope::Keep),
        ("disable", OutOfScope::Disable),
        ("delete", OutOfScope::Delete),
    ];
    let default = if actions.contains(&Kind::Disable) {
        OutOfScope::Disable
    } else {
        OutOfScope::Keep
    };
    let Some(choice) = block.choice("out_of_scope", &choices) else {
        return default;
    };
    match choice {
        OutOfScope::Disable => needs(block, "out_of_scope", Kind::Disable, actions),
        OutOfScope::Delete => needs(block, "out_of_scope", Kind::Delete, actions),
        OutOfScope::Keep => {}
    }
    choice
}

fn gone(block: &mut Fields<'_, '_, '_>, actions: &[Kind]) -> Gone {
    let choices = [
        ("leaver", Gone::Leaver),
        ("keep", Gone::Keep),
        ("disable", Gone::Disable),
        ("delete", Gone::Delete),
    ];
    let choice = block.choice("gone", &choices).unwrap_or_default();
    match choice {
        Gone::Disable => needs(block, "gone", Kind::Disable, actions),
        Gone::Delete => needs(block, "gone", Kind::Delete, actions),
        Gone::Leaver | Gone::Keep => {}
    }
    choice
}

fn joiner(block: &mut Fields<'_, '_, '_>) -> Joiner {
    let Some(mut table) = block.table("joiner") else {
        return Joiner::default();
    };
    let create = time(&mut table, "create", words::before_start);
    let enable = time(&mut table, "enable", words::before_start);
    let joiner = Joiner {
        create_days_before: create.or(enable).unwrap_or(0),
        enable_days_before: enable.unwrap_or(0),
    };
    if joiner.enable_days_before > joiner.create_days_before {
        let message = "an account cannot be enabled before it is created";
        table.report.error(
            table.span.clone(),
            message,
            "let `create` be as early as `enable`",
        );
    }
    table.finish();
    joiner
}

/// Reads a time in words.
fn time<T>(
    table: &mut Fields<'_, '_, '_>,
    key: &'static str,
    read: fn(&str) -> Result<T, String>,
) -> Option<T> {
    let text = table.text(key)?;
    match read(text.get_ref()) {
        Ok(time) => Some(time),
        Err(hint) => {
            let message = format!("`{key}` cannot be `{}`", text.get_ref());
            table.report.error(text.span(), message, hint);
            None
        }
    }
}

/// Reads `leaver` and `rehire`. Without `leaver`, an account is disabled at the end if the rule may disable.
fn leaver(block: &mut Fields<'_, '_, '_>, actions: &[Kind]) -> Leaver {
    let rehire_restores = block
        .choice("rehire", &[("restore", true), ("new", false)])
        .unwrap_or(true);
    let nothing = Leaver {
        rehire_restores,
        ..Leaver::default()
    };
    let Some((steps, span)) = block.array("leaver") else {
        return Leaver {
            disable: actions.contains(&Kind::Disable),
            ..nothing
        };
    };
    let report = block.report;
    if steps.len() > 1 {
        let message = "several steps in `leaver` are not supported yet";
        report.error(
            span.clone(),
            message,
            "write one: `leaver = [{ disable = …, delete_after = … }]`",
        );
    }
    let Some(mut step) = steps
        .first()
        .and_then(|step| Fields::open(report, "`leaver`", step))
    else {
        return nothing;
    };
    let disable = time(&mut step, "disable", words::end_of_last_day).is_some();
    if disable {
        needs(&step, "disable", Kind::Disable, actions);
    }
    let leaver = Leaver {
        disable,
        container: step.expression("container"),
        remove_groups: step.flag("remove_groups").unwrap_or(false),
        delete_after_days: time(&mut step, "delete_after", words::days),
        rehire_restores,
    };
    if leaver.delete_after_days.is_some() {
        needs(&step, "delete_after", Kind::Delete, actions);
    }
    step.finish();
    leaver
}

/// Notes that a key wants what the rule's actions do not allow.
fn needs(step: &Fields<'_, '_, '_>, key: &str, kind: Kind, actions: &[Kind]) {
    if !actions.contains(&kind) {
        let place = step.entries().find(|(found, _)| *found.get_ref() == key);
        let span = place.map_or(step.span.clone(), |(key, _)| key.span());
        let message = format!(
            "`{key}` needs the action `{}`, which this rule does not have",
            kind.word()
        );
        step.report
            .error(span, message, format!("add `\"{}\"` to `actions`", kind.word()));
    }
}
