//! Attributes of which nobody says how many items have them: what follows all the same, because it
//! makes no difference. Units come in whole kilobytes, so a short optional attribute seldom does.

use super::unknown::{Known, Unknown};

/// What is supposed of every attribute whose share of the items is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supposed {
    /// All items have it.
    Had,
    /// No item has it.
    Lacked,
}

/// A result that hangs on such attributes: the one of all items having them and of none, where these
/// are the same. What is calculated from sizes grows with them, so all that lies between is the same too.
///
/// # Errors
/// What is not known, where it makes a difference.
pub(super) fn whichever<'m, T: PartialEq>(usual: Known<'m, T>, of: impl Fn(Supposed) -> Known<'m, T>) -> Known<'m, T> {
    let why = match usual {
        Err(why @ Unknown::Presence { .. }) => why,
        known => return known,
    };
    match (of(Supposed::Had), of(Supposed::Lacked)) {
        (Ok(most), Ok(least)) if most == least => Ok(most),
        _ => Err(why),
    }
}
