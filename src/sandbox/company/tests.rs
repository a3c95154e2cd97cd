//! The company is deterministic, and loads into its servers.

use std::collections::HashSet;

use jiff::civil::date;

use super::{Company, working_day};

#[test]
fn the_company_is_the_same_each_time() {
    let day = date(2026, 3, 2);
    assert_eq!(
        Company::on_day(day, 5).csv().unwrap(),
        Company::on_day(day, 5).csv().unwrap()
    );
    assert_ne!(
        Company::on_day(day, 5).csv().unwrap(),
        Company::on_day(day, 6).csv().unwrap()
    );
    assert_eq!(working_day(date(2026, 3, 6), 1), date(2026, 3, 9));
    assert_eq!(Company::on_day(date(2026, 3, 6), 5).today(), date(2026, 3, 13));
}

#[test]
fn what_is_pending_is_there() {
    let company = Company::founded(date(2026, 3, 2));
    let workers = || company.workers.iter();
    assert!(
        (230..=270).contains(&company.workers.len()),
        "{}",
        company.workers.len()
    );
    let numbers: HashSet<&str> = workers().map(|worker| worker.number.as_str()).collect();
    assert_eq!(
        numbers.len(),
        company.workers.len(),
        "two workers have one number"
    );
    assert_eq!(
        workers().filter(|worker| worker.hired == company.today).count(),
        2
    );
    assert_eq!(
        workers()
            .filter(|worker| worker.status(company.today) == "terminated")
            .count(),
        3
    );
    assert_eq!(
        workers()
            .filter(|worker| worker.last_day == Some(company.today))
            .count(),
        1
    );
    assert_eq!(workers().filter(|worker| !worker.previous.is_empty()).count(), 1);
    let names: HashSet<String> = workers().map(super::worker::Worker::display).collect();
    assert_eq!(
        names.len() + 1,
        company.workers.len(),
        "only Anna Schmidt is there twice"
    );
}

#[test]
fn far_days_stay_in_order() {
    let company = Company::on_day(date(2026, 3, 2), 400);
    let numbers: HashSet<&str> = company
        .workers
        .iter()
        .map(|worker| worker.number.as_str())
        .collect();
    assert_eq!(numbers.len(), company.workers.len());
}
