//! The load generator: `wrk`, which posts each body once.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use super::{
    IN_FLIGHT,
    company::{Company, TOKEN},
};

/// Its program. The clock starts with the first request and stops with the last answer.
const SCRIPT: &str = r#"
local ffi = require("ffi")
ffi.cdef[[ typedef struct { long s; long ns; } moment; int clock_gettime(int, moment *); ]]
local function now()
  local at = ffi.new("moment")
  ffi.C.clock_gettime(1, at)
  return tonumber(at.s) + tonumber(at.ns) / 1e9
end
function init(arguments)
  requests, sent, answered, refused = {}, 0, 0, 0
  local headers = { ["Authorization"] = "Bearer " .. arguments[2], ["Content-Type"] = "application/scim+json",
    ["Accept"] = "application/scim+json" }
  for body in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
  idle = wrk.format("GET", wrk.path .. "?count=0", headers)
end
function request()
  -- asked for once in advance, to be looked at
  if not looked_at then
    looked_at = true
    return idle
  end
  start = start or now()
  sent = sent + 1
  return requests[sent] or idle
end
function response(status)
  if status ~= 200 then answered = answered + 1 end
  if status ~= 200 and status ~= 201 then refused = refused + 1 end
  if answered == #requests then
    print(string.format("RESULT %.6f %d", now() - start, refused))
    io.flush()
    wrk.thread:stop()
  end
end
"#;

/// Posts everybody; returns the seconds it took.
pub fn post(company: &Company, script: &Path) -> f64 {
    let bodies = script.with_extension("jsonl");
    let lines: String = company.bodies().map(|body| format!("{body}\n")).collect();
    std::fs::write(&bodies, lines).expect("the bodies");
    std::fs::write(script, SCRIPT).expect("the script");
    let mut wrk = Command::new("wrk")
        .args(["-t1", "-d600s", "--timeout", "30s", "-c"])
        .arg(IN_FLIGHT.to_string())
        .arg("-s")
        .args([script.as_os_str(), format!("{}/Users", company.url()).as_ref()])
        .args(["--".as_ref(), bodies.as_os_str(), TOKEN.as_ref()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("wrk runs: apt-get install -y wrk");
    let said = BufReader::new(wrk.stdout.take().expect("its output"));
    let result = said
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("RESULT ").map(str::to_owned))
        .expect("a result");
    // it would go on waiting for the end of the time it was given
    let _ = wrk.kill();
    let _ = wrk.wait();
    let (seconds, refused) = result.split_once(' ').expect("seconds and refusals");
    assert_eq!(refused, "0", "the server refused some");
    seconds.parse().expect("seconds")
}
