//! Each kind of attribute mapping, and the line it becomes.

use serde_json::{Value, json};
use usher::config::entra::translate;

use super::{
    entra::{of_small, small},
    sound,
};

/// Translates the small schema with one more attribute mapping; returns the line of the attribute, and what is left out.
fn with_attribute(target: &str, mapping: &Value) -> (String, Vec<String>) {
    let mut whole = json!({ "targetAttributeName": target, "source": { "type": "Attribute", "name": "x" } });
    let (Value::Object(members), Value::Object(more)) = (&mut whole, mapping) else {
        panic!("{mapping}");
    };
    members.extend(more.clone());
    let key = json!({ "targetAttributeName": "userName", "matchingPriority": 1, "source": { "name": "id" } });
    let translation = of_small(&json!({ "attributeMappings": [key, whole] }));
    sound(&translation.toml);
    let line = translation
        .toml
        .lines()
        .find(|line| line.starts_with(&format!("{target} =")));
    let reasons = translation
        .left_out
        .into_iter()
        .map(|remark| remark.reason)
        .collect();
    (line.unwrap_or_default().to_owned(), reasons)
}

#[test]
fn each_kind_of_mapping_has_its_line() {
    for (mapping, line) in [
        (json!({}), "t = \"[x]\""),
        (
            json!({ "flowType": "ObjectAddOnly" }),
            "t = { value = \"[x]\", apply = \"create\" }",
        ),
        (
            json!({ "defaultValue": "d" }),
            "t = { value = \"[x]\", default_on_create = '\"d\"' }",
        ),
        (
            json!({ "defaultValue": "d", "flowType": "ObjectAddOnly" }),
            "t = { value = \"[x]\", default_on_create = '\"d\"', apply = \"create\" }",
        ),
        (
            json!({ "defaultValue": "d", "source": null }),
            "t = { value = '\"d\"', values = \"keep\" }",
        ),
        (
            json!({ "defaultValue": "d", "source": null, "flowType": "ObjectAddOnly" }),
            "t = { value = '\"d\"', apply = \"create\" }",
        ),
        (
            json!({ "flowType": "MultiValueAddOnly" }),
            "t = { value = \"[x]\", values = \"merge\" }",
        ),
        (
            json!({ "source": { "type": "Constant", "name": "it's" } }),
            "t = \"\"\"\"it's\"\"\"\"",
        ),
        (
            json!({ "source": { "type": "Function", "expression": "Redact(ToUpper([x]))" } }),
            "t = { value = \"ToUpper([x])\", marked = true }",
        ),
        (
            json!({ "source": { "type": "Function", "name": "Left", "parameters": [
            { "key": "string", "value": { "type": "Attribute", "name": "x" } },
            { "key": "count", "value": { "type": "Constant", "name": "3" } },
        ] } }),
            "t = 'Left([x], \"3\")'",
        ),
    ] {
        assert_eq!(
            with_attribute("t", &mapping),
            (line.to_owned(), Vec::new()),
            "{mapping}"
        );
    }
}

#[test]
fn what_a_mapping_cannot_say_is_said() {
    for (target, mapping, line, reason) in [
        (
            "t",
            json!({ "flowBehavior": "FlowAlways" }),
            "t = \"[x]\"",
            "only if it differs",
        ),
        (
            "manager",
            json!({ "defaultValue": "d" }),
            "manager = { reference = \"[x]\" }",
            "a reference has no default",
        ),
        ("unicodePwd", json!({}), "", "a password is no value"),
        (
            "t",
            json!({ "flowType": "ValueAddOnly" }),
            "",
            "`ValueAddOnly` is described nowhere",
        ),
        (
            "manager",
            json!({ "flowType": "MultiValueAddOnly" }),
            "",
            "a reference names one account",
        ),
        (
            "active",
            json!({ "flowType": "ObjectAddOnly" }),
            "",
            "whenever somebody comes or goes",
        ),
        (
            "t",
            json!({ "source": { "type": "Function", "expression": "Guess([x])" } }),
            "",
            "Guess",
        ),
        (
            "t",
            json!({ "defaultValue": "d", "source": { "type": "Function", "expression": "IgnoreFlowIfNullOrEmpty([x])" } }),
            "t = \"IgnoreFlowIfNullOrEmpty([x])\"",
            "its default \"d\" cannot be put behind it",
        ),
    ] {
        let (written, reasons) = with_attribute(target, &mapping);
        assert_eq!(written, line, "{mapping}");
        assert!(
            matches!(reasons.as_slice(), [one] if one.contains(reason)),
            "{mapping}: {reasons:?}"
        );
    }
}

#[test]
fn too_many_remarks_are_counted() {
    let mut value = small(&json!({}));
    let rule = value["synchronizationRules"][0].as_object_mut().unwrap();
    rule.extend((0..1500).map(|number| (format!("stranger{number}"), Value::from(1))));
    let translation = translate(&value.to_string()).unwrap();
    assert_eq!(translation.left_out.len(), 1001);
    assert_eq!(
        translation.left_out[1000].reason,
        "and 500 more that are not listed"
    );
}
