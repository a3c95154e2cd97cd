//! Signatures that OpenSSH made, and what must not pass for one.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use super::*;

const MESSAGE: &[u8] = include_bytes!("../../../../tests/data/signatures/message");
const SIGNERS: &str = include_str!("../../../../tests/data/signatures/allowed_signers");
const ED25519: &str = include_str!("../../../../tests/data/signatures/ed25519.sig");

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

fn check(message: &[u8], signature: &str, signers: &str) -> Result<Signer, Error> {
    let signed = Signed {
        signature: signature.to_owned(),
        signers: signers.to_owned(),
    };
    verify(message, &signed, now())
}

#[test]
fn signatures_of_every_kind_of_key_count() {
    let signatures = [
        ("ed25519", ED25519),
        (
            "ecdsa-256",
            include_str!("../../../../tests/data/signatures/ecdsa-256.sig"),
        ),
        (
            "ecdsa-384",
            include_str!("../../../../tests/data/signatures/ecdsa-384.sig"),
        ),
        (
            "ecdsa-521",
            include_str!("../../../../tests/data/signatures/ecdsa-521.sig"),
        ),
        (
            "rsa-3072",
            include_str!("../../../../tests/data/signatures/rsa-3072.sig"),
        ),
    ];
    for (kind, signature) in signatures {
        let signer = check(MESSAGE, signature, SIGNERS).unwrap();
        assert_eq!(signer.principal(), format!("{kind}@example.org"));
        let altered = check(b"a plam\n", signature, SIGNERS);
        assert!(matches!(altered, Err(Error::Altered(_))), "{kind}: {altered:?}");
    }
    let signer = check(MESSAGE, ED25519, SIGNERS).unwrap();
    // what `ssh-keygen -l` says of the key
    assert_eq!(signer.key(), "SHA256:7NXpKSlqp+LGplNl33nJ/beSAhHmjhHks840Teb+1cE");
}

#[test]
fn a_signature_for_something_else_does_not_count() {
    let other = include_str!("../../../../tests/data/signatures/other-namespace.sig");
    assert_eq!(
        check(MESSAGE, other, SIGNERS),
        Err(Error::Namespace("file".to_owned()))
    );
}

#[test]
fn a_key_that_nobody_has_does_not_count() {
    let others: String = SIGNERS.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let refused = check(MESSAGE, ED25519, &others);
    assert!(matches!(refused, Err(Error::Unknown { .. })), "{refused:?}");
    assert!(matches!(check(MESSAGE, ED25519, ""), Err(Error::Unknown { .. })));
}

#[test]
fn no_part_of_a_signature_may_be_missing_or_other() {
    let inner: String = ED25519.lines().filter(|line| !line.starts_with('-')).collect();
    let blob = STANDARD.decode(inner).unwrap();
    let armoured = |blob: &[u8]| format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(blob));
    assert!(check(MESSAGE, &armoured(&blob), SIGNERS).is_ok());
    for length in 0..blob.len() {
        assert!(
            check(MESSAGE, &armoured(&blob[..length]), SIGNERS).is_err(),
            "{length}"
        );
    }
    for at in 0..blob.len() {
        let mut other = blob.clone();
        other[at] ^= 0x01;
        assert!(check(MESSAGE, &armoured(&other), SIGNERS).is_err(), "octet {at}");
    }
    for text in [
        "",
        BEGIN,
        END,
        "-----BEGIN SSH SIGNATURE-----\n!!\n-----END SSH SIGNATURE-----",
    ] {
        assert!(
            matches!(check(MESSAGE, text, SIGNERS), Err(Error::Unreadable(_))),
            "{text}"
        );
    }
}

/// A signature as a hardware token makes it, with these flags.
fn from_token(flags: u8) -> (String, String) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let (kind, application) = (b"sk-ssh-ed25519@openssh.com", b"ssh:");
    let mut key = Vec::new();
    for part in [&kind[..], pair.public_key().as_ref(), application] {
        wire::put_string(&mut key, part);
    }
    let mut signed = MAGIC.to_vec();
    for part in [
        NAMESPACE.as_bytes(),
        b"",
        b"sha512",
        digest(&SHA512, MESSAGE).as_ref(),
    ] {
        wire::put_string(&mut signed, part);
    }
    let mut inner = digest(&SHA256, application).as_ref().to_vec();
    inner.extend_from_slice(&[flags, 0, 0, 0, 7]);
    inner.extend_from_slice(digest(&SHA256, &signed).as_ref());
    let mut signature = Vec::new();
    wire::put_string(&mut signature, kind);
    wire::put_string(&mut signature, pair.sign(&inner).as_ref());
    signature.extend_from_slice(&[flags, 0, 0, 0, 7]);
    let mut blob = MAGIC.to_vec();
    blob.extend_from_slice(&1_u32.to_be_bytes());
    for part in [&key[..], NAMESPACE.as_bytes(), b"", b"sha512", &signature] {
        wire::put_string(&mut blob, part);
    }
    let signers = format!("ana sk-ssh-ed25519@openssh.com {}\n", STANDARD.encode(&key));
    (format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(blob)), signers)
}

#[test]
fn a_token_counts_if_somebody_touched_it() {
    let (signature, signers) = from_token(PRESENCE);
    assert_eq!(check(MESSAGE, &signature, &signers).unwrap().principal(), "ana");
    let (signature, signers) = from_token(0);
    assert!(check(MESSAGE, &signature, &signers).is_err());
}

const PRESENCE: u8 = 1;
