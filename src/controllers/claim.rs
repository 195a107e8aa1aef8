//! Whose is this object? Controllers adopt what matches their selector and has no controller, and release what no longer
//! matches.
//!
//! Models `pkg/controller/controller_ref_manager.go`.

use crate::api::meta::Meta;

/// What a controller does about an object that it could own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is ours already.
    Keep,
    /// It has no controller and matches: write our reference into it.
    Adopt,
    /// It is ours but no longer matches: take our reference out.
    Release,
    /// It is somebody else's, or nobody's and does not match.
    Ignore,
}

/// Decides about `object`, given its claimant and whether the claimant's selector matches it. Who is being deleted neither
/// adopts nor releases, and what is being deleted is not adopted.
pub fn claim(claimant: &Meta, object: &Meta, matches: bool) -> Claim {
    match object.controller() {
        Some(owner) if owner.uid != claimant.uid => Claim::Ignore,
        Some(_) if matches => Claim::Keep,
        Some(_) if claimant.is_terminating() => Claim::Ignore,
        Some(_) => Claim::Release,
        None if matches && !claimant.is_terminating() && !object.is_terminating() => Claim::Adopt,
        None => Claim::Ignore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kinds::Kind;
    use crate::api::objects::controller_ref;
    use crate::base::time::Timestamp;

    #[test]
    fn claims() {
        let claimant = |deleting: bool| Meta {
            uid: "us".into(),
            deletion_timestamp: deleting.then_some(Timestamp(0)),
            ..Meta::default()
        };
        let object = |owner: Option<&str>, deleting: bool| Meta {
            owner_references: owner
                .map(|uid| controller_ref(Kind::REPLICA_SET, &"rs".into(), &uid.into()))
                .into_iter()
                .collect(),
            deletion_timestamp: deleting.then_some(Timestamp(0)),
            ..Meta::default()
        };
        let table = [
            (false, Some("us"), false, true, Claim::Keep),
            (false, Some("us"), false, false, Claim::Release),
            (true, Some("us"), false, false, Claim::Ignore),
            (false, Some("them"), false, true, Claim::Ignore),
            (false, None, false, true, Claim::Adopt),
            (false, None, false, false, Claim::Ignore),
            (false, None, true, true, Claim::Ignore),
            (true, None, false, true, Claim::Ignore),
            (true, Some("us"), true, true, Claim::Keep),
        ];
        for (claimant_goes, owner, object_goes, matches, expected) in table {
            let got = claim(&claimant(claimant_goes), &object(owner, object_goes), matches);
            assert_eq!(got, expected, "{claimant_goes} {owner:?} {object_goes} {matches}");
        }
    }
}
