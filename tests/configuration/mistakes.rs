//! A table of mistakes: a snippet, and what is said about it.

use super::{ACCOUNT, amiss};

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn every_mistake_is_found_at_its_place_with_what_to_do() {
    let mut all_amiss = Vec::new();
    let account = |rest: &str| format!("{ACCOUNT}{rest}");
    for (snippet, expected) in [
        // unknown keys and tables
        (
            "[gaurd]",
            "1:2 the configuration has no key `gaurd` | did you mean `guard`?",
        ),
        (
            "[systems.x]\nconnector = \"csv\"\npath = \"x\"\nanchor = \"y\"\nseperator = \";\"",
            "5:1 system `x` has no key `seperator` | did you mean `separator`?",
        ),
        (
            "[guard]\ndisabel = { absolute = 5 }",
            "2:1 `guard` has no key `disabel` | did you mean `disable`?",
        ),
        (
            "[ui]\ncolour = 1",
            "2:1 `ui` has no key `colour` | there are: `theme`, `symbols`, `mouse`, `keys`",
        ),
        // policy
        (
            "[policy]\notherwise = \"three\"",
            "2:13 `otherwise` cannot be `three`",
        ),
        (
            "[[policy.rules]]\nname = \"all\"\nneeds = \"rule\"",
            "policy rule `all` is about every operation | say which",
        ),
        (
            "[[policy.rules]]\nname = \"x\"\nkinds = [\"disabel\"]\nneeds = \"two\"",
            "3:10 `kinds` cannot have `disabel` | did you mean `disable`?",
        ),
        (
            "[[policy.rules]]\nname = \"x\"\nin = \"chta\"\nneeds = \"two\"",
            "policy rule `x` names a system `chta` that there is not",
        ),
        (
            "[policy]\nexpire = \"0 days\"",
            "`expire` cannot be 0 days: no approval would ever count",
        ),
        (
            "[policy.roles]\nadmin = [\"a b\"]",
            "2:10 `a b` is no user and no group",
        ),
        ("[policy.roles]\nboss = [\"ana\"]", "has no key `boss`"),
        (
            "[[guard.rails]]\nname = \"wave\"\nkinds = [\"disable\"]",
            "the rail `wave` has no limit",
        ),
        (
            "[guard]\ndisable = { absolute = 5, window = \"a day\" }",
            "`window` cannot be `a day` | write it as `24 hours` or `7 days`",
        ),
        // passwords
        (
            &account("[accounts.attributes]\nunicodePwd = '\"x\"'"),
            "`unicodePwd` is a password: an expression would put it into plans and the audit trail | write it as `{ secret",
        ),
        // what is planned and not there yet
        (
            "[authority]\na = 1",
            "1:2 `authority` is not supported yet | take it out",
        ),
        ("[alerts]", "`alerts` names no command"),
        ("[alerts]\ncommand = [\"\"]", "`alerts` names no command"),
        ("[authority]", "`authority` is not supported yet"),
        (
            &account(
                "[[groups]]\nname = \"x\"\nfrom = \"directory\"\nin = \"directory\"\nfor_each = \"[department]\"",
            ),
            "9:1 `for_each` is not supported yet",
        ),
        (
            &account("[[groups]]\nname = \"x\"\nfrom = \"directory\"\nin = \"hr\""),
            "8:6 no rule gives people an account in `hr`",
        ),
        // systems
        (
            "[systems.x]\nconnector = \"lpad\"",
            "2:13 system `x` has an unknown connector `lpad` | did you mean `ldap`?",
        ),
        (
            "[systems.x]\nconnector = \"oracle\"",
            "there are: `active-directory`, `csv`, `ldap`, `scim`",
        ),
        ("[systems.x]\npath = \"y\"", "1:1 system `x` has no `connector`"),
        (
            "[systems.people]\nconnector = \"csv\"\npath = \"x\"\nanchor = \"y\"",
            "1:10 a system cannot be called `people`",
        ),
        (
            "[systems.x]\nconnector = \"csv\"\npath = 5\nanchor = \"y\"",
            "3:8 `path` of system `x`: ",
        ),
        (
            "[systems.x]\nconnector = \"csv\"\npath = \"y\"",
            "1:1 system `x` has no `anchor`",
        ),
        (
            "[systems.x]\nconnector = \"scim\"\nurl = \"ftp://x\"\ntoken = { env = \"T\" }",
            "3:7 `url` of system `x` must begin with `https://`, `http://`",
        ),
        (
            "[systems.x]\nconnector = \"scim\"\nurl = \"chat\"\ntoken = { env = \"T\" }",
            "`url` of system `x` is no address",
        ),
        (
            "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = { envv = \"T\" }",
            "4:11 `token` of system `x` cannot be `envv` | did you mean `env`?",
        ),
        (
            "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = { env = \"T\" }\nin_flight = 0",
            "5:13 `in_flight` of system `x` cannot be 0",
        ),
        (
            "[systems.x]\nconnector = \"csv\"\npath = \"x\"\nanchor = \"y\"\nmode = \"reviw\"",
            "5:8 `mode` cannot be `reviw` | did you mean `review`?",
        ),
        (
            "[systems.x]\nconnector = \"ldap\"\nurl = \"ldaps://x\"\nbase = \"dc=x\"\nbind_dn = \"cn=x\"\npassword = { env = \"T\" }\nconnections = 17",
            "7:15 `connections` of system `x` must be from 1 to 16",
        ),
        // people
        (
            "[[people]]\nname = \"Employees\"\nfrom = \"hr\"",
            "2:8 the name `Employees` is taken by another rule",
        ),
        (
            "[[people]]\nname = \"x\"",
            "1:1 source `x` has no `from` | add `from = \"hr\"`",
        ),
        (
            "[[people]]\nname = \"x\"\nfrom = \"hrr\"",
            "3:8 source `x` names a system `hrr` that there is not | did you mean `hr`?",
        ),
        (
            "[[people]]\nname = \"x\"\nfrom = \"hr\"\njoin = [[\"mial\", \"[m]\"]]",
            "4:10 people have no attribute `mial` | did you mean `mail`?",
        ),
        (
            "[[people]]\nname = \"x\"\nfrom = \"hr\"\njoin = [\"mail\"]",
            "4:9 an item of `join` must be a pair",
        ),
        (
            "[[people]]\nname = \"x\"\nfrom = \"hr\"\nlifecycle = { begin = \"[a]\" }",
            "4:15 `lifecycle` has no key `begin`",
        ),
        // accounts
        (
            &account("assigned = []"),
            "nobody is assigned in account rule `staff` | name a group",
        ),
        (
            &account("assigned = [{ in = \"hr\", group = \"x\" }]"),
            "system `hr` is a CSV file, which has no groups | write a condition on its columns as `scope`",
        ),
        (
            &account(
                "assigned = [{ in = \"chat\", group = \"x\" }]\n[systems.chat]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = { env = \"T\" }",
            ),
            "nothing says whose accounts the members of groups in `chat` are",
        ),
        (
            &account("assigned = [{ in = \"directory\" }]"),
            "an assignment has no `group`",
        ),
        (
            &account("assigned = [{ in = \"directory\", group = \"x\", nestd = true }]"),
            "an assignment has no key `nestd` | did you mean `nested`?",
        ),
        (
            &account("gone = \"erase\""),
            "`gone` cannot be `erase` | there are: `leaver`, `keep`, `disable`, `delete`",
        ),
        (
            &account("gone = \"delete\""),
            "`gone` needs the action `delete`, which this rule does not have",
        ),
        (
            "[[accounts]]\nin = \"directory\"\ncontainer = '\"x\"'",
            "1:1 account rule has no `name`",
        ),
        (
            "[[accounts]]\nname = \"a\"\nin = \"directory\"",
            "1:1 account rule `a` has no `container`",
        ),
        (
            "[accounts]\nname = \"a\"",
            "`accounts` must be a list of blocks, and is a table | write the header with two brackets: `[[accounts]]`",
        ),
        (
            &account("from = \"hr\""),
            "5:8 accounts from another system are not supported yet",
        ),
        (
            &account("actions = [\"create\", \"updat\"]\nleaver = []\nout_of_scope = \"keep\""),
            "5:22 there is no action `updat` | did you mean `update`?",
        ),
        (
            &account("out_of_scope = \"delete\""),
            "5:1 `out_of_scope` needs the action `delete`",
        ),
        (
            &account("joiner = { create = \"start\", enable = \"2 days before start\" }"),
            "5:10 an account cannot be enabled before it is created",
        ),
        (
            &account("joiner = { create = \"two weeks before\" }"),
            "5:21 `create` cannot be `two weeks before` | write it as `start` or `14 days before start`",
        ),
        (
            &account("leaver = [{ delete_after = \"90 days\" }]"),
            "5:13 `delete_after` needs the action `delete`",
        ),
        (
            &account("leaver = [{ delete_after = 90 }]"),
            "5:28 `delete_after` must be a string, and is a whole number",
        ),
        (
            &account("leaver = { remove_groups = true }"),
            "5:10 `leaver` must be a list, and is a table | put brackets around it",
        ),
        (
            &account("leaver = [{}, {}]"),
            "several steps in `leaver` are not supported yet",
        ),
        (&account("rehire = true"), "5:10 `rehire` must be a string"),
        (&account("scope = \" \""), "5:9 `scope` is an empty expression"),
        // mappings
        (
            &account("attributes = { mail = true }"),
            "5:23 `mail` must be an expression in quotes, and is `true` or `false`",
        ),
        (
            &account("[accounts.attributes]\nname.familyName = \"[sn]\""),
            "the mapping of `name` has no `value`, `reference` or `secret` | a path is written in quotes: `\"name.familyName\" = …`",
        ),
        (
            &account(
                "attributes = { a = { value = \"[b]\", default = \"[c]\", default_on_create = \"[d]\" } }",
            ),
            "the mapping of `a` has both `default` and `default_on_create` | keep `default`",
        ),
        (
            &account("attributes = { a = { reference = \"[b]\", default = \"[c]\" } }"),
            "the mapping of `a` cannot have `default`: a reference names somebody's account",
        ),
        (
            &account("attributes = { a = { reference = \"[b]\", values = \"merge\" } }"),
            "cannot have `values`: a reference names one account",
        ),
        (
            &account(
                "attributes = { a = { secret = \"initial\", deliver = { command = [\"x\"] }, compare = \"exact\" } }",
            ),
            "cannot have `compare`: a secret is drawn",
        ),
        (
            &account("attributes = { a = { value = \"[b]\", values = \"merge\", absent = \"clear\" } }"),
            "`values = \"merge\"` takes nothing away, and another key says that nothing clears it",
        ),
        (
            &account("attributes = { a = { value = \"[b]\", values = \"keep\", apply = \"create\" } }"),
            "`values = \"keep\"` has no effect where `apply` is `create`",
        ),
        (
            &account("attributes = { a = { value = \"[b]\", compare = \"case\" } }"),
            "`compare` cannot be `case`",
        ),
        (
            &account("attributes = { a = { value = \"[b]\", values = \"megre\" } }"),
            "`values` cannot be `megre` | did you mean `merge`?",
        ),
        (
            &account("attributes = { a = { value = \"[b]\", reference = \"[c]\" } }"),
            "5:20 the mapping of `a` has both `value` and `reference`",
        ),
        (
            &account("attributes = { a = { value = \"[b]\", nul = \"skip\" } }"),
            "5:37 the mapping of `a` has no key `nul` | did you mean `null`?",
        ),
        (
            &account("attributes = { a = { secret = \"initial\" } }"),
            "the mapping of `a` has no `deliver`",
        ),
        // entitlements, protection, guard
        (
            "[[entitlements]]\nname = \"e\"\nwhen = \"[a]\"\ngrants = [{ in = \"directory\", group = \"g\" }]",
            "4:18 no account rule gives people an account in `directory`",
        ),
        (
            &account(
                "[[entitlements]]\nname = \"staff\"\nwhen = \"[a]\"\ngrants = [{ in = \"directory\", group = \"g\" }]",
            ),
            "6:8 the name `staff` is taken",
        ),
        (
            "[[protected]]\nin = \"directory\"",
            "1:1 a protection has no `when`",
        ),
        (
            "[guard]\ndelete = { percent = 200 }",
            "2:22 `percent` cannot be 200 | it goes from 0 to 100",
        ),
        (
            "[guard]\ndelete = { minimum_population = 2 }",
            "2:10 the rail `delete` has no limit",
        ),
        (
            "[guard]\ndelete = { absolute = -1 }",
            "2:23 `absolute` must be a whole number, 0 or more",
        ),
        (
            "[guard.per_system.chatt]\ndelete = { absolute = 1 }",
            "`per_system` names a system `chatt` that there is not",
        ),
        // syntax
        ("[[people]\n", "1:"),
        ("[systems.hr]\n", "duplicate key"),
    ] {
        all_amiss.extend(amiss(snippet, expected));
    }
    assert!(all_amiss.is_empty(), "{}", all_amiss.join("\n"));
}
