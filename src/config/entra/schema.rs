//! A synchronization schema as plain data, each part with its place in the file.

/// The whole schema.
#[derive(Debug)]
pub(super) struct Schema {
    /// In the order of their priority.
    pub(super) rules: Vec<Rule>,
    pub(super) directories: Vec<Directory>,
    /// Members that say something and that nobody knows, by their paths.
    pub(super) strangers: Vec<String>,
}

/// One direction between two directories.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) target: String,
    /// Containers the source objects must be in, by DN.
    pub(super) containers: Vec<String>,
    /// Groups the source objects must be members of.
    pub(super) groups: Vec<String>,
    pub(super) mappings: Vec<ObjectMapping>,
}

/// What becomes of one kind of object.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the schema has these flags")]
pub(super) struct ObjectMapping {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) enabled: bool,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) add: bool,
    pub(super) update: bool,
    pub(super) delete: bool,
    pub(super) scope: Scope,
    pub(super) attributes: Vec<AttributeMapping>,
    pub(super) metadata: Metadata,
}

/// Keys and values beside a part.
#[derive(Debug, Default)]
pub(super) struct Metadata(pub(super) Vec<(String, String)>);

impl Metadata {
    /// Returns the value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == key)?;
        Some(found.1.as_str())
    }
}

/// Which objects count.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Who stops passing is deprovisioned.
    pub(super) groups: Vec<ClauseGroup>,
    /// Who stops passing is left alone.
    pub(super) input: Vec<ClauseGroup>,
    /// What belongs to the mapping at all.
    pub(super) category: Vec<ClauseGroup>,
}

/// Clauses that must all hold.
#[derive(Debug)]
pub(super) struct ClauseGroup {
    pub(super) name: String,
    pub(super) clauses: Vec<Clause>,
}

/// One question about one attribute.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) path: String,
    pub(super) attribute: String,
    pub(super) operator: String,
    pub(super) values: Vec<String>,
}

/// What one attribute of the target should hold.
#[derive(Debug)]
pub(super) struct AttributeMapping {
    pub(super) path: String,
    pub(super) target: String,
    pub(super) origin: Origin,
    pub(super) default: Option<String>,
    pub(super) flow: String,
    pub(super) always_sent: bool,
    /// 0: not matched by.
    pub(super) matching: i64,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// An attribute of the source object.
    Attribute(String),
    /// Always the same text.
    Constant(String),
    /// An expression.
    Function(String),
    /// Nowhere: only the default counts.
    Nothing,
}

/// A directory as the schema defines it.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) objects: Vec<ObjectDefinition>,
}

/// A kind of object.
#[derive(Debug)]
pub(super) struct ObjectDefinition {
    pub(super) name: String,
    pub(super) attributes: Vec<AttributeDefinition>,
    pub(super) metadata: Metadata,
}

/// An attribute of a kind of object.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the schema has these flags")]
pub(super) struct AttributeDefinition {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) anchor: bool,
    pub(super) required: bool,
    pub(super) multivalued: bool,
    /// A change of case alone is a change.
    pub(super) case_exact: bool,
    /// Nothing clears the attribute.
    pub(super) flows_null: bool,
    pub(super) mutability: String,
    pub(super) default: Option<String>,
    /// The kinds of objects a reference points at.
    pub(super) refers_to: Vec<String>,
    /// How the value is found in what the source answers.
    pub(super) found_by: Option<String>,
}

impl Schema {
    /// Returns the definition of a directory.
    pub(super) fn directory(&self, name: &str) -> Option<&Directory> {
        self.directories
            .iter()
            .find(|directory| directory.name.eq_ignore_ascii_case(name))
    }

    /// Returns the definition of a kind of object.
    pub(super) fn object(&self, directory: &str, name: &str) -> Option<&ObjectDefinition> {
        let objects = &self.directory(directory)?.objects;
        objects
            .iter()
            .find(|object| object.name.eq_ignore_ascii_case(name))
    }
}

impl ObjectDefinition {
    /// Returns the definition of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&AttributeDefinition> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// Returns the attribute that never changes.
    pub(super) fn anchor(&self) -> Option<&AttributeDefinition> {
        self.attributes.iter().find(|attribute| attribute.anchor)
    }
}
