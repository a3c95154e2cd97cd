//! One session with the server, used by one thread at a time.
//!
//! The driver's futures are waited for on the thread that asks; what moves the octets is a task on the store's small
//! runtime. Statements whose answer nobody needs are sent without waiting: the server takes them in order, and their
//! errors come with the next answer that is waited for.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use jiff::Timestamp;
use tokio_postgres::{Client, Error, Row, RowStream};

use super::value::owned;
use crate::store::sql::{
    failure::{Failure, damaged},
    value::Value,
};

/// A statement the server knows.
pub(in crate::store) type Prepared = tokio_postgres::Statement;

/// How many statements may be under way before their answers are waited for.
const UNDER_WAY: usize = 512;

/// A session.
pub(in crate::store) struct Session {
    client: Arc<Client>,
    prepared: RefCell<HashMap<String, Prepared>>,
    under_way: RefCell<VecDeque<BoxFuture<'static, Result<u64, Error>>>>,
    /// Whether leases go by the caller's clock instead of the server's, as tests want it.
    trusts_callers_clock: bool,
}

impl Session {
    /// Makes one of a client whose connection is driven elsewhere.
    pub(super) fn new(client: Client, trusts_callers_clock: bool) -> Self {
        Self {
            client: Arc::new(client),
            prepared: RefCell::default(),
            under_way: RefCell::default(),
            trusts_callers_clock,
        }
    }

    /// Reports whether the server or the network has ended it.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Returns the time: the server's, or the caller's if that is what is trusted.
    pub(in crate::store) fn clock(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        const CLOCK: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)";
        if self.trusts_callers_clock {
            return Ok(now);
        }
        let rows = self.query(&self.prepare(CLOCK)?, &[])?;
        let microseconds: i64 = rows.first().ok_or(Failure::NoRow)?.try_get(0)?;
        Timestamp::from_microsecond(microseconds).map_err(|error| damaged(&error.to_string()).into())
    }

    /// Prepares a statement that is needed once.
    pub(super) fn prepare_plain(&self, sql: &str) -> Result<Prepared, Failure> {
        self.settle()?;
        Ok(wait(self.client.prepare(sql))?)
    }

    /// Prepares a statement in the dialect of the list, or finds it prepared.
    pub(in crate::store) fn prepare(&self, sql: &str) -> Result<Prepared, Failure> {
        if let Some(prepared) = self.prepared.borrow().get(sql) {
            return Ok(prepared.clone());
        }
        self.settle()?;
        let prepared = wait(self.client.prepare(&sql.replace('?', "$")))?;
        self.prepared
            .borrow_mut()
            .insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// Sends a statement and does not wait for its answer.
    pub(in crate::store) fn send(&self, statement: &Prepared, values: &[Value<'_>]) -> Result<(), Failure> {
        let (client, statement, values) = (self.client.clone(), statement.clone(), owned(statement, values));
        self.put_under_way(async move { client.execute_raw(&statement, values).await }.boxed())?;
        if self.under_way.borrow().len() > UNDER_WAY {
            self.settle()?;
        }
        Ok(())
    }

    /// Executes a statement; returns how many rows it changed.
    pub(in crate::store) fn execute(
        &self,
        statement: &Prepared,
        values: &[Value<'_>],
    ) -> Result<usize, Failure> {
        let (client, statement, values) = (self.client.clone(), statement.clone(), owned(statement, values));
        self.put_under_way(async move { client.execute_raw(&statement, values).await }.boxed())?;
        Ok(self.settle()? as usize)
    }

    /// Asks for rows and takes them all.
    pub(in crate::store) fn query(
        &self,
        statement: &Prepared,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let client = self.client.clone();
        let (statement, values) = (statement.clone(), owned(statement, values));
        let mut rows = async move {
            let mut rows = pin!(client.query_raw(&statement, values).await?);
            let mut taken = Vec::new();
            while let Some(row) = rows.next().await {
                taken.push(row?);
            }
            Ok::<_, Error>(taken)
        }
        .boxed();
        // sent before the answers to the statements before it are waited for
        let at_once = poll_once(&mut rows);
        self.settle()?;
        Ok(at_once.unwrap_or_else(|| wait(rows))?)
    }

    /// Asks for rows that are taken one by one.
    pub(in crate::store) fn stream(
        &self,
        statement: &Prepared,
        values: &[Value<'_>],
    ) -> Result<Stream<'_>, Failure> {
        self.settle()?;
        let rows = wait(self.client.query_raw(statement, owned(statement, values)))?;
        Ok(Stream {
            rows: Box::pin(rows),
            _session: self,
        })
    }

    /// Executes statements without parameters, as `BEGIN` and `COMMIT`.
    pub(super) fn batch(&self, sql: &str) -> Result<(), Failure> {
        self.send_batch(sql)?;
        self.settle()?;
        Ok(())
    }

    /// The same without waiting for the answer.
    pub(super) fn send_batch(&self, sql: &str) -> Result<(), Failure> {
        let (client, sql) = (self.client.clone(), sql.to_owned());
        self.put_under_way(async move { client.batch_execute(&sql).await.map(|()| 0) }.boxed())
    }

    /// Sends something; nobody wants to know what becomes of it.
    pub(super) fn send_and_forget(&self, sql: &'static str) {
        self.under_way.borrow_mut().clear();
        let client = self.client.clone();
        let _ = poll_once(&mut async move { client.batch_execute(sql).await }.boxed());
    }

    fn put_under_way(&self, mut answer: BoxFuture<'static, Result<u64, Error>>) -> Result<(), Failure> {
        match poll_once(&mut answer) {
            // what could not even be sent
            Some(Err(error)) => Err(error.into()),
            Some(Ok(rows)) => {
                let known = std::future::ready(Ok(rows)).boxed();
                self.under_way.borrow_mut().push_back(known);
                Ok(())
            }
            None => {
                self.under_way.borrow_mut().push_back(answer);
                Ok(())
            }
        }
    }

    /// Waits for all answers that are under way; returns the last, or the first error.
    fn settle(&self) -> Result<u64, Failure> {
        let mut last = 0;
        loop {
            let answer = self.under_way.borrow_mut().pop_front();
            let Some(answer) = answer else { return Ok(last) };
            match wait(answer) {
                Ok(rows) => last = rows,
                Err(error) => {
                    // the errors after the first only tell that there was one
                    self.under_way.borrow_mut().clear();
                    return Err(error.into());
                }
            }
        }
    }
}

/// Rows that the server sends as they are taken.
pub(in crate::store) struct Stream<'s> {
    rows: Pin<Box<RowStream>>,
    _session: &'s Session,
}

impl Stream<'_> {
    /// Takes the next row.
    pub(in crate::store) fn next(&mut self) -> Result<Option<Row>, Failure> {
        Ok(wait(self.rows.next()).transpose()?)
    }
}

fn poll_once<T>(future: &mut BoxFuture<'_, T>) -> Option<T> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread for something that another one drives.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}
