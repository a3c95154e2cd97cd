//! Where a value comes from, as an expression of usher.

use super::{SchemaError, json::Members, schema::Origin};

impl Origin {
    /// Reads the `source` of a mapping.
    pub(super) fn read(
        source: Option<Members<'_>>,
        strangers: &mut Vec<String>,
    ) -> Result<Self, SchemaError> {
        let Some(source) = source else {
            return Ok(Self::Nothing);
        };
        let kind = source.text("type")?.unwrap_or_default();
        let name = source.text("name")?.filter(|name| !name.is_empty());
        let expression = source.text("expression")?.filter(|text| !text.trim().is_empty());
        let origin = match kind.to_ascii_lowercase().as_str() {
            "constant" => match (name, expression) {
                (Some(text), _) | (None, Some(text)) => Self::Constant(unquoted(&text)),
                (None, None) => Self::Nothing,
            },
            "function" => match expression {
                Some(expression) => Self::Function(expression),
                None => Self::Function(call(&source, name.as_deref().unwrap_or_default(), strangers)?),
            },
            _ => match (name, expression) {
                (Some(name), _) => Self::Attribute(bare(&name)),
                (None, Some(text)) if text.trim_start().starts_with('[') => Self::Attribute(bare(&text)),
                (None, Some(text)) => Self::Function(text),
                (None, None) => Self::Nothing,
            },
        };
        source.ignore(&["parameters"]);
        strangers.extend(source.strangers());
        Ok(origin)
    }

    /// Returns the expression; `None` where there is no source.
    pub(super) fn expression(&self) -> Option<String> {
        match self {
            Self::Attribute(name) => Some(format!("[{name}]")),
            Self::Constant(text) => Some(quoted(text)),
            Self::Function(text) => Some(text.trim().to_owned()),
            Self::Nothing => None,
        }
    }
}

/// Writes a function from the tree of its parameters, where the text of the expression is missing.
fn call(source: &Members<'_>, name: &str, strangers: &mut Vec<String>) -> Result<String, SchemaError> {
    let mut arguments = Vec::new();
    for parameter in source.objects("parameters")? {
        let value = Origin::read(parameter.object("value")?, strangers)?;
        arguments.push(value.expression().unwrap_or_default());
    }
    Ok(format!("{name}({})", arguments.join(", ")))
}

/// Writes a text as an expression.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn unquoted(text: &str) -> String {
    let inner = text
        .trim()
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.map_or_else(
        || text.to_owned(),
        |inner| inner.replace("\\\"", "\"").replace("\\\\", "\\"),
    )
}

/// Takes a name out of brackets that belong to it.
fn bare(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.unwrap_or(text).trim().to_owned()
}
