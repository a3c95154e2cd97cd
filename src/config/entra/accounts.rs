//! One object mapping of people → one `[[accounts]]` rule.

use super::{
    attributes::Surroundings,
    check,
    document::{Line, Section},
    enabled,
    filter::{self, both},
    people::People,
    schema::{AttributeMapping, ObjectDefinition, ObjectMapping, Origin, Rule, Schema},
    systems::{Kind, System, Systems},
    toml_text::{list, string},
    translate::{Remarks, between},
    write_back,
};

/// An account rule in the making.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) source_directory: String,
    pub(super) source_object: String,
    pub(super) target_directory: String,
    pub(super) target_object: String,
    /// Whether it writes to where people come from.
    pub(super) writes_back: bool,
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
        writes_back: earlier.is_some(),
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
        deletes: mapping.delete && earlier.is_none(),
    };
    account.set_scope(mapping, &surroundings, remarks);
    let special = account.set_attributes(mapping, &surroundings, remarks);
    account.set_matches(mapping, &surroundings, remarks);
    if special.active.is_none() && !account.writes_back {
        account.active = enabled::of_source(source);
    } else {
        account.active = special.active;
    }
    account.set_actions(mapping, system, &special.container, special.has_flag, remarks);
    account.remark_metadata(mapping, remarks);
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
        if self.writes_back {
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
                special.active = enabled::active(attribute, around.source, remarks);
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
        let text = around.renamed(&attribute.origin.expression()?);
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
        container: &Option<(String, bool)>,
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
            if switches {
                let reason = "usher's LDAP connector does not set `userAccountControl`: say under `disable` of the system how accounts are made unusable";
                remarks.left_out(&mapping.path, reason);
            }
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

    fn remark_metadata(&self, mapping: &ObjectMapping, remarks: &mut Remarks<'_>) {
        let at = format!("{}.metadata", mapping.path);
        for (key, value) in &mapping.metadata.0 {
            match (key.as_str(), value.as_str()) {
                ("Disposition", value) if !value.eq_ignore_ascii_case("Normal") => {
                    remarks.left_out(&at, format!("Disposition {value}: usher has nothing like it"));
                }
                ("Unsynchronized", value) if value.eq_ignore_ascii_case("true") => {
                    remarks.left_out(
                        &at,
                        "Unsynchronized: take the rule out if it is not to be followed",
                    );
                }
                _ => {}
            }
        }
    }

    fn remark_required(&self, mapping: &ObjectMapping, around: &Surroundings<'_>, remarks: &mut Remarks<'_>) {
        if !self.actions.contains(&"create") {
            return;
        }
        let is_mapped = |name: &str| {
            mapping
                .attributes
                .iter()
                .any(|attribute| attribute.target.eq_ignore_ascii_case(name))
        };
        for definition in around.target.into_iter().flat_map(|object| &object.attributes) {
            if definition.required && !definition.is_made_by_the_target() && !is_mapped(&definition.name) {
                let reason = format!(
                    "`{}` is required of new accounts, and nothing is mapped to it",
                    definition.name
                );
                remarks.note(&definition.path, reason);
            }
        }
    }

    /// Narrows the scope.
    fn also(&mut self, condition: &str) {
        self.scope = both(self.scope.take(), Some(condition.to_owned()));
    }

    /// Writes the block.
    pub(super) fn sections(&self) -> Vec<Section> {
        let mut block = Section::new("[[accounts]]");
        block.comment(&self.about);
        block.add(Line::key("name", string(&self.name)));
        block.add(Line::key("in", string(&self.system)));
        self.place.iter().for_each(|line| block.add(line.clone()));
        block.add(Line::key("actions", list(self.actions.iter().copied())));
        if let Some(scope) = &self.scope {
            block.add(Line::key("scope", string(scope)));
        }
        if !self.matches.is_empty() {
            let pairs = self
                .matches
                .iter()
                .map(|(attribute, text)| list([attribute.as_str(), text.as_str()]));
            block.add(Line::key(
                "match",
                format!("[{}]", pairs.collect::<Vec<_>>().join(", ")),
            ));
        }
        match (self.keeps, self.actions.contains(&"disable")) {
            (true, _) => block.add(Line::key("out_of_scope", "\"keep\"")),
            (false, true) => block.add(
                Line::key("out_of_scope", "\"disable\"")
                    .says("\"keep\" if the job has SkipOutOfScopeDeletions"),
            ),
            (false, false) => {}
        }
        if self.deletes && self.actions.contains(&"disable") {
            block.add(Line::comment(
                "leaver = [{ disable = \"end of last day\", delete_after = \"30 days\" }]",
            ));
        }
        let mut attributes = Section::new("[accounts.attributes]");
        attributes.lines.clone_from(&self.lines);
        vec![block, attributes]
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

/// Keeps rules apart that would give one person two accounts in one system, and people of one source from another's.
pub(super) fn tell_apart(accounts: &mut [Account], people: &[People], remarks: &mut Remarks<'_>) {
    for at in 0..accounts.len() {
        if accounts[at].writes_back {
            continue;
        }
        let own = &accounts[at];
        let mut others: Vec<String> = accounts
            .iter()
            .filter(|other| {
                !other.writes_back
                    && other.source_directory == own.source_directory
                    && other.system == own.system
                    && other.source_object != own.source_object
            })
            .map(|other| other.source_object.clone())
            .collect();
        others.sort();
        others.dedup();
        let block = people.iter().find(|people| people.reads(&own.source_directory));
        let account = &mut accounts[at];
        if let Some(block) = block.filter(|_| people.len() > 1) {
            account.also(&block.only());
        }
        if others.is_empty() {
            continue;
        }
        if block.is_some_and(|block| block.kind == Kind::ActiveDirectory) {
            account.by_class(&others);
        } else {
            let reason = format!(
                "{} and {} both become accounts in `{}`: say in `scope` who gets which",
                account.source_object,
                others.join(", "),
                account.system
            );
            remarks.left_out(&account.path.clone(), reason);
        }
    }
    first_active_wins(accounts, remarks);
}

impl Account {
    fn by_class(&mut self, others: &[String]) {
        self.read("[objectClass]");
        let own = format!("[objectClass] = {}", super::origin::quoted(&self.source_object));
        self.also(&own);
        // every inetOrgPerson is a user too
        if self.source_object.eq_ignore_ascii_case("user") {
            for other in others {
                self.also(&format!("not ([objectClass] = {})", super::origin::quoted(other)));
            }
        }
    }
}

/// People are employed or not, whatever account they get: of several answers the first one counts.
fn first_active_wins(accounts: &mut [Account], remarks: &mut Remarks<'_>) {
    for at in 1..accounts.len() {
        let (before, rest) = accounts.split_at_mut(at);
        let Some(account) = rest.first_mut() else { continue };
        let first = before
            .iter()
            .filter(|other| other.source_directory == account.source_directory)
            .find_map(|other| other.active.as_ref());
        let (Some(first), Some(own)) = (first, &account.active) else {
            continue;
        };
        if first != own {
            let reason =
                format!("people count as active if {first}; that this mapping asks {own} is not said");
            remarks.left_out(&account.path, reason);
        }
        account.active = None;
    }
}

/// Returns the definition of the source's objects, for the people of a rule.
pub(super) fn source_object<'s>(schema: &'s Schema, account: &Account) -> Option<&'s ObjectDefinition> {
    schema.object(&account.source_directory, &account.source_object)
}
