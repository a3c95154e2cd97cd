//! What the schema demands of an entry.

use rasn_ldap::ResultCode;

use super::{AttributeType, ClassKind, ObjectClass, Schema};
use crate::sandbox::ldap::entry::Entry;
use crate::sandbox::ldap::fault::{Fault, Outcome};

/// Finds the type of an attribute that a client wants to write.
pub fn check_attribute(description: &str) -> Outcome<&'static AttributeType> {
    let unknown = || {
        Fault::new(
            ResultCode::UndefinedAttributeType,
            format!("{description}: attribute type undefined"),
        )
    };
    let attribute = Schema::get().attribute(description).ok_or_else(unknown)?;
    if attribute.read_only {
        let message = format!("{}: no user modification allowed", attribute.name);
        return Err(Fault::new(ResultCode::ConstraintViolation, message));
    }
    Ok(attribute)
}

/// The most derived structural class of an entry; objectClassViolation if there is none, or two.
pub fn structural_class(entry: &Entry) -> Outcome<&'static ObjectClass> {
    let violation = |message: String| Fault::new(ResultCode::ObjectClassViolation, message);
    let mut classes = Vec::new();
    for name in entry.texts("objectClass") {
        let class = Schema::get().class(name);
        classes.push(class.ok_or_else(|| {
            let message = format!("objectClass: value \"{name}\" is not a known class");
            Fault::new(ResultCode::InvalidAttributeSyntax, message)
        })?);
    }
    let structural = || classes.iter().filter(|class| class.kind == ClassKind::Structural);
    let Some(leaf) = structural().max_by_key(|class| class.superiors.len()) else {
        return Err(violation("no structural object class provided".to_owned()));
    };
    for class in structural() {
        let name = class.name.to_ascii_lowercase();
        if class.name != leaf.name && !leaf.superiors.contains(&name) {
            return Err(violation(format!(
                "invalid structural object class chain ({}/{})",
                leaf.name, class.name
            )));
        }
    }
    Ok(leaf)
}

/// Checks classes, required and allowed attributes, and single values.
pub fn check_entry(entry: &Entry) -> Outcome<()> {
    let schema = Schema::get();
    structural_class(entry)?;
    let classes: Vec<&ObjectClass> = entry
        .texts("objectClass")
        .filter_map(|name| schema.class(name))
        .collect();
    let extensible = classes.iter().any(|class| class.name == "extensibleObject");
    for class in &classes {
        for name in &class.must {
            if entry.values(name).is_empty() {
                let message = format!("object class '{}' requires attribute '{name}'", class.name);
                return Err(Fault::new(ResultCode::ObjectClassViolation, message));
            }
        }
    }
    for (name, values) in &entry.attributes {
        let Some(attribute) = schema.attribute(name) else {
            continue;
        };
        if attribute.single && values.len() > 1 {
            let message = format!("{name}: multiple values provided");
            return Err(Fault::new(ResultCode::ConstraintViolation, message));
        }
        let allowed = attribute.operational
            || extensible
            || classes
                .iter()
                .any(|class| class.must.contains(name) || class.may.contains(name));
        if !allowed {
            let message = format!("attribute '{name}' not allowed");
            return Err(Fault::new(ResultCode::ObjectClassViolation, message));
        }
    }
    Ok(())
}
