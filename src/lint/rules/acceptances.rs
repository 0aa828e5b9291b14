//! What is wrong with acceptances. The findings are made where acceptances are applied
//! ([`crate::lint::judge`]), after every other rule has run; here they have their names and levels.

use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Rule};

pub(super) const RULES: &[Rule] = &[
    rule!("unused-allow", Model, Advice, applied_later),
    rule!("expired-allow", Model, Warning, applied_later),
    rule!("allow-without-reason", Model, Warning, applied_later),
    rule!("unknown-rule", Model, Warning, applied_later),
];

fn applied_later(_: &Context<'_, '_>, _: &mut Vec<Finding>) {}
