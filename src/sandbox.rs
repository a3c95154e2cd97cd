//! The demo company: an LDAP and a SCIM server inside the process, on loopback.

pub mod ldap;
pub mod scim;
