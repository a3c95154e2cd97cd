//! The least a client can do: send the requests over one connection, some in flight, and take the answers.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use ldap3::{LdapConnAsync, LdapConnSettings, Mod, StdStream};

use super::{
    IN_FLIGHT,
    company::{CLASSES, Company, Entry, Work},
    server::{PASSWORD, Server},
};

/// Does the work for everybody.
pub fn run(server: &Server, company: &Company, work: Work) {
    // one thread: the library is fastest so
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let url = server.url();
        let socket = std::net::TcpStream::connect(url.trim_start_matches("ldap://")).expect("a connection");
        socket.set_nodelay(true).expect("a socket without delay");
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Tcp(socket));
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &url)
            .await
            .expect("a connection");
        tokio::spawn(connection.drive());
        let bound = ldap
            .simple_bind(&Server::admin(), PASSWORD)
            .await
            .and_then(ldap3::LdapResult::success);
        bound.expect("a bind");
        let answers = stream::iter(company.entries()).map(|entry| {
            let mut ldap = ldap.clone();
            async move {
                match work {
                    Work::Creates => ldap.add(&entry.dn, attributes(entry)).await,
                    Work::Changes => ldap.modify(&entry.dn, vec![promotion(work)]).await,
                }
            }
        });
        let mut answers = answers.buffer_unordered(IN_FLIGHT);
        while let Some(answer) = answers.next().await {
            answer
                .and_then(ldap3::LdapResult::success)
                .expect("a written entry");
        }
    });
}

fn promotion(work: Work) -> Mod<&'static str> {
    Mod::Replace("title", HashSet::from([work.title()]))
}

fn attributes(entry: &Entry) -> Vec<(&str, HashSet<&str>)> {
    let classes = ("objectClass", CLASSES.into_iter().collect());
    let others = entry
        .attributes
        .iter()
        .map(|(name, value)| (*name, HashSet::from([value.as_str()])));
    std::iter::once(classes).chain(others).collect()
}
