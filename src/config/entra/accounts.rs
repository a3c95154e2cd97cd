//! One object mapping of people → one `[[accounts]]` rule.

mod apart;
mod block;
mod whole;

pub(super) use apart::tell_apart;

use super::{
    attributes::{Surroundings, literal},
    check,
    document::Line,
    enabled,
    filter::{self, both},
    schema::{AttributeMapping, ObjectDefinition, ObjectMapping, Origin, Rule, Schema},
    systems::{Kind, System, Systems},
    toml_text::string,
    translate::{Remarks, between},
    write_back,
};

/// An account rule in the making.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the rule"
)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) source_directory: String,
    pub(super) source_object: String,
    pub(super) target_directory: String,
    pub(super) target_object: String,
    /// Whether it reads accounts that another rule makes, instead of where people come from.
    pub(super) reads_accounts: bool,
    /// Whether it writes to where people come from.
    writes_back: bool,
    /// The attributes of the source it reads.
    pub(super) reads: Vec<String>,
    /// The references between people it follows.
    pub(super) references: Vec<String>,
    /// Who counts as employed, as far as this mapping says.
    pub(super) active: Option<String>,
    /// What people are called.
    pub(super) display: Option<String>,
    /// Each direct mapping: attribute of the target, attribute of the source.
    pub(super) direct: Vec<(String, String)>,
    path: String,
    about: String,
    system: String,
    actions: Vec<&'static str>,
    scope: Option<String>,
    keeps: bool,
    place: Vec<Line>,
    matches: Vec<(String, String)>,
    lines: Vec<Line>,
    /// What the schema does when a source object is deleted.
    deletes: bool,
}

/// Translates an object mapping; `before` are the rules that are there already.
pub(super) fn account(
    schema: &Schema,
    rule: &Rule,
    mapping: &ObjectMapping,
    systems: &Systems,
    before: &[Account],
    remarks: &mut Remarks<'_>,
) -> Account {
    let earlier = write_back::written_before(rule, &mapping.source, before);
    let source = schema.object(&rule.source, &mapping.source);
    let surroundings = Surroundings {
        source,
        target: schema.object(&rule.target, &mapping.target),
        reads_accounts_of: earlier.map(|account| account.name.as_str()),
    };
    let system = systems.get(&rule.target);
    let is_source = |other: &Account| !other.reads_accounts && other.source_directory == rule.target;
    let writes_back = earlier.is_some() && before.iter().any(is_source);
    let mut account = Account {
        name: free_name(
            system.map_or("accounts", |system| &system.name),
            &mapping.target,
            before,
        ),
        source_directory: rule.source.clone(),
        source_object: mapping.source.clone(),
        target_directory: rule.target.clone(),
        target_object: mapping.target.clone(),
        reads_accounts: earlier.is_some(),
        writes_back,
        reads: Vec::new(),
        references: Vec::new(),
        active: None,
        display: None,
        direct: Vec::new(),
        path: mapping.path.clone(),
        about: format!("{}, from {}", between(rule, mapping), mapping.path),
        system: system.map_or_else(String::new, |system| system.name.clone()),
        actions: Vec::new(),
        scope: None,
        keeps: false,
        place: Vec::new(),
        matches: Vec::new(),
        lines: Vec::new(),
        deletes: mapping.delete && !writes_back,
    };
    account.set_scope(mapping, &surroundings, remarks);
    let special = account.set_attributes(mapping, &surroundings, remarks);
    account.set_matches(mapping, &surroundings, remarks);
    if !account.reads_accounts {
        account.active = special.active.or_else(|| enabled::of_source(source));
    }
    account.set_actions(
        mapping,
        system,
        special.container.as_ref(),
        special.has_flag,
        remarks,
    );
    whole::remark_metadata(mapping, remarks);
    account.remark_required(mapping, &surroundings, remarks);
    account
}

/// The mappings that are no attributes in usher.
#[derive(Default)]
struct Special {
    active: Option<String>,
    has_flag: bool,
    container: Option<(String, bool)>,
}

