//! The demo company: an LDAP and a SCIM server inside the process, on loopback.
//!
//! [`Sandbox::start`] founds ACME in a folder (an HR file, a configuration, secrets) and starts its directory and
//! its chat. They are real servers: usher's ordinary connectors speak to them over the wire.
//!
//! The company is founded on the eve of day 0, when all is in order but for what always wants a person. A plan made
//! then is what usher compares day 0 with: [`Sandbox::next_day`] brings its joiners, movers and leavers.

mod company;
mod folder;
pub mod ldap;
mod saver;
pub mod scim;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::Date;

use company::{Company, Drift};
use folder::{Folder, State};
use saver::Saver;

/// The time zone in the company's configuration.
pub const TIME_ZONE: &str = "Europe/Berlin";

/// Why the demo company did not start, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("the demo company cannot use {path} ({source}); choose another folder or free some space", path = path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A kept file does not hold what it should.
    #[error("{path} is damaged ({reason}); delete the folder to start the demo company afresh", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The HR file cannot be written as CSV.
    #[error("the demo company's HR file cannot be made ({0}); start the demo again")]
    Csv(#[from] csv::Error),
    /// The directory did not start.
    #[error(transparent)]
    Directory(#[from] ldap::Error),
    /// The chat did not start.
    #[error(transparent)]
    Chat(#[from] scim::Error),
}

/// How the demo company is founded.
#[derive(Debug, Clone)]
pub struct Options {
    /// The date of day 0; the company is founded on the day before.
    pub today: Date,
    /// The folder to keep everything in; a temporary one without. If it holds a company already, that one goes on,
    /// with its own date and day.
    pub keep: Option<PathBuf>,
    /// How long the servers hold back the answer to each write, so that a run can be watched; zero for none.
    pub write_latency: Duration,
}

/// A running company; dropping it saves what is kept and ends the servers.
pub struct Sandbox {
    state: Mutex<State>,
    // fields are dropped in this order: what is kept is saved before the servers end and the folder goes
    _saver: Option<Saver>,
    directory: Arc<ldap::Server>,
    chat: Arc<scim::Server>,
    folder: Folder,
}

impl Sandbox {
    /// Founds the company, or goes on with the kept one, and starts its servers on free ports (the same as last
    /// time where they are free). Needs a tokio runtime.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let folder = Folder::open(options.keep.as_deref())?;
        let kept = folder.load()?;
        let (mut state, ldif, seed) = match kept {
            Some(kept) => kept,
            None => Self::found(&folder, &options)?,
        };
        let token = folder.secret("chat")?;
        let latency = options.write_latency;
        let ldap_options = ldap::Options {
            write_latency: latency,
            port: state.ldap_port,
        };
        let directory = Arc::new(ldap::Server::start(&ldif, ldap_options).await?);
        let scim_options = scim::Options {
            write_latency: latency,
            port: state.scim_port,
        };
        let chat = Arc::new(scim::Server::start_with(&seed, &token, scim_options).await?);
        state.ldap_port = Some(directory.address().port());
        state.scim_port = Some(chat.address().port());
        folder.write_config(&directory.url(), &chat.url())?;
        folder.write("people.csv", &state.company().csv()?)?;
        let saver = if folder.is_kept() {
            folder.save_state(&state)?;
            Some(Saver::start(
                folder.path().to_owned(),
                Arc::clone(&directory),
                Arc::clone(&chat),
            ))
        } else {
            None
        };
        Ok(Self {
            state: Mutex::new(state),
            _saver: saver,
            directory,
            chat,
            folder,
        })
    }

    fn found(folder: &Folder, options: &Options) -> Result<(State, String, serde_json::Value), Error> {
        let company = Company::founded(options.today);
        let password = uuid::Uuid::new_v4().simple().to_string();
        folder.write_secret("ldap", &password)?;
        folder.write_secret("chat", &uuid::Uuid::new_v4().simple().to_string())?;
        let state = State {
            first_day: options.today,
            day: 0,
            eve: true,
            ldap_port: None,
            scim_port: None,
        };
        Ok((state, company.ldif(&password), company.chat()))
    }

    /// Lets a day pass, from the eve to day 0 or to the next working day: HR's file gets its news at once (it is
    /// replaced, never half written), and somebody changes things by hand in the directory and in the chat. Returns
    /// the new date.
    pub fn next_day(&self) -> Result<Date, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let next = State {
            day: if state.eve { 0 } else { state.day + 1 },
            eve: false,
            ..state.clone()
        };
        let company = next.company();
        self.folder.write("people.csv", &company.csv()?)?;
        if self.folder.is_kept() {
            self.folder.save_state(&next)?;
        }
        for drift in company.drift(next.day) {
            self.change_by_hand(drift);
        }
        *state = next;
        Ok(company.today())
    }

    fn change_by_hand(&self, drift: Drift) {
        match drift {
            Drift::Entry { dn, attribute, value } => {
                let change = ldap::Change {
                    kind: ldap::ChangeKind::Replace,
                    attribute: attribute.to_owned(),
                    values: value.map(String::into_bytes).into_iter().collect(),
                };
                // whoever it was may have moved or left meanwhile; then nobody changed anything
                let _ = self.directory.modify(&dn, &[change]);
            }
            Drift::User {
                name,
                attribute,
                value,
            } => {
                self.chat.set_user(&name, attribute, value.into());
            }
        }
    }

    /// Whether it is still the day before day 0: nothing has happened yet.
    pub fn is_eve(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).eve
    }

    /// The date HR speaks of.
    pub fn today(&self) -> Date {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.company().today()
    }

    /// How many writes the directory and the chat were asked for, by clients and by hand.
    pub fn writes(&self) -> (u64, u64) {
        (*self.directory.changes().borrow(), *self.chat.changes().borrow())
    }

    /// Everything in the directory, as LDIF.
    pub fn directory_ldif(&self) -> String {
        self.directory.to_ldif()
    }

    /// The folder with `people.csv`, `config.toml` and `secrets`.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration that connects usher to the company.
    pub fn config_path(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// The directory's address, `ldap://127.0.0.1:PORT`.
    pub fn ldap_url(&self) -> String {
        self.directory.url()
    }

    /// The chat's address, `http://127.0.0.1:PORT/scim/v2`.
    pub fn scim_url(&self) -> String {
        self.chat.url()
    }
}
