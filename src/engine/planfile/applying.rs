//! Applies a plan file: exactly what it says, once.

use super::{
    PlanFile, check,
    signature::{self, Signer},
};
use crate::{
    engine::{
        ApplyOptions, Engine, Error, Inner, deciding::approval, no_plan, standing::Standings, view::RunView,
    },
    model::{Actor, Decision, Fingerprint, Operation, PlanId, Right, Verdict},
};

/// A signature on a plan file, and whose signatures count.
#[derive(Debug, Clone)]
pub struct Signed {
    /// What `ssh-keygen -Y sign` wrote.
    pub signature: String,
    /// The `allowed_signers` file (ssh-keygen(1)).
    pub signers: String,
}

impl Engine {
    /// Applies a plan file; `label` is what this environment is called. Refusals say what differs and are audited.
    ///
    /// The file must say what the plan in the store says, the plan must not have been applied, rules and environment
    /// must be the same, and the newest plan must have each of the file's operations. Operations that nobody decided
    /// about are approved by the signature; without one they are refused. What was rejected or is held is left out.
    /// Scheduled operations are no part of it.
    ///
    /// With a canary only the first operations of each kind and system are applied, and the file is used up by that; to
    /// go on applies the rest of it, as long as no other plan was made. What of the options says which operations is
    /// the file's.
    pub async fn apply_file(
        &self,
        octets: Vec<u8>,
        signed: Option<Signed>,
        label: Option<String>,
        options: ApplyOptions,
    ) -> Result<RunView, Error> {
        self.may(Right::Apply)?;
        self.settle_unknown().await?;
        let go_on = options.go_on;
        let (plan, only) = self
            .inner
            .blocking(
                move |inner| match check(inner, octets, signed.as_ref(), label.as_deref(), go_on) {
                    Err(Error::Refused(text)) => {
                        let entry = inner.entry("refuse", "plan file", text.clone());
                        inner.setup.store.append(&[entry])?;
                        Err(Error::Refused(text))
                    }
                    checked => checked,
                },
            )
            .await?;
        let options = ApplyOptions {
            only: Some(only),
            ..options
        };
        self.apply_once(options, (!go_on).then_some(plan)).await
    }
}

/// Checks a file and takes its signature for the approval of what is open; returns its plan and what to apply.
fn check(
    inner: &Inner,
    octets: Vec<u8>,
    signed: Option<&Signed>,
    label: Option<&str>,
    go_on: bool,
) -> Result<(PlanId, Vec<Fingerprint>), Error> {
    let file = PlanFile::parse(octets).map_err(|error| Error::Refused(error.to_string()))?;
    let signer = signed
        .map(|signed| signature::verify(file.octets(), signed, inner.setup.clock.now()))
        .transpose()
        .map_err(|error| Error::Refused(error.to_string()))?;
    check::genuine(inner, &file)?;
    if go_on {
        check::begun(inner, &file)?;
    } else {
        check::unused(inner, &file)?;
    }
    check::usable(inner, &file, label)?;
    let (current, standing) = check::still_holds(inner, &file)?;
    let decided = check::decided(inner, current, &standing, go_on)?;
    check::rails(inner, current, &file)?;
    let mut only = decided.approved;
    match signer {
        Some(signer) => {
            approve(inner, current, &file, &decided.open, &signer)?;
            let standing = check::still_holds(inner, &file)?.1;
            check::enough(inner, current, &standing)?;
            only.extend(decided.open.iter().map(|operation| operation.fingerprint));
        }
        None => check::undecided(&decided.open)?,
    }
    if only.is_empty() {
        let text = "nothing of the plan file is approved: there is nothing to apply";
        return Err(Error::Refused(text.to_owned()));
    }
    Ok((file.head.plan, only))
}

/// Records the signer's approval of operations.
fn approve(
    inner: &Inner,
    plan: PlanId,
    file: &PlanFile,
    open: &[Operation],
    signer: &Signer,
) -> Result<(), Error> {
    let plan = inner.setup.store.plan(plan)?.ok_or_else(no_plan)?;
    let standings = Standings::load(inner, &plan)?;

    let by = Actor {
        user: signer.to_string(),
        ssh_client: None,
    };
    let at = inner.setup.clock.now();
    let mut decisions = Vec::with_capacity(open.len());
    let mut trail = Vec::with_capacity(open.len());
    for operation in open {
        let Some(verdict) = approval(inner, &standings, operation, &by)? else {
            continue;
        };
        let summary = format!(
            "approve {} in {}, by signature of the plan file",
            operation.kind.word(),
            operation.system
        );
        let mut entry = inner.entry(Verdict::Approve.word(), operation.subject.clone(), summary);
        entry.details = serde_json::json!({
            "operation": operation.fingerprint, "plan": file.head.plan, "seal": file.head.seal,
            "verdict": verdict, "presented_by": entry.actor, "principal": signer.principal(),
            "key": signer.key(), "sha256": file.digest(),
        });
        entry.actor = by.clone();
        trail.push(entry);
        decisions.push(Decision {
            operation: operation.fingerprint,
            verdict,
            by: by.clone(),
            at,
            reason: Some("signed plan file".to_owned()),
        });
    }
    if !decisions.is_empty() {
        inner.setup.store.decide(&decisions, &trail)?;
    }
    Ok(())
}
