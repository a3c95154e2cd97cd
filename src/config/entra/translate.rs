//! The whole of a schema: which rule becomes what, and in which order it is written.

use super::{
    Remark, SchemaError, Translation,
    accounts::{self, Account},
    document::{self, Line, Section},
    people::People,
    place::line_of,
    schema::{ObjectMapping, Rule, Schema},
    systems::Systems,
};

/// What is to be said about a schema, in the order it was found.
#[derive(Debug)]
pub(super) struct Remarks<'t> {
    text: &'t str,
    pub(super) left_out: Vec<Remark>,
    pub(super) notes: Vec<Remark>,
    /// How many were too many to be listed.
    more: usize,
}

/// More remarks than this are counted only: nobody reads them, and each costs a look through the text.
const MOST_REMARKS: usize = 1000;

impl<'t> Remarks<'t> {
    /// Makes an empty list about a text.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            left_out: Vec::new(),
            notes: Vec::new(),
            more: 0,
        }
    }

    /// Says that something could not be translated, and why.
    pub(super) fn left_out(&mut self, path: &str, reason: impl Into<String>) {
        if self.left_out.len() >= MOST_REMARKS {
            self.more += 1;
            return;
        }
        let remark = self.remark(path, reason.into());
        if !self.left_out.contains(&remark) {
            self.left_out.push(remark);
        }
    }

    /// Says that something was translated in a way to be looked at.
    pub(super) fn note(&mut self, path: &str, reason: impl Into<String>) {
        if self.notes.len() >= MOST_REMARKS {
            return;
        }
        let remark = self.remark(path, reason.into());
        if !self.notes.contains(&remark) {
            self.notes.push(remark);
        }
    }

    /// Says how many were not listed.
    fn finish(&mut self) {
        if self.more > 0 {
            let remark = self.remark("$", format!("and {} more that are not listed", self.more));
            self.left_out.push(remark);
        }
    }

    fn remark(&self, path: &str, reason: String) -> Remark {
        Remark {
            path: path.to_owned(),
            line: line_of(self.text, path),
            reason,
        }
    }
}

impl ObjectMapping {
    /// Whether the objects are people.
    pub(super) fn is_about_people(&self) -> bool {
        const OTHERS: [&str; 8] = [
            "group",
            "contact",
            "device",
            "role",
            "serviceprincipal",
            "application",
            "organizationalunit",
            "computer",
        ];
        let is_other = |name: &str| OTHERS.iter().any(|other| name.eq_ignore_ascii_case(other));
        !is_other(&self.source) && !is_other(&self.target)
    }

    fn is_about_groups(&self) -> bool {
        self.source.eq_ignore_ascii_case("group") || self.target.eq_ignore_ascii_case("group")
    }
}

/// Translates a schema; `text` is where it was read from.
pub(super) fn translate(schema: &Schema, text: &str) -> Result<Translation, SchemaError> {
    let mut remarks = Remarks::new(text);
    for path in &schema.strangers {
        remarks.left_out(path, "usher does not know what this says");
    }
    let systems = Systems::of(schema, &mut remarks);
    let mut people: Vec<People> = Vec::new();
    let mut accounts: Vec<Account> = Vec::new();
    let mut others: Vec<Section> = Vec::new();
    for rule in &schema.rules {
        for mapping in &rule.mappings {
            if !mapping.enabled {
                let said = format!(
                    "{} is switched off in the schema and is not here",
                    between(rule, mapping)
                );
                remarks.note(&mapping.path, said);
            } else if mapping.is_about_people() {
                let account = accounts::account(schema, rule, mapping, &systems, &accounts, &mut remarks);
                accounts.push(account);
            } else {
                others.push(not_people(rule, mapping, &systems, &mut remarks));
            }
        }
        People::of_rule(schema, rule, &systems, &accounts, &mut people, &mut remarks);
    }
    if accounts.is_empty() || people.is_empty() {
        return Err(SchemaError::NoPeople);
    }
    accounts::tell_apart(&mut accounts, &people, &mut remarks);
    remarks.finish();
    let mut sections = vec![head(&remarks)];
    sections.extend(systems.sections());
    sections.extend(people.iter().flat_map(|people| people.sections(&accounts)));
    sections.extend(accounts.iter().flat_map(Account::sections));
    sections.extend(others);
    if sections.iter().any(|section| section.holds("DefaultDomain(")) {
        sections[0].add(
            Line::key("default_domain", "\"example.org\"").says("FILL IN: what DefaultDomain() stands for"),
        );
    }
    Ok(Translation {
        toml: document::write(&sections),
        left_out: remarks.left_out,
        notes: remarks.notes,
    })
}

/// Says from where to where a mapping goes, and what the schema calls it.
pub(super) fn between(rule: &Rule, mapping: &ObjectMapping) -> String {
    let name = [&rule.name, &mapping.name].map(String::as_str).join(", ");
    let name = match name.trim_matches([',', ' ']) {
        "" => String::new(),
        name => format!(" (\"{name}\")"),
    };
    format!(
        "{} of `{}` → {} of `{}`{name}",
        mapping.source, rule.source, mapping.target, rule.target
    )
}

fn not_people(rule: &Rule, mapping: &ObjectMapping, systems: &Systems, remarks: &mut Remarks<'_>) -> Section {
    let mut section = Section::new("");
    section.comment(format!(
        "NOT TRANSLATED: {} ({})",
        between(rule, mapping),
        mapping.path
    ));
    if !mapping.is_about_groups() {
        let reason = format!(
            "{}: usher provisions people, these objects are none",
            between(rule, mapping)
        );
        remarks.left_out(&mapping.path, reason);
        return section;
    }
    let reason = format!(
        "{}: `[[groups]]` mirrors members only, into groups that are there: finish the block by hand",
        between(rule, mapping)
    );
    remarks.left_out(&mapping.path, reason);
    let name = |directory: &str| systems.get(directory).map_or("", |system| system.name.as_str());
    section.add(Line::comment("[[groups]]"));
    section.add(Line::comment(format!("from = \"{}\"", name(&rule.source))));
    section.add(Line::comment(format!("in = \"{}\"", name(&rule.target))));
    for attribute in &mapping.attributes {
        let value = attribute.origin.expression().unwrap_or_default();
        let matched = if attribute.matching > 0 {
            "   matched by"
        } else {
            ""
        };
        section.add(Line::comment(format!("{} = {value}{matched}", attribute.target)));
    }
    section
}

fn head(remarks: &Remarks<'_>) -> Section {
    let mut section = Section::new("");
    section.comment("Made from a synchronization schema of Microsoft Entra. Where systems are, and with which credentials");
    section.comment(
        "they are asked, is not in a schema: fill in the lines that say FILL IN, then run `usher check`.",
    );
    section.comment(
        "Neither are assignments of people to the application, the schedule, and the limit of deletions,",
    );
    section.comment("which is `[guard]` here and has safe defaults.");
    let mut listed = |title: &str, list: &[Remark]| {
        if !list.is_empty() {
            section.comment("");
            section.comment(title);
        }
        for remark in list {
            section.comment(format!(
                "- {} (line {}): {}",
                remark.path, remark.line, remark.reason
            ));
        }
    };
    listed("NOT TRANSLATED:", &remarks.left_out);
    listed("To be looked at:", &remarks.notes);
    section.add(Line::comment(""));
    section.add(Line::key("version", "1"));
    section.add(Line::key("mode", "\"review\""));
    section.add(
        Line::key("time_zone", "\"UTC\"").says("FILL IN: where days begin and end, such as Europe/Berlin"),
    );
    section
}
