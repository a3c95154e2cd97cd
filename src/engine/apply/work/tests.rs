use super::*;

#[test]
fn what_waits_is_small() {
    fn size<F>(_: impl Fn(&'static Run, &'static Arc<StoredOperation>) -> F) -> usize {
        size_of::<F>()
    }
    // hundreds wait at a time, and each is moved about more than once
    let octets = size(Run::work);
    assert!(octets <= 2048, "{octets} octets");
}
