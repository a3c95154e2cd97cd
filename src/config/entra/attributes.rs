//! One attribute mapping → one line of `[accounts.attributes]`.

use super::{
    check,
    document::Line,
    origin::quoted,
    schema::{AttributeDefinition, AttributeMapping, ObjectDefinition, Origin},
    toml_text::string,
    translate::Remarks,
    write_back,
};

/// What surrounds a mapping.
pub(super) struct Surroundings<'s> {
    pub(super) source: Option<&'s ObjectDefinition>,
    pub(super) target: Option<&'s ObjectDefinition>,
    /// The rule whose accounts are read, in a rule that writes back.
    pub(super) reads_accounts_of: Option<&'s str>,
}

/// What became of a mapping.
pub(super) struct Written {
    pub(super) line: Line,
    /// The expressions it reads attributes with.
    pub(super) expression: Option<String>,
    /// The reference between people it follows.
    pub(super) reference: Option<String>,
}

impl Surroundings<'_> {
    /// Writes a mapping; what cannot be said becomes a comment and a remark.
    pub(super) fn write(&self, mapping: &AttributeMapping, remarks: &mut Remarks<'_>) -> Written {
        match self.try_write(mapping, remarks) {
            Ok(written) => written,
            Err(reason) => {
                let value = mapping.origin.expression().unwrap_or_default();
                remarks.left_out(&mapping.path, format!("`{}`: {reason}", mapping.target));
                Written {
                    line: Line::comment(format!("NOT TRANSLATED: {} = {value}", mapping.target)),
                    expression: None,
                    reference: None,
                }
            }
        }
    }

    fn try_write(&self, mapping: &AttributeMapping, remarks: &mut Remarks<'_>) -> Result<Written, String> {
        let definition = self.target.and_then(|object| object.attribute(&mapping.target));
        let only_on_create = when_written(mapping, definition)?;
        let reference = self.reference(mapping, definition)?;
        if mapping.always_sent {
            let reason = "FlowAlways: usher sends an attribute only if it differs";
            remarks.left_out(&mapping.path, format!("`{}`: {reason}", mapping.target));
        }
        if let Some(reference) = reference {
            if let Some(default) = &mapping.default {
                let reason = format!("`{}`: a reference has no default: {default}", mapping.target);
                remarks.left_out(&mapping.path, reason);
            }
            let mut value = format!("{{ reference = {}", string(&format!("[{reference}]")));
            value.push_str(if only_on_create {
                ", apply = \"create\" }"
            } else {
                " }"
            });
            return Ok(Written {
                line: Line::key(&mapping.target, value),
                expression: None,
                reference: Some(reference),
            });
        }
        let (expression, is_marked) = self.expression(mapping, definition, only_on_create, remarks)?;
        let mut options = String::new();
        if only_on_create {
            options.push_str(", apply = \"create\"");
        } else if self.clears(mapping, definition) {
            options.push_str(", null = \"clear\"");
        }
        if is_marked {
            options.push_str(", marked = true");
        }
        let value = if options.is_empty() {
            string(&expression)
        } else {
            format!("{{ value = {}{options} }}", string(&expression))
        };
        Ok(Written {
            line: Line::key(&mapping.target, value),
            expression: Some(expression),
            reference: None,
        })
    }

    /// Returns the reference between people a mapping follows; fails if it refers to something else.
    fn reference(
        &self,
        mapping: &AttributeMapping,
        definition: Option<&AttributeDefinition>,
    ) -> Result<Option<String>, String> {
        let Origin::Attribute(name) = &mapping.origin else {
            let is_reference = definition.is_some_and(AttributeDefinition::is_reference);
            return match mapping.origin {
                Origin::Function(_) if is_reference => {
                    Err("a reference is an attribute of the source, not an expression".to_owned())
                }
                _ => Ok(None),
            };
        };
        let source = self.source.and_then(|object| object.attribute(name));
        let is_reference = match definition {
            Some(definition) => definition.is_reference(),
            None => mapping.target.eq_ignore_ascii_case("manager"),
        } || source.is_some_and(AttributeDefinition::is_reference);
        if !is_reference {
            return Ok(None);
        }
        let to = definition
            .into_iter()
            .chain(source)
            .flat_map(|definition| &definition.refers_to);
        if let Some(other) = to.into_iter().find(|kind| kind.eq_ignore_ascii_case("group")) {
            return Err(format!("it refers to objects that are no people: {other}"));
        }
        if self.reads_accounts_of.is_some() {
            return Err("a reference cannot be written back".to_owned());
        }
        Ok(Some(name.clone()))
    }

    /// Returns the expression, and whether its values are not to be shown.
    fn expression(
        &self,
        mapping: &AttributeMapping,
        definition: Option<&AttributeDefinition>,
        only_on_create: bool,
        remarks: &mut Remarks<'_>,
    ) -> Result<(String, bool), String> {
        let written = mapping.origin.expression();
        let (written, is_marked) = match written.as_deref().and_then(redacted) {
            Some(inner) => (Some(inner), true),
            None => (written, false),
        };
        let written = written.map(|text| self.renamed(&text));
        if let Some(text) = &written {
            check::value(text)?;
        }
        let required = definition.filter(|definition| definition.required);
        let default = mapping
            .default
            .as_deref()
            .or_else(|| required?.default.as_deref());
        let default = default.filter(|_| !matches!(mapping.origin, Origin::Constant(_)));
        let Some(default) = default.map(|text| literal(text, definition)) else {
            return match written {
                Some(text) => Ok((text, is_marked)),
                None => Err("it has neither a source nor a default".to_owned()),
            };
        };
        // the default is for an account that has nothing: it never takes the place of a value
        let current = format!("[current.{}]", mapping.target);
        let with_default = match &written {
            Some(text) if only_on_create => format!("Coalesce({text}, {default})"),
            Some(text) => format!("Coalesce({text}, {current}, {default})"),
            None if only_on_create => default.clone(),
            None => format!("Coalesce({current}, {default})"),
        };
        match (check::value(&with_default), written) {
            (Ok(()), _) => Ok((with_default, is_marked)),
            (Err(_), Some(text)) => {
                let reason = format!(
                    "`{}`: its default {default} cannot be put behind it",
                    mapping.target
                );
                remarks.left_out(&mapping.path, reason);
                Ok((text, is_marked))
            }
            (Err(reason), None) => Err(reason),
        }
    }

    /// Returns an expression with the names it has in usher.
    pub(super) fn renamed(&self, text: &str) -> String {
        match self.reads_accounts_of {
            Some(rule) => write_back::renamed(text, rule),
            None => text.to_owned(),
        }
    }

    /// Whether nothing in the source clears the attribute: both sides of the schema must say so.
    fn clears(&self, mapping: &AttributeMapping, definition: Option<&AttributeDefinition>) -> bool {
        let Origin::Attribute(name) = &mapping.origin else {
            return false;
        };
        let source = self.source.and_then(|object| object.attribute(name));
        let may = |side: Option<&AttributeDefinition>| {
            side.is_some_and(|side| side.flows_null && !side.multivalued)
        };
        may(source) && may(definition)
    }
}

