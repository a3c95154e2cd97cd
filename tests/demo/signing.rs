//! Signatures on plan files, made as `ssh-keygen -Y sign -n plan@usher` makes them.

use std::{fs, path::Path};

use aws_lc_rs::{
    digest::{SHA256, SHA512, digest},
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};

use super::{
    command_line::CommandLine,
    plan_files::{on_day_one, refused},
};

/// Somebody with a key.
struct Signer(Ed25519KeyPair);

fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&u32::try_from(part.len()).unwrap().to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

impl Signer {
    fn new() -> Self {
        Self(Ed25519KeyPair::generate().unwrap())
    }

    fn key(&self) -> Vec<u8> {
        strings(&[b"ssh-ed25519", self.0.public_key().as_ref()])
    }

    /// The line of an `allowed_signers` file.
    fn line(&self, principal: &str) -> String {
        format!("{principal} ssh-ed25519 {}\n", STANDARD.encode(self.key()))
    }

    fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(digest(&SHA256, &self.key())))
    }

    /// Signs a file; the signature is put beside it.
    fn sign(&self, file: &Path, namespace: &str) {
        let hash = digest(&SHA512, &fs::read(file).unwrap());
        let space = namespace.as_bytes();
        let message = [b"SSHSIG", &strings(&[space, b"", b"sha512", hash.as_ref()])[..]].concat();
        let signature = strings(&[b"ssh-ed25519", self.0.sign(&message).as_ref()]);
        let parts = strings(&[&self.key(), space, b"", b"sha512", &signature]);
        let blob = [b"SSHSIG", &1_u32.to_be_bytes()[..], &parts].concat();
        let text = STANDARD.encode(blob);
        let lines: Vec<_> = text.as_bytes().chunks(70).map(String::from_utf8_lossy).collect();
        let armoured = format!(
            "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
            lines.join("\n")
        );
        fs::write(file.with_file_name("day.plan.sig"), armoured).unwrap();
    }
}

fn allow(line: &CommandLine, signers: &str) {
    let mut config = fs::read_to_string(&line.config).unwrap();
    if !config.contains("[approvals]") {
        config.push_str("\n[approvals]\nallowed_signers = \"signers\"\n");
        fs::write(&line.config, config).unwrap();
    }
    fs::write(line.sandbox.dir().join("signers"), signers).unwrap();
}

#[tokio::test]
async fn a_signed_plan_file_is_approved() {
    let (line, file) = on_day_one().await;
    let ana = Signer::new();
    ana.sign(&file, "plan@usher");
    let said = refused_by_the_command(&line).await;
    assert!(said.contains("allowed_signers"), "{said}");
    allow(&line, &ana.line("ana@example.org"));
    let (code, said) = line.run(&["apply", "day.plan"]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(line.code(&["plan"]).await, 0, "all of it was applied");
    let records = line.json(&["audit", "log", "-n", "1000"]).await.to_string();
    assert!(records.contains("ana@example.org (SSH key SHA256:"), "{records}");
    assert!(records.contains(&ana.fingerprint()), "{records}");
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}

async fn refused_by_the_command(line: &CommandLine) -> String {
    let before = line.sandbox.writes();
    let (code, said) = line.run(&["apply", "day.plan"]).await;
    assert_eq!((code, line.sandbox.writes()), (1, before), "{said}");
    said
}

#[tokio::test]
async fn a_signature_that_does_not_count_approves_nothing() {
    let (line, file) = on_day_one().await;
    let (ana, eve) = (Signer::new(), Signer::new());
    allow(&line, &ana.line("ana@example.org"));

    ana.sign(&file, "git");
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("made for “git”, not for plan files"), "{said}");

    eve.sign(&file, "plan@usher");
    let said = refused(&line, "day.plan").await;
    assert!(
        said.contains("nobody who may approve has the key") && said.contains(&eve.fingerprint()),
        "{said}"
    );

    ana.sign(&file, "plan@usher");
    let genuine = fs::read_to_string(&file).unwrap();
    fs::write(&file, genuine.replacen("\"why\":\"", "\"why\":\"really, ", 1)).unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("altered after it was signed"), "{said}");
    fs::write(&file, &genuine).unwrap();

    allow(
        &line,
        &format!("ana valid-before=\"20200101\" {}", ana.line("").trim_start()),
    );
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("it counted until 2020-01-01"), "{said}");

    // a refused signature is no approval: even without it nothing is decided
    fs::remove_file(line.sandbox.dir().join("day.plan.sig")).unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("not decided"), "{said}");
}

