//! Infrastructure that a model is held against.

use std::collections::BTreeSet;

use super::format::{ImportError, Options, read};
use super::imported::{Imported, ImportedTable, Note};
use crate::model::Names;
use crate::source::SourceFile;

/// What other tools' files say of the tables that are or will be there.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// The files.
    pub files: Vec<SourceFile>,
    /// Their tables.
    pub tables: Vec<ImportedTable>,
    /// What a reader must know of the reading.
    pub notes: Vec<Note>,
    /// The names that values can be given for.
    pub parameters: BTreeSet<String>,
}

impl Deployed {
    /// Reads files.
    ///
    /// # Errors
    /// The first file that cannot be read, or that is of no known format.
    pub fn read(files: Vec<SourceFile>, options: &Options) -> Result<Self, (Vec<SourceFile>, ImportError)> {
        match read(&files, options) {
            Ok(Imported { tables, notes, parameters, .. }) => Ok(Self { files, tables, notes, parameters }),
            Err(error) => Err((files, error)),
        }
    }

    /// For each of a model's tables, given by name and partition key, the one that it is here, and
    /// the tables that are none of the model's.
    ///
    /// Names decide: first the whole name, then any other name that the table goes by, then names
    /// that differ only in case, punctuation and open parts (`${Stage}-orders` is `Orders`). Where
    /// one table is left on each side and both have the same partition key, they are taken for one.
    pub fn matched<'d>(&'d self, model: &[(&str, &Names)]) -> (Vec<Option<&'d ImportedTable>>, Vec<&'d ImportedTable>) {
        let mut found: Vec<Option<&ImportedTable>> = vec![None; model.len()];
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let same: [fn(&ImportedTable, &str) -> bool; 3] = [
            |table, name| table.name == name,
            |table, name| table.other_names.iter().any(|other| other == name),
            |table, name| {
                let plain = plain(name);
                !plain.is_empty() && table.names().any(|other| self::plain(other) == plain)
            },
        ];
        for is_same in same {
            for (slot, (name, _)) in found.iter_mut().zip(model).filter(|(slot, _)| slot.is_none()) {
                let here =
                    self.tables.iter().enumerate().find(|(at, table)| !taken.contains(at) && is_same(table, name));
                if let Some((at, table)) = here {
                    taken.insert(at);
                    *slot = Some(table);
                }
            }
        }
        let left: Vec<usize> = (0..self.tables.len()).filter(|at| !taken.contains(at)).collect();
        let mut open = found.iter_mut().zip(model).filter(|(slot, _)| slot.is_none());
        if let ([at], Some((slot, (_, key))), None) = (left.as_slice(), open.next(), open.next())
            && let Some(table) = self.tables.get(*at)
            && table.table.partition_key == **key
        {
            taken.insert(*at);
            *slot = Some(table);
        }
        let extra = self.tables.iter().enumerate().filter(|(at, _)| !taken.contains(at)).map(|(_, table)| table);
        (found, extra.collect())
    }
}

impl ImportedTable {
    /// Every name that the table goes by.
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.other_names).map(String::as_str)
    }
}

/// A name in small letters, without punctuation, open parts (`${Stage}`) and the word "table".
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let plain: String = plain.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    plain.strip_suffix("table").map_or(plain.clone(), str::to_owned)
}
