//! Keeps the rules of one schema out of each other's way: in usher every rule is asked about everybody.

use super::Account;
use crate::config::entra::{filter::both, origin::quoted, people::People, systems::Kind, translate::Remarks};

/// Keeps rules apart that would give one person two accounts in one system, and people of one source from another's.
pub(in crate::config::entra) fn tell_apart(
    accounts: &mut [Account],
    people: &[People],
    remarks: &mut Remarks<'_>,
) {
    for at in 0..accounts.len() {
        if accounts[at].reads_accounts {
            continue;
        }
        let own = &accounts[at];
        let mut others: Vec<String> = accounts
            .iter()
            .filter(|other| {
                !other.reads_accounts
                    && other.source_directory == own.source_directory
                    && other.system == own.system
                    && other.source_object != own.source_object
            })
            .map(|other| other.source_object.clone())
            .collect();
        others.sort();
        others.dedup();
        let block = people.iter().find(|people| people.reads(&own.source_directory));
        let account = &mut accounts[at];
        if let Some(block) = block.filter(|_| people.len() > 1) {
            account.also(&block.only());
        }
        if others.is_empty() {
            continue;
        }
        if block.is_some_and(|block| block.kind == Kind::ActiveDirectory) {
            account.by_class(&others);
        } else {
            let reason = format!(
                "{} and {} both become accounts in `{}`: say in `scope` who gets which",
                account.source_object,
                others.join(", "),
                account.system
            );
            remarks.left_out(&account.path.clone(), reason);
        }
    }
    first_active_wins(accounts, remarks);
}

impl Account {
    /// Narrows the scope.
    fn also(&mut self, condition: &str) {
        self.scope = both(self.scope.take(), Some(condition.to_owned()));
    }

    fn by_class(&mut self, others: &[String]) {
        self.read("[objectClass]");
        let own = format!("[objectClass] = {}", quoted(&self.source_object));
        self.also(&own);
        // every inetOrgPerson is a user too
        if self.source_object.eq_ignore_ascii_case("user") {
            for other in others {
                self.also(&format!("not ([objectClass] = {})", quoted(other)));
            }
        }
    }
}

/// People are employed or not, whatever account they get: of several answers the first one counts.
fn first_active_wins(accounts: &mut [Account], remarks: &mut Remarks<'_>) {
    for at in 1..accounts.len() {
        let (before, rest) = accounts.split_at_mut(at);
        let Some(account) = rest.first_mut() else { continue };
        let first = before
            .iter()
            .filter(|other| other.source_directory == account.source_directory)
            .find_map(|other| other.active.as_ref());
        let (Some(first), Some(own)) = (first, &account.active) else {
            continue;
        };
        if first != own {
            let reason =
                format!("people count as active if {first}; that this mapping asks {own} is not said");
            remarks.left_out(&account.path, reason);
        }
        account.active = None;
    }
}
