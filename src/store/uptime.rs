//! The time that leases on one machine go by: how long the machine is up.
//!
//! The wall clock may jump, back by an hour or forward by a year, and then a run that is alive would look silent, or one
//! that hangs would look alive. This clock does not jump, and goes on while the machine is suspended.

use std::time::Duration;

/// Returns for how long this machine is up, the time it was suspended included; `None` where that cannot be told.
#[cfg(target_os = "linux")]
pub fn uptime() -> Option<Duration> {
    from_clock(rustix::time::ClockId::Boottime)
}

/// Returns for how long this machine is up; `None` where that cannot be told.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn uptime() -> Option<Duration> {
    from_clock(rustix::time::ClockId::Monotonic)
}

/// Returns for how long this machine is up: not known on this platform.
#[cfg(not(unix))]
pub fn uptime() -> Option<Duration> {
    None
}

#[cfg(unix)]
fn from_clock(clock: rustix::time::ClockId) -> Option<Duration> {
    let time = rustix::time::clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}
