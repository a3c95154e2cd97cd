//! Guard rails: what they count, what they stop, and who lets what pass.

use usher::model::{Kind, OperationState, RailReading, Risk, Verdict};

use super::office::Office;

async fn rail(office: &Office, name: &str) -> Option<RailReading> {
    let plan = office.review().await.plan.unwrap();
    plan.rails.into_iter().find(|rail| rail.rail == name)
}

/// Approves everything that is open, whatever rails say.
async fn approve_all(office: &Office) {
    let mut open = office.due().await;
    open.retain(|row| row.state == OperationState::Proposed);
    office.decide(&open, Verdict::Approve, None).await;
}

async fn applied(office: &Office, kind: Kind, system: &str) -> usize {
    let due = office.due().await;
    let is = |row: &&usher::engine::view::ReviewRow| {
        row.kind == kind && row.system.as_str() == system && row.state == OperationState::Verified
    };
    due.iter().filter(is).count()
}

#[tokio::test]
async fn a_wave_is_not_got_past_a_rail_in_small_parts() {
    let mut office = Office::open().await;
    let disables = || async {
        let due = office.due().await;
        let is = |row: &&usher::engine::view::ReviewRow| {
            row.kind == Kind::Disable && row.system.as_str() == "directory"
        };
        due.iter().filter(is).cloned().collect::<Vec<_>>()
    };
    let wave = disables().await;
    assert!(wave.len() > 1, "{}", wave.len());
    // one today is applied by itself
    office.decide(&wave[..1], Verdict::Approve, None).await;
    office.engine.apply(None).await.unwrap();
    let most = wave.len() - 1;
    for (window, stops) in [("\"none\"", false), ("\"24 hours\"", true)] {
        office.configure(&format!(
            "[[guard.rails]]\nname = \"wave {stops}\"\nkinds = [\"disable\"]\nin = \"directory\"\nabsolute = {most}\nwindow = {window}"
        ));
    }
    office.plan().await;
    let without = rail(&office, "wave false · directory").await.unwrap();
    assert_eq!(
        (without.count, without.earlier, without.is_exceeded()),
        (most, 0, false)
    );
    let with = rail(&office, "wave true · directory").await.unwrap();
    assert_eq!((with.count, with.earlier, with.limit), (wave.len(), 1, most));
    approve_all(&office).await;
    office.engine.apply(None).await.unwrap();
    assert_eq!(applied(&office, Kind::Disable, "directory").await, 0);
    let note = office.due().await;
    let note = note
        .iter()
        .find(|row| row.kind == Kind::Disable && row.system.as_str() == "directory");
    let expected = format!(
        "stopped by the guard rail wave true · directory ({} of at most {most}, 1 of them in earlier runs)",
        wave.len()
    );
    assert_eq!(note.unwrap().note, expected);
}

#[tokio::test]
async fn a_rail_is_released_in_part_by_somebody_with_a_reason_for_one_plan() {
    let office = Office::with(
        "[[guard.rails]]\nname = \"leavers\"\nkinds = [\"disable\"]\nin = \"directory\"\nabsolute = 1",
    )
    .await;
    let name = "leavers · directory";
    let reading = rail(&office, name).await.unwrap();
    assert!(reading.is_exceeded() && reading.stopped.len() == reading.count);
    approve_all(&office).await;
    let release = |part, reason: &str| {
        office
            .engine
            .release_some(name.to_owned(), part, reason.to_owned())
    };
    assert!(release(Some(2), " ").await.is_err(), "there was no reason");
    assert_eq!(release(Some(1), "one is urgent").await.unwrap(), 1);
    office.engine.apply(None).await.unwrap();
    assert_eq!(applied(&office, Kind::Disable, "directory").await, 1);
    assert!(office.engine.apply(None).await.is_err(), "the rest passed too");
    let (count, records) = office.engine.store().audit(0, 9, "release urgent").unwrap();
    assert_eq!(count, 1);
    assert!(
        records[0].entry.summary.contains(name),
        "{}",
        records[0].entry.summary
    );
    // for this plan only: with what was applied before, the rest is too many again
    office.plan().await;
    approve_all(&office).await;
    assert!(office.engine.apply(None).await.is_err());
    release(None, "all of them are leavers, says HR").await.unwrap();
    office.engine.apply(None).await.unwrap();
    assert_eq!(
        applied(&office, Kind::Disable, "directory").await,
        reading.count - 1
    );
}

