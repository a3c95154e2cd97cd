//! One client: reads messages, does them in the order they came, answers as they are done.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use rasn_ldap::{ExtendedResponse, LdapMessage, ProtocolOp, ResultCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, watch};

use super::directory::Directory;
use super::frame::{self, Frame};
use super::reply::Reply;
use super::request::Session;

/// Notice of disconnection (RFC 4511 §4.4.1).
const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";
/// Answers that may wait for their latency at once.
const IN_FLIGHT: usize = 256;

/// What all connections share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The tree.
    pub directory: Arc<RwLock<Directory>>,
    /// How long the answer to a write is held back.
    pub latency: Duration,
    /// Counts the write requests, and tells of each.
    pub changed: watch::Sender<u64>,
}

/// Serves a client until it leaves, or says something that is not LDAP.
pub async fn serve(stream: TcpStream, shared: Shared) {
    let _ = stream.set_nodelay(true);
    let (mut input, mut output) = stream.into_split();
    let (sender, mut answers) = mpsc::channel::<Vec<u8>>(64);
    // the writer ends when the last sender, held by the reader and delayed answers, is gone
    let writer = tokio::spawn(async move {
        while let Some(bytes) = answers.recv().await {
            if output.write_all(&bytes).await.is_err() {
                break;
            }
        }
    });
    let slots = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut session = Session::default();
    let mut buffer = Vec::with_capacity(8 * 1024);
    'connection: loop {
        loop {
            let length = match frame::next(&buffer) {
                Frame::Whole(length) => length,
                Frame::Incomplete => break,
                Frame::Invalid => {
                    let _ = sender.send(disconnection()).await;
                    break 'connection;
                }
            };
            let message: Vec<u8> = buffer.drain(..length).collect();
            if is_unbind(&message) {
                break 'connection;
            }
            let Ok(message) = rasn::ber::decode::<LdapMessage>(&message) else {
                let _ = sender.send(disconnection()).await;
                break 'connection;
            };
            let id = message.message_id;
            let answer = session.handle(&shared.directory, message);
            let mut bytes = Vec::new();
            for reply in answer.replies {
                bytes.extend(reply.encode(id));
            }
            if answer.writes > 0 {
                shared.changed.send_modify(|count| *count += answer.writes);
            }
            if answer.writes > 0 && !shared.latency.is_zero() {
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                    break 'connection;
                };
                let (sender, latency) = (sender.clone(), shared.latency);
                tokio::spawn(async move {
                    tokio::time::sleep(latency).await;
                    let _ = sender.send(bytes).await;
                    drop(slot);
                });
            } else if !bytes.is_empty() && sender.send(bytes).await.is_err() {
                break 'connection;
            }
        }
        match input.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    drop(sender);
    let _ = writer.await;
}

/// Whether a message is an unbind request: `[APPLICATION 2] NULL` after the message number.
fn is_unbind(message: &[u8]) -> bool {
    message.ends_with(&[0x42, 0x00]) && message.len() <= 14
}

fn disconnection() -> Vec<u8> {
    let notice = ExtendedResponse {
        result_code: ResultCode::ProtocolError,
        matched_dn: "".into(),
        diagnostic_message: "this is not an LDAP message".into(),
        referral: None,
        response_name: Some(DISCONNECTION.as_bytes().to_vec().into()),
        response_value: None,
    };
    Reply::new(ProtocolOp::ExtendedResp(notice)).encode(0)
}
