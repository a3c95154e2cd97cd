//! The directories of a schema as systems: where they are is not in a schema, so that is to be filled in.

use super::{
    document::{Line, Section},
    schema::{Rule, Schema},
    toml_text::string,
    translate::Remarks,
};

/// What a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Microsoft Active Directory: LDAP.
    ActiveDirectory,
    /// Microsoft Entra ID.
    Entra,
    /// An application with SCIM.
    Scim,
    /// A source of people that usher reads from a file.
    File,
}

/// A directory and what it is called in the configuration.
#[derive(Debug)]
pub(super) struct System {
    /// The directory's name in the schema.
    pub(super) directory: String,
    /// The key under `[systems]`.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it is read before anything is written to it.
    is_source: bool,
    /// The attribute that never changes, of the objects that are people.
    anchor: Option<String>,
    /// Where the schema speaks of it.
    path: String,
}

/// The systems of a configuration, in the order they are first spoken of.
#[derive(Debug, Default)]
pub(super) struct Systems(Vec<System>);

impl Systems {
    /// Lists the directories that rules speak of.
    pub(super) fn of(schema: &Schema, remarks: &mut Remarks<'_>) -> Self {
        let mut systems = Self::default();
        for rule in &schema.rules {
            systems.add(schema, rule, &rule.source, true);
            systems.add(schema, rule, &rule.target, false);
        }
        for system in &systems.0 {
            system.remark(remarks);
        }
        systems
    }

    /// Returns the system of a directory; every directory of a rule has one.
    pub(super) fn get(&self, directory: &str) -> Option<&System> {
        self.0
            .iter()
            .find(|system| system.directory.eq_ignore_ascii_case(directory))
    }

    fn add(&mut self, schema: &Schema, rule: &Rule, directory: &str, is_source: bool) {
        if self.get(directory).is_some() {
            return;
        }
        let side = |mapping: &super::schema::ObjectMapping| {
            if is_source {
                mapping.source.clone()
            } else {
                mapping.target.clone()
            }
        };
        let object = rule
            .mappings
            .iter()
            .filter(|mapping| mapping.is_about_people())
            .find_map(|mapping| schema.object(directory, &side(mapping)));
        let known = schema.directory(directory);
        let names: Vec<&str> = known
            .iter()
            .flat_map(|known| &known.objects)
            .flat_map(|object| &object.attributes)
            .map(|attribute| attribute.name.as_str())
            .chain(rule.mappings.iter().filter(|_| !is_source).flat_map(|mapping| {
                mapping
                    .attributes
                    .iter()
                    .map(|attribute| attribute.target.as_str())
            }))
            .collect();
        self.0.push(System {
            directory: directory.to_owned(),
            name: self.free_name(directory),
            kind: kind(directory, &names, is_source),
            is_source,
            anchor: object
                .and_then(|object| object.anchor())
                .map(|anchor| anchor.name.clone()),
            path: known.map_or_else(|| rule.path.clone(), |known| known.path.clone()),
        });
    }

    fn free_name(&self, directory: &str) -> String {
        let slug = slug(directory);
        let is_free = |name: &str| self.0.iter().all(|system| system.name != name);
        let mut name = slug.clone();
        let mut count = 2;
        while !is_free(&name) {
            name = format!("{slug}-{count}");
            count += 1;
        }
        name
    }

    /// Writes the sections.
    pub(super) fn sections(&self) -> Vec<Section> {
        self.0.iter().map(System::section).collect()
    }
}

fn slug(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .collect();
    let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
    match slug.as_str() {
        "" => "system".to_owned(),
        "people" => "people-system".to_owned(),
        _ => slug,
    }
}

fn kind(directory: &str, attributes: &[&str], is_source: bool) -> Kind {
    let name = directory.to_ascii_lowercase();
    let has = |wanted: &str| attributes.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    let is_one_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if is_one_of(&["azure active directory", "azureactivedirectory", "entra"]) || name == "aad" {
        Kind::Entra
    } else if is_one_of(&["active directory", "activedirectory"])
        || name == "ad"
        || has("parentDistinguishedName")
    {
        Kind::ActiveDirectory
    } else if is_one_of(&["workday", "successfactors", "inbound"]) {
        Kind::File
    } else if !is_source
        || attributes
            .iter()
            .any(|name| name.starts_with("urn:ietf:params:scim:"))
    {
        Kind::Scim
    } else {
        Kind::File
    }
}

impl System {
    /// Says what usher has no connector for.
    fn remark(&self, remarks: &mut Remarks<'_>) {
        match self.kind {
            Kind::Entra => remarks.left_out(
                &self.path,
                format!(
                    "`{}`: usher has no connector for Microsoft Entra ID; the section stands in for it until one is there",
                    self.directory
                ),
            ),
            Kind::File => remarks.note(
                &self.path,
                format!("`{}` is read from a file: export what the attributes below name", self.directory),
            ),
            Kind::ActiveDirectory | Kind::Scim => {}
        }
    }

    fn section(&self) -> Section {
        let variable = self.name.to_ascii_uppercase().replace('-', "_");
        let secret = |what: &str| format!("{{ env = \"USHER_{variable}_{what}\" }}");
        let mut section = Section::new(format!("[systems.{}]", self.name));
        section.comment(format!(
            "`{}` of the schema ({}). FILL IN what is marked.",
            self.directory, self.path
        ));
        let lines = match self.kind {
            _ if self.is_file() => vec![
                Line::key("connector", "\"csv\""),
                Line::key("path", string(&format!("{}.csv", self.name)))
                    .says("FILL IN: the export, with a line of names"),
                Line::key("anchor", string(self.anchor.as_deref().unwrap_or("id"))).says(match self.anchor {
                    Some(_) => "never changes, says the schema",
                    None => "FILL IN: the column with the id that never changes",
                }),
            ],
            Kind::ActiveDirectory => vec![
                Line::key("connector", "\"active-directory\""),
                Line::key("url", "\"ldaps://directory.example.org\"").says("FILL IN"),
                Line::key("bind_dn", "\"CN=usher,OU=Services,DC=example,DC=org\"").says("FILL IN"),
                Line::key("password", secret("PASSWORD")).says("or { file = … }, { command = … }"),
                Line::key("base", "\"DC=example,DC=org\"").says("FILL IN"),
            ],
            _ => vec![
                Line::key("connector", "\"scim\""),
                Line::key("url", "\"https://app.example.com/scim/v2\"").says("FILL IN"),
                Line::key("token", secret("TOKEN")).says("or { file = … }, { command = … }"),
            ],
        };
        section.lines = lines;
        section
    }

    /// Whether the section stands for a file of people.
    pub(super) fn is_file(&self) -> bool {
        self.kind == Kind::File || self.kind == Kind::Entra && self.is_source
    }
}
