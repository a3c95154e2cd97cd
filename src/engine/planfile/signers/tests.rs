use super::*;

const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIPL2onyy3jUcI+ZZPkzfSCJELiMHN1hT3tHYUmhltIS4";

fn find_at(options: &str, now: &str) -> Result<String, String> {
    let line = format!("# who may\n\nana@example.org {options} ssh-ed25519 {KEY} a comment\n");
    find(
        &line,
        &STANDARD.decode(KEY).unwrap(),
        now.parse().unwrap(),
        &TimeZone::UTC,
    )
}

fn admits_now(options: &str) -> bool {
    find_at(options, "2026-11-21T09:00:00Z").is_ok()
}

#[test]
fn whoever_has_the_key_is_found() {
    assert_eq!(find_at("", "2026-11-21T09:00:00Z").unwrap(), "ana@example.org");
    let other = STANDARD.decode(KEY.replace("PL2", "PL3")).unwrap();
    let line = format!("ana ssh-ed25519 {KEY}\n");
    assert!(find(&line, &other, Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_err());
}

#[test]
fn namespaces_are_a_limit() {
    assert!(admits_now("namespaces=\"plan@usher\""));
    assert!(admits_now("namespaces=\"git,plan@usher\""));
    assert!(admits_now("namespaces=\"*@usher\""));
    assert!(admits_now("NAMESPACES=\"plan@ushe?\""));
    assert!(!admits_now("namespaces=\"git\""));
    assert!(!admits_now("namespaces=\"git,file\""));
    assert!(!admits_now("namespaces=\"\""));
}

#[test]
fn time_is_a_limit() {
    assert!(admits_now("valid-after=\"20261121\",valid-before=\"20261122Z\""));
    assert!(!admits_now("valid-after=\"20261122\""));
    assert!(!admits_now("valid-before=\"20261121\""));
    assert!(find_at("valid-before=\"202611210901\"", "2026-11-21T09:00:59Z").is_ok());
    assert!(find_at("valid-before=\"202611210901\"", "2026-11-21T09:01:00Z").is_err());
    assert!(find_at("valid-before=\"20261121090130Z\"", "2026-11-21T09:01:29Z").is_ok());
    assert!(!admits_now("valid-before=\"tomorrow\""));
    assert!(!admits_now("valid-before=\"20261399\""));
}

#[test]
fn what_is_not_understood_lets_nobody_in() {
    assert!(!admits_now("cert-authority"));
    assert!(!admits_now("verify-required"));
    assert!(!admits_now("namespaces=\"plan@usher\",no-such-option"));
    assert!(!admits_now("namespaces"));
}

#[test]
fn a_later_line_may_let_in_whom_an_earlier_one_does_not() {
    let text = format!("old valid-before=\"20200101\" ssh-ed25519 {KEY}\n\"ana, boss\" ssh-ed25519 {KEY}\n");
    let now = "2026-11-21T09:00:00Z".parse().unwrap();
    let key = STANDARD.decode(KEY).unwrap();
    assert_eq!(find(&text, &key, now, &TimeZone::UTC).unwrap(), "ana, boss");
}
