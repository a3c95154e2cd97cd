//! Reading all resources of an endpoint, page by page (RFC 7644 §3.4.2.4), without believing what a page says of
//! itself: only what was received counts.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::Value as Json;

use super::{
    Scim,
    catalog::Catalog,
    compare,
    failure::explain,
    http::{Reply, Trouble},
    path::{self, Path, member},
};
use crate::{
    connectors::{Progress, ReadRequest},
    model::{
        Column, Completeness, Coverage, Read, ReadKind, RecordProblem, RecordSet, Schema, Value, ValueType,
        record::RecordHead,
    },
};

/// A page is asked for this often when the service is busy, and waited for this long each time at most.
const PATIENCE: (u32, u64) = (3, 30);

/// What is taken over from each resource.
struct Wanted {
    endpoint: String,
    columns: Vec<(Column, Option<Path>)>,
    accounts: bool,
}

/// One read under way.
struct Reading<'a> {
    scim: &'a Scim,
    wanted: Wanted,
    seen: HashSet<String>,
    nameless: usize,
    /// Whether the service refused the token.
    refused: bool,
    records: RecordSet,
    problems: Vec<RecordProblem>,
}

impl Scim {
    /// Reads all accounts.
    pub(super) async fn read_users(&self, request: &ReadRequest, progress: Progress<'_>) -> Read {
        let started = Timestamp::now();
        let catalog = match self.catalog().await {
            Ok(catalog) => catalog,
            Err(trouble) => return self.failed("/Users", started, words(trouble)),
        };
        let columns = if request.attributes.is_empty() {
            let all = catalog.columns.iter();
            all.map(|column| (column.clone(), Path::parse(&column.name)))
                .collect()
        } else {
            request
                .attributes
                .iter()
                .map(|name| column(&catalog, name))
                .collect()
        };
        let wanted = Wanted {
            endpoint: catalog.users.clone(),
            columns,
            accounts: true,
        };
        self.read_all(wanted, &catalog, started, progress).await
    }

    /// Reads all groups with the ids of their members; `None` if the service has no groups.
    pub(super) async fn read_all_groups(&self, progress: Progress<'_>) -> Option<Read> {
        let started = Timestamp::now();
        let catalog = match self.catalog().await {
            Ok(catalog) => catalog,
            Err(trouble) => return Some(self.failed("/Groups", started, words(trouble))),
        };
        let name = Column {
            required: true,
            ..Column::text("name")
        };
        let members = Column {
            value_type: ValueType::Reference,
            multi_valued: true,
            ..Column::text("member")
        };
        let wanted = Wanted {
            endpoint: catalog.groups.clone()?,
            columns: vec![
                (name, Path::parse("displayName")),
                (members, Path::parse("members")),
            ],
            accounts: false,
        };
        Some(self.read_all(wanted, &catalog, started, progress).await)
    }

    async fn read_all(
        &self,
        wanted: Wanted,
        catalog: &Catalog,
        started: Timestamp,
        progress: Progress<'_>,
    ) -> Read {
        let endpoint = wanted.endpoint.clone();
        let schema = Schema {
            columns: wanted.columns.iter().map(|(column, _)| column.clone()).collect(),
        };
        let mut reading = Reading {
            scim: self,
            wanted,
            seen: HashSet::new(),
            nameless: 0,
            refused: false,
            records: RecordSet::new(Arc::new(schema)),
            problems: Vec::new(),
        };
        let count = self
            .page_size
            .min(catalog.abilities.max_results.unwrap_or(usize::MAX))
            .max(1);
        let ended = reading.pages(count, progress).await;
        progress(reading.records.len());
        let completeness = match ended {
            Ok(()) if reading.nameless > 0 => Completeness::Partial(format!(
                "{} resources of {endpoint} have no id, so it cannot be said who they are: ask the service's maker",
                reading.nameless
            )),
            Ok(()) => Completeness::Complete,
            Err(why) if reading.refused && reading.records.is_empty() => Completeness::Refused(why),
            Err(why) if reading.records.is_empty() => Completeness::Failed(why),
            Err(why) => Completeness::Partial(why),
        };
        Read {
            completeness,
            records: reading.records,
            problems: reading.problems,
            ..self.failed(&endpoint, started, String::new())
        }
    }

    fn failed(&self, endpoint: &str, started: Timestamp, why: String) -> Read {
        Read {
            system: self.name.clone(),
            kind: ReadKind::Full,
            coverage: Coverage {
                question: format!("GET {}{endpoint}", self.http.base()),
            },
            completeness: Completeness::Failed(why),
            records: RecordSet::new(Arc::new(Schema::default())),
            problems: Vec::new(),
            started,
            ended: Timestamp::now(),
        }
    }
}

