//! What `count` and `for_each` make of a block.
//!
//! <https://developer.hashicorp.com/terraform/language/meta-arguments/for_each>

use std::rc::Rc;

use super::blocks::body;
use super::evaluate::{OPEN, entries, written};
use super::module::Module;
use super::reference::token;
use super::scope::{Evaluated, Names, map, text, unknown};
use super::syntax::Block;
use crate::interop::node::{Node, Origin, Value};

/// The most instances of one block.
const MOST: usize = 1000;

/// The instances of a block.
#[derive(Debug, Clone)]
pub(super) enum Instances<T> {
    /// One, without a key.
    One(T),
    /// By number.
    Counted(Vec<T>),
    /// By key.
    Keyed(Vec<(String, T)>),
    /// Nobody knows how many, and why: one stands for them all.
    Open(T, String),
}

impl<T> Instances<T> {
    /// The instances with what their addresses end in: `[0]`, `["orders"]`.
    pub(super) fn with_keys(self) -> Vec<(Key, T)> {
        match self {
            Self::One(one) => vec![(Key::None, one)],
            Self::Counted(all) => all.into_iter().enumerate().map(|(index, one)| (Key::Index(index), one)).collect(),
            Self::Keyed(all) => all.into_iter().map(|(key, one)| (Key::Name(key), one)).collect(),
            Self::Open(one, _) => vec![(Key::None, one)],
        }
    }

    /// The same instances of something else.
    pub(super) fn map<U>(self, mut change: impl FnMut(Key, T) -> U) -> Instances<U> {
        match self {
            Self::One(one) => Instances::One(change(Key::None, one)),
            Self::Counted(all) => Instances::Counted(
                all.into_iter().enumerate().map(|(index, one)| change(Key::Index(index), one)).collect(),
            ),
            Self::Keyed(all) => {
                Instances::Keyed(all.into_iter().map(|(key, one)| (key.clone(), change(Key::Name(key), one))).collect())
            }
            Self::Open(one, why) => Instances::Open(change(Key::None, one), why),
        }
    }

    /// One value of all: that of the one, or a list or map of theirs.
    pub(super) fn collect(self, origin: Origin, value: impl Fn(T) -> Evaluated) -> Evaluated {
        let value = match self {
            Self::One(one) => return value(one),
            Self::Counted(all) => Value::List(all.into_iter().map(value).collect::<Result<_, _>>()?),
            Self::Keyed(all) => {
                let entries = all.into_iter().map(|(key, one)| Ok((key, value(one)?)));
                Value::Map(entries.collect::<Result<_, String>>()?)
            }
            Self::Open(_, why) => Value::Unknown(why),
        };
        Ok(Node::new(value, origin))
    }
}

/// What tells an instance from the others of its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    None,
    Index(usize),
    Name(String),
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => write!(f, "[\"{name}\"]"),
        }
    }
}

/// The instances of a block, each with the names that it binds.
pub(super) fn instances(module: &Rc<Module<'_>>, block: &Block) -> Instances<Names> {
    let names = Names::default();
    let open = |name: &str, parts: [&str; 2], why: String, origin: Origin| {
        let part = |part: &str| unknown(format!("`{name}.{part}`: {why}"), origin);
        let [first, second] = parts;
        let bound = map([(first, part(first)), (second, part(second))], origin);
        Instances::Open(names.with(name, bound), why)
    };
    let value = |attribute: &super::syntax::Attribute| {
        written(&attribute.written, &module.scope(attribute.origin, &names))
            .unwrap_or_else(|why| unknown(why, attribute.origin))
    };
    if let Some(count) = block.body.attributes.get("count") {
        let node = value(count);
        let number = node.number().and_then(|number| usize::try_from(number.trunc()).ok());
        return match (&node.value, number) {
            (Value::Unknown(why), _) => open("count", ["index", OPEN], why.clone(), count.origin),
            (_, Some(number)) if number <= MOST && module.program.spend(number).is_some() => {
                let one = |index: usize| {
                    let index = super::scope::number(index, count.origin);
                    names.with("count", map([("index", index)], count.origin))
                };
                Instances::Counted((0..number).map(one).collect())
            }
            _ => open("count", ["index", OPEN], "`count` is no number up to 1000".to_owned(), count.origin),
        };
    }
    let Some(each) = block.body.attributes.get("for_each") else { return Instances::One(names) };
    let node = value(each);
    let all = match &node.value {
        // A list here is a set: its items are their own keys.
        Value::List(items) => items.iter().map(|item| (item.word().map(str::to_owned), item.clone())).collect(),
        Value::Unknown(why) => return open("each", ["key", "value"], why.clone(), each.origin),
        _ => match entries(&node) {
            Ok(Some(all)) => all.into_iter().map(|(key, value)| (key.word().map(str::to_owned), value)).collect(),
            _ => return open("each", ["key", "value"], "`for_each` is no map or set".to_owned(), each.origin),
        },
    };
    let all: Vec<(Option<String>, Node)> = all;
    if all.len() > MOST || module.program.spend(all.len()).is_none() {
        return open("each", ["key", "value"], "`for_each` has more than 1000 entries".to_owned(), each.origin);
    }
    let keyed: Option<Vec<(String, Names)>> = all
        .into_iter()
        .map(|(key, value)| {
            let key = key?;
            let bound = map([("key", text(&key, value.origin)), ("value", value)], each.origin);
            Some((key, names.with("each", bound)))
        })
        .collect();
    match keyed {
        Some(keyed) => Instances::Keyed(keyed),
        None => open("each", ["key", "value"], "a key of `for_each` is not known".to_owned(), each.origin),
    }
}

/// What a resource is to those that refer to it: its attributes, and others that are known later.
pub(super) fn resource_value(module: &Rc<Module<'_>>, block: &Block, origin: Origin) -> Evaluated {
    let address = format!("{}{}.{}", module.address, block.label(0), block.label(1));
    module.once(address.clone(), origin, || {
        let instances = module.instances(block).map(|key, names| (key, names));
        // A resource of which nobody knows how many there are is referred to as if it were one.
        let (instances, open) = match instances {
            Instances::Open(one, _) => (Instances::One(one), true),
            other => (other, false),
        };
        let value = instances.collect(block.origin, |(key, names)| {
            let mut node = body(&block.body, module, &names);
            if let Value::Map(map) = &mut node.value {
                map.insert(OPEN.to_owned(), Node::new(Value::Nothing, block.origin));
                if block.label(0) == "aws_dynamodb_table" {
                    for name in ["id", "name", "arn", "stream_arn"] {
                        map.insert(name.to_owned(), text(token(&format!("{address}{key}")), block.origin));
                    }
                }
            }
            Ok(node)
        })?;
        // It may be written with an index all the same.
        let repeated = open && block.body.attributes.contains_key("count");
        Ok(if repeated { Node::new(Value::List(vec![value]), origin) } else { value })
    })
}
