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
        let flow = Flow::of(mapping, definition)?;
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
            let apply = match flow {
                Flow::Always => "",
                Flow::Create => ", apply = \"create\"",
                Flow::Merge => {
                    return Err("a reference names one account: nothing can be added to it".to_owned());
                }
            };
            let value = format!("{{ reference = {}{apply} }}", string(&format!("[{reference}]")));
            return Ok(Written {
                line: Line::key(&mapping.target, value),
                expression: None,
                reference: Some(reference),
            });
        }
        let given = self.given(mapping, definition, remarks)?;
        let mut options = String::new();
        if let Some(default) = &given.default {
            options.push_str(", default_on_create = ");
            options.push_str(&string(default));
        }
        options.push_str(match flow {
            Flow::Create => ", apply = \"create\"",
            Flow::Merge => ", values = \"merge\"",
            Flow::Always if given.is_default_alone => ", values = \"keep\"",
            Flow::Always if self.clears(mapping, definition) => ", null = \"clear\"",
            Flow::Always => "",
        });
        if definition.is_some_and(AttributeDefinition::is_compared_with_case) && flow != Flow::Create {
            options.push_str(", compare = \"exact\"");
        }
        if given.is_marked {
            options.push_str(", marked = true");
        }
        let value = if options.is_empty() {
            string(&given.value)
        } else {
            format!("{{ value = {}{options} }}", string(&given.value))
        };
        Ok(Written {
            line: Line::key(&mapping.target, value),
            expression: Some(given.value),
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

    /// Returns what the target is given.
    fn given(
        &self,
        mapping: &AttributeMapping,
        definition: Option<&AttributeDefinition>,
        remarks: &mut Remarks<'_>,
    ) -> Result<Given, String> {
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
        let default = default.map(|text| literal(text, definition));
        let (Some(value), default) = (written, default.clone()) else {
            let value = default.ok_or("it has neither a source nor a default")?;
            check::value(&value)?;
            return Ok(Given {
                value,
                default: None,
                is_default_alone: true,
                is_marked,
            });
        };
        // what stands alone cannot have a default behind it: it is left alone, or free in any case
        let stands_alone = |default: &String| check::value(&format!("Coalesce({value}, {default})")).is_err();
        let default = match default {
            Some(default) if stands_alone(&default) => {
                let reason = format!(
                    "`{}`: its default {default} cannot be put behind it",
                    mapping.target
                );
                remarks.left_out(&mapping.path, reason);
                None
            }
            default => default,
        };
        Ok(Given {
            value,
            default,
            is_default_alone: false,
            is_marked,
        })
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

/// What the target is given.
struct Given {
    value: String,
    /// What a new account is given where there is no value.
    default: Option<String>,
    /// Whether the value is nothing but a default: it never takes the place of a value.
    is_default_alone: bool,
    /// Whether its values are not to be shown.
    is_marked: bool,
}

/// When and how an attribute is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Always,
    /// Only when the account is made.
    Create,
    /// Values are added and none taken away.
    Merge,
}

impl Flow {
    /// Fails if the attribute is not to be written, or in a way of its own.
    fn of(mapping: &AttributeMapping, definition: Option<&AttributeDefinition>) -> Result<Self, String> {
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
        let has_one_value = definition.is_some_and(|definition| !definition.multivalued);
        match mapping.flow.as_str() {
            "Always" | "MultiValueAddOnly" if is_immutable => Ok(Self::Create),
            "Always" => Ok(Self::Always),
            "ObjectAddOnly" => Ok(Self::Create),
            "MultiValueAddOnly" if has_one_value => Err(
                "MultiValueAddOnly: the target holds one value, and nothing can be added to it".to_owned(),
            ),
            "MultiValueAddOnly" => Ok(Self::Merge),
            other => Err(format!(
                "`{other}` is described nowhere: choose between `values = \"merge\"`, `\"keep\"` and `\"replace\"`"
            )),
        }
    }
}

impl AttributeDefinition {
    /// Whether it is the object's id, or otherwise not for others to write.
    pub(super) fn is_made_by_the_target(&self) -> bool {
        self.anchor || self.mutability.eq_ignore_ascii_case("ReadOnly")
    }

    /// Whether a change of case alone is to be written: a text's own rule, which its directory may not have.
    fn is_compared_with_case(&self) -> bool {
        self.case_exact && (self.kind.is_empty() || self.kind.eq_ignore_ascii_case("String"))
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
