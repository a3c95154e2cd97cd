//! First passwords.

use secrecy::SecretString;
use usher::connectors::Secret;

use super::*;

#[tokio::test]
#[ignore = "needs OpenLDAP"]
async fn a_new_account_is_given_a_password() {
    let server = Server::start();
    let system = server.open(&server.section());
    let mut write = create(person(1));
    if let Write::Create { secrets, .. } = &mut write {
        secrets.push("userPassword".to_owned());
    }
    assert!(!system.command(&write).contains("first"));
    let written = system.write(&write).await.unwrap();
    let made = object(&written, "inetOrgPerson");
    for password in ["first-Passw0rd", "second \"Passw0rd\" ü"] {
        let secrets = [Secret {
            attribute: "userPassword".to_owned(),
            value: SecretString::from(password),
        }];
        assert!(!format!("{secrets:?}").contains("assw0rd"));
        system.set_secrets(&write, &made, &secrets).await.unwrap();
        assert!(server.binds(&made.location, password));
        assert!(!server.binds(&made.location, "wrong"));
        // the server keeps a hash: it was told the password, not a value
        let seen = server.seen(&made.location, "(objectClass=*)", &["userPassword"]);
        assert!(seen.contains("userPassword:: e1NTSEF9"), "{seen}");
    }
    // an interrupted create is found, whatever became of its password
    assert!(matches!(system.settle(&write).await, Settled::Done(_)));

    let gone = ObjectRef {
        anchor: "00000000-0000-0000-0000-000000000000".into(),
        ..made
    };
    let nobody = system.set_secrets(&write, &gone, &[]).await;
    assert!(matches!(nobody, Err(WriteError::Conflict(_))), "{nobody:?}");
}
