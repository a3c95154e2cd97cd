//! `store`: a file on a local disk, or a server for several admins.

use std::path::{Path, PathBuf};

use toml::{Spanned, de::DeValue};
use url::Url;

use super::{location, table::Fields};
use crate::connectors::secret::SecretSource;

/// A store on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreServer {
    /// `postgres://user@host/database`, without a password.
    pub url: String,
    /// Where the password is found, if not where the server's own tools look for it.
    pub password: Option<SecretSource>,
}

/// Reads `store`: the file of the embedded store, beside which lies what belongs to this machine also when the store
/// is on a server; and the server. Relative paths start from `folder`.
pub(super) fn read(
    root: &mut Fields<'_, '_, '_>,
    path: &Path,
    folder: &Path,
) -> (PathBuf, Option<StoreServer>) {
    let beside = location::default_store(path);
    let is_table = root
        .value("store")
        .is_some_and(|value| matches!(value.get_ref(), DeValue::Table(_)));
    if is_table {
        let server = root.table("store").and_then(server);
        return (beside, server);
    }
    match root.text("store") {
        None => (beside, None),
        Some(store) if store.get_ref().contains("://") => {
            let server = url(root, &store).map(|url| StoreServer { url, password: None });
            (beside, server)
        }
        Some(store) => (folder.join(Spanned::into_inner(store)), None),
    }
}

fn server(mut table: Fields<'_, '_, '_>) -> Option<StoreServer> {
    let given = table.required("url", "postgres://usher@db.example.org/usher");
    let url = given.and_then(|given| url(&table, &given));
    let password = table.table("password").and_then(secret);
    table.finish();
    Some(StoreServer { url: url?, password })
}

fn secret(mut table: Fields<'_, '_, '_>) -> Option<SecretSource> {
    let variable = table
        .text("env")
        .map(|name| SecretSource::Env(name.into_inner().to_owned()));
    let file = table
        .text("file")
        .map(|path| SecretSource::File(path.into_inner().into()));
    let command = table.texts("command").map(|words| {
        let words = words.into_iter().map(|word| word.into_inner().to_owned());
        SecretSource::Command(words.collect())
    });
    let found = variable.or(file).or(command);
    if found.is_none() {
        table.missing("env", "USHER_STORE_PASSWORD");
    }
    table.finish();
    found
}

/// Takes the address of a server; one that holds a password is refused without repeating it.
fn url(fields: &Fields<'_, '_, '_>, text: &Spanned<&str>) -> Option<String> {
    let form = "write it as `postgres://user@host/database`";
    let url = match Url::parse(text.get_ref()) {
        Ok(url) if url.password().is_some() => {
            let hint = "use `store = { url = \"…\", password = { env = \"…\" } }`, PGPASSWORD or ~/.pgpass";
            fields.report.error(0..0, "`store` holds a password", hint);
            return None;
        }
        Ok(url) => url,
        // what cannot be read may still hold a password
        Err(error) => {
            let message = format!("the address of `store` cannot be read: {error}");
            fields.report.error(0..0, message, form);
            return None;
        }
    };
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        let message = format!("a store cannot be on a server that speaks `{}`", url.scheme());
        fields.report.error(text.span(), message, form);
        return None;
    }
    if url.username().is_empty() || url.path().trim_matches('/').is_empty() {
        fields
            .report
            .error(text.span(), "`store` names no user or no database", form);
        return None;
    }
    Some((*text.get_ref()).to_owned())
}
