//! Synchronization schemas of Microsoft Entra become configurations that load, compile, and say what they leave out.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use usher::{
    config::entra::{SchemaError, Translation, translate},
    expression,
    model::{Column, Schema, SystemName},
    planning::{
        compile::{SystemSchema, compile},
        rules::{AccountRule, MappedValue, Rules, Source},
    },
};

use super::{parse, sound};

const FIXTURES: [&str; 3] = ["workday-to-ad", "entra-to-scim", "ad-to-entra"];

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/entra/{name}.json"))
}

fn fixture(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

pub fn translated(name: &str) -> Translation {
    translate(&fixture(name)).unwrap()
}

#[test]
fn what_becomes_of_each_schema() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for name in FIXTURES {
            insta::assert_snapshot!(format!("entra__{name}"), translated(name).toml);
        }
    });
}

#[test]
fn every_configuration_loads_and_compiles() {
    for name in FIXTURES {
        let translation = translated(name);
        let config = sound(&translation.toml);
        let columns = columns(&config.rules);
        let systems: Vec<_> = config
            .systems
            .keys()
            .map(|system| SystemSchema {
                system: system.clone(),
                schema: schema(columns.get(system.as_str()).map_or(&[][..], Vec::as_slice)),
            })
            .collect();
        if let Err(errors) = compile(&config.rules, &systems) {
            panic!("{name}: {errors:?}");
        }
    }
}

/// The attributes each system must have for the rules to make sense.
fn columns(rules: &Rules) -> BTreeMap<String, Vec<String>> {
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |system: &SystemName, names: Vec<String>| {
        columns.entry(system.to_string()).or_default().extend(names);
    };
    for people in &rules.people {
        let sources = people
            .attributes
            .iter()
            .chain(&people.references)
            .map(|(_, source)| source);
        let conditions = people.scope.iter().chain(&people.lifecycle.active);
        add(&people.from, sources.chain(conditions).flat_map(names).collect());
    }
    for rule in &rules.accounts {
        let mapped = rule.attributes.iter().map(|mapping| mapping.attribute.clone());
        add(
            &rule.system,
            mapped
                .chain(
                    rule.matches
                        .iter()
                        .flat_map(|it| &it.all)
                        .map(|(name, _)| name.clone()),
                )
                .collect(),
        );
        for name in sources(rule).flat_map(names) {
            let Some(rest) = name.strip_prefix("accounts.") else {
                continue;
            };
            for other in &rules.accounts {
                if let Some(attribute) = rest.strip_prefix(&format!("{}.", other.name)) {
                    add(&other.system, vec![attribute.to_owned()]);
                }
            }
        }
    }
    columns
}

fn sources(rule: &AccountRule) -> impl Iterator<Item = &Source> {
    let mapped = rule.attributes.iter().filter_map(|mapping| match &mapping.value {
        MappedValue::Expression(source) => Some(source),
        _ => None,
    });
    mapped.chain(&rule.scope).chain(
        rule.matches
            .iter()
            .flat_map(usher::planning::rules::MatchRule::sources),
    )
}

fn names(source: &Source) -> Vec<String> {
    expression::attributes(&source.text)
        .into_iter()
        .map(|(_, name)| name)
        .collect()
}

fn schema(names: &[String]) -> Schema {
    let mut columns: Vec<Column> = Vec::new();
    for name in names {
        if name != "dn"
            && !columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        {
            columns.push(Column {
                multi_valued: true,
                ..Column::text(name.as_str())
            });
        }
    }
    Schema { columns }
}

#[test]
fn remarks_say_where_and_on_which_line() {
    for name in FIXTURES {
        let (text, translation) = (fixture(name), translated(name));
        let value: Value = serde_json::from_str(&text).unwrap();
        for remark in translation.left_out.iter().chain(&translation.notes) {
            let pointer = format!("/{}", remark.path.replace(['.', '['], "/").replace(']', ""));
            let found = value.pointer(&pointer);
            // metadata and flow types may be left to their defaults
            assert!(found.is_some(), "{name}: {remark:?}");
            let line = text.lines().nth(remark.line - 1).unwrap();
            let last = remark.path.rsplit('.').next().unwrap();
            assert!(
                last.ends_with(']') || line.contains(last),
                "{name}: {remark:?}: {line}"
            );
        }
    }
}

/// The smallest schema there is, with more put into its one mapping.
pub fn small(mapping: &Value) -> Value {
    let mut whole = json!({
        "sourceObjectName": "Worker", "targetObjectName": "User", "flowTypes": "Add, Update",
        "attributeMappings": [{
            "targetAttributeName": "userName", "matchingPriority": 1,
            "source": { "type": "Attribute", "name": "id" },
        }],
    });
    let (Value::Object(whole_members), Value::Object(more)) = (&mut whole, mapping) else {
        panic!("{mapping}");
    };
    whole_members.extend(more.clone());
    json!({ "synchronizationRules": [{
        "sourceDirectoryName": "hr", "targetDirectoryName": "chat", "objectMappings": [whole],
    }] })
}

pub fn of_small(mapping: &Value) -> Translation {
    translate(&small(mapping).to_string()).unwrap()
}

