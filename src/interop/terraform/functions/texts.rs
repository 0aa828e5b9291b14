//! Functions of text, and conversions.

use super::super::template::LONGEST;
use super::{Returned, argument, is_open, list, word};
use crate::interop::node::{Node, Origin, Value};
use crate::interop::terraform::operators::first_unknown;

/// The result of a function of this kind; nothing for another function.
pub(super) fn call(name: &str, arguments: &[Node]) -> Option<Returned> {
    let of = |change: &dyn Fn(&str) -> String| word(arguments, 0).map(|text| Value::Text(change(text)));
    let with = |change: &dyn Fn(&str, &str) -> String| {
        word(arguments, 0).and_then(|text| Ok(Value::Text(change(text, word(arguments, 1)?))))
    };
    let whether = |test: &dyn Fn(&str, &str) -> bool| {
        word(arguments, 0).and_then(|text| Ok(Value::Boolean(test(text, word(arguments, 1)?))))
    };
    Some(match name {
        "lower" => of(&str::to_lowercase),
        "upper" => of(&str::to_uppercase),
        "title" => of(&title),
        "trimspace" => of(&|text| text.trim().to_owned()),
        "chomp" => of(&|text| text.trim_end_matches(['\r', '\n']).to_owned()),
        "trim" => with(&|text, cut| text.trim_matches(|c| cut.contains(c)).to_owned()),
        "trimprefix" => with(&|text, cut| text.strip_prefix(cut).unwrap_or(text).to_owned()),
        "trimsuffix" => with(&|text, cut| text.strip_suffix(cut).unwrap_or(text).to_owned()),
        "startswith" => whether(&|text, start| text.starts_with(start)),
        "endswith" => whether(&|text, end| text.ends_with(end)),
        "strcontains" => whether(&|text, part| text.contains(part)),
        "split" => split(arguments),
        "join" => join(arguments),
        "replace" => replace(arguments)?,
        "substr" => substr(arguments),
        "format" => format(arguments)?,
        "tostring" => argument(arguments, 0).and_then(|node| match &node.value {
            Value::Nothing => Ok(Value::Nothing),
            _ => word(arguments, 0).map(|text| Value::Text(text.to_owned())),
        }),
        "tobool" => argument(arguments, 0).and_then(|node| match node.boolean() {
            Some(yes) => Ok(Value::Boolean(yes)),
            None => Err(format!("{} is neither true nor false", node.kind())),
        }),
        "sensitive" | "nonsensitive" | "ephemeralasnull" => argument(arguments, 0).map(|node| node.value.clone()),
        "jsondecode" | "yamldecode" => decode(arguments),
        _ => return None,
    })
}

fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins {
            titled.extend(c.to_uppercase());
        } else {
            titled.push(c);
        }
        begins = !c.is_alphanumeric();
    }
    titled
}

fn split(arguments: &[Node]) -> Returned {
    let (separator, text) = (word(arguments, 0)?, word(arguments, 1)?);
    let item = |part: &str| Node::new(Value::Text(part.to_owned()), argument_origin(arguments));
    Ok(Value::List(match separator {
        "" => text.chars().map(|c| item(&c.to_string())).collect(),
        _ => text.split(separator).map(item).collect(),
    }))
}

fn argument_origin(arguments: &[Node]) -> Origin {
    arguments.first().map(|node| node.origin).unwrap_or_default()
}

fn join(arguments: &[Node]) -> Returned {
    let separator = word(arguments, 0)?;
    let mut words = Vec::new();
    for position in 1..arguments.len() {
        for item in list(arguments, position)? {
            if is_open(item) {
                return Ok(Value::Unknown(first_unknown(&[item])));
            }
            words.push(item.word().ok_or_else(|| format!("{} stands in the list", item.kind()))?);
        }
    }
    Ok(bounded(words.join(separator)))
}

/// A text, unless it is longer than evaluations make them.
fn bounded(text: String) -> Value {
    if text.len() > LONGEST { Value::Unknown("the text is too long".to_owned()) } else { Value::Text(text) }
}

/// Plain replacement; one by a regular expression, `/…/`, is not evaluated.
fn replace(arguments: &[Node]) -> Option<Returned> {
    let all = word(arguments, 0).and_then(|text| Ok((text, word(arguments, 1)?, word(arguments, 2)?)));
    match all {
        Ok((_, from, _)) if from.len() > 1 && from.starts_with('/') && from.ends_with('/') => None,
        Ok((text, from, to)) => {
            let grows = to.len().saturating_mul(text.len().saturating_add(1));
            // As many times as the text is long is the most that it can grow by.
            Some(Ok(if grows > 64 * LONGEST {
                Value::Unknown("the text is too long".to_owned())
            } else {
                bounded(text.replace(from, to))
            }))
        }
        Err(why) => Some(Err(why)),
    }
}

fn substr(arguments: &[Node]) -> Returned {
    let text: Vec<char> = word(arguments, 0)?.chars().collect();
    let number =
        |position| word(arguments, position)?.parse::<i64>().map_err(|_| "a position is no whole number".to_owned());
    let (offset, length) = (number(1)?, number(2)?);
    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { size.saturating_add(offset).max(0) } else { offset.min(size) };
    let length = if length < 0 { size } else { length };
    let taken = |count: i64| usize::try_from(count).unwrap_or(usize::MAX);
    Ok(Value::Text(text.into_iter().skip(taken(start)).take(taken(length)).collect()))
}

/// `format` with plain verbs: `%s`, `%d`, `%v`, `%q`, `%t` and `%%`. Others are not evaluated.
fn format(arguments: &[Node]) -> Option<Returned> {
    let pattern = match word(arguments, 0) {
        Ok(pattern) => pattern,
        Err(why) => return Some(Err(why)),
    };
    let mut out = String::new();
    let mut rest = arguments.iter().skip(1);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            '%' => out.push('%'),
            verb @ ('s' | 'd' | 'v' | 't' | 'q') => {
                let Some(value) = rest.next() else { return Some(Err("an argument is missing".to_owned())) };
                let word = value.word()?;
                if verb == 'q' {
                    out.push_str(&serde_json::Value::from(word).to_string());
                } else {
                    out.push_str(word);
                }
            }
            _ => return None,
        }
    }
    Some(Ok(bounded(out)))
}

/// A JSON or YAML text as a value.
fn decode(arguments: &[Node]) -> Returned {
    let text = word(arguments, 0)?;
    let file = crate::source::SourceFile::new("text", text.as_bytes().to_vec()).map_err(|bad| bad.1.message)?;
    let decoded = crate::interop::document::read_document(&file, 0).map_err(|_| "the text cannot be decoded")?;
    Ok(placed(decoded, argument_origin(arguments)).value)
}

/// A value all of which stands at one place. Recursion is bounded by the depth that parsing allows.
fn placed(node: Node, origin: Origin) -> Node {
    let value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(|item| placed(item, origin)).collect()),
        Value::Map(map) => Value::Map(map.into_iter().map(|(key, value)| (key, placed(value, origin))).collect()),
        value => value,
    };
    Node::new(value, origin)
}
