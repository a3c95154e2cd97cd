//! The configuration: TOML → [`Config`], with every error at once and each at its place.
//!
//! The file is parsed twice over: first into tables that know where every key and value stood, then each section
//! into its own type. Deserializing the file in one go would lose the places inside sections that are told apart by
//! a key (`connector = "ldap"`), and would stop at the first error. Expressions stay text here; what is found wrong
//! with them later is put at its place by [`Problem::in_expression`].

mod accounts;
mod alerts;
mod approvals;
mod assigned;
mod digest;
mod domain;
pub mod edit;
pub mod entra;
mod guard;
mod location;
mod mapping;
mod mask;
mod matches;
mod mirrors;
mod people;
mod policy;
mod position;
mod problem;
mod render;
mod restraint;
mod roles;
mod rules;
mod section;
mod store;
mod suggest;
mod systems;
mod table;
mod ui;
mod words;

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use indexmap::IndexMap;
use jiff::tz::TimeZone;
use toml::de::DeTable;

use self::table::{Fields, Report};
pub use self::{
    digest::RulesDigest,
    problem::{Errors, Located, Problem, Severity},
    store::StoreServer,
    ui::{Symbols, Ui},
};
use crate::{
    connectors::section::Section,
    model::{Roles, SystemName},
    planning::rules::Rules,
};

/// A file full of syntax errors is probably no TOML: more of them than this help nobody.
const MOST_SYNTAX_ERRORS: usize = 20;

/// A configuration without errors.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// The folder relative paths start from, absolute.
    pub folder: PathBuf,
    /// The text of the file.
    pub text: Arc<str>,
    /// What the environment is called, to tell production from test at a glance.
    pub label: Option<String>,
    /// Whether usher writes, and who approves.
    pub mode: Mode,
    /// The systems by name, in the order of the file.
    pub systems: IndexMap<SystemName, System>,
    /// The rules planning follows.
    pub rules: Rules,
    /// The file of the embedded store. What belongs to this machine is beside it, also when the store is on a server.
    pub store: PathBuf,
    /// The server the store is on instead.
    pub store_server: Option<StoreServer>,
    /// The `allowed_signers` file (ssh-keygen(1)): whose signatures on plan files count.
    pub allowed_signers: Option<PathBuf>,
    /// Who may do what.
    pub roles: Roles,
    /// How the console looks.
    pub ui: Ui,
    /// Which command is told of trouble, and how long it may take.
    pub alerts: Option<(Vec<String>, Duration)>,
    /// What is probably not meant as it is written.
    pub warnings: Errors,
}

/// Whether usher writes, and who approves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Never writes.
    Observe,
    /// A person approves.
    #[default]
    Review,
    /// Policy approves.
    Automatic,
}

impl Mode {
    const CHOICES: [(&'static str, Self); 3] = [
        ("observe", Self::Observe),
        ("review", Self::Review),
        ("automatic", Self::Automatic),
    ];

    /// Returns the word used in the configuration and on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Review => "review",
            Self::Automatic => "automatic",
        }
    }
}

/// A connected system.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Its name.
    pub name: SystemName,
    /// What its connector needs.
    pub section: Section,
    /// Its own mode, if it has one.
    pub mode: Option<Mode>,
    /// By how many percent its records may be fewer than before, if it says so.
    pub tolerance: Option<f64>,
    /// The bytes of the file to point at.
    pub span: Range<usize>,
}

impl Config {
    /// Returns where the configuration is if nobody says: `usher.toml` in the current folder if there is one, else
    /// `config.toml` in the user's configuration folder for usher.
    pub fn default_path() -> PathBuf {
        location::default_path()
    }

    /// Reads a configuration file.
    pub fn load(path: &Path) -> Result<Self, Errors> {
        Self::parse(path, &location::read(path)?)
    }