/// Whether the attribute is only written when the account is made; fails if it is written in a way of its own.
fn when_written(
    mapping: &AttributeMapping,
    definition: Option<&AttributeDefinition>,
) -> Result<bool, String> {
    if definition.is_some_and(AttributeDefinition::is_made_by_the_target) {
        return Err("the target makes it and does not let it be written".to_owned());
    }
    let password = ["unicodePwd", "userPassword", "password", "export_password"];
    if password
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&mapping.target))
    {
        let hint = "write it as `{ secret = \"initial\", deliver = { command = […] } }`";
        return Err(format!("a password is no value: {hint}"));
    }
    let is_immutable =
        definition.is_some_and(|definition| definition.mutability.eq_ignore_ascii_case("Immutable"));
    match mapping.flow.as_str() {
        "Always" => Ok(is_immutable),
        "ObjectAddOnly" => Ok(true),
        other => Err(format!("usher has no way of writing like `{other}`")),
    }
}

impl AttributeDefinition {
    /// Whether it is the object's id, or otherwise not for others to write.
    pub(super) fn is_made_by_the_target(&self) -> bool {
        self.anchor || self.mutability.eq_ignore_ascii_case("ReadOnly")
    }

    fn is_reference(&self) -> bool {
        self.kind.eq_ignore_ascii_case("Reference") || !self.refers_to.is_empty()
    }
}

/// Takes an expression out of `Redact(…)`, which usher says as `marked = true`.
fn redacted(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix("Redact(")?.strip_suffix(')')?;
    check::value(inner).is_ok().then(|| inner.trim().to_owned())
}

/// Writes a default as the target's type has it.
pub(super) fn literal(text: &str, definition: Option<&AttributeDefinition>) -> String {
    let kind = definition.map_or("", |definition| definition.kind.as_str());
    let lower = text.to_ascii_lowercase();
    match kind.to_ascii_lowercase().as_str() {
        "boolean" if lower == "true" || lower == "false" => lower,
        "integer" if text.parse::<i64>().is_ok() => text.to_owned(),
        _ => quoted(text),
    }
}