impl Reading<'_> {
    /// Reads page after page until the promised number is there or nothing new comes.
    async fn pages(&mut self, count: usize, progress: Progress<'_>) -> Result<(), String> {
        let endpoint = self.wanted.endpoint.clone();
        let mut received = 0;
        let mut promised: Option<usize> = None;
        loop {
            let so_far = self.seen.len() + self.nameless;
            let done = promised.is_some_and(|promised| so_far >= promised);
            let reply = self.page(received + 1, count).await?;
            // a page past the end is asked for only to see that nothing comes; some services refuse it
            if done && !reply.is_success() {
                return Ok(());
            }
            self.refused = reply.status == 401;
            let (resources, total) = list(&reply, &endpoint)?;
            if done && resources.is_empty() {
                return Ok(());
            }
            if let (Some(before), Some(now)) = (promised, total)
                && before != now
            {
                self.take(resources)?;
                return Err(format!(
                    "{endpoint} changed while it was read (from {before} to {now}): read again when it is quiet"
                ));
            }
            promised = total;
            let any_new = self.take(resources)?;
            received += resources.len();
            progress(self.records.len());
            let so_far = self.seen.len() + self.nameless;
            let complete = promised.is_none_or(|promised| so_far >= promised);
            // a full page may hide more than was promised, a page that is not full does not say it is the last
            if !any_new || (complete && promised.is_some() && resources.len() < count) {
                return if complete {
                    Ok(())
                } else {
                    Err(format!(
                        "{endpoint} promised {} resources and sent {so_far}: read again, then ask the service's maker",
                        promised.unwrap_or_default()
                    ))
                };
            }
        }
    }

    /// Asks for one page, patiently while the service is busy.
    async fn page(&self, start: usize, count: usize) -> Result<Reply, String> {
        let query = [("startIndex", start.to_string()), ("count", count.to_string())];
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let mut left = PATIENCE.0;
        loop {
            let reply = self
                .scim
                .http
                .get(&self.wanted.endpoint, &query)
                .await
                .map_err(words)?;
            if !matches!(reply.status, 429 | 503) || left == 0 {
                return Ok(reply);
            }
            left -= 1;
            let wait = reply.retry_after.unwrap_or(1).min(PATIENCE.1);
            tokio::time::sleep(Duration::from_secs(wait)).await;
        }
    }

    /// Takes the resources of a page over and reports whether there was a new one.
    fn take(&mut self, resources: &[Json]) -> Result<bool, String> {
        let endpoint = &self.wanted.endpoint;
        let mut any_new = false;
        let mut twice = Vec::new();
        for resource in resources {
            let Some(id) = id(resource) else {
                self.nameless += 1;
                self.problems.push(RecordProblem {
                    location: format!("{endpoint} resource {}", self.seen.len() + self.nameless),
                    message: "it has no id and is left out: ask the service's maker".to_owned(),
                });
                continue;
            };
            let location = format!("{endpoint}/{id}");
            if !self.seen.insert(id.clone()) {
                twice.push(location);
                continue;
            }
            any_new = true;
            let enabled = self
                .wanted
                .accounts
                .then(|| member(resource, "active").is_none_or(compare::truthy));
            let full = |error: crate::model::record::SetFull| error.to_string();
            let head = RecordHead {
                anchor: &id,
                location: &location,
                enabled,
            };
            let mut record = self.records.begin(head).map_err(full)?;
            for (_, path) in &self.wanted.columns {
                let value = path.as_ref().map_or(Value::Absent, |path| path.resolve(resource));
                record.value(&value).map_err(full)?;
            }
        }
        // a page of nothing but known ids is the service's way to say that there is no more
        if any_new {
            self.problems
                .extend(twice.into_iter().map(|location| RecordProblem {
                    location,
                    message: "the service sent it twice; the first one counts".to_owned(),
                }));
        }
        Ok(any_new)
    }
}

/// Returns the id of a resource; numbers are ids too.
pub fn id(resource: &Json) -> Option<String> {
    let id = path::value(member(resource, "id")?).as_text()?.into_owned();
    (!id.is_empty()).then_some(id)
}

/// Returns the resources and the total of a list answer, or says why it is none.
pub fn list<'a>(reply: &'a Reply, endpoint: &str) -> Result<(&'a [Json], Option<usize>), String> {
    if !reply.is_success() {
        return Err(explain(reply, &format!("{endpoint} could not be read")));
    }
    if reply.cut {
        return Err(format!(
            "the answer of {endpoint} ends in the middle: read again, or ask for smaller pages"
        ));
    }
    let json = reply.json.as_ref().filter(|json| json.is_object() || json.is_array()).ok_or_else(|| {
        let said = if reply.detail.is_empty() { String::new() } else { format!(" (\"{}\")", reply.detail) };
        format!("{endpoint} answered with something that is not JSON{said}: check that url is the SCIM base address")
    })?;
    if let Json::Array(resources) = json {
        return Ok((resources, None));
    }
    let total = member(json, "totalResults")
        .map(path::value)
        .and_then(|total| total.as_text()?.parse().ok());
    let resources = member(json, "Resources").and_then(Json::as_array);
    if total.is_none() && resources.is_none() {
        return Err(format!(
            "{endpoint} answered without Resources and totalResults: check that url is the SCIM base address"
        ));
    }
    Ok((resources.map_or(&[], Vec::as_slice), total))
}

fn column(catalog: &Catalog, name: &str) -> (Column, Option<Path>) {
    let path = Path::parse(name);
    let known = path
        .as_ref()
        .map_or_else(|| Column::text(name), |path| catalog.column(path));
    let column = Column {
        name: name.to_owned(),
        ..known
    };
    (column, path)
}

fn words(trouble: Trouble) -> String {
    match trouble {
        Trouble::NotSent(why) | Trouble::Lost(why) => why,
    }
}
