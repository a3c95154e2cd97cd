//! Bytes that are no LDAP, or too much of it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{names, start};

#[tokio::test]
async fn hostile_bytes_end_only_their_own_connection() {
    let (server, mut ldap) = start().await;
    // a search whose filter is a hundred thousand nested negations
    let mut reversed = vec![b'x', 0x01, 0x87];
    for _ in 0..100_000 {
        let length = u32::try_from(reversed.len()).unwrap();
        reversed.extend(length.to_le_bytes());
        reversed.extend([0x84, 0xa2]);
    }
    let nested: Vec<u8> = reversed.into_iter().rev().collect();
    let mut search = vec![0x04, 0, 0x0a, 1, 2, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0];
    search.extend(nested);
    search.extend([0x30, 0]);
    let mut message = vec![2, 1, 1];
    message.extend(wrap(0x63, search));
    for bytes in [
        wrap(0x30, message),
        b"GET / HTTP/1.1\r\n".to_vec(),
        vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff],
    ] {
        let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        let _ = stream.write_all(&bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(
            answer
                .windows(22)
                .any(|window| window == b"1.3.6.1.4.1.1466.20036"),
            "{answer:?}"
        );
    }
    assert_eq!(names(&mut ldap, "(uid=ana)").await.len(), 1);
}

fn wrap(tag: u8, mut content: Vec<u8>) -> Vec<u8> {
    let mut header = vec![tag];
    match u32::try_from(content.len()).unwrap() {
        short @ 0..0x80 => header.push(short as u8),
        long => {
            header.push(0x84);
            header.extend(long.to_be_bytes());
        }
    }
    content.splice(0..0, header);
    content
}
