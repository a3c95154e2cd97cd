//! The same against a 389 Directory Server: it numbers its changes, and names entries by `nsUniqueId`.

use std::fmt::Write as _;

use super::{Access, Watched, a_life, added, brought, changed, deleted};
use crate::support::ds389::{Ds389, MANAGER, PASSWORD};

struct Branch {
    ldap: Ds389,
    folder: tempfile::TempDir,
}

impl Branch {
    fn keeping(changes: &str) -> Self {
        let branch = Self {
            ldap: Ds389::keeping(changes),
            folder: tempfile::tempdir().unwrap(),
        };
        let mut people = String::new();
        for number in 0..30 {
            write!(people, "{}", added(&format!("p{number}"))).unwrap();
        }
        branch.modify(&people);
        branch
    }

    fn modify(&self, ldif: &str) {
        let file = self.folder.path().join("changes.ldif");
        std::fs::write(&file, ldif).unwrap();
        self.ldap.ldapmodify(&file);
    }

    fn access<'a>(&self, anchor: &'a str, increments: &'a str) -> Access<'a> {
        Access {
            url: self.ldap.url(),
            bind_dn: MANAGER.to_owned(),
            password: PASSWORD,
            anchor,
            disable: "ns-account-lock",
            increments,
        }
    }
}

#[tokio::test]
#[ignore = "needs 389 Directory Server"]
async fn by_content_synchronisation() {
    let branch = Branch::keeping("1");
    let mut watched = Watched::new(&branch.access("nsUniqueId", "sync")).await;
    a_life(&mut watched, &|ldif| branch.modify(ldif), true).await;
}

#[tokio::test]
#[ignore = "needs 389 Directory Server"]
async fn by_the_change_log() {
    let branch = Branch::keeping("1");
    let mut watched = Watched::new(&branch.access("nsUniqueId", "changelog")).await;
    a_life(&mut watched, &|ldif| branch.modify(ldif), true).await;
}

#[tokio::test]
#[ignore = "needs 389 Directory Server"]
async fn by_a_change_log_that_names_places_only() {
    let branch = Branch::keeping("wrong");
    let mut watched = Watched::new(&branch.access("nsUniqueId", "changelog")).await;
    a_life(&mut watched, &|ldif| branch.modify(ldif), true).await;
}

#[tokio::test]
#[ignore = "needs 389 Directory Server"]
async fn by_time_stamps() {
    let branch = Branch::keeping("");
    let mut watched = Watched::new(&branch.access("nsUniqueId", "auto")).await;
    a_life(&mut watched, &|ldif| branch.modify(ldif), false).await;
}

/// Without its setting the server tells that nothing changed, and goes on from there: only a read of everything shows
/// what was lost.
#[tokio::test]
#[ignore = "needs 389 Directory Server"]
async fn what_a_wrongly_set_server_keeps_silent_about_is_found_by_a_full_read() {
    let branch = Branch::keeping("wrong");
    let mut watched = Watched::new(&branch.access("nsUniqueId", "sync")).await;
    let dn = |uid: &str| format!("uid={uid},ou=people,dc=example,dc=com");
    branch.modify(&(changed(&dn("p1"), "title", "Boss") + &deleted(&dn("p2"))));
    assert_eq!(watched.changes_told().await, brought(0, 0));
    watched.read_everything().await;
    watched.compare().await;
}