    /// Reads a configuration from its text; `path` is where relative paths start from and what errors name.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Errors> {
        let (root, syntax) = DeTable::parse_recoverable(text);
        if !syntax.is_empty() {
            let problems = syntax
                .iter()
                .take(MOST_SYNTAX_ERRORS)
                .map(syntax_problem)
                .collect();
            return Err(Errors::new(path, text, problems));
        }
        let report = Report::new(text);
        let mut config = read(path, text, &report, root.get_ref());
        let problems = Errors::new(path, text, report.into_problems());
        if problems.has_errors() {
            return Err(problems);
        }
        config.warnings = problems;
        Ok(config)
    }

    /// Returns the digests of the rules; comments do not count.
    pub fn digest_of_rules(&self) -> RulesDigest {
        RulesDigest::of(&self.rules)
    }

    /// Returns the mode of a system: its own, else that of the whole configuration.
    pub fn mode_of(&self, system: &SystemName) -> Mode {
        self.systems
            .get(system)
            .and_then(|system| system.mode)
            .unwrap_or(self.mode)
    }

    /// Puts problems found later, such as those of expressions, beside this file.
    pub fn errors(&self, problems: Vec<Problem>) -> Errors {
        Errors::new(&self.path, &self.text, problems)
    }
}

fn read(path: &Path, text: &str, report: &Report<'_>, table: &DeTable<'_>) -> Config {
    let mut root = Fields::new(report, "the configuration", table, 0..0);
    version(&mut root);
    let mode = root.choice("mode", &Mode::CHOICES).unwrap_or_default();
    let label = root.text("label").map(|label| label.into_inner().to_owned());
    let folder = location::folder(path);
    let (store, store_server) = store::read(&mut root, path, &folder);
    let time_zone = time_zone(&mut root);
    let default_domain = domain::read(&mut root);
    let declared = rules::declared(&root);
    let systems = systems::read(&mut root);
    let people = people::read(&mut root, &declared);
    let mut names = Vec::new();
    let accounts = accounts::read(&mut root, &systems, &declared, &people, &mut names);
    if people.is_empty() && !accounts.is_empty() {
        report.error(
            0..0,
            "there are account rules and no people",
            "add a `[[people]]` block that says who people are",
        );
    }
    let entitlements = rules::entitlements(&mut root, &declared, &accounts, &mut names);
    let mirrors = mirrors::read(&mut root, &declared, &people, &accounts, &mut names);
    let is_automatic = mode == Mode::Automatic
        || systems
            .values()
            .any(|system| system.mode == Some(Mode::Automatic));
    let (policy, roles) = match root.table("policy") {
        Some(mut table) => {
            let policy = policy::read(&mut table, &declared, is_automatic, &mut names);
            let roles = roles::read(&mut table);
            table.finish();
            (policy, roles)
        }
        None => Default::default(),
    };
    let rules = Rules {
        entitlements,
        mirrors,
        protected: rules::protected(&mut root, &declared),
        privileged: rules::privileged(&mut root, &declared),
        rails: guard::read(&mut root, &declared),
        policy,
        restraint: restraint::read(&mut root, &systems),
        people,
        accounts,
        time_zone,
        default_domain,
    };
    let allowed_signers = approvals::read(&mut root, &folder);
    let ui = ui::read(&mut root);
    let alerts = alerts::read(&mut root);
    root.not_yet(&["authority"]);
    root.finish();
    let (path, text) = (path.to_owned(), Arc::from(text));
    Config {
        path,
        folder,
        text,
        label,
        mode,
        systems,
        rules,
        store,
        store_server,
        allowed_signers,
        roles,
        ui,
        alerts,
        warnings: Errors::default(),
    }
}

fn syntax_problem(error: &toml::de::Error) -> Problem {
    Problem::error(error.span().unwrap_or(0..0), error.message())
}

fn version(root: &mut Fields<'_, '_, '_>) {
    let Some(value) = root.value("version") else {
        return;
    };
    if value.get_ref().as_integer().map(toml::de::DeInteger::as_str) != Some("1") {
        root.report.error(
            value.span(),
            "this usher understands version 1 of the configuration",
            "write `version = 1`",
        );
    }
}

fn time_zone(root: &mut Fields<'_, '_, '_>) -> String {
    let Some(zone) = root.text("time_zone") else {
        if root.value("time_zone").is_none() {
            let message = "no `time_zone` is given: last days end at midnight UTC";
            root.report
                .add(Problem::warning(0..0, message).hint("add `time_zone = \"Europe/Berlin\"`"));
        }
        return "UTC".to_owned();
    };
    let name = *zone.get_ref();
    if TimeZone::get(name).is_err() {
        let zones: Vec<_> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        let hint = match suggest::nearest(name, zones.iter().map(String::as_str)) {
            Some(zone) => format!("did you mean `{zone}`?"),
            None => "write an IANA name such as `Europe/Berlin`".to_owned(),
        };
        root.report
            .error(zone.span(), format!("there is no time zone `{name}`"), hint);
    }
    name.to_owned()
}
