//! Public modules that are known here, as configurations of our own that take the same arguments.

use crate::source::SourceFile;

/// What stands before the names of their directories, which no path of a file begins with.
const PREFIX: &str = "registry:";

/// The modules: what their sources contain, and the configuration.
const MODULES: [(&str, &str, &str); 1] =
    [("terraform-aws-modules", "dynamodb-table", include_str!("modules/dynamodb_table.tf"))];

/// The directory of the module that a source names, from a registry or from its repository:
/// `terraform-aws-modules/dynamodb-table/aws`,
/// `git::https://github.com/terraform-aws-modules/terraform-aws-dynamodb-table.git?ref=v4`.
///
/// <https://registry.terraform.io/modules/terraform-aws-modules/dynamodb-table/aws>
pub(super) fn known(source: &str) -> Option<&'static str> {
    let (_, module, _) = MODULES
        .iter()
        .find(|(publisher, module, _)| source.contains(&format!("{publisher}/")) && source.contains(module))?;
    // A part of it, such as `//modules/table-policy`, is another module.
    let inner = source.rsplit("://").next().is_some_and(|path| path.contains("//"));
    (!inner).then_some(match *module {
        "dynamodb-table" => "registry:dynamodb-table",
        other => other,
    })
}

/// Whether a directory is that of such a module.
pub(super) fn is_embedded(directory: &str) -> bool {
    directory.starts_with(PREFIX)
}

/// The configurations, each with the directory that it is the module of.
pub(super) fn files() -> impl Iterator<Item = (String, SourceFile)> {
    MODULES.iter().filter_map(|(_, module, text)| {
        let name = format!("{PREFIX}{module}");
        let file = SourceFile::new(format!("{name}/main.tf"), text.as_bytes().to_vec()).ok()?;
        Some((name, file))
    })
}