#[test]
fn a_plain_schema_is_translated_whole() {
    let translation = of_small(&json!({}));
    assert_eq!(translation.left_out, []);
    let config = sound(&translation.toml);
    assert_eq!(config.rules.accounts[0].matches[0].all[0].0, "userName");
    // Graph answers with the schema inside a job, too
    let wrapped = json!({ "id": "job", "schema": small(&json!({})) });
    assert_eq!(
        translate(&wrapped.to_string()).unwrap().toml,
        translation
            .toml
            .replace("synchronizationRules", "schema.synchronizationRules")
    );
}

#[test]
fn a_scope_that_cannot_be_said_lets_nobody_in_and_disables_nobody() {
    let clause =
        json!({ "operatorName": "&", "sourceOperandName": "flags", "targetOperand": { "values": ["1"] } });
    let translation = of_small(&json!({ "scope": { "groups": [{ "clauses": [clause] }] } }));
    let config = sound(&translation.toml);
    let rule = &config.rules.accounts[0];
    assert_eq!(
        rule.scope.as_ref().map(|scope| scope.text.as_str()),
        Some("false")
    );
    assert_eq!(rule.out_of_scope, usher::planning::rules::OutOfScope::Keep);
    assert_eq!(translation.left_out.len(), 1);
}

#[test]
fn what_nobody_knows_is_left_out_and_said() {
    let translation =
        of_small(&json!({ "retryPolicy": { "times": 3 }, "nothing": null, "@odata.type": "x" }));
    let paths: Vec<_> = translation
        .left_out
        .iter()
        .map(|remark| remark.path.as_str())
        .collect();
    assert_eq!(paths, ["synchronizationRules[0].objectMappings[0].retryPolicy"]);
    for flow in ["ValueAddOnly", "AttributeAddOnly", "SomethingNew"] {
        let mapping = json!({ "targetAttributeName": "x", "flowType": flow, "source": { "type": "Attribute", "name": "x" } });
        let translation = of_small(&json!({ "attributeMappings": [mapping] }));
        assert!(
            translation.left_out[0].reason.contains(flow),
            "{:?}",
            translation.left_out
        );
        assert!(sound(&translation.toml).rules.accounts[0].attributes.is_empty());
    }
}

#[test]
fn what_is_no_schema_is_refused_with_its_place() {
    let place = |text: &str| translate(text).unwrap_err().to_string();
    assert!(place("{\n  \"a\": 1,\n  oops\n}").starts_with("line 3, column 3: this is no JSON"));
    assert_eq!(translate("{}"), Err(SchemaError::NoRules));
    assert_eq!(
        translate("[1]").unwrap_err().to_string(),
        "line 1, $: an object is expected here, found a list"
    );
    assert_eq!(
        place(
            "{ \"synchronizationRules\": [\n {\"sourceDirectoryName\": \"a\",\n \"targetDirectoryName\": [] }] }"
        ),
        "line 3, synchronizationRules[0].targetDirectoryName: a text is expected here, found a list"
    );
    assert!(
        place("{ \"synchronizationRules\": [{}] }").contains("synchronizationRules[0].sourceDirectoryName")
    );
    assert_eq!(
        translate("{ \"synchronizationRules\": [] }"),
        Err(SchemaError::NoPeople)
    );
    assert!(translate("\u{feff}{}").is_err());
}

#[test]
fn hostile_names_stay_inside_their_quotes_and_comments() {
    let hostile = [
        "x\"\n[systems.evil]\nconnector = \"csv\"",
        "'''\n#",
        "a]b[c",
        "",
        "\u{202e}\u{0}\u{7f}",
        "people",
        "\\",
        "]",
    ];
    for name in hostile {
        let clause = json!({ "operatorName": "EQUALS", "sourceOperandName": name, "targetOperand": { "values": [name] } });
        let mapping = |kind: &str| {
            json!({ "targetAttributeName": format!("{name}{kind}"), "matchingPriority": 1, "defaultValue": name,
                    "source": { "type": kind, "name": name, "expression": name } })
        };
        let mut value = small(&json!({
            "name": name, "sourceObjectName": name, "targetObjectName": name,
            "scope": { "groups": [{ "name": name, "clauses": [clause] }] },
            "attributeMappings": [mapping("Attribute"), mapping("Constant"), mapping("Function")],
        }));
        value["synchronizationRules"][0]["sourceDirectoryName"] = name.into();
        value["synchronizationRules"][0]["targetDirectoryName"] = format!("{name}2").into();
        value["synchronizationRules"][0]["name"] = name.into();
        let translation = translate(&value.to_string()).unwrap();
        let is_said = translation.left_out.iter().any(|remark| remark.path == "$");
        match parse(&translation.toml) {
            Ok(config) => assert_eq!(config.systems.len(), 2, "{}", translation.toml),
            Err(errors) => assert!(is_said, "{name:?}: {errors}\n{}", translation.toml),
        }
        assert!(!is_said, "{name:?}: {:?}", translation.left_out);
        let acts = |c: char| c.is_control() && c != '\n';
        assert!(!translation.toml.contains(acts), "{name:?}: {}", translation.toml);
    }
}

#[test]
fn a_schema_cut_short_or_garbled_is_an_error_and_no_panic() {
    for name in FIXTURES {
        let text = fixture(name);
        for at in (0..text.len())
            .step_by(211)
            .filter(|at| text.is_char_boundary(*at))
        {
            assert!(translate(&text[..at]).is_err());
            let garbled = text[..at].to_owned() + &text[at..].replacen('"', "\"\"", 1);
            // some stay sound; none may panic
            let _ = translate(&garbled);
        }
    }
}