#[tokio::test]
async fn a_signature_does_not_overrule_a_decision() {
    let (line, file) = on_day_one().await;
    let shown = line.json(&["show"]).await;
    let id = shown["rows"][0]["id"].as_str().unwrap();
    assert_eq!(line.code(&["reject", id, "--reason", "not now"]).await, 0);
    let ana = Signer::new();
    allow(&line, &ana.line("ana@example.org"));
    ana.sign(&file, "plan@usher");
    line.code(&["apply", "day.plan"]).await;
    let shown = line.json(&["show"]).await;
    let rows = shown["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(row["state"], "rejected");
}

#[tokio::test]
async fn a_signature_is_one_of_the_two_approvals_that_policy_demands() {
    let (line, file) = on_day_one().await;
    let ana = Signer::new();
    allow(&line, &ana.line("ana@example.org"));
    let config = fs::read_to_string(&line.config).unwrap();
    let policy = "\n[[policy.rules]]\nname = \"leavers\"\nneeds = \"two\"\nkinds = [\"disable\"]\nin = \"directory\"\n";
    fs::write(&line.config, config + policy).unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(line.run(&["plan", "-o", "day.plan"]).await.0, 2);

    ana.sign(&file, "plan@usher");
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("one more") || said.contains("two"), "{said}");
    // the second one, on the command line
    assert_eq!(line.code(&["approve", "--all"]).await, 0);
    let (code, said) = line.run(&["apply", "day.plan"]).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(line.code(&["plan"]).await, 0, "all of it was applied");
    let records = line
        .json(&["audit", "log", "-n", "1000", "approve", "disable", "directory"])
        .await;
    let records = records.as_array().unwrap();
    let signed = |record: &serde_json::Value| {
        let user = record["entry"]["actor"]["user"].as_str().unwrap();
        user.starts_with("ana@example.org")
    };
    let approvals = records
        .iter()
        .filter(|record| record["entry"]["action"] == "approve");
    let (by_ana, by_other): (Vec<_>, Vec<_>) = approvals.partition(|record| signed(record));
    assert!(!by_ana.is_empty(), "{records:?}");
    assert_eq!(by_ana.len(), by_other.len(), "each by both: {records:?}");
    assert_eq!(line.code(&["audit", "verify"]).await, 0);
}

/// `ssh-keygen` with arguments, in the company's folder and without an agent; must work.
fn ssh_keygen(line: &CommandLine, arguments: &[&str]) {
    let mut command = std::process::Command::new("ssh-keygen");
    command
        .current_dir(line.sandbox.dir())
        .env_remove("SSH_AUTH_SOCK");
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// Makes a key without a passphrase; returns its line of an `allowed_signers` file.
fn keygen(line: &CommandLine, kind: &str, name: &str) -> String {
    ssh_keygen(line, &["-q", "-t", kind, "-N", "", "-C", "", "-f", name]);
    let public = fs::read_to_string(line.sandbox.dir().join(format!("{name}.pub"))).unwrap();
    format!("{name}@example.org {}\n", public.trim())
}

/// Signs the plan file with the command; the program that signs is the real one.
async fn approve_with(line: &CommandLine, key: &str) -> (i32, String) {
    let _ = fs::remove_file(line.sandbox.dir().join("day.plan.sig"));
    let mut command = line.usher(&["approve", "--plan", "day.plan", "--sign", key]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test]
#[ignore = "needs ssh-keygen: run tests/run"]
async fn the_real_ssh_keygen_signs_an_approval() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let (line, _) = on_day_one().await;
        let ana = keygen(&line, kind, "ana");
        allow(&line, &ana);
        let (code, said) = approve_with(&line, "ana").await;
        assert_eq!(code, 0, "{kind}: {said}");
        assert!(said.contains("operations approved by day.plan.sig"), "{said}");
        // one that is there is not replaced
        let again = ["approve", "--plan", "day.plan", "--sign", "ana"];
        let (code, said) = line.run(&again).await;
        assert!(code == 1 && said.contains("move it away"), "{said}");
        let (code, said) = line.run(&["apply", "day.plan"]).await;
        assert_eq!(code, 0, "{kind}: {said}");
        assert_eq!(line.code(&["plan"]).await, 0, "all of it was applied");
        let records = line.json(&["audit", "log", "-n", "1000"]).await.to_string();
        assert!(records.contains("ana@example.org (SSH key SHA256:"), "{records}");
        assert_eq!(line.code(&["audit", "verify"]).await, 0);
    }
}

#[tokio::test]
#[ignore = "needs ssh-keygen: run tests/run"]
async fn what_the_real_ssh_keygen_signs_otherwise_approves_nothing() {
    let (line, file) = on_day_one().await;
    let (ana, _eve) = (keygen(&line, "ed25519", "ana"), keygen(&line, "ed25519", "eve"));
    allow(&line, &ana);

    let (code, said) = approve_with(&line, "nobody").await;
    assert!(code == 1 && said.contains("has not signed"), "{said}");
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("not decided"), "{said}");

    // the wrong key
    assert_eq!(approve_with(&line, "eve").await.0, 0);
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("nobody who may approve has the key"), "{said}");

    // the wrong namespace
    fs::remove_file(line.sandbox.dir().join("day.plan.sig")).unwrap();
    ssh_keygen(
        &line,
        &["-Y", "sign", "-q", "-n", "file", "-f", "ana", "day.plan"],
    );
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("made for “file”, not for plan files"), "{said}");

    // an altered plan
    assert_eq!(approve_with(&line, "ana").await.0, 0);
    let genuine = fs::read_to_string(&file).unwrap();
    fs::write(&file, genuine.replacen("\"why\":\"", "\"why\":\"really, ", 1)).unwrap();
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("altered after it was signed"), "{said}");
    // and nobody signs one that is not whole
    let (code, _) = approve_with(&line, "ana").await;
    assert_eq!(code, 1);
    fs::write(&file, &genuine).unwrap();

    // an approval that has expired
    assert_eq!(approve_with(&line, "ana").await.0, 0);
    let (who, key) = ana.split_once(' ').unwrap();
    allow(&line, &format!("{who} valid-before=\"20200101\" {key}"));
    let said = refused(&line, "day.plan").await;
    assert!(said.contains("it counted until 2020-01-01"), "{said}");
    allow(&line, &format!("{who} namespaces=\"git\" {key}"));
    refused(&line, "day.plan").await;

    // as it should be: the same signature counts
    allow(&line, &ana);
    assert_eq!(line.code(&["apply", "day.plan"]).await, 0);
}