#[tokio::test]
async fn each_department_is_counted_by_itself() {
    let office = Office::with(
        "[[guard.rails]]\nname = \"department\"\nkinds = [\"disable\", \"update\"]\nfor_each = \"[department]\"\nwhen = '[department] <> \"Nowhere\"'\npercent = 100",
    )
    .await;
    let plan = office.review().await.plan.unwrap();
    let rails: Vec<_> = plan
        .rails
        .iter()
        .filter(|rail| rail.rail.starts_with("department · directory"))
        .collect();
    let counted = |row: &&usher::engine::view::ReviewRow| {
        matches!(row.kind, Kind::Disable | Kind::Update) && row.system.as_str() == "directory"
    };
    let due = office.due().await;
    let due: Vec<_> = due.iter().filter(counted).collect();
    assert_eq!(rails.iter().map(|rail| rail.count).sum::<usize>(), due.len());
    assert!(rails.len() > 1);
    for rail in rails {
        // a hundred percent is the people of that department who have an account
        assert_eq!(rail.limit, rail.population);
        assert!(rail.population >= rail.count, "{rail:?}");
        assert!(rail.population < 400, "{rail:?}");
    }
}

#[tokio::test]
async fn privileged_accounts_have_a_rail_of_their_own() {
    let office = Office::with(
        "[[privileged]]\nin = \"directory\"\nwhen = '[mail] matches \".*\"'\n[guard.privileged]\nabsolute = 1",
    )
    .await;
    let due = office.due().await;
    let privileged: Vec<_> = due
        .iter()
        .filter(|row| row.risk.contains(&Risk::Privileged))
        .collect();
    assert!(privileged.len() > 1);
    assert!(privileged.iter().all(|row| row.system.as_str() == "directory"));
    let reading = rail(&office, "privileged · directory").await.unwrap();
    assert_eq!((reading.count, reading.limit), (privileged.len(), 1));
    assert!(reading.is_exceeded());
}

#[tokio::test]
async fn removals_are_counted_group_by_group_and_classes_and_groups_apart() {
    let everything = "in = \"directory\"\nabsolute = 1000";
    let mut office = Office::with(&format!(
        "[guard.per_group]\nremove_member = {{ absolute = 0 }}\n\
         [[guard.rails]]\nname = \"people\"\nkinds = [\"disable\"]\nclass = \"inetOrgPerson\"\n{everything}\n\
         [[guard.rails]]\nname = \"machines\"\nkinds = [\"disable\"]\nclass = \"device\"\n{everything}"
    ))
    .await;
    let due = office.due().await;
    let of = |kind: Kind| {
        let is =
            |row: &&usher::engine::view::ReviewRow| row.kind == kind && row.system.as_str() == "directory";
        due.iter().filter(is).count()
    };
    let removals = of(Kind::RemoveMember);
    assert!(removals > 0);
    let plan = office.review().await.plan.unwrap();
    let groups: Vec<_> = plan
        .rails
        .iter()
        .filter(|rail| rail.rail.starts_with("remove-member · cn="))
        .collect();
    assert!(!groups.is_empty(), "{:?}", plan.rails);
    assert_eq!(groups.iter().map(|rail| rail.count).sum::<usize>(), removals);
    for group in &groups {
        assert!(
            group.is_exceeded() && group.stopped.len() == group.count,
            "{group:?}"
        );
    }
    // by class
    assert_eq!(
        rail(&office, "people · directory").await.unwrap().count,
        of(Kind::Disable)
    );
    assert!(rail(&office, "machines · directory").await.is_none());
    // and of one group only
    let (_, name) = groups[0].rail.split_once(" · ").unwrap();
    office.configure(&format!(
        "[[guard.rails]]\nname = \"one group\"\nkinds = [\"remove-member\"]\ngroup = \"{name}\"\nabsolute = 0"
    ));
    office.plan().await;
    let plan = office.review().await.plan.unwrap();
    let of_one: Vec<_> = plan
        .rails
        .iter()
        .filter(|rail| rail.rail.starts_with("one group"))
        .collect();
    assert_eq!(of_one.len(), 1, "{of_one:?}");
    assert_eq!(of_one[0].count, groups[0].count);
}
