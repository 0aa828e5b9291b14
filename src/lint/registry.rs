//! The registry: every rule, in the order of the catalogue.

use std::sync::OnceLock;

use super::{Context, Finding, Level, rules};

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Whether patterns are served, and by what.
    Coverage,
    /// Keys and key templates.
    Keys,
    /// Secondary indexes.
    Indexes,
    /// How entities share a table.
    Collections,
    /// Partitions and heat.
    Heat,
    /// Sizes of items.
    Sizes,
    /// Throughput and how it is set.
    Capacity,
    /// What it costs.
    Cost,
    /// How it is run: backups, protection, Regions, streams, expiry.
    Operations,
    /// Whether it is work for DynamoDB at all.
    Fit,
    /// The model file itself.
    Model,
    /// Whether what is deployed is what the model says.
    Drift,
}

impl Family {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Keys => "keys",
            Self::Indexes => "indexes",
            Self::Collections => "collections",
            Self::Heat => "heat",
            Self::Sizes => "sizes",
            Self::Capacity => "capacity",
            Self::Cost => "cost",
            Self::Operations => "operations",
            Self::Fit => "fit",
            Self::Model => "model",
            Self::Drift => "drift",
        }
    }
}

/// A rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its name, which reads well after "allow".
    pub name: &'static str,
    /// What it is about.
    pub family: Family,
    /// The most serious level of its findings.
    pub level: Level,
    /// Whether it is silent unless a model or the command line gives it a level.
    pub is_off: bool,
    /// Its page: what it checks, why, what to do, and examples that run as tests.
    pub page: &'static str,
    /// The check.
    pub check: fn(&Context<'_, '_>, &mut Vec<Finding>),
}

impl Rule {
    /// The page's first sentence.
    pub fn summary(&self) -> &'static str {
        let body = self.page.splitn(3, "---").nth(2).unwrap_or(self.page);
        body.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or("").trim()
    }

    /// The page without its front matter.
    pub fn text(&self) -> &'static str {
        self.page.splitn(3, "---").nth(2).unwrap_or(self.page).trim_start()
    }
}

/// Declares a rule with its page.
macro_rules! rule {
    ($name:literal, $family:ident, $level:ident, $check:expr) => {
        crate::lint::Rule {
            name: $name,
            family: crate::lint::Family::$family,
            level: crate::lint::Level::$level,
            is_off: false,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $name, ".md")),
            check: $check,
        }
    };
}

pub(crate) use rule;

/// Every rule, by family and name.
pub fn registry() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut all: Vec<Rule> = rules::FAMILIES.iter().flat_map(|family| family.iter().copied()).collect();
        all.sort_by_key(|rule| (rule.family, rule.name));
        all
    })
}

/// A rule by its name.
pub fn find(name: &str) -> Option<&'static Rule> {
    registry().iter().find(|rule| rule.name == name)
}
