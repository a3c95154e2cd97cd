//! JSON text → [`Schema`].

use serde_json::Value;

use super::{
    SchemaError,
    json::Members,
    schema::{
        AttributeDefinition, AttributeMapping, Clause, ClauseGroup, Directory, Metadata, ObjectDefinition,
        ObjectMapping, Origin, Rule, Schema, Scope,
    },
};

/// Reads a schema, or an answer of Microsoft Graph that holds one under `schema`.
pub(super) fn read(text: &str) -> Result<Schema, SchemaError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text).map_err(|error| SchemaError::Syntax {
        line: error.line(),
        column: error.column(),
        reason: without_place(&error.to_string()),
    })?;
    let mut root = Members::open(text, String::new(), &value)?;
    if !root.has("synchronizationRules")
        && let Some(inner) = root.object("schema")?
    {
        root = inner;
    }
    if !root.has("synchronizationRules") {
        return Err(SchemaError::NoRules);
    }
    let mut strangers = Vec::new();
    root.ignore(&["id", "version", "provisioningTaskIdentifier"]);
    let mut rules = Vec::new();
    for members in root.objects("synchronizationRules")? {
        let priority = members.number("priority")?.unwrap_or(i64::MAX);
        rules.push((priority, rule(&members, &mut strangers)?));
    }
    rules.sort_by_key(|(priority, _)| *priority);
    let mut directories = Vec::new();
    for members in root.objects("directories")? {
        directories.push(directory(&members, &mut strangers)?);
    }
    strangers.extend(root.strangers());
    Ok(Schema {
        rules: rules.into_iter().map(|(_, rule)| rule).collect(),
        directories,
        strangers,
    })
}

/// The parser says the place twice: it is told apart.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

fn rule(members: &Members<'_>, strangers: &mut Vec<String>) -> Result<Rule, SchemaError> {
    members.ignore(&["id", "editable", "priority"]);
    let list = |key, inner| -> Result<Vec<String>, SchemaError> {
        members
            .object(key)?
            .map_or(Ok(Vec::new()), |filter| filter.texts(inner))
    };
    let rule = Rule {
        path: members.path.clone(),
        name: members.text("name")?.unwrap_or_default(),
        source: members.required("sourceDirectoryName")?,
        target: members.required("targetDirectoryName")?,
        containers: list("containerFilter", "includedContainers")?,
        groups: list("groupFilter", "includedGroups")?,
        mappings: members
            .objects("objectMappings")?
            .iter()
            .map(|members| object_mapping(members, strangers))
            .collect::<Result<_, _>>()?,
    };
    metadata(members)?;
    strangers.extend(members.strangers());
    Ok(rule)
}

fn object_mapping(members: &Members<'_>, strangers: &mut Vec<String>) -> Result<ObjectMapping, SchemaError> {
    let flow_types = members.text("flowTypes")?;
    let does = |word: &str| {
        flow_types.as_deref().is_none_or(|types| {
            types
                .split([',', ' '])
                .any(|given| given.trim().eq_ignore_ascii_case(word))
        })
    };
    let mapping = ObjectMapping {
        path: members.path.clone(),
        name: members.text("name")?.unwrap_or_default(),
        enabled: members.flag("enabled")?.unwrap_or(true),
        source: members.required("sourceObjectName")?,
        target: members.required("targetObjectName")?,
        add: does("Add"),
        update: does("Update"),
        delete: does("Delete"),
        scope: scope(members, strangers)?,
        attributes: members
            .objects("attributeMappings")?
            .iter()
            .map(|members| attribute_mapping(members, strangers))
            .collect::<Result<_, _>>()?,
        metadata: metadata(members)?,
    };
    strangers.extend(members.strangers());
    Ok(mapping)
}

fn scope(members: &Members<'_>, strangers: &mut Vec<String>) -> Result<Scope, SchemaError> {
    let Some(filter) = members.object("scope")? else {
        return Ok(Scope::default());
    };
    let mut groups = |key| -> Result<Vec<ClauseGroup>, SchemaError> {
        filter
            .objects(key)?
            .iter()
            .map(|group| clause_group(group, strangers))
            .collect()
    };
    let scope = Scope {
        groups: groups("groups")?,
        input: groups("inputFilterGroups")?,
        category: groups("categoryFilterGroups")?,
    };
    strangers.extend(filter.strangers());
    Ok(scope)
}

