//! Findings: what a rule has to say, where, and what to do about it.

use crate::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::interop::Origin;
use crate::model::RuleLevel;
use crate::source::ModelPath;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing.
    Advice,
    /// Likely to cost money, throttle or return a wrong result.
    Warning,
    /// The service rejects it, or the pattern cannot be served.
    Error,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level that a model's setting asks for; nothing for `off`.
    pub fn of(setting: RuleLevel) -> Option<Self> {
        match setting {
            RuleLevel::Off => None,
            RuleLevel::Advice => Some(Self::Advice),
            RuleLevel::Warning => Some(Self::Warning),
            RuleLevel::Error => Some(Self::Error),
        }
    }
}

/// Which part of a node a place means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Its key.
    Key,
    /// Its value.
    Value,
}

/// A place in the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path of the node.
    pub path: ModelPath,
    /// The part of it.
    pub target: Target,
}

impl Place {
    /// The key of a node.
    pub fn key(path: ModelPath) -> Self {
        Self { path, target: Target::Key }
    }

    /// The value of a node.
    pub fn value(path: ModelPath) -> Self {
        Self { path, target: Target::Value }
    }
}

/// A change that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub text: String,
    /// What the change does, in a few words.
    pub title: String,
}

/// What a rule has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's name; set when the rule has run.
    pub rule: &'static str,
    /// How serious it is; never above the rule's own level.
    pub level: Level,
    /// Where it is.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// A few words for the marked place.
    pub label: String,
    /// Why it matters, with the numbers.
    pub why: Option<String>,
    /// What to do, ready to paste where it can be.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<(Place, String)>,
    /// Places in other files that belong to it.
    pub elsewhere: Vec<(Origin, String)>,
    /// A change that mends it.
    pub edit: Option<Edit>,
    /// Findings of other rules, by place, that say it better: it is left out where one of them is
    /// reported, and stands where they are off or accepted.
    pub unless: Vec<(&'static str, Place)>,
    /// How findings of the same cause are said to people, where there are several.
    pub together: Option<Box<Together>>,
    /// The numbers behind it, for machines.
    pub numbers: IndexMap<&'static str, Value>,
}

/// How several findings of one cause are said as one. They stay findings of their own wherever they
/// are accepted, compared or read by programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// The cause.
    pub cause: Place,
    /// What this finding is about.
    pub name: String,
    /// What is wrong with several: the words before and after their names.
    pub message: (String, String),
    /// Why it matters of several.
    pub why: String,
    /// What to do about several.
    pub help: String,
}

impl Finding {
    /// A finding at a place, at the rule's own level.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            rule: "",
            level: Level::Error,
            place,
            message: message.into(),
            label: String::new(),
            why: None,
            help: None,
            related: Vec::new(),
            elsewhere: Vec::new(),
            edit: None,
            unless: Vec::new(),
            together: None,
            numbers: IndexMap::default(),
        }
    }

    /// At a lower level than the rule's own.
    #[must_use]
    pub fn at_most(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// With words for the marked place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With the reason why it matters.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With another place that belongs to it.
    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// With a place in a file that the model is held against.
    #[must_use]
    pub fn elsewhere(mut self, origin: Origin, label: impl Into<String>) -> Self {
        self.elsewhere.push((origin, label.into()));
        self
    }

    /// With a change that mends it.
    #[must_use]
    pub fn edit(mut self, place: Place, text: impl Into<String>, title: impl Into<String>) -> Self {
        self.edit = Some(Edit { place, text: text.into(), title: title.into() });
        self
    }

    /// Left out where another rule reports one of some places.
    #[must_use]
    pub fn unless(mut self, rule: &'static str, places: impl IntoIterator<Item = Place>) -> Self {
        self.unless.extend(places.into_iter().map(|place| (rule, place)));
        self
    }

    /// With the words for several of the same cause.
    #[must_use]
    pub fn together(mut self, together: Together) -> Self {
        self.together = Some(Box::new(together));
        self
    }

    /// With a number for machines.
    #[must_use]
    pub fn number(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.numbers.insert(name, value.into());
        self
    }
}