impl Account {
    fn set_scope(&mut self, mapping: &ObjectMapping, around: &Surroundings<'_>, remarks: &mut Remarks<'_>) {
        let scope = filter::condition(&mapping.scope.groups, remarks);
        let input = filter::condition(&mapping.scope.input, remarks);
        let category = filter::condition(&mapping.scope.category, remarks);
        self.keeps = scope.is_narrower || input.is_narrower || category.is_narrower || input.text.is_some();
        if input.text.is_some() && scope.text.is_some() {
            let reason = "who no longer passes this filter is left alone, who no longer passes `groups` is disabled: usher leaves both alone";
            remarks.left_out(&format!("{}.scope.inputFilterGroups", mapping.path), reason);
        }
        let whole = both(scope.text, both(input.text, category.text));
        if let Some(text) = whole {
            self.read(&text);
            self.scope = Some(around.renamed(&text));
        }
    }

    /// Notes the attributes of the source that an expression reads.
    fn read(&mut self, text: &str) {
        if self.reads_accounts {
            return;
        }
        for name in check::reads(text) {
            let is_current = name
                .get(..8)
                .is_some_and(|start| start.eq_ignore_ascii_case("current."));
            if !is_current && !self.reads.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                self.reads.push(name);
            }
        }
    }

    fn set_attributes(
        &mut self,
        mapping: &ObjectMapping,
        around: &Surroundings<'_>,
        remarks: &mut Remarks<'_>,
    ) -> Special {
        let mut special = Special::default();
        let mut seen: Vec<&str> = Vec::new();
        for attribute in &mapping.attributes {
            if seen
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&attribute.target))
            {
                let reason = format!("`{}` is mapped a second time", attribute.target);
                remarks.left_out(&attribute.path, reason);
                continue;
            }
            seen.push(&attribute.target);
            if enabled::is_flag(&attribute.target, around.target) && !self.writes_back {
                special.has_flag = true;
                if !self.reads_accounts {
                    special.active = enabled::active(attribute, around.source, remarks);
                }
                let value = attribute.origin.expression().unwrap_or_default();
                let said = format!(
                    "{} = {value}: usher enables and disables by itself",
                    attribute.target
                );
                self.lines.push(Line::comment(said));
            } else if attribute.target.eq_ignore_ascii_case("parentDistinguishedName") {
                special.container = self.container(attribute, around, remarks);
            } else if attribute.origin == Origin::Nothing && attribute.default.is_none() {
                self.lines.push(Line::comment(format!(
                    "{}: no source and no default",
                    attribute.target
                )));
            } else {
                self.set_attribute(attribute, around, remarks);
            }
        }
        special
    }

    fn set_attribute(
        &mut self,
        attribute: &AttributeMapping,
        around: &Surroundings<'_>,
        remarks: &mut Remarks<'_>,
    ) {
        let written = around.write(attribute, remarks);
        self.lines.push(written.line);
        self.references.extend(written.reference.clone());
        if let Origin::Attribute(source) = &attribute.origin
            && (written.expression.is_some() || written.reference.is_some())
        {
            self.direct.push((attribute.target.clone(), source.clone()));
        }
        let Some(expression) = written.expression else {
            return;
        };
        self.read(&expression);
        let is_name = ["displayName", "cn"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&attribute.target));
        if let (true, Some(name)) = (is_name, attribute.origin.expression())
            && (self.display.is_none() || attribute.target.eq_ignore_ascii_case("displayName"))
            && !name.starts_with("SelectUniqueValue")
            && !check::asks_whether_deleted(&name)
        {
            self.display = Some(name);
        }
    }

    /// Returns the container and whether it is only chosen when the account is made.
    fn container(
        &mut self,
        attribute: &AttributeMapping,
        around: &Surroundings<'_>,
        remarks: &mut Remarks<'_>,
    ) -> Option<(String, bool)> {
        let written = attribute.origin.expression().map(|text| around.renamed(&text));
        let default = attribute.default.as_deref().map(|text| literal(text, None));
        let text = match (written, default) {
            (Some(text), Some(default)) => format!("Coalesce({text}, {default})"),
            (written, default) => written.or(default)?,
        };
        if let Err(reason) = check::value(&text) {
            remarks.left_out(&attribute.path, format!("`{}`: {reason}", attribute.target));
            return None;
        }
        self.read(&text);
        Some((text, attribute.flow == "ObjectAddOnly"))
    }

    fn set_matches(&mut self, mapping: &ObjectMapping, around: &Surroundings<'_>, remarks: &mut Remarks<'_>) {
        let mut matching: Vec<_> = mapping
            .attributes
            .iter()
            .filter(|attribute| attribute.matching > 0)
            .collect();
        matching.sort_by_key(|attribute| attribute.matching);
        for attribute in matching {
            let Some(text) = attribute.origin.expression().map(|text| around.renamed(&text)) else {
                continue;
            };
            match check::value(&text) {
                Ok(()) => {
                    self.read(&text);
                    self.matches.push((attribute.target.clone(), text));
                }
                Err(reason) => {
                    let reason = format!("accounts cannot be matched by `{}`: {reason}", attribute.target);
                    remarks.left_out(&attribute.path, reason);
                }
            }
        }
        if self.matches.is_empty() {
            let reason =
                "no attribute finds the account somebody already has: fill in `match` before the first plan";
            remarks.left_out(&mapping.path, reason);
        }
    }

    fn set_actions(
        &mut self,
        mapping: &ObjectMapping,
        system: Option<&System>,
        container: Option<&(String, bool)>,
        has_flag: bool,
        remarks: &mut Remarks<'_>,
    ) {
        let is_directory = system.is_some_and(|system| system.kind == Kind::ActiveDirectory);
        let creates = mapping.add && !self.writes_back;
        if mapping.add && self.writes_back {
            let reason = "a rule that writes back makes no objects in the source";
            remarks.left_out(&format!("{}.flowTypes", mapping.path), reason);
        }
        let moves = mapping.update
            && container
                .as_ref()
                .is_some_and(|(_, only_on_create)| !only_on_create);
        let switches = mapping.update && has_flag;
        let all = [
            ("create", creates),
            ("update", mapping.update),
            ("enable", switches),
            ("disable", switches),
            ("move", moves && is_directory),
        ];
        self.actions = all
            .iter()
            .filter(|(_, does)| *does)
            .map(|(word, _)| *word)
            .collect();
        if is_directory {
            self.place.push(Line::key("class", "[\"user\"]"));
            self.place.push(Line::key("naming", "\"cn\""));
        }
        match container {
            Some((text, _)) if is_directory => self.place.push(Line::key("container", string(text))),
            _ if is_directory && creates => {
                let placeholder = Line::key("container", "'\"OU=People,DC=example,DC=org\"'");
                self.place
                    .push(placeholder.says("FILL IN: the schema does not say where"));
            }
            _ => {}
        }
        if self.deletes {
            let reason = "Delete: the schema deletes the account when the source object is deleted; usher deletes some days after somebody has left, which no schema says: add \"delete\" to `actions` and `delete_after` to `leaver`";
            remarks.left_out(&format!("{}.flowTypes", mapping.path), reason);
        }
    }
}

fn free_name(system: &str, object: &str, before: &[Account]) -> String {
    let is_free = |name: &str| {
        before
            .iter()
            .all(|account| !account.name.eq_ignore_ascii_case(name))
    };
    let object: String = object
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let candidates = [system.to_owned(), format!("{system} {object}")];
    let more = (2..).map(|count| format!("{system} {object} {count}"));
    candidates
        .into_iter()
        .chain(more)
        .find(|name| is_free(name))
        .unwrap_or_default()
}

/// Returns the definition of the source's objects, for the people of a rule.
pub(super) fn source_object<'s>(schema: &'s Schema, account: &Account) -> Option<&'s ObjectDefinition> {
    schema.object(&account.source_directory, &account.source_object)
}
