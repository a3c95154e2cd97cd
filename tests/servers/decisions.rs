//! What a change in the source does to an account, one row each, against a directory: what HR says day by day, and how
//! the entries stand when everything that was planned is approved and applied.

mod case;
mod rows;

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use self::{case::Case, rows::ROWS};
use crate::support::openldap::OpenLdap;

/// How many rows are lived through at once.
const AT_ONCE: usize = 4;

#[test]
#[ignore = "needs OpenLDAP"]
fn each_row_of_the_table_against_a_directory() {
    let ldap = OpenLdap::options().overlays("memberof refint ppolicy").start();
    let wrong = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(row) = ROWS.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let number = ROWS.iter().position(|other| other.name == row.name);
                    let case = Case::new(&ldap, row, number.unwrap_or_default());
                    if let Err(message) = case.live() {
                        wrong.lock().unwrap().push(format!("{}: {message}", row.name));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
