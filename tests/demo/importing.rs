//! A configuration made from a synchronization schema does the day's work of the demo company's chat.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::command_line::CommandLine;

/// From the company's HR to its chat, as an administrator of Microsoft Entra would have mapped it.
fn schema() -> Value {
    let attribute = |target: &str, source: &str, matching: i64| {
        json!({ "targetAttributeName": target, "matchingPriority": matching, "flowType": "Always",
                "source": { "type": "Attribute", "name": source, "expression": format!("[{source}]") } })
    };
    let function = |target: &str, expression: &str| {
        json!({ "targetAttributeName": target, "flowType": "Always",
                "source": { "type": "Function", "expression": expression } })
    };
    let mut title = attribute("title", "title", 0);
    title["defaultValue"] = "Staff".into();
    let mut number = attribute("externalId", "worker_id", 1);
    number["flowType"] = "ObjectAddOnly".into();
    // joiners have no address yet
    let made_up = "IIF(IsNullOrEmpty([email]), Append([worker_id], \"@acme.example\"), [email])";
    let mut user_name = function("userName", made_up);
    user_name["matchingPriority"] = 2.into();
    let clause = |name: &str, operator: &str, values: &[&str]| json!({ "sourceOperandName": name, "operatorName": operator, "targetOperand": { "values": values } });
    let named = ["given_name", "family_name"].map(|name| clause(name, "IS NOT NULL", &[]));
    json!({ "synchronizationRules": [{
        "name": "HR to chat", "sourceDirectoryName": "HR", "targetDirectoryName": "Chat",
        "objectMappings": [{
            "sourceObjectName": "Worker", "targetObjectName": "User", "flowTypes": "Add, Update",
            "scope": { "groups": [
                { "name": "with a first name", "clauses": [named[0], clause("worker_id", "REGEX MATCH", &["^[0-9]{6}$"])] },
                { "name": "with a last name", "clauses": [named[1]] },
            ] },
            "attributeMappings": [
                number, title,
                user_name,
                function("displayName", "Trim(Join(\" \", [given_name], [family_name]))"),
                function("name.givenName", "Trim([given_name])"),
                function("name.familyName", "IIF(IsNullOrEmpty([family_name]), Trim([given_name]), Trim([family_name]))"),
                function("active", "Switch([status], \"False\", \"active\", \"True\")"),
                attribute("emails[type eq \"work\"].value", "email", 0),
                attribute("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "department", 0),
            ],
        }],
    }], "directories": [{ "name": "HR", "objects": [{ "name": "Worker", "attributes": [
        { "name": "worker_id", "type": "String", "anchor": true },
    ] }] }] })
}

/// Fills in what no schema says.
fn filled_in(text: &str, folder: &Path, url: &str) -> String {
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    text.replace("path = \"hr.csv\"", &format!("path = '{}'", file("people.csv")))
        .replace(
            "url = \"https://app.example.com/scim/v2\"",
            &format!("url = \"{url}\""),
        )
        .replace(
            "{ env = \"USHER_CHAT_TOKEN\" }",
            &format!("{{ file = '{}' }}", file("secrets/chat")),
        )
        .replace(
            "time_zone = \"UTC\"",
            "store = \"imported.db\"\ntime_zone = \"Europe/Berlin\"",
        )
}

#[tokio::test]
async fn an_imported_schema_does_the_work() {
    let mut line = CommandLine::new().await;
    let folder = line.sandbox.dir().to_owned();
    let (file, config) = (folder.join("schema.json"), folder.join("imported.toml"));
    fs::write(&file, schema().to_string()).unwrap();
    let import = [
        "import",
        "entra-schema",
        file.to_str().unwrap(),
        "-o",
        config.to_str().unwrap(),
    ];
    let (code, said) = line.run(&import).await;
    assert_eq!(code, 0, "{said}");
    let text = filled_in(
        &fs::read_to_string(&config).unwrap(),
        &folder,
        &line.sandbox.scim_url(),
    );
    fs::write(&config, &text).unwrap();

    line.config = config;
    // the chat is as the schema wants it, but for somebody who has yet to start, for no schema knows first days, and
    // somebody whose address HR does not have
    let plan = line.json(&["plan"]).await;
    assert_eq!(
        plan["summary"]["kinds"],
        json!({ "create": 1, "update": 1, "adopt": 231 }),
        "{plan}"
    );
    let adopt = ["approve", "--all", "--kind", "adopt"];
    assert_eq!(line.code(&adopt).await, 0);
    assert_eq!(line.code(&["apply"]).await, 0);
    line.sandbox.next_day().unwrap();
    line.set_clock();
    let plan = line.json(&["plan"]).await;
    let expected = json!({ "create": 9, "update": 7, "enable": 1, "disable": 3 });
    assert_eq!(plan["summary"]["kinds"], expected, "{plan}");
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let (code, said) = line.run(&["apply"]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(line.code(&["plan"]).await, 0, "nothing is left to do");
}
