//! Tables in Markdown.

/// A table of cells that are Markdown already; `#` before a heading puts its column to the right.
pub(super) fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let names: Vec<&str> = heads.iter().map(|head| head.trim_start_matches('#')).collect();
    let rules: Vec<&str> = heads.iter().map(|head| if head.starts_with('#') { "---:" } else { "---" }).collect();
    let mut out = format!("| {} |\n|{}|\n", names.join(" | "), rules.join("|"));
    for row in rows {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out
}