fn clause_group(members: &Members<'_>, strangers: &mut Vec<String>) -> Result<ClauseGroup, SchemaError> {
    let mut clauses = Vec::new();
    for clause in members.objects("clauses")? {
        clause.ignore(&["name"]);
        let operand = clause.object("targetOperand")?;
        clauses.push(Clause {
            path: clause.path.clone(),
            attribute: clause.required("sourceOperandName")?,
            operator: clause.required("operatorName")?,
            values: operand.map_or(Ok(Vec::new()), |operand| operand.texts("values"))?,
        });
        strangers.extend(clause.strangers());
    }
    let group = ClauseGroup {
        name: members.text("name")?.unwrap_or_default(),
        clauses,
    };
    strangers.extend(members.strangers());
    Ok(group)
}

fn attribute_mapping(
    members: &Members<'_>,
    strangers: &mut Vec<String>,
) -> Result<AttributeMapping, SchemaError> {
    members.ignore(&["exportMissingReferences"]);
    let behaviour = members.text("flowBehavior")?.unwrap_or_default();
    let mapping = AttributeMapping {
        path: members.path.clone(),
        target: members.required("targetAttributeName")?,
        origin: Origin::read(members.object("source")?, strangers)?,
        default: members.text("defaultValue")?.filter(|text| !text.is_empty()),
        flow: members.text("flowType")?.unwrap_or_else(|| "Always".to_owned()),
        always_sent: behaviour.eq_ignore_ascii_case("FlowAlways"),
        matching: members.number("matchingPriority")?.unwrap_or_default(),
    };
    strangers.extend(members.strangers());
    Ok(mapping)
}

fn metadata(members: &Members<'_>) -> Result<Metadata, SchemaError> {
    let mut read = Vec::new();
    for entry in members.objects("metadata")? {
        let key = entry.text("key")?.unwrap_or_default();
        read.push((key, entry.text("value")?.unwrap_or_default()));
    }
    Ok(Metadata(read))
}

fn directory(members: &Members<'_>, strangers: &mut Vec<String>) -> Result<Directory, SchemaError> {
    members.ignore(&[
        "id",
        "version",
        "discoverabilities",
        "discoveryDateTime",
        "readOnly",
    ]);
    let mut objects = Vec::new();
    for object in members.objects("objects")? {
        object.ignore(&["supportedApis"]);
        objects.push(ObjectDefinition {
            name: object.required("name")?,
            attributes: object
                .objects("attributes")?
                .iter()
                .map(|members| attribute(members, strangers))
                .collect::<Result<_, _>>()?,
            metadata: metadata(&object)?,
        });
        strangers.extend(object.strangers());
    }
    metadata(members)?;
    let directory = Directory {
        path: members.path.clone(),
        name: members.required("name")?,
        objects,
    };
    strangers.extend(members.strangers());
    Ok(directory)
}

fn attribute(members: &Members<'_>, strangers: &mut Vec<String>) -> Result<AttributeDefinition, SchemaError> {
    metadata(members)?;
    let mut refers_to = Vec::new();
    for reference in members.objects("referencedObjects")? {
        refers_to.extend(reference.text("referencedObjectName")?);
    }
    let found_by = match members.objects("apiExpressions")?.first() {
        Some(pair) => pair.text("value")?.or(pair.text("expression")?),
        None => None,
    };
    let attribute = AttributeDefinition {
        path: members.path.clone(),
        name: members.required("name")?,
        kind: members.text("type")?.unwrap_or_default(),
        anchor: members.flag("anchor")?.unwrap_or(false),
        required: members.flag("required")?.unwrap_or(false),
        multivalued: members.flag("multivalued")?.unwrap_or(false),
        case_exact: members.flag("caseExact")?.unwrap_or(false),
        flows_null: members.flag("flowNullValues")?.unwrap_or(false),
        mutability: members.text("mutability")?.unwrap_or_default(),
        default: members.text("defaultValue")?.filter(|text| !text.is_empty()),
        refers_to,
        found_by,
    };
    strangers.extend(members.strangers());
    Ok(attribute)
}
