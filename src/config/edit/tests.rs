use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::*;

const PEOPLE: &str = r#"version = 1
time_zone = "UTC"

[systems.hr]
connector = "csv"
path = "people.csv"
anchor = "id"

[systems.app]
connector = "csv"
path = "app.csv"
anchor = "id"

# who people are
[[people]]
name = "hr"
from = "hr"
lifecycle = { active = '[status] = "a"' }  # the only source
references = { manager = "[manager_id]" }
attributes = { givenName = "[first]", title = "[title]" }

"#;

fn place(block: Block, part: Part) -> Place {
    Place { block, part }
}

fn staff(part: Part) -> Place {
    place(Block::Accounts("staff".into()), part)
}

fn attribute(name: &str) -> Part {
    Part::Attribute(name.to_owned())
}

/// (what stands in the rule, what is set, to which expression, what stands there then)
type Case = (&'static str, Part, &'static str, &'static str);

fn config(rule: &str) -> Config {
    let text = format!("{PEOPLE}[[accounts]]  # the staff\nname = \"staff\" # by name\nin = \"app\"\n{rule}");
    Config::parse(Path::new("usher.toml"), &text).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of all forms")]
fn only_the_octets_of_the_string_change() {
    let cases: Vec<Case> = vec![
        // plain, each kind of quotes
        (
            "[accounts.attributes]\ntitle   =  \"[title]\"   # the title\n",
            attribute("title"),
            "[givenName]",
            "[accounts.attributes]\ntitle   =  \"[givenName]\"   # the title\n",
        ),
        (
            "attributes = { title = '[title]' } # x\n",
            attribute("title"),
            "ToLower([title])",
            "attributes = { title = 'ToLower([title])' } # x\n",
        ),
        // quotes that cannot hold it are exchanged
        (
            "attributes = { title = \"[title]\" }\n",
            attribute("title"),
            "\"Dr. \" & [title]",
            "attributes = { title = '\"Dr. \" & [title]' }\n",
        ),
        (
            "attributes = { title = '[title]' }\n",
            attribute("title"),
            "\"it's\"",
            "attributes = { title = '''\"it's\"''' }\n",
        ),
        (
            "attributes = { title = '[title]' }\n",
            attribute("title"),
            "IIF(true,\n  [title], \"\")",
            "attributes = { title = '''IIF(true,\n  [title], \"\")''' }\n",
        ),
        (
            "attributes = { title = '[title]' }\n",
            attribute("title"),
            "\"'''\\\"",
            "attributes = { title = \"\\\"'''\\\\\\\"\" }\n",
        ),
        // a string of several lines keeps its first line
        (
            "[accounts.attributes]\ntitle = '''\n[title]'''\n# end\n",
            attribute("title"),
            "[x]",
            "[accounts.attributes]\ntitle = '''\n[x]'''\n# end\n",
        ),
        // tables in every form
        (
            "attributes.title = { null = \"clear\", value = \"[title]\" , marked = true } # m\n",
            attribute("title"),
            "[x]",
            "attributes.title = { null = \"clear\", value = \"[x]\" , marked = true } # m\n",
        ),
        (
            "[accounts.attributes.title] # own\n# the value\nvalue = \"[title]\"\nnull = \"clear\"\n",
            attribute("title"),
            "[x]",
            "[accounts.attributes.title] # own\n# the value\nvalue = \"[x]\"\nnull = \"clear\"\n",
        ),
        (
            "attributes = { manager = { reference = \"[manager]\" } }\n",
            attribute("manager"),
            "[boss]",
            "attributes = { manager = { reference = \"[boss]\" } }\n",
        ),
        (
            "[accounts.attributes]\n'emails[type eq \"work\"].value' = \"[title]\"\n",
            attribute("emails[type eq \"work\"].value"),
            "[x]",
            "[accounts.attributes]\n'emails[type eq \"work\"].value' = \"[x]\"\n",
        ),
        // defaults
        (
            "attributes.title = { value = \"[title]\", default = '\"d\"' } # d\n",
            Part::Default("title".to_owned()),
            "[x]",
            "attributes.title = { value = \"[title]\", default = '[x]' } # d\n",
        ),
        (
            "[accounts.attributes.title]\nvalue = \"[title]\"\ndefault_on_create = \"[y]\"\n",
            Part::Default("title".to_owned()),
            "[x]",
            "[accounts.attributes.title]\nvalue = \"[title]\"\ndefault_on_create = \"[x]\"\n",
        ),
        // the others
        (
            "scope = '[title] = \"x\"'\n",
            Part::Scope,
            "true",
            "scope = 'true'\n",
        ),
        (
            "match = [[\"a\", \"[x]\"], # one\n  [\"b\", \"[y]\"]]\n",
            Part::Match(1),
            "[z]",
            "match = [[\"a\", \"[x]\"], # one\n  [\"b\", \"[z]\"]]\n",
        ),
        (
            "match = { a = \"[x]\", b = \"[y]\" }\n",
            Part::Match(0),
            "[z]",
            "match = { a = \"[z]\", b = \"[y]\" }\n",
        ),
        (
            "container = '\"ou=a\"'\n",
            Part::Container,
            "\"ou=b\"",
            "container = '\"ou=b\"'\n",
        ),
        (
            "leaver = [{ disable = \"end of last day\", container = '\"ou=a\"' }]\n",
            Part::LeaverContainer,
            "\"ou=b\"",
            "leaver = [{ disable = \"end of last day\", container = '\"ou=b\"' }]\n",
        ),
    ];
    for (rule, part, expression, wanted) in cases {
        let before = config(rule);
        let after = before
            .with(&staff(part.clone()), expression)
            .unwrap_or_else(|error| panic!("{rule}: {error}"));
        assert_eq!(*after.text, before.text.replace(rule, wanted), "{rule}");
        let source = staff(part).source(&after.rules).map(|source| source.text.clone());
        assert_eq!(source.as_deref(), Some(expression), "{rule}");
    }
}

#[test]
fn the_rules_of_people_change_too() {
    let before = config("");
    let hr = |part| place(Block::People("hr".into()), part);
    for (part, old, expression, new) in [
        (
            attribute("title"),
            "title = \"[title]\"",
            "[t]",
            "title = \"[t]\"",
        ),
        (
            Part::Reference("manager".into()),
            "\"[manager_id]\"",
            "[boss]",
            "\"[boss]\"",
        ),
        (
            Part::Lifecycle("active"),
            "'[status] = \"a\"' }  # the",
            "true",
            "'true' }  # the",
        ),
    ] {
        let after = before.with(&hr(part), expression).unwrap();
        assert_eq!(*after.text, before.text.replacen(old, new, 1));
    }
}

#[test]
fn a_scope_that_is_not_there_is_added_below_the_name() {
    let after = config("").with(&staff(Part::Scope), "[title] = \"x\"").unwrap();
    let wanted = "name = \"staff\"\nscope = '[title] = \"x\"' # by name\nin =";
    assert!(after.text.contains(wanted), "{}", after.text);
}

#[test]
fn lines_end_as_they_do_in_the_file() {
    let text = config("[accounts.attributes]\ntitle = '[title]'\n")
        .text
        .replace('\n', "\r\n");
    let before = Config::parse(Path::new("usher.toml"), &text).unwrap();
    let after = before
        .with(&staff(attribute("title")), "IIF(true,\n[title],\n[title])")
        .unwrap();
    assert_eq!(
        after.text.matches('\n').count(),
        after.text.matches("\r\n").count()
    );
    assert_eq!(
        *after.text,
        text.replace("'[title]'", "'''IIF(true,\r\n[title],\r\n[title])'''")
    );
}

#[test]
fn what_is_not_there_is_not_made_up() {
    let config =
        config("attributes = { userPassword = { secret = \"initial\", deliver = { command = [\"x\"] } } }\n");
    for part in [
        attribute("userPassword"),
        attribute("none"),
        Part::Match(0),
        Part::Container,
    ] {
        assert!(matches!(config.with(&staff(part), "[x]"), Err(Error::Gone(_))));
    }
    assert!(matches!(
        config.with(&staff(Part::Scope), " \n"),
        Err(Error::Empty(_))
    ));
    let nobody = place(Block::Accounts("nobody".into()), Part::Scope);
    assert!(matches!(config.with(&nobody, "true"), Err(Error::Gone(_))));
}

#[test]
fn the_file_is_replaced_with_its_rights_and_only_if_it_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("usher.toml"), folder.path().join("link.toml"));
    fs::write(&file, "one").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    replace(&link, "one", "two").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "two");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(matches!(replace(&file, "one", "three"), Err(Error::Changed(_))));
    assert_eq!(fs::read_to_string(&file).unwrap(), "two");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        2,
        "nothing is left over"
    );
}
