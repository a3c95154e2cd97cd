//! The steps of a run, so that tests can cut it off at each of them.

/// A step of a run. Between any two of them the process may be killed, and nothing may be lost or done twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The systems are this run's alone.
    Leased,
    /// The run is in the journal.
    Started,
    /// Intents are wanted and not on disk.
    Intending,
    /// Intents are on disk and not sent.
    Intended,
    /// A write goes to its system next.
    Sending,
    /// A system has answered; nobody knows of it yet.
    Answered,
    /// Outcomes are known and not on disk.
    Concluding,
    /// Outcomes are on disk.
    Concluded,
    /// Everything is done, and the run is not ended in the journal.
    Ending,
    /// The run is ended, and the systems are still this run's alone.
    Ended,
    /// What an interrupted run left open was looked up in its system, and is not on disk.
    Found,
    /// What an interrupted run left open is settled.
    Settled,
}

impl Step {
    /// All of them, in the order of a run; then those of settling an interrupted one.
    pub const ALL: [Self; 12] = [
        Self::Leased,
        Self::Started,
        Self::Intending,
        Self::Intended,
        Self::Sending,
        Self::Answered,
        Self::Concluding,
        Self::Concluded,
        Self::Ending,
        Self::Ended,
        Self::Found,
        Self::Settled,
    ];
}

/// What is told of every step.
pub type Watch = Box<dyn Fn(Step) + Send + Sync>;
