//! `[systems]`: which systems there are, and what is checked of them beyond the types of their sections.

use std::ops::Range;

use indexmap::IndexMap;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Mode, System,
    problem::Problem,
    restraint,
    section::SectionReader,
    suggest,
    table::{Fields, Report, Value},
};
use crate::{
    connectors::{
        ldap,
        section::{CONNECTORS, Section},
    },
    model::SystemName,
};

/// Reads `[systems]`.
pub(super) fn read(root: &mut Fields<'_, '_, '_>) -> IndexMap<SystemName, System> {
    let report = root.report;
    let Some(value) = root.value("systems") else {
        report.error(
            0..0,
            "no system is configured",
            "add a section like `[systems.hr]` with `connector = \"csv\"`",
        );
        return IndexMap::new();
    };
    let Some(systems) = Fields::open(report, "`systems`", value) else {
        return IndexMap::new();
    };
    systems
        .entries()
        .filter_map(|(name, value)| Some((SystemName::from(*name.get_ref()), system(report, &name, value)?)))
        .collect()
}

fn system(report: &Report<'_>, name: &Spanned<&str>, value: &Value<'_>) -> Option<System> {
    let text = *name.get_ref();
    if text == "people" || text.trim().is_empty() || text.chars().any(char::is_control) {
        report.error(
            name.span(),
            format!("a system cannot be called `{text}`"),
            "give it another name",
        );
    }
    let what = format!("system `{text}`");
    let mut fields = Fields::open(report, what.as_str(), value)?;
    let mode = fields.choice("mode", &Mode::CHOICES);
    let tolerance = restraint::percent(&mut fields, "tolerance");
    let connector = fields.required("connector", "\"…\"");
    let DeValue::Table(table) = value.get_ref() else {
        return None;
    };
    let mut section = table.clone();
    section.remove("connector");
    section.remove("mode");
    section.remove("tolerance");
    let reader = SectionReader {
        report,
        what: &what,
        header: value.span(),
    };
    let section = match *connector.as_ref()?.get_ref() {
        "csv" => Section::Csv(reader.read(section)?),
        name @ ("ldap" | "active-directory") => {
            // a certificate, or the socket of a server on this machine, says who usher is as well
            let local = section.get("url").and_then(|url| url.get_ref().as_str());
            if !section.contains_key("client_certificate")
                && !local.is_some_and(|url| url.starts_with("ldapi:"))
            {
                for key in ["bind_dn", "password"]
                    .into_iter()
                    .filter(|key| !section.contains_key(*key))
                {
                    reader.missing(key);
                }
            }
            if name == "ldap" {
                Section::Ldap(reader.read(section)?)
            } else {
                Section::ActiveDirectory(reader.read(section)?)
            }
        }
        "scim" => Section::Scim(reader.read(section)?),
        unknown => {
            let message = format!("{what} has an unknown connector `{unknown}`");
            report.error(connector?.span(), message, suggest::hint(unknown, CONNECTORS));
            return None;
        }
    };
    Check {
        report,
        what: &what,
        table,
        header: value.span(),
    }
    .section(&section);
    Some(System {
        name: text.into(),
        section,
        mode,
        tolerance,
        span: value.span(),
    })
}

/// What is checked of a section that its types cannot say.
struct Check<'a, 't, 'i> {
    report: &'a Report<'t>,
    what: &'a str,
    table: &'a DeTable<'i>,
    header: Range<usize>,
}

impl Check<'_, '_, '_> {
    /// Checks what a connector's types cannot say.
    fn section(&self, section: &Section) {
        match section {
            Section::Csv(_) => {}
            Section::Ldap(ldap) => self.ldap(ldap),
            Section::ActiveDirectory(domain) => self.ldap(&domain.directory()),
            Section::Scim(scim) => {
                self.url(&scim.url, &["https", "http"]);
                self.in_clear(&scim.url, "http", "write `https://`");
                self.zero("page_size", scim.page_size as u64);
                self.zero("timeout", scim.timeout);
                self.zero("in_flight", scim.in_flight as u64);
            }
        }
    }

    fn zero(&self, key: &str, value: u64) {
        if value == 0 {
            let message = format!("`{key}` of {} cannot be 0", self.what);
            self.report
                .error(self.at(key), message, "leave it out for the default");
        }
    }

    /// Checks what the types of a directory's section cannot say.
    fn ldap(&self, ldap: &ldap::Section) {
        for url in ldap.url.each() {
            self.url(url, &["ldaps", "ldap", "ldapi"]);
            if !ldap.start_tls {
                self.in_clear(url, "ldap", "write `ldaps://`, or add `start_tls = true`");
            }
        }
        self.zero("page_size", u64::from(ldap.page_size));
        self.zero("timeout", ldap.timeout);
        for (key, number, most) in [
            ("in_flight", ldap.in_flight, 64),
            ("connections", ldap.connections, 16),
        ] {
            if !(1..=most).contains(&number) {
                let message = format!("`{key}` of {} must be from 1 to {most}", self.what);
                self.report
                    .error(self.at(key), message, "leave it out for the default");
            }
        }
        if ldap.start_tls && ldap.url.each().any(|url| url.starts_with("ldaps:")) {
            let message = format!(
                "{} has `start_tls` on a connection that is TLS already",
                self.what
            );
            self.report.error(
                self.at("start_tls"),
                message,
                "take `start_tls` out, or write `ldap://`",
            );
        }
    }

    fn url(&self, text: &str, schemes: &[&str]) {
        let span = self.at("url");
        let example = format!(
            "write it as `{}://host.example.org`",
            schemes.first().copied().unwrap_or_default()
        );
        match url::Url::parse(text) {
            Ok(url) if url.password().is_some() => {
                let message = format!("`url` of {} has a password in it", self.what);
                self.report.error(
                    span,
                    message,
                    "take it out of the address, and refer to it by its own key",
                );
            }
            Ok(url)
                if schemes.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty()) => {
            }
            Ok(_) => self.report.error(
                span,
                format!(
                    "`url` of {} must begin with {}",
                    self.what,
                    suggest::list(schemes.iter().map(|it| format!("{it}://")))
                ),
                example,
            ),
            Err(error) => {
                self.report.error(
                    span,
                    format!("`url` of {} is no address: {error}", self.what),
                    example,
                );
            }
        }
    }

    /// Warns of credentials that would cross the network in clear.
    fn in_clear(&self, text: &str, scheme: &str, hint: &str) {
        let Ok(url) = url::Url::parse(text) else { return };
        let host = url.host_str().unwrap_or_default();
        let here = host == "localhost" || host.starts_with("127.") || host == "[::1]";
        if url.scheme() == scheme && !here {
            let message = format!(
                "{} is reached without TLS: the credentials can be read on the way",
                self.what
            );
            self.report
                .add(Problem::warning(self.at("url"), message).hint(hint));
        }
    }

    fn at(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or(self.header.clone(), Spanned::span)
    }
}
