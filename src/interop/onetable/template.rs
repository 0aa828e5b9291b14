//! Value templates: `user#${id}`.

/// A value template in the model's notation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// `user#{id}`; nothing where it cannot be written so.
    pub(super) template: Option<String>,
    /// The properties that it names, without the type.
    pub(super) names: Vec<String>,
    /// What is lost.
    pub(super) doubts: Vec<String>,
}

/// Reads a template. `${_type}` is the model's name, `${id:8:0}` pads, `${address.zip}` looks
/// inside a map. `stored_as` gives the attribute of a property.
pub(super) fn read(text: &str, model: &str, type_field: &str, stored_as: impl Fn(&str) -> String) -> Read {
    let mut read = Read::default();
    let mut template = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, after)) = after.split_once('}') else {
            read.doubts.push(format!("a brace of `{text}` has no partner"));
            return read;
        };
        template.push_str(before);
        rest = after;
        let (name, format) = inside.split_once(':').map_or((inside, None), |(name, format)| (name, Some(format)));
        let name = name.trim();
        if name == type_field {
            template.push_str(model);
            continue;
        }
        if name.is_empty() || name.contains(['{', '$']) {
            read.doubts.push(format!("`{text}` names no field in one of its braces"));
            return read;
        }
        if let Some(format) = format {
            read.doubts.push(format!("`{name}` is padded (`{format}`) in `{text}`; set its `digits` and `padded`"));
        }
        let stored = stored_as(name);
        template.push_str(&format!("{{{stored}}}"));
        read.names.push(stored);
    }
    template.push_str(rest);
    let texts_have_braces = {
        let mut text = template.clone();
        for name in &read.names {
            text = text.replacen(&format!("{{{name}}}"), "", 1);
        }
        text.contains(['{', '}'])
    };
    if texts_have_braces {
        read.doubts.push(format!("`{text}` has braces as text, which a template cannot have"));
    } else if !template.is_empty() {
        read.template = Some(template);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Option<String> {
        read(text, "User", "_type", str::to_owned).template
    }

    #[test]
    fn templates_take_the_models_notation() {
        assert_eq!(template("user#${id}").as_deref(), Some("user#{id}"));
        assert_eq!(template("${_type}#${id:8:0}#x").as_deref(), Some("User#{id}#x"));
        assert_eq!(template("account#").as_deref(), Some("account#"));
        assert_eq!(
            [template("a#${id"), template(""), template("{x}#${id}"), template("${}")],
            [None, None, None, None]
        );
    }
}
