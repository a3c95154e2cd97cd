//! Schemas, and what is made of them.

use super::*;
use crate::model::{Comparison, ValueType};

fn facts() -> Facts {
    let list = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect::<Vec<_>>()
    };
    let mut facts = Facts::default();
    facts.subschema(&Entry {
        dn: "cn=Subschema".to_owned(),
        attributes: vec![
            ("attributeTypes".to_owned(), list(&[
                "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
                "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'a ) b' SUP name )",
                "( 1.2.3 NAME 'n' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE NO-USER-MODIFICATION )",
                "( 1.2.4 NAME 'loop' SUP loop )",
                "( 1.2.6 NAME 'uniqueMember' EQUALITY uniqueMemberMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.34 )",
                "( 1.2.7 NAME 'badge' EQUALITY numericStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.36 )",
                "( 1.2.840.113556.1.4.96 NAME 'pwdLastSet' SYNTAX '1.2.840.113556.1.4.906' SINGLE-VALUE )",
                "( 1.2.5 NAME 'photo' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
            ])),
            ("objectClasses".to_owned(), list(&[
                "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( photo $ n ) )",
                "( 2.5.6.7 NAME 'inetOrgPerson' SUP person MAY mail )",
                "( 1.2.8 NAME 'badgeHolder' SUP top AUXILIARY MUST ( badge $ objectClass ) )",
            ])),
        ],
    });
    facts
}

#[test]
fn attributes_inherit_from_their_superior() {
    let facts = facts();
    let column = facts.column("commonname");
    assert_eq!(
        (column.name.as_str(), column.comparison),
        ("cn", Comparison::IgnoreCase)
    );
    let number = facts.column("N");
    assert_eq!(
        (number.value_type, number.comparison),
        (ValueType::Integer, Comparison::Numeric)
    );
    assert!(!number.multi_valued && !number.writable);
    assert_eq!(facts.column("photo").value_type, ValueType::Binary);
    assert_eq!(facts.column("PHOTO;binary").value_type, ValueType::Binary);
    assert_eq!(
        facts.known("userCertificate;binary").value_type,
        ValueType::Binary
    );
    let german = facts.column("cn;lang-de");
    assert_eq!(
        (german.name.as_str(), german.comparison),
        ("cn;lang-de", Comparison::IgnoreCase)
    );
    assert_eq!(
        facts.column("uniqueMember").comparison,
        Comparison::DistinguishedName
    );
    assert_eq!(facts.column("uniqueMember").value_type, ValueType::Reference);
    // 007 is not 7 on a badge
    assert_eq!(facts.column("badge").comparison, Comparison::Digits);
    assert!(!facts.comparable("photo") && facts.comparable("cn") && !facts.comparable("loop"));
    assert_eq!(facts.column("manager").comparison, Comparison::DistinguishedName);
}

#[test]
fn what_is_known_of_an_attribute_is_the_same_each_time_and_in_each_spelling() {
    // attributes are found in another order each time
    for _ in 0..16 {
        let facts = facts();
        for name in ["pwdLastSet", "PWDLASTSET", "cn", "commonName", "N", "photo"] {
            let (known, column) = (facts.known(name), facts.column(name));
            assert_eq!(
                (known.value_type, known.comparison),
                (column.value_type, column.comparison),
                "{name}"
            );
        }
    }
}

#[test]
fn a_filter_says_which_classes_count() {
    let schema = facts().schema("(&(objectClass=inetOrgPerson)(x=y))", "entryUUID");
    let names: Vec<_> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "mail",
            "sn",
            "cn",
            "photo",
            "n",
            "entryUUID",
            "memberOf",
            "createTimestamp",
            "modifyTimestamp"
        ]
    );
    assert!(schema.columns[2].required && !schema.columns[0].required);
    let asked = ["mail".to_owned(), "commonName".to_owned()];
    let some = facts().columns(&asked, &[], "(objectClass=inetOrgPerson)", "entryUUID");
    assert_eq!(some.columns.len(), 2);
    assert!(some.columns[1].required && !some.columns[0].required);
}

#[test]
fn what_the_classes_of_new_objects_demand_is_known() {
    let facts = facts();
    let asked = ["mail".to_owned()];
    let classes = [
        vec!["inetOrgPerson".to_owned(), "badgeHolder".to_owned()],
        vec!["person".to_owned()],
    ];
    let schema = facts.columns(&asked, &classes, "(objectClass=inetOrgPerson)", "entryUUID");
    let demanded: Vec<_> = schema
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.required_by.join(" ")))
        .collect();
    assert_eq!(
        demanded,
        [
            ("mail", String::new()),
            ("sn", "inetOrgPerson person".to_owned()),
            ("cn", "inetOrgPerson person".to_owned()),
            ("badge", "badgeHolder".to_owned()),
            ("objectClass", String::new()),
        ]
    );
    // nothing is read for auxiliary classes where there are none
    let plain = facts.columns(&asked, &classes[1..], "(objectClass=inetOrgPerson)", "entryUUID");
    assert_eq!(plain.position("objectClass"), None);
    assert_eq!(facts.superior_classes()["inetorgperson"], ["person"]);
}
