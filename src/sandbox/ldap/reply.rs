//! An answer before it has its message number.

use rasn_ldap::{Control, LdapMessage, LdapResult, ProtocolOp, ResultCode};

use super::fault::Outcome;

/// One message to the client.
#[derive(Debug)]
pub struct Reply {
    /// The operation.
    pub operation: ProtocolOp,
    /// Response controls.
    pub controls: Option<Vec<Control>>,
}

impl Reply {
    /// An answer without controls.
    pub fn new(operation: ProtocolOp) -> Self {
        Self {
            operation,
            controls: None,
        }
    }

    /// The bytes to send; nothing if the encoder refuses, which it does not for what this server builds.
    pub fn encode(self, message_id: u32) -> Vec<u8> {
        let mut message = LdapMessage::new(message_id, self.operation);
        message.controls = self.controls;
        rasn::ber::encode(&message).unwrap_or_default()
    }
}

/// The result part of an answer.
pub fn result(outcome: Outcome<()>) -> LdapResult {
    match outcome {
        Ok(()) => LdapResult::new(ResultCode::Success, "".into(), "".into()),
        Err(fault) => LdapResult::new(fault.code, fault.matched.into(), fault.message.into()),
    }
}
