//! How a line is, for whoever looks at the run.

use std::time::{Duration, Instant};

use super::{Lines, State};
use crate::{
    connectors,
    engine::{
        condition::WORTH_A_WORD,
        lock,
        view::{Condition, LineState},
    },
    model::SystemName,
};

/// For how long it is said that a system answers again.
const SAID: Duration = Duration::from_secs(5);

impl Lines {
    /// Says how the line to a system is, if that is worth a word; `wire` is what its connector says.
    pub(in crate::engine::apply) fn condition(
        &self,
        system: &SystemName,
        wire: connectors::Line,
    ) -> Option<Condition> {
        let line = self.of(system)?;
        let state = lock(&line.state);
        down(&state, line.patience, wire).or_else(|| fleeting(&state, wire))
    }
}

/// A system that answers nobody.
fn down(state: &State, patience: Duration, wire: connectors::Line) -> Option<Condition> {
    let down = state.down.as_ref()?;
    let lasts = down.since.elapsed();
    let is = match (down.next, wire) {
        _ if down.is_given_up => LineState::GivenUp,
        (Some(next), _) => LineState::Waiting {
            next: next.saturating_duration_since(Instant::now()).as_secs() + 1,
        },
        (None, connectors::Line::Silent(_)) => LineState::Silent,
        (None, _) => LineState::Connecting,
    };
    let left = patience.saturating_sub(lasts).as_secs();
    Some(Condition {
        state: is,
        seconds: lasts.as_secs(),
        attempts: down.attempts,
        unsettled: state.settling,
        left: (state.was_there && !down.is_given_up).then_some(left),
        reason: down.reason.clone(),
    })
}

/// What may be over before anybody has to wait for it.
fn fleeting(state: &State, wire: connectors::Line) -> Option<Condition> {
    let (is, time, attempts) = match (wire, state.back) {
        (connectors::Line::Silent(time), _) if time >= WORTH_A_WORD => (LineState::Silent, time, 0),
        (connectors::Line::Lost { attempts, since }, _) if since >= WORTH_A_WORD => {
            (LineState::Connecting, since, attempts)
        }
        (_, Some((at, lasted))) if at.elapsed() < SAID && lasted >= WORTH_A_WORD => {
            (LineState::Over, lasted, 0)
        }
        _ if state.settling > 0 => (LineState::Settling, Duration::ZERO, 0),
        _ => return None,
    };
    Some(Condition {
        state: is,
        seconds: time.as_secs(),
        attempts,
        unsettled: state.settling,
        left: None,
        reason: String::new(),
    })
}
