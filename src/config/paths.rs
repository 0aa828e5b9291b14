//! Paths by their names alone: nothing here asks the file system what a link points to.

use std::path::{Component, Path, PathBuf};

/// A path from the root, without `.` and `..`. Links are not followed: the path that people see
/// counts.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    normal(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()))
}

/// A path without `.` and `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// A path as people read it: from the current directory where it is below.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

/// The way from a directory to a file, with `/`: how a file names another that is to be found again
/// wherever both are checked out.
pub(crate) fn relative(directory: &Path, file: &Path) -> String {
    let (directory, file) = (absolute(directory), absolute(file));
    let shared = directory.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = directory.components().skip(shared).map(|_| "..".to_owned());
    let down = file.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_a_directory() {
        let from = |directory: &str, file: &str| relative(Path::new(directory), Path::new(file));
        assert_eq!(from("/a/b", "/a/b/c/d.yaml"), "c/d.yaml");
        assert_eq!(from("/a/b", "/a/x/./y/../d.yaml"), "../x/d.yaml");
        assert_eq!(from(".", "./d.yaml"), "d.yaml");
    }
}
